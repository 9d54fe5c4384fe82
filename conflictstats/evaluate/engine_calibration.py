"""One simulation from the prior of an engine's model, fitted: where the truths rank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import xarray as xr
from scipy import special

from conflictstats._typing import FloatArray
from conflictstats.evaluate.calibration import rank_of_truth
from conflictstats.evaluate.strata import features_of
from conflictstats.numerics import priors
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.components import noise, random_walk
from conflictstats.numerics.engine.design import Design
from conflictstats.numerics.engine.effects import FixedEffects
from conflictstats.numerics.engine.observation import Observations
from conflictstats.numerics.engine.posterior import RELIED, Posterior, sample
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.likelihood import mechanisms
from conflictstats.numerics.likelihood.betabinomial import BetaBinomial
from conflictstats.numerics.likelihood.binomial import Binomial
from conflictstats.numerics.likelihood.gaussian import Gaussian
from conflictstats.numerics.likelihood.lognormal import LogNormal
from conflictstats.numerics.likelihood.mechanisms import Mechanism, Reading
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.numerics.likelihood.poisson import Poisson
from conflictstats.numerics.likelihood.reports import Reports
from conflictstats.numerics.likelihood.terms import Family
from conflictstats.numerics.likelihood.weighted import Elicited
from conflictstats.simulate.latent_series import MEASURED, LatentSeries

FAMILIES: dict[str, Callable[[FloatArray], Family]] = {
    "poisson": lambda total: Poisson(),
    "negbin": lambda total: NegBin(),
    "binomial": Binomial,
    "betabinomial": BetaBinomial,
    "gaussian": lambda total: Gaussian(),
    "lognormal": lambda total: LogNormal(),
}


class Dispersion(NamedTuple):
    """What scatters the numbers of a family.

    Attributes
    ----------
    name : str
        Of the number that people read.
    scale : float
        Log dispersion of the likelihood over its hyperparameter.
    log : callable
        From the number to the log dispersion.
    """

    name: str
    scale: float
    log: Callable[[float], float]


DISPERSION = {
    "negbin": Dispersion("size", -2.0, np.log),
    "betabinomial": Dispersion("correlation", 1.0, special.logit),
    "gaussian": Dispersion("sd", 1.0, np.log),
    "lognormal": Dispersion("sd", 1.0, np.log),
}
"""Of the families that have one."""
STEP = priors.StandardDeviation(1.0, 0.05)
FOUND = priors.Share(19.8, 3.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesModel:
    """A model of one series, put together from the pieces of the engine.

    Attributes
    ----------
    family : str
        Law of a number, as in
        :data:`conflictstats.numerics.likelihood.mechanisms.MATRIX`.
    mechanisms : mapping of str to Mechanism
        How reports are read, by qualifier; ``"exact"`` need not be named.
    component : {"rw1", "iid"}
        Whether the predictor walks or scatters around a level.
    start : tuple of float
        Mean and sd of the first predictor; a level has mean 0.
    step : Prior
        Of the sd of a step, or of the predictor around its level.
    scatter : Prior, optional
        Of the dispersion, on its hyperparameter; for the families that have one.
    found : Prior
        Of the share found.

    Examples
    --------
    >>> prior = LatentSeries(family="poisson", n_time=(9, 9), start=(1.0, 1.0))
    >>> model = SeriesModel(family="poisson", start=(1.0, 1.0))
    >>> model.problem(prior.draw(np.random.default_rng(1))).shares_found
    0
    """

    family: str
    mechanisms: Mapping[str, Mechanism] = field(default_factory=dict)
    component: Literal["rw1", "iid"] = "rw1"
    start: tuple[float, float] = (0.0, 5.0)
    step: priors.Prior = STEP
    scatter: priors.Prior | None = None
    found: priors.Prior = FOUND

    def problem(self, series: xr.Dataset) -> Problem:
        """Give the engine's problem for a series.

        Parameters
        ----------
        series : Dataset, dims (time,)
            With what :class:`~conflictstats.simulate.latent_series.LatentSeries` says
            is known.

        Returns
        -------
        Problem
            The model and the numbers that are not missing.
        """
        seen = np.flatnonzero(np.isfinite(series["low"].values))
        reading = self._reading(series.isel(time=seen))
        n = series.sizes["time"]
        walks, (mean, sd) = self.component == "rw1", self.start
        laws = list(self.laws(finds=reading.finds).values())
        family = FAMILIES[self.family](series["total"].values[seen])
        scattered = DISPERSION.get(self.family)
        return Problem(
            path=random_walk(n, start_mean=mean, start_sd=sd) if walks else noise(n),
            effects=() if walks else (FixedEffects(np.full(1, sd)),),
            design=Design.of_path(n, None if walks else np.ones((n, 1))),
            observed=Observations.of_cells(n, cell=seen),
            likelihood=Reports(family, reading),
            log_prior=lambda theta: priors.joint_density(laws, theta),
            dispersion_scale=scattered.scale if scattered else None,
            found=np.zeros(seen.size, np.int64) if reading.finds else None,
        )

    def laws(self, *, finds: bool) -> dict[str, priors.Prior]:
        """Give the priors of the hyperparameters, in the engine's order.

        Parameters
        ----------
        finds : bool
            Whether the reports need a share found.

        Returns
        -------
        dict of str to Prior
            Of ``step_sd``, the dispersion and ``found``, as there are.
        """
        named = {"step_sd": self.step}
        if self.scatter is not None:
            named[DISPERSION[self.family].name] = self.scatter
        return named | ({"found": self.found} if finds else {})

    def flat(self, series: xr.Dataset) -> Vector:
        """Give a constant field from which to search.

        Parameters
        ----------
        series : Dataset, dims (time,)
            As for :meth:`problem`.

        Returns
        -------
        Vector
            Path and effects, shapes (n,) and (p,).
        """
        n, seen = series.sizes["time"], series[["low", "total"]].dropna("time")
        level = self._level(seen["low"].values, seen["total"].values)
        if self.component == "iid":
            return Vector(np.zeros(n), np.full(1, level))
        return Vector(np.full(n, level), np.zeros(0))

    def _level(self, low: FloatArray, total: FloatArray) -> float:
        """Predictor at which the numbers are right on the average."""
        if not low.size:
            return self.start[0]
        if self.family in MEASURED:
            return float((np.log(low) if self.family == "lognormal" else low).mean())
        if self.family in ("binomial", "betabinomial"):
            others = np.maximum(total - low, 0)
            return float(np.log((low.sum() + 0.5) / (others.sum() + 0.5)))
        return float(np.log((low.sum() + 0.5) / low.size))

    def _reading(self, seen: xr.Dataset) -> Reading:
        """Reports as the likelihood reads them."""
        low, high = seen["low"].values, seen["high"].values
        experts = None
        if "coded_loc" in seen:
            parts = (seen[f"coded_{name}"].values for name in Elicited._fields)
            experts = Elicited(*parts)
        table = {"exact": Mechanism.EXACT, **self.mechanisms}
        return mechanisms.read(low, high, seen["qualifier"].values, table, experts)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineCalibration:
    """A model of one series and the prior that its data are drawn from.

    Use it for the families and components that no model of the package has yet; rates
    have :class:`~conflictstats.evaluate.RateCalibration`.

    Attributes
    ----------
    name : str
        Name of the cell; the seeds of its replicates come from it.
    model : SeriesModel
        What is tested.
    prior : LatentSeries
        The same law, written apart.
    draws : int
        Posterior draws of each replicate: 199, 399 or 999.

    Examples
    --------
    >>> cell = EngineCalibration(
    ...     name="example",
    ...     model=SeriesModel(family="binomial"),
    ...     prior=LatentSeries(family="binomial", n_time=(20, 20)),
    ...     draws=199,
    ... )
    >>> row = cell.replicate(np.random.default_rng(1))
    >>> row["n_time"], 0 <= row["rank_mean"] <= 199
    (20, True)
    """

    name: str
    model: SeriesModel
    prior: LatentSeries
    draws: int = 399

    def replicate(self, rng: np.random.Generator) -> dict[str, float | str]:
        """Draw, fit and rank once.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        dict
            ``status`` and ``pareto_k`` of the fit; what
            :func:`~conflictstats.evaluate.strata.features_of` says of the data; ranks
            of the ``mean`` of the predictor, its ``middle``, its ``change`` from first
            to last, the hyperparameters, and ``loglik``, the log probability of all
            reports.
        """
        drawn = self.prior.draw(rng)
        problem = self.model.problem(drawn)
        laws = self.model.laws(finds=problem.shares_found > 0)
        start = np.array([float(law.quantile(np.array(0.5))) for law in laws.values()])
        found = sample(problem, start, self.model.flat(drawn), self.draws, rng)
        row: dict[str, float | str] = {
            "status": _status(found),
            "pareto_k": round(found.pareto_k, 3),
        }
        row |= features_of(drawn["low"].values, drawn["qualifier"].values)
        for name, (truth, draws) in _quantities(drawn, problem, found).items():
            row[f"rank_{name}"] = rank_of_truth(truth, draws, rng=rng)
        for i, (name, law) in enumerate(laws.items()):
            draws = law.natural(found.theta[:, i])
            row[f"rank_{name}"] = rank_of_truth(float(drawn[name]), draws, rng=rng)
        return row


def _status(found: Posterior) -> str:
    """How a rate would say that it ended."""
    if not found.complete:
        return "NOT_CONVERGED"
    return "DOUBTFUL" if found.pareto_k > RELIED else "CONVERGED"


def _quantities(
    drawn: xr.Dataset, problem: Problem, found: Posterior
) -> dict[str, tuple[float, FloatArray]]:
    """Truth and posterior draws of what is ranked, but for hyperparameters."""
    truth, eta = drawn["predictor"].values, problem.design.predict(found.field)
    half = truth.size // 2
    return {
        "mean": (float(truth.mean()), eta.mean(axis=1)),
        "middle": (float(truth[half]), eta[:, half]),
        "change": (float(truth[-1] - truth[0]), eta[:, -1] - eta[:, 0]),
        "loglik": (
            float(_log_probability_of_truth(drawn, problem)),
            _log_probability(problem, eta, found.theta),
        ),
    }


def _log_probability(
    problem: Problem, eta: FloatArray, theta: FloatArray
) -> FloatArray:
    """Log probability of all reports at draws, shape (draws,)."""
    seen = problem.observed.see(eta)
    at = problem.dispersion(theta, seen), problem.found_at(theta)
    return problem.likelihood.value(seen.predictor, *at).sum(axis=1)


def _log_probability_of_truth(drawn: xr.Dataset, problem: Problem) -> float:
    """Log probability of all reports at what was put in."""
    dispersion = np.zeros(1)
    for name, _, log in DISPERSION.values():
        if name in drawn:
            dispersion = np.full(1, log(float(drawn[name])))
    seen = problem.observed.see(drawn["predictor"].values)
    with np.errstate(divide="ignore"):
        logit = np.full(1, special.logit(float(drawn["found"])))
    return float(problem.likelihood.value(seen.predictor, dispersion, logit).sum())

"""Numbers of any family drawn from a latent walk, and said in any way.

Written without the engine, from its documentation.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from conflictstats._typing import FloatArray
from conflictstats.simulate import _beliefs, _words
from conflictstats.simulate.components import Family, draw_observations, draw_path
from conflictstats.simulate.latent import missing_weeks

MEASURED = ("gaussian", "lognormal")


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentSeries:
    r"""A prior over one series of numbers: predictor, family, and how they are said.

    .. math:: \eta_1 \sim N(m, s^2), \quad \eta_t \sim N(\eta_{t-1}, \sigma^2)
              \quad \text{or} \quad \eta_t \sim N(\eta_0, \sigma^2), \quad
              y_t \sim \text{family}(\eta_t)

    The predictor is the log of the mean of ``poisson`` and ``negbin``, the logit of
    the share of ``binomial`` and ``betabinomial``, the mean of ``gaussian`` and the log
    of the median of ``lognormal``.

    Attributes
    ----------
    n_time : tuple of int
        Fewest and most numbers of a series; each length between is as likely.
    family : {"poisson", "negbin", "binomial", "betabinomial", "gaussian", "lognormal"}
        Law of a number.
    most : int
        Largest total of ``binomial`` and ``betabinomial``; small ones are as likely.
    mechanism : str
        How a number is said, in the words of
        :class:`conflictstats.simulate.latent.LatentCounts`, and ``elicited``: a count Y
        is coded k, up to 300, with the probability of Y under the experts' law for k,
        and printed for the rest. Measured numbers are coarsened to an interval of
        random width and place, or rounded: more than n, if from n + 1 to n + h - 1.
    component : {"rw1", "iid"}
        Whether the predictor walks or scatters around its level.
    share : float
        Probability that a number is said so; the others are exact.
    missing : float
        Probability that seven numbers in a row are missing.
    start : tuple of float
        m and s.
    step : tuple of float
        Exponential prior of :math:`\sigma`: P(it is above first) = second.
    scatter : tuple of float
        Exponential prior, said so too, of :math:`r^{-1/2}` of ``negbin`` and of the sd
        of measured numbers; of ``betabinomial`` the Beta prior of the correlation.
    found : tuple of float
        Beta prior of the probability that a death is found, or for ``floor`` that a
        report is the count itself.

    Examples
    --------
    >>> prior = LatentSeries(family="binomial", mechanism="floor", n_time=(30, 30))
    >>> drawn = prior.draw(np.random.default_rng(1))
    >>> bool((drawn["truth"] <= drawn["total"]).all())
    True
    """

    n_time: tuple[int, int] = (20, 60)
    family: Family = "negbin"
    most: int = 300
    mechanism: _words.Mechanism = "exact"
    component: Literal["rw1", "iid"] = "rw1"
    share: float = 0.5
    missing: float = 0.0
    start: tuple[float, float] = (0.0, 5.0)
    step: tuple[float, float] = (1.0, 0.05)
    scatter: tuple[float, float] = (3.0, 0.05)
    found: tuple[float, float] = (19.8, 3.3)

    def draw(self, rng: np.random.Generator) -> xr.Dataset:
        """Draw everything once.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        Dataset, dims (time,)
            What is known: ``low, high, qualifier``, NaN where missing, and ``total`` of
            each number; with ``elicited`` the experts' law of each, ``coded_loc,
            coded_scale, coded_weight``. What is hidden: ``predictor``, ``truth``, and
            the numbers ``step_sd``, ``found`` and, as the family has it, ``size``,
            ``correlation`` or ``sd``.
        """
        n_time = int(rng.integers(self.n_time[0], self.n_time[1] + 1))
        sd = _beliefs.exponential(self.step, rng)
        path = draw_path(self.component, n_time, sd=sd, rng=rng)
        predictor = rng.normal(*self.start) + path
        total = np.floor(np.exp(rng.uniform(0, np.log(self.most + 1), n_time)))
        scatter = self._scatter(rng)
        dispersion = next(iter(scatter.values()), np.nan)
        truth = draw_observations(
            self.family, predictor, dispersion, rng=rng, trials=total.astype(np.int64)
        )
        asked = self.mechanism in ("confirmed", "floor")
        found = float(rng.beta(*self.found)) if asked else 1.0
        said = self._said(truth, found, rng)
        lost = missing_weeks(n_time, self.missing, rng)
        known = {"total": total, "qualifier": said.qualifier}
        known |= {"predictor": predictor, "truth": truth}
        known["low"] = np.where(lost, np.nan, said.low)
        known["high"] = np.where(lost, np.nan, said.high)
        if self.mechanism == "elicited":
            names = ("coded_loc", "coded_scale", "coded_weight")
            known |= dict(zip(names, _words.coded_law(said.low), strict=True))
        variables = {name: ("time", values) for name, values in known.items()}
        return xr.Dataset(variables).assign(scatter | {"step_sd": sd, "found": found})

    def _scatter(self, rng: np.random.Generator) -> dict[str, float]:
        """What scatters the numbers, by its name."""
        if self.family in ("poisson", "binomial"):
            return {}
        if self.family == "betabinomial":
            return {"correlation": float(rng.beta(*self.scatter))}
        drawn = _beliefs.exponential(self.scatter, rng)
        return {"size": drawn**-2} if self.family == "negbin" else {"sd": drawn}

    def _said(
        self, truth: FloatArray, found: float, rng: np.random.Generator
    ) -> _words.Said:
        """Reports of true numbers."""
        if self.family not in MEASURED:
            return _words.say_counts(truth, self.mechanism, self.share, found, rng)
        in_logs = self.family == "lognormal"
        return _words.say_measured(
            truth, self.mechanism, self.share, rng, in_logs=in_logs
        )

"""Do intervals of who fled hold: crises that never happened, fitted, and counted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from conflictstats._typing import FloatArray
from conflictstats.errors import FitWarning
from conflictstats.evaluate.calibration import rank_of_truth
from conflictstats.models.displacement import StockFlow, StockFlowFit
from conflictstats.simulate.displacement_crisis import DisplacementCrisis, DrawnCrisis

PERIODS = 3
"""Stretches of a crisis whose inflow, and at whose end the stock, is asked for."""
WITHIN = (30, 90, 180)
"""Days within which violence is answered."""
ENDS = ("truth", "estimate", "lower", "upper")
OF_ERRORS = 0.95
"""Level of the Monte Carlo intervals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplacementCoverage:
    """A kind of crisis and a model that is fitted to it: one cell of a study.

    What the analyst knows besides the reports is wrong too: the stock at the start and
    the population are told with errors of their stated size.

    Attributes
    ----------
    name : str
        Name of the cell; the seeds of its replicates come from it.
    crisis : DisplacementCrisis
        What is drawn.
    model : StockFlow
        What is fitted.
    from_priors : bool
        Whether the parameters are drawn anew from the priors for each replicate.
        Then, and only then, are ranks of truths among draws uniform if the fit is
        right.
    level : float
        Nominal coverage.

    Examples
    --------
    >>> from conflictstats.simulate.displacement_bodies import ReportingBody
    >>> weekly = ReportingBody(name="A", every=7)
    >>> cell = DisplacementCoverage(
    ...     name="four weeks",
    ...     crisis=DisplacementCrisis(days=28, initial=1e4, bodies=[weekly]),
    ...     model=StockFlow(draws=99),
    ... )
    >>> row = cell.replicate(np.random.default_rng(1))
    >>> row["stock 3|lower"] < row["stock 3|truth"] < row["stock 3|upper"]
    True
    """

    name: str
    crisis: DisplacementCrisis
    model: StockFlow
    from_priors: bool = False
    level: float = 0.9

    def replicate(self, rng: np.random.Generator) -> dict[str, float | str]:
        """Draw a crisis, fit its reports and compare.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        dict
            ``status`` and ``n_reports``; for each quantity ``<quantity>|truth``,
            ``|estimate``, ``|lower`` and ``|upper``, and its rank among the draws,
            ``rank_<quantity>``. Quantities are the mean ``inflow`` of each third of
            the crisis, persons a day; the ``stock`` at the end of each, persons;
            ``returns``, persons in all; the ``response`` within 30, 90 and 180 days,
            persons per unit of violence; and, not flows, the ``level`` of the inflow at
            the mean of violence, ``movements`` of a person, the ``noise`` of the inflow
            and the ``factor`` of the first body.
        """
        violence = self.crisis.draw_violence(rng)
        crisis = self.crisis
        if self.from_priors:
            crisis = crisis.drawn_from_priors(violence, rng)
        drawn = crisis.draw(rng, violence=violence)
        first, *_, last = drawn.truth["time"].values.astype("datetime64[D]").astype(str)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitWarning)
            fit = self.model.fit(
                drawn.reports,
                violence=violence,
                period=(str(first), str(last)),
                rng=rng,
                strict=False,
                **self._known(crisis, rng),
            )
        row: dict[str, float | str] = {
            "status": fit.status.name,
            "n_reports": len(drawn.reports),
        }
        for name, (truth, draws) in _quantities(crisis, drawn, fit).items():
            tails = np.array([0.5, (1 - self.level) / 2, (1 + self.level) / 2])
            ends = np.quantile(draws, tails, method="weibull")
            told = zip(ENDS, (truth, *ends.tolist()), strict=True)
            row |= {f"{name}|{end}": value for end, value in told}
            row[f"rank_{name}"] = rank_of_truth(truth, draws, rng=rng)
        return row

    def _known(
        self, crisis: DisplacementCrisis, rng: np.random.Generator
    ) -> dict[str, tuple[float, float]]:
        """What is told of the start: a median and the sd of its log, by name."""
        known = {}
        for name, sd in (
            ("initial", crisis.initial_sd),
            ("population", crisis.population_sd),
        ):
            told = getattr(self.crisis, name)
            if np.isfinite(told) and sd:
                wrong = 0.0 if self.from_priors else sd * rng.standard_normal()
                known[name] = (float(told * np.exp(wrong)), sd)
        return known


def coverage_by_quantity(rows: pd.DataFrame) -> pd.DataFrame:
    """How often intervals of each quantity held the truth.

    Parameters
    ----------
    rows : DataFrame
        Of many :meth:`DisplacementCoverage.replicate`.

    Returns
    -------
    DataFrame
        One row a ``quantity``: ``replicates``, all that there were; ``n`` of them that
        have an interval; intervals that ``held`` the truth, were ``below`` or
        ``above`` it; ``coverage``, the share that held it, with its 95 % Wilson
        interval ``coverage_lower`` and ``coverage_upper``; ``ratio``, the median of
        estimate over truth; ``width``, the median of upper over lower end. Quantities
        that are 0 in truth have no coverage, because no interval of positive numbers
        holds 0.

    Examples
    --------
    >>> rows = pd.DataFrame({"stock 1|truth": [100.0, 100.0, 100.0, 100.0]})
    >>> rows = rows.assign(**{"stock 1|estimate": [90.0, 95, 110, 150]})
    >>> rows = rows.assign(**{"stock 1|lower": [80.0, 85, 99, 120]})
    >>> rows = rows.assign(**{"stock 1|upper": [99.0, 120, 130, 190]})
    >>> told = coverage_by_quantity(rows)
    >>> told[["held", "below", "above", "coverage", "ratio"]].to_numpy().tolist()
    [[2.0, 1.0, 1.0, 0.5, 1.025]]
    """
    suffix = f"|{ENDS[0]}"
    found = []
    for column in rows.columns[rows.columns.str.endswith(suffix)]:
        name = column.removesuffix(suffix)
        ends = rows[[f"{name}|{end}" for end in ENDS]].dropna().to_numpy(float)
        found.append({"quantity": name, "replicates": len(rows), **_counted(ends)})
    return pd.DataFrame(found)


def _counted(ends: FloatArray) -> dict[str, float]:
    """Numbers of the intervals of one quantity; truth, estimate, lower, upper."""
    truth, estimate, lower, upper = ends[ends[:, 0] > 0].T
    below, above = int((upper < truth).sum()), int((lower > truth).sum())
    held = truth.size - below - above
    counts = {"n": truth.size, "held": held, "below": below, "above": above}
    if not truth.size:
        return counts
    share = stats.binomtest(held, truth.size)
    around = share.proportion_ci(OF_ERRORS, method="wilson")
    return counts | {
        "coverage": held / truth.size,
        "coverage_lower": float(around.low),
        "coverage_upper": float(around.high),
        "ratio": float(np.median(estimate / truth)),
        "width": float(np.median(upper / lower)),
    }


def _quantities(
    crisis: DisplacementCrisis, drawn: DrawnCrisis, fit: StockFlowFit
) -> dict[str, tuple[float, FloatArray]]:
    """Truth and posterior draws of each quantity."""
    truth, found = drawn.truth, {}
    said = fit.draws[["inflow", "returns", "stock"]].transpose("draw", "time")
    for number, days in enumerate(np.array_split(np.arange(crisis.days), PERIODS), 1):
        mean = said["inflow"][:, days].mean("time").values
        found[f"inflow {number}"] = float(truth["inflow"][days].mean()), mean
        last = days[-1]
        stock = said["stock"][:, last].values
        found[f"stock {number}"] = float(truth["stock"][last]), stock
    returns = said["returns"].sum("time").values
    found["returns"] = float(truth["returns"].sum()), returns
    come = crisis.per_violence * np.cumsum(crisis.lag.weights)
    response = fit.draws_of_response(WITHIN).isel(kind=0)
    for horizon in WITHIN:
        within = response.sel(days=horizon).values
        found[f"response {horizon}"] = float(come[horizon - 1]), within
    return found | _not_flows(crisis, drawn, fit)


def _not_flows(
    crisis: DisplacementCrisis, drawn: DrawnCrisis, fit: StockFlowFit
) -> dict[str, tuple[float, FloatArray]]:
    """Truth and draws of some parameters."""
    level = crisis.base + crisis.per_violence * float(drawn.violence.mean())
    truths = {"level": level, "movements": crisis.movements, "noise": crisis.inflow_sd}
    hyper = fit.draws["hyper"].rename(param="name")
    hyper = hyper.assign_coords(
        name=[str(each).removesuffix("_sd") for each in hyper["name"].values]
    )
    found = {
        name: (truth, hyper.sel(name=name).values) for name, truth in truths.items()
    }
    factor = np.exp(drawn.truth["bias"][:1])
    draws = fit.draws["body_factor"].sel(body=factor["body"].item())
    return found | {"factor": (factor.item(), draws.values)}

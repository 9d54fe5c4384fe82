"""What happens to a rate when reports are read otherwise than they came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr
from scipy import optimize, special

from conflictstats import _check
from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.simulate.counts import ROUND, blur, random_walk_counts

Reading: TypeAlias = Literal["exact", "confirmed", "coarsened", "rounded", "floor"]

READINGS: tuple[Reading, ...] = ("exact", "confirmed", "coarsened", "rounded", "floor")
FOUND = {"exact": 1.0, "confirmed": 0.9, "coarsened": 0.9, "rounded": 0.9, "floor": 0.5}
"""Share found, or reported as it is, by true mechanism and by reading alike."""
CUT = 2.5
"""Mean of the cuts of coarsened reports, people."""
CEILING = 1e4
"""A rate this many times the largest count has run away."""
SIZES = (-8.0, 14.0)
"""Bounds of the log of the size: from wild scatter to the Poisson law."""
STEP = 1e-3
LEAST = 1e-300


class RateStatus(Enum):
    """How the search ended; the value is the sentence for people."""

    CONVERGED = "converged"
    UNBOUNDED = "the likelihood grows with the rate without limit"


class Counted(NamedTuple):
    """Different reports, and how often each occurs.

    Attributes
    ----------
    low, high, weight : ndarray, shape (intervals,)
        Inclusive bounds, and the weight of each interval in the report's chance.
    thinned : ndarray of bool, shape (intervals,)
        Whether the count is only of the deaths found so far.
    report : ndarray of int, shape (intervals,)
        Report to which each interval belongs.
    times : ndarray, shape (reports,)
        How often each report occurs.
    """

    low: FloatArray
    high: FloatArray
    weight: FloatArray
    thinned: BoolArray
    report: IntArray
    times: FloatArray


@dataclass(frozen=True, slots=True)
class Rate:
    """A constant rate by maximum likelihood.

    Attributes
    ----------
    estimate, lower, upper : float
        Deaths per report, with a confidence interval on the log scale; infinite where
        the rate runs away.
    size : float
        NB size.
    status : RateStatus
        How the search ended.
    """

    estimate: float
    lower: float
    upper: float
    size: float
    status: RateStatus


def misread(
    truth: Reading,
    share: float,
    *,
    rng: np.random.Generator,
    reports: int = 2000,
    rate: float = 4.48,
    size: float = 2.5,
    readings: Sequence[Reading] = READINGS,
) -> pd.DataFrame:
    """Draw reports that came about in one way, and read them in every way.

    Counts are negative binomial with a constant mean; a share of them is not told
    exactly but by one of the ways of :func:`conflictstats.simulate.counts.blur`. With
    ``truth="exact"`` these say "at least" and mean the count. The readings, of "at
    least" and "more than" alone, know the share found (0.9 for ``confirmed``; 0.5 of
    the ``floor`` reports name the count), which is more than anybody knows.

    Parameters
    ----------
    truth : {"exact", "confirmed", "coarsened", "rounded", "floor"}
        How the reports came about.
    share : float
        Share of the counts that are not told exactly.
    rng : numpy.random.Generator
        Source of randomness.
    reports : int
        Number of counts.
    rate, size : float
        Mean and NB size of the true counts, people.
    readings : sequence of str
        How the reports are read.

    Returns
    -------
    DataFrame
        One row a reading: ``assumed``, ``ratio`` of estimated to true rate, ``lower``
        and ``upper`` of its 90 % interval over the true rate, ``covered``,
        ``unbounded``.

    Raises
    ------
    SettingError
        If a mechanism is not one of these, or ``share`` not from 0 to 1.

    Examples
    --------
    Half the days say "at least", nine in ten dead found: read as exact, a twentieth of
    the rate is lost; read as a cut, half as much again is found.

    >>> table = misread("confirmed", 0.5, rng=np.random.default_rng(1))
    >>> ratio = table.set_index("assumed")["ratio"] / table.loc[1, "ratio"]
    >>> ratio["exact"].round(2).item(), ratio["coarsened"].round(1).item()
    (0.95, 1.6)
    """
    _check.one_of(truth, READINGS, "truth")
    counts = random_walk_counts(reports, rng=rng, rate=rate, step=0, size=size)
    said = blur(
        counts["truth"],
        mechanism="confirmed" if truth == "exact" else truth,
        share=share,
        rng=rng,
        found=FOUND[truth],
        cut=CUT,
    )
    rows = []
    for assumed in readings:
        fit = rate_of(said, assumed)
        rows.append(
            {
                "assumed": assumed,
                "ratio": fit.estimate / rate,
                "lower": fit.lower / rate,
                "upper": fit.upper / rate,
                "covered": fit.lower <= rate <= fit.upper,
                "unbounded": fit.status is RateStatus.UNBOUNDED,
            }
        )
    return pd.DataFrame(rows)


def misreading_summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Bias, coverage and width over replicates, with their Monte Carlo errors.

    Parameters
    ----------
    rows : DataFrame
        Of many :func:`misread`, one way of reporting.

    Returns
    -------
    DataFrame
        One row a reading: ``assumed``, ``replicates``; ``ratio``, geometric mean of
        estimated over true rate where there is an estimate, or infinite where most
        replicates have none, and ``ratio_error``; ``coverage`` and
        ``coverage_error``; ``width``, the median of the interval's width over the true
        rate; ``unbounded``, share of replicates without an estimate.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "assumed": "exact",
    ...         "ratio": [0.8, 1.25],
    ...         "lower": [0.7, 1.1],
    ...         "upper": [1.0, 1.4],
    ...         "covered": [True, False],
    ...         "unbounded": False,
    ...     }
    ... )
    >>> told = misreading_summary(rows).iloc[0]
    >>> [told[name].round(2).item() for name in ("ratio", "coverage", "width")]
    [1.0, 0.5, 0.3]
    """
    return pd.DataFrame(
        [
            {"assumed": name} | _summary(each)
            for name, each in rows.groupby("assumed", sort=False)
        ]
    )


def rate_of(said: xr.Dataset, assumed: Reading, level: float = 0.9) -> Rate:
    """Estimate a constant rate from reports under one reading.

    Parameters
    ----------
    said : Dataset
        From :func:`conflictstats.simulate.counts.blur`.
    assumed : {"exact", "confirmed", "coarsened", "rounded", "floor"}
        How "at least" and "more than" are read; other words leave their interval.
    level : float
        Coverage of the interval, from the observed information on the log scale.

    Returns
    -------
    Rate
        The estimate.

    Raises
    ------
    SettingError
        If ``assumed`` is not one of these.

    Examples
    --------
    >>> said = blur(
    ...     xr.DataArray([1, 2, 3], dims="time"),
    ...     mechanism="exact",
    ...     share=0.0,
    ...     rng=np.random.default_rng(1),
    ... )
    >>> round(rate_of(said, "exact").estimate, 3)
    2.0
    """
    counted = counted_as(said, _check.one_of(assumed, READINGS, "assumed"))
    start = np.log(counted.low.mean() + 0.5)
    most = np.log(CEILING * (counted.low.max() + 1))
    found = optimize.minimize(
        _loss, [start, 0.0], (counted,), "L-BFGS-B", bounds=[(-20, most), SIZES]
    )
    at, spread = found.x[0], _std_err(found.x, counted)
    size = float(np.exp(found.x[1]))
    if at > most - np.log(10) or not np.isfinite(spread):
        return Rate(np.inf, 0.0, np.inf, size, RateStatus.UNBOUNDED)
    reach = special.ndtri((1 + _check.level(level)) / 2) * spread
    lower, estimate, upper = np.exp([at - reach, at, at + reach]).tolist()
    return Rate(estimate, lower, upper, size, RateStatus.CONVERGED)


def counted_as(said: xr.Dataset, assumed: str) -> Counted:
    """Different reports, how often each occurs, and what each says under a reading.

    Parameters
    ----------
    said : Dataset
        From :func:`conflictstats.simulate.counts.blur`.
    assumed : str
        How "at least" and "more than" are read.

    Returns
    -------
    Counted
        Weighted intervals by report.
    """
    names = ["low", "high", "qualifier"]
    table = pd.DataFrame({name: said[name].values.ravel() for name in names})
    counted = table.groupby(names).size().reset_index(name="times")
    open_ended = counted["qualifier"].isin(["at_least", "more_than"])
    each = [
        _said(low, word, assumed) if is_open else [(low, high, 1.0)]
        for low, high, word, is_open in zip(
            *(counted[name] for name in names), open_ended, strict=True
        )
    ]
    report = np.repeat(np.arange(len(each)), [len(one) for one in each])
    low, high, weight = np.array([part for one in each for part in one]).T
    thinned = open_ended.to_numpy() & (assumed == "confirmed")
    times = counted["times"].to_numpy(float)
    return Counted(low, high, weight, thinned[report], report, times)


def _summary(each: pd.DataFrame) -> dict[str, float]:
    """Numbers of one reading."""
    n, coverage = len(each), float(each["covered"].mean())
    logs = np.log(each.loc[~each["unbounded"], "ratio"].to_numpy(float))
    ratio, error = np.inf, np.nan
    if logs.size > n / 2:
        ratio = float(np.exp(logs.mean()))
        error = ratio * float(logs.std(ddof=1)) / np.sqrt(logs.size)
    return {
        "replicates": n,
        "ratio": ratio,
        "ratio_error": error,
        "coverage": coverage,
        "coverage_error": float(np.sqrt(coverage * (1 - coverage) / n)),
        "width": float((each["upper"] - each["lower"]).median()),
        "unbounded": float(each["unbounded"].mean()),
    }


def _said(low: float, word: str, assumed: str) -> list[tuple[float, float, float]]:
    """Weighted intervals of an open-ended report."""
    if assumed in ("exact", "confirmed"):
        return [(low, low, 1.0)]
    if assumed == "rounded":
        printed = low - 1 if word == "more_than" else low
        grain = _grain(printed)
        return [(low, printed + grain - 1 if grain > 1 else np.inf, 1.0)]
    if assumed == "floor":
        return _floored(low)
    return [(low, np.inf, 1.0)]


def _floored(named: float) -> list[tuple[float, float, float]]:
    """The number itself, or a count from it on, by how many round numbers it has.

    From a hundred times the number on that many no longer grows: such counts do not
    occur beside it.
    """
    parts = [(named, named, FOUND["floor"] if named > 0 else 1.0)]
    if named in ROUND:
        begins = ROUND[ROUND.searchsorted(named) :][:7]
        ends = np.append(begins[1:] - 1, np.inf)
        weights = (1 - FOUND["floor"]) / (ROUND.searchsorted(begins) + 1)
        parts += list(zip(begins, ends, weights, strict=True))
    return parts


def _grain(printed: float) -> int:
    """Ten to the number of trailing zeros; 1 for zero."""
    digits = f"{int(printed)}"
    return 10 ** (len(digits) - len(digits.rstrip("0"))) if printed > 0 else 1


def _loss(point: FloatArray, counted: Counted) -> float:
    """Minus the log likelihood of log rate and log size, count by count."""
    ends = np.isfinite(counted.high)
    above = np.where(ends, counted.high + 1, 0).astype(int)
    low = counted.low.astype(int)
    counts = np.arange(max(above.max(), low.max()), dtype=float)
    means = point[0] + np.array([[0.0], [np.log(FOUND["confirmed"])]])
    chance = np.exp(NegBin().points(counts).value(means, np.asarray(point[1])))
    below = np.pad(np.cumsum(chance, axis=1), ((0, 0), (1, 0)))
    which = counted.thinned.astype(int)
    inside = np.where(ends, below[which, above], 1.0) - below[which, low]
    total = np.bincount(counted.report, counted.weight * inside)
    return -float(counted.times @ np.log(np.maximum(total, LEAST)))


def _std_err(point: FloatArray, counted: Counted) -> float:
    """Standard error of the log rate, from the observed information.

    Where the size is at the Poisson end it is held there.
    """
    free = SIZES[0] + 1 < point[1] < SIZES[1] - 6
    moves = STEP * np.eye(2)[: 1 + free]
    bend = np.array(
        [
            [
                sum(
                    a * b * _loss(point + a * one + b * other, counted)
                    for a in (-1, 1)
                    for b in (-1, 1)
                )
                for other in moves
            ]
            for one in moves
        ]
    ) / (4 * STEP**2)
    if np.linalg.eigvalsh(bend).min() <= 0:
        return np.inf
    return float(np.sqrt(np.linalg.inv(bend)[0, 0]))

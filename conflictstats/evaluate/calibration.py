"""Whether intervals hold as often as they say: ranks of truths among draws."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike
from scipy import special

from conflictstats import _check
from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.numerics.uniformity import ecdf_band, rank_tests

ALARM = 0.001
"""How often a correct method is outside its coverage band."""
POINTS = 50
FEWEST = 50
"""Replicates below which a stratum is not tested."""


def rank_of_truth(truth: float, draws: ArrayLike, *, rng: np.random.Generator) -> int:
    """How many draws a truth exceeds; ties are broken at random.

    If the truth was drawn from the prior and the draws are from the posterior of data
    that came from it, every rank is as probable as any other [1]_, also given anything
    about the data.

    Parameters
    ----------
    truth : float
        What the simulation put in.
    draws : array_like, shape (draws,)
        Posterior draws of the same quantity.
    rng : numpy.random.Generator
        Source of randomness, for ties.

    Returns
    -------
    int
        From 0 to the number of draws.

    Raises
    ------
    SettingError
        If the truth or a draw is not a number.

    References
    ----------
    .. [1] Talts, S., Betancourt, M., Simpson, D., Vehtari, A. and Gelman, A. (2018).
       Validating Bayesian inference algorithms with simulation-based calibration.
       https://doi.org/10.48550/arXiv.1804.06788

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rank_of_truth(2.5, [1.0, 2.0, 3.0], rng=rng)
    2
    """
    drawn = np.asarray(draws, dtype=float)
    if np.isnan(truth) or np.isnan(drawn).any():
        raise SettingError(
            f"a rank needs numbers; got {truth} and {int(np.isnan(drawn).sum())} draws "
            "that are NaN: leave the quantity out where it does not exist"
        )
    ties = int((drawn == truth).sum())
    return int((drawn < truth).sum() + rng.integers(0, ties + 1))


def coverage_band(
    n: int, *, level: float = 0.9, alarm: float = ALARM
) -> tuple[float, float]:
    """Shares of n intervals that may hold the truth if ``level`` of them do.

    Parameters
    ----------
    n : int
        Number of simulations.
    level : float
        What the intervals claim.
    alarm : float
        Probability, at most, that a correct method is outside, by the binomial law.

    Returns
    -------
    tuple of float
        Lowest and highest share.

    Raises
    ------
    SettingError
        If there is no simulation, or a probability is not between 0 and 1.

    Examples
    --------
    >>> coverage_band(1000)
    (0.868, 0.93)
    """
    if n < 1:
        raise SettingError(f"need one simulation or more, got {n}")
    _check.level(level), _check.level(alarm, "alarm")
    upto = special.bdtr(np.arange(n + 1.0), n, level)
    low = int((upto <= alarm / 2).sum())
    high = int((upto < 1 - alarm / 2).sum())
    return low / n, high / n


class Calibration(NamedTuple):
    """What ranks of truths say about a method.

    Attributes
    ----------
    n : int
        Ranks.
    coverage : float
        Share of equal-tailed intervals that held the truth.
    lower, upper : float
        Band of :func:`coverage_band` for that share.
    z_mean, z_variance : float
        Standard normal scores: above 0 where estimates are too low, and where
        intervals are too narrow.
    p_value : float
        Smallest of the p-values of coverage, mean, variance and chi-square, times
        four.
    """

    n: int
    coverage: float
    lower: float
    upper: float
    z_mean: float
    z_variance: float
    p_value: float


def calibration_of(ranks: ArrayLike, draws: int, *, level: float = 0.9) -> Calibration:
    """Coverage and uniformity of the ranks of truths among their draws.

    Parameters
    ----------
    ranks : array_like of int, shape (n,)
        From :func:`rank_of_truth`; n is 10 or more.
    draws : int
        Draws of each. ``level`` of the ``draws + 1`` ranks must be a whole, even number
        off both ends, as with 199, 399 or 999 draws and 90 %: only then is the interval
        between two of the draws one of exactly that level.
    level : float
        Of the intervals whose coverage is told.

    Returns
    -------
    Calibration
        Numbers to be read together.

    Raises
    ------
    SettingError
        If no interval of the draws has that level, or the ranks are not among 0 to
        ``draws``.

    References
    ----------
    .. [1] Cook, S. R., Gelman, A. and Rubin, D. B. (2006). *Journal of Computational
       and Graphical Statistics* 15, 675-692. https://doi.org/10.1198/106186006X136976

    Examples
    --------
    A method whose intervals are half as wide as they should be:

    >>> rng = np.random.default_rng(1)
    >>> truth, draws = rng.normal(size=1000), 0.5 * rng.normal(size=(1000, 399))
    >>> found = calibration_of((draws < truth[:, None]).sum(axis=1), 399)
    >>> found.coverage < 0.65, found.z_variance > 5, found.p_value < 1e-6
    (True, True, True)
    """
    here = np.asarray(ranks, dtype=np.int64)
    tail = (draws + 1) * (1 - _check.level(level)) / 2
    if abs(tail - round(tail)) > 1e-9 or round(tail) < 1:
        raise SettingError(
            f"of {draws} draws no two are the ends of an interval of {level:.0%}; "
            "take 199, 399 or 999"
        )
    tests = rank_tests(here, draws)
    inside = (here >= round(tail)) & (here <= draws - round(tail))
    smallest = min(
        tests.p_mean,
        tests.p_variance,
        tests.p_chi_square,
        _binomial_p(int(inside.sum()), here.size, level),
    )
    return Calibration(
        here.size,
        float(inside.mean()),
        *coverage_band(here.size, level=level),
        tests.z_mean,
        tests.z_variance,
        min(4 * smallest, 1.0),
    )


def calibration_table(
    studies: Mapping[str, pd.DataFrame],
    draws: int,
    *,
    strata: Mapping[str, str] | None = None,
    stratified: Container[str] | None = None,
    level: float = 0.9,
    error: float = 0.01,
) -> pd.DataFrame:
    """Calibration of every quantity of every study, Bonferroni over all rows.

    Parameters
    ----------
    studies : mapping of str to DataFrame
        By the name of the method or model: one row a replicate, ranks in columns that
        begin with ``rank_``, NaN where a replicate has no such quantity; a ``status``
        of ``FAILED`` where it has no result.
    draws : int
        Draws that the ranks are among.
    strata : mapping of str to str, optional
        Name to condition on the columns, such as ``{"few": "mean_count < 1"}``: each is
        a row more. Conditions must be about *data*: given anything about the data ranks
        are still uniform, given anything about the truth they are not. Strata of fewer
        than 50 replicates are left out.
    stratified : container of str, optional
        Studies that are tested by stratum too; all if not given.
    level : float
        Of the intervals whose coverage is told.
    error : float
        Probability, at most, that any row fails though all methods are correct.

    Returns
    -------
    DataFrame
        ``cell, quantity, stratum``, the numbers of :class:`Calibration`, ``failed``
        (replicates without a result) and ``passes``, which asks for none of those.

    Raises
    ------
    SettingError
        If nothing was given, or ``draws`` has no interval of that level.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> right = pd.DataFrame({"rank_mean": rng.integers(0, 400, 500)})
    >>> wrong = pd.DataFrame({"rank_mean": rng.integers(0, 300, 500)})
    >>> table = calibration_table({"right": right, "wrong": wrong}, 399)
    >>> table[["cell", "quantity", "n", "passes"]]
        cell quantity    n  passes
    0  right     mean  500    True
    1  wrong     mean  500   False
    """
    rows = []
    for cell, frame in studies.items():
        parts = {"all": frame}
        if stratified is None or cell in stratified:
            parts |= {n: frame.query(asked) for n, asked in (strata or {}).items()}
        for stratum, part in parts.items():
            for name in _ranked(part):
                ranks = part[f"rank_{name}"].dropna()
                if stratum == "all" or len(ranks) >= FEWEST:
                    told = calibration_of(ranks, draws, level=level)
                    rows.append((cell, name, stratum, *told, _failures(frame)))
    if not rows:
        raise SettingError("there is nothing to test: no study has a column of ranks")
    columns = ["cell", "quantity", "stratum", *Calibration._fields, "failed"]
    table = pd.DataFrame(rows, columns=columns)
    likely = table["p_value"] >= error / len(table)
    return table.assign(passes=likely & (table["failed"] == 0))


def ecdf_difference(ranks: ArrayLike, draws: int, *, level: float = 0.9) -> xr.Dataset:
    r"""Empirical distribution of ranks less the uniform one, in a simultaneous band.

    .. math:: D(z) = \frac 1n \#\left\{i : \frac{\text{rank}_i + 1}{L + 1} \le z
              \right\} - z

    The band holds all of D with probability ``level`` if the ranks are uniform [1]_. A
    curve above it at low z has too many low ranks: estimates are too high. An S that
    starts upwards has too many at both ends: intervals are too narrow.

    Parameters
    ----------
    ranks : array_like of int, shape (n,)
        From :func:`rank_of_truth`.
    draws : int
        L, draws of each.
    level : float
        Probability that the band holds all of the curve.

    Returns
    -------
    Dataset, dims (z,)
        ``difference``, ``lower`` and ``upper``; ``z`` are multiples of 1 / (L + 1).

    Raises
    ------
    SettingError
        If there is no rank.

    References
    ----------
    .. [1] Säilynoja, T., Bürkner, P.-C. and Vehtari, A. (2022). *Statistics and
       Computing* 32, 32. https://doi.org/10.1007/s11222-022-10090-6

    Examples
    --------
    >>> curve = ecdf_difference(np.repeat(np.arange(100), 5), 99)
    >>> bool((abs(curve["difference"]) < 1e-9).all())
    True
    """
    here = np.asarray(ranks, dtype=np.int64)
    cuts = _cuts(draws)
    z = cuts / (draws + 1)
    found = np.searchsorted(np.sort(here), cuts, side="left")
    low, high = ecdf_band(here.size, z, level=level)
    parts = {"difference": found, "lower": low, "upper": high}
    curves = {name: ("z", count / here.size - z) for name, count in parts.items()}
    return xr.Dataset(curves, {"z": z}, {"level": level, "n": here.size})


def _ranked(frame: pd.DataFrame) -> list[str]:
    """Quantities of which a study has ranks."""
    named = [str(column) for column in frame if frame[column].notna().any()]
    return [name.removeprefix("rank_") for name in named if name.startswith("rank_")]


def _failures(frame: pd.DataFrame) -> int:
    """Replicates of a study that have no result."""
    return int((frame["status"] == "FAILED").sum()) if "status" in frame else 0


def _cuts(draws: int) -> IntArray:
    """Numbers of low ranks at which to compare, at most fifty."""
    cuts = np.linspace(0, draws + 1, min(POINTS, draws + 1) + 1)[1:-1]
    return np.unique(cuts.round().astype(np.int64))


def _binomial_p(inside: int, n: int, level: float) -> float:
    """Two-sided p-value of a number of intervals that held the truth."""
    ends: FloatArray = np.array(
        [special.bdtr(inside, n, level), special.bdtrc(inside - 1, n, level)]
    )
    return float(min(2 * np.where(inside == 0, [ends[0], 1.0], ends).min(), 1.0))

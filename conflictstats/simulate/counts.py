"""Counts with a known rate, and the ways in which reports blur them."""

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError

Mechanism: TypeAlias = Literal["exact", "confirmed", "coarsened", "rounded", "floor"]

DIMS = ("time", "place")
FOUND = 0.9
"""Probability that a death is found by the time of a report, where "at least" says
how many were; or that "at least" names the count itself and no floor below it."""
ROUND = np.outer(10.0 ** np.arange(13), [1, 2, 5]).ravel()
"""Floors: one, two and five times the powers of ten."""


class Words(NamedTuple):
    """What reports say: bounds, the printed number, the qualifier."""

    low: FloatArray
    high: FloatArray
    value: FloatArray
    qualifier: NDArray[np.str_]


class Habit(NamedTuple):
    """The numbers behind a way of reporting."""

    found: float
    cut: float


def random_walk_counts(
    n_time: int,
    *,
    rng: np.random.Generator,
    rate: float = 5.0,
    step: float = 0.1,
    size: float = 4.0,
    places: int = 1,
    start: str = "2019-01-01",
) -> xr.Dataset:
    r"""Draw daily deaths whose log rate is a random walk, independently by place.

    .. math:: \log\mu_1 = \log(\text{rate}), \quad
              \log\mu_t - \log\mu_{t-1} \sim N(0, \text{step}^2), \quad
              Y_t \sim \mathrm{NB}(\mu_t, r), \quad
              \operatorname{Var} Y_t = \mu_t + \mu_t^2 / r

    Parameters
    ----------
    n_time : int
        Days.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    rate : float
        Expected deaths on the first day, > 0.
    step : float
        Standard deviation of a day's change of the log rate; 0 keeps it constant.
    size : float
        NB size :math:`r > 0`; infinity gives Poisson counts.
    places : int
        Number of places, named ``"A"``, ``"B"`` and so on as far as letters go.
    start : str
        First day.

    Returns
    -------
    Dataset, dims (time, place)
        The hidden ``rate`` and ``truth``; ``low``, ``best`` and ``high``, equal to
        the truth; ``coverage`` and ``dated_share``, 1, as a panel of events has them.

    Raises
    ------
    SettingError
        If a number is out of its range.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> drawn = random_walk_counts(20_000, rng=rng, rate=5, step=0, size=2.5)
    >>> drawn["truth"].mean().round(1).item(), drawn["truth"].var().round(0).item()
    (5.0, 15.0)
    """
    if min(n_time, places) < 1 or min(rate, size) <= 0 or step < 0:
        raise SettingError(
            "need n_time, places >= 1, rate, size > 0 and step >= 0; got "
            f"{n_time}, {places}, {rate}, {size} and {step}"
        )
    steps = (
        rng.normal(0, step, (n_time, places)) if step else np.zeros((n_time, places))
    )
    steps[0] = np.log(rate)
    mean = np.exp(np.cumsum(steps, axis=0))
    spread = mean if np.isinf(size) else rng.gamma(size, mean / size)
    truth = rng.poisson(spread).astype("float64")
    certain = np.ones_like(truth)
    variables = {"rate": mean, "truth": truth, "low": truth, "best": truth}
    variables |= {"high": truth, "coverage": certain, "dated_share": certain}
    days = pd.date_range(start, periods=n_time, freq="D").to_numpy()
    return xr.Dataset(
        {name: (DIMS, array.copy()) for name, array in variables.items()},
        {"time": days, "time_end": ("time", days), "place": _names(places)},
        {"every": "day"},
    )


def blur(
    truth: xr.DataArray,
    *,
    mechanism: Mechanism,
    share: float,
    rng: np.random.Generator,
    found: float = FOUND,
    cut: float | None = None,
) -> xr.Dataset:
    r"""Report true counts the way that news does: a share of them not exactly.

    ``exact``
        As they are.
    ``confirmed``
        "At least k": k deaths found so far, each with probability ``found``.
    ``coarsened``
        A cut is drawn without regard to the truth; the report says on which side of
        it the truth lies, "at least k" or "up to k".
    ``rounded``
        "More than n", with n the leading digit and zeros; n itself and counts below
        ten stay exact. With :math:`h = 10^{\text{zeros of } n}` the truth is from
        n + 1 to n + h - 1, though the words set no ceiling.
    ``floor``
        "At least k", with k the count by chance ``found``, else one of the round
        numbers (1, 2, 5, 10, 20, 50 ...) not above it, each as likely.

    Parameters
    ----------
    truth : DataArray
        True counts, people.
    mechanism : {"exact", "confirmed", "coarsened", "rounded", "floor"}
        How a report comes from the truth.
    share : float
        Probability that a count is reported so; the others are exact.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    found : float
        For ``confirmed``, the probability that a death is found; for ``floor``, that
        the number is the count itself.
    cut : float, optional
        For ``coarsened``, the mean of the cuts, at least one: their law is geometric.
        By default one more than the mean count.

    Returns
    -------
    Dataset, dims of ``truth``
        ``low`` and ``high``, what the words allow; ``best``, NaN where they name no
        one number; ``value``, the number as printed; ``qualifier``; ``truth``.

    Raises
    ------
    SettingError
        If the mechanism is not one of these, a probability not from 0 to 1, or the
        mean of the cuts below 1.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> toll = xr.DataArray([7, 20, 115], dims="time")
    >>> said = blur(toll, mechanism="rounded", share=1.0, rng=rng)
    >>> said["qualifier"].values.tolist(), said["value"].values
    (['exact', 'exact', 'more_than'], array([  7.,  20., 100.]))
    """
    _check.one_of(mechanism, SPOKEN, "mechanism")
    for name, probability in (("share", share), ("found", found)):
        if not 0 <= probability <= 1:
            raise SettingError(f"{name} must be from 0 to 1, got {probability!r}")
    count = truth.values.astype("float64")
    habit = Habit(found, 1 + count.mean() if cut is None else cut)
    if not habit.cut >= 1:
        raise SettingError(f"cut must be 1 or more, got {cut!r}")
    plain = _exact(count, rng, habit)
    hidden = rng.random(count.shape) < share
    spoken = SPOKEN[mechanism](count, rng, habit)
    low, high, value, qualifier = (
        np.where(hidden, said, as_is) for said, as_is in zip(spoken, plain, strict=True)
    )
    best = np.where(low == high, low, np.nan)
    said = {"low": low, "best": best, "high": high, "value": value}
    said |= {"qualifier": qualifier, "truth": count}
    return xr.Dataset({k: (truth.dims, v) for k, v in said.items()}, truth.coords)


def _exact(count: FloatArray, rng: np.random.Generator, habit: Habit) -> Words:
    """Say the count."""
    return Words(count, count, count, np.full(count.shape, "exact", dtype="<U12"))


def _confirmed(count: FloatArray, rng: np.random.Generator, habit: Habit) -> Words:
    """Say at least as many as were found."""
    known = rng.binomial(count.astype("int64"), habit.found).astype("float64")
    return _at_least(known)


def _coarsened(count: FloatArray, rng: np.random.Generator, habit: Habit) -> Words:
    """Say on which side of a geometric cut the count lies."""
    cut = rng.geometric(1 / habit.cut, count.shape).astype("float64")
    above = count >= cut
    value = np.where(above, cut, cut - 1)
    qualifier = np.where(above, "at_least", "up_to").astype("<U12")
    low, high = np.where(above, cut, 0), np.where(above, np.inf, cut - 1)
    return Words(low, high, value, qualifier)


def _rounded(count: FloatArray, rng: np.random.Generator, habit: Habit) -> Words:
    """Say more than the leading digit and zeros."""
    unit = 10 ** np.floor(np.log10(np.maximum(count, 1)))
    value = np.floor(count / unit) * unit
    whole = value == count
    qualifier = np.where(whole, "exact", "more_than").astype("<U12")
    high = np.where(whole, count, np.inf)
    return Words(value + ~whole, high, value, qualifier)


def _floor(count: FloatArray, rng: np.random.Generator, habit: Habit) -> Words:
    """Say at least the count, or at least a round number not above it."""
    below = np.searchsorted(ROUND, count, side="right")
    chosen = ROUND[rng.integers(0, np.maximum(below, 1))]
    itself = (rng.random(count.shape) < habit.found) | (below == 0)
    return _at_least(np.where(itself, count, chosen))


def _at_least(value: FloatArray) -> Words:
    """Say at least so many."""
    above = np.full(value.shape, np.inf)
    qualifier = np.full(value.shape, "at_least", dtype="<U12")
    return Words(value, above, value, qualifier)


SPOKEN: dict[str, Callable[[FloatArray, np.random.Generator, Habit], Words]] = {
    "exact": _exact,
    "confirmed": _confirmed,
    "coarsened": _coarsened,
    "rounded": _rounded,
    "floor": _floor,
}


def _names(places: int) -> list[str]:
    """Letters, and after Z numbered letters."""
    letters = [chr(ord("A") + number % 26) for number in range(places)]
    turns = [str(number // 26) if number >= 26 else "" for number in range(places)]
    return [letter + turn for letter, turn in zip(letters, turns, strict=True)]

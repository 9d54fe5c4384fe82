"""Several reports of one count as one report."""

from functools import reduce
from typing import NamedTuple

import numpy as np

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import QuantityError, SettingError
from conflictstats.numerics.likelihood.mechanisms import Reading


class _Set(NamedTuple):
    """Weighted intervals of one report."""

    low: FloatArray
    high: FloatArray
    log_weight: FloatArray
    powers: FloatArray


def combine(reading: Reading, same: IntArray) -> Reading:
    r"""Reports of the same count as one report each.

    Given the true count the reports err independently, so that their weights multiply:

    .. math:: P(\text{reports}) = \sum_Y P(Y) \prod_s P(\text{report}_s \mid Y)

    Use it for bodies that counted for themselves. What one copied from another is no
    second report: leave it out.

    Parameters
    ----------
    reading : Reading
        Reports, each of one interval or of several.
    same : ndarray of int, shape (reports,)
        Number of the count that each report is about, from 0 on, none left out.

    Returns
    -------
    Reading
        One report for each count, in the order of their numbers.

    Raises
    ------
    QuantityError
        If reports of one count exclude each other.
    SettingError
        If one of several reports of a count is thinned.

    Examples
    --------
    At least five, and at most nine:

    >>> low, high = np.array([5.0, 0.0]), np.array([np.inf, 9.0])
    >>> both = combine(Reading(low, high, np.zeros(2, bool)), np.zeros(2, np.int64))
    >>> both.low, both.high
    (array([5.]), array([9.]))
    """
    whole, report = _whole(reading)
    several = np.bincount(same)[same] > 1
    lost = np.unique(report[reading.thinned & several[report]])
    if lost.size:
        raise SettingError(
            f"reports {_rows(lost)} are of deaths found so far and share their count "
            "with others; keep the last of them alone, or read them by another "
            "mechanism than 'confirmed'"
        )
    first = np.searchsorted(report, np.arange(same.size + 1))
    joint, thinned = [], []
    for count in range(int(same.max(initial=-1)) + 1):
        rows = np.flatnonzero(same == count)
        sets = [_part(whole, slice(first[row], first[row + 1])) for row in rows]
        joint.append(reduce(_both, sets))
        thinned.append(bool(reading.thinned[first[rows[0]]]))
        if not joint[-1].low.size:
            raise QuantityError(
                f"reports {_rows(rows)} are of one count and exclude each other; check "
                "that they are, or read one of them as 'approximate' or 'floor'"
            )
    return _reading(joint, np.array(thinned, bool))


def _whole(reading: Reading) -> tuple[_Set, IntArray]:
    """All intervals with their weights, and the report of each."""
    low, high, n = reading.low, reading.high, reading.low.size
    report = np.arange(n) if reading.report is None else reading.report
    log_weight = np.zeros(n) if reading.log_weight is None else reading.log_weight
    powers = np.zeros((n, 2)) if reading.powers is None else reading.powers
    return _Set(low, high, log_weight, powers), report


def _part(whole: _Set, rows: slice) -> _Set:
    """Intervals of one report."""
    return _Set(*(each[rows] for each in whole))


def _both(one: _Set, other: _Set) -> _Set:
    """Intersections of any interval of one report with any of another."""
    low = np.maximum(one.low[:, None], other.low)
    high = np.minimum(one.high[:, None], other.high)
    meet = np.nonzero(low <= high)
    return _Set(
        low[meet],
        high[meet],
        one.log_weight[meet[0]] + other.log_weight[meet[1]],
        one.powers[meet[0]] + other.powers[meet[1]],
    )


def _reading(joint: list[_Set], thinned: np.ndarray) -> Reading:
    """Reports in one row; without weights where none is needed."""
    times = np.array([each.low.size for each in joint], dtype=np.int64)
    low, high, log_weight = (
        np.concatenate([each[part] for each in joint] or [np.empty(0)])
        for part in range(3)
    )
    powers = np.concatenate([each.powers for each in joint] or [np.empty((0, 2))])
    report = np.repeat(np.arange(times.size), times)
    if (times == 1).all() and not log_weight.any() and not powers.any():
        return Reading(low, high, thinned)
    return Reading(low, high, thinned[report], report, log_weight, powers)


def _rows(numbers: IntArray) -> str:
    """Row numbers in words."""
    shown = ", ".join(map(str, numbers[:10]))
    return f"{shown}{' ...' if numbers.size > 10 else ''} (from 0)"

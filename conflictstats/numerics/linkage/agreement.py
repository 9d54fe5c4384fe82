"""How far two rows agree, as a level: 0 is the closest, -1 is not known."""

import numpy as np
from jaxtyping import Float, Int

from conflictstats.numerics.linkage.nearby import days_apart

GAPS = np.array([1, 3, 7, 14, 30])
"""Last day of a level of days apart, from level 2 on; the last level is open."""
SAME_KM = 0.05
"""Distance, km, below which two rows are at one place in a gazetteer."""
SHARES = 2.0 ** np.arange(-4, 0)
"""Ends of the levels of distance, as shares of the window."""
LARGE, SEVERAL = 10, 3
"""Deaths from which agreement on the very number is a level of its own."""
NEAR_RATIO = 2.0


def day_levels(
    one: Int[np.ndarray, "m 2"], other: Int[np.ndarray, "m 2"]
) -> Int[np.ndarray, " m"]:
    """Level of agreement on the days.

    Parameters
    ----------
    one, other : ndarray of int, shape (m, 2)
        First and last day.

    Returns
    -------
    ndarray of int, shape (m,)
        0 the same days, 1 spans that meet, then 1, 3, 7, 14, 30 or more days apart.

    Examples
    --------
    >>> day_levels(np.array([[5, 5]] * 3), np.array([[5, 5], [1, 9], [7, 7]]))
    array([0, 1, 3])
    """
    apart = days_apart(one, other)
    level = 2 + np.searchsorted(GAPS, apart)
    level[apart == 0] = 1
    level[(one == other).all(axis=1)] = 0
    return level


def distance_levels(
    km: Float[np.ndarray, " m"], *, window: float
) -> Int[np.ndarray, " m"]:
    """Level of agreement on the place.

    Parameters
    ----------
    km : ndarray, shape (m,)
        Distances, km.
    window : float
        Greatest distance that is looked at, km.

    Returns
    -------
    ndarray of int, shape (m,)
        0 up to 50 m, then up to 1/16, 1/8, 1/4, 1/2 and all of the window.

    Examples
    --------
    >>> distance_levels(np.array([0.0, 0.3, 16.0]), window=16.0)
    array([0, 1, 5])
    """
    ends = np.maximum(np.r_[0.0, SHARES * window], SAME_KM)
    return np.searchsorted(ends, km).astype(np.int64)


def death_levels(
    one: Float[np.ndarray, "m 3"], other: Float[np.ndarray, "m 3"]
) -> Int[np.ndarray, " m"]:
    """Level of agreement on the dead, each given as low, best and high.

    Two rows that both say 1 agree by chance; two that both say 57 do not, so agreement
    on the very number has three levels by its size.

    Parameters
    ----------
    one, other : ndarray, shape (m, 3)
        Low, best and high, people; ``best`` may be NaN, ``high`` infinite.

    Returns
    -------
    ndarray of int, shape (m,)
        0 to 2 the same best number (from 10, from 3, below), 3 intervals that overlap,
        4 ends within a factor of two, 5 farther; -1 where an interval is not known.

    Examples
    --------
    >>> one = np.array([[57.0, 57, 57], [1, 1, 1], [5, 5, 5], [5, 5, 5]])
    >>> death_levels(one, np.array([[50.0, 57, 60], [1, 1, 2], [4, 6, 9], [9, 9, 40]]))
    array([0, 2, 3, 4])
    """
    best = one[:, 1]
    level = np.full(len(one), 5)
    last_start = np.maximum(one[:, 0], other[:, 0])
    first_end = np.minimum(one[:, 2], other[:, 2])
    level[last_start + 1 <= NEAR_RATIO * (first_end + 1)] = 4
    level[last_start <= first_end] = 3
    same = best == other[:, 1]
    level[same] = np.select([best[same] >= LARGE, best[same] >= SEVERAL], [0, 1], 2)
    level[np.isnan(last_start) | np.isnan(first_end)] = -1
    return level


def category_levels(
    one: Int[np.ndarray, "m l"], other: Int[np.ndarray, "m l"]
) -> Int[np.ndarray, " m"]:
    """First level of a taxonomy at which two rows have the same category.

    Parameters
    ----------
    one, other : ndarray of int, shape (m, l)
        Codes from the most specific level to the broadest; -1 in the first where the
        category is not known.

    Returns
    -------
    ndarray of int, shape (m,)
        The level, ``l`` where they agree on none, -1 where one is not known.

    Examples
    --------
    >>> one = np.array([[3, 1], [3, 1], [3, 1], [-1, -1]])
    >>> category_levels(one, np.array([[3, 1], [4, 1], [5, 2], [3, 1]]))
    array([ 0,  1,  2, -1])
    """
    same = one == other
    level = np.where(same.any(axis=1), same.argmax(axis=1), one.shape[1])
    level[(one[:, 0] < 0) | (other[:, 0] < 0)] = -1
    return level

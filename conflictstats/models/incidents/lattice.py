"""Counts at which a posterior is held: every one near a report, few far from it."""

import numpy as np

from conflictstats._typing import FloatArray, IntArray

EVERY = 32
"""Every count up to here is held."""
FAR = 1.15
"""Beyond, each is so many times the one before."""
NEAR = 8
"""Every count up to so many from a report is held."""
AWAY = 1.3
"""Beyond, each is so many times as far from the report as the one before."""
REACH = 50
"""A count may be so many times what was reported."""


def totals(
    incident: IntArray, marks: FloatArray, incidents: int, least: int
) -> tuple[FloatArray, FloatArray]:
    """Counts at which each incident's posterior is held, and how many each stands for.

    Parameters
    ----------
    incident : ndarray of int, shape (n,)
        Number of the incident of each mark.
    marks : ndarray, shape (n,)
        Reported numbers, people.
    incidents : int
        How many incidents there are.
    least : int
        Smallest count.

    Returns
    -------
    tuple of ndarray, shape (incidents, S) each
        Counts in order, and the width of their cells; a row that has fewer repeats its
        last one with width 0.
    """
    top = REACH * (marks.max(initial=0) + 10)
    common = growing(float(least), top, EVERY, FAR)
    away = growing(0, marks.max(initial=0), NEAR, AWAY)
    near = marks[:, None] + np.concatenate([-away[::-1], away])
    near = np.clip(near, least, top)
    row = np.repeat(np.arange(incidents), common.size)
    row = np.concatenate([row, np.repeat(incident, near.shape[1])])
    node = np.concatenate([np.tile(common, incidents), near.ravel()])
    held = np.unique(row * (top + 1) + node)
    row, node = np.divmod(held, top + 1)
    each = np.bincount(row.astype(int), minlength=incidents)
    start = np.cumsum(each) - each
    column = np.minimum(np.arange(each.max(initial=1)), each[:, None] - 1)
    total = node[start[:, None] + column]
    return total, widths(total)


def growing(start: float, stop: float, every: int, factor: float) -> FloatArray:
    """Whole numbers from ``start`` to ``stop``: each at first, then ever fewer.

    Parameters
    ----------
    start, stop : float
        First and last.
    every : int
        Up to so many above the start, each.
    factor : float
        Beyond, how much further each is than the one before.

    Returns
    -------
    ndarray, shape (m,)
        In order; ``stop`` is the last unless it is below ``start``.
    """
    reach = max(stop - start, 0.0)
    more = max(int(np.ceil(np.log(max(reach / every, 1)) / np.log(factor))), 0)
    far = np.round(every * factor ** np.arange(1, more + 1))
    steps = np.concatenate([np.arange(every + 1.0), far])
    return start + np.unique(np.append(steps[steps < reach], reach))


def widths(total: FloatArray) -> FloatArray:
    """How many whole numbers each of a row stands for: those nearest to it.

    Parameters
    ----------
    total : ndarray, shape (..., S)
        Whole numbers in order.

    Returns
    -------
    ndarray, shape (..., S)
        They add up to the numbers from the first to the last.
    """
    last = np.floor((total[..., :-1] + total[..., 1:]) / 2)
    last = np.concatenate([last, total[..., -1:]], axis=-1)
    before = np.concatenate([total[..., :1] - 1, last[..., :-1]], axis=-1)
    return np.asarray(last - before)

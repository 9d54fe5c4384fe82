"""Which of several intervals in a row can all be values of one rising curve."""

import math
from bisect import bisect_right
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float

Chain: TypeAlias = "tuple[int, Chain] | None"
"""The last interval of a set, and the chain of those before it."""


def most_that_rise(
    low: Float[np.ndarray, " n"], high: Float[np.ndarray, " n"]
) -> Bool[np.ndarray, " n"]:
    r"""Largest set of intervals that one curve which never falls can pass through.

    Intervals :math:`i_1 < i_2 < \dots` fit together if and only if no lower end lies
    above a later upper end. Of two sets of one size that with the lower curve is
    taken, so that of two contradicting intervals the later one stays.

    Parameters
    ----------
    low, high : ndarray, shape (n,)
        Ends of the intervals in order of time; ``high`` may be infinite.

    Returns
    -------
    ndarray of bool, shape (n,)
        Which intervals are in the set.

    Notes
    -----
    Programming over the size of the set: the least that the curve must have reached
    with :math:`k` intervals taken is all that later ones depend on. That is
    :math:`O(n \log n)` where every interval is a point, :math:`O(n^2)` at most.

    Examples
    --------
    An old figure that was printed again does not put aside the two before it:

    >>> totals = np.array([310.0, 330.0, 200.0, 340.0])
    >>> most_that_rise(totals, totals)
    array([ True,  True, False,  True])
    """
    reached = [-math.inf]
    chains: list[Chain] = [None]
    for at, (least, most) in enumerate(zip(low, high, strict=True)):
        smallest = bisect_right(reached, least) - 1
        for size in range(bisect_right(reached, most) - 1, smallest - 1, -1):
            level = max(reached[size], least)
            if size + 1 == len(reached):
                reached.append(level)
                chains.append((at, chains[size]))
            elif level <= reached[size + 1]:
                reached[size + 1] = level
                chains[size + 1] = at, chains[size]
    kept = np.zeros(len(low), bool)
    chain = chains[-1]
    while chain is not None:
        at, chain = chain
        kept[at] = True
    return kept

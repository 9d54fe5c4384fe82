"""Reports that are weighted sets of intervals of the true count."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

from conflictstats._typing import FloatArray

ROUND = np.outer(10.0 ** np.arange(13), [1, 2, 5]).ravel()
"""Numbers at which a floor may be put: one, two and five times the powers of ten."""

FLOORS = 13
"""How many floors from the printed one on are told apart: those of four decades."""

SPREAD = (0.15, 0.06, 0.03)
"""Standard deviation of the log of "about n", when n has one significant digit, two,
and three or more: nine reports in ten then lie within a quarter, a tenth and a
twentieth of the truth, as :class:`~conflictstats.Widths` has it."""

SINGLE = 1024
"""Up to so many counts are each weighted, more are weighted in cells."""

CELLS = 48
REACH = 6.0
"""Standard deviations of the log beyond which "about" is not stretched."""

NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(8)


class Weighted(NamedTuple):
    """One report as weighted intervals.

    Attributes
    ----------
    low, high : ndarray, shape (intervals,)
        Inclusive bounds of the true count, people.
    weight : ndarray, shape (intervals,)
        Probability of this report when the true count lies in the interval.
    powers : ndarray, shape (intervals, 2)
        How often the share found, and the share not found, are further factors.
    """

    low: FloatArray
    high: FloatArray
    weight: FloatArray
    powers: FloatArray


class Elicited(NamedTuple):
    r"""Experts' law of the true count given a coded one: the uncertainUCDP law.

    With probability :math:`w` the truth is the coded count, else it is a Gumbel draw,
    rounded and not below 0.

    Attributes
    ----------
    loc, scale, weight : ndarray, shape (n,)
        Location and scale of the Gumbel law, people, and :math:`w`, of each report.

    References
    ----------
    .. [1] Randahl, D. (2026). uncertainUCDP: parametric mixture models for uncertainty
       estimation of fatalities in UCDP conflict data. R package, version 0.7.0.
       https://doi.org/10.32614/CRAN.package.uncertainUCDP
    """

    loc: FloatArray
    scale: FloatArray
    weight: FloatArray


def floor(printed: float) -> Weighted:
    r"""Weights of "at least k" that is the count by chance, or else a floor below it.

    .. math:: P(k \mid Y) = \pi\, 1\{Y = k\} + (1 - \pi)\,
              \frac{1\{k \in R,\, k \le Y\}}{m(Y)}

    with :math:`R` the round numbers of :data:`ROUND` and :math:`m(Y)` how many of them
    are not above :math:`Y`. A number that is not round can only be the count.

    Parameters
    ----------
    printed : float
        :math:`k`, people.

    Returns
    -------
    Weighted
        The count itself, and one interval between each two round numbers from it on.

    Examples
    --------
    At least ten, when the truth is above ten: it is the fourth round number

    >>> ten = floor(10.0)
    >>> ten.low[:3], ten.high[:3], ten.weight[:3]
    (array([10., 10., 20.]), array([10., 19., 49.]), array([1. , 0.25, 0.2 ]))
    """
    first = np.flatnonzero(printed == ROUND)
    begins = ROUND[first[0] :][:FLOORS] if first.size else np.empty(0)
    number = ROUND.searchsorted(begins, side="right")
    ends = np.append(begins[1:] - 1, np.inf)[: begins.size]
    powers = np.zeros((1 + begins.size, 2))
    powers[0, 0] = float(printed > 0)
    powers[1:, 1] = 1.0
    return Weighted(
        np.append(printed, begins),
        np.append(printed, ends),
        np.append(1.0, 1 / number),
        powers,
    )


def significant_digits(printed: float) -> int:
    """Digits of a whole number before its trailing zeros.

    Parameters
    ----------
    printed : float
        The number, people.

    Returns
    -------
    int
        At least one.

    Examples
    --------
    >>> significant_digits(1500.0), significant_digits(0.0)
    (2, 1)
    """
    return max(len(f"{printed:.0f}".rstrip("0")), 1)


def approximate(printed: float, std_err: float | None = None) -> Weighted:
    r"""Weights of "about k".

    .. math:: P(k \mid Y) = \Phi\!\left(\frac{\log(k + 1/2) - \log Y}{s}\right)
              - \Phi\!\left(\frac{\log(k - 1/2) - \log Y}{s}\right)

    which is the log-normal law of a number about the truth, rounded to a whole one.

    Parameters
    ----------
    printed : float
        :math:`k`, people.
    std_err : float, optional
        :math:`s`; by default that of :data:`SPREAD` for the significant digits.

    Returns
    -------
    Weighted
        Each count, or where these are many about 48 cells with the mean of each.

    Examples
    --------
    Without spread it is the count itself:

    >>> sure = approximate(60.0, 1e-9)
    >>> sure.low, sure.weight
    (array([60.]), array([1.]))
    """
    s = SPREAD[min(significant_digits(printed), 3) - 1] if std_err is None else std_err
    if printed == 0:
        return _plain(np.zeros(1), np.zeros(1), np.ones(1))
    least = max(np.ceil((printed - 0.5) * np.exp(-REACH * s)), 1.0)
    most = np.floor((printed + 0.5) * np.exp(REACH * s))
    cells = np.geomspace(least, most + 1, CELLS + 1)
    low, high = _cells(cells, least, most)

    def law(count: FloatArray) -> FloatArray:
        above, below = (
            (np.log(printed + half) - np.log(count)) / s for half in (0.5, -0.5)
        )
        flip = np.where(below > 0, -1.0, 1.0)
        return flip * (special.ndtr(flip * above) - special.ndtr(flip * below))

    return _plain(low, high, _mean(law, low, high))


def elicited(printed: float, loc: float, scale: float, weight: float) -> Weighted:
    """Weights of a coded count by the law that experts gave for the true one.

    Parameters
    ----------
    printed : float
        The coded count, people.
    loc, scale, weight : float
        As in :class:`Elicited`.

    Returns
    -------
    Weighted
        The coded count, and each count or about 48 cells of the Gumbel law. The
        weights of all counts add up to one: they are a law of the truth.

    Examples
    --------
    >>> law = elicited(100.0, 135.0, 32.9, 0.42)
    >>> mass = law.weight * (law.high - law.low + 1)
    >>> float(mass @ (law.low + law.high) / 2)
    131.4
    """
    most = max(np.ceil(loc + 21 * scale), 1.0)
    edges = loc + scale * np.linspace(-3, 21, CELLS + 1)
    low, high = _cells(np.clip(np.ceil(edges), 0, most + 1), 0.0, most)

    def below(count: FloatArray) -> FloatArray:
        return np.exp(-np.exp(-(count - loc) / scale))

    mass = below(high + 0.5) - np.where(low > 0, below(low - 0.5), 0.0)
    gumbel = (1 - weight) * mass / (high - low + 1)
    return _plain(
        np.append(printed, low), np.append(printed, high), np.append(weight, gumbel)
    )


def _plain(low: FloatArray, high: FloatArray, weight: FloatArray) -> Weighted:
    """Intervals of some weight, which does not depend on the share found."""
    some = weight > 0
    powers = np.zeros((int(some.sum()), 2))
    return Weighted(low[some], high[some], weight[some], powers)


def _cells(
    edges: FloatArray, least: float, most: float
) -> tuple[FloatArray, FloatArray]:
    """Each count from least to most if they are few, else cells between edges."""
    if most - least < SINGLE:
        low = np.arange(least, most + 1)
        return low, low
    low = np.unique(np.append(least, np.round(edges[1:-1])))
    return low, np.append(low[1:] - 1, most)


def _mean(
    law: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Mean of a smooth law over the counts of each cell, by Legendre's nodes."""
    half = (high - low + 1) / 2
    at = (low + half - 0.5)[:, None] + half[:, None] * NODES
    return np.where(low == high, law(low), law(at) @ NODE_WEIGHTS / 2)

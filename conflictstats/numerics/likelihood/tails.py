"""Probabilities of wide intervals as differences of tails, with derivatives.

The upper tail ``P(Y >= k)`` of a count is a regularised incomplete beta or gamma
function whose derivative in the linear predictor is one term ``t``, and
``t' = t * g`` with ``g`` as simple. Everything else follows.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.numerics.likelihood.stirling import gamma_error, log_excess

TINY = 1e-12
"""Tails below this are taken from their continued fraction."""

LONGEST = 5000
"""Steps of a continued fraction; far tails need some tens."""

NEAR_ONE = 0.9
"""Above this the rest to one keeps digits that the number itself has lost."""

HALF = float(np.log(0.5))

NEAREST = -float(np.finfo(float).eps)
"""Difference of two logs of tails that rounding leaves apart; where both are beyond
e^(-10^16) it hides which is larger."""


class Edge(NamedTuple):
    """One bound of an interval, ``P(Y >= k)`` as a function of the predictor.

    Attributes
    ----------
    never, always : ndarray of bool
        Whether ``Y >= k`` cannot be, or must be.
    log_rate : ndarray
        Log of the derivative ``t`` of the tail in the predictor.
    upper, lower : ndarray
        Log of ``P(Y >= k) / t`` and ``P(Y < k) / t``.
    growth, growth_slope : ndarray
        Derivative ``g`` of ``log t``, and its derivative.
    """

    never: BoolArray
    always: BoolArray
    log_rate: FloatArray
    upper: FloatArray
    lower: FloatArray
    growth: FloatArray
    growth_slope: FloatArray


def beta_edge(
    count: FloatArray, last: FloatArray, b: FloatArray, log_odds: FloatArray
) -> Edge:
    r"""Tail :math:`P(Y \ge k) = I_x(k, b)` with :math:`x` the expit of the log odds.

    Parameters
    ----------
    count : ndarray
        :math:`k`; not positive where all counts are as large.
    last : ndarray
        Largest count that can be.
    b : ndarray
        Second parameter: the size of a negative binomial count, or ``n - k + 1``.
    log_odds : ndarray
        Logit of :math:`x`.

    Returns
    -------
    Edge
        Shape of the arguments, which have the same.

    References
    ----------
    .. [1] Johnson, N. L., Kemp, A. W. and Kotz, S. (2005). *Univariate Discrete
       Distributions*, 3rd ed., section 5.6. https://doi.org/10.1002/0471715816

    Examples
    --------
    A fair coin, thrown once:

    >>> one = np.ones(1)
    >>> edge = beta_edge(one, one, one, 0 * one)
    >>> np.exp(edge.log_rate + edge.upper)
    array([0.5])
    """
    never, always = (count > last) | np.isposinf(count), count <= 0
    inside = ~never & ~always
    if not inside.any():
        return Edge(never, always, *np.zeros((5, *count.shape)))
    a, b = np.where(inside, count, 1.0), np.where(inside, b, 1.0)
    x, rest = special.expit(log_odds), special.expit(-log_odds)
    log_rate, growth = _log_beta_rate(a, b, x, rest), a * rest - b * x
    above = growth > 0
    p, q = np.where(above, a, b), np.where(above, b, a)
    this, other = np.where(above, x, rest), np.where(above, rest, x)
    smaller = np.full_like(x, 0.5)
    direct = this <= NEAR_ONE
    near, far = inside & direct, inside & ~direct
    smaller[near] = special.betainc(p[near], q[near], this[near])
    smaller[far] = special.betaincc(q[far], p[far], other[far])
    tiny = smaller < TINY
    p, this, other = p[tiny], this[tiny], other[tiny]
    log_ratio = np.log(np.where(tiny, 1.0, smaller)) - log_rate
    log_ratio[tiny] = _log_fraction(p, q[tiny] * this, this, other)
    upper, lower = _sides(above, log_ratio, np.log1p(-smaller) - log_rate)
    slope = -(a + b) * x * rest
    return Edge(never, always, log_rate, upper, lower, growth, slope)


def gamma_edge(count: FloatArray, mean: FloatArray) -> Edge:
    r"""Tail :math:`P(Y \ge k)` of a Poisson count, by the log mean.

    Parameters
    ----------
    count : ndarray
        :math:`k`; not positive where all counts are as large.
    mean : ndarray
        Mean of the count.

    Returns
    -------
    Edge
        Shape of the arguments, which have the same.

    Examples
    --------
    >>> edge = gamma_edge(np.ones(1), np.log([2.0]))
    >>> np.exp(edge.log_rate + edge.upper)
    array([0.5])
    """
    never, always = np.isposinf(count), count <= 0
    inside = ~never & ~always
    if not inside.any():
        return Edge(never, always, *np.zeros((5, *count.shape)))
    k = np.where(inside, count, 1.0)
    log_rate = 0.5 * np.log(k / (2 * np.pi)) - gamma_error(k)
    log_rate = log_rate + k * log_excess((mean - k) / k, mean / k)
    above = k > mean
    smaller = np.full_like(k, 0.5)
    for law, side in ((special.gammainc, above), (special.gammaincc, ~above)):
        picked = inside & side
        smaller[picked] = law(k[picked], mean[picked])
    log_ratio = np.log(np.where(smaller < TINY, 1.0, smaller)) - log_rate
    for side, log_tail in ((above, _log_low_gamma), (~above, _log_gamma_fraction)):
        tiny = side & (smaller < TINY)
        log_ratio[tiny] = log_tail(k[tiny], mean[tiny])
    upper, lower = _sides(above, log_ratio, np.log1p(-smaller) - log_rate)
    return Edge(never, always, log_rate, upper, lower, k - mean, -mean)


def _sides(
    above: BoolArray, smaller: FloatArray, larger: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Upper and lower tail from the smaller and the larger one."""
    return np.where(above, smaller, larger), np.where(above, larger, smaller)


class Moves(NamedTuple):
    """Log probability of an interval and three derivatives in the predictor."""

    value: FloatArray
    first: FloatArray
    second: FloatArray
    third: FloatArray


def between(low: Edge, high: Edge) -> Moves:
    """Log probability of the counts from one edge to before another.

    Parameters
    ----------
    low, high : Edge
        Of the lowest count, and of the first above the highest.

    Returns
    -------
    Moves
        Taken from the side on which the difference does not cancel.

    Examples
    --------
    A count of a geometric law with mean one is zero half of the time:

    >>> one = np.ones(1)
    >>> edges = (beta_edge(k * one, np.inf * one, one, 0 * one) for k in (0, 1))
    >>> np.exp(between(*edges).value)
    array([0.5])
    """
    over, past = _log_upper(low), _log_upper(high)
    under, short = _log_lower(low), _log_lower(high)
    above = over <= HALF
    below = ~above & (short <= HALF)
    lead, rest = np.where(above, over, short), np.where(above, past, under)
    apart = np.log1p(-np.exp(np.minimum(rest - lead, NEAREST)))
    outside = np.where(above | below, 0.0, np.exp(under) + np.exp(past))
    value = np.where(above | below, lead + apart, np.log1p(-outside))
    second, third = np.zeros_like(value), np.zeros_like(value)
    ratios = (
        (low, np.where(above, -low.upper - apart, low.log_rate - value), 1.0),
        (high, np.where(below, -high.lower - apart, high.log_rate - value), -1.0),
    )
    inside = [
        sign * np.exp(np.where(edge.never | edge.always, -np.inf, log_ratio))
        for edge, log_ratio, sign in ratios
    ]
    first = inside[0] + inside[1]
    for edge, ratio in zip((low, high), inside, strict=True):
        ahead = edge.growth - first
        second = second + ratio * ahead
        third = third + ratio * (ahead * (ahead - first) + edge.growth_slope)
    return Moves(value, first, second, third)


def _log_upper(edge: Edge) -> FloatArray:
    """Log of ``P(Y >= k)``."""
    inside = np.where(edge.never, -np.inf, edge.log_rate + edge.upper)
    return np.where(edge.always, 0.0, inside)


def _log_lower(edge: Edge) -> FloatArray:
    """Log of ``P(Y < k)``."""
    inside = np.where(edge.always, -np.inf, edge.log_rate + edge.lower)
    return np.where(edge.never, 0.0, inside)


def _log_beta_rate(
    a: FloatArray, b: FloatArray, x: FloatArray, rest: FloatArray
) -> FloatArray:
    """Log of ``x^a (1 - x)^b / B(a, b)``, without large terms that cancel."""
    total, growth = a + b, a * rest - b * x
    gone = a * log_excess(-growth / a, total * x / a)
    gone = gone + b * log_excess(growth / b, total * rest / b)
    stirling = gamma_error(total) - gamma_error(a) - gamma_error(b)
    return 0.5 * np.log(a * b / (2 * np.pi * total)) + stirling + gone


def _log_fraction(
    a: FloatArray, bx: FloatArray, x: FloatArray, rest: FloatArray
) -> FloatArray:
    """Log of an incomplete beta function over ``x^a (1 - x)^b / B(a, b)``.

    The continued fraction of Didonato and Morris (1992), which does not cancel where x
    is near 1. With ``x = 0`` it is that of the incomplete gamma function at ``bx``.
    """
    lead, near = 1 + a * rest - bx, 1 + 1 / a
    before, under = np.zeros_like(x), np.ones_like(x)
    top, bottom = np.ones_like(x), lead / near
    ratio = top / bottom
    for n in range(1, LONGEST):
        wide, done = a + 2 * n - 1, 1 + (n - 1) / a
        gain = n * (bx - n * x)
        alpha = done * (done * x + bx / a) * (a / wide) ** 2 * gain
        share = (1 + n / a) / (near + 2 * n / a)
        beta = n + gain / wide + share * (lead + n * (1 + rest))
        before, top = top, alpha * before + beta * top
        under, bottom = bottom, alpha * under + beta * bottom
        before, under, top = before / bottom, under / bottom, top / bottom
        bottom = np.ones_like(x)
        last, ratio = ratio, top
        if np.all(np.abs(ratio - last) <= 1e-15 * ratio):
            break
    return np.log(ratio)


def _log_low_gamma(a: FloatArray, mean: FloatArray) -> FloatArray:
    """Log of the lower incomplete gamma function over its leading term."""
    none = np.zeros_like(a)
    return _log_fraction(a, mean, none, none + 1)


def _log_gamma_fraction(a: FloatArray, mean: FloatArray) -> FloatArray:
    """Log of the upper incomplete gamma function over its leading term, by Lentz."""
    start = mean + 1 - a
    back = 1 / start
    front = np.full_like(mean, np.inf)
    fraction = back.copy()
    for m in range(1, LONGEST):
        coefficient = -m * (m - a)
        step = start + 2 * m
        back = 1 / (step + coefficient * back)
        front = step + coefficient / front
        fraction *= front * back
        if np.all(np.abs(front * back - 1) < 1e-15):
            break
    return np.log(fraction)

"""Negative binomial log probabilities of intervals, with derivatives.

The count has mean ``mu`` and variance ``mu + mu**2 / size`` (NB2). Every reading of a
report that the rate models offer is the probability of an interval of counts: an exact
count is the interval ``[k, k]``, "at least 25" read as coarsened is ``[25, inf]``.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray

SHORT = 64
"""Intervals of at most this many counts are summed count by count."""


class Terms(NamedTuple):
    """Log probability of each observation and its derivatives, shape (n,) each.

    Attributes
    ----------
    value : ndarray
        Natural log of the probability.
    slope : ndarray
        First derivative in the log mean.
    curvature : ndarray
        Minus the second derivative in the log mean; never negative, because the
        probability of an interval is log-concave in the log mean.
    size_slope : ndarray
        First derivative in the log size.
    """

    value: FloatArray
    slope: FloatArray
    curvature: FloatArray
    size_slope: FloatArray


def interval_terms(
    low: Float[np.ndarray, " n"],
    high: Float[np.ndarray, " n"],
    log_mean: Float[np.ndarray, " n"],
    size: Float[np.ndarray, " n"],
) -> Terms:
    r"""Log probability that an NB2 count lies in ``[low, high]``, with derivatives.

    .. math:: \log P(L \le Y \le U), \qquad Y \sim \mathrm{NB}(\mu, r), \quad
              \operatorname{Var} Y = \mu + \mu^2 / r

    Parameters
    ----------
    low, high : ndarray, shape (n,)
        Inclusive whole bounds, people; ``high`` may be infinite.
    log_mean : ndarray, shape (n,)
        :math:`\eta = \log\mu`.
    size : ndarray, shape (n,)
        :math:`r > 0`; the Poisson limit is :math:`r \to \infty`.

    Returns
    -------
    Terms
        Value, slope and curvature in :math:`\eta`, slope in :math:`\log r`.

    Notes
    -----
    With :math:`q = r/(r+\mu)` and :math:`t(k) = (1-q)^k q^r / B(k, r)`, the tail
    :math:`P(Y \ge k) = I_{1-q}(k, r)` has derivative :math:`t(k)` in :math:`\eta`, and
    :math:`t'(k) = t(k)\,(k q - r(1-q))` [1]_. Differences of tails are taken on the
    side that does not cancel; short intervals are summed.

    References
    ----------
    .. [1] Johnson, N. L., Kemp, A. W. and Kotz, S. (2005). *Univariate Discrete
       Distributions*, 3rd ed., section 5.6. https://doi.org/10.1002/0471715816

    Examples
    --------
    "At least zero" says nothing, so its log probability is zero:

    >>> one = np.ones(1)
    >>> interval_terms(0 * one, np.inf * one, 0.7 * one, 2 * one).value
    array([0.])
    """
    out = Terms(*(np.zeros_like(log_mean) for _ in Terms._fields))
    width = high - low
    for pick, terms in (
        (width == 0, _exact),
        ((width > 0) & (width < SHORT), _short),
        ((width >= SHORT) & ~((low <= 0) & np.isinf(high)), _wide),
    ):
        if pick.all():
            return terms(low, high, log_mean, size)
        if pick.any():
            part = terms(low[pick], high[pick], log_mean[pick], size[pick])
            for whole, piece in zip(out, part, strict=True):
                whole[pick] = piece
    return out


def log_pmf(
    count: Float[np.ndarray, "*shape"],
    log_mean: Float[np.ndarray, "*shape"],
    size: Float[np.ndarray, "*shape"],
) -> Float[np.ndarray, "*shape"]:
    """Log probability of each count, to full precision for any mean and size.

    Parameters
    ----------
    count : ndarray
        Whole counts, people.
    log_mean : ndarray
        Log of the mean.
    size : ndarray
        NB2 size, > 0.

    Returns
    -------
    ndarray
        Natural log of the probability.

    Notes
    -----
    The deviance form of Loader [1]_: no large terms are subtracted from each other.

    References
    ----------
    .. [1] Loader, C. (2000). Fast and accurate computation of binomial probabilities.
       Bell Laboratories.

    Examples
    --------
    A size of one is the geometric distribution, here with mean one:

    >>> np.exp(log_pmf(np.array([0.0, 1.0]), np.zeros(2), np.ones(2)))
    array([0.5 , 0.25])
    """
    mean = np.exp(log_mean)
    total = size + mean
    k = np.where(count > 0, count, 1.0)
    ahead = (k - mean) / total
    behind = -ahead * size / k
    deviance = size * (ahead - np.log1p(ahead)) + k * (behind - np.log1p(behind))
    stirling = _stirling_error(size + k) - _stirling_error(size) - _stirling_error(k)
    positive = stirling - deviance - 0.5 * np.log(2 * np.pi * k * (1 + k / size))
    return np.where(count > 0, positive, -size * np.log1p(mean / size))


def _exact(
    low: FloatArray, high: FloatArray, log_mean: FloatArray, size: FloatArray
) -> Terms:
    """Terms of counts known exactly, shape (n,)."""
    mean = np.exp(log_mean)
    total = size + mean
    return Terms(
        log_pmf(low, log_mean, size),
        (low - mean) * (size / total),
        mean * (size / total) * ((size + low) / total),
        _size_slope(low, mean, size),
    )


def _short(
    low: FloatArray, high: FloatArray, log_mean: FloatArray, size: FloatArray
) -> Terms:
    """Terms of short intervals, by the conditional moments of the count, (n,)."""
    steps = np.arange(int((high - low).max()) + 1.0)
    count = low[:, None] + steps
    eta = np.broadcast_to(log_mean[:, None], count.shape)
    r = np.broadcast_to(size[:, None], count.shape)
    log_prob = np.where(count <= high[:, None], log_pmf(count, eta, r), -np.inf)
    value = special.logsumexp(log_prob, axis=1)
    weight = np.exp(log_prob - value[:, None])
    mean = np.exp(log_mean)
    total = size + mean
    centre = (weight * count).sum(axis=1)
    variance = (weight * (count - centre[:, None]) ** 2).sum(axis=1)
    curvature = mean * (size + centre) / total - size * variance / total
    return Terms(
        value,
        (centre - mean) * size / total,
        np.maximum(curvature * size / total, 0),
        (weight * _size_slope(count, np.exp(eta), r)).sum(axis=1),
    )


def _wide(
    low: FloatArray, high: FloatArray, log_mean: FloatArray, size: FloatArray
) -> Terms:
    """Terms of wide or open intervals, by tails, shape (n,)."""
    value = _log_wide(low, high, log_mean, size)
    below = 1 / (1 + np.exp(log_mean - np.log(size)))
    first, second = np.zeros_like(value), np.zeros_like(value)
    for bound, sign in ((low, 1.0), (high + 1, -1.0)):
        inside = (bound > 0) & np.isfinite(bound)
        k = np.where(inside, bound, 1.0)
        log_slope = log_pmf(k, log_mean, size) + np.log(k) - value
        ratio = sign * np.exp(np.where(inside, log_slope, -np.inf))
        first += ratio
        second += ratio * (k * below - size * (1 - below))
    step = 1e-4
    up = _log_wide(low, high, log_mean, size * np.exp(step))
    down = _log_wide(low, high, log_mean, size * np.exp(-step))
    curvature = np.maximum(first**2 - second, 0)
    return Terms(value, first, curvature, (up - down) / (2 * step))


def _log_wide(
    low: FloatArray, high: FloatArray, log_mean: FloatArray, size: FloatArray
) -> FloatArray:
    """Log P(low <= Y <= high), on the side that does not cancel, shape (n,)."""
    upper = low >= np.exp(log_mean)
    large = np.where(upper, _log_at_least(low, log_mean, size), 0.0)
    large = np.where(upper, large, _log_at_most(high, log_mean, size))
    small = np.where(upper, _log_at_least(high + 1, log_mean, size), 0.0)
    small = np.where(upper, small, _log_at_most(low - 1, log_mean, size))
    return large + np.log1p(-np.exp(small - large))


def _log_at_least(
    count: FloatArray, log_mean: FloatArray, size: FloatArray
) -> FloatArray:
    """Log P(Y >= count); 0 at zero, -inf at infinity, shape (n,)."""
    inside = (count > 0) & np.isfinite(count)
    k = np.where(inside, count, 1.0)
    tail = _log_betainc(
        k, size, special.expit(log_mean - np.log(size)), log_pmf(k, log_mean, size)
    )
    return np.where(inside, tail, np.where(count > 0, -np.inf, 0.0))


def _log_at_most(
    count: FloatArray, log_mean: FloatArray, size: FloatArray
) -> FloatArray:
    """Log P(Y <= count); -inf below zero, 0 at infinity, shape (n,)."""
    inside = (count >= 0) & np.isfinite(count)
    k = np.where(inside, count, 0.0)
    leading = log_pmf(k + 1, log_mean, size) + np.log((k + 1) / size)
    tail = _log_betainc(size, k + 1, special.expit(np.log(size) - log_mean), leading)
    return np.where(inside, tail, np.where(count < 0, -np.inf, 0.0))


def _log_betainc(
    a: FloatArray, b: FloatArray, x: FloatArray, leading: FloatArray
) -> FloatArray:
    """Log of the incomplete beta function, also where it underflows, shape (n,).

    ``leading`` is the log of its leading factor, x^a (1-x)^b / (a B(a, b)).
    """
    value = special.betainc(a, b, x)
    tiny = value < 1e-280
    out = np.log(np.where(tiny, 1.0, value))
    if tiny.any():
        out[tiny] = leading[tiny] + _log_fraction(a[tiny], b[tiny], x[tiny])
    return out


def _log_fraction(a: FloatArray, b: FloatArray, x: FloatArray) -> FloatArray:
    """Log of the continued fraction of the incomplete beta function, by Lentz, (n,)."""
    front = np.ones_like(x)
    back = 1 / (1 - (a + b) / (a + 1) * x)
    fraction = back.copy()
    for m in range(1, 2000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = fraction.copy()
        for coefficient in (even, odd):
            back = 1 / (1 + coefficient * back)
            front = 1 + coefficient / front
            fraction *= front * back
        if np.all(np.abs(fraction / before - 1) < 1e-14):
            break
    return np.log(fraction)


def _size_slope(count: FloatArray, mean: FloatArray, size: FloatArray) -> FloatArray:
    """Derivative of the log probability of a count in log size."""
    ahead = (mean - count) / (size + mean)
    gap = special.digamma(count + size) - special.digamma(size)
    return size * (gap - np.log1p(mean / size) + ahead)


def _stirling_error(z: FloatArray) -> FloatArray:
    """Remainder of Stirling's formula for log Gamma(z + 1)."""
    large = np.maximum(z, 16.0)
    inverse = 1 / large**2
    series = (
        1 / 12 - (1 / 360 - (1 / 1260 - inverse / 1680) * inverse) * inverse
    ) / large
    small = np.minimum(z, 16.0)
    exact = special.gammaln(small + 1) - (small + 0.5) * np.log(small) + small
    return np.where(z > 16, series, exact - 0.5 * np.log(2 * np.pi))

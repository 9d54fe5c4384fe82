"""Negative binomial log probabilities of intervals, with derivatives.

The count has mean ``mu`` and variance ``mu + mu**2 / size`` (NB2). Every reading of a
report that the rate models offer is the probability of an interval of counts: an exact
count is the interval ``[k, k]``, "at least 25" read as coarsened is ``[25, inf]``.
"""

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.numerics.likelihood.terms import Terms

SHORT = 64
"""Intervals of at most this many counts are summed count by count."""


def interval_terms(
    low: Float[np.ndarray, " n"],
    high: Float[np.ndarray, " n"],
    log_mean: Float[np.ndarray, " n"],
    size: Float[np.ndarray, " n"],
    constant: Float[np.ndarray, " n"] | None = None,
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
    constant : ndarray, shape (n,), optional
        :func:`log_constant` of ``low`` and ``size``, where it is known already; it
        is the slow part and does not change with the mean.

    Returns
    -------
    Terms
        Value, slope and curvature in :math:`\eta`.

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
    if constant is None:
        constant = log_constant(low, size)
    width = high - low
    exact = width == 0
    if exact.all():
        return _exact(low, log_mean, size, constant)
    out = Terms(*(np.zeros_like(log_mean) for _ in Terms._fields))
    said = (low > 0) | np.isfinite(high)
    for pick, terms in (
        (~exact & (width < SHORT), _short),
        (said & (width >= SHORT), _wide),
    ):
        _fill(out, pick, terms(low[pick], high[pick], log_mean[pick], size[pick]))
    _fill(out, exact, _exact(low[exact], log_mean[exact], size[exact], constant[exact]))
    return out


def interval_size_slope(
    low: Float[np.ndarray, " n"],
    high: Float[np.ndarray, " n"],
    log_mean: Float[np.ndarray, " n"],
    size: Float[np.ndarray, " n"],
) -> Float[np.ndarray, " n"]:
    """Derivative in the log size of the log probability of ``[low, high]``.

    Parameters
    ----------
    low, high : ndarray, shape (n,)
        Inclusive whole bounds, people; ``high`` may be infinite.
    log_mean : ndarray, shape (n,)
        Log of the mean.
    size : ndarray, shape (n,)
        NB2 size, > 0.

    Returns
    -------
    ndarray, shape (n,)
        Exact for a count, a central difference for an interval.

    Examples
    --------
    In the Poisson limit the size no longer matters:

    >>> five = np.full(1, 5.0)
    >>> interval_size_slope(five, five, np.log(five), 1e9 * five).round(6)
    array([-0.])
    """
    mean = np.exp(log_mean)
    ahead = (low - mean) / (size + mean)
    remainder = _digamma_error(low + size) - _digamma_error(size)
    slope = size * (np.log1p(ahead) - ahead + remainder)
    pick = low != high
    if pick.any():
        step = 1e-4
        up, down = (
            interval_terms(low[pick], high[pick], log_mean[pick], size[pick] * factor)
            for factor in (np.exp(step), np.exp(-step))
        )
        slope[pick] = (up.value - down.value) / (2 * step)
    return slope


def log_chance(
    low: Float[np.ndarray, " n"],
    high: Float[np.ndarray, " n"],
    log_mean: Float[np.ndarray, " n"],
    size: Float[np.ndarray, " n"],
) -> Float[np.ndarray, " n"]:
    """Log probability of ``[low, high]`` as a difference of tails.

    Differences are taken on the side that does not cancel, also where both tails
    underflow. :func:`interval_terms` sums short intervals instead, which is more exact
    where the interval holds a small part of the bulk of the distribution.

    Parameters
    ----------
    low, high : ndarray, shape (n,)
        Inclusive whole bounds, people; ``high`` may be infinite.
    log_mean : ndarray, shape (n,)
        Log of the mean.
    size : ndarray, shape (n,)
        NB2 size, > 0.

    Returns
    -------
    ndarray, shape (n,)
        Natural log of the probability.

    Examples
    --------
    At least one, of a geometric count with mean one:

    >>> one = np.ones(1)
    >>> np.exp(log_chance(one, np.inf * one, 0 * one, one))
    array([0.5])
    """
    upper = low >= np.exp(log_mean)
    large = _log_tail(np.where(upper, low, high), upper, log_mean, size)
    small = _log_tail(np.where(upper, high + 1, low - 1), upper, log_mean, size)
    return large + np.log1p(-np.exp(small - large))


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
    return log_constant(count, size) - _half_deviance(count, np.exp(log_mean), size)


def log_constant(
    count: Float[np.ndarray, "*shape"], size: Float[np.ndarray, "*shape"]
) -> Float[np.ndarray, "*shape"]:
    """Part of :func:`log_pmf` that does not depend on the mean.

    Parameters
    ----------
    count : ndarray
        Whole counts, people.
    size : ndarray
        NB2 size, > 0.

    Returns
    -------
    ndarray
        The log probability of each count when the mean equals the count.

    Examples
    --------
    >>> log_constant(np.array([0.0]), np.array([2.0]))
    array([0.])
    """
    k = np.where(count > 0, count, 1.0)
    stirling = _stirling_error(size + k) - _stirling_error(size) - _stirling_error(k)
    spread = 0.5 * np.log(2 * np.pi * k * (1 + k / size))
    return np.where(count > 0, stirling - spread, 0.0)


class NegBinReports:
    """Likelihood of reported counts, given the linear predictor of each.

    Parameters
    ----------
    low, high : ndarray, shape (n,)
        Inclusive whole bounds, people; ``high`` may be infinite.
    log_found : ndarray, shape (n,)
        Log probability that a death is in the report; thinning an NB count so keeps
        its size and scales its mean.
    size : float
        NB2 size of one cell.

    Examples
    --------
    >>> three = np.full(1, 3.0)
    >>> all_found = NegBinReports(three, three, np.zeros(1), 2.0)
    >>> half_found = NegBinReports(three, three, np.log([0.5]), 2.0)
    >>> at_six = half_found.terms(np.log([6.0]), np.zeros(1)).value
    >>> bool(np.isclose(at_six, all_found.terms(np.log(three), np.zeros(1)).value)[0])
    True
    """

    def __init__(
        self,
        low: Float[np.ndarray, " n"],
        high: Float[np.ndarray, " n"],
        log_found: Float[np.ndarray, " n"],
        size: float,
    ) -> None:
        self.low, self.high, self.log_found = low, high, log_found
        self.size = np.full_like(low, size)
        self.constant = log_constant(low, self.size)

    def terms(
        self,
        predictor: Float[np.ndarray, "*draws n"],
        log_size_ratio: Float[np.ndarray, "*draws n"],
    ) -> Terms:
        """Log probability of each report with its derivatives.

        Parameters
        ----------
        predictor : ndarray, shape (*draws, n)
            Log mean of the true count.
        log_size_ratio : ndarray, shape (*draws, n)
            Log of the count's size over that of one cell.

        Returns
        -------
        Terms
            Shape (*draws, n) each.
        """
        shape = predictor.shape
        parts = [self.low, self.high, self.size, self.constant]
        if predictor.ndim > 1:
            parts = [np.broadcast_to(part, shape).ravel() for part in parts]
        low, high, size, constant = parts
        ratio = log_size_ratio.ravel()
        summed = ratio != 0
        if summed.any():
            size = size * np.exp(ratio)
            constant = constant.copy()
            constant[summed] = log_constant(low[summed], size[summed])
        mean = (predictor + self.log_found).ravel()
        terms = interval_terms(low, high, mean, size, constant)
        return Terms(*(part.reshape(shape) for part in terms))

    def size_slope(
        self,
        predictor: Float[np.ndarray, " n"],
        log_size_ratio: Float[np.ndarray, " n"],
    ) -> Float[np.ndarray, " n"]:
        """Derivative of each report's log probability in its log size.

        Parameters
        ----------
        predictor : ndarray, shape (n,)
            Log mean of the true count.
        log_size_ratio : ndarray, shape (n,)
            Log of the count's size over that of one cell.

        Returns
        -------
        ndarray, shape (n,)
            The derivative.
        """
        size = self.size * np.exp(log_size_ratio)
        mean = predictor + self.log_found
        return interval_size_slope(self.low, self.high, mean, size)


def _half_deviance(count: FloatArray, mean: FloatArray, size: FloatArray) -> FloatArray:
    """Log probability lost because the mean is not the count."""
    k = np.where(count > 0, count, 1.0)
    ahead = (k - mean) / (size + mean)
    behind = (mean - k) / k * (size / (size + mean))
    log_ratio = np.log1p(behind)
    far = behind < -0.999
    if far.any():
        ratio = mean / k * ((size + k) / (size + mean))
        log_ratio = np.where(far, np.log(ratio), log_ratio)
    positive = size * (ahead - np.log1p(ahead)) + k * (behind - log_ratio)
    return np.where(count > 0, positive, size * np.log1p(mean / size))


def _fill(whole: Terms, pick: BoolArray, part: Terms) -> None:
    """Write the terms of some observations into those of all."""
    for target, source in zip(whole, part, strict=True):
        target[pick] = source


def _exact(
    count: FloatArray, log_mean: FloatArray, size: FloatArray, constant: FloatArray
) -> Terms:
    """Terms of counts known exactly, shape (n,)."""
    mean = np.exp(log_mean)
    part = size / (size + mean)
    return Terms(
        constant - _half_deviance(count, mean, size),
        (count - mean) * part,
        mean * part * ((size + count) / (size + mean)),
    )


def _short(
    low: FloatArray, high: FloatArray, log_mean: FloatArray, size: FloatArray
) -> Terms:
    """Terms of short intervals, by the conditional moments of the count, (n,)."""
    steps = np.arange((high - low).max(initial=0) + 1)
    count = low[:, None] + steps
    odds = special.log_expit(log_mean - np.log(size))
    rise = np.log((count + size[:, None]) / (count + 1)) + odds[:, None]
    first = log_pmf(low, log_mean, size)[:, None]
    log_prob = first + np.cumsum(rise, axis=1) - rise
    log_prob = np.where(count <= high[:, None], log_prob, -np.inf)
    largest = log_prob.max(axis=1)
    weight = np.exp(log_prob - largest[:, None])
    chance = weight.sum(axis=1)
    weight /= chance[:, None]
    mean = np.exp(log_mean)
    total = size + mean
    centre = (weight * count).sum(axis=1)
    variance = (weight * (count - centre[:, None]) ** 2).sum(axis=1)
    curvature = mean * (size + centre) / total - size * variance / total
    return Terms(
        largest + np.log(chance),
        (centre - mean) * size / total,
        np.maximum(curvature * size / total, 0),
    )


def _wide(
    low: FloatArray, high: FloatArray, log_mean: FloatArray, size: FloatArray
) -> Terms:
    """Terms of wide or open intervals, by tails, shape (n,)."""
    value = log_chance(low, high, log_mean, size)
    below = 1 / (1 + np.exp(log_mean - np.log(size)))
    first, second = np.zeros_like(value), np.zeros_like(value)
    for bound, sign in ((low, 1.0), (high + 1, -1.0)):
        inside = (bound > 0) & np.isfinite(bound)
        k = np.where(inside, bound, 1.0)
        log_slope = log_pmf(k, log_mean, size) + np.log(k) - value
        ratio = sign * np.exp(np.where(inside, log_slope, -np.inf))
        first += ratio
        second += ratio * (k * below - size * (1 - below))
    return Terms(value, first, np.maximum(first**2 - second, 0))


def _log_tail(
    count: FloatArray, upper: BoolArray, log_mean: FloatArray, size: FloatArray
) -> FloatArray:
    """Log P(Y >= count) where ``upper``, else log P(Y <= count), shape (n,).

    It is the incomplete beta function of x = P(one more death rather than a stop) or
    of 1 - x, taken from whichever of the two is small.
    """
    never = np.where(upper, np.isinf(count), count < 0)
    inside = ~never & np.where(upper, count > 0, np.isfinite(count))
    k = np.where(inside, count, 1.0)
    a, b = np.where(upper, k, size), np.where(upper, size, k + 1)
    log_odds = np.where(upper, 1, -1) * (log_mean - np.log(size))
    x, rest = special.expit(log_odds), special.expit(-log_odds)
    value = np.where(never, 0.0, 1.0)
    special.betainc(a, b, x, out=value, where=inside & (log_odds <= 0))
    special.betaincc(b, a, rest, out=value, where=inside & (log_odds > 0))
    tiny = inside & (value < 1e-280)
    with np.errstate(divide="ignore"):
        out = np.log(value)
    if tiny.any():
        next_count = np.where(upper, k, k + 1)[tiny]
        leading = log_pmf(next_count, log_mean[tiny], size[tiny])
        leading += np.where(upper[tiny], 0.0, np.log(next_count / size[tiny]))
        out[tiny] = leading + _log_fraction(a[tiny], b[tiny], x[tiny])
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


def _digamma_error(z: FloatArray) -> FloatArray:
    """Remainder of log z as an approximation of the digamma function."""
    large = np.maximum(z, 16.0)
    inverse = 1 / large**2
    bracket = 1 / 12 - (1 / 120 - (1 / 252 - inverse / 240) * inverse) * inverse
    series = -0.5 / large - inverse * bracket
    small = np.minimum(z, 16.0)
    return np.where(z > 16, series, special.digamma(small) - np.log(small))

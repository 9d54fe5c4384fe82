"""Draws of the true counts behind reports, given the rate."""

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.numerics import negbin
from conflictstats.numerics.mechanisms import Reading

SMALLEST_MASS = 1e-280
"""Intervals less probable than this are resolved on the log scale."""


def draw_counts(
    reading: Reading,
    mean: Float[np.ndarray, "draws n"],
    size: Float[np.ndarray, "draws n"],
    found: Float[np.ndarray, " draws"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "draws n"]:
    r"""True counts given what was reported of them.

    A count known exactly is itself. If :math:`k` deaths were found, each with
    probability :math:`\pi`, those not found are

    .. math:: Y - k \mid k \sim \mathrm{NB}\!\left(\text{mean }
              \frac{(r+k)\,\mu(1-\pi)}{r+\pi\mu},\ \text{size } r+k\right)

    and a count known up to an interval is drawn from inside it.

    Parameters
    ----------
    reading : Reading
        Reports as the model reads them, n of them.
    mean, size : ndarray, shape (draws, n)
        NB2 mean and size of the true count.
    found : ndarray, shape (draws,)
        Probability :math:`\pi` that a death has been found.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (draws, n)
        Whole counts, people.

    Examples
    --------
    Nine found of ten expected, each with probability .9: about one is missing.

    >>> nine = np.full(1, 9.0)
    >>> reading = Reading(nine, nine, np.array([True]))
    >>> mean, size = np.full((4000, 1), 10.0), np.full((4000, 1), 1e6)
    >>> found = np.full(4000, 0.9)
    >>> true = draw_counts(reading, mean, size, found, np.random.default_rng(0))
    >>> float(true.mean().round(1))
    10.0
    """
    true = np.broadcast_to(reading.low, mean.shape).copy()
    thin = reading.thinned
    if thin.any():
        k, mu, r = reading.low[thin], mean[:, thin], size[:, thin]
        rest = (1 - found[:, None]) * mu * (r + k) / (r + found[:, None] * mu)
        true[:, thin] += rng.poisson(rng.gamma(r + k, rest / (r + k)))
    vague = ~thin & (reading.low != reading.high)
    for i in np.flatnonzero(vague):
        bounds = reading.low[i], reading.high[i]
        true[:, i] = _draw_inside(*bounds, mean[:, i], size[:, i], rng)
    return true


def allot(
    count: Float[np.ndarray, " draws"],
    weight: Float[np.ndarray, "draws cells"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "draws cells"]:
    """Spread the deaths of a period over its cells.

    Parameters
    ----------
    count : ndarray, shape (draws,)
        Deaths of the whole period.
    weight : ndarray, shape (draws, cells)
        Expected deaths of each cell, up to a factor.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (draws, cells)
        Whole counts that add up to ``count``.

    Examples
    --------
    >>> allot(np.array([7.0]), np.array([[0.0, 2.0]]), np.random.default_rng(0))
    array([[0., 7.]])
    """
    share = weight / weight.sum(axis=1, keepdims=True)
    return rng.multinomial(count.astype(np.int64), share).astype(float)


def _draw_inside(
    low: float,
    high: float,
    mean: FloatArray,
    size: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """NB2 counts given that they lie in ``[low, high]``, shape (draws,)."""
    if low <= 0 and np.isinf(high):
        return rng.poisson(rng.gamma(size, mean / size)).astype(float)
    if high - low < negbin.SHORT:
        count = np.arange(low, high + 1)
        shape = (mean.size, count.size)
        log_prob = negbin.log_pmf(
            np.broadcast_to(count, shape),
            np.broadcast_to(np.log(mean)[:, None], shape),
            np.broadcast_to(size[:, None], shape),
        )
        noise = rng.gumbel(size=shape)
        return count[np.argmax(log_prob + noise, axis=1)]
    return _invert_tail(low, high, mean, size, rng)


def _invert_tail(
    low: float,
    high: float,
    mean: FloatArray,
    size: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Counts in a wide interval, by inverting the tail that resolves them, (draws,)."""
    from scipy import stats

    law = stats.nbinom(size, size / (size + mean))
    above, below = law.sf(low - 1), law.cdf(high)
    beyond, before = law.sf(high), law.cdf(low - 1)
    upper = low >= mean
    mass = np.where(upper, above - beyond, below - before)
    u = rng.random(mean.size)
    by_upper = law.isf(above - u * (above - beyond))
    by_lower = law.ppf(before + u * (below - before))
    count = np.clip(np.where(upper, by_upper, by_lower), low, high)
    lost = mass < SMALLEST_MASS
    if lost.any():
        count[lost] = _bisect(low, high, mean[lost], size[lost], u[lost])
    return count


def _bisect(
    low: float, high: float, mean: FloatArray, size: FloatArray, u: FloatArray
) -> FloatArray:
    """Quantiles u of the count in an interval that is far in a tail, (draws,)."""
    log_mean, start = np.log(mean), np.full_like(mean, low)

    def log_chance(end: FloatArray) -> FloatArray:
        return negbin.interval_terms(start, end, log_mean, size).value

    target = log_chance(np.full_like(mean, high)) + np.log(u)
    short_of, reaches = start - 1, start.copy()
    while (ahead := log_chance(reaches) < target).any():
        further = np.minimum(2 * reaches - low + 1, high)
        short_of, reaches = (
            np.where(ahead, reaches, short_of),
            np.where(ahead, further, reaches),
        )
    while (reaches - short_of > 1).any():
        middle = np.maximum(np.floor((short_of + reaches) / 2), low)
        enough = log_chance(middle) >= target
        reaches = np.where(enough, middle, reaches)
        short_of = np.where(enough, short_of, middle)
    return reaches

"""Draws of the true counts behind reports, given the rate."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.numerics.likelihood.reports import Reports

CERTAIN = 1e15
"""Poisson mean whose own scatter, 3e-8 of it, is no longer drawn."""
TRIALS = 200
"""Draws that may miss their interval before it is inverted."""


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

    and a count known up to an interval is drawn from inside it; of a weighted set of
    intervals one is drawn first.

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
    if reading.report is None:
        part = np.broadcast_to(np.arange(reading.low.size), mean.shape)
    else:
        part = _choose(reading, mean, size, found, rng)
    low, high, thin = reading.low[part], reading.high[part], reading.thinned[part[0]]
    true = low.copy()
    if thin.any():
        k, mu, r = low[:, thin], mean[:, thin], size[:, thin]
        rest = (1 - found[:, None]) * mu * (r + k) / (r + found[:, None] * mu)
        true[:, thin] += draw_new(rest, r + k, rng)
    vague = np.flatnonzero(~thin & (low != high).any(axis=0))
    ends, law = (low[:, vague], high[:, vague]), (mean[:, vague], size[:, vague])
    true[:, vague] = _draw_inside(*ends, *law, rng)
    return true


def _choose(
    reading: Reading,
    mean: FloatArray,
    size: FloatArray,
    found: FloatArray,
    rng: np.random.Generator,
) -> IntArray:
    """Draw the interval in which each count lies, shape (draws, n)."""
    report = np.asarray(reading.report)
    alone = Reports(NegBin(), Reading(reading.low, reading.high, reading.thinned))
    share = special.logit(found)[:, None]
    score = alone.value(np.log(mean)[:, report], np.log(size)[:, report], share)
    if reading.log_weight is not None:
        score = score + reading.log_weight
    if reading.powers is not None:
        hits, misses = reading.powers.T
        score = score + hits * special.log_expit(share)
        score = score + misses * special.log_expit(-share)
    score = score + rng.gumbel(size=score.shape)
    ends = np.append(np.flatnonzero(np.diff(report, prepend=-1)), report.size)
    runs = pairwise(ends.tolist())
    return np.stack([a + score[:, a:b].argmax(axis=1) for a, b in runs], axis=1)


def draw_new(
    mean: Float[np.ndarray, "*shape"],
    size: Float[np.ndarray, "*shape"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "*shape"]:
    """New NB2 counts of which nothing was reported.

    Parameters
    ----------
    mean, size : ndarray
        Mean, and size of the negative binomial; both may be very large.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray
        Whole counts.

    Examples
    --------
    >>> many = np.full(10_000, 3.0)
    >>> float(draw_new(many, many, np.random.default_rng(0)).mean().round(1))
    3.0
    """
    rate = rng.gamma(size, mean / size)
    count = rng.poisson(np.minimum(rate, CERTAIN))
    return np.where(rate > CERTAIN, np.rint(rate), count)


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
    low: FloatArray,
    high: FloatArray,
    mean: FloatArray,
    size: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """NB2 counts given that they lie in ``[low, high]``, shape (draws, n).

    Most are found by drawing until they do, the others by inversion.
    """
    shape = mean.shape
    low, high = (np.broadcast_to(end, shape).ravel() for end in (low, high))
    mean, size = mean.ravel(), size.ravel()
    true, todo = np.zeros(mean.size), np.arange(mean.size)
    for _ in range(TRIALS):
        if not todo.size:
            break
        trial = draw_new(mean[todo], size[todo], rng)
        inside = (low[todo] <= trial) & (trial <= high[todo])
        true[todo[inside]] = trial[inside]
        todo = todo[~inside]
    law = np.log(mean[todo]), size[todo]
    true[todo] = _invert(low[todo], high[todo], *law, rng.random(todo.size))
    return true.reshape(shape)


def _invert(
    low: FloatArray,
    high: FloatArray,
    log_mean: FloatArray,
    size: FloatArray,
    u: FloatArray,
) -> FloatArray:
    """Quantiles u of NB2 counts inside ``[low, high]``, on the log scale, (n,)."""

    def log_chance(end: FloatArray) -> FloatArray:
        return NegBin().intervals(low, end).value(log_mean, np.log(size))

    target = log_chance(high) + np.log(u)

    def reached(end: FloatArray) -> BoolArray:
        return log_chance(end) >= target

    short_of, reaches = low - 1, low.copy()
    while not (there := reached(reaches)).all():
        further = np.minimum(2 * reaches - low + 1, high)
        short_of = np.where(there, short_of, reaches)
        reaches = np.where(there, reaches, further)
    while (reaches - short_of > 1).any():
        middle = np.maximum(np.floor((short_of + reaches) / 2), low)
        there = reached(middle)
        reaches = np.where(there, middle, reaches)
        short_of = np.where(there, short_of, middle)
    return reaches

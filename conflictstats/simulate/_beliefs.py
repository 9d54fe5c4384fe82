"""Hyperparameters drawn from priors that are stated as a sentence."""

from functools import lru_cache

import numpy as np
from scipy import linalg, optimize, special

from conflictstats._typing import FloatArray

FARTHEST = 2**0.5
"""Root distance of the correlation -1 from 1."""
HALF_SMOOTH = (0.5, 2 / 3)
"""P(neighbours share less than the first of the variance) = second."""


def exponential(belief: tuple[float, float], rng: np.random.Generator) -> float:
    """An exponential number that exceeds the first with probability the second."""
    limit, probability = belief
    return float(rng.exponential(-limit / np.log(probability)))


def step_sd(
    change: tuple[float, float],
    cells: int,
    rng: np.random.Generator,
    *,
    order: int = 1,
) -> float:
    """Sd of a walk's step: P(a factor beyond the first within the cells) = second."""
    steps = np.ones(cells)
    if order == 2:
        steps = np.convolve(steps, steps)
    fold, chance = change
    limit = float(np.log(fold) / np.sqrt((steps**2).sum()))
    return float(rng.exponential(mean_sd(limit, chance)))


@lru_cache
def mean_sd(limit: float, chance: float) -> float:
    """Mean of the exponential sd with P(sd |Z| > limit) = chance, Z standard normal."""
    at = (np.arange(20_000) + 0.5) / 20_000
    size = np.sqrt(2) * special.erfinv(at)

    def excess(log_mean: float) -> float:
        """How much larger than wanted the chance is at this mean."""
        return float(np.exp(-np.exp(-log_mean) * limit / size).mean()) - chance

    return float(np.exp(optimize.brentq(excess, -20, 20)))


def correlation(belief: tuple[float, float], rng: np.random.Generator) -> float:
    """A correlation whose root distance from one is exponential, cut at -1."""
    above, probability = belief
    near = float(np.sqrt(1 - above))
    rate = _cut_rate(near, FARTHEST, probability)
    return 1 - _cut_exponential(rate, FARTHEST, rng) ** 2


def mixing(neighbours: FloatArray, rng: np.random.Generator) -> float:
    r"""Part of places' variance that neighbours share.

    The root of :math:`\sum_j \rho(g_j-1) - \log(1+\rho(g_j-1))` is exponential, cut
    at its value for 1, with :math:`g` the scaled variances of a smooth map.
    """
    excess = smooth_variances(neighbours) - 1

    def distance(share: float) -> float:
        """Distance of a mixture from independent places."""
        grown = share * excess
        return float(np.sqrt((grown - np.log1p(grown)).sum()))

    half, chance = HALF_SMOOTH
    farthest = distance(1.0)
    rate = _cut_rate(distance(half), farthest, chance)
    drawn = _cut_exponential(rate, farthest, rng)
    return float(optimize.brentq(lambda share: distance(share) - drawn, 0, 1))


def smooth_variances(neighbours: FloatArray) -> FloatArray:
    """Variances of a smooth map over one graph in its basis, without the constant."""
    values, vectors = linalg.eigh(np.diag(neighbours.sum(axis=1)) - neighbours)
    of_place = (vectors[:, 1:] ** 2 / values[1:]).sum(axis=1)
    return np.asarray(1 / values[1:] / np.exp(np.log(of_place).mean()))


@lru_cache
def _cut_rate(near: float, far: float, probability: float) -> float:
    """Rate of the exponential law cut at ``far``: below ``near`` with probability."""

    def excess(rate: float) -> float:
        """How much larger than wanted the chance is."""
        return float(np.expm1(-rate * near) / np.expm1(-rate * far)) - probability

    return float(optimize.brentq(excess, 1e-6, 1e3))


def _cut_exponential(rate: float, far: float, rng: np.random.Generator) -> float:
    """An exponential number given that it is below ``far``."""
    return float(-np.log1p(rng.random() * np.expm1(-rate * far)) / rate)

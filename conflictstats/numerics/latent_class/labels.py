"""Classes change their places on the stick, which the data do not see."""

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from conflictstats._typing import FloatArray
from conflictstats.numerics.latent_class.density import ClassDensity, log_weights

SHORT = 0.5
"""Part of what is left of the stick below which its logarithm is taken from itself."""


def relabelled(
    density: ClassDensity,
    states: Float[np.ndarray, "size chains"],
    swaps: int,
    rng: Generator,
) -> FloatArray:
    r"""States after offers to swap the labels of two classes.

    The likelihood stays the same. The prior of the weights does not,

    .. math:: p(\nu) \propto (b - \log \nu_K)^{-(a + K - 1)}
              \prod_{k=2}^K \Big( \sum_{h \ge k} \nu_h \Big)^{-1}

    and decides, so that chains forget by which label a class had started [1]_.

    Parameters
    ----------
    density : ClassDensity
        The posterior.
    states : ndarray, shape (size, chains)
        Working values.
    swaps : int
        Offers.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (size, chains)
        Working values.

    References
    ----------
    .. [1] Papaspiliopoulos, O. and Roberts, G. O. (2008). Retrospective Markov chain
       Monte Carlo methods for Dirichlet process hierarchical models. *Biometrika*
       95(1), 169-186. https://doi.org/10.1093/biomet/asm086

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> density = ClassDensity.of(np.ones((1, 2), bool), np.ones((1, 1)), np.ones(1), 5)
    >>> before = rng.standard_normal((14, 100))
    >>> after = relabelled(density, before, 10, rng)
    >>> odds = [density.classes_of(states).log_odds for states in (before, after)]
    >>> bool((before != after).any()), bool(np.allclose(*odds))
    (True, True)
    """
    if density.classes == 1:
        return states
    weights = log_weights(density.worked(states).sticks)
    labels = np.tile(np.arange(density.classes)[:, None], (1, states.shape[1]))
    value = _log_prior(density, weights)
    for _ in range(swaps):
        pair = rng.choice(density.classes, 2, replace=False)
        offered = weights.copy()
        offered[pair] = weights[pair[::-1]]
        there = _log_prior(density, offered)
        taken = np.log(rng.random(len(value))) < there - value
        value = np.where(taken, there, value)
        weights = np.where(taken, offered, weights)
        labels[pair] = np.where(taken, labels[pair[::-1]], labels[pair])
    after = states.copy()
    moved = density.worked(after)
    for effects in (moved.logits, moved.strata.deviations):
        effects[:] = np.take_along_axis(effects, labels[None], axis=1)
    moved.sticks[:] = _sticks(weights)
    return np.where(np.isfinite(after).all(axis=0), after, states)


def _left(weights: FloatArray) -> FloatArray:
    """Log of what is left of the stick before each class, shape (classes, chains)."""
    left = np.logaddexp.accumulate(weights[::-1], axis=0)[::-1]
    return left - left[0]


def _log_prior(density: ClassDensity, weights: FloatArray) -> FloatArray:
    """Log prior density of log weights (classes, chains) in the weights, (chains,)."""
    power = density.shape + density.classes - 1
    last = np.log(density.rate - weights[-1])
    return -_left(weights)[1:].sum(axis=0) - power * last


def _sticks(weights: FloatArray) -> FloatArray:
    """Log sticks of log weights, shape (classes - 1, chains)."""
    left = _left(weights)
    with np.errstate(divide="ignore"):
        part = np.exp(weights[:-1] - left[:-1])
        short = -np.log1p(-np.minimum(part, SHORT))
        return np.log(np.where(part < SHORT, short, left[:-1] - left[1:]))

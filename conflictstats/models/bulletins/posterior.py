"""Posterior of the share found, by quadrature over a grid.

A grid has three axes that all bodies share (the centre of the bodies, how far they lie
apart, the correlation inside a bulletin) and one for the share of a body. Given the
first three, bodies are independent, so that each is one sum over its own axis.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import special

from conflictstats._typing import FloatArray

STEP = 0.05
LOGITS = np.arange(-6.0, 10.0 + STEP / 2, STEP)
"""Logit of a body's share found, and of the typical body's."""
SHARES = special.expit(LOGITS)
RHO_STEP = 0.15
CORRELATIONS = special.expit(np.arange(-7.0, 4.0 + RHO_STEP / 2, RHO_STEP))
SD_STEP = 0.12
BETWEEN = np.arange(SD_STEP / 2, 3.0, SD_STEP)
LEAST = 1e-300
STRUCK = (np.arange(400) + 0.5) / 400


class Priors(NamedTuple):
    """Priors as the model states them.

    Attributes
    ----------
    found : tuple of float
        Beta prior of the typical body's share.
    correlation : tuple of float
        Beta prior of the correlation.
    between_rate : float
        Rate of the exponential prior of the sd, on the logit, between bodies.
    """

    found: tuple[float, float]
    correlation: tuple[float, float]
    between_rate: float


class Joint:
    """Joint posterior of what the bodies share, and of each body given that.

    Parameters
    ----------
    first, last : ndarray, shape (n,)
        First and last count of the paths that did not fall, people.
    body : ndarray of int, shape (n,)
        Number of the body of each path.
    bodies : int
        How many bodies there are; one without a path keeps the prior.
    priors : Priors
        What is believed before.
    """

    def __init__(
        self,
        first: FloatArray,
        last: FloatArray,
        body: np.ndarray,
        bodies: int,
        priors: Priors,
    ) -> None:
        weights = _prior(priors)[:, None] * _correlation_prior(priors)
        logs = np.log(weights)
        self.paths = [
            _log_chance(first[body == b], last[body == b]) for b in range(bodies)
        ]
        self.of_body = [
            np.maximum(_kernel() @ np.exp(each), LEAST) for each in self.paths
        ]
        for chance in self.of_body:
            logs += np.log(chance)
        self.weights = np.exp(logs - special.logsumexp(logs))

    @staticmethod
    def prior(priors: Priors) -> FloatArray:
        """Prior weights of share and correlation of a body, shape (G, R)."""
        none = np.empty(0)
        return Joint(none, none, none, 0, priors).new_body()

    def new_body(self) -> FloatArray:
        """Weights of share and correlation of another body, shape (G, R)."""
        return _kernel().T @ self.weights

    def body(self, number: int) -> FloatArray:
        """Weights of share and correlation of one of the bodies, shape (G, R)."""
        ahead = _kernel().T @ (self.weights / self.of_body[number])
        return ahead * np.exp(self.paths[number])

    def draw(self, draws: int, rng: np.random.Generator) -> dict[str, FloatArray]:
        """Draw jointly; a value is spread evenly over its cell of the grid."""
        cell = rng.choice(self.weights.size, draws, p=self.weights.ravel())
        common, rho = np.unravel_index(cell, self.weights.shape)
        ahead = _kernel()[common]
        found = [_picked(ahead * np.exp(each[:, rho].T), rng) for each in self.paths]
        logits = special.logit(CORRELATIONS[rho]) + _spread(draws, RHO_STEP, rng)
        sd = BETWEEN[common % BETWEEN.size] + _spread(draws, SD_STEP, rng)
        return {
            "found": np.reshape(found, (len(found), draws)).T,
            "another_body": _picked(ahead, rng),
            "correlation": special.expit(logits),
            "between_bodies": sd,
        }


def moments(weights: FloatArray) -> dict[str, float]:
    """Mean and variance of a body's share and of one bulletin's, from (G, R) weights.

    A bulletin of a body with share p and correlation rho has found a part of the deaths
    with mean p and variance p (1 - p) rho.
    """
    share = weights.sum(axis=1)
    mean = float(share @ SHARES)
    within = float((SHARES * (1 - SHARES)) @ weights @ CORRELATIONS)
    variance = float(share @ (SHARES - mean) ** 2)
    return {"mean": mean, "variance": variance, "bulletin_variance": variance + within}


def density(weights: FloatArray) -> FloatArray:
    """Density of a body's share at each of ``SHARES``, from (G, R) weights."""
    return weights.sum(axis=1) / (STEP * SHARES * (1 - SHARES))


def draw_corrections(
    counts: tuple[FloatArray, FloatArray],
    thinned: int,
    priors: tuple[tuple[float, float], tuple[float, float]],
    draws: int,
    rng: np.random.Generator,
) -> dict[str, FloatArray]:
    """Draw how often paths are corrected, and the part of them that is struck off.

    From first and last ``counts`` of the paths that fell, shape (n,) each, how many
    did not, and the Beta priors of the two.
    """
    (a, b), prior = priors
    weights = struck_weights(*counts, prior)
    cell = STRUCK[1] - STRUCK[0]
    return {
        "correction": rng.beta(a + counts[0].size, b + thinned, draws),
        "struck": rng.choice(STRUCK, draws, p=weights) + _spread(draws, cell, rng),
    }


def struck_weights(
    first: FloatArray, last: FloatArray, prior: tuple[float, float]
) -> FloatArray:
    """Posterior of the share struck off by a correction, at each of ``STRUCK``.

    Each of those counted first is struck off with one probability, given that at least
    one was.
    """
    a, b = prior
    logs = (a - 1) * np.log(STRUCK) + (b - 1) * np.log1p(-STRUCK)
    logs += (first - last).sum() * np.log(STRUCK) + last.sum() * np.log1p(-STRUCK)
    kept = first[:, None] * np.log1p(-STRUCK)
    logs -= np.log(-np.expm1(kept)).sum(axis=0)
    return np.exp(logs - special.logsumexp(logs))


def _log_chance(first: FloatArray, last: FloatArray) -> FloatArray:
    """Log likelihood of a body's paths, over its greatest, shape (G, R)."""
    weight = 1 / CORRELATIONS - 1
    found = np.outer(SHARES, weight)
    missed = np.outer(special.expit(-LOGITS), weight)
    pairs, times = np.unique(np.stack([first, last]), axis=1, return_counts=True)
    total = np.zeros_like(found)
    for k, n, repeated in zip(*pairs, times, strict=True):
        pooled = special.betaln(found + k, missed + n - k)
        total += repeated * (pooled - special.betaln(found, missed))
    return total - total.max()


@cache
def _kernel() -> FloatArray:
    """Weights of a body's logit given centre and sd, shape (G x S, G)."""
    apart = (LOGITS - LOGITS[:, None])[:, None, :] / BETWEEN[:, None]
    weights = np.exp(-0.5 * apart**2)
    weights /= weights.sum(axis=2, keepdims=True)
    return weights.reshape(-1, LOGITS.size)


def _prior(priors: Priors) -> FloatArray:
    """Prior weights of centre and sd, shape (G x S,)."""
    a, b = priors.found
    centre = np.exp(a * special.log_expit(LOGITS) + b * special.log_expit(-LOGITS))
    between = np.exp(-priors.between_rate * BETWEEN)
    return np.outer(centre / centre.sum(), between / between.sum()).ravel()


def _correlation_prior(priors: Priors) -> FloatArray:
    """Prior weights of the correlation, shape (R,)."""
    a, b = priors.correlation
    weights = CORRELATIONS**a * (1 - CORRELATIONS) ** b
    return weights / weights.sum()


def _picked(weights: FloatArray, rng: np.random.Generator) -> FloatArray:
    """One share for each row of weights, shape (draws,)."""
    cumulative = np.cumsum(weights, axis=1)
    mark = rng.random(len(weights)) * cumulative[:, -1]
    at = (cumulative < mark[:, None]).sum(axis=1)
    return special.expit(LOGITS[at] + _spread(len(at), STEP, rng))


def _spread(draws: int, step: float, rng: np.random.Generator) -> FloatArray:
    """Even noise of one cell's width, shape (draws,)."""
    return step * (rng.random(draws) - 0.5)

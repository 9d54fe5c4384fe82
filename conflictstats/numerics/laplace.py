"""Posterior of a latent Gaussian model: hyperparameters integrated, joint draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics import hyper, latent, pareto
from conflictstats.numerics.observation import ObservationMap

OUT_OF_REACH = -1e12
CHECKED_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Setting:
    """The model at one value of its hyperparameters.

    Attributes
    ----------
    prior : RandomWalk
        Prior of the path.
    likelihood : Likelihood
        Likelihood of the observations.
    log_prior : float
        Log prior density of the hyperparameters.
    """

    prior: latent.RandomWalk
    likelihood: latent.Likelihood
    log_prior: float


@dataclass(frozen=True, slots=True)
class Posterior:
    """Joint draws of hyperparameters and path.

    Attributes
    ----------
    paths : ndarray, shape (draws, T)
        Latent path.
    hyper : ndarray, shape (draws, k)
        Hyperparameters, on the scale in which they were explored.
    log_evidence : float
        Log probability of the observations.
    pareto_k : float
        Shape of the tail of the importance weights of the Gaussian approximation.
    complete : bool
        Whether every mode was found and the grid reached all that matters.
    """

    paths: FloatArray
    hyper: FloatArray
    log_evidence: float
    pareto_k: float
    complete: bool


def sample(
    setting_at: Callable[[FloatArray], Setting],
    observed: ObservationMap,
    start: tuple[Float[np.ndarray, " k"], Float[np.ndarray, " T"]],
    draws: int,
    rng: np.random.Generator,
) -> Posterior:
    """Draws from the posterior by nested Laplace approximation.

    Parameters
    ----------
    setting_at : callable
        From hyperparameters, shape (k,), to the model there.
    observed : ObservationMap
        What the observations are about.
    start : tuple of ndarray
        Hyperparameters (k,) and path (T,) to start the searches from.
    draws : int
        Number of joint draws.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Posterior
        Draws and diagnostics.

    References
    ----------
    .. [1] Rue, H., Martino, S. and Chopin, N. (2009). Approximate Bayesian inference
       for latent Gaussian models. *JRSS B* 71, 319-392.
       https://doi.org/10.1111/j.1467-9868.2008.00700.x
    """
    first, path = start
    explorer = _Explorer(setting_at, observed, path)
    grid = hyper.integrate(explorer.log_density, first)
    counts = _systematic(grid.weights, draws, rng)
    used = np.flatnonzero(counts)
    paths, weights = [], []
    converged = True
    for point in used:
        setting = setting_at(grid.points[point])
        mode = latent.find_mode(
            setting.prior, observed, setting.likelihood, explorer.path
        )
        converged &= mode.converged
        paths.append(latent.draw_paths(mode, int(counts[point]), rng))
        checked = paths[-1][: -(-counts[point] * CHECKED_DRAWS // draws)]
        weights.append(
            latent.log_importance(
                mode, setting.prior, observed, setting.likelihood, checked
            )
        )
    jitter = rng.uniform(-0.5, 0.5, (draws, first.size)) @ grid.axes.T
    order = rng.permutation(draws)
    return Posterior(
        np.concatenate(paths)[order],
        (np.repeat(grid.points[used], counts[used], axis=0) + jitter)[order],
        grid.log_evidence,
        pareto.shape_of_tail(np.concatenate(weights)),
        grid.complete and converged,
    )


class _Explorer:
    """Log posterior of hyperparameters; each search starts where the best one ended."""

    def __init__(
        self,
        setting_at: Callable[[FloatArray], Setting],
        observed: ObservationMap,
        path: FloatArray,
    ) -> None:
        self.setting_at, self.observed = setting_at, observed
        self.path, self.best = path, -np.inf

    def log_density(self, point: FloatArray) -> float:
        """Log evidence plus log prior at ``point``, shape (k,)."""
        if np.abs(point).max() > 20:
            return OUT_OF_REACH
        setting = self.setting_at(point)
        mode = latent.find_mode(
            setting.prior, self.observed, setting.likelihood, self.path
        )
        height = mode.log_evidence + setting.log_prior
        if not (mode.converged and np.isfinite(height)):
            return OUT_OF_REACH
        if height > self.best:
            self.path, self.best = mode.path, height
        return height


def _systematic(weights: FloatArray, draws: int, rng: np.random.Generator) -> IntArray:
    """How many of ``draws`` fall to each point, by systematic resampling."""
    edges = np.floor(np.cumsum(weights) / weights.sum() * draws + rng.random())
    edges[-1] = draws
    return np.diff(np.minimum(edges, draws), prepend=0).astype(int)

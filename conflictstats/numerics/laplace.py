"""Posterior of a latent Gaussian model: hyperparameters integrated, joint draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import FitError
from conflictstats.numerics import hyper, latent, pareto
from conflictstats.numerics.observation import ObservationMap

FARTHEST = 12.0
"""Hyperparameters beyond this lose density fast: a walk with steps of e^-12 is constant
already, and its precision matrix nearly singular."""
OUT_OF_REACH = -1e12
CHECKED_CELLS = 500_000
"""Cells of draws at which the approximation is compared with the exact density."""


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
    """Sample the posterior by nested Laplace approximation.

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
    explorer = _Explorer(setting_at, observed, start)
    grid = hyper.integrate(explorer.log_density, start[0])
    counts = _systematic(grid.weights, draws, rng)
    used = np.flatnonzero(counts)
    share_checked = min(1.0, CHECKED_CELLS / (draws * observed.length))
    paths, weights = [], []
    converged = True
    for point in used:
        setting, mode = explorer.look(grid.points[point])
        converged &= mode.converged
        paths.append(latent.draw_paths(mode, int(counts[point]), rng))
        checked = paths[-1][: int(np.ceil(counts[point] * share_checked))]
        weights.append(
            latent.log_importance(
                mode, setting.prior, observed, setting.likelihood, checked
            )
        )
    jitter = rng.uniform(-0.5, 0.5, (draws, start[0].size)) @ grid.axes.T
    order = rng.permutation(draws)
    return Posterior(
        np.concatenate(paths)[order],
        (np.repeat(grid.points[used], counts[used], axis=0) + jitter)[order],
        grid.log_evidence,
        pareto.shape_of_tail(np.concatenate(weights)),
        grid.complete and converged,
    )


class _Explorer:
    """Log posterior of hyperparameters; searches start where the nearest one ended."""

    def __init__(
        self,
        setting_at: Callable[[FloatArray], Setting],
        observed: ObservationMap,
        start: tuple[FloatArray, FloatArray],
    ) -> None:
        self.setting_at, self.observed = setting_at, observed
        self.points, self.paths = [start[0]], [start[1]]

    def look(self, point: FloatArray) -> tuple[Setting, latent.Mode]:
        """The model at ``point``, shape (k,), and the mode of its path."""
        setting = self.setting_at(point)
        nearest = int(((np.array(self.points) - point) ** 2).sum(axis=1).argmin())
        mode = latent.find_mode(
            setting.prior, self.observed, setting.likelihood, self.paths[nearest]
        )
        if mode.converged and np.isfinite(mode.log_evidence):
            self.points.append(point)
            self.paths.append(mode.path)
        return setting, mode

    def log_density(self, point: FloatArray) -> float:
        """Log evidence plus log prior at ``point``, shape (k,)."""
        inside = np.clip(point, -FARTHEST, FARTHEST)
        beyond = 100 * float(((point - inside) ** 2).sum())
        try:
            setting, mode = self.look(inside)
        except FitError:
            return OUT_OF_REACH
        height = mode.log_evidence + setting.log_prior - beyond
        return height if mode.converged and np.isfinite(height) else OUT_OF_REACH


def _systematic(weights: FloatArray, draws: int, rng: np.random.Generator) -> IntArray:
    """How many of ``draws`` fall to each point, by systematic resampling."""
    edges = np.floor(np.cumsum(weights) / weights.sum() * draws + rng.random())
    edges[-1] = draws
    return np.diff(np.minimum(edges, draws), prepend=0).astype(int)

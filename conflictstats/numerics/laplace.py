"""Posterior of a latent Gaussian model: hyperparameters integrated, joint draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import FitError
from conflictstats.numerics import hyper, latent
from conflictstats.numerics.observation import ObservationMap
from conflictstats.numerics.sampling import pareto

FARTHEST = 12.0
"""Hyperparameters beyond this lose density fast: a walk with steps of e^-12 is constant
already, and its precision matrix nearly singular."""
OUT_OF_REACH = -1e12
CHECKED_CELLS = 500_000
"""Cells of draws at which the approximation is compared with the exact density."""
MOST_CANDIDATES = 8
"""Candidates from the approximation for each draw that is kept."""
LARGEST_TAIL = 1.0
"""Pareto k from which the weights of candidates have no mean."""


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
    .. [2] Vehtari, A. et al. (2024). Pareto smoothed importance sampling. *JMLR*
       25(72), 1-58. https://jmlr.org/papers/v25/19-556.html
    """
    explorer = _Explorer(setting_at, observed, start)
    grid = hyper.integrate(explorer.log_density, start[0])
    times = CHECKED_CELLS // (draws * observed.length)
    candidates = draws * int(np.clip(times, 1, MOST_CANDIDATES))
    counts = _systematic(grid.weights, candidates, rng)
    paths, log_weights, converged = _propose(explorer, grid, counts, rng)
    weights, pareto_k = pareto.smooth(log_weights)
    gain = float(special.logsumexp(log_weights) - np.log(log_weights.size))
    if weights.size < candidates or pareto_k >= LARGEST_TAIL:
        weights, gain = np.full(candidates, 1 / candidates), 0.0
    kept = np.repeat(np.arange(candidates), _systematic(weights, draws, rng))
    kept = rng.permutation(kept)
    points = np.repeat(grid.points, counts, axis=0)[kept]
    return Posterior(
        paths[kept],
        _within_cells(points, grid, rng),
        grid.log_evidence + gain,
        pareto_k,
        grid.complete and converged,
    )


def _within_cells(
    points: FloatArray, grid: hyper.HyperGrid, rng: np.random.Generator
) -> FloatArray:
    """Spread draws over the cells of their grid points, shape (draws, k).

    A cell is ``STEP`` standard deviations wide, so spreading alone would add a twelfth
    of its square to the variance; drawing in towards the mode takes that away.
    """
    mode = grid.points[0]
    spread = rng.uniform(-0.5, 0.5, points.shape) @ grid.axes.T
    return mode + (points - mode + spread) / np.sqrt(1 + hyper.STEP**2 / 12)


def _propose(
    explorer: "_Explorer",
    grid: hyper.HyperGrid,
    counts: IntArray,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray, bool]:
    """Paths (n, T) by the Gaussian at each point; log weights of those checked."""
    cells = counts.sum() * explorer.observed.length
    share_checked = min(1.0, CHECKED_CELLS / cells)
    paths, log_weights, converged = [], [], True
    for point, count in zip(grid.points, counts, strict=True):
        if not count:
            continue
        setting, mode = explorer.look(point)
        converged &= mode.converged
        paths.append(latent.draw_paths(mode, int(count), rng))
        checked = paths[-1][: int(np.ceil(count * share_checked))]
        log_weights.append(
            latent.log_importance(
                mode, setting.prior, explorer.observed, setting.likelihood, checked
            )
        )
    return np.concatenate(paths), np.concatenate(log_weights), converged


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

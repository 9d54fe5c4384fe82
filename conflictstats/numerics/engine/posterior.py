"""Joint draws of hyperparameters and field, by weighted Laplace approximation."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.continuous import Marginal
from conflictstats.numerics.engine.explore import explore
from conflictstats.numerics.engine.grid import Grid
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.engine.proposal import (
    NEGLIGIBLE,
    WEIGHED_CELLS,
    Candidates,
    Proposal,
    systematic,
)
from conflictstats.numerics.sampling import pareto

MOST_CANDIDATES = 8
"""Candidates from the approximation for each draw that is kept."""
ENOUGH = 1.5
"""Candidates, counted by their effective number, for each draw that is kept."""
LARGEST_TAIL = 1.0
"""Pareto k from which the weights of candidates have no mean."""
RELIED = 0.7
"""Pareto k above which the Gaussians at the modes are replaced by nearer ones. Those of
bounds on measurements always are: where these scatter little a bound is an edge, and
candidates that all lie beyond it have weights that tell nothing."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """Joint draws of hyperparameters and field.

    Attributes
    ----------
    field : Vector
        Path and effects, shapes (draws, n) and (draws, p).
    theta : ndarray, shape (draws, m)
        Hyperparameters, on the scale in which they were explored.
    log_evidence : float
        Log probability of the observations.
    pareto_k : float
        Shape of the tail of the importance weights of the Gaussian approximation.
    effective : float
        Effective number of draws, by the weights of the candidates.
    complete : bool
        Whether every mode was found and the grid reached all that matters.
    """

    field: Vector
    theta: Float[np.ndarray, "draws m"]
    log_evidence: float
    pareto_k: float
    effective: float
    complete: bool


def sample(
    problem: Problem,
    theta: Float[np.ndarray, " m"],
    start: Vector,
    draws: int,
    rng: np.random.Generator,
) -> Posterior:
    """Sample the posterior of one series.

    Parameters
    ----------
    problem : Problem
        The model and its data.
    theta : ndarray, shape (m,)
        Hyperparameters to start the search from.
    start : Vector
        Field to start the search from, shapes (n,) and (p,).
    draws : int
        Number of joint draws.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Posterior
        Draws and diagnostics.
    """
    grid = explore(problem, theta[None], Vector(start.path[None], start.effects[None]))
    return draw(problem, grid[0], draws, rng)


def draw(
    problem: Problem, grid: Grid, draws: int, rng: np.random.Generator
) -> Posterior:
    """Draw from the posterior of one series whose hyperparameters were explored.

    Where the search met no mode at all, draws say nothing: they are the prior mean.

    Candidates come from a Gaussian around the approximate mean of the field, and are
    resampled by their smoothed importance weights [2]_. So that no weight is without
    bound where a few skewed reports leave the field far from normal, some candidates,
    and in small fields all, have the tails of Student's t instead.

    Parameters
    ----------
    problem : Problem
        The model and the data of that series.
    grid : Grid
        From :func:`~conflictstats.numerics.engine.explore.explore`.
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
    proposal = Proposal.at(problem, grid)
    if not proposal.laws.converged[grid.weights > NEGLIGIBLE].any():
        return _of_nothing(problem, grid.points.shape[1], draws)
    single = not problem.observed.spans
    if single and problem.likelihood.edged:
        proposal = proposal.nearest()
    weighed = _weigh(proposal, draws, rng)
    if single and not problem.likelihood.edged and weighed.pareto_k > RELIED:
        nearer = _weigh(proposal.nearest(), draws, rng)
        weighed = min(weighed, nearer, key=lambda each: each.pareto_k)
    found, kept, grid = weighed.found, weighed.kept, weighed.proposal.grid
    return Posterior(
        found.field.at(kept),
        _within_cells(found.point[kept], grid, rng),
        grid.log_evidence + weighed.gain,
        weighed.pareto_k,
        min(weighed.effective, float(draws)),
        grid.complete and proposal.converged,
    )


def _of_nothing(problem: Problem, hyperparameters: int, draws: int) -> Posterior:
    """What comes back where no mode was found: finite, incomplete, without evidence."""
    mean = np.broadcast_to(problem.path.mean, problem.design.nodes)
    effects = np.zeros((draws, problem.design.effects))
    return Posterior(
        Vector(np.tile(mean, (draws, 1)), effects),
        np.zeros((draws, hyperparameters)),
        np.nan,
        np.inf,
        0.0,
        complete=False,
    )


class _Weighed(NamedTuple):
    """Candidates, those that are kept, and what their weights tell."""

    proposal: Proposal
    found: Candidates
    kept: IntArray
    gain: float
    pareto_k: float
    effective: float


def _weigh(proposal: Proposal, draws: int, rng: np.random.Generator) -> _Weighed:
    """Draw as many candidates as their weights ask for, and resample them."""
    found = proposal.draw(draws, rng)
    weights, pareto_k = pareto.smooth(found.log_weight)
    times = int(np.ceil(ENOUGH * (weights**2).sum() * weights.size))
    times = min(times, MOST_CANDIDATES, WEIGHED_CELLS // found.field.path.size)
    if times > 1:
        found = found.joined(proposal.draw((times - 1) * draws, rng))
        weights, pareto_k = pareto.smooth(found.log_weight)
    count = found.point.size
    gain = float(special.logsumexp(found.log_weight) - np.log(found.log_weight.size))
    effective = 1 / float((weights**2).sum())
    if found.log_weight.size < count or pareto_k >= LARGEST_TAIL:
        weights, gain, effective = np.full(count, 1 / count), 0.0, float(draws)
    kept = rng.permutation(np.repeat(np.arange(count), systematic(weights, draws, rng)))
    return _Weighed(proposal, found, kept, gain, pareto_k, effective)


def _within_cells(point: IntArray, grid: Grid, rng: np.random.Generator) -> FloatArray:
    """Spread draws over what their points stand for, shape (draws, m)."""
    if grid.scale is not None:
        return grid.scale.working(_blurred(point, grid, rng))
    mode = grid.points[0]
    place = grid.place[point] + rng.uniform(-0.5, 0.5, (point.size, mode.size))
    for j, cell in enumerate(grid.place.T):
        law = Marginal.of(cell.astype(int), grid.weights)
        place[:, j] = law.matched(place[:, j])
    return mode + place @ grid.axes.T


def _blurred(point: IntArray, grid: Grid, rng: np.random.Generator) -> FloatArray:
    """Move draws of scattered points by normal noise as wide as these are apart.

    All are drawn in to the mean first, so that their covariance stays what it is.
    """
    mean = grid.weights @ grid.place
    away = grid.place - mean
    root = np.linalg.cholesky((away.T * grid.weights) @ away)
    blur = grid.mesh.step * rng.standard_normal((point.size, mean.size))
    return mean + np.sqrt(1 - grid.mesh.step**2) * away[point] + blur @ root.T

"""Joint draws of hyperparameters and field, by weighted Laplace approximation."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.continuous import Marginal
from conflictstats.numerics.engine.evidence import sway
from conflictstats.numerics.engine.explore import explore
from conflictstats.numerics.engine.grid import Grid
from conflictstats.numerics.engine.mode import Mode, find_mode
from conflictstats.numerics.engine.problem import FieldPrior, Problem
from conflictstats.numerics.sampling import pareto

WEIGHED_CELLS = 4_000_000
"""Cells of draws at which the approximation is compared with the exact density."""
MOST_CANDIDATES = 8
"""Candidates from the approximation for each draw that is kept."""
ENOUGH = 1.5
"""Candidates, counted by their effective number, for each draw that is kept."""
NEGLIGIBLE = 1e-6
"""Weight of a grid point that may be without a mode."""
LARGEST_TAIL = 1.0
"""Pareto k from which the weights of candidates have no mean."""
HEAVY = 60.0
"""Size of a field up to which all candidates have the tails of Student's t; of larger
fields, which are nearer to their Gaussian, this many in each size."""
TAILS = 4.0
"""Degrees of freedom of that law."""


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


class Candidates(NamedTuple):
    """Draws from the approximation.

    Attributes
    ----------
    field : Vector
        Path and effects, shapes (count, n) and (count, p).
    point : ndarray of int, shape (count,)
        Grid point of each.
    log_weight : ndarray, shape (weighed,)
        Log of exact over approximate density, of the first of them.
    """

    field: Vector
    point: IntArray
    log_weight: FloatArray


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
    found = proposal.draw(draws, rng)
    weights, pareto_k = pareto.smooth(found.log_weight)
    times = int(np.ceil(ENOUGH * (weights**2).sum() * weights.size))
    times = min(times, MOST_CANDIDATES, WEIGHED_CELLS // found.field.path.size)
    if times > 1:
        more = proposal.draw((times - 1) * draws, rng)
        found = _joined(found, more)
        weights, pareto_k = pareto.smooth(found.log_weight)
    count = found.point.size
    gain = float(special.logsumexp(found.log_weight) - np.log(found.log_weight.size))
    effective = 1 / float((weights**2).sum())
    if found.log_weight.size < count or pareto_k >= LARGEST_TAIL:
        weights, gain, effective = np.full(count, 1 / count), 0.0, float(draws)
    kept = rng.permutation(np.repeat(np.arange(count), systematic(weights, draws, rng)))
    return Posterior(
        found.field.at(kept),
        _within_cells(found.point[kept], grid, rng),
        grid.log_evidence + gain,
        pareto_k,
        min(effective, float(draws)),
        grid.complete and proposal.converged,
    )


class Proposal(NamedTuple):
    """Gaussian approximations of the field at all points of a grid.

    Attributes
    ----------
    problem : Problem
        The model and the data.
    grid : Grid
        The points.
    prior : FieldPrior
        Prior of the field there.
    mode : Mode
        Modes of the field there.
    centre : Vector
        Approximate means of the field.
    """

    problem: Problem
    grid: Grid
    prior: FieldPrior
    mode: Mode
    centre: Vector

    @classmethod
    def at(cls, problem: Problem, grid: Grid) -> "Proposal":
        """Find modes and means at the points of a grid.

        Parameters
        ----------
        problem : Problem
            The model and the data of one series.
        grid : Grid
            The points.

        Returns
        -------
        Proposal
            One Gaussian a point.
        """
        mode = find_mode(problem, grid.points, grid.fields)
        prior = problem.field_prior(grid.points)
        return cls(problem, grid, prior, mode, _mean(problem, grid.points, mode))

    @property
    def converged(self) -> bool:
        """Whether every point with weight has its mode."""
        return bool(self.mode.converged[self.grid.weights > NEGLIGIBLE].all())

    def draw(self, count: int, rng: np.random.Generator) -> Candidates:
        """Draw candidates and weigh them.

        Parameters
        ----------
        count : int
            How many.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        Candidates
            In random order, those that were weighed having a log weight.
        """
        design = self.problem.design
        counts = systematic(self.grid.weights, count, rng)
        share = min(1.0, WEIGHED_CELLS / (count * design.cells))
        nodes, columns = design.nodes, design.effects
        heavy = min(1.0, HEAVY / (nodes + columns)) if share == 1.0 else 0.0
        (path, effects), log_law = _noise(count, nodes, columns, heavy, rng)
        log_weight, weighed = np.zeros(count), np.zeros(count, bool)
        ends = np.cumsum(counts)
        for p in np.flatnonzero(counts):
            rows = slice(ends[p] - counts[p], ends[p])
            noise = Vector(path[rows], effects[rows])
            stacked = Vector(noise.path.T[None], noise.effects.T[None])
            away = self.mode.factor.at(np.array([p])).colour(stacked)
            path[rows] = self.centre.path[p] + away.path[0].T
            effects[rows] = self.centre.effects[p] + away.effects[0].T
            some = slice(rows.start, rows.start + int(np.ceil(counts[p] * share)))
            weighed[some] = True
            exact = self._log_exact(p, Vector(path[some], effects[some]))
            log_weight[some] = exact - log_law[some]
        point = np.repeat(np.arange(counts.size), counts)
        log_root = 0.5 * self.mode.factor.log_determinant()
        log_weight -= (log_root + self.mode.log_evidence)[point]
        order = rng.permutation(count)
        kept = order[weighed[order]]
        return Candidates(
            Vector(path[order], effects[order]), point[order], log_weight[kept]
        )

    def _log_exact(self, p: np.integer, field: Vector) -> FloatArray:
        """Log density of data and fields at one point, shape (count,)."""
        problem, one = self.problem, np.array([p])
        theta, prior = self.grid.points[one], self.prior.at(one)
        away = Vector(field.path - problem.path.mean, field.effects)
        seen = problem.observed.see(problem.design.predict(field))
        told = problem.likelihood.value(
            seen.predictor, problem.dispersion(theta, seen), problem.found_at(theta)
        )
        log_prior = prior.log_constant - 0.5 * away.dot(prior.pull(away))
        return told.sum(axis=1) + log_prior


def systematic(
    weights: Float[np.ndarray, " n"], draws: int, rng: np.random.Generator
) -> IntArray:
    """How many of some draws fall to each point, by systematic resampling.

    Parameters
    ----------
    weights : ndarray, shape (n,)
        Not negative.
    draws : int
        How many in all.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of int, shape (n,)
        They sum to ``draws``.

    Examples
    --------
    >>> systematic(np.array([0.5, 0.5]), 4, np.random.default_rng(1))
    array([2, 2])
    """
    edges = np.floor(np.cumsum(weights) / weights.sum() * draws + rng.random())
    edges[-1] = draws
    return np.diff(np.minimum(edges, draws), prepend=0).astype(int)


def _noise(
    count: int, nodes: int, effects: int, heavy: float, rng: np.random.Generator
) -> tuple[Vector, FloatArray]:
    """Round noise, a share of it with heavy tails, and its log density (count,)."""
    size, half = nodes + effects, 0.5 * (TAILS + nodes + effects)
    spread = np.sqrt(TAILS / rng.chisquare(TAILS, count))
    spread[rng.random(count) >= heavy] = 1.0
    noise = Vector(
        spread[:, None] * rng.standard_normal((count, nodes)),
        spread[:, None] * rng.standard_normal((count, effects)),
    )
    square = noise.dot(noise)
    log_normal = -0.5 * (square + size * np.log(2 * np.pi))
    log_t = special.gammaln(half) - special.gammaln(0.5 * TAILS)
    log_t -= 0.5 * size * np.log(TAILS * np.pi)
    log_t = log_t - half * np.log1p(square / TAILS)
    with np.errstate(divide="ignore"):
        log_share = np.log([1 - heavy, heavy])
    return noise, np.logaddexp(log_share[0] + log_normal, log_share[1] + log_t)


def _mean(problem: Problem, theta: FloatArray, mode: Mode) -> Vector:
    """First-order mean of the field: the mode, moved by the skewness there.

    Spans keep the mode: how their curvature moves is not worked out.
    """
    if problem.observed.spans:
        return mode.field
    return mode.field.moved(sway(problem, theta, mode).field, np.full(len(theta), -0.5))


def _within_cells(point: IntArray, grid: Grid, rng: np.random.Generator) -> FloatArray:
    """Spread draws over the cells of their grid points, shape (draws, m).

    A cell is some standard deviations wide, so spreading alone would add a twelfth
    of its square to the variance. On a grid each axis is given its interpolated law;
    among scattered points drawing in towards the mode takes the excess away.
    """
    mode = grid.points[0]
    spread = rng.uniform(-0.5, 0.5, (point.size, mode.size))
    if grid.cell is None:
        away = grid.points[point] - mode + spread @ grid.axes.T
        return mode + away / np.sqrt(1 + grid.mesh.step**2 / 12)
    place = grid.cell[point] + spread
    for j, cell in enumerate(grid.cell.T):
        place[:, j] = Marginal.of(cell, grid.weights).matched(place[:, j])
    return mode + place @ grid.axes.T


def _joined(one: Candidates, other: Candidates) -> Candidates:
    """All candidates of both."""
    return Candidates(
        Vector(
            np.concatenate([one.field.path, other.field.path]),
            np.concatenate([one.field.effects, other.field.effects]),
        ),
        np.concatenate([one.point, other.point]),
        np.concatenate([one.log_weight, other.log_weight]),
    )

"""Gaussians from which candidates for the field are drawn, one a grid point."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.engine import expectation
from conflictstats.numerics.engine.bordered import Factor, Vector
from conflictstats.numerics.engine.evidence import sway
from conflictstats.numerics.engine.grid import Grid
from conflictstats.numerics.engine.mode import Mode, find_mode
from conflictstats.numerics.engine.problem import FieldPrior, Problem
from conflictstats.numerics.engine.survey import Survey

WEIGHED_CELLS = 4_000_000
"""Cells of draws at which the approximation is compared with the exact density."""
NEGLIGIBLE = 1e-6
"""Weight of a grid point that may be without a mode."""
HEAVY = 60.0
"""Size of a field up to which all candidates have the tails of Student's t; of larger
fields, which are nearer to their Gaussian, this many in each size."""
TAILS = 4.0
"""Degrees of freedom of that law."""


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

    def joined(self, other: "Candidates") -> "Candidates":
        """All of both, where all were weighed.

        Parameters
        ----------
        other : Candidates
            From the same proposal.

        Returns
        -------
        Candidates
            These first.
        """
        paths = np.concatenate([self.field.path, other.field.path])
        effects = np.concatenate([self.field.effects, other.field.effects])
        return Candidates(
            Vector(paths, effects),
            np.concatenate([self.point, other.point]),
            np.concatenate([self.log_weight, other.log_weight]),
        )


class Gaussians(NamedTuple):
    """Approximations of the field, one a grid point.

    Attributes
    ----------
    top, centre : Vector
        Where they were laid, and their means.
    factors : tuple of Factor
        Of their precisions, a stack of one each: those of large fields are not copied.
    log_determinant : ndarray, shape (points,)
        Of their precisions.
    log_evidence : ndarray, shape (points,)
        Log probability of the observations by each.
    converged : ndarray of bool, shape (points,)
        Whether each was found.
    """

    top: Vector
    centre: Vector
    factors: tuple[Factor, ...]
    log_determinant: FloatArray
    log_evidence: FloatArray
    converged: BoolArray

    @classmethod
    def joined(cls, parts: Sequence["Gaussians"]) -> "Gaussians":
        """Those of all parts, one after the other.

        Parameters
        ----------
        parts : sequence of Gaussians
            At least one.

        Returns
        -------
        Gaussians
            All of them.
        """
        return cls(
            Vector(*_chained([part.top for part in parts])),
            Vector(*_chained([part.centre for part in parts])),
            tuple(factor for part in parts for factor in part.factors),
            np.concatenate([part.log_determinant for part in parts]),
            np.concatenate([part.log_evidence for part in parts]),
            np.concatenate([part.converged for part in parts]),
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
    laws : Gaussians
        The approximations there.
    """

    problem: Problem
    grid: Grid
    prior: FieldPrior
    laws: Gaussians

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
        parts = []
        for rows in _stacks(problem, grid):
            theta = grid.points[rows]
            mode = find_mode(problem, theta, grid.fields.at(rows))
            parts.append(_law(mode, _mean(problem, theta, mode)))
        prior = problem.field_prior(grid.points)
        return cls(problem, grid, prior, Gaussians.joined(parts))

    @property
    def converged(self) -> bool:
        """Whether every point with weight has its mode."""
        return bool(self.laws.converged[self.grid.weights > NEGLIGIBLE].all())

    def nearest(self) -> "Proposal":
        """Replace Gaussians at the modes by those with the moments of the reports.

        Returns
        -------
        Proposal
            With the points weighed by the evidence that these find.
        """
        grid, parts = self.grid, []
        for rows in _stacks(self.problem, grid):
            theta = grid.points[rows]
            mode = find_mode(self.problem, theta, self.laws.top.at(rows))
            near = expectation.nearest(self.problem, theta, mode)
            parts.append(_law(near, near.field))
        laws = Gaussians.joined(parts)
        log_gain = laws.log_evidence - self.laws.log_evidence
        log_gain = np.where(np.isfinite(log_gain), log_gain, -np.inf)
        total = float(special.logsumexp(log_gain, b=grid.weights))
        moved = replace(
            grid,
            weights=grid.weights * np.exp(log_gain - total),
            log_evidence=grid.log_evidence + total,
        )
        return self._replace(grid=moved, laws=laws)

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
            away = self.laws.factors[p].colour(stacked)
            path[rows] = self.laws.centre.path[p] + away.path[0].T
            effects[rows] = self.laws.centre.effects[p] + away.effects[0].T
            some = slice(rows.start, rows.start + int(np.ceil(counts[p] * share)))
            weighed[some] = True
            exact = self._log_exact(p, Vector(path[some], effects[some]))
            log_weight[some] = exact - log_law[some]
        point = np.repeat(np.arange(counts.size), counts)
        log_root = 0.5 * self.laws.log_determinant
        log_weight -= (log_root + self.laws.log_evidence)[point]
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
        at = problem.dispersion(theta, seen), problem.found_at(theta)
        with np.errstate(over="ignore", invalid="ignore"):
            told = problem.likelihood.value(seen.predictor, *at).sum(axis=1)
        log_prior = prior.log_constant - 0.5 * away.dot(prior.pull(away))
        return np.where(np.isfinite(told), told, -np.inf) + log_prior


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


def _stacks(problem: Problem, grid: Grid) -> list[IntArray]:
    """Numbers of the points of a grid, in stacks that fit into memory."""
    step, count = Survey(problem).largest_stack, len(grid.points)
    return [np.arange(i, min(i + step, count)) for i in range(0, count, step)]


def _law(mode: Mode, centre: Vector) -> Gaussians:
    """Gaussians of some modes around their means."""
    factor, count = mode.factor, len(mode.converged)
    each = (
        np.split(part, count) for part in (factor.main, factor.reach, factor.corner)
    )
    return Gaussians(
        mode.field,
        centre,
        tuple(Factor(*parts) for parts in zip(*each, strict=True)),
        factor.log_determinant(),
        mode.log_evidence,
        mode.converged,
    )


def _chained(parts: Sequence[tuple[FloatArray, ...]]) -> list[FloatArray]:
    """Each array of the first part, followed by those of the others."""
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


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

"""The posterior density of the hyperparameters of one or many series, and its tops."""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.evidence import Spread, gradient, joined, settle
from conflictstats.numerics.engine.mode import find_mode
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.engine.search import TOLERANCE, Tolerance

NEAR = Tolerance(1e-4, 1e-3)
"""Of modes at which spreads are asked: the step that is left is worked out."""
FARTHEST = 12.0
"""Hyperparameters beyond this lose density fast: a walk with steps of e^-12 is constant
already, and its precision matrix nearly singular."""
OUT_OF_REACH = -1e12
FLATTEST = 1 / 9
"""Least curvature of the log density that is believed; flatter axes are cut there."""
MOST_TURNS = 100
SHORTENINGS = 12
DIFFERENCE = 0.02
LARGEST_WORK = 200_000
"""Numbers in one array of a stack; larger stacks are cut."""


class Height(NamedTuple):
    """Log posterior density of hyperparameters, with where the field then peaks.

    Attributes
    ----------
    value : ndarray, shape (stack,)
        Log evidence plus log prior.
    slope : ndarray, shape (stack, m)
        Its gradient; zero where it was not asked for.
    field : Vector
        Modes of the field.
    spread : Spread, optional
        Means and variances of the predictors; None where they were not asked for.
    """

    value: FloatArray
    slope: FloatArray
    field: Vector
    spread: Spread | None = None


@runtime_checkable
class Surface(Protocol):
    """A log posterior density of hyperparameters, on whatever scale."""

    def look(
        self,
        theta: Float[np.ndarray, "stack m"],
        series: Int[np.ndarray, " stack"],
        start: Vector,
        *,
        slopes: bool = False,
    ) -> Height:
        """Evaluate it.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Hyperparameters.
        series : ndarray of int, shape (stack,)
            The series that each is for.
        start : Vector
            Where to start the search for the field's mode.
        slopes : bool
            Whether to give gradients.

        Returns
        -------
        Height
            One for each of the stack.
        """
        ...


class Survey(NamedTuple):
    """The log posterior density of hyperparameters.

    Attributes
    ----------
    problem : Problem
        The model, with the data of all series.
    tolerance : Tolerance
        Of the field's modes, see
        :func:`~conflictstats.numerics.engine.mode.find_mode`.
    spreads : bool
        Whether spreads are given where slopes are not; the modes are then found by
        :data:`NEAR`.
    """

    problem: Problem
    tolerance: Tolerance = TOLERANCE
    spreads: bool = False

    @property
    def largest_stack(self) -> int:
        """How many of a stack are looked at together."""
        design = self.problem.design
        size = design.nodes * (self.problem.width + design.effects + 1) + design.cells
        return max(LARGEST_WORK // size, 1)

    def look(
        self,
        theta: Float[np.ndarray, "stack m"],
        series: Int[np.ndarray, " stack"],
        start: Vector,
        *,
        slopes: bool = False,
    ) -> Height:
        """Evaluate the density.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Hyperparameters.
        series : ndarray of int, shape (stack,)
            The series that each is for.
        start : Vector
            Where to start the search for the field's mode.
        slopes : bool
            Whether to give gradients.

        Returns
        -------
        Height
            One for each of the stack; ``OUT_OF_REACH`` where there is no mode.
        """
        chunk = self.largest_stack
        if len(theta) <= chunk:
            return self._look(theta, series, start, slopes)
        parts = []
        for i in range(0, len(theta), chunk):
            rows = np.arange(i, min(i + chunk, len(theta)))
            parts.append(self._look(theta[rows], series[rows], start.at(rows), slopes))
        return Height(
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.slope for part in parts]),
            Vector(
                np.concatenate([part.field.path for part in parts]),
                np.concatenate([part.field.effects for part in parts]),
            ),
            joined([part.spread for part in parts]),
        )

    def _look(
        self, theta: FloatArray, series: IntArray, start: Vector, slopes: bool
    ) -> Height:
        """Evaluate a stack that fits into memory."""
        inside = np.clip(theta, -FARTHEST, FARTHEST)
        beyond = theta - inside
        problem = self.problem.of_series(series)
        spreads = self.spreads and not slopes
        mode = find_mode(problem, inside, start, NEAR if spreads else self.tolerance)
        log_prior, prior_slope = problem.log_prior(inside)
        log_evidence, spread = mode.log_evidence, None
        if spreads:
            log_evidence, spread = settle(problem, inside, mode)
        value = log_evidence + log_prior - 100 * (beyond**2).sum(axis=1)
        usable = mode.converged & np.isfinite(value)
        slope = np.zeros_like(theta)
        if slopes:
            slope = gradient(problem, inside, mode) + prior_slope
            slope = np.where(beyond == 0, slope, -200 * beyond)
            slope = np.where(np.isfinite(slope) & usable[:, None], slope, 0.0)
        if usable.all():
            return Height(value, slope, mode.field, spread)
        value = np.where(usable, value, OUT_OF_REACH)
        field = Vector(
            np.where(usable[:, None], mode.field.path, start.path),
            np.where(usable[:, None], mode.field.effects, start.effects),
        )
        if spread is not None:
            spread = Spread(*(np.where(usable[:, None], part, 0) for part in spread))
        return Height(value, slope, field, spread)


def climb(
    survey: Surface,
    theta: Float[np.ndarray, "series m"],
    height: Height,
    steepest: float = 0.03,
    inverse: Float[np.ndarray, "m m"] | None = None,
) -> tuple[Float[np.ndarray, "series m"], Height]:
    """Find the tops by the BFGS method with shortened steps, all series in lockstep.

    Parameters
    ----------
    survey : Surface
        The density.
    theta : ndarray, shape (series, m)
        Where to start.
    height : Height
        The density there, with gradients.
    steepest : float
        Gradient, in posterior standard deviations, at which the search ends.
    inverse : ndarray, shape (m, m), optional
        Covariance of the hyperparameters to start with.

    Returns
    -------
    theta : ndarray, shape (series, m)
        The tops.
    height : Height
        The density there.
    """
    count, m = theta.shape
    inverses = np.tile(np.eye(m) if inverse is None else inverse, (count, 1, 1))
    live = np.arange(count)
    theta, state = theta.copy(), _copied(height)
    for _ in range(MOST_TURNS):
        step = np.einsum("sij,sj->si", inverses[live], state.slope[live])
        moving = (step * state.slope[live]).sum(axis=1) > steepest**2
        live, step = live[moving], step[moving]
        if not live.size:
            break
        step /= np.maximum(1, np.abs(step).max(axis=1, keepdims=True))
        before = theta[live], state.slope[live]
        climbed = _along(survey, theta, state, live, step)
        moved, turned = theta[live] - before[0], state.slope[live] - before[1]
        inverses[live] = _updated(inverses[live], moved, -turned)
        live = live[climbed]
    return theta, state


def _copied(height: Height) -> Height:
    """Arrays of its own."""
    field = Vector(height.field.path.copy(), height.field.effects.copy())
    return Height(height.value.copy(), height.slope.copy(), field)


def _along(
    survey: Surface,
    theta: FloatArray,
    state: Height,
    live: IntArray,
    step: FloatArray,
) -> BoolArray:
    """Move to points on the steps that do not lead down; which series found one."""
    todo, times = np.arange(len(live)), 1.0
    for _ in range(SHORTENINGS):
        series = live[todo]
        there = theta[series] + times * step[todo]
        new = survey.look(there, series, state.field.at(series), slopes=True)
        good = new.value >= state.value[series]
        some = series[good]
        theta[some] = there[good]
        state.value[some], state.slope[some] = new.value[good], new.slope[good]
        state.field.path[some], state.field.effects[some] = new.field.at(good)
        todo, times = todo[~good], times / 3
        if not todo.size:
            break
    return ~np.isin(np.arange(len(live)), todo)


def _updated(inverse: FloatArray, moved: FloatArray, turned: FloatArray) -> FloatArray:
    """BFGS update of the inverse Hessians of minus the density, (series, m, m)."""
    product = (moved * turned).sum(axis=1)
    good = product > 1e-10
    rho = (1 / np.where(good, product, 1.0))[:, None, None]
    identity = np.eye(moved.shape[1])
    left = identity - rho * moved[:, :, None] * turned[:, None, :]
    new = left @ inverse @ np.swapaxes(left, 1, 2)
    new += rho * moved[:, :, None] * moved[:, None, :]
    return np.where(good[:, None, None], new, inverse)


def standard_axes(
    survey: Surface,
    top: Float[np.ndarray, "series m"],
    height: Height,
    *,
    one_sided: bool = False,
) -> Float[np.ndarray, "series m m"]:
    """Columns one posterior standard deviation long, from the Hessian at the top.

    Parameters
    ----------
    survey : Surface
        The density.
    top : ndarray, shape (series, m)
        Its tops.
    height : Height
        The density there, with gradients.
    one_sided : bool
        Whether to look on one side of the top only, at half the cost.

    Returns
    -------
    ndarray, shape (series, m, m)
        Principal axes, as columns.
    """
    count, m = top.shape
    steps = np.eye(m) if one_sided else np.concatenate([np.eye(m), -np.eye(m)])
    rows = np.repeat(np.arange(count), len(steps))
    points = top[rows] + np.tile(DIFFERENCE * steps, (count, 1))
    around = survey.look(points, rows, height.field.at(rows), slopes=True)
    slope = around.slope.reshape(count, -1, m, m)
    down = height.slope[:, None] if one_sided else slope[:, 1]
    hessian = (down - slope[:, 0]) / (len(steps) / m * DIFFERENCE)
    hessian = (hessian + np.swapaxes(hessian, 1, 2)) / 2
    values, vectors = np.linalg.eigh(hessian)
    return vectors / np.sqrt(np.maximum(values, FLATTEST))[:, None, :]

"""Where the hyperparameters of one or many series have their posterior mass."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.evidence import gradient
from conflictstats.numerics.engine.mode import find_mode
from conflictstats.numerics.engine.problem import Problem

MOST_POINTS = 600
FARTHEST = 12.0
"""Hyperparameters beyond this lose density fast: a walk with steps of e^-12 is constant
already, and its precision matrix nearly singular."""
OUT_OF_REACH = -1e12
FLATTEST = 1 / 9
"""Least curvature of the log density that is believed; flatter axes are cut there."""
MOST_TURNS = 100
STEEPEST = 0.03
"""Gradient, in posterior standard deviations, at which the search for the top ends."""
DIFFERENCE = 0.02
LARGEST_WORK = 200_000
"""Numbers in one array of a stack; larger stacks are cut."""


class Mesh(NamedTuple):
    """How fine a grid is, and how far it reaches.

    Attributes
    ----------
    step : float
        Width of a cell, in posterior standard deviations.
    drop : float
        Log density below its top at which the grid ends.
    """

    step: float
    drop: float


FINE = Mesh(1.0, 5.0)
"""For draws: a cell is narrow beside the law."""
COARSE = Mesh(1.5, 3.5)
"""For moments: sums over it are exact to the third digit for a normal law."""

FEW = 2
"""Hyperparameters of which a fine grid is cheap."""


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
    """

    value: FloatArray
    slope: FloatArray
    field: Vector


@dataclass(frozen=True, slots=True)
class Grid:
    """Points that carry the posterior of the hyperparameters of one series.

    Attributes
    ----------
    points : ndarray, shape (points, m)
        Where the log density was evaluated; the first is the mode.
    weights : ndarray, shape (points,)
        Posterior probability of each point's cell; sums to 1.
    axes : ndarray, shape (m, m)
        Edges of a cell, as columns.
    fields : Vector
        Modes of the field at the points.
    log_evidence : float
        Log of the integral of the density.
    mesh : Mesh
        How fine it is.
    complete : bool
        Whether it reached everywhere the density is within the mesh's drop of its top.
    """

    points: Float[np.ndarray, "points m"]
    weights: Float[np.ndarray, " points"]
    axes: Float[np.ndarray, "m m"]
    fields: Vector
    log_evidence: float
    mesh: Mesh
    complete: bool


def explore(
    problem: Problem,
    theta: Float[np.ndarray, "series m"],
    start: Vector,
    mesh: Mesh | None = None,
) -> list[Grid]:
    """Grid over the hyperparameters of every series, in their standardised axes.

    From the mode, found by a quasi-Newton method, the grid grows to every neighbour at
    which the log density is within ``mesh.drop`` of the top, so that skewed and bent
    densities are followed. All series are searched in lockstep.

    Parameters
    ----------
    problem : Problem
        The model, with the data of all series.
    theta : ndarray, shape (series, m)
        Where to look for the modes.
    start : Vector
        Where to look for the fields, shapes (series, n) and (series, p).
    mesh : Mesh, optional
        How fine the grid is; by default fine for two hyperparameters, else coarse.

    Returns
    -------
    list of Grid
        One for each series.

    References
    ----------
    .. [1] Rue, H., Martino, S. and Chopin, N. (2009). Approximate Bayesian inference
       for latent Gaussian models. *JRSS B* 71, 319-392, section 3.1.
       https://doi.org/10.1111/j.1467-9868.2008.00700.x
    """
    mesh = mesh or (FINE if theta.shape[1] <= FEW else COARSE)
    survey = Survey(problem)
    series = np.arange(len(theta))
    top, height = climb(survey, theta, survey.look(theta, series, start, slopes=True))
    axes = mesh.step * _standard_axes(survey, top, height)
    return _grow(survey, top, height, axes, mesh)


class Survey(NamedTuple):
    """The log posterior density of hyperparameters.

    Attributes
    ----------
    problem : Problem
        The model, with the data of all series.
    """

    problem: Problem

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
        design = self.problem.design
        size = design.nodes * (self.problem.width + design.effects + 1) + design.cells
        chunk = max(LARGEST_WORK // size, 1)
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
        )

    def _look(
        self, theta: FloatArray, series: IntArray, start: Vector, slopes: bool
    ) -> Height:
        """Evaluate a stack that fits into memory."""
        inside = np.clip(theta, -FARTHEST, FARTHEST)
        beyond = theta - inside
        problem = self.problem.of_series(series)
        mode = find_mode(problem, inside, start)
        log_prior, prior_slope = problem.log_prior(inside)
        value = mode.log_evidence + log_prior - 100 * (beyond**2).sum(axis=1)
        usable = mode.converged & np.isfinite(value)
        slope = np.zeros_like(theta)
        if slopes:
            slope = gradient(problem, inside, mode) + prior_slope
            slope = np.where(beyond == 0, slope, -200 * beyond)
            slope = np.where(np.isfinite(slope) & usable[:, None], slope, 0.0)
        value = np.where(usable, value, OUT_OF_REACH)
        field = Vector(
            np.where(usable[:, None], mode.field.path, start.path),
            np.where(usable[:, None], mode.field.effects, start.effects),
        )
        return Height(value, slope, field)


def climb(
    survey: Survey, theta: Float[np.ndarray, "series m"], height: Height
) -> tuple[Float[np.ndarray, "series m"], Height]:
    """Find the tops by the BFGS method with halved steps, all series in lockstep.

    Parameters
    ----------
    survey : Survey
        The density.
    theta : ndarray, shape (series, m)
        Where to start.
    height : Height
        The density there, with gradients.

    Returns
    -------
    theta : ndarray, shape (series, m)
        The tops.
    height : Height
        The density there.
    """
    count, m = theta.shape
    inverse = np.tile(np.eye(m), (count, 1, 1))
    live = np.arange(count)
    theta, value, slope = theta.copy(), height.value.copy(), height.slope.copy()
    field = Vector(height.field.path.copy(), height.field.effects.copy())
    for _ in range(MOST_TURNS):
        step = np.einsum("sij,sj->si", inverse[live], slope[live])
        gain = (step * slope[live]).sum(axis=1)
        moving = gain > STEEPEST**2
        live, step, gain = live[moving], step[moving], gain[moving]
        if not live.size:
            break
        step /= np.maximum(1, np.abs(step).max(axis=1, keepdims=True))
        there, new, climbed = _along(survey, theta, (value, field), live, step)
        moved, turned = there - theta[live], new.slope - slope[live]
        inverse[live] = _updated(inverse[live], moved, -turned)
        theta[live], value[live], slope[live] = there, new.value, new.slope
        field.path[live], field.effects[live] = new.field
        live = live[climbed]
    return theta, Height(value, slope, field)


def _along(
    survey: Survey,
    theta: FloatArray,
    state: tuple[FloatArray, Vector],
    live: IntArray,
    step: FloatArray,
) -> tuple[FloatArray, Height, BoolArray]:
    """Points on the steps that do not lead down, and which series found one."""
    value, field = state
    times = np.ones(len(live))
    for _ in range(12):
        there = theta[live] + times[:, None] * step
        new = survey.look(there, live, field.at(live), slopes=True)
        good = new.value >= value[live]
        if good.all():
            break
        times = np.where(good, times, times / 3)
    stay = ~good
    if stay.any():
        there = np.where(stay[:, None], theta[live], there)
        new = survey.look(there, live, field.at(live), slopes=True)
    return there, new, good


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


def _standard_axes(survey: Survey, top: FloatArray, height: Height) -> FloatArray:
    """Columns one posterior sd long, from the Hessian at the top, (series, m, m)."""
    count, m = top.shape
    rows = np.repeat(np.arange(count), 2 * m)
    moves = DIFFERENCE * np.concatenate([np.eye(m), -np.eye(m)])
    points = top[rows] + np.tile(moves, (count, 1))
    around = survey.look(points, rows, height.field.at(rows), slopes=True)
    up, down = np.swapaxes(around.slope.reshape(count, 2, m, m), 0, 1)
    hessian = (down - up) / (2 * DIFFERENCE)
    hessian = (hessian + np.swapaxes(hessian, 1, 2)) / 2
    values, vectors = np.linalg.eigh(hessian)
    return vectors / np.sqrt(np.maximum(values, FLATTEST))[:, None, :]


def _grow(
    survey: Survey, top: FloatArray, height: Height, axes: FloatArray, mesh: Mesh
) -> list[Grid]:
    """Points next to one that is within the drop of its top, ring after ring."""
    count, m = top.shape
    moves = np.concatenate([np.eye(m, dtype=int), -np.eye(m, dtype=int)])
    growing = [_Growing(top[s], height, s, mesh) for s in range(count)]
    while True:
        tasks = [task for one in growing for task in one.wanted(moves)]
        if not tasks:
            return [one.grid(axes[one.series]) for one in growing]
        series = np.array([task.series for task in tasks])
        steps = np.array([task.step for task in tasks], float)
        points = top[series] + np.einsum("sij,sj->si", axes[series], steps)
        start = Vector(
            np.stack([task.field.path for task in tasks]),
            np.stack([task.field.effects for task in tasks]),
        )
        found = survey.look(points, series, start)
        for i, task in enumerate(tasks):
            one = growing[task.series]
            one.add(task.step, found.value[i], points[i], found.field.at(i))


class _Task(NamedTuple):
    """A point to be looked at."""

    series: int
    step: tuple[int, ...]
    field: Vector


class _Growing:
    """The grid of one series while it grows."""

    def __init__(
        self, top: FloatArray, height: Height, series: int, mesh: Mesh
    ) -> None:
        centre = (0,) * top.size
        self.series, self.mesh = series, mesh
        self.values = {centre: float(height.value[series])}
        self.points = {centre: top}
        self.fields = {centre: height.field.at(series)}
        self.top = self.values[centre]
        self.frontier = [centre]

    def wanted(self, moves: IntArray) -> list[_Task]:
        """Neighbours of the frontier that were not looked at."""
        tasks: dict[tuple[int, ...], _Task] = {}
        if len(self.values) >= MOST_POINTS or self.top <= OUT_OF_REACH:
            return []
        for here in self.frontier:
            for move in moves:
                step = tuple(int(v) for v in move + here)
                if step not in self.values and step not in tasks:
                    back = tuple(int(v) for v in here - move)
                    tasks[step] = _Task(self.series, step, self._ahead(here, back))
        self.frontier = []
        return list(tasks.values())

    def _ahead(self, here: tuple[int, ...], back: tuple[int, ...]) -> Vector:
        """Where the field should be one step on, by how it came here."""
        field = self.fields[here]
        if back not in self.fields:
            return field
        behind = self.fields[back]
        return Vector(2 * field.path - behind.path, 2 * field.effects - behind.effects)

    def add(
        self, step: tuple[int, ...], value: float, point: FloatArray, field: Vector
    ) -> None:
        """Take in a point that was looked at."""
        self.values[step], self.points[step] = float(value), point
        self.fields[step] = field
        if value > self.top - self.mesh.drop:
            self.frontier.append(step)

    def grid(self, axes: FloatArray) -> Grid:
        """The grid as arrays."""
        log_weight = np.array(list(self.values.values()))
        weight = np.exp(log_weight - log_weight.max())
        cell = abs(float(np.linalg.det(axes)))
        return Grid(
            np.array(list(self.points.values())),
            weight / weight.sum(),
            axes,
            Vector(
                np.stack([field.path for field in self.fields.values()]),
                np.stack([field.effects for field in self.fields.values()]),
            ),
            float(np.log(weight.sum() * cell) + log_weight.max()),
            self.mesh,
            not self.frontier and self.top > OUT_OF_REACH,
        )

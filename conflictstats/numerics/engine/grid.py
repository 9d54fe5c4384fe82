"""A grid over the hyperparameters that grows to where their density is."""

import operator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.mode import TOLERANCE
from conflictstats.numerics.engine.normal_scale import NormalScale
from conflictstats.numerics.engine.survey import OUT_OF_REACH, Height, Survey

MOST_POINTS = 2000


class Mesh(NamedTuple):
    """How fine a grid is, and how far it reaches.

    Attributes
    ----------
    step : float
        Width of a cell, in posterior standard deviations.
    drop : float
        Log density below its top at which the grid ends.
    steepest : float
        Gradient, in posterior standard deviations, at which the search for the top
        ends.
    tolerance : float
        Of the field's modes, see
        :func:`~conflictstats.numerics.engine.mode.find_mode`.
    """

    step: float
    drop: float
    steepest: float = 0.03
    tolerance: float = TOLERANCE


FINE = Mesh(1.0, 7.0)
"""For draws: a cell is narrow beside the law, and where the data cannot tell a small
step from none the tail of its log is exponential, so that it is followed far."""
MEDIUM = Mesh(1.25, 6.0)
"""For draws over three hyperparameters, of which a fine grid has too many points."""
COARSE = Mesh(1.5, 3.5, 0.15, 1e-4)
"""For moments: sums over it are exact to the third digit for a normal law."""


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
    place : ndarray, shape (points, m)
        Where each point is: in cells from the mode, or on the normal scale.
    scale : NormalScale, optional
        The scale on which points were scattered; None for those of a grid.
    """

    points: Float[np.ndarray, "points m"]
    weights: Float[np.ndarray, " points"]
    axes: Float[np.ndarray, "m m"]
    fields: Vector
    log_evidence: float
    mesh: Mesh
    complete: bool
    place: Float[np.ndarray, "points m"]
    scale: NormalScale | None = None


def grow(
    survey: Survey,
    top: Float[np.ndarray, "series m"],
    height: Height,
    axes: Float[np.ndarray, "series m m"],
    mesh: Mesh,
) -> list[Grid]:
    """Points next to one that is within the drop of its top, ring after ring.

    Parameters
    ----------
    survey : Survey
        The density.
    top : ndarray, shape (series, m)
        Its tops.
    height : Height
        The density there.
    axes : ndarray, shape (series, m, m)
        One posterior standard deviation each, as columns.
    mesh : Mesh
        How fine the grid is.

    Returns
    -------
    list of Grid
        One for each series.
    """
    axes = mesh.step * axes
    count, m = top.shape
    either = np.concatenate([np.eye(m, dtype=int), -np.eye(m, dtype=int)])
    moves = [tuple(move) for move in either.tolist()]
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

    def wanted(self, moves: list[tuple[int, ...]]) -> list[_Task]:
        """Neighbours of the frontier that were not looked at."""
        tasks: dict[tuple[int, ...], _Task] = {}
        if len(self.values) >= MOST_POINTS or self.top <= OUT_OF_REACH:
            return []
        for here in self.frontier:
            for move in moves:
                step = tuple(map(operator.add, here, move))
                if step not in self.values and step not in tasks:
                    back = tuple(map(operator.sub, here, move))
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
            np.array(list(self.points), float),
        )

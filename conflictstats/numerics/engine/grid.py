"""A grid over the hyperparameters that grows to where their density is."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.evidence import Spread, joined
from conflictstats.numerics.engine.lattice import Lattice
from conflictstats.numerics.engine.normal_scale import NormalScale
from conflictstats.numerics.engine.search import TOLERANCE, Tolerance
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
    tolerance : Tolerance
        Of the field's modes, see
        :func:`~conflictstats.numerics.engine.mode.find_mode`.
    one_sided : bool
        Whether its axes come from gradients on one side of the top.
    """

    step: float
    drop: float
    steepest: float = 0.03
    tolerance: Tolerance = TOLERANCE
    one_sided: bool = False


FINE = Mesh(1.0, 7.0)
"""For draws: a cell is narrow beside the law, and where the data cannot tell a small
step from none the tail of its log is exponential, so that it is followed far."""
MEDIUM = Mesh(1.25, 6.0)
"""For draws over three hyperparameters, of which a fine grid has too many points."""
COARSE = Mesh(1.5, 3.5, 0.3, Tolerance(1e-4, 1e-8), one_sided=True)
"""For moments: sums over it are exact to the third digit for a normal law, wherever
its middle and its axes are; so these need not be exact."""


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
    spread : Spread, optional
        Means and variances of the predictors at the points.
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
    spread: Spread | None = None


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
    rows = np.arange(len(top))
    found = Lattice(rows, np.zeros(top.shape, int), top, height.value, height.field)
    spreads = [height.spread]
    frontier = np.flatnonzero(height.value > OUT_OF_REACH)
    complete = height.value > OUT_OF_REACH
    while frontier.size:
        full = np.bincount(found.series, minlength=len(top)) >= MOST_POINTS
        cut = full[found.series[frontier]]
        complete[found.series[frontier[cut]]] = False
        wanted = found.around(frontier[~cut])
        series = wanted.series
        if not series.size:
            break
        point = top[series] + np.einsum("sij,sj->si", axes[series], wanted.step)
        new = survey.look(point, series, wanted.start)
        near = new.value > height.value[series] - mesh.drop
        frontier = found.series.size + np.flatnonzero(near)
        found = found.joined(Lattice(series, wanted.step, point, new.value, new.field))
        spreads.append(new.spread)
    spread = joined(spreads)
    ends = np.bincount(found.series).cumsum()[:-1]
    return [
        _grid(found, spread, own, axes[s], mesh, complete=bool(complete[s]))
        for s, own in enumerate(np.split(found.series.argsort(kind="stable"), ends))
    ]


def _grid(
    found: Lattice,
    spread: Spread | None,
    own: IntArray,
    axes: FloatArray,
    mesh: Mesh,
    *,
    complete: bool,
) -> Grid:
    """The grid of one series."""
    log_weight = found.value[own]
    weight = np.exp(log_weight - log_weight.max())
    cell = abs(float(np.linalg.det(axes)))
    return Grid(
        found.point[own],
        weight / weight.sum(),
        axes,
        found.field.at(own),
        float(np.log(weight.sum() * cell) + log_weight.max()),
        mesh,
        complete,
        found.step[own].astype(float),
        spread=spread and Spread(*(part[own] for part in spread)),
    )

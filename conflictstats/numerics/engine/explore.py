"""Where the hyperparameters of one or many series have their posterior mass."""

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.cloud import scatter
from conflictstats.numerics.engine.grid import FINE, MEDIUM, Grid, Mesh, grow
from conflictstats.numerics.engine.normal_scale import NormalScale, NormalSurvey
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.engine.survey import (
    Height,
    Surface,
    Survey,
    climb,
    standard_axes,
)

FEW = 2
"""Hyperparameters over which a grid is always laid."""
CHEAP = 20_000
"""Steps of factoring a band, at one point, up to which a grid is laid over three."""
LARGE = 100_000
"""The same with the border of effects, from which on few points are scattered."""
MANY, FIRST = 64, 16
"""Series from which on the first show the others where to start, and how many do."""


def explore(
    problem: Problem,
    theta: Float[np.ndarray, "series m"],
    start: Vector,
    mesh: Mesh = FINE,
    *,
    spreads: bool = False,
) -> list[Grid]:
    """Weighted points over the hyperparameters of every series.

    From the mode, found by a quasi-Newton method, a grid in the standardised axes grows
    to every neighbour at which the log density is within ``mesh.drop`` of the top, so
    that skewed and bent densities are followed. Over more than three hyperparameters,
    and over three of a large field, points are scattered instead, on the scale on which
    the prior is normal. All series are searched in lockstep.

    Parameters
    ----------
    problem : Problem
        The model, with the data of all series.
    theta : ndarray, shape (series, m)
        Where to look for the modes.
    start : Vector
        Where to look for the fields, shapes (series, n) and (series, p).
    mesh : Mesh
        How fine the grid is.
    spreads : bool
        Whether to keep means and variances of the predictors at the points.

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
    survey, m = Survey(problem, mesh.tolerance, spreads), theta.shape[1]
    cheap = problem.design.nodes * problem.width**2 <= CHEAP
    if m <= FEW or (m == FEW + 1 and cheap):
        top, height, axes = _top(survey, theta, start, mesh)
        if spreads:
            height = survey.look(top, np.arange(len(top)), height.field)
        return grow(
            survey, top, height, axes, MEDIUM if m > FEW and mesh == FINE else mesh
        )
    scaled = NormalSurvey(survey, NormalScale.of(problem.log_prior, m))
    top, height, axes = _top(scaled, scaled.scale.normal(theta), start, mesh)
    size = problem.design.nodes * (problem.width + problem.design.effects) ** 2
    return scatter(scaled, top, height, axes, large=size > LARGE)


def _top(
    survey: Surface, theta: FloatArray, start: Vector, mesh: Mesh
) -> tuple[FloatArray, Height, FloatArray]:
    """Tops of the density, and axes one posterior standard deviation long there."""
    theta, inverse = _common(survey, theta, start, mesh)
    height = survey.look(theta, np.arange(len(theta)), start, slopes=True)
    top, height = climb(survey, theta, height, mesh.steepest, inverse)
    axes = standard_axes(survey, top, height, one_sided=mesh.one_sided)
    return top, height, axes


def _common(
    survey: Surface, theta: FloatArray, start: Vector, mesh: Mesh
) -> tuple[FloatArray, FloatArray | None]:
    """Start and covariance for many series, from the first few of them."""
    if len(theta) < MANY:
        return theta, None
    few = np.arange(FIRST)
    height = survey.look(theta[few], few, start.at(few), slopes=True)
    top, height = climb(survey, theta[few], height, mesh.steepest)
    axes = np.median(standard_axes(survey, top, height) ** 2, axis=0)
    return np.tile(np.median(top, axis=0), (len(theta), 1)), np.diag(axes.sum(axis=1))

"""Where the hyperparameters of one or many series have their posterior mass."""

import numpy as np
from jaxtyping import Float

from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.cloud import scatter
from conflictstats.numerics.engine.grid import FINE, Grid, Mesh, grow
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.engine.survey import Survey, climb, standard_axes

FEW = 2
"""Hyperparameters over which a grid is laid; over more, points are scattered."""


def explore(
    problem: Problem,
    theta: Float[np.ndarray, "series m"],
    start: Vector,
    mesh: Mesh = FINE,
) -> list[Grid]:
    """Weighted points over the hyperparameters of every series.

    From the mode, found by a quasi-Newton method, a grid in the standardised axes grows
    to every neighbour at which the log density is within ``mesh.drop`` of the top, so
    that skewed and bent densities are followed. Over more than two hyperparameters
    points are scattered instead. All series are searched in lockstep.

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
    survey, series = Survey(problem), np.arange(len(theta))
    height = survey.look(theta, series, start, slopes=True)
    top, height = climb(survey, theta, height, mesh.steepest)
    axes = standard_axes(survey, top, height)
    if theta.shape[1] > FEW:
        return scatter(survey, top, height, axes)
    return grow(survey, top, height, axes, mesh)

"""Posterior means and standard deviations of many series, without draws."""

from typing import NamedTuple

import numpy as np

from conflictstats._typing import FloatArray
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.evidence import sway
from conflictstats.numerics.engine.grid import Grid
from conflictstats.numerics.engine.mode import find_mode
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.engine.survey import Survey

NEGLIGIBLE = 1e-3
"""Weight of grid points that are left out."""


class Moments(NamedTuple):
    """Mean and standard deviation of each cell's predictor and of hyperparameters.

    Attributes
    ----------
    mean, std_dev : ndarray, shape (series, cells)
        Of the linear predictors.
    theta, theta_sd : ndarray, shape (series, m)
        Of the hyperparameters.
    """

    mean: FloatArray
    std_dev: FloatArray
    theta: FloatArray
    theta_sd: FloatArray


def moments(problem: Problem, grids: list[Grid]) -> Moments:
    r"""Mix the moments of the field over the points of each series' grid.

    .. math:: \mathrm{E}\,\eta = \sum_g w_g m_g, \qquad
              \operatorname{Var}\eta = \sum_g w_g (v_g + m_g^2) - (\mathrm{E}\,\eta)^2

    with :math:`m_g` the first-order mean, the mode moved by the skewness there.

    Parameters
    ----------
    problem : Problem
        The model without spans, with the data of all series.
    grids : list of Grid
        One for each series.

    Returns
    -------
    Moments
        Of all series.
    """
    series, cells, m = len(grids), problem.design.cells, grids[0].points.shape[1]
    first, second = np.zeros((2, series, cells))
    theta, theta_square = np.zeros((2, series, m))
    kept = [np.flatnonzero(grid.weights > NEGLIGIBLE) for grid in grids]
    owner = np.repeat(np.arange(series), [rows.size for rows in kept])
    chunk = Survey(problem).largest_stack
    pairs = list(zip(owner, np.concatenate(kept), strict=True))
    for i in range(0, len(pairs), chunk):
        part = pairs[i : i + chunk]
        own = owner[i : i + chunk]
        point = np.stack([grids[s].points[g] for s, g in part])
        field = Vector(
            np.stack([grids[s].fields.path[g] for s, g in part]),
            np.stack([grids[s].fields.effects[g] for s, g in part]),
        )
        weight = np.array([grids[s].weights[g] for s, g in part])[:, None]
        some = problem.of_series(own)
        mode = find_mode(some, point, field, grids[0].mesh.tolerance)
        pull = sway(some, point, mode)
        centre = mode.field.moved(pull.field, np.full(len(part), -0.5))
        eta = problem.design.predict(centre)
        spread = problem.design.variance(mode.factor, pull.inside)
        np.add.at(first, own, weight * eta)
        np.add.at(second, own, weight * (spread + eta**2))
        np.add.at(theta, own, weight * point)
        np.add.at(theta_square, own, weight * point**2)
    total = np.array(
        [grid.weights[rows].sum() for grid, rows in zip(grids, kept, strict=True)]
    )
    mean, centre_theta = first / total[:, None], theta / total[:, None]
    return Moments(
        mean,
        np.sqrt(second / total[:, None] - mean**2),
        centre_theta,
        np.sqrt(np.maximum(theta_square / total[:, None] - centre_theta**2, 0)),
    )

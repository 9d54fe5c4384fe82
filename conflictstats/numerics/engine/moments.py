"""Posterior means and standard deviations of many series, without draws."""

from typing import NamedTuple, cast

import numpy as np

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.numerics.engine.evidence import Spread
from conflictstats.numerics.engine.grid import Grid


class Moments(NamedTuple):
    """Mean and standard deviation of each cell's predictor and of hyperparameters.

    Attributes
    ----------
    mean, std_dev : ndarray, shape (series, cells)
        Of the linear predictors.
    theta, theta_sd : ndarray, shape (series, m)
        Of the hyperparameters.
    log_evidence : ndarray, shape (series,)
        Log probability of the observations.
    complete : ndarray of bool, shape (series,)
        Whether the points reached everywhere that counts.
    """

    mean: FloatArray
    std_dev: FloatArray
    theta: FloatArray
    theta_sd: FloatArray
    log_evidence: FloatArray
    complete: BoolArray


def moments(grids: list[Grid]) -> Moments:
    r"""Mix the moments of the field over the points of each series' grid.

    .. math:: \mathrm{E}\,\eta = \sum_g w_g m_g, \qquad
              \operatorname{Var}\eta = \sum_g w_g (v_g + m_g^2) - (\mathrm{E}\,\eta)^2

    with :math:`m_g` the first-order mean, the mode moved by the skewness there.

    Parameters
    ----------
    grids : list of Grid
        One for each series, with their spreads.

    Returns
    -------
    Moments
        Of all series.
    """
    mean, std_dev, theta, theta_sd = map(
        np.stack, zip(*map(_mixed, grids), strict=True)
    )
    return Moments(
        mean,
        std_dev,
        theta,
        theta_sd,
        np.array([grid.log_evidence for grid in grids]),
        np.array([grid.complete for grid in grids]),
    )


def _mixed(grid: Grid) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Moments of one series."""
    spread, weight = cast(Spread, grid.spread), grid.weights
    mean, theta = weight @ spread.mean, weight @ grid.points
    square = weight @ (spread.variance + (spread.mean - mean) ** 2)
    theta_square = weight @ (grid.points - theta) ** 2
    return mean, np.sqrt(square), theta, np.sqrt(theta_square)

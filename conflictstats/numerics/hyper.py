"""Integrating over the few hyperparameters of a latent Gaussian model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import optimize

from conflictstats._typing import FloatArray

STEP = 1.0
DROP = 5.0
MOST_POINTS = 600
DIFFERENCE = 0.02


@dataclass(frozen=True, slots=True)
class HyperGrid:
    """Points that carry the posterior of the hyperparameters.

    Attributes
    ----------
    points : ndarray, shape (points, k)
        Where the log density was evaluated.
    weights : ndarray, shape (points,)
        Posterior probability of each point's cell; sums to 1.
    axes : ndarray, shape (k, k)
        Edges of a cell, as columns.
    log_evidence : float
        Log of the integral of the density.
    complete : bool
        Whether the grid reached everywhere the density is within ``DROP`` of its top.
    """

    points: FloatArray
    weights: FloatArray
    axes: FloatArray
    log_evidence: float
    complete: bool


def integrate(
    log_density: Callable[[FloatArray], float], start: Float[np.ndarray, " k"]
) -> HyperGrid:
    """Grid over a log density in the standardised axes around its mode.

    From the mode, found by BFGS, the grid grows to every neighbour at which the log
    density is within ``DROP`` of the top, so that skewed and bent densities are
    followed.

    Parameters
    ----------
    log_density : callable
        Of an array of shape (k,), up to a constant.
    start : ndarray, shape (k,)
        Where to look for the mode.

    Returns
    -------
    HyperGrid
        Points, weights and the evidence.

    References
    ----------
    .. [1] Rue, H., Martino, S. and Chopin, N. (2009). Approximate Bayesian inference
       for latent Gaussian models. *JRSS B* 71, 319-392, section 3.1.
       https://doi.org/10.1111/j.1467-9868.2008.00700.x

    Examples
    --------
    The log evidence of a standard normal in two dimensions is log(2 pi):

    >>> grid = integrate(lambda at: float(-0.5 * at @ at), np.ones(2))
    >>> float(round(grid.log_evidence - np.log(2 * np.pi), 2))
    -0.01
    """
    mode = optimize.minimize(
        lambda at: -log_density(at),
        start,
        method="BFGS",
        options={"gtol": 1e-2, "eps": 1e-4, "maxiter": 100},
    ).x
    axes = STEP * _standard_axes(log_density, mode)
    heights, complete = _grow(lambda at: log_density(mode + axes @ at), mode.size)
    log_weight = np.array(list(heights.values()))
    largest = log_weight.max()
    weight = np.exp(log_weight - largest)
    cell = abs(float(np.linalg.det(axes)))
    return HyperGrid(
        mode + np.array(list(heights)) @ axes.T,
        weight / weight.sum(),
        axes,
        float(np.log(weight.sum()) + largest + np.log(cell)),
        complete,
    )


def _grow(
    height_at: Callable[[FloatArray], float], k: int
) -> tuple[dict[tuple[int, ...], float], bool]:
    """Heights on all grid points next to one that is within DROP of the top."""
    centre = (0,) * k
    heights = {centre: height_at(np.zeros(k))}
    frontier = [centre]
    steps = np.vstack([np.eye(k, dtype=int), -np.eye(k, dtype=int)])
    while frontier and len(heights) < MOST_POINTS:
        here = frontier.pop(0)
        for step in steps:
            neighbour = tuple(int(v) for v in np.add(here, step))
            if neighbour in heights:
                continue
            heights[neighbour] = height_at(np.array(neighbour, float))
            if heights[neighbour] > heights[centre] - DROP:
                frontier.append(neighbour)
    return heights, not frontier


def _standard_axes(
    log_density: Callable[[FloatArray], float], mode: FloatArray
) -> FloatArray:
    """Columns one posterior standard deviation long, from the Hessian at the mode."""
    k = mode.size
    moves = DIFFERENCE * np.eye(k)
    at = {}
    for i in range(k):
        for j in range(i + 1):
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                at[i, j, a, b] = log_density(mode + a * moves[i] + b * moves[j])
    hessian = np.zeros((k, k))
    for i in range(k):
        for j in range(i + 1):
            cross = (
                at[i, j, 1, 1] - at[i, j, 1, -1] - at[i, j, -1, 1] + at[i, j, -1, -1]
            )
            hessian[i, j] = hessian[j, i] = -cross / (4 * DIFFERENCE**2)
    values, vectors = np.linalg.eigh(hessian)
    return vectors / np.sqrt(np.clip(values, 1 / 9, None))

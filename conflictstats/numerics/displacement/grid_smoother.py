"""A random walk seen through any likelihoods: exact, by sums over a grid."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray

FARTHEST = 10.0
"""Standard deviations of a step beyond which nothing is left."""

HARDLY = 1e-14
"""Part of the highest density below which a point is not drawn."""


class Walk(NamedTuple):
    """A Gaussian random walk over T dates.

    Attributes
    ----------
    first : tuple of float
        Mean and standard deviation at the first date.
    drift, sd : ndarray, shape (T - 1,)
        Mean and standard deviation of each step.
    """

    first: tuple[float, float]
    drift: FloatArray
    sd: FloatArray


class Smoothed(NamedTuple):
    """What is known of the walk.

    Attributes
    ----------
    filtered, density : ndarray, shape (T, G)
        Densities at each date, given what came until then, and given everything.
    log_evidence : float
        Log density of all that was seen; minus infinity where nothing can have been.
    """

    filtered: FloatArray
    density: FloatArray
    log_evidence: float


def smooth(
    walk: Walk, grid: Float[np.ndarray, " G"], log_seen: Float[np.ndarray, "T G"]
) -> Smoothed:
    r"""Filter forwards and backwards.

    .. math:: \alpha_t(x) \propto p(y_t \mid x) \int N(x; x' + d_t, s_t^2)\,
              \alpha_{t-1}(x')\, dx', \qquad
              \beta_t(x) = \int N(x'; x + d_{t+1}, s_{t+1}^2)\, p(y_{t+1} \mid x')\,
              \beta_{t+1}(x')\, dx'

    by sums over an even grid, which for Gaussians three points a standard deviation
    wide are exact to rounding.

    Parameters
    ----------
    walk : Walk
        Over T dates.
    grid : ndarray, shape (G,)
        Even, and wide enough that hardly anything lies beyond.
    log_seen : ndarray, shape (T, G)
        Log likelihood of what was seen at each date; 0 where nothing was.

    Returns
    -------
    Smoothed
        Densities and evidence.

    Examples
    --------
    One number seen with the error that is known beforehand halves the variance:

    >>> grid = np.linspace(-12, 12, 2401)
    >>> walk = Walk((0.0, 1.0), np.zeros(0), np.zeros(0))
    >>> seen = -0.5 * (grid[None] - 2) ** 2
    >>> found = smooth(walk, grid, seen)
    >>> mean = (found.density[0] * grid).sum() * 0.01
    >>> round(float(mean), 6)
    1.0
    """
    step = float(grid[1] - grid[0])
    seen, heights = _scaled(log_seen)
    filtered, log_evidence = np.empty(log_seen.shape), float(heights.sum())
    ahead = _normal(grid - walk.first[0], walk.first[1])
    for t, likelihood in enumerate(seen):
        if t:
            ahead = _spread(filtered[t - 1], walk.drift[t - 1], walk.sd[t - 1], step)
        joint = likelihood * ahead
        mass = joint.sum() * step
        if not mass > 0:
            return Smoothed(filtered, filtered, -np.inf)
        filtered[t] = joint / mass
        log_evidence += float(np.log(mass))
    density, back = filtered.copy(), np.ones(grid.size)
    for t in range(len(seen) - 2, -1, -1):
        back = _spread(seen[t + 1] * back, -walk.drift[t], walk.sd[t], step)
        back /= back.max()
        joint = filtered[t] * back
        density[t] = joint / (joint.sum() * step)
    return Smoothed(filtered, density, log_evidence)


def paths(
    walk: Walk,
    grid: Float[np.ndarray, " G"],
    filtered: Float[np.ndarray, "T G"],
    uniform: Float[np.ndarray, "draws T"],
) -> Float[np.ndarray, "draws T"]:
    """Joint draws of the walk, backwards from its last date.

    Parameters
    ----------
    walk : Walk
        Over T dates.
    grid : ndarray, shape (G,)
        As given to :func:`smooth`.
    filtered : ndarray, shape (T, G)
        As it returned them.
    uniform : ndarray, shape (draws, T)
        Evenly between 0 and 1.

    Returns
    -------
    ndarray, shape (draws, T)
        Values between points of the grid too.
    """
    found = np.empty(uniform.shape)
    for t in range(len(filtered) - 1, -1, -1):
        held = np.flatnonzero(filtered[t] > HARDLY * filtered[t].max())
        some = slice(held[0], held[-1] + 1)
        weights = np.broadcast_to(
            filtered[t, some], (len(uniform), some.stop - some.start)
        )
        if t < len(filtered) - 1:
            off = (found[:, t + 1, None] - grid[some] - walk.drift[t]) / walk.sd[t]
            weights = weights * np.exp(-0.5 * off**2)
        found[:, t] = _drawn(weights, grid[some], uniform[:, t])
    return found


def _scaled(log_seen: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Likelihoods of which the largest is 1, (T, G), and the logs of what that was."""
    highest = log_seen.max(axis=1)
    highest = np.where(np.isfinite(highest), highest, 0.0)
    return np.exp(log_seen - highest[:, None]), highest


def _normal(off: FloatArray, sd: float) -> FloatArray:
    """Density of a normal law, of the shape of ``off``."""
    return np.asarray(np.exp(-0.5 * (off / sd) ** 2) / (sd * np.sqrt(2 * np.pi)))


def _spread(density: FloatArray, drift: float, sd: float, step: float) -> FloatArray:
    """Density after one step of the walk, shape (G,)."""
    middle = round(drift / step)
    reach = min(int(np.ceil(FARTHEST * sd / step)) + 1, density.size - 1)
    off = step * np.arange(middle - reach, middle + reach + 1.0)
    moved = np.convolve(density, _normal(off - drift, sd) * step)
    begin = reach - middle
    padded = np.pad(moved, (max(-begin, 0), density.size + abs(middle)))
    return padded[max(begin, 0) :][: density.size]


def _drawn(weights: FloatArray, grid: FloatArray, uniform: FloatArray) -> FloatArray:
    """One value for each row of weights (draws, G), each point a step wide."""
    reached = np.cumsum(weights, axis=1)
    wanted = uniform * reached[:, -1]
    at = (reached < wanted[:, None]).sum(axis=1).clip(max=grid.size - 1)
    rows = np.arange(len(weights))
    inside = 1 - (reached[rows, at] - wanted) / weights[rows, at]
    step = grid[1] - grid[0] if grid.size > 1 else 0.0
    return grid[at] + step * (inside - 0.5)

"""Where draws fall apart into regions between which hardly any lie."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from scipy import signal

from conflictstats._typing import FloatArray

GRID = 512
FAR = 0.002
"""Probability beyond either end of the grid."""
SMALLEST_SHARE = 0.05
"""Share of the draws below which a hill is a tail and no region."""
DEEPEST = 0.75
"""Density of a valley, as a part of the lower hill beside it, at most."""
ERRORS = 2.0
"""Standard errors by which a hill must stand above the valley."""
ROUGHNESS = 1 / (2 * np.sqrt(np.pi))
"""Integral of the square of the Gaussian kernel."""


def valleys(
    values: Float[np.ndarray, " draws"],
    effective: float,
    hills: Int[np.ndarray, " draws"] | None = None,
) -> FloatArray:
    r"""Values at which draws fall apart into regions.

    A Gaussian kernel density with the bandwidth of [1]_ for as many independent draws
    as these are worth; hills count where they hold a twentieth of the draws and stand
    above the valley by a quarter and by two standard errors,
    :math:`\sqrt{(\hat f_1 + \hat f_0) / (2 \sqrt{\pi} m h)}`.

    Parameters
    ----------
    values : ndarray, shape (draws,)
        Draws of all chains.
    effective : float
        Independent draws that these are worth.
    hills : ndarray of int, shape (draws,), optional
        Where each lies by an earlier look; the bandwidth is then that of the spread
        inside of the hills, because that of everything fills the valleys.

    Returns
    -------
    ndarray, shape (regions - 1,)
        Lowest points between hills, ascending; empty where there is one region.

    References
    ----------
    .. [1] Silverman, B. W. (1986). *Density Estimation for Statistics and Data
       Analysis*, section 3.4. https://doi.org/10.1201/9781315140919

    Examples
    --------
    Two normal laws, six standard deviations apart:

    >>> draws = np.random.default_rng(1).standard_normal(2000)
    >>> valleys(draws, 2000.0).size
    0
    >>> draws[:500] += 6
    >>> bool(abs(valleys(draws, 2000.0)[0] - 3) < 1)
    True
    """
    parts = (
        [values] if hills is None else [values[hills == h] for h in np.unique(hills)]
    )
    squares = [_spread(part) ** 2 * len(part) for part in parts]
    spread = float(np.sqrt(sum(squares) / len(values)))
    if not spread > 0:
        return np.empty(0)
    width = 0.9 * spread * effective**-0.2
    grid, density = _density(values, width)
    hills, _ = signal.find_peaks(density)
    while len(hills) > 1:
        lows = [a + int(np.argmin(density[a:b])) for a, b in pairwise(hills)]
        weak = _weakest(density[hills], density[lows], effective * width)
        if weak is None:
            weak = _smallest(values, grid[lows])
        if weak is None:
            return grid[lows]
        hills = np.delete(hills, weak)
    return np.empty(0)


def _weakest(tops: FloatArray, lows: FloatArray, mass: float) -> int | None:
    """Which hill stands least above a valley, if one is not clearly above it."""
    lower = np.arange(len(lows)) + (tops[1:] < tops[:-1])
    top = tops[lower]
    error = np.sqrt(ROUGHNESS * (top + lows) / mass)
    clear = (lows <= DEEPEST * top) & (top - lows > ERRORS * error)
    if clear.all():
        return None
    return int(lower[np.argmax(np.where(clear, -1.0, lows / top))])


def _smallest(values: FloatArray, cuts: FloatArray) -> int | None:
    """Which region holds the fewest draws, if one holds too few."""
    held = np.bincount(np.searchsorted(cuts, values), minlength=len(cuts) + 1)
    smallest = int(np.argmin(held))
    return smallest if held[smallest] < SMALLEST_SHARE * len(values) else None


def _spread(values: FloatArray) -> float:
    """Standard deviation, by the quartiles where that is smaller and not 0."""
    low, high = np.quantile(values, [0.25, 0.75])
    quartiles = float(high - low) / 1.349
    deviation = float(values.std())
    return min(deviation, quartiles) if quartiles > 0 else deviation


def _density(values: FloatArray, width: float) -> tuple[FloatArray, FloatArray]:
    """Grid of middles and the kernel density there, both of shape (grid,)."""
    low, high = np.quantile(values, [FAR, 1 - FAR])
    held, edges = np.histogram(values, GRID, (low - 4 * width, high + 4 * width))
    step = edges[1] - edges[0]
    reach = int(4 * width / step)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    smooth = np.convolve(held / len(values) / step, kernel / kernel.sum(), "same")
    return edges[:-1] + step / 2, smooth

"""Mode of a log density that is known with its gradient, many states at once."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy import optimize

from conflictstats._typing import FloatArray

UPHILL = 1e12
"""Height of places where the density cannot be computed."""
APART = 1e-5
"""Half the distance of the two gradients that a column of the curvature is from."""


def mode(
    density: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    start: Float[np.ndarray, " n"],
    held: Float[np.ndarray, " h"],
) -> Float[np.ndarray, " n_and_h"]:
    """Climb to the mode over the first entries of a state, the last ones held.

    Newton steps within a trust region; the curvature is by central differences of
    gradients, all of them in one call.

    Parameters
    ----------
    density : callable
        Gives log densities (chains,) and gradients (chains, k) at states (chains, k).
    start : ndarray, shape (n,)
        Where the search begins.
    held : ndarray, shape (k - n,)
        Entries after these, which stay as they are.

    Returns
    -------
    ndarray, shape (k,)
        State at the mode.
    """
    steps = APART * np.eye(start.size, start.size + held.size)
    sides = np.concatenate([steps, -steps])

    def height(free: FloatArray) -> tuple[float, FloatArray]:
        with np.errstate(all="ignore"):
            value, slope = density(np.append(free, held)[None])
        if not np.isfinite(value[0] + slope.sum()):
            return UPHILL, np.zeros_like(free)
        return -float(value[0]), -slope[0, : free.size]

    def curvature(free: FloatArray) -> FloatArray:
        slope = density(np.append(free, held) + sides)[1][:, : free.size]
        ahead, behind = np.split(slope, 2)
        return (behind - ahead + (behind - ahead).T) / (4 * APART)

    found = optimize.minimize(
        height, start, jac=True, hess=curvature, method="trust-exact"
    )
    return np.append(found.x, held)

"""From a law on the points of a grid to one without gaps."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy import interpolate

from conflictstats._typing import FloatArray, IntArray

PARTS = 64
"""Points at which a density is known between two of the grid."""
BEYOND = 3
"""Cells by which the outermost slope of a log density is followed."""
DEEPEST = 30.0
"""Log density below its top from which on it is no longer followed."""
SLOWEST = 0.5
"""Least fall of a log density from one cell to the next, outside of the grid."""


class Marginal(NamedTuple):
    r"""A density along one axis of a grid, interpolated on its log scale.

    Akima's cubics [1]_ go through a normal law without error and past a cliff without
    a swing. Draws of grid points that are spread evenly over cells have steps in their
    density, and are wider than it. The distribution :math:`\tilde F` of those is known,
    as is the interpolated one F: :math:`z \mapsto F^{-1}(\tilde F(z))` turns one into
    the other and moves no draw far.

    Attributes
    ----------
    edges : ndarray, shape (cells + 1,)
        Borders of the cells, in cells from the mode.
    stepped : ndarray, shape (cells + 1,)
        Distribution function there, of draws that are spread evenly.
    where : ndarray, shape (points,)
        Finer points.
    smooth : ndarray, shape (points,)
        Distribution function there, of the interpolated density.

    References
    ----------
    .. [1] Akima, H. (1970). A new method of interpolation and smooth curve fitting
       based on local procedures. *Journal of the ACM* 17, 589-602.
       https://doi.org/10.1145/321607.321609
    """

    edges: Float[np.ndarray, " borders"]
    stepped: Float[np.ndarray, " borders"]
    where: Float[np.ndarray, " points"]
    smooth: Float[np.ndarray, " points"]

    @classmethod
    def of(
        cls, cell: Int[np.ndarray, " points"], weight: Float[np.ndarray, " points"]
    ) -> "Marginal":
        """Sum and interpolate the weights of a grid along an axis.

        Parameters
        ----------
        cell : ndarray of int, shape (points,)
            Where each grid point is, in cells from the mode, without a gap.
        weight : ndarray, shape (points,)
            Its probability.

        Returns
        -------
        Marginal
            The law along that axis.
        """
        first, last = int(cell.min()), int(cell.max())
        mass = np.bincount(cell - first, weight, last - first + 1)
        log_mass = np.log(np.maximum(mass, np.finfo(float).tiny))
        cells = np.arange(first, last + 1)
        where = np.linspace(
            first - BEYOND, last + BEYOND, PARTS * (last - first + 2 * BEYOND) + 1
        )
        density = np.exp(_followed(cells, log_mass, where))
        smooth = np.cumsum(density)
        smooth -= 0.5 * (density + density[0])
        edges = np.concatenate([cells - 0.5, [last + 0.5]])
        stepped = np.concatenate([[0], np.cumsum(mass)])
        return cls(edges, stepped / stepped[-1], where, smooth / smooth[-1])

    def matched(self, place: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Move draws that were spread evenly over cells.

        Parameters
        ----------
        place : ndarray, shape (n,)
            In cells from the mode.

        Returns
        -------
        ndarray, shape (n,)
            Draws of the interpolated density.

        Examples
        --------
        >>> cell = np.arange(-6, 7)
        >>> law = Marginal.of(cell, np.exp(-0.5 * cell**2))
        >>> law.matched(np.array([0.0])).round(6)
        array([0.])
        """
        chance = np.interp(place, self.edges, self.stepped)
        return np.interp(chance, self.smooth, self.where)


def _followed(cells: IntArray, log_mass: FloatArray, where: FloatArray) -> FloatArray:
    """Log density between the points of a grid, and outwards by its last slopes."""
    if cells.size == 1:
        return -0.5 * (where - cells[0]) ** 2
    log_mass = np.maximum(log_mass, log_mass.max() - DEEPEST)
    inside = np.clip(where, cells[0], cells[-1])
    log = interpolate.Akima1DInterpolator(cells, log_mass)(inside)
    before = np.maximum(cells[0] - where, 0)
    after = np.maximum(where - cells[-1], 0)
    log -= before * max(log_mass[1] - log_mass[0], SLOWEST)
    return np.asarray(log - after * max(log_mass[-2] - log_mass[-1], SLOWEST))

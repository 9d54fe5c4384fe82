"""From the latent field to the linear predictor of each cell."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.engine.bordered import Bordered, Factor, Vector


class Pairs(NamedTuple):
    """Entries of a symmetric matrix over cells, each given once.

    Attributes
    ----------
    first, second : ndarray of int, shape (pairs,)
        Two cells; an entry with both alike is on the diagonal.
    value : ndarray, shape (stack, pairs)
        The entries.
    """

    first: IntArray
    second: IntArray
    value: FloatArray


@dataclass(frozen=True)
class Design:
    r"""Linear predictors :math:`\eta_j = \sum_s x_{node(j,s)} + b_{row(j)}'\beta`.

    Attributes
    ----------
    nodes : int
        Number of nodes of the path.
    node : ndarray of int, shape (cells, s)
        Nodes whose sum each cell sees.
    row : ndarray of int, shape (cells,)
        Row of ``border`` each cell has; several cells may share one.
    border : ndarray, shape (rows, p)
        Values that multiply the effects.
    """

    nodes: int
    node: Int[np.ndarray, "cells s"]
    row: Int[np.ndarray, " cells"]
    border: Float[np.ndarray, "rows p"]

    @classmethod
    def of_path(cls, nodes: int, border: FloatArray | None = None) -> "Design":
        """One cell a node.

        Parameters
        ----------
        nodes : int
            Number of nodes.
        border : ndarray, shape (nodes, p), optional
            What multiplies the effects in each cell.

        Returns
        -------
        Design
            With as many cells as nodes.
        """
        rows = np.arange(nodes)
        node = rows[:, None]
        if border is None:
            return cls(nodes, node, np.zeros(nodes, int), np.empty((1, 0)))
        return cls(nodes, node, rows, border)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.row)

    @property
    def effects(self) -> int:
        """Number of effects p."""
        return self.border.shape[1]

    @cached_property
    def plain(self) -> bool:
        """Whether cell j sees node j, and that alone of the path."""
        return self.node.shape == (self.nodes, 1) and bool(
            (self.node[:, 0] == np.arange(self.nodes)).all()
        )

    def predict(self, field: Vector) -> Float[np.ndarray, "*lead cells"]:
        """Linear predictor of every cell.

        Parameters
        ----------
        field : Vector
            Path and effects, with any leading axes.

        Returns
        -------
        ndarray, shape (*lead, cells)
            Predictors.
        """
        eta = field.path
        if not self.plain:
            eta = eta[..., self.node].sum(axis=-1)
        if self.effects:
            eta = eta + (field.effects @ self.border.T)[..., self.row]
        return eta

    def gradient(self, slope: Float[np.ndarray, "stack cells"]) -> Vector:
        """Gradient in the field, from that in the predictors.

        Parameters
        ----------
        slope : ndarray, shape (stack, cells)
            Derivatives in each cell's predictor.

        Returns
        -------
        Vector
            Derivatives in path and effects.
        """
        path = slope
        if not self.plain:
            spread = np.repeat(slope, self.node.shape[1], axis=1)
            path = _sum_at(self.node.ravel(), spread, self.nodes)
        effects = np.zeros((len(slope), 0))
        if self.effects:
            effects = _sum_at(self.row, slope, len(self.border)) @ self.border
        return Vector(path, effects)

    def curvature(
        self, weight: Float[np.ndarray, "stack cells"], pairs: Pairs | None, width: int
    ) -> Bordered:
        """Matrix of the quadratic form in the field, from that in the predictors.

        Parameters
        ----------
        weight : ndarray, shape (stack, cells)
            Diagonal of the form.
        pairs : Pairs, optional
            Its other entries.
        width : int
            Diagonals to keep of the band; see :meth:`reach`.

        Returns
        -------
        Bordered
            A'WA in blocks.
        """
        cells = np.arange(self.cells)
        entries = [Pairs(cells, cells, weight)]
        if pairs is not None:
            entries.append(pairs)
        if self.plain and pairs is None:
            band = np.zeros((len(weight), self.nodes, width))
            band[..., 0] = weight
        else:
            band = _total([self._band(part, width) for part in entries])
        if not self.effects:
            empty = np.zeros((len(weight), 0, 0))
            return Bordered(band, np.zeros((len(weight), self.nodes, 0)), empty)
        cross = _total([self._cross(part) for part in entries])
        corner = _total([self._corner(part) for part in entries])
        return Bordered(band, cross, corner)

    def reach(self, first: IntArray, second: IntArray) -> int:
        """Diagonals that a matrix needs when these cells are tied.

        Parameters
        ----------
        first, second : ndarray of int, shape (pairs,)
            Cells that one observation ties together.

        Returns
        -------
        int
            Half bandwidth plus one, with the ties within each cell.
        """
        far = [np.ptp(self.node, axis=1).max(initial=0)]
        if first.size:
            both = np.concatenate([self.node[first], self.node[second]], axis=1)
            far.append(np.ptp(both, axis=1).max())
        return int(max(far)) + 1

    def variance(
        self, factor: Factor, inside: Float[np.ndarray, "stack n k"]
    ) -> Float[np.ndarray, "stack cells"]:
        """Variance of each cell's predictor.

        Parameters
        ----------
        factor : Factor
            Of the field's precision.
        inside : ndarray, shape (stack, n, k)
            Its :meth:`~conflictstats.numerics.engine.bordered.Factor.
            inverse_within_band`.

        Returns
        -------
        ndarray, shape (stack, cells)
            Variances.
        """
        total = np.zeros((len(inside), self.cells))
        for one in self.node.T:
            for other in self.node.T:
                total += inside[:, np.minimum(one, other), np.abs(one - other)]
        if self.effects:
            covariance = factor.effect_covariance()
            spread = self.border @ covariance
            total += np.einsum("srp,rp->sr", spread, self.border)[:, self.row]
            tied = factor.reach @ np.swapaxes(spread, 1, 2)
            for one in self.node.T:
                total -= 2 * tied[:, one, self.row]
        return total

    def _band(self, pairs: Pairs, width: int) -> FloatArray:
        """Part of the band that belongs to some entries, (stack, n, width)."""
        band = np.zeros((len(pairs.value), self.nodes * width))
        same = pairs.first == pairs.second
        for one in self.node.T:
            for other in self.node.T:
                a, b = one[pairs.first], other[pairs.second]
                low, far = np.minimum(a, b), np.abs(a - b)
                times = np.where(same, np.where(far > 0, 0.5, 1.0), 1.0 + (far == 0))
                band += _sum_at(low * width + far, pairs.value * times, band.shape[1])
        return band.reshape(-1, self.nodes, width)

    def _cross(self, pairs: Pairs) -> FloatArray:
        """Ties of path and effects that belong to some entries, (stack, n, p)."""
        sides = [(pairs.first, pairs.second)]
        if not np.array_equal(*sides[0]):
            sides.append((pairs.second, pairs.first))
        parts = [
            self._tie(one[a], self.row[b], pairs.value, self.nodes)
            for one in self.node.T
            for a, b in sides
        ]
        return _total(parts)

    def _corner(self, pairs: Pairs) -> FloatArray:
        """Block of the effects that belongs to some entries, (stack, p, p)."""
        first, second = self.row[pairs.first], self.row[pairs.second]
        tied = self._tie(first, second, pairs.value, len(self.border))
        corner = self.border.T @ tied
        if np.array_equal(pairs.first, pairs.second):
            return corner
        return corner + np.swapaxes(corner, 1, 2)

    def _tie(
        self, where: IntArray, row: IntArray, value: FloatArray, size: int
    ) -> FloatArray:
        """Sum of value times border row at each place, shape (stack, size, p)."""
        rows = len(self.border)
        if np.array_equal(where, np.arange(size)) and np.array_equal(row, where):
            return value[..., None] * self.border[:size]
        table = _sum_at(where * rows + row, value, size * rows)
        return table.reshape(len(value), size, rows) @ self.border


def _sum_at(where: IntArray, value: FloatArray, size: int) -> FloatArray:
    """Sums of the values at each place, shape (stack, size)."""
    stack = len(value)
    index = where + size * np.arange(stack)[:, None]
    flat = np.bincount(index.ravel(), value.ravel(), size * stack)
    return flat.astype(float).reshape(stack, size)


def _total(parts: list[FloatArray]) -> FloatArray:
    """Sum of arrays of one shape, which is that of each."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total

"""Least squares with an effect for each origin and each destination, none a column.

The effects of the side with more levels have a diagonal block in the normal equations
and are eliminated exactly; what is left is a dense system of the side with fewer. It
costs one product of the table of pairs and one Cholesky factor, whatever the number of
rows, and unlike alternating projections it does not slow down where few pairs tie the
two sides together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy import linalg, sparse
from scipy.sparse import csgraph

from conflictstats._typing import FloatArray, IntArray


class Effects(NamedTuple):
    """Effects of levels for each of ``m`` columns.

    Attributes
    ----------
    first : ndarray, shape (levels of the first side, m)
        Effects of the first side.
    second : ndarray, shape (levels of the second side, m)
        Effects of the second side.
    """

    first: FloatArray
    second: FloatArray


@dataclass(frozen=True, slots=True)
class TwoWay:
    """Two sides of which each row has one level.

    Attributes
    ----------
    first, second : ndarray of int, shape (n,)
        Codes from 0, each level in some row; ``first`` has no more levels than
        ``second``.
    pair : ndarray of int, shape (n,)
        Number of the pair of levels of each row.
    where : ndarray of int, shape (2, pairs)
        Levels of each pair.
    free : ndarray of int
        Levels of the first side that are estimated: all but one of each group that
        pairs tie together, because a constant can move between the sides.
    """

    first: IntArray
    second: IntArray
    pair: IntArray
    where: IntArray
    free: IntArray

    @classmethod
    def of(cls, first: Int[np.ndarray, " n"], second: Int[np.ndarray, " n"]) -> TwoWay:
        """Find the pairs, and what they tie together.

        Parameters
        ----------
        first, second : ndarray of int, shape (n,)
            Codes from 0, each level in some row.

        Returns
        -------
        TwoWay
            Ready to be used with any weights.

        Examples
        --------
        Two groups that no row joins:

        >>> sides = TwoWay.of(np.array([0, 0, 1]), np.array([0, 1, 2]))
        >>> sides.free.size, sides.parameters
        (0, 3)
        """
        many = int(second.max()) + 1
        codes, pair = np.unique(first * many + second, return_inverse=True)
        where = np.array(np.divmod(codes, many))
        few = int(first.max()) + 1
        shape = (few + many, few + many)
        ties = sparse.coo_array(
            (np.ones(codes.size), (where[0], few + where[1])), shape
        )
        group = csgraph.connected_components(ties, directed=False)[1][:few]
        held = np.unique(group, return_index=True)[1]
        return cls(first, second, pair, where, np.setdiff1d(np.arange(few), held))

    def of_rows(self, rows: Int[np.ndarray, " m"]) -> TwoWay:
        """The same of some rows, levels that do not occur in them left out.

        Parameters
        ----------
        rows : ndarray of int, shape (m,)
            Which.

        Returns
        -------
        TwoWay
            With codes of its own.
        """
        first, second = (
            np.unique(codes[rows], return_inverse=True)[1]
            for codes in (self.first, self.second)
        )
        return TwoWay.of(first, second)

    @property
    def levels(self) -> tuple[int, int]:
        """Number of levels of the two sides."""
        return int(self.where[0].max()) + 1, int(self.where[1].max()) + 1

    @property
    def parameters(self) -> int:
        """Number of effects that can be estimated."""
        return self.free.size + self.levels[1]

    def effects(
        self, weight: Float[np.ndarray, " n"], columns: Float[np.ndarray, "n m"]
    ) -> Effects:
        """Effects that fit columns best.

        Parameters
        ----------
        weight : ndarray, shape (n,)
            Weights of the rows, above 0.
        columns : ndarray, shape (n, m)
            What is fitted.

        Returns
        -------
        Effects
            One set a column.

        Examples
        --------
        >>> sides = TwoWay.of(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
        >>> found = sides.effects(np.ones(4), np.array([[1.0], [2.0], [4.0], [5.0]]))
        >>> found.first.ravel(), found.second.ravel()
        (array([0., 3.]), array([1., 2.]))
        """
        few, many = self.levels
        weighted = weight[:, None] * columns
        sums = summed(self.first, weighted, few), summed(self.second, weighted, many)
        table = self._table(weight)
        inner = table.sum(axis=0)[:, None]
        first = np.zeros((few, columns.shape[1]))
        if self.free.size:
            rest = sums[0] - table @ (sums[1] / inner)
            factor = linalg.cho_factor(self._reduced(table))
            first[self.free] = linalg.cho_solve(factor, rest[self.free])
        return Effects(first, (sums[1] - table.T @ first) / inner)

    def residuals(
        self, weight: Float[np.ndarray, " n"], columns: Float[np.ndarray, "n m"]
    ) -> Float[np.ndarray, "n m"]:
        """What the effects leave of columns.

        Parameters
        ----------
        weight : ndarray, shape (n,)
            Weights of the rows, above 0.
        columns : ndarray, shape (n, m)
            What is fitted.

        Returns
        -------
        ndarray, shape (n, m)
            Residuals.

        Examples
        --------
        Sums of an effect on each side leave nothing:

        >>> sides = TwoWay.of(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
        >>> additive = np.array([[1.0], [2.0], [4.0], [5.0]])
        >>> bool(np.abs(sides.residuals(np.arange(1.0, 5.0), additive)).max() < 1e-14)
        True
        """
        found = self.effects(weight, columns)
        return columns - found.first[self.first] - found.second[self.second]

    def leverage(self, weight: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        r"""How far the effects follow each row.

        .. math:: h_i = w_i\, d_i' (D' W D)^{-} d_i

        with D the columns of all effects, of which none is made.

        Parameters
        ----------
        weight : ndarray, shape (n,)
            Weights of the rows, above 0.

        Returns
        -------
        ndarray, shape (n,)
            From 0 to 1; the sum is the number of effects.

        Examples
        --------
        >>> sides = TwoWay.of(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
        >>> sides.leverage(np.ones(4))
        array([0.75, 0.75, 0.75, 0.75])
        """
        table = self._table(weight)
        inner = table.sum(axis=0)
        inverse = np.zeros((table.shape[0], table.shape[0]))
        inverse[np.ix_(self.free, self.free)] = np.linalg.inv(self._reduced(table))
        across = inverse @ table / inner
        own = np.diagonal(inverse)[self.first]
        other = (1 / inner + (table / inner * across).sum(axis=0))[self.second]
        return weight * (own + other - 2 * across[self.first, self.second])

    def _reduced(self, table: FloatArray) -> FloatArray:
        """Normal equations of the first side without the second, (free, free)."""
        shared = table @ (table.T / table.sum(axis=0)[:, None])
        left = np.diag(table.sum(axis=1)) - shared
        return left[np.ix_(self.free, self.free)]

    def _table(self, weight: FloatArray) -> FloatArray:
        """Sums of weights by pair of levels, (levels of first, levels of second)."""
        table = np.zeros(self.levels)
        table[self.where[0], self.where[1]] = np.bincount(self.pair, weight)
        return table


def summed(codes: IntArray, columns: FloatArray, levels: int) -> FloatArray:
    """Sums of columns by level.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Level of each row.
    columns : ndarray, shape (n, m)
        What is summed.
    levels : int
        How many there are.

    Returns
    -------
    ndarray, shape (levels, m)
        The sums.
    """
    sums = np.empty((levels, columns.shape[1]))
    for j, each in enumerate(columns.T):
        sums[:, j] = np.bincount(codes, each, levels)
    return sums

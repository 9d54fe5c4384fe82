"""Band matrices with a dense border, many at once.

The precision of a path and a few effects that touch all of it: a band for the path, a
small dense block for the effects, and what ties them.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from conflictstats._typing import FloatArray
from conflictstats.numerics.engine import banded

ROUNDING = 1e-13
"""Smallest over largest eigenvalue below which a factor may fail by rounding."""


class Bordered(NamedTuple):
    """Symmetric matrices ``[[band, cross], [cross', corner]]``.

    Attributes
    ----------
    band : ndarray, shape (stack, n, k)
        As :mod:`conflictstats.numerics.engine.banded` keeps it.
    cross : ndarray, shape (stack, n, p)
        Ties of the path to the effects.
    corner : ndarray, shape (stack, p, p)
        The effects' own block.
    """

    band: FloatArray
    cross: FloatArray
    corner: FloatArray


class Vector(NamedTuple):
    """A path and its effects, or a gradient in them.

    Attributes
    ----------
    path : ndarray, shape (*lead, n)
        Nodes of the path.
    effects : ndarray, shape (*lead, p)
        Coefficients of the border.
    """

    path: FloatArray
    effects: FloatArray

    def dot(self, other: "Vector") -> FloatArray:
        """Inner products, shape (*lead).

        Parameters
        ----------
        other : Vector
            Of the same shapes.

        Returns
        -------
        ndarray, shape (*lead)
            Sums over nodes and effects.
        """
        path = np.einsum("...n,...n->...", self.path, other.path)
        return path + np.einsum("...p,...p->...", self.effects, other.effects)

    def moved(self, by: "Vector", times: FloatArray) -> "Vector":
        """Sum of this vector and a multiple of another.

        Parameters
        ----------
        by : Vector
            The step.
        times : ndarray, shape (*lead)
            How much of it.

        Returns
        -------
        Vector
            The sum.
        """
        times = times[..., None]
        return Vector(self.path + times * by.path, self.effects + times * by.effects)

    def at(self, rows: np.ndarray | slice | int) -> "Vector":
        """Some of the stack.

        Parameters
        ----------
        rows : ndarray, slice or int
            Index of the first axis.

        Returns
        -------
        Vector
            Those vectors.
        """
        return Vector(self.path[rows], self.effects[rows])


@dataclass(frozen=True, slots=True)
class Factor:
    r"""Cholesky factors of bordered matrices.

    With :math:`H = \begin{pmatrix} A & C \\ C' & D \end{pmatrix}`, they are the factor
    of A, :math:`Y = A^{-1} C`, and the factor of :math:`S = D - C'Y`.

    Attributes
    ----------
    main : ndarray, shape (stack, n, k)
        Factors of the bands.
    reach : ndarray, shape (stack, n, p)
        Y.
    corner : ndarray, shape (stack, p, p)
        Lower factors of S.
    """

    main: FloatArray
    reach: FloatArray
    corner: FloatArray

    def solve(self, right: Vector) -> Vector:
        """Solve ``H x = right``.

        Parameters
        ----------
        right : Vector
            Right-hand sides, one for each of the stack.

        Returns
        -------
        Vector
            Solutions.
        """
        path = banded.solve(self.main, right.path)
        if not self.reach.shape[2]:
            return Vector(path, right.effects)
        rest = right.effects - np.einsum("snp,sn->sp", self.reach, right.path)
        effects = _solve_dense(self.corner, rest)
        return Vector(path - np.einsum("snp,sp->sn", self.reach, effects), effects)

    def log_determinant(self) -> Float[np.ndarray, " stack"]:
        """Log determinants of the matrices.

        Returns
        -------
        ndarray, shape (stack,)
            Natural logs.
        """
        corner = np.diagonal(self.corner, axis1=1, axis2=2)
        return banded.log_determinant(self.main) + 2 * np.log(corner).sum(axis=1)

    def colour(self, noise: Vector) -> Vector:
        """Turn white noise into draws with precision H.

        Parameters
        ----------
        noise : Vector
            Standard normals, shapes (stack, n, *draws) and (stack, p, *draws).

        Returns
        -------
        Vector
            Draws, centred at zero.
        """
        path = banded.solve_transposed(self.main, noise.path)
        if not self.reach.shape[2]:
            return Vector(path, noise.effects)
        effects = _solve_half(np.swapaxes(self.corner, 1, 2), noise.effects)
        told = np.einsum("snp,sp...->sn...", self.reach, effects)
        return Vector(path - told, effects)

    def colour_transposed(self, slope: Vector) -> Vector:
        """Gradient in white noise, from that in what :meth:`colour` makes of it.

        Parameters
        ----------
        slope : Vector
            Derivatives in path and effects, one for each of the stack.

        Returns
        -------
        Vector
            Derivatives in the noise.
        """
        path = banded.solve_lower(self.main, slope.path)
        if not self.reach.shape[2]:
            return Vector(path, slope.effects)
        rest = slope.effects - np.einsum("snp,sn->sp", self.reach, slope.path)
        return Vector(path, _solve_half(self.corner, rest))

    def whiten(self, away: Vector) -> Vector:
        """Turn deviations into white noise: the inverse of :meth:`colour`.

        Parameters
        ----------
        away : Vector
            Deviations, one for each of the stack.

        Returns
        -------
        Vector
            Standard normals, if the deviations have precision H.
        """
        path = away.path + np.einsum("snp,sp->sn", self.reach, away.effects)
        effects = np.einsum("sp,spq->sq", away.effects, self.corner)
        return Vector(banded.multiply_transposed(self.main, path), effects)

    def at(self, rows: np.ndarray) -> "Factor":
        """Some of the stack.

        Parameters
        ----------
        rows : ndarray
            Index of the first axis.

        Returns
        -------
        Factor
            Those factors.
        """
        return Factor(self.main[rows], self.reach[rows], self.corner[rows])

    def put(self, rows: np.ndarray, other: "Factor") -> "Factor":
        """The same with other factors in some rows.

        Parameters
        ----------
        rows : ndarray of int
            Index of the first axis.
        other : Factor
            As many factors.

        Returns
        -------
        Factor
            All factors.
        """
        main, reach, corner = (
            np.array(part) for part in (self.main, self.reach, self.corner)
        )
        main[rows], reach[rows] = other.main, other.reach
        corner[rows] = other.corner
        return Factor(main, reach, corner)

    def effect_covariance(self) -> Float[np.ndarray, "stack p p"]:
        """Covariances of the effects.

        Returns
        -------
        ndarray, shape (stack, p, p)
            Inverses of S.
        """
        identity = np.broadcast_to(np.eye(self.corner.shape[1]), self.corner.shape)
        inverse = np.linalg.solve(self.corner, identity)
        return np.swapaxes(inverse, 1, 2) @ inverse

    def inverse_within_band(self) -> Float[np.ndarray, "stack n k"]:
        """Covariances of nodes of the path within the band, given nothing else.

        Returns
        -------
        ndarray, shape (stack, n, k)
            The first column of the last axis holds variances.
        """
        inside = banded.inverse_within_band(self.main)
        if not self.reach.shape[2]:
            return inside
        spread = self.reach @ self.effect_covariance()
        n = self.main.shape[1]
        for d in range(min(inside.shape[2], n)):
            tied = np.einsum("snp,snp->sn", spread[:, d:], self.reach[:, : n - d])
            inside[:, : n - d, d] += tied
        return inside


def factorise(matrix: Bordered) -> tuple[Factor, Bool[np.ndarray, " stack"]]:
    """Cholesky factors of bordered matrices, and which have one.

    Parameters
    ----------
    matrix : Bordered
        The matrices.

    Returns
    -------
    factor : Factor
        Factors; those of a matrix that is not positive definite mean nothing.
    definite : ndarray of bool, shape (stack,)
        Whether each matrix is positive definite.

    Examples
    --------
    >>> one = np.ones((1, 1, 1))
    >>> factor, definite = factorise(Bordered(4 * one, 2 * one, 2 * one))
    >>> factor.log_determinant().round(3), definite
    (array([1.386]), array([ True]))
    """
    main, definite = banded.cholesky(matrix.band)
    if not matrix.cross.shape[2]:
        return Factor(main, matrix.cross, matrix.corner), definite
    reach = banded.solve(main, matrix.cross)
    rest = matrix.corner - np.swapaxes(matrix.cross, 1, 2) @ reach
    finite = np.isfinite(rest).all(axis=(1, 2))
    identity = np.eye(rest.shape[1])
    rest = np.where(finite[:, None, None], rest, identity)
    definite &= finite
    try:
        corner = np.linalg.cholesky(rest)
    except np.linalg.LinAlgError:
        values = np.linalg.eigvalsh(rest)
        definite &= values[:, 0] > ROUNDING * values[:, -1]
        rest = np.where(definite[:, None, None], rest, identity)
        corner = np.linalg.cholesky(rest)
    return Factor(main, reach, corner), definite


def _solve_dense(factor: FloatArray, right: FloatArray) -> FloatArray:
    """Solve ``S x = right`` from lower factors of S, shape (stack, p)."""
    return _solve_half(np.swapaxes(factor, 1, 2), _solve_half(factor, right))


def _solve_half(factor: FloatArray, right: FloatArray) -> FloatArray:
    """Solve with the factor alone, shape (stack, p, *draws)."""
    flat = right.reshape(*right.shape[:2], -1)
    return np.linalg.solve(factor, flat).reshape(right.shape).astype(float)

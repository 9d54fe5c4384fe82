"""Symmetric positive definite band matrices, many at once.

A stack of matrices of order ``n`` and half bandwidth ``k`` is an array of shape
``(stack, n, k + 1)`` with ``band[s, j, d] = A[s, j + d, j]``; entries beyond the last
row are zero. The stack is one long block diagonal band to LAPACK, so that a thousand
short series cost one call.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float
from scipy.linalg import lapack

from conflictstats._typing import FloatArray

BLOCK = 16
"""Least order of the blocks of a selected inverse."""


def cholesky(
    band: Float[np.ndarray, "stack n k"],
) -> tuple[Float[np.ndarray, "stack n k"], Bool[np.ndarray, " stack"]]:
    """Lower Cholesky factors, and which matrices have one.

    Parameters
    ----------
    band : ndarray, shape (stack, n, k)
        The matrices.

    Returns
    -------
    factor : ndarray, shape (stack, n, k)
        The factors; the identity for a matrix that is not positive definite.
    definite : ndarray of bool, shape (stack,)
        Whether each matrix is.

    Examples
    --------
    >>> factor, definite = cholesky(np.array([[[4.0], [9.0]], [[1.0], [-1.0]]]))
    >>> factor[0].ravel(), definite
    (array([2., 3.]), array([ True, False]))
    """
    definite = np.isfinite(band).all(axis=(1, 2))
    if not definite.all():
        band = _with_identity(band, ~definite)
    while True:
        factor, bad = _factorise(band.reshape(-1, band.shape[2]))
        if bad < 0:
            return factor.reshape(band.shape), definite
        failed = bad // band.shape[1]
        definite[failed] = False
        band = _with_identity(band, np.arange(len(band)) == failed)


def solve(
    factor: Float[np.ndarray, "stack n k"], right: Float[np.ndarray, "stack n *m"]
) -> Float[np.ndarray, "stack n *m"]:
    """Solve ``A x = right`` from the Cholesky factors of A.

    Parameters
    ----------
    factor : ndarray, shape (stack, n, k)
        From :func:`cholesky`.
    right : ndarray, shape (stack, n) or (stack, n, m)
        Right-hand sides.

    Returns
    -------
    ndarray, shape of ``right``
        The solutions.

    Examples
    --------
    >>> solve(np.array([[[2.0], [3.0]]]), np.array([[4.0, 18.0]]))
    array([[1., 2.]])
    """
    if factor.shape[2] == 2 and factor.size > 2:
        square, ratio = (factor[..., 0] ** 2).ravel(), factor[..., 1] / factor[..., 0]
        below = ratio.ravel()[:-1]
        return _each(right, lambda flat: lapack.dpttrs(square, below, flat)[0])
    return _each(right, lambda flat: lapack.dpbtrs(_flat(factor), flat, lower=1)[0])


def solve_transposed(
    factor: Float[np.ndarray, "stack n k"], right: Float[np.ndarray, "stack n *m"]
) -> Float[np.ndarray, "stack n *m"]:
    """Solve ``L' x = right``, which turns white noise into draws with precision A.

    Parameters
    ----------
    factor : ndarray, shape (stack, n, k)
        Lower Cholesky factors L, from :func:`cholesky`.
    right : ndarray, shape (stack, n) or (stack, n, m)
        Right-hand sides.

    Returns
    -------
    ndarray, shape of ``right``
        The solutions.

    Examples
    --------
    >>> solve_transposed(np.array([[[2.0], [4.0]]]), np.ones((1, 2)))
    array([[0.5 , 0.25]])
    """
    return _triangular(factor, right, transposed=True)


def solve_lower(
    factor: Float[np.ndarray, "stack n k"], right: Float[np.ndarray, "stack n *m"]
) -> Float[np.ndarray, "stack n *m"]:
    """Solve ``L x = right``.

    Parameters
    ----------
    factor : ndarray, shape (stack, n, k)
        Lower Cholesky factors L, from :func:`cholesky`.
    right : ndarray, shape (stack, n) or (stack, n, m)
        Right-hand sides.

    Returns
    -------
    ndarray, shape of ``right``
        The solutions.

    Examples
    --------
    >>> solve_lower(np.array([[[2.0], [4.0]]]), np.ones((1, 2)))
    array([[0.5 , 0.25]])
    """
    return _triangular(factor, right, transposed=False)


def multiply_transposed(
    factor: Float[np.ndarray, "stack n k"], vector: Float[np.ndarray, "*lead n"]
) -> Float[np.ndarray, "*lead n"]:
    """Product ``L' x``, which turns draws with precision A into white noise.

    Parameters
    ----------
    factor : ndarray, shape (stack, n, k)
        Lower Cholesky factors; the stack broadcasts against the last but one axis of
        ``vector``.
    vector : ndarray, shape (*lead, n)
        What to multiply.

    Returns
    -------
    ndarray, shape (*lead, n)
        The products.

    Examples
    --------
    >>> multiply_transposed(np.array([[[2.0], [4.0]]]), np.ones((1, 2)))
    array([[2., 4.]])
    """
    product = vector * factor[..., 0]
    for d in range(1, factor.shape[2]):
        product[..., :-d] += vector[..., d:] * factor[..., :-d, d]
    return product


def multiply(
    band: Float[np.ndarray, "#stack n k"], vector: Float[np.ndarray, "#stack n"]
) -> Float[np.ndarray, "stack n"]:
    """Products of the symmetric band matrices and vectors.

    Parameters
    ----------
    band : ndarray, shape (stack, n, k)
        The matrices.
    vector : ndarray, shape (stack, n)
        What to multiply.

    Returns
    -------
    ndarray, shape (stack, n)
        The products.

    Examples
    --------
    >>> multiply(np.array([[[2.0, -1.0], [2.0, 0.0]]]), np.array([[1.0, 3.0]]))
    array([[-1.,  5.]])
    """
    product = band[..., 0] * vector
    for d in range(1, band.shape[2]):
        below = band[:, :-d, d]
        product[:, d:] += below * vector[:, :-d]
        product[:, :-d] += below * vector[:, d:]
    return product


def log_determinant(
    factor: Float[np.ndarray, "stack n k"],
) -> Float[np.ndarray, " stack"]:
    """Log determinants of the matrices from their Cholesky factors.

    Parameters
    ----------
    factor : ndarray, shape (stack, n, k)
        From :func:`cholesky`.

    Returns
    -------
    ndarray, shape (stack,)
        Natural logs.

    Examples
    --------
    >>> log_determinant(np.ones((2, 3, 1)))
    array([0., 0.])
    """
    return 2 * np.log(factor[..., 0]).sum(axis=-1)


def trace(
    band: Float[np.ndarray, "stack n k"], other: Float[np.ndarray, "stack n j"]
) -> Float[np.ndarray, " stack"]:
    """Trace of the product of symmetric band matrices, of which one may be full.

    Parameters
    ----------
    band, other : ndarray, shape (stack, n, k) and (stack, n, j)
        The matrices; entries that either lacks do not count, as if it were zero there.

    Returns
    -------
    ndarray, shape (stack,)
        Traces.

    Examples
    --------
    >>> two = np.array([[[2.0, 1.0], [2.0, 0.0]]])
    >>> trace(two, two)
    array([10.])
    """
    width = min(band.shape[2], other.shape[2])
    product = np.einsum("snd,snd->sd", band[..., :width], other[..., :width])
    return 2 * product.sum(axis=1) - product[:, 0]


def inverse_within_band(
    factor: Float[np.ndarray, "stack n k"],
) -> Float[np.ndarray, "stack n k"]:
    """Entries of the inverses that lie within the band, from the Cholesky factors.

    Parameters
    ----------
    factor : ndarray, shape (stack, n, k)
        From :func:`cholesky`.

    Returns
    -------
    ndarray, shape (stack, n, k)
        The entries; the first column of the last axis holds marginal variances.

    Notes
    -----
    Takahashi's recursion, in blocks [1]_; for a bidiagonal factor it is a bidiagonal
    system of its own.

    References
    ----------
    .. [1] Rue, H. and Martino, S. (2007). Approximate Bayesian inference for
       hierarchical Gaussian Markov random field models. *Journal of Statistical
       Planning and Inference* 137, 3177-3192. https://doi.org/10.1016/j.jspi.2006.07.016

    Examples
    --------
    >>> inverse_within_band(np.array([[[2.0], [1.0]]])).ravel()
    array([0.25, 1.  ])
    """
    if factor.shape[2] == 1:
        return 1 / factor**2
    if factor.shape[2] == 2:
        return _inverse_of_bidiagonal(factor)
    return _inverse_by_blocks(factor)


def _flat(factor: FloatArray) -> FloatArray:
    """The stack as one long band as LAPACK keeps it, shape (k, stack n)."""
    return factor.reshape(-1, factor.shape[2]).T


def _with_identity(band: FloatArray, where: np.ndarray) -> FloatArray:
    """Copy with the identity in place of some matrices."""
    band = band.copy()
    band[where] = 0
    band[where, :, 0] = 1
    return band


def _factorise(band: FloatArray) -> tuple[FloatArray, int]:
    """Factor of one band (n, k), and the first row at which there is none, or -1."""
    if band.shape[1] != 2 or len(band) < 2:
        factor, info = lapack.dpbtrf(band.T, lower=1)
        return np.ascontiguousarray(factor.T), info - 1
    square, ratio, info = lapack.dpttrf(band[:, 0], band[:-1, 1])
    if info:
        return band, info - 1
    factor = np.empty_like(band)
    np.sqrt(square, out=factor[:, 0])
    factor[:-1, 1] = ratio * factor[:-1, 0]
    factor[-1, 1] = 0
    return factor, -1


def _triangular(
    factor: FloatArray, right: FloatArray, *, transposed: bool
) -> FloatArray:
    """Solve with the factor or its transpose."""
    side, band = "T" if transposed else "N", _flat(factor)
    return _each(right, lambda flat: lapack.dtbtrs(band, flat, "L", side)[0])


def _each(right: FloatArray, solver: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Solve with the long band; a member that is not finite spoils itself alone."""
    finite = np.isfinite(right)
    spoilt = np.zeros(0, int)
    if not finite.all():
        spoilt = np.flatnonzero(~finite.reshape(len(right), -1).all(axis=1))
        right = right.copy()
        right[spoilt] = 0
    flat = right.reshape(right.shape[0] * right.shape[1], -1)
    solution = solver(flat).reshape(right.shape)
    solution[spoilt] = np.nan
    return solution


def _inverse_of_bidiagonal(factor: FloatArray) -> FloatArray:
    """Tridiagonal part of the inverses, from ``v_j = 1 / L_jj^2 + g_j^2 v_(j+1)``."""
    own, below = factor[..., 0].ravel(), factor[..., 1].ravel()
    ratio = below / own
    system = np.ones((2, own.size), order="F")
    system[0, 1:] = -(ratio[:-1] ** 2)
    variance, _ = lapack.dtbtrs(system, 1 / own[:, None] ** 2, uplo="U", diag="U")
    out = np.zeros((own.size, 2))
    out[:, 0] = variance[:, 0]
    out[:-1, 1] = -ratio[:-1] * variance[1:, 0]
    return out.reshape(factor.shape)


def _inverse_by_blocks(factor: FloatArray) -> FloatArray:
    """Inverses within the band, from the last block up."""
    stack, n, width = factor.shape
    order = max(width - 1, BLOCK)
    count = -(-n // order)
    padded = np.zeros((stack, (count + 1) * order, width))
    padded[:, n:, 0] = 1
    padded[:, :n] = factor
    column = np.arange(count * order).reshape(count, 1, order)
    down = np.arange(order)[:, None] - np.arange(order)
    inside, across = (_gather(padded, column, down + order * i) for i in (0, 1))
    inside = np.linalg.inv(inside).astype(float)
    own: FloatArray = np.swapaxes(inside, -1, -2) @ inside
    reach = across @ inside
    below = np.zeros_like(across)
    for i in range(count - 2, -1, -1):
        below[:, i] = -own[:, i + 1] @ reach[:, i]
        own[:, i] -= np.swapaxes(reach[:, i], -1, -2) @ below[:, i]
    out = np.zeros_like(factor)
    j = np.arange(n)
    for d in range(width):
        row = np.minimum(j + d, n - 1)
        at = slice(None), j // order, row % order, j % order
        entry = np.where(row // order > j // order, below[at], own[at])
        out[..., d] = np.where(j + d < n, entry, 0.0)
    return out


def _gather(padded: FloatArray, column: np.ndarray, down: np.ndarray) -> FloatArray:
    """Blocks of a factor at some distance below its columns, zero outside the band."""
    within = (down >= 0) & (down < padded.shape[2])
    return np.where(within, padded[:, column, np.where(within, down, 0)], 0.0)

"""Symmetric positive definite matrices in lower band storage.

A matrix of order ``n`` and half bandwidth ``k`` is an array of shape ``(k + 1, n)``:
``band[d, j] = A[j + d, j]``, the lower form of LAPACK.
"""

import numpy as np
from jaxtyping import Float
from scipy.linalg import lapack

from conflictstats._typing import FloatArray


def cholesky(band: Float[np.ndarray, "k n"]) -> Float[np.ndarray, "k n"] | None:
    """Lower Cholesky factor in band storage, or None unless positive definite.

    Parameters
    ----------
    band : ndarray, shape (k, n)
        The matrix, lower form.

    Returns
    -------
    ndarray, shape (k, n), or None
        The factor, lower form.

    Examples
    --------
    >>> cholesky(np.array([[4.0, 9.0], [0.0, 0.0]]))[0]
    array([2., 3.])
    """
    factor, info = lapack.dpbtrf(band, lower=1)
    return factor if info == 0 else None


def solve(
    factor: Float[np.ndarray, "k n"], right: Float[np.ndarray, "n *m"]
) -> Float[np.ndarray, "n *m"]:
    """Solve ``A x = right`` from the Cholesky factor of A.

    Parameters
    ----------
    factor : ndarray, shape (k, n)
        From :func:`cholesky`.
    right : ndarray, shape (n,) or (n, m)
        Right-hand side.

    Returns
    -------
    ndarray, shape of ``right``
        The solution.

    Examples
    --------
    >>> solve(np.array([[2.0, 3.0]]), np.array([4.0, 18.0]))
    array([1., 2.])
    """
    solution, _ = lapack.dpbtrs(factor, right, lower=1)
    return solution


def solve_transposed(
    factor: Float[np.ndarray, "k n"], right: Float[np.ndarray, "n m"]
) -> Float[np.ndarray, "n m"]:
    """Solve ``L' x = right``, which turns white noise into draws with precision A.

    Parameters
    ----------
    factor : ndarray, shape (k, n)
        Lower Cholesky factor L, from :func:`cholesky`.
    right : ndarray, shape (n, m)
        Right-hand side; a column of standard normals gives one draw.

    Returns
    -------
    ndarray, shape (n, m)
        The solution.

    Examples
    --------
    >>> solve_transposed(np.array([[2.0, 4.0]]), np.array([[1.0], [1.0]])).ravel()
    array([0.5 , 0.25])
    """
    solution, _ = lapack.dtbtrs(factor, right, uplo="L", trans="T")
    return solution


def multiply(
    band: Float[np.ndarray, "k n"], vector: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """Product of a symmetric band matrix and a vector.

    Parameters
    ----------
    band : ndarray, shape (k, n)
        The matrix, lower form.
    vector : ndarray, shape (n,)
        What to multiply.

    Returns
    -------
    ndarray, shape (n,)
        The product.

    Examples
    --------
    >>> multiply(np.array([[2.0, 2.0], [-1.0, 0.0]]), np.array([1.0, 3.0]))
    array([-1.,  5.])
    """
    product = band[0] * vector
    for d in range(1, len(band)):
        below = band[d, :-d]
        product[d:] += below * vector[:-d]
        product[:-d] += below * vector[d:]
    return product


def log_determinant(factor: Float[np.ndarray, "k n"]) -> float:
    """Log determinant of A from its Cholesky factor.

    Parameters
    ----------
    factor : ndarray, shape (k, n)
        From :func:`cholesky`.

    Returns
    -------
    float
        Natural log of the determinant.

    Examples
    --------
    >>> log_determinant(np.array([[1.0, 1.0]]))
    0.0
    """
    return 2 * float(np.log(factor[0]).sum())


def variances(factor: Float[np.ndarray, "k n"]) -> Float[np.ndarray, " n"]:
    """Diagonal of the inverse of A, the marginal variances, from its factor.

    Parameters
    ----------
    factor : ndarray, shape (k, n)
        From :func:`cholesky`.

    Returns
    -------
    ndarray, shape (n,)
        Variances.

    Notes
    -----
    The recursion of Takahashi, from the last row up, within the band [1]_.

    References
    ----------
    .. [1] Rue, H. and Martino, S. (2007). Approximate Bayesian inference for
       hierarchical Gaussian Markov random field models. *Journal of Statistical
       Planning and Inference* 137, 3177-3192. https://doi.org/10.1016/j.jspi.2006.07.016

    Examples
    --------
    >>> variances(np.array([[2.0, 1.0]]))
    array([0.25, 1.  ])
    """
    width, n = factor.shape
    width -= 1
    inverse: FloatArray = np.zeros((width + 1, n + width))
    for j in range(n - 1, -1, -1):
        reach = min(width, n - 1 - j)
        column = factor[1 : reach + 1, j] / factor[0, j]
        for d in range(reach, 0, -1):
            offsets = np.arange(1, reach + 1)
            near, far = np.minimum(offsets, d), np.maximum(offsets, d)
            inverse[d, j] = -(column * inverse[far - near, j + near]).sum()
        own = (column * inverse[1 : reach + 1, j]).sum()
        inverse[0, j] = 1 / factor[0, j] ** 2 - own
    return inverse[0, :n]

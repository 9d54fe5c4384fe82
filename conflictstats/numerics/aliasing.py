"""Columns that are sums of others."""

import numpy as np
from jaxtyping import Bool, Float

TINY = 1e-7
"""A column that keeps less of its length than this, beside those before it, is aliased
(as in R)."""


def independent(
    columns: Float[np.ndarray, "n p"],
) -> Bool[np.ndarray, " p"]:
    """Which columns are not sums of those before them, by orthogonalisation.

    Parameters
    ----------
    columns : ndarray, shape (n, p)
        In the order in which they are to be kept.

    Returns
    -------
    ndarray of bool, shape (p,)
        False where a column adds nothing; so for one of zeros.

    Examples
    --------
    The third is the first less the second:

    >>> independent(np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]))
    array([ True,  True, False])
    """
    basis = np.empty((columns.shape[0], 0))
    kept = np.zeros(columns.shape[1], bool)
    for j, column in enumerate(columns.T):
        length = np.linalg.norm(column)
        rest = column
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        left = np.linalg.norm(rest)
        if left > TINY * length:
            kept[j] = True
            basis = np.column_stack([basis, rest / left])
    return kept

"""Sums over all combinations of lists that hold, or are held by, a given one."""

import numpy as np
from jaxtyping import Float, Shaped

from conflictstats._typing import FloatArray


def subset_sums(table: Shaped[np.ndarray, "*lead cell"]) -> FloatArray:
    r"""Sum over the parts of each combination of lists.

    .. math:: s_c = \sum_{A \subseteq c} t_A

    Effects become log means so, in :math:`J 2^J` additions and without a design matrix.

    Parameters
    ----------
    table : ndarray, shape (..., 2**J)
        Values at each binary number.

    Returns
    -------
    ndarray, shape (..., 2**J)
        The sums.

    References
    ----------
    .. [1] Yates, F. (1937). *The design and analysis of factorial experiments*.
       Imperial Bureau of Soil Science, Technical Communication 35.

    Examples
    --------
    Intercept 1, first list 2, second list 3, both 10:

    >>> subset_sums(np.array([1.0, 2.0, 3.0, 10.0]))
    array([ 1.,  3.,  4., 16.])
    """
    return _summed(table, 0, 1)


def superset_sums(table: Shaped[np.ndarray, "*lead cell"]) -> FloatArray:
    r"""Sum over the combinations that hold each combination of lists.

    .. math:: s_A = \sum_{c \supseteq A} t_c

    Counts become sufficient statistics so: how many are on all the lists of A, and
    perhaps on others too.

    Parameters
    ----------
    table : ndarray, shape (..., 2**J)
        Values at each binary number.

    Returns
    -------
    ndarray, shape (..., 2**J)
        The sums.

    Examples
    --------
    Sixty on the first list alone, thirty on the second alone, twenty on both:

    >>> superset_sums(np.array([0.0, 60.0, 30.0, 20.0]))
    array([110.,  80.,  50.,  20.])
    """
    return _summed(table, 1, 0)


def _summed(
    table: Shaped[np.ndarray, "*lead cell"], source: int, target: int
) -> Float[np.ndarray, "*lead cell"]:
    """Add, digit by digit, the half with one value of it to the other half."""
    sums = np.array(table, float, order="C")
    width = 1
    while width < sums.shape[-1]:
        halves = sums.reshape(*sums.shape[:-1], -1, 2, width)
        halves[..., target, :] += halves[..., source, :]
        width *= 2
    return sums

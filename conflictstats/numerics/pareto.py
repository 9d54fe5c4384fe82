"""How heavy the tail of importance weights is."""

import numpy as np
from jaxtyping import Float

ALIKE = 1e-6
"""Largest weights within this part of each other differ by rounding alone."""


def shape_of_tail(log_weight: Float[np.ndarray, " n"]) -> float:
    r"""Shape k of the generalised Pareto distribution of the largest weights.

    Below 0.5 the approximation that the weights correct is good, above 0.7 it should
    not be trusted, and above 1 the weights have no mean [1]_.

    Parameters
    ----------
    log_weight : ndarray, shape (n,)
        Log of exact over approximate density at draws from the approximation.

    Returns
    -------
    float
        :math:`\hat k`; minus infinity where the weights are all alike.

    References
    ----------
    .. [1] Vehtari, A., Simpson, D., Gelman, A., Yao, Y. and Gabry, J. (2024). Pareto
       smoothed importance sampling. *JMLR* 25(72), 1-58.
       https://jmlr.org/papers/v25/19-556.html
    .. [2] Zhang, J. and Stephens, M. A. (2009). A new and efficient estimation method
       for the generalized Pareto distribution. *Technometrics* 51, 316-325.
       https://doi.org/10.1198/tech.2009.08017

    Examples
    --------
    Weights with a Pareto tail of index two have shape one half:

    >>> uniform = (np.arange(4000) + 0.5) / 4000
    >>> round(shape_of_tail(-0.5 * np.log(uniform)), 1)
    0.5
    """
    ordered = np.sort(np.exp(log_weight - log_weight.max()))
    tail = int(np.ceil(min(0.2 * ordered.size, 3 * np.sqrt(ordered.size))))
    excess = ordered[-tail:] - ordered[-tail - 1]
    if excess[-1] <= ALIKE:
        return -np.inf
    return _fit_shape(np.maximum(excess, 1e-300))


def _fit_shape(excess: Float[np.ndarray, " n"]) -> float:
    """Zhang and Stephens's estimate, with the weak prior of Vehtari et al. [1]."""
    n = excess.size
    grid = 30 + int(np.sqrt(n))
    quartile = excess[int(n / 4 + 0.5) - 1]
    b = 1 / excess[-1] + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (
        3 * quartile
    )
    shapes = np.log1p(-b[:, None] * excess).mean(axis=1)
    loglik = n * (np.log(-b / shapes) - shapes - 1)
    weight = np.exp(loglik - loglik.max())
    best = float((b * weight).sum() / weight.sum())
    shape = float(np.log1p(-best * excess).mean())
    return (n * shape + 10 * 0.5) / (n + 10)

"""How heavy the tail of importance weights is."""

import numpy as np
from jaxtyping import Float

ALIKE = 0.25
"""Part by which the largest weight exceeds where the tail begins, up to which the shape
is not fitted: such a tail moves no probability by more than a few in a thousand."""


def smooth(
    log_weight: Float[np.ndarray, " n"],
) -> tuple[Float[np.ndarray, " n"], float]:
    r"""Importance weights with their largest values smoothed, and the tail's shape.

    The largest weights are replaced by the expected order statistics of the
    generalised Pareto distribution fitted to them, cut at the largest raw weight [1]_.

    Parameters
    ----------
    log_weight : ndarray, shape (n,)
        Log of exact over approximate density at draws from the approximation.

    Returns
    -------
    ndarray, shape (n,)
        Weights that sum to 1.
    float
        :math:`\hat k`: below 0.5 the approximation that the weights correct is good,
        above 0.7 it should not be trusted, and above 1 the weights have no mean; minus
        infinity where the largest weights are alike, whatever their shape.

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
    >>> weight, shape = smooth(-0.5 * np.log(uniform))
    >>> round(shape, 1), round(float(weight.sum()), 6)
    (0.5, 1.0)
    """
    weight = np.exp(log_weight - log_weight.max())
    order = np.argsort(weight)
    size = int(np.ceil(min(0.2 * weight.size, 3 * np.sqrt(weight.size))))
    tail, cut = order[-size:], weight[order[-size - 1]]
    excess = weight[tail] - cut
    if excess[-1] <= ALIKE:
        return weight / weight.sum(), -np.inf
    shape, scale = _fit_tail(np.maximum(excess, 1e-300))
    rank = (np.arange(size) + 0.5) / size
    with np.errstate(over="ignore"):
        smoothed = cut + scale * np.expm1(-shape * np.log1p(-rank)) / shape
    weight[tail] = np.minimum(smoothed, 1.0)
    return weight / weight.sum(), shape


def _fit_tail(excess: Float[np.ndarray, " n"]) -> tuple[float, float]:
    """Shape and scale by Zhang and Stephens, with the weak prior of Vehtari et al."""
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
    return (n * shape + 10 * 0.5) / (n + 10), -shape / best

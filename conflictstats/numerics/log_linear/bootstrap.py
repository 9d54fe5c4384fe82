"""Bias-corrected and accelerated bootstrap of a number chosen by model selection."""

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray


def resampled(
    counts: Float[np.ndarray, " cell"], replicates: int, rng: np.random.Generator
) -> Float[np.ndarray, "replicate cell"]:
    """Tables of as many records, drawn with replacement.

    Parameters
    ----------
    counts : ndarray, shape (2**J,)
        People, at each binary number.
    replicates : int
        Number of tables.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (replicate, 2**J)
        People; a cell that was empty stays so.

    Examples
    --------
    >>> drawn = resampled(np.array([0.0, 6, 4]), 2, np.random.default_rng(1))
    >>> drawn.sum(axis=1).tolist(), drawn[:, 0].tolist()
    ([10.0, 10.0], [0.0, 0.0])
    """
    total = counts.sum()
    return rng.multinomial(int(total), counts / total, replicates).astype(float)


def one_less(
    counts: Float[np.ndarray, " cell"],
) -> tuple[Float[np.ndarray, "k cell"], Float[np.ndarray, " k"]]:
    """Tables with one record less, and how many records each stands for.

    Parameters
    ----------
    counts : ndarray, shape (2**J,)
        People, at each binary number.

    Returns
    -------
    tuple of ndarray, shapes (k, 2**J) and (k,)
        A table for each cell with records, and the records of that cell.

    Examples
    --------
    >>> tables, weight = one_less(np.array([0.0, 6, 4]))
    >>> tables.tolist(), weight.tolist()
    ([[0.0, 5.0, 4.0], [0.0, 6.0, 3.0]], [6.0, 4.0])
    """
    some = np.flatnonzero(counts)
    return counts - np.eye(len(counts))[some], counts[some]


def acceleration(
    estimates: Float[np.ndarray, " k"], weight: Float[np.ndarray, " k"]
) -> float:
    r"""Acceleration by the jackknife, records of one cell at once.

    .. math:: a = \frac{\sum_c f_c (\bar N - N_{(c)})^3}
                       {6 \{\sum_c f_c (\bar N - N_{(c)})^2\}^{3/2}}

    Parameters
    ----------
    estimates : ndarray, shape (k,)
        Estimate without one record of each cell; those that are not a number are left
        out.
    weight : ndarray, shape (k,)
        Records of each cell.

    Returns
    -------
    float
        0 where the estimate never moves.

    Examples
    --------
    Ten zeros and a one: the one record pulls to the right of the mean:

    >>> round(acceleration(np.array([0.1, 0.0]), np.array([10.0, 1.0])), 3)
    0.143
    """
    known = np.isfinite(estimates)
    if not known.any():
        return 0.0
    weight, estimates = weight[known], estimates[known]
    away = np.average(estimates, weights=weight) - estimates
    spread = (weight * away**2).sum()
    return float((weight * away**3).sum() / (6 * spread**1.5)) if spread else 0.0


def bca_levels(
    estimates: Float[np.ndarray, " replicate"],
    estimate: float,
    accelerated: float,
    level: float,
) -> tuple[float, float]:
    r"""Quantiles of the samples that are the ends of a BCa interval [1]_.

    .. math:: \Phi\left(z_0 + \frac{z_0 + z}{1 - a (z_0 + z)}\right), \qquad
              z_0 = \Phi^{-1}\{\text{share of replicates below } \hat N\}

    Parameters
    ----------
    estimates : ndarray, shape (replicate,)
        Estimates of the replicates; those that are not a number are left out.
    estimate : float
        That of the data.
    accelerated : float
        :math:`a`, from :func:`acceleration`.
    level : float
        Nominal coverage.

    Returns
    -------
    tuple of float
        Shares of the replicates below the lower and the upper end; not a number where
        the estimate is beyond all replicates.

    References
    ----------
    .. [1] DiCiccio, T. J. and Efron, B. (1996). Bootstrap confidence intervals.
       *Statistical Science* 11, 189-228. https://doi.org/10.1214/ss/1032280214

    Examples
    --------
    Where only an eighth of the samples are below the estimate the lower end is beyond
    any number of them:

    >>> lower, upper = bca_levels(np.arange(1000.0), 125.5, 0.0, 0.95)
    >>> lower < 1e-4, round(upper, 2)
    (True, 0.37)
    """
    known: FloatArray = estimates[np.isfinite(estimates)]
    below = float((known < estimate).mean()) if known.size else 0.0
    if not 0 < below < 1:
        return np.nan, np.nan
    bias = special.ndtri(below)
    scores = bias + special.ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    lower, upper = special.ndtr(bias + scores / (1 - accelerated * scores))
    return float(lower), float(upper)


def bca_interval(
    estimates: Float[np.ndarray, " replicate"],
    estimate: float,
    accelerated: float,
    level: float,
) -> tuple[float, float]:
    """Bootstrap interval that is corrected for bias and skewness.

    Parameters
    ----------
    estimates : ndarray, shape (replicate,)
        Estimates of the replicates; those that are not a number are left out.
    estimate : float
        That of the data.
    accelerated : float
        From :func:`acceleration`.
    level : float
        Nominal coverage.

    Returns
    -------
    tuple of float
        Lower and upper end; not a number where the estimate is beyond all replicates.

    Examples
    --------
    Without bias or skewness these are plain quantiles:

    >>> lower, upper = bca_interval(np.arange(1001.0), 500.5, 0.0, 0.9)
    >>> round(lower), round(upper)
    (50, 951)
    """
    at = bca_levels(estimates, estimate, accelerated, level)
    if np.isnan(at).any():
        return np.nan, np.nan
    known = estimates[np.isfinite(estimates)]
    lower, upper = np.quantile(known, at, method="median_unbiased")
    return float(lower), float(upper)

"""Intervals for how many are on no list, and estimates that are put together."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

STEP = 1e-20
"""Imaginary step of derivatives, so small that it adds no error."""


class Pooled(NamedTuple):
    """Estimate out of replicates, its variance and degrees of freedom."""

    estimate: float
    variance: float
    df: float


def lognormal_ends(
    unlisted: float, std_err: float, level: float
) -> tuple[float, float]:
    r"""Interval of a number on no list, whose logarithm is taken as normal.

    .. math:: [\hat n_0 / c,\; \hat n_0 c], \qquad
              c = \exp\!\Bigl( z \sqrt{\ln(1 + s^2 / \hat n_0^2)} \Bigr)

    It never reaches below 0, so that no interval of the total holds fewer than the
    lists do. It is too short where the standard error is: nothing in it knows of a
    wrong model.

    Parameters
    ----------
    unlisted : float
        Estimate :math:`\hat n_0`, people, not negative.
    std_err : float
        Its standard error, people.
    level : float
        Nominal coverage.

    Returns
    -------
    lower, upper : float
        Ends, people; both 0 where the estimate is 0.

    References
    ----------
    .. [1] Chao, A. (1987). Estimating the population size for capture-recapture data
       with unequal catchability. *Biometrics* 43(4), 783-791.
       https://doi.org/10.2307/2531532

    Examples
    --------
    A standard error of 31.3 % is a standard deviation of 0.306 of the logarithm:

    >>> lower, upper = lognormal_ends(1000.0, 313.3, 0.95)
    >>> round(lower), round(upper)
    (549, 1822)
    """
    if unlisted == 0:
        return 0.0, 0.0
    spread = np.sqrt(np.log1p((std_err / unlisted) ** 2))
    factor = float(np.exp(special.ndtri((1 + level) / 2) * spread))
    return unlisted / factor, unlisted * factor


def cells_variance(
    estimator: Callable[[Any], Any],
    features: Float[np.ndarray, "cell feature"],
    counts: Float[np.ndarray, "cell"],
) -> float:
    r"""Variance of a total that is a function of cells, by the delta method.

    .. math:: \operatorname{Var} \hat N \approx
              \sum_x \Bigl( \frac{\partial \hat N}{\partial f_x} \Bigr)^2 f_x - \hat N

    for cells that are multinomial out of the whole, the unlisted included, and an
    estimator that doubles when all cells do. Derivatives are exact (by a step along
    the imaginary axis).

    Parameters
    ----------
    estimator : callable
        The total, people, as a function of the sums over features, shape (feature,);
        made of arithmetic that complex numbers go through.
    features : ndarray, shape (cell, feature)
        What each record of a cell adds to each sum.
    counts : ndarray, shape (cell,)
        Records.

    Returns
    -------
    float
        Variance, people squared, not below 0.

    References
    ----------
    .. [1] Squire, W. and Trapp, G. (1998). Using complex variables to estimate
       derivatives of real functions. *SIAM Review* 40(1), 110-112.
       https://doi.org/10.1137/S003614459631241X

    Examples
    --------
    Two lists of 80 and 50 that share 20, :math:`n_1 n_2 f_{10} f_{01} / m^3`:

    >>> features = np.array([[1.0, 0, 0], [0, 1, 0], [1, 1, 1]])
    >>> variance = cells_variance(
    ...     lambda n: n[0] * n[1] / n[2], features, np.array([60.0, 30.0, 20.0])
    ... )
    >>> round(variance, 6) == 80 * 50 * 60 * 30 / 20**3
    True
    """
    sums = counts @ features
    slopes = np.array(
        [
            np.imag(estimator(sums + 1j * STEP * unit)) / STEP
            for unit in np.eye(len(sums))
        ]
    )
    by_cell = features @ slopes
    return max(float(by_cell**2 @ counts - by_cell @ counts), 0.0)


def pooled_replicates(
    estimates: Float[np.ndarray, "m"], variances: Float[np.ndarray, "m"]
) -> Pooled:
    r"""One estimate out of several completed data sets, by Rubin's rules.

    .. math:: T = \bar W + \Bigl(1 + \frac1m\Bigr) B, \qquad
              \nu = (m - 1) \Bigl( 1 + \frac{\bar W}{(1 + 1/m) B} \Bigr)^2

    with :math:`B` the variance between them over :math:`m - 1`. It assumes that the
    replicates were drawn properly, each with its own unknowns, and that each estimate
    is about normal.

    Parameters
    ----------
    estimates, variances : ndarray, shape (m,)
        What each data set says, and its variance; two or more.

    Returns
    -------
    Pooled
        Mean, total variance, and degrees of freedom of its t law, infinite where the
        replicates agree.

    References
    ----------
    .. [1] Rubin, D. B. (1987). *Multiple Imputation for Nonresponse in Surveys*,
       chapter 3. Wiley. https://doi.org/10.1002/9780470316696

    Examples
    --------
    >>> pooled_replicates(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    Pooled(estimate=2.0, variance=4.0, df=1.7777777777777777)
    """
    m = len(estimates)
    within = float(variances.mean())
    between = (1 + 1 / m) * float(estimates.var(ddof=1))
    df = (m - 1) * (1 + within / between) ** 2 if between > 0 else np.inf
    return Pooled(float(estimates.mean()), within + between, float(df))

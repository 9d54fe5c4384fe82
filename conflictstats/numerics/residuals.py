"""Residuals of counts that are known exactly or up to an interval."""

import numpy as np
from jaxtyping import Float, Int

from conflictstats.errors import SettingError
from conflictstats.numerics.sampling import pareto

LEAST = 1e-12
"""Probability of a report below which digits cancel."""


def pit_heights(
    below: Float[np.ndarray, " n"], upto: Float[np.ndarray, " n"], bins: int = 10
) -> Float[np.ndarray, " bins"]:
    r"""Heights of the non-randomised histogram of probability integral transforms.

    A report that leaves the count in :math:`[a, b]` spreads its weight evenly from
    :math:`P(Y < a)` to :math:`P(Y \le b)`:

    .. math:: F_i(u) = \min\left(1, \max\left(0,
              \frac{u - P_i(Y < a_i)}{P_i(a_i \le Y \le b_i)}\right)\right), \qquad
              h_j = \frac Jn \sum_i F_i(j/J) - F_i((j-1)/J)

    With :math:`a = b` that is the histogram of Czado et al. [1]_. It stays right for
    intervals that were laid without regard to the count (a rounding cell, a range):
    the interval is then itself an ordered outcome, and its mean F is u.

    Parameters
    ----------
    below : ndarray, shape (n,)
        Predictive probability that the count lies below the interval.
    upto : ndarray, shape (n,)
        That it lies below or inside.
    bins : int
        J.

    Returns
    -------
    ndarray, shape (bins,)
        One each where predictions are right. A U says that they are too narrow, a hump
        that they are too wide, a slope that they are biased.

    Raises
    ------
    SettingError
        If an interval has no probability or none is given; add one to the counts of
        draws, as in (draws inside + 1) / (draws + 1).

    References
    ----------
    .. [1] Czado, C., Gneiting, T. and Held, L. (2009). Predictive model assessment for
       count data. *Biometrics* 65, 1254-1261.
       https://doi.org/10.1111/j.1541-0420.2009.01191.x

    Examples
    --------
    A report that leaves everything open says nothing against any prediction:

    >>> pit_heights(np.zeros(1), np.ones(1), 4)
    array([1., 1., 1., 1.])
    """
    if not below.size or not (below < upto).all():
        raise SettingError(
            f"every interval needs some probability; {int((below >= upto).sum())} of "
            f"{below.size} have none"
        )
    edges = np.linspace(0, 1, bins + 1)
    reached = (edges - below[:, None]) / (upto - below)[:, None]
    return bins * np.diff(np.clip(reached, 0, 1), axis=1).mean(axis=0)


def left_out(
    below: Float[np.ndarray, "draws n"], inside: Float[np.ndarray, "draws n"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    r"""Predictive probabilities of each report by a fit that has not seen it.

    Draws that made the report probable are drawn more often because of it; weights
    :math:`1 / P_s(a \le Y \le b)`, smoothed, undo that [1]_:

    .. math:: P_{-i}(Y < a) = \sum_s w_s P_s(Y < a), \qquad
              w_s \propto 1 / P_s(a \le Y \le b)

    Parameters
    ----------
    below : ndarray, shape (draws, n)
        Probability that the count lies below the interval [a, b] of its report, given
        the parameters of each posterior draw.
    inside : ndarray, shape (draws, n)
        That it lies in the interval.

    Returns
    -------
    tuple of ndarray, each of shape (n,)
        Probability below, probability below or inside, and Pareto k: above 0.7 the
        report is too influential to be left out by weights.

    References
    ----------
    .. [1] Vehtari, A., Gelman, A. and Gabry, J. (2017). Practical Bayesian model
       evaluation using leave-one-out cross-validation and WAIC. *Statistics and
       Computing* 27, 1413-1432. https://doi.org/10.1007/s11222-016-9696-4

    Examples
    --------
    Where all draws say the same, leaving one out changes nothing:

    >>> below, inside = np.full((100, 1), 0.25), np.full((100, 1), 0.5)
    >>> left_out(below, inside)[:2]
    (array([0.25]), array([0.75]))
    """
    found = np.empty((3, below.shape[1]))
    for i in range(below.shape[1]):
        chance = np.maximum(inside[:, i], LEAST)
        weight, shape = pareto.smooth(-np.log(chance))
        start = weight @ below[:, i]
        found[:, i] = start, start + weight @ chance, shape
    return found[0], np.minimum(found[1], 1.0), found[2]


def count_bins(largest: float, most: int = 30) -> Int[np.ndarray, " k"]:
    """First counts of bins that are even on the scale of square roots.

    Small counts have a bin each; on the root scale of a rootogram larger ones widen.

    Parameters
    ----------
    largest : float
        Largest count that must have a bin.
    most : int
        Most bins.

    Returns
    -------
    ndarray of int, shape (k,)
        First count of each bin, and last the first count beyond all.

    Examples
    --------
    >>> count_bins(4.0)
    array([0, 1, 2, 3, 4, 5])
    >>> count_bins(100.0, most=6)
    array([  0,   3,  12,  26,  45,  71, 101])
    """
    if largest < most:
        return np.arange(int(largest) + 2)
    inner = (np.arange(1, most) / most) ** 2 * (largest + 1)
    first = np.concatenate([[0], np.ceil(inner), [largest + 1]])
    return np.unique(first.astype(np.int64))

"""What draws are worth where chains of a ladder have exchanged their states."""

import numpy as np
from jaxtyping import Float, Int
from scipy import special, stats

ENDS = 0.05
"""Probability beyond each end of the interval of which the tails are judged."""


def worth(
    draws: Float[np.ndarray, " draws"], walkers: Int[np.ndarray, " draws"]
) -> tuple[float, float]:
    r"""Independent draws that these are worth, for the centre and for the ends.

    After exchanges every chain of the posterior looks like every other, although the
    states behind them may never have left the region in which they began. Walkers, the
    states followed along all exchanges, are independent however seldom they move; so

    .. math:: m = \frac{W - 1}{W} \frac{S \sum_i (z_i - \bar z)^2}
                       {\sum_w \left( \sum_{i \in w} (z_i - \bar z) \right)^2},

    over all S draws, i, and W walkers, w: the sandwich of [1]_, of normal scores for
    the centre and of being beyond an end for the ends.

    Parameters
    ----------
    draws : ndarray, shape (draws,)
        Of the posterior.
    walkers : ndarray of int, shape (draws,)
        Number of the walker of each.

    Returns
    -------
    tuple of float
        For the centre; for the worse of the two ends. NaN where nothing moves, 0 for
        one walker.

    References
    ----------
    .. [1] Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using
       generalized linear models. *Biometrika* 73(1), 13-22.
       https://doi.org/10.1093/biomet/73.1.13

    Examples
    --------
    Sixty walkers that never move, each drawn a hundred times:

    >>> walkers = np.repeat(np.arange(60), 100)
    >>> where = np.random.default_rng(1).standard_normal(60)
    >>> centre, ends = worth(where[walkers], walkers)
    >>> round(centre)
    59
    """
    ranks = stats.rankdata(draws)
    scores = special.ndtri((ranks - 3 / 8) / (len(draws) + 1 / 4))
    low, high = np.quantile(draws, [ENDS, 1 - ENDS])
    centre, *ends = (
        _sandwich(np.asarray(each, float), walkers)
        for each in (scores, draws < low, draws > high)
    )
    return centre, min(ends)


def _sandwich(
    values: Float[np.ndarray, " draws"], walkers: Int[np.ndarray, " draws"]
) -> float:
    """Variance of one draw over that of the mean; walkers are independent."""
    away = values - values.mean()
    _, walker = np.unique(walkers, return_inverse=True)
    sums = np.bincount(walker, away)
    between = (sums**2).sum() * len(sums)
    if not between:
        return np.nan
    return float((len(sums) - 1) * len(away) * (away**2).sum() / between)

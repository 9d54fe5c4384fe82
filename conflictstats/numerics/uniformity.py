"""Whether numbers that should be uniform are: bands that hold everywhere at once."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy import special

from conflictstats import _check
from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SettingError

HALVINGS = 20
MOST_BINS = 20
FEWEST_A_BIN = 5
"""Expected count of a bin below which the chi-square law is not to be trusted."""


def ecdf_band(
    n: int, points: Float[np.ndarray, " k"], *, level: float = 0.9
) -> tuple[Int[np.ndarray, " k"], Int[np.ndarray, " k"]]:
    r"""Band that holds the empirical distribution of n uniform numbers everywhere.

    Of :math:`R_j = \#\{u_i \le z_j\}`, each binomial, the equal-tailed intervals at one
    pointwise level are taken, as narrow as they may be for

    .. math:: P(l_j \le R_j \le h_j \text{ for all } j) \ge \text{level}

    which is computed exactly, by the chain :math:`R_{j+1} - R_j \mid R_j \sim
    \mathrm{Bin}(n - R_j, (z_{j+1} - z_j) / (1 - z_j))` [1]_.

    Parameters
    ----------
    n : int
        How many numbers.
    points : ndarray, shape (k,)
        Where to look, increasing, strictly between 0 and 1.
    level : float
        Probability that no point is outside.

    Returns
    -------
    tuple of ndarray, each of shape (k,)
        Lowest and highest counts inside.

    Raises
    ------
    SettingError
        If ``n`` is below 1, or points are out of order or range.

    References
    ----------
    .. [1] Säilynoja, T., Bürkner, P.-C. and Vehtari, A. (2022). Graphical test for
       discrete uniformity and its applications in goodness-of-fit evaluation and
       multiple sample comparison. *Statistics and Computing* 32, 32.
       https://doi.org/10.1007/s11222-022-10090-6

    Examples
    --------
    At one point the band is the binomial interval, 40 to 60 of 100 with 95 %:

    >>> low, high = ecdf_band(100, np.array([0.5]), level=0.95)
    >>> int(low[0]), int(high[0])
    (40, 60)
    """
    _check.level(level)
    inside = (points > 0) & (points < 1)
    if n < 1 or not inside.all() or (np.diff(points) <= 0).any():
        raise SettingError(
            "need n >= 1 and points that increase strictly between 0 and 1; got "
            f"{n} and {points}"
        )
    low, high = _path_band(n, tuple(points.tolist()), level)
    return low.copy(), high.copy()


def bin_band(n: int, bins: int, *, level: float = 0.9) -> tuple[int, int]:
    r"""Band that holds the counts of all bins of n uniform numbers at once.

    Counts of bins are multinomial. The probability that all lie in an interval is
    that of independent Poisson counts, cut to the interval, given their sum [1]_.

    Parameters
    ----------
    n : int
        How many numbers.
    bins : int
        How many bins of equal width.
    level : float
        Probability that no bin is outside.

    Returns
    -------
    tuple of int
        Lowest and highest count inside.

    Raises
    ------
    SettingError
        If there is no number, or fewer than two bins.

    References
    ----------
    .. [1] Levin, B. (1981). A representation for multinomial cumulative distribution
       functions. *Annals of Statistics* 9, 1123-1126.
       https://doi.org/10.1214/aos/1176345593

    Examples
    --------
    Ten bins of a hundred numbers: one bin alone would be 5 to 15 nine times of ten,
    all ten together are 3 to 18.

    >>> bin_band(100, 10)
    (3, 18)
    """
    _check.level(level)
    if n < 1 or bins < 2:
        raise SettingError(f"need n >= 1 and bins >= 2, got {n} and {bins}")
    share = np.array([1 / bins])
    low, high = _narrowest(
        lambda tail: _binomial_interval(n, share, tail),
        lambda low, high: _chance_of_bins(n, bins, int(low[0]), int(high[0])),
        level,
        bins,
    )
    return int(low[0]), int(high[0])


class RankTests(NamedTuple):
    """Tests of ranks that should be uniform.

    Attributes
    ----------
    z_mean : float
        Standard normal if the ranks are uniform; above 0 where truths lie above their
        draws: the method is biased low.
    z_variance : float
        Standard normal if they are; above 0 where truths lie too often far out: the
        intervals are too narrow.
    p_mean, p_variance, p_chi_square : float
        Two-sided p-values of the two, and that of the chi-square test over bins.
    """

    z_mean: float
    z_variance: float
    p_mean: float
    p_variance: float
    p_chi_square: float


def rank_tests(ranks: Int[np.ndarray, " n"], draws: int) -> RankTests:
    r"""Test that ranks among draws are uniform on 0 ... draws.

    Ranks become normal scores :math:`s = \Phi^{-1}((\text{rank} + 1/2) / (L + 1))`,
    whose mean and variance tell bias and wrong width apart, each more powerful than
    the chi-square test, which sees all the rest [1]_. The moments of the scores of L
    draws are exact; the sum of their squares is taken as a gamma variable.

    Parameters
    ----------
    ranks : ndarray of int, shape (n,)
        How many of its draws each truth exceeds; ties broken at random.
    draws : int
        L, the draws of each.

    Returns
    -------
    RankTests
        Scores and p-values.

    Raises
    ------
    SettingError
        If there are fewer than 10 ranks, or one is not from 0 to ``draws``.

    References
    ----------
    .. [1] Cook, S. R., Gelman, A. and Rubin, D. B. (2006). Validation of software for
       Bayesian models using posterior quantiles. *Journal of Computational and
       Graphical Statistics* 15, 675-692. https://doi.org/10.1198/106186006X136976

    Examples
    --------
    Every rank equally often, then the same ranks with the outer ones missing:

    >>> ranks = np.repeat(np.arange(100), 10)
    >>> rank_tests(ranks, 99).p_mean.__round__(6)
    1.0
    >>> bool(rank_tests(ranks[100:-100], 99).z_variance < -5)
    True
    """
    if ranks.size < 2 * FEWEST_A_BIN or ranks.min() < 0 or ranks.max() > draws:
        raise SettingError(
            f"need {2 * FEWEST_A_BIN} ranks or more, from 0 to {draws}; got "
            f"{ranks.size}, from {ranks.min(initial=0)} to {ranks.max(initial=0)}"
        )
    scores = special.ndtri((np.arange(draws + 1) + 0.5) / (draws + 1))
    second, fourth = (scores**2).mean(), (scores**4).mean()
    here = scores[ranks]
    z_mean = float(here.mean() / np.sqrt(second / ranks.size))
    excess = fourth / second**2 - 1
    shape, total = ranks.size / excess, (here**2).sum() / second / excess
    under, over = special.gammainc(shape, total), special.gammaincc(shape, total)
    z_variance = float(special.ndtri(under) if under < over else -special.ndtri(over))
    p_mean, p_variance = (
        float(2 * special.ndtr(-abs(z))) for z in (z_mean, z_variance)
    )
    return RankTests(z_mean, z_variance, p_mean, p_variance, _chi_square(ranks, draws))


def _chi_square(ranks: IntArray, draws: int) -> float:
    """P-value of the chi-square test over bins of about as many ranks each."""
    bins = min(MOST_BINS, draws + 1, ranks.size // FEWEST_A_BIN)
    bin_of = np.arange(draws + 1) * bins // (draws + 1)
    expected = np.bincount(bin_of) * ranks.size / (draws + 1)
    found = np.bincount(bin_of[ranks], minlength=bins)
    return float(special.chdtrc(bins - 1, ((found - expected) ** 2 / expected).sum()))


def _narrowest(
    interval: Callable[[float], tuple[IntArray, IntArray]],
    chance: Callable[[IntArray, IntArray], float],
    level: float,
    parts: int,
) -> tuple[IntArray, IntArray]:
    """Interval with the largest tail, of those that hold with ``level`` at once."""
    safe, unsafe = (1 - level) / (2 * parts), (1 - level) / 2
    if chance(*interval(unsafe)) >= level:
        return interval(unsafe)
    for _ in range(HALVINGS):
        middle = (safe + unsafe) / 2
        if chance(*interval(middle)) >= level:
            safe = middle
        else:
            unsafe = middle
    return interval(safe)


@lru_cache(maxsize=64)
def _path_band(
    n: int, points: tuple[float, ...], level: float
) -> tuple[IntArray, IntArray]:
    """Band of :func:`ecdf_band`, kept because studies ask for the same one often."""
    at = np.array(points)
    return _narrowest(
        lambda tail: _binomial_interval(n, at, tail),
        lambda low, high: _chance_of_path(n, at, low, high),
        level,
        at.size,
    )


def _binomial_interval(
    n: int, chance: FloatArray, tail: float
) -> tuple[IntArray, IntArray]:
    """Least counts with at most ``tail`` outside on either side, shape (k,) each."""
    upto = special.bdtr(np.arange(n + 1.0), n, chance[:, None])
    low = (upto <= tail).sum(axis=1)
    high = (upto < 1 - tail).sum(axis=1)
    return low, np.minimum(high, n)


def _chance_of_path(n: int, points: FloatArray, low: IntArray, high: IntArray) -> float:
    """Probability that the counts up to all points lie in their intervals."""
    at, weight, reached = np.zeros(1), np.ones(1), 0.0
    for point, first, last in zip(points, low, high, strict=True):
        ahead = np.arange(first, last + 1.0)
        step = (point - reached) / (1 - reached)
        weight = weight @ _binomial(ahead - at[:, None], n - at[:, None], step)
        at, reached = ahead, point
    return float(weight.sum())


def _binomial(count: FloatArray, n: FloatArray, chance: float) -> FloatArray:
    """Binomial probabilities; 0 where a count is not from 0 to n."""
    inside = (count >= 0) & (count <= n)
    k, m = np.where(inside, count, 0), np.where(inside, n, 0)
    log_ways = special.gammaln(m + 1) - special.gammaln(k + 1)
    log_ways -= special.gammaln(m - k + 1)
    log_chance = log_ways + k * np.log(chance) + (m - k) * np.log1p(-chance)
    return np.where(inside, np.exp(log_chance), 0.0)


def _chance_of_bins(n: int, bins: int, low: int, high: int) -> float:
    """Probability that the counts of all bins lie in one interval."""
    if low * bins > n or high * bins < n:
        return 0.0
    mean, count = n / bins, np.arange(low, high + 1.0)
    one = np.exp(count * np.log(mean) - mean - special.gammaln(count + 1))
    total = np.ones(1)
    for _ in range(bins):
        total = np.convolve(total, one)
    log_sum = n * np.log(n) - n - special.gammaln(n + 1)
    return float(total[n - low * bins] / np.exp(log_sum))

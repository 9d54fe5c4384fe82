"""Whether chains agree, and how many independent draws theirs are worth."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats import _check
from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import SettingError

Chains: TypeAlias = Float[np.ndarray, "draws chains k"]
Each: TypeAlias = Float[np.ndarray, " k"]

ROUNDING = 1e-12
"""Correlation below which rounding decides on the sign."""
FEWEST_DRAWS = 16
"""Draws of a chain below which its halves say nothing about each other."""
ONE_SD = special.ndtr(np.array([-1.0, 1.0]))


def rhat(draws: Chains) -> Each:
    r"""Rank-normalised split R-hat of each coordinate.

    Near 1 where the chains have forgotten where they started; [1]_ asks for less than
    1.01. The larger of two values is given: of the ranks, which sees chains that differ
    in location, and of the ranks of distances from the median, which sees chains that
    differ in spread.

    .. math:: \hat R = \sqrt{\frac{\frac{n-1}{n} W + B}{W}}, \qquad
              W = \text{mean}_m \, s_m^2, \quad B = \text{var}_m \, \bar z_m

    over the halves :math:`m` of the chains, n draws each, with
    :math:`z = \Phi^{-1}((\text{rank} - 3/8) / (S + 1/4))` over all S draws.

    Parameters
    ----------
    draws : ndarray, shape (draws, chains, k)
        States in the order in which they were visited.

    Returns
    -------
    ndarray, shape (k,)
        NaN where a coordinate never moves or is not finite.

    Raises
    ------
    SettingError
        If a chain has fewer than 16 draws.

    References
    ----------
    .. [1] Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Bürkner, P.-C.
       (2021). Rank-normalization, folding, and localization: an improved R-hat for
       assessing convergence of MCMC. *Bayesian Analysis* 16, 667-718.
       https://doi.org/10.1214/20-BA1221

    Examples
    --------
    Four chains that agree, then one of them moved by one standard deviation:

    >>> chains = np.random.default_rng(1).standard_normal((500, 4, 1))
    >>> bool(rhat(chains)[0] < 1.01)
    True
    >>> chains[:, 0] += 1
    >>> bool(rhat(chains)[0] > 1.05)
    True
    """
    with np.errstate(invalid="ignore"):
        away = np.abs(draws - np.median(draws, axis=(0, 1)))
    location, spread = (
        _potential_scale_reduction(_normal_scores(_split(each)))
        for each in (draws, away)
    )
    return np.maximum(location, spread)


def nested_rhat(draws: Chains, families: int) -> Each:
    r"""R-hat for many short chains, in families that started at the same place.

    The nested statistic [1]_ compares families, so that a chain may be as short as a
    few draws where there are many of them.

    .. math:: \hat R_\nu = \sqrt{1 + B_\nu / W_\nu}

    with :math:`B_\nu` the variance of the families' means and :math:`W_\nu` the mean
    over families of the variance between the means of their chains plus the mean
    variance within a chain.

    Parameters
    ----------
    draws : ndarray, shape (draws, chains, k)
        Chains of one family are neighbours; two draws each or more.
    families : int
        Number of families, 2 or more; it divides the number of chains into families
        of 2 or more.

    Returns
    -------
    ndarray, shape (k,)
        Near 1 where families agree.

    Raises
    ------
    SettingError
        If the chains do not fall into such families.

    References
    ----------
    .. [1] Margossian, C. C. et al. (2024). Nested R-hat: assessing the convergence of
       Markov chain Monte Carlo when running many short chains. *Bayesian Analysis*.
       https://doi.org/10.1214/24-BA1453

    Examples
    --------
    Four families of sixteen chains, then one family elsewhere:

    >>> chains = np.random.default_rng(1).standard_normal((10, 64, 1))
    >>> bool(nested_rhat(chains, 4)[0] < 1.01)
    True
    >>> chains[:, :16] += 1
    >>> bool(nested_rhat(chains, 4)[0] > 1.05)
    True
    """
    length, chains, k = draws.shape
    if families < 2 or length < 2 or chains % families or chains < 2 * families:
        raise SettingError(
            "need two families or more, of two chains or more, of two draws or more; "
            f"got {chains} chains of {length} draws in {families} families"
        )
    grouped = draws.reshape(length, families, -1, k)
    of_chains = grouped.mean(axis=0)
    over_time = grouped.var(axis=0, ddof=1).mean(axis=1)
    within = over_time + of_chains.var(axis=1, ddof=1)
    between = of_chains.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(1 + between / within.mean(axis=0))


def ess_bulk(draws: Chains) -> Each:
    r"""Effective number of draws for the centre of each coordinate.

    .. math:: S_\text{eff} = \frac{S}{1 + 2 \sum_{t \ge 1} \hat\rho_t}

    of the rank-normalised halves of the chains, with the autocorrelations
    :math:`\hat\rho_t` of all chains together, summed by Geyer's initial monotone
    sequence [2]_. Below 100 a chain, [1]_ would not rely on R-hat either.

    Parameters
    ----------
    draws : ndarray, shape (draws, chains, k)
        States in the order in which they were visited.

    Returns
    -------
    ndarray, shape (k,)
        Independent draws of equal worth; NaN where a coordinate never moves. Chains
        that move to and fro can be worth more than S; the most that is believed is
        S log10(S).

    Raises
    ------
    SettingError
        If a chain has fewer than 16 draws.

    References
    ----------
    .. [1] Vehtari, A. et al. (2021). *Bayesian Analysis* 16, 667-718.
       https://doi.org/10.1214/20-BA1221
    .. [2] Geyer, C. J. (1992). Practical Markov chain Monte Carlo. *Statistical
       Science* 7, 473-483. https://doi.org/10.1214/ss/1177011137

    Examples
    --------
    Independent draws are worth what they are:

    >>> chains = np.random.default_rng(1).standard_normal((2000, 4, 1))
    >>> (ess_bulk(chains) / 8000).round(1)
    array([1.])
    """
    return _effective(_normal_scores(_split(draws)))


def ess_tail(draws: Chains, *, level: float = 0.9) -> Each:
    """Effective number of draws for the ends of an equal-tailed interval.

    Parameters
    ----------
    draws : ndarray, shape (draws, chains, k)
        States in the order in which they were visited.
    level : float
        Probability inside the interval whose ends are meant.

    Returns
    -------
    ndarray, shape (k,)
        The smaller of the two ends' numbers; NaN where a coordinate never moves.

    Raises
    ------
    SettingError
        If a chain has fewer than 16 draws, or ``level`` is not between 0 and 1.

    References
    ----------
    .. [1] Vehtari, A. et al. (2021). *Bayesian Analysis* 16, 667-718.
       https://doi.org/10.1214/20-BA1221

    Examples
    --------
    >>> chains = np.random.default_rng(1).standard_normal((2000, 4, 1))
    >>> (ess_tail(chains) / 8000).round(1)
    array([1.])
    """
    tail = (1 - _check.level(level)) / 2
    ends = (_effective(_below(draws, p)) for p in (tail, 1 - tail))
    return np.minimum(*ends)


def mcse_mean(draws: Chains) -> Each:
    r"""Monte Carlo standard error of the mean of each coordinate.

    .. math:: \text{sd} / \sqrt{S_\text{eff}}

    Parameters
    ----------
    draws : ndarray, shape (draws, chains, k)
        States in the order in which they were visited.

    Returns
    -------
    ndarray, shape (k,)
        In the unit of the draws; NaN where a coordinate never moves.

    Raises
    ------
    SettingError
        If a chain has fewer than 16 draws.

    Examples
    --------
    >>> chains = np.random.default_rng(1).standard_normal((2500, 4, 1))
    >>> mcse_mean(chains).round(2)
    array([0.01])
    """
    worth = _effective(_split(draws))
    known = np.where(np.isnan(worth), np.nan, draws)
    return known.reshape(-1, draws.shape[2]).std(axis=0, ddof=1) / np.sqrt(worth)


def mcse_quantile(draws: Chains, probability: float) -> Each:
    """Monte Carlo standard error of a quantile of each coordinate.

    Half the distance between the order statistics at one standard deviation either
    side of ``probability``, by the beta law of an order statistic of as many
    independent draws as these are worth there.

    Parameters
    ----------
    draws : ndarray, shape (draws, chains, k)
        States in the order in which they were visited.
    probability : float
        Which quantile, strictly between 0 and 1.

    Returns
    -------
    ndarray, shape (k,)
        In the unit of the draws; NaN where a coordinate never moves.

    Raises
    ------
    SettingError
        If a chain has fewer than 16 draws, or ``probability`` is not between 0 and 1.

    References
    ----------
    .. [1] Vehtari, A. et al. (2021). *Bayesian Analysis* 16, 667-718, section 4.3.
       https://doi.org/10.1214/20-BA1221

    Examples
    --------
    The median of a normal sample has a standard error 1.25 times that of its mean:

    >>> chains = np.random.default_rng(1).standard_normal((25_000, 4, 1))
    >>> bool(0.0035 < mcse_quantile(chains, 0.5)[0] < 0.0045)
    True
    """
    at = _check.level(probability, "probability")
    worth = _effective(_below(draws, at))
    flat = np.sort(draws.reshape(-1, draws.shape[2]), axis=0)
    size, out = len(flat), np.full(flat.shape[1], np.nan)
    for j in np.flatnonzero(np.isfinite(worth)):
        ends = special.betaincinv(at * worth[j] + 1, (1 - at) * worth[j] + 1, ONE_SD)
        first = max(int(np.floor(ends[0] * size)), 1) - 1
        last = min(int(np.ceil(ends[1] * size)), size) - 1
        out[j] = (flat[last, j] - flat[first, j]) / 2
    return out


def _split(draws: FloatArray) -> FloatArray:
    """Halves of the chains as chains, (draws // 2, 2 chains, k), the middle left out.

    Coordinates that never move or are not finite become NaN.
    """
    length = len(draws)
    if length < FEWEST_DRAWS:
        raise SettingError(
            f"a chain needs {FEWEST_DRAWS} draws or more, got {length}; draw more"
        )
    half = length // 2
    halves = np.concatenate([draws[:half], draws[length - half :]], axis=1)
    moves = (draws != draws[0, 0]).any(axis=(0, 1))
    useful = moves & np.isfinite(draws).all(axis=(0, 1))
    return np.where(useful, halves, np.nan)


def _normal_scores(draws: FloatArray) -> FloatArray:
    """Normal quantiles of the ranks over all chains, ties sharing their mean rank."""
    flat = draws.reshape(-1, draws.shape[2])
    ranks = np.empty(flat.shape)
    for j, column in enumerate(flat.T):
        _, where, count = np.unique(column, return_inverse=True, return_counts=True)
        ranks[:, j] = (np.cumsum(count) - (count - 1) / 2)[where]
    scores = special.ndtri((ranks - 0.375) / (len(flat) + 0.25))
    return np.where(np.isnan(flat), np.nan, scores).reshape(draws.shape)


def _below(draws: FloatArray, probability: float) -> FloatArray:
    """Whether each draw of the halves lies at or below a quantile, 1 or 0."""
    halves = _split(draws)
    with np.errstate(invalid="ignore"):
        cut = np.quantile(draws, probability, axis=(0, 1))
    return np.where(np.isnan(halves), np.nan, halves <= cut)


def _potential_scale_reduction(draws: FloatArray) -> FloatArray:
    """R-hat of draws that are split and transformed already, shape (k,)."""
    length = len(draws)
    within = draws.var(axis=0, ddof=1).mean(axis=0)
    between = draws.mean(axis=0).var(axis=0, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt((length - 1) / length + between / within)


def _effective(draws: FloatArray) -> FloatArray:
    """Effective number of draws that are split already, shape (k,)."""
    length, chains, k = draws.shape
    covariance = _autocovariance(draws)
    scale = length / (length - 1)
    within = covariance[0] * scale
    total = covariance[0] + draws.mean(axis=0).var(axis=0, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = 1 - (within - covariance) / total
    correlation[0] = 1
    even, odd = correlation[: length // 2 * 2].reshape(-1, 2, k).transpose(1, 0, 2)
    stop, used = _first_not_positive(even + odd, length)
    monotone = np.minimum.accumulate(even + odd, axis=0)
    last = np.take_along_axis(even, stop[None], axis=0)[0]
    tau = 2 * (monotone * used).sum(axis=0) - 1 + np.maximum(last, 0)
    size = length * chains
    return np.where(np.isnan(tau), np.nan, size / np.maximum(tau, 1 / np.log10(size)))


def _first_not_positive(pairs: FloatArray, length: int) -> tuple[IntArray, BoolArray]:
    """Geyer's cut: first pair (k,) whose sum is not positive, and which come before.

    The last lags, of a few products each, are left out. Sums for indicators may be 0,
    of which rounding makes either sign.
    """
    most = (length - 3) // 2
    ended = ~(pairs > ROUNDING)
    ended[most:] = True
    stop = ended.argmax(axis=0)
    return stop, np.arange(len(pairs))[:, None] < stop


def _autocovariance(draws: FloatArray) -> FloatArray:
    """Autocovariance by lag, mean over chains, shape (draws, k)."""
    length = len(draws)
    padded = 1 << (2 * length - 1).bit_length()
    spectrum = np.fft.rfft(draws - draws.mean(axis=0), padded, axis=0)
    power = (spectrum.real**2 + spectrum.imag**2).mean(axis=1)
    return np.fft.irfft(power, padded, axis=0)[:length] / length

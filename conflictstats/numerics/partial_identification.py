"""Shares when some members of the whole have no known class: bounds, not points."""

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

BISECTIONS = 60


def share_bounds(
    part: Float[np.ndarray, "*n"],
    rest: Float[np.ndarray, "*n"],
    unknown: Float[np.ndarray, "*n"],
    part_or_out: Float[np.ndarray, "*n"] | float = 0.0,
    rest_or_out: Float[np.ndarray, "*n"] | float = 0.0,
) -> tuple[Float[np.ndarray, "*n"], Float[np.ndarray, "*n"]]:
    r"""Smallest and largest share that a part can have, whatever the unknown are.

    .. math:: \frac{c}{c+k+u+k'} \;\le\; \text{share} \;\le\;
              \frac{c+u+c'}{c+k+u+c'}

    Nothing is assumed about the unknown: at one end none of them belongs to the
    part, at the other all do, and those who may be outside of the whole are in it
    where that moves the share outwards. The bounds are sharp; where nobody may be
    outside, they are as far apart as the share of the unknown. They say nothing about
    deaths that nobody recorded.

    Parameters
    ----------
    part, rest, unknown : ndarray, shape (*n)
        Members :math:`c` of the part, :math:`k` of the rest of the whole, and
        :math:`u` who may be either (or outside, which changes nothing); people, not
        negative.
    part_or_out, rest_or_out : ndarray, shape (*n), or float
        Those :math:`c'` who are of the part or outside of the whole, and :math:`k'`
        of the rest or outside; people.

    Returns
    -------
    lower, upper : ndarray, shape (*n)
        Ends of the share, 0 to 1; NaN where there is nobody.

    References
    ----------
    .. [1] Manski, C. F. (2003). *Partial Identification of Probability
       Distributions*, chapter 1. Springer. https://doi.org/10.1007/b97478

    Examples
    --------
    Of ten dead three were civilians, five were not, two are unknown:

    >>> lower, upper = share_bounds(np.array([3.0]), np.array([5.0]), np.array([2.0]))
    >>> lower, upper
    (array([0.3]), array([0.5]))
    """
    dead = part, rest, unknown, part_or_out, rest_or_out
    lower, upper = _share_at_chance(*dead, 0.0), _share_at_chance(*dead, 1.0)
    return np.where(np.isnan(lower), upper, lower), np.where(
        np.isnan(upper), lower, upper
    )


def share_at_odds_ratio(
    part: Float[np.ndarray, "*n"],
    rest: Float[np.ndarray, "*n"],
    unknown: Float[np.ndarray, "*n"],
    odds_ratio: float,
    part_or_out: Float[np.ndarray, "*n"] | float = 0.0,
    rest_or_out: Float[np.ndarray, "*n"] | float = 0.0,
) -> Float[np.ndarray, "*n"]:
    r"""Share of a part if an unknown belongs to it with given odds.

    .. math:: \frac{c + (u + c')\,p_\psi}{c+k+u+c'\,p_\psi + k'(1-p_\psi)}, \qquad
              \frac{p_\psi}{1-p_\psi} = \psi\,\frac{c}{k}

    The odds ratio :math:`\psi` compares the unknown with the known. At 1 the
    unknown are like the known and the share is :math:`c/(c+k)` if nobody may be
    outside of the whole; 0 and infinity give the two ends of :func:`share_bounds`.
    The data cannot tell :math:`\psi`.

    Parameters
    ----------
    part, rest, unknown : ndarray, shape (*n)
        As in :func:`share_bounds`, people.
    odds_ratio : float
        :math:`\psi`, from 0 to infinity, both included.
    part_or_out, rest_or_out : ndarray, shape (*n), or float
        Those who may be outside: :math:`c'` are in the whole with chance
        :math:`p_\psi`, and :math:`k'` with chance :math:`1-p_\psi`; people.

    Returns
    -------
    ndarray, shape (*n)
        The share, 0 to 1; NaN where nobody is of known class and
        :math:`\psi` is neither 0 nor infinite.

    References
    ----------
    .. [1] Rosenbaum, P. R. and Rubin, D. B. (1983). Assessing sensitivity to an
       unobserved binary covariate in an observational study with binary outcome.
       *JRSS B* 45(2), 212-218. https://doi.org/10.1111/j.2517-6161.1983.tb01242.x

    Examples
    --------
    >>> dead = np.array([3.0]), np.array([5.0]), np.array([2.0])
    >>> share_at_odds_ratio(*dead, odds_ratio=1.0)
    array([0.375])
    """
    dead = part, rest, unknown, part_or_out, rest_or_out
    lower, upper = share_bounds(*dead)
    if odds_ratio == 0:
        return lower
    if np.isinf(odds_ratio):
        return upper
    chance = _share(odds_ratio * part, odds_ratio * part + rest)
    return np.where(lower == upper, lower, _share_at_chance(*dead, chance))


def monotone_bounds(
    lower: Float[np.ndarray, "*n strata"], upper: Float[np.ndarray, "*n strata"]
) -> tuple[Float[np.ndarray, "*n strata"], Float[np.ndarray, "*n strata"]]:
    r"""Bounds of shares that do not fall from each stratum to the next.

    .. math:: \max_{s \le t} l_s \;\le\; \text{share}_t \;\le\; \min_{s \ge t} u_s

    What is known of a stratum bounds the others: a monotone instrumental variable.
    The bounds are sharp if nothing else is assumed. Where an end passes the other the
    assumption cannot hold.

    Parameters
    ----------
    lower, upper : ndarray, shape (*n, strata)
        Bounds of each stratum alone, in the order in which the share may rise.

    Returns
    -------
    lower, upper : ndarray, shape (*n, strata)
        Bounds under the assumption.

    References
    ----------
    .. [1] Manski, C. F. and Pepper, J. V. (2000). Monotone instrumental variables:
       with an application to the returns to schooling. *Econometrica* 68(4),
       997-1010. https://doi.org/10.1111/1468-0262.00144

    Examples
    --------
    >>> lower, upper = monotone_bounds(np.array([0.3, 0.1]), np.array([0.9, 0.6]))
    >>> lower, upper
    (array([0.3, 0.3]), array([0.6, 0.6]))
    """
    at_least = np.maximum.accumulate(lower, axis=-1)
    at_most = np.minimum.accumulate(upper[..., ::-1], axis=-1)[..., ::-1]
    return at_least, at_most


def ratio_range(
    part_low: Float[np.ndarray, " n"],
    part_high: Float[np.ndarray, " n"],
    whole_low: Float[np.ndarray, " n"],
    whole_high: Float[np.ndarray, " n"],
) -> tuple[float, float]:
    r"""Range of a ratio of sums when part and whole are known up to intervals.

    .. math:: \frac{\sum_i \min(c_i^-, d_i^+)}{\sum_i d_i^+} \;\le\; \text{share}
              \;\le\; \frac{\sum_i \hat c_i}{\sum_i \max(d_i^-, \hat c_i)},
              \qquad \hat c_i = \min(c_i^+, d_i^+)

    The share rises in the part and falls in the whole, row by row, so each end is
    reached with every row at its own end and no programme has to be solved. Use it
    where rows are free of one another; limits on a sum over rows need more.

    Parameters
    ----------
    part_low, part_high : ndarray, shape (n,)
        Interval of the part in each row, :math:`c_i^- \le c_i^+`, people.
    whole_low, whole_high : ndarray, shape (n,)
        Interval of the whole in each row, :math:`d_i^- \le d_i^+`, people.

    Returns
    -------
    lower, upper : float
        Ends of the share, 0 to 1; NaN where the whole is 0.

    References
    ----------
    .. [1] Charnes, A. and Cooper, W. W. (1962). Programming with linear fractional
       functionals. *Naval Research Logistics Quarterly* 9(3-4), 181-186.
       https://doi.org/10.1002/nav.3800090303

    Examples
    --------
    Five civilians among 8 to 20 dead:

    >>> five = np.array([5.0])
    >>> ratio_range(five, five, np.array([8.0]), np.array([20.0]))
    (0.25, 0.625)
    """
    most = np.minimum(part_high, whole_high)
    least = np.minimum(part_low, whole_high)
    lower = _share(least.sum(), whole_high.sum())
    fewest = np.maximum(whole_low, most).sum() or whole_high.sum()
    upper = _share(most.sum(), fewest)
    return float(lower), float(upper)


def imbens_manski_critical(
    width: Float[np.ndarray, "*n"], std_err: Float[np.ndarray, "*n"], level: float
) -> Float[np.ndarray, "*n"]:
    r"""Standard errors to add outside the bounds so that the share is covered.

    .. math:: \Phi\!\left(c + \frac{\Delta}{s}\right) - \Phi(-c) = \text{level}

    A share inside wide bounds can be missed on one side only, so :math:`c` goes
    from the two-sided normal quantile (:math:`\Delta = 0`) to the one-sided one.
    The interval covers the share, not the whole set between the bounds.

    Parameters
    ----------
    width : ndarray, shape (*n)
        Distance :math:`\Delta` between the bounds.
    std_err : ndarray, shape (*n)
        The larger :math:`s` of the two standard errors, in the unit of ``width``.
    level : float
        Nominal coverage.

    Returns
    -------
    ndarray, shape (*n)
        The critical value :math:`c`; NaN where an input is NaN.

    References
    ----------
    .. [1] Imbens, G. W. and Manski, C. F. (2004). Confidence intervals for
       partially identified parameters. *Econometrica* 72(6), 1845-1857.
       https://doi.org/10.1111/j.1468-0262.2004.00555.x
    .. [2] Stoye, J. (2009). More on confidence intervals for partially identified
       parameters. *Econometrica* 77(4), 1299-1315.
       https://doi.org/10.3982/ECTA7347

    Examples
    --------
    No width, then a very wide set:

    >>> widths = np.array([0.0, 10.0])
    >>> imbens_manski_critical(widths, np.array([1.0, 1.0]), 0.95).round(3)
    array([1.96 , 1.645])
    """
    one_sided = np.divide(width, std_err, out=_beyond(width), where=std_err > 0)
    low = np.full_like(one_sided, ndtri(level))
    high = np.full_like(one_sided, ndtri((1 + level) / 2))
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        short = ndtr(middle + one_sided) - ndtr(-middle) < level
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.where(np.isnan(width + std_err), np.nan, (low + high) / 2)


def _beyond(width: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """Width in standard errors where these are 0: none or endlessly many."""
    return np.where(width > 0, np.inf, 0.0)


def _share(part: ArrayLike, whole: ArrayLike) -> Float[np.ndarray, "*n"]:
    """``part / whole``, NaN where the whole is 0."""
    nobody = np.full(np.shape(whole), np.nan)
    return np.divide(part, whole, out=nobody, where=np.greater(whole, 0))


def _share_at_chance(
    part: Float[np.ndarray, "*n"],
    rest: Float[np.ndarray, "*n"],
    unknown: Float[np.ndarray, "*n"],
    part_or_out: Float[np.ndarray, "*n"] | float,
    rest_or_out: Float[np.ndarray, "*n"] | float,
    chance: Float[np.ndarray, "*n"] | float,
) -> Float[np.ndarray, "*n"]:
    """Share if everybody who may be of the part is so with one chance."""
    maybe = part_or_out * chance
    whole = part + rest + unknown + maybe + rest_or_out * (1 - chance)
    return _share(part + unknown * chance + maybe, whole)

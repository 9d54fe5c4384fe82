"""Estimates of the unlisted that need the overlaps of lists, and no likelihood."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from conflictstats.numerics.unlisted import cells_variance


class Coverage(NamedTuple):
    """What the sample coverage of lists says of the total."""

    coverage: float
    total: float
    variance: float
    one_step: float
    one_step_variance: float


def chao_unlisted(once: float, twice: float, n_lists: int) -> tuple[float, float]:
    r"""Lower bound of the number on no list, out of those on one and on two.

    .. math:: \hat n_0 = \frac{J - 1}{J} \frac{f_1^2}{2 f_2}

    Parameters
    ----------
    once, twice : float
        Records on exactly one list and on exactly two, people; some on two.
    n_lists : int
        Lists :math:`J`.

    Returns
    -------
    unlisted, variance : float
        The bound, people, and its variance.

    References
    ----------
    .. [1] Chao, A. (1987). Estimating the population size for capture-recapture data
       with unequal catchability. *Biometrics* 43(4), 783-791.
       https://doi.org/10.2307/2531532

    Examples
    --------
    >>> unlisted, variance = chao_unlisted(100.0, 50.0, 2)
    >>> unlisted, variance
    (50.0, 200.0)
    """
    ratio, shrunk = once / twice, (n_lists - 1) / n_lists
    variance = twice * (
        shrunk * ratio**2 / 2 + shrunk**2 * ratio**3 + shrunk**2 * ratio**4 / 4
    )
    return shrunk * once * ratio / 2, variance


def chao_corrected(once: float, twice: float, n_lists: int) -> tuple[float, float]:
    r"""The same bound with less bias in small numbers, also where none is on two lists.

    .. math:: \hat n_0 = \frac{J - 1}{J} \frac{f_1 (f_1 - 1)}{2 (f_2 + 1)}

    Parameters
    ----------
    once, twice : float
        Records on exactly one list and on exactly two, people.
    n_lists : int
        Lists :math:`J`.

    Returns
    -------
    unlisted, variance : float
        The bound, people, and its variance.

    References
    ----------
    .. [1] Chao, A. (2005). Species estimation and applications. *Encyclopedia of
       Statistical Sciences*, 2nd ed., vol. 12, 7907-7916. Wiley.
       https://doi.org/10.1002/0471667196.ess5051

    Examples
    --------
    >>> unlisted, variance = chao_corrected(5.0, 1.0, 2)
    >>> unlisted
    2.5
    """
    shrunk, more = (n_lists - 1) / n_lists, twice + 1
    variance = (
        shrunk * once * (once - 1) / (2 * more)
        + shrunk**2 * once * (2 * once - 1) ** 2 / (4 * more**2)
        + shrunk**2 * once**2 * twice * (once - 1) ** 2 / (4 * more**4)
    )
    return shrunk * once * (once - 1) / (2 * more), variance


def pair_ends(
    cells: tuple[float, float, float], critical: float
) -> tuple[float, float]:
    r"""Ends of the number on either of two lists or none, also without overlap.

    .. math:: f_{11} + f_{10} + f_{01} - \tfrac12 +
              \frac{(f_{10} + \frac12)(f_{01} + \frac12)}{f_{11} + \frac12}
              e^{\pm z s}

    with the standard error :math:`s` of the logarithm of the last term.

    Parameters
    ----------
    cells : tuple of three floats
        Records on both lists, on the first only, on the other only; people.
    critical : float
        Quantile :math:`z` of the normal law.

    Returns
    -------
    lower, upper : float
        Ends of the total, people; not below those on either list.

    References
    ----------
    .. [1] Sadinle, M. (2009). Transformed logit confidence intervals for small
       populations in single capture-recapture estimation. *Communications in
       Statistics - Simulation and Computation* 38(9), 1909-1924.
       https://doi.org/10.1080/03610910903168595

    Examples
    --------
    >>> lower, upper = pair_ends((20.0, 60.0, 30.0), 1.645)
    >>> lower < 80 * 50 / 20 < upper
    True
    """
    both, one, other = (count + 0.5 for count in cells)
    middle = one * other / both
    spread = np.sqrt(1 / both + 1 / one + 1 / other + 1 / middle)
    factor = float(np.exp(critical * spread))
    listed = sum(cells)
    return max(listed - 0.5 + middle / factor, listed), listed - 0.5 + middle * factor


def sample_coverage(
    patterns: Bool[np.ndarray, "cell list"], counts: Float[np.ndarray, "cell"]
) -> Coverage:
    r"""Total from how much of each list the others hold.

    .. math::
        \hat C = 1 - \frac1J \sum_j \frac{u_j}{n_j}, \qquad
        D = n - \frac1J \sum_j u_j, \qquad a_{jk} = u_j + u_k + 2 v_{jk}

    .. math::
        \hat N = \Bigl( D - \frac1J \sum_{j<k} a_{jk} \Bigr) \Big/
        \Bigl( \hat C - \frac1J \sum_{j<k} a_{jk} \frac{n_{jk}}{n_j n_k} \Bigr)

    with :math:`u_j` the records on list :math:`j` alone and :math:`v_{jk}` those on
    just these two. Dependence of pairs is estimated and taken out; for two lists it
    cannot be, and :math:`D / \hat C` (independence) is given. The one-step form starts
    from :math:`D / \hat C` and takes dependence out twice; it is for low coverage.
    These are the published forms for three lists, and for four and five those of the
    authors' program CARE-1, whose sums go on in the same way for more.

    Parameters
    ----------
    patterns : ndarray of bool, shape (cell, list)
        Combinations of lists.
    counts : ndarray, shape (cell,)
        Records of each, people.

    Returns
    -------
    Coverage
        :math:`\hat C` from 0 to 1, both totals, people, and their variances by the
        delta method; infinite where the divisor is not above 0.

    References
    ----------
    .. [1] Chao, A. and Tsay, P. K. (1998). A sample coverage approach to
       multiple-system estimation with application to census undercount. *Journal of
       the American Statistical Association* 93(441), 283-293.
       https://doi.org/10.1080/01621459.1998.10474109

    Examples
    --------
    Three independent lists that hold a half of 800 each:

    >>> patterns = np.array([[i >> j & 1 for j in range(3)] for i in range(1, 8)])
    >>> found = sample_coverage(patterns.astype(bool), np.full(7, 100.0))
    >>> round(found.coverage, 2), round(found.total), round(found.one_step)
    (0.75, 800, 800)
    """
    parts = _Parts(patterns)
    sums = counts @ parts.features
    coverage, total = parts.coverage(sums), np.inf
    variance = np.inf
    if parts.divisor(sums) > 0:
        total = float(parts.total(sums))
        variance = cells_variance(parts.total, parts.features, counts)
    one_step = float(parts.one_step(sums))
    return Coverage(
        float(coverage),
        total,
        variance,
        one_step,
        cells_variance(parts.one_step, parts.features, counts),
    )


class _Parts:
    """Sums over records that sample coverage is made of, and what is made of them."""

    def __init__(self, patterns: Bool[np.ndarray, "cell list"]) -> None:
        """Say what each record adds to u, n, a and n of pairs, and to the records."""
        n_lists = patterns.shape[1]
        on = patterns.sum(axis=1)
        self.one, self.other = np.triu_indices(n_lists, 1)
        only = patterns & (on == 1)[:, None]
        both = patterns[:, self.one] & patterns[:, self.other]
        near = only[:, self.one] + 1.0 * only[:, self.other]
        near += 2.0 * (both & (on == 2)[:, None])
        every = np.ones((len(patterns), 1))
        blocks = [every, only, patterns, near, both]
        self.features = np.hstack([block.astype(float) for block in blocks])
        self.cuts = np.cumsum([block.shape[1] for block in blocks])[:-1]
        self.n_lists = n_lists

    def coverage(self, sums: np.ndarray) -> np.number:
        """Share of the lists that other lists hold."""
        _, only, on, _, _ = np.split(sums, self.cuts)
        return 1 - (only / on).mean()

    def divisor(self, sums: np.ndarray) -> np.number:
        """What the total is divided by."""
        _, _, on, near, both = np.split(sums, self.cuts)
        if self.n_lists == 2:
            return self.coverage(sums)
        known = (near * both / (on[self.one] * on[self.other])).sum() / self.n_lists
        return self.coverage(sums) - known

    def total(self, sums: np.ndarray) -> np.number:
        """Total with the dependence of pairs taken out."""
        n, only, _, near, _ = np.split(sums, self.cuts)
        several = n.sum() - only.mean()
        if self.n_lists > 2:
            several = several - near.sum() / self.n_lists
        return several / self.divisor(sums)

    def one_step(self, sums: np.ndarray) -> np.number:
        """Total with dependence as far as two steps find it."""
        n, only, on, near, both = np.split(sums, self.cuts)
        coverage = self.coverage(sums)
        first = total = (n.sum() - only.mean()) / coverage
        for _ in range(2 if self.n_lists > 2 else 0):
            excess = total * both / (on[self.one] * on[self.other]) - 1
            total = first + (near * excess).sum() / (self.n_lists * coverage)
        return total

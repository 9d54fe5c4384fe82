"""People who differ in how easily they are listed: log-linear laws on the counts.

Expected counts depend on a combination of lists only through the lists and through how
many they are, so sums over all combinations are elementary symmetric polynomials: the
cost grows with the fourth power of the number of lists, not with 2 to that power.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

ITERATIONS, LONGEST_STEP = 200, 4.0
PRECISE = 1e-10
"""Newton decrement, squared, at which the search ends."""
PULLED = 1e-4
"""Slope, in standard errors, with which a term at 0 is let go."""
FLATTEST = 1e-11
"""Smallest eigenvalue of the scaled information that tells parameters apart."""


class SizeCounts(NamedTuple):
    """Sufficient counts: on each list, and on 0 (nobody), 1 ... J lists."""

    on_list: Float[np.ndarray, "list"]
    by_size: Float[np.ndarray, "size"]


class SizeFit(NamedTuple):
    """A log-linear law with a term of the number of lists, at its largest likelihood.

    ``log_unlisted`` is the logarithm of the expected number on no list and
    ``log_variance`` its variance; ``terms`` are the coefficients of the columns, 0
    where one would have been negative; ``loglik`` is without the factorials.
    """

    log_unlisted: float
    log_variance: float
    terms: Float[np.ndarray, "term"]
    loglik: float
    found: bool


class _At(NamedTuple):
    """Log likelihood, its slope and its information in some parameters."""

    loglik: float
    slope: Float[np.ndarray, "param"]
    information: Float[np.ndarray, "param param"]


def size_sums(
    odds: Float[np.ndarray, "list"],
) -> tuple[Float[np.ndarray, "size list"], Float[np.ndarray, "size list list"]]:
    r"""Sums over combinations of each size that hold a list, and that hold two lists.

    .. math:: \sum_{|x| = k,\, x_i = x_j = 1} \; \prod_l o_l^{x_l}

    Parameters
    ----------
    odds : ndarray, shape (list,)
        What a list multiplies by.

    Returns
    -------
    one, two : ndarray, shapes (size, list) and (size, list, list)
        Of sizes 0 to the number of lists; ``two`` has ``one`` on its diagonal.

    Examples
    --------
    Of three lists each one is in two of the three pairs:

    >>> one, two = size_sums(np.ones(3))
    >>> one[2], float(two[2, 0, 1])
    (array([2., 2., 2.]), 1.0)
    """
    n = len(odds)
    same = np.eye(n, dtype=bool)
    without = np.zeros((n + 1, n, n))
    without[0] = 1.0
    for at, value in enumerate(odds):
        free = ~(same[at][:, None] | same[at][None, :])
        without[1:] += value * free * without[:-1]
    two = np.zeros((n + 1, n, n))
    two[2:] = without[:-2] * np.multiply.outer(odds, odds)
    one = np.zeros((n + 1, n))
    one[1:] = odds * np.diagonal(without[:-1], axis1=1, axis2=2)
    two[:, same] = one
    return one, two


def fit_sizes(
    counts: SizeCounts,
    columns: Float[np.ndarray, "size term"],
    *,
    alike: bool = False,
) -> SizeFit:
    r"""Largest likelihood of counts that depend on the lists and on how many they are.

    .. math:: \ln \mu_x = \gamma + \sum_j \beta_j x_j + \sum_r \eta_r h_r(|x|),
              \qquad \eta_r \ge 0

    Newton's method with steps that never lower the likelihood, and one term let go from
    0 at a time, the one that the records pull at most: those that stay at 0 are the
    ones that would be negative.

    Parameters
    ----------
    counts : SizeCounts
        Records on each list, and on each number of lists from 0 on (where they are
        0), people.
    columns : ndarray, shape (size, term)
        :math:`h_r` of 0 to J lists, 0 for none.
    alike : bool
        Whether all lists have one :math:`\beta`.

    Returns
    -------
    SizeFit
        ``found`` is False where there is no maximum, or parameters cannot be told
        apart.

    References
    ----------
    .. [1] Rivest, L.-P. and Baillargeon, S. (2007). Applications and extensions of
       Chao's moment estimator for the size of a closed population. *Biometrics* 63(4),
       999-1006. https://doi.org/10.1111/j.1541-0420.2007.00779.x

    Examples
    --------
    Two lists of 80 and 50 that share 20 leave 60 times 30 over 20 on neither:

    >>> counts = SizeCounts(np.array([80.0, 50.0]), np.array([0.0, 90.0, 20.0]))
    >>> found = fit_sizes(counts, np.zeros((3, 0)))
    >>> round(float(np.exp(found.log_unlisted)), 6)
    90.0
    """
    scale = np.abs(columns).max(axis=0, initial=1.0)
    law = _Law(counts, columns / scale, alike)
    params, at, found = _climb(law, law.start(), law.fixed)
    free = law.fixed.copy()
    while found:
        pull = np.where(free, 0.0, at.slope / np.sqrt(np.diag(at.information)))
        if pull.max() < PULLED:
            break
        free[pull.argmax()] = True
        params, at, found = _climb_inside(law, params, free)
    variance = np.inf
    if found:
        variance = np.linalg.inv(at.information[np.ix_(free, free)])[0, 0]
    return SizeFit(
        float(params[0]),
        float(variance),
        params[law.at_terms :] / scale,
        at.loglik,
        found,
    )


class _Law:
    """Log likelihood of the counts as a function of intercept, lists and terms."""

    def __init__(
        self, counts: SizeCounts, columns: Float[np.ndarray, "size term"], alike: bool
    ) -> None:
        """Keep the sufficient counts and how parameters share them."""
        n_lists = len(counts.on_list)
        self.columns, self.by_size = columns, counts.by_size
        groups = np.ones((n_lists, 1)) if alike else np.eye(n_lists)
        self.groups = groups
        self.observed = np.concatenate(
            [
                [counts.by_size.sum()],
                counts.on_list @ groups,
                counts.by_size @ columns,
            ]
        )
        self.on_list = counts.on_list
        self.at_terms = 1 + groups.shape[1]
        self.fixed = np.arange(len(self.observed)) < self.at_terms

    def start(self) -> Float[np.ndarray, "param"]:
        """Parameters if lists were independent and a half unlisted."""
        total = 2 * self.by_size.sum()
        share = np.clip(self.on_list @ self.groups, 0.5, None)
        share = share / self.groups.sum(axis=0) / total
        terms = np.zeros(self.columns.shape[1])
        return np.concatenate([[np.log(total / 2)], np.log(share / (1 - share)), terms])

    def at(self, params: Float[np.ndarray, "param"]) -> _At:
        """Log likelihood, slope and information at some parameters."""
        lists, terms = np.split(params[1:], [self.groups.shape[1]])
        weight = np.exp(params[0] + self.columns @ terms)
        weight[0] = 0.0
        one, two = size_sums(np.exp(self.groups @ lists))
        sizes = np.arange(len(weight))
        whole = np.concatenate([[1.0], one[1:].sum(axis=1) / sizes[1:]]) * weight
        by_list = weight[:, None] * one @ self.groups
        pairs = self.groups.T @ np.tensordot(weight, two, 1) @ self.groups
        every = np.hstack([np.ones((len(weight), 1)), self.columns])
        means = whole @ every
        expected = np.concatenate([means[:1], by_list.sum(axis=0), means[1:]])
        cross = every.T @ by_list
        among = every.T @ (whole[:, None] * every)
        information = np.block(
            [
                [among[:1, :1], cross[:1], among[:1, 1:]],
                [cross[:1].T, pairs, cross[1:].T],
                [among[1:, :1], cross[1:], among[1:, 1:]],
            ]
        )
        loglik = float(params @ self.observed - expected[0])
        return _At(loglik, self.observed - expected, information)


def _climb_inside(
    law: _Law, params: np.ndarray, free: np.ndarray
) -> tuple[np.ndarray, _At, bool]:
    """Climb with no term below 0, holding those at 0 that would be (``free`` loses)."""
    while True:
        ahead, at, found = _climb(law, params, free)
        below = free & ~law.fixed & (ahead <= 0)
        if not (found and below.any()):
            return ahead, at, found
        reach = np.full(len(params), np.inf)
        reach[below] = params[below] / (params[below] - ahead[below])
        params = params + reach.min() * (ahead - params)
        held = reach == reach.min()
        params[held], free[held] = 0.0, False


def _climb(
    law: _Law, params: np.ndarray, free: np.ndarray
) -> tuple[np.ndarray, _At, bool]:
    """Parameters of largest likelihood, what is there, and whether it is a maximum."""
    at, found = law.at(params), False
    for _ in range(ITERATIONS):
        step = _newton(at, free)
        if step is None:
            break
        found = float(step @ at.slope) < PRECISE
        if found:
            break
        step *= min(1.0, LONGEST_STEP / np.abs(step).max())
        ahead = law.at(params + step)
        while not ahead.loglik >= at.loglik - PRECISE and np.abs(step).max() > PRECISE:
            step /= 2
            ahead = law.at(params + step)
        params, at = params + step, ahead
    return params, at, found


def _newton(at: _At, free: np.ndarray) -> np.ndarray | None:
    """Newton's step, None where the information is singular."""
    information = at.information[np.ix_(free, free)]
    size = np.sqrt(np.diag(information))
    if not (np.isfinite(information).all() and (size > 0).all()):
        return None
    values, vectors = np.linalg.eigh(information / np.outer(size, size))
    if values[0] < FLATTEST:
        return None
    step = np.zeros(len(free))
    slope = at.slope[free] / size
    step[free] = vectors @ ((vectors.T @ slope) / values) / size
    return step

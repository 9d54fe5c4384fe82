r"""Weights of evidence that two rows are one event (Fellegi and Sunter 1969).

A pair has a level :math:`\gamma_f` of agreement on each field f. With
:math:`m_{fl} = P(\gamma_f = l \mid \text{one event})` and
:math:`u_{fl} = P(\gamma_f = l \mid \text{two})`, independent over fields,

.. math:: w(\gamma) = \sum_f \log \frac{m_{f\gamma_f}}{u_{f\gamma_f}}

where a field that is not known adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import expit, logit

from conflictstats._typing import BoolArray, FloatArray, IntArray

ROUNDS = 1000
SETTLED = 1e-8
FALL = 0.5
"""Probability of a level over that of the level before, in the prior of ``m``."""
HALF = 0.5
"""Pairs that each level has more where it is drawn, as in Jeffreys' prior."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Vectors of agreement that occur, and which pair has which.

    Attributes
    ----------
    distinct : ndarray of int, shape (v, f)
        Levels by field; -1 where not known.
    which : ndarray of int, shape (pair,)
        Vector of each pair.
    used : ndarray of bool, shape (f, l)
        Levels that a field has.
    """

    distinct: IntArray
    which: IntArray
    used: BoolArray

    @classmethod
    def of(cls, levels: IntArray, sizes: list[int]) -> Levels:
        """Collect the vectors that occur.

        Parameters
        ----------
        levels : ndarray of int, shape (pair, f)
            Agreement of each pair; -1 where not known.
        sizes : list of int
            Number of levels of each field.

        Returns
        -------
        Levels
            The vectors.
        """
        distinct, which = np.unique(levels, axis=0, return_inverse=True)
        used = np.arange(max(sizes)) < np.array(sizes)[:, None]
        return cls(distinct, which.ravel(), used)

    @property
    def prior_m(self) -> FloatArray:
        """What is taken of pairs of one event before any is seen, shape (f, l)."""
        falling = np.where(self.used, FALL ** np.arange(self.used.shape[1]), 0.0)
        return falling / falling.sum(axis=1, keepdims=True)

    @property
    def prior_u(self) -> FloatArray:
        """The same of pairs of two events: every level alike, shape (f, l)."""
        return self.used / self.used.sum(axis=1, keepdims=True)

    def tally(self, count: FloatArray) -> FloatArray:
        """Pairs by field and level.

        Parameters
        ----------
        count : ndarray, shape (v,)
            Pairs of each vector.

        Returns
        -------
        ndarray, shape (f, l)
            Sums over the vectors.
        """
        fields, levels = self.used.shape
        total = np.zeros((fields, levels))
        for f in range(fields):
            known = self.distinct[:, f] >= 0
            total[f] = np.bincount(
                self.distinct[known, f], count[known], minlength=levels
            )
        return total

    def weigh(self, m: FloatArray, u: FloatArray) -> FloatArray:
        """Evidence of each vector that a pair is one event, by field.

        Parameters
        ----------
        m, u : ndarray, shape (f, l)
            Probabilities of the levels.

        Returns
        -------
        ndarray, shape (v, f)
            Log of ``m`` over ``u``, nats; 0 where a field is not known.
        """
        table = np.zeros((len(m), m.shape[1] + 1))
        table[:, :-1][self.used] = np.log(m[self.used]) - np.log(u[self.used])
        return np.asarray(table[np.arange(len(m)), self.distinct])


@dataclass(frozen=True, slots=True)
class Mixture:
    """Probabilities of the levels in pairs of one event and of two.

    Attributes
    ----------
    m, u : ndarray, shape (f, l)
        Probability of a level in pairs that are one event, and that are not.
    share : float
        Share of the pairs that are one event.
    """

    m: FloatArray
    u: FloatArray
    share: float


def fit_mixture(
    levels: Levels, *, most: float, fixed: Mixture | None = None
) -> Mixture:
    r"""Learn ``m`` and ``u`` from pairs of which nobody has said what they are.

    Expectation-maximisation of the mixture
    :math:`\lambda \prod_f m_{f\gamma_f} + (1 - \lambda) \prod_f u_{f\gamma_f}`, with
    one pair's worth of prior in each field. It starts where agreement is what tells
    one event from two.

    Parameters
    ----------
    levels : Levels
        Agreement of the pairs.
    most : float
        Largest number of pairs that can be one event, from the sizes of the tables.
    fixed : Mixture, optional
        ``m`` and ``u`` where they are known; only the share is then learned.

    Returns
    -------
    Mixture
        The maximum that was reached.

    References
    ----------
    .. [1] Fellegi, I. P. and Sunter, A. B. (1969). A theory for record linkage.
       *JASA* 64, 1183-1210. https://doi.org/10.1080/01621459.1969.10501049
    .. [2] Winkler, W. E. (1988). Using the EM algorithm for weight computation in the
       Fellegi-Sunter model of record linkage. *Proceedings of the Section on Survey
       Research Methods, ASA*, 667-671.

    Examples
    --------
    Of 1,000 pairs 100 agree on both of two fields, the others on none:

    >>> rows = np.repeat([[0, 0], [1, 1]], [100, 900], axis=0)
    >>> found = fit_mixture(Levels.of(rows, [2, 2]), most=500.0)
    >>> round(found.share, 2), found.m.round(1).tolist()
    (0.1, [[1.0, 0.0], [1.0, 0.0]])
    """
    count = _count(levels.which, len(levels.distinct))
    cap = min(most / count.sum(), 0.99)
    m, u = levels.prior_m, levels.prior_u
    if fixed is not None:
        m, u = fixed.m, fixed.u
    found = Mixture(m, u, cap / 2)
    for _ in range(ROUNDS):
        linked = count * chances(levels, found)
        share = min(float(linked.sum() / count.sum()), cap)
        if fixed is None:
            m = _shares(levels, linked, levels.prior_m)
            u = _shares(levels, count - linked, levels.prior_u)
        moved = max(np.abs(m - found.m).max(), abs(share - found.share))
        found = Mixture(m, u, share)
        if moved < SETTLED:
            break
    return found


def chances(levels: Levels, mixture: Mixture) -> Float[np.ndarray, " v"]:
    """Probability that a pair is one event, looked at alone, by vector of agreement.

    Parameters
    ----------
    levels : Levels
        Agreement of the pairs.
    mixture : Mixture
        Probabilities of the levels.

    Returns
    -------
    ndarray, shape (v,)
        In the order of ``levels.distinct``.

    Examples
    --------
    >>> levels = Levels.of(np.array([[0], [1]]), [2])
    >>> even = Mixture(np.array([[0.9, 0.1]]), np.array([[0.1, 0.9]]), 0.5)
    >>> chances(levels, even)
    array([0.9, 0.1])
    """
    evidence = levels.weigh(mixture.m, mixture.u).sum(axis=1)
    return expit(logit(mixture.share) + evidence)


def draw_mixture(
    levels: Levels, told: Float[np.ndarray, " m"], rng: np.random.Generator
) -> Mixture:
    r"""Draw ``m`` and ``u`` given which pairs are one event.

    .. math:: m_f \sim \mathrm{Dirichlet}(m^0_{fl} + \tfrac12 + \textstyle\sum_{ij}
              t_{ij} 1\{\gamma_{ijf} = l\}), \qquad
              u_f \sim \mathrm{Dirichlet}(u^0_{fl} + \tfrac12 + \textstyle\sum_{ij}
              1\{t_{ij} = 0, \gamma_{ijf} = l\})

    with one pair as it is taken to be before any is seen, :math:`m^0` and :math:`u^0`.
    Without the halves the prior would say that most levels never occur in pairs of one
    event, and those in which they do would not be found.

    Parameters
    ----------
    levels : Levels
        Agreement of the pairs.
    told : ndarray, shape (m,)
        Comparisons that a pair of one event is worth, t; 0 in pairs of two.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Mixture
        From the Dirichlet laws that the prior and the pairs give.

    Examples
    --------
    >>> levels = Levels.of(np.repeat([[0], [1]], [500, 9500], axis=0), [2])
    >>> told = np.repeat([1.0, 0.0], [500, 9500])
    >>> drawn = draw_mixture(levels, told, np.random.default_rng(1))
    >>> bool(drawn.m[0, 0] > 0.98), bool(drawn.u[0, 1] > 0.98)
    (True, True)
    """
    kinds = len(levels.distinct)
    one = np.bincount(levels.which, told, minlength=kinds).astype(np.float64)
    two = _count(levels.which[told == 0], kinds)
    m = _dirichlet(levels, one, levels.prior_m, rng)
    u = _dirichlet(levels, two, levels.prior_u, rng)
    return Mixture(m, u, float(np.mean(told)))


def _count(which: IntArray, kinds: int) -> FloatArray:
    """How often each vector occurs, shape (v,)."""
    return np.bincount(which, minlength=kinds).astype(np.float64)


def _shares(levels: Levels, count: FloatArray, prior: FloatArray) -> FloatArray:
    """Shares of the levels of each field, with the prior's one pair, shape (f, l)."""
    total = levels.tally(count) + prior
    return np.asarray(total / total.sum(axis=1, keepdims=True))


def _dirichlet(
    levels: Levels, count: FloatArray, prior: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """One Dirichlet draw for each field, 0 where a level is not used, shape (f, l)."""
    drawn = rng.standard_gamma(levels.tally(count) + prior + HALF)
    drawn = np.where(levels.used, np.maximum(drawn, np.finfo(float).tiny), 0)
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))

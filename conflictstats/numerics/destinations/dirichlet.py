"""Counts by destination whose shares scatter about what is expected of them.

A Dirichlet-multinomial law stays one when categories are pooled, and when only some of
them are looked at. So a date on which some destinations report is read without filling
in the others: beside a known total they are one category, and without one they are
left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.numerics.likelihood.stirling import gamma_error, trigamma_error

SMALLEST = 1e-100
"""Least expected share times concentration, so that its square is a number."""
TINY = 1e-12
"""People below this are none."""
HALF_LOG_TAU = 0.5 * np.log(2 * np.pi)


class Expansion(NamedTuple):
    """Log likelihood with its derivatives in the log odds of the destinations.

    Attributes
    ----------
    value : ndarray, shape (stack,)
        Log likelihood, without what depends on the counts alone.
    slope : ndarray, shape (stack, T, J)
        Gradient.
    bend : ndarray, shape (stack, T, J, J)
        Second derivatives, within a date.
    """

    value: FloatArray
    slope: FloatArray
    bend: FloatArray


class Counts(NamedTuple):
    """What was counted at T dates in J destinations.

    Attributes
    ----------
    people : ndarray, shape (T, J)
        Counts; 0 where nothing was reported.
    seen : ndarray of bool, shape (T, J)
        Where something was.
    rest : ndarray, shape (T,)
        People in the open destinations that did not report, where that is known.
    pooled : ndarray of bool, shape (T,)
        Where it is.
    log_open : ndarray, shape (T, J)
        Log of how far a destination was open; minus infinity where it was closed.
    """

    people: FloatArray
    seen: BoolArray
    rest: FloatArray
    pooled: BoolArray
    log_open: FloatArray

    @property
    def told(self) -> BoolArray:
        """Dates on which there are two categories or more, shape (T,)."""
        return self.seen.sum(axis=1) + self.pooled > 1

    @property
    def hidden(self) -> BoolArray:
        """Destinations that are pooled, shape (T, J)."""
        return ~self.seen & np.isfinite(self.log_open) & self.pooled[:, None]

    def shares(self, log_odds: Float[np.ndarray, "... T J"]) -> FloatArray:
        """Expected shares.

        Parameters
        ----------
        log_odds : ndarray, shape (..., T, J)
            Of destinations that are open.

        Returns
        -------
        ndarray, shape (..., T, J)
            They sum to 1 over destinations; 0 where closed.
        """
        return np.asarray(special.softmax(log_odds + self.log_open, axis=-1))

    def loglik(
        self,
        log_odds: Float[np.ndarray, "stack T J"],
        concentration: Float[np.ndarray, " stack"],
    ) -> Float[np.ndarray, " stack"]:
        """Log likelihood, without what depends on the counts alone.

        Parameters
        ----------
        log_odds : ndarray, shape (stack, T, J)
            Of destinations that are open.
        concentration : ndarray, shape (stack,)
            Sum of the parameters of the Dirichlet law.

        Returns
        -------
        ndarray, shape (stack,)
            Natural log.
        """
        part = self._parts(self.shares(log_odds), concentration[:, None])
        by_date = np.where(self.seen, _rise(self.people, part.each), 0.0).sum(axis=2)
        by_date += np.where(self.pooled, _rise(self.rest, part.rest), 0.0)
        by_date -= _rise(self._total, part.whole)
        return np.asarray((by_date * self.told).sum(axis=1))

    def expand(
        self,
        log_odds: Float[np.ndarray, "stack T J"],
        concentration: Float[np.ndarray, " stack"],
    ) -> Expansion:
        """Log likelihood and its derivatives.

        Parameters
        ----------
        log_odds : ndarray, shape (stack, T, J)
            Of destinations that are open.
        concentration : ndarray, shape (stack,)
            Sum of the parameters of the Dirichlet law.

        Returns
        -------
        Expansion
            Derivatives are in ``log_odds``.
        """
        share = self.shares(log_odds)
        part = self._parts(share, concentration[:, None])
        own, own_bend = _rise_slopes(self.people, part.each)
        pool, pool_bend = _rise_slopes(self.rest, part.rest)
        whole, whole_bend = _rise_slopes(self._total, part.whole)
        inside = (self.seen | self.hidden) & self.told[:, None]
        seen, hidden = inside & self.seen, inside & self.hidden
        pull = np.where(seen, own, 0.0) + np.where(hidden, pool[..., None], 0.0)
        pull = (pull - np.where(inside, whole[..., None], 0.0)) * part.each
        together = np.where(inside, part.each, 0.0)
        pooled = np.where(hidden, part.each, 0.0)
        curved = _outer(pooled, pooled * pool_bend[..., None])
        curved -= _outer(together, together * whole_bend[..., None])
        own_part = np.where(seen, own_bend * part.each**2, 0.0) + pull
        curved += own_part[..., None] * np.eye(share.shape[-1])
        sums = curved.sum(axis=-1)
        total = pull.sum(axis=-1, keepdims=True)
        bend = curved - _outer(share, sums) - _outer(sums, share)
        bend += (
            _outer(share, share) * (sums.sum(axis=-1) + total[..., 0])[..., None, None]
        )
        bend -= (total * share)[..., None] * np.eye(share.shape[-1])
        slope = pull - total * share
        return Expansion(self.loglik(log_odds, concentration), slope, bend)

    @property
    def _total(self) -> FloatArray:
        """People in all categories, shape (T,)."""
        return self.people.sum(axis=1) + self.rest

    def _parts(self, share: FloatArray, concentration: FloatArray) -> _Parts:
        """Parameters of the Dirichlet law by category."""
        each = np.maximum(concentration[..., None] * share, SMALLEST)
        rest = np.where(self.hidden, each, 0.0).sum(axis=-1)
        whole = np.where(self.seen, each, 0.0).sum(axis=-1) + rest
        return _Parts(each, np.maximum(rest, SMALLEST), np.maximum(whole, SMALLEST))


class _Parts(NamedTuple):
    """Parameters of destinations, of those pooled, and their sum."""

    each: FloatArray
    rest: FloatArray
    whole: FloatArray


def log_mass(
    counts: Float[np.ndarray, "... k"], parameters: Float[np.ndarray, "... k"]
) -> FloatArray:
    r"""Log probability of counts under a Dirichlet-multinomial law, constants included.

    .. math:: \frac{N!\,\Gamma(A)}{\Gamma(N + A)}
              \prod_j \frac{\Gamma(y_j + \alpha_j)}{y_j!\,\Gamma(\alpha_j)},
              \qquad A = \sum_j \alpha_j

    Parameters
    ----------
    counts : ndarray, shape (..., k)
        Counts by category; they need not be whole.
    parameters : ndarray, shape (..., k)
        Above 0; expected shares times the concentration.

    Returns
    -------
    ndarray, shape (...)
        Natural log.

    Examples
    --------
    With all parameters one, every division of three people among two is as likely:

    >>> np.exp(log_mass(np.array([[0.0, 3.0], [1.0, 2.0]]), np.ones(2)))
    array([0.25, 0.25])
    """
    total, whole = counts.sum(axis=-1), parameters.sum(axis=-1)
    each = special.gammaln(counts + parameters) - special.gammaln(counts + 1)
    each = each - special.gammaln(parameters)
    together = special.gammaln(total + 1) - special.gammaln(total + whole)
    return np.asarray(each.sum(axis=-1) + together + special.gammaln(whole))


def _rise(count: FloatArray, start: FloatArray) -> FloatArray:
    """Log of Gamma(start + count) / Gamma(start), less what depends on the count alone.

    What is left out, log of count^(count - 1/2) e^-count, is what would cancel to
    rounding between destinations of many people and their total.
    """
    some = np.maximum(count, TINY)
    whole = some + start
    far = (some - 0.5) * np.log1p(start / some) + start * (np.log(whole) - 1)
    far += HALF_LOG_TAU + gamma_error(whole) - special.gammaln(start)
    return np.where(count > 0, far, 0.0)


def _rise_slopes(count: FloatArray, start: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and second derivative of that in ``start``."""
    first = special.digamma(start + count) - special.digamma(start)
    return np.asarray(first), _trigamma(start + count) - _trigamma(start)


def _trigamma(z: FloatArray) -> FloatArray:
    """Second derivative of the log of the gamma function."""
    return 1 / z + 0.5 / z**2 + trigamma_error(z)


def _outer(one: FloatArray, other: FloatArray) -> FloatArray:
    """Outer products over the last axis."""
    return one[..., :, None] * other[..., None, :]

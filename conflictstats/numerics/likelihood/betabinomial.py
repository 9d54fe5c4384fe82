"""Beta-binomial log probabilities with derivatives in the logit of the share."""

from typing import NamedTuple

import numpy as np
from scipy import special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.numerics.likelihood.binomial import BinomialPoints
from conflictstats.numerics.likelihood.stirling import (
    digamma_error,
    gamma_error,
    log_excess,
    tetragamma_error,
    trigamma_error,
)
from conflictstats.numerics.likelihood.terms import Jet, Part, Terms

MOST = 200.0
"""Logits beyond this are read as this."""


class BetaBinomial:
    r"""Counts out of known totals that are alike, given the logit of the share.

    .. math:: P(k \mid n) = \binom nk
              \frac{B(k + pM,\; n - k + (1-p)M)}{B(pM,\; (1-p)M)}, \qquad
              M = \frac{1-\rho}{\rho}

    The linear predictor is the logit of :math:`p`, the log dispersion the logit of the
    correlation :math:`\rho` of any two of the n; the binomial law is the limit
    :math:`\rho \to 0`. The law is not log-concave: the curvature is negative where a
    count is more even, or more extreme, than the share.

    Parameters
    ----------
    total : ndarray
        Known totals :math:`n`, people; shape of the observations.

    References
    ----------
    .. [1] Griffiths, D. A. (1973). Maximum likelihood estimation for the
       beta-binomial distribution. *Biometrics* 29, 637-648.
       https://doi.org/10.2307/2529131

    Examples
    --------
    With correlation one third and an even chance all counts are equally likely:

    >>> counts = BetaBinomial(np.full(3, 2.0)).points(np.arange(3.0))
    >>> np.exp(counts.value(np.zeros(3), np.log([0.5])))
    array([0.33333333, 0.33333333, 0.33333333])
    """

    name = "betabinomial"
    short = 20_000.0
    thins = False
    least = 0.0

    def __init__(self, total: FloatArray) -> None:
        self.total = self.most = total

    def at(self, index: IntArray) -> "BetaBinomial":
        """Law of some of the observations.

        Parameters
        ----------
        index : ndarray of int
            Which, counted over the flattened observations.

        Returns
        -------
        BetaBinomial
            With the totals of these.
        """
        return BetaBinomial(self.total.ravel()[index])

    def points(self, count: FloatArray) -> "BetaBinomialPoints":
        """Log probabilities of exact counts.

        Parameters
        ----------
        count : ndarray
            Whole counts, people.

        Returns
        -------
        BetaBinomialPoints
            Of these counts.
        """
        return BetaBinomialPoints(count, self.total)

    def intervals(self, low: FloatArray, high: FloatArray) -> Part:
        """Refuse wide intervals.

        Parameters
        ----------
        low, high : ndarray
            Inclusive whole bounds, people.

        Returns
        -------
        Part
            Never.

        Raises
        ------
        SettingError
            Always: their tails have no form that keeps its digits.
        """
        raise SettingError(
            f"an interval of {high[0] - low[0] + 1:.0f} counts is too wide for the "
            f"beta-binomial law, which sums at most {self.short:.0f}; use a binomial "
            "law with random effects, or a narrower interval"
        )


class BetaBinomialPoints:
    """Beta-binomial log probabilities of exact counts.

    Parameters
    ----------
    count, total : ndarray
        Whole counts and the totals of which they are part, people.
    """

    def __init__(self, count: FloatArray, total: FloatArray) -> None:
        self.count, self.total = count, total
        self.even = BinomialPoints(count, total)

    def value(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Log probability of each count: that of the binomial law, and what it lacks.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Logit of the share and of the correlation.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        urn = _urn(predictor, dispersion)
        return self.even.value(urn.logit, dispersion) + (
            _rise(urn.a, self.count)
            + _rise(urn.b, self.total - self.count)
            - _rise(urn.whole, self.total)
        )

    def terms(self, predictor: FloatArray, dispersion: FloatArray) -> Terms:
        """Log probability of each count with its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Logit of the share and of the correlation.

        Returns
        -------
        Terms
            Shape (*draws, n) each.
        """
        urn = _urn(predictor, dispersion)
        (a1, a2), (b1, b2) = (
            (_digamma_rise(at, k), _trigamma_fall(at, k))
            for at, k in ((urn.a, self.count), (urn.b, self.total - self.count))
        )
        slope = urn.spread * (a1 - b1)
        bend = urn.spread**2 * (a2 + b2) - slope * urn.lean
        return Terms(self.value(predictor, dispersion), slope, bend)

    def third(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Derivative of the curvature in the predictor: the cheap part of :meth:`jet`.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Logit of the share and of the correlation.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        return self.jet(predictor, dispersion).third

    def jet(self, predictor: FloatArray, dispersion: FloatArray) -> Jet:
        """Log probability of each count with all its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Logit of the share and of the correlation.

        Returns
        -------
        Jet
            Shape (*draws, n) each.
        """
        urn = _urn(predictor, dispersion)
        a, b, w, lean = urn.a, urn.b, urn.spread, urn.lean
        k, left = self.count, self.total - self.count
        terms = self.terms(predictor, dispersion)
        a2, b2 = _trigamma_fall(a, k), _trigamma_fall(b, left)
        a3, b3 = _tetragamma_rise(a, k), _tetragamma_rise(b, left)
        push, both, tilt = terms.slope, w**2 * (a2 + b2), a * a2 - b * b2
        twist = lean**2 - 2 * w / urn.whole
        by_value = _grown(urn.whole, self.total) - _grown(a, k) - _grown(b, left)
        return Jet(
            *terms,
            -twist * push + 3 * lean * both - w**3 * (a3 - b3),
            by_value,
            w * tilt - push,
            lean * (push - w * tilt) - 2 * both + w**2 * (a * a3 + b * b3),
        )


class _Urn(NamedTuple):
    """Parameters of the beta law of the share, their spread and how they lean."""

    logit: FloatArray
    whole: FloatArray
    a: FloatArray
    b: FloatArray
    spread: FloatArray
    lean: FloatArray


def _urn(predictor: FloatArray, dispersion: FloatArray) -> _Urn:
    """Beta law of the share from the logits of its mean and of the correlation."""
    logit, whole = np.clip(predictor, -MOST, MOST), np.exp(-np.atleast_1d(dispersion))
    a, b = whole * special.expit(logit), whole * special.expit(-logit)
    return _Urn(logit, whole, a, b, a * special.expit(-logit), -np.tanh(logit / 2))


def _rise(a: FloatArray, k: FloatArray) -> FloatArray:
    """Log of ``Gamma(a + k) / (Gamma(a) a^k)``, broadcast."""
    ratio = k / a
    near = ratio < 0.02
    power = a + k - 0.5
    close = ratio * (k - 0.5) + power * log_excess(ratio, 1 + ratio)
    far = power * np.log1p(ratio) - k
    return np.where(near, close, far) + gamma_error(a + k) - gamma_error(a)


def _digamma_rise(a: FloatArray, k: FloatArray) -> FloatArray:
    """``psi(a + k) - psi(a)``, broadcast."""
    more = digamma_error(a + k) - digamma_error(a)
    return np.log1p(k / a) + 0.5 * (k / a) / (a + k) + more


def _trigamma_fall(a: FloatArray, k: FloatArray) -> FloatArray:
    """``psi'(a) - psi'(a + k)``, broadcast."""
    top = a + k
    less = trigamma_error(a) - trigamma_error(top)
    return (k / a) / top * (1 + 0.5 * (1 / a + 1 / top)) + less


def _tetragamma_rise(a: FloatArray, k: FloatArray) -> FloatArray:
    """``psi''(a + k) - psi''(a)``, broadcast."""
    top = a + k
    more = tetragamma_error(top) - tetragamma_error(a)
    rest = 1 / a + 1 / top
    return (k / a) / top * (rest + (1 / a**2 + 1 / (a * top) + 1 / top**2)) + more


def _grown(a: FloatArray, k: FloatArray) -> FloatArray:
    """``a (psi(a + k) - psi(a)) - k``, broadcast."""
    more = a * (digamma_error(a + k) - digamma_error(a))
    return a * log_excess(k / a, 1 + k / a) + 0.5 * k / (a + k) + more

"""Binomial log probabilities with derivatives in the logit of the share."""

import numpy as np
from scipy import special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.likelihood.intervals import WideIntervals
from conflictstats.numerics.likelihood.stirling import gamma_error, log_excess
from conflictstats.numerics.likelihood.tails import Moves, beta_edge, between
from conflictstats.numerics.likelihood.terms import Jet, Terms


class Binomial:
    r"""Counts out of known totals given the logit of the share.

    .. math:: P(Y = k) = \binom nk p^k (1 - p)^{n - k}, \qquad
              \operatorname{logit} p = \eta

    The log dispersion is not used.

    Parameters
    ----------
    total : ndarray
        Known totals :math:`n`, people; shape of the observations.

    Examples
    --------
    >>> one = Binomial(np.array([2.0])).points(np.array([1.0]))
    >>> np.exp(one.value(np.zeros(1), np.zeros(1)))
    array([0.5])
    """

    name = "binomial"
    short = 64.0
    thins = False
    least = 0.0

    def __init__(self, total: FloatArray) -> None:
        self.total = self.most = total

    def at(self, index: IntArray) -> "Binomial":
        """Law of some of the observations.

        Parameters
        ----------
        index : ndarray of int
            Which, counted over the flattened observations.

        Returns
        -------
        Binomial
            With the totals of these.
        """
        return Binomial(self.total.ravel()[index])

    def points(self, count: FloatArray) -> "BinomialPoints":
        """Log probabilities of exact counts.

        Parameters
        ----------
        count : ndarray
            Whole counts, people.

        Returns
        -------
        BinomialPoints
            Of these counts.
        """
        return BinomialPoints(count, self.total)

    def intervals(self, low: FloatArray, high: FloatArray) -> WideIntervals:
        """Log probabilities of wide intervals.

        Parameters
        ----------
        low, high : ndarray
            Inclusive whole bounds, people.

        Returns
        -------
        WideIntervals
            Of these intervals.
        """

        def moves(logit: FloatArray, nothing: FloatArray) -> Moves:
            return between(
                *(
                    beta_edge(
                        *np.broadcast_arrays(k, self.total, self.total - k + 1, logit)
                    )
                    for k in (low, high + 1)
                )
            )

        return WideIntervals(moves, disperses=False)


class BinomialPoints:
    """Binomial log probabilities of exact counts.

    Parameters
    ----------
    count, total : ndarray
        Whole counts and the totals of which they are part, people.
    """

    def __init__(self, count: FloatArray, total: FloatArray) -> None:
        self.count, self.total, self.rest = count, total, total - count
        k, left = np.maximum(count, 1.0), np.maximum(self.rest, 1.0)
        self.some, self.left = k, left
        stirling = gamma_error(np.maximum(total, 1.0)) - gamma_error(k)
        stirling = stirling - gamma_error(left)
        spread = 0.5 * np.log(2 * np.pi * k * (left / np.maximum(total, 1.0)))
        both = (count > 0) & (self.rest > 0)
        self.constant = np.where(both, stirling - spread, 0.0)

    def value(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Log probability of each count.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Logit of the share, and what is not used.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        share, other = special.expit(predictor), special.expit(-predictor)
        ahead = self.rest * share - self.count * other
        above = log_excess(ahead / self.some, self.total * share / self.some)
        below = log_excess(-ahead / self.left, self.total * other / self.left)
        lost = np.where(self.count > 0, 0.0, ahead) - np.where(
            self.rest > 0, 0.0, ahead
        )
        return self.constant + (self.count * above + self.rest * below - lost)

    def terms(self, predictor: FloatArray, dispersion: FloatArray) -> Terms:
        """Log probability of each count with its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Logit of the share, and what is not used.

        Returns
        -------
        Terms
            Shape (*draws, n) each.
        """
        share, other = special.expit(predictor), special.expit(-predictor)
        slope = self.count * other - self.rest * share
        value = self.value(predictor, dispersion)
        return Terms(value, slope, self.total * share * other)

    def third(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Derivative of the curvature in the predictor: the cheap part of :meth:`jet`.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Logit of the share, and what is not used.

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
            Logit of the share, and what is not used.

        Returns
        -------
        Jet
            Shape (*draws, n) each; nothing moves with the dispersion.
        """
        terms = self.terms(predictor, dispersion)
        none = np.zeros_like(terms.value)
        third = terms.curvature * -np.tanh(predictor / 2)
        return Jet(*terms, third, none, none, none)

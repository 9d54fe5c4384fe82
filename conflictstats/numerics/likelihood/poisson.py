"""Poisson log probabilities with derivatives in the log mean."""

from copy import copy

import numpy as np

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.likelihood.intervals import WideIntervals
from conflictstats.numerics.likelihood.stirling import gamma_error, log_of
from conflictstats.numerics.likelihood.tails import Moves, between, gamma_edge
from conflictstats.numerics.likelihood.terms import Jet, Terms

MOST = 230.0
"""Log means beyond this, or as far below 0, are read as this; nobody lived so many."""

LARGE = 1e4
"""Counts from this one on need formulas that cost a little more."""


class Poisson:
    r"""Poisson counts given the log mean; the log dispersion is not used.

    .. math:: P(Y = k) = e^{-\mu} \mu^k / k!, \qquad \mu = e^\eta

    Examples
    --------
    Slope and curvature in the log mean are count less mean, and the mean:

    >>> three = Poisson().points(np.array([3.0]))
    >>> three.terms(np.log([2.0]), np.zeros(()))[1:]
    (array([1.]), array([2.]))
    """

    name = "poisson"
    short = 64.0
    thins = True
    least = 0.0
    most = np.inf

    def at(self, index: IntArray) -> "Poisson":
        """Law of some of the observations: the same.

        Parameters
        ----------
        index : ndarray of int
            Which.

        Returns
        -------
        Poisson
            Itself.
        """
        return self

    def points(self, count: FloatArray) -> "PoissonPoints":
        """Log probabilities of exact counts.

        Parameters
        ----------
        count : ndarray
            Whole counts, people.

        Returns
        -------
        PoissonPoints
            Of these counts.
        """
        return PoissonPoints(count)

    def intervals(self, low: FloatArray, high: FloatArray) -> WideIntervals:
        """Log probabilities of wide intervals.

        Parameters
        ----------
        low, high : ndarray
            Inclusive whole bounds, people; ``high`` may be infinite.

        Returns
        -------
        WideIntervals
            Of these intervals.
        """

        def moves(log_mean: FloatArray, nothing: FloatArray) -> Moves:
            mean = np.exp(np.clip(log_mean, -MOST, MOST))
            return between(
                *(gamma_edge(*np.broadcast_arrays(k, mean)) for k in (low, high + 1))
            )

        return WideIntervals(moves, disperses=False)


class PoissonPoints:
    """Poisson log probabilities of exact counts.

    Parameters
    ----------
    count : ndarray
        Whole counts, people.
    """

    def __init__(self, count: FloatArray) -> None:
        self.count = count
        self.some = np.maximum(count, 1.0)
        self.log_count = np.log(self.some)
        self.large = count.max(initial=0) >= LARGE
        self.constant = np.zeros_like(count)
        some = count > 0
        k = count[some]
        self.constant[some] = -0.5 * np.log(2 * np.pi * k) - gamma_error(k)

    def of_series(self, series: IntArray) -> "PoissonPoints":
        """Counts of some of several series, one a stack entry.

        Parameters
        ----------
        series : ndarray of int, shape (stack,)
            Which series.

        Returns
        -------
        PoissonPoints
            Of shape (stack, n); what is slow to find out is not found out again.
        """
        some = copy(self)
        some.count, some.some = self.count[series], self.some[series]
        some.log_count = self.log_count[series]
        some.constant = self.constant[series]
        return some

    def value(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Log probability of each count.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Log mean, and what is not used.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        log_mean = np.minimum(predictor, MOST)
        return self._value(log_mean, np.exp(log_mean))

    def terms(self, predictor: FloatArray, dispersion: FloatArray) -> Terms:
        """Log probability of each count with its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Log mean, and what is not used.

        Returns
        -------
        Terms
            Shape (*draws, n) each.
        """
        log_mean = np.minimum(predictor, MOST)
        mean = np.exp(log_mean)
        return Terms(self._value(log_mean, mean), self.count - mean, mean)

    def third(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Derivative of the curvature in the predictor: the cheap part of :meth:`jet`.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Log mean, and what is not used.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        mean: FloatArray = np.exp(np.minimum(predictor, MOST))
        return mean

    def jet(self, predictor: FloatArray, dispersion: FloatArray) -> Jet:
        """Log probability of each count with all its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Log mean, and what is not used.

        Returns
        -------
        Jet
            Shape (*draws, n) each; nothing moves with the dispersion.
        """
        terms = self.terms(predictor, dispersion)
        none = np.zeros_like(terms.value)
        return Jet(*terms, terms.curvature, none, none, none)

    def _value(self, log_mean: FloatArray, mean: FloatArray) -> FloatArray:
        """Log probability at a mean and its log."""
        ahead = mean - self.count
        if self.large:
            more = log_of(
                ahead / self.some, np.maximum(mean, np.exp(-MOST)) / self.some
            )
        else:
            more = log_mean - self.log_count
        return self.constant + (self.count * more - ahead)

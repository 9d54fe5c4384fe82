"""Negative binomial log probabilities with derivatives in log mean and log size."""

from collections.abc import Callable
from copy import copy

import numpy as np

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.likelihood.intervals import WideIntervals
from conflictstats.numerics.likelihood.poisson import LARGE, MOST
from conflictstats.numerics.likelihood.stirling import (
    digamma_error,
    gamma_error,
    log_excess,
    log_of,
)
from conflictstats.numerics.likelihood.tails import Moves, beta_edge, between
from conflictstats.numerics.likelihood.terms import Jet, Terms


class NegBin:
    r"""Negative binomial counts (NB2) given log mean and log size.

    .. math:: P(Y = k) = \frac{\Gamma(k + r)}{\Gamma(r)\, k!}
              \frac{\mu^k\, r^r}{(\mu + r)^{k + r}}, \qquad
              \operatorname{Var} Y = \mu + \mu^2 / r

    The linear predictor is :math:`\log\mu` and the log dispersion :math:`\log r`; the
    Poisson law is the limit :math:`r \to \infty`.

    References
    ----------
    .. [1] Loader, C. (2000). Fast and accurate computation of binomial probabilities.
       Bell Laboratories.

    Examples
    --------
    A size of one is the geometric distribution, here with mean one:

    >>> counts = NegBin().points(np.array([0.0, 1.0, 2.0]))
    >>> np.exp(counts.value(np.zeros(3), np.zeros(())))
    array([0.5 , 0.25 , 0.125])
    """

    name = "negbin"
    short = 64.0
    thins = True
    least = 0.0
    most = np.inf

    def at(self, index: IntArray) -> "NegBin":
        """Law of some of the observations: the same.

        Parameters
        ----------
        index : ndarray of int
            Which.

        Returns
        -------
        NegBin
            Itself.
        """
        return self

    def points(self, count: FloatArray) -> "NegBinPoints":
        """Log probabilities of exact counts.

        Parameters
        ----------
        count : ndarray
            Whole counts, people.

        Returns
        -------
        NegBinPoints
            Of these counts.
        """
        return NegBinPoints(count)

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
        last = np.full_like(low, np.inf)

        def moves(log_mean: FloatArray, log_size: FloatArray) -> Moves:
            size, log_odds = np.exp(log_size), np.clip(log_mean, -MOST, MOST) - log_size
            return between(
                *(
                    beta_edge(*np.broadcast_arrays(k, last, size, log_odds))
                    for k in (low, high + 1)
                )
            )

        return WideIntervals(moves)


class NegBinPoints:
    """Negative binomial log probabilities of exact counts.

    What does not depend on the mean is slow; it is worked out once for each count that
    occurs in a series and kept until the dispersion changes.

    Parameters
    ----------
    count : ndarray, shape (n,) or (series, n)
        Whole counts, people.
    """

    def __init__(self, count: FloatArray) -> None:
        self.count = count
        self.some = np.maximum(count, 1.0)
        self.log_count = np.log(self.some)
        self.different, self.kinds, self.which = _different(count)
        self.large = count.max(initial=0) >= LARGE
        self.kept: dict[str, tuple[FloatArray, FloatArray]] = {}

    def of_series(self, series: IntArray) -> "NegBinPoints":
        """Counts of some of several series, one a stack entry.

        Parameters
        ----------
        series : ndarray of int, shape (stack,)
            Which series.

        Returns
        -------
        NegBinPoints
            Of shape (stack, n); what is slow to find out is not found out again.
        """
        some = copy(self)
        some.count, some.kept = self.count[series], {}
        some.some, some.log_count = self.some[series], self.log_count[series]
        some.kinds = self.kinds[series]
        moved = _before(self.kinds)[series] - _before(some.kinds)
        some.which = self.which[series] - moved[:, None]
        where = np.arange(some.kinds.sum()) + np.repeat(moved, some.kinds)
        some.different = self.different[where]
        some.large = some.count.max(initial=0) >= LARGE
        return some

    def value(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Log probability of each count.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Log mean and log size.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        log_mean = np.minimum(predictor, MOST)
        dispersion = np.atleast_1d(dispersion)
        size, constant = np.exp(dispersion), self._of_count(_log_constant, dispersion)
        return self._value(log_mean, np.exp(log_mean) - self.count, size, constant)

    def terms(self, predictor: FloatArray, dispersion: FloatArray) -> Terms:
        """Log probability of each count with its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Log mean and log size.

        Returns
        -------
        Terms
            Shape (*draws, n) each.
        """
        log_mean = np.minimum(predictor, MOST)
        mean = np.exp(log_mean)
        dispersion = np.atleast_1d(dispersion)
        size, constant = np.exp(dispersion), self._of_count(_log_constant, dispersion)
        ahead = mean - self.count
        value = self._value(log_mean, ahead, size, constant)
        part = size + mean
        np.divide(size, part, out=part)
        slope: FloatArray = ahead * part
        np.negative(slope, out=slope)
        bend: FloatArray = mean * part
        bend *= part
        bend *= 1 + self.count / size
        return Terms(value, slope, bend)

    def third(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Derivative of the curvature in the predictor: the cheap part of :meth:`jet`.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Log mean and log size.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        mean = np.exp(np.minimum(predictor, MOST))
        size = np.exp(np.atleast_1d(dispersion))
        total = size + mean
        bend: FloatArray = size + self.count
        bend *= mean * size
        bend *= size - mean
        bend /= total * total * total
        return bend

    def jet(self, predictor: FloatArray, dispersion: FloatArray) -> Jet:
        """Log probability of each count with all its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Log mean and log size.

        Returns
        -------
        Jet
            Shape (*draws, n) each.
        """
        dispersion = np.atleast_1d(dispersion)
        terms = self.terms(predictor, dispersion)
        mean, size = np.exp(np.minimum(predictor, MOST)), np.exp(dispersion)
        k, total = self.count, size + mean
        stop, go = size / total, mean / total
        behind = (k - mean) / total
        return Jet(
            *terms,
            terms.curvature * (stop - go),
            size * log_excess(behind, (k + size) / total)
            + self._of_count(_size_slope, dispersion),
            terms.slope * go,
            go * stop * (go * (2 * size + k) - stop * k),
        )

    def _value(
        self,
        log_mean: FloatArray,
        ahead: FloatArray,
        size: FloatArray,
        constant: FloatArray,
    ) -> FloatArray:
        """Log probability at a log mean and what the mean is ahead of the count."""
        total = size + self.count
        ratio = ahead / total
        if self.large:
            mean = np.exp(np.clip(log_mean, -MOST, MOST))
            ratio = log_of(ratio, (size + mean) / total)
            more = log_of(ahead / self.some, mean / self.some)
        else:
            np.log1p(ratio, out=ratio)
            more = log_mean - self.log_count
        more *= self.count
        ratio *= total
        np.subtract(more, ratio, out=ratio)
        ratio += constant
        return ratio

    def _of_count(
        self,
        law: Callable[[FloatArray, FloatArray], FloatArray],
        dispersion: FloatArray,
    ) -> FloatArray:
        """What depends on count and size alone, for each count that occurs."""
        kept = self.kept.get(law.__name__)
        if kept is not None and np.array_equal(dispersion, kept[0]):
            return kept[1]
        size = np.exp(dispersion)
        if size.shape[-1] > 1:
            found = law(self.count, size)
        elif self.count.ndim == 1:
            found = law(self.different, size)[..., self.which]
        else:
            each = np.broadcast_to(size[..., 0], (*size.shape[:-2], len(self.count)))
            size = np.repeat(each, self.kinds, axis=-1)
            found = law(self.different, size)[..., self.which]
        self.kept[law.__name__] = dispersion.copy(), found
        return found


def _different(count: FloatArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Counts that occur in each series, how many do, and which of them each is."""
    order = count.argsort(axis=-1)
    ranked = np.take_along_axis(count, order, axis=-1)
    new = np.diff(ranked, axis=-1, prepend=-1.0) > 0
    place = (new.cumsum() - 1).reshape(count.shape)
    which = np.empty_like(order)
    np.put_along_axis(which, order, place, axis=-1)
    return ranked[new], np.atleast_1d(new.sum(axis=-1)), which


def _before(kinds: IntArray) -> IntArray:
    """How many different counts the series before each have."""
    return kinds.cumsum() - kinds


def _log_constant(count: FloatArray, size: FloatArray) -> FloatArray:
    """Log probability of each count when the mean equals it, broadcast."""
    k = np.maximum(count, 1.0)
    stirling = gamma_error(size + k) - gamma_error(size) - gamma_error(k)
    spread = 0.5 * np.log(2 * np.pi * k * (1 + k / size))
    return np.where(count > 0, stirling - spread, 0.0)


def _size_slope(count: FloatArray, size: FloatArray) -> FloatArray:
    """Slope in log size when the mean equals the count, broadcast."""
    return 0.5 * count / (count + size) + size * (
        digamma_error(count + size) - digamma_error(size)
    )

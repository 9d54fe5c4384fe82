"""Gaussian log densities and interval probabilities with all their derivatives."""

import numpy as np
from scipy import special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.likelihood.mixing import Groups, mix_slope, mix_terms
from conflictstats.numerics.likelihood.terms import Jet, Terms

NARROW = 1.0
"""Intervals up to this many standard deviations are summed at Legendre's nodes."""

NODES, LOG_WEIGHTS = np.polynomial.legendre.leggauss(12)
LOG_WEIGHTS = np.log(LOG_WEIGHTS / 2)


class Gaussian:
    r"""Measured numbers given their mean; the log dispersion is the log of the sd.

    .. math:: P(L \le y \le U) = \Phi\!\left(\frac{U - \eta}{\tau}\right)
              - \Phi\!\left(\frac{L - \eta}{\tau}\right)

    A number without bounds enters by its density.

    Examples
    --------
    Above or below the mean is an even chance:

    >>> above = Gaussian().intervals(np.zeros(1), np.full(1, np.inf))
    >>> np.exp(above.value(np.zeros(1), np.zeros(1)))
    array([0.5])
    """

    name = "gaussian"
    short = 0.0
    thins = False
    least = -np.inf
    most = np.inf

    def at(self, index: IntArray) -> "Gaussian":
        """Law of some of the observations: the same.

        Parameters
        ----------
        index : ndarray of int
            Which.

        Returns
        -------
        Gaussian
            Itself.
        """
        return self

    def points(self, count: FloatArray) -> "GaussianPoints":
        """Log densities of exact numbers.

        Parameters
        ----------
        count : ndarray
            The numbers.

        Returns
        -------
        GaussianPoints
            Of these numbers.
        """
        return GaussianPoints(count)

    def intervals(self, low: FloatArray, high: FloatArray) -> "GaussianIntervals":
        """Log probabilities of intervals.

        Parameters
        ----------
        low, high : ndarray
            Bounds, which may be infinite.

        Returns
        -------
        GaussianIntervals
            Of these intervals.
        """
        return GaussianIntervals(low, high)


class GaussianPoints:
    """Gaussian log densities of exact numbers.

    Parameters
    ----------
    count : ndarray
        The numbers.
    less : ndarray or float
        Taken off each log density: the log of the number for a log-normal one.
    """

    def __init__(self, count: FloatArray, less: FloatArray | float = 0.0) -> None:
        self.count, self.constant = count, -0.5 * np.log(2 * np.pi) - less

    def value(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Log density of each number.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Mean and log of the standard deviation.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        z = (self.count - predictor) * np.exp(-dispersion)
        return self.constant - dispersion - 0.5 * z**2

    def terms(self, predictor: FloatArray, dispersion: FloatArray) -> Terms:
        """Log density of each number with its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Mean and log of the standard deviation.

        Returns
        -------
        Terms
            Shape (*draws, n) each.
        """
        rate = np.exp(-dispersion)
        z = (self.count - predictor) * rate
        value = self.constant - dispersion - 0.5 * z**2
        return Terms(value, z * rate, rate**2 + np.zeros_like(z))

    def third(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Derivative of the curvature in the predictor: the cheap part of :meth:`jet`.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Mean and log of the standard deviation.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        return self.jet(predictor, dispersion).third

    def jet(self, predictor: FloatArray, dispersion: FloatArray) -> Jet:
        """Log density of each number with all its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Mean and log of the standard deviation.

        Returns
        -------
        Jet
            Shape (*draws, n) each.
        """
        terms = self.terms(predictor, dispersion)
        z = (self.count - predictor) * np.exp(-dispersion)
        none, by_slope, by_bend = (
            np.zeros_like(z),
            -2 * terms.slope,
            -2 * terms.curvature,
        )
        return Jet(*terms, none, z**2 - 1, by_slope, by_bend)


class GaussianIntervals:
    r"""Gaussian log probabilities of intervals.

    Narrow ones are sums of densities at Legendre's nodes, which do not cancel. Wide
    ones are differences; their derivatives in :math:`\log\tau` follow from the heat
    equation :math:`\partial_{\log\tau} P = \tau^2 \partial_\eta^2 P`.

    Parameters
    ----------
    low, high : ndarray
        Bounds, which may be infinite.
    """

    def __init__(self, low: FloatArray, high: FloatArray) -> None:
        self.low, self.high, width = low, high, high - low
        self.width = width
        start, wide = (np.where(np.isfinite(width), x, 0.0) for x in (low, width))
        nodes = start[..., None] + wide[..., None] * (NODES + 1) / 2
        self.nodes = GaussianPoints(nodes.ravel())
        with np.errstate(divide="ignore"):
            self.log_weight = (np.log(wide)[..., None] + LOG_WEIGHTS).ravel()
        self.groups = Groups(np.repeat(np.arange(low.size), NODES.size))

    def value(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Log probability of each interval.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Mean and log of the standard deviation.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        return self.terms(predictor, dispersion).value

    def terms(self, predictor: FloatArray, dispersion: FloatArray) -> Terms:
        """Log probability of each interval with its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Mean and log of the standard deviation.

        Returns
        -------
        Terms
            Shape (*draws, n) each.
        """
        predictor, dispersion = np.broadcast_arrays(predictor, dispersion)
        narrow = self.width <= NARROW * np.exp(dispersion)
        wide = self._wide(predictor, dispersion, narrow)
        if not narrow.any():
            return Terms(*wide[:3])
        each = self.nodes.terms(*self._at_nodes(predictor, dispersion))
        mixed = mix_terms(self.groups, self.log_weight, each)
        return Terms(*(np.where(narrow, *p) for p in zip(mixed, wide, strict=False)))

    def jet(self, predictor: FloatArray, dispersion: FloatArray) -> Jet:
        """Log probability of each interval with all its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Mean and log of the standard deviation.

        Returns
        -------
        Jet
            Shape (*draws, n) each.
        """
        predictor, dispersion = np.broadcast_arrays(predictor, dispersion)
        narrow = self.width <= NARROW * np.exp(dispersion)
        wide = self._wide(predictor, dispersion, narrow)
        if not narrow.any():
            return wide
        each = self.nodes.jet(*self._at_nodes(predictor, dispersion))
        by = Terms(*each[4:])
        third, moved = mix_slope(self.groups, self.log_weight, each, by)
        terms = mix_terms(self.groups, self.log_weight, Terms(*each[:3]))
        mixed = (*terms, third, *moved)
        return Jet(*(np.where(narrow, *p) for p in zip(mixed, wide, strict=True)))

    def _at_nodes(
        self, predictor: FloatArray, dispersion: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Mean and log standard deviation at each node."""
        return predictor[..., self.groups.member], dispersion[..., self.groups.member]

    def _wide(
        self, predictor: FloatArray, dispersion: FloatArray, narrow: np.ndarray
    ) -> Jet:
        """All derivatives of the difference of two normal tails."""
        std_err = np.exp(dispersion)
        a = np.where(narrow, -1.0, (self.low - predictor) / std_err)
        b = np.where(narrow, 1.0, (self.high - predictor) / std_err)
        flip = np.where(a + b < 0, -1.0, 1.0)
        a, b = np.where(flip < 0, -b, a), np.where(flip < 0, -a, b)
        value, at_a, at_b = _between(a, b)
        b = np.where(at_b > 0, b, 0.0)
        one, two = at_a - at_b, a * at_a - b * at_b
        three = (a**2 - 1) * at_a - (b**2 - 1) * at_b
        four = (a**3 - 3 * a) * at_a - (b**3 - 3 * b) * at_b
        third = -(three - 3 * one * two + 2 * one**3)
        bend = -(four - 2 * one * three - two**2 + 2 * one**2 * two)
        return Jet(
            value,
            flip * one / std_err,
            np.maximum(one**2 - two, 0.0) / std_err**2,
            flip * third / std_err**3,
            two,
            flip * (three - one * two) / std_err,
            bend / std_err**2,
        )


def _between(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log probability of a standard normal from a to b, and the densities over it.

    The right end is at least as far from 0 as the left one.
    """
    far = np.maximum(a, 0.0)
    end = np.where(np.isfinite(b), b, far)
    decay = np.where(np.isfinite(b), np.exp(-0.5 * (end - far) * (end + far)), 0.0)
    gap = _mills(far) - decay * _mills(end)
    outside = special.ndtr(np.minimum(a, 0.0)) + special.ndtr(-b)
    inside = np.log1p(-np.where(a > 0, 0.0, outside))
    tail = -0.5 * far**2 - 0.5 * np.log(2 * np.pi)
    value = np.where(a > 0, tail + np.log(gap), inside)
    log_density = (
        -0.5 * np.minimum(z**2, 1e300) - 0.5 * np.log(2 * np.pi) for z in (a, b)
    )
    at_a, at_b = (np.exp(log_at - inside) for log_at in log_density)
    return value, np.where(a > 0, 1 / gap, at_a), np.where(a > 0, decay / gap, at_b)


def _mills(z: FloatArray) -> FloatArray:
    """Upper tail of a standard normal over its density."""
    return np.sqrt(np.pi / 2) * special.erfcx(z / np.sqrt(2))

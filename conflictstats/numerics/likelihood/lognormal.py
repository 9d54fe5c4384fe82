"""Log-normal log probabilities of intervals, with derivatives."""

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import QuantityError
from conflictstats.numerics.likelihood.gaussian import GaussianIntervals, GaussianPoints
from conflictstats.numerics.likelihood.terms import Terms

NARROW = 1e-3
"""Intervals this narrow, in standard deviations, are read as points."""


class LogNormal:
    r"""Large numbers given the log of the median; the log dispersion is that of the sd.

    .. math:: P(L \le y \le U) = \Phi\!\left(\frac{\log U - \eta}{\tau}\right)
              - \Phi\!\left(\frac{\log L - \eta}{\tau}\right)

    A number without bounds enters by its density.

    Examples
    --------
    Above or below the median is an even chance:

    >>> above = LogNormal().intervals(np.array([100.0]), np.full(1, np.inf))
    >>> np.exp(above.value(np.log([100.0]), np.zeros(1)))
    array([0.5])
    """

    name = "lognormal"
    short = 0.0
    thins = False
    least = 0.0
    most = np.inf

    def at(self, index: IntArray) -> "LogNormal":
        """Law of some of the observations: the same.

        Parameters
        ----------
        index : ndarray of int
            Which.

        Returns
        -------
        LogNormal
            Itself.
        """
        return self

    def points(self, count: FloatArray) -> GaussianPoints:
        """Log densities of exact numbers.

        Parameters
        ----------
        count : ndarray
            Numbers above 0.

        Returns
        -------
        GaussianPoints
            Of their logs, with the density turned back to the numbers themselves.

        Raises
        ------
        QuantityError
            If a number is 0, which has no log.
        """
        none = np.flatnonzero(count <= 0)
        if none.size:
            raise QuantityError(
                f"numbers {none[:10].tolist()} (from 0) are 0, which a log-normal "
                "number cannot be; give an interval from 0, or use a law of counts"
            )
        return GaussianPoints(np.log(count), np.log(count))

    def intervals(self, low: FloatArray, high: FloatArray) -> GaussianIntervals:
        """Log probabilities of intervals.

        Parameters
        ----------
        low, high : ndarray
            Bounds; ``low`` may be 0 and ``high`` infinite.

        Returns
        -------
        GaussianIntervals
            Of their logs.
        """
        with np.errstate(divide="ignore"):
            return GaussianIntervals(np.log(low), np.log(high))


class LogNormalReports:
    r"""Likelihood of large reported numbers, given the log of the true one.

    .. math:: P(L \le y \le U) = \Phi\!\left(\frac{\log U - m}{\tau}\right)
              - \Phi\!\left(\frac{\log L - m}{\tau}\right)

    A number without bounds enters by its density. It is log-concave in :math:`m`.

    Parameters
    ----------
    low, high : ndarray, shape (n,)
        Inclusive bounds, people; ``low`` may be 0 and ``high`` infinite.
    std_err : float or ndarray, shape (*draws, n)
        :math:`\tau`, standard deviation of the log of a report about the truth.

    Examples
    --------
    Above or below the truth is an even chance:

    >>> reports = LogNormalReports(np.array([100.0]), np.array([np.inf]), 0.2)
    >>> np.exp(reports.terms(np.log([100.0]), np.zeros(1)).value)
    array([0.5])
    """

    def __init__(
        self,
        low: Float[np.ndarray, " n"],
        high: Float[np.ndarray, " n"],
        std_err: float | Float[np.ndarray, "*draws n"],
    ) -> None:
        with np.errstate(divide="ignore", invalid="ignore"):
            self.log_low, self.log_high = np.log(low), np.log(high)
            self.width = self.log_high - self.log_low
        self.std_err = std_err
        spans = np.isfinite(self.width) & (self.width > 0)
        self.log_width = np.log(np.where(spans, self.width, 1.0))

    def terms(
        self,
        predictor: Float[np.ndarray, "*draws n"],
        log_size_ratio: Float[np.ndarray, "*draws n"],
    ) -> Terms:
        """Log probability, or density, of each report with its derivatives.

        Parameters
        ----------
        predictor : ndarray, shape (*draws, n)
            Log of the true number.
        log_size_ratio : ndarray, shape (*draws, n)
            Not used: the error of a report does not depend on its period.

        Returns
        -------
        Terms
            Shape (*draws, n) each.
        """
        narrow, middle, value, first, second = self._law(predictor)
        curvature = np.where(narrow, 1.0, np.maximum(first**2 - second, 0))
        return Terms(
            value,
            np.where(narrow, middle, first) / self.std_err,
            curvature / self.std_err**2,
        )

    def slopes(
        self, predictor: Float[np.ndarray, "*draws n"]
    ) -> tuple[
        Float[np.ndarray, "*draws n"],
        Float[np.ndarray, "*draws n"],
        Float[np.ndarray, "*draws n"],
    ]:
        """Log probability, or density, with derivatives in number and error.

        Parameters
        ----------
        predictor : ndarray, shape (*draws, n)
            Log of the true number.

        Returns
        -------
        ndarray, shape (*draws, n)
            Log probability, or density, of each report.
        ndarray, shape (*draws, n)
            Its derivative in the predictor.
        ndarray, shape (*draws, n)
            Its derivative in the log of the error.
        """
        narrow, middle, value, first, second = self._law(predictor)
        slope = np.where(narrow, middle, first) / self.std_err
        return value, slope, np.where(narrow, middle**2 - 1, second)

    def _law(
        self, predictor: FloatArray
    ) -> tuple[BoolArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        """Which intervals are points, those points, log probabilities or densities.

        Then the differences between both ends of the density, over the probability,
        and of the density times the end.
        """
        narrow, middle, left, right = self._standardised(predictor)
        log_between = _log_between(left, right)
        at_left, at_right = (
            np.exp(_log_density(z) - log_between) for z in (left, right)
        )
        of_left = np.where(np.isfinite(self.log_low), left, 0.0) * at_left
        of_right = np.where(np.isfinite(self.log_high), right, 0.0) * at_right
        density = _log_density(middle) - np.log(self.std_err) + self.log_width
        value = np.where(narrow, density, log_between)
        return narrow, middle, value, at_left - at_right, of_left - of_right

    def _standardised(
        self, predictor: FloatArray
    ) -> tuple[BoolArray, FloatArray, FloatArray, FloatArray]:
        """Which intervals are points, those points, and the ends of the others."""
        a = (self.log_low - predictor) / self.std_err
        b = (self.log_high - predictor) / self.std_err
        narrow = self.width / self.std_err < NARROW
        if not narrow.any():
            return narrow, np.zeros(1), a, b
        middle = 0.5 * np.where(narrow, a, 0.0) + 0.5 * np.where(narrow, b, 0.0)
        return narrow, middle, np.where(narrow, -1.0, a), np.where(narrow, 1.0, b)

    def size_slope(
        self,
        predictor: Float[np.ndarray, "*draws n"],
        log_size_ratio: Float[np.ndarray, "*draws n"],
    ) -> Float[np.ndarray, " n"]:
        """Derivative in the log size, which these reports do not have.

        Parameters
        ----------
        predictor, log_size_ratio : ndarray, shape (*draws, n)
            As in :meth:`terms`.

        Returns
        -------
        ndarray, shape (n,)
            Zeros.
        """
        return np.zeros_like(predictor)


def _log_between(
    left: Float[np.ndarray, "*n"], right: Float[np.ndarray, "*n"]
) -> Float[np.ndarray, "*n"]:
    """Log probability of a standard normal between two ends, shape (n,)."""
    flip = left > 0
    low, high = np.where(flip, -right, left), np.where(flip, -left, right)
    large = special.log_ndtr(high)
    return large + np.log1p(-np.exp(special.log_ndtr(low) - large))


def _log_density(z: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """Log density of a standard normal; minus infinity at infinity, shape (n,)."""
    return -0.5 * z**2 - 0.5 * np.log(2 * np.pi)

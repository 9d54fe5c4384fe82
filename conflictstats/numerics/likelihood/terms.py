"""What a likelihood tells the engine.

Every likelihood is a function of three numbers for each observation: the linear
predictor, the log dispersion of its family and the logit of the share that was found.
A family or mechanism that has no dispersion or finds everything ignores them. All are
arrays that broadcast against the predictor, whose last axis counts observations; axes
before it are draws, hyperparameters or independent series.
"""

from typing import NamedTuple, Protocol, runtime_checkable

from conflictstats._typing import FloatArray, IntArray


class Terms(NamedTuple):
    """Log probability of each observation and its derivatives, shape (*draws, n).

    Attributes
    ----------
    value : ndarray
        Natural log of the probability.
    slope : ndarray
        First derivative in the linear predictor.
    curvature : ndarray
        Minus the second derivative in the linear predictor; never negative where the
        probability is log-concave in it.
    """

    value: FloatArray
    slope: FloatArray
    curvature: FloatArray


class Sensitivity(NamedTuple):
    """How the terms move, shape (*draws, n) each.

    Attributes
    ----------
    predictor : ndarray
        Derivative of the curvature in the predictor.
    dispersion : Terms
        Derivatives of value, slope and curvature in the log dispersion.
    found : Terms
        Derivatives of value, slope and curvature in the logit of the share found.
    """

    predictor: FloatArray
    dispersion: Terms
    found: Terms


class Jet(NamedTuple):
    """Log probability with all derivatives that the engine asks for, by one law.

    Attributes
    ----------
    value, slope, curvature : ndarray
        As in :class:`Terms`.
    third : ndarray
        Derivative of the curvature in the predictor.
    value_by, slope_by, curvature_by : ndarray
        Derivatives of value, slope and curvature in the log dispersion.
    """

    value: FloatArray
    slope: FloatArray
    curvature: FloatArray
    third: FloatArray
    value_by: FloatArray
    slope_by: FloatArray
    curvature_by: FloatArray


@runtime_checkable
class Part(Protocol):
    """Log probabilities of some counts, or of some intervals, under one family."""

    def value(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Log probability of each: the cheap part of :meth:`terms`.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Linear predictor and log dispersion.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        ...

    def terms(self, predictor: FloatArray, dispersion: FloatArray) -> Terms:
        """Log probability of each with its derivatives in the predictor.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Linear predictor and log dispersion.

        Returns
        -------
        Terms
            Shape (*draws, n) each.
        """
        ...

    def jet(self, predictor: FloatArray, dispersion: FloatArray) -> Jet:
        """Log probability of each with all its derivatives.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Linear predictor and log dispersion.

        Returns
        -------
        Jet
            Shape (*draws, n) each.
        """
        ...


class Counts(Part, Protocol):
    """Log probabilities of exact counts, which may be those of several series."""

    def third(self, predictor: FloatArray, dispersion: FloatArray) -> FloatArray:
        """Derivative of the curvature in the predictor: the cheap part of :meth:`jet`.

        Parameters
        ----------
        predictor, dispersion : ndarray
            Linear predictor and log dispersion.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        ...

    def of_series(self, series: IntArray) -> "Counts":
        """Counts of some of several series, one a stack entry.

        Parameters
        ----------
        series : ndarray of int, shape (stack,)
            Which series.

        Returns
        -------
        Counts
            With data of shape (stack, n).
        """
        ...


@runtime_checkable
class Family(Protocol):
    """Law of a count, or of a measured number, given the linear predictor.

    Attributes
    ----------
    name : str
        As in :data:`~conflictstats.numerics.likelihood.mechanisms.MATRIX`.
    short : float
        Intervals of at most this many counts are summed count by count.
    thins : bool
        Whether counts of which each death was found by chance keep the family.
    least, most : float or ndarray
        Smallest and largest number that can be.
    """

    name: str
    short: float
    thins: bool
    least: float

    @property
    def most(self) -> FloatArray | float:
        """Largest number that can be, of each observation or of all."""
        ...

    def at(self, index: IntArray) -> "Family":
        """Law of some of the observations.

        Parameters
        ----------
        index : ndarray of int
            Which, counted over the flattened observations.

        Returns
        -------
        Family
            The same law.
        """
        ...

    def points(self, count: FloatArray) -> Part:
        """Log probabilities of exact counts.

        Parameters
        ----------
        count : ndarray
            Whole counts.

        Returns
        -------
        Part
            Of these counts.
        """
        ...

    def intervals(self, low: FloatArray, high: FloatArray) -> Part:
        """Log probabilities of intervals that are not short.

        Parameters
        ----------
        low, high : ndarray
            Inclusive bounds.

        Returns
        -------
        Part
            Of these intervals.
        """
        ...


@runtime_checkable
class Likelihood(Protocol):
    """Log probability of the observations given their predictors."""

    def value(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> FloatArray:
        """Log probability of each observation: the cheap part of :meth:`terms`.

        Parameters
        ----------
        predictor, dispersion, found : ndarray
            Linear predictor, log dispersion and logit of the share found.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        ...

    def terms(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> Terms:
        """Log probability of each observation with its derivatives.

        Parameters
        ----------
        predictor, dispersion, found : ndarray
            Linear predictor, log dispersion and logit of the share found.

        Returns
        -------
        Terms
            Shape (*draws, n) each.
        """
        ...

    def third(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> FloatArray:
        """Derivative of the curvature in the predictor, a part of :meth:`sensitivity`.

        Parameters
        ----------
        predictor, dispersion, found : ndarray
            Linear predictor, log dispersion and logit of the share found.

        Returns
        -------
        ndarray
            Shape (*draws, n).
        """
        ...

    def sensitivity(
        self, predictor: FloatArray, dispersion: FloatArray, found: FloatArray
    ) -> Sensitivity:
        """How the terms move with the three numbers.

        Parameters
        ----------
        predictor, dispersion, found : ndarray
            Linear predictor, log dispersion and logit of the share found.

        Returns
        -------
        Sensitivity
            Shape (*draws, n) each.
        """
        ...

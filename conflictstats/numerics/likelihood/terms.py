"""What a likelihood tells the engine.

Every likelihood is a function of three numbers for each observation: the linear
predictor, the log dispersion of its family and the logit of the share that was found.
A family or mechanism that has no dispersion or finds everything ignores them. All are
arrays that broadcast against the predictor, whose last axis counts observations; axes
before it are draws, hyperparameters or independent series.
"""

from typing import NamedTuple, Protocol, runtime_checkable

from conflictstats._typing import FloatArray


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

"""Hyperparameters on the scale on which their prior is standard normal."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import interpolate, special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.problem import LogPrior
from conflictstats.numerics.engine.survey import FARTHEST, Height, Survey

KNOTS = 961
"""Working values between which the scale is interpolated."""
DEEPEST = 600.0
"""Log density below its top from which on a prior is taken to be level."""
NEAREST = 1e-9
"""Least distance of two knots on the normal scale."""


class NormalScale(NamedTuple):
    r"""A monotone change of each hyperparameter.

    With F the distribution function of its prior, :math:`\theta = F^{-1}(\Phi(z))`.
    Where the data cannot tell a small standard deviation from none, the density of its
    log has an exponential tail; that of z falls like a normal one, as its prior does.

    Attributes
    ----------
    splines : tuple of PchipInterpolator
        From z to the working value, one for each hyperparameter.
    """

    splines: tuple[interpolate.PchipInterpolator, ...]

    @classmethod
    def of(cls, log_prior: LogPrior, m: int) -> "NormalScale":
        """Tabulate the scales of independent hyperparameters.

        Parameters
        ----------
        log_prior : callable
            From hyperparameters (stack, m) to their log prior density, up to a
            constant, and its gradient.
        m : int
            How many there are.

        Returns
        -------
        NormalScale
            Their scales.

        Examples
        --------
        A prior that is normal already is only shifted and stretched:

        >>> def normal(theta):
        ...     away = (theta - 1) / 2
        ...     return -0.5 * (away**2).sum(axis=1), -away / 2
        >>> scale = NormalScale.of(normal, 1)
        >>> scale.working(np.array([[-1.0], [0.0], [2.0]])).round(3)
        array([[-1.],
               [ 1.],
               [ 5.]])
        """
        return cls(tuple(_spline(log_prior, m, j) for j in range(m)))

    def working(self, z: Float[np.ndarray, "stack m"]) -> Float[np.ndarray, "stack m"]:
        """Working values.

        Parameters
        ----------
        z : ndarray, shape (stack, m)
            Hyperparameters on the normal scale; the ends of the table are not passed.

        Returns
        -------
        ndarray, shape (stack, m)
            On the working scale.
        """
        return self._each(z, 0)

    def slopes(
        self, z: Float[np.ndarray, "stack m"]
    ) -> tuple[Float[np.ndarray, "stack m"], Float[np.ndarray, "stack m"]]:
        """First and second derivative of the working values.

        Parameters
        ----------
        z : ndarray, shape (stack, m)
            Hyperparameters on the normal scale.

        Returns
        -------
        first, second : ndarray, shape (stack, m)
            The first is above 0.
        """
        return self._each(z, 1), self._each(z, 2)

    def normal(
        self, theta: Float[np.ndarray, "stack m"]
    ) -> Float[np.ndarray, "stack m"]:
        """Values on the normal scale.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Working values.

        Returns
        -------
        ndarray, shape (stack, m)
            To the accuracy of linear interpolation; a place to start a search from.
        """
        columns = [
            np.interp(theta[:, j], spline(spline.x), spline.x)
            for j, spline in enumerate(self.splines)
        ]
        return np.stack(columns, axis=1)

    def _each(self, z: FloatArray, derivative: int) -> FloatArray:
        """Splines, each at its column."""
        columns = [
            spline(np.clip(z[:, j], spline.x[0], spline.x[-1]), derivative)
            for j, spline in enumerate(self.splines)
        ]
        return np.stack(columns, axis=1)


class NormalSurvey(NamedTuple):
    """The log posterior density of hyperparameters on their normal scale.

    Attributes
    ----------
    survey : Survey
        The density on the working scale.
    scale : NormalScale
        The change of scale.
    """

    survey: Survey
    scale: NormalScale

    def look(
        self,
        theta: Float[np.ndarray, "stack m"],
        series: IntArray,
        start: Vector,
        *,
        slopes: bool = False,
    ) -> Height:
        """Evaluate the density, as :meth:`Survey.look` does.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Hyperparameters on the normal scale.
        series : ndarray of int, shape (stack,)
            The series that each is for.
        start : Vector
            Where to start the search for the field's mode.
        slopes : bool
            Whether to give gradients.

        Returns
        -------
        Height
            One for each of the stack.
        """
        first, second = self.scale.slopes(theta)
        working = self.scale.working(theta)
        there = self.survey.look(working, series, start, slopes=slopes)
        value = there.value + np.log(first).sum(axis=1)
        slope = there.slope * first + second / first if slopes else there.slope
        return Height(value, slope, there.field, there.spread)


def _spline(log_prior: LogPrior, m: int, j: int) -> interpolate.PchipInterpolator:
    """One hyperparameter's scale, the others being held."""
    working = np.linspace(-FARTHEST, FARTHEST, KNOTS)
    theta = np.zeros((KNOTS, m))
    theta[:, j] = working
    log = log_prior(theta)[0]
    mass = np.exp(np.maximum(log - log.max(), -DEEPEST))
    between = 0.5 * (mass[1:] + mass[:-1])
    below = 0.5 * mass[0] + np.concatenate([[0], np.cumsum(between)])
    above = 0.5 * mass[-1] + np.concatenate([np.cumsum(between[::-1])[::-1], [0]])
    log_all = np.log(below + above)
    z = np.where(
        below < above,
        special.ndtri_exp(np.log(below) - log_all),
        -special.ndtri_exp(np.log(above) - log_all),
    )
    kept = np.concatenate([[True], np.diff(z) > NEAREST])
    return interpolate.PchipInterpolator(z[kept], working[kept])

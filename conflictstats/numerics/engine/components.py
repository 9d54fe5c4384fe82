"""Paths over time: Gaussian Markov random fields with a band as their precision.

Each knows its precision as a function of its hyperparameters, with derivatives.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray

LOG_TWO_PI = float(np.log(2 * np.pi))


class Precision(NamedTuple):
    """Precision of a path, or its derivative in a hyperparameter.

    Attributes
    ----------
    band : ndarray, shape (stack, n, k)
        The matrices.
    log_constant : ndarray, shape (stack,)
        Log density of the path at its mean, or its derivative.
    """

    band: FloatArray
    log_constant: FloatArray


@runtime_checkable
class Path(Protocol):
    """A Gaussian path of nodes whose precision is a band."""

    @property
    def mean(self) -> FloatArray:
        """Prior mean, shape (n,)."""
        ...

    @property
    def parameters(self) -> int:
        """Number of hyperparameters m."""
        ...

    def precision(self, theta: FloatArray) -> Precision:
        """Precision at hyperparameters.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Hyperparameters.

        Returns
        -------
        Precision
            One for each of the stack.
        """
        ...

    def slopes(self, theta: FloatArray) -> list[Precision]:
        """Derivatives of the precision in each hyperparameter.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Hyperparameters.

        Returns
        -------
        list of Precision
            One for each hyperparameter.
        """
        ...


@dataclass(frozen=True, slots=True)
class Walk:
    r"""Path with precision :math:`e^{-2\theta} R + S`, of mean m.

    Attributes
    ----------
    mean : ndarray, shape (n,)
        m.
    moving : ndarray, shape (n, k)
        R, lower band.
    fixed : ndarray, shape (n, k)
        S, lower band: what the hyperparameter does not scale.
    rank : int
        Rank of R.
    log_constant : float
        Log density at the mean where :math:`\theta = 0`.
    """

    mean: FloatArray
    moving: FloatArray
    fixed: FloatArray
    rank: int
    log_constant: float

    @property
    def parameters(self) -> int:
        """One: the log standard deviation of a step."""
        return 1

    def precision(self, theta: Float[np.ndarray, "stack 1"]) -> Precision:
        """Precision at each log standard deviation.

        Parameters
        ----------
        theta : ndarray, shape (stack, 1)
            Log of the standard deviation of a step.

        Returns
        -------
        Precision
            One for each of the stack.
        """
        weight = np.exp(-2 * theta)[..., None]
        constant = self.log_constant - self.rank * theta[:, 0]
        return Precision(weight * self.moving + self.fixed, constant)

    def slopes(self, theta: Float[np.ndarray, "stack 1"]) -> list[Precision]:
        """Derivative in the log standard deviation.

        Parameters
        ----------
        theta : ndarray, shape (stack, 1)
            Log of the standard deviation of a step.

        Returns
        -------
        list of Precision
            A single one.
        """
        weight = -2 * np.exp(-2 * theta)[..., None]
        return [Precision(weight * self.moving, np.full(len(theta), -self.rank, float))]


def random_walk(
    length: int,
    *,
    order: int = 1,
    start_mean: float = 0.0,
    start_sd: float = np.inf,
    slope_sd: float = np.inf,
) -> Walk:
    r"""Random walk of order one or two.

    .. math:: x_1 \sim N(m, s^2), \qquad x_t \sim N(x_{t-1}, \sigma^2)

    and for order two :math:`x_2 - x_1 \sim N(0, s_2^2)`,
    :math:`x_t - 2x_{t-1} + x_{t-2} \sim N(0, \sigma^2)`.

    Parameters
    ----------
    length : int
        Number of nodes.
    order : {1, 2}
        Differences that are independent.
    start_mean, start_sd : float
        Mean m and standard deviation s; an infinite s is the diffuse limit, in which
        the density is that of
        the steps alone (the convention of KFAS).
    slope_sd : float
        :math:`s_2`.

    Returns
    -------
    Walk
        With hyperparameter :math:`\log\sigma`.

    Examples
    --------
    >>> random_walk(3, start_sd=1.0).precision(np.zeros((1, 1))).band[0, :, 0]
    array([2., 2., 1.])
    """
    step = np.array([-1.0, 1.0]) if order == 1 else np.array([1.0, -2.0, 1.0])
    band = _repeated(_gram(step), length, order)
    fixed = np.zeros_like(band)
    constant = -0.5 * max(length - order, 0) * LOG_TWO_PI
    starts = [(start_sd, np.array([1.0])), (slope_sd, np.array([-1.0, 1.0]))]
    for sd, weights in starts[: min(order, length)]:
        if np.isfinite(sd):
            for d, entries in enumerate(_gram(weights / sd)):
                fixed[: len(entries), d] += entries
            constant -= np.log(sd) + 0.5 * LOG_TWO_PI
    mean = np.full(length, start_mean)
    return Walk(mean, band, fixed, max(length - order, 0), float(constant))


def noise(length: int) -> Walk:
    r"""Independent nodes :math:`x_j \sim N(0, \sigma^2)`.

    Parameters
    ----------
    length : int
        Number of nodes.

    Returns
    -------
    Walk
        With hyperparameter :math:`\log\sigma`.

    Examples
    --------
    >>> noise(2).precision(np.zeros((1, 1))).band.ravel()
    array([1., 1.])
    """
    one = np.ones((length, 1))
    constant = -0.5 * length * LOG_TWO_PI
    return Walk(np.zeros(length), one, 0 * one, length, constant)


@dataclass(frozen=True, slots=True)
class AutoRegression:
    r"""Stationary autoregression of order one around a level.

    .. math:: x_1 \sim N(m, \sigma^2), \quad
              x_t - m \sim N(\rho (x_{t-1} - m), \sigma^2 (1 - \rho^2))

    Attributes
    ----------
    length : int
        Number of nodes.
    level : float
        m.
    """

    length: int
    level: float = 0.0

    @property
    def mean(self) -> FloatArray:
        """The level at every node."""
        return np.full(self.length, self.level)

    @property
    def parameters(self) -> int:
        r"""Two: :math:`\log\sigma` and :math:`\operatorname{artanh}\rho`."""
        return 2

    def precision(self, theta: Float[np.ndarray, "stack 2"]) -> Precision:
        """Precision at each pair of hyperparameters.

        Parameters
        ----------
        theta : ndarray, shape (stack, 2)
            Log standard deviation and inverse hyperbolic tangent of the correlation.

        Returns
        -------
        Precision
            One for each of the stack.
        """
        rho, weight, constant = self._parts(theta)
        return Precision(weight * self._shape(rho), constant)

    def slopes(self, theta: Float[np.ndarray, "stack 2"]) -> list[Precision]:
        """Derivatives in the log standard deviation and in the correlation's artanh.

        Parameters
        ----------
        theta : ndarray, shape (stack, 2)
            As in :meth:`precision`.

        Returns
        -------
        list of Precision
            Two.
        """
        rho, weight, _ = self._parts(theta)
        shape = self._shape(rho)
        bend = np.zeros_like(shape)
        bend[:, :, 0] = self._more * 2 * rho[:, :, 0] * (1 - rho[:, :, 0] ** 2)
        bend[:, :-1, 1] = -(1 - rho[:, :, 0] ** 2)
        scale = Precision(-2 * weight * shape, np.full(len(theta), -self.length, float))
        constant = (self.length - 1) * rho[:, 0, 0]
        return [scale, Precision(weight * (2 * rho * shape + bend), constant)]

    def _parts(self, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Correlation and weight, shape (stack, 1, 1), and log constant (stack,)."""
        rho = np.tanh(theta[:, 1])
        log_rest = -2 * (np.logaddexp(theta[:, 1], -theta[:, 1]) - np.log(2))
        constant = -self.length * (theta[:, 0] + 0.5 * LOG_TWO_PI)
        constant -= 0.5 * (self.length - 1) * log_rest
        weight = np.exp(-2 * theta[:, 0] - log_rest)
        return rho[:, None, None], weight[:, None, None], constant

    @property
    def _more(self) -> FloatArray:
        """Neighbours of each node beyond the first, shape (n,); -1 for a lone node."""
        more = np.ones(self.length)
        more[0] -= 1
        more[-1] -= 1
        return more

    def _shape(self, rho: FloatArray) -> FloatArray:
        """Precision up to its weight, shape (stack, n, 2)."""
        band = np.zeros((len(rho), self.length, 2))
        band[:, :, 0] = 1 + self._more * rho[:, :, 0] ** 2
        band[:, :-1, 1] = -rho[:, :, 0]
        return band


def _gram(weights: FloatArray) -> list[FloatArray]:
    """Outer product of the weights with themselves, by diagonal."""
    outer = np.outer(weights, weights)
    return [np.diagonal(outer, -d) for d in range(weights.size)]


def _repeated(diagonals: list[FloatArray], length: int, order: int) -> FloatArray:
    """Sum of a small matrix moved along the diagonal, shape (length, order + 1)."""
    band = np.zeros((length, order + 1))
    for d, entries in enumerate(diagonals):
        for i, entry in enumerate(entries):
            band[i : length - order + i, d] += entry
    return band

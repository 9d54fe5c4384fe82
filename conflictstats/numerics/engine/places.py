"""Places that move together: random walks, and noise that neighbours share."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray
from conflictstats.numerics.engine.components import LOG_TWO_PI, Precision


@dataclass(frozen=True, slots=True)
class PlaceWalks:
    r"""A random walk for each place, with steps that are correlated over places.

    .. math:: h_{1i} \sim N(m, s^2), \qquad h_t - h_{t-1} \sim N(0, V D V'), \qquad
              D_{jj} = \tau^2 c_j^2 + \sigma^2 (\rho v_j + 1 - \rho)

    in a basis V of the places: :math:`\tau` is the standard deviation of the step that
    all places share, :math:`\sigma` that of each place's own step, and :math:`\rho` how
    much of that is smooth over neighbours. With the constant in V,
    :math:`c = V'\mathbf 1`. In the terms of Knorr-Held [1]_ it is a shared trend with
    interactions of type II (:math:`\rho = 0`) and type IV (:math:`\rho = 1`). Nodes are
    ordered by time, then by place.

    Attributes
    ----------
    length : int
        Number of times T.
    basis : ndarray, shape (places, places)
        V, orthonormal columns.
    smooth : ndarray, shape (places,), optional
        v, scaled variances of the smooth part; None fixes :math:`\rho = 0`.
    start_mean, start_sd : float
        m and s.

    References
    ----------
    .. [1] Knorr-Held, L. (2000). Bayesian modelling of inseparable space-time variation
       in disease risk. *Statistics in Medicine* 19, 2555-2567.
       https://doi.org/10.1002/1097-0258(20000915/30)19:17/18<2555::AID-SIM587>3.0.CO;2-#
    """

    length: int
    basis: FloatArray
    smooth: FloatArray | None = None
    start_mean: float = 0.0
    start_sd: float = 5.0

    @property
    def mean(self) -> FloatArray:
        """Prior mean at every node."""
        return np.full(self.length * len(self.basis), self.start_mean)

    @property
    def parameters(self) -> int:
        r"""Two or three: :math:`\log\tau, \log\sigma, \operatorname{logit}\rho`."""
        return 2 if self.smooth is None else 3

    def precision(self, theta: Float[np.ndarray, "stack m"]) -> Precision:
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
        places = len(self.basis)
        variance, _ = self._variances(theta)
        band = self._over_time((self.basis / variance[:, None, :]) @ self.basis.T)
        band[:, :places, 0] += self.start_sd**-2
        constant = -0.5 * (self.length - 1) * np.log(variance).sum(axis=1)
        constant -= places * (np.log(self.start_sd) + 0.5 * self.length * LOG_TWO_PI)
        return Precision(band, constant)

    def slopes(self, theta: Float[np.ndarray, "stack m"]) -> list[Precision]:
        """Derivatives in each hyperparameter.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Hyperparameters.

        Returns
        -------
        list of Precision
            One for each.
        """
        variance, slopes = self._variances(theta)
        out = []
        for slope in slopes:
            bend = -slope / variance**2
            band = self._over_time((self.basis * bend[:, None, :]) @ self.basis.T)
            constant = -0.5 * (self.length - 1) * (slope / variance).sum(axis=1)
            out.append(Precision(band, constant))
        return out

    def _variances(self, theta: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        """Variances D of steps in the basis and their derivatives, (stack, places)."""
        shared = np.exp(2 * theta[:, :1]) * self.basis.sum(axis=0) ** 2
        own = np.exp(2 * theta[:, 1:2])
        if self.smooth is None:
            own = own * np.ones(len(self.basis))
            return shared + own, [2 * shared, 2 * own]
        mixed, slopes = _mixed(theta[:, 1:], self.smooth)
        return shared + mixed, [2 * shared, *slopes]

    def _over_time(self, block: FloatArray) -> FloatArray:
        """Product of a walk's structure and a matrix over places, lower band."""
        stack, places = len(block), len(self.basis)
        times = np.full(self.length, 2.0)
        times[[0, -1]] = 1 if self.length > 1 else 0
        band = np.zeros((stack, self.length, places, 2 * places))
        column, row = np.meshgrid(np.arange(places), np.arange(places))
        low = row >= column
        within = block[:, row[low], column[low]]
        band[:, :, column[low], (row - column)[low]] = (
            times[:, None] * within[:, None, :]
        )
        band[:, :-1, column, places + row - column] = -block[:, None, row, column]
        return band.reshape(stack, self.length * places, 2 * places)


@dataclass(frozen=True, slots=True)
class PlaceNoise:
    r"""Deviations of places, new at every time, of which neighbours share a part.

    .. math:: \delta_t \sim N(0, V D V') \text{ independently}, \qquad
              D_{jj} = \sigma^2 (\rho v_j + 1 - \rho)

    Beside a trend that all places share, and levels, it is Knorr-Held's interaction
    [1]_ of type I (:math:`\rho = 0`) and of type III (:math:`\rho = 1`, where the
    deviations of each time sum to zero over every connected part of the map, as v is
    zero for the constants). Without neighbours there is
    :func:`~conflictstats.numerics.engine.components.noise`. Nodes are ordered by time,
    then by place.

    Attributes
    ----------
    length : int
        Number of times T.
    basis : ndarray, shape (places, places)
        V, orthonormal columns.
    smooth : ndarray, shape (places,)
        v, scaled variances of the smooth part.

    References
    ----------
    .. [1] Knorr-Held, L. (2000). Bayesian modelling of inseparable space-time variation
       in disease risk. *Statistics in Medicine* 19, 2555-2567.
       https://doi.org/10.1002/1097-0258(20000915/30)19:17/18<2555::AID-SIM587>3.0.CO;2-#

    Examples
    --------
    With :math:`\rho` near 1 two neighbours differ and never move together:

    >>> from conflictstats.numerics import graph
    >>> pair = graph.spectral_basis(graph.complete(2))
    >>> path = PlaceNoise(1, pair.vectors, graph.smooth_variances(pair))
    >>> band = path.precision(np.array([[0.0, 20.0]])).band[0]
    >>> precision = np.array([[band[0, 0], band[0, 1]], [band[0, 1], band[1, 0]]])
    >>> np.linalg.inv(precision).round(6)
    array([[ 1., -1.],
           [-1.,  1.]])
    """

    length: int
    basis: FloatArray
    smooth: FloatArray

    @property
    def mean(self) -> FloatArray:
        """Zero at every node."""
        return np.zeros(self.length * len(self.basis))

    @property
    def parameters(self) -> int:
        r"""Two: :math:`\log\sigma` and :math:`\operatorname{logit}\rho`."""
        return 2

    def precision(self, theta: Float[np.ndarray, "stack 2"]) -> Precision:
        """Precision at hyperparameters.

        Parameters
        ----------
        theta : ndarray, shape (stack, 2)
            Log of sigma and logit of rho.

        Returns
        -------
        Precision
            One for each of the stack.
        """
        variance, _ = _mixed(theta, self.smooth)
        constant = -0.5 * self.length * (np.log(variance) + LOG_TWO_PI).sum(axis=1)
        return Precision(self._at_each_time(1 / variance), constant)

    def slopes(self, theta: Float[np.ndarray, "stack 2"]) -> list[Precision]:
        """Derivatives in each hyperparameter.

        Parameters
        ----------
        theta : ndarray, shape (stack, 2)
            Log of sigma and logit of rho.

        Returns
        -------
        list of Precision
            Two.
        """
        variance, slopes = _mixed(theta, self.smooth)
        return [
            Precision(
                self._at_each_time(-slope / variance**2),
                -0.5 * self.length * (slope / variance).sum(axis=1),
            )
            for slope in slopes
        ]

    def _at_each_time(self, diagonal: FloatArray) -> FloatArray:
        """The same matrix over places at every time, lower band."""
        stack, places = diagonal.shape
        block = (self.basis * diagonal[:, None, :]) @ self.basis.T
        band = np.zeros((stack, self.length, places, places))
        row, column = np.tril_indices(places)
        band[:, :, column, row - column] = block[:, None, row, column]
        return band.reshape(stack, self.length * places, places)


def _mixed(
    theta: FloatArray, smooth: FloatArray
) -> tuple[FloatArray, list[FloatArray]]:
    """Variances sigma^2 (rho v + 1 - rho) and their slopes, (stack, places)."""
    own = np.exp(2 * theta[:, :1])
    rho, rest = special.expit(theta[:, 1:]), special.expit(-theta[:, 1:])
    mixed = own * (rho * smooth + rest)
    return mixed, [2 * mixed, own * rho * rest * (smooth - 1)]

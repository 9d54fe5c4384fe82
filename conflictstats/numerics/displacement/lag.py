"""How people who flee are spread over the days after violence.

Every law is one of log-linear weights, so that they share their derivatives.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from scipy.interpolate import BSpline

from conflictstats._typing import FloatArray

CURVES = 8
"""Curves of the spline."""


@runtime_checkable
class LagLaw(Protocol):
    """Weights of the lags, given standard normal numbers."""

    @property
    def features(self) -> FloatArray:
        """What the log weights are linear in, shape (L, k)."""
        ...

    @property
    def size(self) -> int:
        """How many standard normal numbers the law has."""
        ...

    def loadings(self, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Factors of the features, and their derivatives in the scores.

        Parameters
        ----------
        scores : ndarray, shape (chains, size)
            Standard normal a priori.

        Returns
        -------
        ndarray, shape (chains, k)
            Factors.
        ndarray, shape (chains, k, size)
            Derivatives.
        """
        ...


@dataclass(frozen=True, slots=True)
class Geometric:
    r"""Weights that halve every so many days: :math:`w_l \propto 2^{-l / h}`.

    Attributes
    ----------
    features : ndarray, shape (L, 1)
        Days of each lag.
    half_life : tuple of float
        Median and log standard deviation of :math:`h`, days.
    """

    features: FloatArray
    half_life: tuple[float, float]
    size: int = 1

    @classmethod
    def over(cls, days: FloatArray, half_life: tuple[float, float]) -> "Geometric":
        """Law over lags.

        Parameters
        ----------
        days : ndarray, shape (L,)
            Of each lag, from 0.
        half_life : tuple of float
            Median and log standard deviation, days.

        Returns
        -------
        Geometric
            The law.
        """
        return cls(days[:, None], half_life)

    def loadings(self, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Minus log 2 over the half-life, and its derivative.

        Parameters
        ----------
        scores : ndarray, shape (chains, 1)
            Standard normal a priori.

        Returns
        -------
        tuple of ndarray, shapes (chains, 1) and (chains, 1, 1)
            Factors of the features, and their derivatives.
        """
        median, log_sd = self.half_life
        rate = -np.log(2) / median * np.exp(-log_sd * scores)
        return rate, -log_sd * rate[:, :, None]


@dataclass(frozen=True, slots=True)
class Gamma:
    r"""Weights that may rise before they fall: the density of a gamma law.

    .. math:: w_l \propto x_l^{a - 1} e^{-a x_l / m}, \qquad x_l = l + \tfrac{1}{2}

    Attributes
    ----------
    features : ndarray, shape (L, 2)
        Log of the days of each lag's middle, and those days.
    mean, shape : tuple of float
        Medians and log standard deviations of :math:`m` (days) and :math:`a`.
    """

    features: FloatArray
    mean: tuple[float, float]
    shape: tuple[float, float]
    size: int = 2

    @classmethod
    def over(
        cls, days: FloatArray, mean: tuple[float, float], shape: tuple[float, float]
    ) -> "Gamma":
        """Law over lags.

        Parameters
        ----------
        days : ndarray, shape (L,)
            Of the middle of each lag, above 0.
        mean, shape : tuple of float
            Medians and log standard deviations; the mean in days.

        Returns
        -------
        Gamma
            The law.
        """
        return cls(np.column_stack([np.log(days), days]), mean, shape)

    def loadings(self, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Shape less 1, and minus the rate, with derivatives.

        Parameters
        ----------
        scores : ndarray, shape (chains, 2)
            Standard normal a priori.

        Returns
        -------
        tuple of ndarray, shapes (chains, 2) and (chains, 2, 2)
            Factors of the features, and their derivatives.
        """
        mean, shape = (
            law[0] * np.exp(law[1] * scores[:, i])
            for i, law in enumerate((self.mean, self.shape))
        )
        loads = np.column_stack([shape - 1, -shape / mean])
        bend = np.zeros((len(scores), 2, 2))
        bend[:, 0, 1] = self.shape[1] * shape
        bend[:, 1, 0] = self.mean[1] * shape / mean
        bend[:, 1, 1] = -self.shape[1] * shape / mean
        return loads, bend


@dataclass(frozen=True, slots=True)
class Spline:
    r"""Weights of any smooth shape: log weights by a penalised cubic spline.

    .. math:: \log w_l = \sum_j \beta_j B_j(\sqrt{x_l}) + \text{const},
              \qquad \beta_j - \beta_{j-1} \sim N(d_j, s^2)

    with :math:`d_j` the step of a geometric law between the curves' centres.

    Attributes
    ----------
    features : ndarray, shape (L, 8)
        Curves at each lag.
    centre : ndarray, shape (8,)
        Prior means of their factors.
    step : float
        :math:`s`.
    """

    features: FloatArray
    centre: FloatArray
    step: float
    size: int = CURVES - 1

    @classmethod
    def over(cls, days: FloatArray, half_life: float, step: float) -> "Spline":
        """Law over lags, around a geometric one.

        Parameters
        ----------
        days : ndarray, shape (L,)
            Of the middle of each lag, above 0.
        half_life : float
            Of the geometric one, days.
        step : float
            Standard deviation of a step between neighbouring curves.

        Returns
        -------
        Spline
            The law.
        """
        at = np.sqrt(days)
        inner = np.linspace(at[0], at[-1] + 1e-9, CURVES - 2)
        knots = np.concatenate([inner[:1].repeat(3), inner, inner[-1:].repeat(3)])
        curves = BSpline.design_matrix(at, knots, 3).toarray()
        middle = np.array([knots[j + 1 : j + 4].mean() for j in range(CURVES)])
        return cls(curves, -np.log(2) * middle**2 / half_life, step)

    def loadings(self, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Factors of the curves: the prior means and a random walk.

        Parameters
        ----------
        scores : ndarray, shape (chains, 7)
            Standard normal a priori.

        Returns
        -------
        tuple of ndarray, shapes (chains, 8) and (chains, 8, 7)
            Factors of the features, and their derivatives.
        """
        walk = np.tril(np.full((CURVES, CURVES - 1), self.step), -1)
        bend = np.broadcast_to(walk, (len(scores), *walk.shape))
        return self.centre + scores @ walk.T, bend


def weights(
    law: LagLaw, scores: Float[np.ndarray, "chains k"]
) -> Float[np.ndarray, "chains L"]:
    """Weights of the lags, which sum to one.

    Parameters
    ----------
    law : LagLaw
        Which.
    scores : ndarray, shape (chains, size)
        Standard normal a priori.

    Returns
    -------
    ndarray, shape (chains, L)
        Weights.

    Examples
    --------
    Half of the response has come after the half-life:

    >>> law = Geometric.over(np.arange(200.0), half_life=(14.0, 1.0))
    >>> weights(law, np.zeros((1, 1)))[0, :14].sum().round(3)
    np.float64(0.5)
    """
    logs = law.loadings(scores)[0] @ law.features.T
    rising = np.exp(logs - logs.max(axis=1, keepdims=True))
    return rising / rising.sum(axis=1, keepdims=True)


def pull_back(
    law: LagLaw,
    scores: Float[np.ndarray, "#chains k"],
    weight: Float[np.ndarray, "#chains L"],
    slope: Float[np.ndarray, "chains L"],
) -> Float[np.ndarray, "chains k"]:
    """Derivatives in the scores, from derivatives in the weights.

    Parameters
    ----------
    law : LagLaw
        Which.
    scores : ndarray, shape (chains, size)
        As given to :func:`weights`.
    weight : ndarray, shape (chains, L)
        What it gave.
    slope : ndarray, shape (chains, L)
        Derivatives of a function in each of them.

    Returns
    -------
    ndarray, shape (chains, size)
        Derivatives of that function in the scores.
    """
    centred = slope - (weight * slope).sum(axis=1, keepdims=True)
    in_loads = (weight * centred) @ law.features
    return np.einsum("ck,cks->cs", in_loads, law.loadings(scores)[1])

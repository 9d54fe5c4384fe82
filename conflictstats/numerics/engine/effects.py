"""Effects that touch all of a path: coefficients with independent normal priors.

Whatever is smooth or tied is independent in a basis of its own, which the border of the
design holds. Each knows its variances as a function of its hyperparameters.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray


@runtime_checkable
class Effects(Protocol):
    """Independent normal coefficients with mean zero."""

    @property
    def parameters(self) -> int:
        """Number of hyperparameters m."""
        ...

    @property
    def size(self) -> int:
        """Number of coefficients p."""
        ...

    def log_variance(self, theta: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        """Log prior variances and their derivatives in each hyperparameter.

        Parameters
        ----------
        theta : ndarray, shape (stack, m)
            Hyperparameters.

        Returns
        -------
        value : ndarray, shape (stack, p)
            Log variances.
        slopes : list of ndarray, shape (stack, p)
            Their derivatives.
        """
        ...


@dataclass(frozen=True, slots=True)
class FixedEffects:
    """Coefficients with known prior standard deviations.

    Attributes
    ----------
    std_dev : ndarray, shape (p,)
        Standard deviations.
    """

    std_dev: FloatArray

    @property
    def parameters(self) -> int:
        """None."""
        return 0

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.std_dev.size

    def log_variance(
        self, theta: Float[np.ndarray, "stack 0"]
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Log prior variances; there is nothing to derive in.

        Parameters
        ----------
        theta : ndarray, shape (stack, 0)
            No hyperparameters.

        Returns
        -------
        value : ndarray, shape (stack, p)
            Log variances.
        slopes : list
            Empty.
        """
        value = np.broadcast_to(2 * np.log(self.std_dev), (len(theta), self.size))
        return value, []


@dataclass(frozen=True, slots=True)
class ScaledEffects:
    r"""Coefficients with variances :math:`\sigma^2 v_j`.

    With :math:`v = 1` they are exchangeable; with v from
    :mod:`conflictstats.numerics.graph` they are a smooth map or season.

    Attributes
    ----------
    variance : ndarray, shape (p,)
        v.
    """

    variance: FloatArray

    @property
    def parameters(self) -> int:
        r"""One: :math:`\log\sigma`."""
        return 1

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.variance.size

    def log_variance(
        self, theta: Float[np.ndarray, "stack 1"]
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Log prior variances and their derivative.

        Parameters
        ----------
        theta : ndarray, shape (stack, 1)
            Log of sigma.

        Returns
        -------
        value : ndarray, shape (stack, p)
            Log variances.
        slopes : list of ndarray, shape (stack, p)
            A single one.
        """
        value = 2 * theta + np.log(self.variance)
        return value, [np.full_like(value, 2.0)]


@dataclass(frozen=True, slots=True)
class MixedEffects:
    r"""Coefficients with variances :math:`\sigma^2 (\rho v_j + 1 - \rho)` (BYM2).

    Attributes
    ----------
    variance : ndarray, shape (p,)
        v, of the scaled structured part in its spectral basis; 0 for the constants.

    References
    ----------
    .. [1] Riebler, A. et al. (2016). An intuitive Bayesian spatial model for disease
       mapping that accounts for scaling. *Statistical Methods in Medical Research*
       25, 1145-1165. https://doi.org/10.1177/0962280216660421
    """

    variance: FloatArray

    @property
    def parameters(self) -> int:
        r"""Two: :math:`\log\sigma` and :math:`\operatorname{logit}\rho`."""
        return 2

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.variance.size

    def log_variance(
        self, theta: Float[np.ndarray, "stack 2"]
    ) -> tuple[FloatArray, list[FloatArray]]:
        """Log prior variances and their derivatives.

        Parameters
        ----------
        theta : ndarray, shape (stack, 2)
            Log of sigma and logit of rho.

        Returns
        -------
        value : ndarray, shape (stack, p)
            Log variances.
        slopes : list of ndarray, shape (stack, p)
            Two.
        """
        rho, rest = special.expit(theta[:, 1:]), special.expit(-theta[:, 1:])
        mixed = rho * self.variance + rest
        value = 2 * theta[:, :1] + np.log(mixed)
        return value, [
            np.full_like(value, 2.0),
            rho * rest * (self.variance - 1) / mixed,
        ]

"""How classes are split among strata, and how far strata differ in that."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray


class Strata(NamedTuple):
    r"""Working values of the split of each class; the last axis is of chains.

    Of class :math:`k` the share

    .. math:: \phi_{sk} \propto e^{b_s + \sigma z_{sk}}, \qquad
              z_{sk} \sim \mathrm{N}(0, 1), \quad \sigma \sim \mathrm{Exp}(1 / c)

    is in stratum :math:`s`, where :math:`e^{b_s}` are unit exponentials, so that the
    shares without :math:`\sigma` are uniform on their simplex. With :math:`\sigma` at
    0 all strata have one mix of classes; where it is large no two strata have a class
    in common.

    Attributes
    ----------
    deviations : ndarray, shape (strata, classes, chains)
        :math:`z`.
    sizes : ndarray, shape (strata, chains)
        :math:`b`.
    log_spread : ndarray, shape (1, chains)
        :math:`\log \sigma`.
    """

    deviations: FloatArray
    sizes: FloatArray
    log_spread: FloatArray

    def log_shares(self) -> Float[np.ndarray, "strata classes chains"]:
        r""":math:`\log \phi`.

        Returns
        -------
        ndarray, shape (strata, classes, chains)
            Whose exponentials sum to one over the strata.

        Examples
        --------
        Even strata that differ by a factor of three in the second of two classes:

        >>> apart = np.log(3) * np.array([[0.0, 1.0], [0.0, 0.0]])[..., None]
        >>> strata = Strata(apart, np.zeros((2, 1)), np.zeros((1, 1)))
        >>> np.exp(strata.log_shares())[0, :, 0]
        array([0.5 , 0.75])
        """
        mixed = np.exp(self.log_spread) * self.deviations + self.sizes[:, None]
        return np.asarray(mixed - np.logaddexp.reduce(mixed, axis=0))

    def log_prior(self, scale: float) -> Float[np.ndarray, " chains"]:
        """Log prior density of the working values, up to a constant.

        Parameters
        ----------
        scale : float
            Prior mean of the spread.

        Returns
        -------
        ndarray, shape (chains,)
            Sum over all of them.

        Examples
        --------
        The density of the log of a unit exponential is highest at 0:

        >>> strata = Strata(np.zeros((2, 3, 1)), np.zeros((2, 1)), np.zeros((1, 1)))
        >>> strata.log_prior(1.0)
        array([-3.])
        """
        apart = -0.5 * (self.deviations**2).sum(axis=(0, 1))
        sizes = (self.sizes - np.exp(self.sizes)).sum(axis=0)
        spread = self.log_spread[0] - np.exp(self.log_spread[0]) / scale
        return np.asarray(apart + sizes + spread)

    def write_slope(
        self,
        out: "Strata",
        shares: Float[np.ndarray, "strata classes chains"],
        placed: Float[np.ndarray, "strata classes chains"],
        scale: float,
    ) -> None:
        """Write the gradient of log likelihood and log prior.

        Parameters
        ----------
        out : Strata
            Where it is written.
        shares : ndarray, shape (strata, classes, chains)
            What ``log_shares`` gave, not as logarithms.
        placed : ndarray, shape (strata, classes, chains)
            Expected people of each stratum and class.
        scale : float
            Prior mean of the spread.

        Examples
        --------
        Where people are as expected, nothing but the prior pulls:

        >>> values = np.zeros((2, 3, 1)), np.zeros((2, 1)), np.zeros((1, 1))
        >>> out = Strata(*map(np.empty_like, values))
        >>> even = np.full((2, 3, 1), 0.5)
        >>> Strata(*values).write_slope(out, even, 10 * even, 0.5)
        >>> out.log_spread
        array([[-1.]])
        """
        spread = np.exp(self.log_spread)
        pull = placed - shares * placed.sum(axis=0)
        out.sizes[:] = pull.sum(axis=1) + 1 - np.exp(self.sizes)
        along = spread[0] * (pull * self.deviations).sum(axis=(0, 1))
        out.log_spread[:] = along + 1 - spread / scale
        pull *= spread
        np.subtract(pull, self.deviations, out=out.deviations)

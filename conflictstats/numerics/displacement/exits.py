"""How the displaced leave: for home, or for elsewhere."""

from typing import NamedTuple

import numpy as np

from conflictstats._typing import FloatArray


class Exits(NamedTuple):
    """How the displaced leave, two ways that compete.

    Attributes
    ----------
    home, both : ndarray, shape (chains, T)
        Hazard over a cell of returning, and of leaving at all.
    """

    home: FloatArray
    both: FloatArray

    def shares(self, part: float | FloatArray) -> tuple[FloatArray, FloatArray]:
        """Shares who return, and who leave for elsewhere, in a part of each cell.

        Parameters
        ----------
        part : float or ndarray, shape (T,)
            Of the cell.

        Returns
        -------
        tuple of ndarray, shape (chains, T)
            Shares.
        """
        leave = -np.expm1(-part * self.both)
        returns = leave * self.home / self.both
        return returns, leave - returns

    def pull_back(
        self,
        part: float | FloatArray,
        leave: FloatArray,
        slopes: tuple[FloatArray, FloatArray],
    ) -> tuple[FloatArray, FloatArray]:
        """Derivatives in the hazards of either way, from those in the shares.

        Parameters
        ----------
        part : float or ndarray, shape (T,)
            As given to :meth:`shares`.
        leave : ndarray, shape (chains, T)
            Sum of the shares.
        slopes : tuple of ndarray, shape (chains, T)
            Derivatives of a function in the shares.

        Returns
        -------
        tuple of ndarray, shape (chains, T)
            Derivatives of it in the hazards of returning, and of leaving otherwise.
        """
        in_returns, in_others = slopes
        share, apart = self.home / self.both, in_returns - in_others
        rising = part * (1 - leave) * (share * apart + in_others)
        shift = leave * apart / self.both
        return rising + shift * (1 - share), rising - shift * share

"""Noise of a rate over time, given the standard normal numbers it is made of."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from conflictstats._typing import FloatArray


@dataclass(frozen=True, slots=True)
class Noise:
    """A stationary autoregression of order one over pieces of time.

    Attributes
    ----------
    factor : ndarray, shape (k, k)
        Its product with its transpose is the correlation of the pieces.
    first : ndarray of int, shape (k,)
        First cell of each piece.
    lengths : ndarray of int, shape (k,)
        Cells of each.
    """

    factor: FloatArray
    first: np.ndarray
    lengths: np.ndarray

    @classmethod
    def over(
        cls,
        begins: Float[np.ndarray, " T"],
        piece: Int[np.ndarray, " T"],
        memory: float,
    ) -> "Noise":
        """Pieces correlated by exp(- days between / memory).

        Parameters
        ----------
        begins : ndarray, shape (T,)
            First day of each cell, counted from the first of all.
        piece : ndarray of int, shape (T,)
            Number of the piece that each cell is of, never falling.
        memory : float
            Days.

        Returns
        -------
        Noise
            Of as many pieces as there are numbers.
        """
        _, first, lengths = np.unique(piece, return_index=True, return_counts=True)
        apart = np.abs(begins[first, None] - begins[first])
        factor = np.linalg.cholesky(np.exp(-apart / memory))
        return cls(factor.astype(float), first, lengths)

    def turned(self, directions: Float[np.ndarray, "k k"]) -> "Noise":
        """The same law of scores along other directions.

        Parameters
        ----------
        directions : ndarray, shape (k, k)
            Orthonormal columns.

        Returns
        -------
        Noise
            Whose scores are those of this one times ``directions``.
        """
        return replace(self, factor=self.factor @ directions)

    def by_piece(
        self, scores: Float[np.ndarray, "chains k"]
    ) -> Float[np.ndarray, "chains k"]:
        """Log factor of each piece where the standard deviation is one.

        Parameters
        ----------
        scores : ndarray, shape (chains, k)
            Standard normal a priori.

        Returns
        -------
        ndarray, shape (chains, k)
            Mean 0.
        """
        return scores @ self.factor.T

    def by_cell(
        self, by_piece: Float[np.ndarray, "chains k"], sd: Float[np.ndarray, " chains"]
    ) -> Float[np.ndarray, "chains T"]:
        """Factor that each cell is multiplied by.

        Parameters
        ----------
        by_piece : ndarray, shape (chains, k)
            What :meth:`by_piece` gave.
        sd : ndarray, shape (chains,)
            Standard deviation of the log factor.

        Returns
        -------
        ndarray, shape (chains, T)
            Factors, whose logs have mean 0.
        """
        return np.repeat(np.exp(sd[:, None] * by_piece), self.lengths, axis=1)

    def pull_back(
        self,
        by_piece: Float[np.ndarray, "#chains k"],
        sd: Float[np.ndarray, " #chains"],
        slope: Float[np.ndarray, "chains T"],
    ) -> tuple[Float[np.ndarray, "chains k"], Float[np.ndarray, " chains"]]:
        """Derivatives in the scores and in the sd, from those in the log factors.

        Parameters
        ----------
        by_piece, sd : ndarray
            As given to :meth:`by_cell`.
        slope : ndarray, shape (chains, T)
            Derivatives in the log factor of each cell.

        Returns
        -------
        ndarray, shape (chains, k)
            In the scores.
        ndarray, shape (chains,)
            In the sd.
        """
        pieces = np.add.reduceat(slope, self.first, axis=1)
        in_sd = (pieces * by_piece).sum(axis=1)
        return sd[:, None] * (pieces @ self.factor), in_sd

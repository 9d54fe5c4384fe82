"""Sums over very many whole numbers from a few points, and laws on them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from scipy.signal import find_peaks

POINTS = 16
LEAST_SHARE = 0.05
"""Modes with less of a law are not told."""
WIDTH = 2
"""Width of a block on the scale of the square root; the first holds ``POINTS``."""


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    r"""Whole numbers in blocks, each with sixteen points that stand for all of it.

    .. math:: \sum_{k=a}^{a+M-1} f(k) = \sum_{i=1}^{16} w_i f(x_i)

    exactly if :math:`f` is a polynomial of degree 31 or less, and for any :math:`f`
    where a block has sixteen numbers: the points are those of Gauss for a sum, the
    zeros of Gram's polynomial. Weights are positive and sum to :math:`M`.

    Attributes
    ----------
    first, length : ndarray of int, shape (block,)
        First number of each block, and how many it has, 16 at least.
    points, weights : ndarray, shape (block, 16)
        Where to look, mostly between whole numbers, and how many numbers a point
        stands for.

    References
    ----------
    .. [1] Gautschi, W. (2004). *Orthogonal Polynomials: Computation and Approximation*.
       Oxford University Press. ISBN 0-19-850672-4.

    Examples
    --------
    The squares below a million, at sixteen points:

    >>> blocks = Blocks.of(np.array([0]), np.array([1_000_000]))
    >>> float((blocks.weights * blocks.points**2).sum())
    3.333328333335e+17
    """

    first: Int[np.ndarray, " block"]
    length: Int[np.ndarray, " block"]
    points: Float[np.ndarray, "block 16"]
    weights: Float[np.ndarray, "block 16"]

    @classmethod
    def of(
        cls, first: Int[np.ndarray, " block"], length: Int[np.ndarray, " block"]
    ) -> Blocks:
        """Blocks with their points.

        Parameters
        ----------
        first, length : ndarray of int, shape (block,)
            First number of each, and how many.

        Returns
        -------
        Blocks
            In the order given.
        """
        recurrence = np.zeros((len(first), POINTS, POINTS))
        below = np.arange(1, POINTS)
        recurrence[:, below, below - 1] = _off_diagonal(length)
        shift, vectors = np.linalg.eigh(recurrence)
        middle = first + (length - 1) / 2
        weights = length[:, None] * vectors[:, 0, :] ** 2
        return cls(first, length, middle[:, None] + shift, weights)

    @classmethod
    def up_to(cls, last: float) -> Blocks:
        """Blocks from 0 on that grow as the square root: 0, 16, 36, 64 and so on.

        A count that follows a Poisson law, or any wider one, has a standard deviation
        of half or more on the scale of the root. A block is four of these.

        Parameters
        ----------
        last : float
            The blocks go so far at least.

        Returns
        -------
        Blocks
            Without gaps.
        """
        number = max(int(np.ceil(np.sqrt(last + 1) / WIDTH)), 3)
        ends = (WIDTH * np.arange(2, number + 1)) ** 2
        edges = np.concatenate([[0], ends])
        return cls.of(edges[:-1], np.diff(edges))

    @classmethod
    def each_number(cls, first: int, count: int) -> Blocks:
        """Blocks of sixteen, so that every number is a point; the last may go beyond.

        Parameters
        ----------
        first, count : int
            First number, and how many.

        Returns
        -------
        Blocks
            Whose points are whole numbers.
        """
        points = first + np.arange(-(-count // POINTS) * POINTS).reshape(-1, POINTS)
        length = np.full(len(points), POINTS)
        return cls(points[:, 0], length, points.astype(float), np.ones(points.shape))

    @property
    def middle(self) -> Float[np.ndarray, " block"]:
        """Middle of each block."""
        return self.first + (self.length - 1) / 2

    def quantiles(
        self,
        mass: Float[np.ndarray, "block 16"],
        probability: Float[np.ndarray, " quantile"],
    ) -> Int[np.ndarray, " quantile"]:
        """Smallest numbers with at least so much probability at or below them.

        Between the points the law is the polynomial through them.

        Parameters
        ----------
        mass : ndarray, shape (block, 16)
            Probability that each point stands for; it sums to one.
        probability : ndarray, shape (quantile,)
            Between 0 and 1.

        Returns
        -------
        ndarray of int, shape (quantile,)
            Whole numbers.

        Examples
        --------
        Half of the numbers to a million lie at or below 499,999, counted from 0:

        >>> blocks = Blocks.up_to(999_998.0)
        >>> mass = blocks.weights / 1_000_000
        >>> blocks.quantiles(mass, np.array([0.5, 1.0]))
        array([499999, 999999])
        """
        upto = np.cumsum(mass.sum(axis=1))
        at = np.searchsorted(upto, probability * upto[-1]).clip(max=len(upto) - 1)
        found = np.empty(len(probability), np.int64)
        for block in np.unique(at):
            here = at == block
            law = np.cumsum(self._law(int(block), mass[block]))
            below = upto[block - 1] if block else 0.0
            share = (probability[here] * upto[-1] - below) / (upto[block] - below)
            step = np.searchsorted(law, share * law[-1]).clip(max=len(law) - 1)
            found[here] = self.first[block] + step
        return found

    def modes(self, mass: Float[np.ndarray, "block 16"]) -> Float[np.ndarray, "mode 2"]:
        """Separate modes of a law, on the scale of the log of one and the number.

        Two modes are apart where the density between them falls below half of the lower
        one. A mode with less than .05 of the law is not told.

        Parameters
        ----------
        mass : ndarray, shape (block, 16)
            Probability that each point stands for; it sums to one.

        Returns
        -------
        ndarray, shape (mode, 2)
            Number, and share of the law.

        Examples
        --------
        One third around 10, two thirds around 20:

        >>> from scipy.stats import norm
        >>> blocks = Blocks.each_number(0, 32)
        >>> at = blocks.points
        >>> blocks.modes(norm.pdf(at, 10) / 3 + norm.pdf(at, 20) * 2 / 3)
        array([[10.        ,  0.333], [20.        ,  0.667]])
        """
        at = self.points.ravel()
        density = (mass / self.weights).ravel() * (at + 1)
        floor = np.finfo(float).tiny
        log_density = np.log(
            np.pad(np.maximum(density, floor), 1, constant_values=floor)
        )
        peaks = find_peaks(log_density, prominence=np.log(2))[0] - 1
        valleys = [
            left + int(density[left:right].argmin())
            for left, right in pairwise(peaks.tolist())
        ]
        share = np.add.reduceat(mass.ravel(), [0, *valleys])
        return np.column_stack([at[peaks], share])[share >= LEAST_SHARE]

    def _law(
        self, block: int, mass: Float[np.ndarray, " point"]
    ) -> Float[np.ndarray, " number"]:
        """Probability of each number of a block, from its points."""
        length = int(self.length[block])
        whole = np.arange(length) - (length - 1) / 2
        at_points = _gram(self.points[block] - self.middle[block], length)
        return np.maximum((at_points @ mass) @ _gram(whole, length), 0.0)


def _off_diagonal(length: Int[np.ndarray, " block"]) -> Float[np.ndarray, "block 15"]:
    """Recurrence of Gram's polynomials, orthonormal over so many numbers around 0."""
    k = np.arange(1, POINTS)
    beyond = length[:, None].astype(float) ** 2 - k**2
    return k * np.sqrt(beyond / (4 * (4 * k**2 - 1)))


def _gram(
    at: Float[np.ndarray, " number"], length: int
) -> Float[np.ndarray, "16 number"]:
    """Gram's polynomials of degree 0 to 15 at distances from the middle."""
    step = _off_diagonal(np.array([length]))[0]
    found = np.empty((POINTS, len(at)))
    found[0] = 1 / np.sqrt(length)
    found[1] = at * found[0] / step[0]
    for k in range(2, POINTS):
        found[k] = (at * found[k - 1] - step[k - 2] * found[k - 2]) / step[k - 1]
    return found

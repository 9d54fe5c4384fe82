"""What several models say of the unlisted together: a mixture of log-normals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import optimize, special, stats

from conflictstats._typing import FloatArray

SCORES = np.linspace(-8.0, 8.0, 33)
"""Where the mixture is looked at, in standard deviations of each model."""
SEEN = 1e-3
"""Weight of a model below which it makes no mode."""
LEAST_WEIGHT = 1e-12
VALLEY = 0.5
"""Density between two modes, of the lower one's, below which they are apart."""
LEAST_SHARE = 0.05
"""Share of the mixture below which a mode is not told."""


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    r"""Log-normal mixture of the unlisted.

    .. math:: n_0 \sim \sum_k w_k\, \mathrm{LogNormal}(m_k, s_k^2)

    Attributes
    ----------
    weight, mean, sd : ndarray, shape (model,)
        Weights that sum to 1; mean and standard deviation of the log of the unlisted.

    Examples
    --------
    Two models that say 100 and 1,000 are two answers:

    >>> both = Mixture(np.array([0.5, 0.5]), np.log([100.0, 1000.0]), np.full(2, 0.1))
    >>> round(both.quantile(0.25)), both.modes().round(2).tolist()
    (100, [[100.0, 0.5], [1000.0, 0.5]])
    """

    weight: FloatArray
    mean: FloatArray
    sd: FloatArray

    def below(self, log_unlisted: Float[np.ndarray, " x"]) -> Float[np.ndarray, " x"]:
        """Probability of fewer unlisted.

        Parameters
        ----------
        log_unlisted : ndarray, shape (x,)
            Log people.

        Returns
        -------
        ndarray, shape (x,)
            From 0 to 1.
        """
        scores = (log_unlisted[:, None] - self.mean) / self.sd
        return np.asarray(special.ndtr(scores) @ self.weight)

    def density(self, log_unlisted: Float[np.ndarray, " x"]) -> Float[np.ndarray, " x"]:
        """Density of the log of the unlisted.

        Parameters
        ----------
        log_unlisted : ndarray, shape (x,)
            Log people.

        Returns
        -------
        ndarray, shape (x,)
            Per unit of the log.
        """
        scores = (log_unlisted[:, None] - self.mean) / self.sd
        return np.asarray(stats.norm.pdf(scores) @ (self.weight / self.sd))

    def quantile(self, probability: float) -> float:
        """Unlisted below which the mixture has so much probability.

        Parameters
        ----------
        probability : float
            Between 0 and 1.

        Returns
        -------
        float
            People; infinite where that is more than can be written.
        """
        low, high = self._range()
        found = optimize.brentq(
            lambda at: self.below(np.array([at]))[0] - probability, low, high
        )
        with np.errstate(over="ignore"):
            return float(np.exp(found))

    def modes(self) -> FloatArray:
        """Separate modes.

        Two modes are apart where the density of the log between them falls below half
        of the lower one. A mode with less than .05 of the mixture is not told.

        Returns
        -------
        ndarray, shape (mode, 2)
            Unlisted, people, and share of the mixture.
        """
        seen = self._above(SEEN)
        at = np.unique(seen.mean[:, None] + seen.sd[:, None] * SCORES)
        peaks, valleys = _separate(seen.density(at))
        ends = np.concatenate([[-np.inf], at[valleys], [np.inf]])
        share = np.diff(self.below(ends))
        told = share >= LEAST_SHARE
        return np.column_stack([np.exp(at[peaks]), share])[told]

    def draw(self, draws: int, rng: np.random.Generator) -> Float[np.ndarray, " draw"]:
        """Draw from the mixture.

        Parameters
        ----------
        draws : int
            Number of draws.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        ndarray, shape (draw,)
            Unlisted, people.
        """
        which = rng.choice(len(self.weight), draws, p=self.weight)
        return np.exp(rng.normal(self.mean[which], self.sd[which]))

    def _above(self, weight: float) -> Mixture:
        """Without the models whose weight is small."""
        some = self.weight > min(weight, self.weight.max() / 2)
        return Mixture(self.weight[some], self.mean[some], self.sd[some])

    def _range(self) -> tuple[float, float]:
        """Log unlisted that hold all of the mixture that matters."""
        some = self._above(LEAST_WEIGHT)
        ends = some.mean[:, None] + some.sd[:, None] * SCORES[[0, -1]]
        return float(ends.min()), float(ends.max())


def _separate(density: FloatArray) -> tuple[list[int], list[int]]:
    """Peaks of a curve with deep valleys between them, and these valleys."""
    inner = density[1:-1]
    tops = 1 + np.flatnonzero((inner >= density[:-2]) & (inner > density[2:]))
    peaks, valleys = [int(tops[0])], []
    for top in map(int, tops[1:]):
        valley = peaks[-1] + int(np.argmin(density[peaks[-1] : top]))
        lower = min(density[peaks[-1]], density[top])
        if density[valley] < VALLEY * lower:
            peaks.append(top)
            valleys.append(valley)
        elif density[top] > density[peaks[-1]]:
            peaks[-1] = top
    return peaks, valleys

"""Violence that comes in bursts, and when people go after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from conflictstats._typing import FloatArray

LONGEST = 180
"""Days within which violence moves people."""


class Lag(Protocol):
    """When people go after violence."""

    @property
    def weights(self) -> FloatArray:
        """Part of those who go that goes 0, 1 ... days later; they add up to one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometricLag:
    """Half of those who go are gone after ``half_life`` days.

    Examples
    --------
    >>> GeometricLag(half_life=1).weights[:3].round(3)
    array([0.5  , 0.25 , 0.125])
    """

    half_life: float = 14.0

    @property
    def weights(self) -> FloatArray:
        """Parts that go 0 to 179 days later."""
        return _normalised([2 ** (-day / self.half_life) for day in range(LONGEST)])


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaLag:
    """Those who go wait for days of a gamma law, with this mean and shape.

    Examples
    --------
    >>> weights = GammaLag(mean=30, shape=4).weights
    >>> int(weights.argmax())
    22
    """

    mean: float = 30.0
    shape: float = 3.0

    @property
    def weights(self) -> FloatArray:
        """Parts that go 0 to 179 days later."""
        scale = self.mean / self.shape
        middles = [day + 0.5 for day in range(LONGEST)]
        return _normalised(
            [day ** (self.shape - 1) * np.exp(-day / scale) for day in middles]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bursts:
    r"""Violence a day: negative binomial around a level that jumps.

    .. math:: V_t \sim \mathrm{NB}(m_k, r), \quad
              \log m_k \sim N(\log \text{median}, \text{spread}^2)

    where stretch k lasts ``stay`` days on average.

    Attributes
    ----------
    median : float
        Violence a day at a level in the middle.
    spread : float
        Standard deviation of log levels.
    stay : float
        Mean days at a level.
    size : float
        r; the variance is m + m^2 / r.

    Examples
    --------
    >>> drawn = Bursts(median=50, spread=0).draw(10_000, np.random.default_rng(1))
    >>> bool(abs(drawn.mean() / 50 - 1) < 0.02)
    True
    """

    median: float = 5.0
    spread: float = 1.2
    stay: float = 30.0
    size: float = 2.0

    def draw(self, days: int, rng: np.random.Generator) -> FloatArray:
        """Draw the violence of each day.

        Parameters
        ----------
        days : int
            Number of days.
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        ndarray, shape (days,)
            Acts of violence, or deaths.
        """
        violence = np.zeros(days)
        level = 0.0
        for day in range(days):
            if day == 0 or rng.random() < 1 / self.stay:
                level = self.median * np.exp(rng.normal(0, self.spread))
            violence[day] = rng.negative_binomial(
                self.size, self.size / (self.size + level)
            )
        return violence


def _normalised(weights: Sequence[float]) -> FloatArray:
    """Weights that add up to one."""
    given = np.asarray(weights, dtype=np.float64)
    return given / given.sum()

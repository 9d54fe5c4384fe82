"""What every prior answers, and what can be had from several of them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from conflictstats._typing import FloatArray


class Density(NamedTuple):
    """Log prior density and its gradient.

    Attributes
    ----------
    value : ndarray
        Natural log of the density.
    slope : ndarray
        Derivative in the working value; of several priors, along the last axis.
    """

    value: FloatArray
    slope: FloatArray


@runtime_checkable
class Prior(Protocol):
    """Law of one hyperparameter, or of each of many coefficients."""

    @property
    def sentence(self) -> str:
        """What is believed, for people."""
        ...

    def density(self, working: FloatArray) -> Density:
        """Log density of working values.

        Parameters
        ----------
        working : ndarray
            Values on the working scale, any shape.

        Returns
        -------
        Density
            Of that shape each.
        """
        ...

    def quantile(self, chance: FloatArray) -> FloatArray:
        """Working values that are not exceeded with given probabilities.

        Parameters
        ----------
        chance : ndarray
            Probabilities from 0 to 1, both exclusive.

        Returns
        -------
        ndarray
            Of that shape.
        """
        ...

    def natural(self, working: FloatArray) -> FloatArray:
        """Parameter that people read.

        Parameters
        ----------
        working : ndarray
            Values on the working scale.

        Returns
        -------
        ndarray
            Of that shape.
        """
        ...


def joint_density(
    priors: Sequence[Prior], working: Float[np.ndarray, "*draws m"]
) -> Density:
    """Log density of independent parameters, each with its prior.

    Parameters
    ----------
    priors : sequence of Prior
        One for each parameter, m of them.
    working : ndarray, shape (*draws, m)
        Values on the working scale.

    Returns
    -------
    Density
        Value of shape (*draws), slope of shape (*draws, m).

    Examples
    --------
    >>> from conflictstats.numerics.priors import Effect
    >>> beside = [Effect(0.0, 1.0), Effect(1.0, 1.0)]
    >>> joint_density(beside, np.array([0.0, 3.0])).slope
    array([-0., -2.])
    """
    parts = [prior.density(working[..., i]) for i, prior in enumerate(priors)]
    value = np.sum([part.value for part in parts], axis=0)
    slope = np.stack([part.slope for part in parts], axis=-1)
    return Density(np.asarray(value), slope)


def draw(prior: Prior, count: int, rng: np.random.Generator) -> FloatArray:
    """Draws from a prior, on the working scale.

    Parameters
    ----------
    prior : Prior
        What to draw from.
    count : int
        Number of draws.
    rng : numpy.random.Generator
        Source of randomness; the only one.

    Returns
    -------
    ndarray, shape (count,)
        Values on the working scale; see :meth:`Prior.natural`.

    Examples
    --------
    >>> from conflictstats.numerics.priors import StandardDeviation
    >>> prior = StandardDeviation(above=1.0, chance=0.05)
    >>> sd = prior.natural(draw(prior, 100_000, np.random.default_rng(1)))
    >>> float((sd > 1).mean().round(2))
    0.05
    """
    lowest = np.finfo(np.float64).tiny
    return prior.quantile(np.maximum(rng.random(count), lowest))

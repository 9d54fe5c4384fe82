"""People that states of the chains stand for: unlisted, by stratum, by class."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.latent_class.density import ClassDensity, Classes

LARGEST = 1e15
"""Expected number from which a Poisson draw is its mean."""


class People(NamedTuple):
    """Draws of everybody, one a state.

    Attributes
    ----------
    unlisted : ndarray, shape (strata, chains)
        People on no list; one row where there is one stratum.
    unplaced : ndarray, shape (strata, chains)
        Records whose stratum is not known, by the stratum drawn for them.
    occupied : ndarray, shape (chains,)
        Classes that hold somebody.
    concentration : ndarray, shape (chains,)
        Of the prior of the weights.
    """

    unlisted: FloatArray
    unplaced: FloatArray
    occupied: IntArray
    concentration: FloatArray


def draw_people(
    density: ClassDensity, states: Float[np.ndarray, "size chains"], rng: Generator
) -> People:
    r"""Draw the unlisted, and the class and stratum of everybody.

    Given a state the number of unlisted is negative binomial. It is drawn as Poisson
    numbers in each class and stratum whose means share one factor
    :math:`g \sim \mathrm{Gamma}(n, 1)`, so that strata add up in every draw.

    Parameters
    ----------
    density : ClassDensity
        The posterior.
    states : ndarray, shape (size, chains)
        Working values.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    People
        One draw a state.

    Examples
    --------
    One class, each of two lists with a chance of a half, a quarter on none:

    >>> density = ClassDensity.of(
    ...     np.array([[1, 0], [0, 1], [1, 1]], bool),
    ...     np.full((1, 3), 1e6),
    ...     np.zeros(3),
    ...     1,
    ... )
    >>> drawn = draw_people(density, np.zeros((2, 1)), np.random.default_rng(1))
    >>> float((drawn.unlisted[0, 0] / 1e6).round(1))
    1.0
    """
    found = density.classes_of(states)
    in_stratum = np.ones((1, *found.log_weight.shape))
    if density.n_strata:
        in_stratum = np.exp(found.effects[density.n_lists : -1])
    factor = rng.gamma(density.n_observed, size=states.shape[1]) / found.seen
    hidden = _poisson(factor * np.exp(found.effects[-1]) * in_stratum, rng)
    in_class = _classes_drawn(density, found, rng)
    of_unplaced = in_class[density.unplaced].sum(axis=0)
    unplaced = rng.multinomial(of_unplaced, np.moveaxis(in_stratum, 0, -1))
    holds = in_class.sum(axis=0) + hidden.sum(axis=0) > 0
    rate = density.rate - found.log_weight[-1]
    return People(
        hidden.sum(axis=1),
        np.moveaxis(unplaced, -1, 0).sum(axis=1).astype(float),
        holds.sum(axis=0),
        rng.gamma(density.shape + density.classes - 1, 1 / rate),
    )


def _classes_drawn(density: ClassDensity, found: Classes, rng: Generator) -> IntArray:
    """Records of each row by class, shape (rows, classes, chains)."""
    joint = density.shares(found)[:-1]
    chances = np.moveaxis(joint / joint.sum(axis=1, keepdims=True), 1, -1)
    people = density.counts.astype(np.int64)[:, None]
    return np.moveaxis(rng.multinomial(people, chances), -1, 1)


def _poisson(mean: FloatArray, rng: Generator) -> FloatArray:
    """Poisson draws; of numbers that no integer holds, the mean."""
    drawn = rng.poisson(np.minimum(mean, LARGEST)).astype(float)
    return np.where(mean < LARGEST, drawn, mean)

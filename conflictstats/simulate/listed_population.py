"""A population and the lists of it, which reach other shares of people each time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from conflictstats import _check
from conflictstats.errors import SettingError
from conflictstats.panel import Lists
from conflictstats.simulate.lists import MOST, listed_people

LETTERS = "ABCDEFGHIJKL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPopulation:
    r"""People of a known number, and lists whose reach is drawn anew each time.

    How many people a list reaches is never the same in two conflicts. Here the
    logarithm of each list's probability is uniform between those of ``reach``, while
    what ties lists and how people differ are the same in each draw
    (:func:`~conflictstats.simulate.lists.listed_people`).

    Attributes
    ----------
    people : int
        Size of the population, people.
    n_lists : int
        Lists, which are called A, B, C ... in the order in which they are made.
    reach : tuple of float
        Least and greatest probability that an average person is on a list.
    spread, kinds, tied, hidden
        As in :func:`~conflictstats.simulate.lists.listed_people`.

    Examples
    --------
    A tenth of the people is of a kind that no list can name:

    >>> population = ListedPopulation(people=10_000, n_lists=4, hidden=0.1)
    >>> lists = population.draw(np.random.default_rng(1))
    >>> lists.names, lists.n_observed < 9_000
    (('A', 'B', 'C', 'D'), True)
    """

    people: int = 1000
    n_lists: int = 3
    reach: tuple[float, float] = (0.05, 0.4)
    spread: float = 0.0
    kinds: Sequence[tuple[float, float]] = ((1.0, 1.0),)
    tied: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    hidden: float = 0.0

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing; the others are refused in drawing."""
        least, greatest = (_check.level(p, "reach") for p in self.reach)
        if greatest < least or not 1 < self.n_lists <= MOST:
            raise SettingError(
                f"need a least and a greatest reach and 2 to {MOST} lists, got "
                f"{self.reach} and {self.n_lists}"
            )

    def draw(self, rng: np.random.Generator) -> Lists:
        """Draw the reach of each list, and then who is on it.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        Lists
            Those on one list at least.

        Raises
        ------
        SchemaError
            If chance left a list empty, or no two lists with a record in common.
        """
        least, greatest = np.log(self.reach)
        reached = np.exp(rng.uniform(least, greatest, self.n_lists))
        return listed_people(
            self.people,
            listed=dict(zip(LETTERS, reached, strict=False)),
            rng=rng,
            spread=self.spread,
            kinds=self.kinds,
            tied=self.tied,
            hidden=self.hidden,
        )

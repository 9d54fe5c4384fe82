"""Lists of a population whose size is known: unlike people, and lists that are tied."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import special

from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.panel import Lists, lists_of_cells

MOST = 12
NODES = 60
"""Points at which the law of unlike people is summed."""


def listed_people(
    people: int,
    *,
    listed: Mapping[str, float],
    rng: np.random.Generator,
    spread: float = 0.0,
    tied: Mapping[tuple[str, str], float] | None = None,
    hidden: float = 0.0,
) -> Lists:
    r"""Draw who is on which list, out of a population of known size.

    .. math:: \operatorname{logit} P(x_{ij} = 1 \mid z_i, x_{i1}, ..., x_{i,j-1})
              = \operatorname{logit} p_j + s z_i + \sum_{h<j} x_{ih} \log \theta_{hj},
              \qquad z_i \sim N(0, 1)

    with :math:`s` the ``spread`` of people, some of whom are easier to list on all
    lists, and :math:`\theta` how the lists are ``tied``: above 1 where one list passes
    its names on to another, below 1 where they serve different people.

    Parameters
    ----------
    people : int
        Size of the population, people.
    listed : mapping of str to float
        The lists in the order in which they are made, each with the probability
        :math:`p_j` that an average person is on it.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    spread : float
        Standard deviation :math:`s` of people, in log odds.
    tied : mapping of (str, str) to float, optional
        Odds ratio of two lists, the one made first named first.
    hidden : float
        Part of the people whom no list can name.

    Returns
    -------
    Lists
        Those on one list at least.

    Raises
    ------
    SettingError
        If a number is out of its range, or a tie is not of two lists in their order.
    SchemaError
        If chance left a list empty, or no two lists with a record in common.

    Examples
    --------
    Two independent lists: the product over the overlap recovers the size.

    >>> rng = np.random.default_rng(1)
    >>> lists = listed_people(100_000, listed={"A": 0.3, "B": 0.4}, rng=rng)
    >>> both = int(lists.full()[0b11])
    >>> round(lists.sizes["A"] * lists.sizes["B"] / both, -3)
    100000.0
    """
    names, ties = list(listed), dict(tied or {})
    _refuse(people, listed, spread, ties, hidden)
    order = {name: j for j, name in enumerate(names)}
    cells = (np.arange(2 ** len(names))[:, None] >> np.arange(len(names))) & 1
    node, weight = special.roots_hermitenorm(NODES) if spread else (np.zeros(1), [1.0])
    chance = np.ones((len(cells), len(node)))
    for j, name in enumerate(names):
        odds = special.logit(listed[name]) + spread * node
        pulled = sum(
            (
                np.log(ratio) * cells[:, order[first]]
                for (first, second), ratio in ties.items()
                if second == name
            ),
            start=np.zeros(len(cells)),
        )
        on = special.expit(odds + pulled[:, None])
        chance *= np.where(cells[:, [j]] == 1, on, 1 - on)
    law = (1 - hidden) * _mixed(chance, np.asarray(weight))
    law[0] += hidden
    drawn = rng.multinomial(people, law / law.sum())
    table = pd.DataFrame(cells[1:], columns=names).assign(people=drawn[1:])
    return lists_of_cells(table, names, count="people")


def _mixed(chance: FloatArray, weight: FloatArray) -> FloatArray:
    """Probability of each cell over people who differ."""
    mixed: FloatArray = chance @ (weight / weight.sum())
    return mixed


def _refuse(
    people: int,
    listed: Mapping[str, float],
    spread: float,
    ties: Mapping[tuple[str, str], float],
    hidden: float,
) -> None:
    """Refuse numbers that mean nothing."""
    names = list(listed)
    if people < 1 or not 1 < len(names) <= MOST:
        raise SettingError(
            f"need one person or more and 2 to {MOST} lists, got {people} and "
            f"{len(names)}"
        )
    if not all(0 < p < 1 for p in listed.values()) or not 0 <= hidden < 1:
        raise SettingError(
            "probabilities must be strictly between 0 and 1 (hidden may be 0), got "
            f"{dict(listed)} and {hidden}"
        )
    if spread < 0 or not all(ratio > 0 for ratio in ties.values()):
        raise SettingError(
            f"spread must be 0 or more and odds ratios above 0, got {spread} and {ties}"
        )
    for pair in ties:
        if not set(pair) <= set(names) or names.index(pair[0]) >= names.index(pair[1]):
            raise SettingError(
                f"tied must name two lists in the order {', '.join(names)}; got {pair}"
            )

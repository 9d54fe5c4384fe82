"""Lists of a population whose size is known: unlike people, and lists that are tied."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import special

from conflictstats._typing import FloatArray, IntArray
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
    kinds: Sequence[tuple[float, float]] = ((1.0, 1.0),),
    tied: Mapping[tuple[str, ...], float] | None = None,
    hidden: float = 0.0,
) -> Lists:
    r"""Draw who is on which list, out of a population of known size.

    .. math:: \operatorname{logit} P(x_{ij} = 1 \mid z_i, x_{i1}, ..., x_{i,j-1})
              = \operatorname{logit} p_j + s z_i + \log c_{k(i)}
              + \sum_{A < j} \log \theta_{Aj} \prod_{h \in A} x_{ih},
              \qquad z_i \sim N(0, 1)

    with :math:`s` the ``spread`` of people, some of whom are easier to list on all
    lists, :math:`c_k` by what the odds of the ``kind`` k of people are multiplied, and
    :math:`\theta` how the lists are ``tied``: above 1 where a list passes its names on
    to another, below 1 where they serve different people. A tie of three lists is the
    odds ratio of the last with being on both of the others: how many times the odds
    ratio of two lists is larger among those on the third than among the rest.

    Parameters
    ----------
    people : int
        Size of the population, people.
    listed : mapping of str to float
        The lists in the order in which they are made, each with the probability
        :math:`p_j` that an average person, on no list before, is on it.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    spread : float
        Standard deviation :math:`s` of people, in log odds.
    kinds : sequence of (float, float)
        Kinds of people: the share of each, and by what its odds of being on any list
        are multiplied.
    tied : mapping of (str, ...) to float, optional
        Odds ratio of two lists or more, in the order in which they are made.
    hidden : float
        Part of the people whom no list can name.

    Returns
    -------
    Lists
        Those on one list at least.

    Raises
    ------
    SettingError
        If a number is out of its range, shares do not add up to 1, or a tie is not of
        two lists or more in their order.
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
    _refuse_kinds(kinds)
    cells = (np.arange(2 ** len(names))[:, None] >> np.arange(len(names))) & 1
    shift, weight = _unlike(spread, kinds)
    chance = np.ones((len(cells), len(shift)))
    for j, name in enumerate(names):
        odds = special.logit(listed[name]) + shift + _pull(cells, names, ties, name)
        on = special.expit(odds)
        chance *= np.where(cells[:, [j]] == 1, on, 1 - on)
    law = (1 - hidden) * (chance @ weight)
    law[0] += hidden
    drawn = rng.multinomial(people, law / law.sum())
    table = pd.DataFrame(cells[1:], columns=names).assign(people=drawn[1:])
    return lists_of_cells(table, names, count="people")


def _unlike(
    spread: float, kinds: Sequence[tuple[float, float]]
) -> tuple[FloatArray, FloatArray]:
    """Shifts of people's log odds, and the weight of each, both (point,)."""
    node, weight = np.zeros(1), np.ones(1)
    if spread:
        node, weight = special.roots_hermitenorm(NODES)
    share, times = np.array(kinds, float).T
    shift = spread * node + np.log(times)[:, None]
    weights: FloatArray = np.outer(share, weight / weight.sum())
    return shift.ravel(), weights.ravel()


def _pull(
    cells: IntArray,
    names: Sequence[str],
    ties: Mapping[tuple[str, ...], float],
    name: str,
) -> FloatArray:
    """What lists before it add to the log odds of a list, (cell, 1)."""
    pulled = np.zeros(len(cells))
    for tie, ratio in ties.items():
        if tie[-1] == name:
            others = [names.index(other) for other in tie[:-1]]
            pulled += np.log(ratio) * cells[:, others].all(axis=1)
    return pulled[:, None]


def _refuse(
    people: int,
    listed: Mapping[str, float],
    spread: float,
    ties: Mapping[tuple[str, ...], float],
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
    for tie in ties:
        at = [names.index(name) for name in tie if name in names]
        if len(tie) < 2 or len(at) < len(tie) or at != sorted(set(at)):
            raise SettingError(
                "tied must name two lists or more, in the order "
                f"{', '.join(names)}; got {tie}"
            )


def _refuse_kinds(kinds: Sequence[tuple[float, float]]) -> None:
    """Refuse kinds of people that are no shares, or have no odds."""
    shares = [share for share, _ in kinds]
    right = kinds and min(shares) > 0 and np.isclose(sum(shares), 1)
    if not right or not all(0 < times < np.inf for _, times in kinds):
        raise SettingError(
            "kinds must have shares above 0 that add up to 1, and multiples of the "
            f"odds above 0 (hidden is for people on no list), got {list(kinds)}"
        )

"""Hierarchical models: sets of effects that hold the parts of all their members."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from conflictstats._typing import BoolArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.numerics.log_linear.sums import superset_sums


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """Several models of the same lists.

    Attributes
    ----------
    n_lists : int
        Number of lists J.
    effects : ndarray of int, shape (effect,)
        Effects that any of them has, as binary numbers: the intercept, the lists, and
        then interactions of two, of three and so on.
    within : ndarray of bool, shape (model, effect)
        Which effects each model has; the intercept and the lists always.
    """

    n_lists: int
    effects: IntArray
    within: BoolArray

    @property
    def n_parameters(self) -> IntArray:
        """Parameters of each model, the intercept too, shape (model,)."""
        return self.within.sum(axis=1).astype(np.int64)

    def generators(self) -> BoolArray:
        """Effects of each model that are part of no other of it.

        Returns
        -------
        ndarray of bool, shape (model, effect)
            With their parts, these are the model.
        """
        table = np.zeros((len(self.within), 1 << self.n_lists))
        table[:, self.effects] = self.within
        held = superset_sums(table)[:, self.effects]
        return np.asarray(self.within & (held == 1))


def all_models(n_lists: int, order: int, most: int) -> Models | None:
    """All hierarchical models with every list in them.

    Parameters
    ----------
    n_lists : int
        Number of lists.
    order : int
        Lists in an interaction at most; the interaction of all lists is never in, as
        no data could tell it.
    most : int
        Number of models above which none are given.

    Returns
    -------
    Models or None
        From independence to the model of all interactions; None where they are more
        than ``most``.

    Examples
    --------
    >>> [len(all_models(n, n - 1, 10_000).within) for n in (2, 3, 4, 5)]
    [1, 8, 113, 6893]
    """
    effects = _effects(n_lists, min(order, n_lists - 1))
    place = {effect: k for k, effect in enumerate(effects)}
    found = [(1 << (n_lists + 1)) - 1]
    for size in range(2, min(order, n_lists - 1) + 1):
        grown: list[int] = []
        for model in found:
            allowed = _allowed(model, size, effects, place)
            if len(grown) + 2.0 ** len(allowed) > most:
                return None
            grown += _choices(model, allowed)
        found = grown
    digits = np.arange(len(effects))
    within = (np.array(found, np.int64)[:, None] >> digits & 1).astype(bool)
    return Models(n_lists, np.array(effects, np.int64), within)


def model_of(n_lists: int, generators: Iterable[int]) -> Models:
    """The smallest hierarchical model that has these effects and every list.

    Parameters
    ----------
    n_lists : int
        Number of lists.
    generators : iterable of int
        Effects, as binary numbers.

    Returns
    -------
    Models
        That one model.

    Raises
    ------
    SettingError
        If an effect is of all lists, which no data could tell.

    Examples
    --------
    An interaction of the first two of three lists:

    >>> model_of(3, [0b011]).effects.tolist()
    [0, 1, 2, 4, 3]
    """
    found = {0, *(1 << j for j in range(n_lists))}
    for effect in generators:
        if effect == (1 << n_lists) - 1:
            raise SettingError(
                f"a model of {n_lists} lists cannot have the interaction of all of "
                "them: it would fit any number of unlisted"
            )
        found |= {part for part in range(effect + 1) if part & effect == part}
    effects = sorted(found, key=lambda effect: (effect.bit_count(), effect))
    return Models(
        n_lists, np.array(effects, np.int64), np.ones((1, len(effects)), bool)
    )


def pairs(n_lists: int) -> Int[np.ndarray, " pair"]:
    """Interactions of two lists, as binary numbers.

    Parameters
    ----------
    n_lists : int
        Number of lists.

    Returns
    -------
    ndarray of int, shape (pair,)
        In increasing order.

    Examples
    --------
    >>> pairs(3).tolist()
    [3, 5, 6]
    """
    each = [e for e in _effects(n_lists, 2) if e.bit_count() == 2]
    return np.array(each, np.int64)


def holds(
    effects: Int[np.ndarray, " effect"], cells: Int[np.ndarray, " cell"]
) -> Bool[np.ndarray, "cell effect"]:
    """Design matrix: which effects act on which cells.

    Parameters
    ----------
    effects, cells : ndarray of int
        Binary numbers.

    Returns
    -------
    ndarray of bool, shape (cell, effect)
        Whether the cell has all lists of the effect.

    Examples
    --------
    >>> holds(np.array([0, 1, 3]), np.array([2, 3])).astype(int).tolist()
    [[1, 0, 0], [1, 1, 1]]
    """
    return np.asarray(effects & cells[:, None] == effects)


def _effects(n_lists: int, order: int) -> list[int]:
    """Effects of so many lists at most, small ones first."""
    each = (e for e in range(1 << n_lists) if e.bit_count() <= max(order, 1))
    return sorted(each, key=lambda effect: (effect.bit_count(), effect))


def _allowed(
    model: int, size: int, effects: list[int], place: dict[int, int]
) -> list[int]:
    """Interactions of ``size`` lists all of whose parts are in the model, as digits."""
    found = []
    for effect in effects:
        if effect.bit_count() == size:
            digits = (1 << j for j in range(effect.bit_length()) if effect >> j & 1)
            if all(model >> place[effect ^ digit] & 1 for digit in digits):
                found.append(1 << place[effect])
    return found


def _choices(model: int, allowed: list[int]) -> list[int]:
    """The model with each subset of what it may have."""
    found = [model]
    for digit in allowed:
        found += [each | digit for each in found]
    return found

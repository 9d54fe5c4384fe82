"""Points of many lattices that were looked at, one lattice for each series."""

from functools import cache
from itertools import product
from math import comb, prod
from typing import NamedTuple

import numpy as np

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.engine.bordered import Vector

FAREST = 4096
"""Steps from the centre that are told apart; a lattice ends long before."""
ORDER = 3
"""Differences of this order of the field are taken to be zero."""


class Wanted(NamedTuple):
    """Points to be looked at.

    Attributes
    ----------
    series : ndarray of int, shape (stack,)
        The series of each.
    step : ndarray of int, shape (stack, m)
        Steps from the centre.
    start : Vector
        Where their fields should be.
    """

    series: IntArray
    step: IntArray
    start: Vector


class Lattice(NamedTuple):
    """Points that were looked at, in the order in which they were.

    Attributes
    ----------
    series : ndarray of int, shape (points,)
        The series of each.
    step : ndarray of int, shape (points, m)
        Steps from the centre.
    point : ndarray, shape (points, m)
        Where it is.
    value : ndarray, shape (points,)
        Log density there.
    field : Vector
        Modes of the field.
    """

    series: IntArray
    step: IntArray
    point: FloatArray
    value: FloatArray
    field: Vector

    def joined(self, new: "Lattice") -> "Lattice":
        """These points, then others.

        Parameters
        ----------
        new : Lattice
            The others.

        Returns
        -------
        Lattice
            All points.
        """
        series, step, point, value = (
            np.concatenate(pair) for pair in zip(self[:4], new[:4], strict=True)
        )
        field = Vector(
            np.concatenate([self.field.path, new.field.path]),
            np.concatenate([self.field.effects, new.field.effects]),
        )
        return Lattice(series, step, point, value, field)

    def around(self, frontier: IntArray) -> Wanted:
        """Neighbours of some points that were not looked at.

        The field of a new point is extrapolated from the side of the centre, by the
        highest differences that the points there allow.

        Parameters
        ----------
        frontier : ndarray of int
            Which points.

        Returns
        -------
        Wanted
            In the order of the points, and of the axes up and then down.
        """
        m = self.step.shape[1]
        moves = np.concatenate([np.eye(m, dtype=int), -np.eye(m, dtype=int)])
        here = np.repeat(frontier, len(moves))
        step = (self.step[frontier][:, None] + moves).reshape(-1, m)
        key = _keys(self.series[here], step)
        first = np.unique(key, return_index=True)[1]
        first.sort()
        known = _keys(self.series, self.step)
        new = first[~np.isin(key[first], known)]
        series, step = self.series[here[new]], step[new]
        return Wanted(series, step, self._ahead(known, series, step, here[new]))

    def _ahead(
        self, known: IntArray, series: IntArray, step: IntArray, here: IntArray
    ) -> Vector:
        """Fields extrapolated to new points, or those of the points they came from."""
        offsets, weights = _stencils(step.shape[1])
        inward = step[:, None] - offsets * np.sign(step)[:, None]
        at, there = _find(known, _keys(series[:, None], inward))
        there &= ((offsets == 0) | (step[:, None] != 0)).all(axis=2)
        usable = (there[:, None] | (weights == 0)).all(axis=2)
        weight = np.where(
            usable.any(axis=1)[:, None], weights[usable.argmax(axis=1)], 0.0
        )
        out = self.field.at(here)
        lost = ~usable.any(axis=1)
        path, effects = lost[:, None] * out.path, lost[:, None] * out.effects
        for k in range(len(offsets)):
            rows = np.flatnonzero(weight[:, k])
            times = weight[rows, k, None]
            path[rows] += times * self.field.path[at[rows, k]]
            effects[rows] += times * self.field.effects[at[rows, k]]
        return Vector(path, effects)


def _keys(series: IntArray, step: IntArray) -> IntArray:
    """One number for each point of each series, shape (...,)."""
    key = series
    for column in np.moveaxis(step, -1, 0):
        key = 2 * FAREST * key + column + FAREST
    return key


def _find(known: IntArray, key: IntArray) -> tuple[IntArray, BoolArray]:
    """Where each key stands among those known, and whether it does."""
    order = known.argsort()
    at = order[np.searchsorted(known, key, sorter=order).clip(max=known.size - 1)]
    return at, known[at] == key


@cache
def _stencils(m: int) -> tuple[IntArray, FloatArray]:
    r"""Points that extrapolate, (k, m) steps inward, and their weights, (stencils, k).

    A mixed difference that is zero, :math:`\prod_a (1 - E_a)^{r_a} x = 0`, gives x
    from its inner neighbours; highest order first, and the most mixed of those.
    """
    powers = [r for r in product(range(ORDER + 1), repeat=m) if 0 < sum(r) <= ORDER]
    powers.sort(key=lambda r: (-sum(r), max(r)))
    weights = [
        [
            -prod((-1) ** k * comb(r, k) for r, k in zip(power, offset, strict=True))
            for offset in powers
        ]
        for power in powers
    ]
    return np.array(powers), np.array(weights, float)

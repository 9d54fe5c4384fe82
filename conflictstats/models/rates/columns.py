"""Effects of the calendar, and who is whose neighbour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.models.rates.structure import Columns
from conflictstats.models.rates.trends import Hyper
from conflictstats.numerics import graph, priors
from conflictstats.numerics.engine.effects import ScaledEffects


class Rhythm(NamedTuple):
    """Parts of the calendar that return.

    Attributes
    ----------
    parts : Graph
        Which parts follow each other; all do where they are exchangeable.
    order : int
        Of the random walk round them.
    part : callable
        From days to the number of their part.
    """

    parts: graph.Graph
    order: int
    part: Callable[[pd.DatetimeIndex], IntArray]


WEEKS = 52


def _week(days: pd.DatetimeIndex) -> IntArray:
    """Which of 52 equal parts of its year each day is in, so that none is short."""
    long = np.where(days.is_leap_year, 366, 365)
    return np.asarray((days.day_of_year - 1) * WEEKS // long)


CALENDAR: dict[str, Rhythm] = {
    "weekday": Rhythm(graph.complete(7), 1, lambda days: np.asarray(days.day_of_week)),
    "month": Rhythm(graph.ring(12), 1, lambda days: np.asarray(days.month) - 1),
    "week": Rhythm(graph.ring(WEEKS), 2, _week),
}
"""What returns; the last part of a year is a neighbour of the first."""


def columns_of(
    panel: xr.Dataset, unit: list[int], calendar: tuple[str, ...]
) -> list[Columns]:
    """Effects of the calendar in every cell of some places.

    Weekdays are exchangeable, months and weeks smooth round the year; all sum to zero.
    """
    begins = pd.DatetimeIndex(panel["time"].values)
    ends = pd.DatetimeIndex(panel["time_end"].values)
    found = []
    for name in calendar:
        rhythm = CALENDAR[name]
        size = rhythm.parts.nodes
        shares = _shares(begins, ends, size, rhythm.part)
        if np.ptp(shares, axis=0).max() == 0:
            raise SettingError(
                f"calendar={name!r} needs cells that differ in it, and those of this "
                "panel do not; count by shorter cells, or leave it out"
            )
        basis = graph.spectral_basis(rhythm.parts)
        variance = graph.smooth_variances(basis, order=rhythm.order)
        some = variance > 0
        law = priors.StandardDeviation(what=f"effects of the {name}")
        found.append(
            Columns(
                tuple(f"{name} {j + 1}" for j in range(size)),
                basis.vectors[:, some],
                np.repeat(shares @ basis.vectors[:, some], len(unit), axis=0),
                ScaledEffects(variance[some]),
                (Hyper(f"{name}_sd", law, law.natural),),
            )
        )
    return found


def graph_of(
    panel: xr.Dataset, neighbours: Mapping[str, Sequence[str]] | None
) -> graph.Graph | None:
    """Graph of the places of a panel, in its order."""
    if neighbours is None:
        return None
    names = [str(name) for name in panel["place"].values]
    number = {name: i for i, name in enumerate(names)}
    named = {*neighbours, *(n for near in neighbours.values() for n in near)}
    unknown = sorted(named - set(names))
    if unknown:
        raise SettingError(
            f"neighbours names {', '.join(unknown)}, which are no places of the panel; "
            f"it has {', '.join(names)}"
        )
    pairs = [(number[p], number[n]) for p, near in neighbours.items() for n in near]
    both = {tuple(sorted(pair)) for pair in pairs}
    return graph.from_pairs(len(names), np.array(sorted(both), int).reshape(-1, 2))


def _shares(
    begins: pd.DatetimeIndex,
    ends: pd.DatetimeIndex,
    size: int,
    part: Callable[[pd.DatetimeIndex], IntArray],
) -> FloatArray:
    """Share of each cell's days that is in each part of the calendar, (time, size)."""
    shares = np.zeros((len(begins), size))
    for i, (first, last) in enumerate(zip(begins, ends, strict=True)):
        inside = part(pd.date_range(first, last))
        shares[i] = np.bincount(inside, minlength=size) / inside.size
    return shares

"""Statements of places and periods as linear limits on pieces of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from conflictstats._typing import FloatArray
from conflictstats.errors import SchemaError
from conflictstats.numerics.linear_fractional import (
    fractional_range,
    linear_range,
    smallest_conflict,
)

DAY = pd.Timedelta(days=1)
SCOPE = ["place", "start", "end"]
HAIR = 1e-6
"""Part of a person that rounding may add; less than any share of a count differs by."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A place and a period, both days inclusive."""

    place: str
    start: pd.Timestamp
    end: pd.Timestamp


def scopes_of(statements: pd.DataFrame) -> Iterator[Scope]:
    """Give every place and period that is spoken of, once.

    Parameters
    ----------
    statements : DataFrame
        Columns ``place``, ``start`` and ``end``.

    Yields
    ------
    Scope
        In order of place and days.
    """
    for place, start, end in sorted(
        set(statements[SCOPE].itertuples(index=False, name=None))
    ):
        yield Scope(place, start, end)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on the part and the rest in every piece, ``rows @ x <= most``.

    Pieces that the same statements cover are one; ``covered`` says which pieces each
    scope holds, ``owner`` which statement each limit comes from.
    """

    rows: FloatArray
    most: FloatArray
    owner: NDArray[np.int64]
    covered: dict[Scope, NDArray[np.bool_]]

    @classmethod
    def of(cls, statements: pd.DataFrame, within: Mapping[str, str]) -> Limits:
        """Lay statements on pieces of place and time.

        Parameters
        ----------
        statements : DataFrame
            As :func:`conflictstats.panel.statements_of_reports` gives them.
        within : mapping of str to str
            Place to the place that holds it.

        Returns
        -------
        Limits
            With ``x`` the part of every piece, then the rest of every piece.

        Raises
        ------
        SchemaError
            If a period ends before it begins.
        """
        late = statements["end"] < statements["start"]
        if late.any():
            raise SchemaError(
                "a period ends before it begins in statement "
                f"{', '.join(statements.loc[late, 'statement'])}; correct the days"
            )
        scopes = list(scopes_of(statements))
        pieces = np.unique(_cover(scopes, within), axis=1)
        covered = dict(zip(scopes, pieces, strict=True))
        rows, most, owner = [], [], []
        spoken = statements[["quantity", *SCOPE, "low", "high"]]
        for number, (quantity, *where, low, high) in enumerate(spoken.to_numpy()):
            here = covered[Scope(*where)].astype(float)
            for row, limit in _limits(quantity, here, (low, high)):
                rows.append(row)
                most.append(limit)
                owner.append(number)
        table = np.array(rows).reshape(-1, 2 * pieces.shape[1])
        return cls(table, np.array(most, float), np.array(owner, np.int64), covered)

    def conflict(self) -> list[int]:
        """Name statements that contradict each other, by position.

        Returns
        -------
        list of int
            None of them can be spared; empty where all can be true.
        """
        return smallest_conflict(self.rows, self.most, self.owner)

    def ranges(self, scope: Scope) -> list[tuple[float, float]]:
        """Give the ranges of the whole, the part and the share of one scope.

        Parameters
        ----------
        scope : Scope
            One of those spoken of.

        Returns
        -------
        list of tuple of float
            Lower and upper end; counts are whole people.
        """
        here = self.covered[scope].astype(float)
        whole, part = np.tile(here, 2), np.append(here, np.zeros_like(here))
        counts = [linear_range(sums, self.rows, self.most) for sums in (whole, part)]
        share = fractional_range(part, whole, self.rows, self.most)
        return [*map(_whole_people, counts), share]


def _cover(scopes: list[Scope], within: Mapping[str, str]) -> NDArray[np.bool_]:
    """Which scope holds which piece, (scopes, pieces); every piece is held by one."""
    edges = sorted({s.start for s in scopes} | {s.end + DAY for s in scopes})
    spans = list(pairwise(edges))
    places = sorted({scope.place for scope in scopes})
    held = [
        [
            _holds(scope.place, place, within)
            and scope.start <= first
            and before <= scope.end + DAY
            for place in places
            for first, before in spans
        ]
        for scope in scopes
    ]
    cover = np.array(held, bool)
    return cover[:, cover.any(axis=0)]


def _holds(outer: str, inner: str, within: Mapping[str, str]) -> bool:
    """Whether a place is another or lies in it."""
    place: str | None = inner
    while place is not None and place != outer:
        place = within.get(place)
    return place == outer


def _limits(
    quantity: str, here: FloatArray, ends: tuple[float, float]
) -> Iterator[tuple[FloatArray, float]]:
    """Rows and limits of one statement; an end that limits nothing has none."""
    low, high = ends
    nothing = np.zeros_like(here)
    if quantity == "share":
        if high < 1:
            yield np.append((1 - high) * here, -high * here), 0.0
        if low > 0:
            yield np.append((low - 1) * here, low * here), 0.0
        return
    counted = np.append(here, here if quantity == "whole" else nothing)
    if np.isfinite(high):
        yield counted, high
    if low > 0:
        yield -counted, -low


def _whole_people(ends: tuple[float, float]) -> tuple[float, float]:
    """Ends of a range moved inward to whole numbers."""
    return float(np.ceil(ends[0] - HAIR)) + 0.0, float(np.floor(ends[1] + HAIR))

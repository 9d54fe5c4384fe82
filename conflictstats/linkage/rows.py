"""Several event tables as one set of rows, checked; only what linking compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import SchemaError, SettingError
from conflictstats.linkage.taxonomy import Taxonomies, codes_of
from conflictstats.provenance import Table

Missing: TypeAlias = Literal["refuse", "leave out"]
EventTables: TypeAlias = Mapping[str, Table | pd.DataFrame]
NEEDED = ("date_start", "latitude", "longitude")
REPORTED = ("low", "best", "high")
WORDS = ("actor", "dyad_name", "kind", "type_of_violence")
"""Columns of words that are compared wherever every table has them."""
FEWEST, MOST = 2, 20
SHOWN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of all tables, in the order given.

    Attributes
    ----------
    names : tuple of str
        The tables.
    table : ndarray of int, shape (n,)
        Table of each row.
    number : ndarray of int, shape (n,)
        Number of the row in its table, from 1.
    ids : ndarray of object, shape (n,)
        What the column ``id`` says, else None.
    days : ndarray of int, shape (n, 2)
        First and last day, days since 1970.
    degrees : ndarray, shape (n, 2)
        Latitude and longitude, degrees.
    deaths : ndarray, shape (n, 3)
        Low, best and high, people; NaN where not said.
    words : dict of str to ndarray of int, shape (n, level)
        Codes of the categories, from the most specific level to the broadest.
    stratum : ndarray of object, shape (n,)
        What the column ``by`` says, else None.
    excluded : dict of str to int
        Rows of each table that were left out for want of a day or a place.
    """

    names: tuple[str, ...]
    table: IntArray
    number: IntArray
    ids: np.ndarray
    days: IntArray
    degrees: FloatArray
    deaths: FloatArray
    words: dict[str, IntArray]
    stratum: np.ndarray
    excluded: dict[str, int]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.table)

    def sorted(self) -> tuple[Rows, IntArray]:
        """The rows in an order that is of what they say alone, and where each was.

        Two rows that say the same can be exchanged, so a result that is made from
        these rows does not depend on the order in which tables or rows were given.
        """
        rank = np.argsort(np.argsort(np.array(self.names)))
        said = [*self.words.values(), self.deaths, self.degrees, self.days]
        columns = [self.number, *(column for each in said for column in each.T)]
        order = np.lexsort([*columns, rank[self.table]])
        ordered = replace(
            self,
            names=tuple(sorted(self.names)),
            table=rank[self.table][order],
            number=self.number[order],
            ids=self.ids[order],
            days=self.days[order],
            degrees=self.degrees[order],
            deaths=self.deaths[order],
            words={name: codes[order] for name, codes in self.words.items()},
            stratum=self.stratum[order],
        )
        return ordered, order


def rows_of(
    tables: EventTables,
    *,
    words: Sequence[str] | None,
    taxonomies: Taxonomies,
    missing: Missing,
    by: str | None,
) -> Rows:
    """Take from event tables what linking compares; refuse what cannot be placed."""
    frames = _frames(tables)
    for name, frame in frames.items():
        wanted = [*NEEDED, *([by] if by else []), *(words or ()), *taxonomies]
        _refuse_without(frame, wanted, name)
    kept, excluded = {}, {}
    for name, frame in frames.items():
        kept[name], excluded[name] = _placed(frame, name, missing)
    said = [w for w in WORDS if all(w in f for f in kept.values())]
    columns = list(dict.fromkeys([*(said if words is None else words), *taxonomies]))
    frame = pd.concat(kept)
    table = np.repeat(np.arange(len(kept)), [len(f) for f in kept.values()])
    return Rows(
        tuple(kept),
        table,
        frame["number"].to_numpy(np.int64),
        _objects(frame, "id"),
        frame[["first", "last"]].to_numpy(np.int64),
        frame[["latitude", "longitude"]].to_numpy(float),
        frame[list(REPORTED)].to_numpy(float),
        {w: codes_of(kept, w, taxonomies.get(w)) for w in columns},
        _objects(frame, by),
        excluded,
    )


def _frames(tables: EventTables) -> dict[str, pd.DataFrame]:
    """The tables as frames; refuse what cannot be compared."""
    if not FEWEST <= len(tables) <= MOST:
        raise SettingError(
            f"tables must be {FEWEST} to {MOST} event tables by name, got {len(tables)}"
        )
    frames = {
        str(name): given.frame if isinstance(given, Table) else given
        for name, given in tables.items()
    }
    empty = [name for name, frame in frames.items() if not len(frame)]
    if empty:
        raise SchemaError(
            f"{', '.join(map(repr, empty))} has no rows: leave the table out"
        )
    return frames


def _refuse_without(frame: pd.DataFrame, wanted: Sequence[str], name: str) -> None:
    """Refuse a table that lacks a column."""
    absent = [column for column in wanted if column not in frame]
    if absent:
        raise SchemaError(
            f"table {name!r} has no column {', '.join(map(repr, absent))}; it has "
            f"{', '.join(map(str, frame.columns))}. Rename the columns"
        )


def _placed(
    frame: pd.DataFrame, name: str, missing: Missing
) -> tuple[pd.DataFrame, int]:
    """Rows whose day and place are known, days as numbers, and how many are not."""
    found = frame.reset_index(drop=True)
    first = _days(found["date_start"])
    last = _days(found["date_end"]) if "date_end" in found else first
    latitude, longitude = (_numbers(found, c) for c in ("latitude", "longitude"))
    unknown = np.isnan(first) | np.isnan(last) | np.isnan(latitude + longitude)
    wrong = (last < first) | (abs(latitude) > 90) | (abs(longitude) > 180)
    if wrong.any():
        raise SchemaError(
            f"{_numbered(wrong)} of table {name!r} end before they start, or lie "
            "outside of latitude -90 to 90 and longitude -180 to 180: correct the rows"
        )
    if unknown.any() and (missing == "refuse" or unknown.all()):
        raise SchemaError(
            f"{_numbered(unknown)} of table {name!r} have no day or no coordinates, so "
            'they cannot be linked: fill them in, or leave them out by missing="leave '
            'out", which counts them'
        )
    found = found.assign(
        number=np.arange(1, len(found) + 1),
        first=first,
        last=last,
        latitude=latitude,
        longitude=longitude,
        **_deaths(found, name),
    )
    return found[~unknown], int(unknown.sum())


def _days(column: pd.Series) -> FloatArray:
    """Days since 1970, NaN where there is none."""
    days = pd.to_datetime(column, errors="coerce").to_numpy("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(float))


def _numbers(frame: pd.DataFrame, column: str) -> FloatArray:
    """A column as numbers, NaN where there is none or the column is not there."""
    if column not in frame:
        return np.full(len(frame), np.nan)
    given = pd.to_numeric(frame[column], errors="coerce")
    return given.to_numpy(float, na_value=np.nan)


def _deaths(frame: pd.DataFrame, name: str) -> dict[str, FloatArray]:
    """Low, best and high, each taken from the best where it is not there."""
    low, best, high = (_numbers(frame, column) for column in REPORTED)
    low, high = np.where(np.isnan(low), best, low), np.where(np.isnan(high), best, high)
    if (bad := (low < 0) | (high < low) | (best < low) | (best > high)).any():
        raise SchemaError(
            f"{_numbered(bad)} of table {name!r} do not have 0 <= low <= best <= high: "
            "correct the rows"
        )
    return {"low": low, "best": best, "high": high}


def _objects(frame: pd.DataFrame, column: str | None) -> np.ndarray:
    """A column as words, None where it is empty or not there, shape (n,)."""
    if column is None or column not in frame:
        return np.full(len(frame), None, object)
    said = frame[column]
    return said.astype(str).astype(object).where(said.notna(), None).to_numpy(object)


def _numbered(bad: BoolArray) -> str:
    """Name rows by number, from 1."""
    numbers = [str(i + 1) for i in np.flatnonzero(bad)]
    more = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return f"row{'s' if len(numbers) > 1 else ''} {', '.join(numbers[:SHOWN])}{more}"

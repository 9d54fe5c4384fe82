"""The columns of an event table that a panel needs, checked and as arrays."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from conflictstats._typing import FloatArray
from conflictstats.errors import SchemaError
from conflictstats.panel.calendar import Days, IntArray
from conflictstats.provenance import Table

REPORTED = ("low", "best", "high")
CATEGORIES = (
    "deaths_government",
    "deaths_nonstate",
    "deaths_civilians",
    "deaths_unknown",
)
NOT_STATED = "not stated"
ROWS_NAMED = 5


@dataclass(frozen=True, slots=True)
class Rows:
    """Events as arrays.

    Attributes
    ----------
    start, end : ndarray of datetime64[D], shape (n,)
        First and last day on which the deaths of a row may have fallen.
    place, group : ndarray of int, shape (n,)
        Number of the row's place and group.
    places, groups : ndarray
        What those numbers stand for, sorted.
    values : dict of str to ndarray, shape (n,)
        ``n_events`` and each count of people that the table has.
    """

    start: Days
    end: Days
    place: IntArray
    group: IntArray
    places: NDArray[np.generic]
    groups: NDArray[np.generic]
    values: dict[str, FloatArray]


def rows_of(events: Table | pd.DataFrame, by: str | None, group: str | None) -> Rows:
    """Take what a panel needs from an event table.

    Parameters
    ----------
    events : Table or DataFrame
        Canonical columns; a column ``n_events`` says how many events a row sums.
    by, group : str or None
        Columns that split the rows into places and groups.

    Returns
    -------
    Rows
        In the order of the table.

    Raises
    ------
    SchemaError
        If a column is missing, a value is missing, negative or infinite, or a row
        ends before it starts; the message has the row numbers.
    """
    frame = events.frame if isinstance(events, Table) else events
    wanted = ["date_start", "date_end", *REPORTED, *filter(None, (by, group))]
    absent = [name for name in wanted if name not in frame]
    if absent:
        raise SchemaError(
            f"the event table has no column {', '.join(absent)}; it has "
            f"{', '.join(map(str, frame.columns))}. Read it with a reader of "
            "conflictstats.events, or name other columns in by= and group="
        )
    start, end = (_days(frame[name], name) for name in ("date_start", "date_end"))
    refuse(end < start, "date_end is before date_start")
    counted = [name for name in (*REPORTED, *CATEGORIES) if name in frame]
    values = {name: _people(frame[name], name) for name in counted}
    place, places = _numbered(frame, by)
    kind, groups = _numbered(frame, group)
    number = _people(frame["n_events"], "n_events") if "n_events" in frame else None
    events_in = np.ones(len(frame)) if number is None else number
    named = {"n_events": events_in, **values}
    return Rows(start, end, place, kind, places, groups, named)


def refuse(bad: NDArray[np.bool_], fault: str) -> None:
    """Raise if any row is bad, and name the first of them.

    Parameters
    ----------
    bad : ndarray of bool, shape (n,)
        Which rows are bad.
    fault : str
        What is wrong with them.

    Raises
    ------
    SchemaError
        If any row is bad.
    """
    if not bad.any():
        return
    found = np.flatnonzero(bad)
    shown = ", ".join(map(str, found[:ROWS_NAMED]))
    more = f" and {len(found) - ROWS_NAMED} more" if len(found) > ROWS_NAMED else ""
    raise SchemaError(
        f"{fault} in row {shown}{more} (the first row is 0); "
        "conflictstats.events.check lists every fault of a file"
    )


def _days(column: "pd.Series[pd.Timestamp]", name: str) -> Days:
    """Dates without time of day."""
    if not pd.api.types.is_datetime64_dtype(column):
        raise SchemaError(
            f"column {name} must hold dates, it holds {column.dtype}; "
            "convert it with pandas.to_datetime"
        )
    refuse(column.isna().to_numpy(), f"{name} is missing")
    return column.to_numpy().astype("datetime64[D]")


def _people(column: "pd.Series[float]", name: str) -> FloatArray:
    """Counts as floats; none missing, negative or infinite."""
    if not pd.api.types.is_numeric_dtype(column):
        raise SchemaError(f"column {name} must hold numbers, it holds {column.dtype}")
    counts = np.asarray(column.to_numpy("float64", na_value=np.nan), "float64")
    refuse(~(np.isfinite(counts) & (counts >= 0)), f"{name} is missing or not a count")
    return counts


def _numbered(
    frame: pd.DataFrame, column: str | None
) -> tuple[IntArray, NDArray[np.generic]]:
    """Number the values of a column; rows where it is empty get one of their own."""
    if column is None:
        return np.zeros(len(frame), "int64"), np.array(["all"])
    values = frame[column]
    if values.isna().any() or not pd.api.types.is_integer_dtype(values):
        values = values.astype("str").where(values.notna(), NOT_STATED)
    codes, names = pd.factorize(values, sort=True)
    kind = "int64" if pd.api.types.is_integer_dtype(values) else "str"
    return codes.astype("int64"), np.asarray(names, dtype=kind)

"""Which reports of a body may stand beside each other, each read as a quantity."""

import math
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from conflictstats.errors import SchemaError
from conflictstats.quantity.coding import OF_SHARES, READ, read_coded

Repeated: TypeAlias = Literal["last", "first", "max", "error"]

REPEATED = ("last", "first", "max", "error")
COUNTED = [word for word in READ if word not in OF_SHARES]
COLUMNS = ("event_key", "value_low", "value_high", "qualifier", "published")


def selected(frame: pd.DataFrame, wanted: dict[str, str]) -> pd.DataFrame:
    """Take the rows with the wanted words and read each as a quantity.

    Parameters
    ----------
    frame : DataFrame
        Coded reports.
    wanted : dict of str to str
        Column to word.

    Returns
    -------
    DataFrame
        Those rows, with the quantity in column ``said`` and in ``size`` its ceiling,
        or its floor where there is none.

    Raises
    ------
    SchemaError
        If a column is missing, a word finds no row, or a qualifier is not one of
        counts.
    """
    absent = {*wanted, *COLUMNS} - set(frame)
    if absent:
        raise SchemaError(f"the reports have no column {', '.join(sorted(absent))}")
    for column, word in wanted.items():
        if word not in set(frame[column]):
            known = ", ".join(sorted(frame[column].dropna().unique()))
            raise SchemaError(f"no report has {column} {word!r}; they have: {known}")
        frame = frame[frame[column] == word]
    other = set(frame["qualifier"]) - set(COUNTED)
    if other:
        raise SchemaError(
            f"qualifier {', '.join(map(str, sorted(other)))} is not one of counts "
            f"({', '.join(COUNTED)}); choose a measure that counts people"
        )
    coded = zip(
        frame["qualifier"], frame["value_low"], frame["value_high"], strict=True
    )
    said = [read_coded(*row) for row in coded]
    size = [each.low if math.isinf(each.high) else each.high for each in said]
    quantities = pd.Series(said, frame.index, dtype="object")
    return frame.assign(said=quantities, size=np.asarray(size, "float64"))


def one_each(frame: pd.DataFrame, repeated: Repeated) -> pd.DataFrame:
    """Take one report of each event.

    Parameters
    ----------
    frame : DataFrame
        As :func:`selected` returns it.
    repeated : {"last", "first", "max", "error"}
        Which one; an undated page is taken by date only where it is alone.

    Returns
    -------
    DataFrame
        One row per ``event_key``, sorted by it.

    Raises
    ------
    SchemaError
        If ``repeated`` is ``"error"`` and an event has several reports.
    """
    again = frame["event_key"].duplicated()
    if repeated == "error" and again.any():
        twice = frame.loc[again, "event_key"].unique()
        raise SchemaError(
            f"{len(twice)} events have several reports, such as "
            f"{', '.join(twice[:5])}; say which one to take in repeated="
        )
    order = ["size"] if repeated == "max" else ["published", "size"]
    ranked = frame.sort_values(
        order, ascending=repeated == "first", na_position="last", kind="stable"
    )
    return ranked.drop_duplicates("event_key").sort_values("event_key")


def without_copies(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out reports that are the text of another body's report.

    Parameters
    ----------
    frame : DataFrame
        As :func:`one_each` returns it, of one body after another.

    Returns
    -------
    DataFrame
        Of the reports of one event with the same agency and the same number only the
        first. A report without an agency is nobody's copy.
    """
    if "agency" not in frame:
        return frame
    text = frame[["event_key", "agency"]].assign(said=frame["said"].map(repr))
    return frame[~(text.duplicated() & frame["agency"].notna())]


def disjoint(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out totals of an area some of whose days are in a longer or larger one.

    Parameters
    ----------
    frame : DataFrame
        Columns ``where``, ``start``, ``end`` (days) and ``size``.

    Returns
    -------
    DataFrame
        Rows without a day in common in one place.
    """
    ranked = frame.assign(length=frame["end"] - frame["start"]).sort_values(
        ["length", "size"], ascending=False, kind="stable"
    )
    taken: set[tuple[str, pd.Timestamp]] = set()
    kept = []
    for label, row in ranked.iterrows():
        days = {(row["where"], day) for day in days_of(row)}
        if taken.isdisjoint(days):
            taken |= days
            kept.append(label)
    return frame.loc[kept]


def days_of(row: "pd.Series[pd.Timestamp]") -> list[pd.Timestamp]:
    """List the days that a report speaks of.

    Parameters
    ----------
    row : Series
        With ``start`` and ``end``, both inclusive.

    Returns
    -------
    list of Timestamp
        In order.
    """
    return list(pd.date_range(row["start"], row["end"], freq="D"))

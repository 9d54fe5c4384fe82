"""Lists from a cross-classified table, or from records that say who is on which."""

import numpy as np
import pandas as pd

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import SchemaError, SettingError
from conflictstats.panel.lists import ALL, FEWEST, Lists
from conflictstats.provenance import Table

MOST = 62
"""Lists whose combinations fit into one whole number."""
LARGEST = 1e15
SHOWN = 8


def lists_of_cells(
    table: Table | pd.DataFrame,
    lists: list[str],
    *,
    count: str = "count",
    by: str | None = None,
) -> Lists:
    """Lists from a table with one row for each combination of them.

    Combinations that are not in the table hold no record. The cell of those on no list
    must not be in it: it is what is to be estimated.

    Parameters
    ----------
    table : Table or DataFrame
        A column of 0 and 1 (or False and True) for each list, and one of counts.
    lists : list of str
        Columns that are lists, two at least.
    count : str
        Column of counts, people.
    by : str, optional
        Column of strata; where it is empty the stratum is not known.

    Returns
    -------
    Lists
        The records by combination of lists.

    Raises
    ------
    SchemaError
        If a column is missing, a mark is not 0 or 1, a count is not whole or is below
        0, a combination stands twice, the cell of the unlisted is given, a list holds
        nothing, or no two lists share a record. Rows are counted from 1.
    SettingError
        If fewer than two lists are named, more than 62, or one twice.

    Examples
    --------
    >>> from conflictstats import load_kosovo_lists
    >>> lists = lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])
    >>> lists.by_number_of_lists.tolist()
    [3218, 882, 273, 27]
    """
    frame, source = _frame(table)
    _columns(frame, [*lists, count, *([by] if by else [])], lists)
    marks, people = _marks(frame, lists), _counts(frame[count], count)
    _refuse_unlisted(marks)
    stratum = _strata(frame, by)
    twice = pd.DataFrame({"cell": _binary(marks), "stratum": stratum})
    if (again := twice.duplicated(keep=False)).any():
        raise SchemaError(
            f"{_rows(again.to_numpy())} hold a combination of lists that stands more "
            "than once: add the rows of one combination up, or name the column that "
            "tells them apart as by="
        )
    return _lists(lists, marks, people, stratum, source)


def lists_of_records(
    records: Table | pd.DataFrame, lists: list[str], *, by: str | None = None
) -> Lists:
    """Lists from linked records, one row a person or event, with marks of the lists.

    Parameters
    ----------
    records : Table or DataFrame
        A column of 0 and 1 (or False and True) for each list.
    lists : list of str
        Columns that are lists, two at least.
    by : str, optional
        Column of strata; where it is empty the stratum is not known.

    Returns
    -------
    Lists
        The records by combination of lists.

    Raises
    ------
    SchemaError
        If a column is missing, a mark is not 0 or 1, a record is on no list, a list
        holds nothing, or no two lists share a record. Rows are counted from 1.
    SettingError
        If fewer than two lists are named, more than 62, or one twice.

    Examples
    --------
    >>> records = pd.DataFrame({"A": [1, 1, 0], "B": [True, False, True]})
    >>> lists_of_records(records, ["A", "B"]).count.tolist()
    [1, 1, 1]
    """
    frame, source = _frame(records)
    _columns(frame, [*lists, *([by] if by else [])], lists)
    marks = _marks(frame, lists)
    _refuse_unlisted(marks)
    one = np.ones(len(frame), np.int64)
    return _lists(lists, marks, one, _strata(frame, by), source)


def _frame(table: Table | pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The rows, and where they are from."""
    if isinstance(table, Table):
        return table.frame, table.source.name
    return table, ""


def _columns(frame: pd.DataFrame, wanted: list[str], lists: list[str]) -> None:
    """Refuse columns that are not there, and lists that cannot be compared."""
    if not FEWEST <= len(lists) <= MOST or len(set(lists)) < len(lists):
        raise SettingError(
            f"lists must be {FEWEST} to {MOST} different columns, got {lists}"
        )
    absent = [name for name in wanted if name not in frame]
    if absent:
        raise SchemaError(
            f"there is no column {', '.join(map(repr, absent))}; the table has "
            f"{', '.join(map(str, frame.columns))}"
        )
    if frame.empty:
        raise SchemaError("the table has no rows: nothing can be said of the unlisted")


def _marks(frame: pd.DataFrame, lists: list[str]) -> BoolArray:
    """Who is on which list."""
    marks = np.empty((len(frame), len(lists)), bool)
    for j, name in enumerate(lists):
        given = pd.to_numeric(frame[name], errors="coerce").to_numpy(float, na_value=-1)
        if (bad := ~np.isin(given, (0, 1))).any():
            raise SchemaError(
                f"{_rows(bad)} of {name!r} must be 0 or 1, found "
                f"{_values(frame[name], bad)}: say for every record whether it is on "
                "the list"
            )
        marks[:, j] = given == 1
    return marks


def _counts(column: pd.Series, name: str) -> IntArray:
    """Whole numbers of people."""
    given: FloatArray = pd.to_numeric(column, errors="coerce").to_numpy(
        float, na_value=np.nan
    )
    bad = ~((given >= 0) & (given <= LARGEST) & (given == np.round(given)))
    if bad.any():
        raise SchemaError(
            f"{_rows(bad)} of {name!r} must be whole numbers of people, 0 or more; "
            f"found {_values(column, bad)}"
        )
    return given.astype(np.int64)


def _refuse_unlisted(marks: BoolArray) -> None:
    """Refuse rows that are on no list."""
    unlisted: BoolArray = np.asarray(~marks.any(axis=1))
    if unlisted.any():
        raise SchemaError(
            f"{_rows(unlisted)} are on no list: how many there are of those is what "
            "is to be estimated; leave the rows out"
        )


def _strata(frame: pd.DataFrame, by: str | None) -> pd.Series:
    """Name of each row's stratum, missing where it is not known."""
    if by is None:
        return pd.Series(ALL, index=range(len(frame)), dtype=object)
    named = frame[by].reset_index(drop=True)
    if pd.api.types.is_float_dtype(named) and (named.dropna() % 1 == 0).all():
        named = named.astype("Int64")
    known = named.notna() & (named.astype(str).str.strip() != "")
    return named.astype(str).str.strip().astype(object).where(known, None)


def _lists(
    names: list[str],
    marks: BoolArray,
    people: IntArray,
    stratum: pd.Series,
    source: str,
) -> Lists:
    """Sum the rows by combination and stratum, and refuse what shares nothing."""
    strata = sorted(stratum.dropna().unique())
    if not strata:
        raise SchemaError("no row has a stratum: leave by= out")
    _, first, which = np.unique(_binary(marks), return_index=True, return_inverse=True)
    counts = np.zeros((len(strata) + 1, len(first)), np.int64)
    place = {name: s for s, name in enumerate(strata)}
    row = np.array([place.get(name, len(strata)) for name in stratum])
    np.add.at(counts, (row, which), people)
    some = counts.sum(axis=0) > 0
    found = Lists(
        tuple(names),
        marks[first][some],
        counts[:-1, some],
        tuple(strata),
        counts[-1, some],
        source,
    )
    _refuse_apart(found)
    return found


def _refuse_apart(found: Lists) -> None:
    """Refuse lists that hold nothing, and tables in which no lists meet."""
    if empty := [name for name, n in found.sizes.items() if not n]:
        raise SchemaError(
            f"{', '.join(map(repr, empty))} holds no record: leave the list out"
        )
    if not found.by_number_of_lists[1:].any():
        raise SchemaError(
            f"no record is on two of the lists {', '.join(found.names)}: nothing says "
            "how many are on none. Check how records were linked"
        )


def _binary(marks: BoolArray) -> IntArray:
    """Combination of lists as a number whose first digit is the first list."""
    digits = 1 << np.arange(marks.shape[1], dtype=np.int64)[::-1]
    return np.asarray(marks @ digits)


def _rows(bad: BoolArray) -> str:
    """Name rows by number."""
    numbers = [str(i + 1) for i in np.flatnonzero(bad)]
    more = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return f"row{'s' if len(numbers) > 1 else ''} {', '.join(numbers[:SHOWN])}{more}"


def _values(column: pd.Series, bad: BoolArray) -> str:
    """What stands in the first bad rows."""
    return ", ".join(repr(value) for value in column[bad].tolist()[:SHOWN])

"""Every fault of a table at once: row, column, value, rule and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from conflictstats.errors import SchemaError, SettingError
from conflictstats.events._cells import Cells, Coded
from conflictstats.events._csv import CsvFile
from conflictstats.events.schema import TEXT, Column, RowRule, Schema

FAULT_COLUMNS = ("row", "column", "value", "rule", "advice")
KINDS_TOLD = 10
ROWS_TOLD = 5
LONGEST = 60
NO_FAULT = pd.DataFrame(columns=list(FAULT_COLUMNS))


@dataclass(frozen=True, slots=True, eq=False)
class Faults:
    """What is wrong with a file; false where nothing is.

    Attributes
    ----------
    name : str
        Name of the file.
    frame : pandas.DataFrame
        One fault a row: ``row`` (as a spreadsheet numbers it, the header being 1),
        ``column``, ``value`` as it stands in the file, the ``rule`` it breaks and
        ``advice`` on what to do.
    """

    name: str
    frame: pd.DataFrame

    def __len__(self) -> int:
        """Count the faults."""
        return len(self.frame)

    def __str__(self) -> str:
        """Tell the number of faults and the first of them."""
        if not len(self):
            return f"{self.name}: no faults"
        kinds = self.frame.groupby(["column", "rule"], sort=False)
        told = [_in_words(kind) for _, kind in islice(kinds, KINDS_TOLD)]
        more = kinds.ngroups - len(told)
        rest = [f"  and {more} more kinds of fault"] if more else []
        count = f"{self.name}: {len(self):,} fault{'s' * (len(self) != 1)}"
        return "\n".join([count, *told, *rest])

    def _repr_html_(self) -> str:
        """Show the faults as a table in a notebook."""
        return self.frame.to_html(index=False, max_rows=50, notebook=True)


def _in_words(kind: pd.DataFrame) -> str:
    """Tell faults of one kind, with the first rows that have them, on one line."""
    _, column, value, rule, advice = kind.iloc[0]
    rows = ", ".join(str(row) for row in kind["row"].head(ROWS_TOLD))
    dots = f", ... ({len(kind):,} rows)" if len(kind) > ROWS_TOLD else ""
    plural = "s" * (len(kind) > 1)
    return (
        f"  {column} in row{plural} {rows}{dots}: got {value!r}, expected {rule}; "
        f"{advice}"
    )


def read_table(
    file: CsvFile, schema: Schema, keep: Sequence[str] = (), *, numbered: bool = False
) -> tuple[pd.DataFrame, dict[str, int | str]]:
    """Read the rows of a file and hold them against a schema.

    Parameters
    ----------
    file : CsvFile
        An open file whose header has been read.
    schema : Schema
        What its columns and rows must be.
    keep : sequence of str
        Columns to return besides those that the schema returns.
    numbered : bool
        Return the row in a column ``row``, as a spreadsheet numbers it.

    Returns
    -------
    frame : pandas.DataFrame
        Typed columns under their canonical names, in the order of the schema.
    notes : dict
        Rows that were no events: ``hxl_rows`` and ``blank_rows``.

    Raises
    ------
    SchemaError
        If a column is missing or a cell or row breaks a rule; ``faults`` has all.
    SettingError
        If ``keep`` names a column that the file lacks.
    ReadError
        If there are no rows.
    """
    columns = _chosen(file, schema, keep)
    cells = file.read([column.name for column in columns])
    found = [_ragged(cells)]
    frame = pd.DataFrame(index=pd.RangeIndex(len(cells.rows)))
    for column in columns:
        coded = cells.columns[column.name]
        frame[column.canonical], wrong = _typed(coded, column)
        found += [_wrong_cells(cells, column, wrong)]
        found += [_repeated(cells, column)] if column.unique else []
    for rule in schema.rules:
        found += [_broken_rows(cells.rows, frame, rule)]
    _raise(file.name, found)
    if numbered:
        frame["row"] = cells.rows
    return frame, {"hxl_rows": file.hxl_rows, "blank_rows": cells.blank_rows}


def _chosen(file: CsvFile, schema: Schema, keep: Sequence[str]) -> list[Column]:
    """Columns of the schema that the file has, and those to keep; checks the header."""
    has = [column for column in schema.columns if column.name in file.header]
    known = {name for column in has for name in (column.name, column.canonical)}
    absent = [name for name in keep if name not in known.union(file.header)]
    if absent:
        raise SettingError(
            f"keep names {', '.join(absent)}, which {file.name} does not have; "
            f"it has {', '.join(file.header)}"
        )
    asked = set(keep)
    chosen = [c for c in has if c.kept or asked & {c.name, c.canonical}]
    chosen += [
        Column(name=name, kind=TEXT)
        for name in dict.fromkeys(keep)
        if name not in known
    ]
    _check_header(file, schema, [column.name for column in chosen])
    return chosen


def _check_header(file: CsvFile, schema: Schema, wanted: list[str]) -> None:
    """Raise if a needed column is missing, or a wanted one is there twice."""
    missing = [name for name in schema.needed if name not in file.header]
    twice = [name for name in wanted if file.header.count(name) > 1]
    advice = "take the file as it was published, or rename the column that holds it"
    frames = [
        _faults([1], name, ["no such column"], f"a column of {schema.name}", advice)
        for name in missing
    ]
    frames += [
        _faults([1], name, [name], "each column once", "remove or rename one")
        for name in twice
    ]
    _raise(file.name, frames)


def _typed(coded: Coded, column: Column) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Values of the rows, and which distinct texts the column does not allow."""
    values, wrong = _read_texts(coded.texts, column)
    distinct = pd.Series(values, dtype=column.kind.dtype)
    return distinct.take(coded.codes).reset_index(drop=True), wrong


def _read_texts(
    texts: list[str], column: Column
) -> tuple[list[Any], NDArray[np.bool_]]:
    """Values of the distinct texts, and which of them the column does not allow."""
    if column.is_free_text:
        blank = np.array([not text for text in texts], dtype=bool)
        return [text or None for text in texts], blank & (not column.blank)
    wrong = np.zeros(len(texts), dtype=bool)
    values: list[Any] = []
    for code, text in enumerate(texts):
        value = column.kind.parse(text) if text else None
        allowed = column.allows(value) if text else column.blank
        wrong[code] = not allowed
        values.append(value if allowed else None)
    return values, wrong


def _wrong_cells(
    cells: Cells, column: Column, wrong: NDArray[np.bool_]
) -> pd.DataFrame:
    """Faults of the cells whose text the column does not allow."""
    coded = cells.columns[column.name]
    codes = coded.codes[wrong[coded.codes]] if wrong.any() else coded.codes[:0]
    rows = cells.rows[wrong[coded.codes]] if wrong.any() else cells.rows[:0]
    values = [coded.texts[code] for code in codes]
    return _faults(rows, column.name, values, column.rule, column.kind.advice)


def _repeated(cells: Cells, column: Column) -> pd.DataFrame:
    """Faults of the cells that repeat an earlier one."""
    coded = cells.columns[column.name]
    again = pd.Series(coded.codes).duplicated().to_numpy()
    values = [coded.texts[code] for code in coded.codes[again]]
    return _faults(
        cells.rows[again],
        column.name,
        values,
        f"each {column.name} once",
        "remove the row that was added twice",
    )


def hold_against(
    frame: pd.DataFrame,
    rules: Sequence[RowRule],
    *,
    name: str,
    rows: NDArray[np.int64],
) -> None:
    """Hold a table that is already typed against rules over its rows.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    rules : sequence of RowRule
        What must hold; a rule whose columns are not all there is passed over.
    name : str
        What to call the table in a message.
    rows : ndarray of int, shape (rows,)
        Number of each row.

    Raises
    ------
    SchemaError
        If a row breaks a rule; ``faults`` has all that do.
    """
    _raise(name, [_broken_rows(rows, frame, rule) for rule in rules])


def _broken_rows(
    rows: NDArray[np.int64], frame: pd.DataFrame, rule: RowRule
) -> pd.DataFrame:
    """Faults of the rows that break a rule over several of their cells."""
    if not set(rule.columns) <= set(frame):
        return _faults([], "", [], rule.rule, rule.advice)
    broken = rule.broken(*(frame[name] for name in rule.columns))
    hit = broken.fillna(value=False).to_numpy(dtype=bool)
    if not hit.any():
        return NO_FAULT
    shown = frame.loc[hit, list(rule.columns)].astype("str").fillna("")
    values = [", ".join(row) for row in shown.itertuples(index=False, name=None)]
    return _faults(rows[hit], " ".join(rule.columns), values, rule.rule, rule.advice)


def _ragged(cells: Cells) -> pd.DataFrame:
    """Faults of the rows with more or fewer cells than the header."""
    return _faults(
        [row for row, _ in cells.ragged],
        "(whole row)",
        [f"{width} cells" for _, width in cells.ragged],
        f"{cells.width} cells, as in the header",
        "look for a comma outside quotation marks",
    )


def _faults(
    rows: Sequence[int] | NDArray[np.int64],
    column: str,
    values: Sequence[str],
    rule: str,
    advice: str,
) -> pd.DataFrame:
    """Faults of one kind, one a row."""
    if not len(rows):
        return NO_FAULT
    told = [repr(value[:LONGEST])[1:-1] for value in values]
    content = (rows, column, told, rule, advice)
    return pd.DataFrame(dict(zip(FAULT_COLUMNS, content, strict=True)))


def _raise(name: str, frames: list[pd.DataFrame]) -> None:
    """Raise with all faults in the order of the rows, if there are any."""
    some = [frame for frame in frames if len(frame)]
    if some:
        found = pd.concat(some, ignore_index=True)
        found = found.sort_values("row", kind="stable", ignore_index=True)
        raise SchemaError(str(Faults(name, found)), found)

"""Writing tables so that a spreadsheet or a power cut cannot spoil them."""

import os
import tempfile
from csv import QUOTE_NONNUMERIC
from os import PathLike
from pathlib import Path

import pandas as pd

from conflictstats.errors import ReportError
from conflictstats.provenance import Table

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(
    table: Table | pd.DataFrame,
    path: str | PathLike[str],
    *,
    for_spreadsheet: bool = True,
) -> Path:
    """Write a table as CSV, whole or not at all.

    Parameters
    ----------
    table : Table or pandas.DataFrame
        What to write; the index is not written.
    path : path
        File to write; one that is there is replaced once the new one is complete.
    for_spreadsheet : bool
        Put an apostrophe before text that a spreadsheet would run as a formula
        (a leading ``=``, ``+``, ``-``, ``@``, tab or carriage return). Numbers stay.
        Text is always in quotation marks.

    Returns
    -------
    pathlib.Path
        Where it was written.

    Raises
    ------
    ReportError
        If the file cannot be written there.

    Examples
    --------
    >>> import tempfile
    >>> frame = pd.DataFrame({"place": ["=1+1", "Idlib"], "change": [-3, 2]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(to_csv(frame, f"{folder}/x.csv").read_text())
    "place","change"
    "'=1+1",-3
    "Idlib",2
    """
    frame = table.frame if isinstance(table, Table) else table
    if for_spreadsheet:
        frame = _defused(frame)
    text = frame.to_csv(index=False, lineterminator="\n", quoting=QUOTE_NONNUMERIC)
    target = Path(path)
    try:
        _replace(target, text)
    except OSError as err:
        raise ReportError(f"{target} cannot be written: {err}") from err
    return target


def _defused(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before text and names that begin like a formula."""
    copy = frame.copy()
    for name in copy.select_dtypes(["str", "object", "category"]):
        copy[name] = copy[name].astype("object").map(_defuse)
    return copy.rename(columns=_defuse)


def _defuse(value: object) -> object:
    """Put an apostrophe before a text that begins like a formula."""
    harmful = isinstance(value, str) and value.startswith(FORMULA)
    return f"'{value}" if harmful else value


def _replace(target: Path, text: str) -> None:
    """Write beside ``target``, flush to the disk, then take its place."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

"""Tables of lists: columns of marks and counts, as they stand in a file."""

import numpy as np
import pandas as pd

from conflictstats.errors import SchemaError
from conflictstats.events._csv import open_csv
from conflictstats.events._files import FileLike
from conflictstats.provenance import Source, Table

SHOWN = 8


def read_lists(file: FileLike, columns: list[str]) -> Table:
    r"""Read columns of a file as they stand, for :func:`conflictstats.lists_of_cells`.

    Nothing is interpreted here: marks, counts and strata are checked where lists are
    made of them. Names of people have no place in it and are not asked for.

    Parameters
    ----------
    file : path or open file
        CSV, plain, .gz or .zip; not an address.
    columns : list of str
        Columns to read; all others are left where they are.

    Returns
    -------
    Table
        The columns as text, missing where a cell is blank; ``notes`` has
        ``blank_rows``, which hold nothing.

    Raises
    ------
    ReadError
        If the file cannot be opened, or is not safe to read.
    SchemaError
        If a column is missing or stands twice, or rows have another number of cells
        than the header.

    Examples
    --------
    >>> import io
    >>> table = read_lists(io.StringIO("A,B,name\n1,0,x\n1,1,y\n"), ["A", "B"])
    >>> table.frame["B"].tolist()
    ['0', '1']
    """
    with open_csv(file) as opened:
        wrong = [name for name in columns if opened.header.count(name) != 1]
        if wrong:
            raise SchemaError(
                f"{opened.name} must have each of {', '.join(map(repr, wrong))} once; "
                f"it has the columns {', '.join(opened.header)}"
            )
        cells = opened.read(columns)
        if cells.ragged:
            rows = ", ".join(str(row) for row, _ in cells.ragged[:SHOWN])
            more = len(cells.ragged) - SHOWN
            raise SchemaError(
                f"{opened.name}: rows {rows}{f' and {more} more' if more > 0 else ''} "
                f"have another number of cells than the header's {cells.width}"
            )
        told = {
            name: _text(np.array(c.texts, object)[c.codes])
            for name, c in cells.columns.items()
        }
        source = Source(
            name=f"Lists ({opened.name})",
            citation="a table of lists that was given",
            licence="not stated",
            url="",
            sha256=opened.sha256,
        )
    return Table(pd.DataFrame(told), source, {"blank_rows": cells.blank_rows})


def _text(texts: np.ndarray) -> pd.Series:
    """A column as text, blank cells as missing."""
    column = pd.Series(texts, dtype="str").str.strip()
    return column.mask(column == "")

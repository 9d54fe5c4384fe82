"""Counts by day or by longer stretches of days, as violence is given to a model."""

from conflictstats.errors import SchemaError
from conflictstats.events._csv import open_csv
from conflictstats.events._files import FileLike
from conflictstats.events.schema import DAY, NUMBER, Column, RowRule, Schema
from conflictstats.events.validate import read_table
from conflictstats.provenance import Source, Table

RULES = (
    RowRule(
        ("date", "date_end"),
        lambda date, date_end: date_end < date,
        "date_end not before date",
        "correct one of the days",
    ),
)


def read_daily(file: FileLike) -> Table:
    r"""Read a count by day: a column ``date``, and the count in the last column.

    With a column ``date_end`` a row counts from ``date`` to it. A day without violence
    is a row with a 0: a day that is not there is one that is not known.

    Parameters
    ----------
    file : path or open file
        CSV, plain, .gz or .zip; not an address.

    Returns
    -------
    Table
        ``date``, ``date_end`` and the count under its own name, in order of time.

    Raises
    ------
    SchemaError
        If a column is missing, a cell is no day or no number from 0 up, or a day
        stands twice; ``faults`` lists each.
    ReadError
        If the file cannot be read safely as CSV.

    Examples
    --------
    >>> import io
    >>> table = read_daily(io.StringIO("date,deaths\n2019-05-01,4\n2019-05-02,0\n"))
    >>> table.frame["deaths"].tolist()
    [4.0, 0.0]
    """
    with open_csv(file) as opened:
        count = opened.header[-1] if opened.header else ""
        if "date" not in opened.header or count in ("", "date", "date_end"):
            raise SchemaError(
                f"{opened.name} needs a column date, such as 2019-05-01, and last a "
                f"column with the count; it has {', '.join(opened.header)}"
            )
        columns = (
            Column(name="date", kind=DAY, needed=True, blank=False, unique=True),
            Column(name="date_end", kind=DAY, blank=False),
            Column(name=count, kind=NUMBER, needed=True, blank=False, lowest=0),
        )
        rules = RULES if "date_end" in opened.header else ()
        schema = Schema("counts by day", columns, rules)
        frame, notes = read_table(opened, schema)
        source = Source(
            name=f"Counts by day ({opened.name})",
            citation="a table of counts by day that was given",
            licence="not stated",
            url="",
            sha256=opened.sha256,
        )
    if "date_end" not in frame:
        frame.insert(1, "date_end", frame["date"])
    return Table(frame.sort_values("date", ignore_index=True), source, notes)

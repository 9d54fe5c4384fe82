"""Files of either layout: read, check and describe them."""

from collections.abc import Sequence

import pandas as pd

from conflictstats.errors import SchemaError
from conflictstats.events._csv import CsvFile, open_csv
from conflictstats.events._files import FileLike
from conflictstats.events.ged import ged_table
from conflictstats.events.reports import REPORTS, reports_table
from conflictstats.events.validate import FAULT_COLUMNS, Faults
from conflictstats.provenance import Table

DEATHS = (
    "low",
    "best",
    "high",
    "deaths_government",
    "deaths_nonstate",
    "deaths_civilians",
    "deaths_unknown",
)
VIOLENCE = {1: "state-based", 2: "non-state", 3: "one-sided"}


def read_events(
    file: FileLike, *, on_disorder: str = "error", keep: Sequence[str] = ()
) -> Table:
    """Read a file of events or of reports, whichever its header says it is.

    Parameters
    ----------
    file : path or file object
        A local CSV file, plain or inside a zip or gzip file.
    on_disorder : {"error", "sort", "keep"}
        As in :func:`read_ged`; reports have no such order.
    keep : sequence of str
        Further columns of an event file to return.

    Returns
    -------
    Table
        As :func:`read_ged` or :func:`read_reports` gives it.

    Raises
    ------
    SchemaError
        If columns are missing or cells are wrong; ``faults`` lists each.
    ReadError
        If the file cannot be read safely as CSV.

    Examples
    --------
    >>> import io
    >>> read_events(io.StringIO("id;best"))
    Traceback (most recent call last):
    ...
    conflictstats.errors.ReadError: the open file has columns split by semicolons;
    expected commas: save it again as 'CSV UTF-8 (comma delimited)'
    """
    with open_csv(file) as csv_file:
        if _holds_reports(csv_file):
            return reports_table(csv_file)
        return ged_table(csv_file, on_disorder=on_disorder, keep=keep)


def check(file: FileLike) -> Faults:
    r"""Find every fault of a file of events or reports.

    Parameters
    ----------
    file : path or file object
        A local CSV file, plain or inside a zip or gzip file.

    Returns
    -------
    Faults
        Row, column, value, rule and advice of each fault; false if there are none.

    Raises
    ------
    ReadError
        If the file cannot be read safely as CSV, so that no row can be named.

    Examples
    --------
    >>> import io
    >>> text = (
    ...     "id,type_of_violence,date_start,date_end,deaths_a,deaths_b,"
    ...     "deaths_civilians,deaths_unknown,low,best,high\n"
    ...     "1,1,00:00.0,2019-05-01,2,3,4,0,12,9,12\n"
    ... )
    >>> faults = check(io.StringIO(text))
    >>> print(faults.frame[["row", "column", "value"]].to_string(index=False))
     row        column     value
       2    date_start   00:00.0
       2 low best high 12, 9, 12
    """
    with open_csv(file) as csv_file:
        try:
            reports_table(csv_file) if _holds_reports(csv_file) else ged_table(csv_file)
        except SchemaError as err:
            if err.faults is None:
                raise
            return Faults(csv_file.name, err.faults)
        return Faults(csv_file.name, pd.DataFrame(columns=list(FAULT_COLUMNS)))


def describe(file: FileLike) -> dict[str, int | str]:
    r"""Say what a file of events or reports holds.

    Parameters
    ----------
    file : path or file object
        A local CSV file, plain or inside a zip or gzip file. Events whose low, best
        and high are out of order are counted, not refused.

    Returns
    -------
    dict of str to int or str
        Label to value: source, citation, size, first and last day, deaths by bound
        and category, events by kind of violence, and what the reader noted.

    Raises
    ------
    SchemaError
        If columns are missing or cells are wrong; ``faults`` lists each.
    ReadError
        If the file cannot be read safely as CSV.

    Examples
    --------
    >>> import io
    >>> text = (
    ...     "id,type_of_violence,date_start,date_end,deaths_a,deaths_b,"
    ...     "deaths_civilians,deaths_unknown,low,best,high\n"
    ...     "1,1,2019-05-01,2019-05-03,2,3,4,0,9,9,12\n"
    ... )
    >>> facts = describe(io.StringIO(text))
    >>> facts["rows"], facts["last day"], facts["high"]
    (1, '2019-05-03', 12)
    """
    table = read_events(file, on_disorder="keep")
    frame = table.frame
    facts: dict[str, int | str] = {**table.source.facts(), "rows": len(frame)}
    facts["columns"] = ", ".join(map(str, frame))
    facts |= _span(frame)
    facts |= {name: int(frame[name].sum()) for name in DEATHS if name in frame}
    if "type_of_violence" in frame:
        kinds = frame["type_of_violence"].map(VIOLENCE).value_counts()
        facts |= {f"{kind} events": int(count) for kind, count in kinds.items()}
    return {**facts, **table.notes}


def _holds_reports(file: CsvFile) -> bool:
    """Say whether the header is nearer to that of reports than to that of events."""
    return len(set(REPORTS.needed) & set(file.header)) > len(REPORTS.needed) / 2


def _span(frame: pd.DataFrame) -> dict[str, int | str]:
    """First and last day, where the table has them."""
    kind = "date" if "date_start" in frame else "period"
    first, last = frame[f"{kind}_start"].min(), frame[f"{kind}_end"].max()
    days = {"first day": first, "last day": last}
    return {label: str(day.date()) for label, day in days.items() if pd.notna(day)}

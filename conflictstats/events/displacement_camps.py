"""Series of camps: dates and how many people were registered there."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import pandas as pd

from conflictstats import _check
from conflictstats.errors import SchemaError, SettingError
from conflictstats.events._csv import CsvFile, open_csv
from conflictstats.events._files import FileLike
from conflictstats.events.displacement import canonical
from conflictstats.events.schema import DAY, NUMBER, Column, RowRule, Schema
from conflictstats.events.validate import hold_against, read_table
from conflictstats.provenance import Source, Table

CampMeasure: TypeAlias = Literal["stock", "cumulative"]
GivenTwice: TypeAlias = Literal["error", "first", "last"]

CAMP_MEASURES = ("stock", "cumulative")
GIVEN_TWICE = ("error", "first", "last")
DEEP = 0.1
"""A number below a tenth of those before and after it is named in the notes."""


def read_camps(
    files: Mapping[str, FileLike],
    *,
    body: str = "UNHCR",
    measures: Mapping[str, CampMeasure] | None = None,
    group: str = "refugees",
    origin: str | None = None,
    repeated: GivenTwice = "error",
) -> Table:
    r"""Read series of camps, one file a camp, with dates and numbers of people.

    A file has a date and a number in each row, with or without a header. Camps and the
    total over them are the same people, and so are a place and the camps in it: give
    them names that say so, and do not add them up. A number that stands again at a
    later date is kept: whether it was counted again is not known.

    Parameters
    ----------
    files : mapping of str to path or file object
        Name of the camp to its file.
    body : str
        Whose count it is.
    measures : mapping of str to {"stock", "cumulative"}, optional
        Camps whose numbers are arrivals since the first date, which never fall; all
        others are stocks.
    group : str
        Who they are.
    origin : str, optional
        Where they come from.
    repeated : {"error", "first", "last"}
        What to do with a date that is given twice with two numbers. Where the two are
        the same, one is taken.

    Returns
    -------
    Table
        As :func:`displacement_table` describes it. The notes count
        ``excluded_repeated`` rows; ``deep_falls`` names numbers that lie below a tenth
        of both their neighbours, which are rarely stocks: look at them.

    Raises
    ------
    SchemaError
        If a cell is wrong, dates are out of order, a date has two numbers, or a
        cumulative number falls; ``faults`` lists each.
    ReadError
        If a file cannot be read safely as CSV.
    SettingError
        If an argument has a value that cannot be used.

    Examples
    --------
    >>> import io
    >>> mahama = io.StringIO("2015-05-01,0\n2015-06-01,23984\n2015-06-14,26958\n")
    >>> table = read_camps({"Mahama": mahama}, origin="BDI")
    >>> print(table.frame[["place", "end", "value"]].to_string(index=False))
     place        end   value
    Mahama 2015-05-01     0.0
    Mahama 2015-06-01 23984.0
    Mahama 2015-06-14 26958.0
    """
    _check.one_of(repeated, GIVEN_TWICE, "repeated")
    measures = dict(measures or {})
    unknown = [name for name in measures if name not in files]
    if unknown or not files:
        raise SettingError(
            f"measures names {', '.join(unknown) or 'nothing'} and files has "
            f"{', '.join(files) or 'nothing'}; give a file for each camp"
        )
    camps: dict[str, pd.DataFrame] = {}
    notes: dict[str, int | str] = {"excluded_repeated": 0, "deep_falls": ""}
    for name, file in files.items():
        measure = _check.one_of(measures.get(name, "stock"), CAMP_MEASURES, "measures")
        with open_csv(file) as opened:
            whole = _series(opened)
            told = _once(whole, opened.name, measure, repeated)
            notes[f"SHA-256 of {name}"] = str(opened.sha256)
        notes["excluded_repeated"] = (
            int(notes["excluded_repeated"]) + len(whole) - len(told)
        )
        camps[name] = told.assign(place=name, measure=measure)
    rows = pd.concat(camps.values(), ignore_index=True)
    notes["deep_falls"] = ", ".join(
        f"{name} row {row}"
        for name, told in camps.items()
        for row in told.loc[_deep(told["value"]), "row"]
    )
    return Table(_reports(rows, body, group, origin), _source(body), notes)


def _series(file: CsvFile) -> pd.DataFrame:
    """Date, value and row of a file, with or without a header."""
    if len(file.header) != 2:
        raise SchemaError(
            f"{file.name} has {len(file.header)} columns; expected a date and a number "
            "of people: leave the others out, and read cumulative arrivals and stocks "
            "as two files"
        )
    day, number = file.header
    headless = DAY.parse(day) is not None
    schema = Schema(
        "a camp",
        columns=(
            Column(name=day, kind=DAY, becomes="end", needed=True, blank=False),
            Column(
                name=number,
                kind=NUMBER,
                becomes="value",
                needed=True,
                blank=False,
                lowest=0,
            ),
        ),
    )
    frame, _ = read_table(file, schema, numbered=True)
    if not headless:
        return frame
    value = NUMBER.parse(number)
    if value is None:
        raise SchemaError(
            f"{file.name} row 1: got {number!r}, expected a number; write digits only"
        )
    first = pd.DataFrame({"end": pd.to_datetime([day]), "value": [value], "row": [1]})
    return pd.concat([first.astype(frame.dtypes), frame], ignore_index=True)


def _once(
    frame: pd.DataFrame, name: str, measure: str, repeated: GivenTwice
) -> pd.DataFrame:
    """The rows with each date once, in order, or an error that names the others."""
    frame = frame.drop_duplicates(["end", "value"])
    if repeated != "error":
        frame = frame.drop_duplicates("end", keep=repeated)
    rules = [
        RowRule(
            ("end",),
            lambda end: end.duplicated(),
            "each date once",
            "remove one, or read with repeated='first' or 'last'",
        ),
        RowRule(
            ("end",),
            lambda end: end.diff() < pd.Timedelta(0),
            "dates in order",
            "correct the date, or sort the rows",
        ),
    ]
    if measure == "cumulative":
        rules.append(
            RowRule(
                ("value",),
                lambda value: value.diff() < 0,
                "arrivals since the first date, which never fall",
                "read the file as a stock, or correct the number",
            )
        )
    hold_against(frame, rules, name=name, rows=frame["row"].to_numpy())
    return frame


def _deep(value: pd.Series) -> pd.Series:
    """Which numbers lie below a tenth of both their neighbours."""
    return (value < DEEP * value.shift()) & (value < DEEP * value.shift(-1))


def _reports(
    rows: pd.DataFrame, body: str, group: str, origin: str | None
) -> pd.DataFrame:
    """Numbers of camps as reports."""
    begun = rows.groupby("place")["end"].transform("min")
    return canonical(
        rows.assign(
            report_id=rows["place"] + " row " + rows["row"].astype("str"),
            body=body,
            unit="persons",
            group=group,
            origin=origin,
            start=begun.where(rows["measure"] == "cumulative", rows["end"]),
        )
    )


def _source(body: str) -> Source:
    """Who counted."""
    return Source(
        name=f"Camps ({body})",
        citation=f"{body}, as the files that were given have it",
        licence="not stated",
        url="",
    )

"""Reports of displacement: one table for stocks, flows and totals of every source."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from conflictstats.errors import SchemaError
from conflictstats.events._csv import open_csv
from conflictstats.events._files import FileLike
from conflictstats.events.schema import (
    DAY,
    NUMBER,
    TEXT,
    WHOLE,
    Column,
    Kind,
    RowRule,
    Schema,
    Value,
)
from conflictstats.events.validate import hold_against, read_table
from conflictstats.provenance import Source, Table
from conflictstats.quantity import QUALIFIERS

Series: TypeAlias = pd.Series

AT_A_DAY = ("stock", "fraction", "population")
OVER_DAYS = ("flow", "cumulative", "returns", "departures")
MEASURES = (*AT_A_DAY, *OVER_DAYS)
UNITS = ("persons", "movements", "households", "share")
CAUSES = ("conflict", "disaster", "mixed", "other", "not stated")
MECHANISMS = dict.fromkeys(QUALIFIERS, "coarsened") | {
    "exact": "exact",
    "more_than": "rounded",
    "nearly": "rounded",
}
"""How a model reads a report unless it is told otherwise, by what was said. "At least"
is a bound that holds: who prints it of the displaced has rarely counted each."""

MISSING: dict[str, str | None] = {
    "group": "idps",
    "origin": None,
    "destination": None,
    "coverage": None,
    "n_assessed": None,
    "cause": "not stated",
    "published": None,
    "edition": "",
    "root": None,
    "converted": "",
    "row": None,
}
"""What a column holds where its source says nothing."""


def _open_end(text: str) -> Value:
    """Number that may be infinite."""
    return float("inf") if text.lower() == "inf" else NUMBER.parse(text)


BOUND = Kind(
    "float64",
    _open_end,
    "a number, or inf",
    "write a decimal point, like 35.6, and inf where nothing was said",
)


def _text(name: str, *, needed: bool = False, words: Sequence[str] = ()) -> Column:
    """Return a column of text; it may be blank unless it is needed."""
    return Column(
        name=name, kind=TEXT, needed=needed, blank=not needed, words=tuple(words)
    )


def _number(name: str, kind: Kind, *, needed: bool = True) -> Column:
    """Return a column of numbers from 0 up."""
    return Column(name=name, kind=kind, needed=needed, blank=not needed, lowest=0)


def _unlike_unit(measure: Series, unit: Series) -> Series:
    """Say where a fraction is no share, or something else is one."""
    return (measure == "fraction") != (unit == "share")


RULES = (
    RowRule(
        ("low", "best", "high"),
        lambda low, best, high: (
            ~(low >= 0) | ~(low <= high) | (best < low) | (best > high) | np.isinf(low)
        ),
        "0 <= low <= best <= high, with low said",
        "a number of people is never negative; leave best blank where none was named",
    ),
    RowRule(
        ("measure", "start", "end"),
        lambda measure, start, end: (
            measure.isin(OVER_DAYS) & (start.isna() | end.isna())
        ),
        "a period for flow, cumulative, returns and departures",
        "write the first and the last day that the number counts, or leave the row out",
    ),
    RowRule(
        ("measure", "start", "end"),
        lambda measure, start, end: (
            measure.isin(AT_A_DAY) & ~((start == end) & end.notna())
        ),
        "one day for stock, fraction and population: start and end the same",
        "write the day on which people were counted in both",
    ),
    RowRule(
        ("start", "end"),
        lambda start, end: end < start,
        "end not before start",
        "correct one of the days",
    ),
    RowRule(
        ("start", "published"),
        lambda start, published: published < start,
        "published not before start",
        "correct one of the days",
    ),
    RowRule(
        ("measure", "unit"),
        _unlike_unit,
        "unit share for measure fraction, and for no other",
        "write persons, movements or households for numbers of people",
    ),
    RowRule(
        ("unit", "high"),
        lambda unit, high: (unit == "share") & ~(high <= 1),
        "a share up to 1",
        "write 0.5 for half",
    ),
    RowRule(
        ("report_id",),
        lambda report_id: report_id.duplicated() | report_id.isna(),
        "each report_id once",
        "remove the row that was added twice, or give it a name of its own",
    ),
)

DISPLACEMENT = Schema(
    "displacement reports",
    columns=(
        _text("report_id", needed=True),
        _text("body", needed=True),
        _text("measure", needed=True, words=MEASURES),
        _text("unit", needed=True, words=UNITS),
        _text("group"),
        _text("place", needed=True),
        _text("origin"),
        _text("destination"),
        Column(name="start", kind=DAY, needed=True),
        Column(name="end", kind=DAY, needed=True),
        Column(name="published", kind=DAY),
        _number("low", NUMBER),
        _number("best", NUMBER, needed=False),
        _number("high", BOUND),
        _number("value", NUMBER, needed=False),
        _text("qualifier", needed=True, words=QUALIFIERS),
        _text("mechanism", words=("exact", "coarsened", "rounded")),
        _text("coverage"),
        Column(name="n_assessed", kind=WHOLE, lowest=0),
        _text("cause", words=CAUSES),
        _text("edition"),
        _text("root"),
        _text("converted"),
        Column(name="row", kind=WHOLE, lowest=1),
    ),
    rules=RULES,
)
COLUMNS = tuple(column.name for column in DISPLACEMENT.columns)
WORDS = {c.name: c.words for c in DISPLACEMENT.columns if c.words}


def read_displacement(file: FileLike) -> Table:
    r"""Read a table of displacement reports in the columns of this package.

    Use it for reports that you code yourself, one row a report. For tables as agencies
    publish them there is a reader each: :func:`read_gidd`,
    :func:`read_unhcr_population`, :func:`read_dtm`, :func:`read_dtm_round` and
    :func:`read_camps`. Nothing is converted or added up.

    Parameters
    ----------
    file : path or file object
        A local CSV file, plain or inside a zip or gzip file.

    Returns
    -------
    Table
        As :func:`displacement_table` returns it.

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
    ...     "report_id,body,measure,unit,place,start,end,low,high,qualifier\n"
    ...     "1,OCHA,cumulative,persons,NW,2019-05-01,2019-08-23,400001,inf,more_than\n"
    ... )
    >>> row = read_displacement(io.StringIO(text)).frame.iloc[0]
    >>> print(row["measure"], row["low"], row["mechanism"])
    cumulative 400001.0 rounded
    """
    with open_csv(file) as opened:
        frame, notes = read_table(opened, DISPLACEMENT, numbered=True)
        source = Source(
            name=f"Displacement reports ({opened.name})",
            citation="a table of reports that was given",
            licence="not stated",
            url="",
            sha256=opened.sha256,
        )
    return Table(displacement_table(frame, name=opened.name), source, notes)


def displacement_table(
    reports: Table | pd.DataFrame, *, name: str = "the displacement reports"
) -> pd.DataFrame:
    """Check reports of displacement and give them all columns of the table.

    A stock, a fraction and a population stand at one day; flows, returns, departures
    and cumulative totals have a period. A stock is held against the populations that
    the table itself reports of the same place.

    Parameters
    ----------
    reports : Table or DataFrame
        At least ``report_id, body, measure, unit, place, start, end, low, high`` and
        ``qualifier``.
    name : str
        What to call the table in a message.

    Returns
    -------
    DataFrame
        ``report_id``; ``body``, whose count it is; ``measure`` (stock, flow,
        cumulative, returns, departures, fraction or population); ``unit`` (persons,
        movements, households or share); ``group`` (idps, refugees ...); ``place``,
        ``origin``, ``destination``; ``start``, ``end`` (days, both inclusive) and
        ``published``; ``low``, ``best``, ``high`` (in that unit, ``high`` infinite
        where nothing was said), ``value`` as printed, ``qualifier`` and
        ``mechanism``, its default reading; ``coverage`` and ``n_assessed``, which and
        how many places were assessed; ``cause``, ``edition``, ``root`` (the text that
        it was taken from), ``converted`` and ``row``. Further columns come after.

    Raises
    ------
    SchemaError
        If a column is missing or a row breaks a rule; ``faults`` lists each.

    Examples
    --------
    >>> day = pd.Timestamp("2019-06-11")
    >>> said = {"report_id": ["a"], "body": "OCHA", "measure": "stock", "start": day}
    >>> said |= {"end": day, "unit": "persons", "place": "NW", "qualifier": "at_least"}
    >>> table = displacement_table(pd.DataFrame(said).assign(low=300e3, high=np.inf))
    >>> table[["group", "mechanism", "cause"]].iloc[0].tolist()
    ['idps', 'coarsened', 'not stated']
    """
    given = reports.frame if isinstance(reports, Table) else reports
    absent = [column for column in DISPLACEMENT.needed if column not in given]
    if absent:
        raise SchemaError(
            f"{name} have no column {', '.join(absent)}; they have "
            f"{', '.join(map(str, given))}"
        )
    frame = _typed(given, name)
    rows = frame["row"].fillna(frame.index.to_series() + 1).to_numpy(np.int64)
    hold_against(frame, (*_word_rules(), *RULES), name=name, rows=rows)
    at_most = frame.assign(population=_largest_population(frame))
    hold_against(at_most, [ABOVE_POPULATION], name=name, rows=rows)
    return frame


def canonical(frame: pd.DataFrame) -> pd.DataFrame:
    """Make and check a table out of the columns that a reader has.

    Parameters
    ----------
    frame : DataFrame
        As :func:`displacement_table` wants it; ``qualifier`` is exact, ``low``,
        ``best`` and ``high`` are the value, if nothing else is given.

    Returns
    -------
    DataFrame
        The table.
    """
    told = frame.copy()
    for bound in ("low", "best", "high"):
        told[bound] = told.get(bound, told["value"])
    told["qualifier"] = told.get("qualifier", "exact")
    return displacement_table(told)


def _typed(given: pd.DataFrame, name: str) -> pd.DataFrame:
    """All columns in their order, of their kinds, with what is missing filled in."""
    frame = given.reset_index(drop=True)
    exact = frame["low"].where(frame["qualifier"] == "exact")
    for column in ("best", "value"):
        frame[column] = frame.get(column, exact)
    for column, usual in MISSING.items():
        cells = frame.get(column, pd.Series(None, frame.index, dtype="str"))
        frame[column] = cells if usual is None else cells.fillna(usual)
    mechanism = frame["qualifier"].map(MECHANISMS)
    frame["mechanism"] = frame.get("mechanism", mechanism).fillna(mechanism)
    for known in DISPLACEMENT.columns:
        try:
            frame = frame.astype({known.name: known.kind.dtype})
        except (ValueError, TypeError) as err:
            raise SchemaError(
                f"{known.name} of {name} is not {known.kind.expected} in every row: "
                f"{err}; {known.kind.advice}"
            ) from err
    return frame[[*COLUMNS, *(name for name in frame if name not in COLUMNS)]]


def _word_rules() -> list[RowRule]:
    """Rules that columns hold the words that they may, and are not blank."""
    allowed = [
        RowRule(
            (column,),
            lambda cells, words=words: ~cells.isin(words),
            f"one of {', '.join(words)}",
            "write one of these words",
        )
        for column, words in WORDS.items()
    ]
    said = [
        RowRule((column,), lambda cells: cells.isna(), "text", "fill in the cell")
        for column in ("body", "place")
    ]
    return allowed + said


ABOVE_POPULATION = RowRule(
    ("low", "population"),
    lambda low, population: low > population,
    "a stock up to the largest population reported of its place",
    "correct the stock, the place or the population",
)


def _largest_population(frame: pd.DataFrame) -> Series:
    """Largest population that is reported of the place of each stock of persons."""
    told = frame[(frame["measure"] == "population") & (frame["unit"] == "persons")]
    largest = told.groupby("place")["high"].max()
    stock = (frame["measure"] == "stock") & (frame["unit"] == "persons")
    return frame["place"].map(largest).where(stock)

"""Tables of reported quantities: what a page said, and how it said it."""

from typing import TypeAlias

import pandas as pd

from conflictstats.events._csv import CsvFile, open_csv
from conflictstats.events._files import FileLike
from conflictstats.events.schema import (
    DAY,
    DAY_OR_LESS,
    NUMBER,
    TEXT,
    WHOLE,
    Column,
    RowRule,
    Schema,
)
from conflictstats.events.validate import read_table
from conflictstats.provenance import Source, Table

Flags: TypeAlias = pd.Series  # of bool
Numbers: TypeAlias = pd.Series  # of float64
Texts: TypeAlias = pd.Series  # of str

KINDS = ("incident", "cumulative", "stock", "rate")
HAS_LOW = ("exact", "at_least", "more_than", "about", "range", "vague_plural")
HAS_HIGH = ("exact", "about", "nearly", "range", "up_to", "fraction")
QUALIFIERS = (*HAS_LOW, "nearly", "up_to", "more_than_half", "fraction")
POINTS = ("exact", "about", "fraction")


def _bounds_unlike_words(low: Numbers, high: Numbers, qualifier: Texts) -> Flags:
    """Say where the bounds are not those that the qualifier leaves."""
    has_low = qualifier.isin((*HAS_LOW, "more_than_half", "fraction"))
    has_high = qualifier.isin(HAS_HIGH)
    point = qualifier.isin(POINTS)
    return (
        (low.notna() != has_low)
        | (high.notna() != has_high)
        | (point & (low != high))
        | (low > high)
    ) & qualifier.notna()


def _text(name: str, *, needed: bool = False, words: tuple[str, ...] = ()) -> Column:
    """Return a column of text; it may be blank unless it is needed."""
    return Column(name=name, kind=TEXT, needed=needed, blank=not needed, words=words)


def _number(name: str, lowest: float, highest: float | None = None) -> Column:
    """Return a column of numbers, which may be blank."""
    return Column(name=name, kind=NUMBER, lowest=lowest, highest=highest)


REPORTS = Schema(
    "reports",
    columns=(
        Column(name="report_id", kind=TEXT, needed=True, blank=False, unique=True),
        _text("event_key", needed=True),
        _text("kind", needed=True, words=KINDS),
        _text("measure", needed=True),
        Column(name="value_low", kind=NUMBER, needed=True, lowest=0),
        Column(name="value_high", kind=NUMBER, needed=True, lowest=0),
        _text("qualifier", needed=True, words=QUALIFIERS),
        _text("qualifier_text"),
        Column(name="period_start", kind=DAY, needed=True),
        Column(name="period_end", kind=DAY, needed=True),
        _text("place"),
        _text("admin1"),
        _text("admin_level"),
        _number("latitude", -90, 90),
        _number("longitude", -180, 180),
        _text("perpetrator"),
        _text("attribution_source"),
        _text("denied_by"),
        _text("source_org", needed=True),
        _text("publisher"),
        Column(name="published", kind=DAY_OR_LESS),
        _text("url", needed=True),
        _text("language"),
        _text("note"),
        Column(name="n_syndicated", kind=WHOLE, lowest=0),
        _text("value_printed"),
        _text("published_basis"),
        _text("agency"),
    ),
    rules=(
        RowRule(
            ("period_start", "period_end"),
            lambda start, end: end < start,
            "period_end not before period_start",
            "correct one of the days",
        ),
        RowRule(
            ("value_low", "value_high", "qualifier"),
            _bounds_unlike_words,
            "the bounds that the qualifier leaves",
            "exact, about and fraction take one value in both; at_least, more_than, "
            "more_than_half and vague_plural a low only; nearly and up_to a high only; "
            "range both",
        ),
    ),
)


def read_reports(file: FileLike) -> Table:
    r"""Read a table of reported quantities.

    One row is one quantity on one page, coded as the words allow: ``value_low`` and
    ``value_high`` are blank where nothing was said. All faults are told at once.

    Parameters
    ----------
    file : path or file object
        A local CSV file, plain or inside a zip or gzip file.

    Returns
    -------
    Table
        The columns as coded, typed; dates are datetimes and a blank cell is missing.
        ``published`` is missing too where a page is dated to its month or year
        only; ``published_text`` keeps what was coded. The notes count ``pages``,
        and publication days that are inferred, missing or no more than a month.

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
    ...     "report_id,event_key,kind,measure,value_low,value_high,qualifier,"
    ...     "period_start,period_end,source_org,url\n"
    ...     "R1,market,incident,killed,25,,at_least,2019-06-10,2019-06-10,SOHR,x\n"
    ... )
    >>> row = read_reports(io.StringIO(text)).frame.iloc[0]
    >>> print(row["value_low"], row["value_high"])
    25.0 nan
    """
    with open_csv(file) as csv_file:
        return reports_table(csv_file)


def reports_table(file: CsvFile) -> Table:
    """Read an open file of reports; see :func:`read_reports`.

    Parameters
    ----------
    file : CsvFile
        An open file whose header has been read.

    Returns
    -------
    Table
        The reports.
    """
    frame, notes = read_table(file, REPORTS)
    notes["pages"] = int(frame["url"].nunique())
    if "published_basis" in frame:
        notes["published_inferred"] = int(
            (frame["published_basis"] == "inferred").sum()
        )
    if "published" in frame:
        printed = frame["published"]
        to_the_day = printed.where(printed.str.len() == len("2019-06-10"))
        frame["published"] = pd.to_datetime(to_the_day, format="%Y-%m-%d")
        frame["published_text"] = printed
        notes["published_missing"] = int(printed.isna().sum())
        notes["published_not_to_the_day"] = int(
            (printed.notna() & frame["published"].isna()).sum()
        )
    source = Source(
        name=f"Reported quantities ({file.name})",
        citation="the pages named in the column url",
        licence="each page belongs to its publisher",
        url="",
        sha256=file.sha256,
    )
    return Table(frame, source, notes)

"""Reports of displacement: one table for stocks, flows and totals of every source."""

from dataclasses import replace

import numpy as np
import pandas as pd

from conflictstats.errors import QuantityError, SchemaError
from conflictstats.events._csv import CsvFile, open_csv
from conflictstats.events._files import FileLike
from conflictstats.events.displacement_schema import (
    ABOVE_POPULATION,
    COLUMNS,
    DISPLACEMENT,
    MECHANISMS,
    MISSING,
    PHRASE_RULES,
    RULES,
    word_rules,
)
from conflictstats.events.schema import TEXT, Column, Schema
from conflictstats.events.validate import hold_against, read_table
from conflictstats.provenance import Source, Table
from conflictstats.quantity import Reported, parse

READERS = {
    "Conflict Stock Displacement": ("IDMC's GIDD", "read_gidd"),
    "new_displacement": ("IDMC's GIDD", "read_gidd"),
    "coa_iso": ("UNHCR's populations", "read_unhcr_population"),
    "numPresentIdpInd": ("IOM DTM's interface", "read_dtm"),
    "Location ID": ("a round of IOM DTM", "read_dtm_round"),
}
"""Agency's file, and its reader, that has such a column."""
SAID = ("low", "high", "qualifier")
"""Columns that a phrase stands for."""


def read_displacement(file: FileLike) -> Table:
    r"""Read a table of displacement reports in the columns of this package.

    Use it for reports that you code yourself, one row a report. For tables as agencies
    publish them there is a reader each: :func:`read_gidd`,
    :func:`read_unhcr_population`, :func:`read_dtm`, :func:`read_dtm_round` and
    :func:`read_camps`. Nothing is converted or added up. A column ``phrase`` may stand
    for ``low``, ``high`` and ``qualifier``: "more than 300,000", "nearly half of 3
    million".

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
        If columns are missing or cells are wrong; ``faults`` lists each. A file of an
        agency is refused with the name of its reader.
    ReadError
        If the file cannot be read safely as CSV.

    Examples
    --------
    >>> import io
    >>> text = (
    ...     "report_id,body,measure,unit,place,start,end,phrase\n"
    ...     "1,OCHA,cumulative,persons,NW,2019-05-01,2019-08-23,over half a million\n"
    ... )
    >>> row = read_displacement(io.StringIO(text)).frame.iloc[0]
    >>> print(row["low"], row["high"], row["mechanism"])
    500001.0 inf rounded
    """
    with open_csv(file) as opened:
        frame, notes = read_table(opened, _layout(opened), numbered=True)
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
        At least ``report_id, body, measure, unit, place, start, end`` and either
        ``low, high`` and ``qualifier`` or a ``phrase``.
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
    if "phrase" in given and not set(SAID) & set(given):
        given = _read_phrases(given, name)
    absent = [column for column in DISPLACEMENT.needed if column not in given]
    if absent:
        raise SchemaError(
            f"{name} have no column {', '.join(absent)}; they have "
            f"{', '.join(map(str, given))}"
        )
    frame = _typed(given, name)
    rows = _numbers_of(frame)
    hold_against(frame, (*word_rules(), *RULES), name=name, rows=rows)
    if (frame["measure"] == "population").any():
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
    nothing = pd.Series(None, frame.index, dtype="str")
    cells = {column: frame.get(column, nothing) for column in COLUMNS}
    for column in ("best", "value"):
        cells[column] = frame.get(column, exact).fillna(exact)
    for column, usual in MISSING.items():
        cells[column] = cells[column].fillna(usual)
    mechanism = frame["qualifier"].map(MECHANISMS)
    no_number = cells["value"].isna() | (frame["unit"] == "share")
    mechanism = mechanism.mask(no_number & (mechanism == "rounded"), "coarsened")
    cells["mechanism"] = cells["mechanism"].fillna(mechanism)
    further = {column: frame[column] for column in frame if column not in COLUMNS}
    return pd.DataFrame(_of_their_kinds(cells, name) | further)


def _of_their_kinds(cells: dict[str, pd.Series], name: str) -> dict[str, pd.Series]:
    """Columns as the schema types them, or an error that names the one that is not."""
    typed = {}
    for column in DISPLACEMENT.columns:
        try:
            typed[column.name] = cells[column.name].astype(column.kind.dtype)  # type: ignore[call-overload]
        except (ValueError, TypeError) as err:
            raise SchemaError(
                f"{column.name} of {name} is not {column.kind.expected} in every row: "
                f"{err}; {column.kind.advice}"
            ) from err
    return typed


def _numbers_of(frame: pd.DataFrame) -> np.ndarray:
    """Number of each row in its source, or its place in the table, shape (rows,)."""
    here = pd.Series(np.arange(1, len(frame) + 1), frame.index)
    told = pd.to_numeric(frame.get("row", here), errors="coerce")
    return told.fillna(here).to_numpy(np.int64)


def _layout(file: CsvFile) -> Schema:
    """Columns of a file: numbers, or the phrases that stand for them."""
    for column, (agency, reader) in READERS.items():
        if column in file.header:
            raise SchemaError(
                f"{file.name} is a file of {agency}, not a table of reports; read it "
                f"in Python with conflictstats.{reader}(), choose the rows of one "
                "place, and write its frame with .to_csv('reports.csv', index=False)"
            )
    if "phrase" not in file.header or set(SAID) & set(file.header):
        return DISPLACEMENT
    others = [c for c in DISPLACEMENT.columns if c.name not in SAID]
    phrase = Column(name="phrase", kind=TEXT, needed=True, blank=False)
    return replace(DISPLACEMENT, columns=(*others, phrase))


def _read_phrases(given: pd.DataFrame, name: str) -> pd.DataFrame:
    """Reports with the numbers that their phrases stand for."""
    said = given["phrase"].map(_parsed)
    spoken = given.reset_index(drop=True).assign(
        said=["" if each is None else each.unit for each in said]
    )
    hold_against(spoken, PHRASE_RULES, name=name, rows=_numbers_of(spoken))
    numbers = {
        column: [getattr(each, column) for each in said]
        for column in ("low", "best", "high", "value", "qualifier")
    }
    return given.assign(**numbers)


def _parsed(phrase: object) -> Reported | None:
    """Quantity that a phrase stands for; None where it is not understood."""
    try:
        return parse(str(phrase))
    except QuantityError:
        return None


def _largest_population(frame: pd.DataFrame) -> pd.Series:
    """Largest population that is reported of the place of each stock of persons."""
    told = frame[(frame["measure"] == "population") & (frame["unit"] == "persons")]
    largest = told.groupby("place")["high"].max()
    stock = (frame["measure"] == "stock") & (frame["unit"] == "persons")
    return frame["place"].map(largest).where(stock)

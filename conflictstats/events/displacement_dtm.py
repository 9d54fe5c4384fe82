"""IOM's Displacement Tracking Matrix: rows of the interface, and sheets of a round."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, TypeAlias

import pandas as pd

from conflictstats import _check
from conflictstats.errors import SchemaError, SettingError
from conflictstats.events._csv import CsvFile, open_csv
from conflictstats.events._files import FileLike
from conflictstats.events.displacement import canonical
from conflictstats.events.schema import (
    DAY,
    NUMBER,
    TEXT,
    WHOLE,
    Column,
    Kind,
    RowRule,
    Schema,
)
from conflictstats.events.validate import read_table
from conflictstats.provenance import Source, Table

Texts: TypeAlias = pd.Series  # of str
SheetUnit: TypeAlias = Literal["households", "persons"]

COUNTED = {"households": "families", "persons": "individuals"}
"""Unit to the column of a sheet that holds it."""
CONFLICT, DISASTER = re.compile("conflict|violence", re.I), re.compile("disaster", re.I)
NOT_SAID = re.compile(r"\s*(no reason.*|not available|unknown)?\s*", re.I)


def _text(name: str, becomes: str = "", *, needed: bool = False) -> Column:
    """Return a column of text, which may be blank."""
    return Column(name=name, kind=TEXT, becomes=becomes, needed=needed)


def _day_in_words(text: str) -> date | None:
    """Day as ISO writes it, or like Apr 01, 2014."""
    try:
        return datetime.strptime(text, "%b %d, %Y").date()
    except ValueError:
        found = DAY.parse(text)
        return found if isinstance(found, date) else None


ROUND_DAY = Kind(
    "datetime64[us]",
    _day_in_words,
    "a day like Apr 01, 2014 or 2014-04-01",
    "write the day like 2014-04-01",
)

INTERFACE = Schema(
    "DTM interface",
    columns=(
        _text("operation"),
        _text("admin0Name", "country"),
        Column(name="admin0Pcode", kind=TEXT, becomes="iso3", needed=True, blank=False),
        _text("admin1Name", "admin1"),
        _text("admin1Pcode", "admin1_code"),
        _text("admin2Name", "admin2"),
        _text("admin2Pcode", "admin2_code"),
        Column(name="adminLevel", kind=WHOLE, becomes="admin_level", lowest=0),
        Column(
            name="numPresentIdpInd", kind=WHOLE, becomes="value", needed=True, lowest=0
        ),
        Column(name="reportingDate", kind=DAY, becomes="end", needed=True, blank=False),
        Column(name="roundNumber", kind=WHOLE, becomes="round", lowest=0),
        _text("displacementReason", "reason"),
        Column(name="numberMales", kind=WHOLE, becomes="males", lowest=0),
        Column(name="numberFemales", kind=WHOLE, becomes="females", lowest=0),
        _text("idpOriginAdmin1Name", "origin"),
        _text("assessmentType", "assessment"),
    ),
)


def read_dtm(file: FileLike) -> Table:
    r"""Read displaced people by round from IOM's interface.

    One row of a round is a part of its stock: those of one place, reason and, from
    some rounds on, province of origin. Rounds come at irregular dates and do not ask
    the same: a round with origins and one without are the same people cut otherwise,
    so rows are added up within one round only, and nothing is differenced across a
    change of assessment.

    Parameters
    ----------
    file : path or file object
        A local CSV file, with or without a row of HXL tags.

    Returns
    -------
    Table
        As :func:`displacement_table` describes it: stocks of persons. ``place`` is the
        smallest area that is named; ``round`` its number; ``coverage`` the operation,
        the kind of assessment and how deep it went; ``cause`` the reason in one word
        and ``reason`` as it was printed. The notes count the ``rounds`` and
        ``excluded_blank`` rows without a number.

    Raises
    ------
    SchemaError
        If columns are missing or cells are wrong, such as a number below 0; ``faults``
        lists each.
    ReadError
        If the file cannot be read safely as CSV.

    References
    ----------
    .. [1] International Organization for Migration. Displacement Tracking Matrix.
       https://dtm.iom.int

    Examples
    --------
    >>> import io
    >>> text = (
    ...     "admin0Name,admin0Pcode,numPresentIdpInd,reportingDate,roundNumber,"
    ...     "displacementReason\n"
    ...     "#country+name,#country+code,#affected+idps,#date+reported,#round+code,"
    ...     "#cause+type\n"
    ...     "Afghanistan,AFG,179956,2017-03-30T00:00:00,1,Conflict\n"
    ... )
    >>> print(read_dtm(io.StringIO(text)).frame[["end", "value", "cause"]])
             end     value     cause
    0 2017-03-30  179956.0  conflict
    """
    with open_csv(file) as opened:
        frame, notes = read_table(opened, INTERFACE, numbered=True)
        source = _source(opened)
    known = frame[frame["value"].notna()]
    notes |= {
        "excluded_blank": len(frame) - len(known),
        "rounds": int(known["end"].nunique()),
    }
    told = _blank_if_absent(known, "round", "admin1", "admin2", "reason", "origin")
    return Table(canonical(_of_interface(told)), source, notes)


def _of_interface(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the interface as reports."""
    origin = frame["origin"].mask(frame["origin"].fillna("").str.fullmatch(NOT_SAID))
    asked = frame.filter(["operation", "assessment"]).fillna("not stated")
    asked["origin"] = origin.notna().map({True: "by origin", False: "no origin"})
    return frame.assign(
        report_id="DTM " + frame["iso3"] + _day_and_row(frame),
        body="IOM DTM",
        measure="stock",
        unit="persons",
        place=frame["admin2"].fillna(frame["admin1"]).fillna(frame["iso3"]),
        origin=origin,
        start=frame["end"],
        value=frame["value"].astype("float64"),
        coverage=asked.agg(", ".join, axis=1),
        cause=frame["reason"].map(_cause, na_action=None),
    )


def _cause(reason: object) -> str:
    """Cause in one word out of what was printed."""
    if not isinstance(reason, str) or NOT_SAID.fullmatch(reason):
        return "not stated"
    conflict, disaster = CONFLICT.search(reason), DISASTER.search(reason)
    if conflict and disaster:
        return "mixed"
    return "conflict" if conflict else "disaster" if disaster else "other"


# -- sheets of one round -------------------------------------------------------------


def _partly_blank(*cells: pd.Series) -> pd.Series:
    """Say where some cells of a row are blank and others are not."""
    blank = pd.concat([column.isna() for column in cells], axis=1)
    return blank.any(axis=1) & ~blank.all(axis=1)


SHEET = Schema(
    "DTM round",
    columns=(
        _text("Location ID", "place_id", needed=True),
        _text("Governorate", "admin1", needed=True),
        _text("District", "admin2"),
        _text("Location Name", "place", needed=True),
        _text("Arabic Name", "place_arabic"),
        Column(name="Latitude", kind=NUMBER, becomes="latitude"),
        Column(name="Longitude", kind=NUMBER, becomes="longitude"),
        Column(name="Families", kind=NUMBER, becomes="families", needed=True, lowest=0),
        Column(
            name="Individuals",
            kind=NUMBER,
            becomes="individuals",
            needed=True,
            lowest=0,
        ),
        Column(name="date", kind=ROUND_DAY, becomes="end", needed=True, blank=False),
    ),
    rules=(
        RowRule(
            ("place_id", "place", "families", "individuals"),
            _partly_blank,
            "location, families and individuals all filled in, or none of them",
            "fill in what is missing, or remove the row",
        ),
        RowRule(
            ("families", "individuals"),
            lambda families, individuals: individuals < families,
            "no fewer individuals than families",
            "look whether the two columns were exchanged",
        ),
        RowRule(
            ("place_id", "end"),
            lambda place_id, end: (
                pd.concat([place_id, end], axis=1).duplicated() & place_id.notna()
            ),
            "each location once a round",
            "remove the row that was added twice",
        ),
    ),
)


def read_dtm_round(
    file: FileLike,
    *,
    unit: SheetUnit = "households",
    origins: Sequence[str] = (),
) -> Table:
    r"""Read the sheet of a round: places with families beside individuals.

    Families and individuals are two units of the same people, so one of them is
    returned. Where individuals are a fixed multiple of families in every row, nobody
    counted them: use households and :func:`conflictstats.to_persons` with a size that
    is uncertain.

    Parameters
    ----------
    file : path or file object
        A local CSV file; names may be in any script.
    unit : {"households", "persons"}
        Which of the two to return.
    origins : sequence of str
        Columns that hold the families by province of origin; then each place has one
        row for every origin, and ``unit`` must be households.

    Returns
    -------
    Table
        As :func:`displacement_table` describes it: stocks. ``place`` is the location
        with its number, which tells two of one name apart; ``admin1``, ``admin2``,
        ``place_arabic``, ``latitude`` and ``longitude`` are there where the sheet has
        them, and ``n_assessed`` is the number of locations of the round. The notes
        count ``excluded_blank`` rows that have a date and nothing else,
        ``excluded_zero`` cells by origin, and say ``persons_per_household`` where it
        is the same in every row.

    Raises
    ------
    SchemaError
        If columns are missing or cells are wrong, or families by origin do not add up
        to the families of the place; ``faults`` lists each.
    ReadError
        If the file cannot be read safely as CSV.
    SettingError
        If an argument has a value that cannot be used.

    Examples
    --------
    >>> import io
    >>> text = (
    ...     "Location ID,Governorate,Location Name,Families,Individuals,date\n"
    ...     '1101008.0,Dahuk,Inishke,16.0,96.0,"Apr 01, 2014"\n'
    ...     ',,,,,"Apr 01, 2014"\n'
    ... )
    >>> table = read_dtm_round(io.StringIO(text))
    >>> table.frame["value"].tolist(), table.notes["persons_per_household"]
    ([16.0], '6')
    """
    _check.one_of(unit, COUNTED, "unit")
    if origins and unit != "households":
        raise SettingError(
            "the sheet has families by origin, so origins need unit='households'; "
            f"got {unit!r}"
        )
    with open_csv(file) as opened:
        schema = Schema(
            SHEET.name,
            (*SHEET.columns, *_shares(origins)),
            (*SHEET.rules, *_adding_up(origins)),
        )
        frame, notes = read_table(opened, schema, numbered=True)
        source = _source(opened)
    located = frame[frame["place_id"].notna()]
    if located.empty:
        raise SchemaError(f"{source.name} has no row with a location; nothing to read")
    notes |= {"excluded_blank": len(frame) - len(located)}
    notes |= _multiple(located)
    counted = _of_sheet(located, COUNTED[unit], origins)
    kept = counted[(counted["value"] > 0) | (not origins)]
    notes["excluded_zero"] = len(counted) - len(kept)
    told = kept.assign(unit=unit).drop(columns=["families", "individuals"])
    return Table(canonical(told), source, notes)


def _shares(origins: Sequence[str]) -> tuple[Column, ...]:
    """Columns of families by origin."""
    return tuple(
        Column(name=origin, kind=NUMBER, needed=True, lowest=0) for origin in origins
    )


def _adding_up(origins: Sequence[str]) -> tuple[RowRule, ...]:
    """Rule that the families by origin are all families; none without origins."""
    rule = RowRule(
        ("families", *origins),
        lambda families, *cells: (
            sum(c.fillna(0.0) for c in cells) != families.fillna(0)
        ),
        "families by origin that add up to the families of the place",
        "name all columns of origin, or correct the row",
    )
    return (rule,) if origins else ()


def _multiple(frame: pd.DataFrame) -> dict[str, int | str]:
    """Individuals of a family, where it is the same in every row."""
    some = frame[frame["families"] > 0]
    sizes = (some["individuals"] / some["families"]).unique()
    return {"persons_per_household": f"{sizes[0]:g}"} if len(sizes) == 1 else {}


def _of_sheet(
    frame: pd.DataFrame, counted: str, origins: Sequence[str]
) -> pd.DataFrame:
    """Rows of a sheet as reports, of one round each."""
    place_id = frame["place_id"].str.removesuffix(".0")
    places = frame.assign(
        report_id="DTM" + _day_and_row(frame),
        body="IOM DTM",
        measure="stock",
        start=frame["end"],
        place=frame["place"] + " (" + place_id + ")",
        place_id=place_id,
        n_assessed=frame.groupby("end")["place_id"].transform("size"),
        coverage="locations of the round",
        value=frame[counted],
    ).drop(columns=list(origins))
    if not origins:
        return places
    parts = [
        places.assign(
            origin=origin,
            value=frame[origin].fillna(0.0),
            report_id=places["report_id"] + f" from {origin}",
        )
        for origin in origins
    ]
    return pd.concat(parts).sort_values("row", kind="stable")


def _day_and_row(frame: pd.DataFrame) -> pd.Series:
    """Day of the round and row of its file, which tell reports apart."""
    day = frame["end"].dt.strftime("%Y-%m-%d").astype("str")
    return " " + day + " row " + frame["row"].astype("str")


def _blank_if_absent(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Give a table blank columns for those that its file does not have."""
    absent = {name: None for name in columns if name not in frame}
    return frame.assign(**absent).astype(dict.fromkeys(absent, "str"))


def _source(file: CsvFile) -> Source:
    """Who published the file."""
    return Source(
        name=f"IOM DTM ({file.name})",
        citation=(
            "International Organization for Migration, Displacement Tracking Matrix"
        ),
        licence="the terms of use of IOM DTM",
        url="https://dtm.iom.int",
        sha256=file.sha256,
    )

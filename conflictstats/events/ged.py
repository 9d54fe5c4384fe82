"""The UCDP Georeferenced Event Dataset, in every layout it has had."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats.events._csv import CsvFile, open_csv
from conflictstats.events._files import FileLike
from conflictstats.events.schema import (
    DAY,
    EVERYBODY,
    FLAG,
    NUMBER,
    TEXT,
    WHOLE,
    Column,
    RowRule,
    Schema,
)
from conflictstats.events.validate import read_table
from conflictstats.provenance import Source, Table

Notes: TypeAlias = dict[str, int | str]
Flags: TypeAlias = pd.Series  # of bool
Counts: TypeAlias = pd.Series  # of Int64

ON_DISORDER = ("error", "sort", "keep")
STATE_BASED, ONE_SIDED = 1, 3
GOVERNMENT = "Government of "
CATEGORIES = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")
FORCES = ("deaths_government", "deaths_nonstate")
SAME_EVENT = ("date_start", "date_end", "latitude", "longitude", "dyad_name", "best")


def _count(name: str) -> Column:
    """Return a column of deaths."""
    return Column(
        name=name, kind=WHOLE, needed=True, blank=False, lowest=0, highest=EVERYBODY
    )


def _code(name: str, lowest: int, highest: int, *, needed: bool = False) -> Column:
    """Return a column of codes."""
    return Column(
        name=name,
        kind=WHOLE,
        needed=needed,
        blank=not needed,
        lowest=lowest,
        highest=highest,
    )


def _text(name: str, becomes: str = "", *, kept: bool = True) -> Column:
    """Return a column of text."""
    return Column(name=name, kind=TEXT, becomes=becomes, kept=kept)


def _number(name: str) -> Column:
    """Return a column of identifying numbers, which may be blank."""
    return Column(name=name, kind=WHOLE)


def _out_of_order(low: Counts, best: Counts, high: Counts) -> Flags:
    """Say where low <= best <= high does not hold."""
    return (low > best) | (best > high)


IN_ORDER = RowRule(
    ("low", "best", "high"),
    _out_of_order,
    "low <= best <= high",
    "correct the row, or read with on_disorder='sort' or 'keep'",
)
ENDS_AFTER_START = RowRule(
    ("date_start", "date_end"),
    lambda start, end: end < start,
    "date_end not before date_start",
    "correct one of the days",
)
GED = Schema(
    "UCDP GED",
    columns=(
        Column(name="id", kind=TEXT, needed=True, blank=False, unique=True),
        Column(name="date_start", kind=DAY, needed=True, blank=False),
        Column(name="date_end", kind=DAY, needed=True, blank=False),
        _code("date_prec", 1, 5),
        _text("where_coordinates", "place"),
        _text("adm_1"),
        _text("adm_2"),
        _text("country"),
        Column(name="latitude", kind=NUMBER, lowest=-90, highest=90),
        Column(name="longitude", kind=NUMBER, lowest=-180, highest=180),
        _code("where_prec", 1, 7),
        _text("side_a"),
        _text("side_b"),
        _code("type_of_violence", 1, 3, needed=True),
        *(_count(name) for name in CATEGORIES),
        *(_count(name) for name in ("low", "best", "high")),
        _text("source_office", "source"),
        _text("source_headline", "headline", kept=False),
        _text("relid"),
        _code("year", 1946, 2100),
        Column(name="active_year", kind=FLAG),
        _number("conflict_new_id"),
        _text("conflict_name"),
        _number("dyad_new_id"),
        _text("dyad_name"),
        _number("side_a_new_id"),
        _number("side_b_new_id"),
        _number("gwnoa"),
        _number("gwnob"),
        _code("number_of_sources", -1, EVERYBODY),
        _code("event_clarity", 1, 2),
        _number("priogrid_gid"),
        _number("country_id"),
        _text("iso3"),
        _text("region"),
    ),
    rules=(ENDS_AFTER_START, IN_ORDER),
)


def read_ged(
    file: FileLike, *, on_disorder: str = "error", keep: Sequence[str] = ()
) -> Table:
    r"""Read events of the UCDP Georeferenced Event Dataset.

    Takes every layout from 18 to 50 columns, in any order, with or without a row of
    HXL tags, as CSV or as a zip or gzip file that holds one CSV. Nothing is guessed:
    a cell that is not what its column should hold is a fault, and all faults are
    told at once. Articles and headlines are not returned unless asked for, because
    they may name victims.

    Parameters
    ----------
    file : path or file object
        A local file, at most 2 GB unpacked.
    on_disorder : {"error", "sort", "keep"}
        What to do where low <= best <= high does not hold: refuse the file; let
        ``low`` be the least and ``high`` the largest of the three and leave
        ``best``, the sum of the categories, as it is; or change nothing.
    keep : sequence of str
        Further columns of the file to return, as text; ``source_headline`` is
        returned as ``headline``.

    Returns
    -------
    Table
        One event a row with the canonical columns that the file has, and the
        deaths of government and nonstate forces in ``deaths_government`` and
        ``deaths_nonstate``. The notes count ``out_of_order`` events, events whose
        categories do not add up to ``best`` (``sum_is_not_best``), ``twins`` (an
        event that repeats the days, place, dyad and deaths of an earlier one; legal
        in GED), deaths booked to a side by its usual role because its name is not
        there (``deaths_side_assumed``), and HXL and blank rows left out.

    Raises
    ------
    SchemaError
        If columns are missing or cells are wrong; ``faults`` lists each.
    ReadError
        If the file cannot be read safely as CSV.
    SettingError
        If an argument has a value that is not known.

    References
    ----------
    .. [1] Sundberg R., Melander E. (2013). Introducing the UCDP Georeferenced Event
       Dataset. Journal of Peace Research 50(4).
       https://doi.org/10.1177/0022343313484347

    Examples
    --------
    >>> import io
    >>> text = (
    ...     "id,type_of_violence,side_a,side_b,date_start,date_end,deaths_a,deaths_b,"
    ...     "deaths_civilians,deaths_unknown,low,best,high\n"
    ...     "1,1,Government of A,Rebels,2019-05-01,2019-05-01,2,3,4,0,9,9,12\n"
    ... )
    >>> table = read_ged(io.StringIO(text))
    >>> table.frame[["deaths_government", "deaths_nonstate", "best"]].iloc[0].tolist()
    [2, 3, 9]
    """
    with open_csv(file) as csv_file:
        return ged_table(csv_file, on_disorder=on_disorder, keep=keep)


def ged_table(
    file: CsvFile, *, on_disorder: str = "error", keep: Sequence[str] = ()
) -> Table:
    """Read an open GED file; see :func:`read_ged`.

    Parameters
    ----------
    file : CsvFile
        An open file whose header has been read.
    on_disorder : {"error", "sort", "keep"}
        What to do where low <= best <= high does not hold.
    keep : sequence of str
        Further columns to return.

    Returns
    -------
    Table
        The events.
    """
    _check.one_of(on_disorder, ON_DISORDER, "on_disorder")
    rules = (ENDS_AFTER_START, *([IN_ORDER] if on_disorder == "error" else []))
    further = [name for name in keep if name not in FORCES]
    frame, notes = read_table(file, replace(GED, rules=rules), further)
    notes |= _order(frame, sort=on_disorder == "sort")
    notes |= _by_force(frame)
    mismatch = frame[list(CATEGORIES)].sum(axis=1) != frame["best"]
    notes["sum_is_not_best"] = int(mismatch.sum())
    if set(SAME_EVENT) <= set(frame):
        notes["twins"] = int(frame.duplicated(list(SAME_EVENT)).sum())
    source = Source(
        name=f"UCDP GED ({file.name})",
        citation=(
            "Uppsala Conflict Data Program, Georeferenced Event Dataset; Sundberg R., "
            "Melander E. (2013). Introducing the UCDP Georeferenced Event Dataset. "
            "Journal of Peace Research 50(4). https://doi.org/10.1177/0022343313484347"
        ),
        licence="CC BY 4.0",
        url="https://ucdp.uu.se/downloads/",
        sha256=file.sha256,
    )
    return Table(frame, source, notes)


def _order(frame: pd.DataFrame, *, sort: bool) -> Notes:
    """Count events whose low, best and high are out of order; order them if asked."""
    bounds = frame[["low", "best", "high"]]
    count = int(_out_of_order(*(bounds[name] for name in bounds)).sum())
    if sort:
        frame["low"] = bounds.min(axis=1)
        frame["high"] = bounds.max(axis=1)
    return {"out_of_order": count, "ordered": count if sort else 0}


def _by_force(frame: pd.DataFrame) -> Notes:
    """Add the deaths of government and of nonstate forces after those of the sides."""
    state_based = frame["type_of_violence"] == STATE_BASED
    one_sided = frame["type_of_violence"] == ONE_SIDED
    a_rules, b_rules = _is_government(frame, "a"), _is_government(frame, "b")
    assumed = 0
    if b_rules is None:
        assumed += int(frame["deaths_b"][state_based].sum())
    if a_rules is None:
        assumed += int(frame["deaths_a"][one_sided].sum())
    of_a = state_based | (one_sided & (a_rules if a_rules is not None else False))
    of_b = state_based & (b_rules if b_rules is not None else False)
    government = frame["deaths_a"].where(of_a, 0) + frame["deaths_b"].where(of_b, 0)
    at = list(frame.columns).index("deaths_civilians")
    frame.insert(at, FORCES[0], government)
    both = frame["deaths_a"] + frame["deaths_b"]
    frame.insert(at + 1, FORCES[1], both - government)
    return {"deaths_side_assumed": assumed}


def _is_government(frame: pd.DataFrame, side: str) -> Flags | None:
    """Say where a side is a government; None if the table cannot tell."""
    if f"side_{side}" in frame:
        return _holds(frame[f"side_{side}"], f"^{GOVERNMENT}")
    if "dyad_name" in frame:
        start = "^" if side == "a" else " - "
        return _holds(frame["dyad_name"], start + GOVERNMENT)
    return frame[f"gwno{side}"].notna() if f"gwno{side}" in frame else None


def _holds(texts: pd.Series, pattern: str) -> Flags:
    """Say where a text holds a pattern, looking at each distinct text once."""
    codes, distinct = pd.factorize(texts, use_na_sentinel=False)
    found = [isinstance(t, str) and bool(re.search(pattern, t)) for t in distinct]
    return pd.Series(np.array(found, dtype=bool)[codes], index=texts.index)

"""Who is counted: the dead of an event by what they are to a denominator."""

from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from conflictstats._typing import FloatArray
from conflictstats.errors import SchemaError

Denominator: TypeAlias = Literal[
    "all", "known", "without_government", "without_nonstate"
]
WORDING: dict[str, str] = {
    "all": "all recorded dead: civilians, government, nonstate and unknown",
    "known": "the dead of known status: civilians, government and nonstate",
    "without_government": "civilians, nonstate and unknown; government left out",
    "without_nonstate": "civilians, government and unknown; nonstate left out",
}
OTHERS: dict[str, tuple[str, ...]] = {
    "all": ("deaths_government", "deaths_nonstate"),
    "known": ("deaths_government", "deaths_nonstate"),
    "without_government": ("deaths_nonstate",),
    "without_nonstate": ("deaths_government",),
}
CATEGORIES = ["civilians", "others", "unknown"]
STATUSES = ["deaths_civilians", "deaths_unknown"]
TOTALS = ["low", "best", "high"]
ROWS_NAMED = 5


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """Give one column of the events, or an error that names those there are.

    Parameters
    ----------
    frame : DataFrame
        The events.
    name : str
        Column wanted.

    Returns
    -------
    Series
        The column.

    Raises
    ------
    SchemaError
        If there is no such column.
    """
    if name not in frame:
        found = ", ".join(map(str, frame.columns))
        msg = f"the events have no column {name!r}; they have {found}"
        raise SchemaError(msg)
    return frame[name]


def tally(frame: pd.DataFrame, denominator: Denominator) -> pd.DataFrame:
    """Sort the dead of each event by what they are to the denominator.

    Parameters
    ----------
    frame : DataFrame
        Events with ``deaths_civilians``, ``deaths_unknown``, the two sides, ``low``,
        ``best`` and ``high``, people.
    denominator : {"all", "known", "without_government", "without_nonstate"}
        Share of whom.

    Returns
    -------
    DataFrame
        One row an event: ``civilians``, ``others`` and ``unknown`` in the
        denominator, ``left_out`` of it, people; ``inconsistent`` if the categories
        do not add up to ``best``; the intervals ``part_low`` to ``part_high`` of
        the civilians and ``whole_low`` to ``whole_high`` of the denominator; and
        ``event``, its id or its row counted from 1.

    Raises
    ------
    SchemaError
        If a column is missing, a count is missing or negative, or a side is to be
        left out and the events do not say which side is which.

    Examples
    --------
    >>> counts = {"deaths_civilians": [3], "deaths_government": [4]}
    >>> counts |= {"deaths_nonstate": [1], "deaths_unknown": [2]}
    >>> events = pd.DataFrame(counts | {"low": [8], "best": [10], "high": [12]})
    >>> tally(events, "without_government")[[*CATEGORIES, "left_out"]]
       civilians  others  unknown  left_out
    0        3.0     1.0      2.0       4.0
    """
    sides = _sides(frame, denominator)
    dead = {name: _counts(frame, name) for name in [*sides, *STATUSES, *TOTALS]}
    civilians, unknown = dead["deaths_civilians"], dead["deaths_unknown"]
    fought = dead[sides[0]] + dead[sides[1]]
    others = fought if len(OTHERS[denominator]) > 1 else dead[OTHERS[denominator][0]]
    counted = np.where(denominator == "known", 0.0, unknown)
    coded = civilians + fought + unknown
    left_out = coded - civilians - others - counted
    low, best, high = (dead[name] for name in TOTALS)
    columns = {
        "civilians": civilians,
        "others": others,
        "unknown": counted,
        "left_out": left_out,
        "inconsistent": coded != best,
        "part_low": civilians,
        "part_high": civilians + counted + np.maximum(best - coded, 0),
        "whole_low": np.maximum(np.minimum(low, best) - left_out, 0),
        "whole_high": np.maximum(np.maximum(high, best) - left_out, 0),
        "event": np.arange(len(frame)) + 1,
    }
    if denominator == "known":
        columns["whole_low"] = columns["whole_high"] = np.full(len(frame), np.nan)
    if "id" in frame:
        columns["event"] = frame["id"].to_numpy()
    return pd.DataFrame(columns)


def _counts(frame: pd.DataFrame, name: str) -> FloatArray:
    """A column of counts, shape (n,); missing and negative ones are refused."""
    given = column(frame, name)
    counts = pd.to_numeric(given, errors="coerce").to_numpy(float, na_value=np.nan)
    bad = np.flatnonzero(~(np.isfinite(counts) & (counts >= 0)))
    if bad.size:
        named = ", ".join(f"{row + 1} ({given.iloc[row]})" for row in bad[:ROWS_NAMED])
        more = f" and {bad.size - ROWS_NAMED} more" * (bad.size > ROWS_NAMED)
        msg = (
            f"{name} must be a count of 0 or more; row {named}{more}, counted from 1, "
            "is not: put deaths of no known status into deaths_unknown"
        )
        raise SchemaError(msg)
    return counts


def _sides(frame: pd.DataFrame, denominator: Denominator) -> list[str]:
    """Names of the columns of those who fought, government first."""
    unnamed = ["deaths_a", "deaths_b"]
    named = ["deaths_government", "deaths_nonstate"]
    if {*named} <= {*frame} or not {*unnamed} <= {*frame}:
        return named
    if len(OTHERS[denominator]) < len(unnamed):
        msg = (
            f"denominator {denominator!r} needs deaths_government and deaths_nonstate; "
            "the events have deaths_a and deaths_b, which do not say who is the "
            "government: read the file with read_ged, or use 'all' or 'known'"
        )
        raise SchemaError(msg)
    return unnamed

"""Share of whom: the words for a denominator, and whom each of them counts."""

from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from conflictstats._typing import FloatArray
from conflictstats.errors import SchemaError, SettingError

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
ROWS_NAMED = 5


def counted(
    denominator: Denominator | tuple[str, ...], categories: tuple[str, ...]
) -> frozenset[str]:
    """Categories that a denominator counts.

    Parameters
    ----------
    denominator : str or tuple of str
        One of the four words, or the categories themselves.
    categories : tuple of str
        All that the dead can be.

    Returns
    -------
    frozenset of str
        Those in the denominator.

    Raises
    ------
    SettingError
        If one is counted or left out that is not among the categories.

    Examples
    --------
    >>> sorted(counted("without_nonstate", ("civilians", "government", "nonstate")))
    ['civilians', 'government']
    """
    if not isinstance(denominator, str):
        named, found = frozenset(denominator), frozenset(denominator)
    else:
        named = frozenset({denominator.removeprefix("without_")} - {"all", "known"})
        found = frozenset(categories) - named
    if not named <= {*categories}:
        raise SettingError(
            f"denominator {denominator!r} names {', '.join(sorted(named))}; the "
            f"categories are {', '.join(categories)}"
        )
    return found


def wording(
    denominator: Denominator | tuple[str, ...], categories: tuple[str, ...]
) -> str:
    """Say whom a denominator counts.

    Parameters
    ----------
    denominator : str or tuple of str
        One of the four words, or the categories in the denominator.
    categories : tuple of str
        All that the dead can be; empty for civilians, government and nonstate.

    Returns
    -------
    str
        Who is counted, and who is left out.

    Examples
    --------
    >>> wording(("children", "women"), ("children", "women", "men"))
    'children, women and unknown; men left out'
    """
    if not categories and isinstance(denominator, str):
        return WORDING[denominator]
    everybody = categories or ("civilians", "government", "nonstate")
    whole = counted(denominator, everybody)
    inside = [name for name in everybody if name in whole]
    outside = [name for name in everybody if name not in whole]
    outside += ["unknown"] * (denominator == "known")
    tail = " and unknown" * (denominator != "known")
    return ", ".join(inside) + tail + f"; {', '.join(outside)} left out" * any(outside)


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


def counts(frame: pd.DataFrame, name: str) -> FloatArray:
    """Give a column of counts; missing and negative ones are refused.

    Parameters
    ----------
    frame : DataFrame
        The events.
    name : str
        Column wanted.

    Returns
    -------
    ndarray, shape (n,)
        The counts, people.

    Raises
    ------
    SchemaError
        If there is no such column, or a count is missing or negative; rows are
        named by number.
    """
    given = column(frame, name)
    found = pd.to_numeric(given, errors="coerce").to_numpy(float, na_value=np.nan)
    bad = ~(np.isfinite(found) & (found >= 0))
    if bad.any():
        raise SchemaError(
            f"{name} must be a count of 0 or more; row {rows_named(bad, given)}, "
            "is not: put deaths of no known status into deaths_unknown"
        )
    return found


def rows_named(bad: np.ndarray, given: pd.Series) -> str:
    """Name the bad rows by number, with what stands there.

    Parameters
    ----------
    bad : ndarray of bool, shape (n,)
        Which rows are bad; at least one.
    given : Series
        What stands in each row.

    Returns
    -------
    str
        The first five, and how many more.

    Examples
    --------
    >>> rows_named(np.array([False, True]), pd.Series([3, -1]))
    '2 (-1), counted from 1'
    """
    rows = np.flatnonzero(bad)
    named = ", ".join(f"{row + 1} ({given.iloc[row]})" for row in rows[:ROWS_NAMED])
    more = f" and {rows.size - ROWS_NAMED} more" * (rows.size > ROWS_NAMED)
    return f"{named}{more}, counted from 1"

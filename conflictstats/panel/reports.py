"""Reports of incidents, by one body or several, to panels of intervals."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from conflictstats import _check
from conflictstats.errors import SchemaError
from conflictstats.panel.bulletins import (
    REPEATED,
    Repeated,
    days_of,
    disjoint,
    one_each,
    selected,
    without_copies,
)
from conflictstats.panel.calendar import EVERY, Calendar, Every
from conflictstats.provenance import Table
from conflictstats.quantity import Reported

INCIDENT_LEVELS = ("town",)
"""Levels at which a row is one incident; elsewhere it is the total of an area."""
NUMBERS = ("low", "best", "high", "value")


def panel_of_reports(
    reports: Table | pd.DataFrame,
    *,
    measure: str,
    source: str | Sequence[str],
    every: Every = "day",
    scope: str = "region",
    by: str = "place",
    repeated: Repeated = "last",
) -> xr.Dataset:
    """Lay what bodies reported of incidents on a calendar, as intervals.

    A cell without a report is missing, not zero: pages that were found say nothing
    of the days that they do not speak of. So the panel carries how a number was
    said and how it grew; it does not carry an event rate.

    Parameters
    ----------
    reports : Table or DataFrame
        Coded as by :func:`conflictstats.datasets.load_nw_syria_reports`; rows of
        kind ``"incident"`` are used.
    measure : str
        What was counted, such as ``"killed_civilian"``.
    source : str or sequence of str
        The counting body (``source_org``). Bodies are never added to each other:
        several give the panel a dimension ``body``, in their order.
    every : {"day", "week", "month"}
        Length of a cell; weeks begin on Monday.
    scope : str
        The ``admin_level`` taken. One at a time, because the total of an area holds
        the incidents in its towns. At ``"town"`` rows are incidents and are added;
        elsewhere they are totals of days of an area (see Notes).
    by : str
        Column that names the place.
    repeated : {"last", "first", "max", "error"}
        Which of several reports with one ``event_key`` is taken: the last or the
        first published (of one day, that with the larger or the smaller number, as
        bulletins grow), the one with the largest number, or none: they are refused.

    Returns
    -------
    Dataset, dims (time, place) and (period,)
        ``low``, ``high``, ``best`` (people; NaN where none was said), ``value``, the
        number as printed, and ``qualifier``, by the arithmetic of
        :class:`conflictstats.quantity.Reported`: sums keep a qualifier that all
        parts share, an exact part changes nothing, and other sums are ``"derived"``.
        ``n_reports``; ``coverage``, the fraction of the cell's days that its reports
        speak of; ``dated_share``, 1. Reports that touch several cells are in
        dimension ``period``, named as by
        :func:`conflictstats.panel.panel_of_events`, with ``period_share`` 0, because
        they may count the same deaths as the cells do.
        ``attrs`` count what was left out: ``excluded_repeated``,
        ``excluded_overlapping``, ``excluded_undated``. With several sources the
        variables have dimension ``body`` too, ``period_body`` is the number of each
        period's body, and ``excluded_copied`` counts reports with the event, the
        agency and the number of a body named before: one text, not two counts.

    Raises
    ------
    SchemaError
        If no row fits, a qualifier is not one of counts, or ``repeated="error"`` and
        an event has several reports.

    Notes
    -----
    Totals of an area with days in common may count the same deaths, so they are not
    added: within a cell the one over most days is kept, and of those the largest.

    Examples
    --------
    Two bulletins of one day, of which the later is taken:

    >>> rows = {
    ...     "event_key": ["a", "a"], "kind": "incident", "measure": "killed",
    ...     "value_low": [10.0, 27.0], "value_high": [10.0, np.nan],
    ...     "qualifier": ["exact", "at_least"], "value_printed": ["10", "27"],
    ...     "period_start": pd.Timestamp("2019-05-28"),
    ...     "period_end": pd.Timestamp("2019-05-28"),
    ...     "place": "NW Syria", "admin_level": "region", "source_org": "SOHR",
    ...     "published": pd.to_datetime(["2019-05-28", "2019-05-29"]),
    ... }
    >>> found = panel_of_reports(pd.DataFrame(rows), measure="killed", source="SOHR")
    >>> found["low"].item(), found["qualifier"].item()
    (27.0, 'at_least')
    """
    _check.one_of(every, EVERY, "every")
    _check.one_of(repeated, REPEATED, "repeated")
    frame = reports.frame if isinstance(reports, Table) else reports
    bodies = [source] if isinstance(source, str) else list(source)
    wanted = {"kind": "incident", "measure": measure}
    spoken = [
        selected(frame, {**wanted, "source_org": body, "admin_level": scope})
        for body in bodies
    ]
    dated = [rows.dropna(subset=["period_start", "period_end"]) for rows in spoken]
    if not sum(map(len, dated)):
        fit = sum(map(len, spoken))
        raise SchemaError(f"none of the {fit} reports that fit has a date")
    once = pd.concat([one_each(rows, repeated) for rows in dated])
    chosen = without_copies(once)
    first, last = chosen["period_start"].min(), chosen["period_end"].max()
    calendar = Calendar.covering(first.date(), last.date(), every)
    counted, added = _panel(_placed(chosen, by, calendar), calendar, bodies, scope)
    if isinstance(source, str):
        counted = counted.isel(body=0, drop=True).drop_vars("period_body")
    counted.attrs = {
        **wanted,
        "source_org": source if isinstance(source, str) else bodies,
        "scope": scope,
        "every": every,
        "by": by,
        "repeated": repeated,
        "excluded_undated": sum(map(len, spoken)) - sum(map(len, dated)),
        "excluded_repeated": sum(map(len, dated)) - len(once),
        "excluded_copied": len(once) - len(chosen),
        "excluded_overlapping": len(chosen) - added,
    }
    facts = reports.source.facts() if isinstance(reports, Table) else {}
    return counted.assign_attrs(facts)


def _panel(
    chosen: pd.DataFrame, calendar: Calendar, bodies: list[str], scope: str
) -> tuple[xr.Dataset, int]:
    """Cells and periods of every body, and how many reports they hold."""
    single = chosen["first"] == chosen["last"]
    places = sorted(chosen["where"].unique())
    within = []
    for body in bodies:
        own = chosen[single & (chosen["source_org"] == body)]
        within.append(own if scope in INCIDENT_LEVELS else disjoint(own))
    counted = xr.concat(
        [_cells(own, calendar, places) for own in within],
        xr.DataArray(bodies, dims="body", name="body"),
        coords="minimal",
        compat="override",
        join="exact",
    ).transpose("time", "place", "body")
    long = chosen[~single].sort_values(["where", "start", "end"])
    periods = _periods(long, calendar, places)
    number = np.array([bodies.index(body) for body in long["source_org"]], np.int64)
    periods["period_body"] = "period", number
    return counted.assign(periods), len(long) + sum(map(len, within))


def _placed(chosen: pd.DataFrame, by: str, calendar: Calendar) -> pd.DataFrame:
    """Days, cells and place of each report."""
    start, end = chosen["period_start"], chosen["period_end"]
    return chosen.assign(
        start=start,
        end=end,
        first=calendar.cell_of(start.to_numpy().astype("M8[D]")),
        last=calendar.cell_of(end.to_numpy().astype("M8[D]")),
        where=chosen[by].fillna("not stated"),
    )


def _cells(reports: pd.DataFrame, calendar: Calendar, places: list[str]) -> xr.Dataset:
    """Sums by cell and place of reports that may be added; NaN where none speaks."""
    shape = (len(calendar), len(places))
    numbers = {name: np.full(shape, np.nan) for name in NUMBERS}
    qualifier = np.full(shape, "", dtype="<U12")
    spoken, covered = np.zeros(shape), np.zeros(shape)
    for _, rows in reports.groupby(["first", "where"]):
        at = rows["first"].iloc[0], places.index(rows["where"].iloc[0])
        for name, number in _numbers(rows["said"]).items():
            numbers[name][at] = number
        qualifier[at] = reduce(add, rows["said"]).qualifier
        spoken[at] = len(rows)
        covered[at] = len({day for _, row in rows.iterrows() for day in days_of(row)})
    variables = {
        **numbers,
        "qualifier": qualifier,
        "n_reports": spoken,
        "coverage": covered / calendar.days[:, None],
        "dated_share": np.ones(shape),
    }
    return xr.Dataset(
        {name: (("time", "place"), array) for name, array in variables.items()},
        {
            "time": calendar.first_days.astype("datetime64[us]"),
            "time_end": ("time", calendar.last_days.astype("datetime64[us]")),
            "place": places,
        },
    )


def _numbers(said: Iterable[Reported]) -> dict[str, float]:
    """Sum quantities; NaN for a number that was not said."""
    total = reduce(add, said)
    numbers = {name: getattr(total, name) for name in NUMBERS}
    return {name: np.nan if n is None else float(n) for name, n in numbers.items()}


def _periods(
    long: pd.DataFrame, calendar: Calendar, places: list[str]
) -> dict[str, tuple[str, NDArray[np.generic]]]:
    """Reports that touch several cells, one by one, with nothing to share."""
    start, end = (long[edge].to_numpy().astype("M8[D]") for edge in ("start", "end"))
    said = [_numbers([each]) for each in long["said"]]
    record = {
        "place": np.searchsorted(places, long["where"].to_numpy(dtype="str")),
        "first": long["first"].to_numpy(),
        "last": long["last"].to_numpy(),
        "first_coverage": calendar.after_opening(start),
        "last_coverage": calendar.before_closing(end),
        "start": start.astype("datetime64[us]"),
        "end": end.astype("datetime64[us]"),
        "share": np.zeros(len(long)),
        "qualifier": np.array([each.qualifier for each in long["said"]], dtype="<U12"),
        **{name: np.array([each[name] for each in said], float) for name in NUMBERS},
    }
    return {f"period_{name}": ("period", array) for name, array in record.items()}

"""Running totals of several bodies to a panel of their increments."""

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats.errors import SchemaError
from conflictstats.panel.calendar import EVERY, Calendar, Every

COUNTED = ("exact", "at_least")
"""Words of totals that name what the body itself had counted."""
SERIES = ["coverage", "body"]
COLUMNS = (*SERIES, "unit", "measure", "date_start", "date_end", "low", "qualifier")


def panel_of_totals(totals: pd.DataFrame, *, every: Every = "week") -> xr.Dataset:
    """Increments of running totals, body by body, as counts of periods.

    Use it to compare bodies that print where they stand on days of their own: an
    increment is a count of all days since the total before it. Totals are differenced
    within one body, one coverage and one start date, never across them. What a total
    does not name, as in "more than 500", cannot be differenced without counting its
    rounding in both increments beside it, so such a total is left out and the increment
    across it is kept; :class:`conflictstats.models.flow.ReportedFlow` reads them too.

    Parameters
    ----------
    totals : DataFrame
        As :func:`totals_of_reports` gives them, all of one unit. "At least" is read as
        the count that the body had by then.
    every : {"day", "week", "month"}
        Length of a cell; weeks begin on Monday.

    Returns
    -------
    Dataset, dims (time, place, body) and (period,)
        For :class:`conflictstats.DynamicRate`; ``place`` is the coverage. ``best`` is
        missing in every cell, for no body says what happened in one; ``coverage`` is 1
        from a body's first cell to its last. ``period_best`` has the increments
        (people), with ``period_share`` 1 and the other names of
        :func:`conflictstats.panel_of_events`, and ``period_body`` the number of the
        body. ``attrs`` count the totals left out: ``excluded_rounded``;
        ``excluded_other_start``, where a body has more totals from another day;
        ``excluded_repeated``, all but the largest of one date, and an old figure
        printed again; ``excluded_revised``, above a later total, which is taken for
        settled; ``excluded_within_cell``, all but the last of one cell.

    Raises
    ------
    SchemaError
        If a column is missing, a row is no running total, or units are mixed; if no
        total is left.

    Examples
    --------
    Ten in two weeks, then four, on a page that had said thirty-one in between:

    >>> totals = pd.DataFrame({"low": [10.0, 31.0, 14.0], "qualifier": "exact"})
    >>> ends = pd.to_datetime(["2019-05-12", "2019-05-17", "2019-05-26"])
    >>> said = dict(body="A", unit="deaths", coverage="all", measure="cumulative")
    >>> said |= dict(date_start=pd.Timestamp("2019-04-29"), date_end=ends)
    >>> panel = panel_of_totals(totals.assign(**said))
    >>> panel["period_best"].values, panel.attrs["excluded_revised"]
    (array([10.,  4.]), 1)
    """
    _check.one_of(every, EVERY, "every")
    _refuse(totals)
    calendar = Calendar.covering(
        totals["date_start"].min().date(), totals["date_end"].max().date(), every
    )
    left_out: dict[str, int] = {}
    kept = totals
    for reason, rule in RULES.items():
        fewer = rule(kept, calendar)
        left_out[f"excluded_{reason}"] = len(kept) - len(fewer)
        kept = fewer
    if kept.empty:
        raise SchemaError(
            f"none of the {len(totals)} totals names a count ({', '.join(COUNTED)}); "
            "conflictstats.models.flow.ReportedFlow reads the others"
        )
    return _panel(kept, every).assign_attrs(
        unit=str(totals["unit"].iloc[0]), every=every, **left_out
    )


def _refuse(totals: pd.DataFrame) -> None:
    """Raise unless the rows are running totals of one unit."""
    absent = [name for name in COLUMNS if name not in totals]
    if absent:
        raise SchemaError(
            f"the totals have no column {', '.join(absent)}; make them by "
            "conflictstats.totals_of_reports"
        )
    other = np.flatnonzero(totals["measure"] != "cumulative") + 1
    if other.size:
        raise SchemaError(
            f"row {', '.join(map(str, other))} is no running total: differences are "
            "of totals alone, so leave rows of another measure out"
        )
    units = sorted(set(totals["unit"]))
    if len(units) != 1:
        raise SchemaError(f"totals of one unit are wanted, got {', '.join(units)}")


def _named(totals: pd.DataFrame, _: Calendar) -> pd.DataFrame:
    """Totals that name a count, in order of their dates."""
    named = totals[totals["qualifier"].isin(COUNTED)]
    return named.sort_values([*SERIES, "date_end", "low"], kind="stable")


def of_one_start(totals: pd.DataFrame) -> pd.DataFrame:
    """Totals of each body from the day from which it gives most, or the earliest.

    Parameters
    ----------
    totals : DataFrame
        With ``coverage``, ``body`` and ``date_start``.

    Returns
    -------
    DataFrame
        The rows that count from that day, in their order.
    """
    times = totals.groupby([*SERIES, "date_start"], as_index=False).size()
    ranked = times.sort_values(["size", "date_start"], ascending=[False, True])
    chosen = ranked.drop_duplicates(SERIES).drop(columns="size")
    key = [*SERIES, "date_start"]
    return totals[totals.set_index(key).index.isin(chosen.set_index(key).index)]


def _from_one_day(totals: pd.DataFrame, _: Calendar) -> pd.DataFrame:
    """Totals of each body from one day on."""
    return of_one_start(totals)


def _settled(totals: pd.DataFrame, _: Calendar) -> pd.DataFrame:
    """Totals that no later one of the body lies below."""
    later = totals[::-1].groupby(SERIES)["low"].cummin()
    return totals[totals["low"] <= later.reindex(totals.index)]


def _new(totals: pd.DataFrame, _: Calendar) -> pd.DataFrame:
    """The largest total of each date, and of equal ones the first."""
    of_date = totals.drop_duplicates([*SERIES, "date_end"], keep="last")
    return of_date.drop_duplicates([*SERIES, "low"])


def _last_of_cell(totals: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """The last total of each cell; none in a cell within which its body began."""
    start, end = _days(totals, "date_start"), _days(totals, "date_end")
    cell = calendar.cell_of(end)
    begun_within = start > calendar.first_days[cell]
    again = totals.assign(cell=cell).duplicated([*SERIES, "cell"], keep="last")
    return totals[~again & ~begun_within]


RULES = {
    "rounded": _named,
    "other_start": _from_one_day,
    "revised": _settled,
    "repeated": _new,
    "within_cell": _last_of_cell,
}
"""Which totals are left out, in this order, and why."""


def _panel(totals: pd.DataFrame, every: Every) -> xr.Dataset:
    """Increments as periods on the cells that they touch."""
    series = totals.groupby(SERIES)
    before = series["date_end"].shift() + pd.Timedelta(days=1)
    rows = totals.assign(date_start=before.fillna(totals["date_start"]))
    count = totals["low"] - series["low"].shift(fill_value=0.0)
    start, end = _days(rows, "date_start"), _days(rows, "date_end")
    calendar = Calendar.covering(start.min(), end.max(), every)
    place, places = pd.factorize(rows["coverage"], sort=True)
    body, bodies = pd.factorize(rows["body"], sort=True)
    first, last = calendar.cell_of(start), calendar.cell_of(end)
    shape = len(calendar), len(places), len(bodies)
    covered = np.zeros(shape)
    for at in zip(first, last, place, body, strict=True):
        covered[at[0] : at[1] + 1, at[2], at[3]] = 1.0
    record = {
        "place": place,
        "body": body,
        "first": first,
        "last": last,
        "first_coverage": calendar.after_opening(start),
        "last_coverage": calendar.before_closing(end),
        "start": start.astype("datetime64[us]"),
        "end": end.astype("datetime64[us]"),
        "share": np.ones(len(rows)),
        "best": count.to_numpy(float),
    }
    cells = {"best": np.full(shape, np.nan), "coverage": covered}
    return xr.Dataset(
        {name: (("time", "place", "body"), array) for name, array in cells.items()}
        | {f"period_{name}": ("period", array) for name, array in record.items()},
        {
            "time": calendar.first_days.astype("datetime64[us]"),
            "time_end": ("time", calendar.last_days.astype("datetime64[us]")),
            "place": places.to_numpy(str),
            "body": bodies.to_numpy(str),
        },
    )


def _days(rows: pd.DataFrame, column: str) -> np.ndarray:
    """A column of dates without time of day."""
    return rows[column].to_numpy().astype("datetime64[D]")

"""Flows out of running totals, and the least inflow that stocks imply."""

import numpy as np
import pandas as pd

from conflictstats.errors import SchemaError
from conflictstats.events.displacement import displacement_table
from conflictstats.numerics.monotone import most_that_rise
from conflictstats.panel.displacement import noted, series_of
from conflictstats.provenance import Table

A_DAY = pd.Timedelta(days=1)


def flows_of_totals(reports: Table | pd.DataFrame) -> pd.DataFrame:
    r"""Flows between the dates of running totals, of each body, place and unit.

    A total since a day rises by the flow between its dates, so with
    :math:`T_i \in [l_i, u_i]` and :math:`T` never falling

    .. math:: F_i = T_i - T_{i-1} \in
              [\max(0,\, l_i - u_{i-1}),\; u_i - l_{i-1}].

    Neighbouring flows share the error of the total between them: a model of totals
    themselves (:class:`conflictstats.ReportedFlow`) does not count it twice, and is to
    be preferred. Totals are never differenced across bodies, units, places, coverages
    or first days.

    Parameters
    ----------
    reports : Table or DataFrame
        As :func:`displacement_table` describes it; reports of other measures than
        cumulative are not looked at.

    Returns
    -------
    DataFrame
        Flows, in the same columns. Where totals fall, as few as possible are taken
        for revised and left out, so that no flow is negative: ``attrs["revised"]``
        names them. ``attrs`` counts ``excluded_revised``; ``excluded_other_start``,
        totals of days that are in more totals of the body from another first day; and
        ``excluded_repeated``: of several on one day all but the last published, and
        an old figure that is printed again at a later date.

    Raises
    ------
    SchemaError
        If there is no running total, or the table is not one of displacement reports.

    Examples
    --------
    "More than 300" after ten days, 350 after twenty:

    >>> totals = pd.DataFrame({"low": [301.0, 350.0], "high": [np.inf, 350.0]})
    >>> ends = pd.to_datetime(["2019-05-10", "2019-05-20"])
    >>> said = {"report_id": ["a", "b"], "body": "OCHA", "measure": "cumulative"}
    >>> said |= {"unit": "persons", "place": "Idlib", "end": ends}
    >>> said |= {"start": pd.Timestamp("2019-05-01")}
    >>> words = {"qualifier": ["more_than", "exact"]}
    >>> flows = flows_of_totals(totals.assign(**said, **words))
    >>> print(flows[["start", "low", "high"]])
           start    low   high
    0 2019-05-01  301.0  350.0
    1 2019-05-11    0.0   49.0
    """
    table = displacement_table(reports)
    totals = table[table["measure"] == "cumulative"]
    if totals.empty:
        raise SchemaError(
            f"none of the {len(table)} reports is a running total; flows_of_totals "
            "reads those with measure cumulative"
        )
    one_start = _of_one_start(totals)
    once = _without_repeats(one_start)
    series = once.groupby([*series_of(once), "start"], dropna=False).ngroup()
    fits = _fit_together(once, series)
    settled = once[fits]
    flows = _differences(settled, series[fits])
    flows.attrs = {
        "revised": once["report_id"][~fits].tolist(),
        "excluded_revised": len(once) - len(settled),
        "excluded_other_start": len(totals) - len(one_start),
        "excluded_repeated": len(one_start) - len(once),
    }
    return flows


def inflow_of_stocks(reports: Table | pd.DataFrame) -> pd.DataFrame:
    r"""The least inflow that the rise of a stock implies; nothing above it is said.

    .. math:: I_{(s, t]} \ge \max(0,\, l_t - u_s) \quad\text{as}\quad
              S_t = S_s + I - X,\; X \ge 0.

    Inflow is everybody who enters the stock: newly displaced, displaced again after a
    return, born there, or counted for the first time. A fall of a stock says nothing
    of the inflow. Stocks are never differenced across a change of coverage.

    Parameters
    ----------
    reports : Table or DataFrame
        As :func:`displacement_table` describes it; reports of other measures than
        stock are not looked at.

    Returns
    -------
    DataFrame
        Flows with ``high`` infinite, in the same columns. ``attrs`` counts
        ``excluded_no_rise`` pairs, which bound the inflow by 0,
        ``excluded_first`` stocks, before which there is none, and
        ``excluded_repeated``, of several on one day all but the last published.

    Raises
    ------
    SchemaError
        If there is no stock, or the table is not one of displacement reports.

    Examples
    --------
    >>> import io
    >>> from conflictstats.events import read_camps
    >>> rows = "2015-06-01,23984\n2015-06-14,26958\n2015-06-24,26000\n"
    >>> least = inflow_of_stocks(read_camps({"Mahama": io.StringIO(rows)}))
    >>> print(least[["start", "end", "low", "high"]], least.attrs["excluded_no_rise"])
           start        end     low  high
    0 2015-06-02 2015-06-14  2974.0   inf 1
    """
    table = displacement_table(reports)
    stocks = table[table["measure"] == "stock"]
    if stocks.empty:
        raise SchemaError(
            f"none of the {len(table)} reports is a stock; inflow_of_stocks reads "
            "those with measure stock"
        )
    once = _last_of_day(stocks)
    before = once.groupby(series_of(once), dropna=False)
    rise = once["low"] - before["high"].shift()
    first = rise.isna()
    found = once.assign(
        report_id=before["report_id"].shift() + " to " + once["report_id"],
        measure="flow",
        start=before["end"].shift() + A_DAY,
        low=rise,
        best=np.nan,
        high=np.inf,
        value=np.nan,
        qualifier="derived",
        mechanism="coarsened",
        root=None,
        converted=noted(once["converted"], "rise of the stock"),
    )[rise > 0]
    found = found.astype({"root": "str"}).reset_index(drop=True)
    found.attrs = {
        "excluded_first": int(first.sum()),
        "excluded_no_rise": int((~first & ~(rise > 0)).sum()),
        "excluded_repeated": len(stocks) - len(once),
    }
    return found


def _of_one_start(totals: pd.DataFrame) -> pd.DataFrame:
    """Totals without those whose days are in a longer series from another first day."""
    kept = []
    for _, rows in totals.groupby(series_of(totals), dropna=False):
        runs = rows.groupby("start").agg(until=("end", "max"), times=("end", "size"))
        ranked = runs.sort_values("times", ascending=False, kind="stable")
        taken: list[tuple[pd.Timestamp, pd.Timestamp]] = []
        for start, until in zip(ranked.index, ranked["until"], strict=True):
            if all(until < first or last < start for first, last in taken):
                taken.append((start, until))
        kept.append(rows[rows["start"].isin([start for start, _ in taken])])
    return pd.concat(kept).sort_index()


def _last_of_day(rows: pd.DataFrame) -> pd.DataFrame:
    """Reports of each series in order of their days, the last published of each."""
    ordered = rows.sort_values(
        ["end", "published", "row"], na_position="first", kind="stable"
    )
    return ordered.drop_duplicates([*series_of(rows), "end"], keep="last")


def _without_repeats(totals: pd.DataFrame) -> pd.DataFrame:
    """One total of each day, and of equal ones the first."""
    once = _last_of_day(totals)
    return once.drop_duplicates([*series_of(once), "start", "low", "high", "value"])


def _fit_together(totals: pd.DataFrame, series: pd.Series) -> pd.Series:
    """Which totals of each series one curve that never falls can pass through."""
    kept = pd.Series(False, totals.index)
    for _, rows in totals[["low", "high"]].groupby(series):
        kept[rows.index] = most_that_rise(
            rows["low"].to_numpy(), rows["high"].to_numpy()
        )
    return kept


def _differences(totals: pd.DataFrame, series: pd.Series) -> pd.DataFrame:
    """Flows between neighbouring totals of each series."""
    low = totals["low"].groupby(series).cummax()
    high = totals["high"][::-1].groupby(series).cummin()[::-1]
    bounded = totals.assign(low=low, high=high, series=series)
    before = bounded.groupby("series")
    earlier = before[["low", "high", "best"]].shift()
    first = earlier["low"].isna()
    least = (low - earlier["high"].mask(first, 0.0)).clip(lower=0.0)
    most = high - earlier["low"].mask(first, 0.0)
    best = totals["best"] - earlier["best"].mask(first, 0.0)
    exact = least == most
    name = before["report_id"].shift() + " to " + totals["report_id"]
    told = bounded.assign(
        report_id=name.fillna("start to " + totals["report_id"]),
        measure="flow",
        start=(before["end"].shift() + A_DAY).fillna(totals["start"]),
        low=least,
        best=best.where((best >= least) & (best <= most)),
        high=most,
        value=np.nan,
        qualifier=np.where(exact, "exact", "derived"),
        mechanism=np.where(exact, "exact", "coarsened"),
        root=None,
        converted=noted(totals["converted"], "difference of totals"),
    )
    ordered = told.sort_values(["series", "start"], kind="stable")
    typed = ordered.drop(columns="series").astype({"root": "str"})
    return typed.reset_index(drop=True)

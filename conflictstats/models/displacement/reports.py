"""From the table of reports to what the likelihood reads."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from conflictstats._typing import FloatArray
from conflictstats.errors import SchemaError
from conflictstats.events.displacement import displacement_table
from conflictstats.numerics.likelihood import mechanisms
from conflictstats.numerics.likelihood.mechanisms import Mechanism
from conflictstats.provenance import Table

DAY = np.timedelta64(1, "D")
RETURNEES = "returnees"
FARTHEST, LEAN = 4.0, 0.25
"""Standard deviations above a population that a stock can be, and the part of one that
is from bodies, who count more or less than there are."""
NOTHING = 0.5
"""Upper end of the cell of a reported 0, which has no logarithm."""
SERIES = {
    "stock": 0,
    "fraction": 0,
    "population": 0,
    "flow": 1,
    "cumulative": 1,
    "returns": 2,
    "departures": 3,
}
"""Which course of the balance a measure is about."""


class Reports(NamedTuple):
    """Reports of one place as the model reads them, n of them.

    Attributes
    ----------
    rows : DataFrame
        Checked reports.
    low, high : ndarray, shape (n,)
        What each allows, people or a share; equal where one number was said.
    excluded : dict of str to int
        Reports that were left out, by reason.
    restarted : list of str
        Bodies whose running totals begin on more days than one.
    """

    rows: pd.DataFrame
    low: FloatArray
    high: FloatArray
    excluded: dict[str, int]
    restarted: list[str]


def reports_of_place(
    reports: Table | pd.DataFrame, population: tuple[float, float] | None = None
) -> Reports:
    """Check reports of one place and read each as an interval.

    Parameters
    ----------
    reports : Table or DataFrame
        As :func:`conflictstats.displacement_table` wants them.
    population : tuple of float, optional
        Median and log standard deviation of the persons from there, of whom fractions
        can be.

    Returns
    -------
    Reports
        Those that say something.

    Raises
    ------
    SchemaError
        If they are of several places or groups, of units that the model does not
        have, or of more people than there are.
    """
    rows = displacement_table(reports)
    if rows.empty:
        raise SchemaError("there are no reports; give at least one")
    _refuse(_faults(rows, population))
    for column, advice in {
        "place": "choose one, or use fit_each",
        "group": "groups are never added up; choose one, with its returnees",
    }.items():
        named = sorted(set(rows[column].dropna()) - {RETURNEES})
        if len(named) > 1:
            raise SchemaError(
                f"reports have {len(named)} values of {column}: "
                f"{', '.join(named[:5])}; {advice}"
            )
    causes = {"conflict", "disaster"} & set(rows["cause"])
    if len(causes) > 1:
        raise SchemaError(
            "some reports are of disasters, some of conflict; choose one cause"
        )
    repeats, silent = _repeated(rows), _silent(rows)
    kept = rows[~repeats & ~silent].reset_index(drop=True)
    low, high = _interval(kept)
    left_out = {
        "repeat": int(repeats.sum()),
        "says nothing": int((silent & ~repeats).sum()),
    }
    return Reports(kept, low, high, left_out, _restarted(kept))


def _restarted(rows: pd.DataFrame) -> list[str]:
    """Bodies whose running totals begin on more days than one."""
    totals = rows[rows["measure"] == "cumulative"]
    starts = totals.groupby(["body", "unit", "coverage"], dropna=False)[
        "start"
    ].nunique()
    return sorted({str(body) for body, *_ in starts[starts > 1].index})


def refuse_unreadable(rows: pd.DataFrame, *, limited: bool) -> None:
    """Raise where the model has no such unit, or no population that shares are of."""
    _refuse(_unreadable(rows, limited))


def _faults(
    rows: pd.DataFrame, population: tuple[float, float] | None
) -> dict[str, pd.Series]:
    """What the model cannot read, and where."""
    faults = _unreadable(rows, population is not None)
    if population is not None:
        most = population[0] * np.exp(FARTHEST * np.hypot(population[1], LEAN))
        stock = (rows["measure"] == "stock") & (rows["unit"] == "persons")
        fault = (
            f"stock far above the population of {population[0]:,.0f}; correct either"
        )
        faults[fault] = stock & (rows["low"] > most)
    return faults


def _unreadable(rows: pd.DataFrame, limited: bool) -> dict[str, pd.Series]:
    """Units and measures that the model does not have, and where."""
    faults = {
        "unit is households; convert them with to_persons": rows["unit"]
        == "households",
        "movements are of a flow or a cumulative total, not of people at a time": (
            rows["unit"] == "movements"
        )
        & ~rows["measure"].isin(["flow", "cumulative"]),
    }
    if not limited:
        faults["a share of a population needs population="] = rows["measure"].isin(
            ["fraction", "population"]
        )
    return faults


def _refuse(faults: dict[str, pd.Series]) -> None:
    """Raise with the number of every row that is not usable."""
    told = [
        f"row {row + 1}: {fault}"
        for fault, where in faults.items()
        for row in np.flatnonzero(where)
    ]
    if told:
        raise SchemaError("; ".join(told[:20]))


def _repeated(rows: pd.DataFrame) -> pd.Series:
    """Cumulative totals that a body printed before, unchanged since the same start."""
    total = rows["measure"] == "cumulative"
    ordered = rows.assign(nan_best=rows["best"].fillna(-1.0)).sort_values(
        "end", kind="stable"
    )
    key = ["body", "unit", "coverage", "start", "low", "high", "nan_best"]
    again = ordered.duplicated(["measure", *key])
    return again.reindex(rows.index) & total


def _silent(rows: pd.DataFrame) -> pd.Series:
    """Reports that allow every number."""
    return (rows["low"] <= 0) & ~np.isfinite(rows["high"])


def _interval(rows: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """What each report allows, shape (n,) each."""
    low, high = rows["low"].to_numpy(float).copy(), rows["high"].to_numpy(float).copy()
    qualifier = rows["qualifier"].to_numpy(str)
    for name, found in rows.groupby("mechanism").indices.items():
        mechanism = Mechanism[str(name).upper()]
        if mechanism is Mechanism.EXACT:
            best = rows["best"].to_numpy(float)[found]
            low[found] = np.where(np.isnan(best), low[found], best)
            high[found] = np.where(np.isnan(best), high[found], best)
        elif mechanism is Mechanism.ROUNDED:
            words: dict[str, Mechanism] = dict.fromkeys(qualifier[found], mechanism)
            read = mechanisms.read(low[found], high[found], qualifier[found], words)
            low[found], high[found] = read.low, read.high
    high[high == 0] = NOTHING
    return low, high

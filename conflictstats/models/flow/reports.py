"""From reports of totals to windows of days that the engine reads."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from conflictstats._typing import FloatArray
from conflictstats.errors import SchemaError
from conflictstats.numerics.likelihood import mechanisms
from conflictstats.numerics.likelihood.mechanisms import Mechanism, Reading

COLUMNS = ("body", "unit", "coverage", "measure", "date_start", "date_end")
BOUNDS = ("low", "high", "qualifier")
MEASURES = ("cumulative", "flow", "stock")
DAY, WEEK = np.timedelta64(1, "D"), np.timedelta64(7, "D")


class Windows(NamedTuple):
    """Reports of one body as the model reads them.

    Attributes
    ----------
    days : ndarray, shape (n, T)
        Days of each piece of time in the period of each report.
    reading : Reading
        Intervals of the n reports.
    edges : ndarray of datetime64, shape (T + 1,)
        First day of each piece, and the day after the last.
    first_day, last_day : datetime64
        Days that the reports cover.
    repeats, revisions : int
        Reports that say the same again; running totals that fell.
    """

    days: FloatArray
    reading: Reading
    edges: np.ndarray
    first_day: np.datetime64
    last_day: np.datetime64
    repeats: int
    revisions: int

    @property
    def gaps(self) -> FloatArray:
        """Weeks between the middles of neighbouring pieces, shape (T - 1,)."""
        days = np.diff(self.edges) / DAY
        return (days[1:] + days[:-1]) / 2 / 7


def checked_reports(reports: pd.DataFrame) -> pd.DataFrame:
    """The reports, or an error that names every row that is not usable."""
    absent = [name for name in (*COLUMNS, *BOUNDS) if name not in reports]
    if absent:
        raise SchemaError(f"reports of totals need columns {', '.join(absent)}")
    stock = reports["measure"] == "stock"
    rules = {
        f"measure is not one of {', '.join(MEASURES)}": ~reports["measure"].isin(
            MEASURES
        ),
        "body, unit, coverage or date_end is missing": reports[
            ["body", "unit", "coverage", "date_end"]
        ]
        .isna()
        .any(axis=1),
        "date_start is missing or after date_end": ~stock
        & ~(reports["date_start"] <= reports["date_end"]),
        "low is above high or below 0": ~(
            (reports["low"] >= 0) & (reports["low"] <= reports["high"])
        ),
        "high is 0, and a flow of nothing has no logarithm; leave it out": ~stock
        & (reports["high"] == 0),
    }
    faults = [
        f"row {row + 1}: {rule}"
        for rule, broken in rules.items()
        for row in np.flatnonzero(broken.to_numpy())
    ]
    if faults:
        raise SchemaError("; ".join(faults))
    return reports


def weeks(reports: pd.DataFrame) -> np.ndarray:
    """First days of the weeks that hold all reports, and the day after the last."""
    days = pd.concat([reports["date_start"], reports["date_end"]]).dropna()
    first, last = (
        day.to_numpy().astype("datetime64[D]")
        for day in (days.min() - pd.Timedelta(days=days.min().weekday()), days.max())
    )
    return np.arange(first, last + WEEK + DAY, WEEK)[: int((last - first) / WEEK) + 2]


def _pieces(reports: pd.DataFrame) -> np.ndarray:
    """Days on which a report's period begins, or the day after it ends."""
    begins = reports["date_start"].to_numpy().astype("datetime64[D]")
    ends = reports["date_end"].to_numpy().astype("datetime64[D]") + DAY
    return np.union1d(begins, ends)


def days_covered(
    edges: np.ndarray, first: np.datetime64, last: np.datetime64
) -> FloatArray:
    """Days of each piece from ``first`` to ``last``, both inclusive, shape (T,)."""
    begin = np.maximum(edges[:-1], first)
    end = np.minimum(edges[1:], last + DAY)
    return np.maximum((end - begin) / DAY, 0.0)


def windows_of(rows: pd.DataFrame, table: dict[str, Mechanism]) -> Windows | None:
    """Windows and readings of one body; None where no report says anything."""
    said = _rises(rows).sort_values("date_end", kind="stable")
    again = _repeated(said)
    kept = said[~again]
    kept = kept[(kept["low"] > 0) | np.isfinite(kept["high"])]
    if kept.empty:
        return None
    edges = _pieces(kept)
    spans = [
        days_covered(edges, start, end)
        for start, end in kept[["date_start", "date_end"]]
        .to_numpy()
        .astype("datetime64[D]")
    ]
    reading = mechanisms.read(
        kept["low"].to_numpy(float),
        kept["high"].to_numpy(float),
        kept["qualifier"].to_numpy(str),
        table,
    )
    return Windows(
        np.array(spans),
        reading,
        edges,
        kept["date_start"].min().to_numpy().astype("datetime64[D]"),
        kept["date_end"].max().to_numpy().astype("datetime64[D]"),
        repeats=int(again.sum()),
        revisions=_falls(rows),
    )


def _rises(rows: pd.DataFrame) -> pd.DataFrame:
    """Stocks replaced by the rise since the stock before: a lower bound of inflow."""
    stock = rows[rows["measure"] == "stock"].sort_values("date_end", kind="stable")
    rise = stock.assign(
        low=np.maximum(stock["low"] - stock["high"].shift(), 0.0),
        high=np.inf,
        qualifier="range",
        date_start=stock["date_end"].shift() + pd.Timedelta(days=1),
    )
    flows = rows[rows["measure"] != "stock"]
    return pd.concat([flows, rise[rise["date_start"] <= rise["date_end"]]])


def _repeated(said: pd.DataFrame) -> pd.Series:
    """Which reports say again what an earlier one of the same start has said."""
    key = said[["measure", "date_start", "low", "high"]].assign(
        until=said["date_end"].where(said["measure"] != "cumulative")
    )
    return key.duplicated()


def _falls(rows: pd.DataFrame) -> int:
    """How many running totals lie below one before them with the same start."""
    totals = rows[rows["measure"] == "cumulative"].sort_values("date_end")
    before = totals.groupby("date_start")["low"].cummax()
    return int((totals["high"] < before).sum())

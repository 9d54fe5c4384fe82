"""Time in cells: what violence each sees, and what each report covers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy import sparse

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SchemaError, SettingError
from conflictstats.models.displacement.reports import SERIES, Reports

DAY = np.timedelta64(1, "D")


class Cells(NamedTuple):
    """T cells of time.

    Attributes
    ----------
    edges : ndarray of datetime64, shape (T + 1,)
        First day of each cell, and the day after the last.
    """

    edges: np.ndarray

    @property
    def days(self) -> FloatArray:
        """Days of each, shape (T,)."""
        return np.diff(self.edges) / DAY

    @property
    def begins(self) -> FloatArray:
        """Days from the first day to each cell's, shape (T,)."""
        return (self.edges[:-1] - self.edges[0]) / DAY

    def position(self, days: np.ndarray) -> FloatArray:
        """Cells that lie before the morning of each day, parts of cells too."""
        since = (days.astype("datetime64[D]") - self.edges[0]) / DAY
        return np.interp(since, self._since(), np.arange(self.edges.size, dtype=float))

    def cut(self, at: np.ndarray, longest: int) -> IntArray:
        """First cell of longer ones, cut at such days and every so many, shape (k,)."""
        marks = np.floor(self.position(at)).astype(int)
        every = np.searchsorted(
            self.begins // longest, np.unique(self.begins // longest)
        )
        inside = marks[marks < self.edges.size - 1]
        return np.union1d(every, inside)

    def _since(self) -> FloatArray:
        """Days from the first edge to each, shape (T + 1,)."""
        return (self.edges - self.edges[0]) / DAY


def cells_between(first: pd.Timestamp, last: pd.Timestamp, every: str) -> Cells:
    """Cells that hold the days from ``first`` to ``last``."""
    if every == "D":
        days = pd.date_range(first, last + pd.Timedelta(days=1)).to_numpy()
        return Cells(days.astype("datetime64[D]"))
    periods = pd.period_range(first, last, freq=every)
    begins = periods.start_time.to_numpy().astype("datetime64[D]")
    after = periods[-1].end_time.to_datetime64().astype("datetime64[D]") + DAY
    return Cells(np.append(begins, after))


def sums(cells: Cells, reports: Reports) -> sparse.csr_array:
    """What each report would say, out of the running courses, (n, 4 (T + 1))."""
    rows, length = reports.rows, cells.edges.size
    kind = rows["measure"].map(SERIES).to_numpy()
    read = (rows["measure"] != "population").to_numpy()
    after = cells.position(rows["end"].to_numpy() + DAY)
    before = cells.position(rows["start"].to_numpy())
    found = sparse.csr_array((len(rows), 4 * length))
    for at, sign, which in ((after, 1.0, read), (before, -1.0, read & (kind > 0))):
        row = np.flatnonzero(which)
        left = np.minimum(at[row].astype(int), length - 2)
        part = at[row] - left
        values = sign * np.concatenate([1 - part, part])
        column = kind[row] * length + left
        place = np.tile(row, 2), np.concatenate([column, column + 1])
        found = found + sparse.csr_array((values, place), shape=found.shape)
    found.eliminate_zeros()
    return found


class Violence(NamedTuple):
    """Violence by day, as it was given.

    Attributes
    ----------
    daily : ndarray, shape (draws, kinds, days)
        Of each day.
    first : datetime64
        Day of the first.
    kinds : list of str
        Names.
    """

    daily: FloatArray
    first: np.datetime64
    kinds: list[str]

    @property
    def mean(self) -> FloatArray:
        """Mean a day of each kind, shape (kinds,)."""
        return self.daily.mean(axis=(0, 2))

    def draw(self, which: int) -> Violence:
        """One of the draws."""
        return self._replace(daily=self.daily[which : which + 1])


def read_violence(violence: xr.DataArray | None) -> Violence | None:
    """Violence by day, checked; None where there is none."""
    if violence is None:
        return None
    extra = set(violence.dims) - {"time", "draw", "kind"}
    if "time" not in violence.dims or extra:
        raise SettingError(
            "violence needs dim time, and may have kind and draw; it has "
            f"{', '.join(map(str, violence.dims))}"
        )
    kind, draw = "kind" in violence.dims, "draw" in violence.dims
    full = violence if kind else violence.expand_dims("kind")
    full = full if draw else full.expand_dims("draw")
    full = full.transpose("draw", "kind", "time").sortby("time")
    values = full.values.astype(float)
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        where = full["time"].values[wrong.any(axis=(0, 1))]
        told = ", ".join(str(day)[:10] for day in where[:5])
        raise SettingError(
            f"violence is missing or negative on {where.size} days ({told} ...); fill "
            "them in, with draws where they are not known"
        )
    if not (values.mean(axis=(0, 2)) > 0).all():
        raise SettingError("violence of some kind is 0 throughout; leave it out")
    if kind:
        kinds = [str(name) for name in full["kind"].values]
    else:
        kinds = [str(violence.name or "violence")]
    first, daily = _spread(full, values)
    return Violence(daily, first, kinds)


def _spread(full: xr.DataArray, values: FloatArray) -> tuple[np.datetime64, FloatArray]:
    """First day, and values by day: those of longer cells evenly over their days."""
    begins = full["time"].values.astype("datetime64[D]")
    ends = begins
    if "time_end" in full.coords:
        ends = full["time_end"].values.astype("datetime64[D]")
    if (begins[1:] != ends[:-1] + DAY).any():
        at = int(np.flatnonzero(begins[1:] != ends[:-1] + DAY)[0])
        raise SettingError(
            f"violence jumps from {ends[at]} to {begins[at + 1]}; give every day, or "
            "cells with coordinates time and time_end that touch"
        )
    days = ((ends - begins) / DAY).astype(int) + 1
    return begins[0], np.repeat(values / days, days, axis=2)


class Windows(NamedTuple):
    """Violence that each cell sees.

    Attributes
    ----------
    before : ndarray, shape (kinds, L, T)
        So many cells before, over its mean a day.
    ahead : ndarray or None, shape (T,)
        Mean of the first kind over the days after, over its mean, times days.
    assumed : int
        Days before the first of which violence is known, which ``unseen`` filled.
    """

    before: FloatArray
    ahead: FloatArray | None
    assumed: int


def windows(
    cells: Cells, violence: Violence, unseen: FloatArray, reach: tuple[int, int]
) -> Windows:
    """Violence up to so many days before, and after, each cell; one draw.

    ``unseen`` is what each kind was on a day before the first that is known.
    """
    longest, lead = reach
    step = float(cells.days.mean())
    lags = max(int(np.ceil(longest / step)), 1)
    history = int(np.ceil((lags - 1) * step))
    daily, assumed = _daily(cells, violence, unseen, (history, lead))
    since = history + (cells.edges - cells.edges[0]) / DAY
    earlier = since[0] - np.arange(lags - 1, 0, -1) * step
    by_cell = np.diff(_until(daily, np.append(earlier, since)), axis=1)
    seen = np.lib.stride_tricks.sliding_window_view(by_cell, cells.days.size, axis=1)
    ahead = None
    if lead:
        after = np.diff(
            _until(daily[:1], np.stack([since[1:], since[1:] + lead])), axis=1
        )
        ahead = after[0, 0] / lead * cells.days
    return Windows(np.ascontiguousarray(seen[:, ::-1]), ahead, assumed)


def _daily(
    cells: Cells, violence: Violence, unseen: FloatArray, reach: tuple[int, int]
) -> tuple[FloatArray, int]:
    """Violence by day over all that the cells see, and how many days are assumed."""
    begin = cells.edges[0] - reach[0] * DAY
    end = cells.edges[-1] + reach[1] * DAY
    known = violence.daily[0]
    last = violence.first + known.shape[1] * DAY
    if violence.first > cells.edges[0] or last < end:
        raise SchemaError(
            f"violence is known from {violence.first} to {last - DAY}; the fit needs "
            f"{cells.edges[0]} to {end - DAY}; give those days, or set period"
        )
    assumed = max(int((violence.first - begin) / DAY), 0)
    first = max(int((begin - violence.first) / DAY), 0)
    filled = np.repeat(unseen[:, None], assumed, axis=1)
    until = int((end - violence.first) / DAY)
    return np.concatenate([filled, known[:, first:until]], axis=1), assumed


def _until(daily: FloatArray, days: FloatArray) -> FloatArray:
    """Sum of the days before each, parts of days too, shape (kinds, ...)."""
    running = np.concatenate([np.zeros((len(daily), 1)), daily.cumsum(axis=1)], axis=1)
    return np.array([np.interp(days, np.arange(row.size), row) for row in running])

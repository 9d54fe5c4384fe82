"""The dead of a panel, by what they are to a denominator."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import QuantityError, SettingError
from conflictstats.models.civilian_share.denominator import OTHERS, Denominator

PREFIX = "deaths_"


class Deaths(NamedTuple):
    """The dead in the denominator, of T n cells and then of W longer periods.

    Cells are ordered by time, then by place.

    Attributes
    ----------
    categories : tuple of str
        Names of the K categories, civilians first.
    known : ndarray, shape (T n + W, K)
        Dead of known status, people.
    unknown : ndarray of int, shape (T n + W,)
        Dead of unknown status, people.
    times, places : int
        T and n.
    first, last : ndarray of int, shape (W,)
        First and last time that a period touches.
    place : ndarray of int, shape (T n + W,)
        Place of each cell and period.
    """

    categories: tuple[str, ...]
    known: FloatArray
    unknown: IntArray
    times: int
    places: int
    first: IntArray
    last: IntArray
    place: IntArray

    @property
    def total(self) -> FloatArray:
        """All of them, people, shape (T n + W,)."""
        return self.known.sum(axis=1) + self.unknown

    def of_places(self, each: FloatArray | IntArray) -> FloatArray:
        """Sums of what cells and periods have, by place, shape (n,)."""
        return np.bincount(self.place, each, self.places).astype(float)

    def in_cells(self, each: FloatArray) -> FloatArray:
        """From flat cells and periods to the cells, shape (*lead, T, n)."""
        cells = each[..., : self.times * self.places]
        return cells.reshape(*each.shape[:-1], self.times, self.places)

    def with_periods(self, share: FloatArray) -> FloatArray:
        """Shares (draws, T, n), and their means over each period, flat."""
        flat = share.reshape(len(share), -1)
        until = np.cumsum(np.pad(share, ((0, 0), (1, 0), (0, 0))), axis=1)
        where = self.place[flat.shape[1] :]
        sums = until[:, self.last + 1, where] - until[:, self.first, where]
        means = np.clip(sums / (self.last + 1 - self.first), 0, 1)
        return np.concatenate([flat, means], axis=1)


def deaths_of(panel: xr.Dataset, denominator: Denominator, *, sides: bool) -> Deaths:
    """Sort the dead of a panel by what they are to the denominator."""
    others = OTHERS[denominator]
    names = ["deaths_civilians", *others, "deaths_unknown"]
    absent = [name for name in names if name not in panel]
    if absent:
        raise SettingError(
            f"denominator {denominator!r} needs {', '.join(absent)}, which the panel "
            f"does not have; it has {', '.join(map(str, panel))}"
        )
    dead = np.column_stack([_whole(panel, name) for name in names])
    known, unknown = dead[:, :-1], dead[:, -1].astype(np.int64)
    categories = tuple(name.removeprefix(PREFIX) for name in names[:-1])
    if not sides and len(others) > 1:
        known = np.column_stack([known[:, 0], known[:, 1:].sum(axis=1)])
        categories = ("civilians", "others")
    if denominator == "known":
        unknown = np.zeros_like(unknown)
    times, places = panel.sizes["time"], panel.sizes["place"]
    first, last, place = (_periods(panel, name) for name in ("first", "last", "place"))
    where = np.concatenate([np.tile(np.arange(places), times), place])
    return Deaths(categories, known, unknown, times, places, first, last, where)


def _whole(panel: xr.Dataset, name: str) -> FloatArray:
    """Counts of cells, then of periods; what is missing counts nobody."""
    cells = panel[name].transpose("time", "place").values.astype(float)
    periods = np.zeros(0)
    if "period_place" in panel:
        periods = panel[f"period_{name}"].values.astype(float)
    bad = np.argwhere(~np.isnan(cells) & ((cells < 0) | (cells != np.round(cells))))
    if bad.size:
        time, place = bad[0]
        raise QuantityError(
            f"{name} must be whole counts of 0 or more; it is {cells[time, place]:g} "
            f"in {panel['place'].values[place]} at {panel['time'].values[time]!s:.10}, "
            f"and {len(bad)} cells are not: count people, not shares of them"
        )
    return np.nan_to_num(np.concatenate([cells.ravel(), periods]))


def _periods(panel: xr.Dataset, name: str) -> IntArray:
    """What is told of the longer periods, shape (W,)."""
    if "period_place" not in panel:
        return np.zeros(0, np.int64)
    return panel[f"period_{name}"].values.astype(np.int64)

"""A ledger with names on it: the Dataset that models read."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from conflictstats._typing import FloatArray
from conflictstats.panel.calendar import Calendar, IntArray
from conflictstats.panel.ledger import Ledger
from conflictstats.panel.rows import Rows

Excluded: TypeAlias = dict[str, float]

TALLIED = ("n_events", "best")
DIMS = ("time", "place", "group")
MEANING = {
    "low": "deaths reported, low figure",
    "best": "deaths reported, best figure",
    "high": "deaths reported, high figure",
    "n_events": "events recorded",
    "deaths_government": "government dead reported",
    "deaths_nonstate": "non-state dead reported",
    "deaths_civilians": "civilian dead reported",
    "deaths_unknown": "dead of unknown status reported",
}


@dataclass(frozen=True, slots=True)
class View:
    """Which booked cells a panel shows, and where.

    Attributes
    ----------
    calendar : Calendar
        The panel's cells.
    cells : Calendar
        The booked cells, cut at the ends of the span and the window.
    inside : ndarray of int, shape (i,)
        Booked cells that are shown.
    at : ndarray of int, shape (i,)
        The cell of the panel that each is, or is the covered part of.
    """

    calendar: Calendar
    cells: Calendar
    inside: IntArray
    at: IntArray

    @classmethod
    def of(
        cls, cells: Calendar, calendar: Calendar, window: tuple[np.datetime64, ...]
    ) -> "View":
        """Show the booked cells that lie in a window of days.

        Parameters
        ----------
        cells : Calendar
            Booked cells.
        calendar : Calendar
            The panel's cells.
        window : tuple of datetime64
            First and last day, both inclusive.

        Returns
        -------
        View
            With at most one booked cell for each of the panel's.
        """
        shown = (cells.first_days >= window[0]) & (cells.last_days <= window[1])
        inside = np.flatnonzero(shown)
        return cls(calendar, cells, inside, calendar.cell_of(cells.first_days[shown]))

    def show(self, values: FloatArray, fill: float) -> FloatArray:
        """Lay values of booked cells on the panel's cells.

        Parameters
        ----------
        values : ndarray, shape (booked cells, ...)
            Values to show.
        fill : float
            Value of the panel's cells that nothing was booked in.

        Returns
        -------
        ndarray, shape (time, ...)
            One value per cell of the panel.
        """
        shown = np.full((len(self.calendar), *values.shape[1:]), fill)
        shown[self.at] = values[self.inside]
        return shown


def labelled(ledger: Ledger, rows: Rows, view: View, outside: Excluded) -> xr.Dataset:
    """Name the arrays of a ledger, and count what they leave out.

    Parameters
    ----------
    ledger : Ledger
        Booked events.
    rows : Rows
        The events, for the names of places and groups.
    view : View
        Which cells to show.
    outside : dict of str to float
        Events and deaths outside the span of the source, which were not booked.

    Returns
    -------
    Dataset, dims (time, place, group) and (period,)
        As :func:`conflictstats.panel.panel_of_events` documents it.
    """
    dated, share = ledger.shares()
    seen = np.broadcast_to(ledger.observed[:, :, None], dated.shape)
    days = np.ones(len(view.cells))
    days[view.inside] = view.cells.days[view.inside] / view.calendar.days[view.at]
    shown = {
        "coverage": (DIMS[:2], view.show(ledger.observed * days[:, None], 0.0)),
        "dated_share": (DIMS, view.show(dated, 1.0)),
    }
    for name, sums in ledger.counts.items():
        shown[name] = DIMS, view.show(np.where(seen, sums, np.nan), np.nan)
    whole, _ = _in_view(ledger.periods, view)
    records = _records(ledger.periods.assign(share=share)[whole], view)
    coords = {
        "time": view.calendar.first_days.astype("datetime64[us]"),
        "time_end": ("time", view.calendar.last_days.astype("datetime64[us]")),
        "place": rows.places,
        "group": rows.groups,
    }
    counted = xr.Dataset(shown | records, coords)
    for variable in counted.data_vars.values():
        variable.attrs.update(_meaning(str(variable.name)))
    counted.attrs = _excluded(ledger, view, outside)
    return counted


def _excluded(ledger: Ledger, view: View, outside: Excluded) -> dict[str, int | float]:
    """Events and deaths that no shown cell or period holds, by reason."""
    hidden = np.ones(len(view.cells), bool)
    hidden[view.inside] = False
    whole, touching = _in_view(ledger.periods, view)
    tally = {}
    for name in TALLIED:
        sums, long = ledger.counts[name].sum(axis=2), ledger.periods[name]
        elsewhere = sums[hidden].sum() + long[~touching].sum()
        unseen = sums[~hidden][~ledger.observed[~hidden]].sum()
        suffix = "" if name == "n_events" else f"_{name}"
        tally[f"excluded_outside{suffix}"] = outside[name] + elsewhere
        tally[f"excluded_straddling{suffix}"] = long[touching & ~whole].sum()
        tally[f"excluded_missing{suffix}"] = unseen
    return {name: _whole(float(number)) for name, number in tally.items()}


def _whole(number: float) -> int | float:
    """Whole numbers as int, so that they print without a point."""
    return int(number) if number.is_integer() else number


def _in_view(
    periods: pd.DataFrame, view: View
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which periods lie wholly among the shown cells, and which touch them."""
    first, last = periods["first"].to_numpy(), periods["last"].to_numpy()
    begin, stop = view.inside[0], view.inside[-1]
    whole = (first >= begin) & (last <= stop)
    return whole, (first <= stop) & (last >= begin)


def _records(
    periods: pd.DataFrame, view: View
) -> dict[str, tuple[str, NDArray[np.generic]]]:
    """Period observations by name, with cells numbered as the panel shows them."""
    number = np.full(len(view.cells), -1)
    number[view.inside] = view.at
    for edge in ("first", "last"):
        periods[edge] = number[periods[edge]]
    return {f"period_{name}": ("period", periods[name].to_numpy()) for name in periods}


def _meaning(name: str) -> dict[str, str]:
    """Long name and unit of a variable, as attributes."""
    plain = name.removeprefix("period_")
    if plain in MEANING:
        unit = "1" if plain == "n_events" else "people"
        return {"long_name": MEANING[plain], "units": unit}
    return {"units": "1"} if plain.endswith(("share", "coverage")) else {}

"""Every event booked once: in its cell, or in the record of its period."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from conflictstats._typing import FloatArray
from conflictstats.numerics.dating import Windows, dating_shares
from conflictstats.panel.calendar import Calendar, IntArray
from conflictstats.panel.rows import Rows

KEYS = ["place", "group", "start", "end"]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Booked events on a calendar.

    Attributes
    ----------
    cells : Calendar
        The cells, t of them.
    counts : dict of str to ndarray, shape (t, place, group)
        Sums of the events that lie within one cell.
    periods : DataFrame
        One row per place, group, start and end of events that touch several cells:
        those columns, the sums, and the columns ``first``, ``last``,
        ``first_coverage``, ``last_coverage`` (:class:`Windows`).
    observed : ndarray of bool, shape (t, place)
        Whether deaths in the cell could be recorded.
    """

    cells: Calendar
    counts: dict[str, FloatArray]
    periods: pd.DataFrame
    observed: NDArray[np.bool_]

    def shares(self) -> tuple[FloatArray, FloatArray]:
        """Share of deaths in cell records and in each period's, by best figures.

        Returns
        -------
        dated_share : ndarray, shape (t, place, group)
            1 where no period reaches.
        period_share : ndarray, shape (period,)
            0 for a period without deaths or wholly in cells that are not observed.
        """
        dated = np.ones_like(self.counts["best"])
        share = np.zeros(len(self.periods))
        blocks = self.periods.groupby(["place", "group"]).indices
        for rows in blocks.values():
            place, group = self.periods[["place", "group"]].to_numpy()[rows[0]]
            seen = self.observed[:, place]
            windows, inside = _seen_part(self.periods.iloc[rows], seen)
            deaths = self.periods["best"].to_numpy()[rows[inside]]
            own = self.counts["best"][seen, place, group]
            dated[seen, place, group], share[rows[inside]] = dating_shares(
                own, deaths, windows
            )
        return dated, share


def book(rows: Rows, cells: Calendar, observed: NDArray[np.bool_]) -> Ledger:
    """Sum events that lie within a cell, and keep the others by their period.

    Parameters
    ----------
    rows : Rows
        Events within the calendar.
    cells : Calendar
        Where to book them.
    observed : ndarray of bool, shape (t, place)
        Whether deaths in the cell could be recorded.

    Returns
    -------
    Ledger
        With every event in one record.
    """
    first, last = cells.cell_of(rows.start), cells.cell_of(rows.end)
    single = first == last
    shape = (len(cells), len(rows.places), len(rows.groups))
    where = (first[single], rows.place[single], rows.group[single])
    flat = np.ravel_multi_index(where, shape)
    counts = {
        name: _sums(flat, value[single], shape) for name, value in rows.values.items()
    }
    key = {
        "place": rows.place,
        "group": rows.group,
        "start": rows.start.astype("datetime64[us]"),
        "end": rows.end.astype("datetime64[us]"),
    }
    long = pd.DataFrame({**key, **rows.values})[~single]
    periods = long.groupby(KEYS, as_index=False).sum()
    start = periods["start"].to_numpy().astype("datetime64[D]")
    end = periods["end"].to_numpy().astype("datetime64[D]")
    periods["first"], periods["last"] = cells.cell_of(start), cells.cell_of(end)
    periods["first_coverage"] = cells.after_opening(start)
    periods["last_coverage"] = cells.before_closing(end)
    return Ledger(cells, counts, periods, observed)


def _sums(
    flat: IntArray, values: FloatArray, shape: tuple[int, int, int]
) -> FloatArray:
    """Sum values by their flat position in an array of the given shape."""
    size = int(np.prod(shape))
    return np.bincount(flat, values, size).astype("float64").reshape(shape)


def _seen_part(
    periods: pd.DataFrame, seen: NDArray[np.bool_]
) -> tuple[Windows, NDArray[np.bool_]]:
    """Windows over the observed cells alone, and which periods reach any of them.

    What fell in a cell that is not observed was not recorded, so a period's deaths
    are those of the observed cells that it spans.
    """
    position = np.concatenate(([0], np.cumsum(seen)))
    first, last = periods["first"].to_numpy(), periods["last"].to_numpy()
    begin, stop = position[first], position[last + 1]
    inside = stop > begin
    windows = Windows(
        begin[inside],
        stop[inside] - 1,
        np.where(seen[first], periods["first_coverage"], 1.0)[inside],
        np.where(seen[last], periods["last_coverage"], 1.0)[inside],
        int(seen.sum()),
    )
    return windows, inside

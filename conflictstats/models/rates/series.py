"""From one place of a panel to the arrays that the engine reads."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import DimensionError, SettingError
from conflictstats.numerics.likelihood import mechanisms
from conflictstats.numerics.likelihood.mechanisms import Mechanism, Reading
from conflictstats.numerics.observation import ObservationMap

DAY = np.timedelta64(1, "D")


class Series(NamedTuple):
    """One place: what was observed, of which cells, and how it is read.

    Attributes
    ----------
    observed : ObservationMap
        Cells first, then periods.
    reading : Reading
        Counts, in the same order.
    exposure : ndarray, shape (T,)
        Days, or person-days, of each cell.
    scale : float
        Mean exposure of a day.
    """

    observed: ObservationMap
    reading: Reading
    exposure: FloatArray
    scale: float


def days_of(panel: xr.Dataset) -> FloatArray:
    """Count the days of each cell that the panel is about, shape (time, place).

    Days outside the span do not count; days without observation do, because deaths
    may have happened then.
    """
    length = (panel["time_end"] - panel["time"]).values / DAY + 1
    covered = _field(panel, "coverage")
    return length[:, None] * np.where(covered > 0, covered, 1.0)


def series_of(
    panel: xr.Dataset,
    place: int,
    variable: str,
    exposure: str | None,
    table: dict[str, Mechanism],
) -> Series:
    """Collect the observations of one place."""
    days = days_of(panel)[:, place]
    at_risk = _at_risk(panel, exposure, place, days)
    low, high, qualifier = _cells(panel, place, variable)
    dated = _field(panel, "dated_share")[:, place]
    seen = np.isfinite(low) & (dated > 0) & (at_risk > 0)
    cell = np.flatnonzero(seen)
    covered = _field(panel, "coverage")[:, place] > 0
    periods = _periods(panel, place, variable)
    observed = ObservationMap(
        length=days.size,
        cell=cell,
        offset=np.log((at_risk * dated)[cell]),
        span_first=_first(panel, periods),
        span_log_weight=_span_log_weight(panel, periods, at_risk * covered),
    )
    count = np.empty(0)
    if periods.size:
        count = panel[f"period_{variable}"].values[periods].astype(float)
    reading = mechanisms.read(
        np.concatenate([low[cell], count]),
        np.concatenate([high[cell], count]),
        np.concatenate([qualifier[cell], np.full(count.size, "exact")]),
        table,
    )
    return Series(observed, reading, at_risk, float((at_risk / days).mean()))


def _at_risk(
    panel: xr.Dataset, exposure: str | None, place: int, days: FloatArray
) -> FloatArray:
    """Days or person-days of each cell, shape (time,).

    A panel gives no person-days to cells without observation, in which people lived
    all the same: as many a day as between the observed cells on either side.
    """
    if exposure is None:
        return days
    given = _field(panel, exposure)[:, place]
    unseen = np.isnan(given) | (_field(panel, "coverage")[:, place] == 0)
    known = np.flatnonzero(~unseen & (given > 0))
    if not known.size:
        raise SettingError(
            f"{exposure!r} is nowhere above 0 in {panel['place'].values[place]!s}; "
            "give person-days, or leave the place out"
        )
    per_day = np.interp(np.arange(days.size), known, (given / days)[known])
    return np.where(unseen, per_day * days, given)


def _field(panel: xr.Dataset, name: str) -> FloatArray:
    """One variable of the panel, shape (time, place); coverage and shares may be 1."""
    if name not in panel and name in ("coverage", "dated_share"):
        return np.ones((panel.sizes["time"], panel.sizes["place"]))
    if name not in panel:
        raise DimensionError(f"the panel has no {name!r}; it has {list(panel)}")
    return panel[name].transpose("time", "place").values.astype(float)


def _cells(
    panel: xr.Dataset, place: int, variable: str
) -> tuple[FloatArray, FloatArray, np.ndarray]:
    """Bounds and way of reporting of each cell's count, shape (time,) each."""
    if "qualifier" in panel:
        chosen = (panel[name].isel(place=place).values for name in ("low", "high"))
        low, high = (values.astype(float) for values in chosen)
        return low, high, panel["qualifier"].isel(place=place).values.astype(str)
    if variable not in panel:
        counts = [str(name) for name, v in panel.items() if v.dims == ("time", "place")]
        raise DimensionError(f"the panel has no {variable!r}; it has {counts}")
    count = panel[variable].isel(place=place).values.astype(float)
    return count, count, np.full(count.size, "exact")


def _periods(panel: xr.Dataset, place: int, variable: str) -> IntArray:
    """Numbers of the periods of one place that say something."""
    if "period_place" not in panel:
        return np.empty(0, np.int64)
    here = panel["period_place"].values == place
    share = panel["period_share"].values
    return np.flatnonzero(here & (share > 0))


def _first(panel: xr.Dataset, periods: IntArray) -> IntArray:
    """First cell of each period."""
    if not periods.size:
        return np.empty(0, np.int64)
    return panel["period_first"].values[periods].astype(np.int64)


def _span_log_weight(
    panel: xr.Dataset, periods: IntArray, at_risk: FloatArray
) -> FloatArray:
    """Log of share, coverage and exposure of the cells of each period.

    Exposure is 0 in a cell that was not observed: the record has none of its deaths.
    """
    if not periods.size:
        return np.empty((0, 0))
    names = ("first", "last", "first_coverage", "last_coverage", "share")
    first, last, opening, closing, share = (
        panel[f"period_{name}"].values[periods] for name in names
    )
    width = int((last - first).max(initial=-1)) + 1
    cell = first[:, None] + np.arange(width)
    weight = np.where(cell <= last[:, None], 1.0, 0.0)
    rows = np.arange(periods.size)
    weight[rows, last - first] *= closing
    weight[rows, 0] *= np.where(first < last, opening, 1.0)
    weight *= share[:, None] * at_risk[np.minimum(cell, at_risk.size - 1)]
    with np.errstate(divide="ignore"):
        return np.log(weight)

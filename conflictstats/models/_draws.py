"""What fits with draws by time and place have in common."""

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats.errors import SettingError


def band(draws: xr.DataArray, level: float) -> xr.Dataset:
    """Median and equal-tailed credible interval over dim ``draw``."""
    tail = (1 - _check.level(level)) / 2
    cut = draws.quantile([0.5, tail, 1 - tail], "draw", skipna=False)
    parts = {
        name: cut.isel(quantile=i, drop=True)
        for i, name in enumerate(("estimate", "lower", "upper"))
    }
    return xr.Dataset(parts, attrs={"level": level, "kind": "credible"})


def cells_between(draws: xr.Dataset, start: str | None, end: str | None) -> slice:
    """Cells from the one that begins on ``start`` to the one that ends on ``end``."""
    begins, ends = draws["time"].values, draws["time_end"].values
    first = 0 if start is None else _edge(begins, start, "first")
    last = len(ends) - 1 if end is None else _edge(ends, end, "last")
    if first > last:
        raise SettingError(f"the period from {start} to {end} is empty")
    return slice(first, last + 1)


def _edge(days: np.ndarray, day: str, which: str) -> int:
    """Number of the cell with this first or last day."""
    at = int(np.searchsorted(days, np.datetime64(day)))
    if at < len(days) and days[at] == np.datetime64(day):
        return at
    near = [str(d)[:10] for d in days[max(at - 1, 0) : at + 1]]
    raise SettingError(
        f"{day} is not the {which} day of a cell of this fit; the nearest are "
        f"{' and '.join(near)}"
    )


def interval(band: xr.Dataset, spec: str) -> str:
    """Estimate and interval in one cell of text."""
    lower, upper = (format(float(band[end]), spec) for end in ("lower", "upper"))
    if lower == upper:
        return lower
    return f"{float(band['estimate']):{spec}} [{lower}, {upper}]"

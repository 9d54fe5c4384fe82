"""When it was worst, and when it began, from draws of rates."""

from __future__ import annotations

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats.models._draws import band


def peak_of(per_day: xr.DataArray, level: float) -> xr.Dataset:
    """Cell that is most often the highest, and the highest rate, by place."""
    highest = per_day.argmax("time")
    times = xr.apply_ufunc(
        np.bincount,
        highest,
        input_core_dims=[["draw"]],
        output_core_dims=[["time"]],
        kwargs={"minlength": per_day.sizes["time"]},
        vectorize=True,
    )
    return band(per_day.max("time"), level).assign(
        time=_first_days(per_day).isel(time=times.argmax("time")),
        probability=times.max("time") / per_day.sizes["draw"],
    )


def onset_of(above: xr.DataArray, sustained: int, level: float) -> xr.Dataset:
    """First of so many cells in a row that are above, by place."""
    run = above.copy()
    for ahead in range(1, sustained):
        run &= above.shift(time=-ahead, fill_value=False)
    began = run.any("time")
    some = began.any("draw")
    cell = run.argmax("time").where(began | ~some)
    points = {"lower": (1 - _check.level(level)) / 2, "estimate": 0.5}
    points["upper"] = 1 - points["lower"]
    found = {"probability": began.mean("draw")}
    for name, q in points.items():
        at = cell.quantile(q, "draw", method="inverted_cdf").drop_vars("quantile")
        found[name] = _first_days(above).isel(time=at.astype(int)).where(some)
    return xr.Dataset(found, attrs={"level": level, "kind": "credible"})


def _first_days(draws: xr.DataArray) -> xr.DataArray:
    """First day of each cell, without coordinates, dims (time,)."""
    return xr.DataArray(draws["time"].values, dims="time")

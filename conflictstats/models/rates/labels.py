"""From posteriors of places to labelled draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from conflictstats._typing import FloatArray

if TYPE_CHECKING:
    from conflictstats.models.rates.cells import CellDraws
    from conflictstats.models.rates.posterior import UnitResult


KEPT = (
    "source",
    "citation",
    "reports_read",
    "not_identified",
    "believed",
    "left_out",
)
"""Attributes of a panel that its fit has too."""


def labelled(
    panel: xr.Dataset,
    days: FloatArray,
    cells: CellDraws,
    results: list[UnitResult],
    covariates: tuple[str, ...],
) -> tuple[xr.Dataset, xr.Dataset]:
    """Draws and diagnostics of the places of a panel; aliased covariates are NaN."""
    sizes = [result.nobs.size for result in results]
    draws = {
        name: (("draw", "time", "place"), getattr(cells, name))
        for name in ("expected", "realised")
    }
    coords = {
        "time": panel["time"],
        "time_end": panel["time_end"],
        "place": panel["place"],
        "days": (("time", "place"), days),
    }
    for name, dim, also in (("hyper", "param", ()), ("effects", "term", covariates)):
        each = [getattr(result, name) for result in results]
        found = [n for values in each for n in values]
        names = list(dict.fromkeys([*found, *also]))
        if found:
            draws[name] = ("draw", dim, "place"), _by_place(each, names, sizes)
            coords[dim] = names
    told = {
        name: ("place", np.repeat([r.told[name] for r in results], sizes))
        for name in results[0].told
    }
    told["status"] = "place", np.repeat([r.status.name for r in results], sizes)
    told["nobs"] = "place", np.concatenate([r.nobs for r in results])
    attrs = {k: v for k, v in panel.attrs.items() if k in KEPT}
    return (
        xr.Dataset(draws, coords, attrs),
        xr.Dataset(told, {"place": panel["place"]}),
    )


def _by_place(
    each: list[dict[str, FloatArray]], names: list[str], sizes: list[int]
) -> FloatArray:
    """Values by name of the places of each unit, shape (draws, names, places)."""
    some = next(draws for values in each for draws in values.values())
    none = np.full_like(some, np.nan)
    stacked = [
        np.stack([values.get(name, none) for name in names], axis=1) for values in each
    ]
    return np.repeat(np.stack(stacked, axis=-1), sizes, axis=-1)

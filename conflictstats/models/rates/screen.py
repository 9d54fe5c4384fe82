"""Rates of thousands of places at once, as estimates without draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models.rates.layout import Layout, days_of
from conflictstats.models.rates.status import RateStatus
from conflictstats.models.rates.structure import Structure
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.explore import explore
from conflictstats.numerics.engine.grid import COARSE, Grid
from conflictstats.numerics.engine.moments import Moments, moments

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate


def refuse(model: DynamicRate, panel: xr.Dataset) -> None:
    """Refuse what only a fit can do."""
    if model.places != "independent":
        raise SettingError(
            f"places are screened each on its own, and places={model.places!r}: use "
            "fit()"
        )
    if model.covariates is not None:
        raise SettingError(
            "places are screened without covariates, which differ from place to "
            "place: use fit(), or covariates=None"
        )
    if "body" in panel.dims:
        raise SettingError(
            "places are screened from the counts of one body: use fit(), or take "
            "one by panel.sel(body=...)"
        )


def screen(
    panel: xr.Dataset, layout: Layout, structure: Structure, level: float
) -> xr.Dataset:
    """Estimate every place of a stack, all of them in lockstep."""
    theta = np.tile(structure.theta, (panel.sizes["place"], 1))
    grids = explore(structure.problem, theta, _start(layout, structure), COARSE)
    found = moments(structure.problem, grids)
    z = float(special.ndtri((1 + _check.level(level)) / 2))
    per_day = layout.exposure.T / days_of(panel)
    bands = {
        name: (("time", "place"), np.exp(found.mean + at * found.std_dev).T * per_day)
        for name, at in (("estimate", 0.0), ("lower", -z), ("upper", z))
    }
    log_rate = {"std_err": (("time", "place"), found.std_dev.T)}
    told = {
        "log_evidence": ("place", np.array([grid.log_evidence for grid in grids])),
        "status": ("place", _statuses(layout, grids)),
        **_hyper(structure, found, z),
    }
    attrs = {k: v for k, v in panel.attrs.items() if k in ("source", "citation")}
    attrs |= {"level": level, "kind": "credible", "units": "deaths per day"}
    coords = {name: panel[name] for name in ("time", "time_end", "place")}
    return xr.Dataset(bands | log_rate | told, coords, attrs)


def _start(layout: Layout, structure: Structure) -> Vector:
    """A constant rate for every series."""
    said = np.isfinite(layout.reading.high)
    deaths = np.where(said, layout.reading.low, 0.0).sum(axis=1)
    exposed = np.where(said, np.exp(layout.observed.offset), 0.0).sum(axis=1)
    rate = np.log((deaths + 0.5) / (exposed + layout.scale))
    effects = np.zeros((rate.size, structure.problem.design.effects))
    return Vector(np.tile(rate[:, None], (1, layout.times)), effects)


def _hyper(
    structure: Structure, found: Moments, z: float
) -> dict[str, tuple[str, FloatArray]]:
    """Hyperparameters by name with their bounds, shape (place,) each."""
    out = {}
    for i, hyper in enumerate(structure.hyper):
        middle, spread = found.theta[:, i], found.theta_sd[:, i]
        ends = [hyper.natural(middle + at * spread) for at in (-z, z)]
        out[hyper.name] = "place", hyper.natural(middle)
        out[f"{hyper.name}_lower"] = "place", np.minimum(*ends)
        out[f"{hyper.name}_upper"] = "place", np.maximum(*ends)
    return out


def _statuses(layout: Layout, grids: list[Grid]) -> np.ndarray:
    """How the estimation of each place ended."""
    reading = layout.reading
    informed = (reading.low > 0) | np.isfinite(reading.high)
    thinned = (reading.thinned | ~informed).all(axis=1)
    status = np.where(thinned, RateStatus.PRIOR_DRIVEN.name, RateStatus.CONVERGED.name)
    complete = np.array([grid.complete for grid in grids])
    status = np.where(complete, status, RateStatus.NOT_CONVERGED.name)
    return np.where(informed.any(axis=1), status, RateStatus.NO_DATA.name)

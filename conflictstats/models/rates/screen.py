"""Rates of thousands of places at once, as estimates without draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._typing import BoolArray, FloatArray
from conflictstats.errors import SettingError
from conflictstats.models.rates.layout import Layout, days_of
from conflictstats.models.rates.status import RateStatus
from conflictstats.models.rates.structure import Structure
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.explore import explore
from conflictstats.numerics.engine.grid import COARSE
from conflictstats.numerics.engine.moments import Moments, moments

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate

TOGETHER = 256
"""Places that are estimated together, in lockstep."""


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
    """Estimate every place of a stack."""
    found = _found(structure, _start(layout, structure))
    z = float(special.ndtri((1 + _check.level(level)) / 2))
    per_day = layout.exposure.T / days_of(panel)
    bands = {
        name: (("time", "place"), np.exp(found.mean + at * found.std_dev).T * per_day)
        for name, at in (("estimate", 0.0), ("lower", -z), ("upper", z))
    }
    log_rate = {"std_err": (("time", "place"), found.std_dev.T)}
    told = {
        "log_evidence": ("place", found.log_evidence),
        "status": ("place", _statuses(layout, found.complete)),
        **_hyper(structure, found, z),
    }
    attrs = {k: v for k, v in panel.attrs.items() if k in ("source", "citation")}
    attrs |= {"level": level, "kind": "credible", "units": "deaths per day"}
    coords = {name: panel[name] for name in ("time", "time_end", "place")}
    return xr.Dataset(bands | log_rate | told, coords, attrs)


def _found(structure: Structure, start: Vector) -> Moments:
    """Moments of all places, some at a time so that memory stays low."""
    count, parts = len(start.path), []
    for rows in np.array_split(np.arange(count), -(-count // TOGETHER)):
        problem = structure.problem.of_series(rows)
        theta = np.tile(structure.theta, (rows.size, 1))
        parts.append(
            moments(explore(problem, theta, start.at(rows), COARSE, spreads=True))
        )
    return Moments(*(np.concatenate(each) for each in zip(*parts, strict=True)))


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


def _statuses(layout: Layout, complete: BoolArray) -> np.ndarray:
    """How the estimation of each place ended."""
    reading = layout.reading
    informed = (reading.low > 0) | np.isfinite(reading.high)
    thinned = (reading.thinned | ~informed).all(axis=1)
    status = np.where(thinned, RateStatus.PRIOR_DRIVEN.name, RateStatus.CONVERGED.name)
    status = np.where(complete, status, RateStatus.NOT_CONVERGED.name)
    return np.where(informed.any(axis=1), status, RateStatus.NO_DATA.name)

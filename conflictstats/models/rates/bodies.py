"""Several counting bodies of one place, whose counts differ by a ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from conflictstats.errors import DimensionError, SettingError
from conflictstats.models.rates.structure import Columns
from conflictstats.numerics import priors
from conflictstats.numerics.engine.effects import FixedEffects

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate
    from conflictstats.models.rates.posterior import UnitResult

RATIO = "ratio "
"""How the name of a body's log ratio begins."""


def check_bodies(model: DynamicRate, panel: xr.Dataset) -> None:
    """Refuse a panel and settings of which one has several bodies and one has not."""
    if "body" not in panel.dims:
        if model.reference is not None:
            raise DimensionError(
                f"reference={model.reference!r} is a counting body, and the panel has "
                "no dimension body: give several sources to panel_of_reports, or leave "
                "reference out"
            )
        return
    names = [str(name) for name in panel["body"].values]
    if model.reference not in names:
        raise SettingError(
            f"reference must be the body whose count the rate is in, one of "
            f"{', '.join(names)}; got {model.reference!r}"
        )
    others = [name for name in names if name != model.reference]
    if not any(_speaks(model, panel, name) for name in others):
        raise SettingError(
            f"no body but {model.reference!r} counted anything; fit its count alone, "
            f"panel.sel(body={model.reference!r}), without reference"
        )
    if model.places != "independent":
        raise SettingError(
            "bodies are compared within a place, and places="
            f"{model.places!r} ties places to each other: take places='independent'"
        )


def of_body(panel: xr.Dataset, body: str) -> xr.Dataset:
    """What one body said, as a panel of its own."""
    number = list(panel["body"].values).index(body)
    own = panel.isel(body=number, drop=True)
    if "period_body" not in panel:
        return own
    told = own.isel(period=own["period_body"].values == number)
    return told.drop_vars("period_body")


def beside(model: DynamicRate, panel: xr.Dataset, place: int) -> xr.Dataset:
    """What bodies said of one place, as a panel in which each has a place of its own.

    The reference comes first. A body that said nothing is left out.
    """
    here = panel.isel(place=[place])
    if "period_place" in panel:
        here = here.isel(period=panel["period_place"].values == place)
    names = [str(name) for name in panel["body"].values]
    others = [n for n in names if n != model.reference and _speaks(model, here, n)]
    order = [str(model.reference), *others]
    if not _speaks(model, here, order[0]):
        where = panel["place"].values[place]
        raise SettingError(
            f"the reference {model.reference!r} counted nothing in {where!s}, so the "
            "data cannot give a rate in its count there: take another reference, or "
            "leave the place out"
        )
    side = here.isel(place=0, drop=True).rename(body="place").sel(place=order)
    alike = {n: v for n, v in side.items() if v.dims == ("time",)}
    side = side.assign({n: v.broadcast_like(side["place"]) for n, v in alike.items()})
    if "period_body" not in panel:
        return side
    place_of = [order.index(names[i]) for i in here["period_body"].values]
    return side.assign(period_place=("period", np.array(place_of, np.int64)))


def prior_of(model: DynamicRate) -> priors.Effect:
    """Law of the log ratio of a body to the reference."""
    return priors.Effect.of_change(*model.body_ratio, what="another body's count")


def ratios(model: DynamicRate, side: xr.Dataset) -> Columns:
    """Log ratio of each body but the first to the first."""
    names = side["place"].values[1:]
    return Columns(
        tuple(f"{RATIO}{name}" for name in names),
        np.eye(len(names)),
        np.tile(np.eye(len(names) + 1)[:, 1:], (side.sizes["time"], 1)),
        FixedEffects(np.full(len(names), prior_of(model).sd)),
        (),
    )


def of_reference(result: UnitResult) -> UnitResult:
    """All reports as those of one place."""
    return result._replace(nobs=result.nobs.sum(keepdims=True))


def _speaks(model: DynamicRate, panel: xr.Dataset, body: str) -> bool:
    """Whether a body said anything of a place."""
    own = of_body(panel, body)
    counted = own["low" if "qualifier" in own else model.variable]
    if counted.notnull().any():
        return True
    return "period_share" in own and bool((own["period_share"] > 0).any())

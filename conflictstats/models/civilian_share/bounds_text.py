"""What bounds of a share say in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from conflictstats.models.civilian_share.denominator import wording
from conflictstats.models.civilian_share.ends import records

if TYPE_CHECKING:
    from conflictstats.models.civilian_share.bounds_fit import ShareBoundsFit

EVENTS_PRINTED = 3


def described(fit: ShareBoundsFit) -> str:
    """Whose share of whom was estimated, and how far it is known, in several lines."""
    whom, part = fit.model.denominator, " or ".join(fit.model.part)
    name = whom if isinstance(whom, str) else "own"
    facts = {
        "denominator": f"{name} ({wording(whom, fit.model.categories)})",
        "n_deaths": f"{float(fit.n_deaths.sum()):,.0f} in {fit.nobs:,} rows",
        "left out": f"{float(fit.totals['left_out'].sum()):,.0f} deaths",
        "inconsistent": f"{int(fit.totals['n_inconsistent'].sum()):,} rows whose "
        "categories do not add up to best",
        "status": fit.status.value,
    }
    lines = [f"{fact + ':':<14}{value}" for fact, value in facts.items()]
    table = xr.merge([fit.unknown_share, fit.statuses, fit.n_deaths], compat="override")
    worst = fit.influence.sel(rank=slice(EVENTS_PRINTED))
    worst = worst.where(worst["change"].notnull(), drop=True)
    texts = [
        frame.to_string(index=False, float_format="{:.3f}".format)
        for frame in (records(table), fit.to_frame(), records(worst))
    ]
    lines = [f"Share of {part} among the dead", *lines]
    return "\n\n".join(["\n".join(lines), *texts])

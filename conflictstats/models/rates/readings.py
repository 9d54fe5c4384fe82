"""What the reading of reports does to a rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats.errors import SettingError

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate

CERTAIN = 1e4
"""Reports for which the prior of an assumed share of deaths found stands."""


def over_mechanisms(
    model: DynamicRate,
    panel: xr.Dataset,
    qualifier: str,
    cases: Sequence[tuple[str, float]],
    level: float,
    seed: int,
) -> xr.Dataset:
    """Mean rates under each reading of one kind of report, with the same randomness."""
    words = np.unique(panel["qualifier"].values) if "qualifier" in panel else ["exact"]
    _check.one_of(qualifier, [str(word) for word in words], "qualifier")
    bands, told = [], []
    for name, share in cases:
        other = _reading(model, qualifier, name, share)
        fit = other.fit(panel, rng=np.random.default_rng(seed), strict=False)
        bands.append(fit.mean_rate(level=level))
        told.append((name, share, fit.status.name, fit.log_evidence))
    columns = ("mechanism", "found", "status", "log_evidence")
    told_by = {
        column: ("case", list(values))
        for column, values in zip(columns, zip(*told, strict=True), strict=True)
    }
    curve = xr.concat(bands, "case", combine_attrs="override")
    return curve.assign_coords(told_by).assign_attrs(qualifier=qualifier)


def _reading(
    model: DynamicRate, qualifier: str, name: str, share: float
) -> DynamicRate:
    """The model with another reading; a share of 1 leaves the count as printed."""
    if np.isnan(share):
        return replace(model, mechanisms={**model.mechanisms, qualifier: name})
    if not 0 < share <= 1:
        raise SettingError(f"found must be above 0 and at most 1, got {share}")
    name = "exact" if share == 1 else name
    prior = model.found if share == 1 else (share * CERTAIN, (1 - share) * CERTAIN)
    mechanisms = {**model.mechanisms, qualifier: name}
    return replace(model, mechanisms=mechanisms, found=prior)

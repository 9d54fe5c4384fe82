"""Fits as one Dataset that netCDF can hold, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import xarray as xr

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def stored(model: DataclassInstance, *parts: xr.Dataset) -> xr.Dataset:
    """What a fit holds in one, with the attrs of the first part and the settings."""
    settings = {"model": type(model).__name__, "settings": json.dumps(asdict(model))}
    return xr.merge(parts).assign_attrs(parts[0].attrs | settings)


def settings_of(dataset: xr.Dataset) -> dict[str, Any]:
    """Settings as they were given to the model."""
    given = json.loads(dataset.attrs["settings"])
    return {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}


def parted(dataset: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset, dict[str, Any]]:
    """Draws, diagnostics and settings, out of what a fit had merged.

    Diagnostics are the variables with one value a place, or a series.
    """
    each = (("place",), ("series",))
    told = [name for name, values in dataset.items() if values.dims in each]
    draws = dataset.drop_vars(told)
    draws.attrs = {
        k: v for k, v in dataset.attrs.items() if k not in ("model", "settings")
    }
    diagnostics = dataset[told].drop_attrs(deep=False)
    return draws, diagnostics, settings_of(dataset)

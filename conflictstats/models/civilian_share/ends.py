"""Ends of a share as labelled arrays, and what is made of them."""

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats.models.civilian_share.categories import CLASSES
from conflictstats.numerics.partial_identification import (
    share_at_odds_ratio,
    share_bounds,
)

PARAMS = pd.Index(["lower", "upper"], name="param")


def ends_of(deaths: xr.DataArray) -> xr.DataArray:
    """Bounds of the share, dim (category) replaced by (param)."""
    like = deaths.isel(category=0, drop=True)
    found = share_bounds(*(part.values for part in _classes(deaths)))
    return xr.concat([like.copy(data=end) for end in found], PARAMS)


def share_at(deaths: xr.DataArray, odds_ratio: float) -> xr.DataArray:
    """Share at one odds ratio of the unknown, dim (category) gone."""
    part, rest, unknown, *maybe = (each.values for each in _classes(deaths))
    share = share_at_odds_ratio(part, rest, unknown, odds_ratio, *maybe)
    return deaths.isel(category=0, drop=True).copy(data=share)


def pair(ends: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Split (param, ...) into what is lower and what is upper."""
    return ends.sel(param="lower", drop=True), ends.sel(param="upper", drop=True)


def between(ends: xr.DataArray) -> xr.Dataset:
    """Interval between two bounds, ``estimate`` only where they meet."""
    lower, upper = pair(ends)
    return interval(lower.where(lower == upper), lower, upper, 1.0, "bounds")


def interval(
    estimate: xr.DataArray,
    lower: xr.DataArray,
    upper: xr.DataArray,
    level: float,
    kind: str,
) -> xr.Dataset:
    """A Dataset of the house's three names, with what they are."""
    return xr.Dataset(
        {"estimate": estimate, "lower": lower, "upper": upper},
        attrs={"level": level, "kind": kind},
    )


def quantile(drawn: xr.DataArray, probability: xr.DataArray) -> xr.DataArray:
    """Quantile over the draws, at a probability of its own in each group."""
    found = xr.apply_ufunc(
        np.quantile,
        drawn,
        probability.fillna(0.5),
        input_core_dims=[["draw"], []],
        vectorize=True,
    )
    return found.where(probability.notnull())


def rows_of(term: str, found: xr.Dataset) -> pd.DataFrame:
    """An interval as rows of a tidy table."""
    rows = records(found).assign(level=found.attrs["level"], kind=found.attrs["kind"])
    rows.insert(0, "term", term)
    return rows


def records(dataset: xr.Dataset) -> pd.DataFrame:
    """One row a group, or a single row where there are no groups."""
    if dataset.sizes:
        return dataset.to_dataframe().reset_index()
    return pd.DataFrame([{name: dataset[name].item() for name in dataset}])


def _classes(deaths: xr.DataArray) -> list[xr.DataArray]:
    """Dead of each class, in the order of ``CLASSES``."""
    return [deaths.isel(category=at, drop=True) for at in range(len(CLASSES))]

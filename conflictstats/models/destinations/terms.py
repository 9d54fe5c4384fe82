"""Gravity terms: which variables there are, on which scale, and what is believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr

from conflictstats._typing import FloatArray
from conflictstats.errors import SchemaError, SettingError

NEAREST = 10.0
"""Kilometres that are added to a distance, because nobody travels none."""


class Term(NamedTuple):
    """A variable of gravity.

    Attributes
    ----------
    scale : callable
        From the variable to the column.
    least : float
        Values at or above this can be read.
    mean, sd : float
        What is believed of its coefficient.
    """

    scale: Callable[[FloatArray], FloatArray]
    least: float
    mean: float
    sd: float


def _log_distance(km: FloatArray) -> FloatArray:
    """Log of kilometres, those of every journey added."""
    return np.log(km + NEAREST)


def _as_it_is(values: FloatArray) -> FloatArray:
    """The values themselves."""
    return values


TERMS = {
    "distance": Term(_log_distance, 0.0, -1.0, 1.0),
    "population": Term(np.log, 1.0, 0.5, 0.5),
    "border": Term(_as_it_is, -np.inf, 0.5, 1.0),
    "kin": Term(_as_it_is, -np.inf, 0.5, 1.0),
    "language": Term(_as_it_is, -np.inf, 0.5, 1.0),
    "violence": Term(np.log1p, 0.0, -0.5, 0.5),
    "stock_before": Term(np.log1p, 0.0, 0.5, 0.5),
}
"""Kilometres, people, 0 or 1 (or shares), events or deaths, people there before."""


def believed(
    names: list[str], given: Mapping[str, tuple[float, float]]
) -> tuple[FloatArray, FloatArray]:
    """Means and sds of coefficients, shape (K,) each; what is given comes first."""
    pairs = [given.get(name, (TERMS[name].mean, TERMS[name].sd)) for name in names]
    mean, sd = np.array(pairs, float).reshape(-1, 2).T
    return mean, sd


def hold_names(names: list[str]) -> None:
    """Raise unless all are variables of gravity."""
    strange = [name for name in names if name not in TERMS]
    if strange:
        raise SettingError(
            f"gravity has no term {', '.join(map(repr, strange))}; it has "
            f"{', '.join(TERMS)}; bring what you have to one of them"
        )


def columns_of(
    gravity: xr.Dataset | None, destinations: np.ndarray, times: np.ndarray
) -> tuple[list[str], FloatArray]:
    """Names and columns of gravity, shape (T, J, K)."""
    shape = times.size, destinations.size
    if gravity is None:
        return [], np.empty((*shape, 0))
    names = [str(name) for name in gravity.data_vars]
    hold_names(names)
    absent = [
        str(name)
        for name in destinations
        if "destination" not in gravity.indexes
        or name not in gravity.indexes["destination"]
    ]
    if absent:
        raise SchemaError(
            f"gravity has no destination {', '.join(absent)}; it needs dim destination "
            "with all that are in the table"
        )
    columns = np.empty((*shape, len(names)))
    for k, name in enumerate(names):
        columns[..., k] = _column(gravity[name], name, destinations, times)
    return names, columns


def _column(
    values: xr.DataArray, name: str, destinations: np.ndarray, times: np.ndarray
) -> FloatArray:
    """One term on its scale, shape (T, J)."""
    chosen = values.sel(destination=destinations)
    if "time" in values.dims:
        late = [str(day)[:10] for day in times if day not in values.indexes["time"]]
        if late:
            raise SchemaError(
                f"gravity {name!r} has no value on {', '.join(late[:5])}; carry the "
                "last one forward if it still holds"
            )
        chosen = chosen.sel(time=times).transpose("time", "destination")
    numbers = np.asarray(chosen, float)
    bad = ~np.isfinite(numbers) | (numbers < TERMS[name].least)
    if bad.any():
        where = destinations[np.flatnonzero(np.atleast_2d(bad).any(axis=0))]
        raise SchemaError(
            f"gravity {name!r} is missing, infinite or below {TERMS[name].least:g} in "
            f"{', '.join(map(str, where))}; every destination needs a number"
        )
    return np.broadcast_to(TERMS[name].scale(numbers), (times.size, destinations.size))

"""Covariates by formula: their columns in every cell of a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.errors import DimensionError, SchemaError, SettingError
from conflictstats.models import _formula
from conflictstats.models.rates.structure import Columns
from conflictstats.models.rates.trends import walks_apart
from conflictstats.numerics import aliasing, priors
from conflictstats.numerics.engine.effects import FixedEffects

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate

CELLS_NAMED = 5
REPORTED = ("low", "high", "qualifier", "value")
"""What a panel of reports is read from."""


class Covariates(NamedTuple):
    """Columns of a formula over a whole panel, so that they mean the same everywhere.

    Attributes
    ----------
    names : tuple of str
        One a column.
    values : ndarray, shape (times, places, columns)
        Each less its mean, in its unit.
    unit : ndarray, shape (columns,)
        Standard deviation of each over all cells; of one with two values, their
        difference.
    """

    names: tuple[str, ...]
    values: FloatArray
    unit: FloatArray


def prior_of(model: DynamicRate) -> priors.Effect:
    """Law of the log factor of a covariate's unit."""
    return priors.Effect.of_change(
        *model.covariate_change,
        what="a standard deviation of a covariate, or of a yes beside a no,",
    )


def covariates_of(model: DynamicRate, panel: xr.Dataset) -> Covariates | None:
    """Evaluate the formula in every cell, observed or not."""
    if model.covariates is None:
        return None
    right = model.covariates.strip().removeprefix("~")
    terms = _formula.terms_of(f"1 + {right}", trusted=False, splines=True)
    frame = _frame(model, panel, _formula.names_in(terms))
    made = _formula.made_of(terms, frame)
    if made.names[0] != "Intercept":
        raise SettingError(
            f"covariates={model.covariates!r} leaves out the level, and the walk has "
            "one: take out the 0 or -1"
        )
    if len(made.names) == 1:
        raise SettingError(f"covariates={model.covariates!r} names no covariate")
    values = made.values[:, 1:]
    for name, column in zip(made.names[1:], values.T, strict=True):
        _refuse(panel, ~np.isfinite(column), f"the covariate {name!r} is not finite")
    unit = values.std(axis=0)
    two = np.array([np.unique(column).size == 2 for column in values.T])
    unit = np.where(two, np.ptp(values, axis=0), np.where(unit > 0, unit, 1.0))
    shape = panel.sizes["time"], panel.sizes["place"], unit.size
    scaled = (values - values.mean(axis=0)) / unit
    return Covariates(tuple(made.names[1:]), scaled.reshape(shape), unit)


def columns_in(
    model: DynamicRate, covariates: Covariates | None, unit: list[int]
) -> list[Columns]:
    """Columns of some places, without those that the levels or others account for."""
    if covariates is None:
        return []
    times = len(covariates.values)
    values = covariates.values[:, unit].reshape(times * len(unit), -1)
    levels = np.ones((1, 1))
    if walks_apart(model):
        levels = np.eye(len(unit))
    known = np.tile(levels, (len(values) // len(levels), 1))
    both = np.concatenate([known, values], axis=1)
    kept = np.flatnonzero(aliasing.independent(both)[known.shape[1] :])
    if not kept.size:
        return []
    return [
        Columns(
            tuple(covariates.names[j] for j in kept),
            np.diag(1 / covariates.unit[kept]),
            values[:, kept],
            FixedEffects(np.full(kept.size, prior_of(model).sd)),
            (),
        )
    ]


def _frame(model: DynamicRate, panel: xr.Dataset, names: list[str]) -> pd.DataFrame:
    """Variables of the panel in every cell, ordered by time, then by place."""
    reported = REPORTED if "qualifier" in panel else (model.variable,)
    columns = {}
    for name in names:
        if name in reported:
            raise SettingError(
                f"{name!r} is what the model explains, and it cannot explain itself; "
                "give its earlier values as a variable of their own"
            )
        columns[name] = _column(panel, name)
    cells = panel.sizes["time"] * panel.sizes["place"]
    return pd.DataFrame(columns, index=range(cells))


def _column(panel: xr.Dataset, name: str) -> pd.Series:
    """One variable in every cell: numbers, or levels of a factor."""
    if name not in panel.variables:
        raise DimensionError(
            f"covariates names {name!r}, which the panel has not; it has "
            f"{', '.join(map(str, panel))}"
        )
    variable = panel[name]
    if not set(variable.dims) <= {"time", "place"}:
        raise DimensionError(
            f"covariate {name!r} must be by time, by place or by both, and has dims "
            f"{variable.dims}"
        )
    whole = variable.broadcast_like(panel[["time", "place"]]).transpose("time", "place")
    values = pd.Series(whole.values.ravel())
    if pd.api.types.is_datetime64_any_dtype(values):
        raise SettingError(f"covariate {name!r} is a date; make a number of it before")
    _refuse(panel, values.isna().to_numpy(), f"covariate {name!r} is missing")
    if not pd.api.types.is_numeric_dtype(values):
        return values.astype(str).astype("category")
    return values.astype(float) if values.dtype == bool else values


def _refuse(panel: xr.Dataset, bad: BoolArray, fault: str) -> None:
    """Raise if a covariate cannot be used in some cells, and name the first of them."""
    rows = np.flatnonzero(bad)
    if not rows.size:
        return
    time, place = np.divmod(rows[:CELLS_NAMED], panel.sizes["place"])
    days = panel["time"].values[time].astype("datetime64[D]")
    places = panel["place"].values[place]
    named = ", ".join(f"{day} in {p}" for day, p in zip(days, places, strict=True))
    more = f" and {rows.size - CELLS_NAMED} more" if rows.size > CELLS_NAMED else ""
    raise SchemaError(
        f"{fault} in {rows.size} cells: {named}{more}. The rate is estimated in every "
        "cell, also where no death was observed: fill the covariate (such as by "
        "panel[name].interpolate_na('time')), or cut the panel to where it is known"
    )

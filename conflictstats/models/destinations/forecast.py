"""Shares on a date after those of a fit, also of destinations that it has not seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy import special

from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models.destinations.terms import columns_of
from conflictstats.numerics.destinations.posterior import DAYS_OF_MONTH

DAY = np.timedelta64(1, "D")


class _Places(NamedTuple):
    """Destinations on a date, those of the fit first."""

    names: np.ndarray
    known: int
    columns: FloatArray
    log_open: FloatArray


def forecast(
    draws: xr.Dataset,
    date: str | np.datetime64,
    *,
    totals: float | xr.DataArray | None,
    gravity: xr.Dataset | None,
    opened: xr.DataArray | None,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Draws of what will be reported."""
    last = draws["time"].values[-1].astype("datetime64[D]")
    when = np.datetime64(str(date)[:10], "D")
    if not when > last:
        raise SettingError(
            f"date must be after the last of the fit, {last}, got {when}; shares up to "
            "it are in shares()"
        )
    places = _places(draws, gravity, opened, when)
    concentration = draws["hyper"].sel(param="concentration").values
    days = float((when - last) / DAY)
    expected = special.softmax(
        _log_odds(draws, places, days, rng) + places.log_open, axis=1
    )
    scattered = rng.standard_gamma(concentration[:, None] * expected)
    share = scattered / scattered.sum(axis=1, keepdims=True)
    dims = "draw", "destination"
    ahead = {"expected": (dims, expected), "share": (dims, share)}
    if totals is not None:
        ahead["people"] = dims, rng.multinomial(_whole(totals, len(share), rng), share)
    seen = np.arange(places.names.size) < places.known
    return xr.Dataset(
        ahead | {"concentration": ("draw", concentration)},
        {"destination": places.names, "seen": ("destination", seen)},
        {"date": str(when), "days_ahead": days},
    )


def _places(
    draws: xr.Dataset,
    gravity: xr.Dataset | None,
    opened: xr.DataArray | None,
    when: np.datetime64,
) -> _Places:
    """Who is there on the date, with gravity terms and openings."""
    known = draws["destination"].values.astype(str)
    terms = draws["term"].values.astype(str).tolist()
    names, columns = known, draws["last_term"].values
    if gravity is not None:
        if sorted(map(str, gravity.data_vars)) != sorted(terms):
            raise SettingError(
                f"gravity must have the terms of the fit, {', '.join(terms) or 'none'}"
                f"; got {', '.join(map(str, gravity.data_vars))}"
            )
        here = gravity["destination"].values.astype(str)
        names = np.concatenate([known, here[~np.isin(here, known)]])
        columns = columns_of(gravity[terms], names, np.array([when]))[1][0]
    log_open = np.zeros(names.size)
    with np.errstate(divide="ignore"):
        log_open[: known.size] = np.log(draws["last_open"].values)
        if opened is not None:
            given = opened.reindex(destination=names).values.astype(float)
            log_open = np.where(np.isnan(given), log_open, np.log(given))
    if np.isneginf(log_open).all():
        raise SettingError("no destination is open on that date; open one")
    return _Places(names, known.size, columns, log_open)


def _log_odds(
    draws: xr.Dataset, places: _Places, days: float, rng: np.random.Generator
) -> FloatArray:
    """Log odds of every destination, up to a constant, shape (draws, J)."""
    hyper = draws["hyper"].transpose("draw", "param")
    month = hyper.sel(param="monthly_change").values[:, None]
    departure = hyper.sel(param="departure").values[:, None]
    noise = rng.standard_normal((hyper.sizes["draw"], places.names.size))
    step = month * np.sqrt(days / DAYS_OF_MONTH) * noise[:, : places.known]
    moved = draws["end"].values + step - step.mean(axis=1, keepdims=True)
    walk = np.hstack([moved, departure * noise[:, places.known :]])
    return np.asarray(walk + draws["coefficient"].values @ places.columns.T)


def _whole(
    totals: float | xr.DataArray, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Totals as whole people, one a draw."""
    given = np.ravel(np.asarray(totals, float))
    if not ((given >= 0) & (given < np.inf)).all():
        raise SettingError("totals must be numbers from 0, got one that is not")
    if given.size != draws:
        given = rng.choice(given, draws)
    return np.rint(given).astype(np.int64)

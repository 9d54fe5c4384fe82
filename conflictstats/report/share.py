"""Bounds of a civilian share as a record, for ``conflictstats share``."""

from math import isfinite
from typing import Any

import xarray as xr

from conflictstats.models.civilian_share import ShareBoundsFit

ENDS = ("lower", "upper")


def share_record(fit: ShareBoundsFit) -> dict[str, Any] | list[dict[str, Any]]:
    """Give bounds, interval and sensitivity of a share as plain values.

    Parameters
    ----------
    fit : ShareBoundsFit
        Fitted bounds, of all events or by group.

    Returns
    -------
    dict or list of dict
        ``denominator``, ``n_deaths`` (people), ``unknown_share``, ``bounds``
        (``lower``, ``upper``), ``interval`` (``lower``, ``upper``, ``level``),
        ``estimate``, ``status`` and ``sensitivity``, a list of ``odds_ratio``,
        ``estimate``, ``lower`` and ``upper``; None where there is no number. Of a fit
        by group one each, with its ``place``.

    Examples
    --------
    One civilian, two fighters, and one of whom nobody knows:

    >>> import numpy as np
    >>> import pandas as pd
    >>> from conflictstats.models.civilian_share import ShareBounds
    >>> counts = {"deaths_civilians": [1], "deaths_a": 2, "deaths_b": 0}
    >>> counts |= {"deaths_unknown": 1, "low": 4, "best": 4, "high": 4}
    >>> model = ShareBounds(denominator="all", replicates=2)
    >>> fit = model.fit(pd.DataFrame(counts), rng=np.random.default_rng(1))
    >>> record = share_record(fit)
    >>> record["n_deaths"], record["bounds"], record["estimate"]
    (4, {'lower': 0.25, 'upper': 0.5}, None)
    """
    whom = str(fit.model.denominator)
    whole = {
        "n_deaths": fit.n_deaths,
        "unknown_share": fit.unknown_share,
        "bounds": fit.bounds,
        "interval": fit.conf_int(),
        "status": fit.statuses,
        "sensitivity": fit.sensitivity(),
    }
    if not fit.n_deaths.dims:
        return _record(whom, whole)
    (by,) = fit.n_deaths.dims
    return [
        {"place": str(place)}
        | _record(whom, {name: each.sel({by: place}) for name, each in whole.items()})
        for place in fit.n_deaths[by].values
    ]


def _record(whom: str, group: dict[str, Any]) -> dict[str, Any]:
    """The record of one group."""
    bounds, interval = group["bounds"], group["interval"]
    return {
        "denominator": whom,
        "n_deaths": int(group["n_deaths"]),
        "unknown_share": _number(group["unknown_share"]),
        "bounds": _numbers(bounds, ENDS),
        "interval": _numbers(interval, ENDS) | {"level": interval.attrs["level"]},
        "estimate": _number(bounds["estimate"]),
        "status": str(group["status"].item()),
        "sensitivity": [
            {"odds_ratio": float(ratio)}
            | _numbers(group["sensitivity"].sel(odds_ratio=ratio), ("estimate", *ENDS))
            for ratio in group["sensitivity"]["odds_ratio"].values
        ],
    }


def _numbers(values: xr.Dataset, names: tuple[str, ...]) -> dict[str, float | None]:
    """Some variables without dims as numbers."""
    return {name: _number(values[name]) for name in names}


def _number(value: xr.DataArray) -> float | None:
    """A finite number, or None."""
    number = float(value)
    return number if isfinite(number) else None

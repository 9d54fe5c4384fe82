"""The posterior of a composition, with names for its axes."""

from __future__ import annotations

import numpy as np
import xarray as xr

from conflictstats.models.civilian_share.composed import Composed
from conflictstats.models.civilian_share.deaths import Deaths


def labelled(
    panel: xr.Dataset, deaths: Deaths, composed: Composed
) -> tuple[xr.Dataset, xr.Dataset]:
    """Draws, and diagnostics by place."""
    cells = deaths.times * deaths.places
    shape = (-1, deaths.times, deaths.places, len(deaths.categories))
    axes = ("draw", "time", "place", "category")
    named = panel["place"].values[deaths.place]
    unclear = deaths.unknown > 0
    draws = {
        "share": (axes, composed.share[:, :cells].reshape(shape)),
        "killed": (axes, composed.killed[:, :cells].reshape(shape)),
        "deaths": (axes[1:3], deaths.in_cells(deaths.total)),
        "period_killed": (("draw", "period", "category"), composed.killed[:, cells:]),
        "period_place": ("period", named[cells:]),
        "period_first": ("period", deaths.first),
        "period_last": ("period", deaths.last),
        "chance": (("draw", "unclear"), composed.chance),
        "unclear_deaths": ("unclear", deaths.unknown[unclear]),
        "unclear_place": ("unclear", named[unclear]),
        "odds_ratio": ("draw", composed.odds_ratio),
        "hyper": (
            ("draw", "param", "place"),
            np.stack([*composed.hyper.values()], axis=1),
        ),
    }
    coords = {
        "time": panel["time"].values,
        "time_end": ("time", panel["time_end"].values),
        "place": panel["place"].values,
        "category": [*deaths.categories],
        "param": [*composed.hyper],
    }
    return xr.Dataset(draws, coords), _told(panel, deaths, composed)


def _told(panel: xr.Dataset, deaths: Deaths, composed: Composed) -> xr.Dataset:
    """Status, counts of people and what drives the share, dims (place,)."""
    known = deaths.known.sum(axis=1)
    long = np.where(np.arange(known.size) < deaths.times * deaths.places, 0, 1)
    told = {
        "status": [status.name for status in composed.status],
        "pareto_k": composed.pareto_k,
        "driven": composed.driven,
        "known": deaths.of_places(known),
        "known_civilians": deaths.of_places(deaths.known[:, 0]),
        "unknown": deaths.of_places(deaths.unknown.astype(float)),
        "long": deaths.of_places(long * deaths.total),
    }
    return xr.Dataset(
        {name: ("place", each) for name, each in told.items()},
        {"place": panel["place"].values},
    )

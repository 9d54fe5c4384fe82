"""Camps of two crises as tables; the shared files themselves stay where they are."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy.sparse import csgraph

from conflictstats.events import read_camps

HERE = Path(__file__).resolve().parent
CRISES = {"mali2012": "2012-02-29", "burundi2015": "2015-05-01"}
"""Name of the folder, and the day from which conflict dates are counted."""
EXPONENT = 2
"""Of distance in gravity without parameters."""


class Crisis(NamedTuple):
    """Numbers of people in camps at report dates.

    Attributes
    ----------
    people : DataArray, dims (time, destination)
        As reported; NaN where nothing was.
    latest : DataArray, dims (time, destination)
        The last number reported up to then; 0 before the first.
    open : DataArray, dims (time, destination)
        1 from the first number above 0.
    distance : DataArray, dims (time, destination)
        Kilometres by road from the places in conflict by then, mean by population.
    pull, pull_of_size : DataArray, dims (time, destination)
        Population of places in conflict over squared distance; times the camp's size.
    """

    people: xr.DataArray
    latest: xr.DataArray
    open: xr.DataArray
    distance: xr.DataArray
    pull: xr.DataArray
    pull_of_size: xr.DataArray


def folder() -> Path:
    """Where the shared tables are, or would be."""
    named = os.environ.get("CONFLICTSTATS_SHARED", "required")
    beside = HERE.parents[2] / "shared" / "data"
    return (beside if named == "required" else Path(named)) / "displacement"


def crisis(name: str) -> Crisis:
    """Read one crisis; the run ends with a sentence where its files are not here."""
    where = folder() / name
    if not where.is_dir():
        raise SystemExit(f"nothing is made: the shared tables of {name} are not here")
    layout = pd.read_csv(where / "data_layout.csv", names=["camp", "file"], comment="#")
    camps = layout[layout["camp"] != "total"]
    files = {row.camp: where / row.file.strip() for row in camps.itertuples()}
    reports = read_camps(files, repeated="last").frame
    wide = reports.pivot(index="end", columns="place", values="value").astype(float)
    people = xr.DataArray(
        wide.to_numpy(),
        {"time": wide.index.to_numpy(), "destination": wide.columns.to_numpy(str)},
        ("time", "destination"),
    )
    latest = people.copy(data=wide.ffill().fillna(0.0).to_numpy())
    opened = (latest.cumsum("time") > 0).astype(float)
    roads = _roads(where, people, CRISES[name])
    return Crisis(people, latest, opened, *roads)


def _roads(
    where: Path, people: xr.DataArray, begin: str
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Distances and pulls at each date, from the places in conflict by then."""
    columns = ["name", "region", "country", "lat", "lon", "kind", "conflict", "size"]
    places = pd.read_csv(where / "locations.csv", skiprows=1, header=None)
    places = places.iloc[:, :8].set_axis(columns, axis=1).set_index("name")
    far = _shortest(pd.read_csv(where / "routes.csv", skiprows=1, header=None))
    camps = people["destination"].values
    zones = places[places["kind"] == "conflict_zone"]
    km = far.loc[zones.index, camps].to_numpy()
    day = (people["time"].values - np.datetime64(begin)) / np.timedelta64(1, "D")
    begun = zones["conflict"].astype(float).to_numpy()
    among = np.maximum(day, begun.min())[:, None] >= begun
    weight = among * zones["size"].astype(float).to_numpy()
    reached = np.isfinite(km)
    near = np.where(reached, km, 0.0)
    distance = weight @ near / (weight @ reached)
    pull = weight @ np.where(reached, 1 / np.maximum(near, 1.0) ** EXPONENT, 0.0)
    size = places.loc[camps, "size"].astype(float).to_numpy()
    return tuple(people.copy(data=each) for each in (distance, pull, pull * size))


def _shortest(routes: pd.DataFrame) -> pd.DataFrame:
    """Kilometres between all places by road, the shortest way."""
    names = pd.unique(routes.iloc[:, :2].to_numpy().ravel())
    at = {name: i for i, name in enumerate(names)}
    graph = np.full((names.size, names.size), np.inf)
    for one, other, km in routes.iloc[:, :3].itertuples(index=False):
        graph[at[one], at[other]] = min(graph[at[one], at[other]], float(km))
    found = csgraph.shortest_path(graph, directed=False)
    return pd.DataFrame(found, names, names)

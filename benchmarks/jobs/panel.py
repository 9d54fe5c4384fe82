"""A GED-shaped file to a weekly panel, beside a plain pandas read and groupby.

The peer checks nothing, books a long event on its first day and knows no zeros; what
both must agree on are the deaths of each province.
"""

from pathlib import Path

SIZES = {"small": 2_000, "medium": 40_000, "large": 400_000}
UNIT = "events"
SEED = 20190822
FILE = "events.csv"


def peer_name() -> str:
    """Name the peer."""
    return "pandas read_csv and groupby"


def prepare(size: int, folder: Path) -> None:
    """Write the file of events."""
    import numpy as np

    from conflictstats.simulate.events import ged_table

    events = ged_table(size, rng=np.random.default_rng(SEED))
    events.to_csv(folder / FILE, index=False)


def ours(size: int, folder: Path) -> dict[str, list[float]]:
    """Read, check and book the events; return the deaths of each province."""
    import numpy as np

    from conflictstats.events.ged import read_ged
    from conflictstats.panel import panel_of_events

    weekly = panel_of_events(read_ged(folder / FILE), every="week", by="adm_1")
    deaths = weekly["best"].sum("time").values
    np.add.at(deaths, weekly["period_place"].values, weekly["period_best"].values)
    std_err = np.sqrt(np.maximum(deaths, 1))
    return {"estimate": deaths.tolist(), "std_err": std_err.tolist()}


def peer(size: int, folder: Path) -> dict[str, list[float]]:
    """Read and group the events; return the deaths of each province."""
    import pandas as pd

    events = pd.read_csv(folder / FILE, parse_dates=["date_start"], low_memory=False)
    weeks = pd.Grouper(key="date_start", freq="W-SUN")
    weekly = events.groupby(["adm_1", weeks])[["low", "best", "high"]].sum()
    deaths = weekly["best"].groupby("adm_1").sum().astype("float64")
    return {"estimate": deaths.tolist()}

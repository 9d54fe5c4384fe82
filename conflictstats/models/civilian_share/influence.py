"""Which events carry the bounds: what is left when each of them is left out."""

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats.models.civilian_share.categories import CLASSES
from conflictstats.numerics.partial_identification import share_bounds

TOP_EVENTS = 10


def influence_of(dead: pd.DataFrame) -> xr.Dataset:
    """The events whose absence moves the bounds most, dims (rank,)."""
    deaths = dead[[*CLASSES]].to_numpy()
    total = deaths.sum(axis=0, keepdims=True)
    without = np.array(_bounds(total - deaths))
    change = np.abs(without - np.array(_bounds(total))).max(axis=0)
    table = pd.DataFrame(
        {
            "event": dead["event"].astype("str").to_numpy(),
            "event_deaths": deaths.sum(axis=1),
            "event_unknown": deaths[:, CLASSES.index("unknown") :].sum(axis=1),
            "lower_without": without[0],
            "upper_without": without[1],
            "change": change,
        }
    ).sort_values("change", ascending=False, kind="stable", ignore_index=True)
    table = table.reindex(range(TOP_EVENTS)).fillna({"event": ""})
    columns = {name: ("rank", table[name].to_numpy()) for name in table}
    return xr.Dataset(columns, coords={"rank": np.arange(TOP_EVENTS) + 1})


def _bounds(deaths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds from classes of dead, shape (n, class)."""
    part, rest, unknown, part_or_out, others_or_out = deaths.T
    return share_bounds(part, rest, unknown, part_or_out, others_or_out)

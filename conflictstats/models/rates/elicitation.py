"""What experts said about the counts of a panel."""

from __future__ import annotations

import numpy as np
import xarray as xr

from conflictstats._typing import FloatArray
from conflictstats.errors import DimensionError, SettingError
from conflictstats.numerics.likelihood import mechanisms
from conflictstats.numerics.likelihood.mechanisms import Mechanism, Reading
from conflictstats.numerics.likelihood.weighted import Elicited

Names = tuple[str, str, str]
UNASKED = "nothing coded"
"""Word for cells without an event, about which no expert was asked."""


def laws_of(panel: xr.Dataset, names: Names | None, place: int) -> FloatArray:
    """Location, scale and weight of the law of each cell's count, shape (time, 3)."""
    if names is None:
        return np.full((panel.sizes["time"], 3), np.nan)
    lacking = [name for name in names if name not in panel]
    if lacking:
        raise DimensionError(
            f"elicited names {', '.join(lacking)}, which the panel has not; give "
            "location, scale and weight of the experts' law by time and place"
        )
    laws = [panel[name].transpose("time", "place").values[:, place] for name in names]
    known = np.column_stack(laws).astype(float)
    if "n_events" in panel:
        events = panel["n_events"].transpose("time", "place").values[:, place]
        several = (events > 1) & np.isfinite(known).all(axis=1)
        if several.any():
            raise SettingError(
                f"the experts' law is of one event, and {several.sum()} cells of "
                f"{panel['place'].values[place]!s} sum several, whose sum has no such "
                "law: count by shorter cells and smaller places until each holds one, "
                "or fit low, best and high beside each other with bounds()"
            )
    return known


def read(
    low: FloatArray,
    high: FloatArray,
    words: np.ndarray,
    table: dict[str, Mechanism],
    laws: FloatArray,
) -> Reading:
    """Reports as a likelihood reads them; zeros without a law are zeros."""
    asked = [word for word, m in table.items() if m is Mechanism.ELICITED]
    without = np.isin(words, asked) & ~np.isfinite(laws).all(axis=1)
    if (low[without] > 0).any():
        raise SettingError(
            f"{(low[without] > 0).sum()} counts above 0 are read as 'elicited' and "
            "have no experts' law (records longer than a cell never have one): name "
            "its variables by elicited=(location, scale, weight) and fill them, or "
            "read these counts by another mechanism"
        )
    words = np.where(without, UNASKED, words)
    table = {**table, UNASKED: Mechanism.EXACT}
    return mechanisms.read(low, high, words, table, Elicited(*laws.T))

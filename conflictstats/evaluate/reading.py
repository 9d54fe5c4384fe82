"""What a panel recorded of each cell, as a rate model reads it."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.models.rates import DynamicRate
from conflictstats.numerics.likelihood import mechanisms
from conflictstats.numerics.likelihood.mechanisms import DEFAULTS, Mechanism


class Recorded(NamedTuple):
    """Reports of cells, each of shape (time, place).

    Attributes
    ----------
    observed : ndarray of bool
        Whether anything was said of the cell.
    exact : ndarray of bool
        Whether all of its deaths were counted, to the last.
    one_interval : ndarray of bool
        Whether the report says that the recorded count lies in one interval.
    low, high : ndarray
        That interval, people, inclusive.
    thinned : ndarray of bool
        Whether what was recorded are only the deaths found so far.
    dated_share : ndarray
        Share of the deaths that are dated to within the cell and not to a longer
        period.
    """

    observed: BoolArray
    exact: BoolArray
    one_interval: BoolArray
    low: FloatArray
    high: FloatArray
    thinned: BoolArray
    dated_share: FloatArray


def recorded(model: DynamicRate, panel: xr.Dataset) -> Recorded:
    """Read the cells of a panel as a model does.

    Parameters
    ----------
    model : DynamicRate
        Its ``variable`` and ``mechanisms`` say how.
    panel : Dataset, dims (time, place)
        Counts, or reports with bounds and a qualifier.

    Returns
    -------
    Recorded
        Intervals of what was recorded.
    """
    shape = panel.sizes["time"], panel.sizes["place"]
    ends = ("low", "high") if "qualifier" in panel else (model.variable,) * 2
    low, high = (_values(panel, name).ravel() for name in ends)
    words = np.full(low.size, "exact")
    if "qualifier" in panel:
        told = panel["qualifier"].transpose("time", "place").values
        words = told.astype(str).ravel()
    dated = np.ones(low.size)
    if "dated_share" in panel:
        dated = _values(panel, "dated_share").ravel()
    said = np.isfinite(low) & (dated > 0)
    table = DEFAULTS | {w: Mechanism[n.upper()] for w, n in model.mechanisms.items()}
    reading = mechanisms.read(low[said], high[said], words[said], table)
    report = reading.report
    which = np.arange(reading.low.size) if report is None else report
    alone = np.bincount(which, minlength=int(said.sum())) == 1
    first = np.searchsorted(which, np.arange(int(said.sum())))

    def spread(values: np.ndarray, fill: float) -> np.ndarray:
        """Put values of what was said in their cells."""
        whole = np.full(low.size, fill, values.dtype)
        whole[said] = values
        return whole.reshape(shape)

    begins, ends_at = reading.low[first], reading.high[first]
    thinned = reading.thinned[first]
    open_to_all = (begins <= 0) & np.isinf(ends_at) & alone
    exact = alone & (begins == ends_at) & ~thinned & (dated[said] == 1)
    return Recorded(
        observed=spread(~open_to_all, False),
        exact=spread(exact, False),
        one_interval=spread(alone, False),
        low=spread(begins, np.nan),
        high=spread(ends_at, np.nan),
        thinned=spread(thinned, False),
        dated_share=dated.reshape(shape),
    )


def _values(panel: xr.Dataset, name: str) -> FloatArray:
    """One variable, shape (time, place)."""
    return panel[name].transpose("time", "place").values.astype(float)

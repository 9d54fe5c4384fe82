"""The tables of a result: row numbers and ids, nothing else of what was read."""

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.linkage.rows import Rows
from conflictstats.numerics.linkage.assignment import first_of_group
from conflictstats.numerics.linkage.nearby import days_apart


def row_frame(rows: Rows, group: IntArray) -> pd.DataFrame:
    """Rows with the number of their event, from 1 in the order of first rows."""
    names = np.array(rows.names, object)
    return pd.DataFrame(
        {
            "table": names[rows.table],
            "row": rows.number,
            "id": rows.ids,
            "event": numbered(group),
            "stratum": rows.stratum,
        }
    )


def link_frame(
    rows: Rows,
    pairs: IntArray,
    km: FloatArray,
    linked: BoolArray,
    *,
    probability: FloatArray | None = None,
    note: list[str] | None = None,
) -> pd.DataFrame:
    """Near pairs with how far apart they are and whether they are linked."""
    i, j = pairs.T
    names = np.array(rows.names, object)
    return pd.DataFrame(
        {
            "table": names[rows.table[i]],
            "row": rows.number[i],
            "other_table": names[rows.table[j]],
            "other_row": rows.number[j],
            "days": days_apart(rows.days[i], rows.days[j]),
            "km": km,
            "probability": np.nan if probability is None else probability,
            "linked": linked,
            "note": "" if note is None else note,
        }
    )


def partitions_of(groups: IntArray) -> xr.DataArray:
    """Events of the rows by draw, each numbered from 1."""
    drawn = np.array([numbered(group) for group in groups], np.int64)
    return xr.DataArray(
        drawn.reshape(len(groups), groups.shape[1]),
        dims=("draw", "record"),
        name="event",
    )


def numbered(group: IntArray) -> IntArray:
    """Groups numbered from 1 in the order of their first rows."""
    _, number = np.unique(first_of_group(group), return_inverse=True)
    return number.astype(np.int64) + 1

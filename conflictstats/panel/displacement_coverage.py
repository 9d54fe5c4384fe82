"""Which reports of a body cover the same places as the one before."""

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats.events.displacement import displacement_table
from conflictstats.panel.displacement import series_of
from conflictstats.provenance import Table


def coverage_mask(reports: Table | pd.DataFrame) -> xr.Dataset:
    r"""Where the places that a body assessed changed from one report to the next.

    A difference across such a change is not a flow: 714 communities assessed in one
    round and 220 in the next leave fewer people on paper without anybody returning.
    The mask says which neighbouring reports may be compared, and makes no number
    comparable: what lives in places that were not assessed is not known.

    Parameters
    ----------
    reports : Table or DataFrame
        As :func:`displacement_table` describes it.

    Returns
    -------
    Dataset, dims (report,)
        ``segment``, the number of the stretch without a change, from 0 on within each
        body, measure, unit, group, place and cause; ``comparable``, whether the report
        before it in time has the same coverage (false for the first);
        ``assessed_share``, the places assessed as a part of the most that the body
        assessed there, NaN where their number is not said. Coordinates: ``report`` (its
        name), ``body``, ``measure``, ``place`` and ``end``. ``attrs`` counts
        ``changes``.

    Raises
    ------
    SchemaError
        If the table is not one of displacement reports.

    Examples
    --------
    >>> from conflictstats.datasets import load_nw_syria_displacement
    >>> from conflictstats.panel import displacement_of_bulletins
    >>> table = displacement_of_bulletins(load_nw_syria_displacement())
    >>> arrivals = (table["place"] == "NW Syria") & (table["measure"] == "flow")
    >>> mask = coverage_mask(table[arrivals])
    >>> mask["segment"].values, int(mask["comparable"].sum())
    (array([0, 1, 2, 3]), 0)
    """
    table = displacement_table(reports)
    key = ["measure", *series_of(table, "coverage")]
    ordered = table.sort_values([*key, "end", "row"], kind="stable")
    series = ordered.groupby(key, dropna=False)
    covered = ordered["coverage"].fillna("") + " " + _as_text(ordered["n_assessed"])
    before = covered.groupby([ordered[name] for name in key], dropna=False).shift()
    first = before.isna()
    changed = ~first & (covered != before)
    segment = changed.groupby([ordered[name] for name in key], dropna=False).cumsum()
    assessed = ordered["n_assessed"].astype("float64")
    most = series["n_assessed"].transform("max").astype("float64")
    columns = {
        "segment": segment.to_numpy(int),
        "comparable": (~first & ~changed).to_numpy(),
        "assessed_share": (assessed / most).to_numpy(),
    }
    words = {
        name: ("report", ordered[name].to_numpy(dtype=str))
        for name in ("body", "measure", "place")
    }
    days = "report", ordered["end"].to_numpy()
    return xr.Dataset(
        {name: ("report", column) for name, column in columns.items()},
        {"report": ordered["report_id"].to_numpy(dtype=str), **words, "end": days},
        {"changes": int(np.sum(changed))},
    )


def _as_text(numbers: pd.Series) -> pd.Series:
    """Whole numbers as text, blank where missing."""
    return numbers.astype("str").fillna("")

"""Violence by day, out of counts or out of events, for a model that it drives."""

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._typing import FloatArray
from conflictstats.provenance import Table

DAY = np.timedelta64(1, "D")


def violence_of_counts(counts: Table | pd.DataFrame) -> xr.DataArray:
    """Violence by cell of time out of a table of counts.

    Parameters
    ----------
    counts : Table or DataFrame
        As :func:`conflictstats.read_daily` gives it.

    Returns
    -------
    DataArray, dims (time,)
        The count, under its name, with the last day of each cell in ``time_end``.

    Examples
    --------
    >>> days = pd.to_datetime(["2019-05-01", "2019-05-02"])
    >>> table = pd.DataFrame({"date": days, "date_end": days, "deaths": [4.0, 0.0]})
    >>> float(violence_of_counts(table).sum())
    4.0
    """
    frame = counts.frame if isinstance(counts, Table) else counts
    name = str(frame.columns[-1])
    values = frame[name].to_numpy(float)
    return _violence(frame["date"], frame["date_end"], values).rename(name)


def violence_of_events(
    events: Table | pd.DataFrame, variable: str = "best"
) -> xr.DataArray:
    """Deaths by day out of events, those of several days evenly over them.

    A day without an event is a zero, from the first event of the table to the last:
    outside of these days nothing is known.

    Parameters
    ----------
    events : Table or DataFrame
        As :func:`conflictstats.read_ged` gives it.
    variable : str
        Column of deaths.

    Returns
    -------
    DataArray, dims (time,)
        Deaths of each day.

    Examples
    --------
    Six dead over three days, and one on the last of them:

    >>> first, last = pd.to_datetime(["2019-05-01", "2019-05-03"])
    >>> said = {"date_start": [first, last], "date_end": last, "best": [6, 1]}
    >>> violence_of_events(pd.DataFrame(said)).values.tolist()
    [2.0, 2.0, 3.0]
    """
    frame = events.frame if isinstance(events, Table) else events
    first = frame["date_start"].min()
    days = pd.date_range(first, frame["date_end"].max())
    begin = (frame["date_start"] - first).dt.days.to_numpy()
    after = (frame["date_end"] - first).dt.days.to_numpy() + 1
    daily = frame[variable].to_numpy(float) / (after - begin)
    change = np.zeros(len(days) + 1)
    np.add.at(change, begin, daily)
    np.add.at(change, after, -daily)
    dead = np.maximum(change[:-1].cumsum(), 0)
    return _violence(days.to_series(), days.to_series(), dead).rename("deaths")


def _violence(begin: pd.Series, end: pd.Series, values: FloatArray) -> xr.DataArray:
    """Values by cell of time."""
    coords = {"time": begin.to_numpy(), "time_end": ("time", end.to_numpy())}
    return xr.DataArray(values, coords, dims="time")

"""From labelled counts to what the likelihood reads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._typing import BoolArray, FloatArray
from conflictstats.errors import SchemaError, SettingError
from conflictstats.numerics.destinations.dirichlet import Counts

TOLERATED = 0.01
"""Part of a total by which it may differ from what the destinations add up to."""
DAY = np.timedelta64(1, "D")


class Reported(NamedTuple):
    """Counts as they were reported, in order of time.

    Attributes
    ----------
    times : ndarray of datetime64, shape (T,)
        Dates.
    destinations : ndarray of str, shape (J,)
        Their names.
    people : ndarray, shape (T, J)
        Counts; NaN where nothing was reported.
    totals : ndarray, shape (n, T)
        Totals, or draws of them; NaN where not known.
    log_open : ndarray, shape (T, J)
        Log of how far a destination was open.
    """

    times: np.ndarray
    destinations: np.ndarray
    people: FloatArray
    totals: FloatArray
    log_open: FloatArray

    @property
    def days(self) -> FloatArray:
        """Days between dates, shape (T - 1,)."""
        return np.asarray(np.diff(self.times) / DAY, float)

    @property
    def seen(self) -> BoolArray:
        """Where an open destination reported, shape (T, J)."""
        return np.isfinite(self.people) & np.isfinite(self.log_open)

    def counts(self, totals: FloatArray) -> Counts:
        """What the likelihood reads, given one total a date.

        Parameters
        ----------
        totals : ndarray, shape (T,)
            NaN where not known.

        Returns
        -------
        Counts
            A total below what was reported is taken for one that is not known.
        """
        seen = self.seen
        people = np.where(seen, self.people, 0.0)
        rest = totals - people.sum(axis=1)
        whole = (seen | ~np.isfinite(self.log_open)).all(axis=1)
        pooled = ~whole & (rest >= -TOLERATED * totals)
        rest = np.where(pooled, np.maximum(rest, 0.0), 0.0)
        return Counts(people, seen, rest, pooled, self.log_open)


def reported_of(
    people: xr.DataArray,
    totals: xr.DataArray | None,
    opened: xr.DataArray | None,
    *,
    shares: bool,
) -> Reported:
    """Check what was given, and put it in order."""
    _check.has_dims(people.dims, "time", "destination", what="people")
    people = people.transpose("time", "destination").sortby("time")
    if 0 in people.shape or people["time"].dtype.kind != "M":
        raise SchemaError(
            f"people needs dates and destinations, got {people.sizes['time']} times of "
            f"type {people['time'].dtype} and {people.sizes['destination']} "
            "destinations; give time as dates"
        )
    times = people["time"].values.astype("datetime64[D]")
    twice = pd.Index(times)[pd.Index(times).duplicated()]
    if len(twice):
        raise SchemaError(
            f"people has the date {str(twice[0])[:10]} twice; keep one of them"
        )
    values = people.values.astype(float)
    _hold(people, (values < 0) | np.isinf(values), "is negative or infinite")
    at_dates = _totals(totals, people)
    if shares:
        values = _in_people(people, values, at_dates)
    log_open = _log_open(opened, people)
    shut = np.isneginf(log_open)
    _hold(people, shut & (values > 0), "reports people where it was closed")
    found = Reported(
        times, people["destination"].values.astype(str), values, at_dates, log_open
    )
    if totals is not None and "draw" not in totals.dims:
        _hold_totals(found)
    return found


def _in_people(
    people: xr.DataArray, shares: FloatArray, totals: FloatArray
) -> FloatArray:
    """Shares as people."""
    _hold(people, shares > 1, "is a share above 1")
    if len(totals) > 1:
        raise SettingError(
            "shares need totals without dim draw, to say how many people they rest on"
        )
    missing = np.isfinite(shares) & np.isnan(totals[0])[:, None]
    _hold(people, missing, "is a share without a total")
    return shares * totals[0][:, None]


def _totals(totals: xr.DataArray | None, people: xr.DataArray) -> FloatArray:
    """Totals at the dates, shape (n, T); NaN where not known."""
    if totals is None:
        return np.full((1, people.sizes["time"]), np.nan)
    _check.has_dims(totals.dims, "time", what="totals")
    at_dates = totals.reindex(time=people["time"])
    if "draw" not in totals.dims:
        at_dates = at_dates.expand_dims("draw")
    values = at_dates.transpose("draw", "time").values.astype(float)
    if (values < 0).any() or np.isinf(values).any():
        raise SchemaError("totals has a negative or infinite number; correct it")
    return values


def _log_open(opened: xr.DataArray | None, people: xr.DataArray) -> FloatArray:
    """Log of how far destinations were open, shape (T, J)."""
    shape = people.shape
    if opened is None:
        return np.zeros(shape)
    _check.has_dims(opened.dims, "destination", what="open")
    known = opened.reindex_like(people["destination"])
    if "time" in opened.dims:
        known = known.reindex(time=people["time"]).transpose("time", "destination")
    values = np.broadcast_to(known.values.astype(float), shape)
    bad = ~((values >= 0) & (values <= 1))
    _hold(people, bad, "has no number from 0 to 1 in open")
    with np.errstate(divide="ignore"):
        return np.log(values)


def _hold(people: xr.DataArray, bad: BoolArray, fault: str) -> None:
    """Raise if any cell is bad, and name the first."""
    if bad.any():
        t, j = np.argwhere(bad)[0]
        where = people["destination"].values[j]
        raise SchemaError(
            f"{where} {fault} on {str(people['time'].values[t])[:10]} "
            f"({int(bad.sum())} such); correct it, or leave it out as NaN"
        )


def _hold_totals(found: Reported) -> None:
    """Raise where a total cannot be that of the destinations."""
    totals = found.totals[0]
    people = np.where(found.seen, found.people, 0.0).sum(axis=1)
    whole = (found.seen | np.isneginf(found.log_open)).all(axis=1)
    below = people > totals * (1 + TOLERATED)
    above = whole & (totals > people * (1 + TOLERATED))
    for bad, what in ((below, "below"), (above, "above")):
        if bad.any():
            t = int(np.flatnonzero(bad)[0])
            raise SchemaError(
                f"the total on {str(found.times[t])[:10]} is {totals[t]:,.0f}, {what} "
                f"the {people[t]:,.0f} that its destinations report ({int(bad.sum())} "
                "such dates); totals are of these destinations, so add one for those "
                "who are elsewhere"
            )

"""Forecast each report from those before it, and write how good the forecasts were.

Everything is refitted at every date; about five minutes. Nothing here was chosen after
a score was seen, unless the README says so.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr
from camps import CRISES, HERE, Crisis, crisis

from conflictstats.evaluate.destination_scores import (
    fitted_concentration,
    relative_difference,
    share_log_score,
)
from conflictstats.models.destinations import Destinations

PAST = 5
"""Scored dates before the first that counts; concentrations are fitted on them."""
HALF_A_PERSON = 0.5
"""At least so many are taken for a camp's last number, so that no chance is zero."""
OUT = HERE / "results" / "scores.csv"
EVERY = {"mali2012": 3, "burundi2015": 6}
"""Of so many dates one is forecast; the others are in the past of later ones."""
SEED = 2012
OURS = "destinations"


def dates_of(found: Crisis) -> list[int]:
    """Dates with a report of a camp that had people before, among two or more such."""
    before = found.open.shift(time=1, fill_value=0.0) > 0
    told = (found.people.notnull() & before).any("destination")
    return np.flatnonzero(told & (before.sum("destination") > 1)).tolist()


def camps_at(found: Crisis, t: int) -> np.ndarray:
    """Camps that had people before a date."""
    return found.people["destination"].values[found.open[t - 1].values > 0]


def rivals(found: Crisis) -> dict[str, xr.DataArray]:
    """Single shares of all dates, each from what was known before it."""
    before = found.open.shift(time=1, fill_value=0.0) > 0
    pulls = {
        "last share": found.latest.shift(time=1).clip(min=HALF_A_PERSON),
        "gravity": found.pull,
        "gravity with size": found.pull_of_size,
    }
    pulls = {name: pull.where(before, 0.0) for name, pull in pulls.items()}
    return {name: pull / pull.sum("destination") for name, pull in pulls.items()}


def point_forecast(share: xr.DataArray, concentration: float) -> xr.Dataset:
    """Single shares as a forecast of one draw."""
    parts = {"expected": share.expand_dims("draw")}
    parts["concentration"] = xr.DataArray([concentration], dims="draw")
    return xr.Dataset(parts)


def our_forecast(found: Crisis, t: int) -> tuple[xr.Dataset, str]:
    """Forecast of date t by the model, from all reports before it."""
    here = {"destination": camps_at(found, t)}
    opened = found.open[:t].sel(here)
    past = found.people[:t].sel(here).where(opened > 0)
    some = past.notnull().any("destination").values
    gravity = xr.Dataset({"distance": found.distance.sel(here)})
    rng = np.random.default_rng([SEED, t])
    fit = Destinations().fit(
        past[some],
        totals=found.latest[:t].sel(here)[some].sum("destination"),
        gravity=gravity,
        open=opened[some],
        rng=rng,
        strict=False,
    )
    when = found.people["time"].values[t]
    return fit.predict(when, gravity=gravity, rng=rng), fit.status.name


def rows_of(name: str) -> Iterator[dict[str, object]]:
    """Scores of all methods at all dates of one crisis."""
    found = crisis(name)
    dates, shares = dates_of(found), rivals(found)
    before = found.open.shift(time=1, fill_value=0.0) > 0
    told, totals = found.people.where(before), found.latest.where(before)
    totals = totals.sum("destination")
    for number in range(PAST, len(dates), EVERY[name]):
        t = dates[number]
        here, past = {"destination": camps_at(found, t)}, dates[:number]
        ours, status = our_forecast(found, t)
        forecasts = {OURS: ours}
        for rival, share in shares.items():
            best = fitted_concentration(share[past], told[past], totals[past])
            forecasts[rival] = point_forecast(share[t].sel(here), best)
        people, total = told[t].sel(here), float(totals[t])
        for method, forecast in forecasts.items():
            share = forecast["expected"].mean("draw")
            yield {
                "crisis": name,
                "date": str(found.people["time"].values[t])[:10],
                "method": method,
                "difference": relative_difference(share, people, total),
                "log_score": share_log_score(forecast, people, total),
                "reports": int(people.notnull().sum()),
                "status": status if method == OURS else "",
            }


if __name__ == "__main__":
    rows = []
    for name in CRISES:
        for row in rows_of(name):
            rows.append(row)
            scores = pd.DataFrame(rows)
            scores.to_csv(OUT, index=False, float_format="%.6g")
    print(scores.groupby(["crisis", "method"])[["difference", "log_score"]].mean())

# %% [markdown]
# How many times as many civilians does each body count as another, and as the events?

# %%
import numpy as np
import pandas as pd
import xarray as xr

from conflictstats.datasets import load_nw_syria_deaths, load_nw_syria_reports
from conflictstats.models.counting_bodies import CountingBodies
from conflictstats.panel import totals_of_reports
from conflictstats.plot.bodies import plot_events_and_bodies, plot_ratios
from conflictstats.report import Analysis, Numbers

FIRST, LAST, REFERENCE = "2019-04-29", "2019-12-07", "SOHR, all civilians"
COUNTERS = ["SOHR", "SNHR", "OHCHR", "Response Coordinators Group", "UN"]
COUNTERS += ["UN (Secretary-General report)"]
study = Analysis.here(__file__)
rng = study.rng()
reports = study.use(load_nw_syria_reports()).frame
deaths = study.use(load_nw_syria_deaths()).frame
numbers = Numbers()

# %% The bodies alone: ratios on the days that both counted
killed = reports[
    (reports["measure"] == "killed_civilian") & reports["source_org"].isin(COUNTERS)
]
totals = totals_of_reports(killed, pd.read_csv(study.hand / "counting_bodies.csv"))
fit = CountingBodies().fit(totals[totals["date_end"] <= LAST], rng=rng)
study.save_figure(plot_ratios(fit, REFERENCE), "bodies_ratios")

# %%
NAMES = {"": True, "usual_": False}
found = [
    fit.ratios(REFERENCE, caught_up=with_them)
    .to_dataframe()[["estimate", "lower", "upper"]]
    .add_prefix(name)
    for name, with_them in NAMES.items()
]
days = fit.ratios(REFERENCE).to_dataframe()[["start", "end"]]
table = pd.concat([days, *found], axis=1).reset_index()
numbers.add_table("bodies_ratios", table)
numbers.add("bodies_reference", REFERENCE)
numbers.add("bodies_totals", fit.nobs)
late = fit.catch_ups().iloc[0]
for name in ("body", "start", "end", "probability"):
    numbers.add(f"late_{name}", late[name])
for name in ("estimate", "lower", "upper"):
    numbers.add(f"late_{name}", late[name], unit="deaths")
before = fit.ratio_path(REFERENCE).sel(body=late["body"])
for name, day in {"before": late["start"], "after": late["end"]}.items():
    at = before.sel(time=day - pd.Timedelta(days=int(name == "before")))
    for end in ("estimate", "lower", "upper"):
        numbers.add(f"late_{name}_{end}", at[end].item())

# %% The events by week; a row counts from the Sunday on or after its last day
sunday = deaths["date_end"] + pd.to_timedelta(
    6 - deaths["date_end"].dt.day_of_week, "D"
)
counted = deaths.assign(time=sunday)[deaths["date_start"] >= FIRST]
counted = counted[counted["time"] <= "2019-11-24"]
weekly = counted.groupby("time")[["deaths_civilians", "deaths_unknown"]].sum().cumsum()
lower = weekly["deaths_civilians"].to_xarray().astype(float)
events = xr.Dataset(
    {"lower": lower, "upper": lower + weekly["deaths_unknown"].to_numpy()}
)
study.save_figure(plot_events_and_bodies(fit, events, FIRST), "events_and_bodies")

# %% Where a body's count and that of the events cannot be one, whoever the unknown were
over = fit.over(events, FIRST)
apart = (over["lower"] > 1) | (over["upper"] < 1)
seen = over["lower"].notnull()
rows = [
    {
        "body": str(body),
        "weeks": int(seen.sel(body=body).sum()),
        "apart": int(apart.sel(body=body).sum()),
        "day": over["time"].values[seen.sel(body=body)][-1],
        **{
            end: over[end].sel(body=body).values[seen.sel(body=body)][-1]
            for end in ("lower", "upper")
        },
    }
    for body in over["body"].values
]
numbers.add_table("events_and_bodies", pd.DataFrame(rows))
numbers.add("events_weeks", int(np.unique(counted["time"]).size))
numbers.add("events_civilians", int(weekly["deaths_civilians"].iloc[-1]), unit="deaths")
numbers.add("events_unknown", int(weekly["deaths_unknown"].iloc[-1]), unit="deaths")
study.save_numbers(numbers)

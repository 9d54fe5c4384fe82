# %% [markdown]
# Until when had "more than half" of the dead so far been civilians, of whom and where?

# %%
import numpy as np
import pandas as pd
import xarray as xr

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.models.civilian_share import ShareBounds
from conflictstats.plot.share import plot_running_share
from conflictstats.report import Analysis, Numbers

FIRST, LAST, CLAIM = "2019-04-29", "2019-09-01", 0.5
# The known are left out: their share always lies between the bounds of all.
WHOM = ["all", "without_government", "without_nonstate"]
study = Analysis.here(__file__)
deaths, rng = study.use(load_nw_syria_deaths()).frame, study.rng()

# %% A row counts from the Sunday on or after its last day
sunday = deaths["date_end"] + pd.to_timedelta(
    6 - deaths["date_end"].dt.day_of_week, "D"
)
counted = deaths.assign(time=sunday.dt.strftime("%Y-%m-%d"))
counted = counted[(counted["date_start"] >= FIRST) & (counted["time"] <= LAST)]
areas = {"Idlib": counted[counted["adm_1"] == "Idlib"], "Four governorates": counted}

# %% Bounds of the share of all dead so far, week by week
by_denominator = []
for whom in WHOM:
    model = ShareBounds(denominator=whom, replicates=2)
    fits = [model.fit(dead, by="time", rng=rng) for dead in areas.values()]
    places = pd.Index([*areas], name="place")
    by_denominator.append(xr.concat([fit.running("time") for fit in fits], places))
running = xr.concat(by_denominator, pd.Index(WHOM, name="denominator"))
study.save_figure(plot_running_share(running, claim=CLAIM), "running_share")

# %%
numbers = Numbers()
of_all = running["lower"].sel(denominator="all")
for place, name in {"Idlib": "idlib", "Four governorates": "all_four"}.items():
    share = of_all.sel(place=place)
    above = share["time"].values[(share > CLAIM).values]
    numbers.add(f"{name}_above_half_until", above[-1])
    numbers.add(f"{name}_share_july", share.sel(time="2019-07-14").item())
numbers.add("share_july_day", np.datetime64("2019-07-14"))
study.save_numbers(numbers)

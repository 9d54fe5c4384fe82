# %% [markdown]
# What share of the dead were civilians, and of whom?

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.models.civilian_share import DynamicShare, ShareBounds
from conflictstats.panel import panel_of_events
from conflictstats.plot.share import plot_share
from conflictstats.report import Analysis, Numbers

FIRST, LAST, CLAIM = "2019-04-29", "2019-08-31", 0.5
WORDS = {
    "all": "all recorded dead",
    "known": "known status",
    "without_government": "without government dead",
    "without_nonstate": "without non-state dead",
}
ALL_FOUR, IDLIB = "Four governorates", "Idlib"
study = Analysis.here(__file__)
table = study.use(load_nw_syria_deaths())
deaths, rng = table.frame, study.rng()
offensive = deaths[deaths["date_start"].between(FIRST, LAST)]
by_place = dict([*offensive.groupby("adm_1")]) | {ALL_FOUR: offensive}

# %% Bounds over the offensive, by denominator and governorate
rows, curves = [], []
for place, dead in by_place.items():
    for whom, words in WORDS.items():
        fit = ShareBounds(denominator=whom).fit(dead, rng=rng)
        lower, upper = (fit.bounds[end].item() for end in ("lower", "upper"))
        around = [fit.conf_int()[end].item() for end in ("lower", "upper")]
        held = "yes" if lower > CLAIM else "no" if upper <= CLAIM else "open"
        rows.append([place, words, int(fit.n_deaths), lower, upper, *around, held])
        curve = fit.sensitivity()["estimate"].values
        curves += [[place, words, *curve]] * (place in (ALL_FOUR, IDLIB))
COUNTED = ["place", "denominator", "deaths", "lower", "upper"]
bounds = pd.DataFrame(rows, columns=[*COUNTED, "around_lower", "around_upper", "held"])
ODDS = ["quarter", "half", "equal", "double", "fourfold"]
sensitivity = pd.DataFrame(curves, columns=["place", "denominator", *ODDS])
sensitivity = sensitivity[sensitivity["denominator"] != WORDS["known"]]

# %% The share over time, by a model of Idlib
cells = panel_of_events(replace(table, frame=deaths[deaths["adm_1"] == IDLIB]))
alike = {"odds_ratio": 1.0, "odds_ratio_sd": 0.0}
fits = [DynamicShare(denominator=whom, **alike).fit(cells, rng=rng) for whom in WORDS]

# %% Beside it, bounds over four weeks; a row that crosses two such spans is in neither
BLOCK = 28
origin = np.datetime64(FIRST)
days = deaths[["date_start", "date_end"]]
first, last = ((days[name] - origin).dt.days // BLOCK for name in days)
begin = origin + pd.to_timedelta(first * BLOCK, "D")
end = begin + pd.Timedelta(days=BLOCK - 1)
span = [pd.Timestamp(table.notes[f"span_{edge}"]) for edge in ("start", "end")]
begin, end = (day.clip(*span).dt.strftime("%Y-%m-%d") for day in (begin, end))
blocks = deaths.assign(period=begin + "/" + end)[first == last]
whole = {IDLIB: blocks[blocks["adm_1"] == IDLIB], ALL_FOUR: blocks}
boxes = {
    place: [
        ShareBounds(denominator=whom, replicates=2).fit(dead, by="period", rng=rng)
        for whom in WORDS
    ]
    for place, dead in whole.items()
}
study.save_figure(plot_share(fits, boxes, claim=CLAIM), "civilian_share")

# %%
numbers = Numbers()
numbers.add("claim_share", CLAIM)
everyone = bounds[bounds["place"] == ALL_FOUR].set_index("denominator")
for whom, words in WORDS.items():
    for side in ("lower", "upper"):
        numbers.add(f"share_{whom}_{side}", everyone.loc[words, side])
numbers.add("denominators", len(WORDS))
numbers.add("denominators_above_half_all_four", int((everyone["held"] == "yes").sum()))
crossing = deaths["best"][first != last]
numbers.add("block_rows_left_out", len(crossing))
numbers.add("block_deaths_left_out", crossing.sum(), unit="deaths")
numbers.add_table("share_bounds", bounds, units={"deaths": "deaths"})
numbers.add_table("share_sensitivity", sensitivity)
study.save_numbers(numbers)

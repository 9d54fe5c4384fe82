# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first analysis
#
# On 11 June 2019 Al Jazeera and Reuters wrote of the offensive in north-west Syria
# that rescuers counted over 1,500 killed since the end of April, more than half of
# them civilians. This page asks what an event table says of that. It uses a table
# that travels with the package, so nothing is downloaded.
#
# The script of this page, `docs/tutorial/first_analysis.py`, opens as a notebook in
# every editor that knows percent cells.

# %%
# %matplotlib inline
import numpy as np
import xarray as xr

import conflictstats as cs

xr.set_options(display_expand_attrs=False)
rng = np.random.default_rng(20190611)

# %% [markdown]
# ## The table
#
# Weekly deaths in four governorates, as the Uppsala Conflict Data Program recorded
# them. A table shows where it came from and what was found when it was read.

# %%
deaths = cs.load_nw_syria_deaths()
deaths

# %% [markdown]
# `low`, `best` and `high` are the source's own doubt about what was reported. They are
# not a confidence interval; [Conventions](../conventions.md) has the words that this
# package keeps apart.
#
# ## The panel
#
# A panel has a cell for each week and governorate. A week without a row is a true zero
# inside the span of the source and missing outside of it. Events that cross the end of
# a week stay observations of their whole period, in dimension `period`: they are not
# booked on their first day.

# %%
weekly = cs.panel_of_events(deaths)
weekly[["low", "best", "high", "coverage"]]

# %% [markdown]
# ## The rate
#
# The count of one week is rate and chance. `DynamicRate` takes the rate as a random
# walk and gives draws of its whole course, with what is unknown about the walk and
# about the scatter of the counts averaged over.

# %%
rate = cs.DynamicRate().fit(weekly, rng=rng)
rate

# %%
cs.plot_rate(rate, weekly)

# %% [markdown]
# ## Did it rise, and when?
#
# The offensive began on 29 April. The probability that its mean rate was more than
# twice that of the twelve weeks before, place by place, is the share of the draws in
# which it was:

# %%
calm = ("2019-02-04", "2019-04-28")
offensive = ("2019-04-29", "2019-09-01")
rate.probability_rose(calm, offensive, factor=2).to_series().rename("doubled")

# %% [markdown]
# The onset is the first week of three in a row above twice the rate of the calm weeks.
# It has an interval, like everything that is inferred; `probability` is that of there
# being an onset at all, and the dates are given that there was one.

# %%
onset = rate.onset(calm, factor=2, sustained=3)
onset.to_dataframe()

# %% [markdown]
# ## How many died
#
# What happened is not the same as what such a rate brings on average. `total` gives
# draws of the deaths themselves, given the reports: weeks that were counted are known,
# and only the parts of longer periods that fall into the period are not.

# %%
killed = rate.total("2019-04-29", "2019-06-09").sum("place")
killed.quantile([0.05, 0.5, 0.95]).to_series().rename("killed to 9 June")

# %% [markdown]
# ## Civilians, and of whom they are a share
#
# A share has a denominator, so `ShareBounds` has no default for it. The dead of unknown
# status stay unknown: they widen the bounds.

# %%
frame = deaths.frame
until = frame[frame["date_start"].ge("2019-04-29") & frame["date_end"].le("2019-06-09")]
bounds = {}
for denominator in ("all", "known", "without_government", "without_nonstate"):
    share = cs.ShareBounds(denominator=denominator).fit(until, rng=rng)
    bounds[denominator] = share.bounds
xr.concat(bounds.values(), xr.DataArray([*bounds], dims="denominator")).to_dataframe()

# %% [markdown]
# None of the four is more than half: in these data the answer does not depend on the
# denominator. It depends on the place.

# %%
idlib = until[until["adm_1"] == "Idlib"]
cs.ShareBounds(denominator="all").fit(idlib, rng=rng).bounds.to_pandas()

# %% [markdown]
# ## What the article said
#
# Words become intervals. `cs.parse` refuses what it does not know.

# %%
said = cs.parse("over 1,500")
print(said, repr(said), sep="\n")

# %% [markdown]
# ## Does the claim hold?
#
# A claim and the evidence each say what they are about. What they differ in is part of
# the answer: the rescuers count from the end of April and do not say where, the table
# ends two days earlier and covers four governorates.

# %%
claim = cs.Claim(
    text="over 1,500 killed since the end of April",
    reported=said,
    subject=cs.Subject(
        quantity="people killed",
        area="NW Syria",
        start="2019-04-26",
        end="2019-06-11",
        body="rescuers",
    ),
)
evidence = cs.Evidence(
    subject=cs.Subject(
        quantity="people killed",
        area="four governorates",
        start="2019-04-29",
        end="2019-06-09",
        body="UCDP, best",
    ),
    draws=killed,
)
check = cs.check_claim(claim, evidence)
cs.claims_frame([check]).T

# %% [markdown]
# The probability is about the table's own best figure, and so is the verdict. It says
# nothing of deaths that nobody recorded; [What it cannot say](../limits.md) has more.
#
# ## Save a figure
#
# PDF files have no date in them: the same figure is the same bytes.

# %%
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
figure = cs.plot_escalation(rate, baseline=calm, factor=2, sustained=3)
print(cs.save_figure(figure, folder / "escalation.pdf").name)
figure

# %% [markdown]
# Do civilian totals go with the women and children among them?

# %%
import pandas as pd

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.evaluate.women_children import women_children_frame
from conflictstats.plot.women_children import plot_women_children
from conflictstats.report import Analysis, Numbers

LEVEL = 0.9
study = Analysis.here(__file__)
reports = study.use(load_nw_syria_reports())
typed = pd.read_csv(study.hand / "population_share.csv").set_index("end")["share"]

# %% Every page that gives all three numbers for one body, place and period
checks = women_children_frame(
    reports, population_share=(typed["lower"], typed["upper"]), level=LEVEL
)
campaign = checks[checks["kind"] == "cumulative"].reset_index(drop=True)
incidents = checks[checks["kind"] == "incident"]
study.save_figure(plot_women_children(campaign), "women_children")

# %%
numbers = Numbers()
for end in ("lower", "upper"):
    numbers.add(f"population_women_children_{end}", typed[end])
numbers.add("women_children_reports", len(checks))
numbers.add("women_children_level", LEVEL)
for status in ("MORE_MEN", "CONTRADICTED"):
    name = f"women_children_{status.lower()}"
    numbers.add(name, int((checks["status"] == status).sum()))
numbers.add("women_children_campaign", len(campaign))
numbers.add("women_children_incidents", len(incidents))
agree = incidents["status"] == "AGREES"
numbers.add("women_children_incidents_agree", int(agree.sum()))
ohchr = campaign[campaign["source_org"] == "OHCHR"].iloc[0]
numbers.add("women_children_day", ohchr["period_end"].to_numpy().astype("M8[D]"))
numbers.add("women_children_ohchr", ohchr["women_children_low"], unit="deaths")
numbers.add("women_children_ohchr_civilians", ohchr["low"], unit="deaths")
for end in ("lower", "upper"):
    numbers.add(f"women_children_ohchr_{end}", ohchr[end], unit="deaths")
study.save_numbers(numbers)

# %% [markdown]
# How many civilians had each counting body recorded, and when?

# %%
import pandas as pd

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.models.flow import ReportedFlow
from conflictstats.panel import totals_of_reports
from conflictstats.plot.flow import plot_totals
from conflictstats.report import Analysis, Numbers

study = Analysis.here(__file__)
rng = study.rng()
reports = study.use(load_nw_syria_reports()).frame
numbers = Numbers()

# %% Pages that pass a figure on without naming its body are not that body's count
COUNTERS = ["SOHR", "SNHR", "OHCHR", "Response Coordinators Group", "UN"]
COUNTERS += ["UN (Secretary-General report)"]
LAST = "2019-09-30"
killed = reports[
    (reports["measure"] == "killed_civilian") & reports["source_org"].isin(COUNTERS)
]
bodies = pd.read_csv(study.hand / "counting_bodies.csv")
totals = totals_of_reports(killed, bodies)
totals = totals[totals["date_end"] <= LAST]

# %% One definition and one start a body
START = {"Response Coordinators Group": "2019-02-02", "OHCHR": "2019-04-29"}
wanted = totals["body"].map(START).fillna(totals["date_start"].astype(str).str[:10])
shown = totals[totals["date_start"] == pd.to_datetime(wanted)].reset_index(drop=True)

# %%
fit = ReportedFlow().fit(shown, rng=rng)
study.save_figure(plot_totals(fit, shown, unit="civilians killed"), "counting_bodies")

# %% The last words of each body, and how many it said before
last = shown.sort_values(["body", "date_end"]).groupby("body").tail(1)
table = last[["body", "date_start", "date_end", "qualifier", "value"]]
said = fit.diagnostics.to_dataframe().reset_index(drop=True)
table = table.merge(said[["body", "nobs", "repeats", "revisions"]], on="body")
table["qualifier"] = table["qualifier"].str.replace("_", " ")
numbers.add_table("counting_bodies", table)
numbers.add("bodies_reports", len(shown))
numbers.add("bodies_other_start", len(totals) - len(shown))

# %% All killed as SOHR counts them, for the claims of the founding article
keys = {"event_key": ["cum-sohr-total"], "body": ["SOHR, all killed"]}
keys |= {"unit": ["deaths"], "measure": ["cumulative"]}
sohr = reports[(reports["measure"] == "killed") & (reports["source_org"] == "SOHR")]
sohr_total = totals_of_reports(sohr, pd.DataFrame(keys))
everybody = ReportedFlow().fit(sohr_total, rng=rng)
everybody.to_dataset().to_netcdf(study.output / "sohr_total.nc")

# %%
DAY = "2019-05-31"
dead = sohr_total.set_index("date_end").loc[DAY, "best"]
civilians = shown[shown["body"] == "SOHR, all civilians"].set_index("date_end")
civilians = civilians.loc[DAY, "best"]
numbers.add("sohr_day", DAY)
numbers.add("sohr_killed", int(dead), unit="deaths")
numbers.add("sohr_civilians", int(civilians), unit="deaths")
numbers.add("sohr_share", civilians / dead)
study.save_numbers(numbers)

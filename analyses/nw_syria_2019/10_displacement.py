# %% [markdown]
# Who fled, when, by whose count? Persons and movements are kept apart.

# %%
import numpy as np
import pandas as pd

from conflictstats.datasets import load_nw_syria_displacement, load_nw_syria_reports
from conflictstats.models.flow import ReportedFlow
from conflictstats.panel import totals_of_reports
from conflictstats.plot.flow import plot_displacement
from conflictstats.quantity import Reported
from conflictstats.report import Analysis, Numbers

study = Analysis.here(__file__)
rng = study.rng()
numbers = Numbers()
reports = study.use(load_nw_syria_reports())
agencies = study.use(load_nw_syria_displacement()).frame

# %% Persons: reports that a person assigned to a body
typed = pd.read_csv(study.hand / "displacement_series.csv")
used = typed.dropna(subset=["body"])
persons = totals_of_reports(reports, used.drop(columns="reason"))

# %% Movements of the CCCM cluster since 1 May; other areas and starts are not joined
CCCM = agencies["unit"].str.startswith("movements") & (agencies["area"] == "NW Syria")
moved = agencies[CCCM & (agencies["measure"] == "cumulative flow")]
SAID = {"exact": Reported.exactly, "about": Reported.about}
SAID |= {"more_than": Reported.more_than}
said = [SAID[how](n) for how, n in zip(moved["qualifier"], moved["value"], strict=True)]
movements = pd.DataFrame(
    {
        "body": "CCCM cluster",
        "unit": "movements",
        "coverage": "NW Syria",
        "measure": "cumulative",
        "date_start": moved["period_start"],
        "date_end": moved["period_end"],
        "low": [float(each.low) for each in said],
        "best": [np.nan if each.best is None else float(each.best) for each in said],
        "high": [float(each.high) for each in said],
        "qualifier": moved["qualifier"],
    }
)

# %% The article's own figure is left out of the fit that its claim is checked against
article = persons["report_id"] == "R0674"
table = pd.concat([persons, movements], ignore_index=True)
fit = ReportedFlow().fit(
    table[~article.reindex(table.index, fill_value=False)], rng=rng
)
fit.to_dataset().to_netcdf(study.output / "displacement.nc")

# %% Arrivals by month: the number of communities assessed changes, so no difference
arrivals = agencies[agencies["what"] == "IDP arrivals"]
arrivals = arrivals.rename(columns={"period_start": "date_start"})
arrivals = arrivals.rename(columns={"period_end": "date_end"})
arrivals["coverage"] = arrivals["area"].str.extract(r"\((\d+) communities\)")
study.save_figure(plot_displacement(fit, table, arrivals), "displacement")

# %%
FIRST, LAST = "2019-05-01", "2019-08-18"
total = fit.total(FIRST, LAST)
for body, name in (
    ("UN agencies", "un"),
    ("Response Coordinators Group", "rcg"),
    ("CCCM cluster", "cccm"),
):
    draws = total.isel(series=(total["body"] == body).values).squeeze("series")
    unit = str(draws["unit"].values)
    for part, q in (("lower", 0.05), ("estimate", 0.5), ("upper", 0.95)):
        numbers.add(f"fled_{name}_{part}", float(draws.quantile(q)), unit=unit)
numbers.add("fled_first", FIRST)
numbers.add("fled_last", LAST)
numbers.add("displacement_reports", int(fit.nobs))
numbers.add("displacement_repeats", int(fit.diagnostics["repeats"].sum()))
numbers.add("displacement_revisions", int(fit.diagnostics["revisions"].sum()))
numbers.add("displacement_set_aside", len(typed) - len(used))
covered = arrivals["coverage"].dropna().astype(int)
numbers.add("communities_most", int(covered.max()))
numbers.add("communities_least", int(covered.min()))
study.save_numbers(numbers)

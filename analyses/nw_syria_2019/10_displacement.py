# %% [markdown]
# Who counts how many fled? Every body's own count; persons and movements apart.

# %%
import numpy as np
import pandas as pd

from conflictstats.datasets import load_nw_syria_displacement, load_nw_syria_reports
from conflictstats.models.flow import ReportedFlow
from conflictstats.panel import (
    displacement_of_bulletins,
    displacement_of_reports,
    to_persons,
    totals_of_reports,
)
from conflictstats.report import Analysis, Numbers

study = Analysis.here(__file__)
rng = study.rng()
numbers = Numbers()
reports = study.use(load_nw_syria_reports())
figures = study.use(load_nw_syria_displacement())

# %% What a person decided: whose count, of what; a row without a body is set aside
PLACE = "NW Syria"
FOUNDING = "R0674"
typed = pd.read_csv(study.hand / "displacement_series.csv")
used = typed.dropna(subset=["body"])

# %% The figures: OCHA prints the movements that the CCCM cluster counts
bulletins = displacement_of_bulletins(figures)
bulletins = bulletins[~bulletins["report_id"].isin(typed["report_id"])]
moved = bulletins["unit"] == "movements"
cluster = bulletins["body"].isin(["CCCM", "OCHA"])
bulletins.loc[cluster, "body"] = np.where(moved, "CCCM cluster", "UN agencies")[cluster]

# %% Each body's own running total; other areas and starts are not joined
own = used[used["own_series"] == "yes"]
persons = totals_of_reports(reports, own.drop(columns=["own_series", "reason"]))
cccm = moved & cluster & (bulletins["place"] == PLACE)
named = {"start": "date_start", "end": "date_end"}
movements = bulletins[cccm].rename(columns=named)[persons.columns]
table = pd.concat([persons, movements], ignore_index=True)

# %% The article's own figure is left out of the fit that its claim is checked against
fit = ReportedFlow().fit(table[table["report_id"] != FOUNDING], rng=rng)
fit.to_dataset().to_netcdf(study.output / "displacement.nc")

# %% All bodies in one table, the article's figure left out: returns within a month are
# taken to be of one person each, or nearly
coded = used[used["report_id"] != FOUNDING].drop(columns=["own_series", "reason"])
said = displacement_of_reports(reports, coded.assign(place=PLACE))
returns = bulletins["measure"] == "returns"
home = to_persons(bulletins[returns], moves_per_person=(1, 1.05, 1.2))
whole = pd.concat([said, bulletins[~returns], home], ignore_index=True)
whole = whole.assign(place=PLACE, cause="conflict")
whole.to_csv(study.output / "displacement_reports.csv", index=False)

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
numbers.add("fled_reports", int(fit.nobs))
numbers.add("displacement_set_aside", len(typed) - len(used))
study.save_numbers(numbers)

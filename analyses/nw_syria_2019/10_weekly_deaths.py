# %% [markdown]
# How many deaths were recorded each week in each governorate, and at what rate?

# %%
import pandas as pd

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.models.rates import DynamicRate
from conflictstats.panel import panel_of_events
from conflictstats.plot.rates import plot_rate
from conflictstats.report import Analysis, Numbers

FIRST, LAST = "2019-04-29", "2019-08-31"
CALM = ("2019-02-04", "2019-04-28")
WEEKS = (FIRST, "2019-09-01")
study = Analysis.here(__file__)
table = study.use(load_nw_syria_deaths())
deaths = table.frame
offensive = deaths[deaths["date_start"].between(FIRST, LAST)]
rng = study.rng()

# %% Totals of the offensive, by governorate
DEATHS = ["low", "best", "high", "deaths_civilians", "deaths_unknown"]
totals = offensive.groupby("adm_1", as_index=False)[DEATHS].sum()
share = offensive["deaths_civilians"].sum() / offensive["best"].sum()

# %% The week in which the four governorates together passed a total
by_week = offensive.groupby("date_start")[["low", "best"]].sum().cumsum()
passed = by_week.index[by_week["best"] > 1500][0]

# %% The rate, read from the best figures, and again from low and from high
cells = panel_of_events(table)
fits = {name: DynamicRate(variable=name).fit(cells, rng=rng) for name in DEATHS[:3]}
fit = fits["best"]
fit.to_dataset().to_netcdf(study.output / "rate.nc")
refits = []
for name, each in fits.items():
    mean = each.mean_rate(*WEEKS) * 7
    doubled = each.probability_rose(CALM, WEEKS, factor=2)
    refit = mean.assign(doubled=doubled).to_dataframe().reset_index()
    state = each.diagnostics["status"].str.lower().values
    refits.append(refit.assign(variable=name, status=state))
sensitivity = pd.concat(refits).sort_values("place", kind="stable")

# %%
numbers = Numbers()
numbers.add("offensive_first", FIRST)
numbers.add("offensive_last", LAST)
for row in totals.itertuples():
    name = row.adm_1.lower()
    numbers.add(f"deaths_{name}", row.best, unit="deaths")
    numbers.add(f"civilians_{name}", row.deaths_civilians, unit="deaths")
numbers.add("deaths_best", offensive["best"].sum(), unit="deaths")
numbers.add("deaths_civilians", offensive["deaths_civilians"].sum(), unit="deaths")
numbers.add("civilian_share_of_best", share)
numbers.add("claim_total", 1500, unit="deaths")
numbers.add("passed_week", passed)
numbers.add("passed_best", by_week.loc[passed, "best"], unit="deaths")
numbers.add("passed_low", by_week.loc[passed, "low"], unit="deaths")
numbers.add("weekly_rows", len(deaths))
numbers.add("own_period_rows", cells.sizes["period"])
numbers.add("level", 0.9)
peak = fit.peak(0.9)
for place in ("Idlib", "Hama"):
    highest = peak.sel(place=place)
    numbers.add(f"peak_week_{place.lower()}", highest["time"].values)
    for end in ("estimate", "lower", "upper"):
        value = 7 * highest[end].item()
        numbers.add(f"peak_{end}_{place.lower()}", value, unit="deaths per week")
numbers.add_table("totals", totals, units=dict.fromkeys(DEATHS, "deaths"))
numbers.add_table(
    "rate_sensitivity",
    sensitivity[
        ["place", "variable", "estimate", "lower", "upper", "doubled", "status"]
    ],
    units=dict.fromkeys(["estimate", "lower", "upper"], "deaths per week"),
)
study.save_numbers(numbers)

# %% Events dated within one week are markers; longer ones keep their period
figure = plot_rate(fit, cells)
for axes in figure.axes:
    axes.axvspan(pd.Timestamp(FIRST), pd.Timestamp(LAST), color="#f2f2f2", zorder=0)
study.save_figure(figure, "weekly_deaths")

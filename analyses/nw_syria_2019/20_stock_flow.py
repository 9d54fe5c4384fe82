# %% [markdown]
# Who was displaced, who fled after what, and how often did a person move?

# %%
import pandas as pd
import xarray as xr

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.evaluate.displacement import moved_since
from conflictstats.events import read_displacement
from conflictstats.models.displacement import StockFlow
from conflictstats.plot.displacement import plot_response, plot_stock_flow
from conflictstats.plot.displacement_reports import plot_assessed, plot_movements
from conflictstats.report import Analysis, Numbers

LEVEL = 0.9
CUTS = {"estimate": 0.5, "lower": (1 - LEVEL) / 2, "upper": (1 + LEVEL) / 2}
study = Analysis.here(__file__)
rng = study.rng()
table = read_displacement(study.output / "displacement_reports.csv").frame

# %% Deaths by week, at the mean of their draws, which differ by few
realised = xr.load_dataset(study.output / "rate.nc")["realised"].sum("place")
deaths = realised.mean("draw").rename("deaths")
deaths.to_netcdf(study.output / "deaths.nc")

# %% People in the area: the median of what was reported of it in these months
coded = study.use(load_nw_syria_reports()).frame
living = coded[coded["event_key"] == "stock-population-nw"]
living = living[living["period_end"] <= "2019-11-30"]
population = float(living["value_low"].fillna(living["value_high"]).median())
SPREAD = 0.2

# %% Daily cells; more draws than by default, so that the first, short chains suffice
model = StockFlow(draws=3000)
fit = model.fit(table, violence=deaths, population=(population, SPREAD), rng=rng)
fit.to_dataset().to_netcdf(study.output / "stock_flow.nc")
study.save_figure(plot_stock_flow(fit, table, deaths), "displacement_stock")
study.save_figure(plot_response(fit), "displacement_response")
since = "2019-05-01"
study.save_figure(
    plot_movements(moved_since(fit, since, LEVEL), table), "displacement_movements"
)
study.save_figure(plot_assessed(table), "displacement_coverage")

# %%
numbers = Numbers()


def tell(name: str, draws: xr.DataArray, unit: str = "") -> None:
    """Add median and ends of the interval of some draws."""
    for end, cut in CUTS.items():
        numbers.add(f"{name}_{end}", float(draws.quantile(cut)), unit=unit)


FIRST, LAST = "2019-04-29", "2019-08-31"
tell("sf_fled", fit.total(FIRST, LAST), "persons")
tell("sf_returned", fit.total(FIRST, LAST, flow="returns"), "persons")
for name, day in (("before", "2019-04-28"), ("after", LAST)):
    tell(f"sf_stock_{name}", fit.draws["stock"].sel(time=day), "persons")
tell("sf_movements", fit.draws["hyper"].sel(param="movements"))
for days in (30, 90):
    drawn = fit.draws_of_response([days]).squeeze()
    tell(f"sf_response_{days}", drawn, "persons per death")
tell("sf_half_life", fit.half_life(), "days")
weeks = {"onset": FIRST, "deadliest": deaths["time"].values[deaths.values.argmax()]}
for name, begin in weeks.items():
    end = pd.Timestamp(begin) + pd.Timedelta(days=6)
    fled = fit.total(str(begin)[:10], str(end)[:10]).median()
    numbers.add(f"sf_{name}_week", pd.Timestamp(begin))
    numbers.add(f"sf_{name}_fled", float(fled), unit="persons")
    dead = float(deaths.sel(time=begin))
    numbers.add(f"sf_{name}_deaths", dead, unit="deaths")
numbers.add("sf_level", LEVEL)
numbers.add("sf_first", fit.draws["time"].values[0])
numbers.add("sf_last", fit.draws["time_end"].values[-1])
numbers.add("sf_offensive_first", FIRST)
numbers.add("sf_offensive_last", LAST)
numbers.add("sf_since", since)
numbers.add("sf_reports", fit.nobs)
numbers.add("sf_bodies", fit.draws.sizes["body"])
numbers.add("sf_repeats", fit.diagnostics.attrs["excluded_repeat"])
numbers.add("sf_draws", model.draws)
numbers.add("sf_population", population, unit="persons")
numbers.add("sf_population_reports", len(living))
numbers.add("sf_deaths_apart", float(realised.std("draw").max()), unit="deaths")
numbers.add("sf_status", fit.status.value)
learned = fit.learned(LEVEL)
for name in ("returns_a_year", "movements", "population"):
    numbers.add(f"sf_prior_{name}", learned.loc[name, "prior_part"])
numbers.add_table("displacement_learned", learned.reset_index())
factor = fit.draws["body_factor"].quantile(list(CUTS.values()), "draw")
bodies = pd.DataFrame(factor.values.T, columns=list(CUTS))
bodies.insert(0, "body", fit.draws["body"].values)
own = table.groupby("body").size().reindex(bodies["body"]).to_numpy()
numbers.add_table("displacement_bodies", bodies.assign(reports=own))
assessed = table["n_assessed"].dropna().astype(int)
numbers.add("communities_most", int(assessed.max()))
numbers.add("communities_least", int(assessed.min()))
study.save_numbers(numbers)

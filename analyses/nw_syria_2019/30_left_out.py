# %% [markdown]
# Would the reports that each body printed last have been expected without them?

# %%
import xarray as xr

from conflictstats.events import read_displacement
from conflictstats.models.displacement import StockFlow
from conflictstats.plot.displacement_reports import plot_foretold
from conflictstats.report import Analysis, Numbers

LEVEL, LAST = 0.9, 4
study = Analysis.here(__file__)
rng = study.rng()
table = read_displacement(study.output / "displacement_reports.csv").frame
deaths = xr.load_dataarray(study.output / "deaths.nc")
whole = StockFlow.from_dataset(xr.load_dataset(study.output / "stock_flow.nc"))

# %% The last four of each body are left out of one fit, all of a body that has no more
left = table.sort_values("end", kind="stable").groupby("body").tail(LAST)
days = whole.draws["time"].values[0], whole.draws["time_end"].values[-1]
fit = whole.model.fit(
    table.drop(left.index),
    violence=deaths,
    population=tuple(whole.draws.attrs["population"]),
    period=(str(days[0])[:10], str(days[1])[:10]),
    rng=rng,
)

# %% Inside: the words allow a number in the interval. Also counted: those of which the
# number itself lies inside
expected = fit.predict(left, LEVEL, rng=rng)
ends = ["estimate", "lower", "upper"]
said = left.join(expected[ends])
said["inside"] = (said["low"] <= said["upper"]) & (said["high"] >= said["lower"])
number = said["best"].fillna(said["low"]).between(said["lower"], said["upper"])
study.save_figure(plot_foretold(said), "displacement_left_out")

# %%
numbers = Numbers()
numbers.add("left_out_last", LAST)
numbers.add("left_out_level", LEVEL)
numbers.add("left_out_reports", len(said))
numbers.add("left_out_inside", int(said["inside"].sum()))
numbers.add("left_out_number_inside", int(number.sum()))
numbers.add("left_out_kept", fit.nobs)
numbers.add("left_out_status", fit.status.value)
by_body = said.assign(number=number).groupby("body", as_index=False)
counted = by_body.agg(
    reports=("inside", "size"), inside=("inside", "sum"), number=("number", "sum")
)
numbers.add_table("left_out", counted)
study.save_numbers(numbers)

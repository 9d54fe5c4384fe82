# %% [markdown]
# Did the rate of killing rise at the end of April 2019, where and when?

# %%
import xarray as xr

from conflictstats.models.rates import DynamicRateFit
from conflictstats.plot.rates import plot_escalation
from conflictstats.report import Analysis, Numbers

CALM = ("2019-02-04", "2019-04-28")
OFFENSIVE = ("2019-04-29", "2019-09-01")
FACTOR, SUSTAINED, LEVEL = 2.0, 3, 0.9
study = Analysis.here(__file__)
fit = DynamicRateFit.from_dataset(xr.load_dataset(study.output / "rate.nc"))

# %% Mean rates of the two periods, and the chance that one is above the other
before, after = (
    7 * fit.mean_rate(*period, level=LEVEL) for period in (CALM, OFFENSIVE)
)
onset = fit.onset(CALM, factor=FACTOR, sustained=SUSTAINED, level=LEVEL)
had_one = onset["probability"] >= 0.5
escalation = xr.Dataset(
    {
        "before": before["estimate"],
        "after": after["estimate"],
        "rose": fit.probability_rose(CALM, OFFENSIVE),
        "doubled": fit.probability_rose(CALM, OFFENSIVE, factor=FACTOR),
        "onset_probability": onset["probability"],
        "onset": onset["estimate"].where(had_one),
        "onset_first": onset["lower"].where(had_one),
        "onset_last": onset["upper"].where(had_one),
    }
)

# %%
numbers = Numbers()
numbers.add("calm_first", CALM[0])
numbers.add("calm_last", CALM[1])
numbers.add("calm_weeks", 12)
numbers.add("offensive_week_end", OFFENSIVE[1])
numbers.add("rate_draws", fit.model.draws)
numbers.add("onset_factor", FACTOR)
numbers.add("onset_weeks", SUSTAINED)
for name in ("rose", "doubled"):
    for place in escalation["place"].values:
        chance = escalation[name].sel(place=place).item()
        numbers.add(f"{name}_{str(place).lower()}", chance)
numbers.add_table(
    "escalation",
    escalation.to_dataframe().reset_index(),
    units=dict.fromkeys(["before", "after"], "deaths per week"),
    may_miss=["onset", "onset_first", "onset_last"],
)
study.save_numbers(numbers)

# %%
figure = plot_escalation(
    fit, baseline=CALM, factor=FACTOR, sustained=SUSTAINED, level=LEVEL
)
study.save_figure(figure, "escalation")

# %% [markdown]
# How many deaths were recorded each week in each governorate, and of whom?

# %%
import pandas as pd
from matplotlib.figure import Figure

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.plot.style import draw_reported, new_figure, plain, styled
from conflictstats.report import Analysis, Numbers

FIRST, LAST = "2019-04-29", "2019-08-31"
study = Analysis.here(__file__)
deaths = study.use(load_nw_syria_deaths()).frame
offensive = deaths[deaths["date_start"].between(FIRST, LAST)]

# %% Totals of the offensive, by governorate
DEATHS = ["low", "best", "high", "deaths_civilians", "deaths_unknown"]
totals = offensive.groupby("adm_1", as_index=False)[DEATHS].sum()
share = offensive["deaths_civilians"].sum() / offensive["best"].sum()

# %% The week in which the four governorates together passed a total
by_week = offensive.groupby("date_start")[["low", "best"]].sum().cumsum()
passed = by_week.index[by_week["best"] > 1500][0]

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
numbers.add_table("totals", totals, units=dict.fromkeys(DEATHS, "deaths"))
study.save_numbers(numbers)


# %% Events dated within one week; longer ones are not booked on their first day
@styled
def plot_weekly(table: pd.DataFrame) -> Figure:
    """Draw the reported weekly deaths of each governorate."""
    figure = new_figure("double", 92)
    panels = figure.subplots(2, 2, sharex=True, sharey=True).ravel()
    for axes, (place, rows) in zip(panels, table.groupby("adm_1"), strict=True):
        bounds = (rows["low"], rows["best"], rows["high"])
        draw_reported(axes, rows["date_start"].to_numpy(), bounds)
        axes.set_title(plain(place))
        axes.axvspan(pd.Timestamp(FIRST), pd.Timestamp(LAST), color="#f2f2f2", zorder=0)
    figure.supylabel("deaths in the week, as reported")
    return figure


dated = (deaths["date_end"] - deaths["date_start"]).dt.days < 7
study.save_figure(plot_weekly(deaths[dated]), "weekly_deaths")

# %% [markdown]
# What can be said of the civilian share with no, one and many assumptions?

# %%
from dataclasses import replace

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.models.civilian_share import Composition
from conflictstats.plot.composition import plot_composition
from conflictstats.report import Analysis, Numbers

FIRST, LAST, CLAIM = "2019-04-29", "2019-08-31", 0.5
study = Analysis.here(__file__)
table = study.use(load_nw_syria_deaths())
offensive = table.frame[table.frame["date_start"].between(FIRST, LAST)]

# %% Bounds, odds ratios and a model of all recorded dead, by governorate
composition = Composition(denominator="all", every="week")
fit = composition.fit(replace(table, frame=offensive), by="adm_1", rng=study.rng())
study.save_figure(plot_composition(fit, claim=CLAIM), "composition")

# %%
numbers = Numbers()
levels = fit.to_frame().set_index(["place", "basis"])
for place, name in {"Idlib": "idlib", "all places": "all_four"}.items():
    for end in ("lower", "estimate", "upper"):
        found = levels.loc[(place, "model"), end]
        numbers.add(f"{name}_model_{end}", float(found.item()))
study.save_numbers(numbers)

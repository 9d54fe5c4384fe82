# %% [markdown]
# How far did first bulletins of an incident fall short of the later ones?

# %%
from conflictstats.datasets import load_nw_syria_reports
from conflictstats.panel import bulletin_paths
from conflictstats.plot.bulletins import plot_bulletins
from conflictstats.report import Analysis, Numbers

study = Analysis.here(__file__)
numbers = Numbers()
paths = bulletin_paths(study.use(load_nw_syria_reports()))

# %%
study.save_figure(plot_bulletins(paths), "first_bulletins")

# %%
first = paths[paths["lag"] == 0]
numbers.add("paths", len(first))
numbers.add("paths_bodies", first["source_org"].nunique())
numbers.add("first_of_last_mean", first["of_last"].mean())
for course in ("grew", "unchanged", "fell"):
    numbers.add(f"paths_{course}", int((first["course"] == course).sum()))
study.save_numbers(numbers)

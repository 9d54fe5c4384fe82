# %% [markdown]
# Do intervals of who fled hold? Drawn from the tables of the long run.

# %%
import numpy as np
import pandas as pd
from cells import DRAWS, FIXED, PANELS, PRIOR, TITLES

from conflictstats.plot.displacement_coverage import plot_displacement_coverage
from conflictstats.report import Analysis, Numbers

study = Analysis.here(__file__)
results = study.folder / "results"
table = pd.read_csv(results / "coverage.csv")
statuses = pd.read_csv(results / "statuses.csv")
ranks = pd.read_csv(results / "ranks.csv")
there = set(table["kind"])
kinds = {kind: word for kind, word in TITLES.items() if kind in there}
numbers = Numbers()

# %%
study.save_figure(
    plot_displacement_coverage(table, kinds=kinds, panels=PANELS), "coverage"
)


# %% By kind and what is asked, all quantities of a panel together
def across(values: str) -> pd.DataFrame:
    """Kinds down, panels across, in words."""
    panel = {q: title for title, quantities in PANELS.items() for q in quantities}
    whole = table.assign(panel=table["quantity"].map(panel)).dropna(subset="panel")
    means = whole.groupby(["kind", "panel"])[values].mean().unstack()
    told = means.loc[list(kinds), list(PANELS)]
    words = told.map(lambda x: f"{x:.2f}" if np.isfinite(x) else "")
    return words.rename(columns=str.lower).assign(kind=list(kinds.values()))


for values in ("coverage", "ratio", "width"):
    numbers.add_table(values, across(values))
ended = statuses.assign(kind=statuses["kind"].map(TITLES))
numbers.add_table("statuses", ended)
numbers.add_table(
    "ranks",
    ranks[["quantity", "n", "coverage", "z_mean", "z_variance", "p_value"]],
)

# %%
fixed = table[table["kind"].isin([cell.name for cell in FIXED])]
crises = table.groupby("kind")["replicates"].first()
numbers.add("level", 0.9)
numbers.add("simulation_level", 0.95)
numbers.add("draws", DRAWS)
numbers.add("kinds", len(kinds))
numbers.add("crises", int(crises.sum()))
numbers.add("fewest", int(crises.min()))
numbers.add("prior_crises", int(crises.get(PRIOR.name, 0)))
numbers.add("rows_failed", int((~ranks["passes"]).sum()))
for title, quantities in PANELS.items():
    mine = table[table["quantity"].isin(list(quantities))]
    pooled = mine["held"].sum() / mine["n"].sum()
    numbers.add(f"{title.lower()}_held", pooled)
study.save_numbers(numbers)

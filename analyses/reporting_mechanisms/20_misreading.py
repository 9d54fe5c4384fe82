# %% [markdown]
# Which reading of "at least" is safe when? Drawn from the table of the long run.

# %%
import numpy as np
import pandas as pd

from conflictstats.plot.misreading import plot_misreading
from conflictstats.report import Analysis, Numbers

study = Analysis.here(__file__)
table = pd.read_csv(study.folder / "results" / "misreading.csv")
numbers = Numbers()

# %%
study.save_figure(plot_misreading(table), "misreading")

# %% Ratios and coverage as the report prints them; no estimate is said in a word
shown = table[table["share"].isin([0.25, 0.5, 1.0])]
cells = shown.assign(
    told=[
        "none" if np.isinf(ratio) else f"{ratio:.2f} ({100 * coverage:.0f})"
        for ratio, coverage in zip(shown["ratio"], shown["coverage"], strict=True)
    ],
    share=[f"{100 * share:.0f} %" for share in shown["share"]],
)
wide = cells.pivot(index=["truth", "share"], columns="assumed", values="told")
order = list(dict.fromkeys(table["assumed"]))
rows = cells[["truth", "share"]].drop_duplicates()
numbers.add_table("misreading", rows.join(wide[order], on=["truth", "share"]))

# %% The worst that a reading does over all ways in which the reports came about
ends = shown.groupby(["share", "assumed"], sort=False)["ratio"].agg(["min", "max"])
told = ends.map(lambda ratio: "none" if np.isinf(ratio) else f"{ratio:.2f}")
worst = (told["min"] + " to " + told["max"]).unstack("assumed")[order]
worst.index = [f"{100 * share:.0f} %" for share in worst.index]
numbers.add_table("worst", worst.rename_axis("share").reset_index())

# %%
numbers.add("replicates", int(table["replicates"].min()))
numbers.add("largest_error", table["coverage_error"].max())
right = table[table["truth"] == table["assumed"]]
numbers.add("right_least_coverage", right["coverage"].min())
numbers.add("right_most_bias", (right["ratio"] - 1).abs().max())
at = table.set_index(["truth", "share", "assumed"])["ratio"]
numbers.add("cut_read_exact_half", at["coarsened", 0.5, "exact"])
numbers.add("found_read_exact_half", at["confirmed", 0.5, "exact"])
numbers.add("found_read_cut_quarter", at["confirmed", 0.25, "coarsened"])
numbers.add("found_read_cut_half", at["confirmed", 0.5, "coarsened"])
study.save_numbers(numbers)

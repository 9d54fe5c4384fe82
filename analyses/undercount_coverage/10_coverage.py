# %% [markdown]
# Which method covers when? Drawn from the table of the long run.

# %%
import numpy as np
import pandas as pd
from cells import CLASSES, METHODS, POPULATIONS, TITLES, WORLDS

from conflictstats.evaluate.undercount_coverage import pooled_coverage
from conflictstats.plot.undercount_coverage import plot_undercount_coverage
from conflictstats.report import Analysis, Numbers

MANY, FEW = 1000, 300
study = Analysis.here(__file__)
table = pd.read_csv(study.folder / "results" / "coverage.csv")
many = table[table["people"] == MANY]
answered = many[many["said"] == "all"]
methods = {
    name: word for name, word in METHODS.items() if name in set(answered["method"])
}
numbers = Numbers()

# %%
study.save_figure(
    plot_undercount_coverage(answered, populations=TITLES, methods=methods), "coverage"
)


# %% Over all numbers of lists, as the report prints them
def across(part: pd.DataFrame, values: str, form: str) -> pd.DataFrame:
    """Methods down, populations across, in words."""
    pooled = pooled_coverage(part, ["method", "population"])
    told = [form.format(x) if np.isfinite(x) else "" for x in pooled[values]]
    wide = pooled.assign(told=told).pivot(
        index="method", columns="population", values="told"
    )
    some = [method for method in methods if method in wide.index]
    return wide.fillna("").loc[some, list(TITLES)].reset_index()


numbers.add_table("coverage", across(answered, "coverage", "{:.2f}"))
numbers.add_table("ratio", across(answered, "ratio", "{:.2f}"))
few = table[(table["people"] == FEW) & (table["said"] == "all")]
numbers.add_table("few", across(few, "coverage", "{:.2f}"))

# %% What is said without a warning, with one, and not at all; in brackets what held
told = many[many["said"] != "all"]
told = told.assign(world=told["population"].map(WORLDS))
apart = pooled_coverage(told, ["method", "world", "said"])
apart = apart.set_index(["world", "said", "method"])
n = apart["n"].unstack(["world", "said"], fill_value=0)
whole = n.T.groupby("world").transform("sum").T
warnings = {
    f"{world}_{said}": [
        f"{share:.2f} ({apart['coverage'][world, said, method]:.2f})" if share else ""
        for method, share in (n / whole)[world, said].loc[list(methods)].items()
    ]
    for world in dict.fromkeys(WORLDS.values())
    for said in ("quiet", "warned")
}
refused = n.T.groupby("said").sum().T["refused"] / n.sum(axis=1)
numbers.add_table(
    "warnings",
    pd.DataFrame({"method": list(methods), **warnings}).assign(
        refused=refused.loc[list(methods)].to_numpy()
    ),
)

# %%
counts = answered.groupby("method")["replicates"]
numbers.add("level", 0.9)
numbers.add("people", MANY, unit="people")
numbers.add("few", FEW, unit="people")
numbers.add("fewest", int(counts.min().min()))
numbers.add("most", int(counts.max().max()))
numbers.add("populations", len(TITLES))
numbers.add("methods", len(methods))
numbers.add("asked", int(answered["replicates"].sum()))
numbers.add("floor_level", 0.95)
numbers.add("simulation_level", 0.95)
least, most = POPULATIONS["independent"].reach
numbers.add("reach_least", least)
numbers.add("reach_most", most)
numbers.add("classes", CLASSES[0][1].classes)
numbers.add("draws", CLASSES[0][1].draws)
held = apart["coverage"]
for world in ("tied", "unlike"):
    numbers.add(f"{world}_average_held", held[world, "quiet", "average by BIC"])
numbers.add("unlike_floor_held", held["unlike", "quiet", "Chao floor, lists unlike"])
study.save_numbers(numbers)

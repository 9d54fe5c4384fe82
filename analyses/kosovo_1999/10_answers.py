# %% [markdown]
# How many were killed in Kosovo, March to June 1999: several answers to one table.

# %%
import numpy as np

from conflictstats.datasets import load_kosovo_lists
from conflictstats.models.undercount import (
    LogLinear,
    compare_undercount,
    internal_consistency,
)
from conflictstats.models.undercount.compare import undercount_methods
from conflictstats.panel import lists_of_cells
from conflictstats.plot.consistency import plot_consistency
from conflictstats.plot.overlap import plot_overlap
from conflictstats.plot.undercount import plot_undercount
from conflictstats.report import Analysis, Numbers

LEVEL = 0.95
NAMES = ["EXH", "ABA", "OSCE", "HRW"]
study = Analysis.here(__file__)
lists = lists_of_cells(study.use(load_kosovo_lists()), NAMES)
numbers = Numbers()
numbers.add("level", LEVEL)
numbers.add("n_observed", lists.n_observed, unit="people")
numbers.add("n_lists", lists.n_lists, unit="lists")
numbers.add("on_all", int(lists.by_number_of_lists[-1]), unit="people")
study.save_figure(plot_overlap(lists), "lists")

# %% All methods
found = compare_undercount(lists, rng=study.rng(), level=LEVEL)
study.save_figure(plot_undercount(found), "answers")
answers = found.to_frame()
numbers.add_table(
    "answers",
    answers.replace(np.inf, np.nan),
    may_miss=["estimate", "upper", "odds_ratio"],
)
points = answers[answers["kind"].isin(["confidence", "credible"])].dropna(
    subset="estimate"
)
numbers.add("smallest", points["estimate"].min(), unit="people")
numbers.add("largest", points["estimate"].max(), unit="people")

# %% The published model, and how far it is from the runners-up
best = LogLinear(average=False).fit(lists).answer(LEVEL)
for end in ("estimate", "lower", "upper"):
    numbers.add(f"best_{end}", getattr(best, end), unit="people")
implied = answers.set_index("method")["odds_ratio"]
numbers.add("best_odds_ratio", implied["log-linear, best by BIC"])
for end in ("estimate", "lower", "upper"):
    numbers.add(
        f"averaged_{end}",
        answers.set_index("method").loc["log-linear, averaged", end],
        unit="people",
    )

# %% Each list as a population that is known
methods = undercount_methods(study.rng())
del methods["latent classes"]  # four more runs of its chains
consistency = internal_consistency(lists, methods, level=LEVEL)
study.save_figure(plot_consistency(consistency), "consistency")
by_method = consistency.coverage()
numbers.add_table("consistency", by_method, may_miss=["ratio"])
numbers.add("highest_ratio", by_method["ratio"].max())
study.save_numbers(numbers)

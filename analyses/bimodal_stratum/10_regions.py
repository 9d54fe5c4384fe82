# %% [markdown]
# What does one fixed seed hide? Drawn from the results of the long runs.

# %%
import numpy as np
import pandas as pd
from stratum import N_OBSERVED, PARTED

from conflictstats.plot.one_seed import plot_one_seed
from conflictstats.report import Analysis, Numbers

LEVEL, NORMAL = 0.9, 1.645
BATCHES_LEFT_OUT = 3
GROUPS = {
    "single": "single chains begun as LCMCR does",
    "even": "begun with all classes alike",
    "even_swapped": "the same, labels swapped",
}
DEFAULT = "default fits and their regions"
PUBLISHED_ABOVE, PUBLISHED_DRAWS = 0.603, 1000
"""Draws that verdata ships for this stratum: one chain, seed 19481210, 15 classes."""
MELTED_POWER = 0.77
"""As in `summarise.py`."""
FIRST_FRESH = 5
"""Seeds of default fits from which the rule of regions was not chosen."""
study = Analysis.here(__file__)
results = study.folder / "results"
chains = pd.read_csv(results / "chains.csv")
defaults = pd.read_csv(results / "defaults.csv")
ladder = pd.read_csv(results / "ladder.csv")
rungs = pd.read_csv(results / "rungs.csv")
walkers = pd.read_csv(results / "walkers.csv")
totals = pd.read_csv(results / "totals.csv")
numbers = Numbers()
numbers.add("level", LEVEL)
numbers.add("n_observed", N_OBSERVED, unit="people")
numbers.add("parted", PARTED, unit="people")

# %% The share of the upper region: walkers are independent, and so are batches nearly
share = walkers["above"].sum() / walkers["moves"].sum()
away = walkers["above"] - share * walkers["moves"]
by_walkers = np.sqrt((away**2).sum()) / walkers["moves"].sum()
batches = ladder.groupby("move")["above"].mean().iloc[BATCHES_LEFT_OUT:]
by_batches = batches.std() / np.sqrt(len(batches))
error = max(by_walkers, by_batches)
numbers.add("above", share)
numbers.add("error", error)
numbers.add("error_by_walkers", by_walkers)
numbers.add("error_by_batches", by_batches)
numbers.add("moves", int(ladder["move"].max()), unit="moves")
numbers.add("burned", 100 * BATCHES_LEFT_OUT, unit="moves")
numbers.add("melted_power", MELTED_POWER)
numbers.add("visits", int(walkers["visits"].sum()))
numbers.add("visits_from_hottest", int(walkers["visits_from_hottest"].sum()))
numbers.add("walkers", int((walkers["moves"] > 0).sum()))
unknown = ["swaps", "few_log_likelihood", "few_variance"]
numbers.add_table("rungs", rungs, may_miss=unknown)

# %% How much two classes weigh at the power 1, by their evidence along the ladder
from_rung = rungs[(rungs["few"] > 0.1) & (rungs["few"] < 0.9)].index[0]
start = rungs.loc[from_rung]
colder = rungs.loc[:from_rung]
rest = -np.trapezoid(colder["rest_log_likelihood"], colder["power"])
rise = 1 - start["power"]
few = start["few_log_likelihood"] * rise + start["few_variance"] * rise**2 / 2
log_odds_few = np.log(start["few"] / (1 - start["few"])) + few - rest
numbers.add("few_exponent", -log_odds_few / np.log(10))

# %% What single chains say
swapped = chains[chains["run"].str.contains("swapped")]
groups = dict(list(chains.groupby("run"))) | {"all_swapped": swapped}
for run, rows in groups.items():
    for name, value in (
        ("least", rows["above"].min()),
        ("most", rows["above"].max()),
        ("mean", rows["above"].mean()),
        ("error", rows["above"].std() / np.sqrt(len(rows))),
        ("own_error", rows["error"].median()),
    ):
        numbers.add(f"{run}_{name}", value)
    for name, value in (
        ("lowest", rows["estimate"].min()),
        ("highest", rows["estimate"].max()),
    ):
        numbers.add(f"{run}_{name}", value, unit="people")
    numbers.add(f"{run}_sweeps", int(rows["sweeps"].min()), unit="sweeps")
    numbers.add(f"{run}_below", int((rows["upper"] < PARTED).sum()), unit="chains")
    numbers.add(f"{run}_chains", len(rows), unit="chains")

# %% What was published, and default fits
published_error = np.sqrt(PUBLISHED_ABOVE * (1 - PUBLISHED_ABOVE) / PUBLISHED_DRAWS)
apart = (PUBLISHED_ABOVE - share) / np.hypot(published_error, error)
numbers.add("published_above", PUBLISHED_ABOVE)
numbers.add("published_error", published_error)
numbers.add("published_apart", apart)
by_seed = defaults.drop_duplicates("seed")
numbers.add("default_least", by_seed["above"].min())
numbers.add("default_most", by_seed["above"].max())
numbers.add("default_seeds", len(by_seed))
flagged = by_seed["status"] == "MULTIMODAL"
fresh = by_seed["seed"] >= FIRST_FRESH
numbers.add("default_multimodal", int(flagged.sum()))
numbers.add("default_fresh", int(fresh.sum()))
numbers.add("chosen_with", int((~fresh).sum()))
numbers.add("default_fresh_multimodal", int((flagged & fresh).sum()))

# %%
width = totals["low"].diff().median()
whole = totals["draws"].cumsum() / totals["draws"].sum()
lower, estimate, upper = np.interp([0.05, 0.5, 0.95], whole, totals["low"] + width)
for name, value in (("lower", lower), ("estimate", estimate), ("upper", upper)):
    numbers.add(name, value, unit="people")
hundreds = totals["draws"].groupby(totals["low"] // 100 * 100).sum()
tops = hundreds.loc[:PARTED].idxmax(), hundreds.loc[PARTED:].idxmax()
numbers.add("lower_top", tops[0] + 50, unit="people")
numbers.add("upper_top", tops[1] + 50, unit="people")
saddle = hundreds.loc[tops[0] : tops[1]].min() / hundreds[list(tops)]
numbers.add("saddle_to_lower_top", saddle.iloc[0])
numbers.add("saddle_to_upper_top", saddle.iloc[1])
long_run = {"group": "long run", "chain": 0, "above": share, "error": error}
long_run |= {"estimate": estimate, "lower": lower, "upper": upper}
rows = pd.concat(
    [
        *(
            chains[chains["run"] == run].assign(group=said)
            for run, said in GROUPS.items()
        ),
        defaults.assign(group=DEFAULT, chain=defaults["seed"]),
        pd.DataFrame([long_run]),
    ]
)
reach = NORMAL * rows["error"].fillna(0)
rows["above_lower"] = (rows["above"] - reach).clip(lower=0)
rows["above_upper"] = (rows["above"] + reach).clip(upper=1)
shown = totals[whole.between(0.0005, 0.997)]
study.save_figure(
    plot_one_seed(rows.reset_index(), shown, parted=PARTED, level=LEVEL), "regions"
)
study.save_numbers(numbers)

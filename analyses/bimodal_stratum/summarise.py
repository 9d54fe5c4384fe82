# %% [markdown]
# What the long runs say, without the data: from `output/long/` to `results/`.

# %%
from pathlib import Path

import numpy as np
import pandas as pd
from simulate import APART, CHAINS, EACH, POWERS
from stratum import HERE, N_OBSERVED, cut

from conflictstats.numerics.sampling.diagnostics import ess_bulk

LONG, RESULTS = HERE / "output" / "long", HERE / "results"
BURN_SWEEPS, BURN_MOVES, BATCH = 10_000, 300, 100
"""Sweeps and moves that are left out, and moves of a batch; chosen before the runs."""
FEW = 2
"""Classes of at least a hundredth of everybody that states of high temperature have."""
LAST, MELTED = len(POWERS) - 1, 4
"""The hottest rung; that of power 0.77, which has hardly any of the upper top."""
BIN = 25
rng = np.random.default_rng(1999)


def traces(run: str) -> dict[str, np.ndarray]:
    """All of a run, (moves or sweeps kept, chains)."""
    blocks = [np.load(path) for path in sorted(Path(LONG / run).glob("*.npz"))]
    return {name: np.concatenate([b[name] for b in blocks]) for name in blocks[0]}


def totals(log_odds: np.ndarray) -> np.ndarray:
    """Draws of everybody, given the log odds of being on no list."""
    seen = 1 / (1 + np.exp(log_odds.astype(float)))
    return N_OBSERVED + rng.negative_binomial(N_OBSERVED, seen)


def arrivals(path: np.ndarray, rung: int) -> int:
    """How often a walker came to the power 1 from a rung that is so hot."""
    ends = path[(path == 0) | (path >= rung)]
    return int(((ends[:-1] > 0) & (ends[1:] == 0)).sum())


def save(table: pd.DataFrame, name: str) -> None:
    """Write a table of results."""
    table.to_csv(RESULTS / f"{name}.csv", index=False, float_format="%.5g")


# %% Single chains: what each would tell its user
rows = []
for run in ("single", "even", "even_swapped", "swapped"):
    found = traces(run)
    first = BURN_SWEEPS // APART
    odds, fit = found["log_odds"][first:], found["log_likelihood"][first:]
    everybody, above = totals(odds), (odds > cut()).astype(float)
    for chain in range(CHAINS):
        lower, estimate, upper = np.quantile(everybody[:, chain], [0.05, 0.5, 0.95])
        share = above[:, chain].mean()
        worth = (
            ess_bulk(above[:, [chain], None])[0] if above[:, chain].std() else np.nan
        )
        rows.append(
            {
                "run": run,
                "chain": chain,
                "sweeps": APART * len(found["log_odds"]),
                "estimate": estimate,
                "lower": lower,
                "upper": upper,
                "above": share,
                "error": np.sqrt(share * (1 - share) / worth),
                "log_likelihood": fit[:, chain].mean(),
            }
        )
save(pd.DataFrame(rows), "chains")

# %% Default fits
rows = []
for path in sorted((LONG / "defaults").glob("*.npz")):
    fit = np.load(path)
    for region in fit["regions"]:
        rows.append(
            {
                "seed": int(path.stem),
                "status": str(fit["status"]),
                "rhat": fit["diagnostics"][0],
                "ess_bulk": fit["diagnostics"][1],
                "above": fit["upper"],
                "share": region[0],
                "estimate": region[1],
                "lower": region[2],
                "upper": region[3],
            }
        )
save(pd.DataFrame(rows), "defaults")

# %% The ladder: shares over time by chain, rungs, walkers
found = traces("ladder")
moves = len(found["log_odds"])
above = found["log_odds"][:, :EACH] > cut()
rows = [
    {"move": stop, "chain": chain, "above": above[stop - BATCH : stop, chain].mean()}
    for stop in range(BATCH, moves + 1, BATCH)
    for chain in range(EACH)
]
save(pd.DataFrame(rows), "ladder")

late = {name: values[BURN_MOVES:] for name, values in found.items()}
rung_of = np.empty_like(late["walker"])
np.put_along_axis(
    rung_of, late["walker"], np.arange(rung_of.shape[1])[None] // EACH, axis=1
)
by_rung = {
    name: late[name].reshape(len(rung_of), len(POWERS), EACH)
    for name in ("log_odds", "log_likelihood", "classes")
}
rows = []
for rung, power in enumerate(POWERS):
    fit, few = by_rung["log_likelihood"][:, rung], by_rung["classes"][:, rung] <= FEW
    stepped = (rung_of[:-1] == rung) & (rung_of[1:] == rung + 1)
    rows.append(
        {
            "power": power,
            "swaps": 2 * stepped.mean() * len(POWERS) if rung < LAST else np.nan,
            "log_likelihood": fit.mean(),
            "above": (by_rung["log_odds"][:, rung] > cut()).mean(),
            "few": few.mean(),
            "few_log_likelihood": fit[few].mean() if few.any() else np.nan,
            "few_variance": fit[few].var() if few.any() else np.nan,
            "rest_log_likelihood": fit[~few].mean() if (~few).any() else np.nan,
        }
    )
save(pd.DataFrame(rows), "rungs")

# %%
rows = []
for walker in range(rung_of.shape[1]):
    path = rung_of[:, walker]
    cold = late["log_odds"][:, :EACH][late["walker"][:, :EACH] == walker]
    rows.append(
        {
            "walker": walker,
            "visits": arrivals(path, MELTED),
            "visits_from_hottest": arrivals(path, LAST),
            "moves": len(cold),
            "above": (cold > cut()).sum(),
        }
    )
save(pd.DataFrame(rows), "walkers")

# %%
everybody = totals(late["log_odds"][:, :EACH].ravel())
held, edges = np.histogram(everybody, np.arange(1000, 6001, BIN))
save(pd.DataFrame({"low": edges[:-1], "draws": held}), "totals")

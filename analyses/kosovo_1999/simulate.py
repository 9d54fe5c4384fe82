# %% [markdown]
# Do two samplers draw the same posterior of the Kosovo table? Hamiltonian paths, as the
# package has them, and data augmentation, as other programs do, in parts that are
# independent of each other: fits with seeds of their own, and groups of chains.
#
# `python simulate.py 5 10` (most classes; about ten minutes of CPU time).

# %%
import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import conflictstats as cs
from conflictstats.models.undercount import LatentClass
from conflictstats.numerics.latent_class.density import ClassDensity
from conflictstats.panel.lists import Lists

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bimodal_stratum"))
from augmentation import Augmentation

NAMES = ["EXH", "ABA", "OSCE", "HRW"]
PARTS = 16
CHAINS, SWEEPS, APART, SWAPS = 256, 20_000, 20, 2
BURN = 20_000
"""Sweeps that are left out. Of chains that begin as LCMCR does, with five classes, half
were still below 8,700 people after 2,000 sweeps, 0.26 after 4,000, 0.06 after 8,000."""
QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)


# %%
def said(total: np.ndarray) -> dict[str, float]:
    """Mean and quantiles of everybody."""
    return {"draws": total.size, "mean": total.mean()} | {
        f"q{level:g}": value
        for level, value in zip(QUANTILES, np.quantile(total, QUANTILES), strict=True)
    }


def by_paths(lists: Lists, classes: int) -> list[dict[str, float]]:
    """Default fits, one a seed."""
    model = LatentClass(classes=classes)
    fits = (model.fit(lists, rng=np.random.default_rng(s)) for s in range(PARTS))
    return [said(fit.draws["total"].values) for fit in fits]


def by_augmentation(lists: Lists, classes: int) -> list[dict[str, float]]:
    """Groups of chains that begin as LCMCR does, with labels swapped."""
    rng = np.random.default_rng(classes)
    density = ClassDensity.of(lists.patterns, lists.counts, lists.unplaced, classes)
    chains = Augmentation(density, CHAINS, rng, swaps=SWAPS)
    odds = []
    for sweep in range(BURN + SWEEPS):
        chains.sweep()
        if sweep >= BURN and sweep % APART == 0:
            odds.append(chains.log_odds)
    seen = 1 / (1 + np.exp(np.array(odds)))
    total = lists.n_observed + rng.negative_binomial(lists.n_observed, seen)
    return [said(part) for part in np.array_split(total, PARTS, axis=1)]


# %%
def main() -> None:
    """Run both for each number of classes, and keep a row a part."""
    options = argparse.ArgumentParser(description="Two samplers of one posterior.")
    options.add_argument("classes", nargs="+", type=int)
    options.add_argument("--results", type=Path, default=HERE / "results/samplers.csv")
    asked = options.parse_args()
    lists = cs.lists_of_cells(cs.load_kosovo_lists(), NAMES)
    rows = []
    for classes in asked.classes:
        for sampler, run in (("paths", by_paths), ("augmentation", by_augmentation)):
            parts = enumerate(run(lists, classes))
            told = {"sampler": sampler, "classes": classes}
            rows += [told | {"part": number} | part for number, part in parts]
            asked.results.parent.mkdir(exist_ok=True)
            table = pd.DataFrame(rows)
            table.to_csv(asked.results, index=False, float_format="%.7g")
            print(sampler, classes, flush=True)


# %%
if __name__ == "__main__":
    main()

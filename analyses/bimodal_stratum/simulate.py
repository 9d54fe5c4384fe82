# %% [markdown]
# The long runs: a ladder of ten powers of the likelihood, single chains as other
# programs draw them, and default fits. Each goes on where it was stopped:
#
# `python simulate.py ladder --blocks 250`
#
# The powers were set after a first ladder from 1 to 0.5, of 580 moves, in which no
# walker got from one end to the other: people fall from three classes into two near
# 0.7, and there the rungs have to be close. States and traces are kept in
# `output/long`; `summarise.py` reads them.

# %%
import argparse
import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from augmentation import Augmentation
from stratum import HERE, cut, density, lists

from conflictstats.models.undercount import LatentClass
from conflictstats.numerics.latent_class.hamiltonian import Ladder, starts
from conflictstats.panel.lists import Lists
from conflictstats.report.files import write_bytes

POWERS = np.array([1, 0.93, 0.87, 0.82, 0.77, 0.735, 0.705, 0.68, 0.66, 0.63])
EACH, WARM_UP, MOVES = 8, 80, 20
"""Chains a rung, moves by which steps are found, moves a block."""
CHAINS, KEPT, APART = 8, 20, 50
"""Single chains, sweeps of a block that are kept, sweeps from one to the next."""
CLASSES, SWAPS = 10, 4


# %%
def ladder(rng: np.random.Generator) -> Ladder:
    """Chains at all powers, warmed up from dispersed starts."""
    posterior = density(CLASSES)
    states = starts(posterior, EACH * len(POWERS), rng)
    found = Ladder(posterior, POWERS, states, rng)
    found.warm_up(WARM_UP)
    return found


def moved(found: Ladder) -> dict[str, np.ndarray]:
    """What the states of every move say, (moves, chains)."""
    kept = {name: [] for name in ("log_odds", "log_likelihood", "walker", "classes")}
    for _ in range(MOVES):
        found.move()
        found.exchange()
        classes = found.density.classes_of(found.states)
        weight = np.exp(classes.log_weight)
        kept["log_odds"].append(classes.log_odds.astype(np.float32))
        kept["log_likelihood"].append(found.look.log_likelihood.astype(np.float32))
        kept["walker"].append(found.walkers.astype(np.int16))
        kept["classes"].append((weight > 0.01).sum(axis=0).astype(np.int8))
    return {name: np.array(rows) for name, rows in kept.items()}


def single(**settings: int) -> Callable:
    """How single chains with these settings begin."""
    return lambda rng: Augmentation(density(CLASSES), CHAINS, rng, **settings)


def swept(found: Augmentation) -> dict[str, np.ndarray]:
    """What every fiftieth sweep says, (sweeps kept, chains)."""
    kept = {name: [] for name in ("log_odds", "log_likelihood")}
    for _ in range(KEPT):
        for _ in range(APART):
            found.sweep()
        kept["log_odds"].append(found.log_odds)
        kept["log_likelihood"].append(found.log_likelihood)
    return {name: np.array(rows) for name, rows in kept.items()}


@dataclass
class Defaults:
    """Lists, and the seed of the next fit."""

    lists: Lists
    seed: int = 0


def fitted(found: Defaults) -> dict[str, np.ndarray]:
    """What the default fit says with the next seed."""
    fit = LatentClass().fit(found.lists, rng=np.random.default_rng(found.seed))
    found.seed += 1
    told = [fit.diagnostics[name].item() for name in ("rhat", "ess_bulk")]
    return {
        "status": np.array(fit.status.name),
        "diagnostics": np.array(told),
        "regions": fit.regions.to_numpy(),
        "upper": np.array((fit.draws["log_odds"] > cut()).mean()),
    }


RUNS: dict[str, tuple[int, Callable, Callable]] = {
    "defaults": (0, lambda _: Defaults(lists()), fitted),
    "ladder": (1999, ladder, moved),
    "single": (1, single(), swept),
    "even": (2, single(even=True), swept),
    "swapped": (3, single(swaps=SWAPS), swept),
    "even_swapped": (5, single(even=True, swaps=SWAPS), swept),
}
"""Seed of each run, how it begins, how it goes on."""


# %%
def main() -> None:
    """Run what is not there yet of one run."""
    options = argparse.ArgumentParser(description="Long runs, one at a time.")
    options.add_argument("run", choices=RUNS)
    options.add_argument("--blocks", type=int, default=250)
    options.add_argument("--folder", type=Path, default=HERE / "output" / "long")
    asked = options.parse_args()
    trace = asked.folder / asked.run
    trace.mkdir(parents=True, exist_ok=True)
    state = asked.folder / f"{asked.run}.pickle"
    seed, begin, go_on = RUNS[asked.run]
    if state.exists():
        found = pickle.loads(state.read_bytes())
    else:
        found = begin(np.random.default_rng(seed))
    for number in range(len(list(trace.glob("*.npz"))), asked.blocks):
        rows = io.BytesIO()
        np.savez_compressed(rows, **go_on(found))
        write_bytes(state, pickle.dumps(found))
        write_bytes(trace / f"{number:05d}.npz", rows.getvalue())
        print(asked.run, number + 1, flush=True)


# %%
if __name__ == "__main__":
    main()

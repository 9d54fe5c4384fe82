# %% [markdown]
# How wrong is a rate when reports are read otherwise than they came about?
#
# A long run, part of `make calibrate`: it fills `results/misreading.csv`, cell by cell,
# and leaves out the cells that are there. `python simulate.py 40 other.csv` makes a
# smaller table elsewhere.

# %%
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from conflictstats.evaluate.misreading import READINGS, misread, misreading_summary

SEED = 20190610
SHARES = (0.1, 0.25, 0.5, 1.0)
HERE = Path(__file__).resolve().parent


# %%
def main(replicates: int, table: Path) -> None:
    """Simulate the cells that the table lacks."""
    cells = [(truth, share) for truth in READINGS for share in SHARES]
    done = [pd.read_csv(table)] if table.exists() else []
    have = {tuple(cell) for each in done for cell in each[["truth", "share"]].values}
    for number, (truth, share) in enumerate(cells):
        if (truth, share) in have:
            continue
        rows = [
            misread(truth, share, rng=np.random.default_rng([SEED, number, replicate]))
            for replicate in range(replicates)
        ]
        told = misreading_summary(pd.concat(rows, ignore_index=True))
        told.insert(0, "truth", truth)
        told.insert(1, "share", share)
        done.append(told)
        part = table.with_suffix(".part")
        pd.concat(done).to_csv(part, index=False, float_format="%.5g")
        part.replace(table)
        print(f"{truth}, {share:g} of the days: done", flush=True)


# %%
if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    where = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "results/misreading.csv"
    main(count, where)

# %% [markdown]
# Do intervals of who fled hold? The long run.
#
# Part of `make calibrate`: it fills `output/replicates/`, one file a cell, can be
# stopped and begun again, and at its end counts what is there in `results/`. Options:
# names of cells, replicates (0 to count only), processes.

# %%
import argparse
from pathlib import Path

import pandas as pd
from cells import CELLS, DRAWS, PRIOR

from conflictstats.evaluate import calibration_table
from conflictstats.evaluate.displacement_coverage import coverage_by_quantity
from conflictstats.report.study import run_study

HERE = Path(__file__).resolve().parent
FEWEST = 10
"""Crises below which ranks are not tested."""


# %%
def main() -> None:
    """Run what is not there yet, and count."""
    options = argparse.ArgumentParser(description="Run the study of coverage.")
    options.add_argument("cells", nargs="*", help="names of cells; all by default")
    options.add_argument("--replicates", type=int, default=56)
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--folder", type=Path, default=HERE / "output/replicates")
    options.add_argument("--results", type=Path, default=HERE / "results")
    asked = options.parse_args()
    if asked.replicates:
        run_study(
            [each for each in CELLS if each.name in asked.cells or not asked.cells],
            asked.folder,
            replicates=asked.replicates,
            processes=asked.processes,
            tell=lambda line: print(line, flush=True),
        )
    files = {cell.name: asked.folder / f"{cell.name}.csv" for cell in CELLS}
    rows = {
        name: pd.read_csv(path, comment="#")
        for name, path in files.items()
        if path.exists()
    }
    counts = [
        coverage_by_quantity(part).assign(kind=kind) for kind, part in rows.items()
    ]
    write(pd.concat(counts), asked.results / "coverage.csv")
    ended = pd.concat([part.assign(kind=kind) for kind, part in rows.items()])
    statuses = ended.value_counts(["kind", "status"], sort=False).rename("n")
    write(statuses.reset_index(), asked.results / "statuses.csv")
    if len(rows.get(PRIOR.name, ())) >= FEWEST:
        ranks = calibration_table({PRIOR.name: rows[PRIOR.name]}, DRAWS)
        write(ranks, asked.results / "ranks.csv")


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table with the kind first."""
    first = [name for name in ("kind", "cell") if name in table]
    rest = [name for name in table if name not in first]
    table[[*first, *rest]].to_csv(path, index=False, float_format="%.4g")


# %%
if __name__ == "__main__":
    main()

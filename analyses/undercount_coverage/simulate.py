# %% [markdown]
# Which method covers when? The long run.
#
# Part of `make calibrate`: it fills `output/replicates/`, one file a cell, can be
# stopped and begun again, and at its end counts what is there in
# `results/coverage.csv`. Options: names of cells, replicates of the fast and of the
# slow ones (0 to count only), processes.

# %%
import argparse
import os
from pathlib import Path

import pandas as pd
from cells import CELLS, FAST, FLOORS, SLOW

from conflictstats.evaluate.undercount_coverage import (
    UndercountCoverage,
    coverage_by_status,
)
from conflictstats.report.study import run_study

HERE = Path(__file__).resolve().parent


# %%
def counted(cell: UndercountCoverage, rows: pd.DataFrame) -> pd.DataFrame:
    """Counts of one cell, with what it is."""
    told = coverage_by_status(rows, cell.population.people, floors=FLOORS)
    told.insert(0, "population", cell.name.split("-")[0])
    told.insert(1, "n_lists", cell.population.n_lists)
    told.insert(2, "people", cell.population.people)
    return told


# %%
def main() -> None:
    """Run what is not there yet, and count."""
    options = argparse.ArgumentParser(description="Run the study of coverage.")
    options.add_argument("cells", nargs="*", help="names of cells; all by default")
    options.add_argument("--fast", type=int, default=200)
    options.add_argument("--slow", type=int, default=40)
    options.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options.add_argument("--folder", type=Path, default=HERE / "output/replicates")
    options.add_argument("--results", type=Path, default=HERE / "results/coverage.csv")
    asked = options.parse_args()
    for cells, replicates in ((FAST, asked.fast), (SLOW, asked.slow)):
        if replicates:
            run_study(
                [each for each in cells if each.name in asked.cells or not asked.cells],
                asked.folder,
                replicates=replicates,
                processes=asked.processes,
                tell=lambda line: print(line, flush=True),
            )
    files = [(cell, asked.folder / f"{cell.name}.csv") for cell in CELLS]
    tables = [
        counted(cell, pd.read_csv(path, comment="#"))
        for cell, path in files
        if path.exists()
    ]
    pd.concat(tables).to_csv(asked.results, index=False, float_format="%.4g")


# %%
if __name__ == "__main__":
    main()

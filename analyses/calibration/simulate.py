# %% [markdown]
# Do 90 % intervals hold the truth nine times of ten, in every cell?
#
# The long run, started by `make calibrate`: it fills `results/`, one file a cell, and
# can be stopped and begun again. Options: replicates, processes, and names of cells.

# %%
import argparse
import os
from pathlib import Path

from cells import CELLS, SMOKE

from conflictstats.report.study import run_study

RESULTS = Path(__file__).resolve().parent / "results"


# %%
def main() -> None:
    """Run what is not there yet."""
    options = argparse.ArgumentParser(description="Run the calibration study.")
    options.add_argument("cells", nargs="*", help="names of cells; all by default")
    options.add_argument("--replicates", type=int, default=1000)
    options.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options.add_argument("--folder", type=Path, default=RESULTS)
    asked = options.parse_args()
    unknown = set(asked.cells) - {cell.name for cell in [*CELLS, *SMOKE]}
    if unknown:
        options.error(f"no cell is called {', '.join(sorted(unknown))}")
    run_study(
        [cell for cell in [*CELLS, *SMOKE] if cell.name in asked.cells] or CELLS,
        asked.folder,
        replicates=asked.replicates,
        processes=asked.processes,
        tell=lambda line: print(line, flush=True),
    )


# %%
if __name__ == "__main__":
    main()

# %% [markdown]
# How often do intervals of what tables share hold the truth? The long run.
#
# It fills `results/`, one file a cell, and can be stopped and begun again. Options:
# names of cells, replicates.

# %%
import argparse
from pathlib import Path

from cells import CELLS

from conflictstats.report.study import run_study

HERE = Path(__file__).resolve().parent


# %%
def main() -> None:
    """Run what is not there yet."""
    options = argparse.ArgumentParser(description="Run the study of linkage.")
    options.add_argument("cells", nargs="*", help="names of cells; all by default")
    options.add_argument("--replicates", type=int, default=20)
    given = options.parse_args()
    cells = [cell for cell in CELLS if not given.cells or cell.name in given.cells]
    run_study(cells, HERE / "results", replicates=given.replicates, tell=print)


# %%
if __name__ == "__main__":
    main()

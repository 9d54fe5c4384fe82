"""The cells of the study can be run, from the command that the page names."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from conflictstats.evaluate import calibration_table, coverage_band
from conflictstats.evaluate.strata import STRATA

SMOKE = ["smoke-negbin", "smoke-poisson", "smoke-binomial"]
FOLDER = Path(__file__).resolve().parents[2] / "analyses" / "calibration"


def study(*arguments):
    """The long run, cut short."""
    words = [sys.executable, str(FOLDER / "simulate.py"), *map(str, arguments)]
    quiet = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.run(words, env=quiet, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_cell_runs_on_two_processes_and_goes_on(tmp_path):
    common = ("negbin-coarsened-rw1", "--folder", tmp_path, "--processes", 2)
    for replicates in (3, 5):
        done = study(*common, "--replicates", replicates)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"negbin-coarsened-rw1: {replicates} of {replicates}\n"
    rows = pd.read_csv(tmp_path / "negbin-coarsened-rw1.csv", comment="#")
    assert rows["replicate"].tolist() == list(range(5))
    assert rows["rank_total"].between(0, 399).all()
    assert len(rows.query(STRATA["mean below 1"])) <= 5


def test_a_cell_that_is_not_there_is_named(tmp_path):
    done = study("negbin-exact-rw3", "--folder", tmp_path)
    assert done.returncode == 2
    assert "no cell is called negbin-exact-rw3" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_two_hundred_replicates_of_three_cells_are_inside_their_bands(tmp_path):
    """ECOSYSTEM, last section: 82.5 to 96.0 % of 90 % intervals."""
    done = study(*SMOKE, "--folder", tmp_path, "--replicates", 200, "--processes", 2)
    assert done.returncode == 0, done.stderr
    found = {name: pd.read_csv(tmp_path / f"{name}.csv", comment="#") for name in SMOKE}
    table = calibration_table(found, 199, error=0.001)
    assert table["passes"].all(), table
    whole = table[table["n"] == 200]
    assert coverage_band(200) == (0.825, 0.96)
    assert whole["coverage"].between(0.825, 0.96).all(), whole

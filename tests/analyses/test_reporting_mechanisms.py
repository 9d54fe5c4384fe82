"""The committed study is what the analysis makes today, and says what is published."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from conflictstats.evaluate.misreading import READINGS, misread, misreading_summary
from conflictstats.report import Numbers, changed_outputs, run_analysis

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "analyses" / "reporting_mechanisms"
COMMITTED = ROOT / "figures" / "reporting_mechanisms"


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(FOLDER / "results" / "misreading.csv")


def test_the_committed_files_are_those_of_one_run():
    assert changed_outputs(COMMITTED) == []


@pytest.mark.slow
def test_the_numbers_are_the_committed_ones(tmp_path):
    fresh = Numbers.read(run_analysis(FOLDER, tmp_path).folder / "numbers.json")
    committed = Numbers.read(COMMITTED / "numbers.json")
    assert fresh.differences(committed, rtol=1e-6) == []


def test_every_cell_is_there_once(table):
    cells = table.groupby(["truth", "share", "assumed"]).size()
    assert len(cells) == len(table) == 5 * 4 * 5
    assert set(table["truth"]) == set(table["assumed"]) == set(READINGS)


@pytest.mark.parametrize(
    ("truth", "share", "assumed", "ratio"),
    [
        ("coarsened", 0.25, "coarsened", 1.0),
        ("coarsened", 0.5, "coarsened", 1.0),
        ("coarsened", 0.5, "exact", 0.70),
        ("confirmed", 0.5, "exact", 0.95),
        ("confirmed", 0.25, "coarsened", 1.20),
        ("confirmed", 0.5, "coarsened", 1.55),
    ],
)
def test_the_table_has_the_ratios_of_the_methods(table, truth, share, assumed, ratio):
    """METHODS A, to the digits printed there."""
    at = table.set_index(["truth", "share", "assumed"]).loc[truth, share, assumed]
    assert at["ratio"] == pytest.approx(ratio, abs=0.01 + 3 * at["ratio_error"])


def test_found_so_far_read_as_a_cut_has_no_top(table):
    """METHODS A prints 12.6, where a search had stopped."""
    at = table.set_index(["truth", "share", "assumed"]).loc["confirmed", 1, "coarsened"]
    assert np.isinf(at["ratio"])
    assert at["unbounded"] == 1


def test_right_readings_cover(table):
    """Bonferroni over the twenty cells, at 1 in 100."""
    right = table[table["truth"] == table["assumed"]]
    held = (right["coverage"] * right["replicates"]).round()
    chance = stats.binom(right["replicates"], 0.9)
    assert (chance.cdf(held) > 0.005 / len(right)).all(), right
    assert (chance.sf(held - 1) > 0.005 / len(right)).all(), right


def test_a_cell_made_today_is_that_of_the_table(table):
    rows = [
        misread("confirmed", 0.5, rng=np.random.default_rng([8, i]), readings=["exact"])
        for i in range(10)
    ]
    fresh = misreading_summary(pd.concat(rows)).iloc[0]
    at = table.set_index(["truth", "share", "assumed"]).loc["confirmed", 0.5, "exact"]
    error = np.hypot(fresh["ratio_error"], at["ratio_error"])
    assert abs(fresh["ratio"] - at["ratio"]) < 4 * error
    assert fresh["width"] == pytest.approx(at["width"], rel=0.05)

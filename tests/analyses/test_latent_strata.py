"""The study of strata is as its results say, and its strata are as it says."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

FOLDER = Path(__file__).resolve().parents[2] / "analyses" / "latent_strata"


def simulation():
    spec = importlib.util.spec_from_file_location("strata", FOLDER / "simulate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


study = simulation()


@pytest.mark.parametrize("cell", study.CELLS, ids=lambda cell: cell.name)
def test_strata_are_listed_as_their_kinds_of_people_are(cell):
    """Records over people of each stratum against the chance of being on any list."""
    odds = [p / (1 - p) for p in study.LISTED.values()]
    on_none = [
        np.prod([1 / (1 + o * times) for o in odds])
        for times in (study.TIMES, 1 / study.TIMES)
    ]
    rng = np.random.default_rng(20190822)
    records = sum(cell.draw(rng).counts.sum(axis=1) for _ in range(20))
    for seen, people, easy in zip(
        records, study.PEOPLE.values(), cell.easy, strict=True
    ):
        chance = 1 - np.dot([easy, 1 - easy], on_none)
        assert stats.binomtest(int(seen), 20 * people, chance).pvalue > 1e-4


def test_the_table_is_counted_from_the_replicates():
    """Of the cells that have been run."""
    keys = ["strata", "method", "stratum"]
    committed = pd.read_csv(FOLDER / "results" / "coverage.csv").set_index(keys)
    for name in committed.index.unique("strata"):
        rows = pd.read_csv(FOLDER / "results" / f"{name}.csv", comment="#")
        again = study.counted(name, rows).set_index(keys)
        of_cell = committed.loc[[name]]
        assert again["held"].equals(of_cell["held"])
        np.testing.assert_allclose(again["width"], of_cell["width"], rtol=1e-3)

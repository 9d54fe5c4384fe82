"""What one seed hides: the committed results say what the pages say of them."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from conflictstats.numerics.latent_class.density import ClassDensity
from conflictstats.report import Numbers, changed_outputs, run_analysis

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "analyses" / "bimodal_stratum"
COMMITTED = ROOT / "figures" / "bimodal_stratum"
PAGE = ROOT / "docs" / "explanation" / "latent_class.md"


@pytest.fixture(scope="module")
def numbers():
    return Numbers.read(COMMITTED / "numbers.json")


@pytest.fixture
def module(monkeypatch):
    """Import a script of the analysis by name, and forget it again."""
    monkeypatch.syspath_prepend(FOLDER)
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "").parent == FOLDER:
            del sys.modules[name]


def results(name):
    return pd.read_csv(FOLDER / "results" / f"{name}.csv")


def test_the_numbers_are_the_committed_ones(numbers, tmp_path):
    fresh = Numbers.read(run_analysis(FOLDER, tmp_path).folder / "numbers.json")
    assert fresh.differences(numbers, rtol=1e-6) == []
    assert changed_outputs(COMMITTED) == []


def test_the_page_says_what_the_numbers_say(numbers):
    page = " ".join(PAGE.read_text("utf-8").split())
    for said in (
        "{above:.2f} (standard error {error:.2f})",
        "{all_swapped_mean:.2f} (standard error {all_swapped_error:.2f})",
        "between {single_lowest:,.0f} and {single_highest:,.0f}",
        "{moves:,} moves",
        "{visits:,} times",
        "between {lower:,.0f} and {upper:,.0f}",
        "all {default_multimodal} said `MULTIMODAL`",
        "test it: {default_fresh_multimodal} of {default_fresh}.",
        "has {default_least:.2f} to {default_most:.2f} in the upper region",
    ):
        values = {name: each["value"] for name, each in numbers.values.items()}
        assert said.format(**values) in page


def test_a_seed_decides():
    """Chains of one posterior, and of one length, with answers far apart."""
    by_run = dict(list(results("chains").groupby("run")))
    medians = by_run["single"]["estimate"]
    assert medians.max() - medians.min() > 500
    caught = by_run["even"].query("upper < 1850")
    assert len(caught) >= 4
    assert caught["error"].fillna(0).max() < 0.02
    assert (by_run["even_swapped"]["upper"] < 1850).sum() < len(caught)


def test_the_ladder_and_data_augmentation_agree(numbers):
    apart = numbers["above"] - numbers["all_swapped_mean"]
    assert abs(apart) < 3 * np.hypot(numbers["error"], numbers["all_swapped_error"])


def test_the_share_is_of_many_visits(numbers):
    walkers, late = results("walkers"), results("ladder").query("move > 300")
    assert numbers["visits"] == walkers["visits"].sum() >= 100
    assert (walkers["visits"] >= walkers["visits_from_hottest"]).all()
    assert late["above"].mean() == pytest.approx(numbers["above"], abs=0.01)


def test_nothing_of_the_table_is_published():
    """Shares and counts of draws only: no column of a list, no row of a cell."""
    for path in (FOLDER / "results").glob("*.csv"):
        assert not [name for name in pd.read_csv(path) if name.startswith("in_")]


def test_without_the_table_nothing_is_made(tmp_path, module, monkeypatch):
    monkeypatch.setenv("CONFLICTSTATS_SHARED", str(tmp_path))
    asked = ["simulate.py", "single", "--folder", str(tmp_path / "long")]
    monkeypatch.setattr(sys, "argv", asked)
    with pytest.raises(SystemExit, match="nothing is made: the shared table"):
        module("simulate").main()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.shared
def test_the_table_is_the_stratum_that_is_meant(shared, module, monkeypatch):
    monkeypatch.setenv("CONFLICTSTATS_SHARED", str(shared))
    stratum = module("stratum")
    density = stratum.density(10)
    assert density.design.shape == (104, 21)
    assert density.n_observed == stratum.N_OBSERVED


@pytest.mark.parametrize("even", [False, True])
def test_data_augmentation_draws_the_posterior(rng, module, even):
    """One class: the log odds are those of independent lists with uniform chances."""
    patterns = np.array([[1, 0], [0, 1], [1, 1]], bool)
    counts = np.array([30, 20, 60])
    density = ClassDensity.of(patterns, counts[None], np.zeros(3), 1)
    chains = module("augmentation").Augmentation(density, 200, rng, even=even)
    drawn = []
    for turn in range(60):
        chains.sweep()
        if turn >= 20:
            drawn.append(chains.log_odds)
    on = np.linspace(0.0025, 0.9975, 200)
    seen = 1 - np.outer(1 - on, 1 - on)
    first, second = np.log(on)[:, None], np.log(on)
    fit = 90 * first + 20 * np.log1p(-on)[:, None]
    fit = fit + 80 * second + 30 * np.log1p(-on) - 110 * np.log(seen)
    weight = np.exp(fit - fit.max())
    mean = (weight * np.log((1 - seen) / seen)).sum() / weight.sum()
    assert np.mean(drawn) == pytest.approx(mean, abs=0.03)


def test_swapped_labels_leave_the_posterior_as_it_is(rng, module):
    """Sixty chains of two classes with swaps and without."""
    patterns = np.array([[i >> j & 1 for j in range(3)] for i in range(1, 8)], bool)
    counts = np.array([22, 15, 18, 9, 8, 6, 7])
    density = ClassDensity.of(patterns, counts[None], np.zeros(7), 2)
    means = []
    for swaps in (0, 1):
        chains = module("augmentation").Augmentation(density, 60, rng, swaps=swaps)
        drawn = []
        for turn in range(300):
            chains.sweep()
            if turn >= 100:
                drawn.append(chains.log_odds)
        means.append(np.mean(drawn, axis=0))
    apart = np.mean(means[0]) - np.mean(means[1])
    error = np.sqrt(sum(each.var() / len(each) for each in means))
    assert abs(apart) < 4 * error

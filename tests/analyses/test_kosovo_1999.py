"""The Kosovo report is the committed one, and has the published number."""

from pathlib import Path

import pytest

from conflictstats.report import Numbers, changed_outputs, run_analysis

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "figures" / "kosovo_1999"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kosovo")
    run = run_analysis(ROOT / "analyses" / "kosovo_1999", folder)
    return Numbers.read(run.folder / "numbers.json")


def test_the_numbers_are_the_committed_ones(fresh):
    committed = Numbers.read(COMMITTED / "numbers.json")
    assert fresh.differences(committed, rtol=1e-6) == []
    assert changed_outputs(COMMITTED) == []


def test_the_published_estimate_is_reproduced(fresh):
    """Ball et al. (2002): 10,356; the model's profile likelihood by Rcapture."""
    assert fresh["best_estimate"] == pytest.approx(10_356.52, abs=0.01)
    assert fresh["best_lower"] == pytest.approx(8_994.3, abs=0.1)
    assert fresh["best_upper"] == pytest.approx(12_110.4, abs=0.1)
    assert fresh["averaged_estimate"] == pytest.approx(13_183.73, abs=0.01)


def test_every_method_finds_too_few_on_a_list_that_is_known(fresh):
    """What the prose says of the test by lists left out."""
    assert fresh["highest_ratio"] < 1

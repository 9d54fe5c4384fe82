"""The committed figures are what the analysis makes today."""

from pathlib import Path

import pytest

from conflictstats.report import Numbers, changed_outputs, run_analysis

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "figures" / "nw_syria_2019"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nw_syria_2019")
    return run_analysis(ROOT / "analyses" / "nw_syria_2019", folder).folder


def test_the_numbers_are_the_committed_ones(fresh):
    ours = Numbers.read(fresh / "numbers.json")
    assert ours.differences(Numbers.read(COMMITTED / "numbers.json"), rtol=1e-6) == []


def test_the_committed_files_are_those_of_one_run():
    assert changed_outputs(COMMITTED) == []


def test_the_report_carries_the_known_totals(fresh):
    numbers = Numbers.read(fresh / "numbers.json")
    known = {"idlib": (1782, 852), "hama": (1815, 158)}
    known |= {"aleppo": (229, 122), "latakia": (477, 9)}
    for place, (best, civilians) in known.items():
        assert numbers[f"deaths_{place}"] == best
        assert numbers[f"civilians_{place}"] == civilians
    assert numbers["passed_week"] == "2019-06-03"
    assert (numbers["passed_best"], numbers["passed_low"]) == (1505, 1484)
    assert round(100 * numbers["civilian_share_of_best"], 1) == 26.5

"""Studies that stop and go on, in any order and on any number of processes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from conflictstats.errors import FitError, ReportError, SettingError
from conflictstats.report.study import FAILED, run_study, seed_of


@dataclass(frozen=True, kw_only=True)
class Coin:
    """A cell that costs nothing."""

    name: str
    chance: float = 0.5

    def replicate(self, rng):
        return {"heads": int(rng.random() < self.chance), "number": rng.normal()}


@dataclass(frozen=True, kw_only=True)
class Fragile:
    """A cell that breaks on every other replicate."""

    name: str

    def replicate(self, rng):
        if rng.random() < 0.5:
            raise FitError("no mode, in this one")
        return {"status": "CONVERGED", "number": 1.0}


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """A coin that is pulled out after some replicates."""

    name: str
    left: list

    def replicate(self, rng):
        if not self.left:
            raise KeyboardInterrupt
        self.left.pop()
        return {"number": rng.normal()}

    def __repr__(self):
        return f"Stopping({self.name!r})"


def test_a_study_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run_study([Stopping(name="a", left=[0] * 47)], tmp_path / "x", replicates=90)
    assert len(pd.read_csv(tmp_path / "x" / "a.csv", comment="#")) == 40
    cell = Stopping(name="a", left=[0] * 90)
    after = run_study([cell], tmp_path / "x", replicates=90)["a"]
    assert len(cell.left) == 40
    whole = Stopping(name="a", left=[0] * 90)
    assert_frame_equal(after, run_study([whole], tmp_path / "y", replicates=90)["a"])
    x, y = (tmp_path.joinpath(f, "a.csv").read_bytes() for f in "xy")
    assert x == y


def test_what_is_complete_is_not_run_again(tmp_path):
    run_study([Coin(name="a")], tmp_path, replicates=30)
    before = tmp_path.joinpath("a.csv").stat().st_mtime_ns
    told = []
    rows = run_study([Coin(name="a")], tmp_path, replicates=25, tell=told.append)
    assert len(rows["a"]) == 25
    assert told == []
    assert tmp_path.joinpath("a.csv").stat().st_mtime_ns == before


def test_processes_and_order_change_nothing(tmp_path):
    cells = [Coin(name="a"), Coin(name="b", chance=0.2)]
    one = run_study(cells, tmp_path / "1", replicates=50)
    two = run_study(cells[::-1], tmp_path / "2", replicates=50, processes=2)
    for name in "ab":
        assert_frame_equal(one[name], two[name])
    assert not one["a"]["number"].equals(one["b"]["number"])


def test_seeds_are_of_the_name_and_the_number():
    states = {
        tuple(seed_of(name, number).generate_state(4))
        for name in ("a", "b", "ab")
        for number in range(200)
    }
    assert len(states) == 600


def test_a_replicate_that_fails_is_counted_and_says_why(tmp_path):
    rows = run_study([Fragile(name="f")], tmp_path, replicates=60)["f"]
    assert len(rows) == 60
    failed = rows[rows["status"] == FAILED]
    assert 15 < len(failed) < 45
    assert (failed["error"] == "no mode, in this one").all()
    assert (rows["number"].isna() == (rows["status"] == FAILED)).all()


def test_results_of_other_settings_are_not_taken_for_these(tmp_path):
    run_study([Coin(name="a")], tmp_path, replicates=5)
    with pytest.raises(ReportError, match=r"chance=0\.5.*chance=0\.3.*delete the file"):
        run_study([Coin(name="a", chance=0.3)], tmp_path, replicates=5)


def test_numbers_come_back_from_the_file_as_they_were_given(tmp_path):
    first = run_study([Coin(name="a")], tmp_path, replicates=40)["a"]
    again = run_study([Coin(name="a")], tmp_path, replicates=40)["a"]
    assert_frame_equal(first, again)
    drawn = [
        Coin(name="a").replicate(np.random.default_rng(seed_of("a", i)))["number"]
        for i in range(40)
    ]
    np.testing.assert_allclose(first["number"], drawn, rtol=1e-5)


def test_a_study_that_cannot_be_is_refused(tmp_path):
    with pytest.raises(SettingError, match="names of their own"):
        run_study([Coin(name="a"), Coin(name="a")], tmp_path)
    with pytest.raises(SettingError, match="0 and 1"):
        run_study([Coin(name="a")], tmp_path, replicates=0)

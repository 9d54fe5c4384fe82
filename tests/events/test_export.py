"""Writing tables: formulas do not run, and a file is whole or as it was."""

import os

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats.errors import ReportError
from conflictstats.events import export, to_csv
from conflictstats.provenance import Source, Table

HARMFUL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


def test_text_that_would_run_as_a_formula_is_defused_and_numbers_are_not(tmp_path):
    frame = pd.DataFrame({"=name": HARMFUL, "change": range(-3, 3)})
    path = to_csv(Table(frame, Source("a", "b", "c", "")), tmp_path / "x.csv")
    back = pd.read_csv(path, lineterminator="\n")
    assert list(back["'=name"]) == [f"'{text}" for text in HARMFUL]
    assert list(back["change"]) == [-3, -2, -1, 0, 1, 2]
    assert list(frame.columns) == ["=name", "change"]


def test_categories_and_missing_text_are_written_too(tmp_path):
    frame = pd.DataFrame({"a": pd.Categorical(["=1", "x"]), "b": [None, "=2"]})
    assert to_csv(frame, tmp_path / "x.csv").read_text() == (
        '"a","b"\n"\'=1",""\n"x","\'=2"\n'
    )


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r"))))
def test_without_a_spreadsheet_in_mind_the_text_comes_back(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("export") / "x.csv"
    to_csv(pd.DataFrame({"a": texts, "b": "x"}), path, for_spreadsheet=False)
    back = pd.read_csv(path, dtype=str, keep_default_na=False, lineterminator="\n")
    assert list(back["a"]) == texts


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "x.csv"
    path.write_text("old")

    def fail(_):
        raise OSError("no space left")

    monkeypatch.setattr(export.os, "fsync", fail)
    with pytest.raises(ReportError, match="no space left"):
        to_csv(pd.DataFrame({"a": [1]}), path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.csv"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ReportError, match="missing"):
        to_csv(pd.DataFrame({"a": [1]}), tmp_path / "missing" / "x.csv")

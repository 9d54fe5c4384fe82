"""Camps: the committed scores say what the page says of them."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from conflictstats.report import Numbers, changed_outputs, run_analysis

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "analyses" / "camp_shares"
COMMITTED = ROOT / "figures" / "camp_shares"
PAGE = ROOT / "docs" / "explanation" / "destinations.md"


@pytest.fixture
def module(monkeypatch):
    """Import a script of the analysis by name, and forget it again."""
    monkeypatch.syspath_prepend(FOLDER)
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "").parent == FOLDER:
            del sys.modules[name]


@pytest.mark.slow
def test_the_report_is_the_committed_one(tmp_path):
    fresh = Numbers.read(run_analysis(FOLDER, tmp_path).folder / "numbers.json")
    committed = Numbers.read(COMMITTED / "numbers.json")
    assert fresh.differences(committed, rtol=1e-6) == []
    assert changed_outputs(COMMITTED) == []


def test_the_page_says_what_the_scores_say():
    page = " ".join(PAGE.read_text("utf-8").split())
    scores = pd.read_csv(FOLDER / "results" / "scores.csv")
    for crisis, said in (("mali2012", "Mali 2012"), ("burundi2015", "Burundi 2015")):
        own = scores[scores["crisis"] == crisis]
        for method, rows in own.groupby("method"):
            means = rows[["difference", "log_score"]].mean()
            row = (
                f"| {said} | {method} | {means['difference']:.1%} "
                f"| {means['log_score']:.2f} |"
            )
            assert row in page


def test_the_last_share_is_the_last_number_over_the_last_total(module, shared):
    assert shared.is_dir()
    camps, score = module("camps"), module("score")
    found = camps.crisis("mali2012")
    dates = found.people["time"].values
    t = int(np.flatnonzero(dates == np.datetime64("2012-03-28"))[0])
    camp = "Fassala-Mbera"
    share = score.rivals(found)["last share"][t].sel(destination=camp)
    before = {camp: 22996, "Abala": 1175, "Mangaize": 1110, "Mentao": 4091}
    before["Bobo-Dioulasso"] = 950
    np.testing.assert_allclose(share, before[camp] / sum(before.values()))
    assert "Niamey" not in score.camps_at(found, t)
    assert found.latest[t].sel(destination=camp) == 44916

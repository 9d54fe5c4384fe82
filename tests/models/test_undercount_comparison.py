"""Answers side by side: each is there with its words, in table, text and figure."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.models.undercount import Answer, Comparison, UndercountStatus
from conflictstats.plot.undercount import plot_undercount

COMMON = {"n_observed": 100, "level": 0.9, "assumptions": "people are alike"}
CLEAR = UndercountStatus.CONVERGED


@pytest.fixture
def comparison():
    answers = (
        Answer(
            method="floor",
            estimate=150.0,
            lower=120.0,
            upper=200.0,
            kind="floor",
            status=CLEAR,
            **COMMON,
        ),
        Answer(
            method="pairs",
            estimate=np.nan,
            lower=110.0,
            upper=np.inf,
            kind="range",
            status=CLEAR,
            **COMMON,
        ),
        Answer(
            method="mixture",
            estimate=300.0,
            lower=130.0,
            upper=4000.0,
            kind="credible",
            status=UndercountStatus.MULTIMODAL,
            **COMMON,
        ),
        Answer.refused(
            "coverage",
            100,
            UndercountStatus.OVERLAP_TOO_SMALL,
            assumptions="lists cover each other",
            level=0.9,
        ),
    )
    ratio = np.array([0.5, 1.0, 2.0, 4.0])
    curve = pd.DataFrame({"odds_ratio": ratio, "estimate": 100 + 200 / ratio})
    curve = curve.assign(lower=curve["estimate"] - 20, upper=curve["estimate"] + 40)
    return Comparison(100, 3, answers, curve, (4.0, np.nan, 1.0, np.nan))


def test_every_answer_is_said_with_what_it_assumes(comparison):
    said = comparison.summary()
    assert "floor: at least 150 [120, 200]" in said
    assert "pairs: at least 110\n" in said
    assert "mixture: 300 [130, 4,000]; the posterior has separate regions" in said
    assert "coverage: refused: the lists cover too little of each other" in said
    assert said.count("assumes: ") == 4
    assert "odds ratio of the highest order 4" in said


def test_the_table_has_refusals_too(comparison):
    frame = comparison.to_frame()
    assert frame["method"].tolist() == ["floor", "pairs", "mixture", "coverage"]
    assert frame.set_index("method").loc["coverage", "status"] == "OVERLAP_TOO_SMALL"
    np.testing.assert_array_equal(frame["odds_ratio"], comparison.implied)


def test_the_figure_has_a_row_for_each_and_tells_the_doubtful(comparison):
    left, right = plot_undercount(comparison).axes
    rows = [text.get_text() for text in left.get_yticklabels()]
    assert rows == ["floor", "pairs", "mixture", "coverage"]
    assert left.texts[0].get_text().startswith("refused: the lists cover too little")
    points = [line for line in left.lines if len(line.get_xdata()) == 1]
    faces = {line.get_xdata()[0]: line.get_markerfacecolor() for line in points}
    assert faces[300.0] == "white"
    assert faces[150.0] != "white"
    marked = [line.get_xdata()[0] for line in right.lines if len(line.get_xdata()) == 1]
    assert marked == [4.0, 1.0]


def test_without_a_curve_there_is_one_panel(comparison):
    alone = Comparison(100, 3, comparison.answers, pd.DataFrame(), comparison.implied)
    assert len(plot_undercount(alone).axes) == 1

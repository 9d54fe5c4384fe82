"""Coverage by status: counted by hand, Wilson's interval, and who is asked."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from conflictstats.evaluate.undercount_coverage import (
    UndercountCoverage,
    coverage_by_status,
    pooled_coverage,
)
from conflictstats.models.undercount import ChaoFloor, LogLinear, SampleCoverage
from conflictstats.simulate.listed_population import ListedPopulation


def replicates(method, answers):
    """Rows of a study out of (status, estimate, lower, upper)."""
    columns = [f"{method}|{name}" for name in ("status", "estimate", "lower", "upper")]
    return pd.DataFrame(answers, columns=columns).assign(n_observed=50)


ANSWERS = [
    ("CONVERGED", 100.0, 90.0, 110.0),
    ("CONVERGED", 80.0, 70.0, 99.0),
    ("CONVERGED", 130.0, 101.0, 150.0),
    ("PRIOR_DRIVEN", 90.0, 60.0, np.inf),
    ("OVERLAP_TOO_SMALL", np.nan, 70.0, np.inf),
    ("NO_OVERLAP", np.nan, np.nan, np.nan),
    (np.nan, np.nan, np.nan, np.nan),
]


def test_statuses_are_counted_apart():
    told = coverage_by_status(replicates("A", ANSWERS), 100).set_index("status")
    counted = told[["n", "held", "below", "above"]].T.to_dict("list")
    assert counted == {
        "ANSWERED": [4, 2, 1, 1],
        "CONVERGED": [3, 1, 1, 1],
        "PRIOR_DRIVEN": [1, 1, 0, 0],
        "OVERLAP_TOO_SMALL": [1, 1, 0, 0],
        "NO_OVERLAP": [1, 0, 0, 0],
        "FAILED": [1, 0, 0, 0],
    }
    assert (told["replicates"] == 7).all()
    assert told["said"].to_dict() == {
        "ANSWERED": "all",
        "CONVERGED": "quiet",
        "PRIOR_DRIVEN": "warned",
        "OVERLAP_TOO_SMALL": "refused",
        "NO_OVERLAP": "refused",
        "FAILED": "refused",
    }
    assert told.loc["ANSWERED", ["n", "right", "coverage"]].tolist() == [4, 2, 0.5]
    assert told.loc["ANSWERED", "ratio"] == pytest.approx(0.95)
    assert told.loc["CONVERGED", "width"] == pytest.approx(99 / 70)
    assert told.loc["ANSWERED", "listed"] == pytest.approx(0.5)
    assert told.loc[["NO_OVERLAP", "FAILED"], "coverage"].isna().all()


def test_a_floor_is_wrong_only_above_the_truth():
    told = coverage_by_status(replicates("A", ANSWERS), 100, floors=["A"])
    assert told.set_index("status").loc["CONVERGED", "coverage"] == 2 / 3


def test_cells_that_are_put_together_are_one_cell():
    """But for the ratio, which is a mean of medians."""
    whole = coverage_by_status(replicates("A", ANSWERS), 100)
    parts = [replicates("A", ANSWERS[:2]), replicates("A", ANSWERS[2:])]
    apart = pd.concat(coverage_by_status(part, 100) for part in parts)
    shares = ["status", "n", "right", "coverage", "coverage_lower", "coverage_upper"]
    pooled = pooled_coverage(apart, ["method", "status"])[shares]
    pd.testing.assert_frame_equal(
        pooled.sort_values("status", ignore_index=True),
        whole[shares].sort_values("status", ignore_index=True),
        check_dtype=False,
    )


@pytest.mark.parametrize("right", [0, 3, 20])
def test_the_error_of_a_share_is_that_of_wilson(right):
    inside, outside = ("CONVERGED", 1.0, 90.0, 110.0), ("CONVERGED", 1.0, 10.0, 20.0)
    rows = replicates("A", [inside] * right + [outside] * (20 - right))
    told = coverage_by_status(rows, 100).iloc[0]
    wanted = stats.binomtest(right, 20).proportion_ci(0.95, method="wilson")
    assert tuple(told[["coverage_lower", "coverage_upper"]]) == pytest.approx(wanted)


def test_both_answers_of_log_linear_models_are_there_and_one_of_the_others():
    cell = UndercountCoverage(
        name="cell",
        population=ListedPopulation(n_lists=4),
        methods=[(("best", "average"), LogLinear()), (("floor",), ChaoFloor())],
    )
    row = cell.replicate(np.random.default_rng(2))
    fit = LogLinear().fit(cell.population.draw(np.random.default_rng(2)))
    best, average = fit.answers()
    assert row["best|upper"] == pytest.approx(best.upper)
    assert row["average|upper"] == pytest.approx(average.upper)
    assert row["n_observed"] == fit.n_observed
    assert row["floor|status"] == "CONVERGED"


def test_a_refusal_is_that_of_both_answers():
    cell = UndercountCoverage(
        name="cell",
        population=ListedPopulation(n_lists=7),
        methods=[(("best", "average"), LogLinear())],
    )
    row = cell.replicate(np.random.default_rng(1))
    assert {row["best|status"], row["average|status"]} == {"TOO_MANY_LISTS"}
    assert np.isnan(row["average|lower"])


def test_a_refusal_that_leaves_a_floor_has_an_end():
    cell = UndercountCoverage(
        name="cell",
        population=ListedPopulation(reach=(0.1, 0.1)),
        methods=[(("coverage",), SampleCoverage())],
    )
    row = cell.replicate(np.random.default_rng(1))
    assert row["coverage|status"] == "OVERLAP_TOO_SMALL"
    assert np.isnan(row["coverage|estimate"])
    assert 0 < row["coverage|lower"] < row["coverage|upper"] == np.inf

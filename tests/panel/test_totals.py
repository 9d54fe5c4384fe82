"""Totals out of coded reports: a person's decision, applied and never guessed."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.errors import SchemaError
from conflictstats.models.flow import ReportedFlow
from conflictstats.panel import totals_of_reports


def coded(*rows):
    """Reports from (id, event, qualifier, low, high, first day, last day)."""
    names = ["report_id", "event_key", "qualifier", "value_low", "value_high"]
    frame = pd.DataFrame(rows, columns=[*names, "period_start", "period_end"])
    for end in ("period_start", "period_end"):
        frame[end] = pd.to_datetime(frame[end])
    return frame.assign(measure="displaced", place="NW Syria")


def decided(key, words, **columns):
    usual = {key: words, "body": "OCHA", "unit": "persons", "measure": "cumulative"}
    return pd.DataFrame(usual | columns)


MAY = ("2019-05-01", "2019-06-14")
REPORTS = coded(
    ("R1", "a", "exact", 100.0, 100.0, *MAY),
    ("R2", "a", "more_than", 200.0, np.nan, *MAY),
    ("R3", "a", "nearly", np.nan, 300.0, *MAY),
    ("R4", "b", "at_least", 50.0, np.nan, *MAY),
    ("R5", "a", "exact", 400.0, 400.0, None, "2019-06-14"),
)


def test_words_become_bounds_and_decisions_become_columns():
    totals = totals_of_reports(REPORTS, decided("event_key", ["a"]))
    assert totals["report_id"].tolist() == ["R1", "R2", "R3"]
    assert totals["low"].tolist() == [100, 201, 240]
    assert totals["high"].tolist() == [100, np.inf, 299]
    assert totals["best"].tolist() == pytest.approx([100, np.nan, np.nan], nan_ok=True)
    assert totals["value"].tolist() == [100, 200, 300]
    assert (totals[["body", "unit"]] == ["OCHA", "persons"]).all(axis=None)
    # the measure of a total is how it adds up, not what the page counted
    assert (totals["measure"] == "cumulative").all()
    assert (totals["coverage"] == "NW Syria").all()
    assert (totals["date_end"] == pd.Timestamp("2019-06-14")).all()


def test_reports_without_dates_are_left_out_and_counted():
    totals = totals_of_reports(REPORTS, decided("event_key", ["a"]))
    assert "R5" not in set(totals["report_id"])
    assert totals.attrs["undated"] == 1


def test_reports_that_nobody_decided_on_are_left_out():
    totals = totals_of_reports(
        REPORTS, decided("report_id", ["R4"], coverage="270 communities")
    )
    assert totals["report_id"].tolist() == ["R4"]
    assert totals["coverage"].tolist() == ["270 communities"]
    assert totals.attrs["undated"] == 0


def test_a_key_without_a_report_is_named():
    with pytest.raises(SchemaError, match="no report has event_key cum-nobody"):
        totals_of_reports(REPORTS, decided("event_key", ["a", "cum-nobody"]))


@pytest.mark.parametrize("absent", ["body", "unit", "measure", "event_key"])
def test_a_decision_that_is_not_whole_is_refused(absent):
    with pytest.raises(SchemaError, match=f"bodies need a column {absent}"):
        totals_of_reports(REPORTS, decided("event_key", ["a"]).drop(columns=absent))


def test_the_flow_model_takes_the_real_ones_as_they_come(unchecked):
    """SOHR's total of 948 by 31 May is in its table and inside its curve."""
    keys = decided("event_key", ["cum-sohr-total"], body="SOHR", unit="deaths")
    totals = totals_of_reports(load_nw_syria_reports(), keys)
    day = totals[totals["date_end"] == "2019-05-31"].iloc[0]
    assert (day["low"], day["high"], day["qualifier"]) == (948, 948, "exact")
    fit = ReportedFlow(draws=200).fit(totals, rng=np.random.default_rng(1))
    start = str(fit.draws["first_day"].values[0])[:10]
    lower, upper = fit.total(start, "2019-05-31").quantile([0.005, 0.995]).values
    assert lower < 948 < upper

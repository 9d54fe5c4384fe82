"""Running totals become increments, and every death of a series is in one of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.errors import SchemaError
from conflictstats.panel import panel_of_totals, totals_of_reports

MONDAY = pd.Timestamp("2019-04-29")


def totals(*rows, **columns):
    """Totals of one body from (last day, count) or (last day, count, qualifier)."""
    rows = [(*row, "exact")[:3] for row in rows]
    frame = pd.DataFrame(rows, columns=["date_end", "low", "qualifier"])
    usual = {"body": "A", "unit": "deaths", "coverage": "all", "measure": "cumulative"}
    frame = frame.assign(**(usual | {"date_start": MONDAY} | columns))
    return frame.assign(date_end=pd.to_datetime(frame["date_end"]))


def left_out(panel):
    """What was left out, by reason, where anything was."""
    return {
        name.removeprefix("excluded_"): count
        for name, count in panel.attrs.items()
        if name.startswith("excluded_") and count
    }


def test_increments_cover_the_days_between_and_add_up():
    panel = panel_of_totals(totals(("2019-05-12", 30), ("2019-05-29", 100)))
    assert panel["period_best"].values.tolist() == [30, 70]
    days = panel["period_start"].values, panel["period_end"].values
    expected = [["2019-04-29", "2019-05-13"], ["2019-05-12", "2019-05-29"]]
    np.testing.assert_array_equal(np.array(days), np.array(expected, "M8[us]"))
    assert panel["period_first"].values.tolist() == [0, 2]
    assert panel["period_last"].values.tolist() == [1, 4]
    np.testing.assert_allclose(panel["period_last_coverage"], [1, 3 / 7])
    assert panel["best"].isnull().all()
    assert left_out(panel) == {}


@pytest.mark.parametrize(
    ("rows", "kept", "reason"),
    [
        ([(12, 30), (19, 40, "more_than"), (26, 50)], [30, 20], "rounded"),
        ([(12, 30), (19, 20), (26, 50)], [20, 30], "revised"),
        ([(12, 30), (19, 30), (26, 50)], [30, 20], "repeated"),
        ([(12, 30), (12, 32), (26, 50)], [32, 18], "repeated"),
        ([(12, 30), (17, 40), (26, 50)], [30, 10, 10], None),
        ([(12, 30), (20, 40), (26, 50)], [30, 20], "within_cell"),
        ([(2, 10), (12, 30), (26, 50)], [10, 20, 20], None),
    ],
)
def test_what_is_left_out_is_counted_and_its_deaths_stay(rows, kept, reason):
    dated = [(f"2019-05-{day:02}", *said) for day, *said in rows]
    panel = panel_of_totals(totals(*dated))
    assert panel["period_best"].values.tolist() == kept
    assert left_out(panel) == ({} if reason is None else {reason: 1})


def test_a_total_within_the_cell_in_which_its_body_began_waits_for_the_next():
    began = pd.Timestamp("2019-04-30")
    panel = panel_of_totals(
        totals(("2019-05-02", 5), ("2019-05-12", 30), date_start=began)
    )
    assert panel["period_best"].values.tolist() == [30]
    assert panel["period_first_coverage"].item() == pytest.approx(6 / 7)
    assert left_out(panel) == {"within_cell": 1}


def test_bodies_are_never_differenced_across_nor_start_days():
    other = totals(("2019-05-12", 90), ("2019-05-26", 95), body="B")
    late = totals(("2019-05-26", 7), date_start=pd.Timestamp("2019-05-13"))
    own = totals(("2019-05-12", 30), ("2019-05-26", 50))
    panel = panel_of_totals(pd.concat([late, other, own], ignore_index=True))
    assert panel["body"].values.tolist() == ["A", "B"]
    assert panel["period_body"].values.tolist() == [0, 0, 1, 1]
    assert panel["period_best"].values.tolist() == [30, 20, 90, 5]
    assert left_out(panel) == {"other_start": 1}


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 999)), min_size=1))
def test_increments_are_positive_and_sum_to_the_settled_total(said):
    frame = totals(*((MONDAY + pd.Timedelta(days=day), n) for day, n in said))
    panel = panel_of_totals(frame, every="day")
    assert (panel["period_best"].values[1:] > 0).all()
    last = frame["low"][frame["date_end"] == frame["date_end"].max()].max()
    assert panel["period_best"].sum() == last
    assert len(said) == panel.sizes["period"] + sum(left_out(panel).values())
    begins, ends = panel["period_start"].values, panel["period_end"].values
    assert begins[0] == MONDAY.to_datetime64()
    assert (begins[1:] == ends[:-1] + np.timedelta64(1, "D")).all()


def test_three_bodies_of_one_summer_have_their_printed_differences():
    bodies = {"event_key": ["cum-sohr-civ"], "body": "SOHR"}
    decided = pd.DataFrame(bodies | {"unit": "deaths", "measure": "cumulative"})
    panel = panel_of_totals(totals_of_reports(load_nw_syria_reports(), decided))
    june = panel["period_end"] == np.datetime64("2019-06-19")
    assert panel["period_best"].values[june].tolist() == [463 - 288]


def test_what_cannot_be_differenced_is_refused():
    good = totals(("2019-05-12", 30), ("2019-05-29", 100))
    with pytest.raises(SchemaError, match="no column unit"):
        panel_of_totals(good.drop(columns="unit"))
    with pytest.raises(SchemaError, match="row 2 is no running total"):
        panel_of_totals(good.assign(measure=["cumulative", "flow"]))
    with pytest.raises(SchemaError, match="one unit"):
        panel_of_totals(good.assign(unit=["deaths", "persons"]))
    with pytest.raises(SchemaError, match="none of the 2 totals names a count"):
        panel_of_totals(good.assign(qualifier="more_than"))

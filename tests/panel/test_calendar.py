import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.panel.calendar import DAY, EVERY, Calendar

days = st.dates(
    min_value=np.datetime64("1946-01-01").item(),
    max_value=np.datetime64("2030-12-31").item(),
)


@given(ends=st.tuples(days, days).map(sorted), every=st.sampled_from(EVERY))
def test_cells_cover_the_days_without_gap_or_spare(ends, every):
    first, last = (np.datetime64(day) for day in ends)
    cells = Calendar.covering(first, last, every)
    assert cells.first_days[0] <= first <= cells.last_days[0]
    assert cells.first_days[-1] <= last <= cells.last_days[-1]
    assert np.all(cells.first_days[1:] - cells.last_days[:-1] == DAY)
    if every == "week":
        assert {day.weekday() for day in cells.first_days.tolist()} == {0}
    if every == "month":
        assert {day.day for day in cells.first_days.tolist()} == {1}


def test_a_month_is_as_long_as_it_is():
    cells = Calendar.covering("2020-02-29", "2020-03-01", "month")
    assert cells.days.tolist() == [29, 31]


def test_fractions_of_a_week():
    week = Calendar.covering("2019-06-03", "2019-06-09", "week")
    wednesday = np.array(["2019-06-05"], "M8[D]")
    assert_allclose(week.after_opening(wednesday), 5 / 7)
    assert_allclose(week.before_closing(wednesday), 3 / 7)


def test_cutting_splits_cells_at_both_ends_of_a_span():
    weeks = Calendar.covering("2019-06-03", "2019-06-23", "week")
    span = tuple(np.array(["2019-06-05", "2019-06-20"], "M8[D]"))
    window = tuple(np.array(["2019-06-11", "2019-06-30"], "M8[D]"))
    cut = weeks.cut(span, window)
    assert cut.first_days.astype(str).tolist() == [
        "2019-06-05",
        "2019-06-10",
        "2019-06-11",
        "2019-06-17",
    ]
    assert cut.last_days[-1] == span[1]


@pytest.mark.parametrize(("day", "cell"), [("2019-06-02", -1), ("2019-06-10", 1)])
def test_days_outside_are_numbered_outside(day, cell):
    week = Calendar.covering("2019-06-03", "2019-06-09", "week")
    assert week.cell_of(np.array([day], "M8[D]")).tolist() == [cell]

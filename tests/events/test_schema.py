"""Kinds of cells: what is read is what was written, and nothing else is read."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictstats.events.ged import GED
from conflictstats.events.reports import REPORTS
from conflictstats.events.schema import DAY, DAY_OR_LESS, FLAG, NUMBER, WHOLE, Column


@given(st.integers(-(10**17), 10**17), st.integers(0, 3))
def test_whole_numbers_come_back(number, zeros):
    text = f"{number}.{'0' * zeros}" if zeros else str(number)
    assert WHOLE.parse(text) == number


@given(st.dates(), st.sampled_from(["", " 00:00:00.000", "T00:00:00", "T00:00:00Z"]))
def test_days_come_back(day, midnight):
    assert DAY.parse(day.isoformat() + midnight) == day


@given(st.dates(), st.sampled_from([4, 7, 10]))
def test_parts_of_days_stay_as_written(day, length):
    text = day.isoformat()[:length]
    assert DAY_OR_LESS.parse(text) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back(number):
    assert NUMBER.parse(repr(number)) == number


@given(st.text(max_size=12))
def test_no_other_text_is_a_number_a_day_or_a_flag(text):
    if WHOLE.parse(text) is not None:
        assert float(text) == WHOLE.parse(text)
    if DAY.parse(text) is not None:
        assert date.fromisoformat(text[:10]) == DAY.parse(text)
    assert FLAG.parse(text) is None or text.lower() in {"0", "1", "true", "false"}


@pytest.mark.parametrize("schema", [GED, REPORTS], ids=lambda schema: schema.name)
def test_a_schema_names_each_column_once(schema):
    names = [column.name for column in schema.columns]
    becomes = [column.canonical for column in schema.columns]
    assert len(set(names)) == len(names)
    assert len(set(becomes)) == len(becomes)
    assert set(schema.needed) <= set(names)


@pytest.mark.parametrize(
    ("bounds", "rule"),
    [
        ({}, "a whole number"),
        ({"lowest": 0}, "a whole number, 0 or more"),
        ({"highest": 7}, "a whole number up to 7"),
        ({"lowest": 1, "highest": 7}, "a whole number from 1 to 7"),
    ],
)
def test_the_rule_says_what_is_allowed(bounds, rule):
    column = Column(name="x", kind=WHOLE, **bounds)
    assert column.rule == rule
    assert column.allows(7)
    assert column.allows(8) == ("highest" not in bounds)
    assert column.allows(-1) == ("lowest" not in bounds)

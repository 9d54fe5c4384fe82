"""Households, movements and fractions as persons: only as far as somebody said."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats.errors import SettingError
from conflictstats.panel import to_persons

DAY = pd.Timestamp("2019-06-30")


def reports(**columns):
    """Three reports in three units, and one in persons."""
    usual = {
        "report_id": ["h", "m", "s", "p"],
        "body": "IOM",
        "measure": ["stock", "flow", "fraction", "stock"],
        "unit": ["households", "movements", "share", "persons"],
        "place": "NW Syria",
        "start": [DAY, pd.Timestamp("2019-06-01"), DAY, DAY],
        "end": DAY,
        "low": [100.0, 900.0, 0.4, 50.0],
        "best": [120.0, 1000.0, np.nan, 50.0],
        "high": [120.0, np.inf, 0.5, 50.0],
        "qualifier": ["range", "at_least", "nearly", "exact"],
    }
    return pd.DataFrame(usual | columns)


def bounds(table, name):
    return table.set_index("report_id").loc[name, ["low", "best", "high"]].tolist()


def test_nothing_is_converted_unless_its_factor_is_given():
    table = to_persons(reports())
    assert table["unit"].tolist() == reports()["unit"].tolist()
    assert (table["converted"] == "").all()
    some = to_persons(reports(), household_size=(4, 5, 7))
    assert some["unit"].tolist() == ["persons", "movements", "share", "persons"]
    assert bounds(some, "p") == [50, 50, 50]


def test_the_factor_goes_into_the_bounds_and_is_written_down():
    table = to_persons(
        reports(),
        household_size=(4, 5, 7),
        moves_per_person=(1, 1.25, 2),
        population=(3e6, 3e6, 4e6),
    )
    assert bounds(table, "h") == [400, 600, 840]
    assert bounds(table, "m") == [450, 800, np.inf]
    assert bounds(table, "s")[::2] == [1.2e6, 2e6]
    assert table["measure"].tolist() == ["stock", "flow", "stock", "stock"]
    assert table["converted"].tolist() == [
        "households x 4 to 7",
        "movements / 1 to 2",
        "share of 3,000,000 to 4,000,000",
        "",
    ]
    assert set(table["unit"]) == {"persons"}
    assert (table["qualifier"] == ["derived", "derived", "derived", "exact"]).all()


@given(st.tuples(*[st.floats(1, 12) for _ in range(3)]).map(sorted), st.floats(0, 1))
@settings(max_examples=6)
def test_every_size_that_was_allowed_is_within_the_bounds(size, at):
    families = np.geomspace(1, 1e7, 40).round()
    said = pd.concat([reports().iloc[:1]] * len(families))
    said = said.assign(report_id=np.arange(len(families)).astype(str))
    said = said.assign(low=families, best=families, high=families)
    table = to_persons(said, household_size=tuple(size))
    true = families * (size[0] + at * (size[2] - size[0]))
    assert (table["low"] <= true * (1 + 1e-12)).all()
    assert (true <= table["high"] * (1 + 1e-12)).all()
    assert (table["best"] == families * size[1]).all()


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("household_size", (5, 4, 7)),
        ("household_size", (0, 4, 7)),
        ("household_size", (4, 5)),
        ("household_size", (4, 5, np.inf)),
        ("household_size", (4, np.nan, 5)),
        ("moves_per_person", (0.5, 1, 2)),
        ("population", (-1, 2, 3)),
    ],
)
def test_a_factor_that_means_nothing_is_refused(name, factor):
    with pytest.raises(SettingError, match=name):
        to_persons(reports(), **{name: factor})

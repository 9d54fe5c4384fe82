"""Lists: refused where they cannot be right, the same however they are given."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictstats.datasets import load_kosovo_lists
from conflictstats.errors import SchemaError, SettingError
from conflictstats.panel import lists_of_cells, lists_of_records

KOSOVO = ["EXH", "ABA", "OSCE", "HRW"]


def kosovo():
    return lists_of_cells(load_kosovo_lists(), KOSOVO)


def test_kosovo_is_as_published():
    """Ball et al. (2002): 4,400 killings, 3,218 / 882 / 273 / 27 on 1 to 4 lists."""
    lists = kosovo()
    assert lists.n_observed == 4400
    assert lists.by_number_of_lists.tolist() == [3218, 882, 273, 27]
    assert lists.overlap()["count"].iloc[0] == 1131
    assert lists.source.startswith("Kosovo")
    assert not lists.alone
    assert lists.full().sum() == 4400
    assert lists.full()[0b0001] == 1131


marks = st.lists(st.tuples(*[st.booleans()] * 3), min_size=1, max_size=30).filter(
    lambda rows: (
        all(map(any, rows))
        and all(map(any, zip(*rows, strict=True)))
        and max(map(sum, rows)) > 1
    )
)


@given(marks)
def test_records_and_their_cells_are_the_same_lists(rows):
    records = pd.DataFrame(rows, columns=["A", "B", "C"])
    cells = records.value_counts(sort=False).rename("n").reset_index()
    one = lists_of_records(records, ["A", "B", "C"])
    other = lists_of_cells(
        cells.sample(frac=1, random_state=1), ["A", "B", "C"], count="n"
    )
    np.testing.assert_array_equal(one.patterns, other.patterns)
    np.testing.assert_array_equal(one.count, other.count)
    assert one.n_observed == len(rows)


@given(marks)
def test_fewer_lists_see_the_records_that_are_on_them(rows):
    records = pd.DataFrame(rows, columns=["A", "B", "C"])
    kept = lists_of_records(records, ["A", "B", "C"]).of_lists(["C", "A"])
    assert kept.names == ("C", "A")
    assert kept.n_observed == (records["A"] | records["C"]).sum()
    assert kept.sizes == {"C": records["C"].sum(), "A": records["A"].sum()}


def test_strata_and_the_unplaced_add_up():
    table = load_kosovo_lists().frame
    half = table.assign(count=table["count"] // 2, year=1998.0)
    rest = table.assign(count=table["count"] - half["count"], year=np.nan)
    lists = lists_of_cells(pd.concat([half, rest]), KOSOVO, by="year")
    assert lists.strata == ("1998",)
    np.testing.assert_array_equal(lists.count, kosovo().count)
    assert lists.stratum("1998").n_observed == half["count"].sum()
    assert lists.pooled().counts.sum() == 4400
    assert f"stratum not known: {rest['count'].sum():,}" in lists.summary()
    with pytest.raises(SettingError, match="stratum must be one of 1998"):
        lists.stratum("1997")


def test_odds_ratio_of_a_pair_by_hand():
    """Among the records of C: 8 on A and B, 4 on A, 6 on B, 9 on neither."""
    table = pd.DataFrame(
        {
            "A": [1, 1, 0, 0, 1],
            "B": [1, 0, 1, 0, 1],
            "C": [1, 1, 1, 1, 0],
            "count": [8, 4, 6, 9, 100],
        }
    )
    pairs = lists_of_cells(table, ["A", "B", "C"]).pairs()
    assert pairs["odds_ratio"].iloc[0] == pytest.approx(8 * 9 / (4 * 6))
    assert pairs["both"].tolist() == [108, 12, 14]


BAD = {
    "row 2 of 'B' must be 0 or 1, found 2": {"B": [1, 2, 1]},
    "row 3 of 'A' must be 0 or 1, found nan": {"A": [1, 0, None]},
    "row 1 of 'count' must be whole numbers": {"count": [1.5, 2, 3]},
    "row 3 of 'count' must be whole .* found -3": {"count": [1, 2, -3]},
    "row 2 are on no list": {"A": [1, 0, 1], "B": [1, 0, 0], "C": [0, 0, 1]},
    "rows 1, 3 hold a combination": {"A": [1, 0, 1], "B": [1, 1, 1], "C": [0, 1, 0]},
    "'C' holds no record": {"C": [0, 0, 0], "A": [1, 1, 0], "B": [1, 0, 1]},
    "no record is on two": {"A": [1, 0, 0], "B": [0, 1, 0], "C": [0, 0, 1]},
    "there is no column 'count'": {"count": None},
}


@pytest.mark.parametrize("message", BAD)
def test_tables_that_cannot_be_right_are_refused(message):
    good = {"A": [1, 0, 1], "B": [1, 1, 0], "C": [1, 0, 0], "count": [5, 6, 7]}
    table = pd.DataFrame(
        {name: value for name, value in (good | BAD[message]).items() if value}
    )
    with pytest.raises(SchemaError, match=message):
        lists_of_cells(table, ["A", "B", "C"])


def test_lists_that_cannot_be_compared_are_refused():
    with pytest.raises(SettingError, match="different columns"):
        lists_of_cells(load_kosovo_lists(), ["EXH"])
    with pytest.raises(SettingError, match="different columns"):
        lists_of_cells(load_kosovo_lists(), ["EXH", "EXH"])
    with pytest.raises(SettingError, match="two or more different"):
        kosovo().of_lists(["EXH"])
    with pytest.raises(SchemaError, match="no rows"):
        lists_of_records(pd.DataFrame({"A": [], "B": []}), ["A", "B"])


def test_a_list_alone_is_named_and_large_counts_stay_whole():
    table = pd.DataFrame(
        {"A": [1, 1, 0], "B": [1, 0, 0], "C": [0, 0, 1], "count": [10**7, 10**15, 3]}
    )
    lists = lists_of_cells(table, ["A", "B", "C"])
    assert lists.alone == ("C",)
    assert lists.n_observed == 10**15 + 10**7 + 3
    assert "share no record with another list: C" in lists.summary()

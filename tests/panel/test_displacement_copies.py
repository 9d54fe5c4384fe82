"""One count that is told twice counts once, and two counts stay two."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.errors import SettingError
from conflictstats.events import read_gidd
from conflictstats.panel import latest_edition, merge_copies

END = pd.Timestamp("2019-07-14")


def reports(**columns):
    usual = {
        "report_id": ["a", "b"],
        "body": ["CCCM", "OCHA"],
        "measure": "cumulative",
        "unit": "movements",
        "place": "NW Syria",
        "start": pd.Timestamp("2019-05-01"),
        "end": END,
        "low": [452623.0, 440001.0],
        "high": [452623.0, np.inf],
        "value": [452623.0, 440000.0],
        "qualifier": ["exact", "more_than"],
    }
    return pd.DataFrame(usual | columns)


def test_reports_of_one_root_are_one_and_the_sharper_stays():
    for root in ("CCCM", ["CCCM", "CCCM"]):
        merged = merge_copies(reports(root=root))
        assert merged["report_id"].tolist() == ["a"]
        assert merged["quoted_by"].tolist() == ["OCHA"]
        assert merged.attrs["copied"] == ["b"]
    turned = reports(root="CCCM").iloc[::-1]
    assert merge_copies(turned)["report_id"].tolist() == ["a"]


@pytest.mark.parametrize(
    "change",
    [
        {"root": ["CCCM", "IOM"]},
        {"root": [None, None]},
        {"root": "CCCM", "end": [END, END + pd.Timedelta(days=1)]},
        {"root": "CCCM", "place": ["NW Syria", "Idlib"]},
        {"root": "CCCM", "unit": ["movements", "persons"]},
        {"root": "CCCM", "high": [452623.0, 445000.0], "qualifier": "range"},
    ],
)
def test_reports_that_may_be_two_counts_stay_two(change):
    merged = merge_copies(reports(**change))
    assert len(merged) == 2
    assert merged.attrs["excluded_copied"] == 0


@pytest.mark.parametrize(
    ("number", "digits", "left"),
    [(452623.0, 4, 1), (400000.0, 4, 2), (400000.0, 1, 1), (452600.0, 4, 1)],
)
def test_a_number_with_many_digits_is_a_fingerprint(number, digits, left):
    same = {"low": number, "high": number, "value": number, "qualifier": "exact"}
    assert len(merge_copies(reports(**same), digits=digits)) == left


def test_more_than_a_number_with_many_digits_is_that_number_quoted():
    """Two pages of one bulletin: 458,779, and more than 458,779."""
    ends = {"low": [458779.0, 458780.0], "high": [458779.0, np.inf], "value": 458779.0}
    merged = merge_copies(reports(**ends))
    assert merged["report_id"].tolist() == ["a"]


def test_a_chain_of_quotations_is_one_report():
    """CCCM and OCHA share a root, OCHA and WFP a number: one count."""
    number = {"low": 452623.0, "high": 452623.0, "value": 452623.0}
    rows = reports(**number, qualifier="exact", root="CCCM")
    third = rows.iloc[:1].assign(report_id="c", body="WFP", root=None)
    merged = merge_copies(pd.concat([rows, third]))
    assert len(merged) == 1
    assert merged["quoted_by"].item() == "OCHA, WFP"


def test_digits_below_one_are_refused():
    with pytest.raises(SettingError, match="digits must be 1 or more"):
        merge_copies(reports(), digits=0)


def test_of_two_vintages_the_later_stays(shared):
    names = ["idmc_2018_vintage.csv", "idmc_gidd_conflict_2009_2024.csv"]
    old, new = (read_gidd(shared / "displacement" / name).frame for name in names)
    last = latest_edition(pd.concat([old, new]))
    key = ["measure", "cause", "place", "end"]
    again = old.merge(new, on=key, suffixes=("_old", "_new"))
    assert len(last) == len(old) + len(new) - len(again)
    assert last.attrs["excluded_superseded"] == len(again)
    outside = (again["value_new"] < again["low_old"]) | (
        again["value_new"] > again["high_old"]
    )
    assert last.attrs["revised"] == outside.sum()

"""A change of the places assessed begins a new segment."""

import pandas as pd

from conflictstats.datasets import load_nw_syria_displacement
from conflictstats.panel import coverage_mask, displacement_of_bulletins


def rounds(coverage, n_assessed, **columns):
    ends = pd.date_range("2019-01-31", periods=len(coverage), freq="ME")
    return pd.DataFrame(
        {
            "report_id": [f"r{n}" for n in range(len(coverage))],
            "body": "ISMI",
            "measure": "stock",
            "unit": "persons",
            "place": "NW Syria",
            "start": ends,
            "end": ends,
            "low": 1.0,
            "high": 1.0,
            "qualifier": "exact",
            "coverage": coverage,
            "n_assessed": n_assessed,
        }
        | columns
    )


def test_communities_from_714_to_220_to_270_are_three_segments():
    mask = coverage_mask(rounds(["NW", "NW", "NW", "NW"], [714, 220, 270, 270]))
    assert mask["segment"].values.tolist() == [0, 1, 2, 2]
    assert mask["comparable"].values.tolist() == [False, False, False, True]
    assert mask["assessed_share"].values[1] == 220 / 714
    assert mask.attrs["changes"] == 2


def test_rounds_are_put_in_order_of_their_days_first():
    shuffled = rounds(["a", "a", "b"], [None] * 3).iloc[[2, 0, 1]]
    mask = coverage_mask(shuffled)
    assert mask["report"].values.tolist() == ["r0", "r1", "r2"]
    assert mask["segment"].values.tolist() == [0, 0, 1]
    assert mask["assessed_share"].isnull().all()


def test_coverage_that_is_not_said_is_one_and_its_return_a_change():
    mask = coverage_mask(rounds([None, None, "a", None], [None] * 4))
    assert mask["segment"].values.tolist() == [0, 0, 1, 2]


def test_series_have_segments_of_their_own():
    mask = coverage_mask(rounds(["a", "b"], [1, 2], body=["A", "B"]))
    assert mask["segment"].values.tolist() == [0, 0]
    assert not mask["comparable"].any()


def test_no_two_months_of_arrivals_in_2019_covered_the_same_communities():
    table = displacement_of_bulletins(load_nw_syria_displacement())
    ismi = table[table["body"] == "ISMI/REACH-CCCM"]
    mask = coverage_mask(ismi)
    assert not mask["comparable"].any()
    assert len(mask["report"]) == len(ismi) == 19

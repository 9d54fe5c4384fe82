"""Totals implied by women and children, by the binomial law and on coded reports."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.errors import SettingError
from conflictstats.evaluate.women_children import (
    check_women_children,
    women_children_frame,
)
from conflictstats.quantity import Reported

SHARE = (0.67, 0.81)


def check(civilians, dead, share=SHARE, **wanted):
    return check_women_children(
        Reported.exactly(civilians),
        Reported.exactly(dead),
        population_share=share,
        **wanted,
    )


@settings(deadline=None, max_examples=40)
@example(dead=0, share=0.5, level=0.5)
@example(dead=1, share=0.5, level=0.5)
@given(dead=st.integers(0, 40), share=st.floats(0.2, 0.9), level=st.floats(0.5, 0.99))
def test_implied_totals_are_those_that_the_binomial_law_allows(dead, share, level):
    found = check(dead, dead, (share, share), level=level)
    tail = (1 - level) / 2
    totals = np.arange(dead, 40 * (dead + 2))
    in_tail = np.minimum(
        binom.sf(dead - 1, totals, share), binom.cdf(dead, totals, share)
    )
    allowed = totals[in_tail >= tail - 1e-12]
    assert found.lower == pytest.approx(allowed[0], abs=1e-9)
    assert found.upper == pytest.approx(allowed[-1], abs=1e-9)


def test_the_true_total_is_among_those_implied(rng):
    """A 90 % interval of a discrete count covers in 85.5 % of 400 or more."""
    dead = rng.binomial(300, 0.74, 400)
    ends = [check(300, int(some), (0.74, 0.74)) for some in dead]
    assert sum(found.lower <= 300 <= found.upper for found in ends) >= 342


@pytest.mark.parametrize(
    ("civilians", "dead", "status"),
    [
        (100, 74, "AGREES"),
        (200, 74, "MORE_MEN"),
        (505, 500, "FEWER_MEN"),
        (70, 74, "CONTRADICTED"),
    ],
)
def test_status_by_hand(civilians, dead, status):
    found = check(civilians, dead)
    assert found.status.name == status
    assert found.at_least == max(civilians, dead)
    assert found.status.value in found.summary()
    assert "67% to 81% women and children" in found.summary()


def test_open_reports_leave_the_ends_open():
    found = check_women_children(
        Reported.at_least(170), Reported.at_least(35), population_share=SHARE
    )
    assert math.isinf(found.upper)
    assert found.status.name == "AGREES"
    none = check_women_children(
        Reported.exactly(2), Reported.up_to(1), population_share=SHARE
    )
    assert none.lower == 0


def test_every_campaign_total_has_more_men_than_the_population():
    """Typed from the pages: OHCHR 1,089 civilians, 304 children, 213 women."""
    found = women_children_frame(load_nw_syria_reports(), population_share=SHARE)
    ohchr = found[
        (found["source_org"] == "OHCHR") & (found["period_end"] == "2019-08-29")
    ].iloc[0]
    assert (ohchr["civilians"], ohchr["women_children"]) == ("1,089", "517")
    assert ohchr["upper"] < 1089
    assert not (found["status"] == "CONTRADICTED").any()
    assert "67% to 81%" in found.attrs["assumption"]


def test_of_several_totals_the_largest_holds_the_others():
    codes = ["killed_civilian", "killed_civilian", "killed_women", "killed_children"]
    page = pd.DataFrame({"measure": codes, "value_low": [58, 90, 20, 40]})
    page["value_high"] = page["value_low"]
    page = page.assign(qualifier="exact", source_org="OHCHR", place="NW", url="x")
    page = page.assign(period_start="a", period_end="b", kind="cumulative")
    found = women_children_frame(page, population_share=SHARE)
    assert found["civilians"].tolist() == ["90"]
    lonely = women_children_frame(page.iloc[:3], population_share=SHARE)
    assert lonely.empty


@pytest.mark.parametrize("share", [(0.0, 0.5), (0.8, 0.7), (0.7, 1.0)])
def test_shares_of_a_population_are_checked(share):
    with pytest.raises(SettingError, match="population_share"):
        check(10, 5, share)

"""Ranges are tested against every integer table that the statements allow."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.errors import ContradictionError, SchemaError, SettingError
from conflictstats.models.civilian_share.reported_shares import (
    ReportedShares,
    ReportedShareStatus,
)
from conflictstats.panel.statements import Measures, statements_of_reports

WHOLE, PART, SHARE = "killed", "killed_civilian", "civilian_share"
DAY = {"period_start": "2019-05-01", "period_end": "2019-05-31"}


def said(*statements, **columns):
    """Coded ranges from rows of (measure, place, low, high)."""
    names = ["measure", "place", "value_low", "value_high"]
    table = pd.DataFrame(statements, columns=names)
    return table.assign(**({"qualifier": "range"} | DAY | columns))


def phrases(*spoken, **columns):
    """Statements of one place, from rows of (measure, phrase)."""
    table = pd.DataFrame(spoken, columns=["measure", "phrase"])
    return table.assign(**({"place": "A"} | DAY | columns))


def ends(fit, quantity, **where):
    """Ends of one quantity at the only scope that fits."""
    found = fit.to_frame().query("quantity == @quantity")
    for column, value in where.items():
        found = found[found[column] == value]
    ((lower, upper),) = found[["lower", "upper"]].to_numpy()
    return lower, upper


def tables(statements):
    """Part and whole of A, and of both, in every integer table that is allowed.

    Both are A and what lies outside of it, each with 0 to 5 civilians and others.
    """
    a, k, b, other = np.array(list(product(range(6), repeat=4))).T
    count = {"A": (a, a + k), "both": (a + b, a + k + b + other)}
    allowed = np.full(len(a), True)
    for measure, place, low, high in statements:
        part, whole = count[place]
        if measure == SHARE:
            allowed &= (low * whole <= part + 1e-9) & (part <= high * whole + 1e-9)
        else:
            counted = part if measure == PART else whole
            allowed &= (low <= counted) & (counted <= high)
    return {place: np.array(pair)[:, allowed] for place, pair in count.items()}


def shares_of(table):
    part, whole = table[:, table[1] > 0]
    return part / whole


interval = st.tuples(st.integers(0, 5), st.integers(0, 4))
counted = st.tuples(st.sampled_from([WHOLE, PART]), st.sampled_from(["A", "both"]))


@given(st.lists(st.tuples(counted, interval), max_size=3))
@settings(max_examples=10)
def test_ranges_of_totals_and_parts_are_those_of_all_integer_tables(drawn):
    """Nested totals and parts have whole-numbered corners, so ranges are exact."""
    rows = [(WHOLE, "A", 0, 5), (WHOLE, "both", 0, 5)]
    rows += [(measure, place, low, low + d) for (measure, place), (low, d) in drawn]
    found = tables(rows)
    model = ReportedShares(within={"A": "both"})
    if not found["A"].size:
        with pytest.raises(ContradictionError):
            model.fit(said(*rows))
        return
    fit = model.fit(said(*rows))
    for place, table in found.items():
        part, whole = table
        assert ends(fit, WHOLE, place=place) == (whole.min(), whole.max())
        assert ends(fit, PART, place=place) == (part.min(), part.max())
        if whole.any():
            share = shares_of(table)
            span = share.min(), share.max()
            assert_allclose(ends(fit, SHARE, place=place), span, atol=1e-9)


@given(st.integers(1, 9), st.integers(0, 8), st.integers(0, 10), st.integers(0, 10))
@settings(max_examples=10)
def test_no_integer_table_is_outside_of_the_ranges(total, wider, tenths, more):
    low, high = tenths / 10, min(1.0, (tenths + more) / 10)
    rows = [(WHOLE, "both", total, total + wider), (SHARE, "both", low, high)]
    rows += [(WHOLE, "A", 1, 5), (SHARE, "A", 0.0, 0.5)]
    found = tables(rows)
    assume(found["A"].size)
    fit = ReportedShares(within={"A": "both"}).fit(said(*rows))
    for place, table in found.items():
        lower, upper = ends(fit, PART, place=place)
        assert lower <= table[0].min() <= table[0].max() <= upper
        lower, upper = ends(fit, SHARE, place=place)
        share = shares_of(table)
        assert lower - 1e-9 <= share.min() <= share.max() <= upper + 1e-9


@given(st.integers(1, 2000), st.integers(0, 500), st.floats(0.01, 0.99))
@settings(max_examples=10)
def test_one_total_and_one_share_have_the_closed_form(low, wider, share):
    """METHODS: the civilians of "more than s of L to U" are sL to U."""
    rows = [(WHOLE, "A", low, low + wider), (SHARE, "A", share, 1.0)]
    fit = ReportedShares().fit(said(*rows))
    assert ends(fit, PART) == (np.ceil(share * low - 1e-6), low + wider)
    assert_allclose(ends(fit, SHARE), (share, 1))


@given(st.integers(1, 40), st.integers(0, 20), st.integers(0, 30))
@settings(max_examples=8)
def test_a_statement_that_is_implied_changes_nothing(part, rest, slack):
    rows = [(PART, "A", part, part), (WHOLE, "A", part + rest, part + rest)]
    told = ReportedShares().fit(said(*rows))
    weaker = (WHOLE, "A", max(part + rest - slack, 0), part + rest + slack)
    again = ReportedShares().fit(said(*rows, weaker))
    assert_allclose(again.params, told.params)
    implied = part / (part + rest)
    shares = (SHARE, "A", implied / 2, (1 + implied) / 2)
    assert_allclose(ReportedShares().fit(said(*rows, shares)).params, told.params)


def test_the_article_of_11_june():
    """Over 1,500, more than half of them civilians: 751 civilians or more."""
    fit = ReportedShares().fit(
        phrases((WHOLE, "over 1,500"), (SHARE, "more than half"))
    )
    assert ends(fit, WHOLE) == (1501, np.inf)
    assert ends(fit, PART) == (751, np.inf)
    assert ends(fit, SHARE) == (0.5, 1.0)
    assert fit.status is ReportedShareStatus.OPEN
    assert "751 or more" in fit.summary()


def test_a_later_total_limits_an_earlier_part():
    """No more than 900 by July, so no more than 900 civilians by May."""
    first = phrases((PART, "at least 600"))
    later = phrases((WHOLE, "900"), period_end="2019-07-31")
    fit = ReportedShares().fit(pd.concat([first, later]))
    may = {"end": pd.Timestamp("2019-05-31")}
    assert ends(fit, PART, **may) == (600, 900)
    assert ends(fit, WHOLE, **may) == (600, 900)
    assert_allclose(ends(fit, SHARE, end=pd.Timestamp("2019-07-31")), (600 / 900, 1))


def test_bodies_are_kept_apart_unless_told_otherwise():
    one = phrases((WHOLE, "100"), source_org="SOHR")
    other = phrases((SHARE, "80 percent"), source_org="White Helmets")
    apart = ReportedShares().fit(pd.concat([one, other]))
    assert ends(apart, PART, body="SOHR") == (0, 100)
    joined = ReportedShares(together=True).fit(pd.concat([one, other]))
    assert ends(joined, PART) == (80, 80)
    assert joined.status is ReportedShareStatus.BOUNDED


def test_a_statement_by_nobody_is_of_nobody_and_not_lost():
    rows = phrases((WHOLE, "100"), (WHOLE, "90"), source_org=["SOHR", None])
    fit = ReportedShares().fit(rows)
    assert ends(fit, WHOLE, body="SOHR") == (100, 100)
    assert ends(fit, WHOLE, body="not said") == (90, 90)


def test_a_share_is_as_wide_as_its_words():
    words = ["a third", "half", "80 percent", "33.3 percent", "nearly half"]
    read = statements_of_reports(phrases(*[(SHARE, text) for text in words]))
    low = [0.25, 0.4, 0.795, 0.3325, 0.4]
    high = [5 / 12, 0.6, 0.805, 0.3335, 0.5]
    assert_allclose(read[["low", "high"]], np.transpose([low, high]))


def test_dead_who_come_back_to_life_are_a_contradiction():
    """SOHR: 950 to 30 May, 948 to 31 May; each is named, and the share is innocent."""
    reports = load_nw_syria_reports().frame
    series = reports["event_key"].isin(["cum-sohr-total", "cum-sohr-civshare"])
    may = reports[series & (reports["period_end"] <= "2019-05-31")]
    with pytest.raises(ContradictionError, match="R0643") as caught:
        ReportedShares().fit(may)
    assert caught.value.statements == ["R0643", "R0652"]
    fit = ReportedShares().fit(may, strict=False)
    assert fit.status is ReportedShareStatus.CONTRADICTED
    assert np.isnan(fit.params).all()
    assert list(fit.conflicts["statement"]) == ["R0643", "R0652"]
    kept = ReportedShares().fit(may[may["report_id"] != "R0643"])
    lower, upper = ends(kept, PART, end=pd.Timestamp("2019-05-31"))
    assert lower <= 288 <= upper


def test_what_is_left_out_is_counted():
    rows = said((WHOLE, "A", 3, 4), (WHOLE, None, 3, 4), ("injured", "A", 1, 2))
    fit = ReportedShares().fit(rows)
    assert fit.nobs == 1
    assert fit.bounds.attrs == {"excluded_measure": 1, "excluded_undated": 1}


def test_other_parts_and_wholes():
    """93 percent of nearly 300, by government and Russian strikes (OHCHR)."""
    strikes = Measures(part="by_strikes", share="strike_share")
    fit = ReportedShares(measures=strikes).fit(
        phrases((WHOLE, "nearly 300"), ("strike_share", "93%"))
    )
    assert ends(fit, "by_strikes") == (np.ceil(0.925 * 240), np.floor(0.935 * 299))


def test_nobody_killed_has_no_share():
    fit = ReportedShares().fit(phrases((WHOLE, "zero")))
    assert ends(fit, PART) == (0, 0)
    assert np.isnan(ends(fit, SHARE)).all()


def test_what_cannot_be_read_is_refused():
    with pytest.raises(SchemaError, match="phrase, or qualifier"):
        ReportedShares().fit(phrases((WHOLE, "5")).drop(columns="phrase"))
    with pytest.raises(SchemaError, match="takes a share"):
        ReportedShares().fit(phrases((SHARE, "300")))
    with pytest.raises(SchemaError, match="ends before it begins"):
        ReportedShares().fit(phrases((WHOLE, "5"), period_end="2019-04-01"))
    with pytest.raises(SettingError, match="no dated row"):
        ReportedShares().fit(phrases(("injured", "5")))
    with pytest.raises(SettingError, match="lies in itself"):
        ReportedShares(within={"A": "B", "B": "A"})

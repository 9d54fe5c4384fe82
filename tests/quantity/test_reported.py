import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictstats.errors import QuantityError
from conflictstats.quantity import QUALIFIERS, Reported, Widths

COUNTS = st.integers(0, 10**6)
SHARES = st.floats(0, 1)


@st.composite
def counts(draw):
    """A reported count and a number that it allows."""
    low, inside, high = sorted(draw(st.tuples(COUNTS, COUNTS, COUNTS)))
    open_above = draw(st.booleans())
    return Reported(low, math.inf if open_above else high), inside


@st.composite
def shares(draw):
    """A reported share and a number that it allows."""
    low, inside, high = sorted(draw(st.tuples(SHARES, SHARES, SHARES)))
    return Reported(low, high, unit="share"), inside


@given(counts(), counts())
def test_sum_and_difference_hold_every_pair(first, second):
    (a, x), (b, y) = first, second
    assert x + y in a + b
    assert x - y in a - b


@given(counts(), counts())
def test_sum_has_no_room_to_spare(first, second):
    (a, _), (b, _) = first, second
    assert ((a + b).low, (a + b).high) == (a.low + b.low, a.high + b.high)


@given(counts(), shares())
def test_share_of_a_count_holds_every_pair(count, share):
    (a, x), (p, q) = count, share
    product = a * p
    # a share times a count is rounded to 53 bits on the way to this comparison
    slack = 1e-15 * x
    assert product.low - slack <= x * q <= product.high + slack
    assert product == p * a


@given(shares(), shares())
def test_share_of_a_share_stays_a_share(first, second):
    (p, x), (q, y) = first, second
    assert (p * q).low - 1e-15 <= x * y <= (p * q).high + 1e-15
    assert (p * q).unit == "share"


@given(counts(), counts(), counts())
def test_sums_do_not_depend_on_order(first, second, third):
    (a, _), (b, _), (c, _) = first, second, third
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)


@given(counts(), counts(), st.integers(0, 10**6))
def test_both_reports_hold_what_each_holds(first, second, number):
    (a, _), (b, _) = first, second
    in_both = number in a and number in b
    if a.overlaps(b):
        assert (number in (a & b)) == in_both
    else:
        assert not in_both


@given(st.integers(1, 10**9))
def test_strict_words_leave_the_number_out_and_touch_it(n):
    assert n not in Reported.more_than(n)
    assert n + 1 in Reported.more_than(n)
    assert n not in Reported.nearly(n)
    assert n - 1 in Reported.nearly(n)
    assert n in Reported.about(n)
    assert n in Reported.at_least(n)
    assert n in Reported.up_to(n)


@given(st.integers(1, 10**9))
def test_words_cover_all_counts_between_them(n):
    assert not Reported.more_than(n).overlaps(Reported.up_to(n))
    assert not Reported.at_least(n).overlaps(Reported.nearly(n))
    assert Reported.more_than(n).low == Reported.up_to(n).high + 1


def test_shares_do_not_step():
    half = Reported.more_than(0.5, unit="share")
    assert (half.low, half.high) == (0.5, 1)
    below = Reported.nearly(0.5, unit="share")
    assert (below.low, below.high) == (0.4, 0.5)


def test_nearly_half_of_three_million_is_what_the_specification_says():
    report = Reported.nearly(0.5, unit="share") * Reported.exactly(3_000_000)
    assert (report.low, report.high, report.unit) == (1_200_000, 1_500_000, "count")


def test_scaling_reads_floats_as_the_decimals_they_print():
    assert Reported.exactly(30) * Reported.exactly(0.1, unit="share") == Reported(
        3, 3, 3, "exact"
    )
    third = Reported.exactly(1 / 3, unit="share")
    assert (Reported.exactly(3) * third).is_exact


def test_a_rounded_product_is_no_longer_exact():
    product = Reported.exactly(11) * Reported.exactly(0.5, unit="share")
    assert (product.low, product.high, product.qualifier) == (5, 6, "derived")


def test_unbounded_times_nothing_is_nothing():
    none = Reported.exactly(0.0, unit="share")
    product = Reported.at_least(25) * none
    assert (product.low, product.high) == (0, 0)


def test_difference_keeps_the_negative_side():
    change = Reported.at_least(10) - Reported.at_least(25)
    assert (change.low, change.high) == (-math.inf, math.inf)
    assert (change.unit, change.qualifier) == ("change", "derived")
    fall = Reported.exactly(10) - Reported.exactly(25)
    assert (fall.low, fall.best, fall.high) == (-15, -15, -15)


def test_difference_added_back_still_holds_the_total():
    first, last = Reported.between(100, 120), Reported.at_least(150)
    assert 150 in first + (last - first)
    assert (first + (last - first)).unit == "change"
    assert ((first + (last - first)) & Reported.at_least(0)).unit == "count"


@pytest.mark.parametrize(
    ("left", "right", "qualifier"),
    [
        (Reported.exactly(2), Reported.exactly(3), "exact"),
        (Reported.exactly(2), Reported.at_least(3), "at_least"),
        (Reported.at_least(2), Reported.at_least(3), "at_least"),
        (Reported.about(20), Reported.at_least(3), "derived"),
        (Reported.between(2, 3), Reported.nearly(3), "derived"),
    ],
)
def test_how_a_sum_was_said(left, right, qualifier):
    assert (left + right).qualifier == qualifier
    assert (right + left).qualifier == qualifier
    assert (left + right).value is None


def test_sum_of_many_starts_from_the_number_zero():
    total = sum([Reported.exactly(2), Reported.about(20), Reported.exactly(3)])
    assert (total.low, total.best, total.high) == (20, 25, 30)


def test_intersection_keeps_the_report_that_says_it_all():
    assert Reported.at_least(20) & Reported.exactly(25) == Reported.exactly(25)
    meet = Reported.at_least(20) & Reported.up_to(30)
    assert (meet.low, meet.high, meet.qualifier) == (20, 30, "derived")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Reported(-1, 3), "low must be a whole number"),
        (lambda: Reported(5, 3), "got low=5, high=3; swap"),
        (lambda: Reported(math.nan, 3), "leave out what was not said"),
        (lambda: Reported(1, 3, best=4), "best=4 is outside"),
        (lambda: Reported(1.5, 3), "low must be a whole number"),
        (lambda: Reported("3", 4), "low must be a number"),
        (lambda: Reported(math.inf, math.inf), "finite end"),
        (lambda: Reported(1, 3, qualifier="roughly"), "qualifier must be one of"),
        (lambda: Reported(1, 3, unit="people"), "unit must be one of"),
        (lambda: Reported(0, 10**16), "from 0 to 10\\^15"),
        (lambda: Reported(10**400, 10**400), "finite end"),
        (lambda: Reported.exactly(60, unit="share"), "did you mean 0.6"),
        (lambda: Reported.more_than(1, unit="share"), "no share"),
        (lambda: Reported.nearly(0), "nothing below"),
        (lambda: Reported.about(20, within=2), "within must lie between"),
        (lambda: Reported.exactly(3) * Reported.exactly(3), "give a share"),
        (lambda: Reported.exactly(3) * -1, "whole number from 0"),
        (lambda: Reported.exactly(3) & Reported.exactly(4), "contradict"),
        (
            lambda: Reported.exactly(1, unit="share") + Reported.exactly(3),
            "multiply each by its whole",
        ),
        (
            lambda: Reported.exactly(3) - Reported.exactly(1, unit="share"),
            "cannot take",
        ),
        (
            lambda: Reported.exactly(1) & Reported.exactly(1, unit="share"),
            "not of one thing",
        ),
    ],
)
def test_refuses_what_no_report_can_mean(make, said):
    with pytest.raises(QuantityError, match=said):
        make()


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__mul__", "__and__"])
def test_does_not_combine_with_what_is_no_number(operation):
    assert getattr(Reported.exactly(3), operation)("3") is NotImplemented


def test_numpy_numbers_are_numbers():
    assert Reported.exactly(np.int64(25)) == Reported.exactly(25)
    assert Reported.exactly(np.float64(25)) == Reported.exactly(25)
    assert type(Reported.exactly(np.int64(25)).low) is int


def test_scales_by_a_plain_number():
    assert (2 * Reported.between(3, 4)).high == 8
    assert (Reported.between(3, 4) * 0.5).low == 1
    assert (10 - Reported.between(3, 4)).low == 6


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (Reported.exactly(1500), "1,500"),
        (Reported.at_least(25), "at least 25"),
        (Reported.about(487), "about 487 (462 to 512)"),
        (Reported.between(8, 10), "8 to 10"),
        (Reported.at_least(3) + Reported.at_least(4), "7 or more"),
        (Reported.at_least(3) - Reported.at_least(4), "any number"),
        (Reported.exactly(3) - Reported.at_least(4), "-1 or less"),
        (Reported.exactly(0.265, unit="share"), "0.265"),
        (
            Reported(0.5, 1, qualifier="more_than_half", value=0.5, unit="share"),
            "more than half",
        ),
    ],
)
def test_prints_as_people_write(report, text):
    assert str(report) == text
    assert text in report._repr_html_()


def test_every_qualifier_prints():
    for qualifier in QUALIFIERS:
        assert str(Reported(1, 2, qualifier=qualifier, value=1))


def test_interval_is_closed():
    interval = Reported.at_least(25).to_interval()
    assert 25 in interval
    assert 24 not in interval
    assert math.isinf(interval.right)


def test_is_a_value():
    assert len({Reported.exactly(3), Reported.exactly(3), Reported.at_least(3)}) == 2
    with pytest.raises(AttributeError):
        Reported.exactly(3).low = 4


@given(st.integers(1, 10**9), st.floats(0, 1), st.floats(0, 1))
def test_wider_words_hold_narrower_ones(n, first, second):
    narrow, wide = sorted((first, second))
    for said in (Reported.about, Reported.nearly):
        inner, outer = said(n, within=narrow), said(n, within=wide)
        assert outer.low <= inner.low
        assert inner.high <= outer.high


def test_about_is_wider_where_the_number_is_rounder():
    widths = [Widths().about_within(n) for n in (200, 240, 487, 1487)]
    assert widths == [0.25, 0.1, 0.05, 0.05]


def test_about_a_share_goes_by_its_percent():
    widths = Widths()
    assert widths.about_within(0.8, "share") * 0.8 == pytest.approx(0.1)
    assert widths.about_within(0.81, "share") == 0.1
    assert Reported.about(1 / 3, unit="share").low == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("thing", "floor", "ceiling"),
    [
        (10, 20, 99),
        (12, 24, 99),
        (20, 40, 99),
        (100, 200, 999),
        (10**5, 2 * 10**5, 10**6 - 1),
    ],
)
def test_a_plural_may_stop_below_the_next_power_of_ten(thing, floor, ceiling):
    widths = Widths(cap_plurals=True)
    assert (widths.floor_of(thing), widths.ceiling_of(thing)) == (floor, ceiling)
    assert math.isinf(Widths().ceiling_of(thing))


@pytest.mark.parametrize(
    "settings", [{"nearly": 2}, {"about": (1, 1, -1)}, {"plural": 0}]
)
def test_widths_must_make_sense(settings):
    with pytest.raises(QuantityError, match=next(iter(settings))):
        Widths(**settings)

"""Bounds are tested by trying every allocation; critical values by their equation."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, stats

from conflictstats.numerics.partial_identification import (
    imbens_manski_critical,
    ratio_range,
    share_at_odds_ratio,
    share_bounds,
)

counts = st.integers(0, 10**6).map(lambda n: np.array([float(n)]))


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_bounds_are_the_extremes_over_every_allocation(part, rest, unknown):
    whole = part + rest + unknown
    if whole == 0:
        return
    shares = [(part + some) / whole for some in range(unknown + 1)]
    arrays = [np.array([float(n)]) for n in (part, rest, unknown)]
    lower, upper = share_bounds(*arrays)
    assert_allclose([lower[0], upper[0]], [min(shares), max(shares)], rtol=1e-12)


def test_nobody_has_no_share():
    zero = np.zeros(2)
    assert np.isnan(share_bounds(zero, zero, zero)).all()


@given(part=counts, rest=counts, unknown=counts, psi=st.floats(1e-3, 1e3))
def test_any_odds_ratio_stays_between_the_bounds(part, rest, unknown, psi):
    if (part + rest)[0] == 0:
        return
    lower, upper = share_bounds(part, rest, unknown)
    share = share_at_odds_ratio(part, rest, unknown, psi)
    assert lower - 1e-12 <= share <= upper + 1e-12
    assert share <= share_at_odds_ratio(part, rest, unknown, 2 * psi) + 1e-12


@given(part=counts, rest=counts, unknown=counts)
def test_odds_ratio_ends_and_middle(part, rest, unknown):
    lower, upper = share_bounds(part, rest, unknown)
    dead = part, rest, unknown
    assert_allclose(share_at_odds_ratio(*dead, 0.0), lower)
    assert_allclose(share_at_odds_ratio(*dead, np.inf), upper)
    if part[0] * rest[0] > 0:
        assert_allclose(share_at_odds_ratio(*dead, 1e-15), lower, atol=1e-8)
        assert_allclose(share_at_odds_ratio(*dead, 1e15), upper, atol=1e-8)
        assert_allclose(share_at_odds_ratio(*dead, 1.0), part / (part + rest))


def test_odds_ratio_is_the_odds_ratio():
    """Implied odds of the unknown over the odds of the known give it back."""
    part, rest, unknown = (np.array([n]) for n in (30.0, 50.0, 20.0))
    share = share_at_odds_ratio(part, rest, unknown, 3.0)
    among_unknown = (share * 100 - part) / unknown
    odds = among_unknown / (1 - among_unknown)
    assert_allclose(odds / (part / rest), 3.0)


def test_without_known_status_only_the_ends_are_given():
    zero, ten = np.array([0.0]), np.array([10.0])
    assert np.isnan(share_at_odds_ratio(zero, zero, ten, 1.0))
    assert share_at_odds_ratio(zero, zero, ten, np.inf) == 1


row = st.tuples(*[st.integers(0, 4)] * 4)


@given(st.lists(row, min_size=1, max_size=2))
def test_range_is_the_extreme_over_every_part_and_whole(rows):
    table = np.array(rows, float)
    part_low, part_high = np.sort(table[:, :2]).T
    whole_low, whole_high = np.sort(table[:, 2:]).T
    options = [
        [(c, d) for d in range(int(e), int(f) + 1) for c in range(int(a), int(b) + 1)]
        for a, b, e, f in zip(part_low, part_high, whole_low, whole_high, strict=True)
    ]
    sums = [
        np.sum(choice, axis=0)
        for choice in product(*[[o for o in some if o[0] <= o[1]] for some in options])
    ]
    shares = [civilians / dead for civilians, dead in sums if dead > 0]
    if shares:
        found = ratio_range(part_low, part_high, whole_low, whole_high)
        assert_allclose(found, [min(shares), max(shares)], rtol=1e-12)


def test_nobody_has_no_range():
    zero = np.zeros(3)
    assert np.isnan(ratio_range(zero, zero, zero, zero)).all()


@given(width=st.floats(0, 1), std_err=st.floats(1e-3, 1), level=st.floats(0.55, 0.999))
def test_critical_value_solves_its_equation(width, std_err, level):
    found = imbens_manski_critical(np.array([width]), np.array([std_err]), level)[0]
    expected = optimize.brentq(
        lambda c: stats.norm.cdf(c + width / std_err) - stats.norm.cdf(-c) - level,
        0,
        10,
    )
    assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_critical_value_goes_from_two_sided_to_one_sided(level):
    found = imbens_manski_critical(np.array([0.0, 1e3]), np.array([1.0, 1.0]), level)
    assert_allclose(found, stats.norm.ppf([(1 + level) / 2, level]), atol=1e-9)


def test_no_error_and_no_number():
    width, std_err = np.array([0.0, 0.4, 0.4]), np.array([0.0, 0.0, np.nan])
    found = imbens_manski_critical(width, std_err, 0.95)
    assert_allclose(found, [1.959964, 1.644854, np.nan], atol=1e-6)

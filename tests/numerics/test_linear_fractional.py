"""Programmes are tested against every corner of what the limits allow, by fractions."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.numerics.linear_fractional import (
    feasible,
    fractional_range,
    linear_range,
    smallest_conflict,
)

PART, WHOLE = np.array([1.0, 0.0]), np.array([1.0, 1.0])


def corners(rows, most):
    """Corners of the limits in two numbers, both from 0, in exact fractions."""
    lines = [(*map(Fraction, row), Fraction(b)) for row, b in zip(rows, most)]  # noqa: B905
    lines += [(Fraction(-1), Fraction(0), Fraction(0))]
    lines += [(Fraction(0), Fraction(-1), Fraction(0))]
    for (a, b, e), (c, d, f) in combinations(lines, 2):
        if det := a * d - b * c:
            x, y = (e * d - b * f) / det, (a * f - e * c) / det
            if all(p * x + q * y <= r for p, q, r in lines):
                yield x, y


limit = st.tuples(st.integers(-4, 4), st.integers(-4, 4), st.integers(-6, 12))


@given(st.lists(limit, max_size=4), st.integers(1, 15))
@settings(max_examples=25)
def test_every_corner_is_in_the_range_and_the_ends_are_corners(drawn, total):
    drawn = [*drawn, (1, 1, total)]
    rows = np.array([[a, b] for a, b, _ in drawn], float)
    most = np.array([e for *_, e in drawn], float)
    found = list(corners(rows.astype(int), most.astype(int)))
    assert feasible(rows, most) == bool(found)
    if not found:
        assert np.isnan(linear_range(PART, rows, most)).all()
        assert smallest_conflict(rows, most, np.arange(len(most)))
        return
    parts = [float(x) for x, _ in found]
    assert_allclose(linear_range(PART, rows, most), (min(parts), max(parts)), atol=1e-9)
    shares = [float(x / (x + y)) for x, y in found if x + y]
    ends = (min(shares), max(shares)) if shares else (np.nan, np.nan)
    if not feasible(np.vstack([rows, WHOLE]), np.append(most, 0.0)):
        assert_allclose(fractional_range(PART, WHOLE, rows, most), ends, atol=1e-9)


def test_one_limit_has_the_closed_form():
    rows, most = np.array([[1.0, 1.0], [-1.0, 0.0]]), np.array([1500.0, -400.0])
    assert_allclose(linear_range(PART, rows, most), (400, 1500))
    assert_allclose(fractional_range(PART, WHOLE, rows, most), (400 / 1500, 1))


def test_an_end_without_a_limit_is_infinite_and_its_share_a_limit():
    rows, most = np.array([[-1.0, -1.0], [1.0, 0.0]]), np.array([-1500.0, 600.0])
    assert linear_range(WHOLE, rows, most) == (pytest.approx(1500), np.inf)
    assert_allclose(fractional_range(PART, WHOLE, rows, most), (0, 0.4), atol=1e-12)


def test_nobody_has_no_share():
    rows, most = np.array([[1.0, 1.0]]), np.array([0.0])
    assert np.isnan(fractional_range(PART, WHOLE, rows, most)).all()
    assert linear_range(WHOLE, rows, most) == (0, 0)


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=7))
@settings(max_examples=20)
def test_of_a_conflict_nothing_can_be_spared(limits):
    """One number: at most each positive limit, at least each negative one."""
    rows = np.sign(np.array(limits, float) + 0.5)[:, None]
    most = np.array(limits, float)
    owner = np.arange(len(limits))
    conflict = smallest_conflict(rows, most, owner)
    assert bool(conflict) != feasible(rows, most)
    if conflict:
        assert not feasible(rows[conflict], most[conflict])
        for one in conflict:
            rest = [each for each in conflict if each != one]
            assert feasible(rows[rest], most[rest])


def test_limits_of_one_statement_go_together():
    """Statement 0 has both ends; it contradicts statement 2 and not statement 1."""
    rows = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    most = np.array([5.0, -4.0, 9.0, -7.0])
    assert smallest_conflict(rows, most, np.array([0, 0, 1, 2])) == [0, 2]

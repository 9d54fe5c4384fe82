"""Probabilities of intervals: slopes, sums and limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.numerics.likelihood.lognormal import NARROW, LogNormalReports

INTERVALS = [
    (0.0, 90.0),
    (90.0, 110.0),
    (110.0, np.inf),
    (100.0, 100.0),
    (100.0, 100.0001),
    (0.0, np.inf),
]


def terms(low, high, log_true, std_err=0.1):
    """Terms of intervals, each at each of the logs of a true number."""
    ends = (np.atleast_1d(np.asarray(end, float)) for end in (low, high))
    reports = LogNormalReports(*ends, std_err)
    at = np.broadcast_to(
        np.asarray(log_true, float)[..., None], (*np.shape(log_true), np.size(low))
    )
    return reports.terms(at.copy(), np.zeros_like(at))


@pytest.mark.parametrize(("low", "high"), INTERVALS)
def test_slope_and_curvature_are_the_differences_of_the_value(low, high):
    at = np.log(100) + np.linspace(-1.2, 1.2, 49)
    h = 1e-5
    here, up, down = (terms([low], [high], at + move) for move in (0, h, -h))
    scale = 1 + np.abs(here.slope)
    slope = (up.value - down.value) / (2 * h)
    assert_allclose((here.slope - slope) / scale, 0, atol=1e-6)
    bend = -(up.slope - down.slope) / (2 * h)
    assert_allclose(here.curvature, bend, rtol=1e-5, atol=1e-3)


@given(
    cuts=st.lists(st.floats(1, 1e7), min_size=1, max_size=6, unique=True),
    true=st.floats(10, 1e6),
    std_err=st.floats(0.02, 2),
)
def test_what_may_be_said_adds_up_to_one(cuts, true, std_err):
    edges = np.array([0.0, *sorted(cuts), np.inf])
    wide = np.diff(np.log(edges[1:-1])) / std_err
    if np.any(wide <= 2 * NARROW):
        return
    value = terms(edges[:-1], edges[1:], np.log([true]), std_err).value
    assert_allclose(np.exp(value).sum(), 1, rtol=1e-9)


def test_is_the_normal_law_of_the_log():
    law = stats.norm(np.log(250.0), 0.1)
    expected = [law.cdf(np.log(240)), np.diff(law.cdf(np.log([240, 300])))[0]]
    found = terms([0, 240], [240, 300], np.log([250.0])).value
    assert_allclose(np.exp(found[0]), expected, rtol=1e-12)
    # the density is that of the log of the report
    point = terms([270], [270], np.log([250.0])).value
    assert_allclose(np.exp(point[0, 0]), law.pdf(np.log(270)), rtol=1e-12)


@pytest.mark.parametrize("z", [-8.0, -1.0, 0.0, 3.0])
def test_a_narrow_interval_is_its_density_times_its_width(z):
    """Both readings of an interval meet at the width at which they change."""
    std_err = 0.1
    centre = np.log(100.0) + z * std_err
    half = np.array([0.501, 0.499]) * NARROW * std_err
    wide, narrow = (
        terms([np.exp(centre - w)], [np.exp(centre + w)], np.log([100.0]), std_err)
        for w in half
    )
    density = wide.value - np.log(2 * half[0])
    assert_allclose(narrow.value - np.log(2 * half[1]), density, atol=1e-4)
    assert_allclose(narrow.slope, wide.slope, rtol=1e-3, atol=1e-3)
    assert_allclose(narrow.curvature, wide.curvature, rtol=0.02)


@pytest.mark.parametrize(("low", "high"), INTERVALS)
def test_far_tails_are_finite_and_as_steep_as_the_normal(low, high):
    """A number that is off by z standard deviations pulls with about z of them."""
    for z in (-2000.0, -300.0, 300.0, 2000.0):
        found = terms([low], [high], [np.log(100.0) + 0.1 * z])
        for part in found:
            assert np.isfinite(part).all()
        nearest = low if z < 0 else high
        if nearest in (0, np.inf):
            assert_allclose(found.value, 0, atol=1e-9)
            continue
        off = (np.log(nearest) - np.log(100.0)) / 0.1 - z
        assert_allclose(found.value / (-0.5 * off**2), 1, rtol=1e-3)
        assert_allclose(found.slope * 0.1 / off, 1, rtol=1e-3)


@given(
    low=st.floats(0, 1e6),
    ratio=st.one_of(st.just(np.inf), st.floats(1, 1e4)),
    shift=st.floats(-3, 3),
    std_err=st.floats(0.01, 2),
)
def test_never_bends_upward(low, ratio, shift, std_err):
    high = np.inf if low == 0 else low * ratio
    middle = np.log(low) if low else 0.0
    at = middle + shift + np.array([-std_err, 0.0, std_err])
    found = terms([low], [high], at, std_err)
    assert (found.curvature >= 0).all()
    ends = 0.5 * (found.value[0] + found.value[2])
    assert (found.value[1] >= ends - 1e-9 * (1 + np.abs(ends))).all()


@given(factor=st.floats(1e-3, 1e6), std_err=st.floats(0.02, 1))
def test_the_unit_of_people_does_not_matter(factor, std_err):
    low, high = np.array([80.0, 0, 90]), np.array([95.0, 120, np.inf])
    before = terms(low, high, np.log([100.0]), std_err)
    after = terms(low * factor, high * factor, np.log([100.0 * factor]), std_err)
    for left, right in zip(before, after, strict=True):
        assert_allclose(right, left, rtol=1e-6, atol=1e-9)


def test_no_size_to_learn():
    reports = LogNormalReports(np.array([5.0]), np.array([9.0]), 0.1)
    assert reports.size_slope(np.array([2.0]), np.zeros(1)).tolist() == [0.0]


@pytest.mark.parametrize(("low", "high"), [(90.0, 90.0), (80.0, np.inf), (0.0, 95.0)])
def test_the_slope_in_the_error_is_that_of_the_value(low, high):
    """Of a point, two bounds and an interval; by central differences."""
    at, step, error = np.log([100.0]), 1e-6, 0.1

    def value(std_err):
        reports = LogNormalReports(np.array([low]), np.array([high]), std_err)
        return reports.terms(at, np.zeros(1)).value

    numeric = (value(error * np.exp(step)) - value(error * np.exp(-step))) / (2 * step)
    reports = LogNormalReports(np.array([low]), np.array([high]), error)
    assert_allclose(reports.slopes(at)[2], numeric, rtol=1e-6)

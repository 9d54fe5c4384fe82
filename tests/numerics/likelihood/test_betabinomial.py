"""Counts out of known totals: slopes, sums, SciPy's law and the binomial limit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import special, stats

from conflictstats.numerics.likelihood.betabinomial import BetaBinomial

LOGITS = np.linspace(-4, 4, 17)


def terms(count, total, correlation, logit):
    """Terms of every count at every logit, shape (logits, counts)."""
    count, total = np.broadcast_arrays(np.atleast_1d(count), total)
    law = BetaBinomial(total.astype(float)).points(count.astype(float))
    at = np.repeat(np.atleast_1d(logit).astype(float)[:, None], count.size, axis=1)
    return law.terms(at, special.logit([correlation]))


@given(
    total=st.integers(1, 300),
    part=st.floats(0, 1),
    correlation=st.floats(0.001, 0.95),
    logit=st.floats(-5, 5),
)
def test_is_the_law_that_scipy_has(total, part, correlation, logit):
    count = round(part * total)
    weight = (1 - correlation) / correlation
    a, b = weight * special.expit(logit), weight * special.expit(-logit)
    expected = stats.betabinom(total, a, b).logpmf(count)
    found = terms(count, total, correlation, logit).value
    assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("correlation", [0.005, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("total", [1, 7, 120])
def test_slope_and_curvature_are_the_differences_of_the_value(total, correlation):
    count = np.unique([0, 1, total // 3, total])
    h = 1e-5
    here, up, down = (
        terms(count, total, correlation, LOGITS + move) for move in (0, h, -h)
    )
    slope = (up.value - down.value) / (2 * h)
    assert_allclose(here.slope, slope, rtol=1e-5, atol=1e-6)
    bend = -(up.slope - down.slope) / (2 * h)
    assert_allclose(here.curvature, bend, rtol=1e-5, atol=1e-6)


@given(
    total=st.integers(0, 60),
    correlation=st.floats(0.001, 0.99),
    logit=st.floats(-6, 6),
)
def test_the_counts_add_up_and_have_the_mean_of_the_share(total, correlation, logit):
    counts = np.arange(total + 1)
    chance = np.exp(terms(counts, total, correlation, logit).value[0])
    assert_allclose(chance.sum(), 1, rtol=1e-8)
    share = special.expit(logit)
    assert_allclose(chance @ counts, total * share, atol=1e-7 * (1 + total))
    spread = chance @ (counts - total * share) ** 2
    alike = 1 + (total - 1) * correlation
    assert_allclose(spread, total * share * (1 - share) * alike, rtol=1e-6, atol=1e-9)


def test_without_correlation_it_is_the_binomial():
    count = np.arange(31)
    found = terms(count, 30, 1e-7, LOGITS)
    share = special.expit(LOGITS)[:, None]
    binomial = stats.binom(30, share).logpmf(count)
    # two of thirty dead agree with correlation 1e-7, and rare shares feel it most
    assert_allclose(found.value, binomial, rtol=1e-4)
    assert_allclose(found.slope, count - 30 * share, atol=1e-2)
    assert_allclose(found.curvature, 30 * share * (1 - share) + 0 * count, atol=1e-2)


@given(
    count=st.integers(0, 40),
    rest=st.integers(0, 40),
    correlation=st.floats(0.01, 0.9),
    logit=st.floats(-4, 4),
)
def test_civilians_and_others_may_change_names(count, rest, correlation, logit):
    here = terms(count, count + rest, correlation, logit)
    there = terms(rest, count + rest, correlation, -logit)
    assert_allclose(here.value, there.value, atol=1e-9)
    assert_allclose(here.slope, -there.slope, atol=1e-7)
    assert_allclose(here.curvature, there.curvature, atol=1e-7)


def test_nobody_says_nothing():
    found = terms(0, 0, 0.3, LOGITS)
    for part in found:
        assert_allclose(part, 0, atol=1e-12)


def test_one_death_says_nothing_of_the_correlation():
    by_correlation = [terms([0, 1], 1, r, LOGITS).value for r in (0.01, 0.5, 0.99)]
    for value in by_correlation[1:]:
        assert_allclose(value, by_correlation[0], atol=1e-9)

"""Sums from few points: exact for polynomials, and for the narrowest laws of counts."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.special import gammaln

from conflictstats.numerics.summation import Blocks


@given(st.integers(16, 300), st.integers(0, 31), st.integers(0, 10**9))
def test_polynomials_are_summed_exactly(length, degree, first):
    """In the unit of the block, by fractions; degree 31 is the last that must be."""
    blocks = Blocks.of(np.array([first]), np.array([length]))
    middle = Fraction(length - 1, 2)
    exact = sum(((k - middle) / length) ** degree for k in range(length))
    at = (blocks.points - float(first + middle)) / length
    found = (blocks.weights * at**degree).sum()
    assert_allclose(found, float(exact), rtol=1e-8, atol=length * 1e-9)


def test_a_higher_degree_is_not_exact():
    """Degree 64 is beyond sixteen points, so that the test above can fail."""
    blocks = Blocks.of(np.array([0]), np.array([40]))
    at = (blocks.points - 19.5) / 19.5
    exact = (((np.arange(40) - 19.5) / 19.5) ** 64).sum()
    assert abs((blocks.weights * at**64).sum() / exact - 1) > 1e-6


@pytest.mark.parametrize("last", [0.0, 15.0, 16.0, 35.0, 36.0, 12_345.6])
def test_blocks_have_no_gap_and_go_far_enough(last):
    blocks = Blocks.up_to(last)
    assert blocks.first[0] == 0
    assert_array_equal(blocks.first[1:], (blocks.first + blocks.length)[:-1])
    assert blocks.first[-1] + blocks.length[-1] > last
    assert_allclose(blocks.weights.sum(axis=1), blocks.length)
    assert (blocks.weights > 0).all()
    assert_allclose(blocks.points[0], np.arange(16), atol=1e-12)


@given(
    st.floats(0.1, 1e6),
    st.lists(st.floats(1e-4, 1 - 1e-4), min_size=1, max_size=5),
)
def test_a_poisson_law_is_summed_and_its_quantiles_found(mean, probability):
    """No posterior is narrower; scipy has the incomplete gamma function."""
    law = stats.poisson(mean)
    blocks = Blocks.up_to(float(law.ppf(1 - 1e-12)))
    log_law = blocks.points * np.log(mean) - mean - gammaln(blocks.points + 1)
    mass = blocks.weights * np.exp(log_law)
    assert_allclose(mass.sum(), 1, rtol=1e-8)
    assert_allclose((mass * blocks.points).sum(), mean, rtol=1e-8)
    found = blocks.quantiles(mass, np.array(probability))
    assert (law.cdf(found) >= np.array(probability) - 1e-7).all()
    assert (law.cdf(found - 1) <= np.array(probability) + 1e-7).all()


def test_every_number_can_be_a_point():
    blocks = Blocks.each_number(7, 40)
    assert_array_equal(blocks.points.ravel()[:40], np.arange(7, 47))
    assert_allclose(blocks.weights, 1)
    mass = np.zeros(48)
    mass[[3, 39]] = 0.25, 0.75
    asked = np.array([0.1, 0.24, 0.26, 1.0])
    found = blocks.quantiles(mass.reshape(3, 16), asked)
    assert found.tolist() == [10, 10, 46, 46]


@pytest.mark.parametrize("share", [0.03, 0.3, 0.97])
def test_modes_are_those_of_a_mixture_of_poisson_laws(share):
    """At mean * (mean + 1) / mean, so about the mean, with the shares put in."""
    blocks = Blocks.up_to(4_000.0)
    laws = [stats.poisson(mean) for mean in (200, 3_000)]
    log_law = [
        blocks.points * np.log(law.mean()) - law.mean() - gammaln(blocks.points + 1)
        for law in laws
    ]
    one, other = (blocks.weights * np.exp(each) for each in log_law)
    found = blocks.modes(share * one + (1 - share) * other)
    expected = [(200, share), (3_000, 1 - share)]
    told = [(mean, part) for mean, part in expected if part >= 0.05]
    assert_allclose(found, told, rtol=0.02)


def test_a_bend_is_not_a_mode():
    """Two laws two standard deviations apart have one mode."""
    blocks = Blocks.each_number(0, 320)
    law = stats.norm([[150]], 20).pdf(blocks.points)
    law = law + stats.norm([[190]], 20).pdf(blocks.points)
    assert len(blocks.modes(law / law.sum())) == 1

"""Bootstrap sums are tested on closed forms and against resampling by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.numerics.sampling import resampling
from conflictstats.numerics.sampling.resampling import bootstrap_sums


def test_mean_and_covariance_are_those_of_the_multinomial(rng):
    values = rng.poisson([3.0, 0.5, 8.0], (40, 3)).astype(float)
    sums = bootstrap_sums(values, 60_000, rng)
    assert_allclose(sums.mean(axis=0), values.sum(axis=0), rtol=5e-3)
    expected = len(values) * np.cov(values.T, ddof=0)
    assert_allclose(np.cov(sums.T), expected, rtol=0.05, atol=2)


def test_equal_rows_may_share_a_cell(rng):
    """Two of three rows are equal: the sum is 1 times a binomial with chance 2/3."""
    sums = bootstrap_sums(np.array([[1.0], [1.0], [0.0]]), 50_000, rng)[:, 0]
    seen = np.bincount(sums.astype(int), minlength=4) / sums.size
    assert_allclose(seen, np.array([1, 6, 12, 8]) / 27, atol=0.01)


@given(n=st.integers(1, 30), scale=st.floats(0.1, 1e6), seed=st.integers(0, 2**32 - 1))
def test_scaling_the_rows_scales_the_sums(n, scale, seed):
    values = np.arange(n, dtype=float)[:, None] + 1
    plain = bootstrap_sums(values, 5, np.random.default_rng(seed))
    scaled = bootstrap_sums(scale * values, 5, np.random.default_rng(seed))
    assert_allclose(scaled, scale * plain, rtol=1e-12)


def test_rows_stay_whole(rng):
    values = rng.normal(size=(25, 1)) @ np.array([[1.0, -2.0]])
    sums = bootstrap_sums(values, 100, rng)
    assert_allclose(sums[:, 1], -2 * sums[:, 0], rtol=1e-12)


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_pieces_do_not_change_the_law(monkeypatch, rng, at_once):
    monkeypatch.setattr(resampling, "CELLS_AT_ONCE", at_once)
    values = np.arange(4.0)[:, None]
    sums = bootstrap_sums(values, 20_000, rng)
    assert_allclose([sums.mean(), sums.var()], [6, 5], rtol=0.04)


def test_a_single_row_has_nothing_to_vary(rng):
    assert (bootstrap_sums(np.array([[3.0, 4.0]]), 50, rng) == [3, 4]).all()

"""Band storage against the same algebra on dense matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.numerics import banded

orders = st.integers(1, 12).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, n - 1), st.integers(0, 1000))
)


def dense_and_band(n, width, seed):
    """A random positive definite matrix of half bandwidth ``width``, twice."""
    draw = np.random.default_rng(seed).normal(size=(n, n))
    root = np.tril(np.triu(draw, -width))
    np.fill_diagonal(root, 1 + np.abs(np.diag(root)))
    dense = root @ root.T
    band = np.zeros((width + 1, n))
    for d in range(width + 1):
        band[d, : n - d] = np.diag(dense, -d)
    return dense, band


@given(orders)
def test_the_algebra_equals_that_of_dense_matrices(case):
    dense, band = dense_and_band(*case)
    n = len(dense)
    right = np.random.default_rng(1).normal(size=(n, 3))
    factor = banded.cholesky(band)
    root = np.linalg.cholesky(dense)
    close = {"rtol": 1e-7, "atol": 1e-7}
    assert_allclose(banded.multiply(band, right[:, 0]), dense @ right[:, 0], **close)
    assert_allclose(dense @ banded.solve(factor, right), right, **close)
    assert_allclose(dense @ banded.solve(factor, right[:, 1]), right[:, 1], **close)
    assert_allclose(root.T @ banded.solve_transposed(factor, right), right, **close)
    assert_allclose(banded.log_determinant(factor), np.linalg.slogdet(dense)[1], 1e-7)
    inverse = np.diag(np.linalg.inv(dense))
    assert_allclose(banded.variances(factor), inverse, rtol=1e-6)


@given(orders)
def test_input_is_left_alone(case):
    _, band = dense_and_band(*case)
    before, right = band.copy(), np.ones((band.shape[1], 2))
    factor = banded.cholesky(band)
    kept = factor.copy()
    banded.solve(factor, right)
    banded.solve_transposed(factor, right)
    banded.multiply(band, right[:, 0])
    assert_allclose(band, before, rtol=0)
    assert_allclose(factor, kept, rtol=0)
    assert_allclose(right, 1, rtol=0)


def test_noise_becomes_draws_with_the_inverse_as_covariance(rng):
    dense, band = dense_and_band(4, 2, 7)
    noise = rng.standard_normal((4, 200_000))
    draws = banded.solve_transposed(banded.cholesky(band), noise)
    spread = np.sqrt(np.diag(np.linalg.inv(dense)))
    wanted = np.linalg.inv(dense) / np.outer(spread, spread)
    found = np.cov(draws) / np.outer(spread, spread)
    assert_allclose(found, wanted, atol=0.015)


@pytest.mark.parametrize(
    "band", [np.array([[1.0, 1.0], [2.0, 0.0]]), np.array([[0.0]]), np.array([[-1.0]])]
)
def test_what_is_not_positive_definite_has_no_factor(band):
    assert banded.cholesky(band) is None

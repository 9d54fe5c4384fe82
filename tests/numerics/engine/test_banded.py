"""Stacks of band matrices against the same algebra on dense ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conflictstats.numerics.engine import banded

CLOSE = {"rtol": 1e-7, "atol": 1e-7}
SOLVERS = (banded.solve, banded.solve_transposed, banded.solve_lower)


def lower(full, width):
    """Lower band of symmetric or triangular matrices."""
    stack, n = full.shape[:2]
    band = np.zeros((stack, n, width))
    for d in range(min(width, n)):
        band[:, : n - d, d] = np.diagonal(full, -d, axis1=1, axis2=2)
    return band


def definite_stack(stack, n, width, seed):
    """Random positive definite matrices of that many diagonals."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(stack, n, n)) / np.sqrt(width)
    root = np.tril(np.triu(noise, 1 - width))
    j = np.arange(n)
    root[:, j, j] = 1 + np.abs(root[:, j, j])
    return root @ np.swapaxes(root, 1, 2)


shapes = st.tuples(
    st.integers(1, 4), st.integers(1, 45), st.sampled_from([1, 2, 3, 4, 9, 17, 21])
)


@settings(max_examples=40)
@given(shape=shapes, seed=st.integers(0, 1000))
def test_the_algebra_equals_that_of_dense_matrices(shape, seed):
    full = definite_stack(*shape, seed)
    stack, n, width = shape
    band = lower(full, width)
    rng = np.random.default_rng(seed + 1)
    right, many = rng.normal(size=(stack, n)), rng.normal(size=(stack, n, 3))
    factor, found = banded.cholesky(band)
    root = np.linalg.cholesky(full)
    turned = np.swapaxes(root, 1, 2)
    assert found.all()
    assert_allclose(factor, lower(root, width), **CLOSE)
    assert_allclose(full @ banded.solve(factor, many), many, rtol=1e-6, atol=1e-6)
    for solver, left in (
        (banded.solve, full),
        (banded.solve_transposed, turned),
        (banded.solve_lower, root),
    ):
        once = np.einsum("sij,sj->si", left, solver(factor, right))
        assert_allclose(once, right, rtol=1e-6, atol=1e-6)
        assert_allclose(left @ solver(factor, many), many, rtol=1e-6, atol=1e-6)
    by = np.einsum("sij,sj->si", full, right)
    assert_allclose(banded.multiply(band, right), by, **CLOSE)
    by = np.einsum("sji,sj->si", root, right)
    assert_allclose(banded.multiply_transposed(factor, right), by, **CLOSE)
    logs = np.linalg.slogdet(full)[1]
    assert_allclose(banded.log_determinant(factor), logs, **CLOSE)
    inverse = lower(np.linalg.inv(full), width)
    assert_allclose(banded.inverse_within_band(factor), inverse, rtol=1e-6, atol=1e-6)


@given(shape=shapes, other=st.sampled_from([1, 2, 5, 45]), seed=st.integers(0, 99))
def test_the_trace_of_a_product(shape, other, seed):
    stack, n, width = shape
    one = definite_stack(stack, n, width, seed)
    two = definite_stack(stack, n, min(other, n), seed + 1)
    wanted = np.einsum("sij,sji->s", one, two)
    found = banded.trace(lower(one, width), lower(two, other))
    assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


@given(shape=shapes, seed=st.integers(0, 99), data=st.data())
def test_one_matrix_that_is_not_definite_leaves_the_others_alone(shape, seed, data):
    stack, n, width = shape
    band = lower(definite_stack(*shape, seed), width)
    bad = np.array(data.draw(st.lists(st.booleans(), min_size=stack, max_size=stack)))
    row = data.draw(st.integers(0, n - 1))
    fault = data.draw(st.sampled_from([0.0, -1.0, -1e9, np.nan, np.inf]))
    spoilt = band.copy()
    spoilt[bad, row, 0] = fault
    factor, found = banded.cholesky(spoilt)
    assert_array_equal(found, ~bad)
    assert_allclose(factor[~bad], banded.cholesky(band)[0][~bad], rtol=1e-12)
    assert_array_equal(factor[bad], lower(np.tile(np.eye(n), (bad.sum(), 1, 1)), width))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("fault", [np.nan, np.inf])
def test_a_right_side_that_is_not_finite_spoils_its_own_member(solver, fault, rng):
    factor, _ = banded.cholesky(lower(definite_stack(3, 5, 3, 8), 3))
    for shape in ((3, 5), (3, 5, 2)):
        right = rng.normal(size=shape)
        wanted = solver(factor, right)
        right[1, 2] = fault
        kept, found = right.copy(), solver(factor, right)
        assert_array_equal(found[[0, 2]], wanted[[0, 2]])
        assert np.isnan(found[1]).all()
        assert_array_equal(right, kept)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_input_is_left_alone(width):
    band = lower(definite_stack(3, 7, width, 0), width)
    band[1, 2, 0] = -1
    before, right = band.copy(), np.ones((3, 7))
    factor, _ = banded.cholesky(band)
    kept = factor.copy()
    for solver in SOLVERS:
        solver(factor, right)
    banded.multiply(band, right)
    banded.multiply_transposed(factor, right)
    banded.inverse_within_band(factor)
    assert_array_equal(band, before)
    assert_array_equal(factor, kept)
    assert_array_equal(right, 1)


def test_a_factor_times_many_draws_undoes_the_solve(rng):
    factor, _ = banded.cholesky(lower(definite_stack(1, 6, 3, 4), 3))
    noise = rng.normal(size=(5, 6))
    draws = banded.solve_transposed(factor, noise.T[None])[0].T
    assert_allclose(banded.multiply_transposed(factor, draws), noise, atol=1e-12)


def test_a_nearly_singular_walk_keeps_its_variances():
    """A level of sd 5 whose steps have sd e^-8: every node has the level's variance."""
    n, weight = 400, np.exp(16.0)
    band = np.zeros((1, n, 2))
    band[0, :, 0], band[0, :-1, 1] = 2 * weight, -weight
    band[0, [0, -1], 0] = weight
    band[0, 0, 0] += 1 / 25
    factor, found = banded.cholesky(band)
    assert found.all()
    variance = banded.inverse_within_band(factor)[0, :, 0]
    assert_allclose(variance, 25 + np.arange(n) / weight, rtol=1e-4)

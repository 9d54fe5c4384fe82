"""Bands with a dense border against the same algebra on dense matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conflictstats.numerics.engine.bordered import Bordered, Vector, factorise

CLOSE = {"rtol": 1e-6, "atol": 1e-6}
shapes = st.tuples(
    st.integers(1, 3),
    st.integers(1, 24),
    st.sampled_from([1, 2, 3, 20]),
    st.integers(0, 5),
)


def cut(full, n, width):
    """Blocks of full matrices, with the entries beyond the band set to zero."""
    band = np.zeros((len(full), n, width))
    for d in range(min(width, n)):
        band[:, : n - d, d] = np.diagonal(full[:, :n, :n], -d, axis1=1, axis2=2)
    return Bordered(band, full[:, :n, n:], full[:, n:, n:])


def definite_stack(stack, n, width, effects, seed):
    """Random positive definite matrices of that shape, whole and in blocks."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(stack, n + effects, n + effects)) / np.sqrt(width)
    root = np.tril(noise)
    root[:, :n, :n] = np.triu(root[:, :n, :n], 1 - width)
    j = np.arange(n + effects)
    root[:, j, j] = 1 + np.abs(root[:, j, j])
    full = root @ np.swapaxes(root, 1, 2)
    return full, cut(full, n, width)


def vector(flat, n):
    return Vector(flat[..., :n], flat[..., n:])


def flat(vector):
    return np.concatenate(vector, axis=-1)


@settings(max_examples=40)
@given(shape=shapes, seed=st.integers(0, 1000))
def test_the_algebra_equals_that_of_dense_matrices(shape, seed):
    full, matrix = definite_stack(*shape, seed)
    _, n, width, _ = shape
    factor, found = factorise(matrix)
    assert found.all()
    right = np.random.default_rng(seed).normal(size=full.shape[:2])
    solution = flat(factor.solve(vector(right, n)))
    assert_allclose(np.einsum("sij,sj->si", full, solution), right, **CLOSE)
    assert_allclose(factor.log_determinant(), np.linalg.slogdet(full)[1], **CLOSE)
    inverse = np.linalg.inv(full)
    assert_allclose(factor.effect_covariance(), inverse[:, n:, n:], **CLOSE)
    inside = factor.inverse_within_band()
    assert_allclose(inside, cut(inverse, n, width).band, **CLOSE)


@given(shape=shapes, seed=st.integers(0, 1000))
def test_colour_and_whiten_undo_each_other(shape, seed):
    full, matrix = definite_stack(7, *shape[1:], seed)
    n = shape[1]
    factor, _ = factorise(matrix)
    noise = np.random.default_rng(seed).normal(size=(7, full.shape[1]))
    draws = factor.colour(vector(noise, n))
    assert_allclose(flat(factor.whiten(draws)), noise, **CLOSE)
    squares = np.einsum("di,dij,dj->d", flat(draws), full, flat(draws))
    assert_allclose(squares, (noise**2).sum(axis=1), **CLOSE)


@given(shape=shapes, seed=st.integers(0, 1000))
def test_slopes_in_noise_are_those_of_the_map(shape, seed):
    """The transposed map is the adjoint of the map."""
    full, matrix = definite_stack(3, *shape[1:], seed)
    n, rng = shape[1], np.random.default_rng(seed)
    factor, _ = factorise(matrix)
    noise, slope = rng.normal(size=(2, 3, full.shape[1]))
    there = (flat(factor.colour(vector(noise, n))) * slope).sum(axis=1)
    back = (flat(factor.colour_transposed(vector(slope, n))) * noise).sum(axis=1)
    assert_allclose(there, back, **CLOSE)


def test_coloured_noise_has_the_inverse_as_covariance():
    """All unit vectors at once: C C' is the inverse, without any Monte Carlo."""
    full, matrix = definite_stack(1, 6, 3, 2, 5)
    factor, _ = factorise(matrix)
    unit = np.eye(8)[None]
    found = factor.colour(Vector(unit[:, :6], unit[:, 6:]))
    columns = np.concatenate([found.path[0], found.effects[0]]).T
    assert_allclose(columns.T @ columns, np.linalg.inv(full[0]), rtol=1e-9, atol=1e-12)


@given(
    shape=shapes.filter(lambda s: s[3] > 0),
    seed=st.integers(0, 99),
    place=st.sampled_from(["band", "corner", "both"]),
    fault=st.sampled_from([-1.0, np.nan]),
)
def test_matrices_that_are_not_definite_are_named(shape, seed, place, fault):
    _, matrix = definite_stack(4, *shape[1:], seed)
    wrong = Bordered(*(part.copy() for part in matrix))
    if place != "corner":
        wrong.band[1, 0, 0] = fault
    if place != "band":
        wrong.corner[2, 0, 0] = fault
    good = np.array([True, place == "corner", place == "band", True])
    factor, found = factorise(wrong)
    assert_array_equal(found, good)
    right, _ = factorise(matrix)
    for name in ("main", "reach", "corner"):
        kept = getattr(factor, name)[good]
        assert_allclose(kept, getattr(right, name)[good], rtol=1e-12)


def test_an_indefinite_whole_with_a_definite_band_and_corner():
    """Ties stronger than what they tie: 1 - 2 * 2 < 0."""
    one = np.ones((1, 1, 1))
    _, found = factorise(Bordered(one, 2 * one, one))
    assert_array_equal(found, [False])


def test_a_singular_corner_is_no_crash():
    """Eigenvalues of zero may come out as either sign; its neighbour is indefinite."""
    corner = np.array([np.full((3, 3), 0.1), -np.eye(3), np.eye(3)])
    matrix = Bordered(np.ones((3, 2, 1)), np.zeros((3, 2, 3)), corner)
    factor, found = factorise(matrix)
    assert_array_equal(found, [False, False, True])
    assert_allclose(factor.corner[2], np.eye(3))


def test_vectors_add_and_multiply(rng):
    flats = rng.normal(size=(2, 3, 7))
    one, other = (vector(each, 5) for each in flats)
    assert_allclose(one.dot(other), (flats[0] * flats[1]).sum(axis=1))
    times = np.array([0.0, 1.0, -2.5])
    assert_allclose(flat(one.moved(other, times)), flats[0] + times[:, None] * flats[1])
    assert_array_equal(flat(one.at(np.array([2, 0]))), flats[0][[2, 0]])


@pytest.mark.parametrize("rows", [[2], [0, 2], [1, 1]])
def test_some_of_a_stack(rows):
    full, matrix = definite_stack(3, 5, 2, 2, 1)
    factor, _ = factorise(matrix)
    logs = np.linalg.slogdet(full[rows])[1]
    assert_allclose(factor.at(np.array(rows)).log_determinant(), logs)

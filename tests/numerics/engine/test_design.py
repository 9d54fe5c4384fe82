"""From fields to cells, against the matrix that does the same."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.numerics.engine.bordered import Bordered, Vector, factorise
from conflictstats.numerics.engine.design import Design, Pairs


class Case(NamedTuple):
    design: Design
    matrix: np.ndarray
    rng: np.random.Generator


def matrix_of(design):
    """Predictors of unit fields, by the definition of the design."""
    full = np.zeros((design.cells, design.nodes + design.effects))
    for j in range(design.cells):
        for node in design.node[j]:
            full[j, node] += 1
        full[j, design.nodes :] = design.border[design.row[j]]
    return full


@st.composite
def cases(draw):
    """Plain paths, or cells that share nodes and rows, or see several nodes."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    nodes, effects = draw(st.integers(1, 7)), draw(st.integers(0, 3))
    if draw(st.booleans()):
        border = rng.normal(size=(nodes, effects)) if effects else None
        design = Design.of_path(nodes, border)
        return Case(design, matrix_of(design), rng)
    cells, rows = draw(st.integers(1, 9)), draw(st.integers(1, 4))
    node = rng.integers(0, nodes, (cells, draw(st.integers(1, 3))))
    row, border = rng.integers(0, rows, cells), rng.normal(size=(rows, effects))
    design = Design(nodes, node, row, border)
    return Case(design, matrix_of(design), rng)


def some_pairs(case, stack):
    """A few ties of two cells, never one of a cell with itself."""
    first, second = np.tril_indices(case.design.cells, -1)
    kept = case.rng.random(first.size) < 0.5
    value = case.rng.normal(size=(stack, kept.sum()))
    return Pairs(first[kept], second[kept], value)


def flat(vector):
    return np.concatenate(vector, axis=-1)


def whole(dense, matrix):
    """Full matrices from their blocks."""
    top = np.concatenate([dense(matrix.band), matrix.cross], axis=2)
    below = np.concatenate([np.swapaxes(matrix.cross, 1, 2), matrix.corner], axis=2)
    return np.concatenate([top, below], axis=1)


@given(cases())
def test_predict_and_gradient_are_a_matrix_and_its_transpose(case):
    design, matrix, rng = case
    field = rng.normal(size=(2, 3, matrix.shape[1]))
    vector = Vector(field[..., : design.nodes], field[..., design.nodes :])
    assert_allclose(design.predict(vector), field @ matrix.T, atol=1e-12)
    slope = rng.normal(size=(3, design.cells))
    assert_allclose(flat(design.gradient(slope)), slope @ matrix, atol=1e-12)


@given(cases(), st.booleans())
def test_curvature_is_the_form_between_the_matrix(dense, case, tie):
    design, matrix, rng = case
    weight = rng.normal(size=(2, design.cells))
    form = np.zeros((2, design.cells, design.cells))
    j = np.arange(design.cells)
    form[:, j, j] = weight
    pairs, reach = None, design.reach(np.zeros(0, int), np.zeros(0, int))
    if tie:
        pairs = some_pairs(case, 2)
        form[:, pairs.first, pairs.second] = pairs.value
        form[:, pairs.second, pairs.first] = pairs.value
        reach = design.reach(pairs.first, pairs.second)
    for width in (reach, reach + 2):
        found = whole(dense, design.curvature(weight, pairs, width))
        assert_allclose(found, matrix.T @ form @ matrix, atol=1e-11)


@given(cases())
def test_variances_of_predictors(case):
    design, matrix, rng = case
    weight = rng.gamma(1.0, size=(2, design.cells))
    width = design.reach(np.zeros(0, int), np.zeros(0, int))
    told = design.curvature(weight, None, width)
    band, corner = told.band.copy(), told.corner + np.eye(design.effects)
    band[..., 0] += 0.5
    factor, found = factorise(Bordered(band, told.cross, corner))
    assert found.all()
    variance = design.variance(factor, factor.inverse_within_band())
    for s in range(2):
        prior = np.append(np.full(design.nodes, 0.5), np.ones(design.effects))
        precision = (matrix.T * weight[s]) @ matrix + np.diag(prior)
        covariance = matrix @ np.linalg.inv(precision) @ matrix.T
        assert_allclose(variance[s], np.diag(covariance), rtol=1e-9)


@pytest.mark.parametrize(
    ("node", "tied", "diagonals"),
    [
        ([[0], [1], [2], [3]], [], 1),
        ([[0], [1], [2], [3]], [(3, 0)], 4),
        ([[0], [0], [3], [3]], [(1, 0)], 1),
        ([[0, 2], [1, 3], [0, 0], [3, 3]], [], 3),
        ([[0, 2], [1, 3], [0, 0], [3, 3]], [(1, 0)], 4),
    ],
)
def test_the_band_reaches_from_the_first_to_the_last_node_that_is_tied(
    node, tied, diagonals
):
    design = Design(4, np.array(node), np.zeros(4, int), np.empty((1, 0)))
    first, second = np.array(tied, int).reshape(-1, 2).T
    assert design.reach(first, second) == diagonals


def test_a_path_seen_in_another_order_is_not_plain():
    design = Design(3, np.array([[0], [2], [1]]), np.zeros(3, int), np.empty((1, 0)))
    assert not design.plain
    field = Vector(np.array([1.0, 2.0, 3.0]), np.empty(0))
    assert_allclose(design.predict(field), [1, 3, 2])
    assert Design.of_path(3).plain

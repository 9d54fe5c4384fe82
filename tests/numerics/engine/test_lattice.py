"""Lattices whose fields are known polynomials of the steps."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.lattice import Lattice


def polynomial(step, coefficients):
    """All monomials up to order two of the steps."""
    x = np.concatenate([np.ones((len(step), 1)), step], axis=1)
    square = np.einsum("ka,kb->kab", x, x).reshape(len(step), -1)
    return square @ coefficients


def lattice(series, step, coefficients):
    step = np.asarray(step)
    path = polynomial(step, coefficients)
    field = Vector(path, path[:, :1])
    return Lattice(np.asarray(series), step, step.astype(float), path[:, 0], field)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_a_quadratic_field_is_extrapolated_exactly_from_its_ball(m, rng):
    """Beyond the second ring: there all the differences are at hand."""
    coefficients = rng.normal(size=((m + 1) ** 2, 4))
    everywhere = np.indices((7,) * m).reshape(m, -1).T - 3
    ball = everywhere[np.abs(everywhere).sum(axis=1) <= 2]
    known = lattice(np.zeros(len(ball), int), ball, coefficients)
    wanted = known.around(np.arange(len(ball)))
    assert_array_equal(np.abs(wanted.step).sum(axis=1), 3)
    assert len(np.unique(wanted.step, axis=0)) == len(wanted.step)
    expected = polynomial(wanted.step, coefficients)
    assert_allclose(wanted.start.path, expected, atol=1e-10)
    assert_allclose(wanted.start.effects, expected[:, :1], atol=1e-10)


def test_the_first_ring_starts_at_the_centre_of_its_own_series(rng):
    coefficients = rng.normal(size=(9, 3))
    centres = lattice([0, 1], [[0, 0], [0, 0]], coefficients)
    moved = centres._replace(field=Vector(np.array([[1.0], [2.0]]), np.zeros((2, 0))))
    wanted = moved.around(np.array([0, 1]))
    assert_array_equal(wanted.series, np.repeat([0, 1], 4))
    assert_array_equal(wanted.step[:4], [[1, 0], [0, 1], [-1, 0], [0, -1]])
    assert_array_equal(wanted.start.path[:, 0], np.repeat([1.0, 2.0], 4))


def test_a_point_reached_from_beyond_starts_where_it_was_reached_from(rng):
    """Its inner neighbours were not looked at."""
    outer = lattice([0], [[2, 3]], rng.normal(size=(9, 2)))
    wanted = outer.around(np.array([0]))
    inward = (wanted.step == [1, 3]).all(axis=1)
    assert inward.sum() == 1
    assert_array_equal(wanted.start.path[inward], outer.field.path)


def test_no_point_is_wanted_twice(rng):
    step = [[0, 0], [1, 0], [0, 1], [1, 1]]
    square = lattice([0] * 4, step, rng.normal(size=(9, 2)))
    wanted = square.around(np.arange(4))
    found = {tuple(row) for row in wanted.step.tolist()}
    assert len(found) == len(wanted.step) == 8
    assert not found & {tuple(row) for row in step}
    assert (
        not square.joined(
            Lattice(
                wanted.series, wanted.step, wanted.step + 0.0, np.zeros(8), wanted.start
            )
        )
        .around(np.arange(4))[0]
        .size
    )

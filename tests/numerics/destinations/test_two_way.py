"""Effects of two sides, against dense columns."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats.numerics.destinations.two_way import TwoWay

seeds = st.integers(0, 2**32 - 1)


def codes(rng, n, levels):
    """Codes of which each level occurs."""
    return np.unique(rng.integers(0, levels, n), return_inverse=True)[1]


@settings(max_examples=20)
@given(seeds, st.integers(1, 6), st.integers(1, 9), st.integers(1, 40))
def test_residuals_are_those_of_dense_columns(seed, few, many, n):
    rng = np.random.default_rng(seed)
    first, second = codes(rng, n, few), codes(rng, n, many)
    weight, columns = rng.gamma(2, 1, n) + 0.01, rng.normal(size=(n, 2))
    root = np.sqrt(weight)[:, None]
    dense = np.hstack(
        [np.eye(first.max() + 1)[first], np.eye(second.max() + 1)[second]]
    )
    best = np.linalg.lstsq(root * dense, root * columns)[0]
    sides = TwoWay.of(first, second)
    left = sides.residuals(weight, columns)
    np.testing.assert_allclose(left, columns - dense @ best, atol=1e-9)
    assert sides.parameters == np.linalg.matrix_rank(dense)


@settings(max_examples=20)
@given(seeds)
def test_which_side_comes_first_changes_no_residual(seed):
    rng = np.random.default_rng(seed)
    first, second = codes(rng, 30, 4), codes(rng, 30, 7)
    weight, columns = rng.gamma(2, 1, 30), rng.normal(size=(30, 1))
    one = TwoWay.of(first, second).residuals(weight, columns)
    other = TwoWay.of(second, first).residuals(weight, columns)
    np.testing.assert_allclose(one, other, atol=1e-10)


def test_effects_of_groups_that_no_pair_joins_are_found_apart():
    first, second = np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3])
    sides = TwoWay.of(first, second)
    values = np.array([[1.0], [3.0], [10.0], [20.0]])
    found = sides.effects(np.ones(4), values)
    made = found.first[first] + found.second[second]
    np.testing.assert_allclose(made, values)
    assert sides.parameters == 4

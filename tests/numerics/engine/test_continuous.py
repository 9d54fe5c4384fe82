"""Laws without gaps from grids over laws that are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from conflictstats.numerics.engine.continuous import Marginal

LAWS = {
    "normal": stats.norm(),
    "skewed": stats.gamma(9, loc=-3, scale=1 / 3),
    "log of an exponential": stats.gumbel_l(0, 0.8),
}
"""About one unit wide, with their tops near 0."""


def grid_over(law, step, drop=7.0):
    """Cells where a law's density is within the drop of its top, and one more."""
    cell = np.arange(-60, 61)
    log = np.nan_to_num(law.logpdf(step * cell), neginf=-1e3)
    reached = np.flatnonzero(log > log.max() - drop)
    kept = slice(reached[0] - 1, reached[-1] + 2)
    weight = np.exp(log[kept])
    return cell[kept], weight / weight.sum()


@pytest.mark.parametrize("step", [1.0, 1.25])
@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_law_comes_back(law, step):
    marginal = Marginal.of(*grid_over(law, step))
    for chance in (0.001, 0.01, 0.05, 0.5, 0.95, 0.99, 0.999):
        found = np.interp(law.ppf(chance) / step, marginal.where, marginal.smooth)
        assert_allclose(found, chance, rtol=0.05, atol=0.01)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_spread_draws_become_draws_of_the_law(law):
    rng = np.random.default_rng(1)
    cell, weight = grid_over(law, 1.0)
    spread = rng.choice(cell, 40_000, p=weight) + rng.uniform(-0.5, 0.5, 40_000)
    found = Marginal.of(cell, weight).matched(spread)
    assert stats.kstest(found, law.cdf).statistic < 0.015
    assert_allclose(found.std(), law.std(), rtol=0.02)


@given(
    st.lists(st.floats(-6, 0), min_size=2, max_size=12),
    st.integers(-5, 5),
)
def test_order_is_kept_and_a_shift_moves_all(log_mass, shift):
    cell, weight = np.arange(len(log_mass)), np.exp(log_mass)
    place = np.linspace(-0.5, len(log_mass) - 0.5, 50)
    found = Marginal.of(cell, weight).matched(place)
    assert (np.diff(found) >= 0).all()
    moved = Marginal.of(cell + shift, weight).matched(place + shift)
    assert_allclose(moved, found + shift, atol=1e-9)


def test_points_of_one_cell_are_added_up():
    once = Marginal.of(np.array([-1, 0, 1]), np.array([0.2, 0.6, 0.2]))
    twice = Marginal.of(np.array([-1, 0, 0, 1]), np.array([0.2, 0.5, 0.1, 0.2]))
    for one, other in zip(once, twice, strict=True):
        assert_allclose(one, other)


def test_a_lone_cell_is_normal():
    found = Marginal.of(np.zeros(3, int), np.array([0.2, 0.3, 0.5]))
    assert_allclose(
        np.interp(0.5, found.where, found.smooth), stats.norm.cdf(0.5), atol=0.002
    )
    assert_array_equal(found.edges, [-0.5, 0.5])

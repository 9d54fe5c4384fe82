"""Grid integration of densities whose integral and moments are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import special

from conflictstats.numerics.hyper import DROP, integrate


def moments(grid):
    mean = grid.weights @ grid.points
    away = grid.points - mean
    within = grid.axes @ grid.axes.T / 12
    return mean, (grid.weights[:, None] * away).T @ away + within


@settings(max_examples=25)
@given(
    centre=st.tuples(*[st.floats(-4, 4)] * 2),
    scales=st.tuples(*[st.floats(0.05, 2)] * 2),
    correlation=st.floats(-0.95, 0.95),
)
def test_a_normal_density_comes_back(centre, scales, correlation):
    """A uniform jitter inside cells adds a twelfth of a cell to the variance, and the
    cut at DROP takes off as much as it leaves: about a tenth at most.
    """
    off = correlation * scales[0] * scales[1]
    covariance = np.array([[scales[0] ** 2, off], [off, scales[1] ** 2]])
    precision = np.linalg.inv(covariance)

    def log_density(at):
        return float(-0.5 * (at - centre) @ precision @ (at - centre))

    grid = integrate(log_density, np.zeros(2))
    assert grid.complete
    exact = np.log(2 * np.pi) + 0.5 * np.linalg.slogdet(covariance)[1]
    assert_allclose(grid.log_evidence, exact, atol=0.02)
    mean, found = moments(grid)
    spread = np.sqrt(np.diag(covariance))
    assert_allclose((mean - centre) / spread, 0, atol=0.05)
    assert_allclose(
        found / np.outer(spread, spread),
        covariance / np.outer(spread, spread),
        atol=0.1,
    )


@pytest.mark.parametrize(("a", "b"), [(9.0, 1.0), (2.0, 5.0), (40.0, 40.0)])
def test_a_skewed_density_is_followed(a, b):
    """The logit of a Beta variate, whose mean and variance are digammas."""

    def log_density(at):
        return float(a * special.log_expit(at[0]) + b * special.log_expit(-at[0]))

    grid = integrate(log_density, np.array([0.3]))
    assert_allclose(grid.log_evidence, special.betaln(a, b), atol=0.03)
    mean, variance = moments(grid)
    exact_sd = np.sqrt(special.polygamma(1, a) + special.polygamma(1, b))
    exact_mean = special.digamma(a) - special.digamma(b)
    assert_allclose((mean[0] - exact_mean) / exact_sd, 0, atol=0.06)
    assert_allclose(np.sqrt(variance[0, 0]) / exact_sd, 1, atol=0.08)


def test_weights_sum_to_one_and_reach_the_drop():
    grid = integrate(lambda at: float(-0.5 * at @ at), np.ones(3))
    assert_allclose(grid.weights.sum(), 1, rtol=1e-12)
    reach = np.abs(grid.points).max(axis=0)
    assert (reach >= np.sqrt(2 * DROP) - 0.1).all()


def test_a_ridge_longer_than_the_budget_is_reported():
    """A density without an end in three directions cannot be integrated."""
    grid = integrate(lambda at: float(-1e-9 * at @ at), np.zeros(3))
    assert not grid.complete

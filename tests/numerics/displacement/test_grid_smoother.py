"""The smoother against a published oracle, a Kalman smoother and the prior."""

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from conflictstats.numerics.displacement.grid_smoother import Walk, paths, smooth

GRID = np.linspace(np.log(1e5) - 8, np.log(1e5) + 9, 2401)
WALK = Walk((np.log(1e5) + 0.3, np.sqrt(1.04)), np.full(2, 0.3), np.full(2, 0.2))
"""A first stock of 100,000 within a factor e, three steps up by .3 with sd .2 each."""


def reported(*, bound):
    """At least 150,000 at the first date, about 300,000 at the third."""
    seen = np.zeros((3, GRID.size))
    if bound:
        seen[0] = np.where(np.log(150e3) <= GRID, 0, -np.inf)
    off = (np.log(300e3) - GRID) / 0.1
    seen[2] = -0.5 * off**2 - np.log(0.1 * np.sqrt(2 * np.pi))
    return seen


def quantiles(density):
    """Quantiles at 5, 50 and 95 %, persons."""
    step = GRID[1] - GRID[0]
    reached = np.cumsum(density) * step
    return np.exp(np.interp([0.05, 0.5, 0.95], reached, GRID + step / 2))


def test_the_oracle_of_bounded_reports():
    """T8: all dates with the bound, the second without it, and both evidences."""
    found = smooth(WALK, GRID, reported(bound=True))
    oracle = [
        (153_143, 187_700, 277_686),
        (182_183, 242_171, 331_407),
        (260_412, 305_122, 357_792),
    ]
    for density, wanted in zip(found.density, oracle, strict=True):
        assert_allclose(quantiles(density), wanted, rtol=0.01)
    step = GRID[1] - GRID[0]
    mean = (found.density[1] * np.exp(GRID)).sum() * step
    assert_allclose(mean, 247_940, rtol=0.01)
    assert_allclose(found.log_evidence, -1.49195, atol=0.01)
    free = smooth(WALK, GRID, reported(bound=False))
    assert_allclose(quantiles(free.density[1]), (153_540, 219_980, 315_169), rtol=0.01)
    assert_allclose(free.log_evidence, -0.99152, atol=0.01)


def test_exact_reports_give_what_a_kalman_smoother_gives(rng):
    """Of statsmodels: means and variances to 1e-8, and the evidence."""
    length, error, sd = 30, 0.1, 0.2
    values = 12 + np.cumsum(sd * rng.standard_normal(length))
    seen_at = np.arange(length) % 3 != 1
    values = np.where(seen_at, values + error * rng.standard_normal(length), np.nan)
    model = sm.tsa.statespace.MLEModel(values, k_states=1)
    model["design"] = model["transition"] = model["selection"] = np.eye(1)
    model["obs_cov"], model["state_cov"] = error**2 * np.eye(1), sd**2 * np.eye(1)
    model.ssm.initialize_known(np.array([12.0]), np.eye(1))
    wanted = model.ssm.smooth()
    grid = np.linspace(2, 22, 1501)
    seen = np.zeros((length, grid.size))
    off = (values[seen_at, None] - grid) / error
    seen[seen_at] = -0.5 * off**2 - np.log(error * np.sqrt(2 * np.pi))
    walk = Walk((12.0, 1.0), np.zeros(length - 1), np.full(length - 1, sd))
    found = smooth(walk, grid, seen)
    step = grid[1] - grid[0]
    mean = found.density @ grid * step
    variance = found.density @ grid**2 * step - mean**2
    assert_allclose(mean, wanted.smoothed_state[0], atol=1e-8)
    assert_allclose(variance, wanted.smoothed_state_cov[0, 0], atol=1e-8)
    assert_allclose(found.log_evidence, wanted.llf, rtol=1e-8)


def test_without_reports_it_is_the_prior():
    found = smooth(WALK, GRID, np.zeros((3, GRID.size)))
    step = GRID[1] - GRID[0]
    mean = found.density @ GRID * step
    assert_allclose(mean, np.log(1e5) + 0.3 * np.arange(1, 4), atol=1e-9)
    variance = found.density @ GRID**2 * step - mean**2
    assert_allclose(variance, 1 + 0.04 * np.arange(1, 4), atol=1e-9)
    assert_allclose(found.log_evidence, 0, atol=1e-9)


def test_reports_that_cannot_both_be_true_have_no_evidence():
    seen = np.zeros((2, GRID.size))
    seen[0] = np.where(GRID > 13, 0, -np.inf)
    seen[1] = np.where(GRID < 11, 0, -np.inf)
    walk = Walk((12.0, 1.0), np.zeros(1), np.full(1, 1e-3))
    assert smooth(walk, GRID, seen).log_evidence == -np.inf


@pytest.mark.parametrize("date", [0, 1, 2])
def test_paths_have_the_marginals_and_the_steps(date, rng):
    found = smooth(WALK, GRID, reported(bound=True))
    drawn = paths(WALK, GRID, found.filtered, rng.random((1500, 3)))
    step = GRID[1] - GRID[0]
    mean = found.density[date] @ GRID * step
    sd = np.sqrt(found.density[date] @ GRID**2 * step - mean**2)
    assert abs(drawn[:, date].mean() - mean) < 4 * sd / np.sqrt(1500)
    assert_allclose(drawn[:, date].std(), sd, rtol=0.09)
    assert drawn[:, 0].min() > np.log(150e3) - step

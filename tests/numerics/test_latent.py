"""Mode, evidence and draws of a latent walk, beside KFAS, quadrature and algebra."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.numerics import banded
from conflictstats.numerics.latent import (
    RandomWalk,
    draw_paths,
    find_mode,
    log_importance,
)
from conflictstats.numerics.likelihood.negbin import NegBinReports, Terms
from conflictstats.numerics.observation import ObservationMap


def cells_of(count, offset=0.0):
    """One observation of each cell."""
    n = len(count)
    nowhere = np.empty(0, int), np.empty((0, 0))
    return ObservationMap(n, np.arange(n), np.full(n, offset), *nowhere)


def exact(count, size):
    count = np.asarray(count, float)
    return NegBinReports(count, count, np.zeros(count.size), float(size))


class Normal:
    """Gaussian observations, for which Laplace's approximation is exact."""

    def __init__(self, value, sd):
        self.value, self.sd = np.asarray(value, float), sd

    def terms(self, predictor, log_size_ratio):
        away = (self.value - predictor) / self.sd
        log_density = -0.5 * away**2 - np.log(self.sd * np.sqrt(2 * np.pi))
        return Terms(log_density, away / self.sd, np.full_like(away, self.sd**-2))

    def size_slope(self, predictor, log_size_ratio):
        return np.zeros_like(predictor)


# --- reference: KFAS on the campylobacterosis series -------------------------


@pytest.fixture
def campy(shared):
    return pd.read_csv(shared / "ts" / "campy.csv")["y"].to_numpy(float)


def diffuse(count, sigma, size):
    walk = RandomWalk(len(count), sigma, 0.0, 0.0)
    start = np.full(len(count), np.log(np.mean(count)))
    return find_mode(walk, cells_of(count), exact(count, size), start)


def test_level_and_its_sd_equal_kfas(campy, shared):
    mode = diffuse(campy, 0.21449456, 113.92282)
    assert mode.converged
    assert_allclose(mode.log_evidence, -407.258792, rtol=0, atol=1e-6)
    reference = pd.read_csv(shared / "ts" / "ref_kfas_campy_nb_local_level.csv")
    assert_allclose(mode.path, reference["level"], atol=1e-6)
    spread = np.sqrt(banded.variances(mode.factor))
    assert_allclose(spread, reference["sd"], atol=1e-5)


@pytest.mark.parametrize(
    ("size", "sigma", "expected"),
    [
        (5, 0.08100, -421.33669),
        (10, 0.10858, -411.93405),
        (20, 0.15642, -408.58166),
        (50, 0.19665, -407.38688),
    ],
)
def test_evidence_equals_kfas_at_fixed_sizes(campy, size, sigma, expected):
    """KFAS prints five decimals, of its own optimum of sigma, where it is flat."""
    assert_allclose(diffuse(campy, sigma, size).log_evidence, expected, atol=1e-5)


# --- identity ------------------------------------------------------------------


def dense_covariance(walk):
    steps = np.tril(np.ones((walk.length, walk.length)))
    variance = np.full(walk.length, walk.step_sd**2)
    variance[0] = 1 / walk.start_precision
    return steps @ np.diag(variance) @ steps.T


@settings(max_examples=30)
@given(
    n=st.integers(1, 8),
    step=st.floats(0.05, 3),
    noise=st.floats(0.1, 3),
    mean=st.floats(-3, 3),
    seed=st.integers(0, 99),
)
def test_gaussian_observations_are_solved_exactly(n, step, noise, mean, seed):
    y = np.random.default_rng(seed).normal(0, 2, n)
    walk = RandomWalk(n, step, mean, 0.3)
    mode = find_mode(walk, cells_of(y), Normal(y, noise), np.zeros(n))
    prior = dense_covariance(walk)
    total = prior + noise**2 * np.eye(n)
    law = stats.multivariate_normal(np.full(n, mean), total)
    assert mode.converged
    assert_allclose(mode.log_evidence, law.logpdf(y), rtol=1e-7, atol=1e-7)
    assert_allclose(mode.path, mean + prior @ np.linalg.solve(total, y - mean), 1e-6)
    variance = np.diag(prior - prior @ np.linalg.solve(total, prior))
    assert_allclose(banded.variances(mode.factor), variance, rtol=1e-6)


@given(seed=st.integers(0, 99), n=st.integers(1, 6))
def test_the_prior_is_the_density_of_its_walk(seed, n):
    path = np.random.default_rng(seed).normal(size=(3, n))
    walk = RandomWalk(n, 0.7, 1.5, 0.4)
    law = stats.multivariate_normal(np.full(n, 1.5), dense_covariance(walk))
    assert_allclose(walk.log_density(path), law.logpdf(path), rtol=1e-9)
    band = walk.precision(4)
    inverse = np.array([banded.multiply(band, unit) for unit in np.eye(n)])
    assert_allclose(inverse @ dense_covariance(walk), np.eye(n), atol=1e-9)


def test_importance_is_flat_where_the_approximation_is_exact(rng):
    y = rng.normal(size=12)
    walk, seen, likelihood = RandomWalk(12, 0.5, 0.0, 1.0), cells_of(y), Normal(y, 0.8)
    mode = find_mode(walk, seen, likelihood, np.zeros(12))
    paths = draw_paths(mode, 50, rng)
    assert_allclose(log_importance(mode, walk, seen, likelihood, paths), 0, atol=1e-9)


def test_importance_weights_average_to_the_evidence_that_laplace_missed(rng):
    """One cell with two deaths: E[w] is exact over approximate evidence."""
    walk, seen = RandomWalk(1, 1.0, 0.0, 0.5), cells_of([2.0])
    likelihood = exact([2.0], 0.8)
    mode = find_mode(walk, seen, likelihood, np.zeros(1))
    grid = np.linspace(-12, 12, 40_001)
    prior = stats.norm.pdf(grid, 0, np.sqrt(2))
    density = prior * stats.nbinom.pmf(2, 0.8, 0.8 / (0.8 + np.exp(grid)))
    log_evidence = np.log(density.sum() * (grid[1] - grid[0]))
    paths = draw_paths(mode, 4000, rng)
    weight = np.exp(log_importance(mode, walk, seen, likelihood, paths))
    error = weight.std() / np.sqrt(weight.size)
    missed = np.exp(log_evidence - mode.log_evidence)
    assert_allclose(weight.mean(), missed, atol=5 * error)


def test_draws_have_the_covariance_of_the_approximation(rng):
    count = rng.poisson(20, 5)
    walk = RandomWalk(5, 0.3, 0.0, 0.04)
    mode = find_mode(walk, cells_of(count), exact(count, 4.0), np.zeros(5))
    paths = draw_paths(mode, 200_000, rng)
    spread = np.sqrt(banded.variances(mode.factor))
    assert_allclose((paths.mean(axis=0) - mode.path) / spread, 0, atol=0.012)
    assert_allclose(paths.std(axis=0) / spread, 1, rtol=0.01)


@settings(max_examples=25)
@given(seed=st.integers(0, 200), shift=st.floats(-6, 6))
def test_exposure_moves_the_path_and_nothing_else(seed, shift):
    """With exposure up by e^shift and the prior moved along, the mode moves by it."""
    count = np.random.default_rng(seed).negative_binomial(0.5, 0.1, 9)
    walks = [RandomWalk(9, 0.4, mean, 0.04) for mean in (0.0, -shift)]
    plain = find_mode(walks[0], cells_of(count), exact(count, 0.5), np.zeros(9))
    moved = find_mode(walks[1], cells_of(count, shift), exact(count, 0.5), np.zeros(9))
    assert_allclose(moved.path + shift, plain.path, atol=1e-5)
    assert_allclose(moved.log_evidence, plain.log_evidence, rtol=1e-8)


# --- spans ---------------------------------------------------------------------


def fortnight():
    """Six cells seen alone, the third to fifth seen again together."""
    span = np.array([2]), np.log([[0.4, 1.0, 0.7]])
    return ObservationMap(6, np.arange(6), np.full(6, -0.3), *span)


def test_the_mode_of_spans_is_where_the_gradient_vanishes(rng):
    count = np.array([3.0, 0, 7, 2, 0, 5, 19])
    walk, likelihood = RandomWalk(6, 0.5, 0.0, 0.04), exact(count, 0.7)
    seen = fortnight()

    def height(path):
        told = likelihood.terms(*seen.predict(path)[:2]).value.sum()
        return float(told + walk.log_density(path))

    mode = find_mode(walk, seen, likelihood, np.zeros(6))
    assert mode.converged
    moves = 1e-4 * np.eye(6)
    top = height(mode.path)
    slope = [(height(mode.path + m) - height(mode.path - m)) / 2e-4 for m in moves]
    assert_allclose(slope, 0, atol=1e-4)
    assert all(height(mode.path + 30 * m) < top for m in (*moves, *-moves))
    assert mode.log_evidence < 0


def test_more_than_the_start_does_not_matter(rng):
    count = np.append(rng.negative_binomial(0.7, 0.1, 6), 40.0)
    walk, likelihood = RandomWalk(6, 0.5, 0.0, 0.04), exact(count, 0.7)
    starts = (np.zeros(6), np.full(6, 8.0), np.full(6, -8.0), rng.normal(0, 4, 6))
    modes = [find_mode(walk, fortnight(), likelihood, start) for start in starts]
    for mode in modes[1:]:
        assert_allclose(mode.path, modes[0].path, atol=1e-4)


# --- edge ----------------------------------------------------------------------


@pytest.mark.parametrize("count", [0.0, 1.0, 1e6, 1e9])
@pytest.mark.parametrize("size", [1e-2, 1.0, 1e8])
def test_one_cell_of_any_size_has_a_mode(count, size):
    walk = RandomWalk(1, 1.0, 0.0, 0.04)
    mode = find_mode(walk, cells_of([count]), exact([count], size), np.zeros(1))
    assert mode.converged
    assert np.isfinite(mode.log_evidence)
    slope = exact([count], size).terms(mode.path, np.zeros(1)).slope
    assert_allclose(slope, 0.04 * mode.path, rtol=1e-4, atol=1e-4)


def test_an_outlier_does_not_stop_the_search(rng):
    count = rng.poisson(5, 300).astype(float)
    count[150] = 1e6
    walk = RandomWalk(300, 0.1, 0.0, 0.04)
    mode = find_mode(walk, cells_of(count), exact(count, 2.0), np.zeros(300))
    assert mode.converged
    assert np.isfinite(mode.path).all()


def test_nothing_observed_gives_back_the_prior():
    nothing = ObservationMap(
        4, np.empty(0, int), np.empty(0), np.empty(0, int), np.empty((0, 0))
    )
    walk = RandomWalk(4, 0.5, 1.2, 0.04)
    mode = find_mode(walk, nothing, exact([], 1.0), np.zeros(4))
    assert_allclose(mode.path, 1.2, rtol=1e-9)
    assert_allclose(mode.log_evidence, 0, atol=1e-9)
    assert_allclose(banded.variances(mode.factor), np.diag(dense_covariance(walk)))

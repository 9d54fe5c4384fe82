"""Weighted draws against quadrature, exact normal laws, and known truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from conflictstats.numerics.engine import components, explore, posterior
from conflictstats.numerics.engine import effects as engine_effects
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.observation import Observations
from conflictstats.numerics.likelihood.poisson import Poisson

pytestmark = pytest.mark.usefixtures("unchecked")


@pytest.fixture
def drawn(walk_of_counts):
    def make(count, spread_rate, draws, seed=1):
        count = np.asarray(count, float)
        problem = walk_of_counts(count, spread_rate)
        start = Vector(np.full(count.size, np.log(count.mean() + 0.5)), np.zeros(0))
        rng, theta = np.random.default_rng(seed), np.array([-2.0, -0.5])
        return posterior.sample(problem, theta, start, draws, rng)

    return make


# --- reference ---------------------------------------------------------------------


def errors(found, exact):
    """Of means, in posterior sds, and of sds, by ratio."""
    path = found.field.path
    return (path.mean(axis=0) - exact.mean) / exact.sd, path.std(axis=0) / exact.sd


@pytest.mark.parametrize("count", [(60,), (150,), (30, 40), (150, 90)], ids=str)
def test_moderate_counts_equal_quadrature(drawn, quadrature, count):
    exact, found = quadrature(count, 40.0), drawn(count, 40.0, 40_000)
    assert found.complete
    assert found.pareto_k < 0.7
    assert_allclose(found.log_evidence, exact.log_evidence, atol=0.01)
    off, ratio = errors(found, exact)
    assert_allclose(off, 0, atol=0.02)
    assert_allclose(ratio, 1, atol=0.02)


@pytest.mark.parametrize("count", [(0,), (1,), (5,), (0, 0), (0, 3), (5, 8)], ids=str)
def test_a_count_or_two_of_unknown_size_equal_quadrature(drawn, quadrature, count):
    """So little is known that the posterior is far from Gaussian."""
    exact, found = quadrature(count, 1.0), drawn(count, 1.0, 20_000)
    assert found.pareto_k < 0.7
    off, ratio = errors(found, exact)
    assert_allclose(found.log_evidence, exact.log_evidence, atol=0.01)
    assert_allclose(off, 0, atol=0.03)
    assert_allclose(ratio, 1, atol=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("mean", "size"), [(0.5, 0.7), (8.0, 1.0), (30.0, 10.0)])
def test_thirty_cells_equal_markov_chains(drawn, markov_chains, mean, size, rng):
    """Means within 0.1 posterior sd and sds within 5 %, also where the mean count is
    below one; 2 % more are for the Monte Carlo error of either side.
    """
    level = np.log(mean) + np.cumsum(rng.normal(0, 0.15, 30))
    count = rng.poisson(rng.gamma(size, np.exp(level) / size))
    chains = markov_chains(tuple(count.tolist()), 1.0, 32_000)
    assert chains.rhat < 1.02
    found = drawn(count, 1.0, 20_000)
    sd = chains.path.std(axis=0)
    off = (found.field.path.mean(axis=0) - chains.path.mean(axis=0)) / sd
    assert_allclose(off, 0, atol=0.1)
    assert_allclose(found.field.path.std(axis=0) / sd, 1, atol=0.07)
    totals = [np.exp(path).sum(axis=1) for path in (chains.path, found.field.path)]
    exact, ours = (np.quantile(t, [0.05, 0.5, 0.95]) for t in totals)
    assert_allclose(ours, exact, rtol=0.06)


@pytest.mark.slow
def test_silence_equals_markov_chains(drawn, markov_chains):
    """Sixty cells without a death: the exact posterior leans far to the left."""
    chains = markov_chains((0,) * 60, 1.0, 32_000)
    highest = np.quantile(np.exp(chains.path).mean(axis=1), 0.95)
    path = drawn(np.zeros(60), 1.0, 4_000).field.path
    found = np.quantile(np.exp(path).mean(axis=1), 0.95)
    assert_allclose(found, highest, rtol=0.25)


def test_a_sum_over_two_cells_equals_quadrature(problem_of, told, exponential_priors):
    """Poisson: three in the first cell, twenty in both; sums of them are exact."""
    observed = Observations(
        2, np.zeros(1, int), np.zeros(1), np.array([[0, 1]]), np.zeros((1, 2))
    )
    problem = problem_of(
        told([3.0, 20.0], Poisson()),
        2,
        observed=observed,
        dispersion_scale=None,
        log_prior=exponential_priors([1.0]),
    )
    level, log_step = np.linspace(-3, 6, 301), np.linspace(-8, 2.5, 106)
    first, second = level[:, None], level
    both = np.exp(first) + np.exp(second)
    told_at = stats.poisson.logpmf(3, np.exp(first)) + stats.poisson.logpmf(20, both)
    start = stats.norm.logpdf(first, 0, 5)
    weight = np.zeros_like(both)
    for v in log_step:
        step = stats.norm.pdf(second - first, 0, np.exp(v))
        step /= step.sum(axis=1, keepdims=True) * (level[1] - level[0])
        weight += stats.expon.pdf(np.exp(v)) * np.exp(v) * step
    weight *= np.exp(told_at + start)
    area = (level[1] - level[0]) ** 2 * (log_step[1] - log_step[0])
    zero = Vector(np.full(2, 2.0), np.zeros(0))
    found = posterior.sample(
        problem, np.zeros(1), zero, 20_000, np.random.default_rng(2)
    )
    assert_allclose(found.log_evidence, np.log(weight.sum() * area), atol=0.03)
    for axis in (0, 1):
        each = weight.sum(axis=1 - axis) / weight.sum()
        mean = each @ level
        sd = np.sqrt(each @ (level - mean) ** 2)
        path = found.field.path[:, axis]
        assert_allclose((path.mean() - mean) / sd, 0, atol=0.04)
        assert_allclose(path.std() / sd, 1, atol=0.04)


def test_without_data_draws_are_from_the_prior(problem_of, told, exponential_priors):
    silent = told(np.zeros(6), high=np.full(6, np.inf))
    path = components.random_walk(6, start_mean=1.0, start_sd=2.0)
    problem = problem_of(silent, 6, path, log_prior=exponential_priors([3.0, 1.0]))
    start = Vector(np.ones(6), np.zeros(0))
    found = posterior.sample(
        problem, np.array([-1.0, 0.0]), start, 20_000, np.random.default_rng(3)
    )
    assert found.complete
    assert_allclose(found.log_evidence, 0, atol=0.02)
    exact = np.log(stats.expon.ppf([0.05, 0.25, 0.5, 0.75, 0.95]))
    for j, rate in enumerate([3.0, 1.0]):
        quantiles = np.quantile(found.theta[:, j], [0.05, 0.25, 0.5, 0.75, 0.95])
        assert_allclose(quantiles, exact - np.log(rate), atol=0.2)
    nodes = found.field.path
    assert_allclose(nodes.mean(axis=0), 1, atol=0.06)
    variance = 4 + np.arange(6) * 2 / 9
    assert_allclose(nodes.var(axis=0) / variance, 1, atol=0.05)


# --- truth -------------------------------------------------------------------------


def shares_covered(problem_of, told, exponential_priors, series, rng):
    """How often 90 % intervals hold the truth, drawn from the prior.

    Of the first and last log rate, the mean rate, and both hyperparameters.
    """
    length, rates = 20, np.array([8.0, 1.0])
    theta = np.log(rng.exponential(1 / rates, (series, 2)))
    step, size = np.exp(theta[:, :1]), np.exp(-2 * theta[:, 1:])
    moves = rng.standard_normal((series, length)) * step
    moves[:, 0] = rng.normal(1.5, 1.0, series)
    path = np.cumsum(moves, axis=1)
    chance = size / (size + np.exp(path))
    count = rng.negative_binomial(size, np.maximum(chance, 1e-12))
    prior = components.random_walk(length, start_mean=1.5, start_sd=1.0)
    many = problem_of(told(count), length, prior, log_prior=exponential_priors(rates))
    start = Vector(np.full((series, length), 1.5), np.zeros((series, 0)))
    grids = explore.explore(many, np.tile([-2.5, -0.5], (series, 1)), start)
    held = np.zeros((series, 5))
    for i, grid in enumerate(grids):
        assert grid.complete
        one = problem_of(
            told(count[i]), length, prior, log_prior=exponential_priors(rates)
        )
        found = posterior.draw(one, grid, 400, rng)
        nodes = found.field.path
        drawn = [nodes[:, 0], nodes[:, -1], np.exp(nodes).mean(axis=1), *found.theta.T]
        truth = [path[i, 0], path[i, -1], np.exp(path[i]).mean(), *theta[i]]
        low, high = np.quantile(np.array(drawn), [0.05, 0.95], axis=1)
        held[i] = (low <= truth) & (truth <= high)
    return held.mean(axis=0)


def test_intervals_hold_the_truth(problem_of, told, exponential_priors, rng):
    """Forty series: a right method leaves these limits once in a thousand runs."""
    shares = shares_covered(problem_of, told, exponential_priors, 40, rng)
    limits = stats.binom.ppf([0.0001, 0.9999], 40, 0.9) / 40
    assert (shares >= limits[0]).all()
    assert (shares <= limits[1]).all()


@pytest.mark.slow
def test_intervals_of_a_thousand_series_hold_the_truth(
    problem_of, told, exponential_priors, rng
):
    shares = shares_covered(problem_of, told, exponential_priors, 1000, rng)
    assert (shares >= 0.868).all()
    assert (shares <= 0.930).all()


# --- identity ----------------------------------------------------------------------


def test_the_same_seed_gives_the_same_draws(drawn, rng):
    count = rng.poisson(3, 40)
    one, two = (drawn(count, 1.0, 300, seed=9) for _ in range(2))
    assert_array_equal(one.field.path, two.field.path)
    assert_array_equal(one.theta, two.theta)
    other = drawn(count, 1.0, 300, seed=10)
    assert np.abs(other.field.path - one.field.path).max() > 0.1
    assert_allclose(other.log_evidence, one.log_evidence, atol=0.03)


def test_every_draw_has_its_own_hyperparameters_in_no_order(drawn, rng):
    found = drawn(rng.poisson(3, 40), 1.0, 1999)
    assert found.field.path.shape == (1999, 40)
    assert found.field.effects.shape == (1999, 0)
    assert len(np.unique(found.theta, axis=0)) == 1999
    steps = np.diff(found.field.path, axis=1).std(axis=1)
    assert stats.spearmanr(steps, found.theta[:, 0]).statistic > 0.7
    trend = stats.spearmanr(np.arange(1999), found.theta[:, 0]).statistic
    assert abs(trend) < 0.1


def test_draws_of_effects_have_the_law_of_a_regression(
    problem_of, told, exponential_priors, rng
):
    """Large counts: slopes are normal around the mode, with the inverse Hessian."""
    border = np.column_stack([np.ones(80), rng.normal(size=80)])
    count = rng.poisson(np.exp(border @ [5.0, 0.3]))
    problem = problem_of(
        told(count, Poisson()),
        80,
        components.noise(80),
        [engine_effects.FixedEffects(np.array([10.0, 10.0]))],
        border,
        dispersion_scale=None,
        log_prior=exponential_priors([100.0]),
    )
    start = Vector(np.zeros(80), np.array([5.0, 0.0]))
    found = posterior.sample(problem, np.array([-5.0]), start, 4000, rng)
    weight = np.exp(border @ [5.0, 0.3])
    covariance = np.linalg.inv((border.T * weight) @ border)
    slopes = found.field.effects
    sd = np.sqrt(np.diag(covariance))
    assert (np.abs(slopes.mean(axis=0) - [5.0, 0.3]) < 4 * sd).all()
    assert_allclose(slopes.std(axis=0) / sd, 1, atol=0.15)


@given(
    weights=st.lists(st.floats(0, 1), min_size=1, max_size=30),
    draws=st.integers(1, 500),
    seed=st.integers(0, 99),
)
def test_systematic_counts_are_within_one_of_their_share(weights, draws, seed):
    weights = np.array(weights)
    weights[0] += 1e-3
    counts = posterior.systematic(weights, draws, np.random.default_rng(seed))
    assert counts.sum() == draws
    share = draws * weights / weights.sum()
    assert (counts >= np.floor(share - 1e-9)).all()
    assert (counts <= np.ceil(share + 1e-9)).all()


# --- edge --------------------------------------------------------------------------

QUIET = np.zeros(60)
EDGES = {
    "silence": QUIET,
    "one death": np.where(np.arange(60) == 30, 1.0, 0.0),
    "a single outlier": np.where(np.arange(60) == 30, 1e6, 4.0),
    "counts of 1e9": np.full(60, 1e9),
    "a constant": np.full(60, 7.0),
    "one observation": np.array([3.0]),
    "zeros and a jump": np.repeat([0.0, 1e5], 30),
}


@pytest.mark.parametrize("name", EDGES)
def test_data_at_the_edge_give_draws_and_a_verdict(drawn, name):
    """No crash: finite draws that are complete, or said not to be."""
    found = drawn(EDGES[name], 1.0, 200)
    assert found.field.path.shape == (200, EDGES[name].size)
    assert np.isfinite(found.field.path).all()
    assert np.isfinite(found.theta).all()
    assert np.isfinite(found.log_evidence)
    assert found.complete


@pytest.mark.parametrize("name", ["a constant", "a single outlier"])
def test_data_at_the_edge_of_poisson(problem_of, told, exponential_priors, name):
    count = EDGES[name]
    prior = exponential_priors([8.0])
    problem = problem_of(
        told(count, Poisson()), count.size, dispersion_scale=None, log_prior=prior
    )
    start = Vector(np.full(count.size, np.log(count.mean())), np.zeros(0))
    found = posterior.sample(
        problem, np.array([-2.0]), start, 200, np.random.default_rng(4)
    )
    assert np.isfinite(found.field.path).all()
    assert found.complete
    if name == "a constant":
        assert_allclose(np.exp(found.field.path).mean(), 7, rtol=0.1)


def test_a_prior_that_is_no_number_is_said_to_be_incomplete(problem_of, told):
    def nowhere(theta):
        return np.full(len(theta), np.nan), np.full_like(theta, np.nan)

    problem = problem_of(told(np.ones(3)), 3, log_prior=nowhere)
    start = Vector(np.zeros(3), np.zeros(0))
    found = posterior.sample(problem, np.zeros(2), start, 50, np.random.default_rng(4))
    assert not found.complete


@pytest.mark.parametrize(
    ("level", "theta"),
    [(np.nan, [-2.0, -0.5]), (1e6, [-2.0, -0.5]), (0.0, [np.nan, -0.5])],
    ids=["no field", "far from any mode", "no hyperparameter"],
)
def test_a_search_without_any_mode_ends_with_draws_of_nothing(
    walk_of_counts, level, theta, rng
):
    problem = walk_of_counts(np.array([3.0, 0.0, 5.0]), 1.0)
    start = Vector(np.full(3, level), np.zeros(0))
    found = posterior.sample(problem, np.array(theta), start, 20, rng)
    assert not found.complete
    assert np.isnan(found.log_evidence)
    assert found.pareto_k == np.inf
    assert_array_equal(found.field.path, np.tile(problem.path.mean, (20, 1)))
    assert np.isfinite(found.theta).all()

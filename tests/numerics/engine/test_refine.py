"""Chains on the exact posterior against quadrature and against other chains."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conflictstats.numerics.engine import components, explore, posterior, refine
from conflictstats.numerics.engine import effects as engine_effects
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.observation import Observations
from conflictstats.numerics.likelihood.poisson import Poisson

pytestmark = pytest.mark.usefixtures("unchecked")


def approximated(problem, theta, level, draws=400):
    """Grid of the hyperparameters, and draws from the approximation."""
    nodes, effects = problem.design.nodes, problem.design.effects
    start = Vector(np.full((1, nodes), level), np.zeros((1, effects)))
    grid = explore.explore(problem, np.atleast_2d(theta), start)[0]
    return grid, posterior.draw(problem, grid, draws, np.random.default_rng(1))


@pytest.fixture
def refined(walk_of_counts):
    """Draws by chains from the approximation; ``spoil`` makes that a wrong one."""

    def make(count, spread_rate, draws, spoil=None, seed=2):
        problem = walk_of_counts(np.array(count, float), spread_rate)
        level = np.log(np.mean(count) + 0.5)
        grid, found = approximated(problem, [-2.0, -0.5], level)
        found = found if spoil is None else spoil(found)
        return refine.refine(problem, grid, found, draws, np.random.default_rng(seed))

    return make


def check_chains(found, draws):
    assert found.rhat < 1.03
    assert 0.5 * draws < found.ess
    assert 0.3 < found.acceptance <= 1


def check_moments(found, exact):
    """Means within four standard errors, sds of a posterior with tails in eight."""
    path, error = found.posterior.field.path, 4 / np.sqrt(found.ess)
    assert_allclose((path.mean(axis=0) - exact.mean) / exact.sd, 0, atol=error)
    assert_allclose(path.std(axis=0) / exact.sd, 1, atol=2 * error)


def test_a_count_of_unknown_size_equals_quadrature(refined, quadrature):
    """There the Gaussian approximation is in doubt: its right tail is too thin."""
    found = refined((5,), 1.0, 1_200)
    check_chains(found, 1_200)
    check_moments(found, quadrature((5,), 1.0))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "spread_rate"),
    [((60,), 40.0), ((150, 90), 40.0), ((0,), 1.0), ((1,), 1.0), ((0, 3), 1.0)],
    ids=str,
)
def test_long_chains_on_one_or_two_cells_equal_quadrature(
    refined, quadrature, count, spread_rate
):
    found = refined(count, spread_rate, 8_000)
    check_chains(found, 8_000)
    check_moments(found, quadrature(count, spread_rate))


def test_chains_leave_a_wrong_start(refined, quadrature):
    """Levels two sds too high, hyperparameters one off: nothing of it is left."""

    def spoil(found):
        field = Vector(found.field.path + 0.35, found.field.effects)
        return replace(found, field=field, theta=found.theta + 1.0)

    found = refined((30, 40), 40.0, 1_200, spoil)
    check_chains(found, 1_200)
    check_moments(found, quadrature((30, 40), 40.0))


def test_effects_and_path_of_a_regression(problem_of, told, exponential_priors, rng):
    """A level that is known by its own prior alone and by one Poisson count.

    The walk starts at zero and cannot move, so that all is in the border: the
    posterior of a level given one count, by quadrature.
    """
    still = components.random_walk(3, start_sd=1e-3)
    problem = problem_of(
        told([1.0, 0.0, 1.0], Poisson()),
        3,
        still,
        [engine_effects.FixedEffects(np.array([2.0]))],
        np.ones((3, 1)),
        dispersion_scale=None,
        log_prior=exponential_priors([1000.0]),
    )
    grid, found = approximated(problem, [-7.0], 0.0)
    refined = refine.refine(problem, grid, found, 1_200, rng)
    level = np.linspace(-12, 6, 2001)
    weight = np.exp(2 * level - 3 * np.exp(level) - level**2 / 8)
    weight /= weight.sum()
    mean = weight @ level
    sd = np.sqrt(weight @ (level - mean) ** 2)
    check_chains(refined, 1_200)
    effects, error = refined.posterior.field.effects[:, 0], 4 / np.sqrt(refined.ess)
    assert_allclose((effects.mean() - mean) / sd, 0, atol=error)
    assert_allclose(effects.std() / sd, 1, atol=2 * error)


def test_a_sum_of_cells_is_refined(problem_of, told, exponential_priors, rng):
    """Nothing but the total of two Poisson cells, which walk without steps."""
    observed = Observations(
        2, np.zeros(0, int), np.zeros(0), np.array([[0, 1]]), np.zeros((1, 2))
    )
    problem = problem_of(
        told([2.0], Poisson()),
        2,
        observed=observed,
        dispersion_scale=None,
        log_prior=exponential_priors([1000.0]),
    )
    grid, found = approximated(problem, [-7.0], 0.0)
    refined = refine.refine(problem, grid, found, 1_200, rng)
    level = np.linspace(-12, 6, 2001)
    weight = np.exp(2 * level - 2 * np.exp(level) - level**2 / 50)
    weight /= weight.sum()
    mean = weight @ level
    sd = np.sqrt(weight @ (level - mean) ** 2)
    check_chains(refined, 1_200)
    path, error = refined.posterior.field.path, 4 / np.sqrt(refined.ess)
    assert_allclose((path.mean(axis=0) - mean) / sd, 0, atol=error)
    assert_allclose(path.std(axis=0) / sd, 1, atol=2 * error)


@pytest.mark.slow
@pytest.mark.parametrize(("mean", "size"), [(0.5, 0.7), (8.0, 1.0)])
def test_thirty_low_counts_equal_other_chains(refined, markov_chains, mean, size, rng):
    """Two samplers without a line in common; 4 % are for the error of either."""
    level = np.log(mean) + np.cumsum(rng.normal(0, 0.15, 30))
    count = tuple(rng.poisson(rng.gamma(size, np.exp(level) / size)).tolist())
    chains, found = markov_chains(count, 1.0, 32_000), refined(count, 1.0, 4_000)
    assert chains.rhat < 1.02
    check_chains(found, 1_000)
    path, sd = found.posterior.field.path, chains.path.std(axis=0)
    off = (path.mean(axis=0) - chains.path.mean(axis=0)) / sd
    assert_allclose(off, 0, atol=0.08)
    assert_allclose(path.std(axis=0) / sd, 1, atol=0.05)
    theta, other = found.posterior.theta, chains.theta
    assert_allclose((theta.mean(0) - other.mean(0)) / other.std(0), 0, atol=0.1)
    assert_allclose(theta.std(axis=0) / other.std(axis=0), 1, atol=0.08)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_chains(refined):
    one, two = (refined((3, 0, 5), 1.0, 64) for _ in range(2))
    assert_array_equal(one.posterior.theta, two.posterior.theta)
    assert_array_equal(one.posterior.field.path, two.posterior.field.path)
    assert one.posterior.field.path.shape == (64, 3)
    other = refined((3, 0, 5), 1.0, 64, seed=3)
    assert np.abs(other.posterior.theta - one.posterior.theta).max() > 0.1


def test_few_draws_are_enough_to_start_from(problem_of, told, exponential_priors):
    problem = problem_of(told([4.0]), 1, log_prior=exponential_priors([8.0, 1.0]))
    grid, found = approximated(problem, [-2.0, -0.5], 1.0, draws=5)
    refined = refine.refine(problem, grid, found, 20, np.random.default_rng(1))
    assert refined.posterior.theta.shape == (20, 2)
    assert np.isfinite(refined.rhat)

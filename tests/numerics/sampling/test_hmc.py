"""The sampler on densities whose moments are known, and on one it cannot cross."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special, stats

from conflictstats.numerics.sampling import hmc

pytestmark = pytest.mark.usefixtures("unchecked")


def gaussian(mean, covariance):
    """Log density and gradient of a multivariate normal."""
    precision = np.linalg.inv(covariance)

    def target(at):
        pull = (at - mean) @ precision
        return -0.5 * (pull * (at - mean)).sum(axis=1), -pull

    return target


def log_gamma(shape):
    """Log density and gradient of independent logs of gamma variables."""
    return lambda at: ((shape * at - np.exp(at)).sum(axis=1), shape - np.exp(at))


def two_peaks(apart):
    """An even mixture of two standard normals, so far apart that nothing crosses."""

    def target(at):
        centres = np.array([-apart, apart]) / 2
        heights = -0.5 * (at - centres) ** 2
        near = special.softmax(heights, axis=1)
        value = special.logsumexp(heights, axis=1)
        return value, (near * (centres - at)).sum(axis=1, keepdims=True)

    return target


def test_a_correlated_gaussian():
    sd = np.array([1.0, 10.0, 0.1])
    correlation = np.array([[1, 0.95, -0.5], [0.95, 1, -0.3], [-0.5, -0.3, 1]])
    covariance = correlation * np.outer(sd, sd)
    mean = np.array([3.0, -20.0, 0.5])
    drawn = hmc.sample(
        gaussian(mean, covariance), mean + sd, 8000, np.random.default_rng(5)
    )
    draws = drawn.draws
    assert draws.shape == (8000, 3)
    assert_allclose((draws.mean(axis=0) - mean) / sd, 0, atol=0.05)
    assert_allclose(draws.std(axis=0) / sd, 1, atol=0.04)
    assert_allclose(np.corrcoef(draws.T), correlation, atol=0.03)
    assert drawn.rhat < 1.02
    assert 0.6 < drawn.acceptance <= 1


@pytest.mark.parametrize("shape", [np.array([0.5]), np.array([0.7, 20.0])])
def test_a_skewed_density_has_the_moments_of_the_log_gamma(shape):
    """E log G = digamma, var log G = trigamma: far from the Gaussian at the mode."""
    drawn = hmc.sample(log_gamma(shape), np.log(shape), 8000, np.random.default_rng(2))
    sd = np.sqrt(special.polygamma(1, shape))
    assert_allclose(
        (drawn.draws.mean(axis=0) - special.digamma(shape)) / sd, 0, atol=0.06
    )
    assert_allclose(drawn.draws.std(axis=0) / sd, 1, atol=0.06)
    third = special.polygamma(2, shape) / sd**3
    assert_allclose(stats.skew(drawn.draws, axis=0), third, atol=0.25)
    probability = np.exp(drawn.draws[:, 0])
    ranks = stats.gamma(shape[0]).cdf(probability)
    assert_allclose(np.quantile(ranks, [0.05, 0.5, 0.95]), [0.05, 0.5, 0.95], atol=0.02)


@pytest.mark.parametrize(("apart", "agree"), [(3.0, True), (40.0, False)])
def test_chains_that_cannot_cross_do_not_agree(apart, agree):
    drawn = hmc.sample(two_peaks(apart), np.zeros(1), 2000, np.random.default_rng(4))
    assert (drawn.rhat < 1.05) == agree


def test_the_same_stream_gives_the_same_draws_and_another_does_not():
    target, start = log_gamma(np.array([3.0, 1.0])), np.zeros(2)
    first, again, other = (
        hmc.sample(target, start, 200, np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )
    assert_array_equal(first.draws, again.draws)
    assert (first.rhat, first.acceptance) == (again.rhat, again.acceptance)
    assert (first.draws != other.draws).any()


@pytest.mark.parametrize("draws", [1, 64, 65, 130])
def test_as_many_draws_as_asked_for_and_a_diagnostic_with_them(draws):
    target = gaussian(np.zeros(2), np.eye(2))
    drawn = hmc.sample(target, np.zeros(2), draws, np.random.default_rng(3))
    assert drawn.draws.shape == (draws, 2)
    assert 1 <= drawn.rhat < 1.1


def test_no_family_starts_where_it_would_be_stuck():
    """A log gamma falls like an exponential of an exponential above its mode."""
    plan = hmc.Plan(
        chains=32,
        spread=1.0,
        stretches=(12,),
        warm_ups=(),
        last=8,
        thin=1,
        most_steps=6,
    )
    shape = np.full(30, 0.2)
    start, rng = np.log(shape), np.random.default_rng(3)
    assert hmc.sample(log_gamma(shape), start, 960, rng, plan).rhat < 1.2


def test_chains_that_move_slowly_go_on_until_draws_are_worth_what_is_wanted():
    """Paths of one step need many rounds; how many are kept says R-hat alone not."""
    plan = hmc.Plan(
        chains=32, warm_ups=(), last=10, thin=1, most_steps=1, rounds=40, enough=2.0
    )
    target = gaussian(np.zeros(20), np.eye(20))
    slow, enough = (
        hmc.sample(
            target, np.zeros(20), 600, np.random.default_rng(1), replace(plan, **more)
        )
        for more in ({}, {"effective": 500})
    )
    assert slow.effective < 400
    assert enough.effective >= 500
    assert enough.draws.shape == (600, 20)


def test_a_wall_is_not_crossed():
    """Above the wall the density cannot be computed; the chains stay below it."""

    def half_normal(at):
        with np.errstate(invalid="ignore"):
            inside = 2.0 - at[:, 0]
            value = np.where(inside > 0, -0.5 * at[:, 0] ** 2, np.nan)
        return value, -at

    drawn = hmc.sample(half_normal, np.zeros(1), 8000, np.random.default_rng(6))
    assert drawn.draws.max() < 2
    truncated = stats.truncnorm(-np.inf, 2)
    assert_allclose(drawn.draws.mean(), truncated.mean(), atol=0.05)
    assert_allclose(drawn.draws.std(), truncated.std(), atol=0.05)

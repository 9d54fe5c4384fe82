"""How the pieces of a model share out hyperparameters and data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from conflictstats.numerics.engine import components
from conflictstats.numerics.engine import effects as engine_effects
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.observation import Observations

EFFECTS = (
    engine_effects.FixedEffects(np.array([2.0, 0.5])),
    engine_effects.ScaledEffects(np.array([1.0, 0.3, 2.0])),
    engine_effects.MixedEffects(np.array([0.0, 1.5])),
)
BORDER = np.random.default_rng(4).normal(size=(5, 7))
FOUND = np.array([1, -1, 0, 0, 1])


@pytest.fixture
def full(problem_of, told):
    """Every kind of hyperparameter: 1 + (0 + 1 + 2) + 1 + 2."""
    counts = told([3.0, 0, 1, 4, 2], thinned=FOUND >= 0)
    return problem_of(counts, 5, effects=EFFECTS, border=BORDER, found=FOUND)


def test_hyperparameters_stand_in_the_order_of_the_pieces(full):
    sizes = [part.stop - part.start for part in full.parts]
    assert sizes == [1, 0, 1, 2, 1, 2]
    assert full.parts[-1].stop == 7
    assert full.shares_found == 2


@given(theta=st.tuples(*[st.floats(-2, 2)] * 7), seed=st.integers(0, 99))
def test_the_prior_of_the_field_is_that_of_its_pieces(problem_of, told, theta, seed):
    path = components.random_walk(5, start_mean=0.8, start_sd=1.5)
    problem = problem_of(told(np.ones(5)), 5, path, EFFECTS, BORDER, found=FOUND)
    theta, rng = np.array([theta]), np.random.default_rng(seed)
    field = Vector(rng.normal(size=(1, 5)), rng.normal(size=(1, 7)))
    prior = problem.field_prior(theta)
    away = Vector(field.path - path.mean, field.effects)
    found = prior.log_constant - 0.5 * away.dot(prior.pull(away))
    x, sd = field.path[0], np.exp(theta[0, 0])
    log_density = stats.norm(0.8, 1.5).logpdf(x[0])
    log_density += stats.norm(0, sd).logpdf(np.diff(x)).sum()
    rho = 1 / (1 + np.exp(-theta[0, 3]))
    mixed = rho * np.array([0, 1.5]) + 1 - rho
    spread = [2.0, 0.5, *np.exp(theta[0, 1]) * np.sqrt([1, 0.3, 2])]
    spread = np.append(spread, np.exp(theta[0, 2]) * np.sqrt(mixed))
    log_density += stats.norm(0, spread).logpdf(field.effects[0]).sum()
    assert_allclose(found, [log_density], rtol=1e-10)


def test_some_of_a_stack_of_priors(full, rng):
    theta = rng.normal(size=(4, 7))
    some, rows = full.field_prior(theta).at(np.array([2, 0])), theta[[2, 0]]
    for part, alone in zip(some, full.field_prior(rows), strict=True):
        assert_array_equal(part, alone)


def test_what_ties_cells_widens_the_band(problem_of, told):
    member = np.array([[1, 2, 4]])
    observed = Observations(
        6, np.arange(6), np.zeros(6), member, np.zeros(member.shape)
    )
    problem = problem_of(told(np.ones(7)), 6, observed=observed)
    assert problem.width == 4
    band = problem.field_prior(np.zeros((1, 2))).band
    assert band.shape == (1, 6, 4)
    assert_array_equal(band[..., 2:], 0)
    assert_array_equal(band[..., :2], problem.path.precision(np.zeros((1, 1))).band)


def test_dispersion_is_scaled_and_sums_have_a_size_of_their_own(problem_of, told):
    theta = np.array([[0.0, 0.3], [0.0, -0.7]])
    plain = problem_of(told(np.ones(4)), 4)
    eta = np.zeros((2, 4))
    seen = plain.observed.see(eta)
    assert_allclose(plain.dispersion(theta, seen), -2 * theta[:, 1:])
    member = np.array([[0, 1, 2, 3]])
    observed = Observations(4, np.arange(2), np.zeros(2), member, np.zeros((1, 4)))
    summed = problem_of(told(np.ones(3)), 4, observed=observed)
    found = summed.dispersion(theta, observed.see(eta))
    assert_allclose(found, -2 * theta[:, 1:] + np.log([1, 1, 4]))
    poisson = problem_of(told(np.ones(4)), 4, dispersion_scale=None)
    assert poisson.parts[-2] == slice(1, 1)
    assert_array_equal(poisson.dispersion(theta[:, :1], seen), np.zeros((2, 1)))


def test_each_observation_has_its_share_found(full, problem_of, told):
    theta = np.arange(14.0).reshape(2, 7)
    shares = full.found_at(theta)
    assert_array_equal(shares[:, FOUND == 0], np.tile([[5], [12]], 2))
    assert_array_equal(shares[:, FOUND == 1], np.tile([[6], [13]], 2))
    for found in (None, np.full(5, -1)):
        none = problem_of(told(np.ones(5)), 5, found=found)
        assert none.shares_found == 0
        assert_array_equal(none.found_at(theta[:, :2]), np.zeros((2, 1)))


def test_series_have_data_of_their_own(problem_of, told, rng):
    count, offset = rng.poisson(4, (3, 5)), rng.normal(size=(3, 5))
    series = problem_of(told(count), 5, observed=Observations.of_cells(5, offset))
    some = series.of_series(np.array([2, 2, 0]))
    eta, zero = rng.normal(size=(3, 5)), np.zeros((3, 1))
    seen = some.observed.see(eta)
    assert_allclose(seen.predictor, eta + offset[[2, 2, 0]])
    alone = told(count[[2, 2, 0]]).value(seen.predictor, zero, zero)
    assert_array_equal(some.likelihood.value(seen.predictor, zero, zero), alone)

"""Gradient of the evidence against differences, for every piece of a model."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from conflictstats.numerics.engine import components
from conflictstats.numerics.engine import effects as engine_effects
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.design import Design
from conflictstats.numerics.engine.evidence import gradient, settle, sway
from conflictstats.numerics.engine.mode import find_mode
from conflictstats.numerics.engine.observation import Observations
from conflictstats.numerics.engine.places import PlaceWalks
from conflictstats.numerics.engine.search import Search, Tolerance
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.numerics.likelihood.poisson import Poisson
from conflictstats.numerics.likelihood.reports import Reports

N = 12
RNG = np.random.default_rng(31)
COUNT = RNG.negative_binomial(1.5, 0.2, N).astype(float)
COVARIATES, REGIONS = RNG.normal(size=(N, 2)), RNG.normal(size=(N, 3))
FIXED = engine_effects.FixedEffects(np.array([2.0, 5.0]))
SCALED = engine_effects.ScaledEffects(np.array([1.0, 0.5, 2.0]))
MIXED = engine_effects.MixedEffects(np.array([0.0, 0.5, 2.0]))
BOTH = np.hstack([COVARIATES, REGIONS])
BASIS = np.linalg.qr(np.column_stack([np.ones(3), RNG.normal(size=(3, 2))]))[0]


def slopes_by_differences(problem, theta, mode, step=1e-3):
    """Fourth-order central differences of the evidence, shape (stack, m)."""

    def evidence(at):
        moved = find_mode(problem, at, mode.field)
        assert moved.converged.all()
        return moved.log_evidence

    columns = []
    for move in step * np.eye(theta.shape[1]):
        near = evidence(theta + move) - evidence(theta - move)
        far = evidence(theta + 2 * move) - evidence(theta - 2 * move)
        columns.append((8 * near - far) / (12 * step))
    return np.stack(columns, axis=1)


def check(problem, theta, **close):
    theta = np.atleast_2d(theta)
    nodes, effects = problem.design.nodes, problem.design.effects
    flat = Vector(np.zeros((len(theta), nodes)), np.zeros((len(theta), effects)))
    mode = find_mode(problem, theta, flat)
    wanted = slopes_by_differences(problem, theta, mode)
    found = gradient(problem, theta, mode)
    assert_allclose(found, wanted, **({"rtol": 1e-6, "atol": 1e-6} | close))
    return mode


@pytest.mark.parametrize(
    ("path", "effects", "border"),
    [
        (components.random_walk(N, start_mean=0.5, start_sd=5.0), (), None),
        (components.random_walk(N), (), None),
        (components.random_walk(N, order=2, start_sd=5.0, slope_sd=1.0), (), None),
        (components.AutoRegression(N), (FIXED,), COVARIATES),
        (components.random_walk(N, start_sd=5.0), (FIXED, SCALED), BOTH),
        (components.noise(N), (FIXED, MIXED), BOTH),
        (components.random_walk(N, start_sd=5.0), (MIXED,), REGIONS),
        (PlaceWalks(N // 3, BASIS), (), None),
        (PlaceWalks(N // 3, BASIS, np.array([0.0, 0.5, 1.5])), (FIXED,), COVARIATES),
    ],
    ids=[
        "walk",
        "diffuse walk",
        "second order",
        "autoregression",
        "walk and effects",
        "noise and BYM2",
        "walk and BYM2",
        "places",
        "smooth places",
    ],
)
def test_every_component(problem_of, told, path, effects, border):
    problem = problem_of(told(COUNT), N, path, effects, border)
    m = problem.parts[-1].stop
    theta = np.array([[-1.0, *[0.3] * (m - 2), -0.3], [-1.6, *[-0.5] * (m - 2), 0.4]])
    check(problem, theta)


def test_a_family_without_dispersion(problem_of, told):
    counts = told(COUNT, Poisson())
    check(problem_of(counts, N, dispersion_scale=None), [[-1.0], [0.5]])


def test_several_nodes_and_shared_rows(problem_of, told):
    """Each cell sees a weekly walk and a place's noise, and one row of three."""
    node = np.column_stack([np.arange(N) // 2, np.arange(N) // 2 + 1])
    design = Design(7, node, np.arange(N) % 3, REGIONS[:3])
    walk = components.random_walk(7, start_sd=5.0)
    problem = problem_of(told(COUNT), N, walk, [SCALED], design=design)
    check(problem, [[-1.0, 0.2, -0.3], [0.3, -0.8, 0.2]])


def test_cells_seen_twice_or_not_at_all(problem_of, told):
    cell = np.array([0, 3, 3, 3, 7, 11, 10, 0])
    observed = Observations.of_cells(N, RNG.normal(size=8), cell)
    check(problem_of(told(COUNT[:8]), N, observed=observed), [[-1.0, 0.3]])


def test_shares_found(problem_of, told):
    """Two bodies that count some of the dead, beside cells where all are counted."""
    found = np.array([0, 1, -1] * 4)
    problem = problem_of(told(COUNT, thinned=found >= 0), N, found=found)
    check(problem, [[-1.0, 0.3, 0.8, -0.4], [0.2, -0.5, -1.0, 2.0]])


def test_intervals(problem_of, told):
    """Ranges, 'at least' and 'up to', wide and narrow."""
    low = np.where(np.arange(N) % 4 == 1, 0, COUNT)
    high = np.where(np.arange(N) % 3 == 0, np.inf, low + np.array([0, 10, 200] * 4))
    check(problem_of(told(low, high=high), N), [[-1.0, 0.3], [0.0, -0.6]])


def test_weighted_sets_of_intervals(problem_of):
    """A floor: the count itself with chance pi, else anything from it up."""
    low, high = np.repeat(COUNT, 2), np.repeat(COUNT, 2)
    high[1::2] = np.inf
    weight = np.tile(np.log([0.7, 0.1]), N)
    reading = Reading(
        low, high, np.zeros(2 * N, bool), np.repeat(np.arange(N), 2), weight
    )
    check(problem_of(Reports(NegBin(), reading), N), [[-1.0, 0.3], [-0.5, 0.0]])


def test_weights_with_the_share_found(problem_of):
    low, high = np.repeat(COUNT, 2), np.repeat(COUNT, 2)
    high[1::2] = np.inf
    reading = Reading(
        low,
        high,
        np.zeros(2 * N, bool),
        np.repeat(np.arange(N), 2),
        np.tile([0.0, -3.0], N),
        np.tile([[1.0, 0.0], [0.0, 1.0]], (N, 1)),
    )
    found = np.zeros(N, int)
    problem = problem_of(Reports(NegBin(), reading), N, found=found)
    check(problem, [[-1.0, 0.3, 0.5], [-0.5, 0.0, -1.2]])


def test_sums_over_cells_of_several_places(problem_of, told):
    """In both directions of the grid, so that far nodes are tied.

    Here both sides are differences, of modes that are known to about 1e-8.
    """
    observed = Observations(
        N,
        np.arange(N),
        np.zeros(N),
        np.array([[0, 3, 6, 9], [1, 2, 4, 5]]),
        np.log([[1.0, 1.0, 1.0, 0.5], [0.3, 1.0, 1.0, 1.0]]),
    )
    counts = told(np.append(COUNT, [21.0, 9.0]))
    problem = problem_of(counts, N, PlaceWalks(N // 3, BASIS), observed=observed)
    check(problem, [[-1.0, -0.7, 0.3], [-0.5, 0.2, -0.2]], rtol=1e-4, atol=1e-4)


def test_a_stack_of_series(problem_of, told, flat_fields):
    count = RNG.negative_binomial(1, 0.2, (3, N))
    many = problem_of(told(count), N)
    theta = np.array([[-1.0, 0.3], [-0.2, -0.3], [-2.0, 0.0]])
    together = gradient(many, theta, find_mode(many, theta, flat_fields(many, 3)))
    for i, row in enumerate(count):
        one, at = problem_of(told(row), N), theta[i : i + 1]
        alone = gradient(one, at, find_mode(one, at, flat_fields(one)))
        assert_allclose(together[i], alone[0], rtol=1e-6, atol=1e-7)


def test_series_with_sums(problem_of, told, flat_fields):
    """Differences move every series with its own data."""
    count = RNG.negative_binomial(1, 0.2, (2, N + 1))
    week = Observations(
        N, np.arange(N), np.zeros(N), np.arange(2, 6)[None], np.zeros((1, 4))
    )
    many = problem_of(told(count), N, observed=week)
    theta = np.array([[-1.0, 0.3], [-0.2, -0.3]])
    together = gradient(many, theta, find_mode(many, theta, flat_fields(many, 2)))
    for i, row in enumerate(count):
        one = problem_of(told(row), N, observed=week)
        mode = find_mode(one, theta[i : i + 1], flat_fields(one))
        wanted = slopes_by_differences(one, theta[i : i + 1], mode)
        assert_allclose(together[i], wanted[0], rtol=1e-4, atol=1e-4)


def test_sway_is_the_pull_of_the_log_determinant(problem_of, told):
    """H sway is the gradient of log |H| in the field, here by differences."""
    border = COVARIATES
    walk = components.random_walk(N, start_sd=5.0)
    problem = problem_of(told(COUNT), N, walk, [FIXED], border)
    theta = np.array([[-1.0, 0.3]])
    mode = find_mode(problem, theta, Vector(np.zeros((1, N)), np.zeros((1, 2))))
    count, step = N + 2, 1e-4
    stack = np.tile(theta, (2 * count, 1))
    search = Search(problem, stack, problem.field_prior(stack))
    moves = step * np.concatenate([np.eye(count), -np.eye(count)])
    field = Vector(mode.field.path + moves[:, :N], mode.field.effects + moves[:, N:])
    factor, _ = search.factor(search.look(field))
    up, down = factor.log_determinant().reshape(2, count)
    slope = (up - down) / (2 * step)
    pull = mode.factor.solve(Vector(slope[None, :N], slope[None, N:]))
    found = sway(problem, theta, mode).field
    assert_allclose(found.path, pull.path, rtol=1e-5, atol=1e-7)
    assert_allclose(found.effects, pull.effects, rtol=1e-5, atol=1e-7)


def test_the_first_order_mean_is_nearer_to_the_mean_than_the_mode(problem_of, told):
    """One cell with one death, whose posterior leans to the left, by quadrature."""
    problem = problem_of(told([1.0]), 1)
    theta = np.array([[0.0, -0.5]])
    mode = find_mode(problem, theta, Vector(np.zeros((1, 1)), np.zeros((1, 0))))
    level = np.linspace(-25, 15, 4001)[:, None]
    zero = np.zeros(())
    told_at = problem.likelihood.value(level, np.ones(()), zero)[:, 0]
    weight = np.exp(told_at - 0.5 * (level[:, 0] / 5) ** 2)
    mean = weight @ level[:, 0] / weight.sum()
    centre = mode.field.path[0, 0] - 0.5 * sway(problem, theta, mode).field.path[0, 0]
    assert abs(centre - mean) < 0.5 * abs(mode.field.path[0, 0] - mean)


def test_hyperparameters_at_their_limits_have_finite_slopes(
    problem_of, told, flat_fields
):
    problem = problem_of(told(COUNT), N)
    theta = np.array([[-12.0, -12.0], [-12.0, 0.0], [12.0, 12.0], [0.0, -12.0]])
    mode = find_mode(problem, theta, flat_fields(problem, 4))
    slope = gradient(problem, theta, mode)
    assert np.isfinite(slope[mode.converged]).all()
    assert mode.converged[[0, 1, 3]].all()
    rounded = 2e-16 * np.exp(24)
    assert_allclose(slope[[0, 1], 0], 0, atol=4 * rounded)
    assert_allclose(slope[[0, 3], 1], 0, atol=1e-6)


def test_a_step_that_is_left_is_worked_out(problem_of, told, flat_fields):
    """The error of the evidence falls with the square of the distance from the mode."""
    theta, wave = np.array([[-1.0, 0.3]]), np.sin(np.arange(N))[None]
    problem = problem_of(told(COUNT), N)
    mode = find_mode(problem, theta, flat_fields(problem, level=1.0))
    exact, spread = settle(problem, theta, mode)
    assert_allclose(exact, mode.log_evidence, atol=1e-9)
    errors = []
    for far in (0.02, 0.01):
        start = Vector(mode.field.path + far * wave, mode.field.effects)
        rough = find_mode(problem, theta, start, Tolerance(1.0, 1.0))
        assert_allclose(rough.field.path, start.path, rtol=0)
        log_evidence, near = settle(problem, theta, rough)
        errors.append(np.abs(log_evidence - exact)[0])
        away = (near.mean - spread.mean) / np.sqrt(spread.variance)
        assert np.abs(away).max() < far / 10
    assert_allclose(errors[0], 4 * errors[1], rtol=0.2)
    assert errors[0] < 1e-3

"""Grids over densities whose integral and moments are known.

Where nothing is observed the evidence is one, so that the grid is over the prior.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special

from conflictstats.numerics.engine import explore
from conflictstats.numerics.engine import grid as grid_module
from conflictstats.numerics.engine import survey as survey_module
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.grid import COARSE, FINE
from conflictstats.numerics.engine.observation import Observations
from conflictstats.numerics.engine.survey import FARTHEST, Survey

STANDARD = np.zeros(2), np.eye(2)


@pytest.fixture(scope="module")
def law_of(problem_of, told):
    """A model of one to four hyperparameters whose posterior is its prior."""

    def make(log_prior, m):
        rest = {1: {"dispersion_scale": None}, 2: {}}.get(
            m, {"found": np.arange(m - 2)}
        )
        silent = told(np.zeros(max(m - 2, 1)), high=np.full(max(m - 2, 1), np.inf))
        observed = Observations.of_cells(2, cell=np.zeros(max(m - 2, 1), int))
        return problem_of(silent, 2, log_prior=log_prior, observed=observed, **rest)

    return make


@pytest.fixture(scope="module")
def grid_of(law_of):
    def make(log_prior, start, mesh=FINE):
        start = np.atleast_2d(start)
        nodes = Vector(np.zeros((len(start), 2)), np.zeros((len(start), 0)))
        problem = law_of(log_prior, start.shape[1])
        return explore.explore(problem, start, nodes, mesh)[0]

    return make


def normal(centre, covariance):
    precision = np.linalg.inv(covariance)

    def log_prior(theta):
        pull = (theta - centre) @ precision
        return -0.5 * (pull * (theta - centre)).sum(axis=1), -pull

    return log_prior


def logit_of_beta(a, b):
    def log_prior(theta):
        value = a * special.log_expit(theta) + b * special.log_expit(-theta)
        return value[:, 0], a * special.expit(-theta) - b * special.expit(theta)

    return log_prior


def moments(grid):
    mean = grid.weights @ grid.points
    away = grid.points - mean
    return mean, (grid.weights[:, None] * away).T @ away


@pytest.mark.parametrize(("mesh", "close"), [(FINE, 0.05), (COARSE, 0.1)])
@settings(max_examples=12)
@given(
    centre=st.tuples(*[st.floats(-4, 4)] * 2),
    scales=st.tuples(*[st.floats(0.05, 2)] * 2),
    correlation=st.floats(-0.95, 0.95),
)
def test_a_normal_law_comes_back(grid_of, centre, scales, correlation, mesh, close):
    """The cut at the drop takes off some variance: less than a twentieth, or a tenth.

    The climb ends where the slope is below the steepest that the mesh allows.
    """
    spread = np.array(scales)
    tie = np.array([[1, correlation], [correlation, 1]])
    covariance = tie * np.outer(spread, spread)
    grid = grid_of(normal(np.array(centre), covariance), np.zeros(2), mesh)
    assert grid.complete
    exact = np.log(2 * np.pi) + 0.5 * np.linalg.slogdet(covariance)[1]
    assert_allclose(grid.log_evidence, exact, atol=close / 2)
    farthest = 1.1 * mesh.steepest * max(1.0, *scales) * max(scales)
    assert_allclose(grid.points[0], centre, atol=farthest)
    mean, found = moments(grid)
    assert_allclose((mean - centre) / spread, 0, atol=0.05)
    assert_allclose(found / np.outer(spread, spread), tie, atol=close)


@pytest.mark.parametrize(("a", "b"), [(9.0, 1.0), (2.0, 5.0), (40.0, 40.0)])
def test_a_skewed_law_is_followed(grid_of, a, b):
    """The logit of a Beta variate, whose mean and variance are digammas."""
    grid = grid_of(logit_of_beta(a, b), np.array([0.3]))
    assert_allclose(grid.log_evidence, special.betaln(a, b), atol=0.02)
    mean, variance = moments(grid)
    exact_sd = np.sqrt(special.polygamma(1, a) + special.polygamma(1, b))
    exact_mean = special.digamma(a) - special.digamma(b)
    assert_allclose((mean[0] - exact_mean) / exact_sd, 0, atol=0.04)
    assert_allclose(np.sqrt(variance[0, 0]) / exact_sd, 1, atol=0.05)


def test_a_bent_ridge_is_climbed_and_followed(grid_of):
    """A standard normal whose second coordinate is moved by the square of the first."""

    def banana(theta):
        first, second = theta.T
        rest = second - 0.7 * first**2
        slope = np.stack([-first + 1.4 * first * rest, -rest], axis=1)
        return -0.5 * (first**2 + rest**2), slope

    grid = grid_of(banana, np.array([2.5, 0.0]))
    assert grid.complete
    assert_allclose(grid.points[0], 0, atol=0.05)
    assert_allclose(grid.log_evidence, np.log(2 * np.pi), atol=0.05)
    mean, covariance = moments(grid)
    assert_allclose(mean, [0, 0.7], atol=0.06)
    assert_allclose(covariance, [[1, 0], [0, 1 + 2 * 0.49]], atol=0.15)


@pytest.mark.parametrize("m", [3, 4, 5])
def test_points_scattered_over_a_normal_law_carry_its_moments(grid_of, m, rng):
    """Quasi-random points of 32 m: a few hundredths of a standard deviation."""
    root = np.tril(rng.normal(0, 0.3, (m, m)), -1) + np.diag(rng.uniform(0.3, 2, m))
    covariance, centre = root @ root.T, rng.normal(0, 1, m)
    cloud = grid_of(normal(centre, covariance), np.zeros(m))
    assert cloud.complete
    exact = 0.5 * np.linalg.slogdet(2 * np.pi * covariance)[1]
    assert_allclose(cloud.log_evidence, exact, atol=0.1)
    mean, found = moments(cloud)
    sd = np.sqrt(np.diag(covariance))
    assert_allclose(mean / sd, centre / sd, atol=0.1)
    assert_allclose(found / np.outer(sd, sd), covariance / np.outer(sd, sd), atol=0.2)


def test_points_scattered_over_a_skewed_law_follow_it(grid_of):
    """Logits of independent Beta laws, one of them skewed."""
    laws = [(9.0, 1.0), (2.0, 5.0), (40.0, 40.0)]

    def density(theta):
        each = [logit_of_beta(a, b)(theta[:, [i]]) for i, (a, b) in enumerate(laws)]
        return sum(value for value, _ in each), np.concatenate(
            [slope for _, slope in each], axis=1
        )

    cloud = grid_of(density, np.full(3, 0.3))
    exact = sum(special.betaln(a, b) for a, b in laws)
    assert_allclose(cloud.log_evidence, exact, atol=0.1)
    mean, variance = moments(cloud)
    for i, (a, b) in enumerate(laws):
        sd = np.sqrt(special.polygamma(1, a) + special.polygamma(1, b))
        centre = special.digamma(a) - special.digamma(b)
        assert_allclose((mean[i] - centre) / sd, 0, atol=0.1)
        assert_allclose(np.sqrt(variance[i, i]) / sd, 1, atol=0.1)


def test_points_scattered_over_a_bent_ridge_find_its_arms(grid_of):
    """A normal law of four, the second moved by the first's square.

    Three standard errors of as many independent draws as the points are worth.
    """

    def banana(theta):
        first, second, *others = theta.T
        rest = second - 0.7 * first**2
        value = -0.5 * (first**2 + rest**2 + sum(other**2 for other in others))
        bent = [-first + 1.4 * first * rest, -rest, *(-other for other in others)]
        return value, np.stack(bent, axis=1)

    cloud = grid_of(banana, np.array([1.5, 0.0, 0.5, -0.5]))
    assert cloud.complete
    assert_allclose(cloud.log_evidence, 2 * np.log(2 * np.pi), atol=0.1)
    mean, covariance = moments(cloud)
    exact = np.array([1, 1 + 2 * 0.49, 1, 1])
    effective = 1 / (cloud.weights**2).sum()
    assert effective > 48 * 4
    errors = 3 * np.sqrt(exact / effective)
    assert (np.abs(mean - [0, 0.7, 0, 0]) < errors).all()
    assert_allclose(np.diag(covariance), exact, rtol=0.3)


@pytest.mark.parametrize("m", [1, 2])
def test_weights_sum_to_one_and_reach_the_drop(grid_of, m):
    grid = grid_of(normal(np.ones(m), np.eye(m)), np.zeros(m))
    assert_allclose(grid.weights.sum(), 1, rtol=1e-12)
    reach = np.abs(grid.points - 1).max(axis=0)
    assert (reach >= np.sqrt(2 * grid.mesh.drop) - 0.1).all()
    assert_allclose(np.linalg.norm(grid.axes, axis=0), grid.mesh.step, rtol=0.01)


def test_a_flat_density_ends_at_the_walls(grid_of):
    """The walls are reached, by a grid and by scattered points.

    A cell is an eighth of the way from wall to wall: the widest that is allowed.
    """

    def flat(theta):
        return np.zeros(len(theta)), np.zeros_like(theta)

    line = grid_of(flat, np.zeros(1))
    assert line.complete
    assert_allclose(line.log_evidence, np.log(2 * FARTHEST), atol=1 / 8)
    cloud = grid_of(flat, np.zeros(4))
    assert cloud.complete
    assert_allclose(cloud.log_evidence, 4 * np.log(2 * FARTHEST), atol=0.1)


def test_a_top_far_off_is_held_at_the_wall(grid_of):
    grid = grid_of(normal(np.array([40.0]), np.eye(1)), np.zeros(1))
    assert np.abs(grid.points[0] - FARTHEST) < 0.5
    assert np.isfinite(grid.log_evidence)


def test_a_density_that_cannot_be_computed_is_flagged(grid_of):
    def nowhere(theta):
        return np.full(len(theta), np.nan), np.full_like(theta, np.nan)

    grid = grid_of(nowhere, np.zeros(2))
    assert not grid.complete
    assert_array_equal(grid.weights, [1.0])


def test_series_in_lockstep_are_as_if_alone(problem_of, told, exponential_priors, rng):
    count = rng.negative_binomial(1, 0.2, (4, 15))
    count[2] = 0
    prior = exponential_priors([8.0, 1.0])
    theta, start = np.tile([-2.0, -0.3], (4, 1)), np.zeros((4, 15))
    many = problem_of(told(count), 15, log_prior=prior)
    together = explore.explore(many, theta, Vector(start, np.zeros((4, 0))))
    for row, found in zip(count, together, strict=True):
        one = problem_of(told(row), 15, log_prior=prior)
        flat = Vector(start[:1], np.zeros((1, 0)))
        alone = explore.explore(one, theta[:1], flat)[0]
        assert found.complete
        assert len(found.points) == len(alone.points)
        assert_allclose(found.log_evidence, alone.log_evidence, atol=1e-5)
        assert_allclose(found.points, alone.points, atol=1e-3)
        assert_allclose(found.fields.path, alone.fields.path, atol=1e-2)


def test_a_stack_that_is_cut_gives_the_same(
    problem_of, told, exponential_priors, rng, monkeypatch
):
    count = rng.negative_binomial(1, 0.2, (5, 8))
    series = problem_of(told(count), 8, log_prior=exponential_priors([8.0, 1.0]))
    survey = Survey(series)
    theta, rows = rng.normal(-1, 0.3, (7, 2)), np.array([4, 0, 1, 1, 2, 3, 0])
    start = Vector(np.zeros((7, 8)), np.zeros((7, 0)))
    whole = survey.look(theta, rows, start, slopes=True)
    monkeypatch.setattr(survey_module, "LARGEST_WORK", 60)
    parts = survey.look(theta, rows, start, slopes=True)
    assert_allclose(parts.value, whole.value, rtol=1e-12)
    assert_allclose(parts.slope, whole.slope, rtol=1e-8, atol=1e-9)
    assert_allclose(parts.field.path, whole.field.path, atol=1e-10)


def test_the_slope_of_the_density_is_that_of_evidence_and_prior(
    problem_of, told, exponential_priors, rng
):
    counts = told(rng.negative_binomial(1, 0.2, 10))
    series = problem_of(counts, 10, log_prior=exponential_priors([8.0, 1.0]))
    survey, step = Survey(series), 1e-4
    theta = np.array([[-1.5, 0.2], [-0.3, -12.2]])
    moves = step * np.concatenate([np.zeros((1, 2)), np.eye(2), -np.eye(2)])
    points = (theta[:, None] + moves).reshape(-1, 2)
    flat = Vector(np.full((10, 10), 1.0), np.zeros((10, 0)))
    found = survey.look(points, np.zeros(10, int), flat, slopes=True)
    value, slope = found.value.reshape(2, 5), found.slope.reshape(2, 5, 2)[:, 0]
    rise = (value[:, 1:3] - value[:, 3:]) / (2 * step)
    assert_allclose(slope, rise, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("most", [1, 5, 9])
def test_a_law_of_more_points_than_are_kept_is_said_to_be_incomplete(
    problem_of, told, monkeypatch, most
):
    """Also where no point is left to look at before the border is reached."""
    monkeypatch.setattr(grid_module, "MOST_POINTS", most)
    told_between = told(np.zeros(2), high=np.full(2, 3.0))
    problem = problem_of(told_between, 2, log_prior=normal(*STANDARD))
    start = Vector(np.zeros((1, 2)), np.zeros((1, 0)))
    grid = explore.explore(problem, np.zeros((1, 2)), start, FINE)[0]
    assert not grid.complete
    assert len(grid.points) >= most

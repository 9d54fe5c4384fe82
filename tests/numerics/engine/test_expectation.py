"""Gaussians with the moments of the reports: bounds that are wide and hard."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import special

from conflictstats.numerics.engine import posterior
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.components import random_walk
from conflictstats.numerics.engine.expectation import nearest
from conflictstats.numerics.engine.explore import explore
from conflictstats.numerics.engine.mode import find_mode
from conflictstats.numerics.engine.proposal import Proposal
from conflictstats.numerics.likelihood.gaussian import Gaussian
from conflictstats.numerics.likelihood.poisson import Poisson

pytestmark = pytest.mark.usefixtures("unchecked")
AT = np.array([[np.log(0.3)]])


@pytest.fixture
def bounded(problem_of, told, exponential_priors):
    """Poisson counts of a walk, of which only bounds are known."""

    def make(low, high):
        return problem_of(
            told(low, Poisson(), np.asarray(high)),
            len(low),
            dispersion_scale=None,
            log_prior=exponential_priors([1.0]),
        )

    return make


def exact_law(low, high):
    """Log rates of one cell, start N(0, 5^2), and their log density with the bound."""
    eta = np.linspace(-20, 20, 20_001)
    below = special.pdtr(low - 1, np.exp(eta)) if low > 0 else 0 * eta
    inside = np.maximum(special.pdtr(high, np.exp(eta)) - below, 1e-300)
    return eta, np.log(inside) - 0.5 * (eta / 5) ** 2 - np.log(5 * np.sqrt(2 * np.pi))


@pytest.mark.parametrize(
    ("low", "high"), [(1000, 8000), (20_000, 30_000), (0, 3), (5, 5)], ids=str
)
def test_a_lone_bound_equals_quadrature(bounded, flat_fields, low, high):
    problem = bounded([float(low)], [float(high)])
    start = flat_fields(problem, level=np.log(high))
    mode = find_mode(problem, AT, start)
    grid = explore(problem, AT, start)[0]
    proposal = Proposal.at(problem, grid).nearest()
    found = proposal.draw(20_000, np.random.default_rng(1))
    weight = np.exp(found.log_weight - found.log_weight.max())
    path = found.field.path[:, 0]
    mean = np.average(path, weights=weight)
    sd = np.sqrt(np.average((path - mean) ** 2, weights=weight))
    gain = special.logsumexp(found.log_weight) - np.log(path.size)
    eta, log_joint = exact_law(low, high)
    cell = eta[1] - eta[0]
    log_evidence = special.logsumexp(log_joint) + np.log(cell)
    exact = np.exp(log_joint - log_evidence) * cell
    assert_allclose(proposal.grid.log_evidence + gain, log_evidence, atol=0.02)
    assert_allclose(mean, exact @ eta, atol=0.03 * sd)
    assert_allclose(sd, np.sqrt(exact @ (eta - exact @ eta) ** 2), rtol=0.03)
    spread = np.exp(-0.5 * proposal.laws.log_determinant)
    assert (spread < 1.05 * sd).all()
    near = nearest(problem, AT, mode)
    assert_allclose(near.log_evidence, log_evidence, atol=0.02)
    assert_allclose(near.field.path[0, 0], exact @ eta, atol=0.03 * sd)


@given(st.floats(-3, 3), st.floats(0.2, 3))
def test_of_a_normal_law_it_is_the_law(normal_data, problem_of, flat_fields, value, sd):
    problem = problem_of(normal_data([value, 0.0], sd), 2, dispersion_scale=None)
    theta = np.zeros((1, 1))
    mode = find_mode(problem, theta, flat_fields(problem))
    near = nearest(problem, theta, mode)
    assert_allclose(near.field.path, mode.field.path, atol=1e-9)
    assert_allclose(near.factor.log_determinant(), mode.factor.log_determinant())
    assert_allclose(near.log_evidence, mode.log_evidence, atol=1e-9)


@pytest.mark.parametrize("step", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("scatter", [0.01, 0.5])
def test_the_chance_of_a_quadrant(problem_of, told, flat_fields, step, scatter):
    """A walk of two, measured above 0 twice: 1/4 + arcsin(correlation) / (2 pi).

    Two sharp bounds on nearly the same number are the worst case, .05; the mode's
    curvature misses sharp bounds by more than .5.
    """
    above = told(np.zeros(2), Gaussian(), np.full(2, np.inf))
    walk = random_walk(2, start_sd=1.0)
    problem = problem_of(above, 2, path=walk, dispersion_scale=1.0)
    theta = np.log([[step, scatter]])
    mode = find_mode(problem, theta, flat_fields(problem))
    near = nearest(problem, theta, mode)
    variance = 1 + scatter**2, 1 + step**2 + scatter**2
    chance = 0.25 + np.arcsin(1 / np.sqrt(np.prod(variance))) / (2 * np.pi)
    worst = 0.06 if step < 1 and scatter < 0.1 else 0.015
    assert_allclose(near.log_evidence, np.log(chance), atol=worst)
    if scatter < 0.1:
        assert np.abs(mode.log_evidence - np.log(chance)) > 0.5


@pytest.fixture
def wide(bounded):
    """Twenty days, each somewhere between eight hundred and sixteen hundred."""
    return bounded(np.full(20, 800.0), np.full(20, 1600.0))


def test_the_mode_alone_knows_nothing_of_far_edges(wide, flat_fields):
    mode = find_mode(wide, AT, flat_fields(wide, level=7.0))
    near = nearest(wide, AT, mode)
    steps, middle = (m.factor.solve(unit(wide)).path[0, 10] for m in (mode, near))
    assert steps > 3 * middle


def test_wide_bounds_of_many_days_are_drawn_without_doubt(wide, flat_fields):
    rng, start = np.random.default_rng(1), flat_fields(wide, level=7.0)
    flat = type(start)(start.path[0], start.effects[0])
    found = posterior.sample(wide, np.array([-2.0]), flat, 2_000, rng)
    assert found.pareto_k < 0.7
    rate = np.exp(found.field.path)
    assert ((rate > 700) & (rate < 1750)).mean() > 0.99
    assert (rate.min(axis=0) < 950).all()
    assert (rate.max(axis=0) > 1450).all()


def unit(problem):
    """One for the eleventh node, 0 for the others."""
    path = np.zeros((1, problem.design.nodes))
    path[0, 10] = 1.0
    return Vector(path, np.zeros((1, 0)))

"""Moments without draws against exact normal laws and quadrature."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special, stats

from conflictstats.numerics.engine import components, survey
from conflictstats.numerics.engine import effects as engine_effects
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.explore import explore
from conflictstats.numerics.engine.grid import COARSE, FINE
from conflictstats.numerics.engine.moments import moments

pytestmark = pytest.mark.usefixtures("unchecked")


def explored(problem, theta, level, series=1, mesh=FINE):
    nodes, effects = problem.design.nodes, problem.design.effects
    start = Vector(np.full((series, nodes), level), np.zeros((series, effects)))
    theta = np.tile(theta, (series, 1))
    return explore(problem, theta, start, mesh, spreads=True)


@pytest.mark.parametrize("mesh", [FINE, COARSE], ids=["fine", "coarse"])
def test_normal_data_equal_a_mixture_of_normal_laws(
    problem_of, normal_data, exponential_priors, rng, mesh
):
    """A walk and a slope with noise of sd 1: only the sd of a step is integrated."""
    n, border = 12, rng.normal(size=(12, 1))
    y = np.cumsum(rng.normal(0, 0.7, n)) + border[:, 0] + rng.normal(size=n)
    problem = problem_of(
        normal_data(y, 1.0),
        n,
        components.random_walk(n, start_sd=2.0),
        [engine_effects.FixedEffects(np.array([3.0]))],
        border,
        dispersion_scale=None,
        log_prior=exponential_priors([1.0]),
    )
    found = moments(explored(problem, [-0.5], 0.0, mesh=mesh))
    log_sd, weight, means, squares = np.linspace(-9, 3, 481), [], [], []
    t = np.arange(n)
    for v in log_sd:
        prior = 4 + np.exp(2 * v) * np.minimum(t[:, None], t) + 9 * border @ border.T
        total = prior + np.eye(n)
        log_evidence = stats.multivariate_normal(np.zeros(n), total).logpdf(y)
        weight.append(log_evidence + v - np.exp(v))
        means.append(prior @ np.linalg.solve(total, y))
        spread = prior - prior @ np.linalg.solve(total, prior)
        squares.append(np.diag(spread) + means[-1] ** 2)
    weight = special.softmax(weight)
    mean = weight @ np.array(means)
    sd = np.sqrt(weight @ np.array(squares) - mean**2)
    assert_allclose((found.mean[0] - mean) / sd, 0, atol=0.02)
    assert_allclose(found.std_dev[0] / sd, 1, atol=0.02)
    centre = weight @ log_sd
    theta_sd = np.sqrt(weight @ (log_sd - centre) ** 2)
    assert_allclose((found.theta[0, 0] - centre) / theta_sd, 0, atol=0.05)
    assert_allclose(found.theta_sd[0, 0] / theta_sd, 1, atol=0.05)


@pytest.mark.parametrize("count", [(60,), (150, 90)], ids=str)
def test_moderate_counts_equal_quadrature(walk_of_counts, quadrature, count):
    problem, exact = walk_of_counts(count, 40.0), quadrature(count, 40.0)
    found = moments(explored(problem, [-2.0, -0.5], np.log(np.mean(count))))
    assert_allclose((found.mean[0] - exact.mean) / exact.sd, 0, atol=0.03)
    assert_allclose(found.std_dev[0] / exact.sd, 1, atol=0.03)


def test_series_together_are_as_if_alone(walk_of_counts, rng, monkeypatch):
    count = rng.negative_binomial(1, 0.2, (3, 15))
    many = walk_of_counts(count, 1.0)
    together = moments(explored(many, [-2.0, -0.5], 1.0, series=3))
    monkeypatch.setattr(survey, "LARGEST_WORK", 200)
    for i, row in enumerate(count):
        alone = moments(explored(walk_of_counts(row, 1.0), [-2.0, -0.5], 1.0))
        for whole, part in zip(together, alone, strict=True):
            assert_allclose(whole[i], part[0], rtol=1e-6, atol=1e-8)

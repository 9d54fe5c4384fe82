"""Weighted draws against quadrature, exact normal laws, and known truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from conflictstats.numerics.engine import components, explore, posterior
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


@pytest.mark.parametrize(
    ("count", "spread_rate"),
    [
        ((60,), 40.0),
        ((150,), 40.0),
        ((30, 40), 40.0),
        ((150, 90), 40.0),
        ((0,), 1.0),
        ((1,), 1.0),
        ((5,), 1.0),
        ((0, 3), 1.0),
        ((5, 8), 1.0),
    ],
    ids=str,
)
def test_one_or_two_cells_equal_quadrature(drawn, quadrature, count, spread_rate):
    exact, found = quadrature(count, spread_rate), drawn(count, spread_rate, 20_000)
    path = found.field.path
    print(
        count,
        found.log_evidence - exact.log_evidence,
        (path.mean(axis=0) - exact.mean) / exact.sd,
        path.std(axis=0) / exact.sd,
        found.pareto_k,
        found.effective,
        found.complete,
    )

"""Priors drawn here are those that the models state: two derivations, one law."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.numerics import graph, priors
from conflictstats.simulate import _beliefs

LINE = np.eye(5, k=1) + np.eye(5, k=-1)
PAIRS = np.array([[0, 1], [1, 2], [2, 3], [3, 4]])


@pytest.mark.parametrize("belief", [(4.0, 0.05), (2.0, 0.3), (1.1, 0.001)])
def test_the_step_has_the_law_of_the_stated_prior(belief):
    """Two quadratures of the same sentence, one in quantiles and one in logs."""
    fold, chance = belief
    stated = priors.Step(fold, chance, cells=7.0).rate
    assert_allclose(
        1 / _beliefs.mean_sd(np.log(fold) / np.sqrt(7), chance), stated, rtol=2e-3
    )


def test_the_variances_of_a_smooth_map_are_those_of_the_graph():
    basis = graph.spectral_basis(graph.from_pairs(5, PAIRS))
    stated = graph.smooth_variances(basis)
    found = _beliefs.smooth_variances(LINE)
    assert_allclose(np.sort(found), np.sort(stated[stated > 0]), rtol=1e-9)


def test_what_neighbours_share_has_the_law_of_the_stated_prior(rng):
    """By its quantiles, which the model's side has in closed form or by Newton."""
    law = priors.Mixing(
        graph.smooth_variances(graph.spectral_basis(graph.from_pairs(5, PAIRS)))
    )
    drawn = np.array([_beliefs.mixing(LINE, rng) for _ in range(1500)])
    assert_allclose((drawn < 0.5).mean(), 2 / 3, atol=0.05)
    at = np.linspace(0.05, 0.95, 19)
    below = (drawn[:, None] < law.natural(law.quantile(at))).mean(axis=0)
    assert_allclose(below, at, atol=0.05)


def test_a_correlation_has_the_law_of_the_stated_prior(rng):
    law = priors.Correlation()
    drawn = np.array([_beliefs.correlation((0.5, 0.75), rng) for _ in range(2000)])
    at = np.linspace(0.05, 0.95, 19)
    below = (drawn[:, None] < law.natural(law.quantile(at))).mean(axis=0)
    assert_allclose(below, at, atol=0.045)


def test_an_exponential_number_is_one(rng):
    drawn = [_beliefs.exponential((3.0, 0.05), rng) for _ in range(1000)]
    assert stats.kstest(drawn, stats.expon(scale=3 / np.log(20)).cdf).pvalue > 0.001

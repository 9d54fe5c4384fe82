"""Weights of lags against the laws that they are named after."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.numerics.displacement import lag

DAYS = np.arange(400.0)
LAWS = {
    "geometric": lag.Geometric.over(DAYS, (14.0, 1.0)),
    "gamma": lag.Gamma.over(DAYS + 0.5, (21.0, 1.0), (1.5, 0.5)),
    "spline": lag.Spline.over(DAYS + 0.5, 14.0, 1.0),
}


def test_geometric_weights_halve_in_their_half_life():
    score = np.array([[np.log(2.0)]])
    found = lag.weights(LAWS["geometric"], score)[0]
    assert_allclose(found[28:56].sum() / found[:28].sum(), 0.5, rtol=1e-12)


def test_gamma_weights_are_the_density_of_a_gamma_law():
    scores = np.array([[0.3, -0.5]])
    mean, shape = 21 * np.exp(0.3), 1.5 * np.exp(-0.25)
    density = stats.gamma.pdf(DAYS + 0.5, shape, scale=mean / shape)
    found = lag.weights(LAWS["gamma"], scores)[0]
    assert_allclose(found, density / density.sum(), rtol=1e-9)


def test_a_spline_without_bends_is_near_the_geometric_law():
    flat = lag.weights(LAWS["spline"], np.zeros((1, 7)))[0]
    geometric = lag.weights(LAWS["geometric"], np.zeros((1, 1)))[0]
    assert np.abs(np.cumsum(flat) - np.cumsum(geometric)).max() < 0.06


@pytest.mark.parametrize("name", LAWS)
def test_weights_sum_to_one_and_their_derivatives_are_those_of_differences(name, rng):
    law = LAWS[name]
    scores = rng.standard_normal((2, law.size))
    slope = rng.standard_normal((2, DAYS.size))
    found = lag.weights(law, scores)
    assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    analytic = lag.pull_back(law, scores, found, slope)
    for k, push in enumerate(1e-6 * np.eye(law.size)):
        sides = [lag.weights(law, scores + sign * push) for sign in (1, -1)]
        numeric = ((sides[0] - sides[1]) * slope).sum(axis=1) / 2e-6
        assert_allclose(analytic[:, k], numeric, rtol=1e-4, atol=1e-8)

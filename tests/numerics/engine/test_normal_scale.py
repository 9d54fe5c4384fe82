"""Hyperparameters on the scale on which their prior is standard normal."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.numerics import priors
from conflictstats.numerics.engine.normal_scale import NormalScale

LAWS = [
    priors.StandardDeviation(2.0, 0.05),
    priors.Overdispersion(3.0, 0.05),
    priors.Share(9.0, 1.0),
    priors.Effect(0.5, 1.5),
]


def log_prior(theta):
    return priors.joint_density(LAWS, theta)


SCALE = NormalScale.of(log_prior, len(LAWS))


def test_quantiles_are_those_of_the_prior():
    """Against the closed form that each has, which is not cut at the walls."""
    chance = np.array([0.01, 0.1, 0.5, 0.9, 0.99])
    z = np.tile(stats.norm.ppf(chance)[:, None], len(LAWS))
    exact = np.stack([law.quantile(chance) for law in LAWS], axis=1)
    assert_allclose(SCALE.working(z), exact, atol=0.01)


@given(st.lists(st.floats(-3.5, 3.5), min_size=4, max_size=4))
def test_scale_and_back(z):
    there = np.array([z])
    assert_allclose(SCALE.normal(SCALE.working(there)), there, atol=2e-3)


@given(st.lists(st.floats(-3.5, 3.5), min_size=4, max_size=4))
def test_the_prior_becomes_normal(z):
    """Density of the working values times the slope of the scale."""
    there = np.array([z])
    value = log_prior(SCALE.working(there))[0]
    value = value + np.log(SCALE.slopes(there)[0]).sum(axis=1)
    assert_allclose(value, stats.norm.logpdf(there).sum(axis=1), atol=0.02)


def test_slopes_by_differences():
    z = np.linspace(-2, 2, 7)[:, None] + np.zeros(len(LAWS))
    first, second = SCALE.slopes(z)
    step = 1e-4
    up, down = SCALE.working(z + step), SCALE.working(z - step)
    assert_allclose(first, (up - down) / (2 * step), rtol=1e-3)
    turned = (SCALE.slopes(z + 0.01)[0] - SCALE.slopes(z - 0.01)[0]) / 0.02
    assert_allclose(second, turned, rtol=0.15, atol=0.15)


def test_the_ends_of_the_table_are_not_passed():
    far = np.full((1, len(LAWS)), 40.0)
    assert np.isfinite(SCALE.working(far)).all()
    assert (SCALE.working(-far) <= SCALE.working(far)).all()

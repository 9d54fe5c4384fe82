"""Lags are the laws that they are called after; violence has the moments it says."""

import numpy as np
import pytest
from scipy import stats

from conflictstats.simulate.displacement_violence import Bursts, GammaLag, GeometricLag


def test_half_of_the_people_go_within_the_half_life():
    weights = GeometricLag(half_life=14).weights
    assert weights.size == 180
    assert weights.sum() == pytest.approx(1)
    assert weights[:14].sum() == pytest.approx(0.5, abs=1e-3)
    np.testing.assert_allclose(weights[14:] / weights[:-14], 0.5)


def test_waits_of_a_gamma_law_are_its_density_in_the_middle_of_days():
    weights = GammaLag(mean=20, shape=4).weights
    density = stats.gamma.pdf(np.arange(180) + 0.5, 4, scale=5)
    np.testing.assert_allclose(weights, density / density.sum(), rtol=1e-9)


def test_violence_of_one_level_is_negative_binomial(rng):
    drawn = Bursts(median=20, spread=0, size=4).draw(20_000, rng)
    assert drawn.mean() == pytest.approx(20, rel=0.02)
    assert drawn.var() == pytest.approx(20 + 400 / 4, rel=0.06)


def test_levels_jump_as_often_and_as_far_as_they_say(rng):
    """With counts so large that they show their level."""
    bursts = Bursts(median=1e9, spread=0.7, stay=10, size=1e6)
    logs = np.log(bursts.draw(20_000, rng) / 1e9)
    jumps = np.abs(np.diff(logs)) > 0.02
    assert jumps.mean() == pytest.approx(0.1, rel=0.1)
    assert logs.std() == pytest.approx(0.7, rel=0.1)

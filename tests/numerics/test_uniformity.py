"""Simultaneous bands against simulation, and rank tests on ranks that are not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.errors import SettingError
from conflictstats.numerics.uniformity import bin_band, ecdf_band, rank_tests

POINTS = np.arange(1, 20) / 20


@pytest.mark.parametrize(("n", "level"), [(20, 0.9), (200, 0.9), (200, 0.5)])
def test_the_ecdf_of_uniform_numbers_stays_inside_as_often_as_asked(n, level, rng):
    low, high = ecdf_band(n, POINTS, level=level)
    told = (rng.random((20_000, n, 1)) <= POINTS).sum(axis=1)
    inside = ((low <= told) & (told <= high)).all(axis=1).mean()
    # The band may hold more often than asked by what one count makes.
    assert level - 0.01 < inside < level + 0.08


@pytest.mark.parametrize(("n", "bins"), [(30, 5), (300, 10), (1000, 20)])
def test_bins_of_uniform_numbers_stay_inside_as_often_as_asked(n, bins, rng):
    low, high = bin_band(n, bins)
    told = rng.multinomial(n, np.full(bins, 1 / bins), size=20_000)
    inside = ((low <= told) & (told <= high)).all(axis=1).mean()
    assert 0.89 < inside < 0.98


@given(st.integers(1, 400), st.floats(0.05, 0.95), st.floats(0.5, 0.99))
def test_at_one_point_the_band_is_the_binomial_interval(n, point, level):
    low, high = (end[0] for end in ecdf_band(n, np.array([point]), level=level))
    tail, law = (1 - level) / 2, stats.binom(n, point)
    assert law.cdf(low - 1) < tail + 1e-9 < law.cdf(low) + 2e-9
    assert law.sf(high) < tail + 1e-9 < law.sf(high - 1) + 2e-9


@settings(max_examples=20)
@given(st.integers(5, 300), st.floats(0.5, 0.95))
def test_bands_widen_with_the_level_and_are_the_same_from_either_end(n, level):
    low, high = ecdf_band(n, POINTS, level=level)
    wider = ecdf_band(n, POINTS, level=level + 0.04)
    assert (wider[0] <= low).all()
    assert (wider[1] >= high).all()
    assert (low == n - high[::-1]).all()


def test_two_bins_are_one_binomial():
    low, high = bin_band(50, 2, level=0.9)
    inside = stats.binom.cdf(high, 50, 0.5) - stats.binom.cdf(low - 1, 50, 0.5)
    narrower = stats.binom.cdf(high - 1, 50, 0.5) - stats.binom.cdf(low, 50, 0.5)
    assert low + high == 50
    assert narrower < 0.9 <= inside


def rank_check(truth, draws):
    """Tests of the ranks of truths, (n,), among draws, (n, L)."""
    return rank_tests((draws < truth[:, None]).sum(axis=1), draws.shape[1])


@pytest.mark.parametrize(("n", "draws"), [(100, 19), (200, 99), (1000, 399)])
def test_p_values_of_uniform_ranks_are_uniform(n, draws, rng):
    found = [rank_tests(rng.integers(0, draws + 1, n), draws) for _ in range(3000)]
    for column in ("p_mean", "p_variance", "p_chi_square"):
        p_values = np.array([getattr(each, column) for each in found])
        for size in (0.1, 0.01):
            error = np.sqrt(size * (1 - size) / 3000)
            assert abs((p_values < size).mean() - size) < 4 * error + 0.002, column


@pytest.mark.parametrize(
    ("moved", "scaled", "sign_mean", "sign_variance"),
    [(0.5, 1, 1, 0), (-0.5, 1, -1, 0), (0, 1.25, 0, 1), (0, 0.8, 0, -1)],
)
def test_scores_tell_bias_from_width(moved, scaled, sign_mean, sign_variance, rng):
    """Truths are ``scaled`` times as far out as the draws say, and ``moved``."""
    truth = moved + scaled * rng.standard_normal(1000)
    found = rank_check(truth, rng.standard_normal((1000, 99)))
    assert np.sign(found.z_mean) * (abs(found.z_mean) > 5) == sign_mean
    if not sign_mean:
        assert np.sign(found.z_variance) * (abs(found.z_variance) > 5) == sign_variance
    assert min(found.p_mean, found.p_variance) < 1e-6


def test_the_power_against_a_shift_is_what_theory_says(rng):
    """A shift by d sd has z_mean about d sqrt(n): here .1 and 10, so 3.16 + N(0, 1)."""
    scores = [
        rank_check(0.1 + rng.standard_normal(1000), rng.standard_normal((1000, 99)))
        for _ in range(60)
    ]
    assert_allclose(np.mean([s.z_mean for s in scores]), np.sqrt(10), atol=0.5)


def test_only_the_chi_square_sees_what_moments_do_not(rng):
    """Half of the truths sit at one place, symmetric, with the variance of the rest."""
    scores = stats.norm.ppf((np.arange(100) + 0.5) / 100)
    near = np.flatnonzero(np.abs(np.abs(scores) - np.sqrt((scores**2).mean())) < 0.06)
    ranks = np.concatenate([rng.choice(near, 500), rng.integers(0, 100, 500)])
    found = rank_tests(ranks, 99)
    assert found.p_chi_square < 1e-6
    assert found.p_mean > 0.001


def test_impossible_questions_are_refused():
    with pytest.raises(SettingError, match="from 0 to 9; got 12, from 0 to 10"):
        rank_tests(np.append(np.zeros(11, int), 10), 9)
    with pytest.raises(SettingError, match="10 ranks or more"):
        rank_tests(np.arange(9), 9)
    with pytest.raises(SettingError, match="increase strictly"):
        ecdf_band(10, np.array([0.5, 0.5]))
    with pytest.raises(SettingError, match="bins >= 2, got 10 and 1"):
        bin_band(10, 1)

"""Bootstrap intervals against scipy's, and ends that no sample can reach."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.numerics.log_linear.bootstrap import (
    acceleration,
    bca_interval,
    bca_levels,
    one_less,
    resampled,
)

SEEN = np.array([30.0, 18, 9, 5, 2, 1])
"""Cells; the number whose interval is asked for is the variance of their places."""
PLACES = np.arange(6.0)


def variance(tables):
    share = tables / tables.sum(axis=1, keepdims=True)
    return share @ PLACES**2 - (share @ PLACES) ** 2


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_are_those_of_scipy(level, rng):
    """The same samples, records one by one; only the rule for quantiles differs."""
    found = stats.bootstrap(
        (np.repeat(PLACES, SEEN.astype(int)),),
        np.var,
        confidence_level=level,
        n_resamples=4999,
        method="BCa",
        rng=rng,
    )
    left_out, weight = one_less(SEEN)
    bent = acceleration(variance(left_out), weight)
    drawn = found.bootstrap_distribution
    ours = bca_interval(drawn, variance(SEEN[None])[0], bent, level)
    interval = found.confidence_interval
    assert_allclose(ours, [interval.low, interval.high], atol=0.02 * np.std(drawn))


def test_samples_have_the_variance_of_a_multinomial(rng):
    drawn = resampled(SEEN, 4000, rng)
    assert_allclose(drawn.mean(axis=0), SEEN, atol=4 * np.sqrt(30 / 4000))
    assert_allclose(drawn[:, 0].var(), 30 * (1 - 30 / 65), rtol=0.1)


def test_a_biased_bootstrap_asks_for_samples_beyond_any(rng):
    """As for New Orleans: an eighth of the samples lies below the estimate."""
    drawn = rng.normal(size=1000)
    at = bca_levels(drawn, float(np.quantile(drawn, 0.125)), 0.0, 0.95)
    assert_allclose(at, stats.norm.cdf(2 * stats.norm.ppf(0.125) + [-1.96, 1.96]), 1e-2)
    assert 1000 * at[0] < 0.1


def test_an_estimate_beyond_all_samples_has_no_interval():
    assert np.isnan(bca_levels(np.arange(10.0), 20.0, 0.0, 0.9)).all()
    assert np.isnan(bca_interval(np.full(10, np.nan), 20.0, 0.0, 0.9)).all()

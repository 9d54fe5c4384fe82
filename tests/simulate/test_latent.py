"""Draws from the prior have the moments that the documentation says."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.simulate.latent import LatentCounts


def test_hyperparameters_come_from_the_priors_that_are_named(rng):
    prior = LatentCounts(n_time=(2, 2), mechanism="confirmed", start_sd=1.0)
    drawn = [prior.draw(rng) for _ in range(300)]
    spread = np.array([float(each["size"]) for each in drawn]) ** -0.5
    assert stats.kstest(spread, stats.expon(scale=3 / np.log(20)).cdf).pvalue > 0.001
    found = [float(each["found"]) for each in drawn]
    assert stats.kstest(found, stats.beta(19.8, 3.3).cdf).pvalue > 0.001
    first = np.log([float(each["rate"][0, 0]) for each in drawn])
    assert stats.kstest(first, stats.norm.cdf).pvalue > 0.001


@pytest.mark.parametrize("component", ["rw1", "rw2"])
def test_the_rate_changes_as_much_as_its_prior_says(component, rng):
    """In a week fourfold with .2; of order two, growth from one week to the next."""
    prior = LatentCounts(component=component, weekly_change=(4.0, 0.2))
    paths = np.array([prior._path(16, rng)[0] for _ in range(2500)])
    change = paths[:, 8] - paths[:, 1]
    if component == "rw2":
        change = paths[:, 15] - paths[:, 8] - change
    share = (np.abs(change) > np.log(4)).mean()
    assert_allclose(share, 0.2, atol=4 * np.sqrt(0.16 / 2500))


def test_the_slope_of_an_order_two_walk_starts_as_its_prior_says(rng):
    prior = LatentCounts(component="rw2", weekly_change=(4.0, 0.01))
    first = [np.diff(prior._path(2, rng)[0]) for _ in range(2000)]
    assert_allclose(np.std(first), np.log(4) / 7, rtol=0.06)


def test_an_autoregression_has_the_sd_and_the_correlation_of_its_prior(rng):
    prior = LatentCounts(component="ar1")
    hidden = [prior._path(3, rng)[1] for _ in range(2000)]
    sd = np.array([each["sd"] for each in hidden])
    tie = np.array([each["correlation"] for each in hidden])
    assert_allclose((sd > np.log(4)).mean(), 0.05, atol=0.02)
    assert_allclose((tie > 0.5).mean(), 0.75, atol=0.04)
    assert tie.min() > -1
    # Exponential in the distance: two equal steps of it lose the same share, up to
    # what the cut at sqrt 2 takes.
    near = np.sqrt(1 - tie)
    steps = np.histogram(near, [0, 0.4, 0.8, 1.2])[0]
    assert_allclose(steps[1] / steps[0], steps[2] / steps[1], atol=0.12)


@pytest.mark.parametrize(
    "mechanism", ["exact", "confirmed", "coarsened", "rounded", "floor"]
)
def test_reports_allow_the_truth(mechanism, rng):
    prior = LatentCounts(mechanism=mechanism, start_sd=2.0)
    for _ in range(40):
        drawn = prior.draw(rng)
        assert (drawn["low"] <= drawn["truth"]).all()
        assert (drawn["truth"] <= drawn["high"]).all()
        exact = drawn["qualifier"] == "exact"
        assert (drawn["low"] == drawn["high"]).where(exact, True).all()


def test_missing_weeks_are_whole_weeks_and_as_many_as_asked(rng):
    prior = LatentCounts(n_time=(70, 70), missing=0.3)
    lost = np.array([prior.draw(rng)["low"].isnull().values for _ in range(100)])
    weeks = lost.reshape(100, 10, 7)
    assert (weeks.all(axis=2) == weeks.any(axis=2)).all()
    assert_allclose(weeks.mean(), 0.3, atol=0.06)


def test_the_same_seed_gives_the_same():
    prior = LatentCounts(mechanism="coarsened")
    one, two = (prior.draw(np.random.default_rng(3)) for _ in range(2))
    assert one.identical(two)

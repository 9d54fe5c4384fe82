"""Draws from the prior have the moments that the documentation says."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.errors import SettingError
from conflictstats.numerics import priors
from conflictstats.simulate.latent import (
    LatentCounts,
    _doubling_range,
    _mean_sd,
    draw_observations,
    draw_path,
    draw_places,
)

RING = np.roll(np.eye(8), 1, axis=0) + np.roll(np.eye(8), -1, axis=0)


def paths(component, rng, n=4000, **settings):
    return np.array(
        [draw_path(component, 15, sd=0.5, rng=rng, **settings) for _ in range(n)]
    )


@pytest.mark.parametrize(
    ("component", "sd"),
    [
        ("iid", np.full(15, 0.5)),
        ("ar1", np.full(15, 0.5)),
        ("rw1", 0.5 * np.sqrt(np.arange(15))),
        ("rw2", 0.5 * np.sqrt([sum(i**2 for i in range(t)) for t in range(15)])),
        ("seasonal", np.full(15, 0.5 * np.sqrt(6 / 7))),
    ],
)
def test_a_component_spreads_as_its_equation_says(component, sd, rng):
    drawn = paths(component, rng)
    assert_allclose(drawn.std(axis=0), sd, rtol=0.06, atol=1e-12)
    assert_allclose(drawn.mean(axis=0), 0, atol=0.08 * max(sd))


def test_an_autoregression_forgets_as_its_correlation_says(rng):
    drawn = paths("ar1", rng, correlation=0.6)
    told = [np.corrcoef(drawn[:, 3], drawn[:, 3 + lag])[0, 1] for lag in (1, 2, 3)]
    assert_allclose(told, [0.6, 0.36, 0.216], atol=0.05)


def test_smooth_places_have_the_covariance_of_the_graph(rng):
    drawn = np.array([draw_places(RING, sd=2.0, rng=rng) for _ in range(6000)])
    laplacian = 2 * np.eye(8) - RING
    inverse = np.linalg.pinv(laplacian)
    expected = 4 * inverse / inverse[0, 0]
    assert_allclose(np.cov(drawn.T), expected, atol=0.3)
    assert_allclose(drawn.sum(axis=1), 0, atol=1e-9)


@pytest.mark.parametrize("structured", [0.0, 0.5, 1.0])
def test_the_sd_of_a_place_does_not_depend_on_how_smooth_it_is(structured, rng):
    drawn = [
        draw_places(RING, sd=2.0, rng=rng, structured=structured) for _ in "x" * 4000
    ]
    assert_allclose(np.std(drawn, axis=0), 2, rtol=0.06)


def test_a_graph_in_two_pieces_is_refused(rng):
    apart = np.kron(np.eye(2), RING)
    with pytest.raises(SettingError, match="got 2 pieces"):
        draw_places(apart, sd=1.0, rng=rng)


@pytest.mark.parametrize(
    ("family", "predictor", "dispersion", "mean", "variance"),
    [
        ("poisson", np.log(3), np.inf, 3, 3),
        ("negbin", np.log(3), 0.5, 3, 3 + 9 / 0.5),
        ("binomial", 0.0, np.nan, 5, 2.5),
        ("betabinomial", 0.0, 0.2, 5, 2.5 * (1 + 9 * 0.2)),
        ("gaussian", -3.0, 2.0, -3, 4),
        ("lognormal", 0.0, 0.5, np.exp(0.125), np.expm1(0.25) * np.exp(0.25)),
    ],
)
def test_a_family_has_its_mean_and_variance(
    family, predictor, dispersion, mean, variance, rng
):
    at = np.full(200_000, predictor)
    drawn = draw_observations(family, at, dispersion, rng=rng, trials=10)
    assert_allclose(drawn.mean(), mean, atol=5 * np.sqrt(variance / drawn.size))
    assert_allclose(drawn.var(), variance, rtol=0.05)


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


@pytest.mark.parametrize("belief", [(4.0, 0.05), (2.0, 0.3), (1.1, 0.001)])
def test_the_step_has_the_law_of_the_stated_prior(belief):
    """Two quadratures of the same sentence, one in quantiles and one in logs."""
    fold, chance = belief
    stated = priors.Step(fold, chance, cells=7.0).rate
    assert_allclose(1 / _mean_sd(np.log(fold) / np.sqrt(7), chance), stated, rtol=2e-3)


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


@pytest.mark.parametrize("mechanism", ["exact", "confirmed", "coarsened", "rounded"])
def test_reports_allow_the_truth(mechanism, rng):
    prior = LatentCounts(mechanism=mechanism, start_sd=2.0)
    for _ in range(40):
        drawn = prior.draw(rng)
        assert (drawn["low"] <= drawn["truth"]).all()
        assert (drawn["truth"] <= drawn["high"]).all()
        exact = drawn["qualifier"] == "exact"
        assert (drawn["low"] == drawn["high"]).where(exact, True).all()


def test_ranges_do_not_depend_on_the_count_that_they_hold(rng):
    """Over all counts of one range, the range is as probable whichever it holds."""
    counts = np.repeat(np.arange(8, 16.0), 20_000)
    low, high = _doubling_range(counts, rng)
    here = (low == 8) & (high == 15)
    share = [here[counts == c].mean() for c in np.arange(8, 16)]
    assert min(share) > 0
    assert_allclose(share, np.mean(share), atol=0.012)


def test_missing_weeks_are_whole_weeks_and_as_many_as_asked(rng):
    prior = LatentCounts(n_time=(70, 70), missing=0.3)
    lost = np.array([prior.draw(rng)["low"].isnull().values for _ in range(100)])
    weeks = lost.reshape(100, 10, 7)
    assert (weeks.all(axis=2) == weeks.any(axis=2)).all()
    assert_allclose(weeks.mean(), 0.3, atol=0.06)


def test_the_same_seed_gives_the_same_and_unknown_words_are_refused(rng):
    prior = LatentCounts(mechanism="coarsened")
    one, two = (prior.draw(np.random.default_rng(3)) for _ in range(2))
    assert one.identical(two)
    with pytest.raises(SettingError, match="component must be one of"):
        draw_path("drift", 9, sd=1.0, rng=rng)
    with pytest.raises(SettingError, match="family must be one of"):
        draw_observations("zipf", np.zeros(2), 1.0, rng=rng)


def test_means_beyond_all_integers_are_drawn_too(rng):
    drawn = draw_observations("poisson", np.full(2000, np.log(1e20)), np.inf, rng=rng)
    assert_allclose(drawn, 1e20, rtol=1e-9)
    assert_allclose(drawn.std(), 1e10, rtol=0.1)

"""Paths, places and observations have the moments that the documentation says."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from conflictstats.errors import SettingError
from conflictstats.simulate.components import (
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


def test_means_beyond_all_integers_are_drawn_too(rng):
    drawn = draw_observations("poisson", np.full(2000, np.log(1e20)), np.inf, rng=rng)
    assert_allclose(drawn, 1e20, rtol=1e-9)
    assert_allclose(drawn.std(), 1e10, rtol=0.1)


def test_totals_may_differ_from_number_to_number(rng):
    total = np.repeat([1, 40], 4000)
    drawn = draw_observations("binomial", np.zeros(8000), 0.0, rng=rng, trials=total)
    assert_allclose(drawn.reshape(2, -1).mean(axis=1), [0.5, 20], rtol=0.06)


def test_unknown_words_are_refused(rng):
    with pytest.raises(SettingError, match="component must be one of"):
        draw_path("drift", 9, sd=1.0, rng=rng)
    with pytest.raises(SettingError, match="family must be one of"):
        draw_observations("zipf", np.zeros(2), 1.0, rng=rng)

"""How joint places deviate from the trend that they share: Knorr-Held's types."""

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from conflictstats.errors import SettingError
from conflictstats.models.rates import DynamicRate
from conflictstats.numerics import graph

pytestmark = pytest.mark.usefixtures("unchecked")

NOISE = {"places": "joint", "interaction": "noise", "family": "poisson"}
LEVELS = np.log([8.0, 12.0, 20.0, 30.0, 45.0])


def panel_of(count):
    """A panel of daily counts, shape (time, place)."""
    days = np.datetime64("2019-01-01") + np.arange(len(count))
    names = [chr(ord("A") + i) for i in range(count.shape[1])]
    coords = {"time": days, "time_end": ("time", days), "place": names}
    return xr.Dataset({"best": (("time", "place"), np.asarray(count, float))}, coords)


def fit_of(panel, seed=1, draws=300, strict=True, **settings):
    rng = np.random.default_rng(seed)
    return DynamicRate(draws=draws, **settings).fit(panel, rng=rng, strict=strict)


def log_rates(fit):
    """Draws of log rates, dims (draw, time, place)."""
    return np.log(fit.draws["expected"])


def inside(draws, truth, level=0.98):
    """Whether each truth is in its interval, by dim ``draw``."""
    tail = (1 - level) / 2
    low, high = (draws.quantile(q, "draw").values for q in (tail, 1 - tail))
    return (low < truth) & (truth < high)


def hyper(fit, name):
    return fit.draws["hyper"].isel(place=0).sel(param=name)


@pytest.fixture(scope="module")
def restless():
    """Five places around one walk, anew every day with sd .5; B has a gap."""
    rng = np.random.default_rng(6)
    trend = np.cumsum(rng.normal(0, 0.1, (36, 1)), axis=0)
    log_rate = LEVELS + trend + rng.normal(0, 0.5, (36, 5))
    count = rng.poisson(np.exp(log_rate)).astype(float)
    count[20:30, 1] = np.nan
    return panel_of(count), log_rate, trend


@pytest.fixture(scope="module")
def noisy(restless):
    return fit_of(restless[0], **NOISE)


def test_walk_noise_and_levels_are_told_apart(noisy, restless):
    _, log_rate, _ = restless
    assert inside(hyper(noisy, "step_sd"), 0.1)
    assert inside(hyper(noisy, "noise_sd"), 0.5)
    levels = noisy.draws["effects"].isel(place=0)
    apart = levels - levels.isel(term=0)
    assert inside(apart.isel(term=slice(1, 5)), LEVELS[1:] - LEVELS[0]).all()
    assert inside(log_rates(noisy), log_rate, 0.9).mean() > 0.8


def test_in_a_gap_a_place_is_at_its_level_on_the_trend(noisy, restless):
    """And as uncertain as its deviation is: nothing of it stays from the day before."""
    _, _, trend = restless
    gap = log_rates(noisy).sel(place="B")[:, 20:30]
    assert inside(gap, LEVELS[1] + trend[20:30, 0]).all()
    assert_allclose(gap.std("draw"), 0.5, rtol=0.3)
    one, other = gap[:, 4], gap[:, 5]
    assert np.corrcoef(one, other)[0, 1] < 0.5


def test_the_reports_say_whether_deviations_stay(noisy, restless, rng):
    stays = fit_of(restless[0], places="joint", family="poisson", strict=False)
    assert noisy.log_evidence > stays.log_evidence + 5
    own = np.cumsum(rng.normal(0, 0.2, (40, 3)), axis=0)
    walking = panel_of(rng.poisson(np.exp(LEVELS[2:] + own)))
    one, other = (
        fit_of(walking, places="joint", family="poisson", interaction=interaction)
        for interaction in ("walk", "noise")
    )
    assert one.log_evidence > other.log_evidence + 5


def test_without_deviations_places_are_parallel(rng):
    trend = np.cumsum(rng.normal(0, 0.1, (40, 1)), axis=0)
    told = panel_of(rng.poisson(np.exp(LEVELS[2:] + trend)))
    noise = fit_of(told, **NOISE)
    parallel = fit_of(told, places="parallel", family="poisson")
    assert hyper(noise, "noise_sd").quantile(0.9) < 0.12
    away = log_rates(noise).mean("draw") - log_rates(parallel).mean("draw")
    assert float(abs(away / log_rates(parallel).std("draw")).mean()) < 0.3


@pytest.fixture(scope="module")
def mapped():
    """Six places along a road, smooth over it on each day and new on the next."""
    rng = np.random.default_rng(9)
    road = graph.from_pairs(6, np.array(list(pairwise(range(6)))))
    basis = graph.spectral_basis(road)
    sd = 0.8 * np.sqrt(graph.smooth_variances(basis))
    log_rate = 3 + (rng.normal(size=(18, 6)) * sd) @ basis.vectors.T
    count = rng.poisson(np.exp(log_rate)).astype(float)
    count[::3, 3] = np.nan
    return panel_of(count), log_rate


def test_deviations_that_neighbours_share_bridge_a_gap(mapped):
    told, log_rate = mapped
    road = {name: [after] for name, after in pairwise(told["place"].values)}
    near, apart = (fit_of(told, neighbours=n, **NOISE) for n in (road, None))
    assert hyper(near, "noise_smooth").quantile(0.05) > 0.5
    assert near.log_evidence > apart.log_evidence + 5
    gaps = [log_rates(fit).sel(place="D")[:, ::3] for fit in (near, apart)]
    error = [np.sqrt(((g.mean("draw") - log_rate[::3, 3]) ** 2).mean()) for g in gaps]
    assert error[0] < 0.6 * error[1]
    assert gaps[0].std("draw").mean() < 0.9 * gaps[1].std("draw").mean()
    assert inside(gaps[0], log_rate[::3, 3]).mean() > 0.85
    assert "noise_smooth" not in apart.params["param"].values


@pytest.mark.parametrize("walk", ["rw2", "ar1"])
def test_the_trend_that_places_share_may_be_of_any_law(walk, rng):
    time = np.linspace(-1, 1, 30)[:, None]
    log_rate = LEVELS[2:] + np.sin(3 * time) + rng.normal(0, 0.3, (30, 3))
    fit = fit_of(panel_of(rng.poisson(np.exp(log_rate))), **NOISE | {"walk": walk})
    assert inside(hyper(fit, "noise_sd"), 0.3)
    assert inside(log_rates(fit), log_rate, 0.9).mean() > 0.8


@pytest.mark.parametrize(
    ("shape", "neighbours"),
    [((10, 1), None), ((1, 3), None), ((1, 3), {"A": ["B"]}), ((10, 3), {"A": ["B"]})],
    ids=["one place", "one time", "one time on a map", "an island"],
)
def test_what_cannot_be_told_apart_is_left_to_the_priors(shape, neighbours, rng):
    """The rates are known all the same."""
    told = panel_of(rng.poisson(400, shape))
    fit = fit_of(told, **NOISE, neighbours=neighbours)
    assert_allclose(log_rates(fit).mean("draw"), np.log(400), atol=0.15)
    assert float(log_rates(fit).std("draw").max()) < 0.1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"interaction": "noise"}, "is 'independent': take places='joint'"),
        ({"interaction": "noise", "places": "parallel"}, "take places='joint'"),
        ({"places": "joint", "walk": "rw2"}, "interaction='noise'"),
        ({"places": "joint", "interaction": "III"}, "interaction must be one of"),
    ],
)
def test_interactions_that_mean_nothing_are_refused(settings, said):
    with pytest.raises((SettingError, ValueError), match=said):
        DynamicRate(**settings)

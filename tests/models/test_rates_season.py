"""Seasons: cyclic walks round the year."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from conflictstats.models.rates import DynamicRate
from conflictstats.models.rates.columns import columns_of

pytestmark = pytest.mark.usefixtures("unchecked")

DAYS = pd.date_range("2015-01-01", "2017-12-31")


def panel_of(count, starts):
    """A panel of one place in cells that begin on some days and end before the next."""
    ends = starts[1:] - np.timedelta64(1, "D")
    coords = {"time": starts[:-1], "time_end": ("time", ends), "place": ["A"]}
    return xr.Dataset({"best": (("time", "place"), count[:, None] + 0.0)}, coords)


def weekly(count):
    return panel_of(count, np.datetime64("2015-01-01") + 7 * np.arange(len(count) + 1))


def fit_of(panel, **settings):
    model = DynamicRate(draws=300, family="poisson", **settings)
    return model.fit(panel, rng=np.random.default_rng(1))


def effects_of(fit):
    return fit.draws["effects"].squeeze("place")


def prior_covariance(kind):
    """Of the effects, where their standard deviation is one."""
    starts = DAYS.to_numpy()
    panel = panel_of(np.ones(len(starts) - 1), starts)
    (block,) = columns_of(panel, [0], (kind,))
    log_variance, _ = block.effects.log_variance(np.zeros((1, 1)))
    return (block.levels * np.exp(log_variance[0])) @ block.levels.T, block


@pytest.mark.parametrize(("kind", "size"), [("month", 12), ("week", 52)])
def test_the_year_is_a_ring(kind, size):
    """December is to January as June to July, and each kind has variance one."""
    covariance, block = prior_covariance(kind)
    assert len(block.names) == size
    turned = np.roll(covariance, 1, axis=(0, 1))
    assert_allclose(covariance, turned, atol=1e-12)
    assert_allclose(np.diag(covariance), 1, rtol=1e-9)
    assert_allclose(covariance.sum(axis=0), 0, atol=1e-9)
    assert covariance[0, -1] > 0.5 > 0 > covariance[0, size // 2]


@pytest.mark.parametrize(("kind", "order"), [("month", 1), ("week", 2)])
def test_a_season_is_a_walk_that_closes(kind, order):
    """Precision times covariance is the identity for whatever sums to zero."""
    covariance, _ = prior_covariance(kind)
    size = len(covariance)
    step = np.eye(size) - np.roll(np.eye(size), 1, axis=1)
    if order == 2:
        step = step.T @ step
    product = step.T @ step @ covariance
    scale = product[0, 0] / (1 - 1 / size)
    assert_allclose(product / scale, np.eye(size) - 1 / size, atol=1e-8)


def test_of_weekdays_none_is_nearer_than_another():
    covariance, _ = prior_covariance("weekday")
    away = covariance[~np.eye(7, dtype=bool)]
    assert_allclose(away, away[0], rtol=1e-9)


@pytest.mark.parametrize("year", [2015, 2016])
def test_weeks_of_the_year_share_it_evenly(year):
    days = pd.date_range(f"{year}-01-01", f"{year + 1}-01-01").to_numpy()
    (block,) = columns_of(panel_of(np.ones(len(days) - 1), days), [0], ("week",))
    weeks = np.argmax(block.values @ block.levels.T, axis=1)
    assert np.bincount(weeks).min() == 7
    assert np.bincount(weeks).max() <= 8
    assert weeks[0] == 0
    assert weeks[-1] == 51
    assert (np.diff(weeks) >= 0).all()


@pytest.fixture(scope="module")
def seasonal():
    """Three years of weeks with a peak at New Year, and the season of each week."""
    rng = np.random.default_rng(5)
    season = 0.8 * np.cos(2 * np.pi * (np.arange(52) + 0.5) / 52)
    middle = np.arange(156) * 7 + 3
    log_rate = 3 + 0.8 * np.cos(2 * np.pi * middle / 365.25)
    log_rate += np.cumsum(rng.normal(0, 0.02, 156))
    return rng.poisson(np.exp(log_rate)).astype(float), season


def test_a_season_is_recovered_from_weeks(seasonal):
    count, season = seasonal
    fit = fit_of(weekly(count), calendar=("week",))
    effects = effects_of(fit)
    assert list(effects["term"].values[[0, -1]]) == ["week 1", "week 52"]
    low, high = (effects.quantile(q, "draw").values for q in (0.02, 0.98))
    assert ((low < season) & (season < high)).mean() > 0.85
    assert np.corrcoef(effects.mean("draw"), season)[0, 1] > 0.98
    assert_allclose(effects.sum("term"), 0, atol=1e-9)
    assert fit.log_evidence > fit_of(weekly(count)).log_evidence + 5


def test_weeks_that_were_never_seen_lie_between_those_beside_them(seasonal):
    """Reports stop each year for five weeks around New Year, where the peak is."""
    count, season = seasonal
    hidden = count.copy()
    for year in range(3):
        hidden[52 * year : 52 * year + 2] = np.nan
        hidden[52 * year + 49 : 52 * year + 52] = np.nan
    effects = effects_of(fit_of(weekly(hidden), calendar=("week",)))
    ends = effects.sel(term=["week 52", "week 1"])
    assert (ends.mean("draw") > 0.5).all()
    beside = effects.sel(term=["week 48", "week 5"]).mean("draw").values
    assert (ends.mean("draw").values > beside).all()
    assert_allclose(ends.mean("draw"), season[[-1, 0]], atol=0.35)


def test_where_there_is_no_season_none_is_found(rng):
    told = weekly(rng.poisson(40, 110))
    fit, plain = fit_of(told, calendar=("week",)), fit_of(told)
    assert abs(effects_of(fit).mean("draw")).max() < 0.1
    assert fit.log_evidence < plain.log_evidence
    away = np.log(fit.draws["expected"] / plain.draws["expected"].mean("draw"))
    assert abs(away.mean("draw")).max() < 0.1

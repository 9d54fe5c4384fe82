"""Casualty rates from counts about which experts were asked."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.errors import DimensionError, SettingError
from conflictstats.models.rates import DynamicRate

pytestmark = pytest.mark.usefixtures("unchecked")

LAW = ("loc", "scale", "weight")
STILL = (1.01, 0.05)


def panel_of(count, **laws):
    """One event a day at most; laws by name, numbers or shape (T,)."""
    count = np.asarray(count, float)[:, None]
    time = np.datetime64("2019-01-01") + np.arange(len(count))
    dims = ("time", "place")
    told = {name: (dims, np.where(count > 0, v, np.nan)) for name, v in laws.items()}
    told |= {"best": (dims, count), "n_events": (dims, (count > 0).astype(float))}
    return xr.Dataset(told, {"time": time, "time_end": ("time", time), "place": ["A"]})


def fit_of(panel, draws=400, **model):
    model = {"mechanisms": {"exact": "elicited"}, "elicited": LAW, **model}
    rng = np.random.default_rng(1)
    return DynamicRate(draws=draws, **model).fit(panel, rng=rng)


def test_experts_who_are_sure_leave_the_count_exact(rng):
    panel = panel_of(rng.poisson(3, 50), loc=9.0, scale=4.0, weight=1.0)
    sure, exact = fit_of(panel), fit_of(panel, mechanisms={}, elicited=None)
    assert_allclose(sure.log_evidence, exact.log_evidence, rtol=1e-6)
    assert_allclose(sure.draws["expected"], exact.draws["expected"], rtol=1e-5)
    assert (sure.draws["realised"] == panel["best"]).all()


def test_the_rate_follows_the_experts_and_not_the_coded_count():
    """All say half as much again, give or take a twentieth: so does the rate."""
    count = np.full(60, 100.0)
    panel = panel_of(count, loc=150.0, scale=5.0, weight=0.0)
    fit = fit_of(panel, weekly_change=STILL, family="poisson")
    law = stats.gumbel_r(150, 5)
    daily = fit.draws["realised"]
    assert_allclose(daily.mean(), law.mean(), rtol=0.02)
    assert (daily > 120).all()
    assert_allclose(fit.rate()["estimate"], law.mean(), rtol=0.03)


def test_doubt_of_experts_widens_the_total(rng):
    panel = panel_of(rng.poisson(40, 50) + 1, loc=0.0, scale=8.0, weight=0.5)
    panel["loc"] = panel["best"]
    spread = float(fit_of(panel).total().std())
    gumbel = stats.gumbel_r(0, 8)
    most = np.sqrt(50 * (0.5 * gumbel.var() + 0.25 * gumbel.mean() ** 2))
    assert 0.3 * most < spread < 1.1 * most


def test_days_without_an_event_are_zero(rng):
    count = np.where(rng.random(60) < 0.5, 0, 20)
    fit = fit_of(panel_of(count, loc=20.0, scale=2.0, weight=0.5))
    assert (fit.draws["realised"].values[:, count == 0] == 0).all()
    assert fit.nobs == 60


def test_what_has_no_law_is_refused(rng):
    panel = panel_of(rng.poisson(3, 20), loc=3.0, scale=1.0, weight=0.5)
    with pytest.raises(DimensionError, match="elicited names place_law, which"):
        fit_of(panel, elicited=("loc", "place_law", "weight"))
    with pytest.raises(SettingError, match=r"counts above 0 are read as 'elicited'"):
        fit_of(panel, elicited=None)
    several = panel.assign(n_events=2 * panel["n_events"])
    with pytest.raises(SettingError, match=r"of one event, and \d+ cells of A"):
        fit_of(several)

"""Settings of the casualty rate: priors, families, walks, calendars, exact chains."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.errors import FitError, FitWarning, SettingError
from conflictstats.models.rates import DynamicRate, DynamicRateFit
from conflictstats.numerics import priors
from conflictstats.panel import panel_of_events
from conflictstats.simulate.counts import random_walk_counts

pytestmark = pytest.mark.usefixtures("unchecked")

WEEKDAY = np.log([2.0, 1.0, 1.0, 1.0, 0.5, 1.0, 1.0])
"""Effects of Monday to Sunday; they sum to zero."""


def panel_of(count, days=1, start="2018-01-01"):
    """A panel of one place, of counts of shape (T,) in cells of some days."""
    first = np.datetime64(start) + days * np.arange(len(count))
    coords = {"time": first, "time_end": ("time", first + days - 1), "place": ["A"]}
    dims = ("time", "place")
    return xr.Dataset({"best": (dims, np.asarray(count, float)[:, None])}, coords)


def by_month(count, start):
    """A panel of one place, of counts of shape (months,)."""
    first = pd.date_range(start, periods=len(count) + 1, freq="MS").to_numpy()
    panel = panel_of(count).assign_coords(time=first[:-1])
    return panel.assign_coords(time_end=("time", first[1:] - np.timedelta64(1, "D")))


def fit_of(panel, seed=1, strict=True, draws=400, **settings):
    rng = np.random.default_rng(seed)
    return DynamicRate(draws=draws, **settings).fit(panel, rng=rng, strict=strict)


def inside(draws, truth, level=0.98):
    """Whether each truth is in its interval, by dim ``draw``."""
    tail = (1 - level) / 2
    low, high = (draws.quantile(q, "draw").values for q in (tail, 1 - tail))
    return (low < truth) & (truth < high)


# --- the prior of the change ---------------------------------------------------


@pytest.mark.parametrize("days", [1, 7])
def test_without_reports_the_rate_changes_as_the_sentence_says(days):
    """P(more than threefold in a week) = .2, in days as in weeks."""
    prior = {"weekly_change": (3.0, 0.2), "overdispersion": (0.01, 0.05)}
    told = panel_of(np.full(16 if days == 1 else 3, np.nan), days)
    fit = fit_of(told, strict=False, draws=4000, **prior)
    log_rate = np.log(fit.draws["expected"].squeeze("place"))
    change = log_rate[:, 7 // days] - log_rate[:, 0]
    assert_allclose((np.abs(change) > np.log(3)).mean(), 0.2, atol=0.03)


def test_without_reports_an_order_two_walk_turns_as_the_sentence_says():
    """Growth from one week to the next differs by more than threefold, P = .2."""
    told = panel_of(np.full(16, np.nan))
    fit = fit_of(told, strict=False, draws=4000, walk="rw2", weekly_change=(3.0, 0.2))
    log_rate = np.log(fit.draws["expected"].squeeze("place").values)
    turn = log_rate[:, 14] - 2 * log_rate[:, 7] + log_rate[:, 0]
    assert_allclose((np.abs(turn) > np.log(3)).mean(), 0.2, atol=0.03)


# --- family --------------------------------------------------------------------


def test_constant_poisson_counts_have_their_gamma_posterior(rng):
    """By conjugacy; the prior of the first log rate has an sd of 5 and says nothing."""
    count = rng.poisson(6, 40)
    still = {"family": "poisson", "weekly_change": (1.0001, 0.05), "draws": 4000}
    fit = fit_of(panel_of(count), **still)
    assert fit.status.name == "CONVERGED"
    band = fit.mean_rate().squeeze("place")
    law = stats.gamma(count.sum(), scale=1 / 40)
    told = [float(band[name]) for name in ("lower", "estimate", "upper")]
    assert_allclose(told, law.ppf([0.05, 0.5, 0.95]), rtol=0.012)


def test_a_poisson_fit_is_the_limit_of_the_negative_binomial(rng):
    told = panel_of(rng.poisson(12, 60))
    poisson = fit_of(told, family="poisson", draws=1000)
    limit = fit_of(told, overdispersion=(0.001, 0.05), draws=1000)
    assert_allclose(poisson.log_evidence, limit.log_evidence, atol=0.1)
    assert_allclose(poisson.rate()["estimate"], limit.rate()["estimate"], rtol=0.06)
    assert "size" not in poisson.params["param"]
    new = poisson.simulate(rng=rng)
    assert_allclose(new.mean(), told["best"].mean(), rtol=0.05)
    around = (new - poisson.draws["expected"]).var("draw").mean()
    assert_allclose(around, poisson.draws["expected"].mean(), rtol=0.15)


def test_poisson_is_refused_where_counts_scatter_more(rng):
    told = random_walk_counts(80, rng=rng, rate=15, step=0, size=2)
    with pytest.raises(FitError, match=r"A: .*take family='negbin'"):
        fit_of(told, family="poisson", draws=100)
    study = fit_of(told, family="poisson", draws=100, strict=False)
    assert study.status.name == "OVERDISPERSED"


# --- walk ----------------------------------------------------------------------


def test_an_autoregression_is_recovered_and_returns_to_its_level(rng):
    noise = rng.standard_normal(500)
    log_rate = 0.8 * noise
    for t in range(1, 500):
        log_rate[t] = 0.8 * log_rate[t - 1] + 0.6 * log_rate[t]
    count = rng.poisson(30 * np.exp(log_rate)).astype(float)
    count[300:360] = np.nan
    fit = fit_of(panel_of(count), walk="ar1")
    hyper = fit.draws["hyper"].squeeze("place")
    truth = {"sd": 0.8, "correlation": 0.8}
    for name, value in truth.items():
        draws = hyper.sel(param=name)
        assert inside(draws, value), name
        assert draws.std() < 0.15
    level = fit.draws["effects"].sel(term="level").squeeze("place")
    assert inside(level, np.log(30))
    middle = np.log(fit.draws["expected"][:, 325:335, 0])
    assert_allclose(middle.mean(), level.mean(), atol=0.15)
    assert_allclose(middle.std("draw").mean(), 0.8, rtol=0.25)


def test_a_walk_of_order_two_is_smoother_and_goes_on_growing(rng):
    """Deaths double each twenty days; the last fortnight was not observed."""
    mean = 4 * 2 ** (np.arange(94) / 20)
    count = rng.poisson(rng.gamma(5, mean / 5)).astype(float)
    count[80:] = np.nan
    one, two = (fit_of(panel_of(count), walk=walk) for walk in ("rw1", "rw2"))
    paths = [np.log(fit.rate()["estimate"].values[:80, 0]) for fit in (one, two)]
    bends = [np.square(np.diff(path, 2)).sum() for path in paths]
    assert bends[1] < 0.5 * bends[0]
    for fit in (one, two):
        drawn = fit.draws["expected"].squeeze("place")
        assert inside(drawn, mean).mean() > 0.9
    growth = [
        float((fit.draws["expected"][:, 93] / fit.draws["expected"][:, 79]).median())
        for fit in (one, two)
    ]
    assert 0.9 < growth[0] < 1.1
    assert 1.25 < growth[1] < 2.2


# --- calendar ------------------------------------------------------------------


@pytest.fixture(scope="module")
def weekly_rhythm():
    """Half a year of days, twice the deaths on Mondays and half of them on Fridays."""
    rng = np.random.default_rng(5)
    mean = 20 * np.exp(np.resize(WEEKDAY, 182))
    return panel_of(rng.poisson(rng.gamma(20, mean / 20)))


@pytest.fixture(scope="module")
def weekday_fit(weekly_rhythm):
    return fit_of(weekly_rhythm, calendar=("weekday",))


def test_effects_of_weekdays_are_recovered_and_sum_to_zero(weekday_fit):
    effects = weekday_fit.draws["effects"]
    assert effects.dims == ("draw", "term", "place")
    assert list(effects["term"].values) == [f"weekday {j + 1}" for j in range(7)]
    effects = effects.squeeze("place")
    assert inside(effects, WEEKDAY).all()
    assert effects.std("draw").max() < 0.12
    assert_allclose(effects.sum("term"), 0, atol=1e-9)


def test_the_reports_say_whether_there_is_a_rhythm(weekly_rhythm, weekday_fit, rng):
    plain = fit_of(weekly_rhythm, draws=100)
    assert weekday_fit.log_evidence - plain.log_evidence > np.log(1000)
    none = panel_of(rng.poisson(20, 182))
    one, two = (fit_of(none, draws=100, calendar=c) for c in ((), ("weekday",)))
    assert one.log_evidence > two.log_evidence


def test_a_season_is_recovered_from_months(rng):
    season = 0.7 * np.cos(2 * np.pi * (np.arange(12) - 6) / 12)
    days = pd.date_range("2012-01-01", periods=84, freq="MS").days_in_month
    mean = days.to_numpy() * np.exp(np.resize(season, 84))
    fit = fit_of(by_month(rng.poisson(mean), "2012-01-01"), calendar=("month",))
    effects = fit.draws["effects"].squeeze("place")
    assert inside(effects, season).mean() > 0.9
    assert np.corrcoef(effects.mean("draw"), season)[0, 1] > 0.97
    assert_allclose(effects.sum("term"), 0, atol=1e-9)


def test_weeks_take_the_share_of_their_days_in_each_month(rng):
    """A week of four days of January and three of February lies between the two."""
    told = panel_of(rng.poisson(50, 110), days=7, start="2018-01-01")
    fit = fit_of(told, calendar=("month",), weekly_change=(1.0001, 0.05), draws=50)
    january, february = fit.draws["effects"].squeeze("place")[:, :2].values.T
    log_rate = np.log(fit.draws["expected"].squeeze("place").values)
    shift = log_rate[:, 4] - log_rate[:, 0]
    assert told["time"][4] == np.datetime64("2018-01-29")
    assert_allclose(shift, 4 / 7 * (february - january), atol=1e-3)
    assert np.abs(february - january).max() > 0.01


# --- exact chains --------------------------------------------------------------


def test_chains_agree_with_weighted_draws_where_those_are_trusted(rng):
    told = random_walk_counts(12, rng=rng, rate=15, step=0.1, size=5)
    weighted, exact = (
        fit_of(told, refine=chains, draws=1600) for chains in (False, True)
    )
    assert float(weighted.diagnostics["pareto_k"].max()) < 0.5
    diagnostics = exact.diagnostics.squeeze("place")
    assert diagnostics["rhat"] < 1.05
    assert diagnostics["ess"] > 100
    assert 0.3 < diagnostics["acceptance"] <= 1
    one, two = (
        np.log(fit.draws["expected"].squeeze("place")) for fit in (weighted, exact)
    )
    spread = one.std("draw")
    assert (np.abs(one.mean("draw") - two.mean("draw")) < 0.3 * spread).all()
    assert_allclose(two.std("draw"), spread, rtol=0.25)
    assert exact.draws.sizes == weighted.draws.sizes


def test_chains_are_the_remedy_for_doubt():
    told = panel_of([0] * 60 + [1e6] + [0] * 60)
    with pytest.warns(FitWarning, match="refine=True samples the exact posterior"):
        doubtful = fit_of(told, draws=1000)
    assert doubtful.status.name == "DOUBTFUL"
    exact = fit_of(told, refine=True, strict=False)
    assert exact.status.name == "CONVERGED"
    assert (exact.diagnostics["rhat"] < 1.05).all()


# --- edge and use --------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"family": "zip"}, "family must be one of"),
        ({"walk": "rw3"}, "walk must be one of"),
        ({"places": "alone"}, "places must be one of"),
        ({"calendar": ("hour",)}, "calendar must be one of"),
        ({"places": "joint", "walk": "rw2"}, "take walk='rw1', or places='parallel'"),
        ({"places": "joint", "walk": "ar1"}, "take walk='rw1', or places='parallel'"),
        ({"neighbours": {"A": ["B"]}}, "take places='parallel' or 'joint'"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, said):
    with pytest.raises(SettingError, match=said):
        DynamicRate(**settings)


@pytest.mark.parametrize("weekly_change", [(1.0, 0.05), (4.0, 0.0), (4.0, 1.0)])
def test_a_change_is_a_factor_above_one_with_a_chance(weekly_change, rng):
    told = random_walk_counts(5, rng=rng)
    with pytest.raises(ValueError, match="must be"):
        fit_of(told, weekly_change=weekly_change)


@pytest.mark.parametrize(
    ("days", "calendar"), [(7, ("weekday",)), (1, ("month",))], ids=["week", "day"]
)
def test_a_calendar_in_which_cells_do_not_differ_is_refused(days, calendar):
    with pytest.raises(SettingError, match=f"calendar='{calendar[0]}' needs cells"):
        fit_of(panel_of([3.0] * 20, days), calendar=calendar)


def test_weekdays_and_months_of_daily_counts_go_together(rng):
    fit = fit_of(
        panel_of(rng.poisson(9, 70)), calendar=("weekday", "month"), draws=2000
    )
    terms = list(fit.draws["term"].values)
    assert terms[:7] == [f"weekday {j + 1}" for j in range(7)]
    assert terms[7:] == [f"month {j + 1}" for j in range(12)]
    assert {"weekday_sd", "month_sd"} < set(fit.params["param"].values)
    unseen = fit.draws["effects"].sel(term="month 9").std()
    assert unseen > fit.draws["effects"].sel(term="month 2").std()


def test_a_fit_with_every_setting_comes_back_from_a_file(rng, tmp_path):
    told = random_walk_counts(30, rng=rng, places=3, size=np.inf)
    model = DynamicRate(
        family="poisson",
        walk="ar1",
        places="parallel",
        neighbours={"A": ["B"], "B": ("C",)},
        calendar=("weekday",),
        weekly_change=(3.0, 0.1),
        draws=40,
    )
    fit = model.fit(told, rng=rng)
    fit.to_dataset().to_netcdf(tmp_path / "fit.nc")
    again = DynamicRateFit.from_dataset(xr.load_dataset(tmp_path / "fit.nc"))
    assert again.model == model
    xr.testing.assert_equal(again.draws, fit.draws)
    xr.testing.assert_equal(again.diagnostics, fit.diagnostics)
    assert again.log_evidence == fit.log_evidence
    assert np.isfinite(fit.conf_int().to_array()).all()


def test_the_weekly_change_is_the_law_of_the_step():
    """Fifty days without a death cannot tell: the sd of a step keeps its prior."""
    law = priors.Step(5.0, 0.1, cells=7.0)
    told = panel_of(np.full(3, np.nan))
    fit = fit_of(told, strict=False, weekly_change=(5.0, 0.1), draws=4000)
    drawn = np.log(fit.draws["hyper"].sel(param="step_sd").squeeze("place"))
    points = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    assert_allclose(np.quantile(drawn, points), law.quantile(points), atol=0.12)


@pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning")
def test_an_autoregression_with_two_explanations_is_followed(unchecked):
    """Hama's weeks: little scatter and wild rates, or much scatter and calm ones."""
    table = load_nw_syria_deaths().frame
    hama = panel_of_events(table[table["adm_1"] == "Hama"], every="week", by="adm_1")
    rng = np.random.default_rng(1)
    fit = DynamicRate(walk="ar1", draws=100).fit(hama, rng=rng, strict=False)
    assert fit.status.name in ("CONVERGED", "DOUBTFUL")

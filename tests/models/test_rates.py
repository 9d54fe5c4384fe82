"""The casualty rate: known truths, mechanisms, periods, edges and questions."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from conflictstats.errors import DimensionError, FitError, FitWarning, SettingError
from conflictstats.models.rates import DynamicRate, structure
from conflictstats.numerics import priors
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.panel import panel_of_events
from conflictstats.simulate.counts import blur, random_walk_counts

pytestmark = pytest.mark.usefixtures("unchecked")

CAR = {"at_least": "coarsened"}
STEP, SPREAD = priors.Step(4.0, 0.05, cells=7.0), priors.Overdispersion(3.0, 0.05)


def daily(count, place="A"):
    """A panel of daily counts of one place, shape (T,)."""
    count = np.asarray(count, float)[:, None]
    days = np.datetime64("2019-01-01") + np.arange(len(count))
    coords = {"time": days, "time_end": ("time", days), "place": [place]}
    return xr.Dataset({"best": (("time", "place"), count)}, coords)


def fit_of(panel, seed=1, strict=True, **settings):
    rng = np.random.default_rng(seed)
    return DynamicRate(**settings).fit(panel, rng=rng, strict=strict)


def quantiles(draws, points=(0.05, 0.5, 0.95)):
    return np.quantile(np.asarray(draws), points, axis=0)


def overdispersed(rng, mean, size, n):
    return rng.poisson(rng.gamma(size, mean / size, n)).astype(float)


# --- truth ---------------------------------------------------------------------


def coverage(n, rng, days=60, **start):
    """Share of 90 % intervals that hold the mean rate, and the rate of a mid cell.

    Steps and sizes are drawn from the default priors.
    """
    inside = np.zeros((n, 2))
    for i in range(n):
        step, spread = rng.exponential([1 / STEP.rate, 1 / SPREAD.rate])
        rate = start["rate"](rng)
        truth = random_walk_counts(days, rng=rng, rate=rate, step=step, size=spread**-2)
        fit = DynamicRate(draws=300).fit(truth, rng=rng, strict=False)
        found = fit.draws["expected"].values[..., 0]
        true = truth["rate"].values[:, 0]
        for j, (draws, at) in enumerate(
            ((found.mean(axis=1), true.mean()), (found[:, days // 2], true[days // 2]))
        ):
            low, _, high = quantiles(draws)
            inside[i, j] = low < at < high
    return inside.mean(axis=0)


@pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning")
def test_intervals_cover_smoke(rng):
    found = coverage(80, rng, rate=lambda g: np.exp(g.uniform(0, 3.5)))
    assert ((found >= 0.82) & (found <= 0.97)).all(), found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning")
def test_intervals_cover_in_a_thousand_simulations(rng):
    """METHODS B: 86.8 to 93.0 % where the first rate is from 1 to 30 a day."""
    found = coverage(1000, rng, rate=lambda g: np.exp(g.uniform(0, 3.4)))
    assert ((found >= 0.868) & (found <= 0.93)).all(), found


def test_hyperparameters_are_recovered(rng):
    truth = random_walk_counts(1500, rng=rng, rate=10, step=0.1, size=3)
    interval = fit_of(truth).conf_int(0.98).squeeze("place")
    for name, value in (("step_sd", 0.1), ("size", 3.0)):
        at = interval.sel(param=name)
        assert at["lower"] < value < at["upper"]
        assert at["upper"] / at["lower"] < 2.5
    assert interval["lower"].sel(param="found") == 1


def test_new_counts_look_like_the_old(rng):
    truth = random_walk_counts(300, rng=rng, rate=8, step=0.1, size=2)
    new = fit_of(truth).simulate(rng=rng).squeeze("place").transpose("draw", "time")
    low, _, high = quantiles(new)
    inside = (low <= truth["best"].values[:, 0]) & (truth["best"].values[:, 0] <= high)
    assert 0.88 <= inside.mean() <= 0.97
    assert_allclose(new.mean(), truth["best"].mean(), rtol=0.12)


# --- mechanisms ----------------------------------------------------------------


def test_coarsening_at_random_recovers_and_reading_it_as_exact_does_not(rng):
    truth = random_walk_counts(400, rng=rng, rate=6, step=0.03, size=2.5)
    said = blur(truth["truth"], mechanism="coarsened", share=0.5, rng=rng)
    mean = truth["rate"].sum("time")
    settings = {"draws": 400}
    right = fit_of(said, mechanisms=CAR, **settings).draws["expected"].sum("time")
    low, _, high = quantiles(right / mean)
    assert low < 1 < high
    assert high - low < 0.3
    exact = {"at_least": "exact"}
    wrong = fit_of(said, mechanisms=exact, **settings).draws["expected"].sum("time")
    assert quantiles(wrong / mean)[2] < 0.97


@pytest.mark.parametrize(
    ("share", "exact", "coarsened"), [(0.25, 0.975, 1.20), (0.5, 0.95, 1.55)]
)
def test_confirmed_so_far_is_bracketed_and_recovered(share, exact, coarsened, rng):
    """METHODS A: simulated with found 0.9, rate 4.48, alpha 0.4; there n = 2000.

    As many as ``share`` of the days are blurred, so an exact reading finds
    1 - 0.1 share of the deaths.
    """
    truth = random_walk_counts(800, rng=rng, rate=4.48, step=0, size=2.5)
    said = blur(truth["truth"], mechanism="confirmed", share=share, rng=rng)
    dead = float(truth["truth"].sum())
    as_exact = fit_of(said, mechanisms={"at_least": "exact"}, draws=400)
    assert_allclose(as_exact.total() / dead, exact, atol=0.012)
    as_cut = fit_of(said, mechanisms=CAR, draws=400)
    assert_allclose(as_cut.total().median() / dead, coarsened, atol=0.1)
    low, _, high = quantiles(fit_of(said, draws=1000).total() / dead)
    assert low < 1 < high
    assert exact - 0.012 < low
    assert high < coarsened


def test_only_lower_bounds_are_driven_by_the_prior(rng):
    truth = random_walk_counts(150, rng=rng, rate=9, step=0, size=5)
    said = blur(truth["truth"], mechanism="confirmed", share=1.0, rng=rng)
    fit = fit_of(said)
    assert fit.status.name == "PRIOR_DRIVEN"
    found = fit.draws["hyper"].sel(param="found").values
    law = stats.beta(19.8, 3.3)
    assert_allclose(found.mean(), law.mean(), atol=0.015)
    assert_allclose(found.std(), law.std(), rtol=0.12)
    other = fit_of(said, found=(2.0, 2.0))
    ratio = other.total(kind="expected").median() / fit.total(kind="expected").median()
    assert 1.5 < ratio < 2.1
    for run in (fit, other):
        share = run.draws["hyper"].sel(param="found", drop=True)
        known = run.total(kind="expected") * share
        assert_allclose(known.median(), said["value"].sum(), rtol=0.12)


def test_exact_counts_beside_lower_bounds_tell_the_share_found(rng):
    truth = random_walk_counts(600, rng=rng, rate=20, step=0, size=20)
    said = blur(truth["truth"], mechanism="confirmed", share=0.5, rng=rng, found=0.6)
    fit = fit_of(said, draws=500, found=(1.0, 1.0))
    assert fit.status.name == "CONVERGED"
    low, _, high = quantiles(fit.draws["hyper"].sel(param="found"))[:, 0]
    assert low < 0.6 < high
    assert high - low < 0.1


def test_rounded_counts_recover(rng):
    truth = random_walk_counts(300, rng=rng, rate=40, step=0.02, size=5)
    said = blur(truth["truth"], mechanism="rounded", share=1.0, rng=rng)
    dead = float(truth["truth"].sum())
    low, _, high = quantiles(fit_of(said, draws=400).total() / dead)
    assert low < 1 < high
    assert high - low < 0.05
    as_exact = fit_of(said, mechanisms={"more_than": "exact"}, draws=100).total() / dead
    assert (as_exact < 0.95).all()


def test_true_counts_respect_their_reports(rng):
    said = xr.concat(
        [
            blur(
                random_walk_counts(60, rng=rng, rate=12)["truth"],
                mechanism=m,
                share=0.7,
                rng=rng,
            ).assign_coords(place=[m])
            for m in ("exact", "confirmed", "coarsened", "rounded")
        ],
        "place",
    ).transpose("time", "place")
    fit = fit_of(said, mechanisms={}, draws=200)
    drawn, low = fit.draws["realised"], said["low"]
    assert ((drawn == low) | (said["qualifier"] != "exact")).all()
    assert (drawn >= low).all()
    inside = (drawn <= said["high"]).sel(place=["coarsened", "rounded"])
    assert inside.all()
    assert (drawn % 1 == 0).all()
    open_ended = said["qualifier"].sel(place="confirmed") == "at_least"
    more = (drawn.sel(place="confirmed") - low.sel(place="confirmed")).mean("draw")
    assert (more.where(open_ended, 1) > 0).mean() > 0.95


# --- periods -------------------------------------------------------------------

WEEKS = 40
LONG = slice(7, 33)


def events_with_a_long_record(rng, rate=40.0):
    """Of the deaths of weeks 7 to 32 one half is known only by a half-year record."""
    whole = rng.poisson(rate, WEEKS)
    dated = whole.copy()
    dated[LONG] = rng.binomial(whole[LONG], 0.5)
    monday = np.datetime64("2018-01-01") + 7 * np.arange(WEEKS)
    record = int((whole - dated).sum())
    frame = pd.DataFrame(
        {
            "date_start": np.append(monday + 2, monday[7]),
            "date_end": np.append(monday + 2, monday[32] + 6),
            "adm_1": "Idlib",
            "best": np.append(dated, record),
        }
    )
    return frame.assign(low=frame["best"], high=frame["best"]), whole


def weekly(frame, **options):
    span = {"start": "2018-01-01", "end": "2018-10-07"}
    return panel_of_events(frame, every="week", **span, **options)


def test_a_long_record_keeps_the_rate_where_its_first_day_does_not(rng):
    frame, whole = events_with_a_long_record(rng)
    fit = fit_of(weekly(frame))
    rate = fit.rate()["estimate"].values[:, 0] * 7
    assert_allclose(rate, 40, rtol=0.2)
    assert_allclose(rate.mean(), 40, rtol=0.06)
    booked = frame.assign(date_end=frame["date_start"])
    naive = fit_of(weekly(booked), strict=False).rate()["estimate"].values[:, 0] * 7
    assert (naive[12:30] < 27).all()
    assert naive[7] > 60
    assert_array_equal(fit.total(), np.full((1000, 1), whole.sum()))


def test_deaths_of_a_period_are_added_to_its_cells(rng):
    frame, _ = events_with_a_long_record(rng)
    told = weekly(frame)
    drawn = fit_of(told).draws["realised"].squeeze("place") - told["best"].values[:, 0]
    assert (drawn >= 0).all()
    assert (drawn[:, :7] == 0).all()
    assert (drawn[:, 33:] == 0).all()
    assert_allclose(drawn.mean("draw")[LONG], 20, rtol=0.35)


def test_a_record_over_a_gap_has_none_of_the_gaps_deaths(rng):
    """Ten of the weeks that the record spans were not observed."""
    frame, whole = events_with_a_long_record(rng)
    gap = slice(15, 25)
    lost = rng.binomial(whole[gap], 0.5).sum()
    frame.loc[WEEKS, ["low", "best", "high"]] -= lost
    frame = frame.drop(index=range(15, 25))
    edges = [str(np.datetime64("2018-01-01") + 7 * week) for week in (15, 25)]
    end = str(np.datetime64(edges[1]) - 1)
    told = weekly(frame, missing=[("Idlib", edges[0], end)])
    assert told["best"].isnull().sum() == 10
    fit = fit_of(told)
    rate = fit.rate()["estimate"].values[:, 0] * 7
    assert_allclose(rate, 40, rtol=0.2)
    in_gap = fit.draws["realised"].squeeze("place")[:, gap].sum("time")
    assert_allclose(in_gap.median(), 400, rtol=0.2)


@pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning")
def test_a_period_alone_is_spread_over_its_cells(rng):
    frame = pd.DataFrame(
        {
            "date_start": pd.to_datetime(["2018-01-01"]),
            "date_end": pd.to_datetime(["2018-03-31"]),
            "adm_1": "Idlib",
            "best": [400],
        }
    )
    frame = frame.assign(low=400, high=400)
    span = {"start": "2018-01-01", "end": "2018-03-31"}
    fit = fit_of(panel_of_events(frame, every="month", **span), strict=False)
    assert (fit.total() == 400).all()
    low, _, high = quantiles(fit.total(kind="expected"))
    assert low < 400 < high
    ends = fit.draws["realised"].squeeze("place").std("draw")
    assert ends.min() > 10


# --- identity ------------------------------------------------------------------


def test_moving_in_time_changes_nothing(rng):
    told = daily(overdispersed(rng, 4, 2, 50))
    later = told.assign_coords(
        time=told["time"] + np.timedelta64(1000, "D"),
        time_end=("time", told["time_end"].values + np.timedelta64(1000, "D")),
    )
    assert_array_equal(fit_of(told).draws["expected"], fit_of(later).draws["expected"])


def test_double_exposure_halves_the_rate_per_person_and_moves_no_deaths(rng):
    told = daily(overdispersed(rng, 4, 2, 50))
    people = xr.full_like(told["best"], 3e6)
    one = fit_of(told.assign(people=people), exposure="people")
    two = fit_of(told.assign(people=2 * people), exposure="people")
    plain = fit_of(told)
    for fit in (two, plain):
        assert_allclose(fit.draws["expected"], one.draws["expected"], rtol=1e-4)
        assert_allclose(fit.log_evidence, one.log_evidence, rtol=1e-7)


def test_deaths_follow_a_growing_population(rng):
    people = xr.DataArray(np.linspace(1e6, 4e6, 200)[:, None], dims=("time", "place"))
    told = daily(rng.poisson(people.values[:, 0] * 5e-6)).assign(people=people)
    fit = fit_of(told, exposure="people")
    per_person = (fit.draws["expected"] / people).mean("draw") * 1e6
    assert_allclose(per_person, 5, rtol=0.15)


def test_a_gap_has_the_exposure_around_it(rng):
    """A panel gives no person-days to a cell without observation: not no deaths."""
    told = daily(overdispersed(rng, 6, 5, 60))
    told["best"][20:30] = np.nan
    seen = told["best"].notnull().astype(float)
    told = told.assign(coverage=seen, people=1e6 * seen)
    plain, fit = fit_of(told), fit_of(told, exposure="people")
    assert_allclose(fit.draws["expected"], plain.draws["expected"], rtol=1e-4)
    assert fit.total("2019-01-21", "2019-01-30").median() > 30


def test_places_are_fitted_each_on_its_own(rng):
    told = random_walk_counts(40, rng=rng, places=3)
    turned = told.isel(place=[2, 0, 1])
    one, two = fit_of(told, draws=4000), fit_of(turned, draws=4000)
    alone = fit_of(told.isel(place=[1]), draws=4000)
    by_place = one.diagnostics["log_evidence"]
    again = two.diagnostics["log_evidence"].sel(place=told["place"].values)
    assert_allclose(again, by_place, atol=0.03)
    assert_allclose(alone.log_evidence, by_place[1], atol=0.03)
    gap = one.rate()["estimate"] - two.rate()["estimate"].sel(place=told["place"])
    assert (np.abs(gap) / one.rate()["estimate"]).max() < 0.15


def test_nothing_said_is_the_same_as_missing(rng):
    count = overdispersed(rng, 5, 2, 60)
    low, high = count.copy(), count.copy()
    low[20:40], high[20:40] = 0, np.inf
    words = np.where(low == high, "exact", "range")
    dims = ("time", "place")
    said = daily(count).assign(
        low=(dims, low[:, None]),
        high=(dims, high[:, None]),
        qualifier=(dims, words[:, None]),
    )
    count[20:40] = np.nan
    one, two = fit_of(said), fit_of(daily(count))
    assert_allclose(one.draws["expected"], two.draws["expected"], rtol=1e-6)
    assert one.nobs == two.nobs == 40


def test_a_missing_block_widens_towards_its_middle(rng):
    count = overdispersed(rng, 20, 10, 90)
    count[30:61] = np.nan
    rate = fit_of(daily(count), draws=4000).rate().squeeze("place")
    width = np.log(rate["upper"] / rate["lower"]).values
    assert width[45] > 1.3 * width[20]
    smooth = width[30:61].reshape(-1)
    middle = [smooth[i : i + 7].mean() for i in (0, 6, 12, 18, 24)]
    assert middle[0] < middle[1] < middle[2] > middle[3] > middle[4]


# --- limit ---------------------------------------------------------------------


def test_poisson_counts_find_the_poisson_limit(rng):
    told = daily(rng.poisson(30, 300))
    free = fit_of(told)
    assert free.params.sel(param="size") > 100
    poisson = fit_of(told, overdispersion=(0.001, 0.05))
    assert poisson.params.sel(param="size") > 1e6
    rates = [fit.rate().squeeze("place") for fit in (free, poisson)]
    assert_allclose(rates[0]["estimate"], rates[1]["estimate"], rtol=0.02)
    low, middle, high = quantiles(poisson.total(kind="expected"))[:, 0]
    assert_allclose(middle, told["best"].sum(), rtol=0.01)
    assert_allclose((high - low) / 3.29, np.sqrt(9000), rtol=0.1)


# --- edge ----------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning")
@pytest.mark.parametrize(
    "count",
    [
        [0.0] * 60,
        [0.0],
        [7.0],
        [3.0, 900.0],
        [1e6] * 40,
        [5.0] * 30 + [1e6] + [5.0] * 30,
        [0.0, 1e5] * 20,
        [np.nan] * 20 + [4.0] + [np.nan] * 20,
    ],
    ids=["zeros", "no day", "one day", "two", "millions", "outlier", "wild", "lone"],
)
def test_extreme_counts_still_give_an_answer_with_a_status(count):
    fit = fit_of(daily(count), strict=False)
    assert fit.status.name in ("CONVERGED", "DOUBTFUL")
    rate = fit.rate().squeeze("place")
    assert np.isfinite(rate["upper"]).all()
    assert (rate["lower"] > 0).all()
    assert (rate["lower"] < rate["upper"]).all()
    seen = np.isfinite(count)
    drawn = fit.draws["realised"].values[:, seen, 0]
    assert_array_equal(drawn, np.broadcast_to(np.asarray(count)[seen], drawn.shape))


@pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning")
def test_a_year_without_deaths_bounds_the_rate():
    """By quadrature, a constant Poisson rate with this prior of the first log rate has
    its 95 % point at 0.0039 a day; scatter and drift can only raise it a little.
    """
    log_rate = np.linspace(-25, 5, 20_001)
    weight = np.exp(-(log_rate**2) / 50 - 365 * np.exp(log_rate))
    constant = np.interp(0.95, np.cumsum(weight) / weight.sum(), np.exp(log_rate))
    upper = fit_of(daily(np.zeros(365)), strict=False).mean_rate()["upper"]
    assert (upper > 0.8 * constant).all()
    assert (upper < 1.6 * constant).all()


@pytest.mark.filterwarnings("ignore::conflictstats.errors.FitWarning")
def test_one_wild_day_does_not_move_its_far_neighbours(rng):
    count = rng.poisson(5, 61).astype(float)
    count[30] = 1e6
    rate = fit_of(daily(count), strict=False).rate().squeeze("place")
    assert (np.abs(np.log(rate["estimate"][[5, 55]] / 5)) < 1).all()


def test_no_observation_is_refused_and_a_study_sees_the_prior(rng):
    told = random_walk_counts(30, rng=rng, places=2)
    told["best"][:, 1] = np.nan
    with pytest.raises(FitError, match="B: no cell was observed"):
        fit_of(told)
    fit = fit_of(told, strict=False, draws=4000)
    assert fit.status.name == "NO_DATA"
    assert list(fit.diagnostics["status"].values) == ["CONVERGED", "NO_DATA"]
    first = np.log(fit.draws["expected"].values[:, 0, 1])
    assert_allclose([first.mean(), first.std()], [0, 5], atol=0.3)


def test_what_is_missing_is_named(rng):
    told = random_walk_counts(10, rng=rng)
    with pytest.raises(DimensionError, match="no 'deaths_civilians'"):
        fit_of(told, variable="deaths_civilians")
    with pytest.raises(DimensionError, match="place"):
        fit_of(told.squeeze("place", drop=True))
    with pytest.raises(DimensionError, match="no 'people'"):
        fit_of(told, exposure="people")
    with pytest.raises(SettingError, match="nowhere above 0"):
        fit_of(told.assign(people=0 * told["best"]), exposure="people")
    with pytest.raises(ValueError, match="at_least"):
        fit_of(told, mechanisms={"at_least": "guessed"})


def test_doubt_is_said_aloud():
    """Ten days of a million deaths or two, by a law that leaves no room for error."""
    low, high = np.full(10, 1e6), np.full(10, 2e6)
    dims = ("time", "place")
    said = daily(low).assign(
        low=(dims, low[:, None]),
        high=(dims, high[:, None]),
        qualifier=(dims, np.full((10, 1), "range")),
    )
    with pytest.warns(FitWarning, match="doubtful"):
        fit = fit_of(said, family="poisson")
    assert fit.status.name == "DOUBTFUL"
    assert fit.diagnostics["pareto_k"] > 0.7


@pytest.mark.parametrize("refine", [False, True])
def test_a_search_that_meets_no_mode_is_refused_with_its_sentence(monkeypatch, refine):
    """From a start that is no number, whatever the reports are."""

    def nowhere(layout, design, *, apart):
        return Vector(np.full(design.nodes, np.nan), np.zeros(design.effects))

    monkeypatch.setattr(structure, "_flat_start", nowhere)
    settings = {"refine": refine, "draws": 20}
    with pytest.raises(FitError, match="the search for the mode did not end"):
        fit_of(daily([3, 0, 5]), **settings)
    assert fit_of(daily([3, 0, 5]), strict=False, **settings).status.name == (
        "NOT_CONVERGED"
    )


def test_one_huge_count_among_zeros_is_followed():
    fit = fit_of(daily([0, 0, 0, 1e9, 0, 0, 0]))
    assert fit.status.name == "CONVERGED"
    band = fit.rate(0.9).squeeze("place").isel(time=3)
    assert band.upper > 1e8
    assert (fit.draws["realised"].sum("time") == 1e9).all()


# --- questions -----------------------------------------------------------------


@pytest.fixture(scope="module")
def stepped():
    """Sixty days at four, then sixty at eighty."""
    rng = np.random.default_rng(8)
    return daily(np.append(rng.poisson(4, 60), rng.poisson(80, 60)), "<b> & co")


@pytest.fixture(scope="module")
def step_fit(stepped):
    return fit_of(stepped)


def test_the_onset_is_the_day_of_the_step(step_fit):
    onset = step_fit.onset(("2019-01-01", "2019-02-15"), factor=5).squeeze("place")
    assert onset["probability"] > 0.99
    off = onset[["lower", "estimate", "upper"]].to_array() - np.datetime64("2019-03-02")
    assert (np.abs(off / np.timedelta64(1, "D")) <= 2).all()
    assert onset["lower"] <= onset["estimate"] <= onset["upper"]


def test_an_onset_that_never_came_has_no_day(step_fit):
    never = step_fit.onset(("2019-01-01", "2019-02-15"), factor=500)
    assert (never["probability"] == 0).all()
    assert never["estimate"].isnull().all()


def test_the_probability_of_a_rise_knows_how_far(step_fit):
    before, after = ("2019-01-01", "2019-02-15"), ("2019-03-15", "2019-04-30")
    assert (step_fit.probability_rose(before, after, factor=12) > 0.99).all()
    assert (step_fit.probability_rose(before, after, factor=30) < 0.01).all()
    assert (step_fit.probability_rose(after, before) == 0).all()
    same = step_fit.probability_rose(before, before)
    assert (same == 0).all()


def test_the_peak_is_after_the_step(step_fit):
    peak = step_fit.peak().squeeze("place")
    assert peak["time"] > np.datetime64("2019-03-01")
    assert 75 < peak["lower"] < peak["estimate"] < peak["upper"] < 130


def test_totals_add_up_over_windows(step_fit, stepped):
    parts = ("2019-01-01", "2019-02-10"), ("2019-02-11", "2019-04-30")
    for kind in ("realised", "expected"):
        summed = sum(step_fit.total(*part, kind=kind) for part in parts)
        assert_allclose(summed, step_fit.total(kind=kind), rtol=1e-12)
    first = stepped["best"].sel(time=slice(*parts[0])).sum("time")
    assert (step_fit.total(*parts[0]) == first).all()


def test_a_total_that_cuts_a_week_is_refused(rng):
    frame, _ = events_with_a_long_record(rng)
    fit = fit_of(weekly(frame), draws=50)
    fit.total("2018-01-08", "2018-01-14")
    with pytest.raises(SettingError, match="2018-01-09 is not the first day"):
        fit.total("2018-01-09", "2018-01-14")
    with pytest.raises(SettingError, match="2018-01-15 is not the last day"):
        fit.total("2018-01-08", "2018-01-15")
    with pytest.raises(SettingError, match="empty"):
        fit.total("2018-01-15", "2018-01-14")


# --- use -----------------------------------------------------------------------


def test_the_summary_is_safe_in_a_notebook(step_fit):
    assert "<b> & co" in step_fit.summary()
    shown = step_fit._repr_html_()
    assert "&lt;b&gt; &amp; co" in shown
    assert "<b>" not in shown


def test_a_fit_survives_pickling_and_has_no_data(step_fit):
    again = pickle.loads(pickle.dumps(step_fit))
    xr.testing.assert_identical(again.draws, step_fit.draws)
    assert again.model == step_fit.model
    assert again.summary() == step_fit.summary()


def test_arviz_finds_chains_and_draws(step_fit):
    tree = step_fit.to_datatree()
    posterior = tree["posterior"]
    assert posterior["expected"].dims[:2] == ("chain", "draw")
    assert_array_equal(posterior["hyper"].squeeze("chain"), step_fit.draws["hyper"])
    assert list(tree["diagnostics"]["status"].values) == ["CONVERGED"]


def test_a_tidy_table_has_a_row_a_cell(step_fit):
    frame = step_fit.to_frame(0.8)
    assert len(frame) == 120
    assert (frame["lower"] < frame["estimate"]).all()
    assert set(frame["level"]) == {0.8}


def test_wider_levels_hold_narrower_ones(step_fit):
    half, most = step_fit.rate(0.5), step_fit.rate(0.95)
    assert (most["lower"] < half["lower"]).all()
    assert (half["upper"] < most["upper"]).all()
    with pytest.raises(ValueError, match=r"0\.9"):
        step_fit.rate(90)


def test_the_same_seed_gives_the_same_numbers(stepped, step_fit):
    xr.testing.assert_identical(fit_of(stepped).draws, step_fit.draws)
    other = fit_of(stepped, seed=2).rate()["estimate"]
    assert_allclose(other, step_fit.rate()["estimate"], rtol=0.1)
    assert not np.array_equal(other, step_fit.rate()["estimate"])


SCRIPT = """
import numpy as np
from conflictstats.models.rates import DynamicRate
from conflictstats.numerics import priors
from conflictstats.simulate.counts import random_walk_counts
rng = np.random.default_rng(5)
fit = DynamicRate(draws=200).fit(random_walk_counts(500, rng=rng), rng=rng)
print(repr(fit.draws["expected"].values.sum(axis=(1, 2)).tolist()))
"""


def test_threads_do_not_change_the_numbers():
    runs = []
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        runs.append(np.array([float(v) for v in done.stdout.strip("[]\n").split(",")]))
    assert_allclose(runs[0], runs[1], rtol=1e-6)


def test_a_panel_with_groups_is_refused_with_a_way_out(rng):
    panel = random_walk_counts(10, rng=rng).expand_dims(group=["1", "2"])
    with pytest.raises(DimensionError, match="one group at a time; the panel has 1, 2"):
        DynamicRate().fit(panel, rng=rng)

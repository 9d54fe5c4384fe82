"""The course of the share: known truth, its bounds as limits, and its edges."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special, stats

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.errors import DimensionError, FitError, QuantityError, SettingError
from conflictstats.models.civilian_share import (
    DynamicShare,
    DynamicShareStatus,
    ShareBounds,
)
from conflictstats.numerics.sampling import hmc
from conflictstats.panel import panel_of_events
from conflictstats.simulate.shares import dead_by_category, random_walk_shares

pytestmark = pytest.mark.usefixtures("unchecked")
WEEK = np.timedelta64(6, "D")
DENOMINATORS = ["all", "known", "without_government", "without_nonstate"]


def dead(*weeks, place="A"):
    """A panel from (civilians, government, nonstate, unknown) of each week."""
    names = ("civilians", "government", "nonstate", "unknown")
    time = np.datetime64("2019-01-07", "us") + np.timedelta64(7, "D") * np.arange(
        len(weeks)
    )
    values = np.array(weeks, float)
    return xr.Dataset(
        {
            f"deaths_{name}": (("time", "place"), values[:, [i]])
            for i, name in enumerate(names)
        },
        {"time": time, "time_end": ("time", time + WEEK), "place": [place]},
    )


def fit_of(weekly, denominator="all", seed=1, strict=True, **settings):
    certain = {"odds_ratio_sd": 0.0, "draws": 400}
    model = DynamicShare(denominator=denominator, **(certain | settings))
    return model.fit(weekly, rng=np.random.default_rng(seed), strict=strict)


def drawn(fit, name, category="civilians"):
    return fit.draws[name].sel(category=category, drop=True)


MIXED = dead(*[(6, 4, 8, 5), (2, 9, 1, 3), (0, 3, 4, 6), (12, 1, 1, 2), (3, 3, 3, 3)])


# --- truth ---


def test_a_changing_share_is_followed(rng):
    weekly = random_walk_shares(80, rng=rng, dead=80, correlation=0.05)
    fit = fit_of(weekly)
    band = fit.share()
    truth = weekly["share"]
    inside = (band["lower"] < truth) & (truth < band["upper"])
    assert 0.75 < inside.mean() <= 1
    assert np.corrcoef(band["estimate"][:, 0], truth[:, 0])[0, 1] > 0.8
    correlation = fit.conf_int(0.99)["upper"].sel(param="correlation").item()
    assert 0.05 < correlation < 0.3
    assert fit.status is DynamicShareStatus.CONVERGED


def coverage(simulations, rng):
    """Share of 90 % intervals that hold the truth, drawn from the model's prior.

    Of the share of those who died, and of the expected share in the middle week.
    """
    realised, expected = [], []
    for _ in range(simulations):
        weekly = random_walk_shares(
            26,
            rng=rng,
            share=float(special.expit(rng.normal(0, 1.5))),
            step=rng.exponential(-1 / np.log(0.05)),
            correlation=rng.beta(1, 3),
            unknown=0.3,
        )
        fit = fit_of(weekly, seed=int(rng.integers(2**32)), draws=200)
        lower, upper = fit.total_share().quantile([0.05, 0.95])
        truth = weekly["civilians"].sum() / fit.draws["deaths"].sum()
        realised.append(bool(lower <= truth <= upper))
        middle, band = weekly["share"][13, 0], fit.share().isel(time=13, place=0)
        expected.append(bool(band["lower"] <= middle <= band["upper"]))
    return np.mean(realised), np.mean(expected)


def test_intervals_of_simulated_series_cover_the_truth():
    """Within three binomial standard errors of 0.9 with 25 series."""
    for share in coverage(25, np.random.default_rng(8)):
        assert share >= 0.72


@pytest.mark.slow
def test_intervals_of_many_simulated_series_cover_the_truth():
    """Three binomial standard errors around 0.9 with 400 series."""
    for share in coverage(400, np.random.default_rng(9)):
        assert 0.855 <= share <= 0.945


# --- reference: quadrature, and a sampler without approximation ---


def test_one_week_against_quadrature():
    """Seven civilians of ten known: share and correlation integrated on a grid."""
    fit = fit_of(dead((7, 3, 0, 0)), draws=4000)
    logit = np.linspace(-9, 9, 901)[:, None]
    correlation = np.linspace(0.0005, 0.9995, 1000)
    weight = (1 - correlation) / correlation
    share = special.expit(logit)
    chance = stats.betabinom(10, weight * share, weight * (1 - share)).pmf(7)
    # prior: N(0, 1.5) of the logit and Beta(1, 3) of the correlation
    chance *= stats.norm(0, 1.5).pdf(logit) * stats.beta(1, 3).pdf(correlation)
    chance /= chance.sum()
    for found, grid in (
        (special.logit(drawn(fit, "share").squeeze()), logit),
        (fit.draws["hyper"].sel(param="correlation").squeeze(), correlation),
    ):
        mean = (chance * grid).sum()
        sd = np.sqrt((chance * (grid - mean) ** 2).sum())
        assert_allclose(found.mean(), mean, atol=0.1 * sd)
        assert_allclose(found.std(), sd, rtol=0.06)


def exact_target(civilians, known):
    """Log density and gradient in (innovations, log step sd, logit of correlation)."""
    rate, digamma = -np.log(0.05), special.digamma

    def target(at):
        steps, step_sd, alike = at[:, :-2], np.exp(at[:, -2:-1]), at[:, -1:]
        scale = np.hstack([np.full_like(step_sd, 1.5), step_sd + 0 * steps[:, 1:]])
        share = special.expit(np.cumsum(scale * steps, axis=1))
        weight, rho = np.exp(-alike), special.expit(alike)
        a, b = weight * share, weight * (1 - share)
        value = special.betaln(civilians + a, known - civilians + b)
        value = (value - special.betaln(a, b)).sum(axis=1)
        value -= 0.5 * (steps**2).sum(axis=1)
        prior = at[:, -2] - rate * step_sd[:, 0]
        prior += np.log(rho[:, 0]) + 3 * np.log1p(-rho[:, 0])
        both = digamma(weight) - digamma(known + weight)
        by_a = digamma(civilians + a) - digamma(a) + both
        by_b = digamma(known - civilians + b) - digamma(b) + both
        pull = weight * share * (1 - share) * (by_a - by_b)
        ahead = np.cumsum(pull[:, ::-1], axis=1)[:, ::-1]
        slope = np.empty_like(at)
        slope[:, :-2] = scale * ahead - steps
        slope[:, -2] = (scale * steps * ahead)[:, 1:].sum(axis=1)
        slope[:, -2] += 1 - rate * step_sd[:, 0]
        slope[:, -1] = -(a * by_a + b * by_b).sum(axis=1) + (1 - 4 * rho[:, 0])
        # below this the beta functions cancel; the prior has e^-15 of its mass there
        return np.where(at[:, -1] > -15, value + prior, -np.inf), slope

    return target


@pytest.mark.slow
def test_twelve_weeks_against_a_sampler_without_approximation():
    """Means within 0.1 sd and sds within 7 %, the sampler's own noise among them."""
    civilians = np.array([12, 9, 3, 14, 20, 25, 18, 6, 7, 2, 1, 4.0])
    known = np.array([40, 30, 25, 38, 35, 40, 30, 21, 33, 20, 16, 40.0])
    weeks = [(c, n - c, 0, 0) for c, n in zip(civilians, known, strict=True)]
    fit = fit_of(dead(*weeks), draws=4000)
    start = np.append(np.zeros(12), [-1.0, -2.0])
    exact = hmc.sample(
        exact_target(civilians, known), start, 8_000, np.random.default_rng(3)
    )
    assert exact.rhat < 1.02
    step_sd = np.exp(exact.draws[:, 12])
    scale = np.column_stack([np.full(8_000, 1.5), *[step_sd] * 11])
    logit = np.cumsum(scale * exact.draws[:, :12], axis=1)
    pairs = [(special.logit(drawn(fit, "share").squeeze("place")).values, logit)]
    hyper = np.column_stack([step_sd, special.expit(exact.draws[:, 13])])
    pairs.append((fit.draws["hyper"].squeeze("place").values, hyper))
    for found, reference in pairs:
        sd = reference.std(axis=0)
        off = (found.mean(axis=0) - reference.mean(axis=0)) / sd
        assert_allclose(off, 0, atol=0.1)
        assert_allclose(found.std(axis=0) / sd, 1, atol=0.07)


def test_the_unknown_of_a_week_follow_its_known():
    """Exchangeable dead: the unknown are drawn by the share of that very week."""
    weeks = [(10, 45, 45, 0)] * 12 + [(90, 5, 5, 100)] + [(10, 45, 45, 0)] * 12
    fit = fit_of(dead(*weeks), draws=1000)
    among = (drawn(fit, "killed").isel(time=12, place=0) - 90) / 100
    assert fit.share()["estimate"].isel(time=12, place=0) < 0.6
    assert among.mean() > 0.75


# --- identity ---


def test_shares_of_all_known_are_exact():
    weekly = MIXED.assign(deaths_unknown=0 * MIXED["deaths_unknown"])
    fit = fit_of(weekly)
    civilians = 6 + 2 + 0 + 12 + 3
    assert (fit.total_share() == civilians / (civilians + 20 + 17)).all()
    days = "2019-01-07", "2019-01-20"
    assert (fit.total_share(*days) == 8 / 30).all()
    assert fit.total_share().attrs["denominator"].startswith("all recorded dead")


@pytest.mark.parametrize("denominator", DENOMINATORS)
@pytest.mark.parametrize(("odds_ratio", "end"), [(1e-9, "lower"), (1e9, "upper")])
def test_the_limits_of_the_assumption_are_the_bounds(denominator, odds_ratio, end):
    fit = fit_of(MIXED, denominator, odds_ratio=odds_ratio)
    sums = MIXED.sum("time").squeeze("place", drop=True).to_pandas().to_frame().T
    total = sums.sum(axis=1)
    events = sums.assign(low=total, best=total, high=total)
    model = ShareBounds(denominator=denominator, replicates=2)
    bound = model.fit(events, rng=np.random.default_rng(1)).bounds[end].item()
    # a week whose chance is itself within 1e-9 of the other end may still miss it
    at_bound = np.isclose(fit.total_share(), bound, rtol=1e-12)
    assert at_bound.mean() > 0.98
    assert_allclose(fit.total_share().mean(), bound, atol=1e-3)


def test_a_greater_odds_ratio_means_more_civilians():
    shares = [
        fit_of(MIXED, odds_ratio=psi).total_share().mean().item()
        for psi in (0.1, 1.0, 10.0)
    ]
    assert shares[0] + 0.03 < shares[1] < shares[2] - 0.03


def test_weeks_add_up_to_their_period():
    fit = fit_of(MIXED)
    ends = MIXED["time_end"].values.astype("datetime64[D]")
    starts = MIXED["time"].values.astype("datetime64[D]")
    deaths = fit.draws["deaths"].squeeze("place").values
    by_week = [
        fit.total_share(str(start), str(end)) * n
        for start, end, n in zip(starts, ends, deaths, strict=True)
    ]
    assert_allclose(sum(by_week), fit.total_share() * deaths.sum(), rtol=1e-12)


def test_civilians_lie_between_the_known_and_all_who_may_be():
    fit = fit_of(MIXED, draws=1000)
    low = MIXED["deaths_civilians"]
    assert (drawn(fit, "killed") >= low).all()
    assert (drawn(fit, "killed") <= low + MIXED["deaths_unknown"]).all()
    assert drawn(fit, "killed").std("draw").min() > 0


def test_places_may_be_taken_apart_or_together():
    both = xr.concat([MIXED, dead(*[(1, 1, 1, 0)] * 5, place="B")], "place")
    fit = fit_of(both)
    assert (fit.total_share(places=["B"]) == 1 / 3).all()
    together = drawn(fit, "killed").sum(["time", "place"]) / (79 + 15)
    assert_allclose(fit.total_share(), together)


# --- the odds ratio and its prior ---


def test_a_prior_of_the_odds_ratio_is_its_posterior():
    """No record tells it: mean and spread of its log stay what they were."""
    fit = fit_of(MIXED, odds_ratio=2.0, odds_ratio_sd=0.7, draws=2000)
    log_ratio = np.log(fit.draws["odds_ratio"])
    assert_allclose(log_ratio.mean(), np.log(2), atol=4 * 0.7 / np.sqrt(2000))
    assert_allclose(log_ratio.std(), 0.7, rtol=0.06)
    certain = fit_of(MIXED, odds_ratio=2.0, draws=2000)
    assert fit.total_share().std() > 1.1 * certain.total_share().std()
    assert_allclose(fit.total_share().mean(), certain.total_share().mean(), atol=0.01)


def test_the_curve_at_one_odds_ratio_is_the_fit_with_it():
    curve = fit_of(MIXED, draws=4000).sensitivity((4.0,), rng=np.random.default_rng(2))
    direct = fit_of(MIXED, odds_ratio=4.0, draws=4000).total_share()
    for end, at in (("estimate", 0.5), ("lower", 0.05), ("upper", 0.95)):
        assert_allclose(curve[end].item(), direct.quantile(at), atol=0.014)


def test_the_curve_of_some_places_is_of_these():
    both = xr.concat([MIXED, dead(*[(1, 1, 1, 7)] * 5, place="B")], "place")
    curve = fit_of(both).sensitivity(
        (0.0, np.inf), places=["B"], rng=np.random.default_rng(1)
    )
    assert_allclose(curve["estimate"], [0.1, 0.8])


def test_the_expected_share_mixes_known_and_unknown():
    """Half of each cell is unknown, and of these the odds are ninefold."""
    weekly = dead(*[(50, 50, 0, 100)] * 20)
    fit = fit_of(weekly, odds_ratio=9.0, draws=1000)
    assert_allclose(fit.share()["estimate"].mean(), (0.5 + 0.9) / 2, atol=0.02)


def test_a_share_that_rests_on_the_odds_ratio_says_so():
    weekly = dead(*[(50, 30, 20, 40)] * 10)
    assert fit_of(weekly).status is DynamicShareStatus.CONVERGED
    fit = fit_of(weekly, odds_ratio_sd=0.7)
    assert fit.status is DynamicShareStatus.PRIOR_DRIVEN
    assert fit.diagnostics["driven"].item() > 0.8
    assert fit.status.value in fit.summary()


# --- several categories ---


def test_categories_add_up():
    fit = fit_of(MIXED, sides=True, odds_ratio_sd=0.7)
    assert_allclose(fit.draws["share"].sum("category"), 1, rtol=1e-12)
    killed = fit.draws["killed"].sum("category")
    assert (killed == fit.draws["deaths"]).all()
    shares = [fit.total_share(category=str(c)) for c in fit.draws["category"].values]
    assert_allclose(sum(shares), 1, rtol=1e-12)


def test_the_share_of_civilians_does_not_depend_on_how_others_are_told_apart():
    one, two = (fit_of(MIXED, sides=sides) for sides in (False, True))
    xr.testing.assert_identical(drawn(one, "killed"), drawn(two, "killed"))
    xr.testing.assert_identical(drawn(one, "share"), drawn(two, "share"))


def test_two_categories_are_one_split():
    """Nobody of one side died: the chain of splits is the binomial one."""
    none = MIXED.assign(deaths_nonstate=0 * MIXED["deaths_nonstate"])
    three = fit_of(none, "without_nonstate", sides=True)
    assert three.draws["category"].values.tolist() == ["civilians", "government"]
    xr.testing.assert_identical(
        drawn(three, "killed"), drawn(fit_of(none, "all"), "killed")
    )


def renamed(panel, **names):
    return panel.rename({f"deaths_{a}": f"deaths_{b}" for a, b in names.items()})


def test_the_order_of_the_splits_matters_little_beyond_the_prior():
    """Sides change places exactly alike; civilians split off last instead of first."""
    counts = [(40, 30, 80, 20), (60, 25, 90, 10), (50, 40, 70, 30)] * 6
    weekly = dead(*counts)
    swaps = {
        "nonstate": {"government": "nonstate", "nonstate": "government"},
        "civilians": {"government": "civilians", "civilians": "government"},
    }
    fit = fit_of(weekly, sides=True, draws=1000)
    for name, swap in swaps.items():
        other = fit_of(renamed(weekly, **swap), sides=True, draws=1000, seed=2)
        for one, two in ((name, "government"), ("government", name)):
            first, second = drawn(fit, "share", one), drawn(other, "share", two)
            sd = first.std("draw")
            assert_allclose((first - second).mean("draw") / sd, 0, atol=0.35)
            assert_allclose(second.std("draw") / sd, 1, atol=0.35)


# --- places ---


def test_places_together_lend_each_other_their_walk():
    """B has few dead: with A's walk its share is known better than alone."""
    rng = np.random.default_rng(5)
    logit = np.zeros((30, 2, 2))
    logit[..., 0] = np.cumsum(rng.normal(0, 0.3, 30))[:, None] + [0.0, 1.0]
    weekly = dead_by_category(logit, rng=rng, correlation=0.02, dead=60)
    thin = np.ones((30, 2))
    thin[np.arange(30) % 6 > 0, 1] = 0
    weekly = weekly * xr.DataArray(thin, dims=("time", "place"))
    width, found = {}, {}
    truth = special.expit(logit[..., 0])
    for places in ("independent", "parallel", "joint"):
        band = fit_of(weekly, places=places).share()
        inside = (band["lower"] < truth) & (truth < band["upper"])
        found[places] = inside.mean().item()
        width[places] = (band["upper"] - band["lower"]).sel(place="B").mean().item()
    assert width["parallel"] < width["joint"] < width["independent"]
    assert min(found.values()) > 0.75


def test_a_place_of_which_nothing_is_known_borrows():
    both = xr.concat([MIXED, dead(*[(0, 0, 0, 2)] * 5, place="B")], "place")
    fit = fit_of(both, places="parallel", strict=True)
    status = fit.diagnostics["status"].values.tolist()
    assert status == ["CONVERGED", "REFUSED"]
    nobody = xr.concat([MIXED, dead(*[(0, 0, 0, 0)] * 5, place="B")], "place")
    assert fit_of(nobody, places="joint").status is DynamicShareStatus.BORROWED


def test_one_place_is_the_same_together_or_alone():
    """A level beside the walk of a single place only widens the prior of its start."""
    weekly = dead(*[(30, 40, 20, 5), (35, 30, 30, 8)] * 8)
    alone, joint = (
        drawn(fit_of(weekly, places=places, draws=1000), "share")
        for places in ("independent", "parallel")
    )
    sd = alone.std("draw")
    assert_allclose((alone - joint).mean("draw") / sd, 0, atol=0.3)
    assert_allclose(joint.std("draw") / sd, 1, atol=0.3)


# --- denominators ---


@pytest.mark.parametrize(
    ("denominator", "deaths"),
    [
        ("all", 79),
        ("known", 79 - 19),
        ("without_government", 79 - 20),
        ("without_nonstate", 79 - 17),
    ],
)
def test_a_denominator_counts_whom_it_says(denominator, deaths):
    fit = fit_of(MIXED, denominator)
    assert fit.draws["deaths"].sum() == deaths
    words = fit.draws.attrs["denominator"]
    assert words in fit.summary()
    assert fit.share().attrs["denominator"] == words


def test_those_left_out_change_nothing():
    fit = fit_of(MIXED, "without_government", seed=3)
    more = MIXED.assign(deaths_government=MIXED["deaths_government"] * 50 + 7)
    xr.testing.assert_identical(
        fit_of(more, "without_government", seed=3).draws, fit.draws
    )


def by_week_and_long(table):
    """The weekly fit of Idlib, its deaths, and which rows cross the end of a week."""
    weekly = panel_of_events(table, every="week", by="adm_1")
    fit = fit_of(weekly, "without_government", draws=100)
    start, end = (table[f"date_{end}"] for end in ("start", "end"))
    # a week's first day is a Monday
    long = start.dt.to_period("W") != end.dt.to_period("W")
    counted = ["deaths_civilians", "deaths_nonstate", "deaths_unknown"]
    return fit, table[counted].sum(axis=1), long


@pytest.fixture(scope="module")
def idlib():
    table = load_nw_syria_deaths().frame
    return table[table["adm_1"] == "Idlib"]


def test_deaths_in_long_periods_are_left_out_of_the_weeks_and_counted(idlib):
    fit, counted, long = by_week_and_long(idlib)
    assert long.any()
    assert fit.diagnostics["long"].item() == counted[long].sum()
    assert fit.draws["deaths"].sum() == counted[~long].sum()


def test_deaths_in_long_periods_count_among_the_dead(idlib):
    fit, _, _ = by_week_and_long(idlib)
    model = ShareBounds(denominator="without_government", replicates=2)
    bounds = model.fit(idlib, rng=np.random.default_rng(1)).bounds
    curve = fit.sensitivity((0.0, np.inf), rng=np.random.default_rng(1))
    assert_allclose(curve["estimate"], [bounds["lower"], bounds["upper"]])
    xr.testing.assert_allclose(curve["lower"], curve["upper"], rtol=1e-12)
    within = (fit.total_share() >= bounds["lower"]) & (
        fit.total_share() <= bounds["upper"]
    )
    assert within.all()


# --- limits and edges ---


def test_nobody_known_leaves_the_prior_and_says_so():
    nobody = dead(*[(0, 0, 0, 0)] * 4)
    with pytest.raises(FitError, match="nobody of known status died"):
        fit_of(nobody)
    fit = fit_of(nobody, strict=False, draws=4000)
    assert fit.status is DynamicShareStatus.NO_DATA
    assert fit.total_share().isnull().all()
    first = special.logit(drawn(fit, "share").isel(time=0, place=0))
    assert_allclose(first.mean(), 0, atol=0.1)
    assert_allclose(first.std(), 1.5, rtol=0.05)
    assert "nobody of known status died" in fit.summary()


def test_all_unknown_may_be_anything():
    fit = fit_of(dead(*[(0, 0, 0, 30)] * 4), strict=False, draws=1000)
    assert fit.status is DynamicShareStatus.NO_DATA
    lower, upper = fit.total_share().quantile([0.05, 0.95])
    assert lower < 0.15
    assert upper > 0.85


def test_mostly_unknown_says_so():
    fit = fit_of(dead(*[(2, 1, 1, 30)] * 6))
    assert fit.status is DynamicShareStatus.PRIOR_DRIVEN
    known = fit_of(dead(*[(2, 1, 1, 30)] * 6), "known")
    assert known.status is DynamicShareStatus.CONVERGED


@pytest.mark.parametrize("civilians", [0, 20])
def test_a_share_at_the_edge(civilians):
    fit = fit_of(dead(*[(civilians, 20 - civilians, 0, 0)] * 10))
    assert (fit.total_share() == civilians / 20).all()
    band = fit.share()
    assert (np.abs(band["estimate"] - civilians / 20) < 0.1).all()
    assert (band["lower"] > 0).all()
    assert (band["upper"] < 1).all()


def test_a_missing_week_is_no_week_without_dead():
    """Its share is interpolated, and nothing is added to those who died."""
    gap = MIXED.copy(deep=True)
    for name in gap:
        gap[name][2] = np.nan
    fit = fit_of(gap)
    assert fit.draws["deaths"].sum() == 79 - 13
    assert fit.nobs == 4
    assert fit.share().notnull().all().to_array().all()


def test_the_same_stream_gives_the_same_fit():
    one, two, other = (fit_of(MIXED, seed=seed) for seed in (4, 4, 5))
    xr.testing.assert_identical(one.draws, two.draws)
    assert (one.draws["share"] != other.draws["share"]).any()


def test_settings_and_panels_that_mean_nothing_are_refused():
    for psi in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(SettingError, match="odds_ratio must be above 0"):
            DynamicShare(denominator="all", odds_ratio=psi)
    with pytest.raises(SettingError, match="denominator"):
        DynamicShare(denominator="everybody")
    with pytest.raises(SettingError, match="odds_ratio_sd must be 0 or more"):
        DynamicShare(denominator="all", odds_ratio_sd=-0.1)
    with pytest.raises(SettingError, match="category"):
        fit_of(MIXED, draws=50).total_share(category="women")
    with pytest.raises(SettingError, match="odds_ratios must be 0 or more"):
        fit_of(MIXED, draws=50).sensitivity((-1.0,), rng=np.random.default_rng(1))
    with pytest.raises(QuantityError, match=r"it is 0.5 in A at 2019-01-07, and 5"):
        fit_of(MIXED.assign(deaths_civilians=0.5 + 0 * MIXED["deaths_civilians"]))
    with pytest.raises(SettingError, match="deaths_nonstate"):
        fit_of(MIXED.drop_vars("deaths_nonstate"))
    with pytest.raises(DimensionError, match="place"):
        fit_of(MIXED.isel(place=0))
    with pytest.raises(SettingError, match="not the first day"):
        fit_of(MIXED, draws=50).total_share("2019-01-08")


def test_to_frame_has_the_band_in_rows():
    fit = fit_of(MIXED)
    frame = fit.to_frame(0.8)
    assert frame["level"].unique().tolist() == [0.8]
    band = fit.share(0.8).isel(place=0)
    for name in ("estimate", "lower", "upper"):
        assert_array_equal(frame[name], band[name])

"""Count regression against references, known truth and its limits."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import special
from scipy.stats import geom, nbinom

from conflictstats.errors import FitError, SchemaError, SettingError
from conflictstats.models.regression import (
    CountRegression,
    CountRegressionFit,
    RegressionStatus,
)

NMES = (
    "visits ~ hospital + health_poor + health_excellent + chronic + gender + school "
    "+ insurance"
)


@pytest.fixture(scope="module")
def visits(shared):
    """Visits to the doctor of Deb and Trivedi (1997), 4,406 persons."""
    frame = pd.read_csv(shared / "counts" / "NMES1988.csv")
    return frame.assign(
        health_poor=frame["health"] == "poor",
        health_excellent=frame["health"] == "excellent",
    )


@pytest.fixture(scope="module")
def published(shared):
    path = shared / "reference" / "REFERENCE_VALUES.json"
    return json.loads(path.read_text("utf-8"))["counts"]


def simulated(rng, n=400, *, slope=0.5, size=2.5, level=1.0):
    """Negative binomial counts with one covariate."""
    x = rng.normal(size=n)
    mean = np.exp(level + slope * x)
    spread = mean if np.isinf(size) else rng.gamma(size, mean / size)
    return pd.DataFrame({"x": x, "deaths": rng.poisson(spread).astype(float)})


# -- references ----------------------------------------------------------------------


def test_negative_binomial_has_the_published_values(visits, published):
    fit = CountRegression(formula=NMES).fit(visits)
    coefficients = list(published["NMES_NB_coef"].values())
    order = ["Intercept", "hospital", "health_poor", "health_excellent", "chronic"]
    order += ["gender[T.male]", "school", "insurance[T.yes]"]
    # Printed with eight decimals.
    np.testing.assert_allclose(fit.params.sel(param=order), coefficients, atol=1e-7)
    size = 1 / fit.params.sel(param="dispersion").item()
    assert size == pytest.approx(published["NMES_NB_theta"], abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"family": "poisson"}, "Poisson"),
        ({}, "NB"),
        ({"zeros": "hurdle"}, "hurdleNB_full"),
        (
            {
                "zeros": "inflated",
                "zero_formula": "hospital + chronic + insurance + school + gender",
            },
            "ZINB",
        ),
    ],
)
def test_log_likelihoods_are_those_of_the_literature(visits, published, settings, name):
    fit = CountRegression(formula=NMES, **settings).fit(visits)
    # Printed with two decimals.
    assert fit.loglik == pytest.approx(published["NMES_loglik"][name], abs=0.006)


def test_interval_negative_binomial_has_the_reference_values(shared, published):
    frame = pd.read_csv(shared / "counts" / "nmes_interval_CAR.csv")
    frame["excellent"] = frame["health"] == "excellent"
    frame["poor"] = frame["health"] == "poor"
    formula = "reported(L, U) ~ hospital + excellent + poor + chronic + gender"
    fit = CountRegression(formula=formula + " + school + insurance").fit(frame)
    wanted = published["interval_NB_nmes_CAR"]
    assert fit.loglik == pytest.approx(wanted["loglik"], abs=5e-4)
    order = ["Intercept", "hospital", "excellent", "poor", "chronic"]
    order += ["gender[T.male]", "school", "insurance[T.yes]"]
    reported, error = np.array(wanted["est"]), np.array(wanted["se"])
    # The reference stopped within 0.005 standard errors of the maximum.
    apart = (fit.params.sel(param=order).values - reported[:-1]) / error[:-1]
    assert np.abs(apart).max() < 5e-3
    np.testing.assert_allclose(fit.std_err.sel(param=order), error[:-1], rtol=2e-5)
    dispersion = fit.params.sel(param="dispersion").item()
    assert -np.log(dispersion) == pytest.approx(reported[-1], abs=5e-3 * error[-1])
    log_error = fit.std_err.sel(param="dispersion").item() / dispersion
    assert log_error == pytest.approx(error[-1], rel=2e-5)


def test_interval_poisson_has_the_values_of_vgam(shared, published):
    frame = pd.read_csv(shared / "counts" / "sim_interval_poisson.csv")
    wanted = published["interval_poisson_sim"]
    fit = CountRegression(formula="reported(L, U) ~ x", family="poisson").fit(frame)
    np.testing.assert_allclose(fit.params, wanted["VGAM_cens_poisson"], atol=5e-6)
    assert fit.loglik == pytest.approx(wanted["loglik"], abs=5e-5)


def peers():
    """Models of statsmodels by our settings."""
    import statsmodels.api as sm

    return {
        "poisson": sm.Poisson,
        "nb1": lambda y, x: sm.NegativeBinomialP(y, x, p=1),
        "nb2": lambda y, x: sm.NegativeBinomialP(y, x, p=2),
        "nbp": lambda y, x: sm.NegativeBinomialP(y, x, p=1.5),
    }


@pytest.mark.parametrize("family", ["poisson", "nb1", "nb2", "nbp"])
@pytest.mark.filterwarnings("ignore")
def test_exact_counts_are_those_of_statsmodels(rng, family):
    from statsmodels.tools.numdiff import approx_fprime

    frame = simulated(rng)
    design = np.column_stack([np.ones(len(frame)), frame["x"]])
    model = peers()[family](frame["deaths"].to_numpy(), design)
    fit = CountRegression(formula="deaths ~ x", family=family).fit(frame)
    start = fit.params.values
    theirs = model.fit(
        start_params=start, disp=0, maxiter=200, method="bfgs", gtol=1e-9
    )
    np.testing.assert_allclose(start, theirs.params, rtol=1e-5)
    assert fit.loglik == pytest.approx(theirs.llf, rel=1e-8)
    # The slope of their score: their analytic Hessian is wrong for p = 1.5.
    information = -approx_fprime(start, model.score, epsilon=1e-5, centered=True)
    error = np.sqrt(np.diagonal(np.linalg.inv(information)))
    np.testing.assert_allclose(fit.std_err, error, rtol=1e-5)
    np.testing.assert_allclose(model.score(start), 0, atol=1e-4)


@pytest.mark.parametrize("zeros", ["inflated", "hurdle"])
@pytest.mark.parametrize("family", ["poisson", "nb2"])
@pytest.mark.filterwarnings("ignore")
def test_zeros_have_the_likelihood_of_statsmodels(rng, zeros, family):
    import statsmodels.api as sm

    frame = simulated(rng, 800, level=1.5)
    frame.loc[rng.random(800) < 0.3, "deaths"] = 0
    fit = CountRegression(formula="deaths ~ x", family=family, zeros=zeros).fit(frame)
    design = np.column_stack([np.ones(800), frame["x"]])
    counts = frame["deaths"].to_numpy()
    own = fit.params.values
    if zeros == "inflated":
        law = sm.ZeroInflatedPoisson if family == "poisson" else None
        law = law or sm.ZeroInflatedNegativeBinomialP
        model = law(counts, design, exog_infl=design)
        split = 2 if family == "poisson" else 3
        theirs = np.concatenate([own[split:], own[:split]])
        assert model.loglike(theirs) == pytest.approx(fit.loglik, rel=1e-8)
        np.testing.assert_allclose(model.score(theirs), 0, atol=2e-3)
    else:
        some = counts > 0
        logit = sm.Logit(some.astype(float), design).fit(disp=0, tol=1e-12)
        split = 2 if family == "poisson" else 3
        np.testing.assert_allclose(own[split:], logit.params, rtol=1e-6)
        error = fit.std_err.values[split:]
        np.testing.assert_allclose(error, logit.bse, rtol=1e-5)
        law = {"poisson": "TruncatedLFPoisson", "nb2": "TruncatedLFNegativeBinomialP"}
        from statsmodels.discrete import truncated_model

        kind = getattr(truncated_model, law[family])
        model = kind(counts[some], design[some])
        value = model.loglike(own[:split]) + logit.llf
        assert value == pytest.approx(fit.loglik, rel=1e-8)


@pytest.mark.parametrize("kind", ["hc0", "cluster", "hac"])
@pytest.mark.filterwarnings("ignore")
def test_covariances_are_those_of_statsmodels(rng, kind):
    import statsmodels.api as sm

    frame = simulated(rng).assign(area=rng.integers(0, 25, 400))
    extra = {"cluster": {"cluster": "area"}, "hac": {"lags": 3}}.get(kind, {})
    fit = CountRegression(formula="deaths ~ x", covariance=kind, **extra).fit(frame)
    words = {"cluster": {"groups": frame["area"]}, "hac": {"maxlags": 3}}.get(kind, {})
    design = np.column_stack([np.ones(400), frame["x"]])
    theirs = sm.NegativeBinomial(frame["deaths"], design).fit(
        start_params=fit.params.values,
        method="newton",
        disp=0,
        cov_type=kind.upper() if kind != "cluster" else kind,
        cov_kwds=words,
    )
    np.testing.assert_allclose(fit.std_err, theirs.bse, rtol=1e-5)


def test_small_sample_factor_of_hc1_is_that_of_the_sandwich_package(rng):
    frame = simulated(rng, 50)
    errors = {
        kind: CountRegression(formula="deaths ~ x", covariance=kind).fit(frame).std_err
        for kind in ("hc0", "hc1")
    }
    # n / (n - k) with the dispersion among the k, as R's vcovHC.
    ratio = (errors["hc1"] / errors["hc0"]).values
    np.testing.assert_allclose(ratio, np.sqrt(50 / (50 - 3)))


# -- truth ---------------------------------------------------------------------------

RATE = 4.48
COUNTS = np.arange(400)
CHANCE = nbinom.pmf(COUNTS, 2.5, 2.5 / (2.5 + RATE))
CUTS = geom.pmf(COUNTS, 1 / (1 + RATE))
CUT_OFF = 0.5 * np.sum(
    np.outer(CHANCE, CUTS) * np.maximum(COUNTS[:, None] - COUNTS, 0) / RATE
)
"""Share of the rate above the cuts, where half of the days have one."""


@pytest.mark.parametrize(
    ("mechanism", "reading", "expected"),
    [
        # METHODS A: half of the days blurred.
        ("coarsened", "coarsened", (0.97, 1.04)),
        ("coarsened", "exact", (1 - CUT_OFF - 0.03, 1 - CUT_OFF + 0.03)),
        ("confirmed", "exact", (0.93, 0.97)),
        ("confirmed", "confirmed", (0.97, 1.03)),
        ("confirmed", "coarsened", (1.40, 1.70)),
    ],
)
def test_readings_miss_the_rate_by_what_theory_says(rng, mechanism, reading, expected):
    n, rate = 8000, RATE
    truth = rng.poisson(rng.gamma(2.5, rate / 2.5, n)).astype(float)
    blurred = rng.random(n) < 0.5
    if mechanism == "confirmed":
        known, above = rng.binomial(truth.astype(int), 0.9).astype(float), blurred
    else:
        cut = rng.geometric(1 / (1 + rate), n).astype(float)
        above = blurred & (truth >= cut)
        known = np.where(above, cut, truth)
    frame = pd.DataFrame({"low": np.where(above, known, truth)})
    frame["high"] = np.where(above, np.inf, truth)
    frame["how"] = np.where(above, "at_least", "exact")
    model = CountRegression(
        formula="reported(low, high, how) ~ 1", mechanisms={"at_least": reading}
    )
    ratio = np.exp(model.fit(frame).params[0].item()) / rate
    assert expected[0] < ratio < expected[1]


@pytest.mark.parametrize("zeros", ["none", "hurdle", "inflated"])
@pytest.mark.parametrize("family", ["poisson", "nb1", "nb2"])
def test_what_was_simulated_comes_back(rng, family, zeros):
    truth = {"Intercept": 1.2, "x": 0.4, "zero:Intercept": 0.3, "zero:x": -0.6}
    n = 4000
    x = rng.normal(size=n)
    mean = np.exp(truth["Intercept"] + truth["x"] * x)
    size = {"poisson": 1e9, "nb1": mean / 0.8, "nb2": 1.5}[family]
    counts = rng.poisson(rng.gamma(size, mean / size)).astype(float)
    chance = special.expit(truth["zero:Intercept"] + truth["zero:x"] * x)
    if zeros == "hurdle":
        while (none := counts == 0).any():
            again = rng.poisson(rng.gamma(size, mean / size))
            counts = np.where(none, again, counts)
        counts = np.where(rng.random(n) < chance, counts, 0)
    elif zeros == "inflated":
        counts = np.where(rng.random(n) < chance, 0, counts)
    # A third of the counts are known to within ten.
    ranged = rng.random(n) < 1 / 3
    frame = pd.DataFrame({"x": x, "low": np.where(ranged, counts // 10 * 10, counts)})
    frame["high"] = np.where(ranged, frame["low"] + 9, counts)
    model = CountRegression(
        formula="reported(low, high) ~ x", family=family, zeros=zeros
    )
    fit = model.fit(frame)
    assert fit.status is RegressionStatus.CONVERGED
    wanted = {k: v for k, v in truth.items() if zeros != "none" or ":" not in k}
    if family != "poisson":
        wanted["dispersion"] = {"nb1": 0.8, "nb2": 1 / 1.5}[family]
    found = fit.params.sel(param=list(wanted))
    apart = (found - list(wanted.values())) / fit.std_err.sel(param=list(wanted))
    assert np.abs(apart).max() < 3.5


@pytest.mark.usefixtures("unchecked")
def test_intervals_of_reported_counts_cover(rng):
    inside = []
    for _ in range(200):
        frame = simulated(rng, 120)
        ranged = rng.random(120) < 0.5
        frame["low"] = np.where(ranged, frame["deaths"] // 5 * 5, frame["deaths"])
        frame["high"] = np.where(ranged, frame["low"] + 4, frame["deaths"])
        fit = CountRegression(formula="reported(low, high) ~ x").fit(
            frame, strict=False
        )
        band = fit.conf_int(0.9).sel(param="x")
        inside.append((band["lower"] < 0.5).item() and (band["upper"] > 0.5).item())
    # A correct method fails once in a thousand.
    assert 0.825 < np.mean(inside) < 0.96


# -- limits and identities -----------------------------------------------------------


def test_exact_intervals_are_counts(rng):
    frame = simulated(rng).assign(low=lambda f: f["deaths"], high=lambda f: f["deaths"])
    plain = CountRegression(formula="deaths ~ x").fit(frame)
    reported = CountRegression(formula="reported(low, high) ~ x").fit(frame)
    np.testing.assert_array_equal(reported.params, plain.params)
    assert reported.loglik == plain.loglik


@pytest.mark.parametrize("family", ["poisson", "nb1", "nb2"])
def test_reports_that_say_nothing_change_nothing(rng, family):
    frame = simulated(rng).assign(low=lambda f: f["deaths"], high=lambda f: f["deaths"])
    silent = pd.DataFrame({"x": rng.normal(size=30), "low": 0.0, "high": np.inf})
    model = CountRegression(formula="reported(low, high) ~ x", family=family)
    alone, both = (model.fit(f) for f in (frame, pd.concat([frame, silent])))
    np.testing.assert_allclose(both.params, alone.params, rtol=1e-7)
    assert both.loglik == pytest.approx(alone.loglik, rel=1e-10)


def test_units_of_a_covariate_do_not_matter(rng):
    frame = simulated(rng)
    metres = frame.assign(x=1000 * frame["x"])
    model = CountRegression(formula="deaths ~ x")
    one, other = model.fit(frame), model.fit(metres)
    assert other.loglik == pytest.approx(one.loglik, rel=1e-12)
    assert other.params.sel(param="x").item() * 1000 == pytest.approx(
        one.params.sel(param="x").item(), rel=1e-7
    )


def test_weights_count_rows_as_often(rng):
    frame = simulated(rng, 100).assign(times=rng.integers(1, 4, 100))
    repeated = frame.loc[frame.index.repeat(frame["times"])]
    weighted = CountRegression(formula="deaths ~ x", weights="times").fit(frame)
    plain = CountRegression(formula="deaths ~ x").fit(repeated)
    np.testing.assert_allclose(weighted.params, plain.params, rtol=1e-7)
    np.testing.assert_allclose(weighted.std_err, plain.std_err, rtol=1e-6)


def test_exposure_is_an_offset_of_its_log(rng):
    frame = simulated(rng).assign(days=rng.integers(1, 30, 400))
    frame["log_days"] = np.log(frame["days"])
    by_days = CountRegression(formula="deaths ~ x", exposure="days").fit(frame)
    by_log = CountRegression(formula="deaths ~ x", offset="log_days").fit(frame)
    np.testing.assert_allclose(by_days.params, by_log.params)


def test_a_factor_of_many_levels_is_as_its_columns(rng):
    frame = simulated(rng, 2000).assign(area=rng.integers(0, 30, 2000).astype(str))
    codes = CountRegression(formula="deaths ~ x + area").fit(frame)
    wide = pd.get_dummies(frame["area"], dtype=float).iloc[:, 1:].add_prefix("a")
    formula = "deaths ~ x + " + " + ".join(wide)
    columns = CountRegression(formula=formula).fit(frame.join(wide))
    np.testing.assert_allclose(codes.params, columns.params, rtol=1e-6)
    np.testing.assert_allclose(codes.std_err, columns.std_err, rtol=1e-6)
    assert codes.params["param"][2].item() == "area[T.1]"


def test_counts_that_spread_less_than_poisson_are_at_the_boundary(rng):
    frame = pd.DataFrame({"deaths": rng.binomial(10, 0.4, 300), "x": rng.random(300)})
    fit = CountRegression(formula="deaths ~ x").fit(frame)
    plain = CountRegression(formula="deaths ~ x", family="poisson").fit(frame)
    assert fit.status is RegressionStatus.BOUNDARY
    assert fit.params.sel(param="dispersion").item() == 0
    np.testing.assert_allclose(fit.params[:2], plain.params)
    assert fit.loglik == plain.loglik
    test = CountRegression(formula="deaths ~ x").dispersion_test(frame)
    assert (test["statistic"].item(), test["p_value"].item()) == (0, 1)


def test_ranges_of_underdispersed_counts_are_at_the_boundary_too(rng):
    counts = rng.binomial(20, 0.5, 400)
    frame = pd.DataFrame({"low": counts // 2 * 2, "high": counts // 2 * 2 + 1})
    fit = CountRegression(formula="reported(low, high) ~ 1").fit(frame)
    assert fit.status is RegressionStatus.BOUNDARY


@pytest.mark.usefixtures("unchecked")
def test_the_dispersion_test_keeps_its_size(rng):
    model = CountRegression(formula="deaths ~ x")
    frames = (simulated(rng, 100, size=np.inf) for _ in range(200))
    p_values = np.array([model.dispersion_test(f)["p_value"].item() for f in frames])
    assert 0.03 < (p_values < 0.1).mean() < 0.18
    assert 0.4 < (p_values == 1).mean() < 0.75


# -- edge ----------------------------------------------------------------------------


def test_separated_columns_are_named(rng):
    frame = simulated(rng, 200).assign(calm=[1] * 20 + [0] * 180)
    frame.loc[:19, "deaths"] = 0
    model = CountRegression(formula="deaths ~ x + calm", family="poisson")
    fit = model.fit(frame, strict=False)
    assert fit.status is RegressionStatus.SEPARATED
    assert fit.unbounded == ("calm",)
    with pytest.raises(FitError, match="calm"):
        model.fit(frame)
    rest = CountRegression(formula="deaths ~ x", family="poisson").fit(frame[20:])
    np.testing.assert_allclose(fit.params.sel(param="x"), rest.params[1], rtol=1e-6)


def test_no_events_is_a_status():
    frame = pd.DataFrame({"deaths": [0, 0, 0], "x": [1.0, 2.0, 3.0]})
    model = CountRegression(formula="deaths ~ x")
    fit = model.fit(frame, strict=False)
    assert fit.status is RegressionStatus.NO_EVENTS
    assert np.isnan(fit.params).all()
    with pytest.raises(FitError, match="every count is zero"):
        model.fit(frame)


def test_aliased_columns_are_left_out_and_listed(rng):
    frame = simulated(rng).assign(y=lambda f: 2 * f["x"] - 1, z=lambda f: f["x"] ** 2)
    fit = CountRegression(formula="deaths ~ x + y + z").fit(frame)
    without = CountRegression(formula="deaths ~ x + z").fit(frame)
    assert fit.aliased == ("y",)
    assert np.isnan(fit.params.sel(param="y"))
    kept = ["Intercept", "x", "z", "dispersion"]
    np.testing.assert_allclose(fit.params.sel(param=kept), without.params, rtol=1e-6)
    assert fit.bic == pytest.approx(without.bic)
    new = frame[:5]
    np.testing.assert_allclose(
        fit.predict(new)["estimate"], without.predict(new)["estimate"], rtol=1e-6
    )


def test_a_column_of_one_number_is_aliased_with_the_intercept(rng):
    frame = simulated(rng).assign(same=7.0)
    assert CountRegression(formula="deaths ~ same + x").fit(frame).aliased == ("same",)


def test_one_row_gives_its_own_mean():
    fit = CountRegression(formula="deaths ~ 1").fit(pd.DataFrame({"deaths": [7]}))
    assert fit.status is RegressionStatus.BOUNDARY
    assert np.exp(fit.params[0].item()) == pytest.approx(7)


def test_billions_are_counted(rng):
    frame = simulated(rng, 300, level=20.7, size=3.0)
    assert frame["deaths"].max() > 1e9
    fit = CountRegression(formula="deaths ~ x").fit(frame)
    assert fit.status is RegressionStatus.CONVERGED
    apart = (fit.params - [20.7, 0.5, 1 / 3]) / fit.std_err
    assert np.abs(apart).max() < 4


def test_missing_rows_are_left_out_and_listed(rng):
    frame = simulated(rng)
    frame.loc[3, "x"] = np.nan
    frame.loc[17, "deaths"] = np.nan
    fit = CountRegression(formula="deaths ~ x").fit(frame)
    assert fit.missing == (3, 17)
    assert fit.nobs == 398
    assert "row 3, 17" in fit.summary()
    complete = CountRegression(formula="deaths ~ x").fit(frame.dropna())
    np.testing.assert_array_equal(fit.params, complete.params)


def test_all_found_so_far_rests_on_the_share_that_was_assumed(rng):
    frame = simulated(rng).rename(columns={"deaths": "low"})
    frame = frame.assign(high=np.inf, how="at_least")
    fits = {
        found: CountRegression(formula="reported(low, high, how) ~ x", found=found).fit(
            frame
        )
        for found in (0.5, 1.0)
    }
    assert fits[0.5].status is RegressionStatus.PRIOR_DRIVEN
    apart = fits[0.5].params - fits[1.0].params
    np.testing.assert_allclose(apart, [np.log(2), 0, 0], atol=1e-7)


@pytest.mark.parametrize(
    ("counts", "fault"),
    [
        ([1, 2.5, 3], "not a whole count in row 1"),
        ([1, 2, -3], "not a whole count in row 2"),
        ([1, np.inf, 3], "not a whole count in row 1"),
        (["a", "b", "c"], "must hold numbers"),
    ],
)
def test_counts_that_are_none_are_refused_by_row(counts, fault):
    with pytest.raises(SchemaError, match=fault):
        CountRegression(formula="deaths ~ 1").fit(pd.DataFrame({"deaths": counts}))


def test_rows_keep_their_numbers_where_others_were_left_out():
    frame = pd.DataFrame({"deaths": [1, 2, 3, 4], "days": [np.nan, 1, 2, -1.0]})
    with pytest.raises(SchemaError, match="not above 0 in row 3 "):
        CountRegression(formula="deaths ~ 1", exposure="days").fit(frame)


@pytest.mark.parametrize("zeros", ["none", "hurdle", "inflated"])
def test_floors_that_are_always_counts_are_exact(rng, zeros):
    frame = simulated(rng, 200).rename(columns={"deaths": "low"})
    frame["high"] = np.where(rng.random(200) < 0.4, np.inf, frame["low"])
    frame["how"] = np.where(np.isinf(frame["high"]), "at_least", "exact")
    formula = "reported(low, high, how) ~ x"
    fits = {
        (name, found): CountRegression(
            formula=formula, mechanisms={"at_least": name}, found=found, zeros=zeros
        ).fit(frame)
        for name, found in (("exact", 1.0), ("floor", 1.0), ("floor", 0.6))
    }
    exact, same, other = fits.values()
    np.testing.assert_allclose(same.params, exact.params, rtol=1e-6)
    assert same.loglik == pytest.approx(exact.loglik)
    assert other.params[0] > exact.params[0]


def test_experts_who_are_sure_of_the_count_leave_it_exact(rng):
    frame = simulated(rng, 150).rename(columns={"deaths": "low"})
    frame = frame.assign(high=frame["low"], how="coded", loc=5.0, scale=2.0, sure=1.0)
    model = CountRegression(
        formula="reported(low, high, how) ~ x",
        mechanisms={"coded": "elicited"},
        elicited=("loc", "scale", "sure"),
    )
    fit = model.fit(frame)
    plain = CountRegression(formula="low ~ x").fit(frame)
    np.testing.assert_allclose(fit.params, plain.params, rtol=1e-6)
    assert CountRegressionFit.from_dataset(fit.to_dataset()).model == model


def test_settings_that_contradict_each_other_are_refused():
    with pytest.raises(SettingError, match="cluster"):
        CountRegression(formula="deaths ~ 1", covariance="cluster")
    with pytest.raises(SettingError, match="found"):
        CountRegression(formula="deaths ~ 1", found=90)
    with pytest.raises(SettingError, match="zeros"):
        CountRegression(formula="deaths ~ 1", zero_formula="x")


def test_none_found_so_far_cannot_be_read_by_a_hurdle(rng):
    frame = simulated(rng).rename(columns={"deaths": "low"})
    frame = frame.assign(high=np.inf, how="at_least")
    model = CountRegression(formula="reported(low, high, how) ~ x", zeros="hurdle")
    with pytest.raises(SchemaError, match="read it as coarsened"):
        model.fit(frame)


# -- answers -------------------------------------------------------------------------


def test_a_fit_comes_back_from_netcdf(rng, tmp_path):
    frame = simulated(rng).assign(area=rng.choice(list("abc"), 400))
    frame.loc[5, "x"] = np.nan
    fit = CountRegression(formula="deaths ~ x + area", zeros="hurdle").fit(frame)
    fit.to_dataset().to_netcdf(tmp_path / "fit.nc")
    again = CountRegressionFit.from_dataset(xr.load_dataset(tmp_path / "fit.nc"))
    assert again.model == fit.model
    assert again.summary() == fit.summary()
    new = frame[:4]
    xr.testing.assert_identical(again.predict(new), fit.predict(new))


def test_profile_intervals_have_the_likelihood_they_should(rng):
    frame = simulated(rng, 60)
    model = CountRegression(formula="deaths ~ x")
    ends = model.profile_interval(frame, ["x", "dispersion"], level=0.95)
    fit = model.fit(frame)
    slope = ends.sel(param="x")
    held = [
        CountRegression(formula="deaths ~ 1", offset="part").fit(
            frame.assign(part=end * frame["x"])
        )
        for end in (slope["lower"].item(), slope["upper"].item())
    ]
    lost = [2 * (fit.loglik - other.loglik) for other in held]
    np.testing.assert_allclose(lost, special.chdtri(1, 0.05), rtol=1e-6)
    wald = fit.conf_int(0.95).sel(param="x")
    np.testing.assert_allclose(slope["lower"], wald["lower"], atol=0.03)
    spread = ends.sel(param="dispersion")
    assert 0 <= spread["lower"] < fit.params.sel(param="dispersion") < spread["upper"]


def test_the_profile_of_a_dispersion_of_zero_begins_there(rng):
    frame = pd.DataFrame({"deaths": rng.binomial(10, 0.4, 100)})
    ends = CountRegression(formula="deaths ~ 1").profile_interval(frame, ["dispersion"])
    assert ends["lower"].item() == ends["estimate"].item() == 0
    assert 0 < ends["upper"].item() < 0.2


def test_the_mean_is_predicted_with_its_interval(rng):
    frame = simulated(rng)
    fit = CountRegression(formula="deaths ~ x", family="poisson").fit(frame)
    new = pd.DataFrame({"x": [0.0, 2.0]}, index=["calm", "hot"])
    band = fit.predict(new)
    np.testing.assert_allclose(band["estimate"][0], np.exp(fit.params[0]))
    at_zero = fit.conf_int().sel(param="Intercept")
    np.testing.assert_allclose(np.log(band["lower"][0]), at_zero["lower"])
    assert band["row"].values.tolist() == ["calm", "hot"]


@pytest.mark.parametrize("zeros", ["none", "hurdle", "inflated"])
@pytest.mark.parametrize("family", ["poisson", "nb1", "nb2", "nbp"])
def test_simulated_counts_have_the_predicted_mean(rng, family, zeros):
    frame = simulated(rng, 500)
    frame.loc[rng.random(500) < 0.2, "deaths"] = 0
    model = CountRegression(formula="deaths ~ x", family=family, zeros=zeros)
    fit = model.fit(frame)
    new = pd.DataFrame({"x": [-1.0, 1.0]})
    drawn = fit.simulate(new, rng=rng, draws=3000)
    error = drawn.std("draw") / np.sqrt(3000)
    expected = fit.predict(new)["estimate"]
    # Parameters vary too, which moves the mean by half their variance.
    assert (np.abs(drawn.mean("draw") - expected) < 4 * error + 0.01 * expected).all()


def test_new_counts_fall_into_their_interval(rng):
    fit = CountRegression(formula="deaths ~ x").fit(simulated(rng, 300))
    new = simulated(rng, 1500)
    band = fit.predict_count(new, 0.8, rng=rng)
    inside = (band["lower"] <= new["deaths"].values) & (
        new["deaths"].values <= band["upper"]
    )
    assert 0.77 < inside.mean() < 0.92
    assert band.attrs["kind"] == "prediction"


def test_tables_with_other_levels_are_refused(rng):
    frame = simulated(rng).assign(area=rng.choice(list("abc"), 400))
    fit = CountRegression(formula="deaths ~ area").fit(frame)
    with pytest.raises(SchemaError, match="does not know: q"):
        fit.predict(pd.DataFrame({"area": ["a", "q"]}))
    with pytest.raises(SchemaError, match="no column 'area'"):
        fit.predict(pd.DataFrame({"region": ["a"]}))


def test_the_sensitivity_to_a_reading_is_that_of_its_fits(rng):
    frame = simulated(rng)
    above = rng.random(400) < 0.4
    frame["low"], frame["high"] = frame["deaths"], frame["deaths"].where(~above, np.inf)
    frame["how"] = np.where(above, "at_least", "exact")
    model = CountRegression(formula="reported(low, high, how) ~ x")
    curve = model.mechanism_sensitivity(frame, found=[0.7, 1.0])
    assert curve["mechanism"].values.tolist() == [
        "exact",
        "confirmed",
        "confirmed",
        "coarsened",
    ]
    np.testing.assert_allclose(
        curve["estimate"][0], curve["estimate"][2], err_msg="all found is exact"
    )
    level = curve["estimate"].sel(param="Intercept").values
    assert level[0] < level[1] < level[3]
    with pytest.raises(SettingError, match="qualifier"):
        CountRegression(formula="deaths ~ x").mechanism_sensitivity(frame)

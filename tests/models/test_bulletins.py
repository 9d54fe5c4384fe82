"""The share found: known truth, another way of summing, limits and edges."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import special, stats

import conflictstats as cs
from conflictstats.errors import FitError, SchemaError, SettingError
from conflictstats.models.bulletins import FoundShare, FoundShareFit
from conflictstats.panel import bulletin_paths
from conflictstats.simulate.bulletins import repeated_bulletins

COVERED = (0.825, 0.96)
"""Where 200 intervals of level 0.9 cover in all but 1 of 1,000 studies, or so."""


def paths_of(*pairs, body="SOHR"):
    """Paths of one body from (first, last)."""
    rows = [
        (f"{body} {i}", body, "killed", pd.Timestamp("2019-06-10") + lag, count)
        for i, pair in enumerate(pairs)
        for lag, count in zip(pd.to_timedelta([0, 1], "D"), pair, strict=True)
    ]
    names = ["event_key", "source_org", "measure", "published", "count"]
    return pd.DataFrame(rows, columns=names)


def fit_of(paths, **settings):
    return FoundShare(**{"draws": 400} | settings).fit(
        paths, rng=np.random.default_rng(7), strict=False
    )


@pytest.fixture(scope="module")
def syria():
    return bulletin_paths(cs.load_nw_syria_reports())


@pytest.fixture(scope="module")
def fitted(syria):
    return fit_of(syria, draws=4000)


# -- truth ---------------------------------------------------------------------------


SETTINGS = {
    "found": (9.0, 2.0),
    "correlation": (2.0, 8.0),
    "between_bodies": (1.0, 0.05),
    "correction": (1.0, 5.0),
    "struck": (2.0, 12.0),
}


def truth_from_the_prior(rng):
    """One set of parameters, three bodies, and how SETTINGS says they come about."""
    sd = rng.exponential(1 / -np.log(0.05))
    logits = special.logit(rng.beta(9, 2)) + sd * rng.standard_normal(4)
    return {
        "found": dict(zip("ABC", special.expit(logits[:3]), strict=True)),
        "another_body": special.expit(logits[3]),
        "between_bodies": sd,
        "correlation": rng.beta(2, 8),
        "correction": rng.beta(1, 5),
        "struck": rng.beta(2, 12),
    }


def covered(rng):
    """Whether each interval of one simulated study holds the truth."""
    truth = truth_from_the_prior(rng)
    told = {k: truth[k] for k in ("found", "correlation", "correction", "struck")}
    paths = bulletin_paths(repeated_bulletins(15, rng=rng, **told))
    fit = FoundShare(draws=400, **SETTINGS).fit(paths, rng=rng)
    inside = {"bulletin": np.nan}
    shared, found = fit.conf_int(0.9), fit.found(0.9)
    for name in shared["param"].values:
        if name != "bulletin":
            at = shared.sel(param=name)
            inside[name] = bool(at["lower"] <= truth[name] <= at["upper"])
    for name, share in truth["found"].items():
        at = found.sel(body=name)
        inside[name] = bool(at["lower"] <= share <= at["upper"])
    return inside


@pytest.mark.slow
def test_intervals_cover_parameters_that_come_from_the_prior():
    runs = [covered(np.random.default_rng([11, i])) for i in range(200)]
    rate = pd.DataFrame(runs).drop(columns="bulletin").mean()
    assert rate.between(*COVERED).all(), rate


def test_a_dozen_intervals_cover():
    """Seven of twelve or fewer has probability 0.0005 for each where 0.9 is true."""
    runs = [covered(np.random.default_rng([12, i])) for i in range(12)]
    held = pd.DataFrame(runs).drop(columns="bulletin").sum()
    assert (held > 7).all(), held


def test_many_paths_tell_every_parameter(rng):
    told = {"correlation": 0.15, "correction": 0.12, "struck": 0.2}
    reports = repeated_bulletins(400, found={"A": 0.9, "B": 0.6}, rng=rng, **told)
    fit = fit_of(bulletin_paths(reports), draws=2000)
    interval = fit.conf_int(0.99)
    for name, value in told.items():
        at = interval.sel(param=name)
        assert at["lower"] < value < at["upper"]
        assert at["upper"] - at["lower"] < 0.12
    means = fit.density["mean"]
    assert_allclose(means.sel(term=["A", "B"]), [0.9, 0.6], atol=0.035)


# -- reference -----------------------------------------------------------------------


def test_the_sum_over_the_grid_is_that_by_importance_sampling(syria, fitted):
    """The same posterior from prior draws weighted by the law as scipy has it."""
    rng = np.random.default_rng(3)
    ends = syria.groupby(["source_org", "event_key", "measure"])["count"]
    ends = ends.agg(["first", "last"]).reset_index()
    ends = ends[ends["first"] <= ends["last"]]
    n = 60_000
    spread = rng.exponential(1 / -np.log(0.05), n)
    centre = special.logit(rng.random(n))
    rho = rng.random(n)
    total, mean = np.zeros(n), {}
    for body, rows in ends.groupby("source_org"):
        share = special.expit(centre + spread * rng.standard_normal(n))
        mean[body] = share = np.clip(share, 1e-9, 1 - 1e-9)
        weight = 1 / rho - 1
        a, b = np.maximum(weight * share, 1e-9), np.maximum(weight * (1 - share), 1e-9)
        for first, last in zip(rows["first"], rows["last"], strict=True):
            total += stats.betabinom.logpmf(first, last, a, b)
    weight = np.exp(total - special.logsumexp(total))
    error = 4 / np.sqrt(1 / (weight**2).sum())
    assert error < 0.15
    for body, share in mean.items():
        ours = fitted.density.sel(term=body)
        expected = weight @ share
        sd = np.sqrt(weight @ (share - expected) ** 2)
        assert_allclose(ours["mean"], expected, atol=error * sd)
        assert_allclose(np.sqrt(ours["variance"]), sd, rtol=error)
    drawn = fitted.draws["hyper"].sel(param="correlation")
    assert_allclose(drawn.mean(), weight @ rho, atol=error * drawn.std().item())


def test_the_paths_are_those_of_the_methods(fitted):
    """METHODS A: 26 paths, 9 unchanged, 4 falling."""
    told = fitted.diagnostics.sum()
    assert fitted.nobs == 26
    assert (int(told["unchanged"]), int(told["fell"])) == (9, 4)
    assert fitted.status.name == "CONVERGED"


def test_several_reports_of_any_date_are_those_of_the_methods():
    """METHODS A: 47 with several reports, mean lowest/highest .85, 18 unchanged."""
    frame = cs.load_nw_syria_reports().frame
    wanted = frame["measure"].isin(["killed", "killed_civilian"])
    told = frame[wanted & (frame["kind"] == "incident") & frame["published"].notna()]
    key = ["event_key", "source_org", "measure"]
    floors = told.dropna(subset="value_low").groupby(key)["value_low"]
    ends = floors.agg(["min", "max", "size"]).query("size >= 2")
    assert len(ends) == 47
    assert (ends["min"] / ends["max"]).mean() == pytest.approx(0.85, abs=0.005)
    assert (ends["min"] == ends["max"]).sum() == 18


def test_corrections_have_their_conjugate_posterior(fitted):
    """Uniform prior, 4 of 26: Beta(5, 23)."""
    drawn = fitted.draws["hyper"].sel(param="correction")
    law = stats.beta(5, 23)
    assert_allclose(drawn.mean(), law.mean(), atol=4 * law.std() / np.sqrt(4000))
    assert_allclose(drawn.std(), law.std(), rtol=0.06)


# -- identity ------------------------------------------------------------------------


PAIRS = st.lists(
    st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=6,
)


@settings(max_examples=10)
@given(pairs=PAIRS, seed=st.integers(0, 99))
def test_order_corrections_and_empty_incidents_say_nothing_of_the_share(pairs, seed):
    paths = paths_of(*pairs)
    base = fit_of(paths).density
    more = paths_of(*pairs, (9, 7), (0, 0)).sample(frac=1, random_state=seed)
    xr.testing.assert_allclose(base, fit_of(more).density)


@settings(max_examples=10)
@given(pairs=PAIRS)
def test_densities_are_densities_and_have_the_moments_they_print(pairs):
    held = fit_of(paths_of(*pairs)).density
    for curve in (held["posterior"].sel(term="SOHR"), held["prior"]):
        assert_allclose(curve.integrate("share"), 1, atol=0.01)
    curve = held["posterior"].sel(term="SOHR")
    mean = (curve * held["share"]).integrate("share") / curve.integrate("share")
    assert_allclose(mean, held["mean"].sel(term="SOHR"), atol=0.01)
    assert (held["bulletin_variance"] >= held["variance"]).all()


def test_the_beta_law_has_the_moments_of_the_draws(fitted):
    for column, n in (("another_body", np.inf), ("bulletin", 1)):
        drawn = fitted.draws["hyper"].sel(param=column).values
        law = stats.beta(*fitted.beta_prior(bulletins=n))
        assert_allclose(drawn.mean(), law.mean(), atol=4 * law.std() / np.sqrt(4000))
        assert_allclose(drawn.std(), law.std(), rtol=0.08)
    few, many = (sum(fitted.beta_prior("SOHR", bulletins=n)) for n in (2, 50))
    assert few < many < sum(fitted.beta_prior("SOHR"))


def test_it_goes_to_a_file_and_comes_back(fitted, tmp_path):
    fitted.to_dataset().to_netcdf(tmp_path / "found.nc")
    again = FoundShareFit.from_dataset(xr.open_dataset(tmp_path / "found.nc").load())
    assert again.model == fitted.model
    for part in ("draws", "density", "diagnostics"):
        xr.testing.assert_allclose(getattr(again, part), getattr(fitted, part))
    assert again.summary() == fitted.summary()


# -- limit ---------------------------------------------------------------------------


def test_paths_that_never_move_mean_that_all_were_found():
    fit = fit_of(paths_of(*[(20, 20)] * 60))
    assert fit.density["mean"].sel(term="SOHR") > 0.98
    assert fit.found()["lower"].item() > 0.94


def test_one_small_path_leaves_the_prior():
    """One death, found: the share is then Beta(2, 1) where bodies do not differ."""
    fit = fit_of(paths_of((1, 1)), between_bodies=(0.1, 0.001))
    assert fit.status.name == "FEW_PATHS"
    held = fit.density.sel(term="SOHR")
    assert_allclose(held["mean"], 2 / 3, atol=0.01)
    assert_allclose(held["variance"], 1 / 18, atol=0.003)


def test_without_correlation_deaths_count_alike(rng):
    reports = repeated_bulletins(
        300, found={"A": 0.8}, correlation=0, correction=0, rng=rng
    )
    paths = bulletin_paths(reports)
    ends = paths.groupby("event_key")["count"].agg(["first", "last"]).sum()
    held = fit_of(paths).density.sel(term="A")
    assert_allclose(held["mean"], ends["first"] / ends["last"], atol=0.005)


def test_leaving_out_what_did_not_move_biases_down(syria, fitted):
    moved = fit_of(syria[syria["course"] != "unchanged"])
    means = [run.density["mean"].sel(term="SOHR").item() for run in (moved, fitted)]
    assert means[0] < means[1] - 0.05


# -- edge ----------------------------------------------------------------------------


def test_no_paths_leave_the_prior_and_say_so(syria):
    none = syria.iloc[:0]
    fit = fit_of(none)
    assert fit.status.name == "NO_DATA"
    assert_allclose(fit.density["posterior"].squeeze("term"), fit.density["prior"])
    assert "there is no path" in fit.summary()
    with pytest.raises(FitError, match="there is no path"):
        FoundShare().fit(none)


def test_only_corrections_leave_the_prior_of_the_share():
    fit = fit_of(paths_of((12, 11), (28, 25), (20, 1)))
    assert fit.status.name == "ONLY_CORRECTIONS"
    assert_allclose(
        fit.density["posterior"].sel(term="SOHR"), fit.density["prior"], rtol=1e-9
    )
    assert fit.params.sel(param="correction") > 0.6


def test_large_counts_are_finite():
    fit = fit_of(paths_of((9e8, 1e9), (10**7, 10**7), (2e9, 1e9), (0, 5)))
    assert np.isfinite(fit.draws["hyper"]).all()
    assert np.isfinite(fit.density["posterior"]).all()


def test_bad_paths_are_named_by_row(syria):
    broken = syria.assign(count=syria["count"].where(syria.index != 2, 3.5))
    with pytest.raises(SchemaError, match="row 3"):
        FoundShare().fit(broken)
    with pytest.raises(SchemaError, match="no column count"):
        FoundShare().fit(syria.drop(columns="count"))


@pytest.mark.parametrize(
    "wrong",
    [{"found": (0.0, 1.0)}, {"correlation": (1, np.nan)}, {"between_bodies": (1, 1)}],
)
def test_priors_that_mean_nothing_are_refused(wrong):
    with pytest.raises(SettingError, match=next(iter(wrong))):
        FoundShare(**wrong)


def test_unknown_bodies_and_numbers_are_refused(fitted):
    with pytest.raises(SettingError, match="no body 'OHCHR'; the fit has Russian"):
        fitted.beta_prior("OHCHR")
    with pytest.raises(SettingError, match="bulletins must be 1 or more"):
        fitted.beta_prior(bulletins=0)

"""Ratios of counting bodies: quadrature, known truth, exchange, and what is refused."""

import itertools

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.errors import FitError, SchemaError, SettingError
from conflictstats.models.counting_bodies import (
    BodiesStatus,
    CountingBodies,
    CountingBodiesFit,
)
from conflictstats.simulate.counting import running_totals

pytestmark = pytest.mark.usefixtures("unchecked")
START = pd.Timestamp("2019-04-29")
SAID = {"unit": "deaths", "coverage": "all", "measure": "cumulative"}


def totals(start=0, **bodies):
    """Running totals from {last day: count}, days counted from 29 April 2019."""
    rows = [
        {
            "body": body,
            "date_start": START + pd.Timedelta(days=start),
            "date_end": START + pd.Timedelta(days=last),
            "low": float(count),
            "high": float(count),
            "qualifier": "exact",
        }
        for body, counts in bodies.items()
        for last, count in counts.items()
    ]
    return pd.DataFrame(rows).assign(**SAID)


def fit_of(table, seed=1, draws=512, **settings):
    model = CountingBodies(draws=draws, **settings)
    return model.fit(table, rng=np.random.default_rng(seed))


DAYS = np.array([6, 20, 41, 55])
COUNTS = {
    "A": np.array([60, 150, 390, 520]),
    "B": np.array([35, 115, 260, 330]),
    "C": np.array([70, 160, 420, 600]),
}


@pytest.fixture(scope="module")
def common():
    """Three bodies that print on the same four days."""
    return totals(**{b: dict(zip(DAYS, n, strict=True)) for b, n in COUNTS.items()})


def quadrature(step_sds, scatters, settings):
    """Posterior of the scatter and of B over A where spans are known exactly.

    Given the two sds the log increments are jointly normal, so that their density is
    summed over a grid of the sds.
    """
    weeks = np.diff(np.append(-1, DAYS)) / 7
    logs = np.concatenate([np.log(np.diff(n, prepend=0)) for n in COUNTS.values()])
    n, bodies = weeks.size, len(COUNTS)
    course = np.tile(np.eye(n), (bodies, 1))
    level = np.repeat(np.eye(bodies), n, axis=0)
    z = stats.norm.isf(settings.ratio[1] / 2)
    spread = np.log(settings.ratio[0]) / z / np.sqrt(2)
    gaps = (weeks[1:] + weeks[:-1]) / 2
    difference = np.zeros((bodies, 1))
    difference[:2, 0] = -1, 1
    weight, mean, sd = [], [], []
    for step, scatter in itertools.product(step_sds, scatters):
        walk = np.tril(np.ones((n, n))) * np.append(4.0, step * np.sqrt(gaps))
        moved = course @ walk
        own = np.tile(scatter**2 / weeks, bodies)
        cov = moved @ moved.T + spread**2 * level @ level.T + np.diag(own)
        centre = np.log(10.0) + np.tile(np.log(7 * weeks), bodies)
        log = stats.multivariate_normal(centre, cov).logpdf(logs)
        for sd_drawn, (median, large) in (
            (step, settings.weekly_change),
            (scatter, settings.scatter),
        ):
            wide = np.log(large / median) / stats.norm.ppf(0.95)
            log += stats.norm(np.log(median), wide).logpdf(np.log(sd_drawn))
        gain = spread**2 * difference.T @ level.T @ np.linalg.inv(cov)
        left = 2 * spread**2 - gain @ level @ difference * spread**2
        weight.append(log)
        mean.append((gain @ (logs - centre)).item())
        sd.append(np.sqrt(left.item()))
    weight = np.exp(np.array(weight) - np.max(weight))
    return weight / weight.sum(), np.array(mean), np.array(sd)


def test_equals_quadrature_where_every_span_is_known(common):
    settings = {"report_error": 1e-3, "catch_up": (1e-9, 3.0)}
    step_sds, scatters = np.geomspace(0.03, 3, 25), np.geomspace(0.02, 2, 25)
    model = CountingBodies(**settings)
    weight, mean, sd = quadrature(step_sds, scatters, model)
    scatter = np.tile(np.log(scatters), step_sds.size)
    fit = fit_of(common, draws=1500, **settings)
    drawn = np.log(fit.draws["hyper"].sel(param="scatter"))
    expected = weight @ scatter
    wide = np.sqrt(weight @ (scatter - expected) ** 2)
    assert_allclose(drawn.mean(), expected, atol=0.15 * wide)
    assert_allclose(drawn.std(), wide, rtol=0.15)
    ratio = fit.draws["level"].sel(body="B") - fit.draws["level"].sel(body="A")
    centre = weight @ mean
    spread = np.sqrt(weight @ (sd**2 + (mean - centre) ** 2))
    assert_allclose(ratio.mean(), centre, atol=0.15 * spread)
    assert_allclose(ratio.std(), spread, rtol=0.15)


def test_bodies_that_print_the_same_have_ratio_one():
    same = {6: 40, 20: 130, 34: 260, 48: 410}
    fit = fit_of(totals(A=same, B=same))
    for caught_up in (True, False):
        ratio = fit.ratios("A", 0.9, caught_up=caught_up).sel(body="B")
        assert ratio["lower"] < 1 < ratio["upper"]
    assert_allclose(fit.ratios("A")["estimate"], 1, atol=0.01)
    assert (fit.catch_ups()["probability"] < 0.2).all()


@pytest.mark.parametrize("caught_up", [True, False])
def test_exchange_of_the_reference_inverts_every_ratio(fitted, caught_up):
    there = fitted.ratios("A", caught_up=caught_up).sel(body="B")
    back = fitted.ratios("B", caught_up=caught_up).sel(body="A")
    between_draws = 2e-3
    assert_allclose(there["lower"], 1 / back["upper"], rtol=between_draws)
    assert_allclose(there["upper"], 1 / back["lower"], rtol=between_draws)
    assert there["start"] == back["start"]
    assert there["end"] == back["end"]


@pytest.fixture(scope="module")
def drawn():
    """Shares of .8, .6 and .7; the last verifies three in five on day 60."""
    return running_totals(
        100,
        counted={"A": 0.8, "B": 0.6, "C": 0.7},
        late={"C": (60, 0.6)},
        rng=np.random.default_rng(12),
    )


@pytest.fixture(scope="module")
def fitted(drawn):
    return fit_of(drawn[0])


def test_recovers_what_was_counted_and_when_it_was_verified(fitted, drawn):
    _, truth = drawn
    ratios = fitted.ratios("A", 0.99)
    for body in ("B", "C"):
        until = truth.sel(time=ratios["end"].sel(body=body).values)
        true = until.sel(body=body) / until.sel(body="A")
        assert ratios["lower"].sel(body=body) < true < ratios["upper"].sel(body=body)
    late = fitted.catch_ups(0.99).iloc[0]
    verified = START + pd.Timedelta(days=60)
    assert late["body"] == "C"
    assert late["start"] <= verified <= late["end"]
    usual = fitted.ratios("A", 0.99, caught_up=False).sel(body="B")
    assert usual["lower"] < 0.75 < usual["upper"]


def test_a_catch_up_is_no_growth_of_the_others(drawn):
    """One body that adds a thousand at once leaves the ratio of the others alone."""
    alone = drawn[0][drawn[0]["body"] != "C"]
    jump = totals(J={20: 100, 40: 200, 60: 1300, 80: 1400, 95: 1480})
    ratio = [
        fit_of(table).ratios("A").sel(body="B")
        for table in (alone, pd.concat([alone, jump]))
    ]
    width = ratio[0]["upper"] - ratio[0]["lower"]
    for end in ("estimate", "lower", "upper"):
        assert_allclose(ratio[1][end], ratio[0][end], atol=0.5 * width)


def test_repeats_revisions_silence_and_other_starts_are_left_out_and_counted():
    told = totals(A={6: 50, 13: 50, 20: 90, 27: 80, 34: 120}, B={13: 60, 34: 110})
    told = pd.concat([told, totals(B={2: 0}), totals(start=7, B={20: 45})])
    counts = fit_of(told, draws=64).diagnostics.to_dataframe()
    left = counts[["nobs", "silent", "other_start", "repeats", "revisions"]]
    assert left.loc["A"].tolist() == [3, 0, 0, 1, 1]
    assert left.loc["B"].tolist() == [2, 1, 1, 0, 0]


def test_one_date_in_common_is_the_ratio_of_two_numbers():
    fit = fit_of(totals(A={20: 200}, B={20: 300}))
    ratio = fit.ratios("A", 0.9).sel(body="B")
    off = 1.645 * np.sqrt(2) * 0.01
    assert_allclose(np.log(ratio["estimate"]), np.log(1.5), atol=0.003)
    assert_allclose(np.log(ratio["upper"] / ratio["lower"]), 2 * off, rtol=0.15)
    assert fit.status is BodiesStatus.FEW_TOTALS


def test_words_widen_what_the_ratio_may_be():
    table = totals(A={20: 200}, B={20: 301})
    rounded = table.assign(qualifier=["exact", "more_than"], high=[200.0, np.inf])
    ratio = fit_of(rounded).ratios("A", 0.9).sel(body="B")
    assert 1.49 < ratio["lower"] < 1.6
    assert 1.9 < ratio["upper"] < 2.03


def test_the_combined_curve_says_in_whose_count_it_is_and_borrows_only_afterwards():
    told = totals(A={13: 100, 27: 200}, B={13: 200, 27: 400, 41: 600, 55: 800})
    fit = fit_of(told)
    curve = fit.combined("A")
    assert "as A counts; after 26 May 2019" in curve.attrs["definition"]
    assert curve["own"].values.tolist() == [True, True, True, False, False]
    at = curve["estimate"].sel(time=START + pd.Timedelta(days=27))
    assert_allclose(at, 200, rtol=0.02)
    last = curve.isel(time=-1)
    assert last["lower"] < 400 < last["upper"]
    assert (curve["upper"] - curve["lower"])[-1] > 10


def test_days_that_only_one_body_counted_have_no_ratio():
    told = totals(A={13: 100, 27: 200}, B={13: 150, 41: 400})
    path = fit_of(told, draws=64).ratio_path("A")["estimate"].sel(body="B")
    inside = path["time"] <= START + pd.Timedelta(days=27)
    assert path[1:].notnull().equals(inside[1:])


def test_bodies_without_a_day_in_common_are_refused():
    apart = pd.concat([totals(A={6: 10, 13: 20}), totals(start=30, B={40: 10})])
    with pytest.raises(SchemaError, match="A counted from 2019-04-29 to 2019-05-12"):
        fit_of(apart)


def test_pairs_without_a_day_in_common_have_no_ratio_in_a_chain_of_bodies():
    early, late = totals(A={6: 10, 13: 20}), totals(start=30, C={40: 10, 55: 30})
    fit = fit_of(pd.concat([early, totals(B={13: 30, 55: 90}), late]), draws=64)
    assert fit.ratios("A")["estimate"].sel(body="C").isnull()
    assert fit.ratios("A")["estimate"].sel(body="B").notnull()
    assert fit.ratios("A", caught_up=False)["estimate"].sel(body="C").isnull()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": "flow"}, "row 1: it is no running total; row 2"),
        ({"low": 500.0}, "row 1: low is above high"),
        ({"date_start": pd.Timestamp("2020-01-01")}, "after date_end"),
        ({"coverage": ["Idlib", "Hama"]}, "compared in one coverage, got Hama, Idlib"),
    ],
)
def test_what_is_no_total_is_refused_by_row(change, message):
    with pytest.raises(SchemaError, match=message):
        fit_of(totals(A={6: 10}, B={6: 20}).assign(**change))


def test_settings_and_bodies_that_mean_nothing_are_refused(fitted):
    with pytest.raises(SettingError, match="report_error"):
        CountingBodies(report_error=0)
    with pytest.raises(SettingError, match="catch_up must be a probability"):
        CountingBodies(catch_up=(0.1, 0.5))
    with pytest.raises(SettingError, match="ratio must be a factor above 1"):
        CountingBodies(ratio=(0.5, 0.1))
    with pytest.raises(SettingError, match="reference must be one of"):
        fitted.ratios("Z")


def test_everything_comes_back_from_netcdf(fitted, tmp_path):
    fitted.to_dataset().to_netcdf(tmp_path / "bodies.nc")
    again = CountingBodiesFit.from_dataset(xr.load_dataset(tmp_path / "bodies.nc"))
    assert again.model == fitted.model
    xr.testing.assert_equal(again.ratio_path("B"), fitted.ratio_path("B"))
    assert again.summary() == fitted.summary()
    assert "what bodies count is compared, not how well" in again._repr_html_()


# -- calibration ----------------------------------------------------------------


def held(seed):
    """Whether intervals of 90 % hold the ratios, and the late body is found as said.

    Two ratios, whether the likeliest catch-up is the true one, and its probability.
    Three bodies with shares from .3 to .9; the third verifies three deaths in five on
    one day. None where the chains did not agree.
    """
    rng = np.random.default_rng([7, seed])
    shares = dict(zip("ABC", rng.uniform(0.3, 0.9, 3), strict=True))
    day = int(rng.integers(30, 71))
    table, truth = running_totals(100, counted=shares, late={"C": (day, 0.6)}, rng=rng)
    try:
        fit = CountingBodies(draws=512).fit(table, rng=rng)
    except FitError:
        return None
    ratios, found = fit.ratios("A"), []
    for body in ("B", "C"):
        until = truth.sel(time=ratios["end"].sel(body=body).values)
        true = (until.sel(body=body) / until.sel(body="A")).item()
        ends = ratios.sel(body=body)
        found.append(ends["lower"].item() < true < ends["upper"].item())
    late = fit.catch_ups().iloc[0]
    verified = START + pd.Timedelta(days=day)
    found.append(late["body"] == "C" and late["start"] <= verified <= late["end"])
    return [*found, late["probability"]]


@pytest.mark.slow
def test_ratios_and_late_verification_of_two_hundred_campaigns():
    """No fewer than three binomial standard errors below the nominal coverage."""
    each = [held(seed) for seed in range(200)]
    agreed = np.array([found for found in each if found is not None], float)
    assert len(agreed) > 0.95 * len(each)
    ratios, (right, said) = agreed[:, :2], agreed[:, 2:].T
    assert ratios.mean() > 0.9 - 3 * np.sqrt(0.09 / ratios.size)
    spread = np.sqrt((said * (1 - said)).mean() / len(agreed))
    assert right.mean() == pytest.approx(said.mean(), abs=3 * spread + 0.02)

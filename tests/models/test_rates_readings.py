"""What assumptions about reports do to the rate: bounds, curves, priors that drive."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from conflictstats.errors import SettingError
from conflictstats.models.rates import DynamicRate, DynamicRateFit
from conflictstats.models.rates.account import EXCLUDED
from conflictstats.panel import panel_of_reports, panel_of_totals
from conflictstats.panel.increments import RULES
from conflictstats.plot.regression import plot_mechanism_sensitivity
from conflictstats.simulate.counts import blur, random_walk_counts

pytestmark = pytest.mark.usefixtures("unchecked")


def reports_of(low, high, words):
    """Daily reports of one place, shape (T,) each."""
    time = np.datetime64("2019-01-01") + np.arange(len(low))
    dims = ("time", "place")
    told = {
        name: (dims, np.asarray(values)[:, None])
        for name, values in (("low", low), ("high", high), ("qualifier", words))
    }
    return xr.Dataset(told, {"time": time, "time_end": ("time", time), "place": ["A"]})


def seeded(seed=1):
    return np.random.default_rng(seed)


def confirmed(days=60, share=1.0, rate=20, found=0.9):
    rng = seeded()
    truth = random_walk_counts(days, rate=rate, step=0, size=10, rng=rng)["truth"]
    return truth, blur(truth, mechanism="confirmed", share=share, rng=rng, found=found)


# --- bounds --------------------------------------------------------------------


def test_bounds_are_the_fits_of_both_ends(rng):
    low = rng.poisson(9, 40).astype(float)
    high = low + rng.integers(0, 20, 40)
    words = np.where(high > low, "range", "exact")
    both = DynamicRate(draws=200).bounds(reports_of(low, high, words), rng=rng)
    for fit, count in ((both.low, low), (both.high, high)):
        assert (fit.draws["realised"].values[:, :, 0] == count).all()
        exact = reports_of(count, count, np.full(40, "exact"))
        alone = DynamicRate(draws=200).fit(exact, rng=rng)
        assert_allclose(fit.log_evidence, alone.log_evidence, atol=0.1)
    rate = both.rate()
    assert rate.attrs["kind"] == "bounds"
    assert_array_equal(rate["estimate_low"], both.low.rate()["estimate"])
    assert_array_equal(rate["estimate_high"], both.high.rate()["estimate"])
    for fit in (both.low, both.high):
        assert (rate["lower"] <= fit.rate()["lower"]).all()
        assert (rate["upper"] >= fit.rate()["upper"]).all()
    total = both.total()
    assert total["lower"].item() == low.sum()
    assert total["upper"].item() == high.sum()


def test_bounds_of_exact_reports_have_no_width(rng):
    count = rng.poisson(9, 20).astype(float)
    panel = reports_of(count, count, np.full(20, "exact"))
    total = DynamicRate(draws=50).bounds(panel, rng=rng).total()
    assert total["estimate_low"] == total["estimate_high"] == count.sum()


def test_bounds_of_events_are_their_low_and_high(rng):
    best = rng.poisson(20, (20, 1)).astype(float)
    dims = ("time", "place")
    panel = reports_of(best[:, 0], best[:, 0], np.full(20, "exact"))
    panel = panel.drop_vars("qualifier").assign(
        best=(dims, best), low=(dims, best // 2), high=(dims, 3 * best)
    )
    total = DynamicRate(draws=50).bounds(panel, rng=rng).total()
    assert total["lower"] == (best // 2).sum()
    assert total["upper"] == 3 * best.sum()
    with pytest.raises(SettingError, match="'deaths_civilians' has no low and high"):
        DynamicRate(variable="deaths_civilians").bounds(panel)


def test_what_is_open_above_has_no_bounds_unless_it_is_read_otherwise(rng):
    low, high = np.full(20, 5.0), np.full(20, 9.0)
    high[:3] = np.inf
    words = np.where(np.isinf(high), "at_least", "range")
    panel = reports_of(low, high, words)
    with pytest.raises(SettingError, match=r"3 reports \(at_least\) have no high end"):
        DynamicRate().bounds(panel)
    model = DynamicRate(mechanisms={"range": "bounds"}, draws=50)
    both = model.bounds(panel, rng=rng)
    assert both.low.model.mechanisms.get("at_least") is None
    assert (both.high.draws["realised"].values[:, 3:] == 9).all()
    assert (both.high.draws["realised"].values[:, :3] >= 5).all()
    with pytest.raises(SettingError, match=r"DynamicRate\.bounds does"):
        model.fit(panel)


# --- curves over readings ------------------------------------------------------


def test_the_rate_of_deaths_found_so_far_goes_with_one_over_the_share():
    _, told = confirmed()
    curve = DynamicRate(draws=300).mechanism_sensitivity(
        told, mechanisms=["exact", "confirmed"], found=[0.4, 0.8, 1.0], rng=seeded()
    )
    rate = curve["estimate"].squeeze("place")
    assert curve["mechanism"].values.tolist() == ["exact", *["confirmed"] * 3]
    assert_array_equal(curve["found"], [np.nan, 0.4, 0.8, 1.0])
    assert_allclose(rate[1:3] * [0.4, 0.8] / rate[0], 1, rtol=0.05)
    assert rate[3] == rate[0]
    assert curve["status"].values.tolist()[1:3] == ["PRIOR_DRIVEN"] * 2


def test_the_curve_is_drawn_with_a_panel_for_each_place():
    _, told = confirmed(20)
    told = xr.concat([told, told.assign_coords(place=["B"])], "place")
    curve = DynamicRate(draws=50).mechanism_sensitivity(
        told.transpose("time", "place"), found=[0.7, 0.9], rng=seeded()
    )
    figure = plot_mechanism_sensitivity(curve)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["A", "B"]
    assert figure.get_supylabel() == "deaths per day"


def test_only_reports_that_are_there_can_be_read_otherwise(rng):
    told = reports_of([3.0, 5.0], [3.0, 5.0], ["exact", "exact"])
    with pytest.raises(ValueError, match="qualifier must be one of"):
        DynamicRate().mechanism_sensitivity(told, qualifier="nearly")
    _, told = confirmed(10)
    with pytest.raises(SettingError, match=r"at most 1, got 1\.5"):
        DynamicRate(draws=20).mechanism_sensitivity(
            told, mechanisms=["confirmed"], found=[1.5]
        )


# --- what the prior decides ----------------------------------------------------


def said(mechanism, days, share, rate=20.0, found=0.7):
    rng = seeded(4)
    truth = random_walk_counts(days, rate=rate, step=0, size=10, rng=rng)["truth"]
    return blur(truth, mechanism=mechanism, share=share, rng=rng, found=found)


def fit_of(panel, mechanism, **model):
    model = {"mechanisms": {"at_least": mechanism}, "draws": 200, **model}
    return DynamicRate(**model).fit(panel, rng=seeded(), strict=False)


@pytest.mark.parametrize(
    ("mechanism", "days", "share", "status"),
    [
        ("confirmed", 40, 1.0, "PRIOR_DRIVEN"),
        ("confirmed", 300, 0.5, "CONVERGED"),
        ("confirmed", 40, 0.05, "CONVERGED"),
        ("floor", 6, 1.0, "PRIOR_DRIVEN"),
        ("floor", 60, 1.0, "CONVERGED"),
    ],
)
def test_the_status_says_where_the_prior_of_the_share_decides(
    mechanism, days, share, status
):
    assert fit_of(said(mechanism, days, share), mechanism).status.name == status


def test_one_exact_count_does_not_tell_the_share_of_many(rng):
    """Weighted readings too: an approximate count beside the rest."""
    told = said("confirmed", 60, 1.0)
    for word, mechanism in (("exact", "exact"), ("about", "approximate")):
        one = told.copy(deep=True)
        one["qualifier"] = one["qualifier"].astype("<U8")
        one["qualifier"][0], one["high"][0] = word, one["low"][0].item()
        fit = fit_of(one, "confirmed", mechanisms={"about": mechanism})
        assert fit.status.name == "PRIOR_DRIVEN", word
        assert fit.conf_int().sel(param="found")["upper"] < 0.97


def test_the_summary_says_how_reports_were_read_and_what_was_believed():
    told = said("confirmed", 30, 0.5)
    told["low"][3] = told["high"][3] = np.nan
    bounded = int((told["qualifier"] == "at_least").values[np.r_[0:3, 4:30]].sum())
    fit = fit_of(told, "confirmed", weekly_change=(3.0, 0.1))
    text = fit.summary()
    for sentence in (
        f"{bounded} at_least as confirmed: deaths found so far",
        f"{29 - bounded} exact as exact: the count as printed",
        "changes by more than a factor of 3 within a week with probability 10 %",
        "The share of deaths found is 0.857 on average",
        "Left out: cells without a report: 1",
    ):
        assert sentence in text
    again = DynamicRateFit.from_dataset(fit.to_dataset())
    assert again.summary() == text
    floor = fit_of(told.isel(time=slice(6)), "floor", draws=50).summary()
    assert "The share of reports that name the count is" in floor


def test_the_summary_says_which_reports_of_bodies_were_merged_or_left_out():
    """A bulletin twice, its copy by the other body, and one report without a date."""
    day = [pd.Timestamp(f"2019-05-{d}") for d in (1, 1, 1, 2, 3, 3)] + [pd.NaT]
    rows = {
        "event_key": ["a", "a", "a", "b", "c", "d", "e"],
        "source_org": ["SOHR", "SOHR", "SNHR", "SNHR", "SOHR", "SNHR", "SOHR"],
        "agency": ["AP", "AP", "AP", None, None, None, None],
        "value_low": [10.0, 12, 12, 5, 7, 6, 4],
        "period_start": day,
        "period_end": day,
        "published": day,
    }
    same = {"kind": "incident", "measure": "killed", "qualifier": "exact"}
    same |= {"place": "NW Syria", "admin_level": "region", "value_printed": "1"}
    reports = pd.DataFrame(rows | same).assign(value_high=rows["value_low"])
    panel = panel_of_reports(reports, measure="killed", source=["SOHR", "SNHR"])
    model = DynamicRate(reference="SOHR", family="poisson", draws=20)
    told = model.fit(panel, rng=seeded(), strict=False).summary()
    for sentence in (
        "figures given again, of which one of each was taken: 1",
        "reports that copy another body's text: 1",
        "reports without dates: 1",
    ):
        assert sentence in told


def test_the_summary_says_which_totals_of_a_series_were_left_out():
    dates = pd.to_datetime(["2019-05-12", "2019-05-13", "2019-05-19", "2019-05-26"])
    totals = pd.DataFrame({"date_end": dates, "low": [30, 60, 30, 50]}).assign(
        body="A",
        unit="deaths",
        coverage="all",
        measure="cumulative",
        qualifier="exact",
        date_start=pd.Timestamp("2019-04-29"),
    )
    panel = panel_of_totals(totals).isel(body=0, drop=True)
    told = DynamicRate(draws=20).fit(panel, rng=seeded(), strict=False).summary()
    assert "totals above a later one, which is taken for settled: 1" in told
    assert "figures given again, of which one of each was taken: 1" in told


def test_every_reason_for_which_totals_are_left_out_has_its_words():
    assert {f"excluded_{reason}" for reason in RULES} <= EXCLUDED.keys()

"""The share is tested on published and hand-checked tables, on truth, at its edges."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.errors import SchemaError, SettingError
from conflictstats.models._fit import Fit
from conflictstats.models.civilian_share import (
    ShareBounds,
    ShareBoundsFit,
    ShareStatus,
)

DENOMINATORS = ["all", "known", "without_government", "without_nonstate"]


def events_of(rows, **columns):
    """Events from rows of (civilians, government, nonstate, unknown)."""
    names = ["civilians", "government", "nonstate", "unknown"]
    table = pd.DataFrame(rows, columns=[f"deaths_{name}" for name in names])
    total = table.sum(axis=1)
    return table.assign(**({"low": total, "best": total, "high": total} | columns))


def fit_of(events, denominator="all", by=None, **wanted):
    model = ShareBounds(denominator=denominator, **({"replicates": 200} | wanted))
    return model.fit(events, by=by, rng=np.random.default_rng(7))


@pytest.fixture
def sample(shared):
    return pd.read_csv(shared / "ucdp" / "ucdpged_sample1000.csv")


def test_bounds_of_the_ucdp_sample(sample):
    fit = fit_of(sample)
    assert_allclose(fit.params, [0.28135, 0.74040], atol=5e-6)
    assert int(fit.n_deaths) == 9561
    assert_allclose(fit.unknown_share, 4389 / 9561)
    assert fit.status is ShareStatus.BOUNDED
    assert np.isnan(fit.bounds["estimate"])


def test_intervals_of_the_ucdp_sample(sample):
    """Reference: another program's bootstrap of 4,000; tolerance is its noise."""
    fit = fit_of(sample, level=0.95, replicates=4000)
    interval = fit.conf_int()
    assert_allclose([interval["lower"], interval["upper"]], [0.105, 0.889], atol=0.01)
    assert_allclose(fit.std_err, [0.107, 0.090], atol=0.005)
    assert interval.attrs == {"level": 0.95, "kind": "confidence"}


def test_known_only_and_odds_ratio_sweep_of_the_ucdp_sample(sample):
    known = fit_of(sample, "known")
    assert_allclose(known.params, 2690 / 5172)
    assert known.status is ShareStatus.IDENTIFIED
    assert int(known.totals["left_out"]) == 4389
    curve = fit_of(sample).sensitivity((0.25, 0.5, 1, 2, 4))
    reference = [0.3792, 0.4427, 0.5201, 0.5955, 0.6544]
    assert_allclose(curve["estimate"], reference, atol=5e-5)
    assert ((curve["lower"] < reference) & (reference < curve["upper"])).all()


def test_a_massacre_of_unknown_status_leads_the_influence(sample):
    """In the sample one event holds 3,000 of the 4,389 unknown."""
    first = fit_of(sample).influence.sel(rank=1)
    assert (float(first["event_unknown"]), str(first["event"].item())) == (3e3, "23308")
    without = sample.loc[sample["id"] != 23308]
    lower, upper = fit_of(without).params.values
    assert_allclose([first["lower_without"], first["upper_without"]], [lower, upper])
    assert_allclose(first["change"], lower - 2690 / 9561)


def summer():
    """Rows of the weekly table that begin from 29 April to 31 August 2019."""
    weeks = load_nw_syria_deaths().frame
    return weeks.loc[weeks["date_start"].between("2019-04-29", "2019-08-31")]


@pytest.mark.parametrize(
    ("denominator", "share"), [("all", 0.265), ("without_government", 0.397)]
)
def test_civilians_in_four_governorates(denominator, share):
    fit = fit_of(summer(), denominator)
    assert round(float(fit.params.sel(param="lower")), 3) == share
    assert int(fit.totals["n_inconsistent"]) == 0


def test_civilians_by_governorate():
    fit = fit_of(summer(), by="adm_1")
    civilians = fit.totals["deaths"].sel(category="civilians")
    published = {"Aleppo": 122, "Hama": 158, "Idlib": 852, "Latakia": 9}
    best = {"Aleppo": 229, "Hama": 1815, "Idlib": 1782, "Latakia": 477}
    assert dict(zip(fit.params["place"].values, civilians.values, strict=True)) == (
        published
    )
    assert_allclose(fit.n_deaths, [best[place] for place in fit.params["place"].values])


def test_more_than_half_holds_for_idlib_alone_to_mid_july():
    weeks = load_nw_syria_deaths().frame
    idlib = weeks.loc[
        (weeks["adm_1"] == "Idlib")
        & (weeks["date_start"] >= "2019-04-29")
        & (weeks["date_end"] <= "2019-07-14")
    ]
    fit = fit_of(idlib)
    assert round(float(fit.params.sel(param="lower")), 3) == 0.803
    assert float(fit.conf_int(0.99)["lower"]) > 0.5
    assert float(fit_of(summer()).conf_int(0.99)["upper"]) < 0.5


def test_a_table_with_its_source_is_read_like_its_frame():
    table = load_nw_syria_deaths()
    assert_allclose(fit_of(table).params, fit_of(table.frame).params)


def test_interval_covers_a_share_at_the_end_of_its_bounds(rng):
    """Truth: every unknown was a civilian, so the share is the upper bound.

    200 replicates of a 90 % interval pass with a coverage of 82.5-96.0 %.
    """
    truth, covered = 0.4, {"normal": 0, "percentile": 0}
    for _ in range(200):
        size = rng.geometric(0.3, 150)
        civilians = rng.binomial(size, truth)
        unknown = rng.binomial(civilians, 0.5)
        zero = np.zeros_like(size)
        rows = np.column_stack([civilians - unknown, size - civilians, zero, unknown])
        model = ShareBounds(denominator="all", replicates=300)
        fit = model.fit(events_of(rows), rng=rng)
        for method in covered:
            interval = fit.conf_int(method=method)
            covered[method] += bool(interval["lower"] <= truth <= interval["upper"])
    assert all(0.825 <= count / 200 <= 0.96 for count in covered.values()), covered


rows_of_dead = st.lists(st.tuples(*[st.integers(0, 50)] * 4), min_size=1, max_size=8)


@settings(deadline=None, max_examples=40)
@given(rows=rows_of_dead, denominator=st.sampled_from(DENOMINATORS))
def test_order_and_splitting_of_rows_do_not_move_the_bounds(rows, denominator):
    fit = fit_of(events_of(rows), denominator, replicates=2)
    added_up = fit_of(events_of([np.sum(rows, axis=0)]), denominator, replicates=2)
    assert_allclose(fit.params, added_up.params, rtol=1e-12)
    turned = fit_of(events_of(rows[::-1]), denominator, replicates=2)
    assert_allclose(fit.params, turned.params, rtol=1e-12)


@settings(deadline=None, max_examples=40)
@given(rows=rows_of_dead)
def test_every_death_is_counted_or_left_out(rows):
    for denominator in DENOMINATORS:
        fit = fit_of(events_of(rows), denominator, replicates=2)
        assert float(fit.n_deaths + fit.totals["left_out"]) == np.sum(rows)


@settings(deadline=None, max_examples=40)
@given(
    rows=rows_of_dead,
    slack=st.tuples(st.integers(0, 20), st.integers(0, 20)),
    denominator=st.sampled_from(["all", "without_government", "without_nonstate"]),
)
def test_low_to_high_contains_the_bounds(rows, slack, denominator):
    events = events_of(rows)
    exact = fit_of(events, denominator, replicates=2)
    events["low"] = (events["best"] - slack[0]).clip(lower=0)
    events["high"] = events["best"] + slack[1]
    totals = fit_of(events, denominator, replicates=2).totals
    lower, upper = exact.params.values
    if float(exact.n_deaths) > 0:
        assert totals["range_lower"] <= lower + 1e-12
        assert totals["range_upper"] >= upper - 1e-12
        assert_allclose(exact.totals["range_lower"], lower)
        assert_allclose(exact.totals["range_upper"], upper)


def test_low_to_high_by_hand():
    """3 of 10 to 3 of 8 and 5 of 20; a death without a category may be a civilian."""
    events = events_of([(3, 4, 1, 0), (2, 8, 0, 0)], best=[8, 11], low=[6, 11])
    events["high"] = [10, 20]
    fit = fit_of(events)
    assert int(fit.totals["n_inconsistent"]) == 1
    assert_allclose(fit.totals["range_lower"], (3 + 2) / (10 + 20))
    assert_allclose(fit.totals["range_upper"], (3 + 3) / (6 + 11))


def test_sensitivity_ends_are_the_bounds(sample):
    fit = fit_of(sample, by="region")
    curve = fit.sensitivity((0, np.inf))["estimate"]
    assert_allclose(
        curve.transpose("odds_ratio", ...), fit.params.transpose("param", ...)
    )


def test_groups_are_fitted_as_if_alone(sample):
    grouped = fit_of(sample, by="type_of_violence")
    alone = fit_of(sample.loc[sample["type_of_violence"] == 2])
    one = grouped.params.sel(type_of_violence="2")
    assert_allclose(one, alone.params)
    assert grouped.nobs == fit_of(sample).nobs


def test_rows_without_a_group_are_kept():
    events = events_of([(1, 1, 0, 0), (3, 1, 0, 0)], adm_1=["Hama", None])
    fit = fit_of(events, by="adm_1")
    assert_allclose(fit.params.sel(place="(not given)"), 0.75)


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ((4, 6, 0, 0), "IDENTIFIED"),
        ((4, 5, 0, 1), "BOUNDED"),
        ((1, 1, 0, 98), "UNINFORMATIVE"),
        ((0, 0, 0, 0), "NO_DEATHS"),
    ],
)
def test_status_says_how_far_the_share_is_known(row, status):
    fit = fit_of(events_of([row, row]))
    assert fit.status is ShareStatus[status]
    assert fit.status.value in fit.summary()
    assert bool(np.isfinite(fit.bounds["estimate"])) == (status == "IDENTIFIED")


def test_the_worst_group_gives_the_status():
    events = events_of([(4, 6, 0, 0), (0, 1, 0, 99)], adm_1=["Hama", "Idlib"])
    fit = fit_of(events, by="adm_1")
    assert fit.status is ShareStatus.UNINFORMATIVE
    assert list(fit.statuses.values) == ["IDENTIFIED", "UNINFORMATIVE"]


def test_one_event_has_bounds_and_no_interval():
    fit = fit_of(events_of([(3, 5, 0, 2), (0, 0, 0, 0)]))
    assert_allclose(fit.params, [0.3, 0.5])
    for interval in (fit.conf_int(), fit.conf_int(method="percentile")):
        assert np.isnan(interval["lower"])
        assert np.isnan(interval["upper"])
    assert np.isnan(fit.sensitivity()["upper"]).all()


def test_no_rows_at_all():
    fit = fit_of(events_of(np.empty((0, 4))))
    assert fit.status is ShareStatus.NO_DEATHS
    assert fit.nobs == 0
    assert np.isnan(fit.params).all()


def test_prints_what_the_share_is_of(sample):
    text = fit_of(sample, "known").summary()
    assert "the dead of known status" in text
    assert "5,172 in 802 rows" in text
    assert "4,389 deaths" in text
    assert "0.520" in fit_of(sample, "known")._repr_html_()


def test_tidy_table_holds_what_the_verbs_give(sample):
    fit = fit_of(sample)
    table = fit.to_frame().set_index("term")
    assert list(table["kind"]) == ["bounds", "bounds", "confidence", "confidence"]
    assert_allclose(table.loc["normal", "lower"], fit.conf_int()["lower"])
    assert_allclose(table.loc["bounds", "upper"], fit.params.sel(param="upper"))


@pytest.mark.parametrize("by", [None, "region"])
def test_survives_netcdf(sample, tmp_path, by):
    fit: Fit = fit_of(sample, by=by)
    fit.to_dataset().to_netcdf(tmp_path / "share.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "share.nc", engine="h5netcdf") as stored:
        back = ShareBoundsFit.from_dataset(stored.load())
    assert back.model == fit.model
    assert back.summary() == fit.summary()
    xr.testing.assert_allclose(back.conf_int(0.5), fit.conf_int(0.5))


def test_same_seed_same_draws(sample):
    xr.testing.assert_identical(fit_of(sample).draws, fit_of(sample).draws)


def test_sides_without_names_cannot_be_left_out(sample):
    with pytest.raises(SchemaError, match="do not say who is the government"):
        fit_of(sample, "without_government")


def test_bad_counts_are_named_by_row():
    events = events_of([(1, 1, 0, 0), (2, 0, 0, 0), (-1, 0, 0, 0)])
    events["deaths_unknown"] = pd.array([0, None, 0], dtype="Int64")
    with pytest.raises(SchemaError, match=r"deaths_civilians .* row 3 \(-1\)"):
        fit_of(events.assign(deaths_unknown=0))
    with pytest.raises(SchemaError, match=r"deaths_unknown .* row 2 \(<NA>\)"):
        fit_of(events.assign(deaths_civilians=0))


def test_missing_columns_are_named():
    events = events_of([(1, 1, 0, 0)])
    with pytest.raises(SchemaError, match="no column 'deaths_nonstate'"):
        fit_of(events.drop(columns="deaths_nonstate"))
    with pytest.raises(SchemaError, match="no column 'adm_1'"):
        fit_of(events, by="adm_1")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"denominator": "everybody"}, "denominator must be one of all, known"),
        ({"denominator": "all", "level": 95}, "did you mean 0.95"),
        ({"denominator": "all", "replicates": 1}, "replicates must be at least 2"),
        ({"denominator": "all", "refusal_width": 1.5}, "refusal_width must be"),
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong, message):
    with pytest.raises(SettingError, match=message):
        ShareBounds(**wrong)


def test_a_denominator_must_be_said():
    with pytest.raises(TypeError, match="denominator"):
        ShareBounds()


def test_odds_ratio_and_method_are_checked(sample):
    fit = fit_of(sample)
    for wrong in (-1.0, np.nan):
        with pytest.raises(SettingError, match="odds_ratios must be 0 or more"):
            fit.sensitivity((1.0, wrong))
    with pytest.raises(SettingError, match="method must be one of"):
        fit.conf_int(method="bayes")

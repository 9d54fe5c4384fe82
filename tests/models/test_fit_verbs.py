"""Verbs that fits of rates and shares answer, on cases with a known answer."""

import itertools

import numpy as np
import pytest
import xarray as xr

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.errors import DimensionError, SettingError
from conflictstats.models.civilian_share import (
    DynamicShare,
    DynamicShareFit,
    ShareBounds,
)
from conflictstats.models.rates import DynamicRate, DynamicRateFit

CALM = ("2019-04-01", "2019-05-26")
WEEKS = np.datetime64("2019-04-01", "D") + 7 * np.arange(20)


@pytest.fixture(scope="module")
def stepped():
    """Eight weeks at two a day, then twelve at twenty in A and at two in B."""
    dead = np.full((20, 2), 14.0)
    dead[8:, 0] = 140
    categories = ("civilians", "government", "nonstate", "unknown")
    counts = {f"deaths_{name}": (("time", "place"), dead / 4) for name in categories}
    counts["best"] = ("time", "place"), dead
    coords = {"time": WEEKS, "time_end": ("time", WEEKS + 6), "place": ["A", "B"]}
    return xr.Dataset(counts, coords)


@pytest.fixture(scope="module")
def fit(stepped):
    return DynamicRate(draws=500).fit(stepped, rng=np.random.default_rng(3))


def test_exceedance_finds_the_step_and_nothing_else(fit):
    chance = fit.exceedance(CALM, factor=3)
    assert (chance.sel(place="A")[8:] > 0.99).all()
    assert (chance.sel(place="A")[:7] < 0.05).all()
    assert (chance.sel(place="B") < 0.1).all()


def test_exceedance_falls_with_the_factor_and_has_its_limits(fit):
    by_factor = [fit.exceedance(CALM, factor=f) for f in (0, 1, 2, 5, np.inf)]
    for lower, higher in itertools.pairwise(by_factor):
        assert (higher <= lower).all()
    assert (by_factor[0] == 1).all()
    assert (by_factor[-1] == 0).all()


def test_exceedance_refuses_a_baseline_that_cuts_a_cell(fit):
    with pytest.raises(SettingError, match="2019-04-02 is not the first day"):
        fit.exceedance(("2019-04-02", "2019-05-26"))


def test_an_onset_is_dated_where_there_was_one_and_nowhere_else(fit):
    onset = fit.onset(CALM, factor=4)
    assert (onset["probability"].sel(place="A") > 0.99).item()
    for end in ("estimate", "lower", "upper"):
        assert onset[end].sel(place="A") == WEEKS[8]
    never = fit.onset(CALM, factor=1000)
    assert (never["probability"] == 0).all()
    assert never["estimate"].isnull().all()


def test_the_mean_rate_is_the_mean_of_the_counts(fit, stepped):
    mean = fit.mean_rate(*CALM, level=0.95)
    assert ((mean["lower"] < 2) & (mean["upper"] > 2)).all()
    whole = fit.mean_rate(level=0.95)
    expected = stepped["best"].sum("time") / 140
    assert ((whole["lower"] < expected) & (expected < whole["upper"])).all()


def test_a_rate_comes_back_from_netcdf(fit, tmp_path):
    fit.to_dataset().to_netcdf(tmp_path / "rate.nc")
    again = DynamicRateFit.from_dataset(xr.load_dataset(tmp_path / "rate.nc"))
    assert again.model == fit.model
    xr.testing.assert_identical(again.draws, fit.draws)
    xr.testing.assert_identical(again.diagnostics, fit.diagnostics)
    assert again.summary() == fit.summary()


def test_a_share_comes_back_from_netcdf(stepped, tmp_path):
    model = DynamicShare(denominator="without_government", odds_ratio=2, draws=200)
    fit = model.fit(stepped.round(), rng=np.random.default_rng(3))
    fit.to_dataset().to_netcdf(tmp_path / "share.nc")
    again = DynamicShareFit.from_dataset(xr.load_dataset(tmp_path / "share.nc"))
    assert again.model == model
    xr.testing.assert_identical(again.draws, fit.draws)
    xr.testing.assert_identical(again.diagnostics, fit.diagnostics)
    assert again.summary() == fit.summary()


def test_the_running_share_ends_with_the_share_of_all():
    dead = load_nw_syria_deaths().frame
    weeks = dead.assign(week=dead["date_end"].dt.strftime("%Y-%m-%d"))
    for whom in ("all", "without_government", "known"):
        model = ShareBounds(denominator=whom, replicates=2)
        rng = np.random.default_rng(1)
        running = model.fit(weeks, by="week", rng=rng).running("week")
        whole, half = (
            model.fit(weeks[weeks["week"] <= day], rng=rng).bounds
            for day in ("2019-12-31", "2019-06-30")
        )
        for end in ("lower", "upper"):
            assert running[end][-1].item() == pytest.approx(whole[end].item())
            at = running[end].sel(week="2019-06-30").item()
            assert at == pytest.approx(half[end].item())


def test_a_running_share_needs_the_groups_that_it_runs_along():
    dead = load_nw_syria_deaths().frame
    fit = ShareBounds(denominator="all", replicates=2).fit(
        dead, rng=np.random.default_rng(1)
    )
    with pytest.raises(DimensionError, match="week"):
        fit.running("week")

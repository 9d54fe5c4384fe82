"""Three levels of one share: they agree where they must, and say what they assume."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from conflictstats.errors import SchemaError, SettingError
from conflictstats.models.civilian_share import (
    Composition,
    DynamicShareStatus,
    ShareBounds,
    ShareStatus,
)

pytestmark = pytest.mark.usefixtures("unchecked")


def events_of(*rows, last=None):
    """One event a month, of (place, civilians, government, nonstate, unknown)."""
    day = pd.date_range("2019-01-10", periods=len(rows), freq="30D")
    names = ("place", "civilians", "government", "nonstate", "unknown")
    table = pd.DataFrame(rows, columns=["place", *(f"deaths_{n}" for n in names[1:])])
    total = table.filter(like="deaths").sum(axis=1)
    ends = {"date_start": day, "date_end": day, "low": total, "high": total}
    table = table.assign(**ends, best=total)
    if last is not None:
        table.loc[table.index[-1], "date_end"] = pd.Timestamp(last)
    return table


def fit_of(events, denominator="all", seed=1, by="place", **settings):
    cheap = {"draws": 200, "replicates": 50}
    model = Composition(denominator=denominator, **(cheap | settings))
    return model.fit(events, by=by, rng=np.random.default_rng(seed))


TWO = events_of(
    *[("A", 6, 4, 8, 5), ("A", 2, 9, 1, 3), ("B", 1, 3, 4, 6), ("B", 9, 1, 1, 2)]
)


@pytest.fixture(scope="module")
def fit():
    return fit_of(TWO)


def level(frame, place, basis):
    rows = frame.set_index(["place", "basis"])
    return rows.loc[[(place, basis)], ["estimate", "lower", "upper"]].to_numpy()


def test_the_model_and_every_odds_ratio_lie_inside_the_bounds(fit):
    frame = fit.to_frame()
    for place in ("A", "B", "all places"):
        ((_, lower, upper),) = level(frame, place, "bounds")
        ((estimate, low, high),) = level(frame, place, "model")
        assert lower <= low < estimate < high <= upper
        swept = level(frame, place, "odds ratio")[:, 0]
        assert (np.diff(swept) > 0).all()
        assert lower < swept[0]
        assert swept[-1] < upper


@pytest.mark.parametrize(
    "denominator", ["all", "known", "without_government", "without_nonstate"]
)
def test_the_ends_of_the_models_curve_are_the_bounds(denominator):
    """Also where an event is longer than a cell."""
    events = events_of(*TWO.iloc[:, :5].to_numpy().tolist(), last="2019-06-02")
    fit = fit_of(events, denominator)
    bounds = ShareBounds(denominator=denominator, replicates=2)
    expected = bounds.fit(events, rng=np.random.default_rng(1)).params
    for end in ("estimate", "lower", "upper"):
        assert_allclose(fit.curve[end].sel(odds_ratio=[0, np.inf]), expected)
    assert (np.diff(fit.curve["estimate"]) >= 0).all()


def test_all_levels_meet_where_everybody_is_known():
    known = TWO.assign(deaths_unknown=0)
    total = known.filter(like="deaths_").sum(axis=1)
    fit = fit_of(known.assign(low=total, best=total, high=total))
    frame = fit.to_frame()
    for place, share in (("A", 8 / 30), ("B", 10 / 19), ("all places", 18 / 49)):
        for basis in ("bounds", "odds ratio", "model"):
            assert_allclose(level(frame, place, basis)[:, 0], share)
    assert fit.status is ShareStatus.IDENTIFIED


def test_no_point_is_given_where_nearly_everybody_is_unknown():
    fit = fit_of(events_of(*[("A", 1, 0, 1, 40)] * 4, *[("B", 5, 5, 5, 0)] * 4))
    frame = fit.to_frame()
    assert np.isnan(level(frame, "A", "model")[0, 0])
    assert np.isfinite(level(frame, "A", "model")[0, 1:]).all()
    assert level(frame, "B", "model")[0, 0] == 1 / 3
    assert DynamicShareStatus.REFUSED.value in fit.summary()
    assert fit.dynamic.share().estimate.sel(place="A").isnull().all()


def test_what_is_printed_says_of_whom_and_on_what_assumption(fit):
    said = fit.summary()
    for words in (
        "all recorded dead",
        "nothing is assumed of the unknown",
        "from 0.25 to 4 times the odds",
        "1 times the odds of a known one, give or take a log sd of 0.7",
    ):
        assert words in said
    assert [line.split()[0] for line in said.splitlines()[5:8]] == ["A", "B", "all"]
    assert said.splitlines()[0] in fit._repr_html_()


def test_a_place_that_is_not_stated_is_a_place():
    fit = fit_of(TWO.assign(place=["A", "A", None, None]))
    assert fit.places == ["A", "not stated"]
    expected = fit_of(TWO.replace({"place": {"B": "not stated"}}))
    xr.testing.assert_identical(fit.bounds.totals, expected.bounds.totals)
    xr.testing.assert_identical(fit.dynamic.draws, expected.dynamic.draws)


def test_without_a_place_there_is_one():
    fit = fit_of(TWO, by=None)
    assert fit.places == ["all"]
    assert fit.to_frame()["place"].unique().tolist() == ["all"]
    assert fit.nobs == 4


def test_settings_and_tables_that_mean_nothing_are_refused():
    with pytest.raises(SettingError, match="every"):
        Composition(denominator="all", every="year")
    with pytest.raises(SettingError, match="odds_ratio_sd must be 0 or more"):
        Composition(denominator="all", odds_ratio_sd=-1)
    with pytest.raises(SchemaError, match="deaths_civilians"):
        fit_of(TWO.assign(deaths_civilians=[1, -2, 3, 4]))
    with pytest.raises(SchemaError, match="district"):
        fit_of(TWO, by="district")

"""A stock by itself: against an oracle, what was put in, and what cannot be."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from conflictstats.errors import FitError, SchemaError, SettingError
from conflictstats.models.displacement import StockTrend, StockTrendStatus

WEEKS = pd.date_range("2019-05-05", periods=12, freq="7D")


def reported(days, low, high=None, **columns):
    """Stocks of one body."""
    high = low if high is None else high
    rows = pd.DataFrame({"start": days, "end": days, "low": low, "high": high})
    same = rows["low"] == rows["high"]
    rows = rows.assign(qualifier=np.where(same, "exact", "at_least"))
    rows = rows.assign(body="A", place="B", measure="stock", unit="persons")
    return rows.assign(report_id=rows.index.astype(str), **columns)


def test_the_oracle_of_bounded_reports_through_the_door():
    """T8: at least 150,000, then about 300,000 two weeks later."""
    said = reported(WEEKS[[0, 2]], [150e3, 300e3], [np.inf, 300e3])
    model = StockTrend(weekly_change=0.2, drift=0.3, draws=50)
    first = (1e5 * np.exp(0.3), np.sqrt(1.04))
    fit = model.fit(said, initial=first, rng=np.random.default_rng(1))
    found = fit.stock(0.9)
    assert_allclose(found["lower"], [153_143, 182_183, 260_412], rtol=0.01)
    assert_allclose(found["estimate"], [187_700, 242_171, 305_122], rtol=0.01)
    assert_allclose(found["upper"], [277_686, 331_407, 357_792], rtol=0.01)
    assert_allclose(fit.loglik, -1.49195, atol=0.01)
    assert fit.status is StockTrendStatus.CONVERGED


def test_stocks_and_changes_are_held_as_often_as_said():
    """Of 20 walks with errors, drawn here: stocks in the middle, and the change."""
    rng = np.random.default_rng(5)
    held = []
    for _ in range(20):
        sd = rng.exponential(0.5 / -np.log(0.05))
        course = np.log(2e5) + np.cumsum(sd * rng.standard_normal(12))
        seen = np.exp(course + 0.1 * rng.standard_normal(12))
        kept = np.arange(12) % 3 != 1
        said = reported(WEEKS[kept], seen[kept])
        fit = StockTrend(draws=300).fit(said, initial=(2e5, 2.0), rng=rng)
        band = fit.stock(0.9).sel(time=WEEKS[4])
        change = fit.change(str(WEEKS[0])[:10], str(WEEKS[-1])[:10])
        low, high = change.quantile([0.05, 0.95]).values
        truth = np.exp(course)
        held.append(band["lower"] < truth[4] < band["upper"])
        held.append(low < truth[-1] - truth[0] < high)
    assert 30 <= np.sum(held) <= 40


def test_bounds_that_contradict_each_other_are_refused_or_said():
    said = reported(WEEKS[[0, 0]], [300e3, 1e3], [np.inf, 2e3])
    said.loc[1, "qualifier"] = "range"
    with pytest.raises(FitError, match="keeps all bounds"):
        StockTrend().fit(said)
    fit = StockTrend(draws=20).fit(said, strict=False)
    assert fit.status is StockTrendStatus.CONTRADICTED
    assert fit.draws.sizes["draw"] == 0
    soft = StockTrend(bound_error=2.0, draws=20).fit(said)
    assert soft.status is StockTrendStatus.CONVERGED


@pytest.mark.parametrize(
    ("column", "values", "match"),
    [
        ("body", ["A", "C"], "2 values of body"),
        ("coverage", ["all", "half"], "2 values of coverage"),
        ("measure", ["stock", "flow"], "StockTrend reads stocks"),
    ],
)
def test_what_is_not_one_stock_is_refused(column, values, match):
    said = reported(WEEKS[:2], [1e5, 2e5]).assign(**{column: values})
    with pytest.raises(SchemaError, match=match):
        StockTrend().fit(said)


def test_a_report_without_content_leaves_the_prior():
    said = reported(WEEKS[:1], [0.0], [np.inf])
    period = ("2019-05-05", "2019-05-19")
    with pytest.raises(SettingError, match="a period must be given"):
        StockTrend().fit(said, initial=(1e5, 1.0))
    fit = StockTrend(weekly_change=0.2, draws=50).fit(
        said, initial=(1e5, 1.0), period=period
    )
    assert fit.status is StockTrendStatus.NO_REPORTS
    assert fit.draws.attrs["excluded_says nothing"] == 1
    wide = np.exp(1.6448536 * np.sqrt(1 + 0.04 * np.arange(3)))
    assert_allclose(fit.stock(0.9)["upper"], 1e5 * wide, rtol=2e-3)


def test_it_comes_back_from_a_file(tmp_path):
    fit = StockTrend(draws=50).fit(reported(WEEKS[:3], [1e5, 2e5, 1.5e5]))
    fit.to_dataset().to_netcdf(tmp_path / "fit.nc")
    with xr.open_dataset(tmp_path / "fit.nc") as stored:
        again = StockTrend.from_dataset(stored.load())
    assert again.model == fit.model
    assert again.summary() == fit.summary()
    assert again.status is fit.status
    assert again.to_frame().equals(fit.to_frame())
    with pytest.raises(SettingError, match="the nearest is 2019-05-12"):
        again.change("2019-05-13", "2019-05-19")

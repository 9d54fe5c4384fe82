"""Figures of several counting bodies."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from conflictstats.models.counting_bodies import CountingBodies
from conflictstats.plot.bodies import plot_events_and_bodies, plot_ratios

ENDS = pd.to_datetime(["2019-05-12", "2019-05-26", "2019-06-09"])


@pytest.fixture(scope="module")
def fit():
    """B counts twice as many as A, and ends two weeks earlier."""
    said = {"unit": "deaths", "coverage": "all", "measure": "cumulative"}
    said |= {"qualifier": "exact", "date_start": pd.Timestamp("2019-04-29")}
    tables = [
        pd.DataFrame({"body": body, "date_end": ENDS[: len(n)], "low": n, "high": n})
        for body, n in {"A": [50.0, 90.0, 150.0], "B$": [100.0, 180.0]}.items()
    ]
    totals = pd.concat(tables).assign(**said)
    rng = np.random.default_rng(1)
    return CountingBodies(draws=256).fit(totals, rng=rng, strict=False)


def test_ratios_are_drawn_on_the_days_that_both_counted(fit):
    axes = plot_ratios(fit, "A").axes[0]
    line = axes.get_lines()[0]
    assert_allclose(line.get_ydata()[-1], 2, rtol=0.05)
    last = np.datetime64(line.get_xdata()[-1], "D")
    assert last == np.datetime64("2019-05-26")
    assert axes.get_yscale() == "log"


def test_a_ratio_over_events_is_as_wide_as_their_unknown(fit):
    so_far = xr.DataArray([50.0, 75.0], {"time": ENDS[:2]}, name="lower")
    events = xr.Dataset({"lower": so_far, "upper": so_far * 2})
    over = fit.over(events, "2019-04-29").sel(body="A")
    assert_allclose(over["lower"], [0.5, 0.6], rtol=0.05)
    assert_allclose(over["upper"], [1.0, 1.2], rtol=0.05)
    figure = plot_events_and_bodies(fit, events, "2019-04-29")
    totals, ratios = figure.axes
    assert_allclose(totals.get_lines()[0].get_ydata()[-1], 150, rtol=0.05)
    assert ratios.get_yscale() == "log"


def test_counts_since_a_later_day_leave_out_what_was_before(fit):
    counted = fit.counted(since="2019-05-13")["estimate"].sel(body="A")
    assert_allclose(counted.sel(time="2019-06-09"), 100, rtol=0.05)

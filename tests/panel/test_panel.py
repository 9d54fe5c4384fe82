"""A panel loses no death, books none twice, and tells zero from missing."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.datasets import load_nw_syria_deaths
from conflictstats.errors import SchemaError, SettingError
from conflictstats.panel import panel_of_events
from conflictstats.panel.rows import CATEGORIES
from conflictstats.provenance import Source, Table
from conflictstats.simulate.events import ged_table

SOURCE = Source("made up", "nobody", "CC0", "")
WHY = ("outside", "straddling", "missing")


def events(*rows):
    """Rows of (first day, last day, place, best)."""
    start, end, place, best = zip(*rows, strict=True)
    frame = {"date_start": pd.to_datetime(start), "date_end": pd.to_datetime(end)}
    counts = {"low": best, "best": best, "high": np.add(best, 1)}
    return pd.DataFrame({**frame, "adm_1": place, **counts})


@st.composite
def tables(draw):
    day = st.integers(0, 60)
    row = st.tuples(day, st.integers(0, 20), st.sampled_from("AB"), st.integers(0, 50))
    drawn = draw(st.lists(row, min_size=1, max_size=15))
    origin = pd.Timestamp("2019-05-29")
    return events(
        *[
            (origin + pd.Timedelta(days=a), origin + pd.Timedelta(days=a + b), p, n)
            for a, b, p, n in drawn
        ]
    )


@settings(deadline=None, max_examples=60)
@given(
    frame=tables(),
    every=st.sampled_from(["day", "week", "month"]),
    cut=st.tuples(st.integers(0, 40), st.integers(41, 90)) | st.none(),
    blind=st.booleans(),
)
def test_every_death_is_counted_once(frame, every, cut, blind):
    origin = frame["date_start"].min()
    span = {}
    if cut is not None:
        span = dict(
            zip(("start", "end"), pd.to_timedelta(cut, "D") + origin, strict=True)
        )
    spell = [(None, "2019-06-11", "2019-06-14")] if blind else []
    counted = panel_of_events(frame, every=every, missing=spell, **span)
    kept = counted["best"].sum() + counted["period_best"].sum()
    left = [counted.attrs[f"excluded_{why}_best"] for why in WHY]
    assert float(kept) + sum(left) == frame["best"].sum()
    kept = counted["n_events"].sum() + counted["period_n_events"].sum()
    left = [counted.attrs[f"excluded_{why}"] for why in WHY]
    assert float(kept) + sum(left) == len(frame)


@settings(deadline=None, max_examples=60)
@given(
    frame=tables(),
    every=st.sampled_from(["day", "week", "month"]),
    seed=st.integers(0, 9),
)
def test_records_together_expect_what_the_cells_do(frame, every, seed):
    counted = panel_of_events(frame, every=every)
    mean = np.random.default_rng(seed).gamma(2.0, 3.0, counted["best"].shape)
    own = float((counted["dated_share"] * mean).sum())
    assert_allclose(own + period_means(counted, mean).sum(), mean.sum(), rtol=1e-8)


def period_means(counted, mean):
    """What each period is expected to hold, straight from the documentation."""
    means = []
    for number in range(counted.sizes["period"]):
        one = counted.isel(period=number)
        cells = np.zeros(counted.sizes["time"])
        cells[int(one["period_first"]) : int(one["period_last"]) + 1] = 1
        cells[int(one["period_first"])] = one["period_first_coverage"]
        cells[int(one["period_last"])] = one["period_last_coverage"]
        place = int(one["period_place"])
        means.append(float(one["period_share"]) * cells @ mean[:, place])
    return np.array(means)


def test_a_long_event_is_not_booked_on_its_first_day():
    counted = panel_of_events(
        events(("2016-01-01", "2016-12-31", "A", 16_517)), every="day"
    )
    assert float(counted["best"].sum()) == 0
    assert counted["period_best"].item() == 16_517
    assert counted["period_last"].item() - counted["period_first"].item() == 365
    assert_allclose(counted["period_share"].item(), 16_517 / (16_517 + 366 / 2))


def test_zero_inside_the_span_and_missing_outside():
    frame = events(
        ("2019-06-05", "2019-06-05", "A", 3), ("2019-06-06", "2019-06-06", "B", 1)
    )
    table = Table(frame, SOURCE, {"span_start": "2019-06-01", "span_end": "2019-06-12"})
    counted = panel_of_events(table, end="2019-06-30")
    assert counted["best"].sel(place="A").values[:3].tolist() == [0, 3, 0]
    assert counted["best"].sel(place="A").values[3:].tolist() == pytest.approx(
        [np.nan] * 2, nan_ok=True
    )
    assert_allclose(counted["coverage"].sel(place="A"), [2 / 7, 1, 3 / 7, 0, 0])


def test_a_blind_spell_is_missing_where_it_touches():
    frame = events(
        ("2019-06-03", "2019-06-03", "A", 3), ("2019-06-20", "2019-06-20", "B", 1)
    )
    counted = panel_of_events(frame, missing=[("A", "2019-06-05", "2019-06-10")])
    assert np.isnan(counted["best"].sel(place="A").values).tolist() == [
        True,
        True,
        False,
    ]
    assert not np.isnan(counted["best"].sel(place="B").values).any()
    assert counted["coverage"].sel(place="A").values[:2].tolist() == [0, 0]
    assert counted.attrs["excluded_missing_best"] == 3


def test_a_period_over_a_blind_spell_counts_its_observed_days_alone():
    long = ("2019-06-03", "2019-06-23", "A", 6)
    frame = events(long, ("2019-06-04", "2019-06-04", "A", 5))
    seen = panel_of_events(
        frame.assign(date_end=frame["date_end"].clip(upper="2019-06-16"))
    )
    blind = panel_of_events(frame, missing=[("A", "2019-06-17", "2019-06-23")])
    assert_allclose(blind["period_share"], seen["period_share"])
    assert_allclose(blind["dated_share"].values[:2], seen["dated_share"].values)


def test_a_cut_through_an_event_leaves_it_out_and_says_so():
    """Rates stay right: the cells' own share still allows for the event left out."""
    frame = events(
        ("2019-06-03", "2019-06-16", "A", 6),
        ("2019-06-04", "2019-06-04", "A", 5),
        ("2019-06-11", "2019-06-11", "A", 4),
    )
    whole, cut = panel_of_events(frame), panel_of_events(frame, start="2019-06-10")
    assert cut.attrs["excluded_straddling"] == 1
    assert cut.attrs["excluded_straddling_best"] == 6
    assert cut.attrs["excluded_outside_best"] == 5
    assert cut.sizes["period"] == 0
    assert_allclose(cut["dated_share"].values[0], whole["dated_share"].values[1])


def test_a_weekly_row_at_the_edge_of_the_source_is_cut_to_it():
    deaths = load_nw_syria_deaths()
    counted = panel_of_events(deaths)
    assert_allclose(counted["coverage"].values[[0, 1, -1], 0], [1 / 7, 1, 6 / 7])
    assert counted["best"].sel(time="2018-06-25", place="Latakia") == 2
    assert (
        counted["best"].sum() + counted["period_best"].sum()
        == deaths.frame["best"].sum()
    )
    assert (counted["n_events"] == 0).sum() == 300 - len(
        deaths.frame[
            (deaths.frame["date_end"] - deaths.frame["date_start"]).dt.days == 6
        ]
    )


def test_published_sums_of_the_offensive():
    """29 April to 31 August 2019, by first day, over cell and period records."""
    counted = panel_of_events(load_nw_syria_deaths())
    weeks = counted["time"].values
    offensive = (weeks >= np.datetime64("2019-04-29")) & (
        weeks <= np.datetime64("2019-08-31")
    )
    for name, total in {
        "best": [229, 1815, 1782, 477],
        "deaths_civilians": [122, 158, 852, 9],
    }.items():
        sums = counted[name].values[offensive].sum(axis=0)
        start = counted["period_start"].values
        late = (start >= np.datetime64("2019-04-29")) & (
            start <= np.datetime64("2019-08-31")
        )
        np.add.at(
            sums,
            counted["period_place"].values[late],
            counted[f"period_{name}"].values[late],
        )
        assert sums.tolist() == total


def test_agrees_with_a_plain_groupby_when_every_event_has_one_day(rng):
    frame = ged_table(
        3000, rng=rng, first="2015-01-01", last="2017-12-31", long_share=0
    )
    for name in ("date_start", "date_end"):
        frame[name] = pd.to_datetime(frame[name].astype("str"))
    counted = panel_of_events(
        frame, every="month", by="country", group="type_of_violence"
    )
    months = pd.Grouper(key="date_start", freq="MS")
    plain = frame.groupby(["country", "type_of_violence", months], observed=True)[
        "best"
    ].sum()
    mine = counted["best"].transpose("place", "group", "time").to_series()
    assert mine.sum() == plain.sum()
    assert_allclose(mine.loc[plain.index], plain)
    assert np.all(counted["dated_share"] == 1)
    assert counted.sizes["period"] == 0


def test_groups_have_their_own_periods(rng):
    frame = events(
        ("2019-06-03", "2019-06-16", "A", 6), ("2019-06-03", "2019-06-16", "A", 2)
    )
    counted = panel_of_events(frame.assign(side=["x", "y"]), group="side")
    assert counted["period_best"].values.tolist() == [6, 2]
    assert counted["group"].values[counted["period_group"].values].tolist() == [
        "x",
        "y",
    ]
    together = panel_of_events(frame)
    assert together["period_best"].values.tolist() == [8]
    assert together["period_n_events"].values.tolist() == [2]


def test_categories_add_up_in_cells_and_periods():
    counted = panel_of_events(load_nw_syria_deaths())
    parts = sum(counted[name] for name in CATEGORIES)
    assert_allclose(parts, counted["best"])
    parts = sum(counted[f"period_{name}"] for name in CATEGORIES)
    assert_allclose(parts, counted["period_best"])


def test_unnamed_places_stay_visible():
    frame = events(
        ("2019-06-03", "2019-06-03", "A", 6), ("2019-06-04", "2019-06-04", None, 2)
    )
    counted = panel_of_events(frame)
    assert counted["best"].sel(place="not stated").item() == 2


def test_without_places_all_are_one():
    frame = events(
        ("2019-06-03", "2019-06-03", "A", 6), ("2019-06-04", "2019-06-04", "B", 2)
    )
    assert panel_of_events(frame, by=None)["best"].sel(place="all").item() == 8


def test_exposure_counts_covered_days_and_a_moving_population():
    frame = events(("2019-06-05", "2019-06-11", "A", 1))
    fixed = panel_of_events(frame, exposure={"A": 100})
    assert fixed["exposure"].values.ravel().tolist() == [500, 200]
    moving = pd.DataFrame(
        {"place": "A", "date": ["2019-06-05", "2019-06-11"], "population": [100, 160]}
    )
    days = panel_of_events(frame, every="day", exposure=moving)
    assert_allclose(days["exposure"].values.ravel(), 100 + 10 * np.arange(7))
    weeks = panel_of_events(frame, exposure=moving)
    assert_allclose(weeks["exposure"].values.ravel(), [600, 310])


@pytest.mark.parametrize(
    ("population", "message"),
    [({"B": 1}, "no population for A; it has B"), ({"A": 0}, "above 0 people")],
)
def test_exposure_that_does_not_fit(population, message):
    with pytest.raises(SchemaError, match=message):
        panel_of_events(
            events(("2019-06-05", "2019-06-11", "A", 1)), exposure=population
        )


def test_survives_netcdf(tmp_path):
    counted = panel_of_events(load_nw_syria_deaths())
    counted.to_netcdf(tmp_path / "panel.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "panel.nc", engine="h5netcdf") as back:
        xr.testing.assert_equal(back.load(), counted)
        assert back.attrs["licence"] == "CC BY 4.0"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="best"), "no column best; it has"),
        (
            lambda f: f.assign(date_end=f["date_start"] - pd.Timedelta(days=1)),
            "date_end is before date_start in row 0, 1",
        ),
        (
            lambda f: f.assign(low=[1.0, np.nan]),
            "low is missing or not a count in row 1",
        ),
        (lambda f: f.assign(high=[-1, 2]), "high is missing or not a count in row 0"),
        (lambda f: f.assign(date_end=pd.NaT), "date_end is missing in row 0, 1"),
        (lambda f: f.assign(date_start="2019-06-03"), "date_start must hold dates"),
        (lambda f: f.assign(best="three"), "best must hold numbers"),
    ],
)
def test_bad_rows_are_named(change, message):
    frame = events(
        ("2019-06-03", "2019-06-03", "A", 6), ("2019-06-04", "2019-06-04", "A", 2)
    )
    with pytest.raises(SchemaError, match=message):
        panel_of_events(change(frame))


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"every": "fortnight"}, "every must be one of day, week, month"),
        ({"start": "2019-07-01", "end": "2019-06-01"}, "is after end"),
        ({"missing": [("Z", "2019-06-03", "2019-06-03")]}, "one of A; got 'Z'"),
        ({"missing": [("A", "2019-06-04", "2019-06-03")]}, "after its end"),
    ],
)
def test_bad_settings_are_named(settings_, message):
    with pytest.raises(SettingError, match=message):
        panel_of_events(events(("2019-06-03", "2019-06-03", "A", 6)), **settings_)


def test_no_events_need_a_span():
    none = events(("2019-06-03", "2019-06-03", "A", 6)).iloc[:0]
    with pytest.raises(SettingError, match="needs start and end"):
        panel_of_events(none, by=None)
    quiet = panel_of_events(none, by=None, start="2019-06-03", end="2019-06-16")
    assert quiet["best"].values.ravel().tolist() == [0, 0]


def test_a_window_away_from_the_source_is_refused():
    table = Table(
        events(("2019-06-03", "2019-06-03", "A", 6)),
        SOURCE,
        {"span_start": "2019-06-01", "span_end": "2019-06-30"},
    )
    with pytest.raises(SettingError, match="no day in common"):
        panel_of_events(table, start="2020-01-01", end="2020-02-01")

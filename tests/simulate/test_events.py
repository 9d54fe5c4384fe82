"""Simulated events keep the rules that UCDP's own table keeps."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from conflictstats.errors import SettingError
from conflictstats.events.ged import read_ged
from conflictstats.simulate.events import COLUMNS, ged_table


@pytest.fixture
def events(rng):
    return ged_table(5000, rng=rng)


def test_has_the_columns_of_a_published_file(shared):
    path = shared / "ucdp" / "ucdpged_sample1000_v23_49col.csv"
    with path.open(newline="", encoding="utf-8") as file:
        assert tuple(next(csv.reader(file))) == COLUMNS


def test_deaths_add_up_and_are_in_order(events):
    parts = events[["deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"]]
    assert (parts.sum(axis=1) == events["best"]).all()
    assert (events["low"] <= events["best"]).all()
    assert (events["best"] <= events["high"]).all()
    one_sided = events["type_of_violence"] == 3
    assert (parts.loc[one_sided, ["deaths_a", "deaths_b"]] == 0).all(axis=None)


def test_long_events_are_as_many_and_as_long_as_asked(rng):
    events = ged_table(40_000, rng=rng, long_share=0.25)
    start, end = (
        pd.to_datetime(events[f"date_{edge}"].astype("str"))
        for edge in ("start", "end")
    )
    days = (end - start).dt.days
    assert (start.dt.year == end.dt.year).all()
    assert (days > 0).mean() == pytest.approx(0.25, abs=0.01)
    assert days[days > 0].mean() == pytest.approx(20, rel=0.1)
    assert (events["date_prec"] == 1).equals(days == 0)


def test_the_reader_takes_it_without_a_fault(events):
    file = io.BytesIO(events.to_csv(index=False).encode())
    table = read_ged(file)
    assert len(table) == len(events)
    assert int(table.frame["best"].sum()) == int(events["best"].sum())


def test_places_lie_in_their_grid_cell(events):
    row, column = np.divmod(events["priogrid_gid"] - 1, 720)
    assert (np.floor((events["latitude"] + 90) * 2) == row).all()
    assert (np.floor((events["longitude"] + 180) * 2) == column).all()


def test_the_same_seed_gives_the_same_table():
    one, two = (ged_table(200, rng=np.random.default_rng(8)) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize(
    "bad",
    [{"n_rows": 0}, {"first": "2020-01-01", "last": "2019-01-01"}, {"long_share": 2}],
)
def test_settings_out_of_range(rng, bad):
    with pytest.raises(SettingError, match="need n_rows, countries >= 1"):
        ged_table(**({"n_rows": 10} | bad), rng=rng)

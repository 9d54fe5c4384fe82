"""IDMC's database: two vintages whole, and copies that were broken."""

import io

import numpy as np
import pandas as pd
import pytest

from conflictstats.errors import SchemaError, SettingError
from conflictstats.events import displacement_table, read_gidd

FULL = "idmc_gidd_conflict_2009_2024.csv"
ROUNDED = "idmc_2018_vintage.csv"
HEADER = (
    "ISO3,Name,Year,Conflict Stock Displacement,Conflict New Displacements,"
    "Disaster New Displacements"
)
SYRIA = "SYR,Syrian Arab Republic,2014,7600000,1100000,2300"


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "displacement"


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        (
            FULL,
            {
                "total_displacement": ("stock", "conflict"),
                "new_displacement": ("flow", "conflict"),
            },
        ),
        (
            ROUNDED,
            {
                "Conflict Stock Displacement": ("stock", "conflict"),
                "Conflict New Displacements": ("flow", "conflict"),
                "Disaster New Displacements": ("flow", "disaster"),
            },
        ),
    ],
)
def test_every_figure_is_there_once(folder, name, columns):
    table = read_gidd(folder / name)
    plain = pd.read_csv(folder / name)
    left_out = 0
    for column, (measure, cause) in columns.items():
        printed = plain[column].dropna()
        left_out += int((printed == 0).sum())
        told = table.frame[["measure", "cause"]]
        rows = table.frame[(told == [measure, cause]).all(axis=1)]
        assert rows["value"].sum() == printed.sum()
        assert len(rows) == (printed > 0).sum()
    assert table.notes["excluded_zero"] == left_out
    blank = int(plain[list(columns)].isna().sum().sum())
    assert table.notes["excluded_blank"] == blank
    kept = read_gidd(folder / name, zeros="keep")
    assert len(kept) == len(table) + left_out


def test_stocks_are_persons_on_a_day_and_flows_movements_of_a_year(folder):
    frame = read_gidd(folder / FULL).frame
    stock, flow = (frame[frame["measure"] == m] for m in ("stock", "flow"))
    assert set(stock["unit"]) == {"persons"}
    assert set(flow["unit"]) == {"movements"}
    assert (stock["start"] == stock["end"]).all()
    assert ((flow["end"] - flow["start"]).dt.days.isin([364, 365])).all()


def test_a_row_is_named_as_a_spreadsheet_numbers_it(folder):
    frame = read_gidd(folder / FULL).frame
    plain = pd.read_csv(folder / FULL)
    stock = frame[frame["measure"] == "stock"].sample(20, random_state=1)
    there = plain.loc[stock["row"].astype(int) - 2]
    assert there["iso3"].tolist() == stock["place"].tolist()
    assert there["total_displacement"].tolist() == stock["value"].tolist()


def test_the_later_vintage_more_than_doubled_syria_2016(folder):
    syria = {
        name: read_gidd(folder / name)
        .frame.query("place == 'SYR' and measure == 'flow' and cause == 'conflict'")
        .set_index("end")
        for name in (FULL, ROUNDED)
    }
    ratio = syria[FULL]["value"] / syria[ROUNDED]["value"]
    assert ratio["2016-12-31"] > 2.5
    assert (ratio.drop(pd.Timestamp("2016-12-31")).dropna() - 1).abs().max() < 1e-3
    assert syria[FULL]["edition"].unique().tolist() == ["to 2024"]
    assert syria[ROUNDED]["edition"].unique().tolist() == ["to 2017"]


def test_the_true_figure_is_within_the_rounding_of_what_is_printed():
    """IDMC: to 100 as it is, then tens, hundreds and, from 10,000, thousands."""
    figures = np.unique(np.r_[1:1200, np.geomspace(1200, 1e7, 2000).astype(int)])
    step = np.select([figures <= 100, figures < 1000, figures < 10000], [1, 10, 100])
    step[step == 0] = 1000
    printed = (np.round(figures / step) * step).astype(int)
    rows = [f"X{n},Y,2014,{number},," for n, number in enumerate(printed)]
    read = read_gidd(io.StringIO("\n".join([HEADER, *rows, ""]))).frame
    assert (read["low"] <= figures).all()
    assert (figures <= read["high"]).all()
    assert (read["high"] - read["low"] <= np.maximum(10 * step, 10)).all()


def test_every_zero_of_the_later_vintage_is_blank_in_the_earlier(folder):
    later, earlier = (pd.read_csv(folder / name) for name in (FULL, ROUNDED))
    both = later.merge(earlier, left_on=["iso3", "year"], right_on=["ISO3", "Year"])
    zero = both[both["new_displacement"] == 0]
    assert len(zero) > 200
    assert zero["Conflict New Displacements"].isna().all()


def test_two_vintages_can_stand_in_one_table(folder):
    frames = [read_gidd(folder / name).frame for name in (FULL, ROUNDED)]
    assert len(displacement_table(pd.concat(frames))) == sum(map(len, frames))


def test_broken_rows_are_refused_all_at_once():
    broken = {
        SYRIA.replace("7600000", "-7600000"): "Conflict Stock Displacement",
        SYRIA.replace("7600000", "7.6 million"): "Conflict Stock Displacement",
        SYRIA.replace("2014", ""): "Year",
        SYRIA.replace("SYR", ""): "ISO3",
    }
    with pytest.raises(SchemaError) as refused:
        read_gidd(io.StringIO("\n".join([HEADER, SYRIA, *broken, ""])))
    faults = refused.value.faults
    told = set(zip(faults["row"], faults["column"], strict=True))
    assert {(n, column) for n, column in enumerate(broken.values(), 3)} <= told
    assert (3, "iso3 year") in told
    assert set(faults["row"]) == {3, 4, 5, 6}


def test_a_figure_that_is_not_its_rounded_twin_is_refused(folder):
    plain = pd.read_csv(folder / FULL)
    plain.loc[5, "total_displacement"] += 1000
    with pytest.raises(SchemaError) as refused:
        read_gidd(io.StringIO(plain.to_csv(index=False)))
    assert refused.value.faults["row"].tolist() == [7]


def test_a_missing_column_and_a_wrong_word_are_named(folder):
    plain = pd.read_csv(folder / FULL).drop(columns="new_displacement")
    with pytest.raises(SchemaError, match="no such column"):
        read_gidd(io.StringIO(plain.to_csv(index=False)))
    with pytest.raises(SettingError, match="zeros must be one of"):
        read_gidd(folder / FULL, zeros="drop")


def test_full_figures_are_exact_and_small_rounded_ones_too(folder):
    assert (read_gidd(folder / FULL).frame["qualifier"] == "exact").all()
    frame = read_gidd(folder / ROUNDED).frame
    small = frame["value"] < 100
    assert np.array_equal(frame["low"] == frame["high"], small)

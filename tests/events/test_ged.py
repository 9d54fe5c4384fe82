"""Reading GED: every layout, the deaths of each force, and what is counted."""

import hashlib
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats.errors import SchemaError, SettingError
from conflictstats.events import read_ged
from conflictstats.events.ged import GED

DEATHS = ["deaths_government", "deaths_nonstate", "deaths_civilians", "deaths_unknown"]
COUNTS = ["deaths_a", "deaths_b", *DEATHS[2:], "low", "best", "high"]
SOUND = {
    "ucdp/bangladesh_ged_hxl.csv": 601,
    "ucdp/syria_ged_nw_2018-07_2019-11.csv": 1683,
    "ucdp/syria_ged_slim.csv": 16566,
    "ucdp/ucdpged_sample1000.csv": 1000,
    "ucdp/ucdpged_sample1000_v23_49col.csv": 1000,
    "bad_input/ged_events_longer_than_27_days.csv": 120,
    "bad_input/ged_hxl_v191_layout.csv": 15,
    "bad_input/ged_hxl_v20_layout.csv": 15,
    "bad_input/ged_hxl_v22_layout.csv": 15,
    "bad_input/ged_low_best_high_out_of_order.csv": 101,
    "bad_input/ged_same_day_place_dyad_deaths.csv": 151,
}


@pytest.mark.shared
@pytest.mark.parametrize("name", SOUND)
def test_every_layout_is_read_as_pandas_reads_its_numbers(shared, name):
    path = shared / name
    table = read_ged(path, on_disorder="keep")
    plain = pd.read_csv(path, dtype=str, keep_default_na=False)
    if "hxl" in name:
        plain = plain.iloc[1:].reset_index(drop=True)
    assert len(table) == SOUND[name] == len(plain)
    assert table.notes["hxl_rows"] == int("hxl" in name)
    assert list(table.frame["id"]) == list(plain["id"])
    for column in COUNTS:
        assert list(table.frame[column]) == [int(x) for x in plain[column]]
    for column in ("date_start", "date_end"):
        days = table.frame[column].dt.strftime("%Y-%m-%d")
        assert list(days) == list(plain[column].str[:10])


@pytest.mark.shared
def test_columns_are_canonical_and_absent_ones_stay_absent(shared):
    full = read_ged(
        shared / "ucdp/ucdpged_sample1000_v23_49col.csv", on_disorder="keep"
    ).frame
    assert list(full.columns[:22]) == [
        *("id", "date_start", "date_end", "date_prec", "place", "adm_1", "adm_2"),
        *("country", "latitude", "longitude", "where_prec", "side_a", "side_b"),
        *("type_of_violence", "deaths_a", "deaths_b", *DEATHS, "low", "best"),
    ]
    assert full["date_start"].dtype == "datetime64[us]"
    assert full["best"].dtype == "Int64"
    assert full["active_year"].dtype == "boolean"
    short = read_ged(shared / "ucdp/ucdpged_sample1000.csv", on_disorder="keep").frame
    assert "side_a" not in short
    assert "latitude" not in short


@pytest.mark.shared
@pytest.mark.parametrize("name", SOUND)
def test_nobody_dies_twice_or_is_lost(shared, name):
    frame = read_ged(shared / name, on_disorder="keep").frame
    forces = frame["deaths_government"] + frame["deaths_nonstate"]
    assert (forces == frame["deaths_a"] + frame["deaths_b"]).all()


@pytest.mark.shared
def test_ordered_deaths_are_those_of_the_weekly_table(shared):
    """Its government is that of Syria; soldiers of other states are other forces."""
    frame = read_ged(
        shared / "ucdp/syria_ged_nw_2018-07_2019-11.csv", on_disorder="sort"
    ).frame
    weekly = pd.read_csv(shared / "nw_syria_2019" / "ged_weekly.csv")
    weekly = weekly.rename(columns={"deaths_civilian": "deaths_civilians"})
    columns = [*DEATHS[2:], "low", "best", "high"]
    assert frame[columns].sum().to_dict() == weekly[columns].sum().to_dict()
    syrian = sum(
        frame.loc[
            frame[f"side_{side}"] == "Government of Syria", f"deaths_{side}"
        ].sum()
        for side in "ab"
    )
    others = frame["deaths_government"].sum() - syrian
    assert weekly["deaths_government"].sum() == syrian
    assert weekly["deaths_nonstate"].sum() == frame["deaths_nonstate"].sum() + others


@pytest.mark.shared
def test_reading_by_dyad_name_gives_the_same_forces_as_by_side(shared):
    path = shared / "ucdp/ucdpged_sample1000_v23_49col.csv"
    by_side = read_ged(path, on_disorder="keep").frame
    plain = pd.read_csv(path, dtype=str, keep_default_na=False)
    for absent in (["side_a", "side_b"], ["side_a", "side_b", "dyad_name"]):
        text = io.StringIO(plain.drop(columns=absent).to_csv(index=False))
        table = read_ged(text, on_disorder="keep")
        assert list(table.frame["deaths_government"]) == list(
            by_side["deaths_government"]
        )
        assert table.notes["deaths_side_assumed"] == 0


def test_each_kind_of_violence_books_the_dead_to_their_force(events):
    cases = {
        2: ("1", "Government of A", "Rebels", (2, 3)),
        3: ("1", "Government of A", "Government of B", (5, 0)),
        4: ("2", "Rebels", "Others", (0, 5)),
        5: ("3", "Government of A", "Civilians", (2, 3)),
        6: ("3", "Rebels", "Civilians", (0, 5)),
    }
    for row, (violence, side_a, side_b, _) in cases.items():
        events.set(row, "type_of_violence", violence)
        events.set(row, "side_a", side_a).set(row, "side_b", side_b)
    frame = read_ged(events.file()).frame
    booked = frame[["deaths_government", "deaths_nonstate"]]
    assert [tuple(row) for row in booked.to_numpy()] == [c[3] for c in cases.values()]


def test_deaths_booked_without_a_name_are_counted(events):
    for column in ("side_a", "side_b", "dyad_name"):
        at = events.header.index(column)
        for row in (events.header, *events.rows):
            row.pop(at)
    events.set(2, "type_of_violence", "3")
    table = read_ged(events.file())
    assert table.notes["deaths_side_assumed"] == 2 + 4 * 3
    assert list(table.frame["deaths_government"]) == [0, 2, 2, 2, 2]


def test_order_of_columns_changes_nothing(events, rng):
    before = read_ged(events.file()).frame
    order = rng.permutation(len(events.header))
    events.header = [events.header[i] for i in order]
    events.rows = [[row[i] for i in order] for row in events.rows]
    pd.testing.assert_frame_equal(read_ged(events.file()).frame, before)


@pytest.mark.parametrize("yes", ["1", "True", "true", "TRUE"])
def test_active_year_is_read_in_every_spelling(events, yes):
    events.header.append("active_year")
    events.rows = [[*row, yes] for row in events.rows]
    assert read_ged(events.file()).frame["active_year"].all()


def test_whole_numbers_written_with_a_zero_after_the_point_are_whole(events):
    events.set(3, "best", "9.0")
    assert read_ged(events.file()).frame["best"].tolist() == [9] * 5


def test_disorder_is_refused_ordered_or_kept_as_asked(events):
    events.set(4, "low", "20").set(4, "high", "3")
    with pytest.raises(SchemaError, match=r"row 4.*20, 9, 3.*on_disorder"):
        read_ged(events.file())
    kept = read_ged(events.file(), on_disorder="keep")
    bounds = ["low", "best", "high"]
    assert kept.frame.loc[2, bounds].tolist() == [20, 9, 3]
    assert (kept.notes["out_of_order"], kept.notes["ordered"]) == (1, 0)
    ordered = read_ged(events.file(), on_disorder="sort")
    assert ordered.frame.loc[2, bounds].tolist() == [3, 9, 20]
    assert (ordered.notes["out_of_order"], ordered.notes["ordered"]) == (1, 1)


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 50)] * 3), min_size=1, max_size=20))
def test_ordering_leaves_best_alone_and_puts_it_between(bounds):
    header = [column.name for column in GED.columns if column.needed]
    rows = [header]
    for n, (low, best, high) in enumerate(bounds):
        row = dict.fromkeys(header, "0") | {"id": str(n), "type_of_violence": "1"}
        row |= {"date_start": "2019-05-01", "date_end": "2019-05-01"}
        row |= {"low": str(low), "best": str(best), "high": str(high)}
        rows.append([row[name] for name in header])
    text = "\n".join(",".join(row) for row in rows)
    frame = read_ged(io.StringIO(text), on_disorder="sort").frame
    assert frame["best"].tolist() == [best for _, best, _ in bounds]
    assert (frame["low"] <= frame["best"]).all()
    assert (frame["best"] <= frame["high"]).all()
    assert frame["low"].tolist() == [min(b) for b in bounds]


def test_twins_and_sums_that_differ_are_legal_and_counted(events):
    events.set(2, "latitude", "36").set(3, "deaths_unknown", "7")
    table = read_ged(events.file())
    assert table.notes["twins"] == 3
    assert table.notes["sum_is_not_best"] == 1


@pytest.mark.shared
def test_all_twins_of_the_twin_file_are_found(shared):
    path = shared / "bad_input/ged_same_day_place_dyad_deaths.csv"
    plain = pd.read_csv(path)
    same = ["date_start", "latitude", "longitude", "dyad_name", "best"]
    groups = plain.groupby(same).ngroups
    table = read_ged(path, on_disorder="keep")
    assert table.notes["twins"] == len(plain) - groups


def test_headlines_may_name_victims_and_are_kept_only_when_asked(events):
    events.header += ["source_headline", "source_article", "ward"]
    events.rows = [[*row, "A name", "Its story", "7"] for row in events.rows]
    frame = read_ged(events.file()).frame
    assert not frame.isin(["A name", "Its story"]).to_numpy().any()
    asked = read_ged(events.file(), keep=["source_headline", "ward"]).frame
    assert (asked["headline"] == "A name").all()
    assert (asked["ward"] == "7").all()
    by_canonical = read_ged(events.file(), keep=["place", "headline", "ward", "ward"])
    pd.testing.assert_frame_equal(by_canonical.frame, asked)


def test_forces_are_always_derived_and_never_taken_from_the_file(events):
    events.header.append("deaths_government")
    events.rows = [[*row, "99"] for row in events.rows]
    frame = read_ged(events.file(), keep=["deaths_government"]).frame
    assert frame["deaths_government"].tolist() == [2] * 5


def test_keeping_what_is_not_there_and_unknown_orders_are_refused(events):
    with pytest.raises(SettingError, match=r"ward.*it has id, "):
        read_ged(events.file(), keep=["ward"])
    with pytest.raises(SettingError, match="on_disorder must be one of"):
        read_ged(events.file(), on_disorder="median")


def test_source_carries_the_hash_of_the_file_and_no_folder(events, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(events.text())
    source = read_ged(path).source
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source.name == "UCDP GED (events.csv)"
    assert "10.1177/0022343313484347" in source.citation


def test_blank_cells_are_missing_where_they_may_be(events):
    events.set(2, "latitude", "").set(2, "adm_1", "").set(2, "where_prec", "")
    first = read_ged(events.file()).frame.iloc[0]
    assert np.isnan(first["latitude"])
    assert pd.isna(first["adm_1"])
    assert first["where_prec"] is pd.NA


def test_blank_rows_are_left_out_counted_and_do_not_shift_row_numbers(events):
    blank = "," * (len(events.header) - 1)
    lines = events.text().splitlines()
    lines[2:2] = ["", blank]
    table = read_ged(io.StringIO("\n".join(lines)))
    assert table.notes["blank_rows"] == 2
    assert len(table) == 5
    lines[-1] = lines[-1].replace("2019-05-01", "00:00.0")
    with pytest.raises(SchemaError) as caught:
        read_ged(io.StringIO("\n".join(lines)))
    assert set(caught.value.faults["row"]) == {8}

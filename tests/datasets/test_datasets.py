"""The shipped tables: the right bytes, the right numbers, a citation that prints."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from conflictstats import datasets
from conflictstats.datasets import _shipped, nw_syria
from conflictstats.errors import ReadError
from conflictstats.provenance import Source

DATA = Path(datasets.__file__).parent / "data"
LOADERS = [getattr(datasets, name) for name in datasets.__all__]
COPIES = {
    "nw_syria_reports.csv": "nw_syria_2019/reports.csv",
    "nw_syria_deaths_weekly.csv": "nw_syria_2019/ged_weekly.csv",
    "nw_syria_displacement.csv": "nw_syria_2019/displacement_reports.csv",
}


@pytest.mark.shared
@pytest.mark.parametrize("shipped", COPIES)
def test_copies_are_byte_for_byte(shared, shipped):
    original = (shared / COPIES[shipped]).read_bytes()
    assert (DATA / shipped).read_bytes() == original


@pytest.mark.shared
def test_kosovo_cells_are_those_of_the_reference_file(shared):
    reference = pd.read_csv(shared / "mse" / "Kosovo.csv")
    ours = datasets.load_kosovo_lists().frame.rename(columns={"count": "Frequency"})
    pd.testing.assert_frame_equal(ours, reference)


@pytest.mark.parametrize("load", LOADERS)
def test_every_table_prints_its_citation_and_the_hash_of_its_file(load):
    table = load()
    hashes = {hashlib.sha256(f.read_bytes()).hexdigest() for f in DATA.glob("*.csv")}
    assert table.source.sha256 in hashes
    assert table.source.citation in str(table)
    assert table.source.licence in str(table)
    assert table.source.sha256[:12] in str(table)


@pytest.mark.parametrize("load", LOADERS[1:])
def test_every_row_has_an_address(load):
    assert load().frame["url"].str.startswith("http").all()


def test_deaths_are_those_that_the_issue_lists():
    frame = datasets.load_nw_syria_deaths().frame
    rows = frame[frame["date_start"].between("2019-04-29", "2019-08-31")]
    sums = rows.groupby("adm_1")[["best", "deaths_civilians"]].sum()
    expected = {
        "Idlib": (1782, 852),
        "Hama": (1815, 158),
        "Aleppo": (229, 122),
        "Latakia": (477, 9),
    }
    assert {place: tuple(row) for place, row in sums.T.items()} == expected
    june = rows[rows["date_start"] <= "2019-06-03"]
    assert (june["best"].sum(), june["low"].sum()) == (1505, 1484)
    assert rows["deaths_civilians"].sum() / rows["best"].sum() == pytest.approx(
        0.265, abs=5e-4
    )


@pytest.mark.shared
def test_span_of_the_deaths_is_that_of_the_events_they_sum(shared):
    events = pd.read_csv(shared / "ucdp" / "syria_ged_nw_2018-07_2019-11.csv")
    table = datasets.load_nw_syria_deaths()
    assert table.notes["span_start"] == events["date_start"].min()[:10]
    assert table.notes["span_end"] == events["date_start"].max()[:10]
    assert table.notes["own_period"] == 22
    assert table.frame["n_events"].sum() == len(events)
    assert table.frame["best"].sum() == events["best"].sum()


def test_reports_keep_what_was_coded_and_guess_no_day():
    table = datasets.load_nw_syria_reports()
    raw = pd.read_csv(DATA / "nw_syria_reports.csv", dtype=str, keep_default_na=False)
    frame = table.frame
    assert list(frame["qualifier_text"].fillna("")) == list(raw["qualifier_text"])
    assert list(frame["published_text"].fillna("")) == list(raw["published"])
    to_the_day = raw["published"].str.len() == 10
    shown = frame["published"].dt.strftime("%Y-%m-%d")
    assert list(shown[to_the_day]) == list(raw["published"][to_the_day])
    assert frame["published"][~to_the_day].isna().all()
    assert table.notes["published_inferred"] == 192
    assert table.notes["published_missing"] == 70
    assert table.notes["published_not_to_the_day"] == 13


def test_exact_reports_are_points_and_open_ones_are_open():
    frame = datasets.load_nw_syria_reports().frame
    exact = frame[frame["qualifier"] == "exact"]
    assert (exact["value_low"] == exact["value_high"]).all()
    at_least = frame[frame["qualifier"] == "at_least"]
    assert at_least["value_low"].notna().all()
    assert at_least["value_high"].isna().all()


def test_displacement_speaks_the_vocabulary_of_qualifiers():
    frame = datasets.load_nw_syria_displacement().frame
    assert frame["qualifier"].value_counts().to_dict() == {
        "exact": 21,
        "more_than": 7,
        "about": 5,
        "at_least": 2,
    }


def test_a_damaged_file_is_refused():
    source = Source("x", "x", "x", "x", sha256="0" * 64)
    with pytest.raises(ReadError, match=r"kosovo_lists\.csv.*install"):
        _shipped.read_shipped("kosovo_lists.csv", source, {})


def test_loading_twice_gives_frames_that_do_not_share_memory():
    first = nw_syria.load_nw_syria_deaths().frame
    first.loc[:, "best"] = 0
    assert nw_syria.load_nw_syria_deaths().frame["best"].sum() > 0

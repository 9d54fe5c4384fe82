"""Coded reports and bulletins as displacement reports."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.datasets import load_nw_syria_displacement, load_nw_syria_reports
from conflictstats.errors import SchemaError
from conflictstats.panel import (
    displacement_of_bulletins,
    displacement_of_reports,
    totals_of_reports,
)


@pytest.fixture(scope="module")
def coded():
    return load_nw_syria_reports()


@pytest.fixture(scope="module")
def figures():
    return load_nw_syria_displacement()


def decided(keys, key="event_key", **columns):
    usual = {"body": "UN", "unit": "persons", "measure": "cumulative"}
    return pd.DataFrame({key: keys} | usual | columns)


def test_totals_are_read_as_for_the_model_of_totals(coded):
    keys = decided(["disp-cum-nw", "disp-cum-since1dec"], coverage="NW Syria")
    table = displacement_of_reports(coded, keys)
    other = totals_of_reports(coded, keys)
    columns = ["report_id", "low", "best", "high", "value", "qualifier"]
    pd.testing.assert_frame_equal(
        table[columns], other[columns], check_dtype=False, check_like=True
    )
    assert table.attrs["excluded_undated"] == other.attrs["undated"]
    assert (table["end"] == other["date_end"]).all()


def test_each_row_keeps_its_page_agency_and_place(coded):
    table = displacement_of_reports(coded, decided(["disp-cum-nw"]))
    frame = coded.frame.set_index("report_id").loc[table["report_id"]]
    assert table["root"].fillna("").tolist() == frame["agency"].fillna("").tolist()
    assert table["place"].tolist() == frame["place"].tolist()
    there = coded.frame.iloc[table["row"].astype(int) - 2]
    assert there["report_id"].tolist() == table["report_id"].tolist()


def test_stocks_and_fractions_need_a_day_and_no_period(coded):
    stock = decided(["stock-idp-rcg"], measure="stock", body="RCG")
    part = decided(["share-displacedshare-nw"], measure="fraction", unit="share")
    people = decided(["stock-population-rcg"], measure="population", body="RCG")
    table = displacement_of_reports(coded, pd.concat([stock, part, people]))
    assert (table["start"] == table["end"]).all()
    rcg = table[table["body"] == "RCG"].set_index("measure")["low"]
    assert rcg["stock"] / rcg["population"] == pytest.approx(0.492, abs=5e-4)
    assert table.loc[table["unit"] == "share", "high"].max() <= 1


def test_a_flow_without_a_period_is_left_out_and_counted(coded):
    keys = decided(["disp-flow-aa-week", "disp-flow-rcg-24h"], measure="flow")
    table = displacement_of_reports(coded, keys)
    assert table.attrs["excluded_undated"] == 1
    assert table["report_id"].tolist() == ["R0596"]


@pytest.mark.parametrize("absent", ["body", "unit", "measure", "event_key"])
def test_a_decision_that_is_not_whole_is_refused(coded, absent):
    with pytest.raises(SchemaError, match=f"decisions need a column {absent}"):
        displacement_of_reports(coded, decided(["disp-cum-nw"]).drop(columns=absent))


def test_a_decision_made_twice_or_of_nothing_is_refused(coded):
    with pytest.raises(SchemaError, match="disp-cum-nw is decided twice"):
        displacement_of_reports(coded, decided(["disp-cum-nw", "disp-cum-nw"]))
    with pytest.raises(SchemaError, match="no report has event_key cum-nobody"):
        displacement_of_reports(coded, decided(["cum-nobody"]))


def test_a_decision_that_contradicts_the_table_is_refused(coded):
    with pytest.raises(SchemaError, match="unit share for measure fraction"):
        displacement_of_reports(coded, decided(["disp-cum-nw"], measure="fraction"))


# -- bulletins -----------------------------------------------------------------------


def test_every_figure_but_deaths_is_a_report(figures):
    table = displacement_of_bulletins(figures)
    plain = figures.frame
    alive = plain[~plain["what"].str.contains("civilian")]
    assert len(table) == len(alive)
    assert table.attrs["excluded_deaths"] == len(plain) - len(alive)
    assert table["value"].tolist() == alive["value"].tolist()


def test_movements_and_persons_are_apart_and_communities_are_counted(figures):
    table = displacement_of_bulletins(figures).set_index("row")
    by_name = table.loc[table["low"].isin([590001, 400001]), ["body", "unit"]]
    assert by_name.values.tolist() == [["CCCM", "movements"], ["OCHA", "persons"]]
    arrivals = table[table["measure"] == "flow"]
    arrivals = arrivals[arrivals["body"] == "ISMI/REACH-CCCM"]
    assert arrivals["n_assessed"].dropna().tolist() == [582, 669, 634, 714, 220, 270]
    assert set(table["place"]) >= {"NW Syria", "Idleb and surroundings"}


def test_who_counted_is_told_from_who_printed_it(figures):
    table = displacement_of_bulletins(figures)
    printed = dict(zip(table["root"], table["body"], strict=True))
    assert printed["CCCM via WFP SitRep 6"] == "CCCM"
    assert printed["OCHA SitRep 8 (26 Jul 2019)"] == "OCHA"
    dates = table.set_index("root")["published"]
    assert dates["OCHA SitRep 8 (26 Jul 2019)"] == pd.Timestamp("2019-07-26")
    renamed = displacement_of_bulletins(figures, bodies={"OCHA": "CCCM"})
    assert set(renamed["body"]) == {"CCCM", "ISMI/REACH-CCCM"}


def test_a_figure_of_something_else_is_refused(figures):
    other = figures.frame.copy()
    other.loc[3, "what"] = "tents"
    with pytest.raises(SchemaError, match="what in row 5: got 'tents'"):
        displacement_of_bulletins(other)
    assert np.isfinite(displacement_of_bulletins(figures)["low"]).all()

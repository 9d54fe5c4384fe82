"""UNHCR's populations: the file whole, its codes, and copies that were broken."""

import io

import pandas as pd
import pytest

from conflictstats.errors import SchemaError, SettingError
from conflictstats.events import read_unhcr_population

NAME = "unhcr_population_10origins_2000_2025.csv"
HEADER = "year,coo,coo_iso,coa,coa_iso,refugees,returned_refugees"


@pytest.fixture(scope="module")
def plain(shared):
    return pd.read_csv(shared / "displacement" / NAME, na_values=["-"])


@pytest.fixture(scope="module")
def table(shared):
    return read_unhcr_population(shared / "displacement" / NAME)


def read(*rows):
    return read_unhcr_population(io.StringIO("\n".join([HEADER, *rows, ""])))


@pytest.mark.parametrize(
    ("column", "group", "measure"),
    [
        ("refugees", "refugees", "stock"),
        ("asylum_seekers", "asylum_seekers", "stock"),
        ("idps", "idps", "stock"),
        ("oip", "in need of protection", "stock"),
        ("returned_refugees", "refugees", "returns"),
        ("returned_idps", "idps", "returns"),
    ],
)
def test_every_number_above_nothing_is_there_once(plain, table, column, group, measure):
    rows = table.frame.query("group == @group and measure == @measure")
    assert rows["value"].sum() == plain[column].sum()
    assert len(rows) == (plain[column] > 0).sum()


def test_what_is_left_out_is_counted(plain, table):
    used = ["refugees", "asylum_seekers", "idps", "oip"]
    used += ["returned_refugees", "returned_idps"]
    assert table.notes["excluded_zero"] == (plain[used] == 0).sum().sum()
    assert table.notes["excluded_not_known"] == plain[used].isna().sum().sum()


def test_countries_have_iso_codes_and_unhcrs_own_beside(table):
    codes = table.frame[["unhcr_place", "place"]].drop_duplicates()
    known = codes.set_index("unhcr_place")["place"]
    assert known[["ARE", "UAE", "AUS", "AUL"]].tolist() == ["EGY", "ARE", "AUT", "AUS"]


def test_idps_are_in_their_own_country_and_refugees_are_not(table):
    frame = table.frame
    idps = frame[(frame["group"] == "idps")]
    assert (idps["place"] == idps["origin"]).all()
    refugees = frame[(frame["group"] == "refugees") & (frame["measure"] == "stock")]
    assert (refugees["place"] != refugees["origin"]).all()
    back = frame[(frame["group"] == "refugees") & (frame["measure"] == "returns")]
    assert (back["destination"] == back["origin"]).all()


def test_no_number_from_one_to_four_is_printed_so_five_is_read_as_one_to_five(
    plain, table
):
    people = plain[["refugees", "asylum_seekers", "returned_refugees"]].stack()
    assert not people.between(1, 4).any()
    five = table.frame[table.frame["value"] == 5]
    assert (five["low"] == 1).all()
    assert five["best"].isna().all()
    assert (table.frame.loc[table.frame["value"] > 5, "qualifier"] == "exact").all()


def test_a_dash_is_not_known_and_not_nobody():
    table = read("2019,SYR,SYR,LEB,LBN,-,0", "2019,SYR,SYR,TUR,TUR,100,-")
    assert table.notes["excluded_not_known"] == 2
    assert table.notes["excluded_zero"] == 1
    assert table.frame["value"].tolist() == [100]


def test_broken_rows_are_refused_all_at_once():
    broken = {
        "2019,SYR,SYR,TUR,TUR,-5,0": "refugees",
        '2019,SYR,SYR,IRQ,IRQ,"1,200",0': "refugees",
        "2019,SYR,SYR,JOR,JOR,12.5,0": "refugees",
        "2019,SYR,SYR,DEN,,12,0": "coa_iso",
        "mid-2019,SYR,SYR,ICE,ISL,12,0": "year",
        "2019,SYR,SYR,LEB,LBN,7,0": "year coo coa",
    }
    with pytest.raises(SchemaError) as refused:
        read("2019,SYR,SYR,LEB,LBN,100,0", *broken)
    faults = refused.value.faults.sort_values("row")
    assert faults["row"].tolist() == list(range(3, 9))
    assert faults["column"].tolist() == list(broken.values())


@pytest.mark.parametrize("groups", [("refugee",), ()])
def test_a_group_that_there_is_not_is_named(shared, groups):
    with pytest.raises(SettingError, match="groups must be of refugees"):
        read_unhcr_population(shared / "displacement" / NAME, groups=groups)

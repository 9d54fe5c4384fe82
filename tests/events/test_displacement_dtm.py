"""IOM's tracking matrix: the interface with HXL tags, and a sheet of a round."""

import io

import pandas as pd
import pytest

from conflictstats.errors import SchemaError, SettingError
from conflictstats.events import read_dtm, read_dtm_round

ORIGINS = [
    "Anbar",
    "Babylon",
    "Baghdad",
    "Basrah",
    "Dahuk",
    "Diyala",
    "Erbil",
    "Kerbala",
    "Kirkuk",
    "Missan",
    "Muthanna",
    "Najaf",
    "Ninewa",
    "Qadissiya",
    "Salahal Din",
    "Sulaymaniyah",
    "Thi Qar",
    "Wassit",
]


@pytest.fixture
def interface(shared):
    return shared / "displacement" / "dtm_api_hxl.csv"


@pytest.fixture
def sheet(shared):
    return shared / "displacement" / "dtm_blank_last_row_arabic.csv"


def broken(path, change, **options):
    plain = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(plain)
    return io.StringIO(plain.to_csv(index=False, **options))


# -- the interface -------------------------------------------------------------------


def test_every_row_but_the_tags_is_a_stock_of_its_round(interface):
    table = read_dtm(interface)
    plain = pd.read_csv(interface).iloc[1:]
    assert table.notes["hxl_rows"] == 1
    assert len(table) == len(plain)
    assert table.frame["value"].sum() == plain["numPresentIdpInd"].astype(int).sum()
    days = pd.to_datetime(plain["reportingDate"]).to_numpy()
    assert (table.frame["end"].to_numpy() == days).all()
    assert (table.frame["row"].to_numpy() == plain.index + 2).all()
    assert table.notes["rounds"] == plain["roundNumber"].nunique()


def test_rounds_with_origins_are_covered_otherwise_than_rounds_without(interface):
    frame = read_dtm(interface).frame
    kinds = frame.groupby("round")["coverage"].unique()
    assert [len(kind) for kind in kinds] == [1, 1, 1]
    assert kinds[1][0] == kinds[2][0] != kinds[3][0]
    assert frame.loc[frame["round"] < 3, "origin"].isna().all()
    assert frame.loc[frame["round"] == 3, "origin"].notna().all()


def test_reasons_are_causes_and_stay_as_they_were_printed(interface):
    frame = read_dtm(interface).frame
    causes = dict(zip(frame["reason"], frame["cause"], strict=True))
    assert causes == {
        "Conflict": "conflict",
        "Natural disaster": "disaster",
        "Conflict; Natural disaster": "mixed",
        "No reason for displacement reported": "not stated",
    }


def test_broken_cells_of_the_interface_are_named(interface):
    cells = [("numPresentIdpInd", "-98"), ("numPresentIdpInd", "98 families")]
    cells += [("reportingDate", ""), ("reportingDate", "30/03/2017")]
    cells += [("admin0Pcode", "")]

    def change(plain):
        for at, (column, cell) in enumerate(cells, 2):
            plain.loc[at, column] = cell

    with pytest.raises(SchemaError) as refused:
        read_dtm(broken(interface, change))
    faults = refused.value.faults
    assert faults["row"].tolist() == [4, 5, 6, 7, 8]
    assert faults["column"].tolist() == [column for column, _ in cells]


def test_a_row_without_a_number_is_left_out_and_counted(interface):
    def change(plain):
        plain.loc[2, "numPresentIdpInd"] = ""

    table = read_dtm(broken(interface, change))
    assert table.notes["excluded_blank"] == 1
    assert len(table) == 28


# -- the sheet -----------------------------------------------------------------------


def test_a_sheet_gives_households_or_persons_and_never_both(sheet):
    plain = pd.read_csv(sheet).iloc[:-1]
    households = read_dtm_round(sheet)
    persons = read_dtm_round(sheet, unit="persons")
    assert households.frame["value"].sum() == plain["Families"].sum()
    assert persons.frame["value"].sum() == plain["Individuals"].sum()
    assert set(households.frame["unit"]) == {"households"}
    assert set(persons.frame["unit"]) == {"persons"}
    assert households.notes["persons_per_household"] == "6"


def test_the_last_row_has_a_date_and_nothing_else_and_names_are_arabic(sheet):
    table = read_dtm_round(sheet)
    plain = pd.read_csv(sheet).iloc[:-1]
    assert table.notes["excluded_blank"] == 1
    assert len(table) == len(plain) == table.frame["n_assessed"].iloc[0]
    assert table.frame["place_arabic"].tolist()[0] == "اينشكي"
    assert table.frame["place_arabic"].isna().sum() == plain["Arabic Name"].isna().sum()
    assert set(table.frame["end"]) == {pd.Timestamp("2014-04-01")}
    assert table.frame["place"].is_unique


def test_families_by_origin_are_the_families(sheet):
    whole = read_dtm_round(sheet).frame
    parts = read_dtm_round(sheet, origins=ORIGINS)
    assert (parts.frame.groupby("place")["value"].sum()).sum() == whole["value"].sum()
    assert parts.notes["excluded_zero"] + len(parts) == 13 * len(ORIGINS)
    assert set(parts.frame["origin"]) == {"Anbar"}
    with pytest.raises(SchemaError, match="add up to the families of the place"):
        read_dtm_round(sheet, origins=ORIGINS[1:])


def test_broken_cells_of_a_sheet_are_named(sheet):
    cells = [
        ("Families", "", "place_id place families individuals"),
        ("Individuals", "3", "families individuals"),
        ("Families", "-16", "Families"),
        ("date", "01/04/2014", "date"),
        ("Location ID", "1101008.0", "place_id end"),
    ]

    def change(plain):
        for at, (column, cell, _) in enumerate(cells, 1):
            plain.loc[at, column] = cell

    with pytest.raises(SchemaError) as refused:
        read_dtm_round(broken(sheet, change))
    faults = refused.value.faults
    told = set(zip(faults["row"], faults["column"], strict=True))
    assert {(at, named) for at, (*_, named) in enumerate(cells, 3)} <= told
    assert set(faults["row"]) == {3, 4, 5, 6, 7}


def test_sizes_that_differ_are_not_called_a_multiple(sheet):
    def change(plain):
        plain.loc[1, "Individuals"] = "190.0"

    assert "persons_per_household" not in read_dtm_round(broken(sheet, change)).notes


def test_a_sheet_of_nothing_and_wrong_settings_are_refused(sheet):
    plain = pd.read_csv(sheet, dtype=str, keep_default_na=False)
    with pytest.raises(SchemaError, match="no row with a location"):
        read_dtm_round(io.StringIO(plain.iloc[-1:].to_csv(index=False)))
    with pytest.raises(SettingError, match="origins need unit='households'"):
        read_dtm_round(sheet, unit="persons", origins=ORIGINS)
    with pytest.raises(SettingError, match="unit must be one of"):
        read_dtm_round(sheet, unit="families")

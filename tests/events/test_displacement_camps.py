"""Series of camps: two crises whole, and files that were broken."""

import csv
import io

import pandas as pd
import pytest

from conflictstats.errors import SchemaError, SettingError
from conflictstats.events import read_camps

ROWS = ("2015-06-01,100", "2015-06-14,300", "2015-06-24,250")


def camp(*rows, **options):
    return read_camps({"A": io.StringIO("\n".join([*rows, ""]))}, **options)


@pytest.mark.parametrize("crisis", ["burundi2015", "mali2012"])
def test_every_date_of_every_camp_is_there(shared, crisis):
    folder = shared / "displacement" / crisis
    with (folder / "data_layout.csv").open() as layout:
        files = {name: folder / path for name, path in csv.reader(layout)}
    table = read_camps(files)
    for name, path in files.items():
        plain = pd.read_csv(path, header=None, names=["day", "people"])
        rows = table.frame[table.frame["place"] == name]
        assert rows["value"].tolist() == plain["people"].tolist()
        assert rows["end"].dt.strftime("%Y-%m-%d").tolist() == plain["day"].tolist()
        assert (rows["row"].to_numpy() == plain.index + 1).all()
    assert table.notes["excluded_repeated"] == 0


def test_a_number_of_arrivals_among_stocks_is_pointed_out(shared):
    """Lusenda has 7,332, then 155, then 10,506: 155 is hardly who was there."""
    lusenda = shared / "displacement" / "burundi2015" / "con-lusenda.csv"
    assert read_camps({"Lusenda": lusenda}).notes["deep_falls"] == "Lusenda row 4"
    assert camp(*ROWS).notes["deep_falls"] == ""


def test_a_header_is_not_a_row():
    with_header = camp("date,individuals", *ROWS)
    without = camp(*ROWS)
    assert with_header.frame["value"].tolist() == [100, 300, 250]
    assert without.frame["value"].tolist() == [100, 300, 250]
    assert with_header.frame["row"].tolist() == [2, 3, 4]
    assert without.frame["row"].tolist() == [1, 2, 3]


def test_a_date_given_twice_with_one_number_is_one():
    table = camp(*ROWS, ROWS[2])
    assert len(table) == 3
    assert table.notes["excluded_repeated"] == 1


@pytest.mark.parametrize(("repeated", "taken"), [("first", 300), ("last", 310)])
def test_a_date_given_twice_with_two_numbers_needs_a_decision(repeated, taken):
    rows = (*ROWS[:2], "2015-06-14,310", ROWS[2])
    with pytest.raises(SchemaError, match="each date once") as refused:
        camp(*rows)
    assert refused.value.faults["row"].tolist() == [3]
    table = camp(*rows, repeated=repeated)
    assert table.frame["value"].tolist() == [100, taken, 250]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((ROWS[1], ROWS[0], ROWS[2]), "dates in order"),
        (("2015-06-01,-5", *ROWS[1:]), "in row 1: got '-5"),
        ((ROWS[0], "2015-06-14,-5"), "in row 2: got '-5'"),
        ((ROWS[0], "14/06/2015,300"), "a day as YYYY-MM-DD"),
        (("2015-06-01,many", ROWS[1]), "got 'many'"),
        (("date,stock,cumulative", "2015-06-01,1,1"), "has 3 columns"),
    ],
)
def test_broken_rows_are_refused(rows, message):
    with pytest.raises(SchemaError, match=message):
        camp(*rows)


def test_cumulative_arrivals_have_a_first_day_and_never_fall():
    table = camp(*ROWS[:2], measures={"A": "cumulative"})
    assert set(table.frame["start"]) == {pd.Timestamp("2015-06-01")}
    assert set(table.frame["measure"]) == {"cumulative"}
    with pytest.raises(SchemaError, match="which never fall"):
        camp(*ROWS, measures={"A": "cumulative"})


@pytest.mark.parametrize(
    "options",
    [
        {"measures": {"B": "stock"}},
        {"measures": {"A": "arrivals"}},
        {"repeated": "mean"},
    ],
)
def test_settings_that_mean_nothing_are_refused(options):
    with pytest.raises(SettingError):
        camp(*ROWS, **options)
    with pytest.raises(SettingError, match="give a file for each camp"):
        read_camps({})

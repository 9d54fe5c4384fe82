from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictstats.errors import ReportError
from conflictstats.report import Numbers


def collected(**values):
    numbers = Numbers()
    for name, value in values.items():
        numbers.add(name, value)
    return numbers


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.int64(1782), 1782),
        (np.float64(0.1) + 0.2, 0.3),
        (-0.0, 0.0),
        (123456789.987654321, 123456790.0),
        (pd.Timestamp("2019-06-03"), "2019-06-03"),
        (np.datetime64("2019-06-03", "ns"), "2019-06-03"),
        (date(2019, 6, 3), "2019-06-03"),
        ("Idlib", "Idlib"),
    ],
)
def test_scalars_of_every_library_become_plain(given, kept):
    value = collected(x=given)["x"]
    assert value == kept
    assert type(value) is type(kept)


@given(st.floats(-1e300, 1e300))
def test_floats_keep_ten_significant_digits(value):
    assert collected(x=value)["x"] == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    "bad", [np.nan, np.inf, -np.inf, pd.NaT, pd.NA, None, True, [1], 1j]
)
def test_what_a_report_cannot_print_is_refused(bad):
    with pytest.raises(ReportError, match="number 'deaths'"):
        collected(deaths=bad)


@pytest.mark.parametrize("name", ["", "Deaths", "a b", "1st", "a-b", "a\n", "{x}"])
def test_names_are_plain(name):
    with pytest.raises(ReportError, match="a name is small letters"):
        Numbers().add(name, 1)


def test_a_name_has_one_value_and_one_unit():
    numbers = collected(dead=5)
    numbers.add("dead", 5)
    with pytest.raises(ReportError, match=r"'dead' is .*5.* now given as .*6"):
        numbers.add("dead", 6)
    with pytest.raises(ReportError, match="persons"):
        numbers.add("dead", 5, unit="persons")


def test_a_table_may_miss_cells_only_where_that_is_said():
    frame = pd.DataFrame({"low": [1, 2], "high": pd.array([3, None], dtype="Int64")})
    numbers = Numbers()
    with pytest.raises(ReportError, match="table 'bounds', row 1, 'high'"):
        numbers.add_table("bounds", frame)
    numbers.add_table("bounds", frame, may_miss=["high"], units={"low": "deaths"})
    assert numbers.table("bounds") == {
        "columns": ["low", "high"],
        "units": {"low": "deaths"},
        "rows": [[1, 3], [2, None]],
    }


def test_an_unknown_table_is_refused():
    with pytest.raises(ReportError, match="no script wrote a table called 'weeks'"):
        Numbers().table("weeks")


def test_the_file_is_sorted_and_reads_back(tmp_path):
    forth, back = collected(a=1, b=0.5, c="إدلب"), collected(c="إدلب", b=0.5, a=1)
    paths = [forth.write(tmp_path / "forth.json"), back.write(tmp_path / "back.json")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert Numbers.read(paths[0]) == forth


def test_differences_pass_rounding_and_name_all_else():
    ours = collected(a=1.0, b=2, c="x")
    assert ours.differences(collected(a=1.0 + 5e-7, b=2, c="x")) == []
    found = ours.differences(collected(a=1.0 + 5e-6, b=3, d=1))
    assert [line.split(":")[0] for line in found] == [
        "values.a.value",
        "values.b.value",
        "values.c",
        "values.d",
    ]


def test_differences_look_into_tables():
    ours, theirs = Numbers(), Numbers()
    ours.add_table("t", pd.DataFrame({"x": [1.0, 2.0]}))
    theirs.add_table("t", pd.DataFrame({"x": [1.0, 2.5]}))
    assert ours.differences(theirs) == ["tables.t.rows[1][0]: 2.0 and 2.5"]

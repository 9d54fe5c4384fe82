"""Faults: every one, at its row, with what to do."""

import io
import time
from datetime import date, timedelta

import pandas as pd
import pytest

from conflictstats.errors import SchemaError
from conflictstats.events import check, read_ged, read_reports
from tests.events.conftest import Events

BAD_CELLS = {
    ("date_start", "00:00.0"): "spreadsheet",
    ("date_start", "01/05/2019"): "2019-06-10",
    ("date_start", "2019-02-30"): "YYYY-MM-DD",
    ("date_start", "1945-12-31"): "1946-01-01",
    ("date_start", "2019-05-01 13:00:00"): "YYYY-MM-DD",
    ("date_start", "٢٠١٩-٠٥-٠١"): "YYYY-MM-DD",
    ("date_start", ""): "YYYY-MM-DD",
    ("best", "-9"): "0 or more|from 0",
    ("best", "9.5"): "whole",
    ("best", "1e3"): "whole",
    ("best", "1,000"): "whole",
    ("best", "nan"): "whole",
    ("best", " 9"): "whole",
    ("best", ""): "whole",
    ("best", "99999999999"): "from 0 to",
    ("type_of_violence", "4"): "from 1 to 3",
    ("where_prec", "8"): "from 1 to 7",
    ("date_prec", "0"): "from 1 to 5",
    ("latitude", "91"): "from -90 to 90",
    ("latitude", "35,93"): "decimal point",
    ("longitude", "inf"): "a number",
    ("longitude", "1e999"): "a number",
    ("id", ""): "text",
}


@pytest.mark.parametrize(("column", "value"), BAD_CELLS)
def test_a_bad_cell_is_told_by_row_column_value_and_rule(events, column, value):
    events.set(4, column, value)
    with pytest.raises(SchemaError) as caught:
        read_ged(events.file())
    faults = caught.value.faults
    told = faults[faults["column"] == column].iloc[0]
    assert (told["row"], told["value"]) == (4, value)
    expected = BAD_CELLS[column, value]
    assert pd.Series(told["rule"] + told["advice"]).str.contains(expected).all()
    assert f"{column} in row 4: got {value!r}" in str(caught.value)


def test_tomorrow_is_refused_and_today_is_not(events):
    today = date.today()
    events.set(2, "date_end", today.isoformat())
    assert len(read_ged(events.file())) == 5
    events.set(2, "date_end", (today + timedelta(days=2)).isoformat())
    with pytest.raises(SchemaError, match="date_end in row 2"):
        read_ged(events.file())


def test_an_event_cannot_end_before_it_starts(events):
    events.set(3, "date_end", "2019-04-30")
    with pytest.raises(SchemaError, match=r"row 3.*date_end not before date_start"):
        read_ged(events.file())


def test_an_id_may_stand_once(events):
    events.set(5, "id", "2")
    with pytest.raises(
        SchemaError, match="id in row 5: got '2', expected each id once"
    ):
        read_ged(events.file())


def test_all_faults_are_told_at_once_in_the_order_of_rows(events):
    events.set(6, "best", "x").set(2, "latitude", "95").set(4, "date_end", "2019-04-01")
    events.set(4, "low", "11")
    frame = check(events.file()).frame
    assert list(frame["row"]) == [2, 4, 4, 6]
    assert list(frame.columns) == ["row", "column", "value", "rule", "advice"]


@pytest.mark.shared
def test_dates_destroyed_by_a_spreadsheet_are_all_found(shared):
    faults = check(shared / "bad_input/ged_excel_destroyed_dates.csv").frame
    for column in ("date_start", "date_end"):
        rows = faults.loc[faults["column"] == column, "row"]
        assert list(rows) == list(range(2, 27))


@pytest.mark.shared
def test_disordered_rows_of_the_disorder_file_are_all_found(shared):
    faults = check(shared / "bad_input/ged_low_best_high_out_of_order.csv").frame
    assert list(faults["row"]) == list(range(2, 103))
    assert set(faults["rule"]) == {"low <= best <= high"}
    assert faults["value"][0] == "177, 142, 177"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "missing", "present"),
    [
        ("cumulative_tracker_with_typos.csv", "date_start", ""),
        ("ged_odd_source_dates.csv", "type_of_violence", "date_start"),
    ],
)
def test_a_file_that_is_not_ged_is_told_what_it_lacks(shared, name, missing, present):
    with pytest.raises(SchemaError) as caught:
        read_ged(shared / "bad_input" / name)
    assert missing in set(caught.value.faults["column"])
    assert present not in set(caught.value.faults["column"])


def test_rows_of_another_width_are_faults_and_numbered_as_in_the_file(events):
    lines = events.text().splitlines()
    lines[2] += ",one more"
    lines[4] = lines[4].rsplit(",", 1)[0]
    width = len(events.header)
    frame = check(io.StringIO("\n".join(lines))).frame
    assert list(frame["row"]) == [3, 5]
    assert list(frame["value"]) == [f"{width + 1} cells", f"{width - 1} cells"]


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_first_row_that_is_too_narrow_is_a_fault_too(events, cut):
    lines = events.text().splitlines()
    lines[1] = lines[1].rsplit(",", cut)[0]
    frame = check(io.StringIO("\n".join(lines))).frame
    assert list(frame["row"]) == [2]
    assert list(frame["value"]) == [f"{len(events.header) - cut} cells"]


def test_a_column_that_is_there_twice_is_a_fault(events):
    events.header.append("best")
    events.rows = [[*row, "9"] for row in events.rows]
    with pytest.raises(SchemaError, match=r"best in row 1.*each column once"):
        read_ged(events.file())


def test_a_sound_file_has_no_faults(events):
    faults = check(events.file())
    assert not faults
    assert str(faults) == "the open file: no faults"


def test_control_characters_and_long_texts_do_not_reach_the_terminal(events):
    events.set(2, "best", "\x1b[31m" + "9" * 5000)
    shown = str(check(events.file()))
    assert "\x1b" not in shown
    assert len(shown) < 500


def test_many_faults_are_told_briefly_and_kept_in_full():
    many = Events(50_000)
    for row in range(2, 50_002):
        many.set(row, "date_start", f"{row}:00.0").set(row, "best", "many")
    text = many.text()
    start = time.process_time()
    with pytest.raises(SchemaError) as caught:
        read_ged(io.StringIO(text))
    assert time.process_time() - start < 10
    assert len(caught.value.faults) == 100_000
    assert len(str(caught.value)) < 2_000


def test_faults_show_in_a_notebook_with_everything_escaped(events):
    events.set(2, "best", "<script>")
    assert "&lt;script&gt;" in check(events.file())._repr_html_()


@pytest.mark.shared
def test_the_coding_of_the_reports_is_sound(shared):
    assert not check(shared / "nw_syria_2019/reports.csv")
    assert len(read_reports(shared / "nw_syria_2019/reports.csv")) == 1123

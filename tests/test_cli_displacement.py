"""The command that says who is displaced, from a table of reports."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from conflictstats.cli import app
from conflictstats.errors import SchemaError
from conflictstats.report.displacement_report import read_violence

HEADER = "report_id,body,measure,unit,place,start,end,low,high,qualifier"
DAYS = pd.date_range("2018-12-01", "2019-02-20")
FIRST = 31
"""Number of the first day of the reports."""
FLED = np.repeat([100.0, 1000.0, 100.0], [20, 10, 20])
"""A day, from New Year's Day on; ten days in which ten times as many fled."""


def run(*words):
    return CliRunner().invoke(app, ["displacement", *map(str, words)])


@pytest.fixture
def reports(tmp_path):
    """Running totals every fifth day and two stocks that agree with them."""
    total = 5000 + FLED.cumsum()
    rows = [HEADER]
    for day in range(4, 50, 5):
        end = f"{DAYS[FIRST + day]:%Y-%m-%d}"
        n = f"{FLED[: day + 1].sum():.0f}"
        rows.append(f"t{day},A,cumulative,persons,X,2019-01-01,{end},{n},{n},exact")
    for day in (9, 49):
        end = f"{DAYS[FIRST + day]:%Y-%m-%d}"
        rows.append(
            f"s{day},B,stock,persons,X,{end},{end},{total[day]:.0f},"
            f"{total[day]:.0f},exact"
        )
    path = tmp_path / "crisis.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def deaths(tmp_path):
    """Deaths by day, ten times as many on the days on which most fled."""
    killed = np.ones(len(DAYS))
    killed[FIRST + 20 : FIRST + 30] = 10
    path = tmp_path / "deaths.csv"
    table = pd.DataFrame({"date": DAYS.strftime("%Y-%m-%d"), "deaths": killed})
    table.to_csv(path, index=False)
    return path


def test_a_record_of_the_course_and_of_the_response(reports, deaths):
    done = run(reports, "--violence", deaths, "--level", 0.8, "--json")
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout)
    assert {"n_reports", "excluded", "status", "stock", "inflow"} <= set(record)
    assert (record["n_reports"], record["status"]) == (12, "CONVERGED")
    assert record["level"] == 0.8
    assert sum(record["excluded"].values()) == 0
    first, last = record["stock"][0], record["stock"][-1]
    assert (first["start"], last["end"]) == ("2019-01-01", "2019-02-19")
    assert last["lower"] < 5000 + FLED.sum() < last["upper"]
    fled = sum(cell["estimate"] for cell in record["inflow"])
    assert fled == pytest.approx(FLED.sum(), rel=0.2)
    busy = [cell["estimate"] for cell in record["inflow"][20:30]]
    assert min(busy) > 500 > record["inflow"][5]["estimate"]
    assert [each["days"] for each in record["response"]] == [30, 90, 180]
    assert 0 < record["half_life"]["estimate"] < 180
    assert all(0 <= each["prior_part"] <= 1 for each in record["learned"])
    assert any("not by what caused it" in said for said in record["assumptions"])


def test_the_report_beside_the_file_by_weeks(reports):
    done = run(reports, "--every", "week")
    assert done.exit_code == 0, done.output
    assert "displaced at the end" in done.output
    page = reports.with_name("crisis_displacement.pdf")
    assert page.read_bytes().startswith(b"%PDF")


ROW = "1,A,stock,persons,X,2019-01-01,2019-01-01,10,10,exact"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{HEADER}\n{ROW.replace('stock', 'flow').replace('10,10', '-1,2')}", "row 2"),
        (f"{HEADER}\n{ROW.replace('persons', 'people')}", "row 2"),
        (f"{HEADER}\n{ROW}\n{ROW.replace('1,A', '2,B').replace('X', 'Y')}", "--place"),
        ("iso3,country_name,year,new_displacement\nSYR,Syria,2019,5", "read_gidd()"),
        ("year,coo,coa_iso,idps\n2019,SYR,SYR,5", "read_unhcr_population()"),
        ("id,numPresentIdpInd\n1,5", "read_dtm()"),
        ("Location ID,Individuals\n1,5", "read_dtm_round()"),
        (f"{HEADER}\n{ROW.replace('persons', 'households')}", "to_persons"),
    ],
)
def test_broken_and_foreign_files_are_refused_with_a_next_step(tmp_path, text, words):
    path = tmp_path / "broken.csv"
    path.write_text(text + "\n")
    done = run(path)
    assert done.exit_code != 0
    assert words in str(done.exception)
    assert not list(tmp_path.glob("*.pdf"))


def test_days_of_violence_that_are_missing_are_told(reports, deaths):
    lines = deaths.read_text().splitlines()
    deaths.write_text("\n".join([*lines[:40], *lines[41:]]) + "\n")
    done = run(reports, "--violence", deaths)
    assert done.exit_code != 0
    assert "jumps from 2019-01-08 to 2019-01-10" in str(done.exception)


def test_violence_is_read_from_counts_and_from_events(tmp_path):
    path = tmp_path / "violence.csv"
    path.write_text(
        "date,date_end,dead\n2019-05-08,2019-05-14,7\n2019-05-01,2019-05-07,0\n"
    )
    weeks = read_violence(path)
    assert (weeks.name, weeks.values.tolist()) == ("dead", [0, 7])
    assert str(weeks["time_end"].values[0])[:10] == "2019-05-07"
    path.write_text(
        "id,type_of_violence,date_start,date_end,deaths_a,deaths_b,"
        "deaths_civilians,deaths_unknown,low,best,high\n"
        "1,1,2019-05-01,2019-05-03,2,3,4,0,9,9,12\n"
        "2,1,2019-05-05,2019-05-05,2,0,0,0,2,2,2\n"
    )
    events = read_violence(path)
    assert events.values == pytest.approx([3, 3, 3, 0, 2])
    path.write_text("day,dead\n2019-05-01,3\n")
    with pytest.raises(SchemaError, match="column date"):
        read_violence(path)
    path.write_text("date,dead\n2019-05-01,3\n2019-05-01,4\n")
    with pytest.raises(SchemaError, match="row 3"):
        read_violence(path)

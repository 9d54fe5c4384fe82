"""The command that bounds the share of civilians."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from conflictstats.cli import app

HEADER = (
    "id,type_of_violence,side_a,side_b,adm_1,where_coordinates,date_start,date_end,"
    "deaths_a,deaths_b,deaths_civilians,deaths_unknown,low,best,high"
)
EVENTS = [
    "1,1,Government of Syria,Rebels,Idlib,A,2019-05-01,2019-05-01,4,1,2,3,10,10,10",
    "2,1,Government of Syria,Rebels,Idlib,B,2019-05-02,2019-05-02,0,2,4,1,7,7,7",
    "3,1,Government of Syria,Rebels,Hama,C,2019-05-03,2019-05-03,2,1,0,0,3,3,3",
]


@pytest.fixture
def events(tmp_path):
    """Of twenty dead six are civilians, six government, four rebels, four unknown."""
    path = tmp_path / "events.csv"
    path.write_text("\n".join([HEADER, *EVENTS]) + "\n")
    return path


def told(*words):
    done = CliRunner().invoke(app, ["share", *map(str, words), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("denominator", "dead", "lower", "upper"),
    [
        ("all", 20, 6 / 20, 10 / 20),
        ("known", 16, 6 / 16, 6 / 16),
        ("without_government", 14, 6 / 14, 10 / 14),
        ("without_nonstate", 16, 6 / 16, 10 / 16),
    ],
)
def test_each_denominator_has_its_dead_and_its_bounds(
    events, denominator, dead, lower, upper
):
    record = told(events, "--denominator", denominator)
    assert list(record) == [
        "denominator",
        "n_deaths",
        "unknown_share",
        "bounds",
        "interval",
        "estimate",
        "status",
        "sensitivity",
    ]
    assert record["denominator"] == denominator
    assert record["n_deaths"] == dead
    assert record["bounds"] == pytest.approx({"lower": lower, "upper": upper})
    assert record["unknown_share"] == pytest.approx(upper - lower)
    known = denominator == "known"
    assert record["estimate"] == (pytest.approx(6 / 16) if known else None)
    assert record["status"] == ("IDENTIFIED" if known else "BOUNDED")
    interval = record["interval"]
    assert interval["level"] == 0.9
    assert interval["lower"] <= lower
    assert interval["upper"] >= upper


def test_unknown_like_the_known_is_the_share_of_the_known(events):
    record = told(events, "--denominator", "all")
    alike = {each["odds_ratio"]: each["estimate"] for each in record["sensitivity"]}
    assert alike[1.0] == pytest.approx(6 / 16)
    assert sorted(alike.values()) == list(alike.values())


def test_places_are_listed_and_a_place_without_dead_civilians_has_no_unknown(events):
    records = told(events, "--denominator", "all", "--by", "adm_1")
    bounds = {each["place"]: each["bounds"] for each in records}
    assert bounds["Hama"] == {"lower": 0.0, "upper": 0.0}
    assert bounds["Idlib"] == pytest.approx({"lower": 6 / 17, "upper": 10 / 17})
    towns = told(events, "--denominator", "all", "--by", "place")
    assert [each["place"] for each in towns] == ["A", "B", "C"]


def test_nobody_in_the_denominator_is_null_and_no_error(tmp_path):
    path = tmp_path / "none.csv"
    path.write_text(f"{HEADER}\n{EVENTS[2]}\n".replace(",2,1,0,0,3,3,3", ",0" * 7))
    record = told(path, "--denominator", "all")
    assert record["n_deaths"] == 0
    assert record["status"] == "NO_DEATHS"
    assert record["bounds"] == {"lower": None, "upper": None}


def test_people_read_of_whom_the_share_is(events):
    done = CliRunner().invoke(app, ["share", str(events), "--denominator", "all"])
    assert done.exit_code == 0
    assert "all recorded dead" in done.stdout


def test_the_denominator_must_be_said(events):
    done = CliRunner().invoke(app, ["share", str(events)])
    assert done.exit_code == 2
    assert "--denominator" in done.output


def test_a_negative_unknown_is_one_message_with_its_row(events):
    """In a process of its own, as a user starts it."""
    events.write_text(events.read_text().replace(",4,1,2,3,10", ",4,1,2,-3,10"))
    words = [sys.executable, "-m", "conflictstats", "share", str(events)]
    done = subprocess.run(
        [*words, "--denominator", "all"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("conflictstats: ")
    assert "deaths_unknown" in done.stderr
    assert "row 2" in done.stderr.lower()
    assert "Traceback" not in done.stderr

"""The command that counts the dead of incidents."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from conflictstats.cli import app

pytestmark = pytest.mark.usefixtures("unchecked")


def run(*words):
    return CliRunner().invoke(app, ["incidents", *map(str, words)])


def test_every_incident_of_a_file_has_a_count_inside_its_interval(shared, tmp_path):
    table = pd.read_csv(shared / "nw_syria_2019" / "reports.csv", dtype=str)
    dead = table["measure"].isin(["killed", "killed_civilian"])
    told = table[(table["kind"] == "incident") & dead & table["published"].notna()]
    told = told.head(60)
    told.to_csv(tmp_path / "reports.csv", index=False)
    done = run(tmp_path / "reports.csv", "--json")
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout)
    assert list(record) == ["status", "nobs", "level", "incidents", "out_of_line"]
    named = {(row["event_key"], row["measure"]) for row in record["incidents"]}
    assert named == set(
        told[["event_key", "measure"]].itertuples(index=False, name=None)
    )
    for row in record["incidents"]:
        assert row["lower"] <= row["estimate"] <= row["upper"]
        assert row["minimum"] >= row["lower"]
    people = run(tmp_path / "reports.csv")
    assert people.exit_code == 0
    assert "minimum" in people.stdout


def test_a_file_of_events_is_refused_with_what_is_missing(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("id,best\n1,2\n")
    done = run(path)
    assert done.exit_code != 0
    assert "event_key" in str(done.exception)

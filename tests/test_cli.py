import json
import re
import resource
import subprocess
import sys
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from conflictstats.cli import app
from conflictstats.report import Numbers

SCRIPT = """
import json, os
from pathlib import Path

folder = Path(os.environ["CONFLICTSTATS_OUTPUT"]) / "numbers"
folder.mkdir()
value = {"value": 42, "unit": "deaths"}
(folder / "10.json").write_text(json.dumps({"values": {"dead": value}, "tables": {}}))
"""
HAND = """
title = "One number"
subtitle = "And no figure"
summary = "{dead} died."
sections = []
limits = []
rerun = "Again."
"""


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "one_number"
    (folder / "hand").mkdir(parents=True)
    (folder / "10_number.py").write_text(SCRIPT)
    (folder / "hand" / "report.toml").write_text(HAND)
    return folder


@pytest.fixture
def ged(tmp_path):
    """A GED file with three dead in Idlib and one in Hama on each of 56 days."""
    lines = [
        "id,type_of_violence,side_a,side_b,adm_1,date_start,date_end,deaths_a,deaths_b,"
        "deaths_civilians,deaths_unknown,low,best,high"
    ]
    for day in range(56):
        when = date(2019, 4, 29) + timedelta(days=day)
        for i, (place, dead) in enumerate({"Idlib": 3, "Hama": 1}.items()):
            lines.append(
                f"{2 * day + i + 1},1,Government of Syria,Rebels,{place},{when},{when},"
                f"0,0,{dead},0,{dead},{dead},{dead}"
            )
    path = tmp_path / "events.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def command(*words):
    """The command in a process of its own, as a user starts it."""
    return subprocess.run(
        [sys.executable, "-m", "conflictstats", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_is_cheap():
    """Half a CPU second, or on a slow machine three quarters of what pandas takes."""
    limit = max(0.5, 0.75 * min(cpu_seconds("-c", "import pandas") for _ in range(2)))
    assert min(cpu_seconds("-m", "conflictstats", "--help") for _ in range(3)) < limit


def cpu_seconds(*arguments):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_version():
    from conflictstats import __version__

    assert run("--version").stdout == f"conflictstats {__version__}\n"


def test_an_error_is_one_message_and_exit_code_one(tmp_path):
    done = command("report", tmp_path / "nowhere")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("conflictstats: there is no folder")
    assert "Traceback" not in done.stderr


def test_wrong_arguments_are_exit_code_two():
    assert run("nonsense").exit_code == 2
    assert run("rate", "x.csv", "--every", "fortnight").exit_code == 2
    refused = run("rate", "x.csv", "--from", "2019-13-01")
    assert refused.exit_code == 2
    assert "'2019-13-01' is not a day" in refused.output


def test_report_goes_to_figures_unless_told(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("report", study).exit_code == 0
    folder = tmp_path / "figures" / "one_number"
    assert Numbers.read(folder / "numbers.json")["dead"] == 42
    told = json.loads(run("report", study, "--out", tmp_path / "o", "--json").stdout)
    assert told == {
        "folder": str(tmp_path / "o"),
        "files": ["numbers.json", "report.pdf", "manifest.json"],
    }
    assert (folder / "report.pdf").read_bytes() == (
        tmp_path / "o" / "report.pdf"
    ).read_bytes()


def test_a_failing_script_shows_its_error_and_exits_with_one(study, tmp_path):
    (study / "20_bad.py").write_text("raise ValueError('three weeks')")
    done = command("report", study, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "20_bad.py stopped with exit code 1" in done.stderr
    assert "ValueError: three weeks" in done.stderr
    assert not (tmp_path / "out").exists()


def test_check_is_silent_about_a_good_file_and_lists_every_fault(ged):
    assert run("check", ged).output == "events.csv: no faults\n"
    text = (
        ged.read_text()
        .replace("2019-04-29", "29/04/2019")
        .replace("0,1,1,1", "0,1,1,0")
    )
    ged.write_text(text)
    faults = [2, 3] * 2 + list(range(3, 114, 2))
    listed = run("check", ged)
    assert listed.exit_code == 1
    assert listed.stdout.splitlines()[0].split() == [
        "row",
        "column",
        "value",
        "rule",
        "advice",
    ]
    assert f"events.csv: faults: {len(faults)}, the first 50 shown" in listed.stdout
    told = run("check", ged, "--json")
    assert told.exit_code == 1
    assert sorted(f["row"] for f in json.loads(told.stdout)["faults"]) == sorted(faults)


def test_describe_counts_what_is_there(ged):
    facts = json.loads(run("describe", ged, "--json").stdout)
    assert (facts["rows"], facts["best"], facts["first day"]) == (
        112,
        56 * 4,
        "2019-04-29",
    )
    assert re.search(r"(?m)^state-based events +112$", run("describe", ged).stdout)


def test_parse_prints_bounds():
    assert run("parse", "at least 25").stdout == "at least 25  (count, at_least)\n"
    said = json.loads(run("parse", "at least", "--value", "25", "--json").stdout)
    assert (said["low"], said["high"], said["qualifier"]) == (25, None, "at_least")


def test_parse_refuses_what_it_does_not_know():
    done = command("parse", "oodles of 3")
    assert done.returncode == 1
    assert "oodles" in done.stderr


def test_rate_brackets_a_constant_rate_by_place(ged):
    done = run("rate", ged, "--by", "adm_1", "--json")
    answer = json.loads(done.stdout)
    assert {t["place"]: t["estimate"] for t in answer["totals"]} == {
        "Hama": 56,
        "Idlib": 168,
    }
    assert len(answer["rates"]) == 2 * 8
    truth = {"Idlib": 3, "Hama": 1}
    for row in answer["rates"]:
        assert row["lower"] < truth[row["place"]] < row["upper"]


def test_rate_takes_one_series_and_a_span_and_writes_files(ged, tmp_path):
    words = ("rate", ged, "--from", "2019-05-06", "--to", "2019-05-26", "--out")
    for name in "ab":
        assert command(*words, tmp_path / name).returncode == 0
    record = json.loads((tmp_path / "a" / "rate.json").read_text())
    assert [t["estimate"] for t in record["totals"]] == [3 * 7 * 4]
    assert [row["time"] for row in record["rates"]] == [
        "2019-05-06",
        "2019-05-13",
        "2019-05-20",
    ]
    for name in ("rate.csv", "rate.json", "rate.pdf"):
        ours, again = ((tmp_path / x / name).read_bytes() for x in "ab")
        assert ours == again


def test_rate_names_a_column_that_is_not_there(ged):
    done = command("rate", ged, "--by", "province")
    assert done.returncode == 1
    assert "province" in done.stderr

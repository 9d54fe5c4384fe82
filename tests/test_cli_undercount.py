"""The command that asks every method how many are on no list."""

import json

import pytest
from typer.testing import CliRunner

from conflictstats.cli import app
from conflictstats.datasets import load_kosovo_lists

LISTS = "EXH,ABA,OSCE,HRW"


@pytest.fixture
def kosovo(tmp_path):
    path = tmp_path / "kosovo.csv"
    load_kosovo_lists().frame.to_csv(path, index=False)
    return path


def run(*words):
    return CliRunner().invoke(app, ["undercount", *map(str, words)])


def test_answers_of_kosovo_as_a_record(kosovo):
    """Ball et al. (2002): 10,356 by the model with the best BIC."""
    done = run(kosovo, "--lists", LISTS, "--count", "count", "--level", 0.95, "--json")
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout)
    assert list(record) == ["n_observed", "methods", "sensitivity"]
    assert record["n_observed"] == 4400
    keys = {"name", "estimate", "lower", "upper", "level", "status", "assumptions"}
    assert all(keys <= set(method) for method in record["methods"])
    said = {method["name"]: method for method in record["methods"]}
    best = said["log-linear, best by BIC"]
    assert best["estimate"] == pytest.approx(10_356.52, abs=0.01)
    assert best["lower"] == pytest.approx(8_994.3, abs=0.1)
    assert best["odds_ratio"] == pytest.approx(
        (16_941.88 - 4400) / (10_356.52 - 4400), rel=1e-5
    )
    assert said["sample coverage"]["estimate"] is None
    curve = {point["odds_ratio"]: point["estimate"] for point in record["sensitivity"]}
    assert curve[1.0] == pytest.approx(16_942, abs=1)
    assert curve[2.0] == pytest.approx(10_671, abs=1)


def test_records_and_the_report(tmp_path):
    """A hundred people on A, forty on B, twenty on both: two hundred in all."""
    rows = ["A,B", *["1,0"] * 80, *["0,1"] * 20, *["1,1"] * 20]
    path = tmp_path / "people.csv"
    path.write_text("\n".join(rows) + "\n")
    done = run(path, "--lists", "A, B")
    assert done.exit_code == 0, done.output
    assert "120 on one list or more of 2" in done.output
    assert "no interaction of all: 200 [" in done.output
    assert "latent classes: refused: fewer lists" in done.output
    page = tmp_path / "people_undercount.pdf"
    assert page.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A,B\n1,0\n0,2\n", "row 2 of 'B' must be 0 or 1, found '2'"),
        ("A,B\n1,0\n0,0\n", "row 2 are on no list"),
        ("A,B\n1,0\n0,1\n", "no record is on two"),
        ("A,C\n1,0\n0,1\n", "must have each of 'B' once"),
        ("A,B\n1,0\n0,1,1\n", "another number of cells"),
        ("A,B\n1,\n0,1\n", "row 1 of 'B' must be 0 or 1"),
    ],
)
def test_broken_files_are_refused_with_the_row(tmp_path, text, words):
    path = tmp_path / "broken.csv"
    path.write_text(text)
    done = run(path, "--lists", "A,B")
    assert done.exit_code != 0
    assert words in str(done.exception)
    assert not list(tmp_path.glob("*.pdf"))

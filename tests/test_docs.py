"""Everything that a page shows is run."""

import doctest
import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

import conflictstats as cs
from conflictstats.report import Numbers, changed_outputs
from conflictstats.simulate.events import ged_table

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [
    page
    for folder in (DOCS, DOCS / "explanation", DOCS / "howto")
    for page in sorted(folder.glob("*.md"))
]
WITH_EXAMPLES = [page for page in PAGES if ">>> " in page.read_text("utf-8")]


def blocks(page, language):
    """Fenced blocks of a language, in order."""
    found = re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.M | re.S
    )
    return [block for block in found if ">>> " not in block]


@pytest.fixture
def events(tmp_path, monkeypatch):
    """A working folder with an event file of one country in it."""
    monkeypatch.chdir(tmp_path)
    table = ged_table(
        300,
        rng=np.random.default_rng(1),
        countries=1,
        first="2018-01-01",
        last="2018-12-31",
    )
    table.to_csv("events.csv", index=False)
    return tmp_path / "events.csv"


def command(line):
    """A command as a page prints it, run in the working folder."""
    words = shlex.split(line)
    assert words[0] == "conflictstats"
    return subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.stem)
def test_examples_of_the_page_hold(page):
    failed, tried = doctest.testfile(
        str(page),
        module_relative=False,
        encoding="utf-8",
        optionflags=doctest.NORMALIZE_WHITESPACE,
    )
    assert (failed, tried > 1) == (0, True)


def test_the_ten_lines_of_the_readme_run(capsys):
    (code,) = blocks(ROOT / "README.md", "python")
    assert len(code.strip().splitlines()) <= 12
    known = {}
    exec(compile(code, "README.md", "exec"), known)
    said = capsys.readouterr().out
    assert "Idlib" in said
    assert said.rstrip().endswith("more than half")
    assert known["rate"].status.name == "CONVERGED"


def commands(page):
    return [
        line.removeprefix("$ ")
        for block in blocks(page, "console")
        for line in block.splitlines()
        if line.startswith("$ conflictstats")
    ]


def test_commands_of_the_page_run_on_a_file_of_ones_own(events):
    for line in commands(DOCS / "howto" / "own_file.md"):
        done = command(line)
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout
    made = {path.suffix for path in (events.parent / "results").iterdir()}
    assert made == {".pdf", ".csv", ".json"}


def test_commands_of_the_readme_are_among_those_that_are_run():
    shown = commands(ROOT / "README.md")
    assert shown
    assert set(shown) <= set(commands(DOCS / "howto" / "own_file.md"))


def test_code_for_a_file_of_ones_own_runs(events, capsys):
    known = {}
    for block in blocks(DOCS / "howto" / "own_file.md", "python"):
        exec(compile(block, "own_file.md", "exec"), known)
    assert known["fit"].model == cs.DynamicRate()
    assert (events.parent / "rate.nc").stat().st_size > 0
    weekly = known["weekly"]["best"].sel(place="North").values
    assert weekly.tolist() == [2, 0, 0, 0]
    assert known["weekly"]["best"].sel(place="South").isnull().sum() == 2
    assert "denominator" in capsys.readouterr().out


def test_the_analysis_that_the_page_builds_makes_its_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = DOCS / "howto" / "own_analysis.md"
    (script,), (typed,), (line,) = (
        blocks(page, kind) for kind in ("python", "toml", "console")
    )
    hand = tmp_path / "mine" / "hand"
    hand.mkdir(parents=True)
    (hand / "report.toml").write_text(typed, encoding="utf-8")
    (tmp_path / "mine" / "10_deaths.py").write_text(script, encoding="utf-8")
    done = command(line.strip().removeprefix("$ "))
    assert done.returncode == 0, done.stderr
    results = tmp_path / "results"
    made = {path.name for path in results.iterdir()}
    assert made == {"rate.pdf", "report.pdf", "numbers.json", "manifest.json"}
    assert changed_outputs(results) == []
    recorded = cs.load_nw_syria_deaths().frame["best"].sum()
    assert Numbers.read(results / "numbers.json")["killed"] == recorded


def test_the_tutorial_runs_as_a_notebook():
    where = DOCS / "_ext" / "notebooks.py"
    spec = importlib.util.spec_from_file_location("notebooks", where)
    notebooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(notebooks)
    notebook = notebooks.run(DOCS / "tutorial" / "first_analysis.py")
    shown = [each for cell in notebook.cells for each in cell.get("outputs", [])]
    kinds = [kind for each in shown for kind in each.get("data", {})]
    assert kinds.count("image/png") == 2
    assert kinds.count("text/html") >= 5
    assert not [each for each in shown if each.get("name") == "stderr"]
    assert "SUPPORTED" in str(shown)


def test_the_picture_of_the_readme_is_small():
    readme = ROOT.joinpath("README.md").read_text("utf-8")
    (name,) = re.findall(r"!\[.+?\]\((.+?)\)", readme)
    assert 5_000 < (ROOT / name).stat().st_size < 150_000
    assert mpl.image.imread(ROOT / name).std() > 0.05

import shutil
from types import SimpleNamespace

import pytest

from conflictstats.report import run_analysis

SCRIPT = """
# %%
import pandas as pd
from conflictstats.plot.style import draw_estimate, draw_reported, new_figure
from conflictstats.plot.style import plain, styled
from conflictstats.provenance import Source, Table
from conflictstats.report import Analysis, Numbers

study = Analysis.here(__file__)
places = ["Rue $ant_^$", "إدلب"]
weeks = pd.DataFrame({"place": places, "best": [12, 30], "low": [9, 25]})
source = Source("Two weeks", "Nobody (2019)", "CC0", "https://example.org/weeks")
frame = study.use(Table(weeks, source)).frame

# %%
numbers = Numbers()
numbers.add("dead", frame["best"].sum(), unit="deaths")
numbers.add("share", 1 / 3)
numbers.add("first", pd.Timestamp("2019-04-29"))
numbers.add("worst_place", "#panic() $x$ *b* \\\\ [Idlib]")
numbers.add("noise", study.rng().normal())
numbers.add_table("weeks", frame)
study.save_numbers(numbers)

@styled
def plot():
    figure = new_figure("single", 45)
    axes = figure.subplots()
    axes.set_title(plain(frame["place"][0]))
    draw_reported(axes, [1, 2], ([9, 25], [12, 30], [15, float("inf")]), label="told $")
    draw_estimate(axes, [1, 2], ([11, 29], [8, 20], [15, 40]), label="rate")
    axes.legend()
    return figure

study.save_figure(plot(), "weeks")
"""

SECOND = """
from conflictstats.report import Analysis, Numbers

study = Analysis.here(__file__)
numbers = Numbers()
numbers.add("noise_again", study.rng().normal())
study.save_numbers(numbers)
"""

HAND = r"""
title = "Two weeks"
subtitle = "Since {first:date}"
seed = 7
summary = '''
{dead} died, {share:.1%} of them in {worst_place}; see {figure:weeks} and {table:weeks}.

A second paragraph, *with stress* and `code 1`.
'''
limits = ["Nobody counted in [the north] #eval."]
rerun = "`conflictstats report`"

[[highlights]]
value = "{dead}"
label = "dead"

[[sections]]
heading = "Weeks"
text = "What was said in 2019."

[[sections.figures]]
name = "weeks"
caption = "Two places."
shows = "reported and estimated"
interval = "{share:.0%} credible intervals"
source = "Nobody 2019"
script = "10_weeks.py"
width = "single"

[[sections.tables]]
name = "weeks"
caption = "The same."
shows = "reported"
source = "Nobody 2019"
script = "10_weeks.py"
"""


QUICK = """
import json, os, shutil
from pathlib import Path

here, output = Path(__file__).parent, Path(os.environ["CONFLICTSTATS_OUTPUT"])
for name in ("figures", "numbers"):
    (output / name).mkdir()
shutil.copy(here / "hand" / "weeks.pdf", output / "figures")
shutil.copy(here / "hand" / "numbers.json", output / "numbers" / "10_weeks.json")
"""


def write_study(folder, scripts):
    (folder / "hand").mkdir(parents=True)
    for name, text in scripts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "hand" / "report.toml").write_text(HAND, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A throwaway analysis of two scripts, and what a run of it left; read only."""
    root = tmp_path_factory.mktemp("finished")
    scripts = {"10_weeks.py": SCRIPT, "20_more.py": SECOND}
    folder = write_study(root / "two_weeks", scripts)
    return SimpleNamespace(folder=folder, run=run_analysis(folder, root / "out"))


@pytest.fixture
def study(finished, tmp_path):
    """The same analysis with a script that only copies what the first run found."""
    folder = write_study(tmp_path / "two_weeks", {"10_weeks.py": QUICK})
    for name in ("weeks.pdf", "numbers.json"):
        shutil.copy(finished.run.folder / name, folder / "hand")
    return folder


@pytest.fixture
def out(finished, tmp_path):
    """A folder with the files of the first run."""
    return shutil.copytree(finished.run.folder, tmp_path / "out")


@pytest.fixture
def retype(study):
    """Replace one piece of the analysis's prose by another."""

    def replaced(old, new):
        path = study / "hand" / "report.toml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replaced

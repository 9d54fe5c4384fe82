import re
import shutil
import subprocess

import pytest

from conflictstats.errors import ReportError
from conflictstats.report import run_analysis

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler is not installed"
)


def text_of(pdf):
    done = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True
    )
    return re.sub(r"\s+", " ", done.stdout.decode())


@needs_poppler
def test_the_page_says_the_numbers_and_sets_data_as_text(finished):
    text = text_of(finished.run.folder / "report.pdf")
    assert "Since 29 April 2019" in text
    assert "42 died, 33.3" in text
    assert r"#panic() $x$ *b* \ [Idlib]" in text
    assert "Nobody counted in [the north] #eval." in text
    assert "Rue $ant_^$" in text
    assert "Figure 1. Two places." in text
    assert "Reported and estimated · 33 % credible intervals" in text
    assert "Script: 10_weeks.py" in text
    assert "Nobody (2019)" in text


@needs_poppler
def test_fonts_are_embedded(finished):
    report = finished.run.folder / "report.pdf"
    listing = subprocess.run(
        ["pdffonts", report], capture_output=True, check=True
    ).stdout.decode()
    rows = listing.splitlines()[2:]
    assert rows
    assert all(re.search(r"Identity-H\s+yes", row) for row in rows)
    assert "Type 3" not in listing


def test_a_figure_that_nobody_drew_is_named(study, tmp_path, retype):
    retype(
        '[[sections.figures]]\nname = "weeks"', '[[sections.figures]]\nname = "days"'
    )
    retype("{figure:weeks}", "{figure:days}")
    with pytest.raises(ReportError, match=r"no script wrote the figure days\.pdf"):
        run_analysis(study, tmp_path / "out")


def test_prose_may_only_point_to_what_is_there(study, tmp_path, retype):
    retype("{figure:weeks}", "{figure:days}")
    with pytest.raises(ReportError, match="figure:days, which is not in the report"):
        run_analysis(study, tmp_path / "out")


def test_a_table_needs_its_columns(study, tmp_path, retype):
    retype(
        'caption = "The same."',
        'caption = "The same."\ncolumns = [{ name = "worst", head = "Worst" }]',
    )
    with pytest.raises(
        ReportError, match=r"no column 'worst'; it has place, best, low"
    ):
        run_analysis(study, tmp_path / "out")

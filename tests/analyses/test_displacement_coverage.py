"""The committed study is what the page says, and every crisis is counted once."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from conflictstats.report import Numbers, changed_outputs

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "analyses" / "displacement_coverage"
COMMITTED = ROOT / "figures" / "displacement_coverage"
PAGE = ROOT / "docs" / "explanation" / "displacement_coverage.md"


def cells_of_the_study():
    spec = importlib.util.spec_from_file_location("cells", FOLDER / "cells.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


study = cells_of_the_study()


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(FOLDER / "results" / "coverage.csv")


@pytest.fixture(scope="module")
def statuses():
    return pd.read_csv(FOLDER / "results" / "statuses.csv")


def test_every_cell_is_there_and_every_crisis_is_counted_once(table, statuses):
    assert set(table["kind"]) == {cell.name for cell in study.CELLS}
    assert set(study.TITLES) == set(table["kind"])
    counted = table[["held", "below", "above"]].sum(axis=1)
    assert (counted == table["n"]).all()
    crises = statuses.groupby("kind")["n"].sum()
    whole = table.groupby("kind")["replicates"].agg(["min", "max"])
    assert (whole["min"] == crises).all()
    assert (whole["max"] == crises).all()
    asked = table[~((table["kind"] == "no-response") & ~has_mark(table))]
    assert (asked["n"] > 0.9 * asked["replicates"]).all()


def has_mark(table):
    """Whether a quantity is anything but nothing in truth."""
    return ~table["quantity"].str.startswith("response")


def test_nothing_failed(statuses):
    assert "FAILED" not in set(statuses["status"])


def test_numbers_and_figures_are_those_of_the_table(statuses):
    numbers = Numbers.read(COMMITTED / "numbers.json")
    assert numbers["crises"] == statuses["n"].sum()
    assert changed_outputs(COMMITTED) == []


def rows_of(text):
    """Rows of the tables of a page, by their first cell."""
    rows = re.findall(r"^\| ([^|]+?) \| (.+) \|$", text, re.M)
    return {head: [cell.strip() for cell in rest.split("|")] for head, rest in rows}


def in_two_digits(share):
    if not np.isfinite(share):
        return "none"
    return "1.00" if share > 0.995 else f"{share:.2f}".removeprefix("0")


def test_the_page_has_the_coverage_of_the_table(table):
    said = rows_of(PAGE.read_text("utf-8"))
    for kind, title in study.TITLES.items():
        mine = table[table["kind"] == kind].set_index("quantity")["coverage"]
        means = [mine.reindex(list(each)).mean() for each in study.PANELS.values()]
        assert said[title] == [in_two_digits(each) for each in means]


def test_the_page_has_the_numbers_of_the_ranks(statuses):
    ranks = pd.read_csv(FOLDER / "results" / "ranks.csv")
    page = " ".join(PAGE.read_text("utf-8").split())
    crises = int(statuses["n"].sum())
    fewest = int(statuses.groupby("kind")["n"].sum().min())
    assert f"there are {crises} crises, {fewest} or more" in page
    assert f"Of {len(ranks)} quantities in {ranks['n'].iloc[0]} crises" in page
    failed = int((~ranks["passes"]).sum())
    assert f"{failed} fail Bonferroni's rule" in page
    least, most = map(in_two_digits, (ranks["coverage"].min(), ranks["coverage"].max()))
    assert f"coverage from {least} to {most}" in page
    largest = ranks["z_variance"].abs().max()
    assert f"scores of the variance up to {largest:.1f}" in page

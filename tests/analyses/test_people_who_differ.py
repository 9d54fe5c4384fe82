"""People who differ: the page says what the committed tables say."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from conflictstats.models.undercount.differing import SUPPORTED

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "analyses" / "people_who_differ" / "results"
PAGE = (ROOT / "docs" / "explanation" / "latent_class.md").read_text("utf-8")
SIZES = [(3, 1_000), (4, 1_000), (5, 1_000), (6, 1_000), (4, 10_000)]
NAMES = {
    "independent": "independent",
    "referral": "referral",
    "avoidance": "avoidance",
    "three-way": "threeway",
    "two kinds": "kinds",
    "people differ": "unlike",
    "hidden": "hidden",
}


@pytest.fixture(scope="module")
def suspected():
    table = pd.read_csv(RESULTS / "suspected.csv")
    return table.set_index(["population", "n_lists", "people"])


def test_the_page_has_the_shares_of_the_table(suspected):
    found = dict(re.findall(r"^\| ([^|`]+?) \| (.+) \|$", PAGE, re.M))
    for said, name in NAMES.items():
        shares = [f"{suspected.loc[(name, *s), 'suspected']:.2f}" for s in SIZES]
        told = [f"{float(each):.2f}" for each in found[said].split(" | ")]
        assert told == shares, said
    few = suspected.loc[("kinds", 4, 300)]
    assert f"it is said of {few['suspected'] * few['tables']:.0f} tables" in PAGE


def in_words(told, said):
    """Answers with one word, by what they were worth."""
    part = told[told["said"] == said]
    return {name: int(part[name].sum()) for name in ("n", "held", "below", "above")}


def test_the_page_has_what_warned_answers_are_worth():
    table = pd.read_csv(RESULTS / "classes.csv")
    told = table[table["people"] == 1_000]
    page = " ".join(PAGE.split())
    warning = (
        "Of {n} answers with this warning {held} held the number, {below} were below it"
    )
    assert warning.format(**in_words(told, "warned")) in page
    assert in_words(told, "warned")["above"] == 0
    quiet = "of {n} without it {held} held it, {below} were below, {above} above"
    assert quiet.format(**in_words(told, "quiet")) in page
    many = table.query("population == 'kinds' and people == 10_000")
    answered, warned = in_words(many, "all"), in_words(many, "warned")
    assert f"{warned['n']} of {answered['n']} answers had the warning" in page
    assert f"{answered['held']} of {answered['n']} held the number" in page


def test_the_page_has_what_two_classes_gain():
    table = pd.read_csv(RESULTS / "two_classes.csv")
    gain, listed, most = table["gain"], table["listed"], table["two"]
    page = " ".join(PAGE.split())
    assert f"{listed.min()} to {listed.max()} listed" in page
    assert f"is {gain.min():.1f} to {gain.max():.1f} above that of one" in page
    asked = 5 * np.log([listed.min(), listed.max()])
    assert "(BIC asks {:.0f} to {:.0f})".format(*asked) in page
    assert (gain < asked[0]).all()
    assert f"between {most.min():,.0f} and {most.max():,.0f} people" in page
    medians = table.filter(like="gamma_")
    moved = medians.iloc[:, 1:].div(medians.iloc[:, 0], axis=0) - 1
    assert f"moves medians by up to {100 * moved.abs().max().max():.0f} %" in page
    assert medians.max().max() < 800


def test_chance_alone_suspects_a_table_of_ten(suspected):
    """Independent lists, and lists that some people cannot be on: as the rule says."""
    for name in ("independent", "hidden"):
        each = suspected.loc[name]
        n = each["tables"].sum()
        share = (each["supported"] * each["tables"]).sum() / n
        assert abs(share - 0.1) < 3 * np.sqrt(0.09 / n) + 0.02
    assert stats.norm.sf(SUPPORTED) == pytest.approx(0.1)


def test_two_kinds_of_people_are_told_from_two_tied_lists(suspected):
    share = suspected["suspected"]
    assert (share["kinds"].loc[[4, 5, 6]] > 0.3).all()
    assert share["kinds"].loc[(4, 10_000)] > 0.85
    assert (share[["referral", "avoidance"]] < 0.1).all()

"""The committed study is what the page says; each population is what its name says."""

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, special, stats

from conflictstats.evaluate.undercount_coverage import (
    coverage_by_status,
    pooled_coverage,
)
from conflictstats.report import Numbers, changed_outputs

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "analyses" / "undercount_coverage"
COMMITTED = ROOT / "figures" / "undercount_coverage"
PAGE = ROOT / "docs" / "explanation" / "undercount_coverage.md"
MANY = 10**9
"""So many people that frequencies are probabilities, to four digits."""
REACH = 0.2


def cells_of_the_study():
    spec = importlib.util.spec_from_file_location("cells", FOLDER / "cells.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


study = cells_of_the_study()


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(FOLDER / "results" / "coverage.csv")


# -- the populations ------------------------------------------------------------------


def law(name, rng):
    """Shares of people in the cells of three lists that all reach a fifth."""
    population = replace(
        study.POPULATIONS[name], people=MANY, n_lists=3, reach=(REACH, REACH)
    )
    share = population.draw(rng).full() / MANY
    share[0] = 1 - share[1:].sum()
    return share.reshape(2, 2, 2)  # C, B, A


def odds_ratio(square):
    return square[0, 0] * square[1, 1] / (square[0, 1] * square[1, 0])


@pytest.mark.parametrize(
    ("name", "ratio"), [("independent", 1.0), ("referral", 4.0), ("avoidance", 0.25)]
)
def test_two_lists_are_tied_and_the_third_is_not(name, ratio, rng):
    share = law(name, rng)
    assert odds_ratio(share.sum(axis=0)) == pytest.approx(ratio, rel=0.01)
    assert odds_ratio(share.sum(axis=1)) == pytest.approx(1, rel=0.01)
    assert share[1].sum() == pytest.approx(REACH, rel=0.01)


def test_three_lists_are_tied_only_all_at_once(rng):
    share = law("threeway", rng)
    apart = odds_ratio(share[1]) / odds_ratio(share[0])
    assert apart == pytest.approx(4, rel=0.02)
    assert odds_ratio(share[:, 0]) == pytest.approx(1, rel=0.01)


def reached(times):
    """Chance of being on a list when the odds are multiplied."""
    return special.expit(special.logit(REACH) + np.log(times))


@pytest.mark.parametrize("lists", [0, 3])
def test_half_of_the_people_are_easily_found_and_half_hardly(lists, rng):
    chance = np.array([reached(3), reached(1 / 3)])
    wanted = np.mean(chance**lists * (1 - chance) ** (3 - lists))
    found = law("kinds", rng).ravel()[-1 if lists else 0]
    assert found == pytest.approx(wanted, rel=1e-3)


def test_people_differ_by_a_normal_law_of_sd_one(rng):
    def density(z):
        return (1 - reached(np.exp(z))) ** 3 * stats.norm.pdf(z)

    wanted, _ = integrate.quad(density, -9, 9)
    assert law("unlike", rng)[0, 0, 0] == pytest.approx(wanted, rel=1e-3)


def test_a_tenth_is_out_of_reach_and_the_rest_is_independent(rng):
    share = law("hidden", rng)
    assert share[0, 0, 0] == pytest.approx(0.1 + 0.9 * (1 - REACH) ** 3, rel=1e-3)
    assert odds_ratio(share[1]) == pytest.approx(1, rel=0.01)


# -- the committed table --------------------------------------------------------------


def named(cells):
    """Rows that cells must have in the table."""
    return {
        (cell.name.split("-")[0], cell.population.n_lists, cell.population.people, name)
        for cell in cells
        for names, _ in cell.methods
        for name in names
    }


def test_fast_cells_are_there_and_every_replicate_is_counted_once(table):
    key = ["population", "n_lists", "people", "method"]
    there = set(table[key].itertuples(index=False, name=None))
    assert named(study.FAST) <= there <= named(study.CELLS)
    counts = table[table["said"] != "all"].groupby(key)[["n", "replicates"]]
    whole = counts.agg({"n": "sum", "replicates": "first"})
    assert (whole["n"] == whole["replicates"]).all()
    assert whole["n"].min() >= 20


def test_nothing_failed(table):
    assert "FAILED" not in set(table["status"])


def test_numbers_and_figures_are_those_of_the_table(table):
    numbers = Numbers.read(COMMITTED / "numbers.json")
    answered = table[(table["said"] == "all") & (table["people"] == 1000)]
    assert numbers["asked"] == answered["replicates"].sum()
    assert changed_outputs(COMMITTED) == []


def rows_of(text):
    """Rows of the tables of a page, by their first cell."""
    rows = re.findall(r"^\| ([^|]+?) \| (.+) \|$", text, re.M)
    return {head: [cell.strip() for cell in rest.split("|")] for head, rest in rows}


def in_two_digits(share):
    return "1.00" if share > 0.995 else f"{share:.2f}".removeprefix("0")


def test_the_page_has_the_coverage_of_the_table(table):
    said, _ = PAGE.read_text("utf-8").split("## What no status warns of")
    answered = table[(table["said"] == "all") & (table["people"] == 1000)]
    pooled = pooled_coverage(answered, ["method", "population"])
    share = pooled.pivot(index="method", columns="population", values="coverage")
    for method, shares in share[list(study.TITLES)].iterrows():
        assert rows_of(said)[method] == [in_two_digits(each) for each in shares]


def test_the_page_has_the_warnings_of_the_table(table):
    _, said = PAGE.read_text("utf-8").split("## What no status warns of")
    told = table[(table["said"] != "all") & (table["people"] == 1000)]
    told = told.assign(world=told["population"].map(study.WORLDS))
    pooled = pooled_coverage(told, ["method", "world", "said"])
    for method, part in pooled.groupby("method"):
        *cells, refused = rows_of(said)[method]
        at = part.set_index(["world", "said"])
        wanted = []
        for world in ("tied", "unlike", "hidden"):
            whole = at.loc[world, "n"].sum()
            for word in ("quiet", "warned"):
                row = at.loc[(world, word)] if (world, word) in at.index else None
                share = row is not None and in_two_digits(row["n"] / whole)
                wanted.append(
                    f"{share} ({in_two_digits(row['coverage'])})" if share else ""
                )
        assert cells == wanted
        lost = part.loc[part["said"] == "refused", "n"].sum() / part["n"].sum()
        assert refused == in_two_digits(lost)


def held(table, methods, populations):
    """Least and greatest share of answers that held, over methods and populations."""
    some = table[(table["said"] == "all") & (table["people"] == 1000)]
    some = some[some["method"].isin(methods) & some["population"].isin(populations)]
    shares = pooled_coverage(some, ["method", "population"])["coverage"]
    assert len(shares) == len(methods) * len(populations)
    return shares.min(), shares.max()


AVERAGES = ["average by BIC", "decomposable graphs"]
CHOSEN = ["best by BIC", "thresholded", "best by AIC"]
TIED = ["independent", "referral", "avoidance", "threeway"]


def test_averages_hold_where_lists_are_tied_and_choices_less(table):
    assert held(table, AVERAGES, TIED)[0] > 0.83
    for population in TIED:
        average = held(table, AVERAGES, [population])[0]
        assert held(table, ["best by AIC"], [population])[0] < average - 0.05


def test_nothing_but_floors_and_a_stated_prior_holds_if_there_are_two_kinds(table):
    models = [*AVERAGES, *CHOSEN, "average by AIC", "pairs one by one"]
    assert held(table, models, ["kinds"])[1] < 0.25
    assert held(table, [*AVERAGES, "pairs one by one"], ["unlike"])[1] < 0.2
    floors = ["Chao floor", "Chao floor, lists unlike"]
    assert held(table, floors, ["kinds", "unlike"])[0] > 0.97
    assert held(table, floors, ["avoidance"])[1] < 0.75
    assert held(table, ["odds ratio about 1"], list(study.TITLES))[0] > 0.7


def test_who_is_wrong_where_people_differ_does_not_warn(table):
    differ = table[table["population"].isin(["kinds", "unlike"])]
    wrong = differ[differ["method"].isin([*AVERAGES, *CHOSEN])]
    counts = wrong[wrong["said"] != "all"].groupby("said")["n"].sum()
    assert counts["quiet"] / counts.sum() > 0.95
    middle = differ[differ["method"].isin(AVERAGES) & (differ["said"] == "all")]
    assert middle["ratio"].between(0.6, 0.85).all()


@pytest.mark.parametrize("population", ["independent", "kinds"])
def test_a_cell_made_today_is_that_of_the_table(table, population):
    """By Fisher's exact test, at one in ten thousand."""
    name, method = f"{population}-3-1000-quick", "decomposable graphs"
    (cell,) = (each for each in study.CELLS if each.name == name)
    cell = replace(cell, methods=[each for each in cell.methods if method in each[0]])
    rows = [cell.replicate(np.random.default_rng(number)) for number in range(15)]
    there = table.query("n_lists == 3 and people == 1000 and method == @method")
    counts = [
        (right, n - right)
        for part in (
            coverage_by_status(pd.DataFrame(rows), 1000),
            there[there["population"] == population],
        )
        for right, n in part.loc[part["said"] == "all", ["right", "n"]].to_numpy()
    ]
    assert stats.fisher_exact(counts).pvalue > 1e-4

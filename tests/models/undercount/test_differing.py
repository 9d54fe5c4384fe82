"""People who differ alike for all lists: told from people who are alike, and not."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from conflictstats.models.undercount.differing import SUPPORTED, Differing, differing
from conflictstats.panel import lists_of_cells
from conflictstats.simulate.listed_population import ListedPopulation

ON = np.array(list(product([0, 1], repeat=4)))[1:]
REACH = np.array([0.3, 0.2, 0.35, 0.25])
NAMES = list("ABCD")


def lists_of(counts, names=NAMES):
    return lists_of_cells(pd.DataFrame(ON, columns=names).assign(count=counts), names)


def expected(people, kinds=((1.0, 1.0),), tie=0.0):
    """Mean records of kinds of people, whole; A and B tied by a log odds ratio."""
    cells = np.zeros(len(ON))
    for share, odds in kinds:
        logit = special.logit(REACH) + np.log(odds)
        each = ON @ logit + tie * ON[:, 0] * ON[:, 1]
        whole = np.append(each, 0.0)
        cells += share * np.exp(each - special.logsumexp(whole))
    return lists_of(np.maximum(np.round(people * cells), 1).astype(int))


KINDS = ((0.5, 3.0), (0.5, 1 / 3))


def test_two_kinds_of_people_are_suspected_and_would_be_more():
    found = differing(expected(10_000, KINDS))
    assert found.z > 5
    assert found.p > 0.5
    alike = differing(expected(10_000))
    assert alike.z < 0.2
    assert alike.total == pytest.approx(10_000, rel=0.02)
    assert 7_500 < found.total < 10_000
    assert found.denies(7_000)
    assert not found.denies(found.total + 1)


def test_a_tie_of_two_lists_is_no_difference_of_people():
    """The law of differing people gains much by it, and does not fit."""
    found = differing(expected(3_000, tie=np.log(4)))
    assert found.z > SUPPORTED
    assert found.p < 0.01
    assert not found.denies(0)


def test_the_gain_and_the_deviance_are_those_of_statsmodels():
    """Any law of people has two columns here, whose coefficients are positive."""
    lists = expected(10_000, KINDS)
    on, size = lists.patterns.astype(float), lists.patterns.sum(axis=1)[:, None]
    alike = sm.add_constant(on)
    none, darroch, chao = (
        sm.GLM(lists.count, design, family=sm.families.Poisson()).fit(tol=1e-12)
        for design in (
            alike,
            np.hstack([alike, size**2 / 2]),
            np.hstack([alike, np.maximum(size - [2, 3], 0)]),
        )
    )
    assert (chao.params[-2:] > 0).all()
    found = differing(lists)
    assert found.z == pytest.approx(np.sqrt(none.deviance - darroch.deviance))
    assert found.p == pytest.approx(stats.chi2.sf(chao.deviance, 8), rel=1e-4)
    total = lists.n_observed + np.exp(darroch.params[0])
    assert found.total == pytest.approx(total, rel=1e-6)


@settings(max_examples=25)
@given(
    st.lists(st.integers(5, 400), min_size=15, max_size=15),
    st.permutations(range(4)),
    st.integers(2, 1000),
)
def test_order_changes_nothing_and_records_count_by_their_root(counts, order, times):
    before = differing(lists_of(counts))
    names = [NAMES[at] for at in order]
    after = differing(lists_of(np.multiply(counts, times), names))
    same = {"rel": 1e-4, "abs": 1e-3 * np.sqrt(times), "nan_ok": True}
    assert after.z == pytest.approx(before.z * np.sqrt(times), **same)
    assert after.total == pytest.approx(before.total * times, rel=1e-4, nan_ok=True)


@pytest.mark.parametrize(
    "counts", [[0] * 14 + [1], [0] * 14 + [500], [7, 7, 7, 7, 0, 0, 0, 7] + [0] * 7]
)
def test_records_without_a_maximum_say_nothing(counts):
    held = np.array(counts) > 0
    frame = pd.DataFrame(ON[held], columns=NAMES).assign(count=np.array(counts)[held])
    found = differing(lists_of_cells(frame, NAMES))
    assert not found.denies(0)


def test_what_was_not_computed_denies_nothing():
    assert not Differing(np.nan, np.nan, np.nan).denies(0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("population", "least", "most"),
    [
        (ListedPopulation(n_lists=4), 0.04, 0.16),
        (ListedPopulation(n_lists=4, kinds=KINDS), 0.45, 0.8),
        (ListedPopulation(n_lists=4, people=10_000, kinds=KINDS), 0.85, 1.0),
    ],
)
def test_how_often_people_are_said_to_differ(rng, population, least, most):
    """400 tables each; a tenth by chance, most where there are two kinds."""
    said = [differing(population.draw(rng)).denies(0) for _ in range(400)]
    assert least <= np.mean(said) <= most

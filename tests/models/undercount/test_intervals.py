"""Which interval holds the truth in which population: the table of its page, again."""

import numpy as np
import pytest

from conflictstats import ChaoFloor, FixedOddsRatio, Heterogeneity, SampleCoverage
from conflictstats.panel import Lists

PEOPLE, TIMES = 2000, 100
REACH = np.array([-0.4, -0.8, -1.2, -1.6])
"""Log odds of being on each list, of an average person."""
METHODS = {
    "Chao": ChaoFloor(),
    "Mt": Heterogeneity(law="none"),
    "Mth Chao": Heterogeneity(),
    "Mth Darroch": Heterogeneity(law="darroch"),
    "Mth Gamma": Heterogeneity(law="gamma"),
    "coverage": SampleCoverage(least=0.01),
    "no interaction": FixedOddsRatio(),
}
HELD = {
    "same": (0.83, 0.91, 0.89, 0.91, 0.90, 0.89, 0.87),
    "normal": (0.0, 0.0, 0.0, 0.89, 0.46, 0.55, 0.90),
    "classes": (0.0, 0.0, 0.0, 0.91, 0.28, 0.66, 0.54),
    "copied": (0.0, 0.0, 0.0, 0.07, 0.22, 0.88, 0.89),
}
"""Shares that held in 300 other populations, which the page prints."""


def people(kind, rng):
    """Cells of people on four lists."""
    ease = np.zeros(PEOPLE)
    if kind == "normal":
        ease = rng.normal(0, 1, PEOPLE)
    if kind == "classes":
        ease = np.where(rng.random(PEOPLE) < 0.3, 1.2, -0.8)
    on = rng.random((PEOPLE, 4)) < 1 / (1 + np.exp(-(REACH + ease[:, None])))
    if kind == "copied":
        copied = rng.random(PEOPLE) < 0.3
        on[copied, 1] = on[copied, 0]
    patterns, counts = np.unique(on[on.any(axis=1)], axis=0, return_counts=True)
    return Lists(
        names=tuple("ABCD"),
        patterns=patterns,
        counts=counts[None],
        strata=("all",),
        unplaced=np.zeros(len(counts), np.int64),
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", HELD)
def test_intervals_hold_where_the_page_says_and_only_there(kind):
    rng = np.random.default_rng(11)
    held = np.zeros(len(METHODS))
    for _ in range(TIMES):
        lists = people(kind, rng)
        answers = [model.fit(lists).answer() for model in METHODS.values()]
        held += [each.lower <= PEOPLE <= each.upper for each in answers]
    printed = np.array(HELD[kind])
    room = 3 * np.sqrt(np.maximum(printed * (1 - printed), 0.01) * (1 / 100 + 1 / 300))
    assert (np.abs(held / TIMES - printed) < room).all()


def test_a_floor_is_below_people_who_differ_and_the_law_that_made_them_is_not(rng):
    """One population of each kind, as the quick form of the study."""
    lists = people("normal", rng)
    assert ChaoFloor().fit(lists).answer().upper < PEOPLE
    darroch = Heterogeneity(law="darroch").fit(lists).answer(0.999)
    assert darroch.lower < PEOPLE < darroch.upper

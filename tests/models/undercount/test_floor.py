"""Chao's floor: as published, below the truth where it claims to be, and not above."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats import ChaoFloor, Heterogeneity, UndercountStatus, load_kosovo_lists
from conflictstats.numerics.overlap import chao_unlisted
from conflictstats.numerics.unlisted import cells_variance, lognormal_ends
from conflictstats.panel import lists_of_cells

KOSOVO = lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])


def table(counts):
    """Lists from counts by a string of marks, such as ``{"110": 4}``."""
    names = list("ABCDEF"[: len(next(iter(counts)))])
    cells = pd.DataFrame([list(map(int, marks)) for marks in counts], columns=names)
    return lists_of_cells(cells.assign(count=list(counts.values())), names)


def expected(chance, weight, total):
    """Expected cells of classes of people, chance (class, list), rounded."""
    n_lists = chance.shape[1]
    counts = {}
    for cell in range(1, 2**n_lists):
        marks = np.array([cell >> j & 1 for j in range(n_lists)])
        each = np.where(marks, chance, 1 - chance).prod(axis=1)
        counts["".join(map(str, marks))] = round(total * float(weight @ each))
    return table(counts)


def test_kosovo_is_as_computed_elsewhere():
    """Both forms of the shared reference values, and 8,802.9 by hand."""
    assert ChaoFloor().fit(KOSOVO).answer().estimate == pytest.approx(
        4400 + 0.75 * 3218**2 / (2 * 882), abs=1e-6
    )
    corrected = ChaoFloor(corrected=True).fit(KOSOVO)
    assert corrected.answer().estimate == pytest.approx(8796.51, abs=0.01)


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.03, 0.3),
    st.floats(0.3, 0.9),
    st.floats(0.1, 0.9),
    st.integers(2, 6),
)
def test_people_who_differ_leave_it_below_the_truth(hard, easy, share, n_lists):
    chance = np.array([[hard] * n_lists, [easy] * n_lists])
    lists = expected(chance, np.array([share, 1 - share]), 10_000_000)
    floor = ChaoFloor().fit(lists).answer().estimate
    assert floor <= 10_000_000 * (1 + 1e-4)


def test_lists_that_differ_lift_it_above_the_truth_and_their_own_floor_not():
    """The limit that its page and its assumptions name."""
    lists = expected(np.array([[0.6, 0.05, 0.05]]), np.ones(1), 1_000_000)
    assert ChaoFloor().fit(lists).answer(0.99).lower > 1_300_000
    exact = Heterogeneity(law="chao").fit(lists).answer().estimate
    assert exact == pytest.approx(1_000_000, rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 500), st.integers(2, 9))
def test_its_published_variance_is_that_of_a_multinomial(once, twice, more, n_lists):
    def total(sums):
        return sums.sum() + (n_lists - 1) / n_lists * sums[0] ** 2 / (2 * sums[1])

    counts = np.array([once, twice, more], float)
    _, variance = chao_unlisted(float(once), float(twice), n_lists)
    assert variance == pytest.approx(cells_variance(total, np.eye(3), counts))


def test_the_interval_holds_the_truth_as_often_as_it_says(rng):
    """Four equal independent lists of 1,500, where the bound is the number itself."""
    held = 0
    sizes = rng.multinomial(1500, [0.2401, 0.4116, 0.2646, 0.0756, 0.0081], 500)
    for _, once, twice, *rest in sizes.astype(float):
        unlisted, variance = chao_unlisted(once, twice, 4)
        lower, upper = lognormal_ends(unlisted, variance**0.5, 0.9)
        listed = once + twice + sum(rest)
        held += listed + lower <= 1500 <= listed + upper
    assert held / 500 == pytest.approx(0.9, abs=0.04)


def test_where_nobody_is_on_two_lists_there_is_no_end():
    lists = table({"100": 10, "010": 5, "001": 4, "111": 3})
    answer = ChaoFloor().fit(lists).answer()
    assert answer.status is UndercountStatus.NO_END
    assert (answer.lower, answer.upper) == (22, np.inf)
    assert np.isnan(answer.estimate)
    corrected = ChaoFloor(corrected=True).fit(lists).answer()
    assert corrected.estimate == 22 + 2 / 3 * 19 * 18 / 2


def test_where_everybody_is_on_two_lists_the_floor_is_what_the_lists_hold():
    answer = ChaoFloor().fit(table({"111": 50})).answer()
    assert (answer.lower, answer.estimate, answer.kind) == (50, 50, "floor")


def test_the_numbers_can_be_stored():
    stored = ChaoFloor().fit(KOSOVO).to_dataset()
    assert stored.attrs["model"] == "ChaoFloor"
    assert float(stored["on_two_lists"]) == 882
    assert "at least" in ChaoFloor().fit(KOSOVO)._repr_html_()

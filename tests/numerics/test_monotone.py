"""The largest set of intervals that a rising curve passes through."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats.numerics.monotone import most_that_rise


def passable(low, high):
    """A curve that never falls passes, being at each time as low as it can."""
    reached = np.maximum.accumulate(low) if len(low) else low
    return bool(np.all(reached <= high))


def largest_by_trying(low, high):
    """Size of the largest set, by trying every one."""
    everybody = range(len(low))
    return max(
        size
        for size in range(len(low) + 1)
        for chosen in combinations(everybody, size)
        if passable(low[list(chosen)], high[list(chosen)])
    )


@st.composite
def intervals(draw):
    ends = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=7))
    low = np.array([low for low, _ in ends], float)
    width = np.array([width if width < 4 else np.inf for _, width in ends], float)
    return low, low + width


@given(intervals())
@settings(max_examples=60)
def test_no_larger_set_exists_and_this_one_is_passable(pair):
    low, high = pair
    kept = most_that_rise(low, high)
    assert passable(low[kept], high[kept])
    assert kept.sum() == largest_by_trying(low, high)


@pytest.mark.parametrize(
    ("totals", "kept"),
    [
        ([10, 20, 30], [1, 1, 1]),
        ([31, 14], [0, 1]),
        ([310, 330, 200, 340], [1, 1, 0, 1]),
        ([10, 99, 20, 30], [1, 0, 1, 1]),
        ([5, 5, 5], [1, 1, 1]),
        ([], []),
    ],
)
def test_points_are_kept_as_a_reader_would(totals, kept):
    at = np.array(totals, float)
    assert most_that_rise(at, at).tolist() == [bool(k) for k in kept]


def test_an_open_end_contradicts_nothing_after_it_that_is_larger():
    low = np.array([300.0, 350.0, 250.0])
    high = np.array([np.inf, 350.0, np.inf])
    assert most_that_rise(low, high).all()

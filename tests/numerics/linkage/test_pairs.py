"""Near pairs, agreement, weights and assignments against plain counting."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from conflictstats.errors import SettingError
from conflictstats.numerics.linkage import nearby
from conflictstats.numerics.linkage.agreement import death_levels, distance_levels
from conflictstats.numerics.linkage.assignment import (
    best_matching,
    best_partition,
    stable_pairs,
)
from conflictstats.numerics.linkage.mixture import (
    Levels,
    Mixture,
    chances,
    draw_mixture,
    fit_mixture,
)

rows = st.lists(
    st.tuples(
        st.floats(-89, 89),
        st.sampled_from([-180.0, -179.99, 0.0, 0.05, 179.98]),
        st.integers(0, 12),
        st.integers(0, 40),
    ),
    min_size=2,
    max_size=12,
)


@settings(max_examples=30)
@given(rows, st.sampled_from([0.0, 5.0, 300.0, 25_000.0]), st.sampled_from([0.0, 2.5]))
def test_near_pairs_are_those_of_all_pairs(given_rows, km, window):
    """Also across the date line, at the poles, and for spans within spans."""
    table = np.array(given_rows)
    degrees = table[:, :2].copy()
    days = np.column_stack([table[:, 2], table[:, 2] + table[:, 3]]).astype(np.int64)
    i, j = np.triu_indices(len(table), 1)
    close = nearby.great_circle_km(degrees[i], degrees[j]) <= km + nearby.ROUNDING
    close &= nearby.days_apart(days[i], days[j]) <= window
    found = nearby.nearby_pairs(degrees, days, km=km, window=window)
    assert_array_equal(found, np.column_stack([i, j])[close])


def test_crowding_is_the_size_of_the_town_over_the_mean():
    """Towns of 1 to 4 rows of each table: a row sees 3 of the other on the average."""
    size = np.array([1, 2, 3, 4])
    town = np.repeat(np.arange(4), size)
    degrees = np.column_stack([10.0 * np.tile(town, 2), np.zeros(20)])
    table = np.repeat([0, 1], 10)
    i, j = np.nonzero(town[:, None] == town[None, :])
    pairs = np.column_stack([i, j + 10])
    found = nearby.crowding(degrees, table, pairs, km=1.0)
    assert_allclose(found, size[town[i]] / 3)


def test_distances_as_published():
    """Damascus to Aleppo and to Idlib, from an ellipsoid; a sphere is within 0.5 %."""
    damascus = np.array([[33.5138, 36.2765]] * 2)
    others = np.array([[36.2021, 37.1343], [35.9306, 36.6339]])
    km = nearby.great_circle_km(damascus, others)
    assert_allclose(km, [308.6, 270.0], rtol=0.005)


def test_too_many_pairs_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr(nearby, "MOST_PAIRS", 10)
    with pytest.raises(SettingError, match="45 pairs of rows are within 1 km"):
        nearby.nearby_pairs(
            np.zeros((10, 2)), np.zeros((10, 2), np.int64), km=1.0, window=1.0
        )


@given(st.permutations([0, 1]), st.lists(st.integers(0, 60), min_size=6, max_size=6))
def test_agreement_on_the_dead_is_the_same_both_ways(order, numbers):
    both = np.sort(np.array(numbers, float).reshape(2, 3), axis=1)
    one, other = both[order[0]][None], both[order[1]][None]
    assert death_levels(one, other) == death_levels(other, one)
    assert (death_levels(one, other) <= 3) == (
        max(both[:, 0]) <= min(both[:, 2]) or both[0, 1] == both[1, 1]
    )


def test_deaths_that_are_not_known_say_nothing():
    known, open_end = np.array([[5.0, 5, 5]]), np.array([[3.0, np.nan, np.inf]])
    assert death_levels(known, open_end) == 3
    assert death_levels(known, np.full((1, 3), np.nan)) == -1


def test_levels_of_distance_have_the_stated_ends():
    km = np.array([0.05, 0.5, 1.0, 2.0, 4.0, 8.0])
    assert distance_levels(km, window=8.0).tolist() == [0, 1, 2, 3, 4, 5]


gains = st.lists(st.floats(-5, 5), min_size=9, max_size=9)


@settings(max_examples=30)
@given(gains)
def test_the_best_matching_is_that_of_all(values):
    gain = np.array(values)
    left, right = np.divmod(np.arange(9), 3)
    best = max(
        sum(max(gain[3 * i + j], 0) for i, j in enumerate(order))
        for order in itertools.permutations(range(3))
    )
    taken = best_matching(left, right, gain)
    assert_allclose(gain[taken].sum(), best, atol=1e-12)
    assert len(set(left[taken])) == len(set(right[taken])) == taken.sum()


@settings(max_examples=25)
@given(gains)
def test_no_table_can_better_a_partition_alone(values):
    """Three tables of one, one and two rows; its total is not below that of singles."""
    table = np.array([0, 1, 2, 2])
    pairs = np.array([[0, 1], [0, 2], [0, 3], [1, 2], [1, 3]])
    gain = np.array(values[:5])
    group = best_partition(table, pairs, gain)
    linked = group[pairs[:, 0]] == group[pairs[:, 1]]
    assert gain[linked].sum() >= max(0.0, gain.max()) - 1e-12
    assert group[2] != group[3]


def test_stable_pairs_leave_nobody_who_would_rather_change(rng):
    pairs = np.column_stack(np.divmod(np.arange(48), 8))
    pairs[:, 1] += 6
    score = rng.random(48)
    taken = stable_pairs(pairs, score)
    mine = {}
    for (i, j), s in zip(pairs[taken].tolist(), score[taken], strict=True):
        mine[i] = mine[j] = s
    for (i, j), s in zip(pairs.tolist(), score, strict=True):
        assert s >= min(mine.get(i, np.inf), mine.get(j, np.inf))


def test_weights_are_learned_from_unlabelled_pairs(rng):
    """Of 20,000 pairs a tenth are one event; m and u of two fields are recovered."""
    m = np.array([[0.8, 0.15, 0.05], [0.9, 0.1, 0.0], [0.7, 0.2, 0.1]])
    u = np.array([[0.1, 0.3, 0.6], [0.25, 0.75, 0.0], [0.2, 0.2, 0.6]])
    same = rng.random(20_000) < 0.1
    drawn = [
        np.where(same, rng.choice(3, 20_000, p=m[f]), rng.choice(3, 20_000, p=u[f]))
        for f in range(3)
    ]
    seen = np.column_stack(drawn)
    seen[rng.random(seen.shape) < 0.05] = -1
    levels = Levels.of(seen, [3, 2, 3])
    found = fit_mixture(levels, most=10_000.0)
    assert_allclose(found.share, 0.1, atol=0.015)
    assert_allclose(found.m, m, atol=0.06)
    assert_allclose(found.u, u, atol=0.02)
    said = chances(levels, Mixture(m, u, 0.1))[levels.which]
    high = said > 0.9
    assert same[high].mean() == pytest.approx(said[high].mean(), abs=0.03)


def test_a_level_that_no_link_has_yet_is_not_ruled_out(rng):
    """None of 100: it has a half and 1/7 of a pair, the others have 101 + 6/7."""
    levels = Levels.of(np.repeat([[0], [1], [2]], [60, 40, 100], axis=0), [3])
    told = (levels.which < 2).astype(float)
    drawn = [draw_mixture(levels, told, rng).m[0, 2] for _ in range(200)]
    law = stats.beta(1 / 2 + 1 / 7, 101 + 6 / 7)
    assert stats.kstest(drawn, law.cdf).pvalue > 1e-4
    assert np.median(drawn) > 1e-3


def test_pairs_count_by_what_they_are_worth(rng):
    """Six pairs that are worth four comparisons are known as four are."""
    levels = Levels.of(np.array([[0]] * 3 + [[1]] * 3 + [[1]] * 9), [2])
    told = np.repeat([2 / 3, 0.0], [6, 9])
    drawn = [draw_mixture(levels, told, rng).m[0, 0] for _ in range(300)]
    assert (
        stats.kstest(drawn, stats.beta(2 + 1 / 2 + 2 / 3, 2 + 1 / 2 + 1 / 3).cdf).pvalue
        > 1e-4
    )


def test_weights_that_are_given_are_kept():
    levels = Levels.of(np.array([[0], [1], [1]]), [2])
    given_weights = Mixture(np.array([[0.9, 0.1]]), np.array([[0.2, 0.8]]), 0.5)
    found = fit_mixture(levels, most=2.0, fixed=given_weights)
    assert_array_equal(found.m, given_weights.m)
    assert 0 < found.share < 0.5

"""Shares are checked against dense algebra, scipy's optimiser, and simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import LinearConstraint, minimize

from conflictstats.errors import FitError
from conflictstats.numerics import dating
from conflictstats.numerics.dating import Windows, dating_shares


@st.composite
def windows(draw, most=6):
    n_cells = draw(st.integers(1, 9))
    count = draw(st.integers(1, most))
    first, last = [], []
    for _ in range(count):
        ends = sorted(draw(st.tuples(*[st.integers(0, n_cells - 1)] * 2)))
        first.append(ends[0])
        last.append(ends[1])
    part = st.lists(
        st.sampled_from([4 / 7, 5 / 7, 1.0]), min_size=count, max_size=count
    )
    return Windows(
        np.array(first),
        np.array(last),
        np.array(draw(part)),
        np.array(draw(part)),
        n_cells,
    )


def dense(spans):
    matrix = np.zeros((len(spans.first), spans.n_cells))
    for row, (begin, stop) in enumerate(zip(spans.first, spans.last, strict=True)):
        matrix[row, begin : stop + 1] = 1
        matrix[row, begin] -= 1 - spans.first_coverage[row]
        matrix[row, stop] -= 1 - spans.last_coverage[row]
    return matrix


@given(spans=windows(), seed=st.integers(0, 10))
def test_sums_without_the_matrix_equal_those_with_it(spans, seed):
    rng = np.random.default_rng(seed)
    matrix = dense(spans)
    cells, weights = rng.uniform(0, 9, matrix.shape[1]), rng.uniform(0, 9, len(matrix))
    assert_allclose(spans.matrix(), matrix)
    assert_allclose(spans.sums(cells), matrix @ cells)
    assert_allclose(spans.spread(weights), matrix.T @ weights, atol=1e-12)
    gram, band = matrix.T @ np.diag(weights) @ matrix, spans.gram(weights)
    for lag, row in enumerate(band):
        assert_allclose(row[: len(gram) - lag], np.diag(gram, -lag), atol=1e-12)
    assert np.all(np.tril(gram, -len(band)) == 0)


@given(spans=windows(most=12), seed=st.integers(0, 50))
def test_records_share_every_cell_completely(spans, seed):
    rng = np.random.default_rng(seed)
    dated = rng.poisson(rng.gamma(0.3, 30, spans.n_cells)).astype(float)
    deaths = rng.integers(0, 400, len(spans.first)).astype(float)
    mean = rng.gamma(1.0, 5.0, spans.n_cells)
    own, shared = dating_shares(dated, deaths, spans)
    assert np.all(own > 0)
    assert np.all(own <= 1)
    assert np.all((shared > 0) == (deaths > 0))
    assert_allclose(own + dense(spans).T @ shared, 1, rtol=1e-9)
    assert_allclose(own @ mean + shared @ spans.sums(mean), mean.sum(), rtol=1e-9)


@settings(deadline=None, max_examples=10)
@given(spans=windows(most=3), seed=st.integers(0, 30))
def test_no_optimiser_does_better(spans, seed):
    rng = np.random.default_rng(seed)
    dated = rng.poisson(4.0, spans.n_cells).astype(float)
    deaths = rng.integers(1, 30, len(spans.first)).astype(float)
    matrix = dense(spans)

    def loss(share):
        own = 1 - share @ matrix
        if min(own.min(), share.min()) <= 0:
            return 1e6
        return -(deaths @ np.log(share) + (dated + 0.5) @ np.log(own))

    start = np.full(len(deaths), 0.5 / len(deaths))
    room = LinearConstraint(np.vstack([matrix.T, np.eye(len(start))]), 1e-9, np.inf)
    found = minimize(loss, start, method="COBYLA", constraints=[room], tol=1e-9)
    _, shared = dating_shares(dated, deaths, spans)
    assert loss(shared) <= min(loss(found.x), found.fun) + 1e-7


def test_one_whole_window_has_a_closed_form():
    """With c of 0 or 1 the window is a binomial share: L / (L + sum of S + 1/2)."""
    dated = np.array([3.0, 0.0, 7.0, 1.0, 40.0])
    spans = Windows(np.array([1]), np.array([3]), np.ones(1), np.ones(1), 5)
    own, shared = dating_shares(dated, np.array([6.0]), spans)
    share = 6 / (6 + 8 + 3 / 2)
    assert_allclose(shared, share, rtol=1e-9)
    assert_allclose(own, [1, 1 - share, 1 - share, 1 - share, 1], rtol=1e-9)


def test_neither_the_system_nor_the_cuts_matter(rng, monkeypatch):
    """Banded or dense, in parts or as a whole: the shares are the same."""
    first = rng.integers(0, 300, 60)
    last = first + rng.integers(0, 8, 60)
    part = rng.choice([2 / 7, 5 / 7, 1.0], (2, 60))
    part[:, first == last] = 1.0
    spans = Windows(first, last, part[0], part[1], 310)
    dated = rng.poisson(rng.gamma(0.5, 10, 310)).astype(float)
    deaths = rng.integers(0, 90, 60).astype(float)
    found = []
    for small, parts in [(10**6, 1), (0, 1000), (0, 20), (0, 1)]:
        monkeypatch.setattr(dating, "SMALL", small)
        monkeypatch.setattr(dating, "PART", parts)
        found.append(dating_shares(dated, deaths, spans))
    for own, shared in found[1:]:
        assert_allclose(own, found[0][0], rtol=1e-7)
        assert_allclose(shared, found[0][1], rtol=1e-7)


def test_scaled_records_recover_a_constant_rate(rng):
    """A quarter of the deaths in each of two overlapping periods are known by it."""
    rate, weeks, trials = 20.0, 40, 150
    spans = Windows(
        np.array([10, 18]), np.array([19, 29]), np.array([1, 2 / 7]), np.ones(2), weeks
    )
    cover = dense(spans)
    by_cell, by_period = [], []
    for _ in range(trials):
        dated = rng.poisson(rate * (1 - 0.25 * cover.sum(axis=0))).astype(float)
        deaths = rng.poisson(0.25 * rate * cover.sum(axis=1)).astype(float)
        own, shared = dating_shares(dated, deaths, spans)
        by_cell.append(dated / own)
        by_period.append(deaths / shared / cover.sum(axis=1))
    bias_of_the_half = 0.5
    noise = 4 * np.std(by_cell, axis=0) / np.sqrt(trials)
    assert np.all(np.abs(np.mean(by_cell, axis=0) - rate) < noise + bias_of_the_half)
    noise = 4 * np.std(by_period, axis=0) / np.sqrt(trials)
    gap = np.abs(np.mean(by_period, axis=0) - rate)
    assert np.all(gap < noise + bias_of_the_half / 0.5)


def test_a_period_without_deaths_says_nothing():
    spans = Windows(np.array([0]), np.array([2]), np.ones(1), np.ones(1), 3)
    own, shared = dating_shares(np.array([1.0, 2.0, 3.0]), np.zeros(1), spans)
    assert own.tolist() == [1, 1, 1]
    assert shared.tolist() == [0]


def test_no_period_at_all_leaves_every_death_to_its_cell():
    none = np.zeros(0, dtype="int64")
    spans = Windows(none, none, np.zeros(0), np.zeros(0), 3)
    own, shared = dating_shares(np.array([1.0, 2.0, 3.0]), np.zeros(0), spans)
    assert (own.tolist(), shared.tolist()) == ([1, 1, 1], [])


def test_a_year_of_deaths_known_by_year_alone_converges():
    """No death is dated at all: the half keeps every share inside."""
    spans = Windows(np.array([0]), np.array([365]), np.ones(1), np.ones(1), 366)
    own, shared = dating_shares(np.zeros(366), np.array([16_517.0]), spans)
    assert_allclose(shared, 16_517 / (16_517 + 183), rtol=1e-9)
    assert np.all(own > 0)


def test_says_so_when_it_stops_short(monkeypatch):
    monkeypatch.setattr(dating, "MAX_STEPS", 1)
    spans = Windows(np.array([0, 1]), np.array([2, 3]), np.ones(2), np.ones(2), 5)
    with pytest.raises(FitError, match="did not converge in 1 steps"):
        dating_shares(np.array([0.0, 9, 1, 30, 2]), np.array([50.0, 3.0]), spans)

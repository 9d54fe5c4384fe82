"""What observations see of the cells, against finite differences and dense sums."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from conflictstats.numerics.engine.observation import Observations
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.numerics.likelihood.reports import Reports
from conflictstats.numerics.likelihood.terms import Terms

seeds = st.integers(0, 10_000)
LOG_SIZE = float(np.log(0.8))
ALL_FOUND = np.zeros(())


def case_of(seed):
    """Cells, some seen twice or not at all, and sums over sets of them that overlap.

    Observations, their likelihood, and two rows of predictors of the cells.
    """
    rng = np.random.default_rng(seed)
    cells, spans = rng.integers(1, 10), rng.integers(0, 5)
    cell = rng.integers(0, cells, rng.integers(0, 11))
    width = rng.integers(1, cells + 1, spans)
    member = np.zeros((spans, width.max(initial=0)), int)
    weight = np.full(member.shape, -np.inf)
    for row, many in enumerate(width):
        member[row, :many] = rng.choice(cells, many, replace=False)
        weight[row, :many] = rng.normal(-0.5, 0.5, many)
    offset = rng.normal(size=cell.size)
    observed = Observations(int(cells), cell, offset, member, weight)
    low = rng.integers(0, 30, cell.size + spans).astype(float)
    high = np.where(rng.random(low.size) < 0.3, np.inf, low)
    likelihood = Reports(NegBin(), Reading(low, high, np.zeros(low.size, bool)))
    return observed, likelihood, rng.normal(1, 1, (2, cells))


def dispersion(observed, seen):
    of_cells = np.full((len(seen.predictor), observed.cell.size), LOG_SIZE)
    return np.concatenate([of_cells, LOG_SIZE + seen.log_size_ratio], axis=1)


def log_likelihood(observed, likelihood, eta):
    seen = observed.see(eta)
    told = likelihood.value(seen.predictor, dispersion(observed, seen), ALL_FOUND)
    return told.sum(axis=1)


def gradient(observed, likelihood, eta):
    seen = observed.see(eta)
    at = seen.predictor, dispersion(observed, seen), ALL_FOUND
    by_size = likelihood.sensitivity(*at).dispersion.value[:, observed.cell.size :]
    return observed.gradient(seen, likelihood.terms(*at).slope, by_size)


def differences(function, eta, step=1e-5):
    moves = step * np.eye(eta.shape[-1])
    rises = [function(eta + m) - function(eta - m) for m in moves]
    return np.stack(rises, axis=-1) / (2 * step)


def form(weight, pairs):
    """Full matrices from a diagonal and pairs, whose entries add up."""
    cells = weight.shape[1]
    full = weight[:, :, None] * np.eye(cells)
    if pairs is not None:
        for a, b, value in zip(pairs.first, pairs.second, pairs.value.T, strict=True):
            full[:, a, b] += value
            full[:, b, a] += value
    return full


@settings(max_examples=25)
@given(seeds)
def test_gradient_is_the_slope_of_the_log_likelihood(seed):
    case = observed, likelihood, eta = case_of(seed)
    slope = differences(lambda at: log_likelihood(observed, likelihood, at), eta)
    assert_allclose(gradient(*case), slope, rtol=1e-5, atol=1e-5)


@settings(max_examples=25)
@given(seeds)
def test_curvature_is_that_of_the_means_alone(seed):
    """The size of a sum is held where it is: its bend is left out on purpose."""
    observed, likelihood, eta = case_of(seed)
    here = observed.see(eta)
    size, still = dispersion(observed, here), np.zeros_like(here.log_size_ratio)

    def slope(at):
        seen = observed.see(at)
        terms = likelihood.terms(seen.predictor, size, ALL_FOUND)
        return observed.gradient(seen, terms.slope, still)

    terms = likelihood.terms(here.predictor, size, ALL_FOUND)
    found = form(*observed.curvature(here, terms, exact=True))
    assert_allclose(found, -differences(slope, eta), rtol=1e-5, atol=1e-5)
    safe = form(*observed.curvature(here, terms, exact=False))
    assert np.linalg.eigvalsh(safe).min() >= -1e-9


@given(seeds, st.floats(-3, 3))
def test_raising_all_cells_raises_every_predictor_and_no_size(seed, shift):
    observed, _, eta = case_of(seed)
    before, after = observed.see(eta), observed.see(eta + shift)
    assert_allclose(after.predictor - before.predictor, shift, atol=1e-12)
    assert_allclose(after.log_size_ratio, before.log_size_ratio, atol=1e-12)


@given(seeds)
def test_a_sum_has_the_mean_and_variance_of_its_cells(seed):
    observed, _, eta = case_of(seed)
    seen = observed.see(eta)
    single = observed.cell.size
    assert_allclose(seen.predictor[:, :single], eta[:, observed.cell] + observed.offset)
    for row, member in enumerate(observed.member):
        mean = np.exp(eta[:, member] + observed.log_weight[row])
        size = 0.8 * np.exp(seen.log_size_ratio[:, row])
        total = np.exp(seen.predictor[:, single + row])
        variance = (mean + mean**2 / 0.8).sum(axis=1)
        assert_allclose(total, mean.sum(axis=1), rtol=1e-12)
        assert_allclose(total + total**2 / size, variance, rtol=1e-10)
        assert_allclose(seen.share[:, row], mean / total[:, None], rtol=1e-10)


def sums(cells, *members):
    member = np.array(members)
    return Observations(
        cells, np.zeros(0, int), np.zeros(0), member, np.zeros(member.shape)
    )


def test_seven_equal_days_of_size_a_half_make_a_week_of_size_three_and_a_half():
    seen = sums(9, np.arange(1, 8)).see(np.full(9, 0.3))
    assert_allclose(0.5 * np.exp(seen.log_size_ratio), [3.5])
    assert_allclose(np.exp(seen.predictor), [7 * np.exp(0.3)])


def test_two_places_and_two_days_make_one_sum():
    """Days 0 and 2 of places 1 and 2 of three, whose cells are not neighbours."""
    means = np.arange(1.0, 10.0)
    seen = sums(9, [1, 2, 7, 8]).see(np.log(means))
    assert_allclose(np.exp(seen.predictor), [2 + 3 + 8 + 9])
    assert_allclose(np.exp(seen.log_size_ratio), [22**2 / (4 + 9 + 64 + 81)])
    assert_allclose(seen.share, np.array([[2, 3, 8, 9]]) / 22)


def test_a_sum_over_one_cell_is_that_cell(told, rng):
    eta, offset = rng.normal(size=(1, 4)), np.array([0.7])
    none, nowhere = np.zeros(0, int), np.zeros((0, 0))
    alone = np.array([[2]])
    as_sum = Observations(4, none, np.zeros(0), alone, offset[:, None])
    as_cell = Observations(4, alone[0], offset, nowhere.astype(int), nowhere)
    for measure in (log_likelihood, gradient):
        one, other = (measure(seen, told([9.0]), eta) for seen in (as_sum, as_cell))
        assert_allclose(one, other, atol=1e-12)
    assert as_sum.tied[0].size == 0


def test_every_pair_of_a_sum_is_tied_once():
    first, second = sums(9, [1, 2, 7], [0, 4, 8]).tied
    found = {frozenset(pair) for pair in zip(first, second, strict=True)}
    wanted = [(1, 2), (1, 7), (2, 7), (0, 4), (0, 8), (4, 8)]
    assert found == {frozenset(pair) for pair in wanted}
    assert first.size == len(wanted)


@pytest.mark.parametrize("filler", [0, 8])
def test_members_that_are_not_there_tie_nothing(filler):
    weight = np.array([[0.0, 0.0, 0.0], [-np.inf, 0.0, 0.0], [-np.inf, -np.inf, 0.0]])
    member = np.array([[3, 4, 5], [filler, 5, 6], [filler, filler, 4]])
    observed = Observations(9, np.zeros(0, int), np.zeros(0), member, weight)
    first, second = observed.tied
    assert np.abs(first - second).max() == 2
    seen = observed.see(np.zeros((1, 9)))
    terms = Terms(*np.ones((3, 1, 3)))
    full = form(*observed.curvature(seen, terms, exact=False))[0]
    wanted = np.zeros((9, 9))
    wanted[3:6, 3:6] += 1 / 9
    wanted[5:7, 5:7] += 1 / 4
    wanted[4, 4] += 1
    assert_allclose(full, wanted)


def test_a_sum_far_below_its_neighbour_does_not_underflow():
    seen = sums(3, [0, 1, 2]).see(np.array([-900.0, -901.0, -2000.0]))
    assert_allclose(seen.predictor, -900 + np.log1p(np.exp(-1)))
    assert_allclose(seen.share, [[1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0]])
    assert np.isfinite(seen.log_size_ratio).all()


def test_series_have_exposures_of_their_own(rng):
    offset = rng.normal(size=(3, 4))
    observed = Observations.of_cells(4, offset)
    eta = rng.normal(size=(2, 4))
    some = observed.of_series(np.array([2, 0]))
    assert_allclose(some.see(eta).predictor, eta + offset[[2, 0]])
    shared = Observations.of_cells(4, offset[1])
    assert shared.of_series(np.array([2, 0])) is shared


@pytest.mark.parametrize(
    ("cell", "whole"),
    [(None, True), ([0, 1, 2], True), ([0, 2, 1], False), ([0, 1], 0)],
)
def test_only_cells_in_order_are_whole(cell, whole):
    cell = None if cell is None else np.array(cell)
    observed = Observations.of_cells(3, cell=cell)
    assert observed.whole == whole
    slope = np.arange(float(observed.cell.size))[None]
    wanted = np.zeros((1, 3))
    wanted[0, observed.cell] = slope[0]
    seen = observed.see(np.zeros((1, 3)))
    assert_array_equal(observed.gradient(seen, slope, np.zeros((1, 0))), wanted)


@pytest.mark.parametrize("exact", [True, False])
def test_without_observations_there_is_no_curvature(exact):
    nothing = Observations.of_cells(3, cell=np.zeros(0, int))
    terms = Terms(*np.zeros((3, 2, 0)))
    seen = nothing.see(np.zeros((2, 3)))
    weight, pairs = nothing.curvature(seen, terms, exact=exact)
    assert pairs is None
    assert_array_equal(weight, np.zeros((2, 3)))
    assert_array_equal(nothing.gradient(seen, terms.slope, np.zeros((2, 0))), weight)

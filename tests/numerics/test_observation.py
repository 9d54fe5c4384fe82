"""What observations see of the path, against finite differences and dense sums."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.numerics.likelihood.negbin import NegBinReports, Terms
from conflictstats.numerics.observation import ObservationMap

NOTHING = -np.inf


@st.composite
def maps(draw):
    """Cells, some seen twice or not at all, and overlapping spans with partial ends."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    length, spans = draw(st.integers(1, 9)), draw(st.integers(0, 4))
    cell = rng.integers(0, length, draw(st.integers(0, 10)))
    first = rng.integers(0, length, spans)
    width = rng.integers(1, length + 1 - first) if spans else np.empty(0, int)
    weight = np.full((spans, width.max(initial=0)), NOTHING)
    for row, cells in enumerate(width):
        weight[row, :cells] = rng.normal(-0.5, 0.5, cells)
    observed = ObservationMap(length, cell, rng.normal(size=cell.size), first, weight)
    count = rng.integers(0, 30, cell.size + spans).astype(float)
    open_ended = rng.random(count.size) < 0.3
    high = np.where(open_ended, np.inf, count)
    likelihood = NegBinReports(count, high, np.zeros(count.size), 0.8)
    return observed, likelihood, rng.normal(1, 1, length)


def log_likelihood(observed, likelihood, path):
    return likelihood.terms(*observed.predict(path)[:2]).value.sum()


def differences(function, path, step=1e-5):
    moves = step * np.eye(path.size)
    return np.array([(function(path + m) - function(path - m)) for m in moves]) / (
        2 * step
    )


def gradient(observed, likelihood, path):
    prediction = observed.predict(path)
    terms = likelihood.terms(*prediction[:2])
    return observed.gradient(
        prediction, terms.slope, likelihood.size_slope(*prediction[:2])
    )


def dense(band):
    square = np.diag(band[0])
    for d in range(1, len(band)):
        square += np.diag(band[d, :-d], -d) + np.diag(band[d, :-d], d)
    return square


@settings(max_examples=30)
@given(maps())
def test_gradient_is_the_slope_of_the_log_likelihood(case):
    observed, likelihood, path = case
    slope = differences(lambda at: log_likelihood(observed, likelihood, at), path)
    assert_allclose(gradient(*case), slope, rtol=2e-4, atol=2e-4)


@settings(max_examples=30)
@given(maps())
def test_curvature_is_that_of_the_means_alone(case):
    """The size of a span is held where it is: its bend is left out on purpose."""
    observed, likelihood, path = case
    ratio = observed.predict(path).log_size_ratio

    def fixed_size_slope(at):
        prediction = observed.predict(at)
        terms = likelihood.terms(prediction.predictor, ratio)
        return observed.gradient(prediction, terms.slope, np.zeros(ratio.size))

    prediction = observed.predict(path)
    terms = likelihood.terms(*prediction[:2])
    bend = -differences(fixed_size_slope, path)
    found = dense(observed.curvature(prediction, terms, exact=True))
    assert_allclose(found, bend, rtol=2e-4, atol=2e-4)
    safe = dense(observed.curvature(prediction, terms, exact=False))
    assert np.linalg.eigvalsh(safe).min() >= -1e-9


@given(maps(), st.floats(-3, 3))
def test_raising_the_path_raises_every_predictor_and_no_size(case, shift):
    observed, _, path = case
    before, after = observed.predict(path), observed.predict(path + shift)
    assert_allclose(after.predictor - before.predictor, shift, atol=1e-12)
    assert_allclose(after.log_size_ratio, before.log_size_ratio, atol=1e-12)


@given(maps())
def test_a_span_has_the_mean_and_variance_of_the_sum_of_its_cells(case):
    observed, _, path = case
    prediction = observed.predict(path)
    for row, first in enumerate(observed.span_first):
        weight = np.exp(observed.span_log_weight[row])
        cells = np.minimum(first + np.arange(weight.size), path.size - 1)
        mean = weight * np.exp(path[cells])
        at = observed.cell.size + row
        size = 0.8 * np.exp(prediction.log_size_ratio[at])
        total = np.exp(prediction.predictor[at])
        assert_allclose(total, mean.sum(), rtol=1e-12)
        assert_allclose(total + total**2 / size, (mean + mean**2 / 0.8).sum())


def test_seven_equal_days_of_size_a_half_make_a_week_of_size_three_and_a_half():
    week = ObservationMap(
        9, np.empty(0, int), np.empty(0), np.array([1]), np.zeros((1, 7))
    )
    prediction = week.predict(np.full(9, 0.3))
    assert_allclose(0.5 * np.exp(prediction.log_size_ratio), 3.5)
    assert_allclose(np.exp(prediction.predictor), 7 * np.exp(0.3))


def test_a_span_of_one_cell_is_that_cell(rng):
    path, offset = rng.normal(size=4), np.array([0.7])
    nowhere = np.empty(0, int)
    as_span = ObservationMap(4, nowhere, np.empty(0), np.array([2]), offset[:, None])
    as_cell = ObservationMap(4, np.array([2]), offset, nowhere, np.empty((0, 0)))
    report = NegBinReports(np.full(1, 9.0), np.full(1, 9.0), np.zeros(1), 2.0)
    for measure in (log_likelihood, gradient):
        assert_allclose(
            measure(as_span, report, path), measure(as_cell, report, path), atol=1e-12
        )
    assert as_span.bandwidth == 0


def test_a_span_far_below_its_neighbour_does_not_underflow():
    steep = ObservationMap(
        3, np.empty(0, int), np.empty(0), np.array([0]), np.zeros((1, 3))
    )
    prediction = steep.predict(np.array([-900.0, -901.0, -2000.0]))
    assert_allclose(prediction.predictor, -900 + np.log1p(np.exp(-1)))
    assert np.isfinite(prediction.log_size_ratio).all()


@pytest.mark.parametrize("exact", [True, False])
def test_without_observations_there_is_no_curvature(exact):
    nothing = ObservationMap(
        3, np.empty(0, int), np.empty(0), np.empty(0, int), np.empty((0, 0))
    )
    terms = Terms(*(np.empty(0) for _ in range(3)))
    prediction = nothing.predict(np.zeros(3))
    assert_allclose(nothing.curvature(prediction, terms, exact=exact), np.zeros((1, 3)))
    assert_allclose(nothing.gradient(prediction, terms.slope, terms.slope), 0)

"""The shape of weights whose tail is known, and of weights that have none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.numerics.sampling.pareto import smooth


def shape_of_tail(log_weight):
    return smooth(log_weight)[1]


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.7, 1.0])
def test_pareto_weights_have_their_shape(shape, rng):
    """Mean over replicates; the weak prior pulls it towards one half."""
    found = [shape_of_tail(-shape * np.log(rng.uniform(size=4000))) for _ in range(100)]
    tail = 3 * np.sqrt(4000)
    expected = (tail * shape + 5) / (tail + 10)
    assert_allclose(np.mean(found), expected, atol=0.03)


@pytest.mark.parametrize("ratio", [0.5, 0.8, 1.2])
def test_exponential_density_ratios_have_a_known_shape(ratio, rng):
    """Target Exp(1), proposal Exp(rate): weights exp((rate - 1) x) have
    P(w > t) = t^(-rate / (rate - 1)), so k = 1 - 1 / rate; below rate 1 they are
    bounded and k is negative.
    """
    rate = 1 / (1 - ratio) if ratio < 1 else 0.6
    x = rng.exponential(1 / rate, (60, 4000))
    found = np.mean([shape_of_tail((rate - 1) * row) for row in x])
    if ratio < 1:
        assert_allclose(found, ratio, atol=0.06)
    else:
        assert found < 0.1


@given(shift=st.floats(-1e4, 1e4), seed=st.integers(0, 20))
def test_a_constant_factor_changes_nothing(shift, seed):
    log_weight = np.random.default_rng(seed).normal(0, 1, 300)
    assert_allclose(
        shape_of_tail(log_weight + shift), shape_of_tail(log_weight), rtol=1e-6
    )


def test_equal_weights_have_no_tail():
    assert shape_of_tail(np.full(200, 3.7)) == -np.inf
    assert shape_of_tail(np.append(np.full(199, 0.0), -5.0)) == -np.inf


def test_a_tail_too_low_to_matter_is_not_doubted(rng):
    """Weights of a target that is skewed by a hair; raised to a power, they matter."""
    log_weight = 0.003 * rng.standard_normal(4000) ** 3
    assert np.ptp(np.sort(log_weight)[-190:]) > 0.08
    weight, shape = smooth(log_weight)
    assert shape == -np.inf
    assert_allclose(weight, np.exp(log_weight) / np.exp(log_weight).sum())
    assert shape_of_tail(100 * log_weight) > 0.7


def test_one_weight_that_is_everything_is_distrusted():
    assert shape_of_tail(np.append(np.zeros(199), 60.0)) > 0.7


def test_smoothed_weights_estimate_a_mean_that_raw_ones_miss_by_luck(rng):
    """Target Exp(1) by draws of Exp(1.6): k = 0.375, mean 1."""
    rate = 1.6
    x = rng.exponential(1 / rate, (300, 1000))
    found = [(smooth((rate - 1) * row)[0] * row).sum() for row in x]
    assert_allclose(np.mean(found), 1, atol=0.02)


def test_smoothing_keeps_order_and_sum(rng):
    log_weight = rng.standard_t(4, 2000)
    weight, _ = smooth(log_weight)
    assert_allclose(weight.sum(), 1)
    assert (np.diff(weight[np.argsort(log_weight)]) >= -1e-15).all()

"""The mode of a density whose form is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictstats.numerics.sampling.mode import mode


def normal(mean, precision):
    """Log density of a normal law, many states at once."""

    def density(state):
        pull = (mean - state) @ precision
        return 0.5 * ((mean - state) * pull).sum(axis=1) * -1, pull

    return density


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_a_normal_law_has_its_mode_at_its_mean(size, seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size))
    mean, precision = rng.normal(size=size), root @ root.T + np.eye(size)
    found = mode(normal(mean, precision), np.zeros(size), np.empty(0))
    assert found == pytest.approx(mean, abs=1e-4)


def test_held_entries_stay_and_the_others_are_at_their_conditional_mean():
    precision = np.array([[2.0, 0.8], [0.8, 1.0]])
    found = mode(normal(np.zeros(2), precision), np.zeros(1), np.array([3.0]))
    assert found == pytest.approx([-0.8 / 2 * 3, 3])


@pytest.mark.parametrize("start", [-4.0, 8.0])
def test_counts_far_from_the_start_are_reached_over_a_steep_slope(start):
    counts = np.array([3.0, 40, 700])

    def density(state):
        return (counts * state - np.exp(state)).sum(axis=1), counts - np.exp(state)

    found = mode(density, np.full(3, start), np.empty(0))
    assert found == pytest.approx(np.log(counts), abs=1e-6)


def test_places_without_a_density_are_not_entered():
    def density(state):
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(state > 0, 3 * np.log(state) - state, np.nan)
        return value.sum(axis=1), (3 / state) - 1

    assert mode(density, np.array([20.0]), np.empty(0)) == pytest.approx([3])

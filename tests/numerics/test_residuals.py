"""Histograms of transforms of counts, exact and in intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.errors import SettingError
from conflictstats.numerics.residuals import count_bins, left_out, pit_heights


def heights(count, law, low=None, high=None, bins=10):
    low = count if low is None else low
    high = count if high is None else high
    # The upper end is kept above the lower one where both are 1 to all digits.
    below = np.minimum(law.cdf(low - 1), 1 - 1e-12)
    return pit_heights(below, np.maximum(law.cdf(high), below + 1e-13), bins)


@pytest.mark.parametrize("mean", [0.3, 4.0, 60.0])
def test_right_predictions_are_flat_whatever_the_mean(mean, rng):
    law = stats.poisson(mean)
    assert_allclose(heights(law.rvs(100_000, random_state=rng), law), 1, atol=0.05)


def test_each_bin_holds_what_the_definition_integrates_to():
    """Half of [.2, .6] lies in each of two bins of five, and nothing elsewhere."""
    told = pit_heights(np.array([0.2]), np.array([0.6]), 5)
    assert_allclose(told, [0, 2.5, 2.5, 0, 0], atol=1e-12)


def test_rounded_and_ranged_counts_of_right_predictions_are_flat(rng):
    law = stats.nbinom(2.0, 2.0 / 42.0)
    count = law.rvs(100_000, random_state=rng)
    low = count // 10 * 10
    vague = rng.random(count.size) < 0.5
    low, high = np.where(vague, low, count), np.where(vague, low + 9, count)
    assert_allclose(heights(count, law, low, high), 1, atol=0.05)


def test_intervals_read_as_their_lower_ends_are_not_flat(rng):
    law = stats.nbinom(2.0, 2.0 / 42.0)
    low = law.rvs(100_000, random_state=rng) // 10 * 10
    assert np.abs(heights(low, law) - 1).max() > 0.2


@pytest.mark.parametrize(
    ("told", "shape"), [(stats.poisson(20), "U"), (stats.nbinom(1, 1 / 21), "hump")]
)
def test_too_narrow_is_a_u_and_too_wide_a_hump(told, shape, rng):
    true = stats.nbinom(5, 5 / 25)
    found = heights(true.rvs(20_000, random_state=rng), told)
    ends, middle = found[[0, -1]].mean(), found[3:7].mean()
    assert (ends > 1.5 * middle) if shape == "U" else (middle > 1.5 * ends)


@given(
    st.lists(st.tuples(st.floats(0, 0.9), st.floats(0.01, 0.1)), min_size=1),
    st.integers(1, 30),
)
def test_heights_have_mean_one_and_are_never_negative(pairs, bins):
    below, width = np.array(pairs).T
    found = pit_heights(below, below + width, bins)
    assert_allclose(found.mean(), 1)
    assert (found >= 0).all()


def test_an_interval_without_probability_is_refused():
    with pytest.raises(SettingError, match="1 of 2 have none"):
        pit_heights(np.array([0.1, 0.5]), np.array([0.2, 0.5]))


def test_a_report_left_out_is_predicted_as_if_it_had_not_been_there(rng):
    """Poisson counts with a gamma(2, 1) mean: posterior and prediction are known."""
    count = np.array([3.0, 4.0, 2.0, 6.0, 3.0])
    draws = rng.gamma(2 + count.sum(), 1 / (1 + count.size), 20_000)[:, None]
    law = stats.poisson(draws)
    below, upto, pareto_k = left_out(law.cdf(count - 1), law.pmf(count))
    shape = 2 + count.sum() - count
    alone = stats.nbinom(shape, count.size / (count.size + 1))
    assert_allclose(below, alone.cdf(count - 1), atol=0.01)
    assert_allclose(upto, alone.cdf(count), atol=0.01)
    seen = stats.nbinom(2 + count.sum(), 6 / 7)
    assert abs(seen.cdf(6) - alone.cdf(6)[3]) > 0.03
    assert (pareto_k < 0.7).all()


def test_a_report_that_alone_says_where_its_cell_is_cannot_be_left_out(rng):
    level = rng.normal(np.log(50), 3, 200_000)[:, None]
    weight = stats.poisson(np.exp(level)).pmf(50)[:, 0]
    kept = rng.choice(len(level), 2000, p=weight / weight.sum())
    law = stats.poisson(np.exp(level[kept]))
    pareto_k = left_out(law.cdf([49.0]), law.pmf([50.0]))[2]
    assert pareto_k[0] > 0.7


@given(st.integers(0, 10**7), st.integers(2, 60))
def test_bins_hold_every_count_once_and_widen(largest, most):
    edges = count_bins(float(largest), most)
    assert edges[0] == 0
    assert edges[-1] == largest + 1
    assert len(edges) - 1 <= max(most, 1)
    widths = np.diff(edges)
    assert (widths >= 1).all()
    assert (np.diff(widths[:-1]) >= -1).all()

"""True counts given reports: exact laws, by brute force."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.numerics.likelihood import mechanisms
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.numerics.realised import allot, draw_counts, draw_new

DRAWS = 20_000


def draw_one(low, high, mean, size, rng, *, found=None, draws=DRAWS):
    reading = Reading(
        np.array([float(low)]), np.array([float(high)]), np.array([found is not None])
    )
    shape = (draws, 1)
    share = np.full(draws, 1.0 if found is None else found)
    return draw_counts(reading, np.full(shape, mean), np.full(shape, size), share, rng)[
        :, 0
    ]


def compare(draws, law, support):
    """Chi-square of the draws against probabilities on a support, lumped at 5."""
    expected = law / law.sum() * draws.size
    observed = np.array([(draws == k).sum() for k in support])
    assert observed.sum() == draws.size
    keep = expected >= 5
    gap = ((observed - expected)[keep] ** 2 / expected[keep]).sum()
    assert stats.chi2.sf(gap, keep.sum() - 1) > 1e-4


def nb(support, mean, size):
    return stats.nbinom.pmf(support, size, size / (size + mean))


def test_an_exact_count_is_itself(rng):
    assert (draw_one(17, 17, 3.0, 0.5, rng) == 17).all()


@pytest.mark.parametrize(("mean", "size"), [(6.0, 0.8), (2.0, 40.0)])
def test_what_was_not_found_follows_bayes(mean, size, rng):
    """P(Y | k found) is proportional to P(Y) Binomial(k; Y, pi)."""
    true = np.arange(5, 400)
    law = nb(true, mean, size) * stats.binom.pmf(5, true, 0.7)
    compare(draw_one(5, 5, mean, size, rng, found=0.7), law, true)


@pytest.mark.parametrize(
    ("low", "high", "mean"), [(3, 12, 6.0), (40, 60, 6.0), (0, 4, 50.0), (61, 69, 65.0)]
)
def test_inside_a_short_interval_the_law_is_cut(low, high, mean, rng):
    inside = np.arange(low, high + 1)
    compare(draw_one(low, high, mean, 1.5, rng), nb(inside, mean, 1.5), inside)


@pytest.mark.parametrize(
    ("low", "high", "mean"),
    [(25, np.inf, 20.0), (25, np.inf, 60.0), (0, 80, 30.0), (5, 200, 300.0)],
)
def test_inside_a_wide_interval_too(low, high, mean, rng):
    assert high - low >= NegBin.short
    inside = np.arange(low, min(high, 3000) + 1)
    compare(draw_one(low, high, mean, 1.5, rng), nb(inside, mean, 1.5), inside)


def test_nothing_said_is_a_new_draw(rng):
    support = np.arange(0, 400)
    compare(draw_one(0, np.inf, 9.0, 0.7, rng), nb(support, 9.0, 0.7), support)


@pytest.mark.parametrize(
    ("low", "high", "mean", "size"),
    [
        (100_000, np.inf, 10.0, 5.0),
        (0, 3000, 1e6, 500.0),
        (50_000, 60_000, 3.0, 2.0),
        (1, 99, 1e7, 40.0),
    ],
)
def test_far_in_the_tail_draws_stay_inside_and_near_the_edge(
    low, high, mean, size, rng
):
    draws = draw_one(low, high, mean, size, rng, draws=4000)
    assert np.isfinite(draws).all()
    assert ((low <= draws) & (draws <= high)).all()
    ratio = mean / (size + mean)
    edge = low if mean < low else high
    step = ratio if mean < low else edge / (ratio * (edge - 1 + size))
    expected = step / (1 - step)
    assert_allclose(np.abs(draws - edge).mean(), expected, rtol=0.15, atol=0.05)


def test_deaths_of_a_period_fall_in_proportion_and_add_up(rng):
    count = rng.integers(0, 50, DRAWS).astype(float)
    weight = np.tile([1.0, 0.0, 3.0], (DRAWS, 1)) * rng.gamma(1, 1, (DRAWS, 1))
    parts = allot(count, weight, rng)
    assert_allclose(parts.sum(axis=1), count)
    assert (parts[:, 1] == 0).all()
    assert_allclose(parts.sum(axis=0) / count.sum(), [0.25, 0, 0.75], atol=0.002)


def test_a_floor_is_the_count_itself_or_one_above_it_as_often_as_bayes_says(rng):
    """By the sum over all counts of law times weight."""
    pi, mean, size = 0.6, 12.0, 3.0
    args = np.array([10.0]), np.array([np.inf]), np.array(["at_least"])
    reading = mechanisms.read(*args, {"at_least": mechanisms.Mechanism.FLOOR})
    draws = 40_000
    true = draw_counts(
        reading,
        np.full((draws, 1), mean),
        np.full((draws, 1), size),
        np.full(draws, pi),
        rng,
    )
    count = np.arange(10, 400)
    law = stats.nbinom(size, size / (size + mean)).pmf(count)
    rounds = np.array([1, 2, 5, 10, 20, 50, 100, 200])
    below = (rounds <= count[:, None]).sum(axis=1)
    weight = law * (pi * (count == 10) + (1 - pi) / below)
    assert true.min() == 10
    assert_allclose((true == 10).mean(), weight[0] / weight.sum(), atol=0.012)
    assert_allclose(true.mean(), weight @ count / weight.sum(), rtol=0.02)


@pytest.mark.parametrize(("mean", "size"), [(3.0, 0.5), (1e17, 4.0), (1e300, 1e9)])
def test_new_counts_of_any_size_have_their_moments(mean, size, rng):
    new = draw_new(np.full(DRAWS, mean), np.full(DRAWS, size), rng)
    assert_allclose(
        new.mean() / mean, 1, atol=5 * np.sqrt((1 / mean + 1 / size) / DRAWS)
    )
    assert (new == np.rint(new)).all()

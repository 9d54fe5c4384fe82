"""The sampler against exact mixtures of Dirichlet laws, and against its limits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import gammaln

from conflictstats.numerics.partly_classified import (
    partly_classified_shares,
    shared_out,
)

LABELS = np.array(
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 1, 1]], bool
)
EVEN = np.ones(3)


def exact_mean(counts, prior, odds):
    """Posterior mean as a mixture over all ways to share the two pairs out."""
    first, second = np.meshgrid(np.arange(counts[3] + 1), np.arange(counts[4] + 1))
    rest = counts[3] - first, counts[4] - second
    given = np.stack([first, rest[0] + second, rest[1]], axis=-1)
    concentration = prior + counts[:3] + given
    log_weight = gammaln(concentration).sum(axis=-1) + given @ np.log(odds)
    for part, other in ((first, rest[0]), (second, rest[1])):
        log_weight -= gammaln(part + 1) + gammaln(other + 1)
    weight = np.exp(log_weight - log_weight.max())
    mean = concentration / concentration.sum(axis=-1, keepdims=True)
    return (weight[..., None] * mean).sum((0, 1)) / weight.sum()


@pytest.mark.parametrize("odds", [EVEN, np.array([4.0, 1.0, 0.5])])
def test_means_are_those_of_the_exact_mixture(odds, rng):
    counts = np.array([9, 4, 1, 12, 7, 0])
    prior = np.array([0.5, 1.0, 0.5])
    drawn = partly_classified_shares(LABELS, counts, prior, odds, draws=1500, rng=rng)
    assert_allclose(drawn.mean((0, 1)), exact_mean(counts, prior, odds), atol=0.008)
    assert_allclose(drawn.sum(axis=2), 1)


def test_without_open_labels_it_is_a_dirichlet_law(rng):
    counts = np.array([9, 4, 1, 0, 0, 0])
    drawn = partly_classified_shares(LABELS, counts, EVEN, EVEN, draws=1000, rng=rng)
    after, total = 1 + counts[:3], 17
    assert_allclose(drawn.mean((0, 1)), after / total, atol=0.005)
    variance = after * (total - after) / total**2 / (total + 1)
    assert_allclose(drawn.var((0, 1)), variance, rtol=0.08)


def test_a_label_that_excludes_nobody_says_nothing():
    counts = np.array([9, 4, 1, 6, 0, 0])
    same = [
        partly_classified_shares(
            LABELS, n, EVEN, EVEN, draws=50, rng=np.random.default_rng(3)
        )
        for n in (counts, counts + 100 * LABELS.all(axis=1))
    ]
    assert_allclose(*same)


def test_what_is_shared_out_stays_within_its_label(rng):
    label = np.array([True, False, True])
    given = shared_out(label, 5, np.tile([0.2, 0.7, 0.1], (4000, 1)), rng)
    assert (given.sum(axis=1) == 5).all()
    assert not given[:, 1].any()
    assert_allclose(given.mean(axis=0), [10 / 3, 0, 5 / 3], atol=0.06)

import numpy as np
import pytest
from scipy import integrate, special, stats

from conflictstats.numerics.latent_class.density import ClassDensity
from conflictstats.numerics.latent_class.hamiltonian import prior_states
from conflictstats.numerics.latent_class.labels import relabelled

FOUR = np.array([[1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 1]], bool)
PAIR = np.array([[1, 0], [0, 1], [1, 1]], bool)


def three_strata(rng, classes=3):
    return ClassDensity.of(
        FOUR, rng.integers(0, 9, (3, 4)), rng.integers(1, 5, 4), classes
    )


def test_the_likelihood_is_a_sum_over_every_number_of_unlisted(rng):
    """Two lists, two classes: sum p(f | N) / N over N by brute force."""
    counts = np.array([3, 2, 4])
    density = ClassDensity.of(PAIR, counts[None], np.zeros(3), 2)
    states = np.append(rng.standard_normal(4), -0.3)[:, None]
    on = special.expit(states[:4, 0].reshape(2, 2))
    first = 1 - np.exp(-np.exp(-0.3))
    weight = np.array([first, 1 - first])
    cell = [
        (weight * np.where(x[:, None], on, 1 - on).prod(axis=0)).sum()
        for x in np.vstack([PAIR, [[False, False]]])
    ]
    total = np.arange(9, 4000)
    each = stats.multinomial.logpmf(
        np.column_stack([np.tile(counts, (len(total), 1)), total - 9]), total, cell
    )
    brute = special.logsumexp(each - np.log(total))
    ways = special.gammaln(9) - special.gammaln(counts + 1).sum()
    found = density.at(states, np.ones(1)).log_likelihood[0]
    assert found + ways == pytest.approx(brute, abs=1e-9)


def test_the_likelihood_of_strata_is_a_sum_over_every_number_of_unlisted(rng):
    """As above, of two strata and of records whose stratum is not known."""
    counts, unplaced = np.array([[3, 0, 4], [1, 2, 0]]), np.array([2, 0, 1])
    density = ClassDensity.of(PAIR, counts, unplaced, 2)
    state = rng.standard_normal((density.size, 1))
    worked = density.worked(state)
    on = special.expit(worked.logits[..., 0])
    first = 1 - np.exp(-np.exp(worked.sticks[0, 0]))
    strata = worked.strata
    tilted = np.exp(np.exp(strata.log_spread[0]) * strata.deviations[..., 0])
    split = np.exp(strata.sizes) * tilted
    inside = np.array([first, 1 - first]) * split / split.sum(axis=0)
    each = np.where(PAIR[..., None], on, 1 - on).prod(axis=1)
    cell = np.append(inside @ each.T, 0)
    cell[-1] = (inside * (1 - on).prod(axis=0)).sum()
    total = np.arange(10, 4000)
    known = np.tile(counts.ravel(), (len(total), 1))
    people = np.column_stack([known, total - 10])
    brute = special.logsumexp(
        stats.multinomial.logpmf(people, total, cell) - np.log(total)
    )
    ways = special.gammaln(10) - special.gammaln(counts + 1).sum()
    alone = ClassDensity.of(PAIR, counts, np.zeros(3), 2)
    assert alone.at(state, np.ones(1)).log_likelihood[0] + ways == pytest.approx(
        brute, abs=1e-9
    )
    marginal = np.log((inside @ each.T).sum(axis=0))
    both = density.at(state, np.ones(1)).log_likelihood[0]
    assert both == pytest.approx(
        alone.at(state, np.ones(1)).log_likelihood[0]
        + unplaced @ marginal
        - 3 * np.log(1 - cell[-1]),
        abs=1e-9,
    )


def test_the_concentration_is_integrated_out_of_the_prior():
    """Three classes: the integral over alpha, up to one constant."""
    density = ClassDensity.of(PAIR, np.ones((1, 3)), np.zeros(3), 3, 0.7, 0.4)
    sticks = np.log([[0.2, 1.5, 0.01], [2.0, 0.3, 5.0]])
    states = np.vstack([np.zeros((6, 3)), sticks])

    def joint(alpha, sizes):
        prior = stats.gamma.pdf(alpha, 0.7, scale=1 / 0.4)
        return prior * np.prod(alpha * np.exp(-alpha * sizes) * sizes)

    brute = [
        np.log(integrate.quad(joint, 0, np.inf, args=(np.exp(column),))[0])
        for column in sticks.T
    ]
    found = density.at(states, np.zeros(3)).value
    np.testing.assert_allclose(np.diff(found), np.diff(brute), rtol=1e-6)


def test_the_slope_is_the_derivative_also_with_strata_that_are_not_known(rng):
    density = three_strata(rng)
    state = rng.standard_normal((density.size, 1))
    move = 1e-6 * np.eye(density.size)
    power = np.full(density.size, 0.6)
    ahead, behind = (density.at(state + m, power).value for m in (move, -move))
    slope = density.at(state, power[:1]).slope[:, 0]
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, atol=1e-5)


def test_records_of_unknown_stratum_count_as_the_sum_over_strata(rng):
    """No stratum known is the table without strata."""
    strata = ClassDensity.of(PAIR, np.zeros((2, 3)), np.array([3, 2, 4]), 2)
    none = ClassDensity.of(PAIR, np.array([[3, 2, 4]]), np.zeros(3), 2)
    state = rng.standard_normal((strata.size, 7))
    worked = strata.worked(state)
    alone = np.concatenate([worked.logits.reshape(-1, 7), worked.sticks])
    ones = np.ones(7)
    np.testing.assert_allclose(
        strata.at(state, ones).log_likelihood, none.at(alone, ones)[2]
    )


def strata_and_their_sum(rng):
    """Two strata of cells of four lists, and the same people without strata."""
    counts = rng.integers(1, 9, (2, len(FOUR)))
    strata = ClassDensity.of(FOUR, counts, np.zeros(len(FOUR)), 3)
    alone = ClassDensity.of(FOUR, counts.sum(axis=0)[None], np.zeros(len(FOUR)), 3)
    return counts, strata, alone


def test_strata_of_no_spread_are_one_table(rng):
    """Times the chances of the strata, which say nothing of the unlisted."""
    counts, strata, alone = strata_and_their_sum(rng)
    state = rng.standard_normal((strata.size, 5))
    worked = strata.worked(state)
    worked.strata.log_spread[:] = -40
    state_alone = np.concatenate([worked.logits.reshape(-1, 5), worked.sticks])
    ones = np.ones(5)
    sizes = special.log_softmax(worked.strata.sizes, axis=0)
    np.testing.assert_allclose(
        strata.at(state, ones).log_likelihood,
        alone.at(state_alone, ones).log_likelihood + counts.sum(axis=1) @ sizes,
        rtol=1e-12,
    )


def test_strata_that_share_no_class_are_tables_of_their_own(rng):
    """Two classes are of the first stratum, one of the second.

    The likelihood is then that of each table by itself, where as many are seen in each
    as were, which any share of the strata allows for.
    """
    counts, strata, _ = strata_and_their_sum(rng)
    state = rng.standard_normal((strata.size, 1))
    worked = strata.worked(state)
    worked.strata.log_spread[:] = 9
    worked.strata.deviations[..., 0] = [[1, 1, -1], [-1, -1, 1]]
    on = special.expit(worked.logits[..., 0])
    seen = 1 - (1 - on).prod(axis=0)
    first = 0.3
    mix = np.array([first, 1 - first, 0])
    people = counts.sum(axis=1) / [mix @ seen, seen[2]]
    weight = people[0] * mix
    weight[2] = people[1]
    weight /= weight.sum()
    left = 1 - np.append(0, weight[:-1].cumsum())
    worked.sticks[:, 0] = np.log(-np.log1p(-weight[:-1] / left[:-1]))
    each = np.where(FOUR[..., None], on, 1 - on).prod(axis=1)
    chances = np.array([each @ mix / (mix @ seen), each[:, 2] / seen[2]])
    n = counts.sum(axis=1)
    apart = (counts * np.log(chances)).sum() + n @ np.log(n / n.sum())
    found = strata.at(state, np.ones(1)).log_likelihood[0]
    assert found == pytest.approx(apart, rel=1e-9)


def test_the_odds_of_strata_add_up(rng):
    _, strata, _ = strata_and_their_sum(rng)
    found = strata.classes_of(rng.standard_normal((strata.size, 9)))
    np.testing.assert_allclose(
        special.logsumexp(found.log_odds_in_strata, axis=0), found.log_odds
    )


def test_a_thousand_times_the_records_are_a_thousand_times_the_likelihood(rng):
    few, many = (
        ClassDensity.of(PAIR, np.array([[3, 2, 4]]) * k, np.zeros(3), 4)
        for k in (1, 1000)
    )
    state = rng.standard_normal((few.size, 5))
    ones = np.ones(5)
    np.testing.assert_allclose(
        1000 * few.at(state, ones)[2], many.at(state, ones)[2], rtol=1e-12
    )


def test_swapped_labels_leave_prior_and_likelihood_as_they_are(rng):
    """Draws of the prior remain draws of the prior; odds do not move at all."""
    density = ClassDensity.of(PAIR, np.ones((1, 3)), np.zeros(3), 4, 2.0, 2.0)
    before = prior_states(density, 20_000, rng)
    after = relabelled(density, before, 6, rng)
    odds = [density.classes_of(states).log_odds for states in (before, after)]
    np.testing.assert_allclose(*odds, rtol=1e-6)
    changed = (before != after).any(axis=0).mean()
    assert changed > 0.5
    for row in range(1, 4):
        assert stats.ks_2samp(before[-row], after[-row]).pvalue > 1e-3

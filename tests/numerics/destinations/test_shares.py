"""Shares by date: the law of counts, the Gaussian approximation, and exact sampling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from conflictstats.numerics.destinations import posterior
from conflictstats.numerics.destinations.dirichlet import Counts, log_mass
from conflictstats.numerics.destinations.posterior import Beliefs
from conflictstats.numerics.destinations.walk import Scales, ShareWalk
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.sampling import hmc

seeds = st.integers(0, 2**32 - 1)
BELIEFS = Beliefs(3.0, 1.5, 10.0)


def partly(rng, dates=4, places=4):
    """Counts of which some are missing, some totals known, some places closed."""
    people = rng.integers(0, 40, (dates, places)).astype(float)
    log_open = np.where(rng.random((dates, places)) < 0.2, -np.inf, 0.0)
    log_open[:, :2] = np.log(rng.uniform(0.2, 1, (dates, 2)))
    seen = (rng.random((dates, places)) < 0.6) & np.isfinite(log_open)
    whole = (seen | np.isneginf(log_open)).all(axis=1)
    pooled = (rng.random(dates) < 0.5) & ~whole
    rest = np.where(pooled, rng.integers(0, 40, dates), 0).astype(float)
    return Counts(np.where(seen, people, 0.0), seen, rest, pooled, log_open)


def walk_of(rng, dates, places, counts=None):
    counts = partly(rng, dates, places) if counts is None else counts
    columns = rng.normal(size=(dates, places, 2))
    days = rng.integers(1, 20, dates - 1).astype(float)
    return ShareWalk(counts, columns, days, np.array([0.3, -0.2]), np.array([1.0, 0.5]))


def mass_by_categories(counts, share, concentration):
    """Log probability of the categories that were told, put together by hand."""
    total = 0.0
    for t in np.flatnonzero(counts.told):
        seen, hidden = counts.seen[t], counts.hidden[t]
        people, parts = counts.people[t, seen], concentration * share[t, seen]
        if counts.pooled[t]:
            people = np.append(people, counts.rest[t])
            parts = np.append(parts, concentration * share[t, hidden].sum())
        total += log_mass(people, parts)
    return total


@settings(max_examples=30)
@given(seeds)
def test_the_likelihood_is_the_law_of_the_categories_that_were_told(seed):
    rng = np.random.default_rng(seed)
    counts, log_odds = partly(rng), rng.normal(size=(2, 4, 4))
    concentration = np.array([7.0, 300.0])
    found = counts.loglik(log_odds, concentration)
    pairs = zip(counts.shares(log_odds), concentration, strict=True)
    by_hand = [mass_by_categories(counts, *pair) for pair in pairs]
    np.testing.assert_allclose(found[0] - found[1], by_hand[0] - by_hand[1], atol=1e-8)


@settings(max_examples=5)
@given(seeds)
def test_derivatives_are_those_of_differences(seed):
    rng = np.random.default_rng(seed)
    counts, log_odds = partly(rng), rng.normal(size=(1, 4, 4))
    concentration = rng.gamma(1, 20, 1) + 0.5
    found, step = counts.expand(log_odds, concentration), 1e-5
    for t, j in np.ndindex(4, 4):
        move = np.zeros((4, 4))
        move[t, j] = step
        ahead, behind = (
            counts.expand(log_odds + sign * move, concentration) for sign in (1, -1)
        )
        slope = (ahead.value - behind.value) / (2 * step)
        np.testing.assert_allclose(found.slope[:, t, j], slope, atol=1e-4, rtol=1e-4)
        bend = (ahead.slope - behind.slope)[0, t] / (2 * step)
        np.testing.assert_allclose(found.bend[0, t, j], bend, atol=1e-4, rtol=1e-4)


def test_mass_sums_to_one_and_tends_to_the_multinomial():
    ways = np.array([(i, j, 6 - i - j) for i in range(7) for j in range(7 - i)], float)
    assert np.exp(log_mass(ways, np.array([0.3, 2.0, 5.0]))).sum() == pytest.approx(1)
    share = np.array([0.5, 0.3, 0.2])
    limit = stats.multinomial.logpmf(ways, 6, share)
    np.testing.assert_allclose(log_mass(ways, 1e9 * share), limit, atol=1e-5)
    two = stats.betabinom.logpmf(np.arange(7), 6, 0.3, 2.0)
    pairs = np.column_stack([np.arange(7.0), 6 - np.arange(7.0)])
    np.testing.assert_allclose(log_mass(pairs, np.array([0.3, 2.0])), two)


@settings(max_examples=8)
@given(seeds)
def test_the_peak_is_a_mode_with_its_own_curvature(seed):
    rng = np.random.default_rng(seed)
    walk = walk_of(rng, 4, 4)
    scales = Scales(np.array([0.01]), np.array([1.5]), np.array([8.0]))
    peak = walk.peak(scales, walk.start(1))
    assert peak.converged.all()
    height = walk.log_density(peak.field, scales)
    for size in (0.03, 0.3):
        noise = Vector(rng.standard_normal((1, 16)), rng.standard_normal((1, 2)))
        away = peak.factor.colour(noise)
        moved = peak.field.moved(away, np.array([size]))
        fall = walk.log_density(moved, scales) - height
        assert fall < 1e-9
    noise = Vector(rng.standard_normal((1, 16)), rng.standard_normal((1, 2)))
    moved = peak.field.moved(peak.factor.colour(noise), np.array([0.02]))
    fall = walk.log_density(moved, scales) - height
    expected = -0.5 * 0.02**2 * noise.dot(noise)
    np.testing.assert_allclose(fall, expected, rtol=0.15, atol=1e-7)


def hamiltonian(walk, draws, rng):
    """Draws by a sampler that shares nothing with ours but the log density."""
    dates, places, terms = walk.columns.shape
    size = dates * places + terms

    def state_of(states):
        scales = BELIEFS.scales(states[:, size:])
        return Vector(
            states[:, : dates * places], states[:, dates * places : size]
        ), scales

    def density(states):
        prior = -0.5 * (states[:, size:] ** 2).sum(axis=1)
        return walk.log_density(*state_of(states)) + prior

    def target(states):
        slope = np.empty_like(states)
        for j in range(states.shape[1]):
            move = np.zeros(states.shape[1])
            move[j] = 1e-5
            slope[:, j] = (density(states + move) - density(states - move)) / 2e-5
        return density(states), slope

    found = hmc.sample(target, np.zeros(size + 3), draws, rng)
    assert found.rhat < 1.05
    return state_of(found.draws)


@pytest.mark.slow
def test_draws_are_those_of_hamiltonian_chains(unchecked):
    rng = np.random.default_rng(3)
    counts = Counts(
        rng.multinomial(300, [0.6, 0.3, 0.1], 3).astype(float),
        np.ones((3, 3), bool),
        np.zeros(3),
        np.zeros(3, bool),
        np.zeros((3, 3)),
    )
    walk = walk_of(rng, 3, 3, counts)
    ours = posterior.draw(walk, BELIEFS, 4000, rng)
    field, scales = hamiltonian(walk, 4000, rng)
    ends = [walk.counts.shares(walk.log_odds(f))[:, -1] for f in (ours.field, field)]
    pairs = [*zip(*(end.T for end in ends), strict=True)]
    pairs += [*zip(np.log(ours.scales), np.log(scales), strict=True)]
    pairs += [*zip(ours.field.effects.T, field.effects.T, strict=True)]
    for one, other in pairs:
        cuts = np.quantile(other, [0.05, 0.25, 0.5, 0.75, 0.95])
        below = (one[:, None] < cuts).mean(axis=0)
        np.testing.assert_allclose(below, [0.05, 0.25, 0.5, 0.75, 0.95], atol=0.05)


@pytest.mark.slow
def test_truths_from_the_prior_rank_anywhere(unchecked):
    """Simulation-based calibration: scales, a coefficient, the last shares."""
    ranks = []
    for seed in range(200):
        rng = np.random.default_rng([11, seed])
        walk = walk_of(rng, 12, 4)
        scales = BELIEFS.scales(rng.standard_normal((1, 3)))
        variance = np.append(scales.start, scales.change * walk.days)
        steps = np.sqrt(variance)[:, None] * rng.standard_normal((12, 4))
        effects = walk.mean + walk.sd * rng.standard_normal(2)
        field = Vector(steps.cumsum(axis=0).reshape(1, -1), effects[None])
        odds = walk.log_odds(field)
        share = walk.counts.shares(odds)[0]
        parts = scales.concentration * share
        people = [rng.multinomial(5000, rng.dirichlet(p + 1e-12)) for p in parts]
        people = np.array(people, float)
        seen = walk.counts.seen
        hidden = (people * ~seen).sum(axis=1)
        rest = np.where(walk.counts.pooled, hidden, 0.0)
        counts = walk.counts._replace(people=people * seen, rest=rest)
        drawn = posterior.draw(
            ShareWalk(counts, walk.columns, walk.days, walk.mean, walk.sd),
            BELIEFS,
            199,
            rng,
        )
        shares = counts.shares(walk.log_odds(drawn.field))[:, -1, :2]
        ours = np.column_stack([*drawn.scales, drawn.field.effects[:, 0], shares])
        truth = np.array([*np.ravel(scales), effects[0], *share[-1, :2]])
        ranks.append((ours < truth).sum(axis=0))
    for name, each in zip(
        ("change", "start", "concentration", "effect", "A", "B"),
        np.transpose(ranks),
        strict=True,
    ):
        found = stats.chisquare(np.histogram(each, 10, (0, 200))[0]).pvalue
        assert found > 0.001, (name, found)

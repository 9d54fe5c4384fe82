import numpy as np
import pytest
from scipy import special, stats

from conflictstats.numerics.latent_class import sampling
from conflictstats.numerics.latent_class.density import ClassDensity
from conflictstats.numerics.latent_class.hamiltonian import (
    Ladder,
    prior_states,
    starts,
)
from conflictstats.numerics.latent_class.people import draw_people
from conflictstats.numerics.sampling.diagnostics import ess_bulk

THREE = np.array(
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]], bool
)


def gibbs(patterns, counts, classes, sweeps, rng, *, chains=64, shape=0.25, rate=0.25):
    """Log odds of being unlisted by data augmentation, as in the paper."""
    x = np.vstack([patterns, np.zeros(patterns.shape[1])]).astype(float)
    on = rng.uniform(0.1, 0.9, (chains, x.shape[1], classes))
    log_weight = np.full((chains, classes), -np.log(classes))
    alpha = np.ones(chains)
    found = np.empty((sweeps, chains))
    for sweep in range(sweeps):
        off = np.log1p(-on)
        joint = np.exp(x @ (np.log(on) - off) + (off.sum(1) + log_weight)[:, None])
        cell = joint.sum(axis=2)
        hidden = rng.negative_binomial(counts.sum(), 1 - cell[:, -1])
        people = np.column_stack([np.tile(counts, (chains, 1)), hidden])
        z = rng.multinomial(people, joint / cell[..., None])
        inside = z.sum(axis=1)
        marked = np.einsum("mj,cmk->cjk", x, z)
        on = rng.beta(1 + marked, 1 + inside[:, None] - marked).clip(1e-12, 1 - 1e-12)
        later = inside[:, :0:-1].cumsum(axis=1)[:, ::-1]
        taken = np.log(rng.gamma(1.0 + inside[:, :-1]))
        left = _log_gamma(alpha[:, None] + later, rng)
        both = np.logaddexp(taken, left)
        log_weight = np.zeros((chains, classes))
        log_weight[:, :-1] = taken - both
        log_weight[:, 1:] += (left - both).cumsum(axis=1)
        alpha = rng.gamma(shape + classes - 1, 1 / (rate - log_weight[:, -1]))
        found[sweep] = special.logit(cell[:, -1])
    return found


def _log_gamma(shape, rng):
    """Log of a gamma draw, also of a shape near 0, where the draw itself would be 0."""
    return np.log(rng.gamma(shape + 1)) + np.log(rng.random(shape.shape)) / shape


def test_the_paths_draw_what_data_augmentation_draws(rng, unchecked):
    counts = np.array([22, 15, 18, 9, 8, 6, 7])
    augmented = gibbs(THREE, counts, 2, 800, rng)[200::10]
    density = ClassDensity.of(THREE, counts[None], np.zeros(7), 2)
    ladder = Ladder(density, np.ones(1), starts(density, 64, rng), rng)
    ladder.warm_up(60)
    drawn = sampling.run(ladder, 60).log_odds[10:]
    for p in (0.1, 0.5, 0.9):
        errors = [
            np.sqrt(p * (1 - p) / ess_bulk(chains[..., None])[0])
            for chains in (augmented, drawn)
        ]
        below = (drawn < np.quantile(augmented, p)).mean()
        assert below == pytest.approx(p, abs=4 * np.hypot(*errors))


def test_the_paths_draw_what_the_prior_weighed_by_the_likelihood_is(rng, unchecked):
    """Two strata of few records; spread, and unlisted of the first stratum."""
    counts = np.array([[2, 1, 0, 1, 0, 0, 1], [0, 1, 2, 0, 0, 1, 0]])
    density = ClassDensity.of(THREE, counts, np.zeros(7), 2)
    prior = prior_states(density, 60_000, rng)
    weight = special.softmax(density.at(prior, np.ones(60_000)).log_likelihood)
    ladder = Ladder(density, np.ones(1), starts(density, 64, rng), rng)
    ladder.warm_up(40)
    drawn = sampling.run(ladder, 60)
    of_strata = drawn.watched[..., 1]
    spreads = np.array([density.worked(s).strata.log_spread[0] for s in drawn.states])
    weighed = density.classes_of(prior).log_odds_in_strata[0]
    pairs = [
        (weighed, of_strata),
        (density.worked(prior).strata.log_spread[0], spreads),
    ]
    worth = 1 / (weight**2).sum()
    for plain, chains in pairs:
        ess = ess_bulk(chains[..., None])[0]
        for p in (0.25, 0.5, 0.75):
            below = weight[plain < np.quantile(chains, p)].sum()
            error = np.sqrt(p * (1 - p) * (1 / worth + 1 / ess))
            assert below == pytest.approx(p, abs=4 * error)


def test_without_data_chances_are_uniform_and_sticks_are_beta(rng, unchecked):
    density = ClassDensity.of(THREE, np.ones((1, 7)), np.zeros(7), 3, 3.0, 3.0)
    ladder = Ladder(density, np.zeros(1), prior_states(density, 256, rng), rng)
    ladder.warm_up(20)
    states = sampling.run(ladder, 8).states[-1]
    on = density.classes_of(states).on
    assert stats.kstest(on.reshape(9, -1)[::4].ravel(), "uniform").pvalue > 1e-3
    concentration = draw_people(density, states, rng).concentration
    assert stats.kstest(concentration, stats.gamma(3, scale=1 / 3).cdf).pvalue > 1e-3


def test_strata_and_classes_hold_everybody(rng):
    counts = rng.integers(1, 9, (3, 7))
    unplaced = rng.integers(1, 9, 7)
    density = ClassDensity.of(THREE, counts, unplaced, 4)
    states = np.repeat(prior_states(density, 1, rng), 4000, axis=1)
    people = draw_people(density, states, rng)
    assert (people.unplaced.sum(axis=0) == unplaced.sum()).all()
    n = density.n_observed
    odds = np.exp(density.classes_of(states[:, :1]).log_odds[0])
    hidden = people.unlisted.sum(axis=0)
    law = stats.nbinom(n, 1 / (1 + odds))
    assert hidden.mean() == pytest.approx(law.mean(), abs=4 * law.std() / 4000**0.5)
    assert hidden.std() == pytest.approx(law.std(), rel=0.1)


def ranks_of_known_truth(rng, runs, warm_up, moves, records=60):
    """Rank of the log odds that made the records, among draws given the records."""
    ranks = []
    for _ in range(runs):
        truth = ClassDensity.of(THREE, np.ones((1, 7)), np.zeros(7), 3, 2.0, 2.0)
        state = prior_states(truth, 1, rng)
        classes = truth.classes_of(state)
        cells = truth.shares(classes)[:-1].sum(axis=1)[:, 0]
        counts = rng.multinomial(records, cells / cells.sum())
        density = ClassDensity.of(THREE, counts[None], np.zeros(7), 3, 2.0, 2.0)
        ladder = Ladder(density, np.ones(1), starts(density, 32, rng), rng)
        ladder.warm_up(warm_up)
        drawn = sampling.run(ladder, moves).log_odds[moves // 2 :: 4]
        ranks.append((drawn < classes.log_odds[0]).mean())
    return np.array(ranks)


def test_the_truth_is_anywhere_among_the_draws(rng, unchecked):
    ranks = ranks_of_known_truth(rng, 6, 30, 16)
    assert stats.kstest(ranks, "uniform").pvalue > 1e-3


@pytest.mark.slow
def test_the_truth_is_anywhere_among_the_draws_of_many_tables(rng, unchecked):
    ranks = ranks_of_known_truth(rng, 240, 60, 60)
    counted = np.bincount((ranks * 12).astype(int).clip(0, 11), minlength=12)
    assert stats.chisquare(counted).pvalue > 0.005

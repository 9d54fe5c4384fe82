"""Intervals and ranks of compositions whose truth is known, from the model's prior."""

import numpy as np
import pytest
from scipy import special

from conflictstats.models.civilian_share import DynamicShare
from conflictstats.numerics.uniformity import rank_tests
from conflictstats.simulate.shares import dead_by_category

pytestmark = pytest.mark.usefixtures("unchecked")
WEEKS, DRAWS, RARE = 20, 199, -np.log(0.05)
BONFERRONI = 1e-3
"""Smallest p-value of nine tests that is let pass: about one false alarm in a hundred
studies."""


def logits(places, rng):
    """Paths of both splits drawn from the prior, (weeks, place, 2)."""
    count = 1 if places == "independent" else 3
    steps = rng.normal(size=(WEEKS, count, 2)) * rng.exponential(1 / RARE, 2)
    shared = rng.normal(size=(WEEKS, 1, 2))
    if places == "joint":
        steps += shared * rng.exponential(1 / RARE, 2)
        steps[0] = rng.normal(0, 1.5, (count, 2))
    elif places == "parallel":
        steps = np.repeat(shared * rng.exponential(1 / RARE, 2), count, axis=1)
        level = rng.normal(size=(count, 2)) * rng.exponential(1.5 / RARE, 2)
        steps[0] = rng.normal(0, 1.5, 2) + level
    else:
        steps[0] = rng.normal(0, 1.5, (1, 2))
    return np.cumsum(steps, axis=0)


def simulated(places, rng, unknown=0.3, odds_ratio=None):
    """Weekly dead and their odds ratio, all from the prior unless given."""
    psi = np.exp(0.7 * rng.standard_normal()) if odds_ratio is None else odds_ratio
    return psi, dead_by_category(
        logits(places, rng),
        rng=rng,
        correlation=tuple(rng.beta(1, 3, 2)),
        dead=25,
        unknown=unknown,
        odds_ratio=psi,
    )


def ranks_of(places, rng):
    """Where the truth stands among the draws of one simulation, ties by lot.

    Of the shares of civilians and of government among those who died, and of the
    expected share of civilians in the middle week.
    """
    psi, weekly = simulated(places, rng)
    model = DynamicShare(denominator="all", places=places, sides=True, draws=DRAWS)
    fit = model.fit(weekly, rng=rng, strict=False)
    dead = fit.draws["deaths"]
    lost = weekly["deaths_unknown"] / dead
    known = weekly["share"]
    tilted = special.expit(special.logit(known) + np.log(psi))
    expected = known + lost * (tilted - known)
    middle = {"time": WEEKS // 2, "place": 0}
    pairs = [
        (fit.total_share(), weekly["civilians"].sum() / dead.sum()),
        (
            fit.total_share(category="government"),
            weekly["government"].sum() / dead.sum(),
        ),
        (
            fit.draws["share"].sel(category="civilians").isel(middle),
            expected.isel(middle),
        ),
    ]
    return [rank_among(draws.values, float(value), rng) for draws, value in pairs]


def rank_among(draws, value, rng):
    below, ties = (draws < value - 1e-12).sum(), (np.abs(draws - value) <= 1e-12).sum()
    return int(below + rng.integers(ties + 1))


@pytest.mark.slow
@pytest.mark.parametrize("places", ["independent", "parallel", "joint"])
def test_ranks_of_truths_from_the_prior_are_uniform(places):
    """Simulation-based calibration, 200 replicates; coverage within 3 standard errors.

    Talts et al. (2018), https://arxiv.org/abs/1804.06788.
    """
    rng = np.random.default_rng(21)
    ranks = np.array([ranks_of(places, rng) for _ in range(200)])
    inside = (ranks >= 10) & (ranks < 190)
    np.testing.assert_allclose(inside.mean(axis=0), 0.9, atol=3 * np.sqrt(0.09 / 200))
    for each in ranks.T:
        found = rank_tests(each, DRAWS)
        assert min(found.p_mean, found.p_variance, found.p_chi_square) > BONFERRONI


def coverage_where_civilians_are_lost(replicates, rng):
    """Whether each interval holds the share of those who died, (replicates, 4).

    Two in five are unknown, with four times the odds of being civilians: intervals that
    take the unknown for like the known, that know the odds ratio, that have its
    prior, and the bounds.
    """
    held = []
    for _ in range(replicates):
        _, weekly = simulated("independent", rng, unknown=0.4, odds_ratio=4.0)
        model = DynamicShare(denominator="all", draws=DRAWS)
        fit = model.fit(weekly, rng=rng, strict=False)
        truth = weekly["civilians"].sum().item() / fit.draws["deaths"].sum().item()
        curve = fit.sensitivity((0.0, 1.0, 4.0, np.inf), rng=rng)
        lower, upper = curve["lower"].values, curve["upper"].values
        prior = fit.total_share().quantile([0.05, 0.95]).values
        bands = [(lower[1], upper[1]), (lower[2], upper[2]), prior]
        bands.append((lower[0], upper[3]))
        held.append([low - 1e-12 <= truth <= high + 1e-12 for low, high in bands])
    return np.mean(held, axis=0)


def test_who_takes_lost_civilians_for_like_the_known_misses_the_truth():
    """Within three binomial standard errors of twelve simulations."""
    found = coverage_where_civilians_are_lost(12, np.random.default_rng(4))
    alike, right, _, bounds = found
    assert alike <= 0.5
    assert right >= 0.9 - 3 * np.sqrt(0.09 / 12)
    assert bounds == 1


@pytest.mark.slow
def test_who_takes_lost_civilians_for_like_the_known_misses_the_truth_at_length():
    found = coverage_where_civilians_are_lost(200, np.random.default_rng(5))
    alike, right, prior, bounds = found
    assert alike < 0.3
    assert abs(right - 0.9) < 3 * np.sqrt(0.09 / 200)
    # the truth is two standard deviations out in the prior, at its 97.6th percentile
    assert prior > alike + 0.2
    assert bounds == 1

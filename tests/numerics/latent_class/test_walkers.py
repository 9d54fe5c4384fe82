import numpy as np
import pytest

from conflictstats.numerics.latent_class.sampling import DOUBTFUL, Sampled
from conflictstats.numerics.latent_class.walkers import worth
from conflictstats.numerics.sampling.diagnostics import rhat

SLOTS, WALKERS, MOVES = 16, 96, 180


@pytest.fixture
def visits(rng):
    """Which of many walkers is at the power 1, all of which exchange freely."""
    return np.array([rng.permutation(WALKERS)[:SLOTS] for _ in range(MOVES)])


def sampled(values, walkers):
    nothing = np.empty((MOVES, 1, SLOTS))
    return Sampled(nothing, values[..., None], walkers, True, 0.8, 0.3)


def test_walkers_that_never_move_are_seen_behind_their_exchanges(rng, visits):
    """Chains agree perfectly, because all visit the same few places."""
    stuck = rng.standard_normal(WALKERS)[visits]
    assert rhat(stuck[..., None])[0] < 1.01
    found = sampled(stuck, visits)
    assert found.rhat > DOUBTFUL
    assert found.ess_bulk == pytest.approx(WALKERS, rel=0.4)
    assert not found.settled


def test_walkers_that_forget_at_once_are_worth_all_their_draws(rng, visits):
    free = rng.standard_normal(visits.shape)
    found = sampled(free, visits)
    assert found.rhat < 1.02
    assert found.ess_bulk == pytest.approx(free.size, rel=0.4)
    assert found.settled


def test_the_variance_of_the_mean_is_that_of_walkers_that_remember_some(rng):
    """Twenty draws of each: a part of the walker, a part of the moment; many times."""
    walkers = np.repeat(np.arange(400), 20)
    draws = 0.5 * rng.standard_normal(400)[walkers] + rng.standard_normal(8000)
    expected = 8000 * (1 + 0.5**2) / (1 + 20 * 0.5**2)
    assert worth(draws, walkers)[0] == pytest.approx(expected, rel=0.25)


def test_names_of_walkers_do_not_matter(rng, visits):
    draws = rng.standard_normal(WALKERS)[visits] + rng.standard_normal(visits.shape)
    other = rng.permutation(WALKERS)[visits]
    np.testing.assert_allclose(
        worth(draws.ravel(), visits.ravel()), worth(draws.ravel(), other.ravel())
    )


def test_draws_that_never_move_are_worth_nothing_that_can_be_told():
    assert np.isnan(worth(np.ones(40), np.arange(40) % 8)).all()


def test_places_in_which_walkers_are_stuck_are_no_regions(rng):
    """Two dozen places make hills by chance, and exchanges show each many times."""
    turns = np.array([rng.permutation(24)[:SLOTS] for _ in range(MOVES)])
    found = [
        len(sampled(rng.standard_t(4, 24)[turns], turns).valleys) for _ in "x" * 20
    ]
    assert np.count_nonzero(found) <= 3


def test_regions_that_walkers_never_leave_are_told_where_they_move_inside(rng, visits):
    region = np.where(np.arange(WALKERS) < 40, 0.0, 5.0)
    (cut,) = sampled(region[visits] + rng.standard_normal(visits.shape), visits).valleys
    assert 1.5 < cut < 3.5

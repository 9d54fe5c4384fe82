"""Draws of the posterior of latent classes, and how far the chains agree."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.latent_class.density import ClassDensity
from conflictstats.numerics.latent_class.hamiltonian import Ladder, starts
from conflictstats.numerics.latent_class.regions import valleys
from conflictstats.numerics.latent_class.walkers import worth
from conflictstats.numerics.sampling.diagnostics import ess_bulk, ess_tail, rhat

POWERS = np.array([1.0, 0.85, 0.72, 0.61, 0.52, 0.44])
"""Of the likelihood: neighbours exchange states, the last seldom see the data."""
EACH = 16
"""Chains a rung."""
CHAINS = 64
"""Chains of the posterior once regions are known to be one."""
WARM_UP, FIRST, ROUND = 80, 40, 60
"""Moves to find step sizes, moves by which the ladder is judged, moves a round."""
MOST_ROUNDS = 3
AGREE, DOUBTFUL = 1.03, 1.05
"""R-hat below which no more draws are taken, and above which chains disagree."""
ENOUGH = 1000.0
"""Effective draws that are wanted, of the centre and of the ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Draws and diagnostics.

    Attributes
    ----------
    states : ndarray, shape (moves, size, chains)
        Working values of the chains of the posterior.
    watched : ndarray, shape (moves, chains, 1 or 1 + strata)
        Log odds of being on no list, then those of being on none and in a stratum; of
        these the diagnostics are, each of the worst.
    walkers : ndarray of int, shape (moves, chains)
        By which walker of the ladder each state was brought.
    tempered : bool
        Whether a ladder of powers made them, because chains disagreed or regions were
        found. What the draws are worth is then judged by walkers too.
    acceptance, swaps : float
        Share of paths, and of exchanges between rungs, that were taken.

    References
    ----------
    .. [1] Vats, D. and Knudson, C. (2021). Revisiting the Gelman-Rubin diagnostic.
       *Statistical Science* 36(4), 518-529. https://doi.org/10.1214/20-STS812
    """

    states: FloatArray
    watched: FloatArray
    walkers: IntArray
    tempered: bool
    acceptance: float
    swaps: float

    @property
    def log_odds(self) -> FloatArray:
        """Log odds of being on no list, shape (moves, chains)."""
        return np.asarray(self.watched[..., 0])

    @property
    def rhat(self) -> float:
        """Rank-normalised split R-hat."""
        return float(self._rhat().max())

    @property
    def ess_bulk(self) -> float:
        """Effective draws for the centre."""
        return float(self._worth()[0].min())

    @property
    def ess_tail(self) -> float:
        """Effective draws for the ends of a 90 % interval."""
        return float(self._worth()[1].min())

    @property
    def valleys(self) -> FloatArray:
        """Log odds between separate regions, ascending.

        Chains that seldom pass between regions can know well how each is shaped, while
        chains that do not move make hills by chance; so evidence counts by what draws
        are worth inside the hills that a first look shows.
        """
        values, walkers = self.log_odds.ravel(), self.walkers.ravel()
        seen = valleys(values, float(values.size))
        if not len(seen):
            return seen
        hill = np.searchsorted(seen, values)
        inside = [
            worth(values[hill == h], walkers[hill == h])[0] for h in np.unique(hill)
        ]
        effective = float(np.clip(np.nansum(inside), 1, values.size))
        return valleys(values, effective, hill)

    @property
    def united(self) -> bool:
        """Whether chains agree about everybody and lie in one region."""
        return bool(self._rhat()[0] < DOUBTFUL) and not len(self.valleys)

    @property
    def settled(self) -> bool:
        """Whether there is nothing to be gained from more draws."""
        return self.rhat < AGREE and float(self._worth().min()) >= ENOUGH

    def _worth(self) -> FloatArray:
        """Effective draws for the centre and for the ends, (2, watched)."""
        apart = np.array([ess_bulk(self.watched), ess_tail(self.watched)])
        if not self.tempered:
            return apart
        each = np.moveaxis(self.watched, -1, 0)
        walked = [worth(one.ravel(), self.walkers.ravel()) for one in each]
        return np.minimum(apart, np.transpose(walked))

    def _rhat(self) -> FloatArray:
        """R-hat of each watched; on a ladder at least what their worth implies [1]_."""
        found = rhat(self.watched)
        if not self.tempered:
            return found
        return np.maximum(found, np.sqrt(1 + self.walkers.shape[1] / self._worth()[0]))


def sample_classes(density: ClassDensity, rng: Generator) -> Sampled:
    """Draw from the posterior, tempered where its regions ask for it.

    A ladder from dispersed starts comes first. Where its chains agree and lie in one
    region, more chains go on from there at the power 1; else the ladder goes on. It
    ends when the chains agree and are worth enough, or after three rounds.

    Parameters
    ----------
    density : ClassDensity
        The posterior.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Sampled
        Of the last stage.
    """
    ladder = Ladder(density, POWERS, starts(density, EACH * len(POWERS), rng), rng)
    ladder.warm_up(WARM_UP)
    first = run(ladder, FIRST)
    if first.united:
        ladder = _cooled(ladder, first, rng)
    found = run(ladder, ROUND)
    for _ in range(MOST_ROUNDS - 1):
        if not found.settled:
            found = joined(found, run(ladder, ROUND))
    return found


def run(ladder: Ladder, moves: int) -> Sampled:
    """Move all chains and keep those of the posterior.

    Parameters
    ----------
    ladder : Ladder
        Chains; they go on from where they are.
    moves : int
        Moves.

    Returns
    -------
    Sampled
        One draw a move and chain.
    """
    states = np.empty((moves, ladder.density.size, ladder.each))
    walkers = np.empty((moves, ladder.each), int)
    accepted, swapped = np.empty((2, moves))
    watched = []
    for turn in range(moves):
        ladder.move()
        accepted[turn] = ladder.accepted[: ladder.each].mean()
        ladder.exchange()
        swapped[turn] = ladder.swapped.mean() if ladder.swapped.size else np.nan
        states[turn], walkers[turn] = ladder.cold(), ladder.walkers[: ladder.each]
        watched.append(_watched(ladder))
    tempered = len(ladder.powers) > 1
    return Sampled(
        states, np.array(watched), walkers, tempered, accepted.mean(), swapped.mean()
    )


def joined(first: Sampled, second: Sampled) -> Sampled:
    """Draws of the same chains, one run after the other.

    Parameters
    ----------
    first, second : Sampled
        Runs of the same ladder.

    Returns
    -------
    Sampled
        Both.
    """
    return Sampled(
        np.concatenate([first.states, second.states]),
        np.concatenate([first.watched, second.watched]),
        np.concatenate([first.walkers, second.walkers]),
        first.tempered,
        (first.acceptance + second.acceptance) / 2,
        (first.swaps + second.swaps) / 2,
    )


def _watched(ladder: Ladder) -> FloatArray:
    """Log odds whose chains are to agree, shape (chains, 1 or 1 + strata)."""
    found = ladder.density.classes_of(ladder.cold())
    return np.column_stack([found.log_odds, *found.log_odds_in_strata])


def _cooled(ladder: Ladder, first: Sampled, rng: Generator) -> Ladder:
    """Chains of the posterior alone, from places that the ladder has visited."""
    late = first.states[FIRST // 2 :]
    turn = rng.integers(len(late), size=CHAINS)
    chain = np.arange(CHAINS) % ladder.each
    cooled = Ladder(ladder.density, POWERS[:1], late[turn, :, chain].T, rng)
    cooled.steps[:] = ladder.steps[0]
    return cooled

"""Draws of the posterior of latent classes, and how far the chains agree."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from conflictstats._typing import FloatArray
from conflictstats.numerics.latent_class.density import ClassDensity
from conflictstats.numerics.latent_class.hamiltonian import Ladder, starts
from conflictstats.numerics.latent_class.regions import valleys
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
    log_odds : ndarray, shape (moves, chains)
        Log odds of being on no list.
    tempered : bool
        Whether a ladder of powers made them, because chains disagreed or regions were
        found.
    acceptance, swaps : float
        Share of paths, and of exchanges between rungs, that were taken.
    """

    states: FloatArray
    log_odds: FloatArray
    tempered: bool
    acceptance: float
    swaps: float

    @property
    def rhat(self) -> float:
        """Rank-normalised split R-hat of the log odds."""
        return float(rhat(self.log_odds[..., None])[0])

    @property
    def ess_bulk(self) -> float:
        """Effective draws of the log odds for the centre."""
        return float(ess_bulk(self.log_odds[..., None])[0])

    @property
    def ess_tail(self) -> float:
        """Effective draws of the log odds for the ends of a 90 % interval."""
        return float(ess_tail(self.log_odds[..., None])[0])

    @property
    def valleys(self) -> FloatArray:
        """Log odds between separate regions, ascending.

        Where chains disagree it is asked where they lie, not what that proves.
        """
        worth = self.ess_bulk if self.rhat < DOUBTFUL else self.log_odds.size / 5
        return valleys(self.log_odds.ravel(), worth)

    @property
    def settled(self) -> bool:
        """Whether there is nothing to be gained from more draws."""
        enough = min(self.ess_bulk, self.ess_tail) >= ENOUGH
        return self.rhat < AGREE and enough


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
    if first.rhat < DOUBTFUL and not len(first.valleys):
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
    odds = np.empty((moves, ladder.each))
    accepted, swapped = np.empty((2, moves))
    for turn in range(moves):
        ladder.move()
        accepted[turn] = ladder.accepted[: ladder.each].mean()
        ladder.exchange()
        swapped[turn] = ladder.swapped.mean() if ladder.swapped.size else np.nan
        states[turn], odds[turn] = ladder.cold(), ladder.log_odds()
    tempered = len(ladder.powers) > 1
    return Sampled(states, odds, tempered, accepted.mean(), swapped.mean())


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
        np.concatenate([first.log_odds, second.log_odds]),
        first.tempered,
        (first.acceptance + second.acceptance) / 2,
        (first.swaps + second.swaps) / 2,
    )


def _cooled(ladder: Ladder, first: Sampled, rng: Generator) -> Ladder:
    """Chains of the posterior alone, from places that the ladder has visited."""
    late = first.states[FIRST // 2 :]
    turn = rng.integers(len(late), size=CHAINS)
    chain = np.arange(CHAINS) % ladder.each
    cooled = Ladder(ladder.density, POWERS[:1], late[turn, :, chain].T, rng)
    cooled.steps[:] = ladder.steps[0]
    return cooled

"""Hamiltonian chains on a ladder of powers of the likelihood, all at once."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from conflictstats._typing import FloatArray
from conflictstats.numerics.latent_class.density import ClassDensity
from conflictstats.numerics.latent_class.labels import relabelled
from conflictstats.numerics.latent_class.strata import Strata

LENGTH = 3.0
"""Length of a path in working values, whose prior has a spread of one to two."""
FEWEST_STEPS, MOST_STEPS = 8, 120
JITTER = 0.4
ACCEPTANCE = 0.8
FIRST_STEP = 0.01
SWAPS = 8
"""Offers to swap two labels, at every exchange."""
LOW, HIGH = np.log(0.3), np.log(3.0)
"""Logs of the concentration, and of the spread of strata as a part of its prior mean,
between which the starts are dispersed."""


class Ladder:
    """Chains at several powers of the likelihood, which exchange their states.

    Every move is one Hamiltonian path [1]_ of all chains; ``exchange`` swaps states of
    neighbouring rungs [2]_, by which a chain of the posterior can pass between regions.

    Attributes
    ----------
    states : ndarray, shape (size, chains)
        Working values, rung after rung.
    powers : ndarray, shape (rungs,)
        Of the likelihood; the first is 1.
    steps : ndarray, shape (rungs,)
        Step size of each rung.
    walkers : ndarray of int, shape (chains,)
        Which start each state has come from, along all exchanges.

    References
    ----------
    .. [1] Neal, R. M. (2011). MCMC using Hamiltonian dynamics. *Handbook of Markov
       Chain Monte Carlo*, ch. 5. https://doi.org/10.1201/b10905-6
    .. [2] Geyer, C. J. (1991). Markov chain Monte Carlo maximum likelihood. *Computing
       Science and Statistics* 23, 156-163. https://hdl.handle.net/11299/58440

    Examples
    --------
    Two lists that share a third of each: one class, in all
    5,000 x 5,000 / 2,000.

    >>> density = ClassDensity.of(
    ...     np.array([[1, 0], [0, 1], [1, 1]], bool),
    ...     np.array([[3000, 3000, 2000]]),
    ...     np.zeros(3),
    ...     1,
    ... )
    >>> rng = np.random.default_rng(1)
    >>> ladder = Ladder(density, np.ones(1), starts(density, 64, rng), rng)
    >>> ladder.warm_up(60)
    >>> ladder.move()
    >>> total = 8000 * (1 + np.exp(ladder.log_odds()).mean())
    >>> bool(abs(total - 12_500) < 100)
    True
    """

    def __init__(
        self,
        density: ClassDensity,
        powers: Float[np.ndarray, " rungs"],
        states: Float[np.ndarray, "size chains"],
        rng: Generator,
    ) -> None:
        self.density, self.powers, self.rng = density, powers, rng
        self.each = states.shape[1] // len(powers)
        self.power = np.repeat(powers, self.each)
        self.steps = np.full(len(powers), FIRST_STEP)
        self.accepted = np.zeros(len(self.power))
        self.swapped = np.zeros(len(powers) - 1)
        self.walkers = np.arange(len(self.power))
        self._turn = 0
        self.states = states
        self.look = density.at(states, self.power)

    def warm_up(self, moves: int) -> None:
        """Adapt the step size of each rung along short paths.

        Parameters
        ----------
        moves : int
            Number of moves.
        """
        for turn in range(moves):
            self.move(LENGTH / 4)
            mean = self.accepted.reshape(-1, self.each).mean(axis=1)
            speed = max(0.05, 1.5 / np.sqrt(turn + 1))
            self.steps *= np.exp((mean - ACCEPTANCE) * speed)
            self.exchange()

    def move(self, length: float = LENGTH) -> None:
        """One path for every chain, of a jittered length.

        A path that runs off to where the density cannot be computed is refused.

        Parameters
        ----------
        length : float
            Mean length of the path of the coldest rung, as far as the most steps that
            are taken allow.
        """
        turns = self.rng.uniform(1 - JITTER, 1 + JITTER) * length / self.steps[0]
        count = int(np.clip(turns, FEWEST_STEPS, MOST_STEPS))
        chains = len(self.power)
        step = np.repeat(self.steps, self.each) * self.rng.uniform(
            1 - JITTER, 1 + JITTER, chains
        )
        push = self.rng.standard_normal(self.states.shape)
        energy = self.look.value - 0.5 * (push**2).sum(axis=0)
        there, look = self.states.copy(), self.look
        with np.errstate(all="ignore"):
            push += 0.5 * step * look.slope
            for turn in range(count):
                there += step * push
                look = self.density.at(there, self.power)
                push += (step if turn < count - 1 else 0.5 * step) * look.slope
            energy_there = look.value - 0.5 * (push**2).sum(axis=0)
        gain = np.where(np.isfinite(energy_there), energy_there, -np.inf) - energy
        self.accepted = np.exp(np.minimum(gain, 0))
        taken = self.rng.random(chains) < self.accepted
        self.states = np.where(taken, there, self.states)
        self.look = type(look)(
            *(
                np.where(taken, new, old)
                for new, old in zip(look, self.look, strict=True)
            )
        )

    def exchange(self) -> None:
        """Offer swaps of labels, then of states with the next rung, every other one."""
        self._turn += 1
        likelihood = self.look.log_likelihood.reshape(-1, self.each)
        order = np.arange(len(self.power)).reshape(-1, self.each)
        for low in range(self._turn % 2, len(self.powers) - 1, 2):
            partner = self.rng.permutation(self.each)
            warmer = self.powers[low] - self.powers[low + 1]
            gain = warmer * (likelihood[low + 1, partner] - likelihood[low])
            taken = np.log(self.rng.random(self.each)) < gain
            cold, warm = order[low].copy(), order[low + 1, partner]
            order[low] = np.where(taken, warm, cold)
            order[low + 1, partner] = np.where(taken, cold, warm)
            self.swapped[low] = taken.mean()
        states = self.states[:, order.ravel()]
        self.walkers = self.walkers[order.ravel()]
        self.states = relabelled(self.density, states, SWAPS, self.rng)
        self.look = self.density.at(self.states, self.power)

    def log_odds(self) -> FloatArray:
        """Log odds of being on no list, of the chains of the posterior.

        Returns
        -------
        ndarray, shape (each,)
            As the states are now.
        """
        return self.density.classes_of(self.cold()).log_odds

    def cold(self) -> FloatArray:
        """States of the chains of the posterior.

        Returns
        -------
        ndarray, shape (size, each)
            Working values.
        """
        return self.states[:, : self.each]


def starts(density: ClassDensity, chains: int, rng: Generator) -> FloatArray:
    """Dispersed states: chances around the lists' sizes, many classes or few.

    Parameters
    ----------
    density : ClassDensity
        The posterior.
    chains : int
        Number of states.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (size, chains)
        Working values.

    Examples
    --------
    >>> density = ClassDensity.of(np.ones((1, 2), bool), np.ones((1, 1)), np.ones(1), 5)
    >>> starts(density, 8, np.random.default_rng(1)).shape
    (14, 8)
    """
    on = density.counts @ density.design[:-1, : density.n_lists] / density.n_observed
    likely = np.clip(on / 2, 0.02, 0.9)
    centre = np.log(likely / (1 - likely))[:, None, None]
    states = np.empty((density.size, chains))
    worked = density.worked(states)
    worked.logits[:] = centre + rng.standard_normal(worked.logits.shape)
    evenness, spread = rng.uniform(LOW, HIGH, (2, chains))
    worked.sticks[:] = np.log(rng.exponential(size=worked.sticks.shape)) - evenness
    _disperse(worked.strata, np.log(density.spread) + spread, rng)
    return states


def prior_states(density: ClassDensity, chains: int, rng: Generator) -> FloatArray:
    """States drawn from the prior.

    Parameters
    ----------
    density : ClassDensity
        Of which only the prior is used.
    chains : int
        Number of states.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (size, chains)
        Working values.

    Examples
    --------
    Chances to be listed are uniform:

    >>> density = ClassDensity.of(np.ones((1, 2), bool), np.ones((1, 1)), np.ones(1), 5)
    >>> states = prior_states(density, 4000, np.random.default_rng(1))
    >>> float(density.classes_of(states).on.std().round(2))
    0.29
    """
    states = np.empty((density.size, chains))
    worked = density.worked(states)
    worked.logits[:] = rng.logistic(size=worked.logits.shape)
    concentration = rng.gamma(density.shape, 1 / density.rate, chains)
    worked.sticks[:] = np.log(rng.exponential(size=worked.sticks.shape))
    worked.sticks[:] -= np.log(np.maximum(concentration, np.finfo(float).tiny))
    _disperse(worked.strata, np.log(rng.exponential(density.spread, chains)), rng)
    return states


def _disperse(strata: Strata, log_spread: FloatArray, rng: Generator) -> None:
    """Write draws of the prior of strata, given their spread, shape (chains,)."""
    strata.deviations[:] = rng.standard_normal(strata.deviations.shape)
    strata.sizes[:] = np.log(rng.exponential(size=strata.sizes.shape))
    strata.log_spread[:] = log_spread

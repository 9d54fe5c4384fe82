"""Hamiltonian Monte Carlo, many chains at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from conflictstats._typing import FloatArray
from conflictstats.numerics.sampling import diagnostics

Target: TypeAlias = Callable[[FloatArray], tuple[FloatArray, FloatArray]]

ACCEPTANCE = 0.8
GAIN = 1.5
"""Change of the log step, for each unit of acceptance too much, at the first move."""
FIRST_STEP, LONGEST_STEP = 0.2, 1.0
FARTHEST, HALVINGS = 1.5, 6
"""How much lower than at the centre the log density may be where families start, for
each coordinate (a standard normal is .5 lower), and how often they come nearer."""
RIDGE = 1e-6
DIFFERENCE = 1e-4
ENOUGH_STATES = 4
"""States for each coordinate, from which new coordinates are made."""
FLATTEST = 0.1
"""Smallest curvature that is believed; flatter axes are explored step by step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long is moved, by how many chains.

    Attributes
    ----------
    chains, families : int
        Chains, and the places at which they start.
    spread : float
        How far apart these are, in standard deviations that the Hessian tells.
    stretches : tuple of int
        Moves before each new choice of the scales of the coordinates.
    warm_ups : tuple of int
        Moves before each new choice of the coordinates, after these.
    last : int
        Moves after the last of them, in which the step size is found.
    thin : int
        Moves for each state that is kept.
    most_steps : int
        Steps of the longest move, which is at most about half a turn.
    fewest : int
        States kept of each chain even where fewer draws are wanted: R-hat and the
        effective number of draws need them.
    rounds : int
        How often as much is kept, at most.
    enough : float
        R-hat above which another round is kept, in coordinates that come from what was
        kept before.
    effective : int
        Effective number of draws of every coordinate below which another round is
        kept; no more than there are draws wanted.
    """

    chains: int = 64
    families: int = 4
    spread: float = 0.5
    stretches: tuple[int, ...] = ()
    warm_ups: tuple[int, ...] = (40, 40, 70)
    last: int = 30
    thin: int = 5
    most_steps: int = 20
    fewest: int = 16
    rounds: int = 1
    enough: float = 1.05
    effective: int = 0


PLAN = Plan()


@dataclass(frozen=True, slots=True)
class Sample:
    """Draws of all chains and how well they agree.

    Attributes
    ----------
    draws : ndarray, shape (draws, k)
        Kept states, chains mixed.
    rhat : float
        Largest nested R-hat of any coordinate; near 1 when families of chains that
        started at different places agree.
    effective : float
        Smallest effective number of draws of any coordinate, of all that were kept.
    acceptance : float
        Share of proposals that were taken after the warm-up.
    """

    draws: FloatArray
    rhat: float
    effective: float
    acceptance: float


def sample(
    target: Target,
    start: Float[np.ndarray, " k"],
    draws: int,
    rng: Generator,
    plan: Plan = PLAN,
) -> Sample:
    """Draw from a smooth density that is not far from one Gaussian.

    Families of chains start around ``start``, each family at a place of its own. The
    Hessian at ``start`` sets the scale of the first moves, the states that were visited
    that of the others. In coordinates of that scale a path turns as it would for a
    standard normal, which costs no error however long the step, and is pushed by what
    is left of the slope [3]_.

    Parameters
    ----------
    target : callable
        From states, shape (chains, k), to log densities (chains,) and their gradients
        (chains, k).
    start : ndarray, shape (k,)
        A place where the density is high, such as its mode.
    draws : int
        Number of draws to keep, over all chains.
    rng : numpy.random.Generator
        Source of randomness.
    plan : Plan
        How long is moved. Where the Hessian at ``start`` is a good guide, warm-ups
        that choose other coordinates can be left out.

    Returns
    -------
    Sample
        Draws with diagnostics.

    References
    ----------
    .. [1] Neal, R. M. (2011). MCMC using Hamiltonian dynamics. *Handbook of Markov
       Chain Monte Carlo*, ch. 5. https://doi.org/10.1201/b10905-6
    .. [2] Margossian, C. C. et al. (2024). Nested R-hat: assessing the convergence of
       Markov chain Monte Carlo when running many short chains. *Bayesian Analysis*.
       https://doi.org/10.1214/24-BA1453
    .. [3] Shahbaba, B., Lan, S., Johnson, W. O. and Neal, R. M. (2014). Split
       Hamiltonian Monte Carlo. *Statistics and Computing* 24, 339-349.
       https://doi.org/10.1007/s11222-012-9373-1

    Examples
    --------
    A normal with standard deviations one and ten:

    >>> sd = np.array([1.0, 10.0])
    >>> drawn = sample(
    ...     lambda at: (-0.5 * ((at / sd) ** 2).sum(axis=1), -at / sd**2),
    ...     np.ones(2),
    ...     4000,
    ...     np.random.default_rng(1),
    ... )
    >>> (drawn.draws.std(axis=0) / sd).round(1), drawn.rhat < 1.05
    (array([1., 1.]), True)
    """
    chains = _Chains(target, start, _axes(target, start), rng, plan)
    for length in plan.stretches:
        states = np.array([chains.adapt() for _ in range(length)])
        chains.stretch(states[length // 3 :].reshape(-1, start.size))
    for length in plan.warm_ups:
        states = np.array([chains.adapt() for _ in range(length)])
        chains.reshape(states[length // 3 :].reshape(-1, start.size))
    length = max(-(-draws // plan.chains), plan.fewest)
    chains.find_step(plan.last)
    drawn, accepted = np.empty((0, plan.chains, start.size)), []
    for turn in range(plan.rounds):
        more, acceptance = chains.keep(length, plan.thin)
        drawn = np.concatenate([drawn, more])
        accepted.append(acceptance)
        rhat = float(diagnostics.nested_rhat(drawn, plan.families).max())
        effective = float(diagnostics.ess_bulk(drawn).min())
        agree = rhat <= plan.enough
        if agree and effective >= min(plan.effective, draws):
            break
        known = drawn[..., 0].size > ENOUGH_STATES * start.size
        if not agree and known and turn < plan.rounds - 1:
            chains.reshape(drawn.reshape(-1, start.size))
            chains.find_step(plan.last)
    mixed = rng.permutation(drawn.reshape(-1, start.size))
    return Sample(mixed[:draws], rhat, effective, float(np.mean(accepted)))


class _Chains:
    """States of all chains in coordinates in which the target is about round."""

    def __init__(
        self,
        target: Target,
        centre: FloatArray,
        axes: FloatArray,
        rng: Generator,
        plan: Plan,
    ) -> None:
        self.target, self.rng, self.most_steps = target, rng, plan.most_steps
        self.step = FIRST_STEP
        self.centre, self.axes = centre, axes
        self._restart(np.repeat(self._places(plan), plan.chains // plan.families, 0))

    def _places(self, plan: Plan) -> FloatArray:
        """Where families start: nearer to the centre where that is far too unlikely."""
        size = self.centre.size
        places = plan.spread * self.rng.standard_normal((plan.families, size))
        with np.errstate(all="ignore"):
            lowest = self._look(np.zeros((1, size)))[0] - FARTHEST * size
            for _ in range(HALVINGS):
                far = ~(self._look(places)[0] > lowest)
                if not far.any():
                    break
                places[far] /= 2
        return places

    def _restart(self, state: FloatArray) -> None:
        """Start from these states with a step size to be found again."""
        self.state = state
        self.value, self.slope = self._look(state)
        self.log_steps: list[float] = []

    def _look(self, state: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log density and gradient in the round coordinates."""
        value, slope = self.target(self.centre + state @ self.axes.T)
        return value, slope @ self.axes

    def states(self) -> FloatArray:
        """States of the target, shape (chains, k)."""
        return self.centre + self.state @ self.axes.T

    def stretch(self, seen: FloatArray) -> None:
        """Take new scales along the axes from states that were visited, (n, k)."""
        along = np.linalg.solve(self.axes, (seen - self.centre).T)
        middle, scale = along.mean(axis=1), along.std(axis=1)
        self.centre = self.centre + self.axes @ middle
        self.axes = self.axes * scale
        self._restart((self.state - middle) / scale)

    def reshape(self, seen: FloatArray) -> None:
        """Take new coordinates from states that were visited, shape (n, k)."""
        now = self.states()
        self.centre = seen.mean(axis=0)
        spread = np.atleast_2d(np.cov(seen, rowvar=False))
        ridge = RIDGE * np.eye(self.centre.size) * np.trace(spread) / self.centre.size
        self.axes = np.linalg.cholesky(spread + ridge).astype(float)
        state = np.linalg.solve(self.axes, (now - self.centre).T).T
        self._restart(state.astype(float))

    def adapt(self) -> FloatArray:
        """Move, then bring the step size nearer to the wanted acceptance."""
        more = GAIN * (self.move() - ACCEPTANCE) / (len(self.log_steps) + 1) ** 0.6
        self.step = min(self.step * float(np.exp(more)), LONGEST_STEP)
        self.log_steps.append(float(np.log(self.step)))
        return self.states()

    def settle(self) -> None:
        """Fix the step size at its mean over the second half of the adaptation."""
        half = self.log_steps[len(self.log_steps) // 2 :]
        self.step = float(np.exp(np.mean(half)))

    def find_step(self, moves: int) -> None:
        """Adapt over so many moves, then keep the step size."""
        self.log_steps = []
        for _ in range(moves):
            self.adapt()
        self.settle()

    def keep(self, length: int, thin: int) -> tuple[FloatArray, float]:
        """States (length, chains, k), one in so many moves, and the acceptance."""
        kept, accepted = [], []
        for turn in range(thin * length):
            accepted.append(self.move())
            if turn % thin == thin - 1:
                kept.append(self.states())
        return np.array(kept), float(np.mean(accepted))

    def move(self) -> float:
        """One proposal for every chain; gives the mean chance that it is taken.

        A path that runs off to where the density cannot be computed is refused.
        """
        push = self.rng.standard_normal(self.state.shape)
        energy = self.value - 0.5 * (push**2).sum(axis=1)
        length = self.step * self.rng.uniform(0.7, 1.3)
        along, across = np.cos(length), np.sin(length)
        there, slope, value = self.state, self.slope, self.value
        with np.errstate(all="ignore"):
            for _ in range(self._steps()):
                push = push + 0.5 * length * (slope + there)
                there, push = (
                    along * there + across * push,
                    along * push - across * there,
                )
                value, slope = self._look(there)
                push = push + 0.5 * length * (slope + there)
            energy_there = value - 0.5 * (push**2).sum(axis=1)
        gain = np.where(np.isfinite(energy_there), energy_there, -np.inf) - energy
        chance = np.exp(np.minimum(gain, 0))
        taken = self.rng.random(len(push)) < chance
        self.state = np.where(taken[:, None], there, self.state)
        self.value = np.where(taken, value, self.value)
        self.slope = np.where(taken[:, None], slope, self.slope)
        return float(chance.mean())

    def _steps(self) -> int:
        """Steps of a move: between a quarter and half a turn, if so many may be."""
        most = int(min(self.most_steps, np.ceil(np.pi / self.step)))
        return int(self.rng.integers(-(-most // 2), most + 1))


def _axes(target: Target, at: FloatArray) -> FloatArray:
    """Axes in which the target is about standard normal near ``at``, as columns."""
    moves = DIFFERENCE * np.eye(at.size)
    bend = (target(at + moves)[1] - target(at - moves)[1]) / (2 * DIFFERENCE)
    values, vectors = np.linalg.eigh(-(bend + bend.T) / 2)
    return vectors / np.sqrt(np.maximum(values, FLATTEST))

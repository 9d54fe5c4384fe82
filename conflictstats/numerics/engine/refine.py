"""Markov chains on the exact posterior, carried by its Laplace approximation."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.numerics.engine.bordered import Factor, Vector
from conflictstats.numerics.engine.grid import Grid
from conflictstats.numerics.engine.mode import Mode, find_mode
from conflictstats.numerics.engine.posterior import Posterior
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.engine.search import Place, Search
from conflictstats.numerics.engine.survey import FARTHEST
from conflictstats.numerics.sampling import diagnostics

CHAINS = 16
WARM_UP = 60
THIN = 4
FEWEST_KEPT = 32
"""States kept of each chain even where fewer draws are wanted: R-hat needs them."""
TURN = 4
"""Kicks in one sweep of the field, which turns it by a quarter of a circle."""
WANTED = 0.4
"""Share of random steps of the hyperparameters that should be taken."""
TAILS = 5.0
"""Degrees of freedom of the law from which far moves of them are drawn."""


@dataclass(frozen=True, slots=True)
class Refined:
    """Draws from the exact posterior and how well the chains agree.

    Attributes
    ----------
    posterior : Posterior
        Draws; its Pareto k is that of the approximation from which the chains came.
    rhat : float
        Largest rank-normalised split R-hat of hyperparameters and nodes.
    ess : float
        Smallest bulk effective number of draws of them.
    acceptance : float
        Smaller of the shares of moves taken, of field and hyperparameters.
    """

    posterior: Posterior
    rhat: float
    ess: float
    acceptance: float


def refine(
    problem: Problem,
    grid: Grid,
    posterior: Posterior,
    draws: int,
    rng: np.random.Generator,
) -> Refined:
    r"""Sample the exact posterior of one series from its approximation on.

    Chains start at draws of the approximation. In a sweep, hyperparameters move by a
    random step that carries the field along the map
    :math:`x \mapsto \hat x(\theta) + L(\theta)^{-\top} u`, whose Jacobian is in the
    acceptance; then the field moves by Hamiltonian dynamics in which the Gaussian part
    is solved exactly, so that only its error is left to be refused [1]_. Nothing of the
    approximation is left in the target.

    Parameters
    ----------
    problem : Problem
        The model and the data of one series.
    grid : Grid
        Of its hyperparameters.
    posterior : Posterior
        Draws to start from.
    draws : int
        Number of draws to keep, over all chains.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Refined
        Draws with diagnostics.

    References
    ----------
    .. [1] Shahbaba, B. et al. (2014). Split Hamiltonian Monte Carlo. *Statistics and
       Computing* 24, 339-349. https://doi.org/10.1007/s11222-012-9373-1
    """
    count = len(posterior.theta)
    start = rng.choice(count, CHAINS, replace=count < CHAINS)
    chains = _Chains(problem, grid, posterior.theta[start], rng)
    chains.place(posterior.field.at(start))
    for turn in range(WARM_UP):
        chains.adapt(chains.step_theta(), turn)
        chains.leap_theta()
        chains.move_field()
    kept: list[tuple[FloatArray, Vector]] = []
    taken = []
    for turn in range(THIN * max(-(-draws // CHAINS), FEWEST_KEPT)):
        chains.step_theta()
        taken.append((chains.leap_theta(), chains.move_field()))
        if turn % THIN == THIN - 1:
            kept.append((chains.theta, chains.field()))
    theta = np.array([state[0] for state in kept])
    path = np.array([state[1].path for state in kept])
    effects = np.array([state[1].effects for state in kept])
    watched = np.concatenate([theta, path, effects], axis=2)
    sweep, chain = np.divmod(rng.permutation(len(kept) * CHAINS)[:draws], CHAINS)
    return Refined(
        replace(
            posterior,
            theta=theta[sweep, chain],
            field=Vector(path[sweep, chain], effects[sweep, chain]),
        ),
        float(diagnostics.rhat(watched).max()),
        float(diagnostics.ess_bulk(watched).min()),
        float(np.mean(taken, axis=0).min()),
    )


class _State(NamedTuple):
    """Hyperparameters, the map there, the field in round coordinates, its density."""

    theta: FloatArray
    mode: Mode
    search: Search
    log_prior: FloatArray


class _Chains:
    """All chains; the field is kept as u, about standard normal at any theta."""

    def __init__(
        self,
        problem: Problem,
        grid: Grid,
        theta: FloatArray,
        rng: np.random.Generator,
    ) -> None:
        self.problem, self.rng, self.axes = problem, rng, grid.axes
        top = Vector(grid.fields.path[0], grid.fields.effects[0])
        count = len(theta)
        start = Vector(np.tile(top.path, (count, 1)), np.tile(top.effects, (count, 1)))
        self.log_step = float(np.log(1.5))
        self.centre = grid.weights @ grid.points
        apart = grid.points - self.centre
        self.scale = np.linalg.cholesky((apart.T * grid.weights) @ apart)
        self.state = self._map(theta, start)
        self.u = Vector(np.zeros_like(start.path), np.zeros_like(start.effects))
        self.value = np.zeros(count)

    @property
    def theta(self) -> FloatArray:
        """Hyperparameters of the chains, shape (chains, m)."""
        return self.state.theta

    def place(self, field: Vector) -> None:
        """Put the chains at these fields."""
        away = field.moved(self.state.mode.field, np.full(len(field.path), -1.0))
        self.u = self.state.mode.factor.whiten(away)
        self.value = self._height(self.state, self.u)[0]

    def field(self) -> Vector:
        """Fields of the chains."""
        away = self.state.mode.factor.colour(self.u)
        return self.state.mode.field.moved(away, np.ones(len(self.theta)))

    def adapt(self, taken: float, turn: int) -> None:
        """Bring the size of steps of the hyperparameters nearer to what is wanted."""
        self.log_step += (taken - WANTED) / np.sqrt(turn + 1) * 2

    def step_theta(self) -> float:
        """Random step of the hyperparameters of every chain; gives the share taken."""
        push = self.rng.standard_normal(self.theta.shape) @ self.axes.T
        theta = self.theta + np.exp(self.log_step) * push
        return self._try(theta, np.zeros(len(theta)))

    def leap_theta(self) -> float:
        """Move hyperparameters to draws of Student's t; gives the share taken."""
        spread = np.sqrt(TAILS / self.rng.chisquare(TAILS, len(self.theta)))
        away = self.rng.standard_normal(self.theta.shape) * spread[:, None]
        theta = self.centre + away @ self.scale.T
        return self._try(theta, self._log_t(self.theta) - self._log_t(theta))

    def _log_t(self, theta: FloatArray) -> FloatArray:
        """Log density of Student's t around the posterior mean, up to a constant."""
        away = np.linalg.solve(self.scale, (theta - self.centre).T)
        return -0.5 * (TAILS + len(away)) * np.log1p((away**2).sum(axis=0) / TAILS)

    def _try(self, theta: FloatArray, log_ratio: FloatArray) -> float:
        """Move to these hyperparameters where that is accepted."""
        inside = np.abs(theta).max(axis=1) <= FARTHEST
        theta = np.where(inside[:, None], theta, self.theta)
        there = self._map(theta, self.state.mode.field)
        value = self._height(there, self.u)[0]
        usable = there.mode.converged & inside & np.isfinite(value)
        taken = usable & self._accept(value - self.value + log_ratio)
        self.value = np.where(taken, value, self.value)
        self.state = _chosen(taken, there, self.state)
        return float(taken.mean())

    def move_field(self) -> float:
        """Turn every field by a quarter of a circle; gives the share taken."""
        angle = 0.5 * np.pi / TURN * self.rng.uniform(0.7, 1.3)
        shape = self.u.path.shape, self.u.effects.shape
        push = Vector(*(self.rng.standard_normal(size) for size in shape))
        before = self.value - 0.5 * push.dot(push)
        u, half = self.u, np.full(len(self.theta), 0.5 * angle)
        value, kick = self._density(self.state, u)
        cos, sin = np.cos(angle), np.sin(angle)
        for _ in range(TURN):
            push = push.moved(kick, half)
            u, push = _turned(u, push, cos, sin)
            value, kick = self._density(self.state, u)
            push = push.moved(kick, half)
        taken = self._accept(value - 0.5 * push.dot(push) - before)
        self.u = Vector(*_either(taken, u, self.u))
        self.value = np.where(taken, value, self.value)
        return float(taken.mean())

    def _accept(self, gain: FloatArray) -> BoolArray:
        """Take a move by its gain in log density."""
        luck = np.log(self.rng.random(gain.size))
        return luck < np.where(np.isfinite(gain), gain, -np.inf)

    def _map(self, theta: FloatArray, start: Vector) -> _State:
        """Approximation at new hyperparameters."""
        mode = find_mode(self.problem, theta, start)
        search = Search(self.problem, theta, self.problem.field_prior(theta))
        return _State(theta, mode, search, self.problem.log_prior(theta)[0])

    def _height(self, state: _State, u: Vector) -> tuple[FloatArray, Place]:
        """Log density of (theta, u), and what the search sees there."""
        away = state.mode.factor.colour(u)
        with np.errstate(over="ignore", invalid="ignore"):
            here = state.search.look(state.mode.field.moved(away, np.ones(len(u.path))))
        log_root = 0.5 * state.mode.factor.log_determinant()
        return here.height + state.log_prior - log_root, here

    def _density(self, state: _State, u: Vector) -> tuple[FloatArray, Vector]:
        """Log density of (theta, u), and the gradient of what a normal u lacks."""
        value, here = self._height(state, u)
        with np.errstate(over="ignore", invalid="ignore"):
            slope = state.mode.factor.colour_transposed(state.search.slope(here))
        return value, slope.moved(u, np.ones(len(u.path)))


def _turned(u: Vector, push: Vector, cos: float, sin: float) -> tuple[Vector, Vector]:
    """Exact motion of a standard normal for some angle."""
    there = [cos * a + sin * b for a, b in zip(u, push, strict=True)]
    faster = [cos * b - sin * a for a, b in zip(u, push, strict=True)]
    return Vector(*there), Vector(*faster)


def _either(
    take: BoolArray, new: tuple[FloatArray, ...], old: tuple[FloatArray, ...]
) -> list[FloatArray]:
    """Entries of the new where taken, else of the old."""
    pairs = zip(new, old, strict=True)
    return [np.where(take.reshape(-1, *[1] * (a.ndim - 1)), a, b) for a, b in pairs]


def _chosen(take: BoolArray, new: _State, old: _State) -> _State:
    """State of each chain after its step was taken or refused."""
    fields = Vector(*_either(take, new.mode.field, old.mode.field))
    factor = Factor(
        *_either(
            take,
            (new.mode.factor.main, new.mode.factor.reach, new.mode.factor.corner),
            (old.mode.factor.main, old.mode.factor.reach, old.mode.factor.corner),
        )
    )
    theta, log_prior = _either(
        take, (new.theta, new.log_prior), (old.theta, old.log_prior)
    )
    prior = type(new.search.prior)(*_either(take, new.search.prior, old.search.prior))
    return _State(
        theta,
        replace(new.mode, field=fields, factor=factor),
        new.search._replace(theta=theta, prior=prior),
        log_prior,
    )

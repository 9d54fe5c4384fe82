"""One split of the dead, such as civilians from others, as a problem for the engine.

Several categories are a chain of such splits: civilians out of all, then government out
of the others. Each split has its own walk, and none tells of another.
"""

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float
from scipy import special

from conflictstats._typing import FloatArray
from conflictstats.numerics import graph, priors
from conflictstats.numerics.engine import posterior
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.components import Path, random_walk
from conflictstats.numerics.engine.design import Design
from conflictstats.numerics.engine.effects import Effects, ScaledEffects
from conflictstats.numerics.engine.observation import Observations
from conflictstats.numerics.engine.places import PlaceWalks
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.likelihood.betabinomial import BetaBinomial
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.likelihood.reports import Reports

Places: TypeAlias = Literal["independent", "parallel", "joint"]
START_SD = 1.5
"""Prior sd of the first logit: the share is then about uniform from 0 to 1."""
CORRELATION = (1.0, 3.0)
"""Beta prior of the correlation of the status of two dead of the same cell."""
PLACE_LEVELS = (1.5, 0.05)
"""Prior of the sd of parallel places' logits: P(sd > first) = second."""


class Split(NamedTuple):
    """Posterior of one split of the dead, T cells of n places that are fitted together.

    Attributes
    ----------
    share : ndarray, shape (draws, T, n)
        Expected share of the first part.
    hyper : dict of str to ndarray, shape (draws,)
        Hyperparameters by name.
    complete : bool
        Whether the search ended.
    pareto_k : float
        Of the importance weights.
    """

    share: FloatArray
    hyper: dict[str, FloatArray]
    complete: bool
    pareto_k: float


def split(
    part: Float[np.ndarray, "time place"],
    rest: Float[np.ndarray, "time place"],
    *,
    step: tuple[float, float],
    places: Places,
    draws: int,
    rng: np.random.Generator,
) -> Split:
    r"""Sample the share of a part among the known dead of places fitted together.

    Parameters
    ----------
    part, rest : ndarray, shape (T, n)
        Known dead of each cell, people.
    step : tuple of float
        P(sd of a cell's step of the logit > first) = second.
    places : {"independent", "parallel", "joint"}
        How the places are tied; ``"independent"`` is for a single one.
    draws : int
        Number of joint draws.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Split
        Draws and what the search tells of itself.
    """
    times, count = part.shape
    path, names, laws = _path(times, count, step, places)
    effects: tuple[Effects, ...] = ()
    design = Design.of_path(path.mean.size)
    if places == "parallel":
        effects, cells = (ScaledEffects(np.ones(count)),), np.arange(part.size)
        design = Design(times, cells[:, None] // count, cells % count, np.eye(count))
        names += ("place_sd",)
        laws.append(priors.StandardDeviation(*PLACE_LEVELS, "the levels of places"))
    names += ("correlation",)
    laws.append(priors.Share(*CORRELATION))
    observed, likelihood = _observed(part.ravel(), (part + rest).ravel())
    problem = Problem(
        path=path,
        effects=effects,
        design=design,
        observed=observed,
        likelihood=likelihood,
        log_prior=lambda theta: priors.joint_density(laws, theta),
        dispersion_scale=1.0,
    )
    start = Vector(np.zeros(design.nodes), np.zeros(design.effects))
    middle = np.array([float(law.quantile(np.array(0.5))) for law in laws])
    drawn = posterior.sample(problem, middle, start, draws, rng)
    natural = [law.natural(drawn.theta[:, i]) for i, law in enumerate(laws)]
    return Split(
        special.expit(design.predict(drawn.field)).reshape(draws, times, count),
        dict(zip(names, natural, strict=True)),
        drawn.complete,
        drawn.pareto_k,
    )


def _observed(part: FloatArray, total: FloatArray) -> tuple[Observations, Reports]:
    """Cells in which somebody of known status died, and their law, shape (T n,)."""
    cell = np.flatnonzero(total > 0)
    seen = part[cell]
    reading = Reading(seen, seen, np.zeros(cell.size, bool))
    observed = Observations.of_cells(total.size, cell=cell)
    return observed, Reports(BetaBinomial(total[cell]), reading)


def _path(
    times: int, count: int, step: tuple[float, float], places: Places
) -> tuple[Path, tuple[str, ...], list[priors.Prior]]:
    """Law of the logit over time, and the names and laws of its hyperparameters."""
    law = priors.StandardDeviation(*step)
    if places == "joint":
        basis = graph.spectral_basis(graph.complete(count)).vectors
        walks = PlaceWalks(times, basis, start_sd=START_SD)
        return walks, ("shared_step_sd", "step_sd"), [law, law]
    return random_walk(times, start_sd=START_SD), ("step_sd",), [law]

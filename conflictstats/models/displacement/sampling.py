"""Draws from the posterior of one place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from conflictstats._typing import FloatArray, IntArray
from conflictstats.models.displacement.problem import coarser
from conflictstats.numerics.displacement import search
from conflictstats.numerics.displacement.centring import Centred
from conflictstats.numerics.displacement.posterior import StockFlowPosterior
from conflictstats.numerics.sampling import hmc, pareto

LARGEST_RHAT = 1.05
PLAN = hmc.Plan(
    chains=32,
    spread=1.0,
    stretches=(12,),
    warm_ups=(),
    last=8,
    thin=1,
    most_steps=6,
    fewest=20,
    rounds=8,
    effective=200,
)
FEW = 125
"""States whose courses by day are worked out at a time."""


class Draws(NamedTuple):
    """States that were drawn.

    Attributes
    ----------
    posterior : StockFlowPosterior
        By cell, of which they are states.
    states : ndarray, shape (draws, k)
        All standard normal a priori.
    rhat : float
        Agreement of the chains.
    ess : float
        Effective draws of the number that has fewest.
    pareto_k : float
        How well joined cells stand for the single ones, 0 where as well as can be.
    """

    posterior: StockFlowPosterior
    states: FloatArray
    rhat: float
    ess: float
    pareto_k: float


def sampled(
    posterior: StockFlowPosterior,
    cut: IntArray | None,
    draws: int,
    rng: np.random.Generator,
) -> Draws:
    """Draw from a posterior, with longer cells where ``cut`` says where they begin."""
    if posterior.design.low.size == 0:
        states = rng.standard_normal((draws, posterior.size))
        return Draws(posterior, states, 1.0, draws, 0.0)
    worked = posterior if cut is None else coarser(posterior, cut)
    target = Centred.around(worked, search.start(worked))
    sample = hmc.sample(target, target.start, draws, rng, PLAN)
    states = target.states(sample.draws)
    if cut is None or cut.size == posterior.rates.days.size:
        return Draws(posterior, states, sample.rhat, sample.effective, 0.0)
    log_weights = [
        posterior.log_likelihood(some) - worked.log_likelihood(some)
        for some in parts_of(states)
    ]
    weights, k = pareto.smooth(np.concatenate(log_weights))
    steps = (rng.random() + np.arange(draws)) / draws
    kept = np.searchsorted(np.cumsum(weights), steps).clip(max=draws - 1)
    drawn = rng.permutation(states[kept])
    return Draws(posterior, drawn, sample.rhat, sample.effective, max(k, 0.0))


def parts_of(states: FloatArray) -> list[FloatArray]:
    """States, so few at a time that their courses take little memory."""
    return np.array_split(states, -(-len(states) // FEW))

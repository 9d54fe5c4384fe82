"""Priors of the log rate over time, from the settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from conflictstats._typing import FloatArray
from conflictstats.models.rates.layout import Layout
from conflictstats.numerics import graph, priors
from conflictstats.numerics.engine.components import AutoRegression, Path, random_walk
from conflictstats.numerics.engine.places import PlaceWalks

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate

START_SD = 5.0
"""Prior sd of the first log rate, around one death a day: e^8 either way at 90 %."""


class Hyper(NamedTuple):
    """One hyperparameter.

    Attributes
    ----------
    name : str
        As in ``params``.
    prior : Prior
        Its law on the scale on which it is explored.
    natural : callable
        From that scale to the one that is reported.
    """

    name: str
    prior: priors.Prior
    natural: Callable[[FloatArray], FloatArray]


def path_of(
    model: DynamicRate,
    layout: Layout,
    cell_days: float,
    neighbours: graph.Graph | None,
) -> tuple[Path, tuple[Hyper, ...]]:
    """Prior of the log rate over time, and its hyperparameters."""
    fold, chance = model.weekly_change
    level, per_week = -float(np.log(layout.scale)), 7 / cell_days
    step = priors.Step(fold, chance, cells=per_week)
    steps = Hyper("step_sd", step, step.natural)
    if model.places == "joint":
        basis = graph.spectral_basis(neighbours or graph.complete(layout.places))
        walks = PlaceWalks(
            layout.times,
            basis.vectors,
            None if neighbours is None else graph.smooth_variances(basis),
            level,
            START_SD,
        )
        hyper = (Hyper("shared_step_sd", step, step.natural), steps)
        return walks, hyper + mixing(walks.smooth)
    if model.walk == "ar1":
        spread = priors.StandardDeviation(float(np.log(fold)), chance, "the log rate")
        tie = priors.Correlation()
        return AutoRegression(layout.times, level), (
            Hyper("sd", spread, spread.natural),
            Hyper("correlation", tie, tie.natural),
        )
    order = 1 if model.walk == "rw1" else 2
    if order == 2:
        step = priors.Step(fold, chance, cells=max(per_week, 1.0), order=2)
        steps = Hyper("step_sd", step, step.natural)
    walk = random_walk(
        layout.times,
        order=order,
        start_mean=level,
        start_sd=START_SD,
        slope_sd=float(np.log(fold)) / per_week,
    )
    return walk, (steps,)


def mixing(smooth: FloatArray | None) -> tuple[Hyper, ...]:
    """How much of the differences of places their neighbours share."""
    if smooth is None:
        return ()
    law = priors.Mixing(smooth)
    return (Hyper("smooth", law, law.natural),)

"""Priors of the log rate over time, from the settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from conflictstats._typing import FloatArray, IntArray
from conflictstats.models.rates.layout import Layout
from conflictstats.numerics import graph, priors
from conflictstats.numerics.engine.components import (
    AutoRegression,
    Path,
    noise,
    random_walk,
)
from conflictstats.numerics.engine.joined import Joined
from conflictstats.numerics.engine.places import PlaceNoise, PlaceWalks

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


class Trend(NamedTuple):
    """Law of the log rate over time, without effects.

    Attributes
    ----------
    path : Path
        Its nodes.
    node : ndarray of int, shape (cells, s)
        Nodes whose sum each cell sees; the first is at the level of the log rate, and
        the others are at zero.
    hyper : tuple of Hyper
        Hyperparameters of the path.
    """

    path: Path
    node: IntArray
    hyper: tuple[Hyper, ...]


def trend_of(
    model: DynamicRate,
    layout: Layout,
    cell_days: float,
    neighbours: graph.Graph | None,
) -> Trend:
    """Law of the log rate of every cell; cells are by time, then by place."""
    cells = np.arange(layout.times * layout.places)
    if walks_apart(model):
        path, hyper = _walks_of_places(model, layout, cell_days, neighbours)
        return Trend(path, cells[:, None], hyper)
    path, hyper = _single(model, layout, cell_days)
    if model.places != "joint":
        return Trend(path, cells[:, None] // layout.places, hyper)
    own, more = _noise_of_places(layout, neighbours)
    both = Joined((path, own), layout.times)
    shared = np.repeat(both.nodes_of(0)[:, 0], layout.places)
    node = np.column_stack([shared, both.nodes_of(1).ravel()])
    return Trend(both, node, hyper + more)


def walks_apart(model: DynamicRate) -> bool:
    """Whether each of several places has a walk of its own, which has its level."""
    return model.places == "joint" and model.interaction == "walk"


def _walks_of_places(
    model: DynamicRate,
    layout: Layout,
    cell_days: float,
    neighbours: graph.Graph | None,
) -> tuple[Path, tuple[Hyper, ...]]:
    """Walks with a step that places share and one of each place's own."""
    basis = graph.spectral_basis(neighbours or graph.complete(layout.places))
    walks = PlaceWalks(
        layout.times,
        basis.vectors,
        None if neighbours is None else graph.smooth_variances(basis),
        -float(np.log(layout.scale)),
        START_SD,
    )
    step = priors.Step(*model.weekly_change, cells=7 / cell_days)
    names = "shared_step_sd", "step_sd"
    hyper = tuple(Hyper(name, step, step.natural) for name in names)
    return walks, hyper + mixing(walks.smooth)


def _noise_of_places(
    layout: Layout, neighbours: graph.Graph | None
) -> tuple[Path, tuple[Hyper, ...]]:
    """Deviations of places from what they share, new at every time."""
    law = priors.StandardDeviation(what="places around their trend")
    hyper = (Hyper("noise_sd", law, law.natural),)
    if neighbours is None:
        return noise(layout.times * layout.places), hyper
    basis = graph.spectral_basis(neighbours)
    smooth = graph.smooth_variances(basis)
    path = PlaceNoise(layout.times, basis.vectors, smooth)
    return path, hyper + mixing(smooth, "noise_smooth")


def _single(
    model: DynamicRate, layout: Layout, cell_days: float
) -> tuple[Path, tuple[Hyper, ...]]:
    """One path over time."""
    fold, chance = model.weekly_change
    level, per_week = -float(np.log(layout.scale)), 7 / cell_days
    if model.walk == "ar1":
        spread = priors.StandardDeviation(float(np.log(fold)), chance, "the log rate")
        tie = priors.Correlation()
        return AutoRegression(layout.times, level), (
            Hyper("sd", spread, spread.natural),
            Hyper("correlation", tie, tie.natural),
        )
    bent = model.walk == "rw2"
    cells = max(per_week, 1.0) if bent else per_week
    step = priors.Step(fold, chance, cells=cells, order=2 if bent else 1)
    walk = random_walk(
        layout.times,
        order=step.order,
        start_mean=level,
        start_sd=START_SD,
        slope_sd=float(np.log(fold)) / per_week,
    )
    return walk, (Hyper("step_sd", step, step.natural),)


def mixing(smooth: FloatArray | None, name: str = "smooth") -> tuple[Hyper, ...]:
    """How much of the differences of places their neighbours share."""
    if smooth is None:
        return ()
    law = priors.Mixing(smooth)
    return (Hyper(name, law, law.natural),)

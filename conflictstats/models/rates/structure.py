"""The latent Gaussian model of some places, from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from conflictstats._typing import FloatArray, IntArray
from conflictstats.models.rates.layout import Layout
from conflictstats.models.rates.scatter import SCATTER, level_of, scattered
from conflictstats.models.rates.trends import (
    START_SD,
    Hyper,
    Trend,
    mixing,
    trend_of,
    walks_apart,
)
from conflictstats.numerics import graph, priors
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.design import Design
from conflictstats.numerics.engine.effects import (
    Effects,
    FixedEffects,
    MixedEffects,
    ScaledEffects,
)
from conflictstats.numerics.engine.explore import explore
from conflictstats.numerics.engine.grid import FINE, Grid, Mesh
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.numerics.likelihood.poisson import Poisson
from conflictstats.numerics.likelihood.reports import Reports
from conflictstats.numerics.likelihood.terms import Family

if TYPE_CHECKING:
    from conflictstats.models.rates.model import DynamicRate


YEAR = 365.25
"""Days."""


class Columns(NamedTuple):
    """Effects that enter the log rate.

    Attributes
    ----------
    names : tuple of str
        Of the effects as they are reported, one a level.
    levels : ndarray, shape (levels, p)
        From coefficients to those effects.
    values : ndarray, shape (cells, p)
        What multiplies the coefficients.
    effects : Effects
        Their prior.
    hyper : tuple of Hyper
        Its hyperparameters.
    """

    names: tuple[str, ...]
    levels: FloatArray
    values: FloatArray
    effects: Effects
    hyper: tuple[Hyper, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """A problem for the engine, and what its hyperparameters are called.

    Attributes
    ----------
    problem : Problem
        The model and its data.
    hyper : tuple of Hyper
        In the order of the problem's hyperparameters.
    columns : tuple of Columns
        The effects.
    theta : ndarray, shape (m,)
        Where to start.
    field : Vector
        Where to start, shapes (n,) and (p,).
    scatter : ndarray of int, shape (cells,), optional
        Node of each cell's scatter around its level, where several bodies share it.
    """

    problem: Problem
    hyper: tuple[Hyper, ...]
    columns: tuple[Columns, ...]
    theta: FloatArray
    field: Vector
    scatter: IntArray | None = None

    def explored(self, mesh: Mesh = FINE) -> Grid:
        """Weighted points over the hyperparameters."""
        start = Vector(self.field.path[None], self.field.effects[None])
        return explore(self.problem, self.theta[None], start, mesh)[0]

    def natural(self, theta: FloatArray) -> dict[str, FloatArray]:
        """Hyperparameters by name as they are reported, shape (draws,) each."""
        return {h.name: h.natural(theta[:, i]) for i, h in enumerate(self.hyper)}

    def level(
        self, eta: FloatArray, field: Vector, hyper: dict[str, FloatArray]
    ) -> FloatArray:
        """Log rates without the scatter of each cell, shape (draws, cells)."""
        if self.scatter is None:
            return eta
        return level_of(eta, field, self.scatter, hyper[SCATTER])

    def named(self, coefficients: FloatArray) -> dict[str, FloatArray]:
        """Effects by name, of coefficients of shape (draws, p); shape (draws,) each."""
        found: dict[str, FloatArray] = {}
        first = 0
        for block in self.columns:
            part = coefficients[:, first : first + block.effects.size]
            found |= dict(zip(block.names, block.levels @ part.T, strict=True))
            first += block.effects.size
        return found


def structure_of(
    model: DynamicRate,
    layout: Layout,
    *,
    names: list[str],
    cell_days: float,
    columns: list[Columns],
    neighbours: graph.Graph | None,
) -> Structure:
    """Put the settings and the observations together.

    Where the model has a reference the places of the layout are bodies of one place.
    """
    trend = trend_of(model, layout, cell_days, neighbours)
    scatter = None
    if model.reference is not None:
        trend = scattered(trend, layout.times, layout.places, model.overdispersion)
        scatter = trend.node[:, -1]
    hyper = trend.hyper
    blocks = list(columns)
    if model.walk == "ar1":
        blocks.insert(0, _level(layout))
    if model.drift is not None:
        blocks.insert(0, _drift(model.drift, layout, cell_days))
    if model.places != "independent" and not walks_apart(model):
        blocks.insert(0, _levels_of_places(layout, names, neighbours))
    for block in blocks:
        hyper += block.hyper
    scale = None
    if model.family == "negbin":
        law = priors.Overdispersion(*model.overdispersion)
        hyper += (Hyper("size", law, lambda working: np.exp(-2 * working)),)
        scale = -2.0
    if layout.reading.finds:
        counts = layout.reading.powers is not None
        what = "reports that name the count" if counts else "deaths found"
        share = priors.Share(*model.found, what)
        hyper += (Hyper("found", share, share.natural),)
    laws = [h.prior for h in hyper]
    design = _design(trend, layout, blocks)
    families: dict[str, Family] = {"negbin": NegBin(), "poisson": Poisson()}
    observations = layout.observed.cell.size + layout.observed.spans
    problem = Problem(
        path=trend.path,
        effects=tuple(block.effects for block in blocks),
        design=design,
        observed=layout.observed,
        likelihood=Reports(families[model.family], layout.reading),
        log_prior=lambda theta: priors.joint_density(laws, theta),
        dispersion_scale=scale,
        found=np.zeros(observations, np.int64) if layout.reading.finds else None,
    )
    return Structure(
        problem,
        hyper,
        tuple(blocks),
        np.array([float(law.quantile(np.array(0.5))) for law in laws]),
        _flat_start(layout, design, apart=walks_apart(model)),
        scatter,
    )


def _level(layout: Layout) -> Columns:
    """Level around which an autoregression moves."""
    cells = layout.times * layout.places
    return Columns(
        ("level",),
        np.eye(1),
        np.ones((cells, 1)),
        FixedEffects(np.full(1, START_SD)),
        (),
    )


def _drift(belief: tuple[float, float], layout: Layout, cell_days: float) -> Columns:
    """Growth of the log rate in a year, which all places share."""
    law = priors.Effect.of_change(*belief, what="a year of drift")
    years = np.repeat(np.arange(layout.times) * cell_days / YEAR, layout.places)
    fixed = FixedEffects(np.full(1, law.sd))
    return Columns(("drift",), np.eye(1), years[:, None], fixed, ())


def _levels_of_places(
    layout: Layout, names: list[str], neighbours: graph.Graph | None
) -> Columns:
    """Levels of places that move in parallel, in the basis of their graph."""
    basis = graph.spectral_basis(neighbours or graph.complete(layout.places))
    law = priors.StandardDeviation(2.0, 0.05, "the levels of places")
    hyper: tuple[Hyper, ...] = (Hyper("place_sd", law, law.natural),)
    effects: Effects = ScaledEffects(np.ones(layout.places))
    if neighbours is not None:
        smooth = graph.smooth_variances(basis)
        effects, hyper = MixedEffects(smooth), hyper + mixing(smooth)
    terms = tuple(f"place {name}" for name in names)
    values = np.tile(basis.vectors, (layout.times, 1))
    return Columns(terms, basis.vectors, values, effects, hyper)


def _design(trend: Trend, layout: Layout, blocks: list[Columns]) -> Design:
    """Which nodes and effects each cell sees."""
    cells, nodes = np.arange(len(trend.node)), trend.path.mean.size
    if not blocks:
        return Design(nodes, trend.node, np.zeros_like(cells), np.empty((1, 0)))
    values = np.concatenate([block.values for block in blocks], axis=1)
    by_place = values[: layout.places]
    if np.array_equal(values, np.tile(by_place, (layout.times, 1))):
        return Design(nodes, trend.node, cells % layout.places, by_place)
    return Design(nodes, trend.node, cells, values)


def _flat_start(layout: Layout, design: Design, *, apart: bool) -> Vector:
    """A constant rate, of each place where each has its own path."""
    observed, low = layout.observed, layout.reading.low
    path = np.zeros(design.nodes)
    if low.ndim > 1:
        return Vector(path, np.zeros(design.effects))
    first = observed.member[:, :1].ravel()
    place = np.concatenate([observed.cell, first]) % layout.places
    counted = low if layout.reading.report is None else np.zeros(place.size)
    within = np.exp(observed.offset), np.exp(observed.log_weight).sum(axis=1)
    deaths = np.bincount(place, counted, layout.places) + 0.5
    exposed = np.bincount(place, np.concatenate(within), layout.places) + layout.scale
    level = np.full(layout.places, np.log(deaths.sum() / exposed.sum()))
    if apart:
        level = np.log(deaths / exposed)
    path[design.node[:, 0]] = np.tile(level, layout.times)
    return Vector(path, np.zeros(design.effects))

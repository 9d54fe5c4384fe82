"""The posterior over graphs and over the number on no list, with names on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.special import expit

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.chordal import ChordalGraphs
from conflictstats.numerics.decomposable import (
    GraphAverage,
    HyperDirichlet,
    Screened,
    average_over_graphs,
    screen,
)
from conflictstats.numerics.summation import Blocks
from conflictstats.panel.lists import Lists

INCLUDED = ("all but the complete", "all")
"""Which graphs an answer is averaged over."""
TRIMMED = 1e-16
"""Blocks with less probability are not kept."""
HEAVIEST = 50
"""Graphs that are kept by name."""


class Numbers(NamedTuple):
    """Numbers on no list that are summed over, with the log prior at each point."""

    blocks: Blocks
    log_weight: FloatArray


class Rough(NamedTuple):
    """Every graph in the middle of every block: all but the complete, and that one."""

    others: Screened
    complete: Screened

    @classmethod
    def of(cls, graphs: ChordalGraphs, law: HyperDirichlet, numbers: Numbers) -> Rough:
        """Look at all of them."""
        at = numbers.blocks.points, numbers.log_weight
        others = screen(graphs.parts[:-1], law, *at)
        return cls(others, screen(graphs.parts[-1:], law, *at))

    def upper_half(self, blocks: Blocks, *, complete: bool) -> float:
        """Posterior probability in the upper half of the numbers."""
        log_mass = self.others[1]
        if complete:
            log_mass = np.logaddexp(log_mass, self.complete[1])
        mass = np.exp(log_mass - log_mass.max())
        return float(mass[blocks.middle > blocks.middle[-1] / 2].sum() / mass.sum())


@dataclass(frozen=True, slots=True)
class Averages:
    """At one delta: what all graphs but the complete say, and what that one says."""

    others: GraphAverage
    complete: GraphAverage

    @classmethod
    def of(
        cls,
        graphs: ChordalGraphs,
        law: HyperDirichlet,
        numbers: Numbers,
        rough: Rough,
    ) -> Averages:
        """Sum over both."""
        at = numbers.blocks.points, numbers.log_weight
        parts = graphs.parts[:-1], graphs.parts[-1:]
        others, complete = (
            average_over_graphs(some, law, *at, seen)
            for some, seen in zip(parts, rough, strict=True)
        )
        return cls(others, complete)

    @property
    def weight_complete(self) -> float:
        """Posterior probability of the complete graph, if it is as likely as others."""
        return float(expit(self.complete.log_total - self.others.log_total))

    @property
    def mass(self) -> FloatArray:
        """Law of the number on no list, without the complete graph and with it."""
        weight = self.weight_complete
        both = (1 - weight) * self.others.mass + weight * self.complete.mass
        return np.array([self.others.mass, both])

    def by_graph(self, *, complete: bool) -> tuple[FloatArray, FloatArray]:
        """Weight of each graph, and the mean on no list under it."""
        parts = (self.others, self.complete) if complete else (self.others,)
        evidence = np.concatenate([part.log_evidence for part in parts])
        weight = np.exp(evidence - evidence.max())
        unlisted = np.concatenate([part.unlisted for part in parts])
        return weight / weight.sum(), unlisted


def posterior(
    deltas: list[float], each: list[Averages], blocks: Blocks, *, nobs: int
) -> xr.Dataset:
    """The law at each delta, as :class:`DecomposableGraphsFit` describes it."""
    mass = np.array([averages.mass for averages in each])
    weights = np.array([averages.weight_complete for averages in each])
    points = blocks.points
    mean = (mass * points).sum(axis=(-1, -2))
    away = points - mean[..., None, None]
    std = np.sqrt((mass * away**2).sum(axis=(-1, -2)))
    edge = mass[..., points > points[-1, -1] / 2].sum(axis=-1)
    kept: IntArray = np.flatnonzero((mass.sum(axis=-1) > TRIMMED).any(axis=(0, 1)))
    by, at = ("delta", "included"), ("block", "point")
    return xr.Dataset(
        {
            "mass": ((*by, *at), mass[:, :, kept]),
            "mean": (by, nobs + mean),
            "std": (by, std),
            "edge": (by, edge),
            "weight_complete": ("delta", weights),
            "first": ("block", blocks.first[kept]),
            "length": ("block", blocks.length[kept]),
            "unlisted": (at, points[kept]),
            "numbers": (at, blocks.weights[kept]),
        },
        {"delta": deltas, "included": list(INCLUDED)},
    )


def blocks_of(posterior: xr.Dataset) -> Blocks:
    """The numbers that were summed over."""
    names = ("first", "length", "unlisted", "numbers")
    first, length, points, weights = (posterior[name].values for name in names)
    return Blocks(first, length, points, weights)


def heaviest(
    graphs: ChordalGraphs,
    averages: Averages,
    lists: Lists,
    *,
    complete: bool,
) -> xr.Dataset:
    """Graphs of the answer with the most weight, and what each says of everybody."""
    weight, unlisted = averages.by_graph(complete=complete)
    order = np.argsort(-weight, kind="stable")[:HEAVIEST]
    words = [_in_words(graphs.cliques(int(at)), lists.names) for at in order]
    return xr.Dataset(
        {
            "weight": ("graph", weight[order]),
            "total": ("graph", lists.n_observed + unlisted[order]),
        },
        {"graph": words},
    )


def _in_words(cliques: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """Cliques of a graph by the names of their lists."""
    return ", ".join(" & ".join(names[node] for node in each) for each in cliques)

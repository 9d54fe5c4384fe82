"""Scatter of a cell around its level that all of its counting bodies share."""

from __future__ import annotations

import numpy as np

from conflictstats._typing import FloatArray, IntArray
from conflictstats.models.rates.trends import Hyper, Trend
from conflictstats.numerics import priors
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.components import noise
from conflictstats.numerics.engine.joined import Joined

SCATTER = "scatter_sd"
"""What the standard deviation of the log of that scatter is called."""


def scattered(
    trend: Trend, times: int, bodies: int, overdispersion: tuple[float, float]
) -> Trend:
    """Join the trend of one place and noise that is new in every cell.

    The prior is that of a negative binomial size: of a log-normal factor with log sd s
    the standard deviation is sqrt(exp(s^2) - 1) times its mean.
    """
    above, chance = overdispersion
    most = float(np.sqrt(np.log1p(above**2)))
    law = priors.StandardDeviation(most, chance, "the log of a cell's shared scatter")
    both = Joined((trend.path, noise(times)), times)
    own = np.repeat(both.nodes_of(1).ravel(), bodies)
    node = np.column_stack([both.nodes_of(0).ravel()[trend.node], own])
    return Trend(both, node, (*trend.hyper, Hyper(SCATTER, law, law.natural)))


def level_of(
    eta: FloatArray, field: Vector, node: IntArray, spread: FloatArray
) -> FloatArray:
    """Log of the rate that such cells have on average, shape (draws, cells).

    The scatter of each cell's ``node`` is taken out, and its mean factor put in.
    """
    return eta - field.path[:, node] + spread[:, None] ** 2 / 2

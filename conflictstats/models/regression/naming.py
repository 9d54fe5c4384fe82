"""Names of parameters, and the scale on which people read them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from conflictstats._typing import FloatArray
from conflictstats.models.regression.newton import Problem

DISPERSION = "dispersion"
SMALLEST = -16.0
"""Log dispersion that cannot be told from none."""


def parameter_names(problem: Problem) -> list[str]:
    """Columns of the count part, ``dispersion``, and columns of the zero part."""
    names: list[str] = []
    for part, design in zip(problem.law.predictors, problem.designs, strict=True):
        prefix = "zero:" if part == "zero" else ""
        names += [prefix + name for name in design.names]
    return names


def parts_of(problem: Problem) -> list[str]:
    """Part of the law to which each parameter belongs."""
    pairs = zip(problem.law.predictors, problem.designs, strict=True)
    return [part for part, design in pairs for _ in design.names]


def natural(wanted: Sequence[str], logs: FloatArray) -> FloatArray:
    """Rows of parameters with the dispersion itself in place of its log."""
    row = np.array([name == DISPERSION for name in wanted])
    out = logs.copy()
    out[row] = np.where(logs[row] <= SMALLEST, 0.0, np.exp(logs[row]))
    return out

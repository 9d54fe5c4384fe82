"""Maximum likelihood by Newton's method, over blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy import linalg

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.models.regression.design import Design, blocks
from conflictstats.models.regression.laws import Law, expand
from conflictstats.models.regression.reports import Reports

CLOSE = 1e-10
"""Squared length, in standard errors, of a step after which none is needed."""
MOST_STEPS = 60


class Point(NamedTuple):
    """Log likelihood at some parameters, with its derivatives."""

    value: float
    gradient: FloatArray
    information: FloatArray


class Optimum(NamedTuple):
    """Where the search ended.

    Attributes
    ----------
    params : ndarray, shape (p,)
        Parameters; those that were held are as they were given.
    value : float
        Log likelihood.
    information : ndarray, shape (p, p)
        Minus the second derivatives of the log likelihood.
    converged : bool
        Whether the last step was negligible.
    """

    params: FloatArray
    value: float
    information: FloatArray
    converged: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A law, its designs and the reports.

    Attributes
    ----------
    law : Law
        Log probability of each report.
    designs : tuple of Design
        One for each predictor of the law.
    offset : ndarray, shape (n,)
        Added to the log mean.
    weight : ndarray, shape (n,)
        How many times each row counts.
    reports : Reports
        One or more intervals a row.
    """

    law: Law
    designs: tuple[Design, ...]
    offset: FloatArray
    weight: FloatArray
    reports: Reports

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.weight.size

    def parts(self, params: FloatArray) -> list[FloatArray]:
        """Coefficients of each predictor."""
        ends = np.cumsum([design.columns for design in self.designs])
        return np.split(params, ends[:-1])

    def predictors(self, params: FloatArray, rows: slice) -> tuple[FloatArray, ...]:
        """Predictors of some rows, the offset added to the first."""
        pairs = zip(self.designs, self.parts(params), strict=True)
        first, *rest = (design.predictor(part, rows) for design, part in pairs)
        return (first + self.offset[rows], *rest)

    def evaluate(self, params: FloatArray) -> Point:
        """Log likelihood, gradient and information; not finite far away."""
        with np.errstate(all="ignore"):
            return self._evaluate(params)

    def _evaluate(self, params: FloatArray) -> Point:
        """Sum over the blocks of rows."""
        value, p = 0.0, params.size
        gradient, information = np.zeros(p), np.zeros((p, p))
        ends = np.cumsum([0, *(design.columns for design in self.designs)])
        where = [slice(a, b) for a, b in pairwise(ends)]
        for rows in blocks(self.n):
            found = expand(
                self.law,
                self.predictors(params, rows),
                self.reports.part(rows.start, rows.stop),
            )
            weight = self.weight[rows]
            value += float(weight @ found.value)
            for a, one in enumerate(self.designs):
                gradient[where[a]] += one.project(weight * found.first[a], rows)
                for b, other in enumerate(self.designs[: a + 1]):
                    bend = -weight * found.second[a, b]
                    information[where[a], where[b]] += one.cross(bend, other, rows)
        lower = np.tril(information)
        return Point(value, gradient, lower + np.tril(lower, -1).T)

    def scores(self, params: FloatArray) -> Iterator[tuple[slice, FloatArray]]:
        """Derivatives of each row's log likelihood, block by block, (rows, p)."""
        for rows in blocks(self.n):
            found = expand(
                self.law,
                self.predictors(params, rows),
                self.reports.part(rows.start, rows.stop),
            )
            slopes = self.weight[rows] * found.first
            columns = [
                slope[:, None] * design.all_columns(rows)
                for slope, design in zip(slopes, self.designs, strict=True)
            ]
            yield rows, np.concatenate(columns, axis=1)

    def every(self, step: int) -> Problem:
        """Every so many rows."""
        return replace(
            self,
            designs=tuple(design.every(step) for design in self.designs),
            offset=self.offset[::step],
            weight=self.weight[::step],
            reports=self.reports.every(step),
        )


def maximise(
    problem: Problem,
    start: FloatArray,
    free: BoolArray,
    *,
    close: float = CLOSE,
) -> Optimum:
    """Climb to the largest log likelihood over the free parameters.

    The information need not be positive definite on the way: it is then raised along
    its diagonal until it is, and steps that lead downhill are halved.
    """
    params, here = start.copy(), problem.evaluate(start)
    for _ in range(MOST_STEPS):
        step, gain, raised = _direction(here, free)
        if gain < close:
            step = np.zeros_like(step) if raised else step
            return Optimum(params + step, here.value + gain / 2, here.information, True)
        moved = _climb(problem, params, here, step, gain)
        if moved is None:
            return Optimum(params, here.value, here.information, gain < 1e-8)
        params, here = moved
    return Optimum(params, here.value, here.information, False)


def _direction(here: Point, free: BoolArray) -> tuple[FloatArray, float, bool]:
    """Newton's step, what it gains, and whether the information had to be raised."""
    information = here.information[np.ix_(free, free)]
    scale = np.sqrt(np.maximum(np.abs(np.diagonal(information)), 1e-12))
    scaled = information / np.outer(scale, scale)
    gradient = here.gradient[free] / scale
    raise_by = 0.0
    while True:
        try:
            factor = linalg.cho_factor(scaled + raise_by * np.eye(scale.size))
            break
        except linalg.LinAlgError:
            raise_by = max(10 * raise_by, 1e-3)
    step = linalg.cho_solve(factor, gradient)
    whole = np.zeros(free.size)
    whole[free] = step / scale
    return whole, float(gradient @ step), raise_by > 0


def _climb(
    problem: Problem, params: FloatArray, here: Point, step: FloatArray, gain: float
) -> tuple[FloatArray, Point] | None:
    """Go along the step, or half of it, until the log likelihood rises."""
    noise = 1e-13 * abs(here.value)
    share = 1.0
    for _ in range(40):
        there = problem.evaluate(params + share * step)
        finite = np.isfinite(there.value) and np.isfinite(there.information).all()
        if finite and there.value >= here.value + 1e-4 * share * gain - noise:
            return params + share * step, there
        share /= 2
    return None

"""What refits over a parameter, a law or a reading say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from scipy import optimize, special

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.errors import SettingError
from conflictstats.models.regression.estimate import Estimate, estimate, poisson_of
from conflictstats.models.regression.formula import split
from conflictstats.models.regression.naming import (
    DISPERSION,
    SMALLEST,
    natural,
    parameter_names,
    parts_of,
)
from conflictstats.models.regression.newton import Problem, maximise

if TYPE_CHECKING:
    from conflictstats.models.regression.model import CountRegression

DOUBLINGS = 12
BAND = ("estimate", "lower", "upper")


def dispersion_test(problem: Problem) -> xr.Dataset:
    """Twice the log likelihood that a dispersion adds, and its p-value."""
    found = estimate(problem)
    statistic, p_value = 0.0, 1.0
    if not found.boundary:
        without = estimate(poisson_of(problem))
        statistic = max(2 * (found.optimum.value - without.optimum.value), 0.0)
        p_value = 0.5 * float(special.erfc(np.sqrt(statistic / 2)))
    return xr.Dataset({"statistic": statistic, "p_value": p_value})


def profile(problem: Problem, params: Sequence[str] | None, level: float) -> xr.Dataset:
    """Profile likelihood intervals of some parameters."""
    found = estimate(problem)
    names = parameter_names(problem)
    wanted = list(names if params is None else params)
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise SettingError(
            f"no parameter {', '.join(unknown)}; there are {', '.join(names)}"
        )
    best, free = _whole(found, problem)
    error = np.sqrt(np.diagonal(_errors(found, problem)))
    drop = float(special.ndtri((1 + level) / 2)) ** 2 / 2
    ends = []
    for name in wanted:
        j = names.index(name)
        curve = _Curve(problem, best, free, j, found.optimum.value - drop)
        step = error[j] if np.isfinite(error[j]) else 1.0
        ends.append([best[j], curve.end(-step), curve.end(step)])
    table = natural(wanted, np.array(ends))
    return xr.Dataset(
        {name: ("param", table[:, i]) for i, name in enumerate(BAND)},
        {"param": wanted},
        {"level": level, "kind": "confidence"},
    )


class _Curve:
    """Largest log likelihood as a function of one parameter."""

    def __init__(
        self,
        problem: Problem,
        best: FloatArray,
        free: BoolArray,
        j: int,
        threshold: float,
    ) -> None:
        self.problem, self.j, self.threshold = problem, j, threshold
        self.best, self.last = best, best.copy()
        self.free = free.copy()
        self.free[j] = False
        self.spread = parts_of(problem)[j] == DISPERSION

    def above(self, value: float) -> float:
        """By how much the log likelihood is above the threshold."""
        start = self.last.copy()
        start[self.j] = value
        found = maximise(self.problem, start, self.free)
        self.last = found.params
        return found.value - self.threshold

    def end(self, step: float) -> float:
        """Where the curve crosses the threshold in the direction of the step."""
        inside, self.last = self.best[self.j], self.best.copy()
        for _ in range(DOUBLINGS):
            outside = inside + step
            if self.spread and outside < SMALLEST:
                return -np.inf
            if self.above(outside) < 0:
                return float(optimize.brentq(self.above, inside, outside, rtol=1e-10))
            inside, step = outside, 2 * step
        return float(np.sign(step) * np.inf)


def _whole(found: Estimate, problem: Problem) -> tuple[FloatArray, BoolArray]:
    """Estimates and what is free, with a dispersion even where it is zero."""
    if not found.boundary:
        return found.optimum.params, found.free
    where = problem.designs[0].columns
    params = np.insert(found.optimum.params, where, SMALLEST)
    return params, np.insert(found.free, where, True)


def _errors(found: Estimate, problem: Problem) -> FloatArray:
    """Covariance, with unknown entries for a dispersion of zero."""
    errors = found.covariance
    if not found.boundary:
        return errors
    where = problem.designs[0].columns
    for axis in (0, 1):
        errors = np.insert(errors, where, np.nan, axis=axis)
    return errors


def over_mechanisms(
    model: CountRegression,
    frame: pd.DataFrame,
    qualifier: str,
    cases: list[tuple[str, float]],
    level: float,
) -> xr.Dataset:
    """Estimates under each reading of one kind of report."""
    if split(model.formula)[0].qualifier is None:
        raise SettingError(
            "the formula names no qualifiers; say reported(low, high, qualifier) ~ ..."
        )
    bands, told = [], []
    for name, share in cases:
        other = replace(
            model,
            mechanisms={**model.mechanisms, qualifier: name},
            found=model.found if np.isnan(share) else share,
        )
        fit = other.fit(frame, strict=False)
        bands.append(fit.conf_int(level))
        told.append((name, share, fit.status.name, fit.loglik))
    columns = ("mechanism", "found", "status", "loglik")
    told_by = {
        column: ("case", list(values))
        for column, values in zip(columns, zip(*told, strict=True), strict=True)
    }
    curve = xr.concat(bands, "case", combine_attrs="override")
    return curve.assign_coords(told_by).assign_attrs(qualifier=qualifier)

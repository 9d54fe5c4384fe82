"""Expected and new counts of any table, from a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from conflictstats._typing import FloatArray
from conflictstats.models.regression.design import Design
from conflictstats.models.regression.expansion import (
    Expansion,
    log_chance,
    log_complement,
)
from conflictstats.models.regression.frame import numbered
from conflictstats.models.regression.laws import NegBin, Predictors
from conflictstats.models.regression.naming import DISPERSION
from conflictstats.models.regression.prepare import builders, law_of, offset_of
from conflictstats.models.regression.zeros import Hurdle, Inflated

if TYPE_CHECKING:
    from conflictstats.models.regression.fit import CountRegressionFit


def log_mean(
    fit: CountRegressionFit, frame: pd.DataFrame
) -> tuple[FloatArray, FloatArray]:
    """Log of the expected count of each row, and its standard error."""
    designs, offset = _designs(fit, frame)
    params, errors = _on_logs(fit)
    at = _predictors(designs, params, offset)
    law = law_of(fit.model, dispersed=_dispersed(fit))
    found = Expansion(at[0], np.ones((1, offset.size)), np.zeros((1, 1, offset.size)))
    m = len(law.predictors)
    found = found.placed((0,), m)
    if isinstance(law, Inflated):
        found += log_chance(at[-1], -1.0).placed((m - 1,), m)
    elif isinstance(law, Hurdle):
        some = log_complement(law.counts.none(at[:-1])).placed(tuple(range(m - 1)), m)
        found += log_chance(at[-1], 1.0).placed((m - 1,), m) - some
    rows = slice(0, offset.size)
    slopes = np.concatenate(
        [
            first[:, None] * design.all_columns(rows)
            for first, design in zip(found.first, designs, strict=True)
        ],
        axis=1,
    )
    return found.value, np.sqrt(np.einsum("ij,jk,ik->i", slopes, errors, slopes))


def draw_counts(
    fit: CountRegressionFit,
    frame: pd.DataFrame,
    draws: int,
    rng: np.random.Generator,
) -> FloatArray:
    """New counts, shape (draws, rows)."""
    designs, offset = _designs(fit, frame)
    params, errors = _on_logs(fit)
    counts = np.empty((draws, offset.size))
    drawn = rng.multivariate_normal(params, errors, draws, method="eigh")
    for row, one in zip(counts, drawn, strict=True):
        row[:] = _draw(fit, _predictors(designs, one, offset), rng)
    return counts


def _draw(
    fit: CountRegressionFit, at: Predictors, rng: np.random.Generator
) -> FloatArray:
    """One new count for each row."""
    mean, size = np.exp(at[0]), np.full(1, np.inf)
    counts = law_of(fit.model, dispersed=_dispersed(fit))
    counts = counts.counts if isinstance(counts, Inflated | Hurdle) else counts
    if isinstance(counts, NegBin):
        size = np.exp(counts.log_size(at[:2]))
    chance = 1 / (1 + np.exp(-at[-1]))
    if fit.model.zeros == "hurdle":
        return np.where(rng.random(mean.size) < chance, _some(mean, size, rng), 0.0)
    counted = rng.poisson(_spread(mean, size, rng)).astype("float64")
    if fit.model.zeros == "inflated":
        counted[rng.random(mean.size) < chance] = 0
    return counted


def _spread(mean: FloatArray, size: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Means that vary by a gamma law with this size."""
    if np.isinf(size).all():
        return mean
    return np.asarray(rng.gamma(size, mean / size), dtype=np.float64)


def _some(mean: FloatArray, size: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Counts that are not zero: the time of the first event, then those after it."""
    uniform = rng.random(mean.size)
    if np.isinf(size).all():
        first = -np.log1p(uniform * np.expm1(-mean)) / mean
        return np.asarray(1.0 + rng.poisson(mean * (1 - first)), dtype=np.float64)
    none = np.exp(-size * np.log1p(mean / size))
    survived = 1 - uniform * (1 - none)
    first = np.expm1(-np.log(survived) / size) * size / mean
    rate = rng.gamma(size + 1, 1 / (size / mean + first))
    return 1.0 + rng.poisson(rate * np.maximum(1 - first, 0))


def _designs(
    fit: CountRegressionFit, frame: pd.DataFrame
) -> tuple[list[Design], FloatArray]:
    """Designs of a table, and its offset."""
    frame = numbered(frame)
    made = builders(fit.model, dict(fit.levels), frame)
    designs = [made[0].design(frame)]
    if _dispersed(fit):
        designs.append(Design.ones(len(frame), DISPERSION))
    designs += [builder.design(frame) for builder in made[1:]]
    return designs, offset_of(fit.model, frame)


def _predictors(
    designs: list[Design], params: FloatArray, offset: FloatArray
) -> Predictors:
    """Predictors of each row."""
    ends = np.cumsum([design.columns for design in designs])[:-1]
    parts = np.split(params, ends)
    rows = slice(0, offset.size)
    first, *rest = (d.predictor(p, rows) for d, p in zip(designs, parts, strict=True))
    return (first + offset, *rest)


def _dispersed(fit: CountRegressionFit) -> bool:
    """Whether the fit has a dispersion above zero."""
    dispersion = fit.params.values[fit.table["part"].values == DISPERSION]
    return bool(dispersion.size and dispersion[0] > 0)


def _on_logs(fit: CountRegressionFit) -> tuple[FloatArray, FloatArray]:
    """Parameters and covariance with the log dispersion; aliased ones are zero."""
    part = fit.table["part"].values
    params, errors = fit.params.values.copy(), fit.cov_params.values
    spread = part == DISPERSION
    scale = np.where(spread, params, 1.0)
    kept = ~spread | _dispersed(fit)
    with np.errstate(divide="ignore", invalid="ignore"):
        params = np.where(spread, np.log(params), params)
        errors = errors / np.outer(scale, scale)
    return (
        np.nan_to_num(params[kept]),
        np.nan_to_num(errors[np.ix_(kept, kept)]),
    )

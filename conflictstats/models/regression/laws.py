"""Laws of counts as expansions in their predictors.

The predictors are ``count`` (log mean), ``dispersion`` (log of alpha in
``Var = mu + alpha mu**p``) and ``zero`` (logit of what happens at zero), or fewer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from scipy import special

from conflictstats._typing import FloatArray, IntArray
from conflictstats.models.regression.expansion import (
    Expansion,
    log_complement,
    log_mixture,
)
from conflictstats.models.regression.reports import (
    SHORT,
    Constants,
    Reports,
    size_terms,
)
from conflictstats.numerics.likelihood import nb2, poisson
from conflictstats.numerics.likelihood.poisson import MOST

Predictors: TypeAlias = tuple[FloatArray, ...]
"""Numbers for each row; that of the dispersion may be one for all, shape (1,)."""

NEARLY_ALL = float(np.log1p(-1e-6))
"""Above this log probability too few digits are left in that of the opposite."""
SMALL = Constants(np.arange(SHORT))
STEP = 0.01
"""Step in log size of differences of fourth order."""


class Law(Protocol):
    """Log probability of intervals given the predictors of each."""

    @property
    def predictors(self) -> tuple[str, ...]:
        """Names of the predictors, in order."""
        ...

    def intervals(self, at: Predictors, reports: Reports) -> Expansion:
        """Log probability of each interval."""
        ...


class CountLaw(Law, Protocol):
    """A law without anything special at zero."""

    def none(self, at: Predictors) -> Expansion:
        """Log probability of no deaths."""
        ...


def expand(law: Law, at: Predictors, reports: Reports) -> Expansion:
    """Log probability of each observation, of one interval or several."""
    if not reports.mixed:
        return law.intervals(at, reports)
    owner = reports.owner
    each = tuple(one if one.size == 1 else one[owner] for one in at)
    parts = law.intervals(each, reports).plus(reports.log_weight)
    return log_mixture(parts, reports.starts)


@dataclass(frozen=True, slots=True)
class Poisson:
    """Counts whose variance is their mean."""

    predictors: tuple[str, ...] = ("count",)

    def intervals(self, at: Predictors, reports: Reports) -> Expansion:
        """Log probability of each interval."""
        log_mean = np.minimum(at[0] + reports.log_found, MOST)
        return _apart(
            reports,
            _poisson_point(reports.low, log_mean),
            lambda chosen: _poisson_wide(log_mean, reports, chosen),
            lambda count, owner: _poisson_point(count, log_mean[owner]),
        )

    def none(self, at: Predictors) -> Expansion:
        """Log probability of no deaths."""
        mean = np.exp(np.minimum(at[0], MOST))
        return Expansion(-mean, -mean[None], -mean[None, None])


@dataclass(frozen=True, slots=True)
class NegBin:
    """Counts with variance ``mu + alpha mu**power``."""

    power: float = 2.0
    predictors: tuple[str, ...] = ("count", "dispersion")

    def intervals(self, at: Predictors, reports: Reports) -> Expansion:
        """Log probability of each interval."""
        log_mean = np.minimum(at[0] + reports.log_found, MOST)
        log_size = self.log_size(at)
        own = _apart(
            reports,
            _points(log_mean, log_size, reports),
            lambda chosen: _wide(log_mean, log_size, reports, chosen),
            lambda count, owner: _small(count, log_mean[owner], log_size, owner),
        )
        return own.through(self._change)

    def none(self, at: Predictors) -> Expansion:
        """Log probability of no deaths."""
        log_mean, nothing = np.minimum(at[0], MOST), np.zeros((3, 1))
        point = _point(np.zeros(1), log_mean, self.log_size(at), nothing)
        return point.through(self._change)

    def log_size(self, at: Predictors) -> FloatArray:
        """Log of the size r for which the variance is mu + mu^2 / r."""
        if self.power == 2:
            return -at[1]
        return (2 - self.power) * np.minimum(at[0], MOST) - at[1]

    @property
    def _change(self) -> FloatArray:
        """Log mean and log size as linear functions of the predictors."""
        return np.array([[1.0, 0.0], [2 - self.power, -1.0]])


def _apart(
    reports: Reports,
    whole: Expansion,
    wide: Callable[[IntArray], Expansion],
    small: Callable[[FloatArray, IntArray], Expansion],
) -> Expansion:
    """Write those of other intervals over log probabilities of the lower bounds."""
    if reports.exact.all():
        return whole
    low, rest = reports.low, ~reports.exact
    upward = rest & np.isinf(reports.high) & (low > 0) & (low < SHORT)
    above = np.flatnonzero(upward)
    if above.size:
        lengths = low[above].astype(np.int64)
        starts = np.cumsum(lengths) - lengths
        count = np.arange(lengths.sum(), dtype=np.float64) - np.repeat(starts, lengths)
        below = log_mixture(small(count, np.repeat(above, lengths)), starts)
        sure = np.flatnonzero(below.value < NEARLY_ALL)
        whole.put(above[sure], log_complement(below.rows(sure)))
        rest[above[sure]] = False
    others = np.flatnonzero(rest)
    if others.size:
        whole.put(others, wide(others))
    return whole


def _poisson_point(count: FloatArray, log_mean: FloatArray) -> Expansion:
    """Poisson log probability of a count."""
    mean = np.exp(log_mean)
    value = count * log_mean - mean - special.gammaln(count + 1)
    return Expansion(value, (count - mean)[None], -mean[None, None])


def _poisson_wide(
    log_mean: FloatArray, reports: Reports, chosen: IntArray
) -> Expansion:
    """Poisson log probability of intervals of many counts."""
    part = poisson.Poisson().intervals(reports.low[chosen], reports.high[chosen])
    terms = part.terms(log_mean[chosen], np.zeros(()))
    return Expansion(terms.value, terms.slope[None], -terms.curvature[None, None])


def _points(log_mean: FloatArray, log_size: FloatArray, reports: Reports) -> Expansion:
    """Log probability of the lower bounds in log mean and log size."""
    if log_size.size == 1:
        constants = reports.constants.at(float(log_size[0]), reports.code)
    else:
        constants = size_terms(reports.low, np.exp(log_size))
    return _point(reports.low, log_mean, log_size, constants)


def _small(
    count: FloatArray, log_mean: FloatArray, log_size: FloatArray, owner: IntArray
) -> Expansion:
    """Log probability of counts below :data:`SHORT`, of intervals that own them."""
    if log_size.size == 1:
        constants = SMALL.at(float(log_size[0]), count.astype(np.int64))
        return _point(count, log_mean, log_size, constants)
    own = log_size[owner]
    return _point(count, log_mean, own, size_terms(count, np.exp(own)))


def _point(
    count: FloatArray,
    log_mean: FloatArray,
    log_size: FloatArray,
    constants: FloatArray,
) -> Expansion:
    """Log probability of a count, with digits kept from Poisson to very spread."""
    mean, size = np.exp(log_mean), np.exp(log_size)
    total = mean + size
    stop, rest = size / total, mean / total
    log_stop = -np.log1p(mean / size)
    log_rest = -np.log1p(size / mean)
    ahead = count - mean
    by_size = size * (constants[1] + log_stop - ahead / total)
    value = constants[0] + count * log_rest + size * log_stop
    second = np.empty((2, 2, log_mean.size))
    second[0, 0] = -rest * stop * (size + count)
    second[0, 1] = second[1, 0] = ahead * stop * rest
    second[1, 1] = by_size + size * (size * constants[2] + rest + ahead * stop / total)
    return Expansion(value, np.stack([ahead * stop, by_size]), second)


def _wide(
    log_mean: FloatArray, log_size: FloatArray, reports: Reports, chosen: IntArray
) -> Expansion:
    """Log probability of intervals of many counts in log mean and log size."""
    part = nb2.NegBin().intervals(reports.low[chosen], reports.high[chosen])
    predictor = log_mean[chosen]
    at = log_size if log_size.size == 1 else log_size[chosen]
    terms = part.terms(predictor, at)
    near, far = (
        [part.terms(predictor, at + sign * step) for sign in (1, -1)]
        for step in (STEP, 2 * STEP)
    )
    by_size, across = (
        (8 * (near[0][i] - near[1][i]) - (far[0][i] - far[1][i])) / (12 * STEP)
        for i in (0, 1)
    )
    bend = 16 * (near[0].value + near[1].value) - (far[0].value + far[1].value)
    bend = (bend - 30 * terms.value) / (12 * STEP**2)
    second = np.stack([np.stack([-terms.curvature, across]), np.stack([across, bend])])
    return Expansion(terms.value, np.stack([terms.slope, by_size]), second)

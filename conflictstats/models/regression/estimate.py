"""Where to start, how to get there, and what to make of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import linalg

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.models.regression.design import blocks, independent
from conflictstats.models.regression.laws import Law, NegBin, Poisson
from conflictstats.models.regression.newton import Optimum, Problem, maximise
from conflictstats.models.regression.zeros import Hurdle, Inflated

ENOUGH = 10_000
"""Rows on which a first estimate is made where there are many more."""
LARGEST_SIZE = 1e6
"""A negative binomial of larger size is taken for Poisson."""
WILD = 1e3
"""Standard error of a predictor from which its coefficient is taken for infinite."""
SINGULAR = 1e-14
NEARBY = 1e-3
"""Squared length, in standard errors, that ends the search for a start."""


@dataclass(frozen=True)
class Estimate:
    """The largest likelihood, and where it is.

    Attributes
    ----------
    problem : Problem
        With the law that was fitted in the end.
    optimum : Optimum
        Its maximum.
    free : ndarray of bool, shape (p,)
        Parameters that could be estimated; the others are aliased.
    lengths : ndarray, shape (p,)
        Root of the sum of squares of each column.
    boundary : bool
        Whether a dispersion was asked for and is zero.
    """

    problem: Problem
    optimum: Optimum
    free: BoolArray
    lengths: FloatArray
    boundary: bool

    @cached_property
    def covariance(self) -> FloatArray:
        """Inverse of the observed information; NaN for what is aliased, (p, p)."""
        information = self.optimum.information[np.ix_(self.free, self.free)]
        scale = np.sqrt(np.maximum(np.diagonal(information), 1e-300))
        values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
        values = np.maximum(values, SINGULAR)
        inverse = (vectors / values) @ vectors.T / np.outer(scale, scale)
        whole = np.full((self.free.size, self.free.size), np.nan)
        whole[np.ix_(self.free, self.free)] = inverse
        return whole

    def unbounded(self) -> BoolArray:
        """Coefficients that the likelihood pushes to infinity, shape (p,)."""
        error = np.nan_to_num(np.sqrt(np.diagonal(self.covariance)))
        if not np.any(2 * self.lengths * error > WILD):
            return np.zeros(error.size, bool)
        spread = np.concatenate([each.spread() for each in self.problem.designs])
        return error * spread > WILD


def estimate(problem: Problem) -> Estimate:
    """Largest likelihood of a problem; a dispersion of zero is found as such."""
    checked = [independent(design) for design in problem.designs]
    free, lengths = (np.concatenate(parts) for parts in zip(*checked, strict=True))
    first = problem.every(max(problem.n // ENOUGH, 1))
    start, spread_out = _first(first, free)
    if isinstance(_counts(problem.law), Poisson):
        best = maximise(problem, start, free)
        return Estimate(problem, best, free, lengths, False)
    if spread_out:
        start = maximise(first, start, free, close=NEARBY).params
        best = maximise(problem, start, free)
        if _size(first, best.params) < LARGEST_SIZE:
            return Estimate(problem, best, free, lengths, False)
    kept = np.arange(free.size) != problem.designs[0].columns
    poisson = poisson_of(problem)
    best = maximise(poisson, start[kept], free[kept])
    return Estimate(poisson, best, free[kept], lengths[kept], True)


def poisson_of(problem: Problem) -> Problem:
    """The same problem without a dispersion."""
    law = problem.law
    if isinstance(law, Inflated | Hurdle):
        plain: Law = type(law)(Poisson())
        return replace(
            problem, law=plain, designs=(problem.designs[0], *problem.designs[2:])
        )
    return replace(problem, law=Poisson(), designs=problem.designs[:1])


def _counts(law: Law) -> Law:
    """Law of the counts, without what happens at zero."""
    return law.counts if isinstance(law, Inflated | Hurdle) else law


def _size(problem: Problem, params: FloatArray) -> float:
    """NB size at the mean count."""
    counts = _counts(problem.law)
    assert isinstance(counts, NegBin)
    where = problem.designs[0].columns
    log_mean = np.log(np.average(_middle(problem), weights=problem.weight))
    size = (2 - counts.power) * log_mean - params[where]
    return float(np.exp(min(size, 700.0)))


def _middle(problem: Problem) -> FloatArray:
    """A count for each row: the reported one, or one from its first interval."""
    reports, first = problem.reports, problem.reports.starts
    low, high = reports.low[first], reports.high[first]
    middle = np.where(np.isfinite(high), (low + high) / 2, 1.5 * low + 0.5)
    return middle / np.exp(reports.log_found[first])


def _first(problem: Problem, free: BoolArray) -> tuple[FloatArray, bool]:
    """Poisson estimates with guesses of the rest; whether counts are overdispersed."""
    design = problem.designs[0]
    own = free[: design.columns]
    law = Poisson()
    counts = replace(problem, law=law, designs=(design,))
    beta = maximise(counts, _weighted(counts, own), own, close=NEARBY).params
    mean = np.concatenate(
        [np.exp(counts.predictors(beta, rows)[0]) for rows in blocks(problem.n)]
    )
    middle, weight = _middle(problem), problem.weight
    parts, spread_out = [beta], True
    family = _counts(problem.law)
    if isinstance(family, NegBin):
        excess = weight @ (((middle - mean) ** 2 - middle) * mean ** (family.power - 2))
        total = weight @ mean ** (2 * family.power - 2)
        parts.append(np.log(np.clip([excess / total], 0.01, 10.0)))
        plain = problem.reports.exact.all() and family is problem.law
        spread_out = bool(excess > 0 or not plain)
    if family is not problem.law:
        parts.append(_zero_start(problem, mean))
    return np.concatenate(parts), spread_out


def _weighted(problem: Problem, free: BoolArray) -> FloatArray:
    """One step of weighted least squares from a mean between count and average."""
    design, middle = problem.designs[0], _middle(problem)
    weight, exposed = problem.weight, np.exp(problem.offset)
    mean = (middle + exposed * (weight @ middle) / (weight @ exposed)) / 2
    response = np.log(mean) - problem.offset + (middle - mean) / mean
    products = np.zeros((design.columns, design.columns))
    right = np.zeros(design.columns)
    for rows in blocks(problem.n):
        own = (weight * mean)[rows]
        products += design.cross(own, design, rows)
        right += design.project(own * response[rows], rows)
    found = np.zeros(design.columns)
    inside = products[np.ix_(free, free)]
    ridge = np.diag(1e-9 * np.diagonal(inside) + 1e-12)
    found[free] = linalg.solve(inside + ridge, right[free], assume_a="pos")
    return found


def _zero_start(problem: Problem, mean: FloatArray) -> FloatArray:
    """Start of the zero part: its intercept from the share of zeros."""
    zero = np.average(_middle(problem) == 0, weights=problem.weight)
    if isinstance(problem.law, Inflated):
        chance = zero - np.average(1 / (1 + mean), weights=problem.weight)
    else:
        chance = 1 - zero
    chance = float(np.clip(chance, 0.05, 0.95))
    names = problem.designs[-1].names
    start = np.zeros(len(names))
    start[[name == "Intercept" for name in names]] = np.log(chance / (1 - chance))
    return start

"""Small latent fields with known answers, and references that share no code."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from scipy import special, stats

from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.components import random_walk
from conflictstats.numerics.engine.design import Design
from conflictstats.numerics.engine.observation import Observations
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.numerics.likelihood.reports import Reports
from conflictstats.numerics.likelihood.terms import Sensitivity, Terms
from conflictstats.numerics.sampling import hmc

START_SD = 5.0
STEP_RATE = 8.0


def reports(count, family=None, high=None, thinned=None):
    """Counts as printed, from ``count`` to ``high``, or found so far if ``thinned``."""
    low = np.asarray(count, float)
    high = low if high is None else high
    thinned = np.zeros(low.shape, bool) if thinned is None else thinned
    return Reports(family or NegBin(), Reading(low, high, thinned))


def square(band):
    """Symmetric matrices of a stack of lower bands, shape (stack, n, n)."""
    stack, n, width = band.shape
    out = np.zeros((stack, n, n))
    for d in range(min(width, n)):
        j = np.arange(n - d)
        out[:, j + d, j] = out[:, j, j + d] = band[:, : n - d, d]
    return out


def exponential(rates):
    """Log density and gradient of the logs of independent exponential variables."""
    rates = np.asarray(rates, float)

    def log_prior(theta):
        value = theta - rates * np.exp(theta) + np.log(rates)
        return value.sum(axis=1), 1 - rates * np.exp(theta)

    return log_prior


def nowhere(problem, stack=1, level=0.0):
    """Flat fields from which a search may start."""
    return Vector(
        np.full((stack, problem.design.nodes), float(level)),
        np.zeros((stack, problem.design.effects)),
    )


def build(likelihood, n, path=None, effects=(), border=None, **rest):
    """Observations of each of n cells; NB size is exp(-2 theta) unless told."""
    settings = {
        "path": random_walk(n, start_sd=START_SD) if path is None else path,
        "effects": tuple(effects),
        "design": Design.of_path(n, border),
        "observed": Observations.of_cells(n),
        "likelihood": likelihood,
        "log_prior": exponential([1.0]),
        "dispersion_scale": -2.0,
    }
    return Problem(**(settings | rest))


class Normal:
    """Normal observations, for which Laplace's approximation is exact."""

    edged = False

    def __init__(self, value, sd):
        self.data, self.sd = np.asarray(value, float), sd

    def of_series(self, series):
        return self

    def value(self, predictor, dispersion, found):
        return self.terms(predictor, dispersion, found).value

    def terms(self, predictor, dispersion, found):
        away = (self.data - predictor) / self.sd
        log_density = -0.5 * away**2 - np.log(self.sd * np.sqrt(2 * np.pi))
        return Terms(log_density, away / self.sd, np.full_like(away, self.sd**-2))

    def third(self, predictor, dispersion, found):
        return np.zeros_like(predictor)

    def sensitivity(self, predictor, dispersion, found):
        zero = np.zeros_like(predictor)
        return Sensitivity(zero, Terms(zero, zero, zero), Terms(zero, zero, zero))


class Exact(NamedTuple):
    mean: np.ndarray
    sd: np.ndarray
    log_evidence: float


def moments(weight, grid):
    weight = weight / weight.sum()
    mean = weight @ grid
    return mean, np.sqrt(weight @ (grid - mean) ** 2)


@cache
def integrate(count, spread_rate):
    """One or two NB cells on a fixed grid of sds of steps, sizes and levels."""
    level = np.linspace(-18, 14, 257)
    log_step, log_spread = np.linspace(-11, 2.5, 42), np.linspace(-11, 4, 46)
    size = np.exp(-2 * log_spread)[:, None]
    log_odds = np.log(size) - level
    seen = [
        np.exp(
            special.gammaln(k + size)
            - special.gammaln(size)
            - special.gammaln(k + 1)
            + size * special.log_expit(log_odds)
            + k * special.log_expit(-log_odds)
        )
        for k in count
    ]
    prior = stats.norm.pdf(level, 0, START_SD)
    cell = (level[1] - level[0]) * (log_spread[1] - log_spread[0])
    spread = stats.expon.pdf(np.exp(log_spread), scale=1 / spread_rate)
    first = seen[0] * prior * (spread * np.exp(log_spread))[:, None] * cell
    if len(count) == 1:
        mean, sd = moments(first.sum(axis=0), level)
        return Exact(np.array([mean]), np.array([sd]), float(np.log(first.sum())))
    weights = np.zeros((2, level.size))
    for v in log_step:
        move = stats.norm.pdf(level[:, None], level, np.exp(v))
        move /= move.sum(axis=0)
        chance = stats.expon.pdf(np.exp(v), scale=1 / STEP_RATE) * np.exp(v)
        weights[0] += chance * (first * (seen[1] @ move)).sum(axis=0)
        weights[1] += chance * (seen[1] * (first @ move)).sum(axis=0)
    means, sds = zip(*(moments(w, level) for w in weights), strict=True)
    total = weights[0].sum() * (log_step[1] - log_step[0])
    return Exact(np.array(means), np.array(sds), float(np.log(total)))


class Sampled(NamedTuple):
    path: np.ndarray
    theta: np.ndarray
    rhat: float


@cache
def chains(count, spread_rate, draws):
    """Hamiltonian chains on a walk of NB cells, kept as standard normal steps."""
    y = np.array(count, float)

    def path_of(at):
        steps = at[:, 2:] * np.exp(at[:, :1])
        steps[:, 0] = START_SD * at[:, 2]
        return np.cumsum(steps, axis=1)

    def target(at):
        step, spread, path = np.exp(at[:, 0]), np.exp(at[:, 1]), path_of(at)
        r = spread[:, None] ** -2
        share = special.expit(path - np.log(r))
        told = special.gammaln(y + r) - special.gammaln(r)
        told += y * np.log(share) + r * np.log1p(-share)
        by_path = (y - np.exp(path)) * (1 - share)
        by_size = special.digamma(y + r) - special.digamma(r) + np.log1p(-share)
        by_size += share - y / r * (1 - share)
        later = np.cumsum(by_path[:, ::-1], axis=1)[:, ::-1]
        slope = later * step[:, None]
        slope[:, 0] = later[:, 0] * START_SD
        by_step = (slope[:, 1:] * at[:, 3:]).sum(axis=1)
        value = told.sum(axis=1) - 0.5 * (at[:, 2:] ** 2).sum(axis=1)
        value += at[:, :2].sum(axis=1) - STEP_RATE * step - spread_rate * spread
        gradient = np.empty_like(at)
        gradient[:, 0] = by_step + 1 - STEP_RATE * step
        gradient[:, 1] = -2 * (r * by_size).sum(axis=1) + 1 - spread_rate * spread
        gradient[:, 2:] = slope - at[:, 2:]
        return value, gradient

    start = np.zeros(y.size + 2)
    start[:3] = -2, -0.5, np.log(y.mean() + 0.3) / START_SD
    drawn = hmc.sample(target, start, draws, np.random.default_rng(7))
    return Sampled(path_of(drawn.draws), drawn.draws[:, :2], drawn.rhat)


@pytest.fixture(scope="session")
def told():
    return reports


@pytest.fixture(scope="session")
def normal_data():
    return Normal


@pytest.fixture(scope="session")
def dense():
    return square


@pytest.fixture(scope="session")
def exponential_priors():
    return exponential


@pytest.fixture(scope="session")
def flat_fields():
    return nowhere


@pytest.fixture(scope="session")
def problem_of():
    return build


@pytest.fixture(scope="session")
def walk_of_counts():
    """A walk of NB counts with exponential priors on steps and size^(-1/2)."""

    def make(count, spread_rate):
        count = np.asarray(count, float)
        log_prior = exponential([STEP_RATE, spread_rate])
        return build(reports(count), count.shape[-1], log_prior=log_prior)

    return make


@pytest.fixture(scope="session")
def quadrature():
    """Posterior of ``walk_of_counts`` with one or two cells."""
    return integrate


@pytest.fixture(scope="session")
def markov_chains():
    """Posterior of ``walk_of_counts``, sampled by chains that start anywhere."""
    return chains

"""The whole posterior against quadrature and against a sampler that shares no code."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special, stats

from conflictstats.numerics import laplace
from conflictstats.numerics.latent import RandomWalk
from conflictstats.numerics.likelihood.negbin import NegBinReports
from conflictstats.numerics.observation import ObservationMap

pytestmark = pytest.mark.usefixtures("unchecked")
START_SD = 5.0
STEP_RATE = 8.0


def setting_at(count, spread_rate, point):
    """Exponential priors on the sd of a step and on size^(-1/2), explored as logs."""
    step_sd, spread = np.exp(point)
    log_prior = point.sum() - STEP_RATE * step_sd - spread_rate * spread
    return laplace.Setting(
        RandomWalk(count.size, float(step_sd), 0.0, START_SD**-2),
        NegBinReports(count, count, np.zeros(count.size), float(spread**-2)),
        float(log_prior + np.log(STEP_RATE * spread_rate)),
    )


def posterior_of(count, spread_rate, draws, seed=1):
    count = np.asarray(count, float)
    nowhere = np.empty(0, int), np.empty((0, 0))
    observed = ObservationMap(
        count.size, np.arange(count.size), np.zeros(count.size), *nowhere
    )
    start = np.array([-2.0, -0.5]), np.full(count.size, np.log(count.mean() + 0.5))
    at = partial(setting_at, count, spread_rate)
    return laplace.sample(at, observed, start, draws, np.random.default_rng(seed))


# --- reference: quadrature over path and hyperparameters ---------------------------


class Exact(NamedTuple):
    mean: np.ndarray
    sd: np.ndarray
    log_evidence: float


def moments(weight, grid):
    weight = weight / weight.sum()
    mean = weight @ grid
    return mean, np.sqrt(weight @ (grid - mean) ** 2)


def integrate_densely(count, spread_rate):
    """One or two cells on a fixed grid of sds of steps, sizes and levels."""
    level = np.linspace(-18, 14, 257)
    log_step, log_spread = np.linspace(-11, 2.5, 82), np.linspace(-11, 4, 91)
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


@pytest.mark.parametrize("count", [[60], [150], [30, 40], [150, 90]], ids=str)
def test_moderate_counts_of_little_overdispersion_equal_quadrature(count):
    exact = integrate_densely(count, spread_rate=40.0)
    found = posterior_of(count, 40.0, 20_000)
    assert found.complete
    assert_allclose(found.log_evidence, exact.log_evidence, atol=0.02)
    off = (found.paths.mean(axis=0) - exact.mean) / exact.sd
    assert_allclose(off, 0, atol=0.1)
    assert_allclose(found.paths.std(axis=0) / exact.sd, 1, atol=0.05)


@pytest.mark.parametrize("count", [[0], [1], [5], [0, 3], [5, 8]], ids=str)
def test_one_or_two_low_counts_equal_quadrature(count):
    """So little is known that the posterior is far from Gaussian; weights mend it."""
    exact = integrate_densely(count, spread_rate=1.0)
    found = posterior_of(count, 1.0, 20_000)
    assert_allclose(found.log_evidence, exact.log_evidence, atol=0.03)
    off = (found.paths.mean(axis=0) - exact.mean) / exact.sd
    assert_allclose(off, 0, atol=0.1)
    assert_allclose(found.paths.std(axis=0) / exact.sd, 1, atol=0.1)


@pytest.mark.slow
def test_silence_equals_markov_chains():
    """Sixty cells without a death: the exact posterior leans far to the left."""
    chains = Chains(np.zeros(60), 1.0, 60, 3).run(3000)
    exact = np.quantile(np.exp(chains).mean(axis=-1), 0.95)
    paths = posterior_of(np.zeros(60), 1.0, 4_000).paths
    found = np.quantile(np.exp(paths).mean(axis=-1), 0.95)
    assert_allclose(found, exact, rtol=0.25)


# --- reference: elliptical slices and random walks ---------------------------------


class Chains:
    """Many chains at once on the exact posterior; priors as in ``setting_at``."""

    def __init__(self, count, spread_rate, chains, seed):
        self.y, self.n = np.asarray(count, float), chains
        self.rng = np.random.default_rng(seed)
        self.spread_rate = spread_rate
        self.log_step = self.rng.normal(-2, 0.3, chains)
        self.log_spread = self.rng.normal(-0.5, 0.3, chains)
        level = np.log(self.y.mean() + 0.3) + self.rng.normal(0, 0.3, (chains, 1))
        self.path = np.repeat(level, self.y.size, axis=1)
        self.told = self.log_likelihood(self.path, self.log_spread)

    def log_likelihood(self, path, log_spread):
        r = np.exp(-2 * log_spread)[:, None]
        constant = special.gammaln(self.y + r) - special.gammaln(r)
        mean = np.exp(path)
        body = self.y * (path - np.log(r + mean)) - r * np.log1p(mean / r)
        return (constant + body).sum(axis=1)

    def slice(self):
        """Murray, Adams and MacKay (2010) on the path."""
        steps = self.rng.standard_normal(self.path.shape)
        steps[:, 0] *= START_SD
        steps[:, 1:] *= np.exp(self.log_step)[:, None]
        other = np.cumsum(steps, axis=1)
        floor = self.told + np.log(self.rng.random(self.n))
        angle = self.rng.random(self.n) * 2 * np.pi
        low, high = angle - 2 * np.pi, angle.copy()
        start, todo = self.path.copy(), np.arange(self.n)
        while todo.size:
            turn = angle[todo, None]
            trial = start[todo] * np.cos(turn) + other[todo] * np.sin(turn)
            told = self.log_likelihood(trial, self.log_spread[todo])
            inside = told > floor[todo]
            done, todo, trial = todo[inside], todo[~inside], trial[inside]
            self.path[done], self.told[done] = trial, told[inside]
            below = angle[todo] < 0
            low[todo[below]] = angle[todo[below]]
            high[todo[~below]] = angle[todo[~below]]
            angle[todo] = self.rng.uniform(low[todo], high[todo])

    def accept(self, log_ratio):
        return np.log(self.rng.random(self.n)) < log_ratio

    def shift(self):
        path = self.path + self.rng.normal(0, 0.3, (self.n, 1))
        told = self.log_likelihood(path, self.log_spread)
        prior = (self.path[:, 0] ** 2 - path[:, 0] ** 2) / (2 * START_SD**2)
        ok = self.accept(told - self.told + prior)
        self.path[ok], self.told[ok] = path[ok], told[ok]

    def change_step(self):
        trial = self.log_step + self.rng.normal(0, 0.5, self.n)
        squares = (np.diff(self.path, axis=1) ** 2).sum(axis=1)

        def height(at):
            density = -(self.y.size - 1) * at - 0.5 * squares * np.exp(-2 * at)
            return density + at - STEP_RATE * np.exp(at)

        ok = self.accept(height(trial) - height(self.log_step))
        self.log_step[ok] = trial[ok]

    def rescale_steps(self):
        trial = self.log_step + self.rng.normal(0, 0.5, self.n)
        first = self.path[:, :1]
        path = first + (self.path - first) * np.exp(trial - self.log_step)[:, None]
        told = self.log_likelihood(path, self.log_spread)
        prior = trial - self.log_step
        prior -= STEP_RATE * (np.exp(trial) - np.exp(self.log_step))
        ok = self.accept(told - self.told + prior)
        self.log_step[ok] = trial[ok]
        self.path[ok], self.told[ok] = path[ok], told[ok]

    def change_size(self):
        trial = self.log_spread + self.rng.normal(0, 0.5, self.n)
        told = self.log_likelihood(self.path, trial)
        prior = trial - self.log_spread
        prior -= self.spread_rate * (np.exp(trial) - np.exp(self.log_spread))
        ok = self.accept(told - self.told + prior)
        self.log_spread[ok], self.told[ok] = trial[ok], told[ok]

    def run(self, steps):
        """Paths after a quarter of the steps, shape (kept, chains, T)."""
        kept = []
        for step in range(steps):
            for move in (
                self.slice,
                self.shift,
                self.change_step,
                self.rescale_steps,
                self.slice,
                self.change_size,
            ):
                move()
            if step >= steps // 4:
                kept.append(self.path.copy())
        return np.array(kept)


@pytest.mark.slow
@pytest.mark.parametrize(("mean", "size"), [(0.5, 0.7), (8.0, 1.0), (30.0, 10.0)])
def test_thirty_cells_equal_markov_chains(mean, size, rng):
    """Means within 0.1 posterior sd and sds within 5 %, also where the mean count is
    below one; 2 % are for the Monte Carlo error of either side.
    """
    level = np.log(mean) + np.cumsum(rng.normal(0, 0.15, 30))
    count = rng.poisson(rng.gamma(size, np.exp(level) / size))
    chains = Chains(count, 1.0, 100, 3).run(6000)
    centre, sd = chains.mean(axis=(0, 1)), chains.std(axis=(0, 1))
    error = chains.mean(axis=0).std(axis=0) / np.sqrt(chains.shape[1])
    assert (error < 0.05 * sd).all()
    found = posterior_of(count, 1.0, 8_000)
    assert_allclose((found.paths.mean(axis=0) - centre) / sd, 0, atol=0.1)
    assert_allclose(found.paths.std(axis=0) / sd, 1, atol=0.07)
    totals = [np.exp(paths).sum(axis=-1).ravel() for paths in (chains, found.paths)]
    exact, ours = (np.quantile(t, [0.05, 0.5, 0.95]) for t in totals)
    assert_allclose(ours, exact, rtol=0.06)


# --- identity and edge -----------------------------------------------------------


def test_the_same_seed_gives_the_same_draws(rng):
    count = rng.poisson(3, 40)
    one, two = (posterior_of(count, 1.0, 300, seed=9) for _ in range(2))
    assert_array_equal(one.paths, two.paths)
    assert_array_equal(one.hyper, two.hyper)
    other = posterior_of(count, 1.0, 300, seed=10)
    assert np.abs(other.paths - one.paths).max() > 0.1
    assert_allclose(other.log_evidence, one.log_evidence, atol=0.03)


def test_every_draw_has_its_own_hyperparameters(rng):
    found = posterior_of(rng.poisson(3, 40), 1.0, 999)
    assert found.paths.shape == (999, 40)
    assert len(np.unique(found.hyper, axis=0)) == 999
    steps = np.diff(found.paths, axis=1).std(axis=1)
    assert stats.spearmanr(steps, found.hyper[:, 0]).statistic > 0.7


def test_draws_are_in_no_order(rng):
    found = posterior_of(rng.poisson(3, 40), 1.0, 2000)
    trend = stats.spearmanr(np.arange(2000), found.hyper[:, 0]).statistic
    assert abs(trend) < 0.1


def test_overconfident_data_are_told(rng):
    """A walk with almost no steps and wild counts: the mode search still ends."""
    count = np.where(np.arange(60) == 30, 1e6, rng.poisson(4, 60))
    found = posterior_of(count, 1.0, 200)
    assert np.isfinite(found.paths).all()
    assert np.isfinite(found.log_evidence)

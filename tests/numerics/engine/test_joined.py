"""Paths that are put together against their parts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from conflictstats.errors import SettingError
from conflictstats.numerics.engine import banded, components
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.design import Design
from conflictstats.numerics.engine.joined import Joined
from conflictstats.numerics.engine.mode import find_mode
from conflictstats.numerics.engine.places import PlaceWalks
from conflictstats.numerics.engine.posterior import sample
from conflictstats.numerics.likelihood.poisson import Poisson

TURN = np.linalg.qr(np.array([[1.0, 2.0], [1.0, 0.0]]))[0]
MAKERS = {
    "walk": lambda n: components.random_walk(n, start_mean=1.5, start_sd=2.0),
    "bent": lambda n: components.random_walk(n, order=2, start_sd=2.0, slope_sd=1.0),
    "regressive": lambda n: components.AutoRegression(n, -0.5),
    "noise": components.noise,
    "two": lambda n: components.noise(2 * n),
    "places": lambda n: PlaceWalks(n, TURN, np.array([0.0, 1.0])),
}
kinds = st.lists(st.sampled_from(sorted(MAKERS)), min_size=1, max_size=3)
cases = {"kinds": kinds, "length": st.integers(1, 6), "seed": st.integers(0, 999)}


def joined_of(kinds, length, seed):
    """A joined path and hyperparameters."""
    path = Joined([MAKERS[kind](length) for kind in kinds], length)
    rng = np.random.default_rng(seed)
    return path, rng.normal(0, 0.7, (2, path.parameters)), rng


def split(path, theta):
    """Each part, its hyperparameters and its nodes."""
    first = 0
    for i, part in enumerate(path.parts):
        last = first + part.parameters
        yield part, theta[:, first:last], path.nodes_of(i).ravel()
        first = last


def log_density(found, mean, x):
    """Log density of one field under each of a stack."""
    away = x - mean
    pull = banded.multiply(found.band, np.tile(away, (len(found.band), 1)))
    return found.log_constant - 0.5 * pull @ away


@settings(max_examples=30)
@given(**cases)
def test_the_joint_density_is_the_product_of_those_of_the_parts(kinds, length, seed):
    path, theta, rng = joined_of(kinds, length, seed)
    x = rng.normal(0, 2, path.mean.size)
    told = log_density(path.precision(theta), path.mean, x)
    parts = [
        log_density(part.precision(own), part.mean, x[nodes])
        for part, own, nodes in split(path, theta)
    ]
    assert_allclose(told, np.sum(parts, axis=0), rtol=1e-10, atol=1e-9)


@settings(max_examples=30)
@given(**cases)
def test_the_precision_is_that_of_each_part_on_its_own_nodes(
    dense, kinds, length, seed
):
    path, theta, _ = joined_of(kinds, length, seed)
    wanted = np.zeros((2, path.mean.size, path.mean.size))
    for part, own, nodes in split(path, theta):
        wanted[np.ix_([0, 1], nodes, nodes)] = dense(part.precision(own).band)
    assert_array_equal(dense(path.precision(theta).band), wanted)


@settings(max_examples=30)
@given(**cases)
def test_slopes_are_those_of_richardson_differences(kinds, length, seed):
    path, theta, _ = joined_of(kinds, length, seed)
    for i, slope in enumerate(path.slopes(theta)):
        move = 1e-3 * np.eye(path.parameters)[i]
        at = {k: path.precision(theta + k * move) for k in (-2, -1, 1, 2)}
        for name in ("band", "log_constant"):
            near, far = (getattr(at[k], name) - getattr(at[-k], name) for k in (1, 2))
            close = {"rtol": 1e-7, "atol": 1e-8 * np.abs(getattr(at[1], name)).max()}
            assert_allclose(
                getattr(slope, name), (8 * near - far) / (12 * 1e-3), **close
            )


def test_every_node_belongs_to_one_part_and_times_stay_together():
    path = Joined([MAKERS[kind](4) for kind in ("places", "walk", "two")], 4)
    nodes = np.concatenate([path.nodes_of(i) for i in range(3)], axis=1)
    assert_array_equal(nodes, np.arange(20).reshape(4, 5))


def test_the_band_is_no_wider_than_the_ties():
    """A walk beside noise ties node j and j + 2, places that walk j and j + 2 P."""
    theta = np.zeros((1, 2))
    walk = Joined([components.random_walk(9), components.noise(9)], 9)
    assert walk.precision(theta).band.shape[2] == 3
    places = PlaceWalks(9, np.eye(4))
    beside = Joined([places, components.noise(36)], 9)
    assert beside.precision(np.zeros((1, 3))).band.shape[2] <= 2 * 8


def test_draws_of_a_sum_have_the_sum_of_the_covariances():
    path = Joined([components.random_walk(6, start_sd=1.5), components.noise(6)], 6)
    found = path.precision(np.log([[0.4, 0.7]]))
    factor, _ = banded.cholesky(found.band)
    white = np.random.default_rng(8).normal(size=(1, 12, 40_000))
    x = banded.solve_transposed(factor, white)[0]
    total = x[path.nodes_of(0)[:, 0]] + x[path.nodes_of(1)[:, 0]]
    t = np.arange(6)
    wanted = 1.5**2 + 0.4**2 * np.minimum(t[:, None], t) + 0.7**2 * np.eye(6)
    error = np.sqrt((wanted**2 + np.outer(np.diag(wanted), np.diag(wanted))) / 40_000)
    assert_array_equal(np.abs(np.cov(total) - wanted) < 5 * error, True)


def beside(n):
    """A walk and noise of which each cell sees the sum."""
    path = Joined([components.random_walk(n, start_sd=5.0), components.noise(n)], n)
    nodes = np.concatenate([path.nodes_of(i) for i in range(2)], axis=1)
    cells = np.arange(n)
    return path, Design(2 * n, nodes, np.zeros_like(cells), np.empty((1, 0)))


def test_normal_data_have_the_evidence_of_their_covariance(problem_of, normal_data):
    y, theta = np.array([0.3, 1.2, -0.4, 0.8, 2.0]), np.log([[0.5, 0.8]])
    path, design = beside(5)
    problem = problem_of(
        normal_data(y, 0.3), 5, path=path, design=design, dispersion_scale=None
    )
    start = Vector(np.zeros((1, 10)), np.zeros((1, 0)))
    t = np.arange(5)
    covariance = 25 + 0.25 * np.minimum(t[:, None], t) + (0.64 + 0.09) * np.eye(5)
    law = stats.multivariate_normal(np.zeros(5), covariance)
    found = find_mode(problem, theta, start).log_evidence
    assert_allclose(found, law.logpdf(y), rtol=1e-10)


def test_a_walk_and_noise_are_told_apart_in_counts(
    problem_of, told, exponential_priors
):
    """Poisson counts whose log rate walks with sd .1 and jumps about with sd .5.

    Of 25 such data sets 90 % intervals hold .89 of the walk, and from .76 to .99 of it
    in one: its errors hang together over tens of cells.
    """
    rng, n = np.random.default_rng(12), 160
    walk = np.log(20) + np.cumsum(rng.normal(0, 0.1, n))
    count = rng.poisson(np.exp(walk + rng.normal(0, 0.5, n)))
    path, design = beside(n)
    problem = problem_of(
        told(count, Poisson()),
        n,
        path=path,
        design=design,
        log_prior=exponential_priors([3.0, 3.0]),
        dispersion_scale=None,
    )
    start = Vector(np.zeros(2 * n), np.zeros(0))
    start.path[path.nodes_of(0)] = np.log(20)
    drawn = sample(problem, np.log([0.2, 0.2]), start, 400, np.random.default_rng(1))
    low, high = np.quantile(drawn.theta, [0.01, 0.99], axis=0)
    assert_array_equal(low < np.log([0.1, 0.5]), True)
    assert_array_equal(np.log([0.1, 0.5]) < high, True)
    assert high[0] < low[1]
    level = drawn.field.path[:, path.nodes_of(0)[:, 0]]
    low, high = np.quantile(level, [0.05, 0.95], axis=0)
    assert np.mean((low < walk) & (walk < high)) > 0.7


def test_parts_over_other_times_are_refused():
    with pytest.raises(SettingError, match=r"part 1 has 5 nodes.* each of 4 times"):
        Joined([components.noise(4), components.noise(5)], 4)

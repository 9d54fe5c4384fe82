"""Priors of paths and effects against their definition as random variables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.numerics import graph
from conflictstats.numerics.engine import components
from conflictstats.numerics.engine import effects as engine_effects
from conflictstats.numerics.engine.places import PlaceNoise, PlaceWalks

lengths = st.integers(1, 9)
logs = st.floats(-2, 1.5)


def check_law(dense, path, theta, covariance):
    """Precision and density at the mean against those of a covariance matrix."""
    found = path.precision(np.atleast_2d(theta))
    n = len(covariance)
    assert_allclose(dense(found.band)[0] @ covariance, np.eye(n), atol=1e-7)
    law = stats.multivariate_normal(path.mean, covariance, allow_singular=True)
    assert_allclose(found.log_constant[0], law.logpdf(path.mean), rtol=1e-9, atol=1e-9)


def check_slopes(path, theta, step=1e-5):
    theta = np.atleast_2d(theta)
    for i, slope in enumerate(path.slopes(theta)):
        move = step * np.eye(path.parameters)[i]
        up, down = path.precision(theta + move), path.precision(theta - move)
        for name in ("band", "log_constant"):
            rise = (getattr(up, name) - getattr(down, name)) / (2 * step)
            largest = np.abs(getattr(up, name)).max()
            close = {"rtol": 1e-6, "atol": 1e-9 * largest / step}
            assert_allclose(getattr(slope, name), rise, **close)


def sums(order, n):
    """From independent starts and steps to the path."""
    return np.linalg.matrix_power(np.tril(np.ones((n, n))), order)


@given(n=lengths, log_sd=logs, mean=st.floats(-3, 3), start_sd=st.floats(0.2, 5))
def test_a_walk_sums_independent_steps(dense, n, log_sd, mean, start_sd):
    path = components.random_walk(n, start_mean=mean, start_sd=start_sd)
    variance = np.full(n, np.exp(2 * log_sd))
    variance[0] = start_sd**2
    root = sums(1, n)
    check_law(dense, path, [log_sd], (root * variance) @ root.T)
    assert_allclose(path.mean, mean)
    check_slopes(path, [log_sd])


@given(n=lengths, log_sd=logs, start_sd=st.floats(0.5, 3), slope_sd=st.floats(0.5, 3))
def test_a_walk_of_order_two_sums_steps_twice(dense, n, log_sd, start_sd, slope_sd):
    path = components.random_walk(n, order=2, start_sd=start_sd, slope_sd=slope_sd)
    later = np.full(max(n - 2, 0), np.exp(2 * log_sd))
    variance = np.concatenate([[start_sd**2, slope_sd**2], later])[:n]
    level = sums(1, n)
    level[:, 1:] = sums(2, n)[:, 1:]
    check_law(dense, path, [log_sd], (level * variance) @ level.T)
    check_slopes(path, [log_sd])


@given(n=lengths, log_sd=logs, order=st.sampled_from([1, 2]))
def test_a_diffuse_walk_is_the_law_of_its_steps_alone(dense, n, log_sd, order):
    path = components.random_walk(n, order=order)
    found = path.precision(np.array([[log_sd]]))
    sd = np.exp(log_sd)
    x = np.random.default_rng(n).normal(size=n)
    law = stats.norm(0, sd).logpdf(np.diff(x, order)) if n > order else np.zeros(1)
    density = found.log_constant[0] - 0.5 * x @ dense(found.band)[0] @ x
    assert_allclose(density, law.sum(), rtol=1e-9, atol=1e-9)
    line = np.arange(n) ** (order - 1.0)
    assert_allclose(dense(found.band)[0] @ line, 0, atol=1e-9)


@given(n=lengths, log_sd=logs)
def test_noise_is_independent(dense, n, log_sd):
    check_law(dense, components.noise(n), [log_sd], np.exp(2 * log_sd) * np.eye(n))
    check_slopes(components.noise(n), [log_sd])


@given(n=lengths, log_sd=logs, turn=st.floats(-2, 2.5))
def test_an_autoregression_has_powers_of_rho_as_correlations(dense, n, log_sd, turn):
    t = np.arange(n)
    correlation = np.tanh(turn) ** np.abs(t[:, None] - t)
    path = components.AutoRegression(n)
    check_law(dense, path, [log_sd, turn], np.exp(2 * log_sd) * correlation)
    check_slopes(path, [log_sd, turn])


def test_an_autoregression_without_memory_is_noise(dense):
    theta = np.array([[0.3, 0.0]])
    found = components.AutoRegression(6).precision(theta)
    noise = components.noise(6).precision(theta[:, :1])
    assert_allclose(dense(found.band), dense(noise.band), atol=1e-14)
    assert_allclose(found.log_constant, noise.log_constant)


def test_an_autoregression_with_all_memory_has_the_steps_of_a_walk(dense):
    """Steps have variance sigma^2 (1 - rho^2) = 2 sigma^2 (1 - rho), nearly."""
    turn, step = 6.0, 0.5
    log_sd = np.log(step) - 0.5 * np.log(2 * (1 - np.tanh(turn)))
    found = components.AutoRegression(8).precision(np.array([[log_sd, turn]]))
    walk = components.random_walk(8).precision(np.log([[step]]))
    assert_allclose(dense(found.band), dense(walk.band), atol=1e-3)
    flat = found.band[0].sum() + found.band[0, :, 1].sum()
    assert 0 < flat < 1e-4


# --- places --------------------------------------------------------------------


def basis_of(places, seed):
    """Orthonormal columns, the first of which is constant."""
    columns = np.random.default_rng(seed).normal(size=(places, places))
    columns[:, 0] = 1
    return np.linalg.qr(columns)[0]


place_cases = {
    "length": st.integers(1, 5),
    "places": st.integers(1, 5),
    "theta": st.tuples(logs, logs, st.floats(-3, 3)),
    "smooth": st.booleans(),
    "seed": st.integers(0, 99),
}


@given(**place_cases)
def test_walks_of_places_share_a_step(dense, length, places, theta, smooth, seed):
    basis = basis_of(places, seed)
    smooth_variance = np.arange(places) / 2 if smooth else None
    path = PlaceWalks(length, basis, smooth_variance, 0.7, 2.0)
    theta = np.array(theta[: path.parameters])
    own = np.eye(places)
    if smooth:
        rho = 1 / (1 + np.exp(-theta[2]))
        own = (1 - rho) * own + rho * (basis * smooth_variance) @ basis.T
    step = np.exp(2 * theta[0]) + np.exp(2 * theta[1]) * own
    root = sums(1, length)
    start, later = np.zeros(length), np.ones(length)
    start[0], later[0] = 1, 0
    covariance = np.kron((root * start) @ root.T, 4 * np.eye(places))
    covariance += np.kron((root * later) @ root.T, step)
    check_law(dense, path, theta, covariance)
    check_slopes(path, theta)


@given(length=st.integers(1, 6), places=st.integers(1, 4), log_sd=logs)
def test_places_that_share_nothing_walk_alone(dense, length, places, log_sd):
    path = PlaceWalks(length, basis_of(places, 3))
    found = path.precision(np.array([[-30.0, log_sd]]))
    alone = components.random_walk(length, start_sd=5.0).precision(np.array([[log_sd]]))
    wanted = np.kron(dense(alone.band)[0], np.eye(places))
    assert_allclose(dense(found.band)[0], wanted, rtol=1e-9, atol=1e-12)
    assert_allclose(found.log_constant, places * alone.log_constant, rtol=1e-9)


@given(
    length=st.integers(1, 4),
    places=st.integers(1, 5),
    theta=st.tuples(logs, st.floats(-3, 3)),
    seed=st.integers(0, 99),
)
def test_noise_of_places_is_new_at_every_time(dense, length, places, theta, seed):
    """Knorr-Held's types I and III, weighed: independent over time, V D V' over it."""
    basis, smooth = basis_of(places, seed), np.arange(places) / 2
    rho = 1 / (1 + np.exp(-theta[1]))
    own = (1 - rho) * np.eye(places) + rho * (basis * smooth) @ basis.T
    path = PlaceNoise(length, basis, smooth)
    covariance = np.kron(np.eye(length), np.exp(2 * theta[0]) * own)
    check_law(dense, path, theta, covariance)
    check_slopes(path, theta)


def test_noise_of_places_ends_in_the_types_one_and_three(dense):
    """On a map in two parts, one of which is an island."""
    island = graph.from_pairs(4, np.array([[0, 1], [1, 2]]))
    basis = graph.spectral_basis(island)
    path = PlaceNoise(2, basis.vectors, graph.smooth_variances(basis))
    first, third = (
        np.linalg.inv(dense(path.precision(np.array([[np.log(0.5), turn]])).band)[0])
        for turn in (-30.0, 18.0)
    )
    assert_allclose(first, 0.25 * np.eye(8), atol=1e-12)
    assert_allclose(third[:4, 4:], 0, atol=1e-12)
    on_land = third[:3, :3]
    assert_allclose(on_land.sum(axis=1), 0, atol=1e-6)
    intrinsic = np.linalg.pinv(island.laplacian.toarray()[:3, :3])
    scale = np.exp(np.log(np.diag(intrinsic)).mean())
    assert_allclose(on_land, 0.25 * intrinsic / scale, atol=1e-6)
    assert_allclose(third[3, :4], [0, 0, 0, 0.25], atol=1e-9)


# --- effects -------------------------------------------------------------------


def check_variances(effects, theta, wanted, step=1e-6):
    theta = np.atleast_2d(np.array(theta, float))
    value, slopes = effects.log_variance(theta)
    assert_allclose(np.exp(value[0]), wanted, rtol=1e-12)
    assert len(slopes) == effects.parameters
    assert effects.size == len(wanted)
    for i, slope in enumerate(slopes):
        move = step * np.eye(effects.parameters)[i]
        up, down = (effects.log_variance(theta + m)[0] for m in (move, -move))
        assert_allclose(slope, (up - down) / (2 * step), atol=1e-7)


@given(log_sd=logs, turn=st.floats(-4, 4))
def test_variances_of_effects(log_sd, turn):
    v, rho = np.array([0.0, 0.4, 1.0, 2.5]), 1 / (1 + np.exp(-turn))
    sd = np.array([0.5, 3.0])
    check_variances(engine_effects.FixedEffects(sd), np.empty((1, 0)), sd**2)
    check_variances(
        engine_effects.ScaledEffects(v[1:]), [log_sd], np.exp(2 * log_sd) * v[1:]
    )
    mixed = np.exp(2 * log_sd) * (rho * v + 1 - rho)
    check_variances(engine_effects.MixedEffects(v), [log_sd, turn], mixed)


@pytest.mark.parametrize(
    "path",
    [
        components.random_walk(5, start_sd=1.0),
        components.AutoRegression(5),
        PlaceWalks(3, basis_of(2, 0), np.array([0.0, 1.0])),
        PlaceNoise(3, basis_of(2, 0), np.array([0.0, 1.0])),
    ],
    ids=["walk", "autoregression", "places", "noise of places"],
)
def test_a_stack_equals_its_members_one_by_one(path):
    theta = np.random.default_rng(2).normal(size=(4, path.parameters))
    together, slopes = path.precision(theta), path.slopes(theta)
    for i in range(4):
        one = path.precision(theta[i : i + 1])
        assert_allclose(together.band[i], one.band[0], rtol=1e-13)
        assert_allclose(together.log_constant[i], one.log_constant[0], rtol=1e-13)
        for slope, alone in zip(slopes, path.slopes(theta[i : i + 1]), strict=True):
            assert_allclose(slope.band[i], alone.band[0], rtol=1e-13)
            assert_allclose(slope.log_constant[i], alone.log_constant[0], rtol=1e-13)

"""Modes and Laplace evidence: KFAS, normal data, limits, sums, and what goes wrong."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize, stats

from conflictstats.numerics.engine import components
from conflictstats.numerics.engine import effects as engine_effects
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.design import Design
from conflictstats.numerics.engine.mode import find_mode
from conflictstats.numerics.engine.observation import Observations
from conflictstats.numerics.engine.places import PlaceWalks
from conflictstats.numerics.likelihood.poisson import Poisson


def variances(mode):
    return mode.factor.inverse_within_band()[..., 0]


# --- reference: KFAS -------------------------------------------------------------


@pytest.fixture
def campy(shared):
    return pd.read_csv(shared / "ts" / "campy.csv")["y"].to_numpy(float)


def diffuse(problem, sigma, size):
    """Mode at a step sd and an NB size, each an array."""
    theta = np.column_stack([np.log(sigma), -0.5 * np.log(size)])
    start = np.full((len(theta), problem.design.nodes), 2.0)
    return find_mode(problem, theta, Vector(start, np.zeros((len(theta), 0))))


def test_level_and_its_sd_equal_kfas(campy, shared, told, problem_of):
    path = components.random_walk(campy.size)
    mode = diffuse(problem_of(told(campy), campy.size, path), [0.21449456], [113.92282])
    assert mode.converged.all()
    assert_allclose(mode.log_evidence, [-407.258792], rtol=0, atol=1e-6)
    reference = pd.read_csv(shared / "ts" / "ref_kfas_campy_nb_local_level.csv")
    assert_allclose(mode.field.path[0], reference["level"], atol=1e-6)
    assert_allclose(np.sqrt(variances(mode)[0]), reference["sd"], atol=1e-6)


def test_evidence_equals_kfas_at_fixed_sizes(campy, told, problem_of):
    """KFAS prints five decimals, of its own optimum of sigma, where it is flat."""
    problem = problem_of(told(campy), campy.size, components.random_walk(campy.size))
    sigma, size = [0.08100, 0.10858, 0.15642, 0.19665], [5, 10, 20, 50]
    expected = [-421.33669, -411.93405, -408.58166, -407.38688]
    assert_allclose(diffuse(problem, sigma, size).log_evidence, expected, atol=1e-5)


def test_a_level_with_drift_equals_kfas_on_deaths_in_finland(shared, told, problem_of):
    """Poisson deaths at 40-49 to 2007; KFAS prints eight digits of all."""
    table = pd.read_csv(shared / "ts" / "alcohol_finland.csv").query("year <= 2007")
    deaths = table["death.at.age.40.49"].to_numpy(float)
    people, n = table["population.by.age.40.49"].to_numpy(), len(table)
    wide = 1e5
    problem = problem_of(
        told(deaths, Poisson()),
        n,
        components.random_walk(n),
        [engine_effects.FixedEffects(np.array([wide]))],
        np.arange(float(n))[:, None],
        observed=Observations.of_cells(n, np.log(people)),
        dispersion_scale=None,
    )
    theta = 0.5 * np.log([[0.0053050426]])
    mode = find_mode(problem, theta, Vector(np.full((1, n), 3.0), np.zeros((1, 1))))
    diffuse_evidence = mode.log_evidence + np.log(wide) + 0.5 * np.log(2 * np.pi)
    assert_allclose(diffuse_evidence, [-191.69796], rtol=0, atol=5e-6)
    drift = mode.field.effects[0, 0]
    last = mode.field.path[0, -1] + (n - 1) * drift
    assert_allclose([last, drift], [3.996673, 0.022420353], rtol=1e-6)


# --- identity ----------------------------------------------------------------------


@settings(max_examples=30)
@given(
    n=st.integers(1, 8),
    kind=st.sampled_from(["walk", "second", "regression", "noise"]),
    log_sds=st.tuples(*[st.floats(-2, 1)] * 2),
    noise=st.floats(0.1, 3),
    seed=st.integers(0, 99),
)
def test_normal_observations_are_solved_exactly(
    problem_of, normal_data, n, kind, log_sds, noise, seed
):
    rng = np.random.default_rng(seed)
    y, border = rng.normal(0, 2, n), rng.normal(size=(n, 3))
    path = {
        "walk": components.random_walk(n, start_mean=0.7, start_sd=2.0),
        "second": components.random_walk(n, order=2, start_sd=2.0, slope_sd=1.0),
        "regression": components.AutoRegression(n),
        "noise": components.noise(n),
    }[kind]
    effects = [
        engine_effects.FixedEffects(np.array([1.5])),
        engine_effects.ScaledEffects(np.array([0.5, 2.0])),
    ]
    problem = problem_of(
        normal_data(y, noise), n, path, effects, border, dispersion_scale=None
    )
    theta = np.array([[log_sds[0], *[0.4] * (path.parameters - 1), log_sds[1]]])
    mode = find_mode(problem, theta, Vector(np.zeros((1, n)), np.zeros((1, 3))))
    band = path.precision(theta[:, : path.parameters]).band[0]
    precision = np.diag(band[:, 0])
    for d in range(1, min(n, band.shape[1])):
        off = np.diag(band[:-d, d], -d)
        precision = precision + off + off.T
    slope_variance = np.append(1.5**2, np.exp(2 * log_sds[1]) * np.array([0.5, 2.0]))
    prior = np.linalg.inv(precision)
    total = prior + (border * slope_variance) @ border.T + noise**2 * np.eye(n)
    law = stats.multivariate_normal(path.mean, total)
    assert mode.converged.all()
    assert_allclose(mode.log_evidence, [law.logpdf(y)], rtol=1e-7, atol=1e-7)
    pull = np.linalg.solve(total, y - path.mean)
    assert_allclose(mode.field.path[0], path.mean + prior @ pull, rtol=1e-6, atol=1e-6)
    effects = slope_variance * (border.T @ pull)
    assert_allclose(mode.field.effects[0], effects, rtol=1e-6, atol=1e-6)
    posterior = np.diag(prior - prior @ np.linalg.solve(total, prior))
    assert_allclose(variances(mode)[0], posterior, rtol=1e-6, atol=1e-9)


@settings(max_examples=25)
@given(seed=st.integers(0, 200), shift=st.floats(-6, 6))
def test_exposure_moves_the_path_and_nothing_else(problem_of, told, seed, shift):
    """With exposure up by e^shift and the prior moved along, the mode moves by it."""
    count = np.random.default_rng(seed).negative_binomial(0.5, 0.1, 9)
    theta, start = np.array([[-0.9, 0.35]]), Vector(np.zeros((1, 9)), np.zeros((1, 0)))
    modes = []
    for by in (0.0, shift):
        path = components.random_walk(9, start_mean=-by, start_sd=5.0)
        observed = Observations.of_cells(9, np.full(9, by))
        problem = problem_of(told(count), 9, path, observed=observed)
        modes.append(find_mode(problem, theta, start))
    plain, moved = modes
    assert_allclose(moved.field.path + shift, plain.field.path, atol=1e-6)
    assert_allclose(moved.log_evidence, plain.log_evidence, rtol=1e-9)


@settings(max_examples=20)
@given(seed=st.integers(0, 200))
def test_an_order_of_cells_is_only_an_order(problem_of, told, flat_fields, seed):
    rng = np.random.default_rng(seed)
    count, order = rng.negative_binomial(1, 0.2, 8), rng.permutation(8)
    plain = problem_of(told(count), 8)
    design = Design(8, order[:, None], np.zeros(8, int), np.empty((1, 0)))
    turned = problem_of(told(count[order]), 8, design=design)
    theta = rng.normal(-0.5, 0.5, (1, 2))
    one, other = (find_mode(p, theta, flat_fields(p)) for p in (plain, turned))
    assert_allclose(other.log_evidence, one.log_evidence, rtol=1e-10)
    assert_allclose(other.field.path, one.field.path, atol=1e-7)


def test_a_stack_equals_its_members_one_by_one(problem_of, told, flat_fields, rng):
    """Series of their own data, exposure and hyperparameters, some with no mode."""
    count, offset = rng.negative_binomial(1, 0.2, (5, 12)), rng.normal(size=(5, 12))
    count[2, 4] = 1e6
    effects = [engine_effects.ScaledEffects(np.ones(2))]
    border = rng.normal(size=(12, 2))
    theta = rng.normal(-0.5, 0.7, (5, 3))
    theta[3, 0] = np.nan
    many = problem_of(
        told(count),
        12,
        effects=effects,
        border=border,
        observed=Observations.of_cells(12, offset),
    )
    together = find_mode(many, theta, flat_fields(many, 5))
    assert_array_equal(together.converged, [True, True, True, False, True])
    for i in np.flatnonzero(together.converged):
        one = problem_of(
            told(count[i]),
            12,
            effects=effects,
            border=border,
            observed=Observations.of_cells(12, offset[i]),
        )
        alone = find_mode(one, theta[i : i + 1], flat_fields(one))
        assert_allclose(together.field.path[i], alone.field.path[0], atol=1e-7)
        assert_allclose(together.field.effects[i], alone.field.effects[0], atol=1e-7)
        assert_allclose(together.log_evidence[i], alone.log_evidence[0], rtol=1e-10)
        assert_allclose(variances(together)[i], variances(alone)[0], rtol=1e-6)


# --- limits --------------------------------------------------------------------


def test_negative_binomial_of_endless_size_is_poisson(
    problem_of, told, flat_fields, rng
):
    count = rng.poisson(6, 20)
    nb = problem_of(told(count), 20)
    poisson = problem_of(told(count, Poisson()), 20, dispersion_scale=None)
    one = find_mode(nb, np.array([[-1.0, -9.0]]), flat_fields(nb))
    other = find_mode(poisson, np.array([[-1.0]]), flat_fields(poisson))
    assert_allclose(one.log_evidence, other.log_evidence, atol=1e-4)
    assert_allclose(one.field.path, other.field.path, atol=1e-5)


def test_a_walk_without_steps_is_one_level(problem_of, told, flat_fields, rng):
    count, theta = rng.negative_binomial(1, 0.2, 20), np.array([[-9.0, 0.1]])
    walk = problem_of(told(count), 20)
    cells = np.zeros(20, int)
    design = Design(1, cells[:, None], cells, np.empty((1, 0)))
    level = problem_of(
        told(count), 20, components.random_walk(1, start_sd=5.0), design=design
    )
    one, other = (find_mode(p, theta, flat_fields(p)) for p in (walk, level))
    assert_allclose(one.log_evidence, other.log_evidence, atol=1e-4)
    assert_allclose(one.field.path, np.tile(other.field.path, 20), atol=1e-4)


def test_a_level_in_the_border_is_a_level_in_the_path(problem_of, told, flat_fields):
    """A walk from zero with an intercept is a walk that starts at the intercept."""
    count, theta = np.array([3.0, 0, 7, 2, 2, 9]), np.array([[-1.0, 0.2]])
    walk = problem_of(told(count), 6)
    tied = components.random_walk(6, start_sd=1e-6)
    level = [engine_effects.FixedEffects(np.array([5.0]))]
    split = problem_of(told(count), 6, tied, level, np.ones((6, 1)))
    one, other = (find_mode(p, theta, flat_fields(p)) for p in (walk, split))
    assert_allclose(other.log_evidence, one.log_evidence, atol=1e-6)
    eta = other.field.path + other.field.effects
    assert_allclose(eta, one.field.path, atol=1e-5)


def test_an_autoregression_lies_between_noise_and_a_walk(
    problem_of, told, flat_fields, rng
):
    count = rng.negative_binomial(1, 0.2, 20)
    regression = problem_of(told(count), 20, components.AutoRegression(20))
    turn, log_sd = 7.0, 1.2
    theta = np.array([[log_sd, 0.0, 0.2], [log_sd, turn, 0.2]])
    found = find_mode(regression, theta, flat_fields(regression, 2))
    noise = problem_of(told(count), 20, components.noise(20))
    alone = find_mode(noise, theta[:1, ::2], flat_fields(noise))
    assert_allclose(found.log_evidence[0], alone.log_evidence[0], rtol=1e-10)
    start = components.random_walk(20, start_sd=float(np.exp(log_sd)))
    step = log_sd + 0.5 * np.log1p(-(np.tanh(turn) ** 2))
    walk = problem_of(told(count), 20, start)
    steps = find_mode(walk, np.array([[step, 0.2]]), flat_fields(walk))
    assert_allclose(found.log_evidence[1], steps.log_evidence[0], atol=1e-3)
    assert_allclose(found.field.path[1], steps.field.path[0], atol=1e-3)


def test_places_that_share_nothing_are_so_many_walks(
    problem_of, told, flat_fields, rng
):
    count = rng.negative_binomial(1, 0.2, (9, 3))
    basis = np.linalg.qr(np.column_stack([np.ones(3), rng.normal(size=(3, 2))]))[0]
    joint = problem_of(told(count.ravel()), 27, PlaceWalks(9, basis))
    found = find_mode(joint, np.array([[-30.0, -0.8, 0.2]]), flat_fields(joint))
    alone = [problem_of(told(of_place), 9) for of_place in count.T]
    theta = np.array([[-0.8, 0.2]])
    modes = [find_mode(p, theta, flat_fields(p)) for p in alone]
    total = sum(mode.log_evidence[0] for mode in modes)
    assert_allclose(found.log_evidence[0], total, rtol=1e-9)
    paths = np.column_stack([mode.field.path[0] for mode in modes])
    assert_allclose(found.field.path[0].reshape(9, 3), paths, atol=1e-6)


# --- sums over several cells ---------------------------------------------------------

SUMMED = Observations(
    6,
    np.arange(6),
    np.full(6, -0.3),
    np.array([[2, 3, 4], [0, 5, 5]]),
    np.log([[0.4, 1.0, 0.7], [1.0, 0.5, 1e-300]]),
)
SUMMED_COUNT = np.array([3.0, 0, 7, 2, 0, 5, 19, 4])
SUMMED_THETA = np.array([[np.log(0.5), -0.5 * np.log(0.7)]])


def test_the_mode_of_sums_is_where_the_density_peaks(problem_of, told, flat_fields):
    problem = problem_of(told(SUMMED_COUNT), 6, observed=SUMMED)
    mode = find_mode(problem, SUMMED_THETA, flat_fields(problem))
    assert mode.converged.all()
    weight = np.exp(SUMMED.log_weight)

    def log_density(x):
        mean, parts = np.exp(x - 0.3), weight * np.exp(x[SUMMED.member])
        total = np.append(mean, parts.sum(axis=1))
        spread = np.append(mean**2, (parts**2).sum(axis=1))
        size = 0.7 * total**2 / spread
        told = stats.nbinom.logpmf(SUMMED_COUNT, size, size / (size + total)).sum()
        start = stats.norm.logpdf(x[0], 0, 5)
        return told + start + stats.norm.logpdf(np.diff(x), 0, 0.5).sum()

    best = optimize.minimize(lambda x: -log_density(x), np.zeros(6), tol=1e-9)
    assert_allclose(mode.field.path[0], best.x, atol=2e-4)
    constant = 3 * np.log(2 * np.pi) - 0.5 * mode.factor.log_determinant()
    assert_allclose(mode.log_evidence, constant + log_density(mode.field.path[0]))


def test_the_start_does_not_matter(problem_of, told, rng):
    problem = problem_of(told(SUMMED_COUNT), 6, observed=SUMMED)
    starts = np.stack([np.zeros(6), np.full(6, 8), np.full(6, -8), rng.normal(0, 4, 6)])
    modes = find_mode(
        problem, np.tile(SUMMED_THETA, (4, 1)), Vector(starts, np.zeros((4, 0)))
    )
    assert modes.converged.all()
    assert np.ptp(modes.field.path, axis=0).max() < 1e-4


# --- edge ----------------------------------------------------------------------


@pytest.mark.parametrize("family", [None, Poisson()], ids=["nb", "poisson"])
def test_one_cell_of_any_count_and_size_has_a_mode(problem_of, told, family):
    count, size = np.meshgrid([0.0, 1, 1e6, 1e9], [1e-2, 1.0, 1e8])
    problem = problem_of(told(count.reshape(-1, 1), family), 1)
    theta = np.column_stack([np.zeros(12), -0.5 * np.log(size.ravel())])
    start = Vector(np.zeros((12, 1)), np.zeros((12, 0)))
    mode = find_mode(problem, theta, start)
    assert mode.converged.all()
    assert np.isfinite(mode.log_evidence).all()
    assert_allclose(mode.terms.slope, 0.04 * mode.field.path, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("log_step", [-12.0, -2.0, 3.0])
def test_an_outlier_does_not_stop_the_search(
    problem_of, told, flat_fields, rng, log_step
):
    count = rng.poisson(5, 300).astype(float)
    count[150] = 1e6
    problem = problem_of(told(count), 300)
    mode = find_mode(problem, np.array([[log_step, -0.35]]), flat_fields(problem))
    assert mode.converged.all()
    assert np.isfinite(mode.log_evidence).all()


@pytest.mark.parametrize("log_step", [-12.0, -2.0, 3.0])
def test_silence_has_a_mode(problem_of, told, flat_fields, log_step):
    problem = problem_of(told(np.zeros(60)), 60)
    mode = find_mode(problem, np.array([[log_step, 0.0]]), flat_fields(problem))
    assert mode.converged.all()
    assert (mode.field.path < 0).all()
    assert (mode.log_evidence < 0).all()


@pytest.mark.parametrize("missing", ["no observations", "intervals of all counts"])
def test_nothing_observed_gives_back_the_prior(problem_of, told, flat_fields, missing):
    path = components.random_walk(4, start_mean=1.2, start_sd=2.0)
    if missing == "no observations":
        none = Observations.of_cells(4, cell=np.zeros(0, int))
        problem = problem_of(told(np.zeros(0)), 4, path, observed=none)
    else:
        silent = told(np.zeros(4), high=np.full(4, np.inf))
        problem = problem_of(silent, 4, path)
    mode = find_mode(problem, np.log([[0.5, 1.0]]), flat_fields(problem))
    assert mode.converged.all()
    assert_allclose(mode.field.path, 1.2 * np.ones((1, 4)), rtol=1e-9)
    assert_allclose(mode.log_evidence, [0], atol=1e-9)
    assert_allclose(variances(mode), [4 + 0.25 * np.arange(4)])


def test_a_gap_is_bridged_and_less_is_known_within(problem_of, told, flat_fields, rng):
    """Missing cells add nothing: the evidence is that of those which were seen."""
    count, seen = rng.poisson(8, 30), np.r_[:10, 20:30]
    high = np.full(30, np.inf)
    high[seen] = count[seen]
    low = np.where(np.isinf(high), 0, count)
    blank = problem_of(told(low, high=high), 30)
    observed = Observations.of_cells(30, cell=seen)
    absent = problem_of(told(count[seen]), 30, observed=observed)
    theta = np.array([[-1.5, -0.5]])
    one, other = (find_mode(p, theta, flat_fields(p)) for p in (blank, absent))
    assert_allclose(one.log_evidence, other.log_evidence, rtol=1e-10)
    assert_allclose(one.field.path, other.field.path, atol=1e-7)
    gap = variances(one)[0, 10:20]
    assert gap.argmax() in (4, 5)
    assert (np.diff(np.sign(np.diff(gap))) <= 0).all()
    inner = np.linspace(one.field.path[0, 9], one.field.path[0, 20], 12)
    assert_allclose(one.field.path[0, 9:21], inner, atol=1e-7)


def test_a_start_that_is_no_number_is_flagged_and_harms_no_other(problem_of, told, rng):
    problem = problem_of(told(rng.poisson(4, 6)), 6)
    start = np.zeros((2, 6))
    start[1, 3] = np.nan
    mode = find_mode(problem, np.zeros((2, 2)), Vector(start, np.zeros((2, 0))))
    assert_array_equal(mode.converged, [True, False])
    assert np.isfinite(mode.log_evidence[0])

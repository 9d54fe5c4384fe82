"""Fits and profiles of log-linear models against statsmodels, brute force and paper."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize, special, stats

from conflictstats.errors import SettingError
from conflictstats.numerics.log_linear.existence import existence_codes, reduced
from conflictstats.numerics.log_linear.fitting import fit_models, table_of
from conflictstats.numerics.log_linear.hierarchy import all_models, holds, model_of
from conflictstats.numerics.log_linear.poisson import poisson_fits
from conflictstats.numerics.log_linear.profile import interval, profiles
from conflictstats.numerics.log_linear.stepwise import stepwise
from conflictstats.numerics.log_linear.sums import subset_sums, superset_sums

ARTIFICIAL_3 = np.array([0.0, 40, 30, 6, 20, 0, 0, 0])
"""Chan, Silverman and Vincent (2021): the third list shares nothing."""


def design(models, which):
    """Design of one model on the listed cells, by its definition."""
    own = models.effects[models.within[which]]
    return holds(own, np.arange(1, 1 << models.n_lists)).astype(float)


tables = st.lists(st.integers(-5, 5), min_size=8, max_size=8).map(np.array)


@settings(max_examples=30)
@given(tables)
def test_sums_are_those_of_their_definition(table):
    for sums, inside in (
        (subset_sums(table), lambda part, whole: part & whole == part),
        (superset_sums(table), lambda part, whole: part & whole == whole),
    ):
        each = [sum(table[k] for k in range(8) if inside(k, c)) for c in range(8)]
        assert_allclose(sums, each)


@pytest.mark.parametrize("n_lists", [3, 4])
def test_models_hold_the_parts_of_what_they_hold(n_lists):
    """The closed families among all families of interactions, one by one."""
    models = all_models(n_lists, n_lists - 1, 1000)
    own = {tuple(models.effects[row]) for row in models.within}
    assert len(own) == len(models.within)
    mixed = [e for e in range(1 << n_lists) if 1 < e.bit_count() < n_lists]
    closed = 0
    for family in range(1 << len(mixed)):
        chosen = {e for k, e in enumerate(mixed) if family >> k & 1}
        parts = {e & ~(1 << j) for e in chosen for j in range(n_lists)}
        closed += {p for p in parts if p.bit_count() > 1} <= chosen
    assert closed == len(own)


def test_models_that_are_too_many_are_not_made():
    assert all_models(6, 5, 10_000) is None
    assert all_models(15, 2, 10_000) is None
    assert len(all_models(6, 2, 40_000).within) == 2**15
    assert len(all_models(5, 2, 10_000).within) == 2**10
    with pytest.raises(SettingError, match="interaction of all"):
        model_of(3, [0b111])


def test_every_model_of_three_lists_is_that_of_statsmodels(rng):
    models = all_models(3, 2, 100)
    counts = np.concatenate([[0.0], rng.poisson(30, 7)])
    found = fit_models(models, counts[None])
    for which in range(len(models.within) - 1):
        peer = sm.GLM(
            counts[1:], design(models, which), family=sm.families.Poisson()
        ).fit(tol=1e-12)
        assert_allclose(found.log_unlisted[0, which], peer.params[0], rtol=1e-8)
        assert_allclose(found.variance[0, which], peer.cov_params()[0, 0], rtol=1e-6)
        assert_allclose(found.loglik[0, which], peer.llf, rtol=1e-10)


def test_tables_together_are_tables_one_by_one(rng, unchecked):
    models = all_models(4, 3, 1000)
    mean = np.concatenate([[0.0], rng.uniform(0.3, 40, 15)])
    counts = rng.poisson(mean, (70, 16)).astype(float)
    together = fit_models(models, counts)
    for row in (0, 30, 69):
        alone = fit_models(models, counts[[row]])
        assert_array_equal(alone.code[0], together.code[row])
        assert_allclose(
            alone.log_unlisted[0], together.log_unlisted[row], rtol=1e-7, atol=1e-7
        )
        assert_allclose(alone.loglik[0], together.loglik[row], rtol=1e-9)


@settings(max_examples=10)
@given(
    st.lists(st.integers(1, 200), min_size=7, max_size=7), st.permutations([0, 1, 2])
)
def test_the_order_of_lists_does_not_matter(cells, order):
    counts = np.array([0.0, *cells])
    at = np.arange(8)
    moved = sum((at >> old & 1) << new for new, old in enumerate(order))
    other = np.zeros(8)
    other[moved] = counts
    models = all_models(3, 2, 100)
    first, second = (fit_models(models, c[None]).log_unlisted for c in (counts, other))
    assert_allclose(np.sort(first), np.sort(second), atol=1e-6)


def test_all_interactions_but_the_last_is_the_product_of_the_cells():
    """With no highest interaction, odd cells over even ones: exact arithmetic."""
    counts = np.array([0.0, 30, 25, 12, 40, 9, 14, 7])
    exact = 30 * 25 * 40 * 7 / (12 * 9 * 14)
    found = fit_models(all_models(3, 2, 100), counts[None])
    assert_allclose(np.exp(found.log_unlisted[0, -1]), exact, rtol=1e-9)


# -- existence -----------------------------------------------------------------------


def code_by_definition(free, keep, effects, counts):
    """Largest t with X'z = X'f and z >= t, and the rank, as the papers have it."""
    kept = np.flatnonzero(keep)
    x = holds(effects[free], kept).astype(float)
    size = len(kept)
    found = optimize.linprog(
        np.concatenate([np.zeros(size), [-1.0]]),
        A_eq=np.column_stack([x.T, np.zeros(x.shape[1])]),
        b_eq=x.T @ counts[kept],
        A_ub=np.column_stack([-np.eye(size), np.ones(size)]),
        b_ub=np.zeros(size),
        bounds=[(None, None)] * size + [(None, counts.sum())],
        method="highs",
    )
    deficient = np.linalg.matrix_rank(x) < x.shape[1]
    return int(-found.fun < 1e-7) + 2 * int(deficient)


@pytest.mark.parametrize(
    ("pairs", "code"),
    [([0b011, 0b101, 0b110], 2), ([0b011], 1), ([0b101, 0b110], 0)],
)
def test_existence_is_as_published(pairs, code):
    """SparseMSE on its Artificial_3: [12,13,23] 2, [12,3] 1, [13,23] 0."""
    model = model_of(3, pairs)
    left = reduced(model, ARTIFICIAL_3)
    assert existence_codes(left, model.effects, ARTIFICIAL_3)[0] == code


def test_codes_are_those_of_the_programme_in_the_papers(rng, unchecked):
    models = all_models(4, 3, 1000)
    seen = set()
    for share in (0.25, 0.4, 0.55):
        counts = np.concatenate([[0], rng.poisson(5, 15) * (rng.random(15) < share)])
        counts = counts.astype(float)
        left, _ = reduced(models, counts).different()
        codes = existence_codes(left, models.effects, counts)
        seen |= set(codes.tolist())
        for k in range(0, len(codes), 8):
            by_definition = code_by_definition(
                left.free[k], left.keep[k], models.effects, counts
            )
            assert codes[k] == by_definition
    assert seen >= {0, 1, 3}


def test_cells_without_records_are_fitted_as_none():
    model = model_of(3, [0b101, 0b110])
    means = poisson_fits(table_of(model, ARTIFICIAL_3)).means[0]
    assert_allclose(means[[0b101, 0b110, 0b111]], 0)
    assert_allclose(means[1:].sum(), ARTIFICIAL_3.sum())


# -- profiles ------------------------------------------------------------------------


def test_poisson_profile_is_that_of_brute_force():
    counts = np.array([0.0, 30, 25, 12, 40, 9, 14, 7])
    model = model_of(3, [0b011])
    x, y = design(model, 0), counts[1:]

    def fall(intercept):
        peer = sm.GLM(
            y, x[:, 1:], offset=intercept * x[:, 0], family=sm.families.Poisson()
        )
        return peer.fit(tol=1e-12).llf

    table = table_of(model, counts)
    fits = poisson_fits(table)
    best = fits.coefficients[0, 0]
    cut = fall(best) - stats.chi2.ppf(0.9, 1) / 2
    lower, upper = interval(profiles(table, fits, "poisson"), 0.9)
    for found, bracket in ((lower[0], (best - 3, best)), (upper[0], (best, best + 3))):
        end = optimize.brentq(lambda at: fall(at) - cut, *bracket, xtol=1e-10)
        assert_allclose(found, np.exp(end), rtol=1e-5)


def test_multinomial_profile_is_that_of_the_binomial_of_two_lists():
    """Two lists: with N given, n and the margins are all there is (Cormack 1992)."""
    first_only, second_only, both = 60, 30, 20
    n = first_only + second_only + both

    def loglik(total):
        p, q = (first_only + both) / total, (second_only + both) / total
        cells = [p * (1 - q), q * (1 - p), p * q, (1 - p) * (1 - q)]
        seen = [first_only, second_only, both, total - n]
        return (
            np.sum(np.array(seen) * np.log(cells))
            + special.gammaln(total + 1)
            - special.gammaln(total - n + 1)
        )

    best = optimize.minimize_scalar(lambda t: -loglik(t), bounds=(120, 500)).x
    cut = loglik(best) - stats.chi2.ppf(0.95, 1) / 2
    table = table_of(model_of(2, []), np.array([0.0, first_only, second_only, both]))
    lower, upper = interval(profiles(table, poisson_fits(table)), 0.95)
    for found, bracket in ((lower[0], (n + 1e-6, best)), (upper[0], (best, 900))):
        end = optimize.brentq(lambda t: loglik(t) - cut, *bracket)
        assert_allclose(n + found, end, rtol=1e-5)


def test_a_profile_that_never_falls_has_no_end():
    """One record on both lists: any larger number is nearly as likely."""
    table = table_of(model_of(2, []), np.array([0.0, 3, 3, 1]))
    lower, upper = interval(profiles(table, poisson_fits(table)), 0.999)
    assert lower[0] >= 0
    assert upper[0] == np.inf or upper[0] > 1000


# -- stepwise ------------------------------------------------------------------------


def test_stepwise_finds_the_pair_that_was_put_in(rng):
    n, on = 20_000, rng.random((20_000, 5)) < 0.15
    on[:, 3] |= on[:, 1] & (rng.random(n) < 0.4)
    counts = np.bincount(on @ (1 << np.arange(5)), minlength=32).astype(float)
    counts[0] = 0
    model = stepwise(counts, 5, 1e-4)
    assert model.effects.tolist() == [0, 1, 2, 4, 8, 16, 0b01010]
    found = fit_models(model, counts[None])
    error = np.sqrt(found.variance[0, 0])
    truth = np.log(n - counts.sum())
    assert abs(found.log_unlisted[0, 0] - truth) < 4 * error

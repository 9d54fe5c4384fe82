"""Priors: what their sentences promise, their laws and their gradients."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, linalg, optimize, special, stats

from conflictstats.errors import SettingError
from conflictstats.numerics import graph, priors

STAR = graph.from_pairs(7, np.array([[0, 1], [0, 2], [0, 3], [3, 4], [4, 5]]))
"""A tree of six nodes and an island."""


def mixing(made=STAR, **settings):
    return priors.Mixing(graph.smooth_variances(graph.spectral_basis(made)), **settings)


PRIORS = {
    "sd": priors.StandardDeviation(above=0.7, chance=0.1),
    "step": priors.Step(cells=7.0),
    "bend": priors.Step(order=2, fold=2.0, chance=0.01, cells=3.0),
    "overdispersion": priors.Overdispersion(),
    "correlation": priors.Correlation(),
    "persistence": priors.Correlation(above=0.9, chance=0.9),
    "independence": priors.Correlation(base=0, above=0.5, chance=0.1),
    "mixing": mixing(),
    "smooth": mixing(graph.ring(30), below=0.8, chance=0.9),
    "effect": priors.Effect(mean=1.0, sd=3.0),
    "share": priors.Share(),
    "shares": priors.Share(0.5, 3.0),
}
each = pytest.mark.parametrize("name", PRIORS)


def mass(prior, low, high):
    """Probability between two working values, by quadrature of the density."""
    inner = prior.quantile(np.array([1e-6, 0.01, 0.5, 0.99, 1 - 1e-6]))
    cuts = [low, *inner[(inner > low) & (inner < high)], high]
    if low < 0 < high:
        cuts = sorted({*cuts, 0.0})
    return sum(
        integrate.quad(
            lambda at: np.exp(prior.density(np.array(at)).value),
            a,
            b,
            epsabs=1e-12,
            limit=200,
        )[0]
        for a, b in pairwise(cuts)
    )


# -- laws ----------------------------------------------------------------------------


@each
def test_densities_integrate_to_one_and_to_their_quantiles(name):
    prior = PRIORS[name]
    least = prior.quantile(np.array([1e-9, 1 - 1e-9]))
    assert_allclose(mass(prior, *least), 1 - 2e-9, atol=1e-8)
    for chance in (0.01, 0.3, 0.9):
        (at,) = prior.quantile(np.array([chance]))
        assert_allclose(mass(prior, least[0], at), chance, atol=1e-8)


@each
def test_gradients_equal_differences(name):
    prior = PRIORS[name]
    chances = np.array([1e-4, 0.03, 0.2, 0.49, 0.77, 0.96, 0.9999])
    at, h = prior.quantile(chances), 2e-3
    up, down, up2, down2 = (prior.density(at + k * h).value for k in (1, -1, 2, -2))
    slope = (8 * (up - down) - (up2 - down2)) / (12 * h)
    found = prior.density(at).slope
    assert_allclose(found, slope, rtol=1e-8, atol=1e-8)


@each
def test_draws_have_the_quantiles(name, rng):
    prior, many = PRIORS[name], 40_000
    drawn = priors.draw(prior, many, rng)
    for chance in (0.02, 0.25, 0.5, 0.9):
        below = (drawn <= prior.quantile(np.array([chance]))).mean()
        assert abs(below - chance) < 4 * np.sqrt(chance * (1 - chance) / many)


@each
def test_answers_keep_their_shape_and_stay_finite(name):
    prior = PRIORS[name]
    assert isinstance(prior, priors.Prior)
    at = np.linspace(-30, 6, 24).reshape(2, 3, 4)
    found = prior.density(at)
    for part in found:
        assert part.shape == at.shape
        assert np.isfinite(part).all()
    single = prior.density(np.array(at[0, 0, 3]))
    for part, one in zip(found, single, strict=True):
        assert isinstance(one, np.ndarray)
        assert_allclose(one, part[0, 0, 3], rtol=1e-14)
    median = prior.quantile(np.array(0.5))
    assert isinstance(median, np.ndarray)
    assert_allclose(median, prior.quantile(np.full((2, 1), 0.5))[1, 0], rtol=1e-14)
    assert isinstance(prior.natural(median), np.ndarray)


def test_known_laws_are_those_of_scipy():
    at = np.array([-6.0, -0.3, 0.4, 1.9])
    sd = np.exp(at)
    law = stats.expon(scale=1 / priors.StandardDeviation(2.0, 0.01).rate)
    found = priors.StandardDeviation(2.0, 0.01).density(at).value
    assert_allclose(found, law.logpdf(sd) + at, rtol=1e-12)
    assert_allclose(law.sf(2.0), 0.01, rtol=1e-12)
    share = special.expit(at)
    found = priors.Share(4.0, 0.7).density(at).value
    wanted = stats.beta(4, 0.7).logpdf(share) + np.log(share * (1 - share))
    assert_allclose(found, wanted, rtol=1e-12)
    found = priors.Effect(-1.0, 0.3).density(at).value
    assert_allclose(found, stats.norm(-1, 0.3).logpdf(at), rtol=1e-12)
    chances = np.array([0.001, 0.4, 0.999999])
    quantiles = priors.Share(4.0, 0.7).natural(priors.Share(4.0, 0.7).quantile(chances))
    assert_allclose(quantiles, stats.beta(4, 0.7).ppf(chances), rtol=1e-10)


# -- sentences -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "low", "high", "chance"),
    [
        ("sd", np.log(0.7), 20, 0.1),
        ("overdispersion", np.log(3), 20, 0.05),
        ("correlation", np.arctanh(0.5), 40, 0.75),
        ("persistence", np.arctanh(0.9), 40, 0.9),
        ("independence", -np.arctanh(0.5), np.arctanh(0.5), 0.9),
        ("mixing", -40, 0.0, 2 / 3),
        ("smooth", -40, np.log(4), 0.9),
    ],
)
def test_the_tail_is_what_the_sentence_says(name, low, high, chance):
    assert_allclose(mass(PRIORS[name], low, high), chance, atol=1e-8)


def weights_of_a_period(order, cells):
    """How a period's change, or change of growth, adds up the steps of its cells."""
    walk = np.linalg.matrix_power(np.tril(np.ones((2 * cells + 1,) * 2)), order)
    if order == 1:
        return walk[2 * cells] - walk[cells]
    return walk[2 * cells] - 2 * walk[cells] + walk[0]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("cells", [1, 2, 7])
@pytest.mark.parametrize(("fold", "chance"), [(4.0, 0.05), (1.5, 0.5), (10.0, 0.001)])
def test_the_rate_changes_as_often_as_is_said(order, cells, fold, chance):
    prior = priors.Step(fold, chance, cells=float(cells), order=order)
    weights = weights_of_a_period(order, cells)
    if order == 2:
        weights = weights[1:]
    spread = np.linalg.norm(weights)

    def both(log_sd):
        density = np.exp(prior.density(np.array(log_sd)).value)
        return density * 2 * stats.norm.sf(np.log(fold) / (np.exp(log_sd) * spread))

    found = integrate.quad(both, -15, 1, epsabs=1e-13, limit=200)[0]
    found += integrate.quad(both, 1, 6, epsabs=1e-13, limit=200)[0]
    assert_allclose(found, chance, rtol=1e-6)


def test_a_week_of_days_is_a_cell_of_a_week():
    days, weeks = priors.Step(cells=7.0), priors.Step()
    assert_allclose(days.rate, weeks.rate * np.sqrt(7), rtol=1e-14)


def test_sentences_have_the_numbers():
    said = {name: prior.sentence for name, prior in PRIORS.items()}
    assert "above 0.7 with probability 10 %" in said["sd"]
    assert "a factor of 4 within a week with probability 5 %" in said["step"]
    assert "growth changes by more than a factor of 2" in said["bend"]
    assert "above 0.5 with probability 75 %" in said["correlation"]
    assert "size of the correlation" in said["independence"]
    assert "less than 80 % of the places' variance" in said["smooth"]
    low, high = np.exp(stats.norm(1, 3).interval(0.9))
    assert f"from {low:.3g} to {high:.3g} with" in said["effect"]


# -- correlations --------------------------------------------------------------------


@pytest.mark.parametrize("rho", [-0.999, -0.5, -1e-3, 1e-6, 0.02, 0.7, 0.9999])
def test_correlations_have_the_density_of_the_paper(rho):
    """Sørbye and Rue (2017), equations 8 and 11."""
    at, jacobian = np.arctanh(rho), np.log1p(-(rho**2))
    prior = PRIORS["independence"]
    rate = -np.log(0.1) / np.sqrt(-np.log(1 - 0.5**2))
    root = np.sqrt(-np.log1p(-(rho**2)))
    wanted = np.log(rate / 2 * abs(rho) / (1 - rho**2))
    wanted -= rate * root + np.log(root)
    found = prior.density(np.array(at)).value
    assert_allclose(found, wanted + jacobian, rtol=1e-9)
    prior = PRIORS["persistence"]
    rate = optimize.brentq(
        lambda r: np.expm1(-r * np.sqrt(0.1)) / np.expm1(-r * np.sqrt(2)) - 0.9, 1, 99
    )
    root = np.sqrt(1 - rho)
    wanted = rate * np.exp(-rate * root) / (-np.expm1(-np.sqrt(2) * rate) * 2 * root)
    found = prior.density(np.array(at)).value
    assert_allclose(found, np.log(wanted) + jacobian, rtol=1e-9)


def test_the_series_near_nought_meets_the_formula():
    prior = PRIORS["independence"]
    h = 1e-4
    for part in prior.density(np.array([h * (1 - 1e-9), h * (1 + 1e-9)])):
        assert_allclose(part[0], part[1], rtol=1e-9, atol=1e-10)


# -- mixing --------------------------------------------------------------------------


def distance(made, rho):
    """Root of twice the Kullback-Leibler divergence of contrasts, on dense matrices."""
    laplacian = made.laplacian.toarray()
    inverse = np.linalg.pinv(laplacian, hermitian=True)
    inverse /= np.exp(np.log(np.diag(inverse)).mean())
    contrasts = linalg.null_space(np.ones((1, made.nodes))).T
    mixed = (1 - rho) * np.eye(made.nodes) + rho * inverse
    covariance = contrasts @ mixed @ contrasts.T
    log_det = np.linalg.slogdet(covariance)[1]
    return np.sqrt(np.trace(covariance) - len(covariance) - log_det)


@pytest.mark.parametrize("rho", [0.001, 0.2, 0.5, 0.9, 0.9999])
def test_mixing_is_exponential_in_the_distance_of_the_two_laws(rho):
    made = graph.from_pairs(6, STAR.pairs)
    near, here, far = (distance(made, at) for at in (0.5, rho, 1.0))

    def below(rate, to):
        return np.expm1(-rate * to) / np.expm1(-rate * far)

    rate = optimize.brentq(lambda r: below(r, near) - 2 / 3, 1e-6, 99)
    found = mass(mixing(made), -40, special.logit(rho))
    assert_allclose(found, below(rate, here), atol=1e-8)


def test_islands_do_not_change_the_mixing():
    at = np.linspace(-8, 8, 9)
    alone = mixing(graph.from_pairs(6, STAR.pairs)).density(at)
    beside = mixing(graph.from_pairs(9, STAR.pairs)).density(at)
    for one, other in zip(alone, beside, strict=True):
        assert_allclose(one, other, rtol=1e-10)


def test_twice_the_map_is_root_two_times_the_distance():
    pairs = STAR.pairs
    twice = graph.from_pairs(12, np.vstack([pairs, pairs + 6]))
    one, two = mixing(graph.from_pairs(6, pairs)), mixing(twice)
    assert_allclose(one.rate / two.rate, np.sqrt(2), rtol=1e-9)
    at = np.array([-3.0, 0.5, 4.0])
    assert_allclose(one.density(at).value, two.density(at).value, rtol=1e-9)


def test_with_the_constant_an_eighth_of_the_prior_would_be_at_one(shared):
    """The law of Riebler et al. (2016) on the counties of North Carolina."""
    queen = np.loadtxt(
        shared / "spatial" / "nc_sids_adjacency_queen.csv",
        delimiter=",",
        skiprows=1,
        usecols=range(1, 101),
    )
    basis = graph.spectral_basis(graph.from_matrix(queen))
    excess = graph.smooth_variances(basis) - 1

    def published(rho):
        return np.sqrt((rho * excess - np.log1p(rho * excess)).sum())

    rate = np.log(3) / published(0.5)
    assert_allclose(np.exp(-rate * published(1 - 1e-6)), 1 / 8, atol=0.002)
    ours = mixing(graph.from_matrix(queen))
    assert mass(ours, special.logit(1 - 1e-6), 40) < 1e-5


# -- several at once -----------------------------------------------------------------


@given(st.integers(0, 2**32 - 1))
def test_independent_parameters_add_up(seed):
    rng = np.random.default_rng(seed)
    parts = list(PRIORS.values())
    at = rng.normal(size=(3, 2, len(parts)))
    found = priors.joint_density(parts, at)
    each = [prior.density(at[..., i]) for i, prior in enumerate(parts)]
    assert found.value.shape == (3, 2)
    assert_allclose(found.value, sum(part.value for part in each), rtol=1e-12)
    for i, part in enumerate(each):
        assert_allclose(found.slope[..., i], part.slope, rtol=1e-12)


# -- what they expect to see ---------------------------------------------------------


@pytest.mark.parametrize("order", [1, 2])
def test_walks_move_as_the_sentence_says(order, rng):
    many, cells = 60_000, 4
    prior = priors.Step(3.0, 0.2, cells=float(cells), order=order)
    paths = priors.walks(prior, 2 * cells + 1, many, rng)
    assert (paths[:, 0] == 0).all()
    change = paths[:, 2 * cells] - paths[:, cells]
    if order == 2:
        change -= paths[:, cells]
    often = (np.abs(change) > np.log(3)).mean()
    assert abs(often - 0.2) < 4 * np.sqrt(0.2 * 0.8 / many)


def test_counts_are_nought_as_often_as_the_law_says(rng):
    prior, many, mean = priors.Overdispersion(), 60_000, 2.0

    def nought(log_spread):
        size = np.exp(-2 * log_spread)
        density = np.exp(prior.density(np.array(log_spread)).value)
        return density * np.exp(-size * np.log1p(mean / size))

    wanted = integrate.quad(nought, -12, 5)[0]
    found = (priors.counts(np.full((many, 1), mean), prior, rng) == 0).mean()
    assert abs(found - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / many)


# -- faults --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: priors.StandardDeviation(chance=5.0), "did you mean 0.05"),
        (lambda: priors.StandardDeviation(above=0.0), "above must be a finite number"),
        (lambda: priors.Overdispersion(above=np.inf), "above 0, got inf"),
        (lambda: priors.Step(fold=0.5), "a factor above 1, got 0.5"),
        (lambda: priors.Step(cells=0.2, order=2), "one cell or more, got 0.2"),
        (lambda: priors.Correlation(above=1.0), "between -1 and 1"),
        (lambda: priors.Correlation(above=-0.1, base=0), "between 0 and 1"),
        (lambda: priors.Correlation(above=0.5, chance=0.5), "must be above 0.5 for"),
        (lambda: mixing(chance=0.3), "chance must be above 0.5"),
        (lambda: mixing(below=1.0), "below must be strictly between"),
        (lambda: mixing(graph.from_pairs(3, np.zeros((0, 2), int))), "none has one"),
        (lambda: priors.Effect(sd=-1.0), "sd must be a finite number above 0"),
        (lambda: priors.Effect(mean=np.nan), "mean must be a finite number, got nan"),
        (lambda: priors.Share(b=0.0), "b must be a finite number above 0"),
    ],
)
def test_what_cannot_be_believed_is_refused(call, said):
    with pytest.raises(SettingError, match=said):
        call()

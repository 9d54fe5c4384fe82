"""Reports of any family and mechanism: sums, limits, identities, edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special, stats

from conflictstats.errors import QuantityError, SettingError
from conflictstats.numerics.likelihood.betabinomial import BetaBinomial
from conflictstats.numerics.likelihood.binomial import Binomial
from conflictstats.numerics.likelihood.gaussian import Gaussian
from conflictstats.numerics.likelihood.lognormal import LogNormal
from conflictstats.numerics.likelihood.mechanisms import Mechanism, Reading, read
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.numerics.likelihood.poisson import Poisson
from conflictstats.numerics.likelihood.reports import Reports
from conflictstats.numerics.likelihood.terms import Likelihood

INF = np.inf
NO_ONE = np.zeros(1)


def reading_of(low, high, thinned=False):
    low, high = np.array(low, float), np.array(high, float)
    return Reading(low, high, np.full(low.shape, thinned))


def everything(reports, *numbers):
    """Terms and sensitivity as one list of arrays."""
    moved = reports.sensitivity(*numbers)
    return [
        *reports.terms(*numbers),
        moved.predictor,
        *moved.dispersion,
        *moved.found,
    ]


def same(found, expected, **tolerance):
    for one, other in zip(found, expected, strict=True):
        assert_allclose(one, other, **tolerance)


# --- reference: the plain families --------------------------------------------------


def test_exact_reports_are_the_plain_families_of_scipy(rng):
    k, eta = rng.integers(0, 40, 50).astype(float), rng.normal(2, 1, 50)
    n = np.full(50, 40.0)
    mean, share = np.exp(eta), special.expit(eta)
    whole = np.exp(-0.4)
    laws = {
        Poisson(): stats.poisson.logpmf(k, mean),
        NegBin(): stats.nbinom.logpmf(k, np.exp(0.4), 1 / (1 + mean * np.exp(-0.4))),
        Binomial(n): stats.binom.logpmf(k, 40, share),
        BetaBinomial(n): stats.betabinom.logpmf(
            k, 40, whole * share, whole * (1 - share)
        ),
        Gaussian(): stats.norm.logpdf(k, eta, np.exp(0.4)),
        LogNormal(): stats.lognorm.logpdf(k + 1, np.exp(0.4), scale=mean),
    }
    for family, expected in laws.items():
        counts = k + 1 if family.name == "lognormal" else k
        reports = Reports(family, reading_of(counts, counts))
        assert isinstance(reports, Likelihood)
        numbers = eta, np.array([0.4]), NO_ONE
        assert_allclose(reports.value(*numbers), expected, rtol=1e-9, atol=1e-11)
        third = reports.sensitivity(*numbers).predictor
        assert_allclose(reports.third(*numbers), third, rtol=1e-9, atol=1e-12)


# --- identity -----------------------------------------------------------------------


@settings(max_examples=25)
@given(
    cuts=st.lists(st.integers(1, 199), min_size=1, max_size=5, unique=True),
    predictor=st.floats(-4, 7),
    dispersion=st.floats(-4, 6),
)
def test_intervals_that_share_out_all_there_is_add_up_to_one(
    cuts, predictor, dispersion
):
    low = np.array([0, *sorted(cuts)], float)
    high = np.append(low[1:] - 1, INF)
    n, ends = np.full(low.size, 200.0), np.append(low[1:], INF)
    reals = (Gaussian(), np.append(-INF, low[1:])), (LogNormal(), low)
    counts = (
        (NegBin(), low),
        (Poisson(), low),
        (Binomial(n), low),
        (BetaBinomial(n), low),
    )
    for family, begins in (*counts, *reals):
        last = ends if family.name in ("gaussian", "lognormal") else high
        reports = Reports(family, reading_of(begins, last))
        numbers = np.full(low.size, predictor), np.array([dispersion]), NO_ONE
        terms, moved = reports.terms(*numbers), reports.sensitivity(*numbers)
        chance = np.exp(terms.value)
        assert_allclose(chance.sum(), 1, rtol=1e-9)
        assert_allclose(chance @ terms.slope, 0, atol=1e-7 * (1 + low[-1]))
        assert_allclose(chance @ moved.dispersion.value, 0, atol=1e-6 * (1 + low[-1]))


FAMILIES = [
    Poisson(),
    NegBin(),
    Binomial(np.full(3, 9.0)),
    BetaBinomial(np.full(3, 9.0)),
    Gaussian(),
    LogNormal(),
]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
@pytest.mark.parametrize("beside", [7.0, (2.0, 8.0)], ids=["exact", "interval"])
def test_what_says_nothing_adds_nothing_and_moves_nothing(family, beside):
    low, high = beside if isinstance(beside, tuple) else (beside, beside)
    reading = reading_of([family.least, low, -INF], [INF, high, INF])
    numbers = np.array([0.3, 0.4, 0.5]), np.array([0.2]), NO_ONE
    found = everything(Reports(family, reading), *numbers)
    for part in found:
        assert_array_equal(part[[0, 2]], 0)
    alone = Reports(family.at(np.array([1])), reading_of([low], [high]))
    numbers = numbers[0][1:2], *numbers[1:]
    same([part[1:2] for part in found], everything(alone, *numbers), rtol=1e-12)


def blend(rng):
    """Exact, thinned, short, wide, silent and weighted reports side by side."""
    low = np.array([4, 9, 3, 10, 0, 20, 30, 61.0])
    high = np.array([4, INF, 6, 400, INF, INF, 50, INF])
    words = ["exact", "at_least", "range", "range", "range", "at_least"]
    words = np.array([*words, "about", "more_than"])
    table = {"exact": Mechanism.EXACT, "range": Mechanism.COARSENED}
    table |= {"about": Mechanism.APPROXIMATE, "more_than": Mechanism.ROUNDED}
    predictor = rng.normal(2.5, 0.7, 8)
    return (low, high, words), table, predictor


@pytest.mark.parametrize("at_least", [Mechanism.FLOOR, Mechanism.CONFIRMED])
@pytest.mark.parametrize("family", [NegBin(), Poisson()], ids=lambda f: f.name)
def test_sensitivities_are_derivatives_of_the_terms(family, at_least, rng):
    """Differences of sixth order, with an error of some 1e-11."""
    said, table, eta = blend(rng)
    reports = Reports(family, read(*said, table | {"at_least": at_least}))
    numbers = eta, np.array([0.6]), np.array([1.3])
    terms, moved = reports.terms(*numbers), reports.sensitivity(*numbers)

    def moves(which):
        step, total = 0.02, 0.0
        for away, weight in {1: 45 / 60, 2: -9 / 60, 3: 1 / 60}.items():
            for sign in (1, -1):
                there = list(numbers)
                there[which] = there[which] + sign * away * step
                parts = np.array(reports.terms(*there))
                total = total + sign * weight / step * parts
        return total

    by_predictor, by_dispersion, by_found = map(moves, range(3))
    assert_allclose(by_predictor[0], terms.slope, rtol=1e-8, atol=1e-8)
    assert_allclose(-by_predictor[1], terms.curvature, rtol=1e-8, atol=1e-8)
    assert_allclose(by_predictor[2], moved.predictor, rtol=1e-8, atol=1e-8)
    same(moved.dispersion, by_dispersion, rtol=1e-8, atol=1e-8)
    same(moved.found, by_found, rtol=1e-8, atol=1e-8)
    assert np.any(moved.found.value != 0)


def test_many_draws_and_many_series_are_each_alone(rng):
    said, table, eta = blend(rng)
    reading = read(*said, table | {"at_least": Mechanism.FLOOR})
    reports = Reports(NegBin(), reading)
    draws = eta + rng.normal(0, 0.3, (5, 8))
    size, share = rng.normal(0, 0.5, (5, 1)), rng.normal(1, 0.5, (5, 1))
    together = everything(reports, draws, size, share)
    assert_allclose(reports.value(draws, size, share), together[0], rtol=1e-12)
    for row in range(5):
        alone = everything(reports, draws[row], size[row], share[row])
        same([part[row] for part in together], alone, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("exact", [True, False])
def test_series_side_by_side_are_each_alone(rng, exact):
    low = rng.integers(0, 30, (3, 6)).astype(float)
    high = low if exact else low + rng.integers(0, 90, (3, 6))
    high = np.where(rng.random((3, 6)) < 0.2, INF, high)
    low = np.where(np.isinf(high), 0.0, low)
    thinned = (rng.random((3, 6)) < 0.5) & (low == high)
    reports = Reports(NegBin(), Reading(low, high, thinned))
    eta, size, share = rng.normal(2, 1, (4, 3, 6)), rng.normal(0, 1, (3, 1)), NO_ONE
    together = everything(reports, eta, size, share)
    for row in range(3):
        alone = Reports(NegBin(), Reading(low[row], high[row], thinned[row]))
        parts = everything(alone, eta[:, row], size[row], share)
        same([part[:, row] for part in together], parts, rtol=1e-11, atol=1e-13)


def test_each_observation_may_have_its_own_dispersion(rng):
    low, eta, size = np.array([3.0, 0, 7]), rng.normal(1, 1, 3), rng.normal(0, 1, 3)
    for high in (low, low + 2):
        together = Reports(NegBin(), reading_of(low, high))
        for i in range(3):
            alone = Reports(NegBin(), reading_of(low[i : i + 1], high[i : i + 1]))
            expected = alone.value(eta[i : i + 1], size[i : i + 1], NO_ONE)
            assert_allclose(together.value(eta, size, NO_ONE)[i], expected[0])


def test_what_was_kept_for_one_size_is_not_used_for_another():
    reports = Reports(NegBin(), reading_of([3.0], [3.0]))
    size = np.array([0.5])
    first = reports.value(np.ones(1), size, NO_ONE).copy()
    size += 1
    other = reports.value(np.ones(1), size, NO_ONE)
    expected = stats.nbinom.logpmf(3, np.exp(1.5), 1 / (1 + np.exp(-0.5)))
    assert_allclose(other, expected)
    assert_allclose(reports.value(np.ones(1), size - 1, NO_ONE), first)


@given(
    found=st.integers(0, 12),
    share=st.floats(0.05, 0.99),
    mean=st.floats(0.1, 8),
    size=st.floats(0.2, 50),
)
def test_thinning_keeps_the_family(found, share, mean, size):
    """Sum over true counts Y of P(Y) Binomial(found; Y, share)."""
    true = np.arange(found, 1500)
    seen = stats.binom.pmf(found, true, share)
    laws = (
        (NegBin(), stats.nbinom.pmf(true, size, size / (size + mean))),
        (Poisson(), stats.poisson.pmf(true, mean)),
    )
    for family, law in laws:
        thinned = Reports(family, reading_of([found], [found], thinned=True))
        numbers = (np.log([v]) for v in (mean, size, share / (1 - share)))
        assert_allclose(thinned.value(*numbers), np.log((law * seen).sum()), rtol=1e-8)


# --- limit --------------------------------------------------------------------------


def test_a_large_size_is_poisson_and_no_correlation_binomial(rng):
    low = rng.integers(0, 30, 60).astype(float)
    high, n = low + rng.integers(0, 8, 60), np.full(60, 60.0)
    eta = rng.normal(1.5, 1, 60)
    pairs = (
        (NegBin(), Poisson(), np.array([30.0])),
        (BetaBinomial(n), Binomial(n), np.array([-30.0])),
    )
    for wide, narrow, limit in pairs:
        reading = reading_of(low, high)
        found = Reports(wide, reading).terms(eta, limit, NO_ONE)
        same(found, Reports(narrow, reading).terms(eta, limit, NO_ONE), rtol=1e-7)


def test_a_narrow_gaussian_interval_is_its_density_times_its_width():
    low, width = np.array([1.3]), 1e-7
    interval = Reports(Gaussian(), reading_of(low, low + width))
    point = Reports(Gaussian(), reading_of(low + width / 2, low + width / 2))
    numbers = np.array([0.2]), np.array([0.4]), NO_ONE
    found, expected = everything(interval, *numbers), everything(point, *numbers)
    expected[0] = expected[0] + np.log(width)
    same(found, expected, rtol=1e-7, atol=1e-9)


# --- edge ---------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    low=st.integers(0, 10**9),
    width=st.integers(0, 10**7) | st.just(INF),
    log_mean=st.floats(-30, 30),
    log_size=st.floats(-4.6, 18.5),
)
def test_nothing_is_ever_nan_or_bends_up(low, width, log_mean, log_size):
    for family in (NegBin(), Poisson()):
        reports = Reports(family, reading_of([low], [low + width]))
        numbers = np.array([log_mean]), np.array([log_size]), NO_ONE
        found = everything(reports, *numbers)
        assert np.isfinite(found).all()
        assert found[0] <= 1e-9
        assert found[2] >= 0


@pytest.mark.parametrize("log_mean", [-800.0, 500.0, 1e4])
def test_a_step_too_far_is_finite(log_mean):
    for family in (NegBin(), Poisson()):
        for high in (3.0, INF):
            reports = Reports(family, reading_of([3.0], [high]))
            terms = reports.terms(np.array([log_mean]), np.array([0.5]), NO_ONE)
            assert np.isfinite(terms).all()


def test_more_than_all_is_refused_by_number():
    with pytest.raises(QuantityError, match=r"report number 1 \(from 0\)"):
        Reports(Binomial(np.array([9.0, 4.0])), reading_of([3, 5], [3, 5]))
    with pytest.raises(QuantityError, match="report number 0"):
        Reports(NegBin(), reading_of([np.nan], [np.nan]))


def test_shares_and_measured_numbers_are_not_thinned():
    for family in FAMILIES[2:]:
        with pytest.raises(SettingError, match="another mechanism than 'confirmed'"):
            Reports(family, reading_of([3, 3, 3], [3, 3, 3], thinned=True))


def test_what_is_too_wide_for_the_urn_is_refused():
    with pytest.raises(SettingError, match="too wide for the beta-binomial"):
        Reports(BetaBinomial(np.array([1e6])), reading_of([1], [5e5]))


def test_a_log_normal_number_is_not_zero():
    with pytest.raises(QuantityError, match="a log-normal number cannot be"):
        Reports(LogNormal(), reading_of([0.0], [0.0]))


@pytest.mark.parametrize("family", [Gaussian(), LogNormal()])
def test_measured_numbers_keep_their_last_digit_beside_an_interval(family):
    """A density is that of a point, however the numbers beside it were said."""
    number = np.pi * 10.0 ** np.arange(-2, 4)
    beside = Reports(family, reading_of(np.append(number, 1), np.append(number, 5)))
    alone = Reports(family, reading_of(number, number))
    at = np.log(number) + 0.3, NO_ONE, NO_ONE
    both = np.append(at[0], 0.0), NO_ONE, NO_ONE
    assert_allclose(beside.value(*both)[:-1], alone.value(*at), rtol=1e-9)

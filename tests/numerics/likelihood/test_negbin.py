"""Interval probabilities against sixty-digit arithmetic, and the laws they obey."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from conflictstats.numerics.likelihood.negbin import (
    SHORT,
    NegBinReports,
    interval_size_slope,
    interval_terms,
    log_constant,
    log_pmf,
)

BERNOULLI = (
    Fraction(1, 6),
    Fraction(-1, 30),
    Fraction(1, 42),
    Fraction(-1, 30),
    Fraction(5, 66),
    Fraction(-691, 2730),
    Fraction(7, 6),
    Fraction(-3617, 510),
    Fraction(43867, 798),
    Fraction(-174611, 330),
)
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")
NUDGE = Decimal("1e-15")


def decimal_log_gamma(z):
    """Stirling's series after moving z above 200: error below 1e-45."""
    passed = Decimal(1)
    while z < 200:
        passed *= z
        z += 1
    total = (z - Decimal("0.5")) * z.ln() - z + (2 * PI).ln() / 2 - passed.ln()
    for n, b in enumerate(BERNOULLI, start=1):
        part = Decimal(b.numerator) / Decimal(b.denominator)
        total += part / (2 * n * (2 * n - 1) * z ** (2 * n - 1))
    return total


def decimal_log_pmf(k, eta, log_size):
    mean, size = eta.exp(), log_size.exp()
    at = decimal_log_gamma(k + size) - decimal_log_gamma(size)
    at -= decimal_log_gamma(Decimal(k + 1))
    return at + size * (size / (size + mean)).ln() + k * (mean / (size + mean)).ln()


def decimal_log_interval(low, high, eta, log_size):
    """Sum over the interval outward from its likeliest count."""
    mean, size = eta.exp(), log_size.exp()
    ratio = mean / (size + mean)
    likeliest = int(max((size - 1) * ratio / (1 - ratio), Decimal(0)))
    start = min(max(likeliest, low), high)
    total = Decimal(1)
    for step in (1, -1):
        term, k = Decimal(1), start
        while low <= k + step <= high and term > Decimal("1e-45"):
            up = ratio * (k + size) / (k + 1) if step == 1 else None
            down = Decimal(k) / (ratio * (k - 1 + size)) if step == -1 else None
            term *= up or down
            total += term
            k += step
    return decimal_log_pmf(start, eta, log_size) + total.ln()


def decimal_terms(low, high, log_mean, size):
    """Value, slope, minus curvature, slope in log size, by central differences."""
    with localcontext(prec=70):
        eta, log_size = Decimal(log_mean), Decimal(size).ln()
        last = 10**30 if np.isinf(high) else int(high)

        def at(move, grow=0):
            moved = eta + move * NUDGE, log_size + grow * NUDGE
            return decimal_log_interval(int(low), last, *moved)

        here, up, down = at(0), at(1), at(-1)
        slope = (up - down) / (2 * NUDGE)
        bend = -(up - 2 * here + down) / NUDGE**2
        grown = (at(0, 1) - at(0, -1)) / (2 * NUDGE)
        return tuple(float(v) for v in (here, slope, bend, grown))


def terms_of(low, high, log_mean, size):
    one = (np.array([float(v)]) for v in (low, high, log_mean, size))
    return [float(v[0]) for v in interval_terms(*one)]


def size_slope_of(low, high, log_mean, size):
    one = (np.array([float(v)]) for v in (low, high, log_mean, size))
    return float(interval_size_slope(*one)[0])


# --- reference -----------------------------------------------------------------


@pytest.mark.parametrize("size", [1e-2, 0.5, 4.0, 1e3, 1e8])
@pytest.mark.parametrize("mean", [1e-3, 1.0, 30.0, 1e4, 1e7])
@pytest.mark.parametrize("count", [0, 1, 7, 250, 100_000, 10_000_000])
def test_counts_equal_long_arithmetic(count, mean, size):
    case = (count, count, float(np.log(mean)), size)
    value, slope, bend, grown = decimal_terms(*case)
    found = terms_of(*case)
    scale = max(count, mean, 1.0)
    assert_allclose(found[0], value, rtol=1e-12, atol=1e-14 * scale)
    assert_allclose(found[1], slope, rtol=1e-12, atol=1e-15 * scale)
    assert_allclose(found[2], bend, rtol=1e-12)
    assert_allclose(size_slope_of(*case), grown, rtol=1e-11, atol=1e-15 * scale)


OPEN = [
    (1, np.inf, 5.0, 0.5),
    (25, np.inf, 20.0, 2.0),
    (3, np.inf, 2.0, 1e-2),
    (500, np.inf, 20.0, 3.0),
    (100_000, np.inf, 10.0, 5.0),
    (10_000_000, np.inf, 1e3, 4.0),
    (400, np.inf, 100.0, 1e8),
    (0, 100, 30.0, 0.7),
    (0, 100, 500.0, 4.0),
    (0, 3000, 1e6, 500.0),
    (0, 70, 1e7, 1e-2),
    (0, 90, 400.0, 1e8),
    (101, 199, 30.0, 4.0),
    (101, 199, 150.0, 4.0),
    (101, 199, 9e4, 40.0),
    (1001, 1999, 60.0, 1e3),
    (5, 9, 2.0, 1.5),
    (61, 69, 1e5, 30.0),
    (61, 69, 1e-2, 0.3),
    (1, 99, 12.0, 1e8),
]


@pytest.mark.parametrize("case", OPEN, ids=str)
def test_intervals_equal_long_arithmetic(case):
    low, high, mean, size = case
    case = (low, high, float(np.log(mean)), size)
    value, slope, bend, grown = decimal_terms(*case)
    found = terms_of(*case)
    assert_allclose(found[0], value, rtol=1e-11, atol=1e-14)
    assert_allclose(found[1], slope, rtol=1e-8, atol=1e-12)
    assert_allclose(found[2], bend, rtol=1e-5, atol=1e-9)
    assert_allclose(size_slope_of(*case), grown, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("low", "high", "mean", "size", "expected"),
    [
        (100_000, np.inf, 10.0, 5.0, -40508.0314319422777),
        (0, 3000, 1e6, 500.0, -2370.74001780275622),
    ],
)
def test_far_tails_equal_mpmath(low, high, mean, size, expected):
    """Expected: log of mpmath's regularised incomplete beta, thirty digits."""
    assert_allclose(terms_of(low, high, np.log(mean), size)[0], expected, rtol=1e-13)


def test_exact_counts_equal_scipy(rng):
    count, mean = rng.integers(0, 300, 200).astype(float), rng.gamma(1, 60, 200) + 0.01
    size = np.exp(rng.uniform(-3, 6, 200))
    value = interval_terms(count, count, np.log(mean), size).value
    assert_allclose(value, stats.nbinom.logpmf(count, size, size / (size + mean)), 1e-9)


# --- identity ------------------------------------------------------------------


@given(
    cuts=st.lists(st.integers(1, 3000), min_size=1, max_size=6, unique=True),
    log_mean=st.floats(-5, 9),
    log_size=st.floats(-4, 12),
)
def test_intervals_that_share_out_all_counts_add_up_to_one(cuts, log_mean, log_size):
    low = np.array([0, *sorted(cuts)], float)
    high = np.append(low[1:] - 1, np.inf)
    eta, size = np.full(low.size, log_mean), np.full(low.size, np.exp(log_size))
    terms = interval_terms(low, high, eta, size)
    chance = np.exp(terms.value)
    assert_allclose(chance.sum(), 1, rtol=1e-10)
    assert_allclose(chance @ terms.slope, 0, atol=1e-8 * (1 + high[-2] + chance[0]))


@given(
    low=st.integers(1, 10**7),
    width=st.integers(0, 10**7) | st.just(np.inf),
    log_mean=st.floats(-7, 16),
    log_size=st.floats(-4, 18),
)
def test_every_report_bends_the_likelihood_down(low, width, log_mean, log_size):
    value, slope, bend = terms_of(low, low + width, log_mean, np.exp(log_size))
    assert np.isfinite([value, slope, bend]).all()
    assert value <= 1e-12
    assert bend >= 0


@given(
    low=st.integers(0, 400),
    width=st.integers(SHORT - 3, SHORT + 3),
    log_mean=st.floats(-3, 8),
    log_size=st.floats(-3, 8),
)
def test_short_and_wide_intervals_meet(low, width, log_mean, log_size):
    """[a, c] is [a, b] and [b + 1, c], whichever way each is computed."""
    middle, size = low + width // 2, np.exp(log_size)
    parts = [
        terms_of(a, b, log_mean, size)
        for a, b in ((low, low + width), (low, middle), (middle + 1, low + width))
    ]
    whole, first, second = (part[0] for part in parts)
    assert_allclose(whole, np.logaddexp(first, second), rtol=1e-9, atol=1e-12)
    mixed = np.exp(first - whole) * parts[1][1] + np.exp(second - whole) * parts[2][1]
    assert_allclose(parts[0][1], mixed, rtol=1e-6, atol=1e-7)


@given(
    found=st.integers(0, 12),
    share=st.floats(0.05, 0.99),
    mean=st.floats(0.1, 8),
    size=st.floats(0.2, 50),
)
def test_thinning_keeps_the_size(found, share, mean, size):
    """Sum over true counts Y of P(Y) Binomial(found; Y, share)."""
    true = np.arange(found, 1500)
    law = stats.nbinom.pmf(true, size, size / (size + mean))
    summed = np.log((law * stats.binom.pmf(found, true, share)).sum())
    k = np.full(1, float(found))
    thinned = NegBinReports(k, k, np.log([share]), size)
    assert_allclose(thinned.terms(np.log([mean]), np.zeros(1)).value, summed, rtol=1e-9)


def test_size_of_a_sum_enters_through_its_ratio(rng):
    count = rng.integers(0, 40, 6).astype(float)
    eta, ratio = rng.normal(2, 1, 6), np.array([0, 0, 0.3, 1.9, 0, -0.2])
    reports = NegBinReports(count, count, np.zeros(6), 0.8)
    direct = interval_terms(count, count, eta, 0.8 * np.exp(ratio))
    for got, expected in zip(reports.terms(eta, ratio), direct, strict=True):
        assert_allclose(got, expected, rtol=1e-13)
    slope = interval_size_slope(count, count, eta, 0.8 * np.exp(ratio))
    assert_allclose(reports.size_slope(eta, ratio), slope)


def test_many_draws_at_once_are_each_alone(rng):
    low = np.array([4.0, 0.0, 9.0, 60.0])
    reports = NegBinReports(low, np.array([4, 3, np.inf, 160]), np.log(0.9) * low, 0.8)
    eta, ratio = rng.normal(2, 1, (5, 4)), rng.normal(0, 0.3, (5, 4))
    together = reports.terms(eta, ratio)
    for row in range(5):
        alone = reports.terms(eta[row], ratio[row])
        for many, one in zip(together, alone, strict=True):
            assert_allclose(many[row], one, rtol=1e-12)


# --- limit and edge ------------------------------------------------------------


def test_a_large_size_is_poisson(rng):
    count = rng.integers(0, 60, 100).astype(float)
    mean = rng.gamma(2, 15, 100)
    huge = np.full(100, 1e13)
    value = interval_terms(count, count, np.log(mean), huge).value
    assert_allclose(value, stats.poisson.logpmf(count, mean), rtol=1e-9)
    tail = interval_terms(count + 1, np.full(100, np.inf), np.log(mean), huge).value
    assert_allclose(tail, stats.poisson.logsf(count, mean), 1e-9, 1e-14)


def test_nothing_said_adds_nothing():
    low, high = np.array([0.0, 4.0, 0.0]), np.array([np.inf, 4.0, 0.0])
    terms = interval_terms(low, high, np.array([2.0, 2.0, 2.0]), np.full(3, 1.5))
    assert [float(part[0]) for part in terms] == [0, 0, 0]
    assert (terms.value[1:] < 0).all()


def test_zero_deaths_of_a_tiny_mean_are_certain():
    value, slope, _ = terms_of(0, 0, -30.0, 2.0)
    assert_allclose([value, slope], [-np.exp(-30)] * 2, rtol=1e-12)


def test_the_constant_is_the_log_probability_at_its_own_mean():
    count, size = np.array([1.0, 9.0, 4e6]), np.array([0.3, 7.0, 1e5])
    assert_allclose(log_constant(count, size), log_pmf(count, np.log(count), size))

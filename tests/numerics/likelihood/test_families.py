"""Every family against sixty-digit arithmetic, SciPy, and the laws it obeys."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.numerics.likelihood.betabinomial import BetaBinomial
from conflictstats.numerics.likelihood.binomial import Binomial
from conflictstats.numerics.likelihood.gaussian import Gaussian
from conflictstats.numerics.likelihood.lognormal import LogNormal
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.likelihood.nb2 import NegBin
from conflictstats.numerics.likelihood.poisson import Poisson
from conflictstats.numerics.likelihood.reports import Reports

INF = np.inf
NUDGE = mp.mpf(10) ** -8


def long_negbin(k, eta, size):
    mean, r = mp.exp(eta), mp.exp(size)
    ways = mp.loggamma(k + r) - mp.loggamma(r) - mp.loggamma(k + 1)
    return ways + r * mp.log(r / (r + mean)) + k * mp.log(mean / (r + mean))


def long_poisson(k, eta, _):
    return k * eta - mp.exp(eta) - mp.loggamma(k + 1)


def log_choose(n, k):
    return mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)


def long_binomial(n):
    def law(k, eta, _):
        return log_choose(n, k) + k * eta - n * mp.log1p(mp.exp(eta))

    return law


def long_betabinomial(n):
    def law(k, eta, logit):
        p, whole = 1 / (1 + mp.exp(-eta)), mp.exp(-logit)
        a, b = p * whole, (1 - p) * whole
        rises = (mp.loggamma(x + m) - mp.loggamma(x) for x, m in ((a, k), (b, n - k)))
        return (
            log_choose(n, k) + sum(rises) - mp.loggamma(whole + n) + mp.loggamma(whole)
        )

    return law


def long_gaussian(y, eta, log_sd):
    return -((y - eta) ** 2) / (2 * mp.exp(2 * log_sd)) - log_sd - mp.log(2 * mp.pi) / 2


def long_lognormal(y, eta, log_sd):
    return long_gaussian(mp.log(y), eta, log_sd) - mp.log(y)


def climb_negbin(eta, size):
    mean, r = mp.exp(eta), mp.exp(size)
    go = mean / (r + mean)
    return lambda k: (k + r) / (k + 1) * go


def climb_poisson(eta, _):
    mean = mp.exp(eta)
    return lambda k: mean / (k + 1)


def climb_binomial(n):
    def climb(eta, _):
        odds = mp.exp(eta)
        return lambda k: (n - k) / mp.mpf(k + 1) * odds

    return climb


def climb_betabinomial(n):
    def climb(eta, logit):
        p, whole = 1 / (1 + mp.exp(-eta)), mp.exp(-logit)
        a, b = p * whole, (1 - p) * whole
        return lambda k: (n - k) * (k + a) / ((k + 1) * (n - k - 1 + b))

    return climb


def summed(law, climb, low, high, start):
    """Log probability of an interval, from its likeliest count outward by ratios."""

    def log_chance(eta, other):
        if 0 < low <= 25 and high == INF:
            below = summed(law, climb, 0, low - 1, low - 1)(eta, other)
            return mp.log1p(-mp.exp(below))
        up, total = climb(eta, other), mp.mpf(1)
        for step in (1, -1):
            k, part = start + step, mp.mpf(1)
            while low <= k <= high and part > mp.mpf(10) ** -42:
                part *= up(k - 1) if step == 1 else 1 / up(k)
                total += part
                k += step
        return law(start, eta, other) + mp.log(total)

    return log_chance


def between(low, high):
    """Log probability that a Gaussian number lies between bounds."""

    def log_chance(eta, log_sd):
        a, b = ((mp.mpf(x) - eta) / mp.exp(log_sd) for x in (low, high))
        if a > 0:
            a, b = -b, -a
        return mp.log(mp.ncdf(b) - mp.ncdf(a))

    return log_chance


def long_jet(law, predictor, dispersion):
    """Value, slope, curvature, its slope, and the first three by the dispersion."""
    with mp.workdps(50):
        eta, other, h = mp.mpf(predictor), mp.mpf(dispersion), NUDGE
        at = {
            (i, j): law(eta + i * h, other + j * h)
            for i, j in [
                (-2, 0),
                (2, 0),
                *((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)),
            ]
        }
        slope = {j: (at[1, j] - at[-1, j]) / (2 * h) for j in (-1, 0, 1)}
        bend = {j: -(at[1, j] - 2 * at[0, j] + at[-1, j]) / h**2 for j in (-1, 0, 1)}
        third = -(at[2, 0] - 2 * at[1, 0] + 2 * at[-1, 0] - at[-2, 0]) / (2 * h**3)
        by = [(at[0, 1] - at[0, -1]), slope[1] - slope[-1], bend[1] - bend[-1]]
        found = [at[0, 0], slope[0], bend[0], third, *(part / (2 * h) for part in by)]
        return [float(part) for part in found]


def jet_of(family, low, high, predictor, dispersion):
    low, high, predictor, dispersion = (
        np.array([float(v)]) for v in (low, high, predictor, dispersion)
    )
    reports = Reports(family, Reading(low, high, np.zeros(1, bool)))
    terms = reports.terms(predictor, dispersion, np.zeros(1))
    moved = reports.sensitivity(predictor, dispersion, np.zeros(1))
    value = reports.value(predictor, dispersion, np.zeros(1))
    assert_allclose(value, terms.value, rtol=1e-14)
    return [float(v[0]) for v in (*terms, moved.predictor, *moved.dispersion)]


def agree(found, expected, rtol=1e-8, scale=1.0):
    assert_allclose(found, expected, rtol=rtol, atol=1e-11 * scale)


def agree_in_tails(found, expected):
    """Far from the mean the third derivative is a small rest of large numbers."""
    agree(found[:3] + found[4:], expected[:3] + expected[4:])
    assert_allclose(found[3], expected[3], rtol=1e-5)


# --- reference: exact numbers -------------------------------------------------------

wide = settings(max_examples=60)


@wide
@given(
    count=st.integers(0, 10**7) | st.integers(0, 30),
    log_mean=st.floats(-7, 16),
    log_size=st.floats(-4.6, 18.4),
)
def test_negbin_counts_equal_long_arithmetic(count, log_mean, log_size):
    expected = long_jet(lambda *x: long_negbin(count, *x), log_mean, log_size)
    found = jet_of(NegBin(), count, count, log_mean, log_size)
    agree(found, expected, scale=1 + abs(expected[0]))


@wide
@given(count=st.integers(0, 10**7) | st.integers(0, 30), log_mean=st.floats(-7, 16))
def test_poisson_counts_equal_long_arithmetic(count, log_mean):
    expected = long_jet(lambda *x: long_poisson(count, *x), log_mean, 0)
    agree(jet_of(Poisson(), count, count, log_mean, 0), expected, rtol=1e-11)


@wide
@given(
    total=st.integers(0, 10**7) | st.integers(0, 30),
    part=st.floats(0, 1),
    logit=st.floats(-9, 9),
    correlation=st.floats(-18, 4),
)
def test_shares_equal_long_arithmetic(total, part, logit, correlation):
    count, n = round(part * total), np.array([float(total)])
    expected = long_jet(lambda *x: long_binomial(total)(count, *x), logit, 0)
    agree(jet_of(Binomial(n), count, count, logit, 0), expected, rtol=1e-11)
    law = long_betabinomial(total)
    expected = long_jet(lambda *x: law(count, *x), logit, correlation)
    found = jet_of(BetaBinomial(n), count, count, logit, correlation)
    agree(found, expected, scale=100 + total)


@wide
@given(number=st.floats(0.01, 1e6), middle=st.floats(-4, 14), log_sd=st.floats(-5, 5))
def test_densities_equal_long_arithmetic(number, middle, log_sd):
    for family, law in ((Gaussian(), long_gaussian), (LogNormal(), long_lognormal)):
        expected = long_jet(lambda *x, law=law: law(number, *x), middle, log_sd)
        found = jet_of(family, number, number, middle, log_sd)
        agree(found, expected, rtol=1e-9, scale=1e3)


# --- reference: intervals -----------------------------------------------------------

INTERVALS = [
    (1, INF, 5.0, 0.5),
    (25, INF, 20.0, 2.0),
    (3, INF, 2.0, 1e-2),
    (500, INF, 20.0, 3.0),
    (400, INF, 100.0, 1e4),
    (0, 100, 30.0, 0.7),
    (0, 100, 500.0, 4.0),
    (0, 90, 400.0, 1e4),
    (101, 199, 30.0, 4.0),
    (101, 199, 150.0, 4.0),
    (101, 199, 9e4, 40.0),
    (1001, 1999, 1e3, 1e3),
    (5, 9, 2.0, 1.5),
    (61, 69, 1e5, 30.0),
    (61, 69, 1e-2, 0.3),
]


def likeliest(low, high, mean):
    return int(min(max(mean, low), high))


@pytest.mark.parametrize("case", INTERVALS, ids=str)
def test_negbin_intervals_equal_long_arithmetic(case):
    low, high, mean, size = case
    middle = mean * max(1 - 1 / size, 0)
    log_chance = summed(
        long_negbin, climb_negbin, low, high, likeliest(low, high, middle)
    )
    expected = long_jet(log_chance, np.log(mean), np.log(size))
    agree_in_tails(jet_of(NegBin(), low, high, np.log(mean), np.log(size)), expected)


@pytest.mark.parametrize("case", INTERVALS, ids=str)
def test_poisson_intervals_equal_long_arithmetic(case):
    low, high, mean, _ = case
    log_chance = summed(
        long_poisson, climb_poisson, low, high, likeliest(low, high, mean)
    )
    expected = long_jet(log_chance, np.log(mean), 0)
    agree_in_tails(jet_of(Poisson(), low, high, np.log(mean), 0), expected)


@pytest.mark.parametrize(
    ("low", "high", "total", "logit"),
    [
        (1, INF, 8, -0.4),
        (0, 120, 300, 0.3),
        (200, INF, 300, -1.0),
        (10, 290, 300, 2.0),
        (100, 180, 1000, -3.0),
        (501, INF, 1000, 0.1),
    ],
)
def test_share_intervals_equal_long_arithmetic(low, high, total, logit):
    start = likeliest(low, min(high, total), total / (1 + np.exp(-logit)))
    n, last = np.array([float(total)]), min(high, total)
    expected = long_jet(
        summed(long_binomial(total), climb_binomial(total), low, last, start), logit, 0
    )
    agree(jet_of(Binomial(n), low, high, logit, 0), expected)
    for correlation in (-9.0, -2.0):
        log_chance = summed(
            long_betabinomial(total), climb_betabinomial(total), low, last, start
        )
        expected = long_jet(log_chance, logit, correlation)
        agree(
            jet_of(BetaBinomial(n), low, high, logit, correlation), expected, scale=10
        )


@wide
@given(
    low=st.floats(-30, 30),
    width=st.floats(1e-6, 40) | st.just(INF),
    log_sd=st.floats(-0.5, 4),
)
def test_gaussian_intervals_equal_long_arithmetic(low, width, log_sd):
    expected = long_jet(between(low, low + width), 0.3, log_sd)
    agree(jet_of(Gaussian(), low, low + width, 0.3, log_sd), expected, scale=1e2)
    bounds = np.exp(low), np.exp(low + width)
    expected = long_jet(between(*np.log(bounds)), 0.3, log_sd)
    agree(jet_of(LogNormal(), *bounds, 0.3, log_sd), expected, scale=1e2)


@pytest.mark.parametrize(
    ("low", "high", "mean", "size", "expected"),
    [
        (100_000, INF, 10.0, 5.0, -40508.0314319422777),
        (0, 3000, 1e6, 500.0, -2370.74001780275622),
    ],
)
def test_far_tails_equal_mpmath(low, high, mean, size, expected):
    """Expected: log of mpmath's regularised incomplete beta, thirty digits."""
    value = jet_of(NegBin(), low, high, np.log(mean), np.log(size))[0]
    assert_allclose(value, expected, rtol=1e-13)


@pytest.mark.parametrize("family", [NegBin(), Poisson()], ids=lambda f: f.name)
def test_zero_deaths_of_a_tiny_mean_are_certain(family):
    value, slope, *_ = jet_of(family, 0, 0, -30.0, np.log(2.0))
    assert_allclose([value, slope], [-np.exp(-30)] * 2, rtol=1e-12)


@given(
    low=st.integers(0, 400),
    width=st.integers(61, 67),
    log_mean=st.floats(-3, 8),
    log_size=st.floats(-3, 8),
)
def test_short_and_wide_intervals_meet(low, width, log_mean, log_size):
    """[a, c] is [a, b] and [b + 1, c], whichever way each is computed."""
    middle = low + width // 2
    whole, first, second = (
        jet_of(NegBin(), a, b, log_mean, log_size)
        for a, b in ((low, low + width), (low, middle), (middle + 1, low + width))
    )
    assert_allclose(whole[0], np.logaddexp(first[0], second[0]), rtol=1e-9, atol=1e-11)
    shares = np.exp([first[0] - whole[0], second[0] - whole[0]])
    for which in (1, 4):
        mixed = shares @ [first[which], second[which]]
        assert_allclose(whole[which], mixed, rtol=1e-6, atol=1e-7)

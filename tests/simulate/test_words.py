"""What is said has the probability that the mechanism's equation gives it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from conflictstats.numerics.likelihood import weighted
from conflictstats.simulate import _words

N = 40_000


def said_as(said, word, number):
    """Share of reports in which this number was said by this word."""
    return ((said.qualifier == word) & (said.low == number)).mean()


def weight_of(law, count):
    """Weight that a likelihood gives a count, over its powers."""
    inside = (law.low <= count) & (count <= law.high)
    return law.weight[inside].sum()


def test_ranges_do_not_depend_on_the_count_that_they_hold(rng):
    """Over all counts of one range, the range is as probable whichever it holds."""
    counts = np.repeat(np.arange(8, 16.0), 20_000)
    low, high, _ = _words.doubling_range(counts, rng)
    here = (low == 8) & (high == 15)
    share = [here[counts == c].mean() for c in np.arange(8, 16)]
    assert min(share) > 0
    assert_allclose(share, np.mean(share), atol=0.012)


@pytest.mark.parametrize(("k", "count"), [(60, 63), (61, 63), (7, 6), (400, 380)])
def test_about_is_said_with_a_third_of_the_weight_that_a_likelihood_gives(
    k, count, rng
):
    said = _words.say_counts(np.full(N, float(count)), "approximate", 1.0, 1.0, rng)
    expected = weight_of(weighted.approximate(float(k)), count) / 3
    assert expected > 0
    assert_allclose(said_as(said, "about", k), expected, atol=4 * (expected / N) ** 0.5)


@pytest.mark.parametrize(("k", "count"), [(20, 20), (20, 33), (0, 0), (5, 0), (90, 70)])
def test_a_count_is_coded_with_the_weight_that_a_likelihood_gives(k, count, rng):
    n = N // 4
    said = _words.say_counts(np.full(n, float(count)), "elicited", 1.0, 1.0, rng)
    law = weighted.elicited(
        float(k), *(float(part[0]) for part in _words.coded_law(np.array([float(k)])))
    )
    expected = weight_of(law, count)
    assert expected > 0
    close = 5 * (expected / n) ** 0.5
    assert_allclose(said_as(said, "coded", k), expected, atol=close)


def test_no_count_is_coded_more_often_than_always():
    """Chances of all codes add up to one at most, and the rest is printed."""
    coded = np.arange(_words.MOST_CODED + 1.0)
    laws = np.column_stack(_words.coded_law(coded))
    each = [weighted.elicited(k, *law) for k, law in zip(coded, laws, strict=True)]
    for count in (0, 1, 5, 50, 300, 500):
        assert 0 < sum(weight_of(law, count) for law in each) <= 1


@pytest.mark.parametrize("count", [12, 57])
def test_a_floor_is_said_with_the_weight_that_a_likelihood_gives(count, rng):
    found = 0.3
    said = _words.say_counts(np.full(N, float(count)), "floor", 1.0, found, rng)
    for k in (1, 5, 10, count):
        law = weighted.floor(float(k))
        inside = (law.low <= count) & (count <= law.high)
        powers = found ** law.powers[:, 0] * (1 - found) ** law.powers[:, 1]
        expected = (law.weight * powers)[inside].sum()
        close = 5 * (expected / N) ** 0.5
        assert_allclose(said_as(said, "at_least", k), expected, atol=close)


@pytest.mark.parametrize("in_logs", [True, False])
@pytest.mark.parametrize("mechanism", ["exact", "coarsened", "rounded"])
def test_what_is_said_of_a_measured_number_allows_it(mechanism, in_logs, rng):
    number = np.exp(rng.normal(5, 2, 500))
    said = _words.say_measured(number, mechanism, 0.7, rng, in_logs=in_logs)
    assert (said.low <= number).all()
    assert (number <= said.high).all()
    exact = said.qualifier == "exact"
    assert_array_equal(said.low[exact], number[exact])
    assert exact.mean() < 0.9 or mechanism == "exact"


def test_an_interval_of_a_measured_number_falls_anywhere_about_it(rng):
    """Where in its interval a number lies is uniform, whatever the number."""
    for number in (3.0, 118.0):
        said = _words.say_measured(
            np.full(4000, number), "coarsened", 1.0, rng, in_logs=False
        )
        inside = (number - said.low) / (said.high - said.low)
        assert_allclose(np.histogram(inside, 4, (0, 1))[0], 1000, atol=130)

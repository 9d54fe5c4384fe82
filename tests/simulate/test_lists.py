"""Simulated lists: frequencies by hand, ties, unlike people, and what is refused."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from conflictstats.errors import SettingError
from conflictstats.simulate.lists import listed_people

MANY = 10**9
"""So many people that frequencies are probabilities, to four digits."""


def frequencies(lists):
    return lists.full() / MANY


def test_independent_lists_multiply(rng):
    found = frequencies(listed_people(MANY, listed={"A": 0.3, "B": 0.2}, rng=rng))
    np.testing.assert_allclose(found[1:], [0.24, 0.14, 0.06], rtol=1e-3)


def test_a_tie_is_the_odds_ratio_of_two_lists(rng):
    lists = listed_people(
        MANY, listed={"A": 0.3, "B": 0.2}, tied={("A", "B"): 5.0}, rng=rng
    )
    _, a, b, both = frequencies(lists)
    none = 1 - a - b - both
    assert both * none / (a * b) == pytest.approx(5.0, rel=1e-2)
    assert a + both == pytest.approx(0.3, rel=1e-3)


def test_unlike_people_are_integrated(rng):
    lists = listed_people(MANY, listed={"A": 0.3, "B": 0.2}, spread=1.2, rng=rng)

    def density(z):
        on = special.expit(special.logit(np.array([0.3, 0.2])) + 1.2 * z)
        return on.prod() * stats.norm.pdf(z)

    both, _ = integrate.quad(density, -9, 9)
    assert frequencies(lists)[3] == pytest.approx(both, rel=1e-3)


def test_hidden_people_are_on_no_list(rng):
    lists = listed_people(MANY, listed={"A": 0.3, "B": 0.2}, hidden=0.5, rng=rng)
    assert lists.n_observed / MANY == pytest.approx(0.5 * (1 - 0.7 * 0.8), rel=1e-3)


def test_a_tie_of_three_is_the_odds_ratio_of_two_by_the_third(rng):
    reach = {"A": 0.3, "B": 0.2, "C": 0.25}
    lists = listed_people(MANY, listed=reach, tied={("A", "B", "C"): 4.0}, rng=rng)
    _, a, b, ab, c, ac, bc, abc = frequencies(lists)
    none = 1 - lists.n_observed / MANY
    assert (abc * c / (ac * bc)) / (ab * none / (a * b)) == pytest.approx(4, rel=1e-2)
    assert none * ac / (a * c) == pytest.approx(1, rel=1e-2)
    assert none * bc / (b * c) == pytest.approx(1, rel=1e-2)


def test_kinds_of_people_have_odds_of_their_own(rng):
    lists = listed_people(
        MANY,
        listed={"A": 0.3, "B": 0.2},
        kinds=((0.25, 3.0), (0.75, 0.5)),
        rng=rng,
    )
    odds = np.array([[3 / 7], [1 / 4]]) * [3.0, 0.5]
    on_a, on_b = odds / (1 + odds)
    _, a, _, both = frequencies(lists)
    assert both == pytest.approx(on_a * on_b @ [0.25, 0.75], rel=1e-3)
    assert a + both == pytest.approx(on_a @ [0.25, 0.75], rel=1e-3)


def test_kinds_differ_within_as_people_do(rng):
    """Two kinds of unlike people: the mean of the two alone."""
    reach, spread = {"A": 0.3, "B": 0.2}, 0.8
    alone = [
        frequencies(
            listed_people(
                MANY, listed=reach, spread=spread, kinds=((1.0, odds),), rng=rng
            )
        )
        for odds in (2.0, 0.5)
    ]
    mixed = listed_people(
        MANY, listed=reach, spread=spread, kinds=((0.5, 2.0), (0.5, 0.5)), rng=rng
    )
    np.testing.assert_allclose(
        frequencies(mixed)[1:], np.mean(alone, axis=0)[1:], rtol=2e-3
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"people": 0}, "one person"),
        ({"listed": {"A": 0.3}}, "lists"),
        ({"listed": {"A": 0.3, "B": 1.0}}, "strictly between"),
        ({"spread": -1.0}, "spread"),
        ({"tied": {("B", "A"): 2.0}}, "order"),
        ({"tied": {("A", "C"): 2.0}}, "order"),
        ({"tied": {("A",): 2.0}}, "two lists or more"),
        ({"tied": {("A", "A", "B"): 2.0}}, "order"),
        ({"hidden": 1.0}, "hidden"),
        ({"kinds": ()}, "kinds"),
        ({"kinds": ((0.5, 1.0), (0.4, 2.0))}, "add up to 1"),
        ({"kinds": ((1.0, 0.0),)}, "multiples"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(wrong, words, rng):
    good = {"people": 100, "listed": {"A": 0.3, "B": 0.2}, "rng": rng}
    with pytest.raises(SettingError, match=words):
        listed_people(**(good | wrong))

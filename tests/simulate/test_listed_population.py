"""Populations whose lists reach other shares of people each time."""

import numpy as np
import pytest

from conflictstats.errors import SettingError
from conflictstats.simulate.listed_population import ListedPopulation


def test_the_log_of_the_reach_is_uniform(rng):
    population = ListedPopulation(people=10**6, n_lists=2, reach=(0.05, 0.4))
    reached = [
        np.array(list(population.draw(rng).sizes.values())) / 10**6 for _ in range(200)
    ]
    where = np.log(np.concatenate(reached) / 0.05) / np.log(8)
    assert np.quantile(where, [0.25, 0.5, 0.75]) == pytest.approx(
        [0.25, 0.5, 0.75], abs=0.1
    )
    assert where.min() > -0.01
    assert where.max() < 1.01


def test_one_reach_and_no_tie_multiply(rng):
    population = ListedPopulation(people=10**9, n_lists=3, reach=(0.2, 0.2))
    found = population.draw(rng).full() / 10**9
    size = np.array([bin(cell).count("1") for cell in range(8)])
    np.testing.assert_allclose(
        found[1:], (0.2**size * 0.8 ** (3 - size))[1:], rtol=1e-3
    )


def test_the_same_seed_gives_the_same_lists():
    population = ListedPopulation(n_lists=4, spread=1.0, tied={("A", "B"): 3.0})
    one, again = (population.draw(np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.full(), again.full())


@pytest.mark.parametrize(
    "wrong", [{"reach": (0.4, 0.05)}, {"reach": (0.0, 0.4)}, {"n_lists": 1}]
)
def test_a_reach_and_a_number_of_lists_that_mean_nothing_are_refused(wrong):
    with pytest.raises(SettingError):
        ListedPopulation(**wrong)

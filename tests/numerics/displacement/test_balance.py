"""The balance of people against loops over cells, and its derivatives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conflictstats.numerics.displacement.balance import Balance, Course, Fractions

LARGEST = (900.0, 0.2, 0.1, 0.1, 0.05)


def drawn(rng, chains, cells):
    """Fractions of every size that can be."""
    return Fractions(*(rng.uniform(0, top, (chains, cells)) for top in LARGEST))


def looped(moves, start, population):
    """Stock after each cell, by one cell after the other."""
    stock, left, found = start.copy(), None, []
    if population is not None:
        left = population - start
    for t in range(moves.potential.shape[1]):
        fled = moves.potential[:, t]
        if population is not None:
            fled = left * (1 - np.exp(-fled / population))
        home = moves.returns[:, t] * stock + moves.new_returns[:, t] * fled
        away = moves.departures[:, t] * stock + moves.new_departures[:, t] * fled
        stock = stock + fled - home - away
        if population is not None:
            left = left - fled + home
        found.append(stock)
    return np.column_stack(found)


@pytest.mark.parametrize("cells", [1, 2, 50])
@pytest.mark.parametrize("limited", [True, False])
def test_the_course_is_that_of_a_loop(rng, cells, limited):
    moves, start = drawn(rng, 3, cells), rng.uniform(0, 1e4, 3)
    population = np.full(3, 2e4) if limited else None
    found = Balance(moves, population).course(start)
    assert_allclose(found.stock[:, 1:], looped(moves, start, population), rtol=1e-12)


@given(seed=st.integers(0, 2**32 - 1), population=st.floats(1e3, 1e9))
def test_nobody_is_lost_or_found(seed, population):
    """To a part in 1e9 of the population, in every cell of every chain."""
    rng = np.random.default_rng(seed)
    moves = drawn(rng, 2, 30)
    start = rng.uniform(0, population, 2)
    found = Balance(moves, np.full(2, population)).course(start)
    exits = found.returns + found.departures
    off_stock = np.diff(found.stock) - (found.inflow - exits)
    off_risk = np.diff(found.at_risk) - (found.returns - found.inflow)
    gone = population - found.stock - found.at_risk
    assert np.abs(off_stock).max() < 1e-9 * population
    assert np.abs(off_risk).max() < 1e-9 * population
    assert_allclose(gone[:, -1], found.departures.sum(axis=1), atol=1e-9 * population)
    assert found.stock.min() >= 0
    assert found.stock.max() <= population * (1 + 1e-12)


def test_a_large_population_is_no_limit(rng):
    moves, start = drawn(rng, 2, 40), np.full(2, 100.0)
    free = Balance(moves).course(start)
    wide = Balance(moves, np.full(2, 1e13)).course(start)
    assert_allclose(wide.stock, free.stock, rtol=1e-6)


def test_a_small_population_flees_whole():
    moves = Fractions(np.full((1, 60), 500.0), *np.zeros((4, 1, 60)))
    found = Balance(moves, np.full(1, 1000.0)).course(np.zeros(1))
    assert_allclose(found.stock[0, -1], 1000, rtol=1e-6)


@pytest.mark.parametrize("limited", [True, False])
def test_derivatives_are_those_of_differences(rng, limited):
    moves, start = drawn(rng, 2, 12), rng.uniform(1e2, 1e3, 2)
    population = np.full(2, 4e3) if limited else None
    found = Balance(moves, population).course(start)
    slope = Course(*(rng.standard_normal(part.shape) for part in found))
    slope = slope._replace(at_risk=np.zeros_like(found.at_risk))

    def value(moves, start, population):
        parts = Balance(moves, population).course(start)
        return sum((a * b).sum(axis=1) for a, b in zip(slope, parts, strict=True))

    balance = Balance(moves, population)
    in_moves, in_start, in_population = balance.pull_back(found, slope)
    push = Fractions(*(top * rng.standard_normal((2, 12)) for top in LARGEST))
    step = 1e-6
    ahead, behind = (
        value(
            Fractions(*(a + s * step * b for a, b in zip(moves, push, strict=True))),
            start,
            population,
        )
        for s in (1, -1)
    )
    along = sum((a * b).sum(axis=1) for a, b in zip(in_moves, push, strict=True))
    assert_allclose(along, (ahead - behind) / (2 * step), rtol=1e-5)
    sides = [value(moves, start + s, population) for s in (1, -1)]
    assert_allclose(in_start, (sides[0] - sides[1]) / 2, rtol=1e-4)
    if limited:
        sides = [value(moves, start, population + s) for s in (1, -1)]
        assert_allclose(in_population, (sides[0] - sides[1]) / 2, rtol=1e-4)
    else:
        assert (in_population == 0).all()

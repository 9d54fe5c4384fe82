"""Drawn partitions follow the law that is stated, by counting all of them."""

import itertools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import betaln, gammaln

from conflictstats.numerics.linkage.chain import Chain, sets_of_tables, tree_evidence
from conflictstats.numerics.linkage.mixture import Levels, Mixture
from conflictstats.numerics.linkage.partitions import draw_partitions


def all_partitions(table, pairs):
    """Every partition whose groups are of near rows, each named by its first row."""
    near = {tuple(pair) for pair in pairs.tolist()}
    found = [[]]
    for row in range(len(table)):
        longer = []
        for group in found:
            longer.append([*group, row])
            for name in set(group):
                mates = [i for i, g in enumerate(group) if g == name]
                if all((mate, row) in near for mate in mates):
                    longer.append([*group, name])
        found = longer
    return np.array(found)


def log_prior(group, table):
    """Sum over sets of tables of log Gamma(n + a)."""
    sets = sets_of_tables(group, table)
    kinds = 2 ** (table.max() + 1) - 1
    n = np.bincount(sets[sets > 0], minlength=kinds + 1)[1:]
    return gammaln(n + 1 / kinds).sum()


def frequencies(drawn, partitions):
    same = (drawn[:, None, :] == partitions[None]).all(axis=2)
    assert same.any(axis=1).all()
    return same.mean(axis=0)


def test_two_tables_by_enumeration(unchecked):
    """Two rows by two, all near, and near pairs that are not known to be few."""
    table = np.array([0, 0, 1, 1])
    pairs = np.array([[0, 2], [0, 3], [1, 2], [1, 3]])
    levels = Levels.of(np.array([[0], [1], [1], [0]]), [2])
    given = Mixture(np.array([[0.7, 0.3]]), np.array([[0.4, 0.6]]), 0.5)
    partitions = all_partitions(table, pairs)
    assert len(partitions) == 7
    ratio = np.log([0.7 / 0.4, 0.3 / 0.6, 0.3 / 0.6, 0.7 / 0.4])
    log_p = []
    for group in partitions:
        linked = group[pairs[:, 0]] == group[pairs[:, 1]]
        far = betaln(1 + (~linked).sum(), 1 + 3.0)
        log_p.append(log_prior(group, table) + ratio[linked].sum() + far)
    p = np.exp(log_p - np.max(log_p))
    drawn = draw_partitions(
        table,
        pairs,
        levels,
        np.arange(4),
        far=3.0,
        crowding=np.ones(4),
        fixed=given,
        draws=1200,
        thin=1,
        rng=np.random.default_rng(5),
    )
    assert_allclose(frequencies(drawn.groups, partitions), p / p.sum(), atol=0.04)


def test_three_tables_by_enumeration(unchecked):
    table = np.array([0, 1, 2, 2, 1])
    near = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 4), (0, 4), (3, 4)]
    pairs = np.array(sorted(near))
    evidence = np.random.default_rng(2).normal(0.25, 1.1, (len(pairs), 2))
    at = {tuple(pair): w for pair, w in zip(pairs.tolist(), evidence, strict=True)}
    partitions = all_partitions(table, pairs)
    log_p = []
    for group in partitions:
        total = log_prior(group, table)
        for name in np.unique(group):
            mates = itertools.combinations(np.flatnonzero(group == name).tolist(), 2)
            given = np.array([at[pair] for pair in mates])
            total += sum(by_listing_trees(field) for field in given.T)
        log_p.append(total)
    p = np.exp(log_p - np.max(log_p))
    chain, rng = Chain(table, pairs, np.arange(5)), np.random.default_rng(3)
    drawn = []
    for _ in range(2000):
        chain.redraw_rows(evidence, rng)
        _, first, which = np.unique(chain.group, return_index=True, return_inverse=True)
        drawn.append(first[which])
    assert_allclose(frequencies(np.array(drawn), partitions), p / p.sum(), atol=0.04)


def by_listing_trees(weight):
    """Log of the mean over all trees of the product of ratios."""
    s = (1 + math.isqrt(1 + 8 * len(weight))) // 2
    pairs = list(itertools.combinations(range(s), 2))
    products = []
    for edges in itertools.combinations(range(len(pairs)), s - 1):
        reached = {0}
        for _ in range(s):
            for e in edges:
                if reached & set(pairs[e]):
                    reached |= set(pairs[e])
        if len(reached) == s:
            products.append(math.exp(sum(weight[e] for e in edges)))
    assert len(products) == s ** (s - 2)
    return math.log(sum(products) / len(products))


@pytest.mark.parametrize("rows", [3, 4, 5])
def test_evidence_is_the_mean_over_all_trees_of_each_field(rows):
    weight = np.random.default_rng(rows).normal(0, 2, (rows * (rows - 1) // 2, 3))
    expected = sum(by_listing_trees(field) for field in weight.T)
    assert_allclose(tree_evidence(np.exp(weight).tolist()), expected, rtol=1e-9)


def test_evidence_has_no_holes_where_ratios_are_extreme():
    few, many = [np.exp(-60.0)], [np.exp(60.0)]
    assert tree_evidence([many, few, few]) == pytest.approx(np.log(2 / 3))
    assert np.isfinite(tree_evidence([many, many, few, many, few, few]))


def test_an_event_of_s_rows_is_s_minus_one_comparisons():
    pairs = np.array([[0, 1], [0, 2], [1, 2], [2, 3], [4, 5]])
    chain = Chain(np.array([0, 1, 2, 1, 0, 1]), pairs, np.array([0, 0, 0, 3, 4, 4]))
    assert_allclose(chain.told(), [2 / 3, 2 / 3, 2 / 3, 0, 1])


def test_twins_change_places(rng, unchecked):
    """Two rows by two, all alike and surely linked: each way has a half."""
    table = np.array([0, 0, 1, 1])
    pairs = np.array([[0, 2], [0, 3], [1, 2], [1, 3]])
    chain, weight = Chain(table, pairs, np.array([0, 1, 0, 1])), np.full((4, 1), 30.0)
    drawn = []
    for _ in range(400):
        chain.redraw_rows(weight, rng)
        drawn.append(chain.linked().astype(float))
    assert_allclose(np.mean(drawn, axis=0), 0.5, atol=0.1)


def test_lone_pairs_are_drawn_as_all_others(rng, unchecked):
    """One pair alone and the same pair in a chain that goes row by row."""
    table, pairs, weight = np.array([0, 1]), np.array([[0, 1]]), np.array([[-1.0]])
    chain = Chain(table, pairs, np.arange(2))
    together = 0
    for _ in range(1500):
        chain.redraw_lone_pairs(weight, rng)
        together += chain.linked()[0]
    odds = 3 * np.exp(-1.0)
    assert together / 1500 == pytest.approx(odds / (1 + odds), abs=0.04)

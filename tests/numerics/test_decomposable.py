"""Tables under decomposable graphs: known laws, sums to one, and nothing overlooked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.special import betaln, gammaln, logsumexp

from conflictstats.numerics.chordal import chordal_graphs
from conflictstats.numerics.decomposable import (
    HyperDirichlet,
    average_over_graphs,
    screen,
)
from conflictstats.numerics.summation import Blocks

SPINA_BIFIDA = np.array([0, 60, 49, 4, 247, 112, 142, 12])
tables = st.lists(st.integers(0, 60), min_size=7, max_size=7).filter(any)
weights = st.sampled_from([1 / 8, 0.5, 1.0, 3.7])


def averaged(cells, delta, blocks, nodes=3):
    law = HyperDirichlet.of(cells, delta)
    log_weight = np.log(blocks.weights) - np.log(law.nobs + blocks.points)
    at = chordal_graphs(nodes).parts, law, blocks.points, log_weight
    return average_over_graphs(*at, screen(*at))


def all_tables(total, cells):
    """Every way to put so many people into cells."""
    if cells == 1:
        yield (total,)
        return
    for here in range(total + 1):
        for rest in all_tables(total - here, cells - 1):
            yield (here, *rest)


@given(tables, st.integers(0, 100), weights)
def test_the_complete_graph_is_dirichlet_multinomial(listed, unlisted, delta):
    full = np.array([unlisted, *listed])
    law = HyperDirichlet.of(np.array([0, *listed]), delta)
    found = law.log_joint(chordal_graphs(3).parts[[-1]], np.array([float(unlisted)]))
    expected = stats.dirichlet_multinomial.logpmf(full, np.full(8, delta), full.sum())
    assert_allclose(found, [[expected]], rtol=1e-9)


@given(tables, st.integers(0, 100), weights)
def test_without_edges_each_list_is_beta_binomial(listed, unlisted, delta):
    cells = np.array([0, *listed])
    total = cells.sum() + unlisted
    on = [cells[np.arange(8) >> j & 1 == 1].sum() for j in range(3)]
    expected = (
        gammaln(total + 1)
        - gammaln(cells + 1).sum()
        - gammaln(unlisted + 1)
        + sum(betaln(n + 4 * delta, total - n + 4 * delta) for n in on)
        - 3 * betaln(4 * delta, 4 * delta)
    )
    law = HyperDirichlet.of(cells, delta)
    found = law.log_joint(chordal_graphs(3).parts[[0]], np.array([float(unlisted)]))
    assert_allclose(found, [[expected]], rtol=1e-9)


def test_under_each_graph_all_tables_together_are_certain():
    total = np.zeros(8)
    for table in all_tables(3, 8):
        law = HyperDirichlet.of(np.array([0, *table[1:]]), 0.3)
        at = np.array([float(table[0])])
        total += np.exp(law.log_joint(chordal_graphs(3).parts, at))[:, 0]
    assert_allclose(total, 1)


@given(tables, weights, st.permutations([0, 1, 2]))
def test_the_order_of_the_lists_does_not_matter(listed, delta, order):
    table = np.array([0, *listed]).reshape(2, 2, 2)
    blocks = Blocks.up_to(5_000.0)
    one = averaged(table.ravel(), delta, blocks)
    other = averaged(table.transpose(order).ravel(), delta, blocks)
    assert_allclose(one.log_total, other.log_total, rtol=1e-10)
    assert_allclose(one.mass, other.mass, atol=1e-12)
    assert_allclose(np.sort(one.log_evidence), np.sort(other.log_evidence), rtol=1e-8)


@pytest.mark.parametrize(("times", "delta"), [(1, 1 / 8), (50, 1.0), (300, 1 / 8)])
def test_blocks_give_the_sum_over_every_number(times, delta):
    """Middles screen, and sixteen points stand for up to 3,000 numbers."""
    cells = SPINA_BIFIDA * times
    few = Blocks.up_to(16.0 * np.ceil(np.sqrt(0.8 * cells.sum()) / 4) ** 2 - 1)
    every = Blocks.each_number(0, int(few.length.sum()))
    one, other = (averaged(cells, delta, blocks) for blocks in (few, every))
    assert_allclose(one.log_total, other.log_total, atol=1e-8)
    mean = [(a.mass * b.points).sum() for a, b in ((one, few), (other, every))]
    assert_allclose(mean[0], mean[1], rtol=1e-9)
    asked = np.array([0.05, 0.5, 0.95, 0.999])
    found = few.quantiles(one.mass, asked)
    upto = np.cumsum(other.mass.ravel())
    assert (upto[found] >= asked - 1e-7).all()
    assert (upto[found - 1] <= asked + 1e-7).all()


@given(tables, st.sampled_from([1 / 8, 0.5, 1.0, 3.7]))
def test_no_log_density_is_more_curved_than_that_of_a_poisson_law(listed, delta):
    """What lets the middle of a block stand for it: by second differences."""
    law = HyperDirichlet.of(np.array([0, *listed]), delta)
    at = np.unique(np.geomspace(1, 1e4, 40).round())
    below, here, above = (
        law.log_joint(chordal_graphs(3).parts, at + step) for step in (-1, 0, 1)
    )
    assert (above - 2 * here + below >= -1 / (at - 0.5) - 1e-8).all()


def test_nothing_that_counts_is_screened_out():
    """Against the plain sum over all graphs at all points, four lists."""
    rng = np.random.default_rng(4)
    for _ in range(5):
        cells = np.concatenate([[0], rng.negative_binomial(0.5, 0.02, 15)])
        blocks, parts = Blocks.up_to(20_000.0), chordal_graphs(4).parts
        found = averaged(cells, 1 / 16, blocks, nodes=4)
        law = HyperDirichlet.of(cells, 1 / 16)
        points = blocks.points.ravel()
        joint = law.log_joint(parts, points) - np.log(law.nobs + points)
        joint += np.log(blocks.weights).ravel()
        by_graph = logsumexp(joint, axis=1)
        assert_allclose(found.log_total, logsumexp(joint), rtol=1e-12)
        heavy = by_graph > by_graph.max() - 30
        assert_allclose(found.log_evidence[heavy], by_graph[heavy], rtol=1e-12)
        share = np.exp(joint - logsumexp(joint))
        assert_allclose(found.mass.ravel(), share.sum(axis=0), atol=1e-14)


def test_the_sums_are_the_same_in_small_portions(monkeypatch):
    blocks = Blocks.up_to(3_000.0)
    whole = averaged(SPINA_BIFIDA, 1.0, blocks)
    monkeypatch.setattr("conflictstats.numerics.decomposable.CHUNK", 500)
    parts = averaged(SPINA_BIFIDA, 1.0, blocks)
    assert_allclose(whole.mass, parts.mass, atol=1e-15)
    assert_allclose(whole.unlisted, parts.unlisted)

"""Chordal graphs: those without a hole, with the cliques that a search finds."""

from itertools import combinations

import numpy as np
import pytest

from conflictstats.numerics.chordal import chordal_graphs, pairs


def neighbours(edges, nodes):
    joined = {node: set() for node in range(nodes)}
    for digit, (one, other) in enumerate(pairs(nodes).tolist()):
        if edges >> digit & 1:
            joined[one].add(other)
            joined[other].add(one)
    return joined


def has_hole(joined):
    """Whether four or more nodes are a circle without a chord, by trying all."""
    for size in range(4, len(joined) + 1):
        for some in combinations(joined, size):
            inside = {node: joined[node] & set(some) for node in some}
            if any(len(near) != 2 for near in inside.values()):
                continue
            reached, last = {some[0]}, None
            while reached != last:
                last = set(reached)
                reached |= set().union(*(inside[node] for node in reached))
            if len(reached) == size:
                return True
    return False


def maximal_cliques(joined):
    sets = [
        set(some)
        for size in range(1, len(joined) + 1)
        for some in combinations(joined, size)
        if all(other in joined[one] for one, other in combinations(some, 2))
    ]
    return [one for one in sets if not any(one < other for other in sets)]


def separators(cliques):
    """Meetings along the tree of cliques that share most, by Kruskal."""
    tree, found = {i: i for i in range(len(cliques))}, []
    by_shared = sorted(
        combinations(range(len(cliques)), 2),
        key=lambda two: -len(cliques[two[0]] & cliques[two[1]]),
    )
    for one, other in by_shared:
        if tree[one] != tree[other]:
            found.append(cliques[one] & cliques[other])
            old = tree[other]
            tree = {i: tree[one] if at == old else at for i, at in tree.items()}
    return found


def test_there_are_as_many_as_published():
    """Labelled chordal graphs: 1, 2, 8, 61, 822, 18154 (OEIS A058862)."""
    found = [len(chordal_graphs(nodes).edges) for nodes in range(1, 7)]
    assert found == [1, 2, 8, 61, 822, 18154]


@pytest.mark.slow
def test_there_are_as_many_on_seven_nodes_as_published():
    assert len(chordal_graphs(7).edges) == 617675


@pytest.mark.parametrize("nodes", [2, 3, 4, 5])
def test_they_are_those_without_a_hole(nodes):
    every = range(1 << len(pairs(nodes)))
    without = [edges for edges in every if not has_hole(neighbours(edges, nodes))]
    assert chordal_graphs(nodes).edges.tolist() == without


@pytest.mark.parametrize(("nodes", "step"), [(3, 1), (4, 1), (5, 7), (6, 401)])
def test_parts_are_maximal_cliques_less_separators(nodes, step):
    graphs = chordal_graphs(nodes)
    for graph in range(0, len(graphs.edges), step):
        cliques = maximal_cliques(neighbours(int(graphs.edges[graph]), nodes))
        expected = np.zeros(1 << nodes)
        for clique in cliques:
            expected[sum(1 << node for node in clique)] += 1
        for shared in separators(cliques):
            expected[sum(1 << node for node in shared)] -= 1
        np.testing.assert_array_equal(graphs.parts[[graph]].toarray()[0], expected)
        assert graphs.cliques(graph) == sorted(tuple(sorted(c)) for c in cliques)


def test_the_first_has_no_edge_and_the_last_all():
    graphs = chordal_graphs(4)
    assert graphs.cliques(0) == [(0,), (1,), (2,), (3,)]
    assert graphs.cliques(60) == [(0, 1, 2, 3)]

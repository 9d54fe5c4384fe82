"""All chordal graphs on a few labelled nodes, by their cliques and separators."""

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from jaxtyping import Int
from scipy import sparse


@dataclass(frozen=True, slots=True, eq=False)
class ChordalGraphs:
    """Chordal graphs on the same nodes, the one without edges first, the complete last.

    Sets of nodes are binary numbers whose last digit is the first node.

    Attributes
    ----------
    nodes : int
        Number of nodes.
    edges : ndarray of int, shape (graph,)
        Edges as a binary number; its last digit is the first of :func:`pairs`.
    parts : csr_array, shape (graph, 2**nodes)
        At each set of nodes 1 if it is a maximal clique, or minus the number of times
        that it is a separator; rows sum to one. A function of sets that is summed over
        cliques less separators is ``parts @ values``.
    """

    nodes: int
    edges: Int[np.ndarray, " graph"]
    parts: sparse.csr_array

    def cliques(self, graph: int) -> list[tuple[int, ...]]:
        """Maximal cliques of one graph, in the order of their nodes.

        Parameters
        ----------
        graph : int
            Number of the graph.

        Returns
        -------
        list of tuple of int
            Nodes of each clique.
        """
        row = slice(*self.parts.indptr[graph : graph + 2])
        sets = self.parts.indices[row][self.parts.data[row] > 0].tolist()
        return sorted(
            tuple(node for node in range(self.nodes) if mask >> node & 1)
            for mask in sets
        )


@cache
def chordal_graphs(nodes: int) -> ChordalGraphs:
    r"""Every chordal (decomposable) graph on labelled nodes.

    A graph is chordal if it has a node :math:`v` whose neighbours :math:`K` form a
    clique, and is chordal without it; so all of them are grown from those with one node
    fewer. The new clique :math:`K \cup v` comes in and :math:`K` becomes a separator,
    or stops to be maximal:

    .. math:: \text{parts}_G = \text{parts}_{G - v} + [K \cup v] - [K]

    There are 2, 8, 61, 822, 18,154 and 617,675 on two to seven nodes.

    Parameters
    ----------
    nodes : int
        Number of nodes; each more takes about forty times as long.

    Returns
    -------
    ChordalGraphs
        Each graph once. It is kept, so that the next call is free.

    References
    ----------
    .. [1] Dirac, G. A. (1961). On rigid circuit graphs. *Abhandlungen aus dem
       Mathematischen Seminar der Universitaet Hamburg* 25, 71-76.
       https://doi.org/10.1007/BF02992776
    .. [2] Wormald, N. C. (1985). Counting labelled chordal graphs. *Graphs and
       Combinatorics* 1, 193-200. https://doi.org/10.1007/BF02582944

    Examples
    --------
    Only the three squares on four nodes are not chordal:

    >>> 2**6 - len(chordal_graphs(4).edges)
    3
    """
    if nodes == 0:
        return ChordalGraphs(0, np.zeros(1, np.int64), sparse.csr_array([[1.0]]))
    fewer = chordal_graphs(nodes - 1)
    old, clique = _cliques(fewer)
    grown = [_with_node(fewer, old, clique, node) for node in range(nodes)]
    edges, first = np.unique(np.concatenate(grown), return_index=True)
    node, found = np.divmod(first, len(old))
    dense = fewer.parts.astype(np.int8).toarray()
    parts = np.zeros((len(edges), 1 << nodes), np.int8)
    for new in range(nodes):
        rows = np.flatnonzero(node == new)
        kept = found[rows]
        neighbours = _skip(clique[kept], new)
        sets = _skip(np.arange(1 << (nodes - 1)), new)
        parts[rows[:, None], sets] = dense[old[kept]]
        parts[rows, neighbours | (1 << new)] += 1
        parts[rows, neighbours] -= 1
    return ChordalGraphs(nodes, edges, sparse.csr_array(parts).astype(float))


def pairs(nodes: int) -> Int[np.ndarray, "pair 2"]:
    """Two nodes for each digit of the number that holds the edges of a graph.

    Parameters
    ----------
    nodes : int
        Number of nodes.

    Returns
    -------
    ndarray of int, shape (pair, 2)
        The first pair is the last digit.

    Examples
    --------
    >>> pairs(3).tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    each = list(combinations(range(nodes), 2))
    return np.array(each, np.int64).reshape(-1, 2)


def _cliques(
    graphs: ChordalGraphs,
) -> tuple[Int[np.ndarray, " found"], Int[np.ndarray, " found"]]:
    """Cliques of every graph, maximal or not, the empty one too: graph and nodes."""
    within = _edges_within(graphs.nodes)
    graph, clique = np.nonzero((graphs.edges[:, None] & within) == within)
    return graph, clique


def _with_node(
    graphs: ChordalGraphs,
    old: Int[np.ndarray, " found"],
    clique: Int[np.ndarray, " found"],
    new: int,
) -> Int[np.ndarray, " found"]:
    """Edges after a node is put in at place ``new`` and joined to a clique."""
    edges = np.zeros_like(graphs.edges)
    place = {tuple(pair): i for i, pair in enumerate(pairs(graphs.nodes + 1).tolist())}
    for digit, pair in enumerate(pairs(graphs.nodes)):
        moved = tuple((pair + (pair >= new)).tolist())
        edges |= (graphs.edges >> digit & 1) << place[moved]
    return edges[old] | _edges_within(graphs.nodes + 1)[_skip(clique, new) | (1 << new)]


def _edges_within(nodes: int) -> Int[np.ndarray, " subset"]:
    """Edges of the complete graph on each set of nodes."""
    sets = np.arange(1 << nodes)
    edges = np.zeros_like(sets)
    for digit, (one, other) in enumerate(pairs(nodes)):
        edges |= (sets >> one & sets >> other & 1) << digit
    return edges


def _skip(sets: Int[np.ndarray, " *set"], node: int) -> Int[np.ndarray, " *set"]:
    """The same sets where the nodes from ``node`` on have moved up by one."""
    below = sets & ((1 << node) - 1)
    return below | (sets - below) << 1

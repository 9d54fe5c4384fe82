r"""Neighbour graphs, and Gaussian effects that are smooth over them.

An intrinsic autoregression on a graph, a cyclic random walk and an effect that sums to
zero are one object: with the eigenvectors V of the graph's Laplacian,

.. math:: b = V z, \qquad z_j \sim N(0, d_j) \text{ independently}

and only the variances d tell one from another. Vectors that are constant over a part
of the graph are columns of V, so a sum of zero is a variance of zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse
from scipy.sparse import csgraph

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import SettingError

SHOWN = 5
"""Faults that a message lists."""


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Which nodes are neighbours; from :func:`from_pairs` and its like.

    Attributes
    ----------
    nodes : int
        Number of nodes n.
    pairs : ndarray, shape (m, 2)
        Neighbours, each pair once: the smaller node first, in order.
    """

    nodes: int
    pairs: IntArray

    @property
    def laplacian(self) -> sparse.csr_array:
        """Number of neighbours on the diagonal, -1 for each pair, shape (n, n)."""
        ends = np.concatenate([self.pairs, self.pairs[:, ::-1]])
        one = np.ones(len(ends))
        shape = (self.nodes, self.nodes)
        adjacency = sparse.csr_array((one, (ends[:, 0], ends[:, 1])), shape=shape)
        return sparse.diags_array(adjacency.sum(axis=1)).tocsr() - adjacency

    @property
    def component(self) -> IntArray:
        """Connected part in which each node lies, numbered from 0, shape (n,)."""
        _, label = csgraph.connected_components(self.laplacian, directed=False)
        return label.astype("int64")

    @property
    def isolated(self) -> IntArray:
        """Nodes without a neighbour."""
        return np.setdiff1d(np.arange(self.nodes), self.pairs)


def from_pairs(nodes: int, pairs: Int[np.ndarray, "m 2"]) -> Graph:
    """Graph of pairs of neighbours, in any order and either way round.

    Parameters
    ----------
    nodes : int
        Number of nodes; those in no pair are isolated.
    pairs : ndarray, shape (m, 2)
        Nodes by number, from 0.

    Returns
    -------
    Graph
        The pairs, each once.

    Raises
    ------
    SettingError
        If there is no node, a pair names a node that is not there, or joins a node to
        itself.

    Examples
    --------
    Two neighbours and an island:

    >>> graph = from_pairs(3, np.array([[1, 0], [0, 1]]))
    >>> graph.pairs, graph.component, graph.isolated
    (array([[0, 1]]), array([0, 0, 1]), array([2]))
    """
    if nodes < 1:
        raise SettingError(f"nodes must be 1 or more, got {nodes!r}")
    outside = (pairs.min(axis=1) < 0) | (pairs.max(axis=1) >= nodes)
    _refuse(pairs, outside, f"name a node that is not from 0 to {nodes - 1}")
    _refuse(pairs, pairs[:, 0] == pairs[:, 1], "join a node to itself: leave them out")
    return Graph(nodes, np.unique(np.sort(pairs, axis=1), axis=0).astype("int64"))


def from_lists(neighbours: Sequence[Sequence[int]]) -> Graph:
    """Graph of each node's list of neighbours.

    Parameters
    ----------
    neighbours : sequence of sequence of int
        For each node its neighbours by number, from 0; empty for an isolated node.

    Returns
    -------
    Graph
        With as many nodes as there are lists.

    Raises
    ------
    SettingError
        As :func:`from_pairs`, or if one node lists another and not the other way.

    Examples
    --------
    >>> from_lists([[1, 2], [0], [0]]).pairs
    array([[0, 1], [0, 2]])
    """
    listed = [(i, j) for i, row in enumerate(neighbours) for j in row]
    pairs = np.array(listed, dtype="int64").reshape(-1, 2)
    both = set(listed)
    one_way = np.array([(j, i) not in both for i, j in listed], dtype=bool)
    graph = from_pairs(len(neighbours), pairs)
    _refuse(pairs, one_way, "are listed one way only: list each in the other's row too")
    return graph


def from_matrix(adjacency: Float[np.ndarray, "rows columns"] | sparse.sparray) -> Graph:
    """Graph of an adjacency matrix.

    Parameters
    ----------
    adjacency : ndarray or sparse array, shape (n, n)
        1 where the row's node and the column's are neighbours, else 0.

    Returns
    -------
    Graph
        With a node a row.

    Raises
    ------
    SettingError
        If the matrix is not square, has other entries than 0 and 1, has a 1 on its
        diagonal, or is not symmetric.

    Examples
    --------
    >>> from_matrix(np.array([[0.0, 1.0], [1.0, 0.0]])).pairs
    array([[0, 1]])
    """
    entries = sparse.coo_array(adjacency)
    entries.eliminate_zeros()
    rows, columns = entries.shape
    if rows != columns:
        raise SettingError(f"an adjacency matrix is square, got {rows} x {columns}")
    pairs = np.stack(entries.coords, axis=1).astype("int64")
    _refuse(pairs, entries.data != 1, "have an entry that is neither 0 nor 1")
    lists: list[list[int]] = [[] for _ in range(rows)]
    for i, j in pairs.tolist():
        lists[i].append(j)
    return from_lists(lists)


def ring(nodes: int) -> Graph:
    """Nodes in a circle: the days of a week, the months of a year.

    An effect that is smooth over a ring is a cyclic random walk, of order one or two.

    Parameters
    ----------
    nodes : int
        Length of the cycle, 3 or more.

    Returns
    -------
    Graph
        Each node has two neighbours.

    Raises
    ------
    SettingError
        If there are fewer than three nodes.

    Examples
    --------
    >>> ring(4).pairs.tolist()
    [[0, 1], [0, 3], [1, 2], [2, 3]]
    """
    if nodes < 3:
        raise SettingError(f"a ring has 3 nodes or more, got {nodes!r}")
    number = np.arange(nodes)
    return from_pairs(nodes, np.stack([number, np.roll(number, -1)], axis=1))


def complete(nodes: int) -> Graph:
    """Every node is a neighbour of every other.

    An effect that is smooth over it is independent by node, but for a sum of zero.

    Parameters
    ----------
    nodes : int
        Number of nodes.

    Returns
    -------
    Graph
        With n (n - 1) / 2 pairs.

    Examples
    --------
    >>> complete(3).pairs.tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    return from_pairs(nodes, np.stack(np.triu_indices(nodes, 1), axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Eigenvectors of a Laplacian, each of which is zero outside of one component.

    Attributes
    ----------
    vectors : ndarray, shape (n, n)
        Orthonormal columns V. The first of each component is constant on it.
    eigenvalues : ndarray, shape (n,)
        Of each column; exactly 0 for the constant ones.
    component : ndarray, shape (n,)
        Component of each column, as in :attr:`Graph.component`.
    """

    vectors: FloatArray
    eigenvalues: FloatArray
    component: IntArray


def spectral_basis(graph: Graph) -> Basis:
    """Orthonormal eigenvectors of the Laplacian, component by component.

    The constant vector of a component is put in by hand and the others are sought
    orthogonal to it, so that they sum to zero to the last digit. Cost grows with the
    cube of the largest component.

    Parameters
    ----------
    graph : Graph
        Neighbours.

    Returns
    -------
    Basis
        Columns by component, and in it from the smoothest to the roughest.

    Examples
    --------
    On a ring of n nodes the eigenvalues are 2 - 2 cos(2 pi j / n):

    >>> spectral_basis(ring(4)).eigenvalues
    array([0., 2., 2., 4.])
    """
    laplacian, label = graph.laplacian.toarray(), graph.component
    vectors = np.zeros((graph.nodes, graph.nodes))
    eigenvalues = np.zeros(graph.nodes)
    first = 0
    for number in range(label.max() + 1):
        inside = np.flatnonzero(label == number)
        stop = first + inside.size
        values, within = _eigen(laplacian[np.ix_(inside, inside)])
        vectors[inside, first:stop] = within
        eigenvalues[first:stop] = values
        first = stop
    return Basis(vectors, eigenvalues, np.sort(label))


def _eigen(laplacian: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues (m,) and vectors (m, m) of a connected part, the constant first."""
    m = len(laplacian)
    constant = np.full(m, m**-0.5)
    mirror = constant.copy()
    mirror[0] -= 1
    length = mirror @ mirror
    reflection = np.eye(m)
    if length > 0:
        reflection -= 2 * np.outer(mirror, mirror) / length
    rest = reflection[:, 1:]
    values, turned = np.linalg.eigh(rest.T @ laplacian @ rest)
    return np.r_[0.0, values], np.column_stack([constant, rest @ turned])


def smooth_variances(
    basis: Basis, *, order: int = 1, scaled: bool = True
) -> Float[np.ndarray, " n"]:
    r"""Variances d of the coefficients of an intrinsic autoregression.

    .. math:: b \sim N\!\left(0, (s\,L^k)^-\right), \quad
              d_j = \frac{1}{s\,\lambda_j^k}, \quad
              \log s = \frac1m \sum_{i=1}^m \log\big[(L^k)^-\big]_{ii}

    with L the Laplacian, k the order and s the scaling of the component that column j
    belongs to, of m nodes: the geometric mean of the variances within a component is
    then 1, whatever its size and shape, and a standard deviation means the same on
    every graph [1]_. Each component sums to zero. An isolated node has no neighbours
    to be like, and has variance 1 [2]_.

    Parameters
    ----------
    basis : Basis
        Of the graph.
    order : int
        1 for differences of neighbours, 2 for a smoother effect; on a ring, a cyclic
        random walk of order one or two.
    scaled : bool
        False leaves out s: on a ring a unit is then the variance of a step.

    Returns
    -------
    ndarray, shape (n,)
        0 for the constant column of a component with neighbours.

    References
    ----------
    .. [1] Sørbye, S. H. and Rue, H. (2014). Scaling intrinsic Gaussian Markov random
       field priors in spatial modelling. *Spatial Statistics* 8, 39-51.
       https://doi.org/10.1016/j.spasta.2013.06.004
    .. [2] Freni-Sterrantino, A., Ventrucci, M. and Rue, H. (2018). A note on intrinsic
       conditional autoregressive models for disconnected graphs. *Spatial and
       Spatio-temporal Epidemiology* 26, 25-34.
       https://doi.org/10.1016/j.sste.2018.04.002

    Examples
    --------
    The variance of a node is 1 on the average, here on any because all are alike:

    >>> basis = spectral_basis(ring(7))
    >>> (basis.vectors**2 @ smooth_variances(basis)).round(12)
    array([1., 1., 1., 1., 1., 1., 1.])
    """
    rough = basis.eigenvalues > 0
    variances = np.zeros_like(basis.eigenvalues)
    variances[rough] = basis.eigenvalues[rough] ** -order
    sizes = np.bincount(basis.component)
    if scaled:
        for number in np.flatnonzero(sizes > 1):
            here = basis.component == number
            part = basis.vectors[:, here]
            nodes = part[:, 0] != 0
            by_node = part[nodes] ** 2 @ variances[here]
            variances[here] /= np.exp(np.log(by_node).mean())
    variances[sizes[basis.component] == 1] = 1.0
    return variances


def _refuse(pairs: IntArray, bad: BoolArray, why: str) -> None:
    """Raise with the first few of the pairs that are at fault."""
    if bad.any():
        named = ", ".join(f"({i}, {j})" for i, j in pairs[bad][:SHOWN].tolist())
        more = "" if bad.sum() <= SHOWN else f" and {bad.sum() - SHOWN} more"
        raise SettingError(f"pairs of neighbours {named}{more} {why}")

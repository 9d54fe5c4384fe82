"""Which near pairs are one event: assignments in which no row is used twice."""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from conflictstats._typing import BoolArray, FloatArray, IntArray

ROUNDS = 20
"""Passes over the tables, each of which can only raise the total."""


def best_matching(
    left: Int[np.ndarray, " m"],
    right: Int[np.ndarray, " m"],
    gain: Float[np.ndarray, " m"],
) -> Bool[np.ndarray, " m"]:
    r"""Pairs with the greatest total gain of which no two share a side.

    .. math:: \max_{x} \sum_e g_e x_e, \qquad x_e \in \{0, 1\}, \quad
              \sum_{e \ni i} x_e \le 1

    by the Hungarian method in each connected part, so that the cost is that of the
    largest part and not of all rows.

    Parameters
    ----------
    left, right : ndarray of int, shape (m,)
        The two ends of each pair; a pair stands once.
    gain : ndarray, shape (m,)
        What it is worth; a pair without a gain is never taken.

    Returns
    -------
    ndarray of bool, shape (m,)
        The pairs that are taken.

    Examples
    --------
    The best pair alone would leave the others apart:

    >>> left, right = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> best_matching(left, right, np.array([5.0, 3.0, 4.0]))
    array([False,  True,  True])
    """
    taken = np.zeros(len(gain), bool)
    worth = np.flatnonzero(gain > 0)
    if not len(worth):
        return taken
    _, i = np.unique(left[worth], return_inverse=True)
    _, j = np.unique(right[worth], return_inverse=True)
    part = _parts(i, j)
    order = np.argsort(part, kind="stable")
    start = np.r_[0, np.flatnonzero(np.diff(part[order])) + 1]
    size = np.diff(np.r_[start, len(order)])
    taken[worth[order[start[size == 1]]]] = True
    for first, many in zip(start[size > 1], size[size > 1], strict=True):
        edges = order[first : first + many]
        chosen = _hungarian(i[edges], j[edges], gain[worth[edges]])
        taken[worth[edges[chosen]]] = True
    return taken


def _parts(i: IntArray, j: IntArray) -> IntArray:
    """Connected part of each edge between left nodes ``i`` and right nodes ``j``."""
    nodes = int(i.max() + j.max()) + 2
    ends = i, j + i.max() + 1
    graph = coo_array((np.ones(len(i), np.int8), ends), shape=(nodes, nodes))
    _, label = connected_components(graph, directed=False)
    return np.asarray(label[i], np.int64)


def _hungarian(i: IntArray, j: IntArray, gain: FloatArray) -> BoolArray:
    """Edges of one part in its best assignment, shape (m,)."""
    rows, a = np.unique(i, return_inverse=True)
    columns, b = np.unique(j, return_inverse=True)
    table = np.zeros((len(rows), len(columns)))
    table[a, b] = gain
    row, column = linear_sum_assignment(table, maximize=True)
    partner = np.full(len(rows), -1)
    partner[row] = column
    return np.asarray(partner[a] == b)


def best_partition(
    table: Int[np.ndarray, " n"],
    pairs: Int[np.ndarray, "m 2"],
    gain: Float[np.ndarray, " m"],
) -> Int[np.ndarray, " n"]:
    """Groups of rows, no two of one table, with the greatest total gain of their pairs.

    Table by table the rows are assigned anew to the groups of the other tables, which
    is exact given those, until nothing is gained. For two tables one pass is the best
    of all partitions; for more it is one that no table's rows can better alone. A row
    joins a group only if it is near every row of it.

    Parameters
    ----------
    table : ndarray of int, shape (n,)
        Table of each row.
    pairs : ndarray of int, shape (m, 2)
        Near rows of different tables.
    gain : ndarray, shape (m,)
        What it is worth that a pair is one event; below zero where it is a loss.

    Returns
    -------
    ndarray of int, shape (n,)
        Group of each row: the number of its first row.

    Examples
    --------
    >>> pairs = np.array([[0, 1], [0, 2], [1, 2]])
    >>> best_partition(np.array([0, 1, 2]), pairs, np.array([2.0, -1.0, 3.0]))
    array([0, 0, 0])
    """
    group = np.arange(len(table))
    reached = 0.0
    for _ in range(ROUNDS):
        for each in np.unique(table):
            group = _reassigned(group, table == each, pairs, gain)
        together = group[pairs[:, 0]] == group[pairs[:, 1]]
        total = float(gain[together].sum())
        if total <= reached:
            break
        reached = total
    return first_of_group(group)


def _reassigned(
    group: IntArray, moving: BoolArray, pairs: IntArray, gain: FloatArray
) -> IntArray:
    """Groups after the moving rows were assigned to those of the rest, shape (n,)."""
    n = len(group)
    group = np.where(moving, n + np.arange(n), group)
    size = np.bincount(group, minlength=2 * n)
    here = moving[pairs[:, 0]] != moving[pairs[:, 1]]
    swap = moving[pairs[here, 1]]
    row = np.where(swap, pairs[here, 1], pairs[here, 0])
    other = np.where(swap, pairs[here, 0], pairs[here, 1])
    key, which = np.unique(row * (2 * n) + group[other], return_inverse=True)
    total = np.bincount(which, gain[here], minlength=len(key))
    near = np.bincount(which, minlength=len(key))
    row, target = np.divmod(key, 2 * n)
    whole = near == size[target]
    row, target = row[whole], target[whole]
    taken = best_matching(row, target, total[whole])
    group[row[taken]] = target[taken]
    return group


def grown_partition(
    rows: int, pairs: Int[np.ndarray, "m 2"], gain: Float[np.ndarray, " m"]
) -> Int[np.ndarray, " n"]:
    """Groups grown by joining the two that gain most from it, pair by pair.

    For tables that may hold an event twice, where an assignment of rows to groups one
    by one is not enough. It is a local optimum.

    Parameters
    ----------
    rows : int
        Number of rows.
    pairs : ndarray of int, shape (m, 2)
        Near rows.
    gain : ndarray, shape (m,)
        What it is worth that a pair is one event.

    Returns
    -------
    ndarray of int, shape (n,)
        Group of each row: the number of its first row.

    Examples
    --------
    >>> pairs = np.array([[0, 1], [1, 2]])
    >>> grown_partition(3, pairs, np.array([2.0, 3.0]))
    array([0, 1, 1])
    """
    worth = {(i, j): g for (i, j), g in zip(pairs.tolist(), gain.tolist(), strict=True)}
    group = np.arange(rows)
    members = [[row] for row in range(rows)]
    for i, j in pairs[np.argsort(-gain, kind="stable")].tolist():
        if worth[i, j] <= 0:
            break
        one, other = sorted((int(group[i]), int(group[j])))
        cross = [
            worth.get((min(a, b), max(a, b)), -np.inf)
            for a in members[one]
            for b in members[other]
        ]
        if one != other and sum(cross) > 0:
            group[members[other]] = one
            members[one] += members[other]
    return first_of_group(group)


def stable_pairs(
    pairs: Int[np.ndarray, "m 2"], score: Float[np.ndarray, " m"]
) -> Bool[np.ndarray, " m"]:
    """Pairs in which both rows have no better partner that would have them.

    The lowest score is taken first, ties by the number of the rows (which is what makes
    the result depend on the order of rows).

    Parameters
    ----------
    pairs : ndarray of int, shape (m, 2)
        Rows of one table and of the other.
    score : ndarray, shape (m,)
        How far apart they are.

    Returns
    -------
    ndarray of bool, shape (m,)
        The pairs that are taken; no row is in two.

    Examples
    --------
    >>> pairs = np.array([[0, 2], [0, 3], [1, 2]])
    >>> stable_pairs(pairs, np.array([0.0, 0.1, 0.1]))
    array([ True, False, False])
    """
    taken = np.zeros(len(pairs), bool)
    used: set[int] = set()
    for at in np.lexsort((pairs[:, 1], pairs[:, 0], score)).tolist():
        ends = set(pairs[at].tolist())
        if used.isdisjoint(ends):
            taken[at] = True
            used |= ends
    return taken


def first_of_group(group: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Groups named by the number of their first row.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
        Any name of each row's group.

    Returns
    -------
    ndarray of int, shape (n,)
        The same groups.

    Examples
    --------
    >>> first_of_group(np.array([7, 3, 7, 9]))
    array([0, 1, 0, 3])
    """
    _, first, which = np.unique(group, return_index=True, return_inverse=True)
    return first[which]

"""Where a chain over partitions is, and its moves."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from conflictstats._typing import IntArray
from conflictstats.numerics.linkage.assignment import first_of_group

MOST_EVIDENCE = 500.0
"""Log of a ratio beyond which it makes no difference; larger ones overflow."""
LEAST = -300.0
"""Log of the smallest ratio of two pairs of one event that is told from zero."""


def sets_of_tables(
    group: Int[np.ndarray, " n"], table: Int[np.ndarray, " n"]
) -> Int[np.ndarray, " n"]:
    """Tables that hold each event, as a binary number whose last digit is table 0.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
        Event of each row: the number of its first row.
    table : ndarray of int, shape (n,)
        Table of each row.

    Returns
    -------
    ndarray of int, shape (n,)
        At the first row of each event; 0 elsewhere.

    Examples
    --------
    >>> sets_of_tables(np.array([0, 1, 0]), np.array([0, 0, 1]))
    array([3, 1, 0])
    """
    found = np.zeros(len(group), np.int64)
    np.bitwise_or.at(found, group, np.left_shift(1, table))
    return found


def tree_evidence(weight: list[float]) -> float:
    r"""Evidence that several rows are one event, each of them told after another.

    .. math:: \log \frac{1}{s^{s-2}} \sum_{T} \prod_{(i,j) \in T} e^{w_{ij}}

    over the :math:`s^{s-2}` trees on s rows, equally likely, by Kirchhoff's theorem.
    So s rows are s - 1 comparisons, not one for each pair.

    Parameters
    ----------
    weight : list of float
        Evidence of each pair, in the order of ``itertools.combinations``, nats.

    Returns
    -------
    float
        Nats.

    Examples
    --------
    Where all pairs are alike, it is that of s - 1 of them:

    >>> round(tree_evidence([2.0] * 6), 9)
    6.0
    """
    top = max(weight)
    ratio = [math.exp(max(w - top, LEAST)) for w in weight]
    if len(ratio) == 3:
        a, b, c = ratio
        return 2 * top + math.log((a * b + a * c + b * c) / 3)
    s = (1 + math.isqrt(1 + 8 * len(ratio))) // 2
    laplacian = np.zeros((s, s))
    laplacian[np.triu_indices(s, 1)] = [-each for each in ratio]
    laplacian += laplacian.T
    np.fill_diagonal(laplacian, -laplacian.sum(axis=1))
    trees = max(np.linalg.slogdet(laplacian[1:, 1:]).logabsdet, LEAST)
    return float((s - 1) * top + trees - (s - 2) * math.log(s))


class Chain:
    """A partition of rows into events, changed in place.

    Its target is stated in :mod:`conflictstats.numerics.linkage.partitions`.

    Parameters
    ----------
    table : ndarray of int, shape (n,)
        Table of each row.
    pairs : ndarray of int, shape (m, 2)
        Near rows, the only ones that can share an event.
    start : ndarray of int, shape (n,)
        Event of each row: the number of its first row.
    """

    def __init__(
        self,
        table: Int[np.ndarray, " n"],
        pairs: Int[np.ndarray, "m 2"],
        start: Int[np.ndarray, " n"],
    ) -> None:
        self.table, self.pairs, self.group = table, pairs, start.copy()
        self.prior = 1 / (2.0 ** len(np.unique(table)) - 1)
        part_of_row = self._parts()
        rows_in_part = np.bincount(part_of_row)[part_of_row]
        self.lone = rows_in_part[pairs[:, 0]] == 2
        self.rows = np.flatnonzero(rows_in_part > 2).tolist()
        self.near: dict[int, dict[int, int]] = {row: {} for row in self.rows}
        for at in np.flatnonzero(~self.lone).tolist():
            i, j = pairs[at].tolist()
            self.near[i][j] = self.near[j][i] = at
        self.bit = np.left_shift(1, table).tolist()
        self.names = itertools.count(len(table))
        self.event = {row: int(start[row]) for row in self.rows}
        self.members: dict[int, list[int]] = {}
        for row, event in self.event.items():
            self.members.setdefault(event, []).append(row)
        self.sets = {event: self._set_of(rows) for event, rows in self.members.items()}
        self.count = self._counted()

    def _parts(self) -> IntArray:
        """Connected part of each row by near pairs, shape (n,)."""
        n = len(self.table)
        one = np.ones(len(self.pairs), np.int8)
        graph = coo_array((one, tuple(self.pairs.T)), shape=(n, n))
        _, label = connected_components(graph, directed=False)
        return np.asarray(label, np.int64)

    def _counted(self) -> Counter[int]:
        """Events by set of tables."""
        sets = sets_of_tables(first_of_group(self.group), self.table)
        found, n = np.unique(sets[sets > 0], return_counts=True)
        return Counter(dict(zip(found.tolist(), n.tolist(), strict=True)))

    def _set_of(self, rows: list[int]) -> int:
        """Tables of some rows, as a binary number."""
        found = 0
        for row in rows:
            found |= self.bit[row]
        return found

    def linked(self) -> Bool[np.ndarray, " m"]:
        """Pairs that are one event now.

        Returns
        -------
        ndarray of bool, shape (pair,)
            True where both rows are in one event.
        """
        return np.asarray(self.group[self.pairs[:, 0]] == self.group[self.pairs[:, 1]])

    def redraw_lone_pairs(
        self, weight: Float[np.ndarray, " m"], rng: np.random.Generator
    ) -> None:
        """Link or part every pair of rows that are near no other.

        Rates of the sets of tables are drawn given their counts, after which the pairs
        do not depend on each other and are drawn at once.

        Parameters
        ----------
        weight : ndarray, shape (pair,)
            Evidence that a pair is one event, nats.
        rng : numpy.random.Generator
            Source of randomness.
        """
        i, j = self.pairs[self.lone].T
        if not len(i):
            return
        one, other = np.left_shift(1, self.table[i]), np.left_shift(1, self.table[j])
        held = np.concatenate([one, other, one | other])
        kinds, at = np.unique(held, return_inverse=True)
        shape = np.array([self.count[int(kind)] for kind in kinds]) + self.prior
        rate = np.log(rng.standard_gamma(shape + 1))
        rate += np.log(rng.random(len(shape))) / shape
        rate_i, rate_j, rate_both = rate[at].reshape(3, -1)
        odds = weight[self.lone] + rate_both - rate_i - rate_j
        self.group[j] = np.where(rng.random(len(i)) < expit(odds), i, j)
        self.group[i] = i
        self.count = self._counted()

    def redraw_rows(
        self, weight: Float[np.ndarray, " m"], rng: np.random.Generator
    ) -> None:
        """Give every row of a larger part a new event, one after the other.

        Each may then change places with a row of its own table in another event, for
        twins would never do so one by one.

        Parameters
        ----------
        weight : ndarray, shape (pair,)
            Evidence that a pair is one event, nats.
        rng : numpy.random.Generator
            Source of randomness.
        """
        values = weight.tolist()
        uniform = rng.random((len(self.rows), 3)).tolist()
        for row, (u, which, bar) in zip(self.rows, uniform, strict=True):
            self._leave(row)
            self._join(row, self._chosen(row, values, u))
            self._exchange(row, values, which, bar)
        self.group[self.rows] = [self.event[row] for row in self.rows]

    def _leave(self, row: int) -> None:
        """Take a row out of its event."""
        event = self.event[row]
        mates = self.members[event]
        self.count[self.sets[event]] -= 1
        mates.remove(row)
        if mates:
            self.sets[event] = self._set_of(mates)
            self.count[self.sets[event]] += 1
        else:
            del self.members[event], self.sets[event]

    def _join(self, row: int, event: int) -> None:
        """Put a row into an event, which may be new."""
        if event in self.members:
            self.count[self.sets[event]] -= 1
        self.members.setdefault(event, []).append(row)
        self.sets[event] = self.sets.get(event, 0) | self.bit[row]
        self.count[self.sets[event]] += 1
        self.event[row] = event

    def _chosen(self, row: int, weight: list[float], u: float) -> int:
        """An event for a row, by its probability given all other rows."""
        known = Counter([self.event[other] for other in self.near[row]])
        alone = self.count[self.bit[row]] + self.prior
        events, chance = [next(self.names)], [alone]
        for event, near in known.items():
            if near == len(self.members[event]):
                gained = self._gained(self.members[event], row, weight)
                events.append(event)
                chance.append(self._odds(event, row) * math.exp(gained))
        bar = u * sum(chance)
        for event, each in zip(events, chance, strict=True):
            bar -= each
            if bar <= 0:
                return event
        return events[-1]

    def _exchange(
        self, row: int, weight: list[float], which: float, bar: float
    ) -> None:
        """Let a row change places with the one that keeps it out of another event.

        The event is that of a near row, so it is proposed with a chance by its size.
        """
        near = self.near[row]
        mine = self.event[row]
        theirs = self.event[list(near)[int(which * len(near))]]
        barring = [mate for mate in self.members[theirs] if mate not in near]
        left = [mate for mate in self.members[mine] if mate != row]
        if mine == theirs or len(barring) != 1 or not left:
            return
        rival = barring[0]
        apart = any(mate not in self.near[rival] for mate in left)
        if apart or self.bit[rival] != self.bit[row]:
            return
        right = [mate for mate in self.members[theirs] if mate != rival]
        gained = self._gained(right, row, weight) - self._gained(left, row, weight)
        gained += self._gained(left, rival, weight) - self._gained(right, rival, weight)
        if bar < math.exp(min(gained, MOST_EVIDENCE)) * len(left) / len(right):
            self.members[mine] = [*left, rival]
            self.members[theirs] = [*right, row]
            self.event[row], self.event[rival] = theirs, mine

    def _odds(self, event: int, row: int) -> float:
        """Prior of an event with one more row over that of it without."""
        before = self.sets[event]
        after = before | self.bit[row]
        if after == before:
            return 1.0
        return (self.count[after] + self.prior) / (self.count[before] - 1 + self.prior)

    def _gained(self, mates: list[int], row: int, weight: list[float]) -> float:
        """Evidence of an event with one more row, less that of it without, nats."""
        if len(mates) == 1:
            return min(weight[self.near[row][mates[0]]], MOST_EVIDENCE)
        more = self._evidence([*mates, row], weight)
        return min(more - self._evidence(mates, weight), MOST_EVIDENCE)

    def _evidence(self, rows: list[int], weight: list[float]) -> float:
        """Evidence that two rows or more are one event, nats."""
        pairs = itertools.combinations(rows, 2)
        given = [weight[self.near[i][j]] for i, j in pairs]
        return given[0] if len(given) == 1 else tree_evidence(given)

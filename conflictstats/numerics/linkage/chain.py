"""Where a chain over partitions is, and its moves."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from conflictstats._typing import IntArray
from conflictstats.numerics.linkage.assignment import first_of_group

MOST_EVIDENCE = 500.0
"""Log of a ratio beyond which it makes no difference; larger ones overflow."""
MOST_OF_FIELD = 60.0
"""The same for one field, in an event of three rows or more."""


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


def tree_evidence(ratios: Sequence[Sequence[float]]) -> float:
    r"""Evidence that several rows are one event, each of them told after another.

    .. math:: \sum_f \log \frac{1}{s^{s-2}} \sum_{T} \prod_{(i,j) \in T} r_{ijf}

    over the :math:`s^{s-2}` trees on s rows, equally likely, by Kirchhoff's theorem.
    So s rows are s - 1 comparisons, not one for each pair; and the row that errs may be
    another one in each field.

    Parameters
    ----------
    ratios : sequence of sequence of float
        Probability in one event over that in two, by field, of each pair in the order
        of ``itertools.combinations``.

    Returns
    -------
    float
        Nats.

    Examples
    --------
    Where all pairs are alike, it is that of s - 1 of them:

    >>> round(tree_evidence([[np.exp(2.0)]] * 6), 9)
    6.0
    """
    if len(ratios) == 3:
        fields = zip(*ratios, strict=True)
        return sum(math.log((a * b + a * c + b * c) / 3) for a, b, c in fields)
    s = (1 + math.isqrt(1 + 8 * len(ratios))) // 2
    i, j = np.triu_indices(s, 1)
    laplacian = np.zeros((len(ratios[0]), s, s))
    laplacian[:, i, j] = laplacian[:, j, i] = -np.transpose(ratios)
    laplacian[:, range(s), range(s)] = -laplacian.sum(axis=2)
    trees = np.linalg.slogdet(laplacian[:, 1:, 1:]).logabsdet
    least = -MOST_OF_FIELD * (s - 1)
    return float(np.sum(np.maximum(trees, least) - (s - 2) * math.log(s)))


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
        self.weight: list[float] = []
        self.ratios: list[list[float]] = []

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

    def told(self) -> Float[np.ndarray, " m"]:
        """Comparisons that each pair is worth: s - 1 in all in an event of s rows.

        Returns
        -------
        ndarray, shape (pair,)
            2 / s in pairs of one event, 0 in pairs of two.
        """
        _, at, rows = np.unique(self.group, return_inverse=True, return_counts=True)
        return np.where(self.linked(), 2 / rows[at[self.pairs[:, 0]]], 0.0)

    def redraw_lone_pairs(
        self, evidence: Float[np.ndarray, "m f"], rng: np.random.Generator
    ) -> None:
        """Link or part every pair of rows that are near no other.

        Rates of the sets of tables are drawn given their counts, after which the pairs
        do not depend on each other and are drawn at once.

        Parameters
        ----------
        evidence : ndarray, shape (pair, f)
            That a pair is one event, by field, nats.
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
        odds = evidence[self.lone].sum(axis=1) + rate_both - rate_i - rate_j
        self.group[j] = np.where(rng.random(len(i)) < expit(odds), i, j)
        self.group[i] = i
        self.count = self._counted()

    def redraw_rows(
        self, evidence: Float[np.ndarray, "m f"], rng: np.random.Generator
    ) -> None:
        """Give every row of a larger part a new event, one after the other.

        Each may then change places with a row of its own table in another event, for
        twins would never do so one by one.

        Parameters
        ----------
        evidence : ndarray, shape (pair, f)
            That a pair is one event, by field, nats.
        rng : numpy.random.Generator
            Source of randomness.
        """
        self.weight = evidence.sum(axis=1).tolist()
        clipped = np.clip(evidence, -MOST_OF_FIELD, MOST_OF_FIELD)
        self.ratios = np.exp(clipped).tolist()
        uniform = rng.random((len(self.rows), 3)).tolist()
        for row, (u, which, bar) in zip(self.rows, uniform, strict=True):
            self._leave(row)
            self._join(row, self._chosen(row, u))
            self._exchange(row, which, bar)
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

    def _chosen(self, row: int, u: float) -> int:
        """An event for a row, by its probability given all other rows."""
        known = Counter([self.event[other] for other in self.near[row]])
        alone = self.count[self.bit[row]] + self.prior
        events, chance = [next(self.names)], [alone]
        for event, near in known.items():
            if near == len(self.members[event]):
                gained = self._gained(self.members[event], row)
                events.append(event)
                chance.append(self._odds(event, row) * math.exp(gained))
        bar = u * sum(chance)
        for event, each in zip(events, chance, strict=True):
            bar -= each
            if bar <= 0:
                return event
        return events[-1]

    def _exchange(self, row: int, which: float, bar: float) -> None:
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
        gained = self._gained(right, row) - self._gained(left, row)
        gained += self._gained(left, rival) - self._gained(right, rival)
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

    def _gained(self, mates: list[int], row: int) -> float:
        """Evidence of an event with one more row, less that of it without, nats."""
        if len(mates) == 1:
            return min(self.weight[self.near[row][mates[0]]], MOST_EVIDENCE)
        more = self._evidence([*mates, row])
        return min(more - self._evidence(mates), MOST_EVIDENCE)

    def _evidence(self, rows: list[int]) -> float:
        """Evidence that two rows or more are one event, nats."""
        pairs = [self.near[i][j] for i, j in itertools.combinations(rows, 2)]
        if len(pairs) == 1:
            return self.weight[pairs[0]]
        return tree_evidence([self.ratios[at] for at in pairs])

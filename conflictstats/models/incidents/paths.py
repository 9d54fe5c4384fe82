"""Paths of reports by one body of one incident: which of them are in line."""

import numpy as np

from conflictstats._typing import FloatArray, IntArray


class Paths:
    """Reports of a path, of which each is in line or speaks of something else.

    Those in line are a chain: the last is a count of the truth, and each earlier one a
    count of the next. The sum over all sets of reports that may be in line is done
    once for all truths.

    Parameters
    ----------
    path : ndarray of int, shape (n,)
        Number of the path of each report, from 0 and in order of date.

    Attributes
    ----------
    earlier, later : ndarray of int, shape (links,)
        Every two reports of one path.
    """

    def __init__(self, path: IntArray) -> None:
        self.path = path
        starts = np.flatnonzero(np.diff(path, prepend=-1))
        sizes = np.diff(np.append(starts, path.size))
        self.position = np.arange(path.size) - np.repeat(starts, sizes)
        self.shape = (starts.size, int(sizes.max(initial=1)))
        pairs = [
            (first, first + apart)
            for apart in range(1, self.shape[1])
            for first in [np.flatnonzero(path[apart:] == path[:-apart])]
        ]
        none = np.empty(0, np.int64)
        self.earlier = np.concatenate([none, *(first for first, _ in pairs)])
        self.later = np.concatenate([none, *(second for _, second in pairs)])

    def forward(
        self, out: FloatArray, links: FloatArray, stay: float
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Weigh each report as the last one of its path that is in line.

        Parameters
        ----------
        out : ndarray, shape (n,)
            Log probability of the report with that of being out of line.
        links : ndarray, shape (links,)
            Log probability of the earlier report given the later.
        stay : float
            Log probability that a report is in line.

        Returns
        -------
        tuple of ndarray
            Weight of the report, shape (n,), and of no report, (paths,), over the
            exponential of a scale, (paths,); probability that the report before in
            line is which, (paths, P, P), by earlier and later.
        """
        paths, longest = self.shape
        passed = np.zeros((paths, longest, longest))
        linked = np.full(passed.shape, -np.inf)
        at, before = self.position[self.earlier], self.position[self.later]
        linked[self.path[self.earlier], at, before] = links
        outs = self._laid(out, 0.0)
        sums = np.concatenate([np.zeros((paths, 1)), np.cumsum(outs, axis=1)], axis=1)
        ends = np.full((paths, longest), -np.inf)
        there = self._laid(np.ones(self.path.size), 0.0) > 0
        for j in range(longest):
            ways = ends[:, :j] - sums[:, 1 : j + 1] + sums[:, [j]] + linked[:, :j, j]
            ways = np.concatenate([sums[:, [j]], ways], axis=1)
            top = ways.max(axis=1)
            ways = np.exp(ways - top[:, None])
            whole = ways.sum(axis=1)
            passed[:, :j, j] = ways[:, 1:] / whole[:, None]
            ends[there[:, j], j] = (stay + np.log(whole) + top)[there[:, j]]
        weight = ends + sums[:, [-1]] - sums[:, 1:]
        scale = np.maximum(sums[:, -1], weight.max(axis=1, initial=-np.inf))
        last = np.exp(weight - scale[:, None])[self.path, self.position]
        return last, np.exp(sums[:, -1] - scale), scale, passed

    def in_line(self, last: FloatArray, passed: FloatArray) -> FloatArray:
        """Probability that each report is in line.

        Parameters
        ----------
        last : ndarray, shape (n,)
            Probability that it is the last of its path that is.
        passed : ndarray, shape (paths, P, P)
            From :meth:`forward`.

        Returns
        -------
        ndarray, shape (n,)
            From 0 to 1.
        """
        whole = self._laid(last, 0.0)
        for j in range(self.shape[1] - 2, -1, -1):
            after = whole[:, j + 1 :] * passed[:, j, j + 1 :]
            whole[:, j] += after.sum(axis=1)
        return np.minimum(whole[self.path, self.position], 1.0)

    def _laid(self, values: FloatArray, fill: float) -> FloatArray:
        """Values by path and position, shape (paths, P)."""
        laid = np.full(self.shape, fill)
        laid[self.path, self.position] = values
        return laid

"""Posterior of each incident's count, given what all incidents share."""

from typing import NamedTuple

import numpy as np

from conflictstats._typing import FloatArray, IntArray
from conflictstats.models.incidents.evidence import Evidence
from conflictstats.models.incidents.lattice import growing, totals, widths
from conflictstats.models.incidents.law import (
    Hyper,
    Pairs,
    log_counts,
    shares,
    slipped,
    step,
)
from conflictstats.models.incidents.paths import Paths

EVERY = 60
"""Every count of an interval is looked at up to so many, then ever fewer."""
FURTHER = 1.1
SMALLEST = 1e-300


class Known(NamedTuple):
    """What the reports of each incident say, given what all share.

    Attributes
    ----------
    log_evidence : ndarray, shape (incidents,)
        Log probability of the reports.
    probability : ndarray, shape (incidents, S)
        Posterior of the cells of the count.
    in_line : ndarray, shape (n,)
        Probability that a report speaks of the incident and of no other.
    found : ndarray, shape (n,)
        Share that is found at that body and lag.
    """

    log_evidence: FloatArray
    probability: FloatArray
    in_line: FloatArray
    found: FloatArray


class Block:
    """Some incidents with their cells of counts, ready for any parameters.

    Parameters
    ----------
    evidence : Evidence
        Reports of the incidents.
    least : int
        Smallest count that an incident can have.
    cells : tuple of ndarray, shape (incidents, S) each, optional
        Counts at which the posterior is held and the width of their cells; by default
        all that may matter.
    """

    def __init__(
        self,
        evidence: Evidence,
        least: int,
        cells: tuple[FloatArray, FloatArray] | None = None,
    ) -> None:
        self.evidence, self.least = evidence, least
        self.total, self.width = _cells(evidence, least) if cells is None else cells
        self.piece, self.weight, count = _pieces(evidence, self.total.max(initial=0))
        self.counts, at = np.unique(self.total, return_inverse=True)
        self.at = at.reshape(self.total.shape)
        of = evidence.incident[self.piece]
        self.truth = Pairs.of(count, self.counts, self.at[of])
        self.paths = Paths(evidence.path)
        self.link, piece = _pieces_of(self.piece, self.paths.earlier)
        later, which = np.unique(evidence.figure, return_inverse=True)
        which = which[self.paths.later[self.link]]
        self.chain = Pairs.of(count[piece], later, which[:, None])
        self.chain_weight = self.weight[piece]
        self.log_width = np.full(self.width.shape, -np.inf)
        np.log(self.width, out=self.log_width, where=self.width > 0)
        self.starts = np.flatnonzero(np.diff(evidence.path, prepend=-1))

    def trimmed(self, hyper: Hyper, drop: float) -> "Block":
        """Leave out the cells that do not matter near some parameters.

        Parameters
        ----------
        hyper : Hyper
            What all incidents share.
        drop : float
            A cell is left out if its log probability is so far below the greatest.

        Returns
        -------
        Block
            Of the same reports.
        """
        joint = self._joint(hyper)[0]
        matters = joint > joint.max(axis=1, keepdims=True) - drop
        order = np.argsort(~matters, axis=1, kind="stable")
        order = order[:, : int(matters.sum(axis=1).max(initial=1))]
        total = np.take_along_axis(self.total, order, axis=1)
        width = np.take_along_axis(self.width * matters, order, axis=1)
        return Block(self.evidence, self.least, (total, width))

    def log_evidence(self, hyper: Hyper) -> FloatArray:
        """Log probability of each incident's reports.

        Parameters
        ----------
        hyper : Hyper
            What all incidents share.

        Returns
        -------
        ndarray, shape (incidents,)
            Natural logs.
        """
        return _log_sum(self._joint(hyper)[0])

    def known(self, hyper: Hyper) -> Known:
        """Posterior of the counts, and which reports are in line.

        Parameters
        ----------
        hyper : Hyper
            What all incidents share.

        Returns
        -------
        Known
            Of every incident and report.
        """
        joint, each, path, passed = self._joint(hyper)
        evidence = _log_sum(joint)
        probability = np.exp(joint - evidence[:, None])
        number = self.evidence.path
        share = probability[self.evidence.incident] * each / path[number]
        in_line = self.paths.in_line(share.sum(axis=1), passed)
        found, _ = shares(self.evidence.body, self.evidence.lag, hyper)
        return Known(evidence, probability, in_line, found)

    def _joint(
        self, hyper: Hyper
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Log joint law of counts and reports, and its parts.

        Cells, shape (incidents, S); each report as the last of its path that is in
        line, (n, S); their sum over a path, (paths, S); links, (paths, P, P).
        """
        said = self.evidence
        found, missed = shares(said.body, said.lag, hyper)
        slip = slipped(said.low, said.high, hyper.mean)
        last, none, scale, passed = self.paths.forward(
            np.log(slip * hyper.slip),
            self._links(found, missed, hyper),
            np.log1p(-hyper.slip),
        )
        each = step(self.truth, found[self.piece], missed[self.piece], hyper)
        if self.piece.size > said.figure.size:
            each = np.add.reduceat(each * self.weight[:, None], self._first(), axis=0)
        each *= last[:, None]
        joint = self._prior(hyper)
        if not said.figure.size:
            return joint, each, np.ones((0, joint.shape[1])), passed
        path = np.add.reduceat(each, self.starts, axis=0) + none[:, None]
        path = np.maximum(path, SMALLEST)
        of = said.incident[self.starts]
        first = np.flatnonzero(np.diff(of, prepend=-1))
        joint[of[first]] += np.add.reduceat(
            np.log(path) + scale[:, None], first, axis=0
        )
        return joint, each, path, passed

    def _prior(self, hyper: Hyper) -> FloatArray:
        """Log prior probability of the cells, shape (incidents, S)."""
        return log_counts(self.counts, hyper, self.least)[self.at] + self.log_width

    def _links(self, found: FloatArray, missed: FloatArray, hyper: Hyper) -> FloatArray:
        """Log probability of an earlier report given a later one, shape (links,)."""
        earlier, later = self.paths.earlier, self.paths.later
        ratio = found[earlier] / found[later]
        grown = (missed[earlier] - missed[later]) / found[later]
        grown = np.maximum(grown, SMALLEST)
        law = step(self.chain, ratio[self.link], grown[self.link], hyper)[:, 0]
        whole = np.bincount(self.link, law * self.chain_weight, earlier.size)
        return np.log(np.maximum(whole, SMALLEST))

    def _first(self) -> IntArray:
        """First piece of each report."""
        return np.flatnonzero(np.diff(self.piece, prepend=-1))


def _cells(evidence: Evidence, least: int) -> tuple[FloatArray, FloatArray]:
    """Cells of the count of each incident."""
    ends = np.stack([evidence.figure, evidence.low, evidence.high])
    finite = np.isfinite(ends)
    incident = np.broadcast_to(evidence.incident, ends.shape)[finite]
    return totals(incident, ends[finite], evidence.incidents, least)


def _pieces(evidence: Evidence, top: float) -> tuple[IntArray, FloatArray, FloatArray]:
    """Reports as weighted counts: report, weight and count of each."""
    low, high = evidence.low, np.minimum(evidence.high, np.maximum(top, evidence.low))
    wide = np.flatnonzero(low < high)
    if not wide.size:
        return np.arange(low.size), np.ones(low.size), low
    sets = [np.array([each]) for each in low]
    for report in wide.tolist():
        sets[report] = growing(low[report], high[report], EVERY, FURTHER)
    piece = np.repeat(np.arange(low.size), [each.size for each in sets])
    return piece, np.concatenate([widths(s) for s in sets]), np.concatenate(sets)


def _pieces_of(piece: IntArray, earlier: IntArray) -> tuple[IntArray, IntArray]:
    """Link and piece, for each piece of the earlier report of every link."""
    each = np.bincount(piece, minlength=1)
    start = np.cumsum(each) - each
    link = np.repeat(np.arange(earlier.size), each[earlier])
    within = np.arange(link.size) - (np.cumsum(each[earlier]) - each[earlier])[link]
    return link, start[earlier[link]] + within


def _log_sum(joint: FloatArray) -> FloatArray:
    """Log of the sum over cells, shape (incidents,)."""
    greatest = joint.max(axis=1)
    return np.asarray(greatest + np.log(np.exp(joint - greatest[:, None]).sum(axis=1)))

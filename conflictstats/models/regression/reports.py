"""What was reported, as intervals of counts that a law gives a probability."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.likelihood.stirling import gamma_error

SHORT = 64.0
"""Intervals of at most this many counts are summed count by count."""
SMALL = 0.1
"""Largest count, over their number, up to which all below it are worked out too."""


class Constants:
    """Parts of a negative binomial law that depend on count and size alone.

    They are slow, so they are worked out once for each count that occurs and kept
    until the size changes.
    """

    def __init__(self, counts: FloatArray) -> None:
        self.counts, self.code = _different(counts)
        self.log_size = np.nan
        self.table = np.empty((3, 0))

    def at(self, log_size: float, code: IntArray) -> FloatArray:
        """Values of :func:`size_terms` for these codes, shape (3, n)."""
        if log_size != self.log_size:
            self.table = size_terms(self.counts, np.full(1, np.exp(log_size)))
            self.log_size = log_size
        return self.table.take(code, axis=1)


def _different(counts: FloatArray) -> tuple[FloatArray, IntArray]:
    """Counts in order, with all that occur, and the number of each that was given."""
    largest = counts.max(initial=0.0)
    if largest > SMALL * counts.size:
        return np.unique(counts, return_inverse=True)
    return np.arange(largest + 1), counts.astype(np.int64)


def size_terms(count: FloatArray, size: FloatArray) -> FloatArray:
    """Log constant, and differences of digamma and trigamma, shape (3, n)."""
    k = np.maximum(count, 1.0)
    constant = gamma_error(size + k) - gamma_error(size) - gamma_error(k)
    constant -= 0.5 * np.log(2 * np.pi * k * (1 + k / size))
    constant += k * np.log1p(size / k) + size * np.log1p(k / size)
    return np.stack(
        [
            np.where(count > 0, constant, 0.0),
            special.digamma(count + size) - special.digamma(size),
            special.zeta(2.0, count + size) - special.zeta(2.0, size),
        ]
    )


@dataclass(frozen=True, slots=True)
class Reports:
    """Weighted intervals, one or more an observation.

    Attributes
    ----------
    low, high : ndarray, shape (j,)
        Inclusive bounds, people; ``high`` may be infinite.
    log_found : ndarray, shape (j,)
        Log of the share of deaths that the report counts.
    log_weight : ndarray, shape (j,)
        Log probability that the report is of this kind.
    starts : ndarray, shape (n,)
        First interval of each observation.
    exact : ndarray of bool, shape (j,)
        Whether the interval is one count.
    code : ndarray, shape (j,)
        Number of ``low`` in ``constants``.
    constants : Constants
        What is kept between evaluations.
    """

    low: FloatArray
    high: FloatArray
    log_found: FloatArray
    log_weight: FloatArray
    starts: IntArray
    exact: BoolArray
    code: IntArray
    constants: Constants

    @classmethod
    def of(cls, reading: Reading, found: float) -> Reports:
        """From what a mechanism makes of reports, and the share found."""
        low, high = reading.low, reading.high
        nothing = np.broadcast_to(np.zeros(1), low.shape)
        log_weight, log_found = nothing, nothing
        if reading.log_weight is not None:
            log_weight = reading.log_weight
        if reading.powers is not None:
            shares = np.array([found, 1 - found])
            log_weight = log_weight + special.xlogy(reading.powers, shares).sum(axis=1)
        if reading.thinned.any():
            log_found = np.where(reading.thinned, np.log(found), 0.0)
        owner = np.arange(low.size) if reading.report is None else reading.report
        constants = Constants(low)
        flat = cls(
            low,
            high,
            log_found,
            log_weight,
            owner,
            low == high,
            constants.code,
            constants,
        )
        if reading.report is None and flat.exact.all():
            return flat
        return flat._count_by_count(owner)

    @property
    def mixed(self) -> bool:
        """Whether an observation has several intervals."""
        return self.starts.size < self.low.size

    @property
    def owner(self) -> IntArray:
        """Observation of each interval, shape (j,)."""
        lengths = np.diff(np.append(self.starts, self.low.size))
        return np.repeat(np.arange(self.starts.size), lengths)

    def part(self, first: int, last: int) -> Reports:
        """Observations from ``first`` up to and without ``last``."""
        starts = self.starts[first:last]
        end = self.starts[last] if last < self.starts.size else self.low.size
        return self._cut(slice(int(starts[0]), int(end)), starts - starts[0])

    def every(self, step: int) -> Reports:
        """Every so many observations; those of several intervals are kept whole."""
        chosen = np.arange(0, self.starts.size, step)
        if not self.mixed:
            return self._cut(slice(0, None, step), np.arange(chosen.size))
        inside = np.isin(self.owner, chosen)
        lengths = np.bincount(self.owner, minlength=self.starts.size)[chosen]
        starts = np.append(0, np.cumsum(lengths))[:-1]
        return self._cut(np.flatnonzero(inside), starts)

    def positive(self) -> Reports:
        """The intervals without zero; one that was zero alone becomes one."""
        low, high = np.maximum(self.low, 1.0), np.maximum(self.high, 1.0)
        return replace(self, low=low, high=high)

    def _count_by_count(self, owner: IntArray) -> Reports:
        """Short intervals as the counts in them; ``owner`` is who has which."""
        short = self.high - self.low < SHORT
        times = np.where(short, self.high - self.low + 1, 1.0).astype(np.int64)
        first = np.repeat(np.cumsum(times) - times, times)
        count = np.repeat(self.low, times) + (np.arange(times.sum()) - first)
        alone = np.repeat(short, times)
        constants = Constants(count)
        return Reports(
            low=count,
            high=np.where(alone, count, np.repeat(self.high, times)),
            log_found=np.repeat(self.log_found, times),
            log_weight=np.repeat(self.log_weight, times),
            starts=np.flatnonzero(np.diff(np.repeat(owner, times), prepend=-1)),
            exact=alone,
            code=constants.code,
            constants=constants,
        )

    def _cut(self, chosen: slice | IntArray, starts: IntArray) -> Reports:
        """Some of the intervals."""
        return replace(
            self,
            low=self.low[chosen],
            high=self.high[chosen],
            log_found=self.log_found[chosen],
            log_weight=self.log_weight[chosen],
            starts=starts,
            exact=self.exact[chosen],
            code=self.code[chosen],
        )

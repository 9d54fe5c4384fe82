"""Laws that treat zero apart: inflated at zero, and behind a hurdle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conflictstats.models.regression.expansion import (
    Expansion,
    joined,
    log_chance,
    log_complement,
    log_either,
)
from conflictstats.models.regression.laws import CountLaw, Predictors
from conflictstats.models.regression.reports import Reports


@dataclass(frozen=True, slots=True)
class Inflated:
    """A mixture of a law with zeros that it does not explain."""

    counts: CountLaw

    @property
    def predictors(self) -> tuple[str, ...]:
        """Those of the counts, and the logit of a zero of the other kind."""
        return (*self.counts.predictors, "zero")

    def intervals(self, at: Predictors, reports: Reports) -> Expansion:
        """Log probability of each interval."""
        m = len(self.predictors)
        counted = self.counts.intervals(at[:-1], reports).placed(tuple(range(m - 1)), m)
        counted += log_chance(at[-1], -1.0).placed((m - 1,), m)
        with_zero, above = (np.flatnonzero(cut) for cut in _by_zero(reports))
        extra = log_chance(at[-1][with_zero], 1.0).placed((m - 1,), m)
        either = log_either(extra, counted.rows(with_zero))
        parts = [(with_zero, either), (above, counted.rows(above))]
        return joined(parts, reports.low.size)


@dataclass(frozen=True, slots=True)
class Hurdle:
    """Zero or not by one law; how many, if any, by another cut at zero."""

    counts: CountLaw

    @property
    def predictors(self) -> tuple[str, ...]:
        """Those of the counts, and the logit of any deaths at all."""
        return (*self.counts.predictors, "zero")

    def intervals(self, at: Predictors, reports: Reports) -> Expansion:
        """Log probability of each interval."""
        m = len(self.predictors)
        counted = self.counts.intervals(at[:-1], reports.positive())
        counted -= log_complement(self.counts.none(at[:-1]))
        counted = counted.placed(tuple(range(m - 1)), m)
        counted += log_chance(at[-1], 1.0).placed((m - 1,), m)
        none = log_chance(at[-1], -1.0).placed((m - 1,), m)
        with_zero, above = _by_zero(reports)
        alone = np.flatnonzero(reports.high == 0)
        both = np.flatnonzero(with_zero & (reports.high > 0))
        parts = [(alone, none.rows(alone))]
        parts.append((np.flatnonzero(above), counted.rows(np.flatnonzero(above))))
        parts.append((both, log_either(none.rows(both), counted.rows(both))))
        return joined(parts, reports.low.size)


def _by_zero(reports: Reports) -> tuple[np.ndarray, np.ndarray]:
    """Whether an interval holds zero, and whether it lies above."""
    return reports.low == 0, reports.low > 0

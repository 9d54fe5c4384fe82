"""Laws that treat zero apart: inflated at zero, and behind a hurdle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conflictstats.models.regression.expansion import (
    Expansion,
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
        with_zero = np.flatnonzero(reports.low == 0)
        extra = log_chance(at[-1][with_zero], 1.0).placed((m - 1,), m)
        counted.put(with_zero, log_either(extra, counted.rows(with_zero)))
        return counted


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
        alone = np.flatnonzero(reports.high == 0)
        both = np.flatnonzero((reports.low == 0) & (reports.high > 0))
        either = log_either(none.rows(both), counted.rows(both))
        counted.put(alone, none.rows(alone))
        counted.put(both, either)
        return counted

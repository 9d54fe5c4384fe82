"""Joint posterior of a shared course and the bodies' counts of it.

The state is (log course, log levels of the bodies, deviations of the spans, log step
sd, log scatter). A deviation is the usual scatter or, with a small chance, a catch-up.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from conflictstats._typing import FloatArray
from conflictstats.models.counting_bodies.spans import Spans
from conflictstats.numerics.likelihood.lognormal import LogNormalReports
from conflictstats.numerics.sampling.mode import mode

START = np.log([0.5, 0.2])
"""Step sd and scatter at which the search for a mode stands."""


class Priors(NamedTuple):
    """What is believed beforehand.

    Attributes
    ----------
    start : tuple of float
        Mean and sd of the first log flow.
    level : float
        Sd of a body's log level.
    step, scatter : tuple of float
        Mean and sd of the logs of the two standard deviations.
    catch_up : tuple of float
        Chance of a step in a span, and mean and sd of its log factor.
    report_error : float
        Sd of the log of a report about what its body knew.
    """

    start: tuple[float, float]
    level: float
    step: tuple[float, float]
    scatter: tuple[float, float]
    catch_up: tuple[float, float, float]
    report_error: float


class Parts(NamedTuple):
    """A state unfolded; the first axis of each array is that of the states.

    Attributes
    ----------
    flow : ndarray, shape (chains, J)
        Shared course per day.
    level : ndarray, shape (chains, B)
        Log of each body's count in it.
    deviation : ndarray, shape (chains, n)
        Log of each span's factor beside that.
    narrow : ndarray, shape (chains, n)
        Sd of a deviation that is no step.
    counted : ndarray, shape (chains, n)
        People counted in each span.
    """

    flow: FloatArray
    level: FloatArray
    deviation: FloatArray
    narrow: FloatArray
    counted: FloatArray


@dataclass(frozen=True, slots=True)
class BodiesPosterior:
    """Log density of the state, up to a constant, and its gradient.

    Attributes
    ----------
    spans : Spans
        Totals and the spans between them.
    priors : Priors
        What is believed beforehand.
    """

    spans: Spans
    priors: Priors

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Pieces, bodies and spans."""
        n, pieces = self.spans.days.shape
        return pieces, len(self.spans.bodies), n

    def __call__(self, state: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log densities (chains,) and gradients (chains, k) at states (chains, k)."""
        spans = self.spans
        parts = self.unfold(state)
        running = spans.running
        total = parts.counted @ running.T
        terms = self._likelihood.terms(np.log(total), np.zeros_like(total))
        pull = ((terms.slope / total) @ running) * parts.counted
        shared = parts.flow @ spans.days.T
        likelihood = np.hstack(
            [
                parts.flow * ((pull / shared) @ spans.days),
                pull @ np.eye(len(spans.bodies))[spans.body],
                pull,
                np.zeros((len(state), 2)),
            ]
        )
        value, slope = self._prior(state, parts)
        return value + terms.value.sum(axis=1), slope + likelihood

    def unfold(self, state: FloatArray) -> Parts:
        """Courses, levels, deviations and counts of each state."""
        path, level, deviation, logs = self._cut(state)
        flow = np.exp(path)
        narrow = np.exp(logs[:, 1:]) / np.sqrt(self.spans.weeks)
        factor = np.exp(level[:, self.spans.body] + deviation)
        counted = (flow @ self.spans.days.T) * factor
        return Parts(flow, level, deviation, narrow, counted)

    def step_chance(self, parts: Parts) -> FloatArray:
        """Probability that each deviation holds a step, shape (chains, n)."""
        return special.expit(self._log_odds(parts))

    def mode(self, rate: float) -> FloatArray:
        """State at the best course near ``rate`` a day, at fixed sds."""
        start = np.zeros(sum(self.sizes))
        start[: self.sizes[0]] = np.log(rate)
        return mode(self, start, START)

    @property
    def _likelihood(self) -> LogNormalReports:
        """Likelihood of the totals."""
        spans = self.spans
        return LogNormalReports(spans.low, spans.high, self.priors.report_error)

    def _cut(self, state: FloatArray) -> list[FloatArray]:
        """Innovations, levels, deviations in their sds, and the two log sds."""
        return np.split(state, np.cumsum(self.sizes), axis=1)

    def _log_odds(self, parts: Parts) -> FloatArray:
        """Log odds that a deviation holds a step, shape (chains, n)."""
        chance, centre, sd = self.priors.catch_up
        wide = parts.narrow**2 + sd**2
        plain = -0.5 * (parts.deviation / parts.narrow) ** 2 - np.log(parts.narrow)
        stepped = -0.5 * (parts.deviation - centre) ** 2 / wide - 0.5 * np.log(wide)
        return special.logit(chance) + stepped - plain

    def _prior(self, state: FloatArray, parts: Parts) -> tuple[FloatArray, FloatArray]:
        """Log law of the states beforehand, and its slopes."""
        priors = self.priors
        path, level, _, logs = self._cut(state)
        sds = np.exp(logs)
        first = (path[:, :1] - priors.start[0]) / priors.start[1]
        step = np.diff(path, axis=1) / (sds[:, :1] * np.sqrt(self.spans.gaps))
        law, of_deviation, of_scatter = self._deviations(parts)
        centres, spreads = np.array([priors.step, priors.scatter]).T
        off = (logs - centres) / spreads
        value = law.sum(axis=1) - step.shape[1] * logs[:, 0]
        for each in (first, step, level / priors.level, off):
            value -= 0.5 * (each**2).sum(axis=1)
        back = step / (sds[:, :1] * np.sqrt(self.spans.gaps))
        of_path = np.zeros_like(path)
        of_path[:, :1] -= first / priors.start[1]
        of_path[:, :-1] += back
        of_path[:, 1:] -= back
        of_logs = -off / spreads
        of_logs[:, 0] += (step**2 - 1).sum(axis=1)
        of_logs[:, 1] += of_scatter.sum(axis=1)
        of_level = -level / priors.level**2
        return value, np.hstack([of_path, of_level, of_deviation, of_logs])

    def _deviations(self, parts: Parts) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log law of the deviations; slopes in them and in the log scatter."""
        _, centre, sd = self.priors.catch_up
        odds = self._log_odds(parts)
        plain = (parts.deviation / parts.narrow) ** 2
        value = np.logaddexp(0, odds) - 0.5 * plain - np.log(parts.narrow)
        stepped = special.expit(odds)
        wide = parts.narrow**2 + sd**2
        off = (parts.deviation - centre) / wide
        of_deviation = -(1 - stepped) * parts.deviation / parts.narrow**2
        of_scatter = (1 - stepped) * (plain - 1)
        of_scatter += stepped * parts.narrow**2 * (off**2 - 1 / wide)
        return value, of_deviation - stepped * off, of_scatter

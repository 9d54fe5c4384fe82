"""Joint posterior of the flow and its step sd, for Hamiltonian Monte Carlo.

The state is (first innovation, ..., last innovation, log step sd):
standard normal innovations build the path.
"""

from dataclasses import dataclass

import numpy as np

from conflictstats._typing import FloatArray
from conflictstats.numerics.likelihood.lognormal import LogNormalReports
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.sampling.mode import mode


@dataclass(frozen=True, slots=True)
class FlowPosterior:
    """Log density of the state, up to a constant, and its gradient.

    Attributes
    ----------
    days : ndarray, shape (n, T)
        Days of each piece in each window.
    reading : Reading
        Intervals of the reports.
    gaps : ndarray, shape (T - 1,)
        Weeks between the middles of neighbouring pieces.
    start : tuple of float
        Prior mean and sd of the first log flow.
    step_rate : float
        Rate of the exponential prior of the step sd.
    report_error : float
        Standard deviation of the log of a report about the truth.
    """

    days: FloatArray
    reading: Reading
    gaps: FloatArray
    start: tuple[float, float]
    step_rate: float
    report_error: float

    def __call__(self, state: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log densities (chains,) and gradients (chains, k) at states (chains, k)."""
        innovation, step_sd = state[:, :-1], np.exp(state[:, -1])
        path, scale = self._built(innovation, step_sd)
        flow = np.exp(path)
        total = flow @ self.days.T
        terms = self._likelihood.terms(np.log(total), np.zeros_like(total))
        value = terms.value.sum(axis=1) - 0.5 * (innovation**2).sum(axis=1)
        value += state[:, -1] - self.step_rate * step_sd
        pull = flow * ((terms.slope / total) @ self.days)
        ahead = np.cumsum(pull[:, ::-1], axis=1)[:, ::-1]
        slope = np.empty_like(state)
        slope[:, :-1] = scale * ahead - innovation
        steps = (scale * innovation * ahead)[:, 1:].sum(axis=1)
        slope[:, -1] = steps + 1 - self.step_rate * step_sd
        return value, slope

    def paths(self, state: FloatArray) -> FloatArray:
        """Log flow of each state, shape (chains, T)."""
        return self._built(state[:, :-1], np.exp(state[:, -1]))[0]

    def mode(self, level: float, step_sd: float = 0.5) -> FloatArray:
        """State at the best path given a step sd, searched from a constant flow."""
        start = np.zeros(self.days.shape[1])
        start[0] = (level - self.start[0]) / self.start[1]
        return mode(self, start, np.log([step_sd]))

    @property
    def _likelihood(self) -> LogNormalReports:
        """Likelihood of the reports."""
        return LogNormalReports(self.reading.low, self.reading.high, self.report_error)

    def _built(
        self, innovation: FloatArray, step_sd: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Paths, and the sd of each innovation in them, shape (chains, T) each."""
        first = np.full((len(innovation), 1), self.start[1])
        scale = np.hstack([first, step_sd[:, None] * np.sqrt(self.gaps)])
        return self.start[0] + np.cumsum(scale * innovation, axis=1), scale

"""Poisson fits of log-linear models, many at once."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Bool, Float, Int

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.log_linear.sums import subset_sums, superset_sums

MOST_STEPS = 100
LONGEST = 4.0
"""Change of a log mean in one step at most."""
SETTLED = 1e-12
"""Gain in log likelihood that a step promises, at which it is the last."""
AT_ONCE = 2_000_000
"""Entries of the information matrices that are held at once."""
SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    r"""Maximum of the likelihood of several models.

    Attributes
    ----------
    coefficients : ndarray, shape (fit, effect)
        Effects u, log people for the intercept; 0 where a fit does not have one.
    variance : ndarray, shape (fit,)
        Of the intercept, from the inverse information.
    means : ndarray, shape (fit, 2**J)
        Expected counts of the cells that were fitted, people; 0 in all others.
    value : ndarray, shape (fit,)
        :math:`\sum_c f_c \log \mu_c - \mu_c`, and the log prior where there is one.
    settled : ndarray of bool, shape (fit,)
        Whether the search ended.
    """

    coefficients: FloatArray
    variance: FloatArray
    means: FloatArray
    value: FloatArray
    settled: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What is fitted: counts, the cells that count, and the effects that are free.

    Attributes
    ----------
    counts : ndarray, shape (fit, 2**J)
        People, at each binary number.
    effects : ndarray of int, shape (effect,)
        The intercept, 0, first.
    free : ndarray of bool, shape (fit, effect)
        Effects to be estimated.
    keep : ndarray of bool, shape (fit, 2**J)
        Cells to be fitted; the unlisted are not among them unless a number of them is
        supposed.
    """

    counts: Float[np.ndarray, "fit cell"]
    effects: Int[np.ndarray, " effect"]
    free: Bool[np.ndarray, "fit effect"]
    keep: Bool[np.ndarray, "fit cell"]

    def part(self, rows: slice | IntArray) -> Table:
        """Some of the fits, in any order.

        Parameters
        ----------
        rows : slice or ndarray of int
            Which.

        Returns
        -------
        Table
            With these rows.
        """
        return Table(self.counts[rows], self.effects, self.free[rows], self.keep[rows])


def poisson_fits(
    table: Table,
    start: Float[np.ndarray, "fit effect"] | None = None,
    precision: Float[np.ndarray, " effect"] | None = None,
) -> Fits:
    r"""Maximise the Poisson likelihood of each row of a table, by Newton's method.

    .. math:: \ell(u) = \sum_{c \in K} \{f_c \log \mu_c - \mu_c\}
              - \tfrac12 \sum_A \tau_A u_A^2, \qquad
              \log \mu_c = \sum_{A \subseteq c} u_A

    Its gradient is the difference of two sums over supersets, and the information of
    the effects A and B is the sum of the means over :math:`A \cup B` and above, so
    neither needs a design matrix. Steps are halved until the likelihood grows.

    Parameters
    ----------
    table : Table
        What is fitted; each row must have a maximum.
    start : ndarray, shape (fit, effect), optional
        Where to start; effects that are not free stay there. By default the weighted
        least squares of the log counts.
    precision : ndarray, shape (effect,), optional
        :math:`\tau`, of independent normal priors around 0; 0 for none.

    Returns
    -------
    Fits
        Coefficients, variance of the intercept, means, and how it ended.

    Examples
    --------
    Two independent lists, 60 on the first alone, 30 on the second, 20 on both: 60 times
    30 over 20 unlisted:

    >>> table = Table(
    ...     np.array([[0.0, 60.0, 30.0, 20.0]]),
    ...     np.array([0, 1, 2]),
    ...     np.ones((1, 3), bool),
    ...     np.array([[False, True, True, True]]),
    ... )
    >>> np.exp(poisson_fits(table).coefficients[0, 0]).round(6)
    np.float64(90.0)
    """
    fits, size = len(table.counts), len(table.effects)
    tau = np.zeros(size) if precision is None else precision
    at_once = max(1, AT_ONCE // (size * size))
    parts = []
    for first in range(0, fits, at_once):
        rows = slice(first, first + at_once)
        given = None if start is None else start[rows]
        parts.append(_Search(table.part(rows), tau).run(given))
    if len(parts) == 1:
        return parts[0]
    each = ([getattr(part, field.name) for part in parts] for field in fields(Fits))
    return Fits(*map(np.concatenate, each))


class _Search:
    """Newton's method for some fits side by side."""

    def __init__(self, table: Table, precision: FloatArray) -> None:
        self.table, self.precision = table, precision
        self.joint = table.effects[:, None] | table.effects
        self.both = table.free[:, :, None] & table.free[:, None, :]
        diagonal = np.eye(len(table.effects))
        self.fixed = diagonal * (~table.free + precision)[:, None, :]
        self.target = self._statistics(np.where(table.keep, table.counts, 0))[0]

    def run(self, start: FloatArray | None) -> Fits:
        """Search from there, or from the least squares of the log counts."""
        at = self._least_squares() if start is None else start
        means, value = self._look(at)
        unit = np.zeros_like(at)
        unit[:, 0] = 1
        for _ in range(MOST_STEPS):
            reached, information = self._statistics(means)
            slope = self.target - reached - self.precision * at
            step, covariance = self._solve(information, slope, unit)
            settled = (step * slope * self.table.free).sum(axis=1) <= SETTLED
            at, means, value = self._advance(at, value, step)
            if settled.all():
                break
        return Fits(at, covariance[:, 0], means, value, settled)

    def _statistics(self, means: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Sums over supersets at the effects, and at every two of them together."""
        sums = superset_sums(means)
        return sums[:, self.table.effects], sums[:, self.joint]

    def _solve(self, information: FloatArray, *sides: FloatArray) -> FloatArray:
        """Solve for each right side in the free effects, shape (side, fit, effect)."""
        curvature = np.where(self.both, information, 0) + self.fixed
        wanted = np.where(self.table.free, np.stack(sides), 0)
        solved = np.linalg.solve(curvature, np.moveaxis(wanted, 0, -1))
        return np.asarray(np.moveaxis(solved, -1, 0))

    def _log_means(self, at: FloatArray) -> FloatArray:
        """Sums over subsets, shape (fit, cell)."""
        table = np.zeros(self.table.counts.shape)
        table[:, self.table.effects] = at
        return np.where(self.table.keep, subset_sums(table), -np.inf)

    def _look(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Means and value of the likelihood."""
        means = np.exp(self._log_means(at))
        prior = 0.5 * (self.precision * at**2).sum(axis=1)
        return means, (at * self.target).sum(axis=1) - means.sum(axis=1) - prior

    def _advance(
        self, at: FloatArray, value: FloatArray, step: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Take the step, shorter where the likelihood would fall or leap."""
        moved = np.abs(np.where(self.table.keep, self._change(step), 0)).max(axis=1)
        step = step * np.minimum(1, LONGEST / np.maximum(moved, LONGEST))[:, None]
        for _ in range(MOST_STEPS):
            there = at + step
            means, reached = self._look(there)
            worse = reached < value - SLACK * (1 + np.abs(value))
            if not worse.any():
                break
            step = np.where(worse[:, None], step / 2, step)
        return there, means, reached

    def _change(self, step: FloatArray) -> FloatArray:
        """Change of the log mean of each cell."""
        table = np.zeros(self.table.counts.shape)
        table[:, self.table.effects] = step
        return subset_sums(table)

    def _least_squares(self) -> FloatArray:
        """Start: log counts, weighted by the counts."""
        weight = np.where(self.table.keep, self.table.counts + 0.5, 0)
        _, information = self._statistics(weight)
        work = weight * np.log(self.table.counts + 0.5)
        return self._solve(information, self._statistics(work)[0])[0]

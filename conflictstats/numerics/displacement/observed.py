"""What reports say of the course of people, with the errors of who reports."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.numerics.displacement.balance import Course
from conflictstats.numerics.likelihood.lognormal import LogNormalReports


class Design(NamedTuple):
    """What n reports are about.

    Attributes
    ----------
    low, high : ndarray, shape (n,)
        What each allows, persons; the same where one number was said.
    sums : sparse array, shape (n, 4 (T + 1))
        What each would say without error, out of (stock, and the running totals of
        inflow, returns and departures) before the first cell and after each.
    per_population : ndarray, shape (n,)
        1 for a report of the population itself, -1 for a share of it, else 0.
    movements : ndarray of bool, shape (n,)
        Whether movements are counted, not persons.
    effects : ndarray, shape (n, effects)
        Standard deviation of the log effect of each body, or coverage, on each report.
    shift : ndarray, shape (n,)
        Prior mean of its coverage's log effect.
    body : ndarray of int, shape (n,)
        Whose error it has.
    error : tuple of float
        Median and log standard deviation of a body's error.
    """

    low: FloatArray
    high: FloatArray
    sums: sparse.csr_array
    per_population: FloatArray
    movements: BoolArray
    effects: FloatArray
    shift: FloatArray
    body: Int[np.ndarray, " n"]
    error: tuple[float, float]

    @property
    def points(self) -> BoolArray:
        """Which reports are one number, shape (n,)."""
        return self.low == self.high

    @property
    def bodies(self) -> int:
        """How many bodies have an error of their own."""
        return int(self.body.max(initial=-1)) + 1

    @property
    def size(self) -> int:
        """Numbers of a state that the reports have: effects, then errors of bodies."""
        return self.effects.shape[1] + self.bodies


class Said(NamedTuple):
    """What the reports would say, shape (chains, n) each.

    Attributes
    ----------
    totals : ndarray
        What they are about, persons, before any factor.
    log_median : ndarray
        Log of the number in the middle.
    error : ndarray
        Standard deviation of the log number around it.
    """

    totals: FloatArray
    log_median: FloatArray
    error: FloatArray


def said(
    design: Design,
    course: Course,
    own: Float[np.ndarray, "chains k"],
    values: dict[str, FloatArray],
) -> Said:
    r"""Law of each report, given the course of people.

    .. math:: \log y_i \sim N\big(\log m_i + b_{s(i)} + c_i, \tau_{s(i)}^2\big)

    with :math:`m_i` the stock on a day or the sum of a flow over days (times the
    movements of a person, or over the population, where that is what was said),
    :math:`b` the effect of who counts and :math:`c` that of where.

    Parameters
    ----------
    design : Design
        Of n reports.
    course : Course
        Of T cells.
    own : ndarray, shape (chains, k)
        Effects of the reports and errors of bodies, standard normal a priori.
    values : dict of str to ndarray
        Scalars: ``extra_moves``, ``population`` where reports need them.

    Returns
    -------
    Said
        Of each report.
    """
    effects = design.effects.shape[1]
    totals = (design.sums @ _running(course).T).T
    with np.errstate(divide="ignore"):
        log_median = np.log(np.where(design.per_population > 0, 1.0, totals))
    log_median = log_median + design.shift + own[:, :effects] @ design.effects.T
    if design.movements.any():
        moves = np.log1p(values["extra_moves"])[:, None]
        log_median += moves * design.movements
    if design.per_population.any():
        log_median += np.log(values["population"])[:, None] * design.per_population
    median, log_sd = design.error
    error = median * np.exp(log_sd * own[:, effects:])[:, design.body]
    return Said(totals, log_median, error)


class Slope(NamedTuple):
    """Derivatives of the log likelihood.

    Attributes
    ----------
    course : Course
        In each entry of the course.
    own : ndarray, shape (chains, k)
        In the effects and errors.
    scalars : dict of str to ndarray
        In scalars that reports read.
    """

    course: Course
    own: FloatArray
    scalars: dict[str, FloatArray]


def log_likelihood(
    design: Design, told: Said
) -> tuple[Float[np.ndarray, " chains"], FloatArray, FloatArray]:
    """Log likelihood with its derivatives in the log medians and log errors.

    Parameters
    ----------
    design : Design
        Of n reports.
    told : Said
        What :func:`said` gave.

    Returns
    -------
    ndarray, shape (chains,)
        Log likelihood, up to a constant.
    ndarray, shape (chains, n)
        Derivative in each log median.
    ndarray, shape (chains, n)
        Derivative in the log of each error.
    """
    points, spans = design.points, ~design.points
    value = np.zeros(len(told.log_median))
    in_median, in_error = np.empty((2, *told.log_median.shape))
    off = (np.log(design.low[points]) - told.log_median[:, points]) / told.error[
        :, points
    ]
    in_median[:, points] = off / told.error[:, points]
    in_error[:, points] = off**2 - 1
    value -= (0.5 * off**2 + np.log(told.error[:, points])).sum(axis=1)
    if spans.any():
        low, high = design.low[spans], design.high[spans]
        reports = LogNormalReports(low, high, told.error[:, spans])
        each, in_median[:, spans], in_error[:, spans] = reports.slopes(
            told.log_median[:, spans]
        )
        value += each.sum(axis=1)
    return value, in_median, in_error


def pull_back(
    design: Design,
    told: Said,
    values: dict[str, FloatArray],
    in_median: Float[np.ndarray, "chains n"],
    in_error: Float[np.ndarray, "chains n"],
) -> Slope:
    """Derivatives in the course, effects and scalars, from those in the reports' law.

    Parameters
    ----------
    design, told, values : Design, Said, dict
        As given to and by :func:`said`.
    in_median, in_error : ndarray, shape (chains, n)
        Derivatives in each log median and in the log of each error.

    Returns
    -------
    Slope
        Derivatives.
    """
    chains = len(in_median)
    about = in_median * (design.per_population <= 0)
    per_total = np.divide(
        about, told.totals, out=np.zeros_like(about), where=about != 0
    )
    running = (design.sums.T @ per_total.T).T.reshape(chains, 4, -1)
    flows = [_from_running(running[:, i]) for i in (1, 2, 3)]
    course = Course(running[:, 0], np.zeros((1, 1)), *flows)
    by_body = in_error @ np.eye(design.bodies)[design.body]
    own = np.hstack([in_median @ design.effects, by_body * design.error[1]])
    scalars = {}
    if design.movements.any():
        moved = (in_median * design.movements).sum(axis=1)
        scalars["extra_moves"] = moved / (1 + values["extra_moves"])
    if design.per_population.any():
        whole = in_median @ design.per_population
        scalars["population"] = whole / values["population"]
    return Slope(course, own, scalars)


def _running(course: Course) -> FloatArray:
    """Stock and running totals side by side, shape (chains, 4 (T + 1))."""
    chains, length = course.stock.shape
    found = np.zeros((chains, 4, length))
    found[:, 0] = course.stock
    for i, flow in enumerate((course.inflow, course.returns, course.departures), 1):
        np.cumsum(flow, axis=1, out=found[:, i, 1:])
    return found.reshape(chains, -1)


def _from_running(slope: FloatArray) -> FloatArray:
    """Derivatives in a flow, from those in its running total, shape (chains, T)."""
    return np.cumsum(slope[:, :0:-1], axis=1)[:, ::-1]

"""How deaths divide between records dated to a cell and records of a longer period."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import solve, solveh_banded

from conflictstats.errors import FitError

PSEUDO_DEATHS = 0.5
TOLERANCE = 1e-10
MAX_STEPS = 200
SMALL = 100_000
"""Entries of a banded system up to which cutting the line of cells saves nothing."""
PART = 10
"""Windows that are at least solved together where the line is cut."""


@dataclass(frozen=True, slots=True)
class Windows:
    r"""Runs of cells on a line, with a part of their first and last cell.

    Window :math:`w` covers a fraction :math:`c_{wt}` of cell :math:`t`: 1 inside,
    ``first_coverage`` in its first cell, ``last_coverage`` in its last and 0
    elsewhere. A window within one cell covers
    ``first_coverage + last_coverage - 1`` of it. The matrix :math:`C` is never
    formed: sums along a window are differences of one cumulative sum.

    Attributes
    ----------
    first, last : ndarray of int, shape (w,)
        First and last cell, ``0 <= first <= last < n_cells``.
    first_coverage, last_coverage : ndarray, shape (w,)
        Fraction of the first cell's days after the window opens, and of the last
        cell's days before it closes, in (0, 1].
    n_cells : int
        Number of cells.

    Examples
    --------
    Half of cell 0, the whole of cell 1 and a quarter of cell 2:

    >>> one = Windows(
    ...     np.array([0]), np.array([2]), np.array([0.5]), np.array([0.25]), 4
    ... )
    >>> one.sums(np.array([10.0, 20.0, 40.0, 80.0]))
    array([35.])
    >>> one.spread(np.array([1.0]))
    array([0.5 , 1.  , 0.25, 0.  ])
    """

    first: Int[np.ndarray, " w"]
    last: Int[np.ndarray, " w"]
    first_coverage: Float[np.ndarray, " w"]
    last_coverage: Float[np.ndarray, " w"]
    n_cells: int

    def sums(self, values: Float[np.ndarray, " t"]) -> Float[np.ndarray, " w"]:
        r"""Sum a quantity of the cells along each window, :math:`C v`.

        Parameters
        ----------
        values : ndarray, shape (t,)
            One value per cell.

        Returns
        -------
        ndarray, shape (w,)
            The sum per window, end cells in part.
        """
        running = np.concatenate(([0.0], np.cumsum(values)))
        whole = running[self.last + 1] - running[self.first]
        before = (1 - self.first_coverage) * values[self.first]
        after = (1 - self.last_coverage) * values[self.last]
        return whole - before - after

    def spread(self, weights: Float[np.ndarray, " w"]) -> Float[np.ndarray, " t"]:
        r"""Add up the windows' weights over each cell, :math:`C^\top a`.

        Parameters
        ----------
        weights : ndarray, shape (w,)
            One weight per window.

        Returns
        -------
        ndarray, shape (t,)
            The sum per cell, end cells in part.
        """
        size = self.n_cells + 1
        opened = np.bincount(self.first, weights, size)
        closed = np.bincount(self.last + 1, weights, size)
        whole = np.cumsum(opened - closed)
        before = np.bincount(self.first, weights * (1 - self.first_coverage), size)
        after = np.bincount(self.last, weights * (1 - self.last_coverage), size)
        return (whole - before - after)[:-1].astype("float64", copy=False)

    def matrix(self) -> Float[np.ndarray, "w t"]:
        r"""Write :math:`C` out, for few windows.

        Returns
        -------
        ndarray, shape (w, t)
            Fraction of each cell that each window covers.
        """
        cell = np.arange(self.n_cells)
        whole = (cell >= self.first[:, None]) & (cell <= self.last[:, None])
        cover = whole.astype("float64")
        number = np.arange(len(self.first))
        cover[number, self.first] -= 1 - self.first_coverage
        cover[number, self.last] -= 1 - self.last_coverage
        return cover

    def gram(self, weights: Float[np.ndarray, " w"]) -> Float[np.ndarray, "b t"]:
        r"""Lower band of :math:`C^\top \mathrm{diag}(a)\, C`.

        Parameters
        ----------
        weights : ndarray, shape (w,)
            One weight per window.

        Returns
        -------
        ndarray, shape (b, t)
            Row ``k`` holds the ``k``-th subdiagonal, as ``solveh_banded`` reads it;
            b is the number of cells of the longest window.
        """
        span = self.last - self.first
        band = np.zeros((int(span.max(initial=0)) + 1, self.n_cells))
        for lag in range(len(band)):
            wide = span >= lag
            pairs = Windows(
                self.first[wide],
                self.last[wide] - lag,
                self.first_coverage[wide] ** (2 if lag == 0 else 1),
                self.last_coverage[wide] ** (2 if lag == 0 else 1),
                self.n_cells,
            )
            band[lag] = pairs.spread(weights[wide])
        return self._ends_that_meet(band, weights)

    def _ends_that_meet(
        self, band: Float[np.ndarray, "b t"], weights: Float[np.ndarray, " w"]
    ) -> Float[np.ndarray, "b t"]:
        """Correct the pairs (first, last), whose two ends both count in part."""
        span = self.last - self.first
        a, b = self.first_coverage, self.last_coverage
        added = np.where(span == 0, a**2 + b**2 - 1, a + b - 1)
        wanted = np.where(span == 0, (a + b - 1) ** 2, a * b)
        np.add.at(band, (span, self.first), weights * (wanted - added))
        return band


def dating_shares(
    dated: Float[np.ndarray, " t"],
    period_deaths: Float[np.ndarray, " w"],
    windows: Windows,
) -> tuple[Float[np.ndarray, " t"], Float[np.ndarray, " w"]]:
    r"""Share of each cell's deaths found in its own record, and in each period's.

    Every death is in one record: dated to its cell, or in a record of a period that
    spans several. With :math:`S_t` deaths dated to cell t and :math:`L_w` in the
    record of period w, the shares :math:`\phi_w` maximise

    .. math:: \sum_w L_w \log \phi_w
              + \sum_t (S_t + \tfrac12) \log d_t, \qquad
              d_t = 1 - \sum_w \phi_w c_{wt}

    so that cell t is expected to hold :math:`d_t \mu_t` deaths and period w
    :math:`\phi_w \sum_t c_{wt} \mu_t`, which together are :math:`\sum_t \mu_t`
    whatever the rate. It assumes that whether a death is dated to its cell or only
    to the period does not depend on when in the period it fell; the half keeps
    :math:`d_t` above zero. A period without deaths has share 0: it says nothing.

    The maximum is found on the dual, :math:`q_t = (S_t + \tfrac12) / d_t`, the
    deaths that each cell would hold were all dated, where

    .. math:: \sum_t \{(S_t + \tfrac12) \log q_t - q_t\}
              + \sum_w L_w \log \sum_t c_{wt} q_t

    is concave and free of constraints but :math:`q > 0`. Newton steps solve a banded
    system as wide as the longest period, or a dense one of the number of periods,
    whichever is smaller.

    Parameters
    ----------
    dated : ndarray, shape (t,)
        Deaths dated to each cell, people.
    period_deaths : ndarray, shape (w,)
        Deaths of each period's record, people.
    windows : Windows
        The cells that each period spans.

    Returns
    -------
    dated_share : ndarray, shape (t,)
        :math:`d_t`, in (0, 1].
    period_share : ndarray, shape (w,)
        :math:`\phi_w \ge 0`, with :math:`\phi_w c_{wt} < 1`: the share of a wholly
        spanned cell. It passes 1 where a period of few days in each cell holds more
        deaths than those days' part of the cells would.

    Raises
    ------
    FitError
        If the maximum was not reached; the problem is concave, so this means that
        the input is not finite or not of people.

    Examples
    --------
    Thirty deaths known by day in a week, ten more known only by week: each day's
    own record is expected to hold about three quarters.

    >>> week = Windows(np.array([0]), np.array([6]), np.ones(1), np.ones(1), 7)
    >>> own, shared = dating_shares(np.full(7, 30 / 7), np.array([10.0]), week)
    >>> own.round(4)[:2], shared.round(4)
    (array([0.7701, 0.7701]), array([0.2299]))
    """
    period_share = np.zeros(len(period_deaths))
    for rows in _apart(windows, np.flatnonzero(period_deaths > 0)):
        begin, stop = windows.first[rows].min(), windows.last[rows].max() + 1
        spanned = Windows(
            windows.first[rows] - begin,
            windows.last[rows] - begin,
            windows.first_coverage[rows],
            windows.last_coverage[rows],
            int(stop - begin),
        )
        deaths = period_deaths[rows]
        total = _all_deaths(dated[begin:stop] + PSEUDO_DEATHS, deaths, spanned)
        period_share[rows] = deaths / spanned.sums(total)
    return np.minimum(1 - windows.spread(period_share), 1.0), period_share


def _apart(
    windows: Windows, rows: Int[np.ndarray, " r"]
) -> list[Int[np.ndarray, " ..."]]:
    """Split windows where none spans the cut, into parts of PART or more."""
    if not rows.size:
        return []
    longest = int((windows.last - windows.first).max()) + 1
    if longest * windows.n_cells <= SMALL:
        return [rows]
    rows = rows[np.argsort(windows.first[rows], kind="stable")]
    reached = np.maximum.accumulate(windows.last[rows])
    gaps = np.flatnonzero(windows.first[rows][1:] > reached[:-1]) + 1
    starts = np.concatenate(([0], gaps))
    _, keep = np.unique(starts // PART, return_index=True)
    return np.split(rows, starts[keep][1:])


def _all_deaths(
    dated: Float[np.ndarray, " t"],
    period_deaths: Float[np.ndarray, " w"],
    windows: Windows,
) -> Float[np.ndarray, " t"]:
    """Deaths per cell with the periods' shared out, by damped Newton on the dual."""
    length = windows.sums(np.ones(len(dated)))
    total = dated + windows.spread(period_deaths / length)
    for _ in range(MAX_STEPS):
        along = windows.sums(total)
        slope = dated - total + total * windows.spread(period_deaths / along)
        if np.abs(slope / total).max() < TOLERANCE:
            return total
        step = _newton_step(slope, total, dated, period_deaths / along**2, windows)
        total = _uphill(total, step, float(slope @ step), dated, period_deaths, windows)
    worst = float(np.abs(slope / total).max())
    raise FitError(
        f"dating shares did not converge in {MAX_STEPS} steps (residual {worst:g}); "
        "check that every death count is finite and not negative"
    )


def _newton_step(
    slope: Float[np.ndarray, " t"],
    total: Float[np.ndarray, " t"],
    dated: Float[np.ndarray, " t"],
    weights: Float[np.ndarray, " w"],
    windows: Windows,
) -> Float[np.ndarray, " t"]:
    """Relative Newton step; the curvature is diagonal plus one rank per window."""
    if len(weights) > 2 * int((windows.last - windows.first).max()):
        curve = windows.gram(weights)
        for lag, row in enumerate(curve):
            row[: len(total) - lag] *= total[lag:] * total[: len(total) - lag]
        curve[0] += dated
        return solveh_banded(curve, slope, lower=True)
    ranks = windows.matrix() * total
    inner = (ranks / dated) @ ranks.T + np.diag(1 / weights)
    shared = solve(inner, ranks @ (slope / dated), assume_a="pos")
    return (slope - shared @ ranks) / dated


def _uphill(
    total: Float[np.ndarray, " t"],
    step: Float[np.ndarray, " t"],
    gain: float,
    dated: Float[np.ndarray, " t"],
    period_deaths: Float[np.ndarray, " w"],
    windows: Windows,
) -> Float[np.ndarray, " t"]:
    """Go along the relative ``step`` as far as the dual objective rises enough."""

    def objective(values: Float[np.ndarray, " t"]) -> float:
        held = dated @ np.log(values) - values.sum()
        return float(held + period_deaths @ np.log(windows.sums(values)))

    here = objective(total)
    size = min(1.0, 0.95 / max(float(-step.min()), 1e-300))
    slack = 1e-12 * abs(here)
    while size > 1e-12:
        moved = total * (1 + size * step)
        if objective(moved) >= here + 0.1 * size * gain - slack:
            return moved
        size /= 2
    return total

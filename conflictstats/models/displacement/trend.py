"""A stock by itself: how it moved, without saying who came and who left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import FitError, SchemaError, SettingError
from conflictstats.models._stored import parted
from conflictstats.models.displacement.reports import Reports, reports_of_place
from conflictstats.models.displacement.trend_fit import (
    StockTrendFit,
    StockTrendStatus,
)
from conflictstats.numerics.displacement.grid_smoother import (
    Smoothed,
    Walk,
    paths,
    smooth,
)
from conflictstats.numerics.likelihood.lognormal import LogNormalReports
from conflictstats.provenance import Table

DAY = np.timedelta64(1, "D")
CHANGES = np.geomspace(0.02, 2.0, 14)
"""Standard deviations of the log stock's change in a week that are tried."""
FINE = 2.5
"""Points of the grid in the shortest standard deviation."""
WIDE = 8.0
"""Standard deviations that the grid holds on either side."""
MOST_POINTS = 20_000
POINTS = 4001
"""Points of the grid on which densities are kept."""
TINY = 1e-300
"""Below every stock that has a logarithm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockTrend:
    r"""Course of a stock of displaced people behind what one body reports of it.

    Use it where stocks are all that is reported: they tell inflow less exits, and this
    model says nothing else. Numbers may be exact, rounded or bounds. Where flows or
    returns are reported too, or violence should explain the course, use
    :class:`StockFlow`.

    .. math:: \log S_t \sim N(\log S_{t-1} + \mu\,\Delta_t,\ \sigma^2 \Delta_t), \qquad
              \log y_i \sim N(\log S_{t(i)}, \tau^2)

    with :math:`\Delta_t` in weeks. A bound holds as far as ``bound_error`` says. The
    posterior is exact up to a grid: there are no chains.

    Attributes
    ----------
    weekly_change : tuple of float or float
        Prior of :math:`\sigma`: exponential with P(:math:`\sigma` > first) = second; or
        its value.
    drift : float
        :math:`\mu`, mean change of the log stock in a week.
    report_error : float
        :math:`\tau`, error of a number.
    bound_error : float
        The same of a bound; 0 if bounds hold to the person.
    draws : int
        Number of joint posterior draws.

    References
    ----------
    .. [1] Kitagawa, G. (1987). Non-Gaussian state-space modeling of nonstationary time
       series. *Journal of the American Statistical Association* 82, 1032-1041.
       https://doi.org/10.1080/01621459.1987.10478534

    Examples
    --------
    Five stocks that rise by a tenth from week to week:

    >>> days = pd.date_range("2019-05-05", periods=5, freq="7D")
    >>> stock = 100e3 * 1.1 ** np.arange(5)
    >>> said = pd.DataFrame({"start": days, "end": days, "low": stock, "high": stock})
    >>> said = said.assign(body="A", place="B", measure="stock", unit="persons")
    >>> said = said.assign(qualifier="exact", report_id=said.index.astype(str))
    >>> fit = StockTrend().fit(said, rng=np.random.default_rng(1))
    >>> rise = fit.change("2019-05-05", "2019-06-02").quantile([0.05, 0.95]).values
    >>> bool(rise[0] < 46_410 < rise[1]), fit.status.name
    (True, 'CONVERGED')
    """

    weekly_change: tuple[float, float] | float = (0.5, 0.05)
    drift: float = 0.0
    report_error: float = 0.1
    bound_error: float = 0.0
    draws: int = 1000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if isinstance(self.weekly_change, tuple):
            _check.positive(self.weekly_change[0], "weekly_change")
            _check.level(self.weekly_change[1], "weekly_change")
        else:
            _check.positive(self.weekly_change, "weekly_change")
        _check.positive(self.report_error, "report_error")
        if not 0 <= self.bound_error < np.inf:
            raise SettingError(
                f"bound_error must be 0 or more and finite, got {self.bound_error!r}"
            )

    def fit(
        self,
        reports: Table | pd.DataFrame,
        *,
        initial: tuple[float, float] | None = None,
        period: tuple[str, str] | None = None,
        rng: np.random.Generator | None = None,
        strict: bool = True,
    ) -> StockTrendFit:
        """Estimate the course of a stock.

        Parameters
        ----------
        reports : Table or DataFrame
            Stocks of one body, place, group and coverage, as
            :func:`conflictstats.displacement_table` wants them; persons.
        initial : tuple of float, optional
            Median and log standard deviation of the stock on the first day; by default
            the median of what was reported, within e^2.
        period : tuple of str, optional
            First and last day; by default those of the reports.
        rng : numpy.random.Generator, optional
            Source of randomness of the draws; by default a new one.
        strict : bool
            Raise if the reports contradict each other.

        Returns
        -------
        StockTrendFit
            Densities and draws by day; it does not hold the reports.

        Raises
        ------
        SchemaError
            If a report is not usable, not a stock, or they are of several bodies.
        FitError
            If ``strict`` and no course of the stock keeps all bounds.
        """
        rng = np.random.default_rng() if rng is None else rng
        read = reports_of_place(reports)
        _refuse_others(read)
        named = np.where(np.isfinite(read.high), read.high, read.low)
        if initial is None:
            initial = (float(np.median(named[named > 0])), 2.0)
        dates = _dates(read, period)
        changes, prior = self._changes()
        parts = [self._smoothed(read, dates, initial, each) for each in changes]
        fit = self._fit_of(read, dates, (changes, prior), parts, rng)
        if strict and fit.status is StockTrendStatus.CONTRADICTED:
            raise FitError(fit.status.value)
        return fit

    @staticmethod
    def from_dataset(dataset: xr.Dataset) -> StockTrendFit:
        """Rebuild a fit from what its ``to_dataset`` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        StockTrendFit
            The same fit.
        """
        draws, _, settings = parted(dataset)
        status = StockTrendStatus[draws.attrs.pop("status")]
        return StockTrendFit(model=StockTrend(**settings), draws=draws, status=status)

    def _changes(self) -> tuple[FloatArray, FloatArray]:
        """Standard deviations that are tried, and their prior probabilities."""
        if not isinstance(self.weekly_change, tuple):
            return np.array([float(self.weekly_change)]), np.ones(1)
        rate = -np.log(self.weekly_change[1]) / self.weekly_change[0]
        weights = np.exp(-rate * CHANGES) * CHANGES
        return CHANGES, weights / weights.sum()

    def _walk(self, dates: np.ndarray, initial: tuple[float, float], sd: float) -> Walk:
        """Walk of the log stock from date to date."""
        weeks = np.diff(dates) / DAY / 7
        first = (float(np.log(initial[0])), initial[1])
        return Walk(first, self.drift * weeks, sd * np.sqrt(weeks))

    def _smoothed(
        self, read: Reports, dates: np.ndarray, initial: tuple[float, float], sd: float
    ) -> Part:
        """What is known of the stock, given one standard deviation of its change."""
        walk = self._walk(dates, initial, sd)
        grid = self._grid(read, walk)
        log_seen = np.zeros((dates.size, grid.size))
        at = np.searchsorted(dates, _days(read.rows["end"]))
        point = read.low == read.high
        errors = np.where(point, self.report_error, self.bound_error)
        for row, low, high, error in zip(at, read.low, read.high, errors, strict=True):
            log_seen[row] += _log_likelihood(grid, low, high, error)
        return Part(walk, grid, smooth(walk, grid, log_seen))

    def _grid(self, read: Reports, walk: Walk) -> FloatArray:
        """Grid that holds the prior at the first date, and what was reported."""
        named = np.log(np.concatenate([read.low[read.low > 0], read.high]))
        named = named[np.isfinite(named)]
        mean = walk.first[0] + np.append(0.0, np.cumsum(walk.drift))
        spread = max(float(np.sqrt((walk.sd**2).sum())), self.report_error)
        most = WIDE * min(float(np.hypot(walk.first[1], spread)), walk.first[1] + 1.0)
        low = min(mean.min(), named.min(initial=mean[0])) - most
        high = max(mean.max(), named.max(initial=mean[0])) + most
        finest = min([self.report_error, walk.first[1], *walk.sd]) / FINE
        points = int(np.ceil((high - low) / finest)) + 1
        if points > MOST_POINTS:
            raise SettingError(
                f"a grid of {points} points would be needed: the change or the error "
                "is too small beside the prior of the first stock; narrow initial"
            )
        return np.linspace(low, high, points)

    def _fit_of(
        self,
        read: Reports,
        dates: np.ndarray,
        changes: tuple[FloatArray, FloatArray],
        parts: list[Part],
        rng: np.random.Generator,
    ) -> StockTrendFit:
        """Mix what is known given each standard deviation."""
        evidence = np.array([part.found.log_evidence for part in parts])
        loglik = float(special.logsumexp(evidence, b=changes[1]))
        status = StockTrendStatus.CONVERGED
        weights = np.zeros(evidence.size)
        if not np.isfinite(loglik):
            status = StockTrendStatus.CONTRADICTED
        else:
            weights = changes[1] * np.exp(evidence - loglik)
            if read.rows.empty:
                status = StockTrendStatus.NO_REPORTS
        left_out = {f"excluded_{why}": n for why, n in read.excluded.items()}
        draws = xr.Dataset(
            {"weight": ("weekly_change", weights)},
            {"time": dates.astype("datetime64[ns]"), "weekly_change": changes[0]},
            {"nobs": len(read.rows), "loglik": loglik, **left_out},
        )
        return StockTrendFit(
            model=self,
            draws=draws.assign(self._mixed(parts, weights, rng)),
            status=status,
        )

    def _mixed(
        self, parts: list[Part], weights: FloatArray, rng: np.random.Generator
    ) -> xr.Dataset:
        """Draws and densities of all parts by their weights."""
        used = np.flatnonzero(weights > 0)
        dates = len(parts[0].found.density)
        low, high = (
            float(end([part.grid[i] for part in parts]))
            for end, i in ((np.min, 0), (np.max, -1))
        )
        grid = np.linspace(low, high, POINTS)
        density, drawn = np.zeros((dates, POINTS)), [np.zeros((0, dates))]
        which = np.zeros(0)
        if used.size:
            which = rng.choice(used, self.draws, p=weights[used] / weights[used].sum())
        for i in used:
            part, count = parts[i], int((which == i).sum())
            density += weights[i] * _at(grid, part)
            uniform = rng.random((count, dates))
            drawn.append(paths(part.walk, part.grid, part.found.filtered, uniform))
        return xr.Dataset(
            {
                "stock": (
                    ("draw", "time"),
                    np.exp(rng.permutation(np.concatenate(drawn))),
                ),
                "density": (("time", "log_stock"), density),
            },
            {"log_stock": grid},
        )


class Part(NamedTuple):
    """What is known given one standard deviation of the change."""

    walk: Walk
    grid: FloatArray
    found: Smoothed


def _at(grid: FloatArray, part: Part) -> FloatArray:
    """Densities on another grid, shape (T, points)."""
    return np.array(
        [np.interp(grid, part.grid, row, 0.0, 0.0) for row in part.found.density]
    )


def _log_likelihood(
    grid: FloatArray, low: float, high: float, error: float
) -> FloatArray:
    """Log likelihood of one report over the grid, of the log of its number."""
    if error == 0:
        inside = (grid >= np.log(max(low, TINY))) & (grid <= np.log(high))
        return np.where(inside, 0.0, -np.inf)
    reports = LogNormalReports(np.array([low]), np.array([high]), error)
    return reports.terms(grid[:, None], np.zeros((grid.size, 1))).value[:, 0]


def _dates(read: Reports, period: tuple[str, str] | None) -> np.ndarray:
    """Days of reports, and every seventh day of the period."""
    days = _days(read.rows["end"])
    if period is None and days.size == 0:
        raise SettingError("no report says anything, so that a period must be given")
    ends = (days.min(), days.max()) if period is None else period
    first, last = (np.datetime64(end, "D") for end in ends)
    if days.size and (days.min() < first or days.max() > last):
        raise SettingError(
            f"reports lie outside {first} to {last}; leave them out, or make the "
            "period longer"
        )
    return np.union1d(days, np.arange(first, last + DAY, 7 * DAY))


def _days(column: pd.Series) -> np.ndarray:
    """Days of a column."""
    return column.to_numpy().astype("datetime64[D]")


def _refuse_others(read: Reports) -> None:
    """Refuse what is not the stock of one body and coverage."""
    rows = read.rows
    if (rows["measure"] != "stock").any():
        others = sorted(set(rows["measure"]) - {"stock"})
        raise SchemaError(
            f"reports are of {', '.join(others)}; StockTrend reads stocks, use "
            "StockFlow for all"
        )
    for column in ("body", "coverage"):
        named = sorted(set(rows[column].fillna("").astype(str)))
        if len(named) > 1:
            raise SchemaError(
                f"reports have {len(named)} values of {column}: "
                f"{', '.join(named[:5])}; choose one, or use StockFlow, which knows "
                "that they differ"
            )

"""The model: settings, priors and the fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats.errors import FitError, SchemaError, SettingError
from conflictstats.models._stored import parted
from conflictstats.models.flow.fit import (
    FlowStatus,
    ReportedFlowFit,
    SeriesResult,
)
from conflictstats.models.flow.posterior import FlowPosterior
from conflictstats.models.flow.reports import (
    Windows,
    checked_reports,
    weeks,
    windows_of,
)
from conflictstats.numerics.likelihood.mechanisms import DEFAULTS, Mechanism
from conflictstats.numerics.sampling import hmc

LARGEST_RHAT = 1.05
FEWEST_REPORTS = 3
START = (float(np.log(100.0)), 4.0)
"""Prior mean and sd of the first log flow: a hundred a day, within e^4."""
READ_AS = DEFAULTS | {"at_least": Mechanism.EXACT}
"""How totals are read: "at least 544" is what the body itself had counted by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFlow:
    r"""Flow per day of people displaced, or killed, as one body counts it.

    Use it for series of running totals ("more than 440,000 since 30 April"), flows over
    periods and stocks. Each body, unit and coverage gets an estimate of its own: they
    are never added up, and nothing is differenced across them. A running total covers
    the days from its own start; a flow its own period; a rise of a stock is only a
    lower bound of the inflow between its dates. The model knows no returns, so it does
    not say how many are displaced at a time, and it does not correct what the body
    never counted.

    .. math:: \log y_i \sim N\!\Big(\log\!\sum_{d \in [a_i, b_i]} e^{\eta_d},\,
              \tau^2\Big), \qquad
              \eta_j \sim N(\eta_{j-1}, \sigma^2 \Delta_j)

    with :math:`e^{\eta_j}` the flow per day, constant between the days on which a
    report's period begins or ends, :math:`\Delta_j` the weeks between the middles of
    such pieces, and :math:`\tau` the error of a report, which each report of a running
    total has for itself: the increments on its two sides share it, so it is not counted
    twice. What was reported enters as the interval its words leave. A running total
    that is printed again at a later date, unchanged, is a repeat of the first and not a
    new count. The posterior is sampled without approximation, because sums of
    exponentials that are known well are far from Gaussian.

    Attributes
    ----------
    mechanisms : mapping of str to str
        How reports are read, by qualifier, over the defaults: ``exact``,
        ``coarsened`` or ``rounded``.
    weekly_change : tuple of float
        Prior of :math:`\sigma`: exponential with P(sd of the log flow's change in a
        week > first) = second.
    report_error : float
        :math:`\tau`, how far off a report is of what the body then knew, as a part of
        it: a choice, because a handful of reports cannot tell it from a rise or fall.
    draws : int
        Number of joint posterior draws.

    Examples
    --------
    A thousand a day for eight weeks, read off four running totals:

    >>> days = pd.to_datetime(["2019-05-19", "2019-06-02", "2019-06-16", "2019-06-30"])
    >>> totals = np.array([14e3, 28e3, 42e3, 56e3])
    >>> reports = pd.DataFrame(
    ...     {
    ...         "body": "A",
    ...         "unit": "persons",
    ...         "coverage": "all",
    ...         "measure": "cumulative",
    ...         "date_start": pd.Timestamp("2019-05-06"),
    ...         "date_end": days,
    ...         "low": totals,
    ...         "high": totals,
    ...         "qualifier": "exact",
    ...     }
    ... )
    >>> fit = ReportedFlow().fit(reports, rng=np.random.default_rng(1))
    >>> band = fit.flow(0.9).isel(series=0).mean("time")
    >>> bool(band.lower < 1000 < band.upper)
    True
    """

    mechanisms: Mapping[str, str] = field(default_factory=dict)
    weekly_change: tuple[float, float] = (1.5, 0.05)
    report_error: float = 0.05
    draws: int = 1000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if not 0 < self.report_error < np.inf:
            raise SettingError(
                f"report_error must be above 0 and finite, got {self.report_error!r}; "
                "0.05 is five percent"
            )

    def fit(
        self,
        reports: pd.DataFrame,
        *,
        rng: np.random.Generator | None = None,
        strict: bool = True,
    ) -> ReportedFlowFit:
        """Estimate the flow of every body, unit and coverage.

        Parameters
        ----------
        reports : DataFrame
            ``body``, ``unit`` (persons, movements, deaths ...), ``coverage`` (area and
            communities assessed), ``measure`` (cumulative, flow or stock),
            ``date_start`` (of a stock: not read), ``date_end``, ``low``, ``high``
            (people; infinite where nothing was said) and ``qualifier``.
        rng : numpy.random.Generator, optional
            Source of randomness; by default a new one. Each body draws from a stream
            of its own, so that other bodies in the table change nothing of it.
        strict : bool
            Raise unless every search ended.

        Returns
        -------
        ReportedFlowFit
            Draws of the flow; it does not hold the reports.

        Raises
        ------
        SchemaError
            If a column is missing, a row is not usable (rows are counted from 1), or
            no report says anything.
        FitError
            If ``strict`` and a search did not end.
        """
        rng = np.random.default_rng() if rng is None else rng
        table = dict(READ_AS)
        for word, name in self.mechanisms.items():
            allowed = ["exact", "coarsened", "rounded"]
            _check.one_of(name, allowed, f"mechanisms[{word!r}]")
            table[word] = Mechanism[name.upper()]
        checked = checked_reports(reports)
        seed = int(rng.integers(2**63))
        keys: list[tuple[str, ...]] = []
        results = []
        for key, rows in checked.groupby(["body", "unit", "coverage"], sort=True):
            windows = windows_of(rows, table)
            if windows is not None:
                keys.append(tuple(map(str, key)))
                own = np.random.default_rng([seed, *" | ".join(keys[-1]).encode()])
                results.append(self._fit_series(windows, own))
        if not keys:
            raise SchemaError(
                "no report says anything: a flow needs one with a floor above 0 or a "
                "ceiling, or stocks that rise"
            )
        fit = ReportedFlowFit.of(self, weeks(checked), keys, results)
        if strict and fit.status is FlowStatus.NOT_CONVERGED:
            raise FitError(fit.status.value)
        return fit

    @staticmethod
    def from_dataset(dataset: xr.Dataset) -> ReportedFlowFit:
        """Rebuild a fit from what its ``to_dataset`` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        ReportedFlowFit
            The same fit.
        """
        draws, diagnostics, settings = parted(dataset)
        model = ReportedFlow(**settings)
        return ReportedFlowFit(model=model, draws=draws, diagnostics=diagnostics)

    def _fit_series(self, windows: Windows, rng: np.random.Generator) -> SeriesResult:
        """Estimate the flow behind the reports of one body."""
        reading = windows.reading
        posterior = FlowPosterior(
            days=windows.days,
            reading=reading,
            gaps=windows.gaps,
            start=START,
            step_rate=-np.log(self.weekly_change[1]) / self.weekly_change[0],
            report_error=self.report_error,
        )
        named = np.where(np.isfinite(reading.high), reading.high, reading.low)
        level = float(np.log(np.median(named / windows.days.sum(axis=1))))
        sample = hmc.sample(posterior, posterior.mode(level), self.draws, rng)
        status = FlowStatus.CONVERGED
        if sample.rhat > LARGEST_RHAT:
            status = FlowStatus.NOT_CONVERGED
        elif len(windows.days) < FEWEST_REPORTS:
            status = FlowStatus.FEW_REPORTS
        return SeriesResult(
            np.exp(posterior.paths(sample.draws)),
            np.exp(sample.draws[:, -1:]),
            status,
            sample.rhat,
            windows,
        )

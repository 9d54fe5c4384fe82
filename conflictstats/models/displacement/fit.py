"""What a fitted course of displacement can answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._summarised import Summarised
from conflictstats.errors import SettingError
from conflictstats.models._draws import band, cells_between, interval
from conflictstats.models._stored import stored
from conflictstats.models.displacement import predicted
from conflictstats.models.displacement.status import StockFlowStatus
from conflictstats.provenance import Table

if TYPE_CHECKING:
    from conflictstats.models.displacement.model import StockFlow

FLOWS = ("inflow", "returns", "departures")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFlowFit(Summarised):
    """A fitted :class:`StockFlow`; no reports are kept.

    Attributes
    ----------
    model : StockFlow
        The settings that were fitted.
    draws : Dataset, dims (draw, time) and others
        ``stock``, persons displaced at the end of each cell of time, and ``inflow``,
        ``returns``, ``departures``, persons a day in it; ``at_risk``, persons who are
        not displaced, where a population was given. ``hyper`` (param): ``level``
        (persons who flee a day at the mean of violence), ``returns_a_year`` and
        ``departures_a_year`` (shares), ``movements`` of a person, ``initial`` stock,
        ``population``, and the sds of the noises. ``per_unit`` (kind): persons who flee
        in all for a unit of violence, while nearly everybody is still there;
        ``share`` (kind) of the inflow that goes with it; ``weight`` (lag).
        ``body_factor`` (body): what a body counts of each person; ``report_error``
        (body). ``state`` (number): the standard normal numbers behind.
    diagnostics : Dataset, dims (imputation,)
        ``rhat``, agreement of the chains; ``ess``, effective draws of the number that
        has fewest, of all that the chains kept; ``pareto_k``, how well joined days
        stand for single ones. In ``attrs``: ``nobs``, reports used; what was left out,
        by reason; ``restarted``, bodies whose running totals begin on several days,
        each a period of its own; ``violence_assumed``, days before the first of which
        violence is known that were given its mean, or none.
    status : StockFlowStatus
        How the estimation ended.

    Examples
    --------
    A thousand a day for ten days, of whom nobody returns:

    >>> from conflictstats.models.displacement import StockFlow
    >>> said = dict(report_id=["1"], body="A", place="B", measure="flow", low=10e3)
    >>> said |= dict(unit="persons", start=pd.Timestamp("2019-05-01"), high=10e3)
    >>> said |= dict(end=pd.Timestamp("2019-05-10"), qualifier="exact")
    >>> fit = StockFlow(anchor="A").fit(
    ...     pd.DataFrame(said), rng=np.random.default_rng(1)
    ... )
    >>> total = fit.total().quantile([0.05, 0.5, 0.95]).values
    >>> bool(total[0] < 10e3 < total[2]), int(total[1].round(-3)), fit.status.name
    (True, 10000, 'FLOWS_ONLY')
    """

    model: StockFlow
    draws: xr.Dataset
    diagnostics: xr.Dataset
    status: StockFlowStatus

    @property
    def nobs(self) -> int:
        """Reports used."""
        return int(self.diagnostics.attrs["nobs"])

    @property
    def params(self) -> xr.DataArray:
        """Posterior medians of the numbers without a date, dims (param,)."""
        return self.draws["hyper"].median("draw")

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Credible intervals of the numbers without a date.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (param,)
            ``estimate``, ``lower``, ``upper``.
        """
        return band(self.draws["hyper"], level)

    def stock(self, level: float = 0.9) -> xr.Dataset:
        """Persons displaced at the end of each cell of time.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (time,)
            ``estimate`` (median), ``lower``, ``upper``, persons.
        """
        return band(self.draws["stock"], level)

    def inflow(self, level: float = 0.9) -> xr.Dataset:
        """Persons who flee a day.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (time,)
            ``estimate`` (median), ``lower``, ``upper``, persons a day.
        """
        return band(self.draws["inflow"], level)

    def total(
        self, start: str | None = None, end: str | None = None, flow: str = "inflow"
    ) -> xr.DataArray:
        """Persons who moved over a period.

        Parameters
        ----------
        start, end : str, optional
            First and last day; first and last days of cells where these are longer
            than days. By default all of the fit.
        flow : str
            ``inflow``, ``returns`` or ``departures``.

        Returns
        -------
        DataArray, dims (draw,)
            Persons.

        Raises
        ------
        SettingError
            If the period is empty or not one of cells.
        """
        if flow not in FLOWS:
            raise SettingError(f"flow must be one of {', '.join(FLOWS)}; got {flow!r}")
        cells = cells_between(self.draws, start, end)
        moved = (self.draws[flow] * self.draws["days"]).isel(time=cells)
        return moved.sum("time")

    def response(
        self, days: Sequence[float] = (30, 90, 180), level: float = 0.9
    ) -> xr.Dataset:
        """Persons who flee within so many days of a unit of violence.

        A description of what went together in time, of whoever caused it; while nearly
        all of the population is still there.

        Parameters
        ----------
        days : sequence of float
            After the violence; whole cells of time and parts of one.
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (kind, days)
            ``estimate`` (median), ``lower``, ``upper``, persons.

        Raises
        ------
        SettingError
            If the fit knows no violence.
        """
        return band(self.draws_of_response(days), level)

    def draws_of_response(self, days: Sequence[float]) -> xr.DataArray:
        """Draws of what :meth:`response` sums up.

        Parameters
        ----------
        days : sequence of float
            After the violence.

        Returns
        -------
        DataArray, dims (draw, kind, days)
            Persons.

        Raises
        ------
        SettingError
            If the fit knows no violence.
        """
        come = self._come()
        ends = np.append(0.0, come["lag_end"].values)
        known = np.concatenate([np.zeros((len(come), 1)), come.values], axis=1)
        wanted = np.asarray(days, dtype=float)
        at = np.interp(wanted, ends, np.arange(ends.size))
        left = np.minimum(at.astype(int), ends.size - 2)
        part = known[:, left] + (at - left) * (known[:, left + 1] - known[:, left])
        within = xr.DataArray(part, {"days": wanted}, dims=("draw", "days"))
        return self.draws["per_unit"].drop_sel(kind="lead", errors="ignore") * within

    def half_life(self) -> xr.DataArray:
        """Days until half of those have fled who flee for a unit of violence.

        Returns
        -------
        DataArray, dims (draw,)
            Days.

        Raises
        ------
        SettingError
            If the fit knows no violence.
        """
        come = self._come()
        ends = np.append(0.0, come["lag_end"].values)
        half = [np.interp(0.5, np.append(0.0, row), ends) for row in come.values]
        return xr.DataArray(half, dims="draw", name="half_life")

    def what_if(self, violence: xr.DataArray) -> xr.Dataset:
        """Course of people had violence been another, all else as it was.

        Not a forecast, and causal only if nothing else drives both.

        Parameters
        ----------
        violence : DataArray, dims (time[, kind])
            Of the same kinds and days as the fit's.

        Returns
        -------
        Dataset, dims (draw, time)
            As ``draws`` has them: ``stock``, ``inflow``, ``returns``, ``departures``.

        Raises
        ------
        SettingError
            If the fit knows no violence, or this one has other kinds.
        SchemaError
            If it does not cover the days of the fit.
        """
        return predicted.course_under(self, violence)

    def predict(
        self,
        reports: Table | pd.DataFrame,
        level: float = 0.9,
        *,
        rng: np.random.Generator | None = None,
    ) -> pd.DataFrame:
        """What bodies would print, of such measures and on such days.

        Parameters
        ----------
        reports : Table or DataFrame
            As those that were fitted, on days of the fit; their numbers are not read.
            A body or coverage that the fit does not know is drawn from the prior.
        level : float
            Posterior probability inside.
        rng : numpy.random.Generator, optional
            Source of randomness; by default a new one.

        Returns
        -------
        DataFrame
            ``report_id, body, measure, unit, start, end``, then ``estimate`` (median),
            ``lower``, ``upper``, in the report's unit; indexed as the reports are.

        Raises
        ------
        SchemaError
            If a report is not usable.
        SettingError
            If one lies outside the days of the fit, or is of departures that it does
            not have.
        """
        rng = np.random.default_rng() if rng is None else rng
        return predicted.reports_said(self, reports, level, rng)

    def learned(self, level: float = 0.9) -> pd.DataFrame:
        """What is the prior's part in each number without a date.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        DataFrame
            By parameter: ``estimate, lower, upper`` and ``prior_part``: the variance of
            the log number over that of its prior; near 1 where the reports say
            nothing of it.
        """
        hyper = self.conf_int(level)
        rows = pd.DataFrame(
            {name: hyper[name].values for name in ("estimate", "lower", "upper")},
            index=pd.Index(hyper["param"].values, name="param"),
        )
        part = self.draws["state"].var("draw").values[: len(rows)]
        return rows.assign(prior_part=np.minimum(part, 1.0))

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Stock and flows as a tidy table.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        DataFrame
            ``time, time_end, quantity, estimate, lower, upper, level, kind``.
        """
        parts = []
        for name in ("stock", *FLOWS):
            frame = band(self.draws[name], level).to_dataframe().reset_index()
            parts.append(frame.assign(quantity=name))
        told = ["time", "time_end", "quantity", "estimate", "lower", "upper"]
        return pd.concat(parts)[told].assign(level=level, kind="credible")

    def summary(self, level: float = 0.9) -> str:
        """What people read first.

        Parameters
        ----------
        level : float
            Posterior probability inside the intervals.

        Returns
        -------
        str
            Period, totals, response, the prior's part, status.
        """
        first = str(self.draws["time"].values[0])[:10]
        last = str(self.draws["time_end"].values[-1])[:10]
        lines = [
            f"Displacement from {first} to {last}, {level:.0%} credible intervals",
            f"reports used: {self.nobs}; left out: "
            + ", ".join(f"{n} ({why})" for why, n in self._left_out().items()),
        ]
        if self.diagnostics.attrs["restarted"]:
            bodies = self.diagnostics.attrs["restarted"]
            lines.append(f"running totals begin on several days: {bodies}")
        for name in FLOWS if self.model.departures is not None else FLOWS[:2]:
            told = band(self.total(flow=name), level)
            lines.append(f"{name + ', persons':<34}{interval(told, ',.0f')}")
        last_stock = self.stock(level).isel(time=-1)
        lines.append(
            f"{'displaced at the end, persons':<34}{interval(last_stock, ',.0f')}"
        )
        lines += self._said_of_violence(level)
        lines.append("")
        lines.append(f"{'':<24}{'estimate':<36}prior's part")
        for param, row in self.learned(level).iterrows():
            told_row = f"{row.estimate:,.4g} [{row.lower:,.4g}, {row.upper:,.4g}]"
            lines.append(f"{param!s:<24}{told_row:<36}{row.prior_part:.0%}")
        return "\n".join([*lines, "", f"status: {self.status.value}"])

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Draws and diagnostics; the settings are in ``attrs``.
        """
        told = {f"diagnostics_{k}": v for k, v in self.diagnostics.attrs.items()}
        whole = stored(self.model, self.draws, self.diagnostics.drop_attrs())
        return whole.assign_attrs(told, status=self.status.name)

    def _come(self) -> xr.DataArray:
        """Share of the response that has come by the end of each lag."""
        if "weight" not in self.draws:
            raise SettingError(
                "this fit knows no violence; give violence= to StockFlow.fit"
            )
        return self.draws["weight"].cumsum("lag").transpose("draw", "lag")

    def _left_out(self) -> dict[str, int]:
        """Reports that were not used, by reason."""
        begins = "excluded_"
        told = self.diagnostics.attrs.items()
        return {k.removeprefix(begins): int(v) for k, v in told if k.startswith(begins)}

    def _said_of_violence(self, level: float) -> list[str]:
        """Lines on the response to violence."""
        if "weight" not in self.draws:
            return []
        lines = []
        for kind in self.draws["kind"].values:
            told = band(self.draws["per_unit"].sel(kind=kind), level)
            name = f"fled per unit of {kind}" if kind != "lead" else "fled before it"
            lines.append(f"{name:<34}{interval(told, ',.1f')}")
        half = band(self.half_life(), level)
        lines.append(f"{'half of them within, days':<34}{interval(half, ',.0f')}")
        assumed = int(self.diagnostics.attrs["violence_assumed"])
        if assumed:
            lines.append(
                f"violence assumed ({self.model.unseen}) on {assumed} days before"
            )
        return [*lines, "(what went together in time; not what caused it)"]

"""What a fitted flow can answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._summarised import Summarised
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models._draws import band, interval
from conflictstats.models._stored import stored
from conflictstats.models.flow.reports import DAY, Windows, days_covered

if TYPE_CHECKING:
    from conflictstats.models.flow.model import ReportedFlow


class FlowStatus(Enum):
    """How the estimation ended; the value is the sentence for people."""

    CONVERGED = "converged"
    FEW_REPORTS = "fewer than three reports: between them the course is the prior's"
    NOT_CONVERGED = (
        "the chains did not agree (R-hat above 1.05): check the reports, or ask for "
        "more draws"
    )


class SeriesResult(NamedTuple):
    """Posterior of one body, T weeks."""

    flow: FloatArray
    hyper: FloatArray
    status: FlowStatus
    rhat: float
    windows: Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFlowFit(Summarised):
    """A fitted :class:`ReportedFlow`; no reports are kept.

    Attributes
    ----------
    model : ReportedFlow
        The settings that were fitted.
    draws : Dataset, dims (draw, time, series) and (draw, param, series)
        ``flow``: people per day; NaN in weeks before the body's first reported day
        or after its last, which are the coordinates ``first_day`` and ``last_day``.
        ``hyper``: ``step_sd`` of the log flow in a week. Coordinate ``days`` has the
        days of each week between the two.
    diagnostics : Dataset, dims (series,)
        ``status``; ``rhat``, agreement of the chains; ``nobs``, reports used;
        ``repeats``, reports that say the same again and were left out; ``revisions``,
        running totals that fell.

    Examples
    --------
    A flow of seven thousand in a week, of which three days are about three sevenths:

    >>> from conflictstats.models.flow import ReportedFlow
    >>> said = dict(body="A", unit="persons", coverage="all", measure="flow")
    >>> said |= dict(qualifier="exact", low=[7e3], high=[7e3])
    >>> said |= dict(date_start=pd.Timestamp("2019-05-06"))
    >>> said |= dict(date_end=pd.Timestamp("2019-05-12"))
    >>> fit = ReportedFlow().fit(pd.DataFrame(said), rng=np.random.default_rng(1))
    >>> three = fit.total("2019-05-06", "2019-05-08").median().item()
    >>> fit.status.name, round(three, -3)
    ('FEW_REPORTS', 3000.0)
    """

    model: ReportedFlow
    draws: xr.Dataset
    diagnostics: xr.Dataset

    @classmethod
    def of(
        cls,
        model: ReportedFlow,
        edges: np.ndarray,
        keys: list[tuple[str, ...]],
        results: list[SeriesResult],
    ) -> ReportedFlowFit:
        """Label the posteriors of all bodies."""
        days = np.zeros((edges.size - 1, len(results)))
        flow = np.full((model.draws, *days.shape), np.nan)
        for i, result in enumerate(results):
            window = result.windows
            days[:, i] = days_covered(edges, window.first_day, window.last_day)
            pieces = zip(window.edges[:-1], window.edges[1:] - DAY, strict=True)
            shared = np.array([days_covered(edges, *piece) for piece in pieces])
            seen = days[:, i] > 0
            flow[:, seen, i] = result.flow @ shared[:, seen] / days[seen, i]
        body, unit, coverage = zip(*keys, strict=True)
        coords = {
            "time": edges[:-1],
            "time_end": ("time", edges[1:] - DAY),
            "series": [" | ".join(key) for key in keys],
            "body": ("series", list(body)),
            "unit": ("series", list(unit)),
            "coverage": ("series", list(coverage)),
            "first_day": ("series", [r.windows.first_day for r in results]),
            "last_day": ("series", [r.windows.last_day for r in results]),
            "days": (("time", "series"), days),
            "param": ["step_sd"],
        }
        hyper = np.stack([r.hyper for r in results], axis=-1)
        draws = xr.Dataset(
            {
                "flow": (
                    ("draw", "time", "series"),
                    flow,
                ),
                "hyper": (("draw", "param", "series"), hyper),
            },
            coords,
        )
        told = {
            "status": [r.status.name for r in results],
            "rhat": [r.rhat for r in results],
            "nobs": [len(r.windows.days) for r in results],
            "repeats": [r.windows.repeats for r in results],
            "revisions": [r.windows.revisions for r in results],
        }
        diagnostics = xr.Dataset(
            {name: ("series", values) for name, values in told.items()},
            {"series": draws["series"]},
        )
        return cls(model=model, draws=draws, diagnostics=diagnostics)

    @property
    def status(self) -> FlowStatus:
        """The worst status of any body."""
        found = set(self.diagnostics["status"].values)
        return [s for s in FlowStatus if s.name in found][-1]

    @property
    def nobs(self) -> int:
        """Reports used."""
        return int(self.diagnostics["nobs"].sum())

    @property
    def params(self) -> xr.DataArray:
        """Posterior medians of the hyperparameters, dims (param, series)."""
        return self.draws["hyper"].median("draw")

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Credible intervals of the hyperparameters.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (param, series)
            ``estimate``, ``lower``, ``upper``.
        """
        return band(self.draws["hyper"], level)

    def flow(self, level: float = 0.9) -> xr.Dataset:
        """Flow per day, with credible intervals.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (time, series)
            ``estimate`` (median), ``lower``, ``upper``; people, or movements, a day.
        """
        return band(self.draws["flow"], level)

    def cumulative(self, level: float = 0.9) -> xr.Dataset:
        """Running total since the first day that a body's reports cover.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (time, series)
            ``estimate`` (median), ``lower``, ``upper`` at the end of each week, people
            or movements; ``until``, the last day counted: the body's last reported
            day in its last week.
        """
        days = self.draws["days"]
        running = (self.draws["flow"].fillna(0) * days).cumsum("time")
        ends, last = xr.broadcast(self.draws["time_end"], self.draws["last_day"])
        until = ends.where(ends < last, last)
        return band(running.where(days > 0), level).assign(until=until)

    def total(self, start: str | None = None, end: str | None = None) -> xr.DataArray:
        """Flow over a period, as each body counts.

        Parameters
        ----------
        start, end : str, optional
            First and last day, any days; a week that they cut counts in part. By
            default each body's own first and last reported day.

        Returns
        -------
        DataArray, dims (draw, series)
            People, or movements; NaN where the period begins before the body's first
            reported day or ends after its last. Not to be added over ``series``.

        Raises
        ------
        SettingError
            If the period is empty.
        """
        covered = [
            self.draws[end].values.astype("datetime64[D]")
            for end in ("first_day", "last_day")
        ]
        wanted = [
            own if day is None else np.full_like(own, np.datetime64(day))
            for day, own in zip((start, end), covered, strict=True)
        ]
        if start is not None and end is not None and (wanted[0] > wanted[1]).any():
            raise SettingError(f"the period from {start} to {end} is empty")
        edges = np.append(self.draws["time"].values, self.draws["time_end"].values[-1])
        edges = edges.astype("datetime64[D]")
        edges[-1] += DAY
        counted = [days_covered(edges, *period) for period in zip(*wanted, strict=True)]
        days = self.draws["days"].copy(data=np.column_stack(counted))
        inside = (wanted[0] >= covered[0]) & (wanted[1] <= covered[1])
        inside &= wanted[0] <= wanted[1]
        total = (self.draws["flow"].fillna(0) * days).sum("time")
        return total.where(xr.DataArray(inside, dims="series"))

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Flow as a tidy table.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        DataFrame
            ``time, body, unit, coverage, estimate, lower, upper, level, kind``.
        """
        columns = ["time", "body", "unit", "coverage", "estimate", "lower", "upper"]
        frame = self.flow(level).to_dataframe().reset_index()[columns]
        return frame.dropna().assign(level=level, kind="credible")

    def summary(self, level: float = 0.9) -> str:
        """What people read first.

        Parameters
        ----------
        level : float
            Posterior probability inside the intervals.

        Returns
        -------
        str
            One line a body: reports used, total flow, status.
        """
        lines = [
            f"Reported flow, {level:.0%} credible intervals",
            f"{'body | unit | coverage':<44}{'reports':>8}{'total':>32}  status",
        ]
        total = band(self.total(), level)
        for i, name in enumerate(self.draws["series"].values):
            told = self.diagnostics.isel(series=i)
            status = FlowStatus[str(told["status"].values)]
            lines.append(
                f"{name!s:<44}{int(told['nobs']):>8}"
                f"{interval(total.isel(series=i), ',.0f'):>32}  {status.value}"
            )
        return "\n".join(lines)

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Draws and diagnostics; the settings are in ``attrs``.
        """
        return stored(self.model, self.draws, self.diagnostics)

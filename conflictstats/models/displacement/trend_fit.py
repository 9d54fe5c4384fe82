"""What the course of a stock by itself can answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats.errors import SettingError
from conflictstats.models._draws import band, interval
from conflictstats.models._stored import stored

if TYPE_CHECKING:
    from conflictstats.models.displacement.trend import StockTrend


class StockTrendStatus(Enum):
    """How the estimation ended; the value is the sentence for people."""

    CONVERGED = "converged; stocks alone tell inflow less exits, neither by itself"
    NO_REPORTS = "no report says anything; what is shown is the prior"
    CONTRADICTED = (
        "no course of the stock keeps all bounds: correct one, or set bound_error"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StockTrendFit(Summarised):
    """A fitted :class:`StockTrend`; no reports are kept.

    Attributes
    ----------
    model : StockTrend
        The settings that were fitted.
    draws : Dataset, dims (draw, time), (time, log_stock) and (weekly_change,)
        ``stock``, persons, on every seventh day and the days of reports; ``density``,
        that of the log stock, which intervals are read from; ``weight``, posterior
        probability of each standard deviation of the change. In ``attrs``: ``nobs``;
        ``loglik``, log evidence, of the logs of the numbers; what was left out.
    status : StockTrendStatus
        How the estimation ended.

    Examples
    --------
    See :class:`StockTrend`.

    >>> StockTrendStatus.CONTRADICTED.value[:47]
    'no course of the stock keeps all bounds: correc'
    """

    model: StockTrend
    draws: xr.Dataset
    status: StockTrendStatus

    @property
    def nobs(self) -> int:
        """Reports used."""
        return int(self.draws.attrs["nobs"])

    @property
    def loglik(self) -> float:
        """Log evidence, a density of the logs of the numbers."""
        return float(self.draws.attrs["loglik"])

    @property
    def params(self) -> xr.DataArray:
        """Mean of the sd of the log stock's change in a week, dims (param,)."""
        mean = (self.draws["weight"] * self.draws["weekly_change"]).sum()
        return mean.expand_dims(param=["weekly_change"])

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Credible interval of the sd of the log stock's change in a week.

        Parameters
        ----------
        level : float
            Posterior probability inside, or a little more: among those tried.

        Returns
        -------
        Dataset, dims (param,)
            ``estimate``, ``lower``, ``upper``.
        """
        tail = (1 - _check.level(level)) / 2
        reached = self.draws["weight"].cumsum("weekly_change").values
        ends = np.searchsorted(reached, [0.5, tail, 1 - tail]).clip(
            max=reached.size - 1
        )
        names = ("estimate", "lower", "upper")
        found = self.draws["weekly_change"].values[ends]
        parts = {k: ("param", [v]) for k, v in zip(names, found, strict=True)}
        attrs = {"level": level, "kind": "credible"}
        return xr.Dataset(parts, {"param": ["weekly_change"]}, attrs)

    def stock(self, level: float = 0.9) -> xr.Dataset:
        """Persons displaced.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (time,)
            ``estimate`` (median), ``lower``, ``upper``, persons.
        """
        tail = (1 - _check.level(level)) / 2
        grid = self.draws["log_stock"].values
        step = grid[1] - grid[0]
        reached = np.cumsum(self.draws["density"].values, axis=1) * step
        wanted = [0.5, tail, 1 - tail]
        cut = [np.interp(wanted, row / row[-1], grid + step / 2) for row in reached]
        names = ("estimate", "lower", "upper")
        parts = {
            name: ("time", column)
            for name, column in zip(names, np.exp(cut).T, strict=True)
        }
        attrs = {"level": level, "kind": "credible"}
        return xr.Dataset(parts, {"time": self.draws["time"]}, attrs)

    def change(self, start: str, end: str) -> xr.DataArray:
        """Inflow less exits between two days.

        Parameters
        ----------
        start, end : str
            Days of the fit.

        Returns
        -------
        DataArray, dims (draw,)
            Persons; below 0 where more left than came.

        Raises
        ------
        SettingError
            If the fit does not have one of the days.
        """
        known = self.draws["time"].values
        for day in (start, end):
            if np.datetime64(day) not in known:
                near = known[np.abs(known - np.datetime64(day)).argmin()]
                raise SettingError(
                    f"{day} is not a day of this fit; the nearest is {str(near)[:10]}"
                )
        stock = self.draws["stock"]
        return stock.sel(time=end, drop=True) - stock.sel(time=start, drop=True)

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Stock as a tidy table.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        DataFrame
            ``time, estimate, lower, upper, level, kind``.
        """
        frame = self.stock(level).to_dataframe().reset_index()
        return frame.assign(level=level, kind="credible")

    def summary(self, level: float = 0.9) -> str:
        """What people read first.

        Parameters
        ----------
        level : float
            Posterior probability inside the intervals.

        Returns
        -------
        str
            Stock at the first and the last day, change, status.
        """
        band_of = self.stock(level)
        first, last = (str(band_of["time"].values[i])[:10] for i in (0, -1))
        change = band(self.change(first, last), level)
        return "\n".join(
            [
                f"Stock from {first} to {last}, {level:.0%} credible intervals",
                f"reports used: {self.nobs}",
                f"{'at first, persons':<28}{interval(band_of.isel(time=0), ',.0f')}",
                f"{'at last, persons':<28}{interval(band_of.isel(time=-1), ',.0f')}",
                f"{'inflow less exits, persons':<28}{interval(change, ',.0f')}",
                f"status: {self.status.value}",
            ]
        )

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Draws and densities; the settings are in ``attrs``.
        """
        return stored(self.model, self.draws).assign_attrs(status=self.status.name)

"""The model: settings, priors and the fit."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats.errors import FitError, SettingError
from conflictstats.models._stored import settings_of
from conflictstats.models.displacement.beliefs import (
    check_prior,
    initial_of,
    population_of,
)
from conflictstats.models.displacement.cells import (
    Cells,
    cells_between,
    read_violence,
)
from conflictstats.models.displacement.fit import StockFlowFit
from conflictstats.models.displacement.labels import diagnosed, labelled, status_of
from conflictstats.models.displacement.problem import Place, posterior_of
from conflictstats.models.displacement.reports import Reports, reports_of_place
from conflictstats.models.displacement.sampling import sampled
from conflictstats.models.displacement.status import REFUSED, StockFlowStatus
from conflictstats.provenance import Table

LAGS = ("geometric", "gamma", "spline")
STEPS = ("D", "W", "M")
DIAGNOSTICS = ("rhat", "ess", "pareto_k")


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFlow:
    r"""Who is displaced, day by day: inflow, returns and stock behind the reports.

    Use it for reports of one place by one or more bodies: stocks ("300,000 displaced"),
    flows over periods, running totals, returns, shares of a population; each exact,
    rounded or a bound. It knows that a running total is not a stock, that movements are
    not persons, that bodies differ, and that a changed coverage is not a flow. With
    violence by day it says how many flee after it, and when; that is a description of
    what went together, not what violence causes.

    .. math:: I_t = N_{t-1} (1 - e^{-\lambda_t / P}), \quad
              R_t = (1 - e^{-\rho_t}) S_{t-1}, \quad
              S_t = S_{t-1} + I_t - R_t - X_t, \quad N_t = N_{t-1} - I_t + R_t

    .. math:: \lambda_t = G\, e^{u_t} \Big(f_0
              + \sum_v f_v \sum_{l} w_l V_{v, t - l} / \bar V_v\Big), \qquad
              \rho_t = \rho\, e^{v_t}

    .. math:: \log y_i \sim N(\log m_i + b_{s(i)} + c_i,\ \tau_{s(i)}^2)

    with the noises u (constant for a week) and v (for four weeks) stationary
    autoregressions, :math:`b` the effect of the body, :math:`c` that of its coverage,
    and :math:`m_i` the stock on a day, the sum of a flow over days, or that over the
    population. What was reported enters as the interval its words leave. Every number
    has a proper prior, named below by its median and log standard deviation; without
    reports the answer is that prior. The balance of people is exact, day by day.

    Attributes
    ----------
    lag : str
        How flight is spread over the days after violence: ``geometric``, ``gamma`` or
        ``spline``.
    longest : int
        Days after which violence is over.
    unseen : str
        What violence was before the first day of which it is known: ``mean``, its
        mean, or ``none``.
    lead : int
        Days before violence in which people may flee from what is to come; 0 for none.
        Not a cause: reports of violence late by some days look the same.
    inflow : tuple of float
        :math:`G`, persons a day at the mean of violence.
    violence_share : float
        Standard deviation of the log odds of each share :math:`f_v` against
        :math:`f_0`.
    half_life : tuple of float
        Of geometric weights, days; the first is also what a spline is drawn to.
    delay : tuple of tuples of float
        Mean (days) and shape of gamma weights.
    bend : float
        How far a step of the spline's log weights may be off the geometric one.
    returns, departures : tuple of float
        Share of the displaced who return, or leave for elsewhere, in a year;
        ``departures=None`` for no such exit. The first is from the yearly exits that
        stocks and flows of IDMC imply (quartiles 0, .12, .30).
    inflow_noise, return_noise : tuple of float
        Standard deviations of u and v.
    memory : tuple of float
        Days in which their correlations fall to 1/e.
    pieces : tuple of int
        Days for which they are constant; where cells are longer, one cell and three.
    extra_movements : tuple of float
        Movements of a person who flees, less one.
    report_error : tuple of float
        :math:`\tau` of a body.
    body_effect : float
        Standard deviation of b. A common lean of all bodies is inside it: nothing in
        the reports can tell it.
    anchor : str, optional
        Body that has no effect: the truth is what it means to count.
    every : str
        Cells of time: ``D`` (days), ``W`` or ``M``.
    longest_step : int
        Days that the sampler joins where no report begins or ends; what that changes
        is put right by weights.
    imputations : int
        Draws of violence that are used, where it has any.
    draws : int
        Number of joint posterior draws.

    References
    ----------
    .. [1] Melander, E. and Öberg, M. (2006). Time to go? Duration dependence in forced
       migration. *International Interactions* 32, 129-152.
       https://doi.org/10.1080/03050620600574873

    Examples
    --------
    Two thousand flee after each of two bad weeks, half of them within two weeks, and
    are counted every ten days:

    >>> days = pd.date_range("2018-07-01", periods=300)
    >>> deaths = xr.DataArray(np.zeros(300), {"time": days}, name="deaths")
    >>> deaths[190:197], deaths[240:247] = 10.0, 10.0
    >>> fled = 2000 / 70 * np.convolve(deaths, 0.05 * 0.95 ** np.arange(300))[:300]
    >>> said = pd.DataFrame({"end": days[189::10], "low": fled.cumsum()[189::10] + 500})
    >>> said = said.assign(start=said.end, high=said.low, qualifier="exact")
    >>> said = said.assign(report_id=said.index.astype(str), body="A", place="B")
    >>> said = said.assign(measure="stock", unit="persons")
    >>> fit = StockFlow(draws=500).fit(
    ...     said, violence=deaths, initial=(500, 0.1), rng=np.random.default_rng(1)
    ... )
    >>> total = fit.total().quantile([0.05, 0.95]).values
    >>> bool(total[0] < fled.sum() < total[1]), fit.status.name
    (True, 'STOCKS_ONLY')
    """

    lag: str = "geometric"
    longest: int = 180
    unseen: str = "mean"
    lead: int = 0
    inflow: tuple[float, float] = (300.0, 2.0)
    violence_share: float = 2.0
    half_life: tuple[float, float] = (14.0, 1.0)
    delay: tuple[tuple[float, float], tuple[float, float]] = ((21.0, 1.0), (1.5, 0.5))
    bend: float = 1.0
    returns: tuple[float, float] = (0.12, 1.2)
    departures: tuple[float, float] | None = None
    inflow_noise: tuple[float, float] = (0.5, 0.5)
    return_noise: tuple[float, float] = (0.5, 0.5)
    memory: tuple[float, float] = (28.0, 180.0)
    pieces: tuple[int, int] = (7, 28)
    extra_movements: tuple[float, float] = (0.3, 0.7)
    report_error: tuple[float, float] = (0.1, 0.5)
    body_effect: float = 0.2
    anchor: str | None = None
    every: str = "D"
    longest_step: int = 7
    imputations: int = 8
    draws: int = 1000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        _check.one_of(self.lag, LAGS, "lag")
        _check.one_of(self.every, STEPS, "every")
        _check.one_of(self.unseen, ("mean", "none"), "unseen")
        for name in ("longest", "longest_step", "imputations", "draws"):
            if getattr(self, name) < 1:
                raise SettingError(
                    f"{name} must be 1 or more, got {getattr(self, name)}"
                )
        if self.lead < 0:
            raise SettingError(f"lead must be 0 or more days, got {self.lead}")
        pairs = ("inflow", "half_life", "returns", "departures", "inflow_noise")
        for name in (*pairs, "return_noise", "extra_movements", "report_error"):
            if getattr(self, name) is not None:
                check_prior(getattr(self, name), name)
        for name in ("returns", "departures"):
            if getattr(self, name) is not None and getattr(self, name)[0] >= 1:
                raise SettingError(
                    f"{name} must have a median share a year below 1, got "
                    f"{getattr(self, name)[0]}"
                )
        _check.positive(self.body_effect, "body_effect")
        _check.positive(self.violence_share, "violence_share")

    def fit(
        self,
        reports: Table | pd.DataFrame,
        *,
        violence: xr.DataArray | None = None,
        population: float | tuple[float, float] | None = None,
        initial: tuple[float, float] | None = None,
        period: tuple[str, str] | None = None,
        rng: np.random.Generator | None = None,
        strict: bool = True,
    ) -> StockFlowFit:
        """Estimate the course of people behind the reports of one place.

        Parameters
        ----------
        reports : Table or DataFrame
            Of one place and one group of people, as
            :func:`conflictstats.displacement_table` wants them; persons, movements or
            shares. Convert households with ``to_persons``, drop one of two identical
            series with ``without_identities``, and copies with ``merge_copies`` first.
        violence : DataArray, dims (time[, kind][, draw]), optional
            Deaths, events or affected places by day, from the first day of the reports
            (better, ``longest`` days before) to the last; or by cells with coordinates
            ``time`` and ``time_end``. Of draws, such as those of a fitted
            :class:`~conflictstats.DynamicRate`, ``imputations`` are used: the reports
            of displacement do not change what is known of violence.
        population : float or tuple of float, optional
            Persons from there, displaced or not, or the median and log standard
            deviation; the inflow depletes it. No limit by default.
        initial : tuple of float, optional
            Median and log standard deviation of the stock before the first day; by
            default a tenth of the largest reported number, within e^2.
        period : tuple of str, optional
            First and last day; by default those of the reports.
        rng : numpy.random.Generator, optional
            Source of randomness; by default a new one.
        strict : bool
            Raise if the chains do not agree.

        Returns
        -------
        StockFlowFit
            Draws; it does not hold the reports.

        Raises
        ------
        SchemaError
            If a report is not usable, they are of several places, or violence does not
            cover their days.
        SettingError
            If an argument means nothing.
        FitError
            If ``strict`` and the chains do not agree.
        """
        rng = np.random.default_rng() if rng is None else rng
        limit = population_of(population)
        read = reports_of_place(reports, limit)
        self._check_against(read)
        cells = self._cells(read, period)
        known = read_violence(violence)
        scale = np.zeros(0) if known is None else known.mean
        place = Place(cells, known, initial_of(initial, read), limit, scale)
        number = 1 if place.violence is None else len(place.violence.daily)
        chosen = np.unique(
            np.linspace(0, number - 1, min(number, self.imputations)).astype(int)
        )
        parts = []
        for draw in chosen:
            posterior, assumed = posterior_of(self, place, read, int(draw))
            own = -(-self.draws // chosen.size)
            cut = self._cut(cells, read)
            parts.append(sampled(posterior, cut, own, rng))
        fit = StockFlowFit(
            model=self,
            draws=labelled(self, place, read, parts),
            diagnostics=diagnosed(read, parts, chosen, assumed),
            status=status_of(read, parts),
        )
        if strict and fit.status in REFUSED:
            raise FitError(fit.status.value)
        return fit

    @staticmethod
    def from_dataset(dataset: xr.Dataset) -> StockFlowFit:
        """Rebuild a fit from what its ``to_dataset`` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        StockFlowFit
            The same fit.
        """
        settings = settings_of(dataset)
        settings["delay"] = tuple(map(tuple, settings["delay"]))
        begins = "diagnostics_"
        told = {
            name.removeprefix(begins): value
            for name, value in dataset.attrs.items()
            if name.startswith(begins)
        }
        diagnostics = dataset[[*DIAGNOSTICS]].drop_attrs().assign_attrs(told)
        kept = {name: list(dataset.attrs[name]) for name in ("initial", "population")}
        draws = dataset.drop_vars([*DIAGNOSTICS, "imputation"])
        draws.attrs = kept
        return StockFlowFit(
            model=StockFlow(**settings),
            draws=draws,
            diagnostics=diagnostics,
            status=StockFlowStatus[dataset.attrs["status"]],
        )

    def fit_each(
        self,
        reports: Table | pd.DataFrame,
        *,
        violence: xr.DataArray | None = None,
        population: Mapping[str, float | tuple[float, float]] | None = None,
        rng: np.random.Generator | None = None,
        strict: bool = True,
        processes: int = 1,
    ) -> dict[str, StockFlowFit]:
        """Fit every place of a table by itself.

        Parameters
        ----------
        reports : Table or DataFrame
            Of any number of places.
        violence : DataArray, dims (place, time[, kind][, draw]), optional
            By place.
        population : mapping of str, optional
            By place, as in :meth:`fit`.
        rng : numpy.random.Generator, optional
            Source of randomness; each place draws from a stream of its own, so that
            other places change nothing of it.
        strict : bool
            Raise if the chains of a place do not agree.
        processes : int
            Places that are fitted at a time; draws are the same for any number. A
            script that asks for more than one needs ``if __name__ == "__main__"``
            where new processes read it (Windows, macOS, Linux from Python 3.14).

        Returns
        -------
        dict of str to StockFlowFit
            By place. Their draws are independent: totals are sums of draws.

        Raises
        ------
        SchemaError, SettingError, FitError
            As :meth:`fit` does, for the first place that has a fault.
        """
        _check.positive(processes, "processes")
        rng = np.random.default_rng() if rng is None else rng
        table = reports.frame if isinstance(reports, Table) else reports
        seed = int(rng.integers(2**63))

        def settings(place: str) -> dict[str, Any]:
            """What the fit of a place is given besides its reports."""
            return {
                "violence": None if violence is None else violence.sel(place=place),
                "population": None if population is None else population[place],
                "rng": np.random.default_rng([seed, *place.encode()]),
                "strict": strict,
            }

        places = {str(name): rows for name, rows in table.groupby("place", sort=True)}
        if processes == 1:
            return {
                place: self.fit(rows, **settings(place))
                for place, rows in places.items()
            }
        with ProcessPoolExecutor(processes) as pool:
            fits = {
                place: pool.submit(self.fit, rows, **settings(place))
                for place, rows in places.items()
            }
            try:
                return {place: fit.result() for place, fit in fits.items()}
            finally:
                pool.shutdown(cancel_futures=True)

    def _cells(self, read: Reports, period: tuple[str, str] | None) -> Cells:
        """Cells that hold all reports."""
        if read.rows.empty and period is None:
            raise SettingError(
                "no report says anything, so that a period must be given"
            )
        at_a_day = read.rows["measure"].isin(["stock", "fraction", "population"])
        begins = read.rows["start"].where(~at_a_day, read.rows["end"])
        ends = read.rows["end"]
        given = period or (begins.min(), ends.max())
        first, last = map(pd.Timestamp, given)
        outside = np.flatnonzero((begins < first) | (ends > last))
        if outside.size or last < first:
            raise SettingError(
                f"reports {read.rows['report_id'].iloc[outside[:10]].tolist()} lie "
                f"outside {str(first)[:10]} to {str(last)[:10]}; leave them out, or "
                "make the period longer"
            )
        return cells_between(first, last, self.every)

    def _cut(self, cells: Cells, read: Reports) -> np.ndarray | None:
        """First cell of each longer one that the sampler takes; None for none."""
        if self.every != "D" or self.longest_step == 1:
            return None
        day = np.timedelta64(1, "D")
        ends = read.rows["end"].to_numpy()
        at = np.concatenate([read.rows["start"].to_numpy(), ends, ends + day])
        return cells.cut(at, min(self.longest_step, *self.pieces))

    def _check_against(self, read: Reports) -> None:
        """Refuse reports that the settings do not know."""
        if self.anchor is not None and self.anchor not in set(read.rows["body"]):
            raise SettingError(
                f"anchor {self.anchor!r} has no report that says anything; bodies are "
                f"{', '.join(sorted(set(read.rows['body'])))}"
            )
        if self.departures is None and (read.rows["measure"] == "departures").any():
            raise SettingError(
                "departures are reported but not in the model; set "
                "departures=(0.02, 1.5), or leave those reports out"
            )

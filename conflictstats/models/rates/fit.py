"""What a fitted rate can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._summarised import Summarised
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models._draws import band, cells_between
from conflictstats.models._stored import parted, stored
from conflictstats.models.rates.bodies import RATIO
from conflictstats.models.rates.episodes import onset_of, peak_of
from conflictstats.models.rates.labels import labelled
from conflictstats.models.rates.scatter import SCATTER
from conflictstats.models.rates.status import RateStatus
from conflictstats.models.rates.summary import summary_of

if TYPE_CHECKING:
    from conflictstats.models.rates.cells import CellDraws
    from conflictstats.models.rates.model import DynamicRate
    from conflictstats.models.rates.posterior import UnitResult


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicRateFit(Summarised):
    """A fitted :class:`conflictstats.DynamicRate`.

    Attributes
    ----------
    model : DynamicRate
        The settings that were fitted; no data are kept.
    draws : Dataset, dims (draw, time, place) and (draw, place, param)
        ``expected``: deaths expected in each cell, people. ``realised``: true deaths
        of each cell given the reports, people; where a count is read as exact, that
        count. ``hyper``: ``step_sd``, sd of the log rate's change from cell to cell;
        ``size``, NB size r of a cell, unless counts are Poisson; ``found``, probability
        that a death was found; and what else the settings bring. ``effects``, dims
        (draw, term, place), where there are any: of covariates, calendar, levels and
        places on the log rate, NaN where :attr:`aliased`. Coordinate ``days`` has the
        days of each cell that the rates are about.
        A fit of more than 20 million draws times cells keeps ``expected`` in single
        precision and ``realised`` as 32-bit integers, exact as before.
    diagnostics : Dataset, dims (place,)
        ``status``, ``pareto_k``, ``ess``, ``log_evidence``, ``nobs``; with ``refine``
        also ``rhat`` and ``acceptance``. Places that are fitted together share them.

    Examples
    --------
    It goes to a netCDF file and comes back:

    >>> from conflictstats.models.rates import DynamicRate
    >>> from conflictstats.simulate.counts import random_walk_counts
    >>> rng = np.random.default_rng(1)
    >>> fit = DynamicRate(draws=50).fit(random_walk_counts(30, rng=rng), rng=rng)
    >>> again = DynamicRateFit.from_dataset(fit.to_dataset())
    >>> again.draws.identical(fit.draws), again.model == fit.model
    (True, True)
    """

    model: DynamicRate
    draws: xr.Dataset
    diagnostics: xr.Dataset

    @classmethod
    def of(
        cls,
        model: DynamicRate,
        panel: xr.Dataset,
        days: FloatArray,
        cells: CellDraws,
        results: list[UnitResult],
        covariates: tuple[str, ...] = (),
    ) -> DynamicRateFit:
        """Label the posteriors of the places of a panel."""
        draws, diagnostics = labelled(panel, days, cells, results, covariates)
        return cls(model=model, draws=draws, diagnostics=diagnostics)

    @property
    def status(self) -> RateStatus:
        """The worst status of any place."""
        found = set(self.diagnostics["status"].values)
        return max(
            (s for s in RateStatus if s.name in found), key=list(RateStatus).index
        )

    @property
    def nobs(self) -> int:
        """Number of reports that said something, all places."""
        return int(self.diagnostics["nobs"].sum())

    @property
    def log_evidence(self) -> float:
        """Log probability of all reports, hyperparameters integrated out."""
        each = self.diagnostics["log_evidence"]
        alone = self.model.places == "independent"
        return float(each.sum() if alone else each[0])

    @property
    def params(self) -> xr.DataArray:
        """Posterior medians of the hyperparameters, dims (param, place)."""
        return self.draws["hyper"].median("draw")

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Give credible intervals of the hyperparameters.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (param, place)
            ``estimate``, ``lower``, ``upper``.
        """
        return band(self.draws["hyper"], level)

    def effects(self, level: float = 0.9) -> xr.Dataset:
        """By what factor each effect multiplies the rate, with credible intervals.

        A covariate's is the factor of one more unit of its column, others and the walk
        being equal: a cause only where nothing else moves with it. What moves as the
        walk does is told from it by the prior alone, and has a wide interval.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (term, place)
            ``estimate`` (median), ``lower``, ``upper``: rate ratios, of a weekday,
            month or place beside the average one; ``level`` of an autoregression is a
            rate. NaN where :attr:`aliased`.

        Raises
        ------
        SettingError
            If the model has no effects.

        Examples
        --------
        Half as many die under a ceasefire that holds on every other day:

        >>> from conflictstats.models.rates import DynamicRate
        >>> from conflictstats.simulate.counts import random_walk_counts
        >>> rng = np.random.default_rng(1)
        >>> panel = random_walk_counts(200, rate=20, step=0, rng=rng)
        >>> held = panel["best"].notnull() & (np.arange(200) % 2 == 1)[:, None]
        >>> panel["ceasefire"] = held
        >>> panel["best"] = panel["best"].where(~held, panel["best"] // 2)
        >>> fit = DynamicRate(covariates="ceasefire").fit(panel, rng=rng)
        >>> found = fit.effects(0.98).sel(term="ceasefire")
        >>> bool((found.lower < 0.5).all() and (0.5 < found.upper).all())
        True
        """
        if "effects" not in self.draws:
            raise SettingError(
                "the model has no effects; give covariates, a calendar or places that "
                "move together"
            )
        ratios = band(self.draws["effects"], level).map(np.exp, keep_attrs=True)
        return ratios.assign_attrs(units="rate ratio")

    def ratios(self, level: float = 0.9) -> xr.Dataset:
        """How many each body counts where the reference counts one.

        It compares what bodies count, not how well: a wider definition, a larger area
        and more sources all raise it. Rates and totals of the fit are in the
        reference's count; times a ratio they are in another's.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (body, place)
            ``estimate`` (median), ``lower``, ``upper``. NaN where a body said nothing
            of a place.

        Raises
        ------
        SettingError
            If the panel had no bodies beside the reference.

        Examples
        --------
        One of two bodies misses three in ten:

        >>> from conflictstats.models.rates import DynamicRate
        >>> rng = np.random.default_rng(1)
        >>> deaths = rng.poisson(rng.gamma(2, 20, (60, 1)))
        >>> both = np.stack([deaths, rng.binomial(deaths, 0.7)], axis=-1)
        >>> days = np.datetime64("2019-05-01") + np.arange(60)
        >>> coords = {"time": days, "time_end": ("time", days), "place": ["Idlib"]}
        >>> dims = "time", "place", "body"
        >>> panel = xr.Dataset({"best": (dims, both)}, coords | {"body": ["A", "B"]})
        >>> ratio = DynamicRate(reference="A").fit(panel, rng=rng).ratios()
        >>> bool((ratio.lower < 0.7).all() and (0.7 < ratio.upper).all())
        True
        """
        if self.model.reference is None:
            raise SettingError(
                "no body stands beside another; fit a panel with several bodies, and "
                "name one of them as the reference"
            )
        terms = [t for t in self.draws["term"].values if t.startswith(RATIO)]
        log_ratio = self.draws["effects"].sel(term=terms).rename(term="body")
        names = [name.removeprefix(RATIO) for name in terms]
        ratios = band(log_ratio.assign_coords(body=names), level)
        return ratios.map(np.exp, keep_attrs=True).assign_attrs(
            units=f"people, where {self.model.reference} counts one"
        )

    @property
    def aliased(self) -> tuple[str, ...]:
        """Covariates that were left out, as levels or other covariates make them up.

        Where they were left out in some places alone, these are named.
        """
        if "effects" not in self.draws:
            return ()
        gone = self.draws["effects"].isnull().any("draw")
        gone = gone[~gone["term"].str.startswith(RATIO).values]
        listed = []
        for term in gone["term"].values[gone.any("place").values]:
            where = gone["place"].values[gone.sel(term=term).values]
            some = f" in {', '.join(map(str, where))}" * (where.size < gone.place.size)
            listed.append(f"{term}{some}")
        return tuple(listed)

    def rate(self, level: float = 0.9) -> xr.Dataset:
        """Expected deaths per day, with credible intervals.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (time, place)
            ``estimate`` (median), ``lower``, ``upper``; deaths per day.
        """
        per_day = self.draws["expected"] / self.draws["days"]
        return band(per_day, level).assign_attrs(units="deaths per day")

    def mean_rate(
        self, start: str | None = None, end: str | None = None, *, level: float = 0.9
    ) -> xr.Dataset:
        """Expected deaths per day over a period, with credible intervals.

        Parameters
        ----------
        start, end : str, optional
            First and last day, both inclusive, at edges of cells.
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (place,)
            ``estimate`` (median), ``lower``, ``upper``; deaths per day.

        Raises
        ------
        SettingError
            If a day is not the edge of a cell.
        """
        mean = band(self._mean_rate(start, end), level)
        return mean.assign_attrs(units="deaths per day")

    def total(
        self,
        start: str | None = None,
        end: str | None = None,
        *,
        kind: Literal["realised", "expected"] = "realised",
    ) -> xr.DataArray:
        """Draw the deaths of a period: the total of each place.

        Parameters
        ----------
        start, end : str, optional
            First and last day, both inclusive; they must be the first day of a cell
            and the last day of one.
        kind : {"realised", "expected"}
            Deaths that happened, given the reports, or deaths that such a rate
            brings on average. Statements about what happened need the first.

        Returns
        -------
        DataArray, dims (draw, place)
            People. Sum over ``place`` for the total of several places: draws are
            joint over places, and independent where places are fitted apart.

        Raises
        ------
        SettingError
            If a day is not the edge of a cell.

        Examples
        --------
        >>> from conflictstats.simulate.counts import random_walk_counts
        >>> rng = np.random.default_rng(1)
        >>> truth = random_walk_counts(8, rng=rng)
        >>> from conflictstats.models.rates import DynamicRate
        >>> total = DynamicRate().fit(truth, rng=rng).total()
        >>> bool((total == truth["best"].sum("time")).all())
        True
        """
        cells = self.draws[kind].isel(time=self._between(start, end))
        return cells.sum("time", dtype=np.float64)

    def probability_rose(
        self,
        before: tuple[str, str],
        after: tuple[str, str],
        *,
        factor: float = 1.0,
    ) -> xr.DataArray:
        """Probability that the mean rate rose between two periods.

        Parameters
        ----------
        before, after : tuple of str
            First and last day of each period, at edges of cells.
        factor : float
            The rise asked about: 2 asks whether the rate more than doubled.

        Returns
        -------
        DataArray, dims (place,)
            P(mean rate after > factor x mean rate before).
        """
        rates = [self._mean_rate(*period) for period in (before, after)]
        return (rates[1] > factor * rates[0]).mean("draw")

    def exceedance(
        self, baseline: tuple[str, str], *, factor: float = 2.0
    ) -> xr.DataArray:
        """Probability, cell by cell, that the rate lies above a multiple of a baseline.

        Parameters
        ----------
        baseline : tuple of str
            First and last day of the quiet period, at edges of cells.
        factor : float
            Multiple of the baseline's mean rate.

        Returns
        -------
        DataArray, dims (time, place)
            P(rate of the cell > factor x mean rate of the baseline). Cells of the
            baseline itself are among them.

        Raises
        ------
        SettingError
            If a day is not the edge of a cell.

        Examples
        --------
        Four weeks at one death a day, then four at ten:

        >>> from conflictstats.models.rates import DynamicRate
        >>> weeks = np.datetime64("2019-04-01", "D") + 7 * np.arange(8)
        >>> dead = np.repeat([7.0, 70.0], 4)[:, None]
        >>> panel = xr.Dataset(
        ...     {"best": (("time", "place"), dead)},
        ...     {"time": weeks, "time_end": ("time", weeks + 6), "place": ["A"]},
        ... )
        >>> fit = DynamicRate().fit(panel, rng=np.random.default_rng(1))
        >>> fit.exceedance(("2019-04-01", "2019-04-28")).round().values.ravel()
        array([0., 0., 0., 0., 1., 1., 1., 1.])
        """
        return self._above(baseline, factor).mean("draw")

    def peak(self, level: float = 0.9) -> xr.Dataset:
        """When the expected rate was highest, and how high.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (place,)
            ``time``: cell that is most often the highest; ``probability`` that it is;
            ``estimate``, ``lower``, ``upper`` of the highest rate, deaths per day.
        """
        return peak_of(self.draws["expected"] / self.draws["days"], level)

    def onset(
        self,
        baseline: tuple[str, str],
        *,
        factor: float = 2.0,
        sustained: int = 3,
        level: float = 0.9,
    ) -> xr.Dataset:
        """When the rate first rose above a multiple of its baseline and stayed there.

        Parameters
        ----------
        baseline : tuple of str
            First and last day of the quiet period, at edges of cells.
        factor : float
            Multiple of the baseline's mean rate.
        sustained : int
            Cells in a row that must lie above it.
        level : float
            Posterior probability inside the interval, given that there was an onset.

        Returns
        -------
        Dataset, dims (place,)
            ``probability`` that there was one after the baseline; ``estimate``,
            ``lower``, ``upper``: first day of the cell in which it began (NaT where
            no draw has one).
        """
        above = self._above(baseline, factor)
        above &= self.draws["time"] > np.datetime64(baseline[1])
        return onset_of(above, sustained, level)

    def simulate(self, *, rng: np.random.Generator) -> xr.DataArray:
        """Draw new counts from the posterior predictive distribution.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        DataArray, dims (draw, time, place)
            Deaths per cell, people.
        """
        mean = self.draws["expected"]
        if SCATTER in self.draws["param"].values:
            spread = self.draws["hyper"].sel(param=SCATTER, drop=True)
            away = mean.copy(data=rng.normal(size=mean.shape))
            mean = mean * np.exp(spread * away - spread**2 / 2)
        if "size" not in self.draws["param"].values:
            return mean.copy(data=rng.poisson(mean))
        size = self.draws["hyper"].sel(param="size", drop=True)
        _, size = xr.broadcast(mean, size.transpose("draw", "place"))
        size = size.transpose(*mean.dims)
        return mean.copy(data=rng.poisson(rng.gamma(size, mean / size)))

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Give rates as a tidy table.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        DataFrame
            ``time, place, estimate, lower, upper, level, kind``; deaths per day.
        """
        rate = self.rate(level)
        frame = rate[["estimate", "lower", "upper"]].to_dataframe().reset_index()
        columns = ["time", "place", "estimate", "lower", "upper"]
        return frame[columns].assign(level=level, kind=rate.attrs["kind"])

    def summary(self, level: float = 0.9) -> str:
        """What people read first.

        Parameters
        ----------
        level : float
            Posterior probability inside the intervals.

        Returns
        -------
        str
            Settings, then one line a place: totals, mean rate, status.
        """
        return summary_of(self, level)

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Draws and diagnostics; the settings are in ``attrs``.
        """
        return stored(self.model, self.draws, self.diagnostics)

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> DynamicRateFit:
        """Rebuild a fit from what :meth:`to_dataset` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        DynamicRateFit
            The same fit.
        """
        from conflictstats.models.rates.model import DynamicRate

        draws, diagnostics, settings = parted(dataset)
        return cls(model=DynamicRate(**settings), draws=draws, diagnostics=diagnostics)

    def to_datatree(self) -> xr.DataTree:
        """Group the draws as ArviZ knows them.

        Returns
        -------
        DataTree
            ``posterior`` with dims (chain, draw, ...) and ``diagnostics``.
        """
        posterior = self.draws.expand_dims("chain")
        return xr.DataTree.from_dict(
            {"posterior": posterior, "diagnostics": self.diagnostics}
        )

    def _mean_rate(self, start: str | None, end: str | None) -> xr.DataArray:
        """Expected deaths per day over a period, dims (draw, place)."""
        cells = self.draws.isel(time=self._between(start, end))
        deaths = cells["expected"].sum("time", dtype=np.float64)
        return deaths / cells["days"].sum("time")

    def _above(self, baseline: tuple[str, str], factor: float) -> xr.DataArray:
        """Whether each cell's rate exceeds that threshold, dims (draw, time, place)."""
        threshold = factor * self._mean_rate(*baseline)
        return self.draws["expected"] / self.draws["days"] > threshold

    def _between(self, start: str | None, end: str | None) -> slice:
        """Cells of a period whose days are edges of cells."""
        return cells_between(self.draws, start, end)

"""What a fitted composition answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats.errors import SettingError
from conflictstats.models._draws import band, cells_between
from conflictstats.models._stored import parted, stored
from conflictstats.models.civilian_share.coarsened import at_odds
from conflictstats.models.civilian_share.denominator import WORDING
from conflictstats.models.civilian_share.dynamic_labels import labelled
from conflictstats.models.civilian_share.dynamic_status import DynamicShareStatus
from conflictstats.models.civilian_share.dynamic_text import assumption, summary_of

if TYPE_CHECKING:
    from conflictstats.models.civilian_share.composed import Composed
    from conflictstats.models.civilian_share.deaths import Deaths
    from conflictstats.models.civilian_share.dynamic import DynamicShare

ODDS_RATIOS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, np.inf)


@dataclass(frozen=True, slots=True)
class DynamicShareFit(Summarised):
    """A fitted :class:`DynamicShare`; the panel is not kept.

    Attributes
    ----------
    model : DynamicShare
        The settings that were fitted.
    draws : Dataset, dims (draw, time, place, category) and (draw, param, place)
        ``share``: shares that such a cell brings on average; they sum to one.
        ``killed``: those who died, people, and ``period_killed``, of periods longer
        than a cell. ``deaths``: all of them in each cell. ``odds_ratio`` of each draw,
        ``chance`` of the cells and periods where some are unknown, and ``hyper``.
    diagnostics : Dataset, dims (place,)
        ``status``; ``pareto_k``; ``long``, deaths in periods longer than a cell;
        ``known`` and ``unknown``, people; ``driven``, the part of the variance of the
        share of those who died that goes with the odds ratio.

    Examples
    --------
    Every status is known, so the civilians among the dead are those that were counted:

    >>> from conflictstats.models.civilian_share import DynamicShare
    >>> day = np.array(["2019-06-03"], "datetime64[D]")
    >>> dead = {"civilians": 30.0, "government": 10.0, "nonstate": 0.0, "unknown": 0.0}
    >>> panel = xr.Dataset(
    ...     {f"deaths_{who}": (("time", "place"), [[n]]) for who, n in dead.items()},
    ...     {"time": day, "time_end": ("time", day + 6), "place": ["A"]},
    ... )
    >>> rng = np.random.default_rng(1)
    >>> fit = DynamicShare(denominator="all", draws=50).fit(panel, rng=rng)
    >>> np.unique(fit.draws["killed"].sel(category="civilians"))
    array([30.])
    """

    model: DynamicShare
    draws: xr.Dataset
    diagnostics: xr.Dataset

    @classmethod
    def of(
        cls, model: DynamicShare, panel: xr.Dataset, deaths: Deaths, composed: Composed
    ) -> DynamicShareFit:
        """Label the posterior of a panel."""
        attrs = {k: v for k, v in panel.attrs.items() if k in ("source", "citation")}
        attrs["denominator"] = WORDING[model.denominator]
        draws, diagnostics = labelled(panel, deaths, composed)
        return cls(model, draws.assign_attrs(attrs), diagnostics)

    @property
    def status(self) -> DynamicShareStatus:
        """The worst status of any place."""
        found = set(self.diagnostics["status"].values)
        return [s for s in DynamicShareStatus if s.name in found][-1]

    @property
    def nobs(self) -> int:
        """Number of cells and places in which somebody died."""
        return int((self.draws["deaths"] > 0).sum())

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

    def share(self, level: float = 0.9, *, category: str = "civilians") -> xr.Dataset:
        """Expected share of each cell, with credible intervals.

        It is that of known and unknown dead together, in the cell's own proportion;
        where nobody died, in that of the place.

        Parameters
        ----------
        level : float
            Posterior probability inside.
        category : str
            One of the fit's categories.

        Returns
        -------
        Dataset, dims (time, place)
            ``estimate`` (median; NaN where the status refuses a point), ``lower``,
            ``upper``; 0 to 1.
        """
        _check.one_of(category, tuple(self.draws["category"].values), "category")
        found = band(self.draws["share"].sel(category=category, drop=True), level)
        refused = self.diagnostics["status"] == DynamicShareStatus.REFUSED.name
        found["estimate"] = found["estimate"].where(~refused)
        return found.assign_attrs(self._printed())

    def total_share(
        self,
        start: str | None = None,
        end: str | None = None,
        *,
        places: list[str] | None = None,
        category: str = "civilians",
    ) -> xr.DataArray:
        """Share among those who died in a period, all places together.

        It is the share of these very dead, known as far as they are known; the share
        that such dead have on average is :meth:`share`.

        Parameters
        ----------
        start, end : str, optional
            First and last day, at edges of cells. Deaths in periods longer than a cell
            count where the period is inside.
        places : list of str, optional
            Places to take together; by default all.
        category : str
            One of the fit's categories.

        Returns
        -------
        DataArray, dims (draw,)
            Share among the dead in the denominator; NaN if nobody died.
        """
        _check.one_of(category, tuple(self.draws["category"].values), "category")
        cells = cells_between(self.draws, start, end)
        killed = self._killed(cells, places)
        share = killed.sel(category=category, drop=True) / killed.sum("category")
        return share.assign_attrs(self._printed())

    def sensitivity(
        self,
        odds_ratios: tuple[float, ...] = ODDS_RATIOS,
        *,
        places: list[str] | None = None,
        level: float = 0.9,
        rng: np.random.Generator,
    ) -> xr.Dataset:
        r"""Share of civilians among those who died, at fixed odds ratios.

        What is known of the known does not depend on :math:`\psi`, so one fit gives the
        whole curve. 0 and infinity give the two bounds, without any spread.

        Parameters
        ----------
        odds_ratios : tuple of float
            Values of :math:`\psi`, from 0 to infinity.
        places : list of str, optional
            Places to take together; by default all.
        level : float
            Posterior probability inside.
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        Dataset, dims (odds_ratio,)
            ``estimate``, ``lower`` and ``upper``; NaN if nobody died.

        Raises
        ------
        SettingError
            If an odds ratio is negative or not a number.
        """
        if not all(ratio >= 0 for ratio in odds_ratios):
            msg = f"odds_ratios must be 0 or more, got {odds_ratios}; 1 means alike"
            raise SettingError(msg)
        named = self.draws["place"].values.tolist() if places is None else places
        here = self.draws["unclear_place"].isin(named)
        unclear = self.draws.sel(unclear=here)
        unknown = unclear["unclear_deaths"].values.astype(np.int64)
        sums = self.diagnostics.sel(place=named)
        total = sums["known"].sum().item() + sums["unknown"].sum().item()
        index = pd.Index(odds_ratios, name="odds_ratio", dtype=float)
        drawn = [
            rng.binomial(unknown, at_odds(unclear["chance"].values, np.array(psi)))
            for psi in index
        ]
        among = np.array([each.sum(axis=1) for each in drawn])
        civilians = sums["known_civilians"].sum().item() + among
        share = civilians / total if total else np.full(among.shape, np.nan)
        labels = xr.DataArray(share, {"odds_ratio": index}, ("odds_ratio", "draw"))
        return band(labels, level).assign_attrs(self._printed())

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Give shares of civilians as a tidy table.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        DataFrame
            ``time, place, estimate, lower, upper, level, kind``.
        """
        columns = ["time", "place", "estimate", "lower", "upper"]
        frame = self.share(level).drop_vars("time_end").to_dataframe().reset_index()
        return frame[columns].assign(level=level, kind="credible")

    def summary(self, level: float = 0.9) -> str:
        """What people read first.

        Parameters
        ----------
        level : float
            Posterior probability inside the intervals.

        Returns
        -------
        str
            Denominator and assumption, then one line a place.
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
    def from_dataset(cls, dataset: xr.Dataset) -> DynamicShareFit:
        """Rebuild a fit from what :meth:`to_dataset` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        DynamicShareFit
            The same fit.
        """
        from conflictstats.models.civilian_share.dynamic import DynamicShare

        draws, diagnostics, settings = parted(dataset)
        return cls(DynamicShare(**settings), draws, diagnostics)

    def _killed(self, cells: slice, places: list[str] | None) -> xr.DataArray:
        """Those who died in some cells and the periods inside, (draw, category)."""
        named = self.draws["place"].values.tolist() if places is None else places
        here = self.draws.sel(place=named).isel(time=cells)
        inside = self.draws["period_place"].isin(named)
        inside &= self.draws["period_first"] >= cells.start
        inside &= self.draws["period_last"] < cells.stop
        long = self.draws["period_killed"].sel(period=inside).sum("period")
        return here["killed"].sum(["time", "place"]) + long

    def _printed(self) -> dict[str, str]:
        """What must stand beside every number."""
        return {
            "denominator": WORDING[self.model.denominator],
            "assumption": assumption(self.model),
        }

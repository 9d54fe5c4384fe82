"""Civilian share as a random walk, the unknown dead kept as unknown."""

from __future__ import annotations

import html
import json
from dataclasses import asdict, dataclass
from enum import Enum
from typing import NamedTuple, get_args

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import FitError, SettingError
from conflictstats.models._draws import band, cells_between, interval, parted
from conflictstats.models.civilian_share.denominator import (
    OTHERS,
    WORDING,
    Denominator,
)
from conflictstats.numerics import priors
from conflictstats.numerics.engine import posterior
from conflictstats.numerics.engine.bordered import Vector
from conflictstats.numerics.engine.components import random_walk
from conflictstats.numerics.engine.design import Design
from conflictstats.numerics.engine.observation import Observations
from conflictstats.numerics.engine.problem import Problem
from conflictstats.numerics.likelihood.betabinomial import BetaBinomial
from conflictstats.numerics.likelihood.mechanisms import Reading
from conflictstats.numerics.likelihood.reports import Reports

START_SD = 1.5
"""Prior sd of the first logit: the share is then about uniform from 0 to 1."""
CORRELATION = (1.0, 3.0)
"""Beta prior of the correlation of the status of two dead of the same cell."""


class DynamicShareStatus(Enum):
    """How the estimation ended; the value is the sentence for people."""

    CONVERGED = "converged"
    MOSTLY_UNKNOWN = (
        "most of the dead have no known status: the share rests on the assumption "
        "about them; read the bounds"
    )
    NO_DATA = "nobody of known status died; what is shown is the prior"
    NOT_CONVERGED = "the search for the mode did not end; check the data for outliers"


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicShare:
    r"""Civilian share of the dead over time, from categories and an assumption.

    Use it for the course of the share where most statuses are known; beside it always
    show :class:`ShareBounds`, which assumes nothing. Deaths in periods longer than a
    cell say nothing about one cell's share: they are left out here and counted in the
    fit.

    .. math:: c_t \sim \mathrm{BetaBin}(n_t, p_t, \rho), \quad
              \operatorname{logit} p_t \sim N(\operatorname{logit} p_{t-1}, \sigma^2),
              \quad \operatorname{logit} p_t^{\text{unknown}} =
              \operatorname{logit} p_t + \log\psi

    with civilians :math:`c_t` of the :math:`n_t` dead of known status in the
    denominator. The civilians among the unknown are drawn, each cell's in the light of
    its known dead, so the share of those who died is no less certain than it should be.

    Attributes
    ----------
    denominator : {"all", "known", "without_government", "without_nonstate"}
        Share of whom; there is no default. In the last two an unknown counts as
        civilian or as of the side that is kept.
    odds_ratio : float
        :math:`\psi`, how much greater the odds are that an unknown was a civilian
        than that a known one was; 1 says that who is known does not depend on it.
    weekly_change : tuple of float
        Prior of :math:`\sigma`: exponential with P(sd of the logit's change in a week
        > first) = second.
    draws : int
        Number of joint posterior draws.

    References
    ----------
    .. [1] Manski, C. F. (2003). *Partial Identification of Probability
       Distributions*. https://doi.org/10.1007/b97478

    Examples
    --------
    Thirty weeks of forty dead of whom one in four is a civilian:

    >>> weeks = np.datetime64("2019-01-07", "D") + 7 * np.arange(30)
    >>> def dead(n):
    ...     return ("time", "place"), np.full((30, 1), float(n))
    >>> names = ("civilians", "government", "nonstate", "unknown")
    >>> counts = zip(names, (10, 10, 20, 0), strict=True)
    >>> panel = xr.Dataset(
    ...     {f"deaths_{name}": dead(n) for name, n in counts},
    ...     {"time": weeks, "time_end": ("time", weeks + 6), "place": ["A"]},
    ... )
    >>> fit = DynamicShare(denominator="all").fit(panel, rng=np.random.default_rng(1))
    >>> fit.share().estimate.mean().round(2).item()
    0.25
    """

    denominator: Denominator
    odds_ratio: float = 1.0
    weekly_change: tuple[float, float] = (1.0, 0.05)
    draws: int = 1000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        _check.one_of(self.denominator, get_args(Denominator), "denominator")
        if not 0 < self.odds_ratio < np.inf:
            msg = f"odds_ratio must be above 0 and finite, got {self.odds_ratio!r}"
            raise SettingError(msg + "; for its limits use ShareBounds")

    def fit(
        self,
        panel: xr.Dataset,
        *,
        rng: np.random.Generator | None = None,
        strict: bool = True,
    ) -> DynamicShareFit:
        """Estimate the share of every place of a panel, each on its own.

        Parameters
        ----------
        panel : Dataset, dims (time, place)
            With ``deaths_civilians``, ``deaths_government``, ``deaths_nonstate`` and
            ``deaths_unknown``, people, as
            :func:`conflictstats.panel.panel_of_events` gives.
        rng : numpy.random.Generator, optional
            Source of randomness; by default a new one.
        strict : bool
            Raise unless every place could be estimated.

        Returns
        -------
        DynamicShareFit
            Draws of shares and of civilians killed; it does not hold the panel.

        Raises
        ------
        DimensionError
            If the panel lacks a dimension.
        SettingError
            If the panel lacks a category.
        FitError
            If ``strict`` and the search did not end, or nobody of known status died.
        """
        _check.has_dims(panel.dims, "time", "place", what="panel")
        rng = np.random.default_rng() if rng is None else rng
        days = float(np.median((panel["time_end"] - panel["time"]).dt.days + 1))
        results = [
            self._fit_place(_dead_of(panel, place, self.denominator), days, rng)
            for place in range(panel.sizes["place"])
        ]
        fit = DynamicShareFit.of(self, panel, results)
        bad = (DynamicShareStatus.NOT_CONVERGED, DynamicShareStatus.NO_DATA)
        if strict and fit.status in bad:
            raise FitError(fit.status.value)
        return fit

    def _fit_place(
        self, dead: Dead, cell_days: float, rng: np.random.Generator
    ) -> ShareResult:
        """Estimate one place."""
        known = dead.civilians + dead.others
        cell = np.flatnonzero(known > 0)
        above, rarely = self.weekly_change
        laws: list[priors.Prior] = [
            priors.StandardDeviation(above * np.sqrt(cell_days / 7), rarely),
            priors.Share(*CORRELATION),
        ]
        problem = Problem(
            path=random_walk(known.size, start_sd=START_SD),
            effects=(),
            design=Design.of_path(known.size),
            observed=Observations.of_cells(known.size, cell=cell),
            likelihood=Reports(
                BetaBinomial(known[cell]),
                Reading(
                    dead.civilians[cell],
                    dead.civilians[cell],
                    np.zeros(cell.size, bool),
                ),
            ),
            log_prior=lambda theta: priors.joint_density(laws, theta),
            dispersion_scale=1.0,
        )
        start = Vector(np.zeros(known.size), np.zeros(0))
        middle = np.array([float(law.quantile(np.array(0.5))) for law in laws])
        drawn = posterior.sample(problem, middle, start, self.draws, rng)
        correlation = special.expit(drawn.theta[:, 1])
        share = special.expit(drawn.field.path)
        chance = _draw_chance(dead, share, correlation, rng)
        chance = special.expit(special.logit(chance) + np.log(self.odds_ratio))
        among_unknown = rng.binomial(dead.unknown.astype(np.int64), chance)
        status = DynamicShareStatus.CONVERGED
        if not cell.size:
            status = DynamicShareStatus.NO_DATA
        elif not drawn.complete:
            status = DynamicShareStatus.NOT_CONVERGED
        elif dead.unknown.sum() > known.sum():
            status = DynamicShareStatus.MOSTLY_UNKNOWN
        return ShareResult(
            share=share,
            civilians=dead.civilians + among_unknown,
            deaths=known + dead.unknown,
            hyper=np.column_stack([np.exp(drawn.theta[:, 0]), correlation]),
            status=status,
            pareto_k=drawn.pareto_k,
            left_out=dead.left_out,
        )


class Dead(NamedTuple):
    """The dead of one place in the denominator, people, shape (T,) each."""

    civilians: FloatArray
    others: FloatArray
    unknown: FloatArray
    left_out: float


class ShareResult(NamedTuple):
    """Posterior of one place, T cells."""

    share: FloatArray
    civilians: FloatArray
    deaths: FloatArray
    hyper: FloatArray
    status: DynamicShareStatus
    pareto_k: float
    left_out: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicShareFit:
    """A fitted :class:`DynamicShare`; no panel is kept.

    Attributes
    ----------
    model : DynamicShare
        The settings that were fitted.
    draws : Dataset, dims (draw, time, place), (time, place) and (draw, param, place)
        ``share``: share that such a week brings on average. ``civilians``: civilians
        among those who died, people. ``deaths``: those who died in the denominator,
        people. ``hyper``: ``step_sd`` and ``correlation``.
    diagnostics : Dataset, dims (place,)
        ``status``, ``pareto_k`` and ``left_out``, deaths in periods longer than a
        cell.

    Examples
    --------
    Every status is known, so the civilians among the dead are those that were counted:

    >>> day = np.array(["2019-06-03"], "datetime64[D]")
    >>> dead = {"civilians": 30.0, "government": 10.0, "nonstate": 0.0, "unknown": 0.0}
    >>> panel = xr.Dataset(
    ...     {f"deaths_{who}": (("time", "place"), [[n]]) for who, n in dead.items()},
    ...     {"time": day, "time_end": ("time", day + 6), "place": ["A"]},
    ... )
    >>> rng = np.random.default_rng(1)
    >>> fit = DynamicShare(denominator="all", draws=50).fit(panel, rng=rng)
    >>> np.unique(fit.draws["civilians"])
    array([30.])
    """

    model: DynamicShare
    draws: xr.Dataset
    diagnostics: xr.Dataset

    @classmethod
    def of(
        cls, model: DynamicShare, panel: xr.Dataset, results: list[ShareResult]
    ) -> DynamicShareFit:
        """Label the posteriors of the places of a panel."""
        dims = {
            "share": ("draw", "time", "place"),
            "civilians": ("draw", "time", "place"),
            "deaths": ("time", "place"),
            "hyper": ("draw", "param", "place"),
        }
        coords = {
            "time": panel["time"],
            "time_end": panel["time_end"],
            "place": panel["place"],
            "param": ["step_sd", "correlation"],
        }
        draws = {
            name: (axes, np.stack([getattr(r, name) for r in results], axis=-1))
            for name, axes in dims.items()
        }
        told = {
            "status": ("place", [r.status.name for r in results]),
            "pareto_k": ("place", [r.pareto_k for r in results]),
            "left_out": ("place", [r.left_out for r in results]),
        }
        attrs = {k: v for k, v in panel.attrs.items() if k in ("source", "citation")}
        attrs["denominator"] = WORDING[model.denominator]
        return cls(
            model=model,
            draws=xr.Dataset(draws, coords, attrs),
            diagnostics=xr.Dataset(told, {"place": panel["place"]}),
        )

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

    def share(self, level: float = 0.9) -> xr.Dataset:
        """Expected share of each cell, with credible intervals.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (time, place)
            ``estimate`` (median), ``lower``, ``upper``; 0 to 1.
        """
        return band(self.draws["share"], level).assign_attrs(self._printed())

    def total_share(
        self,
        start: str | None = None,
        end: str | None = None,
        *,
        places: list[str] | None = None,
    ) -> xr.DataArray:
        """Share among those who died in a period, all places together.

        Parameters
        ----------
        start, end : str, optional
            First and last day, at edges of cells.
        places : list of str, optional
            Places to take together; by default all.

        Returns
        -------
        DataArray, dims (draw,)
            Share of civilians among the dead in the denominator; NaN if nobody died.
        """
        here = self.draws if places is None else self.draws.sel(place=places)
        cells = here.isel(time=cells_between(here, start, end))
        civilians = cells["civilians"].sum(["time", "place"])
        return (civilians / cells["deaths"].sum()).assign_attrs(self._printed())

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Give shares as a tidy table.

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
        lines = [
            f"Civilian share of {WORDING[self.model.denominator]}",
            f"an unknown has {self.model.odds_ratio:g} times the odds of a known one; "
            f"{level:.0%} credible intervals",
            f"{'place':<16}{'deaths':>8}{'share':>24}  status",
        ]
        for i, place in enumerate(self.draws["place"].values):
            deaths = float(self.draws["deaths"].isel(place=i).sum())
            share = interval(band(self.total_share(places=[place]), level), ".3f")
            status = DynamicShareStatus[str(self.diagnostics["status"].values[i])]
            lines.append(f"{place!s:<16}{deaths:>8,.0f}{share:>24}  {status.value}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Show the summary in Jupyter."""
        return f"<pre>{html.escape(self.summary())}</pre>"

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Draws and diagnostics; the settings are in ``attrs``.
        """
        settings = json.dumps(asdict(self.model))
        return xr.merge([self.draws, self.diagnostics]).assign_attrs(
            self.draws.attrs | {"model": "DynamicShare", "settings": settings}
        )

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
        draws, diagnostics, settings = parted(dataset)
        return cls(model=DynamicShare(**settings), draws=draws, diagnostics=diagnostics)

    def _printed(self) -> dict[str, str | float]:
        """What must stand beside every number."""
        return {
            "denominator": WORDING[self.model.denominator],
            "odds_ratio": self.model.odds_ratio,
        }


def _dead_of(panel: xr.Dataset, place: int, denominator: Denominator) -> Dead:
    """Sort the dead of one place by what they are to the denominator."""
    names = ("deaths_civilians", *OTHERS[denominator], "deaths_unknown")
    absent = [name for name in names if name not in panel]
    if absent:
        raise SettingError(
            f"denominator {denominator!r} needs {', '.join(absent)}, which the panel "
            f"does not have; it has {', '.join(map(str, panel))}"
        )
    dead = {
        name: np.nan_to_num(panel[name].isel(place=place).values.astype(float))
        for name in names
    }
    unknown = dead["deaths_unknown"] * (denominator != "known")
    left_out = 0.0
    if "period_place" in panel:
        here = panel["period_place"] == place
        left_out = sum(float(panel[f"period_{name}"][here].sum()) for name in names)
    others = np.sum([dead[name] for name in OTHERS[denominator]], axis=0)
    return Dead(dead["deaths_civilians"], others, unknown, left_out)


def _draw_chance(
    dead: Dead, share: FloatArray, correlation: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Chance that a death of each cell is a civilian's, given those known, (draws, T).

    The dead of one cell are alike, so the known of a cell tell of its unknown.
    """
    weight = ((1 - correlation) / correlation)[:, None]
    civilians = np.maximum(weight * share + dead.civilians, 1e-12)
    others = np.maximum(weight * (1 - share) + dead.others, 1e-12)
    return rng.beta(civilians, others)

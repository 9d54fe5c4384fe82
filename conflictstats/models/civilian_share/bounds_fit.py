"""What bounds of a share can answer: intervals, narrower bounds, a curve, a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtr

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats.errors import SettingError
from conflictstats.models.civilian_share.bounds_text import described
from conflictstats.models.civilian_share.ends import (
    between,
    ends_of,
    interval,
    pair,
    quantile,
    rows_of,
    share_at,
)
from conflictstats.models.civilian_share.narrowing import (
    SENTENCES,
    Assumption,
    narrowed,
)
from conflictstats.numerics.partial_identification import imbens_manski_critical

if TYPE_CHECKING:
    from conflictstats.models.civilian_share.bounds import ShareBounds

ODDS_RATIOS = (0.25, 0.5, 1.0, 2.0, 4.0)
MANY = "|"
"""Before each word of a setting that has several, in a file."""


class ShareStatus(Enum):
    """How far the share is known; the value is the sentence for people."""

    IDENTIFIED = "every death in the denominator has a known status"
    BOUNDED = "some deaths have no known status; the share is known up to bounds"
    UNINFORMATIVE = "bounds are nearly 0-1, a point is refused"
    NO_DEATHS = "no deaths in the denominator; there is no share"


@dataclass(frozen=True, slots=True)
class ShareBoundsFit(Summarised):
    """A fitted :class:`ShareBounds`; no event table is kept.

    Attributes
    ----------
    model : ShareBounds
        The settings that were fitted.
    totals : Dataset, dims (category[, place])
        ``deaths`` that are or may be in the denominator: of the part, ``others``,
        ``unknown`` (either of the two), ``part_or_out`` and ``others_or_out`` (who
        may be outside of it); ``left_out`` of it, people; ``n_events``
        with a death in the denominator; ``n_inconsistent``, rows whose categories
        do not add up to ``best``; ``range_lower`` and ``range_upper``, ends of the
        share when each event's total may be anything from ``low`` to ``high``
        while its coded civilians stay (NaN for ``"known"``).
    draws : DataArray, dims (draw, category[, place])
        Deaths of resampled events, people.
    influence : Dataset, dims (rank[, place])
        The events that move the bounds most when left out, worst first: ``event``
        (id, or row counted from 1), ``event_deaths`` and ``event_unknown``, people,
        ``lower_without`` and ``upper_without`` it, and ``change``, the larger move
        of the two. Empty ranks are NaN.

    Examples
    --------
    One civilian, two fighters, and one of whom nobody knows:

    >>> from conflictstats import ShareBounds
    >>> counts = {"deaths_civilians": [1], "deaths_a": 2, "deaths_b": 0}
    >>> counts |= {"deaths_unknown": 1, "low": 4, "best": 4, "high": 4}
    >>> model = ShareBounds(denominator="all", replicates=2)
    >>> fit = model.fit(pd.DataFrame(counts), rng=np.random.default_rng(1))
    >>> fit.params.values, fit.unknown_share.item()
    (array([0.25, 0.5 ]), 0.25)
    """

    model: ShareBounds
    totals: xr.Dataset
    draws: xr.DataArray
    influence: xr.Dataset

    @property
    def nobs(self) -> int:
        """Number of events with a death in the denominator."""
        return int(self.totals["n_events"].sum())

    @property
    def n_deaths(self) -> xr.DataArray:
        """Number of dead in the denominator, people, dims ([place])."""
        return self.totals["deaths"].sum("category").rename("n_deaths")

    @property
    def unknown_share(self) -> xr.DataArray:
        """Share of the denominator that has no known status, dims ([place])."""
        open_ones = self.totals["deaths"].isel(category=slice(2, None))
        return (open_ones.sum("category") / self.n_deaths).rename("unknown_share")

    @property
    def params(self) -> xr.DataArray:
        """Lower and upper bound of the share, dims (param[, place])."""
        return ends_of(self.totals["deaths"])

    @property
    def std_err(self) -> xr.DataArray:
        """Standard errors of the bounds by bootstrap; NaN where there is one event."""
        spread = ends_of(self.draws).std("draw", ddof=1)
        return spread.where(self.totals["n_events"] > 1)

    @property
    def statuses(self) -> xr.DataArray:
        """Name of the status of each group, dims ([place])."""
        width = self.bounds["upper"] - self.bounds["lower"]
        names = np.select(
            [width.isnull(), width >= self.model.refusal_width, width > 0],
            ["NO_DEATHS", "UNINFORMATIVE", "BOUNDED"],
            "IDENTIFIED",
        )
        return width.copy(data=names).rename("status")

    @property
    def status(self) -> ShareStatus:
        """How far the share is known, in the worst group where there are several."""
        found = {str(name) for name in self.statuses.values.ravel()}
        return [status for status in ShareStatus if status.name in found][-1]

    @property
    def bounds(self) -> xr.Dataset:
        """Interval between the bounds, ``estimate`` only where they meet."""
        return between(self.params)

    def running(self, along: str) -> xr.Dataset:
        """Give the bounds of the share among all dead so far, group after group.

        Parameters
        ----------
        along : str
            Dim of the groups, which must sort as they should be added: ISO dates do.

        Returns
        -------
        Dataset, dims (along,)
            ``estimate`` (NaN unless the bounds meet), ``lower`` and ``upper``.

        Raises
        ------
        DimensionError
            If the fit has no such dim.

        Examples
        --------
        Two weeks, of one civilian in two dead and then of one in six:

        >>> counts = {"deaths_civilians": [1, 1], "deaths_unknown": 0}
        >>> counts |= {"deaths_a": [1, 5], "deaths_b": 0, "low": 2, "high": 6}
        >>> weeks = pd.DataFrame(counts | {"best": [2, 6], "week": ["05", "12"]})
        >>> from conflictstats import ShareBounds
        >>> model = ShareBounds(denominator="all", replicates=2)
        >>> fit = model.fit(weeks, by="week", rng=np.random.default_rng(1))
        >>> fit.running("week")["upper"].values
        array([0.5 , 0.25])
        """
        _check.has_dims(self.totals.dims, along, what="fit")
        return between(ends_of(self.totals["deaths"].cumsum(along)))

    def conf_int(
        self,
        level: float | None = None,
        *,
        method: Literal["normal", "percentile"] = "normal",
    ) -> xr.Dataset:
        r"""Confidence interval of the share around its bounds.

        .. math:: [\,l - c\,s_l,\; u + c\,s_u\,]

        with the Imbens-Manski :math:`c`. It says how far the share would move had
        other events of the same kind been recorded. Where a few events hold most
        of the dead, as is usual, both methods tend to be too short: read them
        beside each other and beside ``influence``.

        Parameters
        ----------
        level : float, optional
            Nominal coverage; the model's if not given.
        method : {"normal", "percentile"}
            ``"percentile"`` takes the quantiles of the resampled bounds with the
            tail :math:`\Phi(-c)` on each side.

        Returns
        -------
        Dataset, dims ([place])
            ``estimate`` (NaN unless the bounds meet), ``lower`` and ``upper``, cut
            at 0 and 1; NaN where there are fewer than two events.

        Raises
        ------
        SettingError
            If ``level`` or ``method`` is not one that can be used.
        """
        level = self.model.level if level is None else _check.level(level)
        _check.one_of(method, ("normal", "percentile"), "method")
        bounds, std_err = self.bounds, self.std_err
        width = bounds["upper"] - bounds["lower"]
        error = std_err.max("param", skipna=False)
        critical = width.copy(
            data=imbens_manski_critical(width.values, error.values, level)
        )
        if method == "percentile":
            tail = width.copy(data=ndtr(-critical))
            drawn_lower, drawn_upper = pair(ends_of(self.draws))
            lower = quantile(drawn_lower, tail)
            upper = quantile(drawn_upper, 1 - tail)
        else:
            beyond_lower, beyond_upper = pair(critical * std_err)
            lower = bounds["lower"] - beyond_lower
            upper = bounds["upper"] + beyond_upper
        return interval(
            bounds["estimate"],
            lower.clip(0, 1),
            upper.clip(0, 1),
            level,
            "confidence",
        )

    def sensitivity(self, odds_ratios: tuple[float, ...] = ODDS_RATIOS) -> xr.Dataset:
        r"""Share if an unknown had :math:`\psi` times the odds of being a civilian.

        The odds are compared with the known dead in the denominator, and the
        unknown are all taken to belong to it. 1 treats the unknown as like the
        known; 0 and infinity give the bounds. No record tells which is true: show
        the curve, not one of its points. That the unknown were civilians at least as
        often as the known is the part of the curve from 1 to infinity.

        Parameters
        ----------
        odds_ratios : tuple of float
            Values of :math:`\psi`, from 0 to infinity.

        Returns
        -------
        Dataset, dims (odds_ratio[, place])
            ``estimate`` with the bootstrap percentile interval at the model's
            level; NaN where no death has a known status, the interval also where
            that happens in a resample or there are fewer than two events.

        Raises
        ------
        SettingError
            If an odds ratio is negative or not a number.
        """
        if not all(ratio >= 0 for ratio in odds_ratios):
            msg = f"odds_ratios must be 0 or more, got {odds_ratios}; 1 means alike"
            raise SettingError(msg)
        index = pd.Index(odds_ratios, name="odds_ratio", dtype=float)
        tail = (1 - self.model.level) / 2
        drawn = xr.concat([share_at(self.draws, psi) for psi in index], index)
        ends = drawn.quantile([tail, 1 - tail], "draw", skipna=False)
        ends = ends.where(self.totals["n_events"] > 1)
        return interval(
            xr.concat([share_at(self.totals["deaths"], psi) for psi in index], index),
            ends.isel(quantile=0, drop=True),
            ends.isel(quantile=1, drop=True),
            self.model.level,
            "confidence",
        )

    def narrow(
        self,
        assumption: Assumption,
        *,
        along: str,
        order: Sequence[str] | None = None,
        level: float | None = None,
    ) -> xr.Dataset:
        r"""Narrower bounds of the share of all groups, bought with an assumption.

        ``"same"``: the share is the same in every group, such as by who reported (an
        exclusion restriction), so that it lies in the bounds of every one.
        ``"rising"`` and ``"falling"``: it moves one way along the groups, such as
        places by distance from the front (a monotone instrumental variable):

        .. math:: \sum_t w_t \max_{s \le t} l_s \;\le\; \text{share} \;\le\;
                  \sum_t w_t \min_{s \ge t} u_s

        with :math:`w_t` the part of the dead in group :math:`t`, those who may be
        outside of the denominator among them. The assumption is printed with the
        answer, and nothing but a contradiction can show that it is wrong.

        Parameters
        ----------
        assumption : {"same", "rising", "falling"}
            What is assumed of the groups.
        along : str
            Dim of the groups, the ``by`` of the fit.
        order : sequence of str, optional
            Groups in the order along which the share moves; as they sort if not given.
        level : float, optional
            If given, limits for the bounds of all groups at once with this coverage,
            from resamples of the events and Bonferroni's t, given the dead of each
            group; wider, and not refused for what chance can explain.

        Returns
        -------
        Dataset
            ``estimate`` (NaN unless the ends meet), ``lower`` and ``upper``; attrs
            ``level``, ``kind`` and ``assumption``, the sentence.

        Raises
        ------
        FitError
            If the records contradict the assumption: two groups are named.
        DimensionError
            If the fit has no such dim.
        SettingError
            If the assumption is not one of the three, ``order`` does not name the
            groups, or the level is not one.

        References
        ----------
        .. [1] Manski, C. F. and Pepper, J. V. (2000). Monotone instrumental
           variables: with an application to the returns to schooling. *Econometrica*
           68(4), 997-1010. https://doi.org/10.1111/1468-0262.00144
        .. [2] Chernozhukov, V., Lee, S. and Rosen, A. M. (2013). Intersection bounds:
           estimation and inference. *Econometrica* 81(2), 667-737.
           https://doi.org/10.3982/ECTA8718

        Examples
        --------
        Two bodies recorded ten dead each; each knows others of them:

        >>> from conflictstats import ShareBounds
        >>> counts = {"deaths_civilians": [5, 2], "deaths_a": [1, 4], "deaths_b": 0}
        >>> counts |= {"deaths_unknown": [4, 4], "low": 10, "best": 10, "high": 10}
        >>> dead = pd.DataFrame(counts).assign(body=["SOHR", "SNHR"])
        >>> model = ShareBounds(denominator="all", replicates=2)
        >>> fit = model.fit(dead, by="body", rng=np.random.default_rng(1))
        >>> fit.narrow("same", along="body").to_array().values
        array([nan, 0.5, 0.6])
        """
        _check.one_of(assumption, SENTENCES, "assumption")
        _check.has_dims(self.totals.dims, along, what="fit")
        groups = [str(name) for name in self.totals[along].values]
        ordered = groups if order is None else [*order]
        if sorted(ordered) != sorted(groups):
            raise SettingError(f"order must name each of {groups} once; got {ordered}")
        chosen = {along: ordered}
        level = None if level is None else _check.level(level)
        ends = narrowed(
            self.totals.sel(chosen),
            self.draws.sel(chosen),
            along,
            assumption,
            level,
        )
        found = between(xr.DataArray(ends, {"param": ["lower", "upper"]}, "param"))
        if level is not None:
            found.attrs |= {"level": level, "kind": "confidence"}
        way = "" if assumption == "same" else f": {', '.join(ordered)}"
        said = f"{SENTENCES[assumption]}, along {along}{way}"
        return found.assign_attrs(assumption=said)

    def to_frame(self) -> pd.DataFrame:
        """Give bounds and intervals as a tidy table.

        Returns
        -------
        DataFrame
            Columns ``term, [place,] estimate, lower, upper, level, kind``; the term
            is ``bounds``, ``low_to_high``, ``normal`` or ``percentile``.
        """
        ends = self.totals["range_lower"], self.totals["range_upper"]
        missing = xr.full_like(ends[0], np.nan)
        terms = {
            "bounds": self.bounds,
            "low_to_high": interval(missing, *ends, 1.0, "bounds"),
            "normal": self.conf_int(),
            "percentile": self.conf_int(method="percentile"),
        }
        frames = [rows_of(term, dataset) for term, dataset in terms.items()]
        return pd.concat(frames, ignore_index=True)

    def summary(self) -> str:
        """Say what was estimated, of whom, and how far it is known.

        Returns
        -------
        str
            Several lines, without markup.
        """
        return described(self)

    def to_dataset(self) -> xr.Dataset:
        """Give everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            The totals, ``draws`` and the influence; the settings are its attrs.
        """
        whole = self.totals.assign(draws=self.draws).merge(self.influence)
        settings = {
            name: MANY.join(("", *value)) if isinstance(value, tuple) else value
            for name, value in asdict(self.model).items()
        }
        return whole.assign_attrs(settings)

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> ShareBoundsFit:
        """Rebuild a fit from what :meth:`to_dataset` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        ShareBoundsFit
            The same fit.
        """
        from conflictstats.models.civilian_share.bounds import ShareBounds

        plain = dataset.drop_attrs(deep=False)
        settings: dict[str, Any] = {
            str(name): tuple(value.split(MANY)[1:]) if MANY in str(value) else value
            for name, value in dataset.attrs.items()
        }
        settings["categories"] = settings["categories"] or ()
        return cls(
            model=ShareBounds(**settings),
            totals=plain.drop_dims(["draw", "rank"]),
            draws=plain["draws"],
            influence=plain[[name for name in plain if "rank" in plain[name].dims]],
        )

"""Share of the dead who were civilians: bounds that keep the unknown unknown."""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Literal, get_args

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtr

from conflictstats import _check
from conflictstats.errors import SettingError
from conflictstats.models.civilian_share.denominator import (
    CATEGORIES,
    WORDING,
    Denominator,
    column,
    tally,
)
from conflictstats.numerics.partial_identification import (
    imbens_manski_critical,
    ratio_range,
    share_at_odds_ratio,
    share_bounds,
)
from conflictstats.numerics.sampling.resampling import bootstrap_sums
from conflictstats.provenance import Table

INTERVALS = ["part_low", "part_high", "whole_low", "whole_high"]
PARAMS = pd.Index(["lower", "upper"], name="param")
ODDS_RATIOS = (0.25, 0.5, 1.0, 2.0, 4.0)
PLACES = {"place", "region", "country", "adm_1", "adm_2"}
TOP_EVENTS = 10
EVENTS_PRINTED = 3


class ShareStatus(Enum):
    """How far the share is known; the value is the sentence for people."""

    IDENTIFIED = "every death in the denominator has a known status"
    BOUNDED = "some deaths have no known status; the share is known up to bounds"
    UNINFORMATIVE = "bounds are nearly 0-1, a point is refused"
    NO_DEATHS = "no deaths in the denominator; there is no share"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBounds:
    r"""Bounds on the share of civilians among the dead.

    Use it first: it assumes nothing about the dead of unknown status. It does not
    correct for deaths that nobody recorded, nor for a status that was coded wrong.

    .. math:: \frac{\sum c_e}{\sum (c_e + k_e + u_e)} \;\le\; \text{share} \;\le\;
              \frac{\sum (c_e + u_e)}{\sum (c_e + k_e + u_e)}

    with civilians :math:`c`, others in the denominator :math:`k`, and unknown
    :math:`u` of event :math:`e`. Around the bounds stands an Imbens-Manski interval
    with standard errors from resampled events.

    Attributes
    ----------
    denominator : {"all", "known", "without_government", "without_nonstate"}
        Share of whom; there is no default. ``"known"`` leaves out the unknown,
        the others keep them. Where one side is left out, an unknown may belong to
        that side too: the bounds hold all the same.
    level : float
        Nominal coverage of the intervals.
    replicates : int
        Resamples of the events.
    refusal_width : float
        Bounds at least this far apart have the status ``UNINFORMATIVE``.

    References
    ----------
    .. [1] Imbens, G. W. and Manski, C. F. (2004). Confidence intervals for
       partially identified parameters. *Econometrica* 72(6), 1845-1857.
       https://doi.org/10.1111/j.1468-0262.2004.00555.x

    Examples
    --------
    Ten dead: three civilians, five fighters, two of whom nobody knows:

    >>> events = pd.DataFrame(
    ...     {
    ...         "deaths_civilians": [3, 0],
    ...         "deaths_government": [0, 4],
    ...         "deaths_nonstate": [1, 0],
    ...         "deaths_unknown": [0, 2],
    ...         "low": [4, 6],
    ...         "best": [4, 6],
    ...         "high": [4, 6],
    ...     }
    ... )
    >>> rng = np.random.default_rng(1)
    >>> fit = ShareBounds(denominator="all").fit(events, rng=rng)
    >>> fit.params.values, fit.status.name
    (array([0.3, 0.5]), 'BOUNDED')
    """

    denominator: Denominator
    level: float = 0.9
    replicates: int = 4000
    refusal_width: float = 0.9

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        _check.one_of(self.denominator, get_args(Denominator), "denominator")
        _check.level(self.level)
        _check.level(self.refusal_width, "refusal_width")
        if self.replicates < 2:
            msg = f"replicates must be at least 2, got {self.replicates!r}; try 4000"
            raise SettingError(msg)

    def fit(
        self,
        events: Table | pd.DataFrame,
        *,
        by: str | None = None,
        rng: np.random.Generator,
    ) -> ShareBoundsFit:
        """Add up the dead by category and resample the events.

        Parameters
        ----------
        events : Table or DataFrame
            One row an event, with ``deaths_civilians``, ``deaths_unknown``,
            ``deaths_government`` and ``deaths_nonstate`` (or ``deaths_a`` and
            ``deaths_b`` where no side is to be left out), ``low``, ``best`` and
            ``high``, people. Rows that already are sums, such as weeks, are
            resampled as they are.
        by : str, optional
            Column that splits the events; each of its values gets its own result
            and its own resamples. Rows without a value form a group of their own.
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        ShareBoundsFit
            With dim ``place`` if ``by`` names a place, else with a dim of the
            name ``by``. Read ``status`` before using it.

        Raises
        ------
        SchemaError
            If a column is missing, a count is missing or negative, or a side is to
            be left out and the table does not say which side is which.
        """
        frame = events.frame if isinstance(events, Table) else events
        dead = tally(frame, self.denominator)
        if by is None:
            return ShareBoundsFit(self, *self._group(dead, rng))
        keys = column(frame, by).astype("str").fillna("(not given)")
        groups = {str(key): rows for key, rows in dead.groupby(keys.to_numpy())}
        dim = "place" if by in PLACES else by
        labels = xr.DataArray([*groups], dims=dim, name=dim)
        parts = [self._group(rows, rng) for rows in groups.values()]
        totals, draws, influence = zip(*parts, strict=True)
        return ShareBoundsFit(
            self,
            xr.concat(totals, labels),
            xr.concat(draws, labels),
            xr.concat(influence, labels),
        )

    def _group(
        self, rows: pd.DataFrame, rng: np.random.Generator
    ) -> tuple[xr.Dataset, xr.DataArray, xr.Dataset]:
        """Totals, resampled totals (draw, category) and influence of one group."""
        dead = rows.loc[rows[CATEGORIES].sum(axis=1) > 0]
        deaths = dead[CATEGORIES].to_numpy()
        sums = np.zeros((self.replicates, len(CATEGORIES)))
        if len(dead):
            sums = bootstrap_sums(deaths, self.replicates, rng)
        lowest, highest = ratio_range(*rows[INTERVALS].to_numpy().T)
        totals = xr.Dataset(
            {
                "deaths": ("category", deaths.sum(axis=0)),
                "left_out": rows["left_out"].sum(),
                "n_events": len(dead),
                "n_inconsistent": rows["inconsistent"].sum(),
                "range_lower": lowest,
                "range_upper": highest,
            },
            coords={"category": CATEGORIES},
        )
        draws = xr.DataArray(sums, totals["category"].coords, ("draw", "category"))
        return totals, draws.rename("draws"), _influence(dead)


@dataclass(frozen=True, slots=True)
class ShareBoundsFit:
    """A fitted :class:`ShareBounds`; no event table is kept.

    Attributes
    ----------
    model : ShareBounds
        The settings that were fitted.
    totals : Dataset, dims (category[, place])
        ``deaths`` in the denominator and ``left_out`` of it, people; ``n_events``
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
        unknown = self.totals["deaths"].sel(category="unknown", drop=True)
        return (unknown / self.n_deaths).rename("unknown_share")

    @property
    def params(self) -> xr.DataArray:
        """Lower and upper bound of the share, dims (param[, place])."""
        return _ends(self.totals["deaths"])

    @property
    def std_err(self) -> xr.DataArray:
        """Standard errors of the bounds by bootstrap; NaN where there is one event."""
        spread = _ends(self.draws).std("draw", ddof=1)
        return spread.where(self.totals["n_events"] > 1)

    @property
    def statuses(self) -> xr.DataArray:
        """Name of the status of each group, dims ([place])."""
        width = self.unknown_share
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
        lower, upper = _pair(self.params)
        return _interval(lower.where(lower == upper), lower, upper, 1.0, "bounds")

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
        >>> model = ShareBounds(denominator="all", replicates=2)
        >>> fit = model.fit(weeks, by="week", rng=np.random.default_rng(1))
        >>> fit.running("week")["upper"].values
        array([0.5 , 0.25])
        """
        _check.has_dims(self.totals.dims, along, what="fit")
        lower, upper = _pair(_ends(self.totals["deaths"].cumsum(along)))
        return _interval(lower.where(lower == upper), lower, upper, 1.0, "bounds")

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
        width, error = self.unknown_share, std_err.max("param", skipna=False)
        critical = width.copy(
            data=imbens_manski_critical(width.values, error.values, level)
        )
        if method == "percentile":
            tail = width.copy(data=ndtr(-critical))
            drawn_lower, drawn_upper = _pair(_ends(self.draws))
            lower = _quantile(drawn_lower, tail)
            upper = _quantile(drawn_upper, 1 - tail)
        else:
            beyond_lower, beyond_upper = _pair(critical * std_err)
            lower = bounds["lower"] - beyond_lower
            upper = bounds["upper"] + beyond_upper
        return _interval(
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
        the curve, not one of its points.

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
        drawn = xr.concat([_at_odds(self.draws, psi) for psi in index], index)
        ends = drawn.quantile([tail, 1 - tail], "draw", skipna=False)
        ends = ends.where(self.totals["n_events"] > 1)
        return _interval(
            xr.concat([_at_odds(self.totals["deaths"], psi) for psi in index], index),
            ends.isel(quantile=0, drop=True),
            ends.isel(quantile=1, drop=True),
            self.model.level,
            "confidence",
        )

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
            "low_to_high": _interval(missing, *ends, 1.0, "bounds"),
            "normal": self.conf_int(),
            "percentile": self.conf_int(method="percentile"),
        }
        frames = [_rows(term, dataset) for term, dataset in terms.items()]
        return pd.concat(frames, ignore_index=True)

    def summary(self) -> str:
        """Say what was estimated, of whom, and how far it is known.

        Returns
        -------
        str
            Several lines, without markup.
        """
        whom = self.model.denominator
        facts = {
            "denominator": f"{whom} ({WORDING[whom]})",
            "n_deaths": f"{float(self.n_deaths.sum()):,.0f} in {self.nobs:,} rows",
            "left out": f"{float(self.totals['left_out'].sum()):,.0f} deaths",
            "inconsistent": f"{int(self.totals['n_inconsistent'].sum()):,} rows whose "
            "categories do not add up to best",
            "status": self.status.value,
        }
        lines = [f"{name + ':':<14}{value}" for name, value in facts.items()]
        table = xr.merge(
            [self.unknown_share, self.statuses, self.n_deaths], compat="override"
        )
        worst = self.influence.sel(rank=slice(EVENTS_PRINTED))
        worst = worst.where(worst["change"].notnull(), drop=True)
        texts = [
            frame.to_string(index=False, float_format="{:.3f}".format)
            for frame in (_records(table), self.to_frame(), _records(worst))
        ]
        lines = ["Share of civilians among the dead", *lines]
        return "\n\n".join(["\n".join(lines), *texts])

    def to_dataset(self) -> xr.Dataset:
        """Give everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            The totals, ``draws`` and the influence; the settings are its attrs.
        """
        whole = self.totals.assign(draws=self.draws).merge(self.influence)
        return whole.assign_attrs(asdict(self.model))

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
        plain = dataset.drop_attrs(deep=False)
        return cls(
            model=ShareBounds(**dataset.attrs),
            totals=plain.drop_dims(["draw", "rank"]),
            draws=plain["draws"],
            influence=plain[[name for name in plain if "rank" in plain[name].dims]],
        )

    def _repr_html_(self) -> str:
        """Show in a notebook what ``summary`` says."""
        return f"<pre>{html.escape(self.summary())}</pre>"


def _influence(dead: pd.DataFrame) -> xr.Dataset:
    """The events whose absence moves the bounds most, dims (rank,)."""
    deaths = dead[CATEGORIES].to_numpy()
    total = deaths.sum(axis=0, keepdims=True)
    without = np.array(share_bounds(*(total - deaths).T))
    change = np.abs(without - np.array(share_bounds(*total.T))).max(axis=0)
    table = pd.DataFrame(
        {
            "event": dead["event"].astype("str").to_numpy(),
            "event_deaths": deaths.sum(axis=1),
            "event_unknown": deaths[:, CATEGORIES.index("unknown")],
            "lower_without": without[0],
            "upper_without": without[1],
            "change": change,
        }
    ).sort_values("change", ascending=False, kind="stable", ignore_index=True)
    table = table.reindex(range(TOP_EVENTS)).fillna({"event": ""})
    columns = {name: ("rank", table[name].to_numpy()) for name in table}
    return xr.Dataset(columns, coords={"rank": np.arange(TOP_EVENTS) + 1})


def _ends(deaths: xr.DataArray) -> xr.DataArray:
    """Bounds of the share, dim (category) replaced by (param)."""
    part, rest, unknown = (deaths.sel(category=c, drop=True) for c in CATEGORIES)
    lower, upper = share_bounds(part.values, rest.values, unknown.values)
    return xr.concat([part.copy(data=lower), part.copy(data=upper)], PARAMS)


def _pair(ends: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Split (param, ...) into what is lower and what is upper."""
    return ends.sel(param="lower", drop=True), ends.sel(param="upper", drop=True)


def _at_odds(deaths: xr.DataArray, odds_ratio: float) -> xr.DataArray:
    """Share at one odds ratio, dim (category) gone."""
    part, rest, unknown = (deaths.sel(category=c, drop=True) for c in CATEGORIES)
    share = share_at_odds_ratio(part.values, rest.values, unknown.values, odds_ratio)
    return part.copy(data=share)


def _quantile(drawn: xr.DataArray, probability: xr.DataArray) -> xr.DataArray:
    """Quantile over the draws, at a probability of its own in each group."""
    found = xr.apply_ufunc(
        np.quantile,
        drawn,
        probability.fillna(0.5),
        input_core_dims=[["draw"], []],
        vectorize=True,
    )
    return found.where(probability.notnull())


def _interval(
    estimate: xr.DataArray,
    lower: xr.DataArray,
    upper: xr.DataArray,
    level: float,
    kind: str,
) -> xr.Dataset:
    """A Dataset of the house's three names, with what they are."""
    return xr.Dataset(
        {"estimate": estimate, "lower": lower, "upper": upper},
        attrs={"level": level, "kind": kind},
    )


def _rows(term: str, interval: xr.Dataset) -> pd.DataFrame:
    """An interval as rows of a tidy table."""
    rows = _records(interval).assign(**interval.attrs)
    rows.insert(0, "term", term)
    return rows


def _records(dataset: xr.Dataset) -> pd.DataFrame:
    """One row a group, or a single row where there are no groups."""
    if dataset.sizes:
        return dataset.to_dataframe().reset_index()
    return pd.DataFrame([{name: dataset[name].item() for name in dataset}])

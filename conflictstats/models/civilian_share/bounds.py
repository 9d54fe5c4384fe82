"""Share of civilians among the dead: bounds that keep the unknown unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats.errors import SchemaError, SettingError
from conflictstats.models.civilian_share.bounds_fit import ShareBoundsFit
from conflictstats.models.civilian_share.categories import (
    CLASSES,
    SIDES,
    UNKNOWN,
    Whom,
    whose_share,
)
from conflictstats.models.civilian_share.denominator import (
    Denominator,
    column,
    counted,
    rows_named,
)
from conflictstats.models.civilian_share.influence import influence_of
from conflictstats.models.civilian_share.tally import range_of_totals, tally
from conflictstats.numerics.sampling.resampling import bootstrap_sums
from conflictstats.provenance import Table

PLACES = {"place", "region", "country", "adm_1", "adm_2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBounds:
    r"""Bounds on the share of civilians, or of any other kind, among the dead.

    Use it first: it assumes nothing about the dead of unknown status. It does not
    correct for deaths that nobody recorded, nor for a status that was coded wrong.

    .. math:: \frac{\sum c_e}{\sum (c_e + k_e + u_e)} \;\le\; \text{share} \;\le\;
              \frac{\sum (c_e + u_e)}{\sum (c_e + k_e + u_e)}

    with civilians :math:`c`, others in the denominator :math:`k`, and unknown
    :math:`u` of event :math:`e`. Around the bounds stands an Imbens-Manski interval
    with standard errors from resampled events.

    Attributes
    ----------
    denominator : str or tuple of str
        Share of whom; there is no default. ``"all"`` or ``"known"`` of the dead,
        ``"without_government"`` or ``"without_nonstate"``, or the categories that are
        counted. ``"known"`` leaves out the unknown, the others keep them. Where one
        side is left out, an unknown may belong to that side too: the bounds hold all
        the same.
    part : tuple of str
        Categories whose share is asked for.
    categories : tuple of str
        All that the dead can be, each with its column ``deaths_...``; if empty,
        civilians, government and nonstate. A column may leave several open:
        ``deaths_civilians_or_nonstate``.
    level : float
        Nominal coverage of the intervals.
    replicates : int
        Resamples of the events.
    refusal_width : float
        Bounds at least this far apart have the status ``UNINFORMATIVE``.
    inconsistent : {"count", "refuse"}
        Whether rows whose categories do not add up to ``best`` are counted or refused.

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

    The two were no soldiers, but civilians or fighters of a militia:

    >>> sets = events.assign(deaths_unknown=0, deaths_civilians_or_nonstate=[0, 2])
    >>> army = ShareBounds(denominator="all", part=("government",))
    >>> army.fit(sets, rng=rng).params.values
    array([0.4, 0.4])
    """

    denominator: Denominator | tuple[str, ...]
    part: tuple[str, ...] = ("civilians",)
    categories: tuple[str, ...] = ()
    level: float = 0.9
    replicates: int = 4000
    refusal_width: float = 0.9
    inconsistent: Literal["count", "refuse"] = "count"

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if isinstance(self.denominator, str):
            _check.one_of(self.denominator, get_args(Denominator), "denominator")
        _check.level(self.level)
        _check.level(self.refusal_width, "refusal_width")
        _check.one_of(self.inconsistent, ("count", "refuse"), "inconsistent")
        if self.replicates < 2:
            msg = f"replicates must be at least 2, got {self.replicates!r}; try 4000"
            raise SettingError(msg)
        self._check_part()

    def _check_part(self) -> None:
        """Refuse a part that is not in the denominator, and categories of no use."""
        everybody = self.categories or SIDES
        if UNKNOWN in everybody or len(set(everybody)) < len(everybody):
            raise SettingError(
                f"categories must be different, and unknown is none; got {everybody}"
            )
        inside = counted(self.denominator, everybody)
        if not self.part or not {*self.part} <= inside:
            raise SettingError(
                f"part must be a tuple of categories in the denominator, "
                f"{', '.join(sorted(inside))}; got {self.part!r}"
            )

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
            One row an event, with ``deaths_unknown``, a column for each category
            (``deaths_civilians``, ``deaths_government`` and ``deaths_nonstate``, or
            ``deaths_a`` and ``deaths_b`` where no side is to be left out), any number
            of columns that leave several open, ``low``, ``best`` and ``high``,
            people. Rows that already are sums, such as weeks, are resampled as they
            are. :func:`deaths_by_status` makes such a table of labels.
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
            If a column is missing or has an unknown category, a count is missing or
            negative, more are of the part than died at most, categories do not add
            up and that is refused, or a side is to be left out and the table does
            not say which side is which.
        """
        frame = events.frame if isinstance(events, Table) else events
        whom = whose_share(frame, self.denominator, self.part, self.categories)
        dead = tally(frame, whom)
        if self.inconsistent == "refuse" and dead["inconsistent"].any():
            bad = dead["inconsistent"].to_numpy()
            raise SchemaError(
                f"the categories do not add up to best in row "
                f"{rows_named(bad, frame['best'])}; correct them, put the rest into "
                "deaths_unknown, or count them with inconsistent='count'"
            )
        if by is None:
            return ShareBoundsFit(self, *self._group(dead, whom, rng))
        keys = column(frame, by).astype("str").fillna("(not given)")
        groups = {str(key): rows for key, rows in dead.groupby(keys.to_numpy())}
        dim = "place" if by in PLACES else by
        labels = xr.DataArray([*groups], dims=dim, name=dim)
        parts = [self._group(rows, whom, rng) for rows in groups.values()]
        totals, draws, influence = zip(*parts, strict=True)
        return ShareBoundsFit(
            self,
            xr.concat(totals, labels),
            xr.concat(draws, labels),
            xr.concat(influence, labels),
        )

    def _group(
        self, rows: pd.DataFrame, whom: Whom, rng: np.random.Generator
    ) -> tuple[xr.Dataset, xr.DataArray, xr.Dataset]:
        """Totals, resampled totals (draw, category) and influence of one group."""
        dead = rows.loc[rows[[*CLASSES]].sum(axis=1) > 0]
        deaths = dead[[*CLASSES]].to_numpy()
        sums = np.zeros((self.replicates, len(CLASSES)))
        if len(dead):
            sums = bootstrap_sums(deaths, self.replicates, rng)
        lowest, highest = range_of_totals(rows, whom)
        totals = xr.Dataset(
            {
                "deaths": ("category", deaths.sum(axis=0)),
                "left_out": rows["left_out"].sum(),
                "n_events": len(dead),
                "n_inconsistent": rows["inconsistent"].sum(),
                "range_lower": lowest,
                "range_upper": highest,
            },
            coords={"category": ["_or_".join(self.part), *CLASSES[1:]]},
        )
        draws = xr.DataArray(sums, totals["category"].coords, ("draw", "category"))
        return totals, draws.rename("draws"), influence_of(dead)

"""Three honest levels of one question: bounds, sensitivity and model side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats.models.civilian_share.bounds import ShareBounds
from conflictstats.models.civilian_share.composition_fit import CompositionFit
from conflictstats.models.civilian_share.denominator import Denominator, column
from conflictstats.models.civilian_share.dynamic import DynamicShare
from conflictstats.models.civilian_share.sticks import Places
from conflictstats.panel import panel_of_events
from conflictstats.panel.calendar import Every
from conflictstats.provenance import Table

NOT_STATED = "not stated"
CURVE = (0.0, *(2.0**power for power in range(-4, 5)), np.inf)
"""Odds ratios of the curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    r"""Share of civilians among the dead, at three levels of assumption.

    Use it to answer a question about a share once, with all that can be said honestly:

    1. bounds, which assume nothing about the unknown (:class:`ShareBounds`);
    2. the share at odds ratios :math:`\psi` of an unknown against a known from 1/4
       to 4, each an assumption, with an interval from resampled events;
    3. a model, whose share moves over time and whose :math:`\psi` has a prior
       (:class:`DynamicShare`).

    A conclusion that holds at the first level needs no other. None of them corrects for
    deaths that nobody recorded.

    Attributes
    ----------
    denominator : {"all", "known", "without_government", "without_nonstate"}
        Share of whom; there is no default.
    every : {"day", "week", "month"}
        Length of a cell of the model.
    places : {"independent", "parallel", "joint"}
        How the model ties several places, see :class:`DynamicShare`.
    odds_ratio, odds_ratio_sd : float
        Median of the model's :math:`\psi`, and standard deviation of its log.
    sides : bool
        Whether the model tells government from nonstate dead.
    level : float
        Coverage of confidence and credible intervals.
    replicates, draws : int
        Resamples of the events, and posterior draws.

    References
    ----------
    .. [1] Manski, C. F. (2003). *Partial Identification of Probability
       Distributions*. https://doi.org/10.1007/b97478

    Examples
    --------
    Forty dead in ten months, of whom ten are civilians and ten unknown:

    >>> day = pd.date_range("2019-01-15", periods=10, freq="30D")
    >>> counts = {"deaths_civilians": 1, "deaths_government": 1, "deaths_nonstate": 1}
    >>> counts |= {"deaths_unknown": 1, "low": 4, "best": 4, "high": 4}
    >>> events = pd.DataFrame({"date_start": day, "date_end": day}).assign(**counts)
    >>> model = Composition(denominator="all", draws=200, replicates=200)
    >>> fit = model.fit(events, rng=np.random.default_rng(1))
    >>> fit.to_frame().set_index("basis").loc["bounds", ["lower", "upper"]].tolist()
    [0.25, 0.5]
    """

    denominator: Denominator
    every: Every = "month"
    places: Places = "parallel"
    odds_ratio: float = 1.0
    odds_ratio_sd: float = 0.7
    sides: bool = False
    level: float = 0.9
    replicates: int = 4000
    draws: int = 1000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        _check.one_of(self.every, get_args(Every), "every")
        _ = self.bounds, self.dynamic

    @property
    def bounds(self) -> ShareBounds:
        """Settings of the first two levels."""
        return ShareBounds(
            denominator=self.denominator, level=self.level, replicates=self.replicates
        )

    @property
    def dynamic(self) -> DynamicShare:
        """Settings of the third."""
        return DynamicShare(
            denominator=self.denominator,
            odds_ratio=self.odds_ratio,
            odds_ratio_sd=self.odds_ratio_sd,
            places=self.places,
            sides=self.sides,
            draws=self.draws,
        )

    def fit(
        self,
        events: Table | pd.DataFrame,
        *,
        by: str | None = None,
        rng: np.random.Generator,
    ) -> CompositionFit:
        """Answer at all three levels, of each place and of all together.

        Parameters
        ----------
        events : Table or DataFrame
            One row an event: ``date_start``, ``date_end``, ``low``, ``best``,
            ``high``, ``deaths_civilians``, ``deaths_government``, ``deaths_nonstate``
            and ``deaths_unknown``, people.
        by : str, optional
            Column that names the place; rows without it are the place ``"not stated"``.
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        CompositionFit
            The three levels; no event table is kept.

        Raises
        ------
        SchemaError
            If a column is missing, or a count is missing or negative.
        """
        frame = events.frame if isinstance(events, Table) else events
        labels = pd.Series("all", frame.index)
        if by is not None:
            labels = column(frame, by).astype("str").fillna(NOT_STATED)
        named = frame.assign(place=labels)
        table = replace(events, frame=named) if isinstance(events, Table) else named
        panel = panel_of_events(table, every=self.every, by="place")
        model = self.dynamic
        if panel.sizes["place"] == 1:
            model = replace(model, places="independent")
        dynamic = model.fit(panel, rng=rng, strict=False)
        return CompositionFit(
            model=self,
            bounds=self.bounds.fit(named, by="place", rng=rng),
            whole=self.bounds.fit(named, rng=rng),
            dynamic=dynamic,
            curve=dynamic.sensitivity(CURVE, level=self.level, rng=rng),
        )

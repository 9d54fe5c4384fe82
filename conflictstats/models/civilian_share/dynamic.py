"""Composition of the dead as random walks, the unknown dead kept as unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats.errors import FitError, SettingError
from conflictstats.models.civilian_share.composed import compose
from conflictstats.models.civilian_share.deaths import deaths_of
from conflictstats.models.civilian_share.denominator import Denominator
from conflictstats.models.civilian_share.dynamic_fit import DynamicShareFit
from conflictstats.models.civilian_share.dynamic_status import DynamicShareStatus
from conflictstats.models.civilian_share.sticks import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicShare:
    r"""Composition of the dead over time, from categories and an assumption.

    Use it for the course of the share where most statuses are known; beside it always
    show :class:`ShareBounds`, which assumes nothing (:class:`Composition` has both).
    It does not correct for deaths that nobody recorded.

    .. math:: c_t \sim \mathrm{BetaBin}(n_t, p_t, \rho), \quad
              \operatorname{logit} p_t \sim N(\operatorname{logit} p_{t-1}, \sigma^2),
              \quad \operatorname{logit} p_t^{\text{unknown}} =
              \operatorname{logit} p_t + \log\psi, \quad
              \log\psi \sim N(\log\psi_0, s^2)

    with civilians :math:`c_t` of the :math:`n_t` dead of known status in the
    denominator. The civilians among the unknown are drawn, each cell's in the light of
    its known dead, so the share of those who died is no less certain than it should be.
    No record tells :math:`\psi`: its law after the data is the one before.

    Several categories are a chain of such splits: civilians out of all, then government
    out of those who were none [2]_. So the share of civilians is the same however the
    others are told apart, and two categories are one split. :math:`\psi` is about
    civilians; an unknown who was none is of either side as the known of the cell were.

    Attributes
    ----------
    denominator : {"all", "known", "without_government", "without_nonstate"}
        Share of whom; there is no default. In the last two an unknown counts as
        civilian or as of the side that is kept.
    odds_ratio : float
        :math:`\psi_0`, how much greater the odds are that an unknown was a civilian
        than that a known one was; 1 says that who is known does not depend on it.
    odds_ratio_sd : float
        :math:`s`, how unsure that is; 0 takes :math:`\psi_0` for certain. The default
        puts :math:`\psi` between 0.32 and 3.2 times :math:`\psi_0` with probability
        90 %. One :math:`\psi` holds for all cells and places.
    places : {"independent", "parallel", "joint"}
        Whether each place is estimated by itself; or all share one walk and differ by
        a level; or each walks by itself with steps of which a part is shared.
    sides : bool
        Whether to tell government from nonstate dead, at twice the cost.
    weekly_change : tuple of float
        Prior of :math:`\sigma`: exponential with P(sd of the logit's change in a week
        > first) = second.
    refusal_width : float
        Part of the dead that is unknown from which on no point is given.
    draws : int
        Number of joint posterior draws.

    References
    ----------
    .. [1] Manski, C. F. (2003). *Partial Identification of Probability
       Distributions*. https://doi.org/10.1007/b97478
    .. [2] Connor, R. J. and Mosimann, J. E. (1969). Concepts of independence for
       proportions with a generalization of the Dirichlet distribution. *JASA* 64,
       194-206. https://doi.org/10.1080/01621459.1969.10500963

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
    odds_ratio_sd: float = 0.7
    places: Places = "independent"
    sides: bool = False
    weekly_change: tuple[float, float] = (1.0, 0.05)
    refusal_width: float = 0.9
    draws: int = 1000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        _check.one_of(self.denominator, get_args(Denominator), "denominator")
        _check.one_of(self.places, get_args(Places), "places")
        _check.level(self.refusal_width, "refusal_width")
        if not 0 < self.odds_ratio < np.inf:
            msg = f"odds_ratio must be above 0 and finite, got {self.odds_ratio!r}"
            raise SettingError(msg + "; for its limits use ShareBounds")
        if not 0 <= self.odds_ratio_sd < np.inf:
            msg = f"odds_ratio_sd must be 0 or more, got {self.odds_ratio_sd!r}"
            raise SettingError(msg + "; 0 takes the odds ratio for certain")

    def fit(
        self,
        panel: xr.Dataset,
        *,
        rng: np.random.Generator | None = None,
        strict: bool = True,
    ) -> DynamicShareFit:
        """Estimate the shares of every place of a panel, as ``places`` says.

        Deaths in periods longer than a cell do not tell the model of the course of the
        share; they are among those who died, and their unknown are drawn by the mean
        share over the period.

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
            Draws of shares and of those who died; it does not hold the panel.

        Raises
        ------
        DimensionError
            If the panel lacks a dimension.
        SettingError
            If the panel lacks a category.
        QuantityError
            If a count is negative or not whole.
        FitError
            If ``strict`` and the search did not end, or nobody of known status died.
        """
        _check.has_dims(panel.dims, "time", "place", what="panel")
        rng = np.random.default_rng() if rng is None else rng
        days = float(np.median((panel["time_end"] - panel["time"]).dt.days + 1))
        deaths = deaths_of(panel, self.denominator, sides=self.sides)
        composed = compose(self, deaths, days, rng)
        fit = DynamicShareFit.of(self, panel, deaths, composed)
        bad = (DynamicShareStatus.NOT_CONVERGED, DynamicShareStatus.NO_DATA)
        if strict and fit.status in bad:
            here = fit.diagnostics["status"] == fit.status.name
            named = ", ".join(map(str, fit.diagnostics["place"].values[here.values]))
            raise FitError(f"{named}: {fit.status.value}")
        return fit

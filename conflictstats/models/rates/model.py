"""The model: settings, priors and the fit."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats.errors import DimensionError, FitError, FitWarning, SettingError
from conflictstats.models.rates import bodies, columns, posterior, structure
from conflictstats.models.rates import screen as screening
from conflictstats.models.rates.covariates import (
    Covariates,
    columns_in,
    covariates_of,
)
from conflictstats.models.rates.fit import DynamicRateFit
from conflictstats.models.rates.layout import Layout, days_of, layout_of, stack_of
from conflictstats.models.rates.status import RateStatus
from conflictstats.models.rates.trends import walks_apart
from conflictstats.numerics.likelihood.mechanisms import DEFAULTS, Mechanism

Walk = Literal["rw1", "rw2", "ar1"]
Family = Literal["negbin", "poisson"]
Places = Literal["independent", "parallel", "joint"]
Interaction = Literal["walk", "noise"]
REFUSED = (RateStatus.NO_DATA, RateStatus.NOT_CONVERGED, RateStatus.OVERDISPERSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicRate:
    r"""Deaths per day as a random walk, from counts as they were reported.

    Use it for the level of violence over time with honest bands: per place or for
    places that move together, from exact counts, bounds, rounded numbers and periods
    longer than a cell. It does not correct for deaths that nobody reported.

    .. math:: Y_t \sim \mathrm{NB}(\mu_t, r), \quad
              \operatorname{Var} Y_t = \mu_t + \mu_t^2 / r, \quad
              \log\mu_t = \eta_t + \log e_t, \quad
              \eta_t \sim N(\eta_{t-1}, \sigma^2)

    with :math:`e_t` the days (or person-days) of the cell. A report enters through
    its mechanism: the probability of the count, of the interval it leaves open, or of
    ``k`` deaths found so far, each with probability :math:`\pi`. A period's record
    has mean :math:`\phi \sum_j c_j \mu_j` and size
    :math:`r (\sum_j\mu_j)^2 / \sum_j\mu_j^2`; see
    :func:`conflictstats.panel.panel_of_events` for the shares.

    Attributes
    ----------
    variable : str
        Which counts: ``"best"``, ``"low"``, ``"high"`` or a category such as
        ``"deaths_civilians"``. A panel of reports has its own bounds and ignores it.
    mechanisms : mapping of str to str
        How reports are read, by qualifier, over the defaults in
        :data:`conflictstats.numerics.likelihood.mechanisms.DEFAULTS`; the words are
        ``exact``, ``confirmed``, ``coarsened``, ``rounded``, ``floor``,
        ``approximate`` and ``elicited``. Others are refused with a sentence.
    elicited : tuple of str, optional
        Variables of the panel, by time and place, with location, scale and weight of
        the experts' law (uncertainUCDP) of each count that is read as ``elicited``.
        The law is of one event, so a cell must hold one; a cell without any is zero.
    exposure : str, optional
        Variable of the panel with person-days; it is then the log rate per person-day
        that is a random walk, so that expected deaths follow the population.
    family : {"negbin", "poisson"}
        Law of a cell's count. Poisson is refused where counts scatter more.
    walk : {"rw1", "rw2", "ar1"}
        Law of the log rate: a random walk, one whose growth wanders, or a stationary
        autoregression around a level.
    drift : tuple of float, optional
        A constant growth beside the walk (a local level with drift), normal around 0:
        P(it changes the rate by more than this factor, up or down, within a year) =
        second. ``fit.draws["effects"]`` has it as ``drift``, the growth of the log
        rate in a year.
    places : {"independent", "parallel", "joint"}
        Whether each place has hyperparameters and a path of its own; or all share one
        path and differ by a level; or they share a trend from which each deviates.
    interaction : {"walk", "noise"}
        How joint places deviate from their trend: by steps of each place's own, which
        stay (Knorr-Held's type II; with ``neighbours`` between II and IV), or anew in
        every cell, around a level of each place's own (type I; between I and III).
    neighbours : mapping of str to sequence of str, optional
        Neighbours of each place, among which differences are smooth (BYM2); naming a
        pair once is enough. Parts of the map that do not touch share no step.
    reference : str, optional
        The counting body in whose count the rate is, where the panel has a dimension
        ``body``: the others then differ from it by a ratio :math:`\rho_s` that never
        moves. A cell's scatter is shared by all who count it, and is a log-normal
        factor; what is left to ``family`` is each body's own scatter around that.
        Bodies are taken to have counted for themselves: what one copied from another
        is no second report.
    covariates : str, optional
        What else explains the rate: a right side such as ``"ceasefire + bs(rain, df=4)
        + C(front)"`` of variables of the panel by (time, place), by time or by place.
        Functions are ``log, log1p, log10, exp, sqrt, abs``, splines ``bs, cr, poly``;
        ``C(x)`` is a factor. The walk is the intercept.
    calendar : tuple of str
        Effects of ``"weekday"``, of ``"month"`` of the year, or both; they sum to zero.
    weekly_change : tuple of float
        Prior of :math:`\sigma`: P(the rate changes by more than this factor within a
        week) = second, over the unknown sd and the step drawn with it; see
        :class:`conflictstats.numerics.priors.Step`.
    body_ratio : tuple of float
        Prior of :math:`\rho_s`, log-normal around 1: P(another body's count is more
        than this factor from the reference's, up or down) = second.
    covariate_change : tuple of float
        Prior of each covariate's coefficient, normal around 0: P(one standard
        deviation of its column changes the rate by more than this factor, up or down)
        = second. Of a column with two values it is the change from one to the other.
    overdispersion : tuple of float
        Prior of :math:`r^{-1/2}`: exponential with P(it is above first) = second. It
        holds for the shared and for the bodies' own scatter alike.
    found : tuple of float
        Beta prior of :math:`\pi`. The default has mean .86 and 90 % of its mass in
        (.72, .95): what :class:`conflictstats.FoundShare` learns from 26 repeated
        bulletin paths in north-west Syria about the mean share of another body. For
        bulletins of incidents only, never for running totals. With ``floor``
        :math:`\pi` is another thing, the chance that a report names the count itself,
        of which nothing was learned: state your own prior there.
    draws : int
        Number of joint posterior draws.
    refine : bool
        Whether to run Markov chains on the exact posterior from the approximation on:
        the remedy where that is doubtful. Takes seconds in place of a tenth of one.

    References
    ----------
    .. [1] Rue, H., Martino, S. and Chopin, N. (2009). Approximate Bayesian inference
       for latent Gaussian models. *JRSS B* 71, 319-392.
       https://doi.org/10.1111/j.1467-9868.2008.00700.x
    .. [2] Simpson, D. et al. (2017). Penalising model component complexity.
       *Statistical Science* 32, 1-28. https://doi.org/10.1214/16-STS576

    Examples
    --------
    Two hundred days at seven deaths a day, and the model finds seven:

    >>> from conflictstats.simulate.counts import random_walk_counts
    >>> rng = np.random.default_rng(1)
    >>> truth = random_walk_counts(200, rate=7, step=0, rng=rng)
    >>> fit = DynamicRate().fit(truth, rng=rng)
    >>> fit.status.name
    'CONVERGED'
    >>> band = fit.rate(0.9).mean("time")
    >>> bool((band.lower < 7).all() and (7 < band.upper).all())
    True
    """

    variable: str = "best"
    mechanisms: Mapping[str, str] = field(default_factory=dict)
    elicited: tuple[str, str, str] | None = None
    exposure: str | None = None
    family: Family = "negbin"
    walk: Walk = "rw1"
    drift: tuple[float, float] | None = None
    places: Places = "independent"
    interaction: Interaction = "walk"
    neighbours: Mapping[str, Sequence[str]] | None = None
    reference: str | None = None
    covariates: str | None = None
    calendar: tuple[str, ...] = ()
    weekly_change: tuple[float, float] = (4.0, 0.05)
    body_ratio: tuple[float, float] = (3.0, 0.1)
    covariate_change: tuple[float, float] = (10.0, 0.05)
    overdispersion: tuple[float, float] = (3.0, 0.05)
    found: tuple[float, float] = (19.8, 3.3)
    draws: int = 1000
    refine: bool = False

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing, or not together."""
        _check.one_of(self.family, get_args(Family), "family")
        _check.one_of(self.walk, get_args(Walk), "walk")
        _check.one_of(self.places, get_args(Places), "places")
        _check.one_of(self.interaction, get_args(Interaction), "interaction")
        for name in self.calendar:
            _check.one_of(name, columns.CALENDAR, "calendar")
        if self.neighbours is not None:
            near = {place: tuple(near) for place, near in self.neighbours.items()}
            object.__setattr__(self, "neighbours", near)
        if walks_apart(self) and self.walk != "rw1":
            raise SettingError(
                "joint places with interaction='walk' have random walks of order one, "
                f"and walk is {self.walk!r}: take walk='rw1', or places='parallel' or "
                "interaction='noise'"
            )
        if self.drift is not None and self.walk == "rw2":
            raise SettingError(
                "walk='rw2' has a growth of its own, and a drift would be it once "
                "more: leave out the drift, or take walk='rw1'"
            )
        if self.interaction == "noise" and self.places != "joint":
            raise SettingError(
                "interaction='noise' is how joint places deviate from their trend, and "
                f"places is {self.places!r}: take places='joint'"
            )
        if self.places == "independent" and self.neighbours is not None:
            raise SettingError(
                "neighbours tie places to each other, and places='independent' does "
                "not: take places='parallel' or 'joint'"
            )

    def fit(
        self,
        panel: xr.Dataset,
        *,
        rng: np.random.Generator | None = None,
        strict: bool = True,
    ) -> DynamicRateFit:
        """Estimate the rate of every place of a panel, as ``places`` says.

        Parameters
        ----------
        panel : Dataset, dims (time, place) or (time, place, body)
            From :func:`conflictstats.panel_of_events`, without a group, or from
            :func:`conflictstats.panel_of_reports` or
            :func:`conflictstats.panel_of_totals`.
        rng : numpy.random.Generator, optional
            Source of randomness; by default a new one, so numbers differ in the third
            digit from call to call.
        strict : bool
            Raise unless every place could be estimated; studies say False and read
            ``status``.

        Returns
        -------
        DynamicRateFit
            Draws of rates and of the true counts; it does not hold the panel.

        Raises
        ------
        DimensionError
            If the panel lacks a dimension or a variable, or has a group; if there is a
            reference and the panel has no bodies.
        SchemaError
            If a covariate is missing in a cell; the cells are named.
        SettingError
            If a mechanism, a prior or the formula of covariates is not usable; if the
            panel has bodies and none of them is the reference, or the reference
            counted nothing in a place.
        FitError
            If ``strict`` and the search did not end, nothing was observed, or counts
            scatter more than ``family="poisson"`` allows.
        """
        _check_panel(panel)
        bodies.check_bodies(self, panel)
        rng = np.random.default_rng() if rng is None else rng
        count = panel.sizes["place"]
        alone = self.places == "independent"
        units = [[i] for i in range(count)] if alone else [list(range(count))]
        explained = covariates_of(self, panel)
        if self.reference is None:
            results = [self._fit_unit(panel, unit, explained, rng) for unit in units]
        else:
            places = range(count)
            results = [self._fit_bodies(panel, i, explained, rng) for i in places]
            panel = bodies.of_body(panel, self.reference)
        names = () if explained is None else explained.names
        fit = DynamicRateFit.of(self, panel, days_of(panel), results, names)
        if strict and fit.status in REFUSED:
            bad = fit.diagnostics["status"] == fit.status.name
            places = fit.diagnostics["place"].values[bad.values]
            raise FitError(f"{', '.join(map(str, places))}: {fit.status.value}")
        if fit.status in (RateStatus.DOUBTFUL, RateStatus.DISAGREED):
            warnings.warn(fit.status.value, FitWarning, stacklevel=2)
        return fit

    def screen(self, panel: xr.Dataset, *, level: float = 0.9) -> xr.Dataset:
        """Estimate thousands of places at once, each on its own, without draws.

        All places are searched in lockstep, so that a thousand of them take seconds.
        Hyperparameters are integrated over and intervals are those of a log-normal law
        with the posterior's mean and standard deviation; the weights that mend the
        approximation in :meth:`fit` are left out. Use it to see where to look, and
        :meth:`fit` for a number that is published.

        Parameters
        ----------
        panel : Dataset, dims (time, place)
            Without periods longer than a cell.
        level : float
            Posterior probability inside the intervals.

        Returns
        -------
        Dataset
            ``estimate, lower, upper`` with dims (time, place), deaths per day;
            ``std_err`` of the log rate; by place ``step_sd``, ``size`` and the like
            with ``_lower`` and ``_upper``, ``log_evidence`` and ``status``.

        Raises
        ------
        SettingError
            If places are not independent, there are covariates or several bodies, or
            the panel has longer periods.

        Examples
        --------
        >>> from conflictstats.simulate.counts import random_walk_counts
        >>> truth = random_walk_counts(60, rate=7, step=0, rng=np.random.default_rng(1))
        >>> seen = DynamicRate().screen(truth).mean("time")
        >>> bool((seen.lower < 7).all() and (7 < seen.upper).all())
        True
        """
        if self.places != "independent":
            raise SettingError(
                f"places are screened each on its own, and places={self.places!r}: use "
                "fit()"
            )
        if self.covariates is not None:
            raise SettingError(
                "places are screened without covariates, which differ from place to "
                "place: use fit(), or covariates=None"
            )
        _check_panel(panel)
        if "body" in panel.dims:
            raise SettingError(
                "places are screened from the counts of one body: use fit(), or take "
                "one by panel.sel(body=...)"
            )
        layout = stack_of(panel, self.variable, self.exposure, self._table())
        return screening.screen(
            panel, layout, self._structure(panel, [0], layout, None), level
        )

    def _table(self) -> dict[str, Mechanism]:
        """Mechanism by qualifier: the defaults, then the user's."""
        table = dict(DEFAULTS)
        for word, name in self.mechanisms.items():
            allowed = [m.name.lower() for m in Mechanism]
            _check.one_of(name, allowed, f"mechanisms[{word!r}]")
            table[word] = Mechanism[name.upper()]
        return table

    def _fit_unit(
        self,
        panel: xr.Dataset,
        unit: list[int],
        explained: Covariates | None,
        rng: np.random.Generator,
    ) -> posterior.UnitResult:
        """Estimate places that are fitted together."""
        layout = layout_of(
            panel, unit, self.variable, self.exposure, self._table(), self.elicited
        )
        built = self._structure(panel, unit, layout, explained)
        result = posterior.fit_unit(self, layout, built, rng)
        if self.family == "poisson" and result.status not in REFUSED:
            free = replace(self, family="negbin")
            other = free._structure(panel, unit, layout, explained)
            if posterior.scatters_more(built, other):
                return result._replace(status=RateStatus.OVERDISPERSED)
        return result

    def _fit_bodies(
        self,
        panel: xr.Dataset,
        place: int,
        explained: Covariates | None,
        rng: np.random.Generator,
    ) -> posterior.UnitResult:
        """Estimate a place from what several bodies counted there."""
        side = bodies.beside(self, panel, place)
        count = side.sizes["place"]
        if explained is not None:
            alike = explained.values[:, [place] * count]
            explained = explained._replace(values=alike)
        result = self._fit_unit(side, list(range(count)), explained, rng)
        return bodies.of_reference(result)

    def _structure(
        self,
        panel: xr.Dataset,
        unit: list[int],
        layout: Layout,
        explained: Covariates | None,
    ) -> structure.Structure:
        """The engine's problem for some places."""
        blocks = columns.columns_of(panel, unit, self.calendar)
        if self.reference is not None:
            blocks.append(bodies.ratios(self, panel))
        return structure.structure_of(
            self,
            layout,
            names=[str(name) for name in panel["place"].values[unit]],
            cell_days=float(np.median(days_of(panel)[:, unit])),
            columns=blocks + columns_in(self, explained, unit),
            neighbours=columns.graph_of(panel, self.neighbours),
        )


def _check_panel(panel: xr.Dataset) -> None:
    """Refuse a panel that is not of one group by time and place."""
    _check.has_dims(panel.dims, "time", "place", what="panel")
    if "group" in panel.dims:
        groups = ", ".join(map(str, panel["group"].values))
        raise DimensionError(
            f"a rate is fitted to one group at a time; the panel has {groups}: "
            "count without group=, or split the events before"
        )

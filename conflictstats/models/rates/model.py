"""The model: settings, priors and the fit."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats.errors import FitError, FitWarning, SettingError
from conflictstats.models.rates import bodies, columns
from conflictstats.models.rates import screen as screening
from conflictstats.models.rates.bounds import RateBounds, ends_of
from conflictstats.models.rates.fit import DynamicRateFit
from conflictstats.models.rates.layout import stack_of
from conflictstats.models.rates.readings import over_mechanisms
from conflictstats.models.rates.status import REFUSED, RateStatus
from conflictstats.models.rates.trends import walks_apart
from conflictstats.models.rates.units import (
    built_of,
    check_panel,
    fit_places,
    table_of,
)

Walk = Literal["rw1", "rw2", "ar1"]
Family = Literal["negbin", "poisson"]
Places = Literal["independent", "parallel", "joint"]
Interaction = Literal["walk", "noise"]


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
        ``approximate`` and ``elicited``; for ``bounds`` see :meth:`bounds`.
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
        Effects of ``"weekday"``, and of the season by ``"month"`` or, more finely, by
        ``"week"``, a 52nd of the year. Each kind sums to zero. Months are a cyclic
        random walk of order one, weeks of order two: the last and the first of a year
        are neighbours.
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
        check_panel(panel)
        bodies.check_bodies(self, panel)
        rng = np.random.default_rng() if rng is None else rng
        fit = fit_places(self, panel, rng)
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
        check_panel(panel)
        screening.refuse(self, panel)
        layout = stack_of(panel, self.variable, self.exposure, table_of(self))
        return screening.screen(
            panel, layout, built_of(self, panel, [0], layout, None), level
        )

    def bounds(
        self,
        panel: xr.Dataset,
        *,
        rng: np.random.Generator | None = None,
        strict: bool = True,
    ) -> RateBounds:
        """Fit with every report at its low end and again at its high end.

        For who assumes nothing about where in its bounds a count lies. Reports read as
        ``"bounds"`` are taken at their ends, or all that are not exact where
        ``mechanisms`` names none; a panel of events has its low and high counts.

        Parameters
        ----------
        panel : Dataset, dims (time, place)
            As in :meth:`fit`.
        rng : numpy.random.Generator, optional
            Source of randomness.
        strict : bool
            As in :meth:`fit`.

        Returns
        -------
        RateBounds
            Both fits, and the envelope of their intervals.

        Raises
        ------
        SettingError
            If a report has no high end.

        Examples
        --------
        Ten to thirty dead a day, without another word:

        >>> days = np.datetime64("2019-01-01") + np.arange(50)
        >>> dims, said = ("time", "place"), np.ones((50, 1))
        >>> panel = xr.Dataset(
        ...     {"low": (dims, 10 * said), "high": (dims, 30 * said)},
        ...     {"time": days, "time_end": ("time", days), "place": ["A"]},
        ... ).assign(qualifier=(dims, np.full((50, 1), "range")))
        >>> total = DynamicRate().bounds(panel).total()
        >>> float(total["estimate_low"][0]), float(total["estimate_high"][0])
        (500.0, 1500.0)
        """
        rng = np.random.default_rng() if rng is None else rng
        low, high = (
            model.fit(at_end, rng=rng, strict=strict)
            for model, at_end in ends_of(self, panel)
        )
        return RateBounds(low=low, high=high)

    # What is read, how, with which share, how wide and by which chance.
    def mechanism_sensitivity(
        self,
        panel: xr.Dataset,
        *,
        qualifier: str = "at_least",
        mechanisms: Sequence[str] = ("exact", "confirmed", "coarsened"),
        found: Sequence[float] = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
        level: float = 0.9,
        rng: np.random.Generator | None = None,
    ) -> xr.Dataset:
        """Refit over the ways in which one kind of report can be read.

        What a report is taken to mean is an assumption; this is what it does to the
        mean rate. Draw it with :func:`conflictstats.plot_mechanism_sensitivity`.

        Parameters
        ----------
        panel : Dataset, dims (time, place)
            As in :meth:`fit`, with reports.
        qualifier : str
            The reports that are read in another way.
        mechanisms : sequence of str
            The ways; ``confirmed`` is fitted with each share found.
        found : sequence of float
            Shares of deaths found, each taken as known.
        level : float
            Posterior probability inside the intervals.
        rng : numpy.random.Generator, optional
            Source of randomness, the same for every case.

        Returns
        -------
        Dataset, dims (case, place)
            ``estimate``, ``lower``, ``upper`` of deaths per day over the whole panel,
            with ``mechanism``, ``found`` (NaN where none is assumed), ``status`` and
            ``log_evidence`` by case.

        Raises
        ------
        SettingError
            If there is no such report, or a mechanism is not known.

        Examples
        --------
        All read as half found, the rate doubles:

        >>> from conflictstats.simulate.counts import blur, random_walk_counts
        >>> rng = np.random.default_rng(1)
        >>> truth = random_walk_counts(40, rate=20, step=0, rng=rng)["truth"]
        >>> told = blur(truth, mechanism="confirmed", share=1.0, rng=rng)
        >>> curve = DynamicRate().mechanism_sensitivity(
        ...     told, mechanisms=["exact", "confirmed"], found=[0.5], rng=rng
        ... )
        >>> exact, half = curve["estimate"].squeeze("place")
        >>> float((half / exact).round(1))
        2.0
        """
        rng = np.random.default_rng() if rng is None else rng
        cases = [
            (name, share)
            for name in mechanisms
            for share in (found if name == "confirmed" else (np.nan,))
        ]
        seed = int(rng.integers(2**32))
        return over_mechanisms(self, panel, qualifier, cases, level, seed)

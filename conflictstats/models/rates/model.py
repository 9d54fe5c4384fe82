"""The model: settings, priors and the fit."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import DimensionError, FitError, FitWarning
from conflictstats.models.rates.fit import DynamicRateFit, PlaceResult, RateStatus
from conflictstats.models.rates.series import Series, days_of, series_of
from conflictstats.numerics import laplace, latent, realised
from conflictstats.numerics.likelihood.mechanisms import DEFAULTS, Mechanism
from conflictstats.numerics.likelihood.negbin import NegBinReports

DOUBTFUL_TAIL = 0.7
START_SD = 5.0
"""Prior sd of the first log rate, around one death a day: e^8 either way at 90 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicRate:
    r"""Deaths per day as a random walk, from counts as they were reported.

    Use it for the level of violence over time with honest bands: per place, from
    exact counts, bounds, rounded numbers and periods longer than a cell. It does not
    use covariates, pool places or correct for deaths that nobody reported.

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
        ``exact``, ``confirmed``, ``coarsened`` and ``rounded``.
    exposure : str, optional
        Variable of the panel with person-days; it is then the log rate per person-day
        that is a random walk, so that expected deaths follow the population.
    weekly_change : tuple of float
        Prior of :math:`\sigma`: an exponential law with P(sd of the log rate's change
        in a week > first) = second.
    overdispersion : tuple of float
        Prior of :math:`r^{-1/2}`: exponential with P(it is above first) = second.
    found : tuple of float
        Beta prior of :math:`\pi`. The default has mean .9 and 90 % of its mass in
        (.72, .99): over 26 repeated bulletin paths in north-west Syria the first count
        was on average .92 of the last. For bulletins of incidents only.
    draws : int
        Number of joint posterior draws.

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
    exposure: str | None = None
    weekly_change: tuple[float, float] = (1.0, 0.05)
    overdispersion: tuple[float, float] = (3.0, 0.05)
    found: tuple[float, float] = (9.0, 1.0)
    draws: int = 1000

    def fit(
        self,
        panel: xr.Dataset,
        *,
        rng: np.random.Generator | None = None,
        strict: bool = True,
    ) -> DynamicRateFit:
        """Estimate the rate of every place of a panel, each on its own.

        Parameters
        ----------
        panel : Dataset, dims (time, place)
            From :func:`conflictstats.panel.panel_of_events`, without a group.
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
            If the panel lacks a dimension or the variable, or has a group.
        SettingError
            If a mechanism or a prior is not usable.
        FitError
            If ``strict`` and the search did not end, or nothing was observed.
        """
        _check.has_dims(panel.dims, "time", "place", what="panel")
        if "group" in panel.dims:
            groups = ", ".join(map(str, panel["group"].values))
            raise DimensionError(
                f"a rate is fitted to one group at a time; the panel has {groups}: "
                "count without group=, or split the events before"
            )
        rng = np.random.default_rng() if rng is None else rng
        table = self._table()
        results = [
            self._fit_place(panel, i, table, rng) for i in range(panel.sizes["place"])
        ]
        fit = DynamicRateFit.of(self, panel, days_of(panel), results)
        if strict and fit.status in (RateStatus.NOT_CONVERGED, RateStatus.NO_DATA):
            bad = fit.diagnostics["status"] == fit.status.name
            places = fit.diagnostics["place"].values[bad.values]
            raise FitError(f"{', '.join(map(str, places))}: {fit.status.value}")
        if fit.status is RateStatus.DOUBTFUL:
            warnings.warn(fit.status.value, FitWarning, stacklevel=2)
        return fit

    def _table(self) -> dict[str, Mechanism]:
        """Mechanism by qualifier: the defaults, then the user's."""
        table = dict(DEFAULTS)
        for word, name in self.mechanisms.items():
            allowed = [m.name.lower() for m in Mechanism]
            _check.one_of(name, allowed, f"mechanisms[{word!r}]")
            table[word] = Mechanism[name.upper()]
        return table

    def _fit_place(
        self,
        panel: xr.Dataset,
        place: int,
        table: dict[str, Mechanism],
        rng: np.random.Generator,
    ) -> PlaceResult:
        """Estimate one place."""
        series = series_of(panel, place, self.variable, self.exposure, table)
        law = Law(self, series, float(np.median(days_of(panel)[:, place])))
        posterior = laplace.sample(
            law.at, series.observed, law.start(), self.draws, rng
        )
        reading = series.reading
        informed = (reading.low > 0) | np.isfinite(reading.high)
        status = RateStatus.CONVERGED
        if not informed.any():
            status = RateStatus.NO_DATA
        elif not posterior.complete:
            status = RateStatus.NOT_CONVERGED
        elif posterior.pareto_k > DOUBTFUL_TAIL:
            status = RateStatus.DOUBTFUL
        elif reading.thinned[informed].all():
            status = RateStatus.PRIOR_DRIVEN
        hyper = law.natural(posterior.hyper)
        return PlaceResult(
            expected=np.exp(posterior.paths) * series.exposure,
            realised=_realise(series, posterior.paths, hyper, rng),
            hyper=hyper,
            status=status,
            pareto_k=posterior.pareto_k,
            log_evidence=posterior.log_evidence,
            nobs=int(informed.sum()),
        )


class Law:
    """The model of one place as a function of its hyperparameters.

    They are, on the scale on which they are explored: log of the sd of a step, log of
    the size to the power -1/2 and, where counts are thinned, the logit of the share
    found.
    """

    def __init__(self, model: DynamicRate, series: Series, cell_days: float) -> None:
        self.series, self.model = series, model
        change, overdispersion = model.weekly_change, model.overdispersion
        self.step_rate = -np.log(change[1]) / change[0] * np.sqrt(7 / cell_days)
        self.size_rate = -np.log(overdispersion[1]) / overdispersion[0]
        self.thins = bool(series.reading.thinned.any())

    def at(self, point: FloatArray) -> laplace.Setting:
        """Prior, likelihood and log prior density at one point, shape (k,)."""
        step_sd, spread = np.exp(point[:2])
        log_prior = point[:2].sum() - self.step_rate * step_sd
        log_prior += np.log(self.step_rate * self.size_rate) - self.size_rate * spread
        log_found = np.zeros_like(self.series.reading.low)
        if self.thins:
            a, b = self.model.found
            log_share, log_rest = -np.logaddexp(0, [-point[2], point[2]])
            log_prior += a * log_share + b * log_rest - special.betaln(a, b)
            log_found[self.series.reading.thinned] = log_share
        reading = self.series.reading
        size = float(np.exp(-2 * point[1]))
        return laplace.Setting(
            prior=latent.RandomWalk(
                length=self.series.observed.length,
                step_sd=float(step_sd),
                start_mean=-float(np.log(self.series.scale)),
                start_precision=START_SD**-2,
            ),
            likelihood=NegBinReports(reading.low, reading.high, log_found, size),
            log_prior=float(log_prior),
        )

    def start(self) -> tuple[FloatArray, FloatArray]:
        """Where to start: hyperparameters, and a flat path."""
        point = [np.log(0.5 / self.step_rate), np.log(0.7)]
        if self.thins:
            a, b = self.model.found
            point.append(np.log(a / b))
        observed, reading = self.series.observed, self.series.reading
        counted = reading.low[: observed.cell.size].sum() + 0.5
        log_rate = np.log(counted / (np.exp(observed.offset).sum() + self.series.scale))
        return np.array(point), np.full(observed.length, log_rate)

    def natural(self, points: FloatArray) -> FloatArray:
        """Sd of a step, size and share found, shape (draws, 3)."""
        found = np.ones(len(points))
        if self.thins:
            found = special.expit(points[:, 2])
        return np.column_stack([np.exp(points[:, 0]), np.exp(-2 * points[:, 1]), found])


def _realise(
    series: Series, paths: FloatArray, hyper: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """True deaths per cell given the reports, shape (draws, T).

    A cell that was not observed gets a new draw; the deaths of a period fall to its
    cells in proportion to their rates.
    """
    observed = series.observed
    seen = observed.predict(paths)
    mean = np.exp(seen.predictor)
    size = hyper[:, 1:2] * np.exp(seen.log_size_ratio)
    counts = realised.draw_counts(series.reading, mean, size, hyper[:, 2], rng)
    total = np.zeros_like(paths)
    cells = observed.cell.size
    total[:, observed.cell] = counts[:, :cells]
    for i, first in enumerate(observed.span_first):
        inside = np.flatnonzero(np.isfinite(observed.span_log_weight[i]))
        share = seen.share[:, i, inside]
        total[:, first + inside] += realised.allot(counts[:, cells + i], share, rng)
    unseen = np.setdiff1d(np.arange(observed.length), observed.cell)
    spread = hyper[:, 1:2]
    mean = np.exp(paths[:, unseen]) * series.exposure[unseen]
    total[:, unseen] += rng.poisson(rng.gamma(spread, mean / spread))
    return total

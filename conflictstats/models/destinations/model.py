"""The model: settings, priors and the fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import FitError, SettingError
from conflictstats.models._stored import settings_of
from conflictstats.models.destinations.fit import DestinationsFit, Pooled
from conflictstats.models.destinations.reported import TOLERATED, Reported, reported_of
from conflictstats.models.destinations.status import DestinationsStatus
from conflictstats.models.destinations.terms import believed, columns_of, hold_names
from conflictstats.numerics.destinations import posterior
from conflictstats.numerics.destinations.posterior import Beliefs
from conflictstats.numerics.destinations.walk import ShareWalk

REPORTED = ("people", "shares")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destinations:
    r"""Which share of the displaced is in each destination, date by date.

    Use it for stocks, or arrivals, by camp, district or country at report dates, where
    not all report at once and the dates are irregular. It follows shares, and leaves
    the total to others: give totals, with dim ``draw`` where they are uncertain. It
    does not say where people would have gone had another place been closed: see
    *Limits* on its page.

    .. math:: y_t \sim \operatorname{DirMult}\big(N_t,\ \alpha\, p_t\big), \qquad
              p_{jt} = \frac{o_{jt}\, e^{\eta_{jt}}}{\sum_i o_{it}\, e^{\eta_{it}}},
              \qquad \eta_{jt} = x_{jt}'\beta + w_{jt}

    with :math:`w_{jt}` a random walk of variance :math:`\sigma^2` a day that starts
    with variance :math:`\tau^2`, :math:`x_{jt}` gravity terms, and :math:`o_{jt}` how
    far a destination is open. Destinations that do not report are one category beside
    a known total, and are left out without one: nothing is filled in. Draws are from
    Gaussian approximations corrected by importance weights.

    Attributes
    ----------
    reported : {"people", "shares"}
        What the table has.
    monthly_change, departure, scatter : tuple of float
        Priors, exponential with P(value > first) = second: of the sd of the log odds'
        change in thirty days, :math:`\sigma\sqrt{30}`; of :math:`\tau`, how far the
        first log odds are from gravity; and of :math:`\alpha^{-1/2}`, twice the sd of a
        reported share of one half.
    coefficients : mapping of str to tuple of float
        Prior mean and sd of coefficients, by gravity term, over the defaults; those of
        a :class:`conflictstats.Gravity` elsewhere, say.
    total_draws : int
        Where totals have dim ``draw``, how many of them are used; each is fitted by
        itself, so that shares teach nothing about totals.
    draws : int
        Number of joint posterior draws.

    References
    ----------
    .. [1] Guimarães, P. and Lindrooth, R. C. (2007). Controlling for overdispersion in
       grouped conditional logit models: a computationally simple application of
       Dirichlet-multinomial regression. *Econometrics Journal* 10, 439-452.
       https://doi.org/10.1111/j.1368-423X.2007.00215.x
    .. [2] Moore, W. H. and Shellman, S. M. (2007). Whither will they go? A global study
       of refugees' destinations, 1965-1995. *International Studies Quarterly* 51,
       811-834. https://doi.org/10.1111/j.1468-2478.2007.00478.x

    Examples
    --------
    Shares move from two thirds in A to one third, and B does not always report:

    >>> weeks = np.datetime64("2019-05-06", "D") + 7 * np.arange(12)
    >>> share = np.linspace(2 / 3, 1 / 3, 12)
    >>> people = xr.DataArray(
    ...     np.round(3e4 * np.column_stack([share, 1 - share])),
    ...     {"time": weeks, "destination": ["A", "B"]},
    ... )
    >>> totals = people.sum("destination")
    >>> people[::3, 1] = np.nan
    >>> fit = Destinations().fit(people, totals=totals, rng=np.random.default_rng(1))
    >>> fit.status.name
    'NO_GRAVITY'
    >>> fit.shares()["estimate"].sel(destination="A")[[0, -1]].values.round(1)
    array([0.7, 0.3])
    """

    reported: Literal["people", "shares"] = "people"
    monthly_change: tuple[float, float] = (1.0, 0.05)
    departure: tuple[float, float] = (2.0, 0.05)
    scatter: tuple[float, float] = (0.3, 0.05)
    coefficients: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    total_draws: int = 16
    draws: int = 1000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        _check.one_of(self.reported, REPORTED, "reported")
        for name in ("monthly_change", "departure", "scatter"):
            value, chance = getattr(self, name)
            _check.positive(value, f"{name}[0]")
            _check.level(chance, f"{name}[1]")
        hold_names(list(self.coefficients))
        for name, (_, sd) in self.coefficients.items():
            _check.positive(sd, f"the sd of coefficients[{name!r}]")
        if min(self.draws, self.total_draws) < 1 or self.draws < self.total_draws:
            raise SettingError(
                f"draws must be at least total_draws, and both at least 1; got "
                f"{self.draws} and {self.total_draws}"
            )

    def fit(
        self,
        people: xr.DataArray,
        *,
        totals: xr.DataArray | None = None,
        gravity: xr.Dataset | None = None,
        open: xr.DataArray | None = None,
        rng: np.random.Generator | None = None,
        strict: bool = True,
    ) -> DestinationsFit:
        """Estimate the shares.

        Parameters
        ----------
        people : DataArray, dims (time, destination)
            People there, or arrivals since the date before, or shares if the model's
            ``reported`` says so; NaN where nothing was reported. Dates need no rhythm,
            and a date without reports gets a share too.
        totals : DataArray, dims (time,) or (draw, time), optional
            People in all these destinations together; NaN where not known.
        gravity : Dataset, dims (destination,) or (time, destination), optional
            Any of ``distance`` (km), ``population`` (people), ``border``, ``kin``,
            ``language`` (0, 1 or a share), ``violence`` (events or deaths) and
            ``stock_before`` (people).
        open : DataArray, dims (destination,) or (time, destination), optional
            From 0, closed, to 1; by default all are open.
        rng : numpy.random.Generator, optional
            Source of randomness; by default a new one.
        strict : bool
            Raise unless the search ended.

        Returns
        -------
        DestinationsFit
            Draws of the shares; it does not hold the table.

        Raises
        ------
        SchemaError
            If a number is negative, a date is given twice, a closed destination has
            people, a total is not that of the destinations, or gravity lacks a number;
            the first is named.
        DimensionError
            If a dimension is missing.
        FitError
            If ``strict`` and the search did not end.
        """
        rng = np.random.default_rng() if rng is None else rng
        told = reported_of(people, totals, open, shares=self.reported == "shares")
        names, columns = columns_of(gravity, told.destinations, told.times)
        pooled = self._pooled(told, names, columns, rng)
        fit = DestinationsFit.of(self, told, names, columns, pooled)
        if strict and fit.status is DestinationsStatus.NOT_CONVERGED:
            raise FitError(fit.status.value)
        return fit

    @staticmethod
    def from_dataset(dataset: xr.Dataset) -> DestinationsFit:
        """Rebuild a fit from what its ``to_dataset`` gave.

        Parameters
        ----------
        dataset : Dataset
            As given, or as read back from a netCDF file.

        Returns
        -------
        DestinationsFit
            The same fit.
        """
        told = [name for name, values in dataset.items() if not values.dims]
        settings = settings_of(dataset)
        beliefs = settings["coefficients"].items()
        settings["coefficients"] = {name: tuple(pair) for name, pair in beliefs}
        return DestinationsFit(
            model=Destinations(**settings),
            draws=dataset.drop_vars(told).drop_attrs(deep=False),
            diagnostics=dataset[told].drop_attrs(deep=False),
        )

    def _pooled(
        self,
        told: Reported,
        names: list[str],
        columns: FloatArray,
        rng: np.random.Generator,
    ) -> Pooled:
        """Draws given each of the totals that are used, one after the other."""
        mean, sd = believed(names, self.coefficients)
        used = min(len(told.totals), self.total_draws)
        chosen = np.linspace(0, len(told.totals) - 1, used).astype(int)
        sizes = np.diff(np.linspace(0, self.draws, used + 1).astype(int))
        parts = []
        for row, size in zip(chosen, sizes, strict=True):
            counts = told.counts(told.totals[row])
            walk = ShareWalk(counts, columns, told.days, mean, sd)
            parts.append((walk, posterior.draw(walk, self._beliefs, int(size), rng)))
        people = np.where(told.seen, told.people, 0.0).sum(axis=1)
        below = float(np.mean(told.totals < people * (1 - TOLERATED)))
        return Pooled.of(parts, below)

    @property
    def _beliefs(self) -> Beliefs:
        """Rates of the exponential priors."""
        pairs = self.monthly_change, self.departure, self.scatter
        return Beliefs(*(-np.log(chance) / value for value, chance in pairs))

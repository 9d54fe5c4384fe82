"""What fitted shares of destinations can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._summarised import Summarised
from conflictstats._typing import FloatArray
from conflictstats.models._draws import band, interval
from conflictstats.models._stored import stored
from conflictstats.models.destinations.forecast import forecast
from conflictstats.models.destinations.reported import Reported
from conflictstats.models.destinations.status import DestinationsStatus
from conflictstats.models.destinations.terms import believed
from conflictstats.numerics.destinations.posterior import (
    DAYS_OF_MONTH,
    LARGEST_K,
    Draws,
)
from conflictstats.numerics.destinations.walk import ShareWalk

if TYPE_CHECKING:
    from conflictstats.models.destinations.model import Destinations

FEWEST_DATES = 5
PARAMS = ["monthly_change", "departure", "concentration"]


class Pooled(NamedTuple):
    """Draws of the posterior, given each of several totals.

    Attributes
    ----------
    share : ndarray, shape (draws, T, J)
        Expected shares.
    end : ndarray, shape (draws, J)
        The walk on the last date, without what all destinations have in common of its
        course: no count can tell it, and a destination not seen has had no part in it.
    coefficients : ndarray, shape (draws, K)
        Of the gravity terms.
    params : ndarray, shape (draws, 3)
        As in ``PARAMS``.
    dates : int
        Dates on which there was something to compare.
    totals_below : float
        Share of totals below what had been reported, which were not used.
    pareto_k : float
        The largest.
    converged : bool
        Whether all searches ended.
    """

    share: FloatArray
    end: FloatArray
    coefficients: FloatArray
    params: FloatArray
    dates: int
    totals_below: float
    pareto_k: float
    converged: bool

    @classmethod
    def of(cls, parts: list[tuple[ShareWalk, Draws]], below: float) -> Pooled:
        """Join draws."""
        share, end, params = [], [], []
        for walk, drawn in parts:
            shape = len(drawn.field.path), *walk.columns.shape[:2]
            paths = drawn.field.path.reshape(shape)
            common = (paths[:, -1] - paths[:, 0]).mean(axis=1, keepdims=True)
            share.append(walk.counts.shares(walk.log_odds(drawn.field)))
            end.append(paths[:, -1] - common)
            scales = drawn.scales
            month = np.sqrt(scales.change * DAYS_OF_MONTH)
            params.append([month, np.sqrt(scales.start), scales.concentration])
        return cls(
            np.concatenate(share),
            np.concatenate(end),
            np.concatenate([drawn.field.effects for _, drawn in parts]),
            np.concatenate([np.transpose(each) for each in params]),
            max(int(walk.counts.told.sum()) for walk, _ in parts),
            below,
            max(drawn.pareto_k for _, drawn in parts),
            all(drawn.converged for _, drawn in parts),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationsFit(Summarised):
    """Fitted :class:`conflictstats.Destinations`; no counts are kept.

    Attributes
    ----------
    model : Destinations
        The settings that were fitted.
    draws : Dataset, dims (draw, time, destination), (draw, term) and (draw, param)
        ``share``, expected at each date; ``coefficient``; ``hyper``, with
        ``monthly_change``, ``departure`` and ``concentration``; ``end``, the walk on
        the last date; ``last_term`` and ``last_open``, gravity terms and openings then.
    diagnostics : Dataset
        ``status``; ``pareto_k`` of the importance weights; ``nobs``, dates with
        something to compare; ``totals_below``, share of the totals that were not used
        because they were below what had been reported.

    Examples
    --------
    What will be reported four weeks on, of which more is in the camp that has more:

    >>> import conflictstats as cs
    >>> days = np.datetime64("2019-05-06", "D") + 7 * np.arange(6)
    >>> people = xr.DataArray(
    ...     [[9e3, 1e3]] * 6, {"time": days, "destination": ["A", "B"]}
    ... )
    >>> rng = np.random.default_rng(1)
    >>> fit = cs.Destinations(draws=400).fit(people, rng=rng)
    >>> ahead = fit.predict("2019-07-08", totals=10_000, rng=rng)
    >>> bool(ahead["people"].sel(destination="A").median() > 8_000)
    True
    """

    model: Destinations
    draws: xr.Dataset
    diagnostics: xr.Dataset

    @classmethod
    def of(
        cls,
        model: Destinations,
        told: Reported,
        names: list[str],
        columns: FloatArray,
        pooled: Pooled,
    ) -> DestinationsFit:
        """Label draws."""
        some_open = np.isfinite(told.log_open).any(axis=1, keepdims=True)
        share = np.where(some_open, pooled.share, np.nan)
        draws = xr.Dataset(
            {
                "share": (("draw", "time", "destination"), share),
                "coefficient": (("draw", "term"), pooled.coefficients),
                "hyper": (("draw", "param"), pooled.params),
                "end": (("draw", "destination"), pooled.end),
                "last_term": (("destination", "term"), columns[-1]),
                "last_open": ("destination", np.exp(told.log_open[-1])),
            },
            {
                "time": told.times.astype("datetime64[ns]"),
                "destination": told.destinations,
                "term": np.array(names, str),
                "param": PARAMS,
            },
        )
        found = _status(pooled, told.destinations.size, names)
        diagnostics = xr.Dataset(
            {
                "status": found.name,
                "pareto_k": pooled.pareto_k,
                "nobs": pooled.dates,
                "totals_below": pooled.totals_below,
            }
        )
        return cls(model=model, draws=draws, diagnostics=diagnostics)

    @property
    def status(self) -> DestinationsStatus:
        """How the estimation ended."""
        return DestinationsStatus[str(self.diagnostics["status"].values)]

    @property
    def nobs(self) -> int:
        """Dates with something to compare."""
        return int(self.diagnostics["nobs"])

    @property
    def params(self) -> xr.DataArray:
        """Posterior medians of the hyperparameters, dims (param,)."""
        return self.draws["hyper"].median("draw")

    def conf_int(self, level: float = 0.9) -> xr.Dataset:
        """Credible intervals of the hyperparameters.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (param,)
            ``estimate``, ``lower``, ``upper``.
        """
        return band(self.draws["hyper"], level)

    def shares(self, level: float = 0.9) -> xr.Dataset:
        """Expected share of each destination at each date, with credible intervals.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (time, destination)
            ``estimate`` (median), ``lower``, ``upper``; 0 where closed, NaN where all
            were. Reported shares scatter about them.
        """
        return band(self.draws["share"], level)

    def coefficients(self, level: float = 0.9) -> xr.Dataset:
        """Coefficients of the gravity terms, beside what was believed before.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        Dataset, dims (term,)
            ``estimate``, ``lower``, ``upper``; ``prior_mean``, ``prior_sd``; and
            ``learned``, one less the ratio of posterior to prior variance: near 0 the
            estimate is the prior's.
        """
        drawn = self.draws["coefficient"]
        mean, sd = believed(drawn["term"].values.tolist(), self.model.coefficients)
        known = {"prior_mean": mean, "prior_sd": sd}
        known["learned"] = 1 - drawn.var("draw").values / sd**2
        return band(drawn, level).assign({k: ("term", v) for k, v in known.items()})

    def predict(
        self,
        date: str | np.datetime64,
        *,
        totals: float | xr.DataArray | None = None,
        gravity: xr.Dataset | None = None,
        open: xr.DataArray | None = None,
        rng: np.random.Generator | None = None,
    ) -> xr.Dataset:
        """Shares, and people, that will be reported on a later date.

        Parameters
        ----------
        date : str or datetime64
            After the last date of the fit.
        totals : float or DataArray, dims (draw,), optional
            People in all destinations together.
        gravity : Dataset, dims (destination,) or (time, destination), optional
            The terms of the fit, on that date; by default as they were on the last.
            Destinations that the fit has not seen are predicted from these alone.
        open : DataArray, dims (destination,), optional
            From 0 to 1; by default as on the last date of the fit, and 1 where not
            seen.
        rng : numpy.random.Generator, optional
            Source of randomness; by default a new one.

        Returns
        -------
        Dataset, dims (draw, destination)
            ``expected`` shares; ``share`` as reports will have them; ``people``, where
            totals are given; ``concentration`` (draw,). Coordinate ``seen``.

        Raises
        ------
        SettingError
            If the date is not later, or the terms are not those of the fit.
        SchemaError
            If gravity lacks a number.
        """
        rng = np.random.default_rng() if rng is None else rng
        return forecast(
            self.draws, date, totals=totals, gravity=gravity, opened=open, rng=rng
        )

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Expected shares as a tidy table.

        Parameters
        ----------
        level : float
            Posterior probability inside.

        Returns
        -------
        DataFrame
            ``time, destination, estimate, lower, upper, level, kind``.
        """
        frame = self.shares(level).to_dataframe().reset_index()
        columns = ["time", "destination", "estimate", "lower", "upper"]
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
            How it ended, the shares on the last date, coefficients and scales.
        """
        last = self.shares(level).isel(time=-1)
        lines = [
            f"Shares of destinations, {level:.0%} credible intervals",
            f"{self.nobs} dates with something to compare; {self.status.value}",
            f"on {str(last['time'].values)[:10]}:",
        ]
        parts = {"destination": last, "term": self.coefficients(level)}
        parts["param"] = self.conf_int(level)
        for dim, part in parts.items():
            for name in part[dim].values:
                told = interval(part.sel({dim: name}), ".3g")
                lines.append(f"  {name!s:<26}{told:>30}")
        return "\n".join(lines)

    def to_dataset(self) -> xr.Dataset:
        """Everything in one Dataset that netCDF can hold.

        Returns
        -------
        Dataset
            Draws and diagnostics; the settings are in ``attrs``.
        """
        return stored(self.model, self.draws, self.diagnostics)


def _status(pooled: Pooled, places: int, names: list[str]) -> DestinationsStatus:
    """The first that has to be said."""
    told = (
        (places == 1, DestinationsStatus.ONE_DESTINATION),
        (not pooled.converged, DestinationsStatus.NOT_CONVERGED),
        (pooled.pareto_k > LARGEST_K, DestinationsStatus.APPROXIMATE),
        (pooled.dates < FEWEST_DATES, DestinationsStatus.FEW_REPORTS),
        (not names, DestinationsStatus.NO_GRAVITY),
    )
    return next((s for true, s in told if true), DestinationsStatus.CONVERGED)

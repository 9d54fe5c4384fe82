"""Counts of several places, seasons and periods, drawn from their prior.

Written without the models, from their documentation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from conflictstats._typing import FloatArray
from conflictstats.simulate import _beliefs
from conflictstats.simulate.components import (
    WEEK,
    draw_observations,
    draw_path,
    draw_places,
)
from conflictstats.simulate.latent import DIMS, missing_weeks

START_SD = 5.0
PLACE_SD = (2.0, 0.05)
CALENDAR_SD = (1.0, 0.05)
NOISE_SD = (1.0, 0.05)
LONGEST = 7
"""Cells of the longest period."""
LARGEST_EXPOSURE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentPanel:
    r"""A prior over the deaths of several places, all reported exactly.

    .. math:: \log\mu_{ti} = \eta_{ti} + \log e_{ti} + \text{calendar}_t, \qquad
              Y_{ti} \sim \mathrm{NB}(\mu_{ti}, r)

    Priors are those of :class:`conflictstats.simulate.latent.LatentCounts`, and P(the
    sd of places' levels > 2) = P(the sd of a weekday's or month's effects > 1) = P(the
    sd of places around their trend > 1) = .05.

    Attributes
    ----------
    n_time : tuple of int
        Fewest and most cells of a series; each number between is as likely.
    days : int
        Days of a cell, 1 or 7.
    n_place : int
        Number of places.
    places : {"independent", "parallel", "joint"}
        In parallel, one walk and a level for each place; jointly, a walk for each
        place, with steps :math:`\tau z_t + \sigma z_{ti}`, from independent starts.
    interaction : {"walk", "noise"}
        With ``noise`` joint places have one walk and levels, as in parallel, and
        deviate from it anew in every cell.
    neighbours : mapping of str to sequence of str, optional
        Neighbours, each named under both: levels, places' own steps and deviations
        then have the BYM2 law of
        :func:`conflictstats.simulate.components.draw_places`.
    covariates : int
        Number of covariates, new in every cell; a standard deviation of one changes
        the rate by more than ``covariate_change[0]`` with probability
        ``covariate_change[1]``.
    calendar : {"weekday", "month"}, optional
        Effects of scaled sd :math:`\sigma` that sum to zero: of weekdays, independent;
        of months, smooth around the year.
    exposure : bool
        Whether the walk is that of the rate per person-day, with people that come and
        go by a walk of their own.
    period_share : float
        Probability that a period of two to seven cells begins at a cell, of which
        only the sum is reported.
    missing : float
        Probability that a place has no reports in a week.
    weekly_change, overdispersion : tuple of float
        As in :class:`~conflictstats.simulate.latent.LatentCounts`.

    Examples
    --------
    >>> prior = LatentPanel(n_place=3, places="joint", n_time=(15, 15))
    >>> drawn = prior.draw(np.random.default_rng(1))
    >>> drawn["best"].shape, bool(drawn["shared_step_sd"] > 0)
    ((15, 3), True)
    """

    n_time: tuple[int, int] = (20, 60)
    days: int = 1
    n_place: int = 1
    places: Literal["independent", "parallel", "joint"] = "independent"
    interaction: Literal["walk", "noise"] = "walk"
    neighbours: Mapping[str, Sequence[str]] | None = None
    covariates: int = 0
    covariate_change: tuple[float, float] = (10.0, 0.05)
    calendar: Literal["weekday", "month"] | None = None
    exposure: bool = False
    period_share: float = 0.0
    missing: float = 0.0
    weekly_change: tuple[float, float] = (4.0, 0.05)
    overdispersion: tuple[float, float] = (3.0, 0.05)

    def draw(self, rng: np.random.Generator) -> xr.Dataset:
        """Draw everything once.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        Dataset, dims (time, place)
            What is known: ``low, high, best, qualifier``, ``people`` (days, or
            person-days, of a cell), ``x1`` and so on, and ``period_*``, as a panel has
            them. What is hidden: ``rate`` and ``truth``, deaths of a cell;
            ``effects``, dims (term,), of calendar and covariates; and the
            hyperparameters by name.
        """
        n = int(rng.integers(self.n_time[0], self.n_time[1] + 1))
        begins = pd.date_range("2019-01-01", periods=n, freq=f"{self.days}D")
        exposed = self._exposure(n, rng)
        eta, hidden = self._fields(n, exposed, rng)
        effects, of_calendar, more = self._season(begins, rng)
        x, slopes, of_covariates = self._explained(n, rng)
        rate = np.exp(eta + of_calendar[:, None] + of_covariates) * exposed
        size = _beliefs.exponential(self.overdispersion, rng) ** -2
        truth = draw_observations("negbin", np.log(rate), size, rng=rng)
        week = WEEK // self.days
        lost = [missing_weeks(n, self.missing, rng, week=week) for _ in rate.T]
        best = np.where(np.stack(lost, axis=1), np.nan, truth)
        periods = self._periods(best, truth, rng)
        shown = {"low": best, "high": best, "best": best, "people": exposed, **x}
        shown |= {"rate": rate, "truth": truth}
        effects |= slopes
        ends = begins + pd.Timedelta(days=self.days - 1)
        where = {
            "time": begins.to_numpy(),
            "time_end": ("time", ends.to_numpy()),
            "place": self.names,
            "term": list(effects),
        }
        return xr.Dataset(
            {name: (DIMS, values.copy()) for name, values in shown.items()}, where
        ).assign(
            hidden
            | more
            | periods
            | {
                "size": size,
                "qualifier": (DIMS, np.full(best.shape, "exact")),
                "effects": ("term", np.array(list(effects.values()))),
            }
        )

    @property
    def names(self) -> list[str]:
        """Names of the places: letters."""
        return [chr(ord("A") + i) for i in range(self.n_place)]

    @property
    def touching(self) -> FloatArray:
        """1 where two places are neighbours, else 0, shape (places, places)."""
        near = self.neighbours or {}
        return np.array(
            [[float(b in near.get(a, ())) for b in self.names] for a in self.names]
        )

    def _exposure(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Days, or person-days, of each cell, shape (n, places)."""
        days = np.full((n, self.n_place), float(self.days))
        if not self.exposure:
            return days
        moves = rng.normal(0, 0.2, days.shape).cumsum(axis=0)
        people = LARGEST_EXPOSURE * np.exp(moves - rng.exponential(2.0))
        return days * people

    def _fields(
        self, n: int, exposed: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, dict[str, float]]:
        """Log rates per unit of exposure, shape (n, places), and their numbers."""
        week = WEEK // self.days
        sd = _beliefs.step_sd(self.weekly_change, week, rng)
        centre = -float(np.log((exposed / self.days).mean()))
        if self.places == "joint" and self.interaction == "walk":
            shared_sd = _beliefs.step_sd(self.weekly_change, week, rng)
            smooth, own = self._smooth(n - 1, sd, rng)
            shared = draw_path("rw1", n, sd=shared_sd, rng=rng)
            starts = rng.normal(centre, START_SD, self.n_place)
            walks = np.vstack([np.zeros(self.n_place), own.cumsum(axis=0)])
            hidden = {"step_sd": sd, "shared_step_sd": shared_sd, **smooth}
            return starts + walks + shared[:, None], hidden
        path = draw_path("rw1", n, sd=sd, rng=rng) + rng.normal(centre, START_SD)
        hidden = {"step_sd": sd}
        if self.places == "independent":
            return path[:, None], hidden
        hidden["place_sd"] = _beliefs.exponential(PLACE_SD, rng)
        smooth, levels = self._smooth(1, hidden["place_sd"], rng)
        eta, hidden = path[:, None] + levels, hidden | smooth
        if self.places == "joint":
            hidden["noise_sd"] = _beliefs.exponential(NOISE_SD, rng)
            smooth, noise = self._smooth(n, hidden["noise_sd"], rng)
            hidden |= {f"noise_{name}": share for name, share in smooth.items()}
            eta = eta + noise
        return eta, hidden

    def _smooth(
        self, times: int, sd: float, rng: np.random.Generator
    ) -> tuple[dict[str, float], FloatArray]:
        """Differences of places, shape (times, places), and how smooth they are."""
        if self.neighbours is None:
            return {}, rng.normal(0, sd, (times, self.n_place))
        near = self.touching
        share = _beliefs.mixing(near, rng)
        drawn = [
            draw_places(near, sd=sd, rng=rng, structured=share) for _ in range(times)
        ]
        return {"smooth": share}, np.reshape(drawn, (times, self.n_place))

    def _season(
        self, begins: pd.DatetimeIndex, rng: np.random.Generator
    ) -> tuple[dict[str, float], FloatArray, dict[str, float]]:
        """Effects of the calendar by name, their mean in each cell, and their sd."""
        if self.calendar is None:
            return {}, np.zeros(len(begins)), {}
        cycle = np.eye(12, k=1) + np.eye(12, k=11)
        months = cycle + cycle.T
        near = 1 - np.eye(7) if self.calendar == "weekday" else months
        sd = _beliefs.exponential(CALENDAR_SD, rng)
        effect = draw_places(near, sd=sd, rng=rng)
        each = begins.to_numpy()[:, None] + np.arange(self.days) * np.timedelta64(
            1, "D"
        )
        days = pd.DatetimeIndex(each.ravel())
        part = days.day_of_week if self.calendar == "weekday" else days.month - 1
        mean = effect[np.asarray(part)].reshape(each.shape).mean(axis=1)
        named = {f"{self.calendar} {i + 1}": float(x) for i, x in enumerate(effect)}
        return named, mean, {f"{self.calendar}_sd": sd}

    def _explained(
        self, n: int, rng: np.random.Generator
    ) -> tuple[dict[str, FloatArray], dict[str, float], FloatArray]:
        """Covariates by name, the effect of a unit of each, and what they add."""
        fold, chance = self.covariate_change
        sd = float(np.log(fold) / -special.ndtri(chance / 2))
        x, slopes, added = {}, {}, np.zeros((n, self.n_place))
        for i in range(self.covariates):
            values = rng.normal(3.0, 2.0, added.shape)
            slope = rng.normal(0, sd) / values.std()
            x[f"x{i + 1}"], slopes[f"x{i + 1}"] = values, float(slope)
            added += slope * (values - values.mean())
        return x, slopes, added

    def _periods(
        self, best: FloatArray, truth: FloatArray, rng: np.random.Generator
    ) -> dict[str, tuple[str, np.ndarray]]:
        """Take cells of periods out of the reports, and give their sums."""
        rows: list[tuple[float, ...]] = []
        for place, counts in enumerate(truth.T):
            first = 0
            while first < len(counts) - 1:
                last = first + int(rng.integers(1, LONGEST))
                if rng.random() < self.period_share and last < len(counts):
                    best[first : last + 1, place] = np.nan
                    rows.append((place, first, last, counts[first : last + 1].sum()))
                    first = last
                first += 1
        if not rows:
            return {}
        place, first, last, best_sum = np.array(rows).T
        one = np.ones(len(rows))
        whole = {"place": place, "first": first, "last": last}
        parts = {name: values.astype(np.int64) for name, values in whole.items()}
        parts |= {"best": best_sum, "share": one}
        parts |= {"first_coverage": one, "last_coverage": one}
        return {f"period_{name}": ("period", values) for name, values in parts.items()}

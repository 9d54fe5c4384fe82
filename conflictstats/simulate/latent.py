"""Counts drawn from the prior of a latent Gaussian model, with all that is hidden.

Written without the models, from their documentation: a calibration study compares two
derivations of the same law.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._typing import FloatArray
from conflictstats.simulate import _beliefs, _words
from conflictstats.simulate.components import WEEK, draw_observations, draw_path

DIMS = ("time", "place")


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentCounts:
    r"""A prior over daily deaths: hyperparameters, log rate, counts and reports.

    .. math:: \eta_1 \sim N(0, s^2), \quad \eta_t = \eta_1 + \text{component}_t, \quad
              Y_t \sim \mathrm{NB}(e^{\eta_t}, r) \text{ or Poisson}

    Attributes
    ----------
    n_time : tuple of int
        Fewest and most days of a series; each number between is as likely.
    component : {"rw1", "rw2", "ar1"}
        What moves the log rate, as :func:`conflictstats.simulate.components.draw_path`
        draws it.
    family : {"negbin", "poisson"}
        Law of a day's deaths.
    mechanism : {"exact", "confirmed", "coarsened", "rounded", "floor", "approximate"}
        How a report comes from the count: as :func:`conflictstats.simulate.counts.blur`
        has it, but for two. The ends of a coarsened range double from a random start,
        so that they do not depend on any count. "About k" has a log-normal error with
        the sd that belongs to the digits of k, and is said with a third of its chance.
    share : float
        Probability that a count is reported so; the others are exact.
    missing : float
        Probability that a week has no reports.
    start_sd : float
        s, prior sd of the first log rate around one death a day.
    weekly_change : tuple of float
        Exponential prior of the sd :math:`\sigma` of a walk's step: P(the rate changes
        by more than this factor within a week) = second, over the sd and the step that
        is drawn with it; of a walk of order two, its weekly growth factor. An
        autoregression has P(:math:`\sigma` > log of this factor) = second.
    overdispersion : tuple of float
        Exponential prior of :math:`r^{-1/2}`: P(it is above first) = second.
    correlation : tuple of float
        Prior of the correlation of neighbouring days of an autoregression:
        :math:`\sqrt{1 - \rho}` is exponential, cut at :math:`\sqrt 2`, with
        P(:math:`\rho` > first) = second.
    found : tuple of float
        Beta prior of the probability that a death is found, for ``confirmed``, or
        that a report is the count itself, for ``floor``.

    Examples
    --------
    >>> prior = LatentCounts(n_time=(30, 60), mechanism="confirmed")
    >>> drawn = prior.draw(np.random.default_rng(1))
    >>> 30 <= drawn.sizes["time"] <= 60, bool((drawn["low"] <= drawn["truth"]).all())
    (True, True)
    """

    n_time: tuple[int, int] = (20, 100)
    component: Literal["rw1", "rw2", "ar1"] = "rw1"
    family: Literal["negbin", "poisson"] = "negbin"
    mechanism: _words.Mechanism = "exact"
    share: float = 0.5
    missing: float = 0.0
    start_sd: float = 5.0
    weekly_change: tuple[float, float] = (4.0, 0.05)
    overdispersion: tuple[float, float] = (3.0, 0.05)
    correlation: tuple[float, float] = (0.5, 0.75)
    found: tuple[float, float] = (19.8, 3.3)

    def draw(self, rng: np.random.Generator) -> xr.Dataset:
        """Draw everything once.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        Dataset, dims (time, place)
            Reports as a panel has them (``low, high, best, qualifier``, NaN where
            missing), and what is hidden: ``rate`` and ``truth``, people a day, and the
            numbers ``step_sd`` (``sd`` and ``correlation`` of an autoregression),
            ``size`` and ``found``.
        """
        n_time = int(rng.integers(self.n_time[0], self.n_time[1] + 1))
        path, hidden = self._path(n_time, rng)
        rate = np.exp(path + rng.normal(0, self.start_sd))
        size = np.inf
        if self.family == "negbin":
            size = _beliefs.exponential(self.overdispersion, rng) ** -2
        truth = draw_observations(self.family, np.log(rate), size, rng=rng)
        asked = self.mechanism in ("confirmed", "floor")
        found = float(rng.beta(*self.found)) if asked else 1.0
        said = _words.say_counts(truth, self.mechanism, self.share, found, rng)
        lost = missing_weeks(n_time, self.missing, rng)
        best = np.where(said.low == said.high, said.low, np.nan)
        numbers = {"low": said.low, "high": said.high, "best": best}
        days = pd.date_range("2019-01-01", periods=n_time, freq="D").to_numpy()
        shown = {name: np.where(lost, np.nan, x) for name, x in numbers.items()}
        shown |= {"qualifier": said.qualifier, "truth": truth, "rate": rate}
        return xr.Dataset(
            {name: (DIMS, values[:, None]) for name, values in shown.items()},
            {"time": days, "time_end": ("time", days), "place": ["A"]},
        ).assign(hidden | {"size": size, "found": found})

    def _path(
        self, n_time: int, rng: np.random.Generator
    ) -> tuple[FloatArray, dict[str, float]]:
        """What moves the log rate, and its hyperparameters."""
        fold, chance = self.weekly_change
        if self.component == "ar1":
            sd = _beliefs.exponential((np.log(fold), chance), rng)
            tie = _beliefs.correlation(self.correlation, rng)
            path = draw_path("ar1", n_time, sd=sd, rng=rng, correlation=tie)
            return path, {"sd": sd, "correlation": tie}
        order = 2 if self.component == "rw2" else 1
        sd = _beliefs.step_sd(self.weekly_change, WEEK, rng, order=order)
        slope_sd = float(np.log(fold)) / WEEK
        path = draw_path(self.component, n_time, sd=sd, rng=rng, slope_sd=slope_sd)
        return path, {"step_sd": sd}


def missing_weeks(
    n_time: int, share: float, rng: np.random.Generator, *, week: int = WEEK
) -> np.ndarray:
    """Which cells have no report, whole weeks at a time.

    Parameters
    ----------
    n_time : int
        Cells.
    share : float
        Probability that a week has none.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    week : int
        Cells in a week.

    Returns
    -------
    ndarray of bool, shape (n_time,)
        True where nothing was reported.

    Examples
    --------
    >>> int(missing_weeks(9, 1.0, np.random.default_rng(1)).sum())
    9
    """
    lost = rng.random(n_time // week + 1) < share
    return np.repeat(lost, week)[:n_time]

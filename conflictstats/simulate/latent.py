"""Counts drawn from the prior of a latent Gaussian model, with all that is hidden.

Written without the models, from their documentation: a calibration study compares two
derivations of the same law.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr
from scipy import linalg, optimize, special

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.simulate.counts import blur

Component: TypeAlias = Literal["rw1", "rw2", "ar1", "seasonal", "iid"]
Family: TypeAlias = Literal[
    "poisson", "negbin", "binomial", "betabinomial", "gaussian", "lognormal"
]
Mechanism: TypeAlias = Literal["exact", "confirmed", "coarsened", "rounded"]

WEEK = 7
LARGEST_MEAN = 1e15
FARTHEST = 2**0.5
"""Root distance of the correlation -1 from 1."""
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
        What moves the log rate, as :func:`draw_path` draws it.
    family : {"negbin", "poisson"}
        Law of a day's deaths.
    mechanism : {"exact", "confirmed", "coarsened", "rounded"}
        How a report comes from the count: as :func:`conflictstats.simulate.counts.blur`
        has it, except that the ends of a coarsened range double from a random start,
        so that they do not depend on any count.
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
        Beta prior of the probability that a death is found, for ``confirmed``.

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
    mechanism: Mechanism = "exact"
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
            size = _exponential(self.overdispersion, rng) ** -2
        truth = draw_observations(self.family, np.log(rate), size, rng=rng)
        found = float(rng.beta(*self.found)) if self.mechanism == "confirmed" else 1.0
        days = pd.date_range("2019-01-01", periods=n_time, freq="D").to_numpy()
        counts = xr.DataArray(
            truth[:, None],
            {"time": days, "time_end": ("time", days), "place": ["A"]},
            DIMS,
        )
        said = self._report(counts, found, rng)
        lost = np.repeat(rng.random(n_time // WEEK + 1) < self.missing, WEEK)[:n_time]
        for name in ("low", "high", "best", "value"):
            said[name] = said[name].where(~lost[:, None])
        hidden |= {"size": size, "found": found}
        return said.assign({**hidden, "rate": (DIMS, rate[:, None])})

    def _path(
        self, n_time: int, rng: np.random.Generator
    ) -> tuple[FloatArray, dict[str, float]]:
        """What moves the log rate, and its hyperparameters."""
        fold, chance = self.weekly_change
        if self.component == "ar1":
            sd = _exponential((np.log(fold), chance), rng)
            tie = _correlation(self.correlation, rng)
            path = draw_path("ar1", n_time, sd=sd, rng=rng, correlation=tie)
            return path, {"sd": sd, "correlation": tie}
        steps = np.ones(WEEK)
        slope_sd = 0.0
        if self.component == "rw2":
            steps = np.convolve(steps, steps)
            slope_sd = np.log(fold) / WEEK
        limit = float(np.log(fold) / np.sqrt((steps**2).sum()))
        sd = float(rng.exponential(_mean_sd(limit, chance)))
        path = draw_path(self.component, n_time, sd=sd, rng=rng, slope_sd=slope_sd)
        return path, {"step_sd": sd}

    def _report(
        self, truth: xr.DataArray, found: float, rng: np.random.Generator
    ) -> xr.Dataset:
        """Reports of true counts."""
        if self.mechanism != "coarsened":
            how = self.mechanism
            return blur(truth, mechanism=how, share=self.share, rng=rng, found=found)
        low, high = _doubling_range(truth.values, rng)
        hidden = rng.random(truth.shape) < self.share
        exact = truth.values
        said = {
            "low": np.where(hidden, low, exact),
            "high": np.where(hidden, high, exact),
            "best": np.where(hidden, np.nan, exact),
            "value": np.where(hidden, low, exact),
            "qualifier": np.where(hidden, "range", "exact"),
            "truth": exact,
        }
        return xr.Dataset({k: (DIMS, v) for k, v in said.items()}, truth.coords)


def draw_path(
    component: Component,
    n_time: int,
    *,
    sd: float,
    rng: np.random.Generator,
    correlation: float = 0.8,
    slope_sd: float = 0.0,
) -> FloatArray:
    r"""Draw one component of a log rate over time; it starts at zero if it wanders.

    ``rw1``
        :math:`x_t - x_{t-1} \sim N(0, \sigma^2)`.
    ``rw2``
        :math:`x_t - 2 x_{t-1} + x_{t-2} \sim N(0, \sigma^2)`, after a first step
        :math:`x_2 - x_1 \sim N(0, s^2)`.
    ``ar1``
        stationary: sd :math:`\sigma`, correlation :math:`\rho^{|t - u|}`.
    ``seasonal``
        one effect for each day of the week, adding up to zero.
    ``iid``
        independent, sd :math:`\sigma`.

    Parameters
    ----------
    component : {"rw1", "rw2", "ar1", "seasonal", "iid"}
        Which.
    n_time : int
        Days.
    sd : float
        :math:`\sigma`.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    correlation : float
        :math:`\rho`, between -1 and 1; for ``ar1``.
    slope_sd : float
        Number s; for ``rw2``.

    Returns
    -------
    ndarray, shape (n_time,)
        Part of the log rate.

    Raises
    ------
    SettingError
        If the component is not one of these.

    Examples
    --------
    >>> week = draw_path("seasonal", 14, sd=1.0, rng=np.random.default_rng(1))
    >>> bool((week[:7] == week[7:]).all()), bool(abs(week[:7].sum()) < 1e-9)
    (True, True)
    """
    kinds = ("rw1", "rw2", "ar1", "seasonal", "iid")
    _check.one_of(component, kinds, "component")
    noise = rng.normal(0, sd, n_time)
    if component == "seasonal":
        effect = rng.normal(0, sd, WEEK)
        return np.resize(effect - effect.mean(), n_time)
    if component == "ar1":
        noise[1:] *= np.sqrt(1 - correlation**2)
        for t in range(1, n_time):
            noise[t] += correlation * noise[t - 1]
    if component in ("rw1", "rw2"):
        noise[0] = 0
    if component == "rw2":
        noise[1:2] = rng.normal(0, slope_sd)
        noise = noise.cumsum()
    return noise.cumsum() if component in ("rw1", "rw2") else noise


def draw_places(
    neighbours: FloatArray,
    *,
    sd: float,
    rng: np.random.Generator,
    structured: float = 1.0,
) -> FloatArray:
    r"""Draw effects of places that are smooth over a graph: BYM2.

    .. math:: x = \sigma \left(\sqrt{\phi}\, u + \sqrt{1 - \phi}\, v\right),
              \qquad v \sim N(0, I), \quad u \sim N(0, c\, L^{+})

    with :math:`L^{+}` the generalised inverse of the graph's Laplacian and c such that
    the geometric mean of the variances of u is one [1]_.

    Parameters
    ----------
    neighbours : ndarray, shape (places, places)
        1 where two places touch, else 0; symmetric, connected.
    sd : float
        :math:`\sigma`.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    structured : float
        :math:`\phi`, from 0 (independent places) to 1 (the scaled ICAR law).

    Returns
    -------
    ndarray, shape (places,)
        Part of the log rate.

    Raises
    ------
    SettingError
        If the graph is not symmetric and in one piece.

    References
    ----------
    .. [1] Riebler, A. et al. (2016). An intuitive Bayesian spatial model for disease
       mapping that accounts for scaling. *Statistical Methods in Medical Research* 25,
       1145-1165. https://doi.org/10.1177/0962280216660421

    Examples
    --------
    >>> line = np.eye(4, k=1) + np.eye(4, k=-1)
    >>> smooth = draw_places(line, sd=1.0, rng=np.random.default_rng(1))
    >>> bool(abs(smooth.sum()) < 1e-9)
    True
    """
    laplacian = np.diag(neighbours.sum(axis=1)) - neighbours
    values, vectors = linalg.eigh(laplacian)
    if (neighbours != neighbours.T).any() or values[1] < 1e-9:
        raise SettingError(
            "neighbours must be a symmetric matrix of one connected graph; got "
            f"{int((values < 1e-9).sum())} pieces; draw each piece on its own"
        )
    root = vectors[:, 1:] / np.sqrt(values[1:])
    scale = float(np.exp(0.5 * np.log((root**2).sum(axis=1)).mean()))
    smooth = root / scale @ rng.standard_normal(len(values) - 1)
    rough = rng.standard_normal(len(values))
    return np.array(sd * (structured**0.5 * smooth + (1 - structured) ** 0.5 * rough))


def draw_observations(
    family: Family,
    predictor: FloatArray,
    dispersion: float,
    *,
    rng: np.random.Generator,
    trials: int = 1,
) -> FloatArray:
    r"""Draw observations given their predictors.

    Parameters
    ----------
    family : str
        ``"poisson"``, ``"negbin"``, ``"binomial"``, ``"betabinomial"``, ``"gaussian"``
        or ``"lognormal"``.
    predictor : ndarray
        Log mean of a count; logit of a binomial probability; mean of a Gaussian;
        mean of the log of a log-normal.
    dispersion : float
        NB size r, with variance :math:`\mu + \mu^2 / r`; correlation :math:`\rho` of
        a beta-binomial, with variance :math:`n p (1-p) (1 + (n - 1) \rho)`; sd of a
        Gaussian or of the log of a log-normal. Others have none.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    trials : int
        Number n of a (beta-)binomial.

    Returns
    -------
    ndarray, shape of ``predictor``
        Whole numbers, but for the last two families.

    Raises
    ------
    SettingError
        If the family is not one of these.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> drawn = draw_observations("negbin", np.full(20_000, np.log(5)), 2.5, rng=rng)
    >>> drawn.mean().round(1).item(), drawn.var().round(0).item()
    (5.0, 15.0)
    """
    laws: dict[str, Callable[[], FloatArray]] = {
        "poisson": lambda: _poisson(np.exp(predictor), rng),
        "negbin": lambda: _negbin(np.exp(predictor), dispersion, rng),
        "binomial": lambda: rng.binomial(trials, _share(predictor)).astype(float),
        "betabinomial": lambda: _betabinomial(
            trials, _share(predictor), dispersion, rng
        ),
        "gaussian": lambda: rng.normal(predictor, dispersion),
        "lognormal": lambda: rng.lognormal(predictor, dispersion),
    }
    return laws[_check.one_of(family, laws, "family")]()


def _share(predictor: FloatArray) -> FloatArray:
    """Inverse of the logit."""
    return np.asarray(np.exp(-np.logaddexp(0, -predictor)), float)


def _negbin(mean: FloatArray, size: float, rng: np.random.Generator) -> FloatArray:
    """Poisson counts whose means are gamma variables."""
    return _poisson(rng.gamma(size, mean / size), rng)


def _poisson(mean: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Poisson counts; beyond what a 64-bit integer holds, their Gaussian limit."""
    count = rng.poisson(np.minimum(mean, LARGEST_MEAN)).astype(float)
    limit = np.round(mean + np.sqrt(mean) * rng.standard_normal(mean.shape))
    return np.where(mean < LARGEST_MEAN, count, limit)


def _betabinomial(
    trials: int, share: FloatArray, correlation: float, rng: np.random.Generator
) -> FloatArray:
    """Binomial counts whose probabilities are beta variables."""
    total = 1 / correlation - 1
    chance = rng.beta(share * total, (1 - share) * total)
    return rng.binomial(trials, chance).astype(float)


def _exponential(belief: tuple[float, float], rng: np.random.Generator) -> float:
    """An exponential number that exceeds the first with probability the second."""
    limit, probability = belief
    return float(rng.exponential(-limit / np.log(probability)))


@lru_cache
def _mean_sd(limit: float, chance: float) -> float:
    """Mean of the exponential sd with P(sd |Z| > limit) = chance, Z standard normal."""
    at = (np.arange(20_000) + 0.5) / 20_000
    size = np.sqrt(2) * special.erfinv(at)

    def excess(log_mean: float) -> float:
        """How much larger than wanted the chance is at this mean."""
        return float(np.exp(-np.exp(-log_mean) * limit / size).mean()) - chance

    return float(np.exp(optimize.brentq(excess, -20, 20)))


@lru_cache
def _distance_rate(above: float, probability: float) -> float:
    """Rate of the exponential law, cut, of the root distance of a correlation from 1.

    A correlation is above ``above`` with ``probability``.
    """
    near = np.sqrt(1 - above)

    def excess(rate: float) -> float:
        """How much larger than wanted the chance of a higher one is."""
        return float(np.expm1(-rate * near) / np.expm1(-rate * FARTHEST)) - probability

    return float(optimize.brentq(excess, 1e-6, 1e3))


def _correlation(belief: tuple[float, float], rng: np.random.Generator) -> float:
    """A correlation whose root distance from one is exponential, cut at -1."""
    rate = _distance_rate(*belief)
    distance = -np.log1p(rng.random() * np.expm1(-rate * FARTHEST)) / rate
    return float(1 - distance**2)


def _doubling_range(
    count: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest count of the range that each lies in.

    Ranges begin at 0 and double from a start between 1 and 2 that is drawn for each.
    """
    start = 2 ** rng.random(count.shape)
    begins = np.ceil(start[..., None] * 2.0 ** np.arange(60))
    begins = np.insert(begins, 0, 0, axis=-1)
    inside = (begins <= count[..., None]).sum(axis=-1)[..., None]
    low, after = (
        np.take_along_axis(begins, inside - 1 + i, axis=-1)[..., 0] for i in (0, 1)
    )
    return low, after - 1

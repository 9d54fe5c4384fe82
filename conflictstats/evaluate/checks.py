"""Whether counts look like what a fitted rate would bring: predictive checks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._typing import BoolArray, FloatArray
from conflictstats.errors import DimensionError, SettingError
from conflictstats.evaluate.reading import Recorded, recorded
from conflictstats.models.rates import DynamicRateFit
from conflictstats.numerics.residuals import count_bins, left_out, pit_heights
from conflictstats.numerics.uniformity import bin_band

STATISTICS = {
    "zeros": "share of cells without deaths",
    "variance_to_mean": "variance over mean of the cells",
    "scatter": "squared distance from the prediction, over its variance",
    "largest": "largest count",
    "poisson": "scatter around the rate, over that of a Poisson law",
}
"""What is compared, in words."""
BINS = 10
ONE_SIDED = ("scatter", "poisson")
"""Too little scatter around a rate is what any fit shows that has seen the counts."""
REFUSED_BELOW = 0.01
"""A Poisson law is refused where its one-sided p-value is smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitCheck:
    """Predictive checks of a fit.

    Attributes
    ----------
    statistics : Dataset, dims (statistic, place)
        ``observed``: median over draws of the true counts given the reports (the count
        itself where it is exact). ``estimate, lower, upper``: what the fit predicts.
        ``p_value``: two-sided, and for ``scatter`` and ``poisson`` that of as much
        scatter or more; the prediction of the last is that of a Poisson law around the
        fitted rate. The words are in :data:`STATISTICS`.
    pit : Dataset, dims (bin,)
        ``height`` of the histogram of probability integral transforms, 1 where
        predictions are right; ``lower`` and ``upper`` hold all bins at once. Attribute
        ``influential``: reports that weights cannot leave out well (Pareto k > 0.7).
    rootogram : Dataset, dims (bin,)
        ``observed`` and ``expected`` number of cells whose count is from ``first`` to
        ``last``; ``lower`` and ``upper`` of each by itself.
    nobs : int
        Cells that were compared.
    level : float
        Of all intervals.

    Examples
    --------
    >>> from conflictstats.models.rates import DynamicRate
    >>> from conflictstats.simulate.counts import random_walk_counts
    >>> rng = np.random.default_rng(1)
    >>> counts = random_walk_counts(120, rng=rng, rate=20, step=0.02, size=1)
    >>> check = check_fit(DynamicRate().fit(counts, rng=rng), counts, rng=rng)
    >>> check.misfits().empty, len(check.poisson_refused())
    (True, 1)
    """

    statistics: xr.Dataset
    pit: xr.Dataset
    rootogram: xr.Dataset
    nobs: int
    level: float

    def misfits(self, error: float = 0.05) -> pd.DataFrame:
        """Statistics that the fit does not reproduce, Bonferroni over all.

        Parameters
        ----------
        error : float
            Probability, at most, that any is listed though the model is right. With S
            draws no p-value is below 2 / (S + 1).

        Returns
        -------
        DataFrame
            Rows of :meth:`to_frame`; empty where nothing speaks against the fit.
        """
        table = self.to_frame()
        own = table[table["statistic"] != "poisson"]
        return own[own["p_value"] < _check.level(error, "error") / len(own)]

    def poisson_refused(self) -> list[str]:
        """Say where a Poisson law does not fit around the fitted rate.

        Returns
        -------
        list of str
            One sentence a place that refuses it.
        """
        table = self.to_frame()
        asked = table[table["statistic"] == "poisson"]
        return [
            f"Poisson is refused in {row.place}: around the fitted rate counts scatter "
            f"{row.observed:.3g} times as much as a Poisson law lets them "
            f"(p = {row.p_value:.2g}); use the negative binomial"
            for row in asked[asked["p_value"] < REFUSED_BELOW].itertuples()
        ]

    def to_frame(self) -> pd.DataFrame:
        """Give the statistics as a tidy table.

        Returns
        -------
        DataFrame
            ``statistic, place, observed, estimate, lower, upper, p_value``.
        """
        frame = self.statistics.to_dataframe().reset_index()
        columns = ["observed", "estimate", "lower", "upper", "p_value"]
        return frame[["statistic", "place", *columns]].dropna(ignore_index=True)

    def summary(self) -> str:
        """What people read first.

        Returns
        -------
        str
            One line a statistic and place, then what is refused.
        """
        lines = [
            f"Predictive checks of {self.nobs} cells, {self.level:.0%} intervals",
            f"{'place':<12}{'':<56}{'observed':>9}{'predicted':>26}{'p':>8}",
        ]
        for row in self.to_frame().itertuples():
            told = f"{row.estimate:.3g} [{row.lower:.3g}, {row.upper:.3g}]"
            words = STATISTICS[str(row.statistic)]
            lines.append(
                f"{row.place!s:<12}{words:<56}{row.observed:>9.3g}{told:>26}"
                f"{row.p_value:>8.2g}"
            )
        beyond = (self.pit["height"] < self.pit["lower"]) | (
            self.pit["height"] > self.pit["upper"]
        )
        lines.append(f"PIT histogram: {int(beyond.sum())} of {BINS} bins outside")
        return "\n".join([*lines, *self.poisson_refused()])


def check_fit(
    fit: DynamicRateFit,
    panel: xr.Dataset,
    *,
    rng: np.random.Generator,
    level: float = 0.9,
) -> FitCheck:
    """Compare a panel with counts that its own fit predicts.

    Statistics T of the true counts given the reports are compared, draw by draw, with T
    of new counts, as for data that are known in part [1]_; where counts are exact that
    is the usual posterior predictive check. The histogram compares each *report*, an
    interval of counts, with what a fit to all others would predict of it.

    In the statistics the data are used twice, by the fit and by the check, so p-values
    come out nearer to one half than uniform ones would: a small one says more than it
    seems to, a large one proves nothing [2]_. A walk that may bend can follow much;
    whether it bends *because* the law around it is too narrow is what ``poisson`` asks.

    Parameters
    ----------
    fit : DynamicRateFit
        Fitted to ``panel``.
    panel : Dataset, dims (time, place)
        What was observed. Periods are in the true counts of their cells; cells that
        were not observed are left out.
    rng : numpy.random.Generator
        Source of randomness.
    level : float
        Probability inside the intervals.

    Returns
    -------
    FitCheck
        Statistics, histogram of transforms and rootogram.

    Raises
    ------
    DimensionError
        If the panel has other cells than the fit.
    SettingError
        If no cell was observed.

    References
    ----------
    .. [1] Gelman, A., Van Mechelen, I., Verbeke, G., Heitjan, D. F. and Meulders, M.
       (2005). Multiple imputation for model checking: completed-data plots with missing
       and latent data. *Biometrics* 61, 74-85.
       https://doi.org/10.1111/j.0006-341X.2005.031010.x
    .. [2] Robins, J. M., van der Vaart, A. and Ventura, V. (2000). Asymptotic
       distribution of p values in composite null models. *JASA* 95, 1143-1156.
       https://doi.org/10.1080/01621459.2000.10474310

    Examples
    --------
    >>> from conflictstats.models.rates import DynamicRate
    >>> from conflictstats.simulate.counts import random_walk_counts
    >>> rng = np.random.default_rng(1)
    >>> counts = random_walk_counts(60, rng=rng)
    >>> check = check_fit(DynamicRate().fit(counts, rng=rng), counts, rng=rng)
    >>> largest = check.statistics["observed"].sel(statistic="largest").item()
    >>> check.nobs, largest == counts["best"].max().item()
    (60, True)
    """
    _check.level(level)
    for dim in ("time", "place"):
        if not np.array_equal(fit.draws[dim].values, panel[dim].values):
            raise DimensionError(
                f"the panel's {dim} is not the fit's; give the panel that was fitted"
            )
    seen = recorded(fit.model, panel)
    if not seen.observed.any():
        raise SettingError("no cell of the panel was observed; nothing can be checked")
    order = ("draw", "time", "place")
    true = fit.draws["realised"].transpose(*order).values.astype(float)
    new = fit.simulate(rng=rng).transpose(*order).values.astype(float)
    mean = fit.draws["expected"].transpose(*order).values.astype(float)
    statistics = [
        _compare(true, new, mean, seen, place, rng) for place in range(mean.shape[2])
    ]
    return FitCheck(
        statistics=_labelled(statistics, panel["place"], level),
        pit=_pit(fit, mean, seen, level),
        rootogram=_rootogram(true[:, seen.observed], new[:, seen.observed], level),
        nobs=int(seen.observed.sum()),
        level=level,
    )


def _compare(
    true: FloatArray,
    new: FloatArray,
    mean: FloatArray,
    seen: Recorded,
    place: int,
    rng: np.random.Generator,
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Each statistic of true and new counts of one place, draw by draw."""
    here = seen.observed[:, place]
    if not here.any():
        return {}
    y, z = true[:, here, place], new[:, here, place]
    centre, spread = z.mean(axis=0), np.maximum(z.var(axis=0), 1 / len(z))
    found = {
        "zeros": tuple((x == 0).mean(axis=1) for x in (y, z)),
        "variance_to_mean": tuple(_dispersion(x) for x in (y, z)),
        "scatter": tuple(((x - centre) ** 2 / spread).mean(axis=1) for x in (y, z)),
        "largest": tuple(x.max(axis=1) for x in (y, z)),
    }
    exact = (seen.exact & seen.observed)[:, place]
    if exact.any():
        law = mean[:, exact, place]
        pairs = true[:, exact, place], rng.poisson(law).astype(float)
        found["poisson"] = tuple(
            ((x - law) ** 2).sum(axis=1) / law.sum(axis=1) for x in pairs
        )
    return {name: (one, two) for name, (one, two) in found.items()}


def _dispersion(count: FloatArray) -> FloatArray:
    """Variance over mean of each draw; 1 where there are no deaths at all."""
    mean = count.mean(axis=1)
    return np.where(mean > 0, count.var(axis=1) / np.where(mean > 0, mean, 1), 1.0)


def _labelled(
    places: list[dict[str, tuple[FloatArray, FloatArray]]],
    names: xr.DataArray,
    level: float,
) -> xr.Dataset:
    """Medians, intervals and p-values by statistic and place."""
    columns = ("observed", "estimate", "lower", "upper", "p_value")
    table = np.full((len(columns), len(STATISTICS), len(places)), np.nan)
    tail = (1 - level) / 2
    for j, found in enumerate(places):
        for i, name in enumerate(STATISTICS):
            if name not in found:
                continue
            true, new = found[name]
            ends = np.quantile(new, [0.5, tail, 1 - tail])
            p_value = (_tail if name in ONE_SIDED else _two_sided)(true, new)
            table[:, i, j] = [np.median(true), *ends, p_value]
    return xr.Dataset(
        {name: (("statistic", "place"), table[i]) for i, name in enumerate(columns)},
        {"statistic": list(STATISTICS), "place": names.values},
        {"level": level, "kind": "prediction"},
    )


def _tail(true: FloatArray, new: FloatArray) -> float:
    """Probability that new draws are as high, counting the observed as one."""
    return (1 + int((new >= true).sum())) / (1 + len(new))


def _two_sided(true: FloatArray, new: FloatArray) -> float:
    """Twice the smaller tail, at most 1."""
    return min(1.0, 2 * min(_tail(true, new), _tail(-true, -new)))


def _pit(
    fit: DynamicRateFit, mean: FloatArray, seen: Recorded, level: float
) -> xr.Dataset:
    """Histogram of where reports lie among predictions that have not seen them."""
    kept: BoolArray = seen.observed & seen.one_interval
    hyper = fit.draws["hyper"].transpose("param", "draw", "place")
    names = set(hyper["param"].values)
    share = np.broadcast_to(seen.dated_share, mean.shape)
    if "found" in names:
        found = hyper.sel(param="found").values[:, None, :]
        share = share * np.where(seen.thinned, found, 1.0)
    told = (mean * share)[:, kept]
    size = np.full(mean.shape, np.inf)
    if "size" in names:
        size = np.broadcast_to(hyper.sel(param="size").values[:, None, :], mean.shape)
    below, upto = (
        _reached(end, told, size[:, kept])
        for end in (seen.low[kept] - 1, seen.high[kept])
    )
    nobs = int(kept.sum())
    height, pareto_k = np.full(BINS, np.nan), np.empty(0)
    if nobs:
        low, high, pareto_k = left_out(below, upto - below)
        height = pit_heights(low, high, BINS)
    band = np.array(bin_band(max(nobs, 1), BINS, level=level)) * BINS / max(nobs, 1)
    edges = np.linspace(0, 1, BINS + 1)
    return xr.Dataset(
        {
            "height": ("bin", height),
            "lower": ("bin", np.full(BINS, band[0])),
            "upper": ("bin", np.full(BINS, band[1])),
        },
        {"left": ("bin", edges[:-1]), "right": ("bin", edges[1:])},
        {"level": level, "nobs": nobs, "influential": int((pareto_k > 0.7).sum())},
    )


def _reached(end: FloatArray, mean: FloatArray, size: FloatArray) -> FloatArray:
    """Probability of a count up to ``end``, (n,), by draw, shape (draws, n)."""
    top = np.where(np.isfinite(end), end, 0)
    after = np.broadcast_to(np.maximum(top, 0) + 1, mean.shape)
    poisson = np.isinf(size)
    finite = np.where(poisson, 1.0, size)
    chance = special.betainc(finite, after, finite / (finite + mean))
    chance = np.where(poisson, special.gammaincc(after, mean), chance)
    return np.where(np.isinf(end), 1.0, np.where(end < 0, 0.0, chance))


def _rootogram(true: FloatArray, new: FloatArray, level: float) -> xr.Dataset:
    """Numbers of cells by count; the last bin holds all that lie beyond."""
    edges = count_bins(float(np.quantile(true.max(axis=1), 0.5)))
    ends = np.append(edges[:-1], np.inf)
    found = [
        np.array([np.histogram(draw, ends)[0] for draw in counts])
        for counts in (true, new)
    ]
    tail = (1 - level) / 2
    lower, upper = np.quantile(found[1], [tail, 1 - tail], axis=0)
    parts = {
        "observed": found[0].mean(axis=0),
        "expected": found[1].mean(axis=0),
        "lower": lower,
        "upper": upper,
    }
    last = np.append(edges[1:-1] - 1.0, np.inf)
    return xr.Dataset(
        {name: ("bin", value) for name, value in parts.items()},
        {"first": ("bin", edges[:-1]), "last": ("bin", last)},
        {"level": level, "kind": "prediction"},
    )

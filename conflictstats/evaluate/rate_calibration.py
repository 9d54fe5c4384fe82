"""One simulation from the prior of a rate, fitted: where the truths rank."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import special

from conflictstats._typing import FloatArray
from conflictstats.errors import FitWarning
from conflictstats.evaluate.calibration import rank_of_truth
from conflictstats.models.rates import DynamicRate, DynamicRateFit
from conflictstats.simulate.latent import LatentCounts

STRATA = {
    "mean below 1": "mean_count < 1",
    "zeros above 60 %": "zero_share > 0.6",
    "overdispersed": "variance_ratio > 5",
    "short": "n_time < 40",
    "missing weeks": "missing_share > 0",
    "heaped": "vague_share > 0.25",
}
"""What a replicate's data may be like, as conditions on its row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCalibration:
    """A rate model and the prior that its data are drawn from: one cell of a study.

    Attributes
    ----------
    name : str
        Name of the cell; the seeds of its replicates come from it.
    model : DynamicRate
        What is tested, with 199, 399 or 999 draws.
    prior : LatentCounts
        The same law, written apart.

    Examples
    --------
    >>> cell = RateCalibration(
    ...     name="example",
    ...     model=DynamicRate(draws=199),
    ...     prior=LatentCounts(n_time=(20, 20)),
    ... )
    >>> row = cell.replicate(np.random.default_rng(1))
    >>> row["n_time"], 0 <= row["rank_total"] <= 199
    (20, True)
    """

    name: str
    model: DynamicRate
    prior: LatentCounts

    def replicate(self, rng: np.random.Generator) -> dict[str, float | str]:
        """Draw, fit and rank once.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        dict
            ``status`` and ``pareto_k`` of the fit; ``n_time, nobs, mean_count,
            zero_share, variance_ratio, missing_share, vague_share`` of the data; ranks
            of ``total`` (expected deaths), ``middle`` (rate of the middle day),
            ``change`` (last rate over first), ``deaths`` (those that happened, where
            reports leave them open), ``loglik`` (of the exact counts, a quantity that
            knows the data) and of the hyperparameters that the model has.
        """
        drawn = self.prior.draw(rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitWarning)
            fit = self.model.fit(drawn, rng=rng, strict=False)
        told = fit.diagnostics.isel(place=0)
        row: dict[str, float | str] = {
            "status": str(told["status"].item()),
            "pareto_k": round(float(told["pareto_k"]), 3),
        }
        row |= _features(drawn)
        for name, (truth, draws) in _quantities(drawn, fit).items():
            row[f"rank_{name}"] = rank_of_truth(truth, draws, rng=rng)
        return row


def _features(drawn: xr.Dataset) -> dict[str, float]:
    """What the data are like; nothing here is hidden from the model."""
    low = drawn["low"].values.ravel()
    seen = low[np.isfinite(low)]
    vague = (drawn["qualifier"].values.ravel() != "exact") & np.isfinite(low)
    mean = float(seen.mean()) if seen.size else 0.0
    return {
        "n_time": low.size,
        "nobs": seen.size,
        "mean_count": mean,
        "zero_share": float((seen == 0).mean()) if seen.size else 1.0,
        "variance_ratio": float(seen.var()) / mean if mean else 0.0,
        "missing_share": 1 - seen.size / low.size,
        "vague_share": float(vague.sum()) / max(seen.size, 1),
    }


def _quantities(
    drawn: xr.Dataset, fit: DynamicRateFit
) -> dict[str, tuple[float, FloatArray]]:
    """Truth and posterior draws of each quantity that this replicate has."""
    rate = drawn["rate"].values[:, 0]
    mean = fit.draws["expected"].isel(place=0).transpose("draw", "time").values
    hyper = fit.draws["hyper"].isel(place=0).transpose("param", "draw")
    found = {
        "total": (rate.sum(), mean.sum(axis=1)),
        "middle": (rate[rate.size // 2], mean[:, rate.size // 2]),
        "change": (rate[-1] / rate[0], mean[:, -1] / mean[:, 0]),
    }
    for name, draws in zip(hyper["param"].values, hyper.values, strict=True):
        if name in drawn and np.ptp(draws) > 0:
            found[str(name)] = float(drawn[name]), draws
    exact = (drawn["low"] == drawn["high"]).values[:, 0]
    exact &= (drawn["qualifier"] == "exact").values[:, 0]
    truth = drawn["truth"].values[:, 0]
    if not exact.all():
        deaths = fit.draws["realised"].isel(place=0).sum("time").values
        found["deaths"] = truth.sum(), deaths
    if exact.any() and "size" in found:
        size, sizes = found["size"]
        here = truth[exact]
        found["loglik"] = (
            float(_log_probability(here, rate[exact], np.array(size))),
            _log_probability(here, mean[:, exact], sizes[:, None]),
        )
    return found


def _log_probability(
    count: FloatArray, mean: FloatArray, size: FloatArray
) -> FloatArray:
    """Log probability of NB counts, all together, shape (*draws)."""
    each = special.gammaln(count + size) - special.gammaln(size)
    each -= special.gammaln(count + 1)
    each -= size * np.log1p(mean / size)
    each += special.xlogy(count, mean) - count * np.log(mean + size)
    return np.asarray(each.sum(axis=-1))

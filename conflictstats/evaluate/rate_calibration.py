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
from conflictstats.evaluate.strata import features_of
from conflictstats.models.rates import DynamicRate, DynamicRateFit
from conflictstats.simulate.latent import LatentCounts
from conflictstats.simulate.latent_panel import LatentPanel


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCalibration:
    """A rate model and the prior that its data are drawn from: one cell of a study.

    Attributes
    ----------
    name : str
        Name of the cell; the seeds of its replicates come from it.
    model : DynamicRate
        What is tested, with 199, 399 or 999 draws.
    prior : LatentCounts or LatentPanel
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
    prior: LatentCounts | LatentPanel

    def replicate(self, rng: np.random.Generator) -> dict[str, float | str]:
        """Draw, fit and rank once.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        dict
            ``status`` and ``pareto_k`` of the fit; what
            :func:`~conflictstats.evaluate.strata.features_of` says of the data; ranks
            of ``total`` (expected deaths), ``middle`` (rate of the middle cell) and
            ``change`` (last rate over first) of the first place, ``contrast`` (its
            rate over that of the second), the first ``effect`` that is drawn,
            ``deaths`` (those that happened, where reports leave them open), ``loglik``
            (of the exact counts, a quantity that knows the data) and of the
            hyperparameters that the model has.
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
        row |= features_of(drawn["low"].values, drawn["qualifier"].values)
        for name, (truth, draws) in _quantities(drawn, fit).items():
            row[f"rank_{name}"] = rank_of_truth(truth, draws, rng=rng)
        return row


def _quantities(
    drawn: xr.Dataset, fit: DynamicRateFit
) -> dict[str, tuple[float, FloatArray]]:
    """Truth and posterior draws of each quantity that this replicate has."""
    rate = drawn["rate"].values
    mean = fit.draws["expected"].transpose("draw", "time", "place").values
    first, half = mean[:, :, 0], len(rate) // 2
    found = {
        "total": (rate.sum(), mean.sum(axis=(1, 2))),
        "middle": (rate[half, 0], first[:, half]),
        "change": (rate[-1, 0] / rate[0, 0], first[:, -1] / first[:, 0]),
    }
    if rate.shape[1] > 1:
        apart = mean[:, half, 0] / mean[:, half, 1]
        found["contrast"] = rate[half, 0] / rate[half, 1], apart
    hyper = fit.draws["hyper"].isel(place=0).transpose("param", "draw")
    for name, draws in zip(hyper["param"].values, hyper.values, strict=True):
        if name in drawn and np.ptp(draws) > 0:
            found[str(name)] = float(drawn[name]), draws
    if drawn.sizes.get("term"):
        effect = drawn["effects"][0]
        draws = fit.draws["effects"].isel(place=0).sel(term=effect["term"].item())
        found["effect"] = float(effect), draws.values
    return found | _of_counts(drawn, fit, found)


def _of_counts(
    drawn: xr.Dataset,
    fit: DynamicRateFit,
    found: dict[str, tuple[float, FloatArray]],
) -> dict[str, tuple[float, FloatArray]]:
    """Deaths that happened, and the log probability of counts that are known."""
    exact = (drawn["low"] == drawn["high"]).values
    exact &= (drawn["qualifier"] == "exact").values
    truth, of_counts = drawn["truth"].values, {}
    if not exact.all():
        deaths = fit.draws["realised"].sum(("time", "place")).values
        of_counts["deaths"] = truth.sum(), deaths
    if exact.any() and "size" in found:
        size, sizes = found["size"]
        rate, mean = drawn["rate"].values, fit.draws["expected"]
        here = mean.transpose("draw", "time", "place").values[:, exact]
        of_counts["loglik"] = (
            float(_log_probability(truth[exact], rate[exact], np.array(size))),
            _log_probability(truth[exact], here, sizes[:, None]),
        )
    return of_counts


def _log_probability(
    count: FloatArray, mean: FloatArray, size: FloatArray
) -> FloatArray:
    """Log probability of NB counts, all together, shape (*draws)."""
    each = special.gammaln(count + size) - special.gammaln(size)
    each -= special.gammaln(count + 1)
    each -= size * np.log1p(mean / size)
    each += special.xlogy(count, mean) - count * np.log(mean + size)
    return np.asarray(each.sum(axis=-1))

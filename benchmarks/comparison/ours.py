"""Our answer to a case: one small function a kind of model."""

import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

import conflictstats as cs
from benchmarks.comparison import data
from benchmarks.comparison.answer import Answer
from benchmarks.comparison.pairs import Pair
from conflictstats.errors import FitWarning
from conflictstats.numerics.priors import Effect, StandardDeviation, Step

DRAWS = 20_000
"""Enough that their own error, .7 % of a sd, is small beside what is allowed."""
CHANCE = 0.05
"""Of the sentences in which priors are stated."""
NAMES = {"sd": "step_sd", "size": "spread"}
"""Hyperparameters that the cases call otherwise."""
YEAR = 365.25
"""Days."""
FIRST_DAY = np.datetime64("2019-01-01")


def answer(
    pair: Pair, shared: Path, *, refine: bool = False, draws: int = DRAWS, seed: int = 1
) -> Answer:
    """Fit a case by the package's public door.

    Parameters
    ----------
    pair : Pair
        The case and its reports.
    shared : Path
        Folder of the shared data.
    refine : bool
        Whether to run chains on the exact posterior.
    draws : int
        Of the posterior.
    seed : int
        Of the draws.

    Returns
    -------
    Answer
        Moments of log rates and hyperparameters.
    """
    model = replace(model_of(pair), refine=refine, draws=draws)
    panel = governorate() if pair.reports is data.syria else panel_of(pair, shared)
    before = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        fit = model.fit(panel, rng=np.random.default_rng(seed), strict=False)
    at_risk = panel[model.exposure] if model.exposure else fit.draws["days"]
    return _answer_of(fit, at_risk, pair.case.cells, time.process_time() - before)


def model_of(pair: Pair) -> cs.DynamicRate:
    """Set the model of a pair, with the same priors.

    Parameters
    ----------
    pair : Pair
        The case and its reports.

    Returns
    -------
    DynamicRate
        Its prior of the first log rate is around one death a day for the mean exposure
        of a day, which that of a case need not be; with an sd of 5 it hardly matters.
    """
    week, rate = 7 / pair.cell_days, pair.case.priors["step_rate"]
    order = 2 if pair.trend == "rw2" else 1
    unit = Step(np.e, CHANCE, cells=week, order=order).rate
    if pair.trend == "ar1":
        unit = StandardDeviation(1.0, CHANCE).rate
    drift = None
    if pair.trend == "drift":
        yearly = Effect(sd=pair.case.priors["slope_sd"] * YEAR / pair.cell_days)
        drift = float(np.exp(yearly.quantile(np.array(1 - CHANCE / 2)))), CHANCE
    return cs.DynamicRate(
        family=pair.family,
        walk="rw1" if drift else pair.trend,
        drift=drift,
        exposure="weight" if pair.reports is data.alcohol else None,
        places="parallel" if pair.places > 1 else "independent",
        weekly_change=(float(np.exp(unit / rate)), CHANCE),
        mechanisms={"at_least": "confirmed", "range": "coarsened"},
        found=tuple(pair.case.priors.get("found", (9.0, 1.0))),
    )


def panel_of(pair: Pair, shared: Path) -> xr.Dataset:
    """Make a panel of a pair whose reports are of single cells.

    Parameters
    ----------
    pair : Pair
        The case and its reports.
    shared : Path
        Folder of the shared data.

    Returns
    -------
    Dataset, dims (time, place)
        Bounds, qualifiers and exposures; ``time_end`` is the last day of each cell.
    """
    rows = pair.reports(shared)
    shape = pair.length, pair.places
    low, high, weight = (np.full(shape, np.nan) for _ in range(3))
    word = np.full(shape, "exact", dtype="<U12")
    at = rows["time"], rows["place"]
    low[at], weight[at] = rows["low"], rows["weight"]
    high[at] = rows["high"].astype("Float64").to_numpy(float, na_value=np.inf)
    thinned = rows["thinned"] == 1
    bounded = rows["low"].to_numpy(float) != high[at]
    word[at] = np.where(thinned, "at_least", np.where(bounded, "range", "exact"))
    days = int(pair.cell_days)
    first = FIRST_DAY + days * np.arange(pair.length)
    dims = "time", "place"
    variables = {"low": low, "high": high, "qualifier": word, "weight": weight}
    return xr.Dataset(
        {name: (dims, values) for name, values in variables.items()},
        {
            "time": first,
            "time_end": ("time", first + days - 1),
            "place": [f"place {i}" for i in range(pair.places)],
        },
    )


def governorate() -> xr.Dataset:
    """Select one governorate, with its periods, of the embedded table.

    Returns
    -------
    Dataset, dims (time, place)
        The weekly panel.
    """
    panel = cs.panel_of_events(cs.load_nw_syria_deaths())
    number = panel.get_index("place").get_loc(data.GOVERNORATE)
    panel = panel.isel(place=[number])
    panel = panel.isel(period=np.flatnonzero(panel["period_place"] == number))
    return panel.assign(period_place=xr.zeros_like(panel["period_place"]))


def _answer_of(
    fit: cs.DynamicRateFit, at_risk: xr.DataArray, cells: list[list[int]], cpu_s: float
) -> Answer:
    """Moments of the draws of a fitted rate."""
    log_rate = np.log(fit.draws["expected"] / at_risk)
    shown = np.array(cells).T
    eta = log_rate.transpose("draw", "time", "place").values[:, shown[0], shown[1]]
    hyper = fit.draws["hyper"].isel(place=0)
    named = {
        NAMES.get(name, name): hyper.sel(param=name).values
        for name in hyper["param"].values.tolist()
    }
    if fit.model.drift is not None:
        named["drift"] = fit.draws["effects"].isel(place=0).sel(term="drift").values
    if "spread" in named:
        named["spread"] = named["spread"] ** -0.5
    for name in {"step_sd", "spread", "place_sd"} & named.keys():
        named[f"log_{name}"] = np.log(named[name])
    return Answer(
        peer="conflictstats",
        version=cs.__version__,
        cpu_s=cpu_s,
        mean=eta.mean(axis=0),
        sd=eta.std(axis=0, ddof=1),
        hyper={k: (float(v.mean()), float(v.std(ddof=1))) for k, v in named.items()},
        log_evidence=float(fit.diagnostics["log_evidence"][0]),
        told={
            "status": fit.status.name,
            "pareto_k": float(fit.diagnostics["pareto_k"].max()),
        },
    )

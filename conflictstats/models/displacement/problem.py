"""The posterior that settings, reports and violence make together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from conflictstats._typing import FloatArray, IntArray
from conflictstats.models.displacement.cells import (
    Cells,
    Violence,
    Windows,
    sums,
    windows,
)
from conflictstats.models.displacement.reports import Reports
from conflictstats.numerics.displacement import lag
from conflictstats.numerics.displacement.lag import LagLaw
from conflictstats.numerics.displacement.noise import Noise
from conflictstats.numerics.displacement.observed import Design
from conflictstats.numerics.displacement.posterior import StockFlowPosterior
from conflictstats.numerics.displacement.rates import Rates, Scalars

if TYPE_CHECKING:
    from conflictstats.models.displacement.model import StockFlow

YEAR = 365.25
HALF = 0.5
QUARTER = 3
"""Cells, or more, for which the noise of returns is constant."""
COVERED = 0.3
"""Log sd of what a changed coverage holds, where the places assessed are counted."""
NOT_COUNTED = 0.5
"""The same where they are not."""


@dataclass(frozen=True, slots=True)
class Place:
    """What one fit is about, besides settings.

    Attributes
    ----------
    cells : Cells
        Of time.
    violence : Violence or None
        By day.
    initial : tuple of float
        Median and log sd of the stock before the first cell, persons.
    population : tuple of float or None
        Median and log sd of the persons from there, displaced or not.
    scale : ndarray, shape (kinds,)
        Mean violence a day of each kind.
    """

    cells: Cells
    violence: Violence | None
    initial: tuple[float, float]
    population: tuple[float, float] | None
    scale: FloatArray


def rates_of(model: StockFlow, place: Place, draw: int = 0) -> tuple[Rates, int]:
    """Rates of flight and return, and days of violence that are assumed."""
    cells = place.cells
    seen = Windows(np.zeros((0, 1, cells.days.size)), None, 0)
    if place.violence is not None:
        drawn = place.violence.draw(draw)
        before = np.ones(place.scale.size) * (model.unseen == "mean")
        over = drawn._replace(daily=drawn.daily / place.scale[:, None])
        seen = windows(cells, over, before, (model.longest, model.lead))
    step = float(cells.days.mean())
    rates = Rates(
        cells.days,
        scalars_of(model, place),
        law_of(model, step * np.arange(float(seen.before.shape[1]))),
        seen.before,
        seen.ahead,
        model.violence_share,
        Noise.over(cells.begins, pieces_of(cells, model.pieces[0], 1), model.memory[0]),
        Noise.over(
            cells.begins, pieces_of(cells, model.pieces[1], QUARTER), model.memory[1]
        ),
    )
    return rates, seen.assumed


def pieces_of(cells: Cells, days: int, at_least: int) -> IntArray:
    """Number of the piece of each cell: so many days, or cells that are longer."""
    if cells.days.max() > 1:
        each = max(at_least, int(days / cells.days.mean()))
        return np.arange(cells.days.size) // each
    return (cells.begins // days).astype(int)


def scalars_of(model: StockFlow, place: Place) -> Scalars:
    """Log-normal numbers with their priors; rates of return are a day."""
    yearly, log_sd = model.returns
    priors = {
        "level": model.inflow,
        "noise_sd": model.inflow_noise,
        "return_rate": (-np.log1p(-yearly) / YEAR, log_sd),
        "return_noise_sd": model.return_noise,
    }
    if model.departures is not None:
        yearly, log_sd = model.departures
        priors["departure_rate"] = (-np.log1p(-yearly) / YEAR, log_sd)
    priors |= {"extra_moves": model.extra_movements, "initial": place.initial}
    if place.population is not None:
        priors["population"] = place.population
    median, log_sds = np.array(list(priors.values()), dtype=float).T
    return Scalars(tuple(priors), median, log_sds)


def law_of(model: StockFlow, days: FloatArray) -> LagLaw:
    """Law of the weights over lags of so many days."""
    if model.lag == "geometric":
        return lag.Geometric.over(days, model.half_life)
    if model.lag == "gamma":
        return lag.Gamma.over(days + HALF, *model.delay)
    return lag.Spline.over(days + HALF, model.half_life[0], model.bend)


def posterior_of(
    model: StockFlow, place: Place, reports: Reports, draw: int = 0
) -> tuple[StockFlowPosterior, int]:
    """Posterior by cell, and days of violence that are assumed."""
    rates, assumed = rates_of(model, place, draw)
    return StockFlowPosterior(rates, design_of(model, place.cells, reports)), assumed


def design_of(model: StockFlow, cells: Cells, reports: Reports) -> Design:
    """What the reports are about."""
    rows = reports.rows
    bodies = bodies_of(rows)
    body = rows["body"].map({name: i for i, name in enumerate(bodies)})
    effects = model.body_effect * np.eye(len(bodies))[body.to_numpy(int)]
    if model.anchor is not None:
        effects[:, bodies.index(model.anchor)] = 0.0
    covered = coverage_of(rows)
    kind = rows["measure"].map({"fraction": -1.0, "population": 1.0}).fillna(0.0)
    return Design(
        reports.low,
        reports.high,
        sums(cells, reports),
        np.asarray(kind, dtype=float),
        (rows["unit"] == "movements").to_numpy(),
        np.hstack([effects, covered.sd]),
        covered.shift,
        body.to_numpy(int),
        model.report_error,
    )


def bodies_of(rows: pd.DataFrame) -> list[str]:
    """Bodies, in the order of their names."""
    return sorted(set(rows["body"]))


class Coverage(NamedTuple):
    """What is counted where, by body and coverage, k of which are not a body's whole.

    Attributes
    ----------
    shift : ndarray, shape (n,)
        Prior mean of each report's log coverage.
    sd : ndarray, shape (n, k)
        Prior standard deviation of it, in the column of its coverage.
    changed : list of str
        Body and coverage of each column.
    shifts : ndarray, shape (k,)
        Prior means.
    whole : list of str
        Body and coverage that count everything the body means to.
    """

    shift: FloatArray
    sd: FloatArray
    changed: list[str]
    shifts: FloatArray
    whole: list[str]


def coverage_of(rows: pd.DataFrame) -> Coverage:
    """Coverages of reports.

    The coverage with most places assessed, or else the one that a body has first, is
    that body's whole.
    """
    shift, sd = np.zeros(len(rows)), np.zeros((len(rows), 0))
    changed, whole, shifts = [], [], []
    named = rows.assign(coverage=rows["coverage"].fillna(""))
    for body, own in named.groupby("body", sort=True):
        widest = _widest(own)
        whole.append(label(str(body), widest["coverage"]))
        for name, part in own.groupby("coverage", sort=True):
            if name == widest["coverage"]:
                continue
            counted = part["n_assessed"].iloc[0], widest["n_assessed"]
            known = not any(pd.isna(number) for number in counted)
            shifts.append(float(np.log(counted[0] / counted[1])) if known else 0.0)
            changed.append(label(str(body), str(name)))
            shift[part.index] = shifts[-1]
            column = np.zeros((len(rows), 1))
            column[part.index] = COVERED if known else NOT_COUNTED
            sd = np.hstack([sd, column])
    return Coverage(shift, sd, changed, np.array(shifts), whole)


def label(body: str, coverage: str) -> str:
    """Body and coverage in one."""
    return f"{body} | {coverage}"


def _widest(own: pd.DataFrame) -> pd.Series:
    """Row whose coverage is a body's whole."""
    ordered = own.sort_values("end", kind="stable")
    counted = ordered["n_assessed"].astype("float")
    if counted.notna().any():
        return ordered.iloc[int(np.nanargmax(counted))]
    return ordered.iloc[0]


def coarser(fine: StockFlowPosterior, first: IntArray) -> StockFlowPosterior:
    """The same posterior with cells joined, from each of ``first`` to the next.

    No report and no piece of the noises may begin or end within a joined cell.
    """
    rates, design = fine.rates, fine.design
    kept = np.append(first, rates.days.size)
    joined = replace(
        rates,
        days=np.add.reduceat(rates.days, first),
        windows=np.add.reduceat(rates.windows, first, axis=2),
        ahead=None if rates.ahead is None else np.add.reduceat(rates.ahead, first),
        noise=_joined(rates.noise, first),
        return_noise=_joined(rates.return_noise, first),
    )
    length = rates.days.size + 1
    columns = np.concatenate([kind * length + kept for kind in range(4)])
    read = sparse.csr_array(design.sums[:, columns])
    return StockFlowPosterior(joined, design._replace(sums=read))


def _joined(noise: Noise, first: IntArray) -> Noise:
    """The same pieces, counted in longer cells."""
    begins = np.searchsorted(first, noise.first)
    return replace(noise, first=begins, lengths=np.diff(np.append(begins, first.size)))

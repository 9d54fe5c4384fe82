"""From states to labelled draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._typing import FloatArray, IntArray
from conflictstats.models.displacement.problem import (
    YEAR,
    Place,
    bodies_of,
    coverage_of,
)
from conflictstats.models.displacement.reports import Reports
from conflictstats.models.displacement.sampling import (
    LARGEST_RHAT,
    Draws,
    parts_of,
)
from conflictstats.models.displacement.status import StockFlowStatus
from conflictstats.numerics.displacement.balance import Balance
from conflictstats.numerics.displacement.rates import Rates

if TYPE_CHECKING:
    from conflictstats.models.displacement.model import StockFlow

DAY = np.timedelta64(1, "D")
LARGEST_K = 0.7
LEAD = "lead"
NAMES = {
    "return_rate": "returns_a_year",
    "departure_rate": "departures_a_year",
    "extra_moves": "movements",
}
"""What scalars are called by those who read them, where that is another word."""


def labelled(
    model: StockFlow, place: Place, reports: Reports, parts: list[Draws]
) -> xr.Dataset:
    """Draws of all imputations as one Dataset."""
    states = np.concatenate([part.states for part in parts])
    courses = [course_of(part.posterior.rates, part.states, place) for part in parts]
    draws = xr.concat(courses, "draw")
    rates = parts[0].posterior.rates
    scalars = rates.scalars.values(states[:, rates.parts["scalars"]])
    hyper = np.column_stack([_told(name, each) for name, each in scalars.items()])
    names = [NAMES.get(name, name) for name in scalars]
    draws["hyper"] = (("draw", "param"), hyper)
    draws["state"] = (("draw", "number"), states)
    limit = place.population or (0.0, 0.0)
    draws = draws.assign_coords(param=names).assign_attrs(
        initial=list(place.initial), population=list(limit)
    )
    draws = draws.merge(_of_bodies(model, reports, parts))
    if place.violence is not None:
        draws = draws.merge(_of_violence(model, place, parts))
    return draws


def course_of(rates: Rates, states: FloatArray, place: Place) -> xr.Dataset:
    """Stock and flows of each state, dims (draw, time)."""
    parts = [_course(rates, some, place) for some in parts_of(states)]
    return xr.concat(parts, "draw")


def _course(rates: Rates, states: FloatArray, place: Place) -> xr.Dataset:
    """Stock and flows of some states."""
    moves = rates.moves(states)
    limit = moves.values.get("population")
    course = Balance(moves.fractions, limit).course(moves.values["initial"])
    edges, days = place.cells.edges, place.cells.days
    found = {
        "stock": course.stock[:, 1:],
        "inflow": course.inflow / days,
        "returns": course.returns / days,
        "departures": course.departures / days,
    }
    if limit is not None:
        found["at_risk"] = course.at_risk[:, 1:]
    coords = {
        "time": edges[:-1].astype("datetime64[ns]"),
        "time_end": ("time", (edges[1:] - DAY).astype("datetime64[ns]")),
        "days": ("time", days),
    }
    return xr.Dataset({k: (("draw", "time"), v) for k, v in found.items()}, coords)


def _told(name: str, values: FloatArray) -> FloatArray:
    """Scalars as people read them: rates as shares in a year, movements in all."""
    if name.endswith("_rate"):
        return -np.expm1(-values * YEAR)
    return 1 + values if name == "extra_moves" else values


def _of_bodies(model: StockFlow, reports: Reports, parts: list[Draws]) -> xr.Dataset:
    """What each body counts of a person, there and by its error, dims (draw, body)."""
    bodies, covered = bodies_of(reports.rows), coverage_of(reports.rows)
    size = parts[0].posterior.rates.size
    own = np.concatenate([part.states for part in parts])[:, size:]
    effects = len(bodies) + len(covered.changed)
    sd = np.array([model.body_effect * (name != model.anchor) for name in bodies])
    error = model.report_error
    changed = (
        covered.shifts
        + covered.sd.max(axis=0, initial=0.0) * own[:, len(bodies) : effects]
    )
    counted = np.hstack([np.exp(changed), np.ones((len(own), len(covered.whole)))])
    return xr.Dataset(
        {
            "body_factor": (("draw", "body"), np.exp(sd * own[:, : len(bodies)])),
            "report_error": (
                ("draw", "body"),
                error[0] * np.exp(error[1] * own[:, effects:]),
            ),
            "coverage_factor": (("draw", "coverage"), counted),
        },
        {
            "body": np.array(bodies, dtype=str),
            "coverage": np.array([*covered.changed, *covered.whole], dtype=str),
        },
    )


def _of_violence(model: StockFlow, place: Place, parts: list[Draws]) -> xr.Dataset:
    """Response to violence by kind and lag."""
    shares, weights, levels = [], [], []
    for part in parts:
        rates = part.posterior.rates
        drive = rates.drive(part.states)
        shares.append(drive.shares[:, 1:])
        weights.append(drive.weights)
        levels.append(
            rates.scalars.values(part.states[:, rates.parts["scalars"]])["level"]
        )
    share, level = np.concatenate(shares), np.concatenate(levels)
    mean = place.scale
    kinds = [] if place.violence is None else list(place.violence.kinds)
    if model.lead:
        mean, kinds = np.append(mean, mean[0]), [*kinds, LEAD]
    step = float(place.cells.days.mean())
    lags = step * np.arange(weights[0].shape[1])
    return xr.Dataset(
        {
            "share": (("draw", "kind"), share),
            "per_unit": (("draw", "kind"), level[:, None] * share / mean),
            "weight": (("draw", "lag"), np.concatenate(weights)),
            "violence_mean": (("kind",), mean),
        },
        {"kind": kinds, "lag": lags, "lag_end": ("lag", lags + step)},
    )


def diagnosed(
    reports: Reports, parts: list[Draws], chosen: IntArray, assumed: int
) -> xr.Dataset:
    """How each imputation went, and what was used and left out."""
    attrs: dict[str, int | str] = {
        "nobs": len(reports.rows),
        "violence_assumed": assumed,
    }
    attrs["restarted"] = ", ".join(reports.restarted)
    attrs |= {f"excluded_{why}": n for why, n in reports.excluded.items()}
    return xr.Dataset(
        {
            "rhat": ("imputation", [part.rhat for part in parts]),
            "ess": ("imputation", [part.ess for part in parts]),
            "pareto_k": ("imputation", [part.pareto_k for part in parts]),
        },
        {"imputation": chosen},
        attrs,
    )


def status_of(reports: Reports, parts: list[Draws]) -> StockFlowStatus:
    """How the estimation ended, and what the reports can tell."""
    rows = reports.rows
    if rows.empty:
        return StockFlowStatus.NO_REPORTS
    if not all(part.rhat <= LARGEST_RHAT for part in parts):
        return StockFlowStatus.NOT_CONVERGED
    if any(part.pareto_k > LARGEST_K for part in parts):
        return StockFlowStatus.APPROXIMATE
    return _identified(rows)


def _identified(rows: pd.DataFrame) -> StockFlowStatus:
    """What the measures that are reported can tell."""
    measures = set(rows["measure"])
    if not measures & {"flow", "cumulative", "returns", "departures"}:
        return StockFlowStatus.STOCKS_ONLY
    if not measures & {"stock", "fraction"}:
        return StockFlowStatus.FLOWS_ONLY
    return StockFlowStatus.CONVERGED

"""What a fit says of other violence, and of reports that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.events.displacement import displacement_table
from conflictstats.models.displacement.cells import Cells, read_violence
from conflictstats.models.displacement.labels import LEAD, course_of
from conflictstats.models.displacement.problem import (
    NOT_COUNTED,
    Place,
    label,
    rates_of,
)
from conflictstats.models.displacement.reports import refuse_unreadable
from conflictstats.provenance import Table

if TYPE_CHECKING:
    from conflictstats.models.displacement.fit import StockFlowFit

DAY = np.timedelta64(1, "D")
COURSES = {"flow": "inflow", "cumulative": "inflow"}


def course_under(fit: StockFlowFit, violence: xr.DataArray) -> xr.Dataset:
    """Course of people under another violence, dims (draw, time)."""
    read = read_violence(violence)
    kinds = []
    if "kind" in fit.draws:
        kinds = [str(kind) for kind in fit.draws["kind"].values if kind != LEAD]
    if read is None or read.kinds != kinds:
        raise SettingError(
            f"violence has kinds {read.kinds if read else []}, the fit has {kinds}"
        )
    ends = fit.draws["time_end"].values[-1:] + DAY
    edges = np.append(fit.draws["time"].values, ends).astype("datetime64[D]")
    scale = fit.draws["violence_mean"].values[: len(kinds)]
    limit = tuple(fit.draws.attrs["population"])
    place = Place(
        Cells(edges),
        read,
        tuple(fit.draws.attrs["initial"]),
        limit if limit[0] > 0 else None,
        scale,
    )
    return course_of(rates_of(fit.model, place)[0], fit.draws["state"].values, place)


def reports_said(
    fit: StockFlowFit,
    reports: Table | pd.DataFrame,
    level: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Predictive intervals of what bodies would print."""
    rows = displacement_table(reports)
    refuse_unreadable(rows, limited="population" in fit.draws["param"])
    _refuse_unknown(fit, rows)
    drawn = np.column_stack([_said(fit, row, rng) for _, row in rows.iterrows()])
    tail = (1 - _check.level(level)) / 2
    lower, estimate, upper = np.quantile(drawn, [tail, 0.5, 1 - tail], axis=0)
    told = ["report_id", "body", "measure", "unit", "start", "end"]
    given = reports.frame if isinstance(reports, Table) else reports
    said = rows[told].assign(estimate=estimate, lower=lower, upper=upper)
    return said.set_index(given.index)


def _refuse_unknown(fit: StockFlowFit, rows: pd.DataFrame) -> None:
    """Raise where a report is of what the fit does not have, or outside its days."""
    if fit.model.departures is None and (rows["measure"] == "departures").any():
        raise SettingError(
            "departures are asked for but not in the model of this fit; fit it with "
            "departures=(0.02, 1.5)"
        )
    first, last = fit.draws["time"].values[0], fit.draws["time_end"].values[-1]
    at_a_day = rows["measure"].isin(["stock", "fraction", "population"])
    begins = rows["start"].where(~at_a_day, rows["end"])
    outside = np.flatnonzero((begins < first) | (rows["end"] > last))
    if outside.size:
        raise SettingError(
            f"reports in rows {(outside[:10] + 1).tolist()} lie outside the days of "
            f"the fit, {str(first)[:10]} to {str(last)[:10]}; fit a longer period"
        )


def _said(fit: StockFlowFit, row: pd.Series, rng: np.random.Generator) -> FloatArray:
    """Draws of what one body would print."""
    draws = fit.draws
    median = _about(fit, row)
    if row["unit"] == "movements":
        median = median * draws["hyper"].sel(param="movements").values
    if row["measure"] == "fraction":
        median = median / draws["hyper"].sel(param="population").values
    body, error = row["body"], fit.model.report_error
    if body in draws["body"]:
        factor = draws["body_factor"].sel(body=body).values
        errors = draws["report_error"].sel(body=body).values
    else:
        new = rng.standard_normal((2, median.size))
        factor = np.exp(fit.model.body_effect * new[0])
        errors = error[0] * np.exp(error[1] * new[1])
    coverage = "" if pd.isna(row["coverage"]) else row["coverage"]
    where = label(body, coverage)
    if where in draws["coverage"]:
        factor = factor * draws["coverage_factor"].sel(coverage=where).values
    elif body in draws["body"]:
        factor = factor * np.exp(NOT_COUNTED * rng.standard_normal(median.size))
    return median * factor * np.exp(errors * rng.standard_normal(median.size))


def _about(fit: StockFlowFit, row: pd.Series) -> FloatArray:
    """Draws of what a report is about, persons."""
    draws, measure = fit.draws, row["measure"]
    if measure == "population":
        return draws["hyper"].sel(param="population").values
    edges = np.append(draws["time"].values, draws["time_end"].values[-1:] + DAY)
    cells = Cells(edges.astype("datetime64[D]"))
    after, before = cells.position(np.array([row["end"] + DAY, row["start"]]))
    if measure in ("stock", "fraction"):
        first = draws["hyper"].sel(param="initial").values[:, None]
        course = np.concatenate([first, draws["stock"].values], axis=1)
        return _at(course, after)
    flow = (draws[COURSES.get(measure, measure)] * draws["days"]).values
    course = np.cumsum(np.pad(flow, ((0, 0), (1, 0))), axis=1)
    return _at(course, after) - _at(course, before)


def _at(course: FloatArray, position: float) -> FloatArray:
    """Course between two edges, shape (draws,)."""
    left = min(int(position), course.shape[1] - 2)
    part = position - left
    return (1 - part) * course[:, left] + part * course[:, left + 1]

"""Who is displaced, out of a table of reports: as a record and as a PDF report."""

from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats.errors import SchemaError
from conflictstats.events import read_daily, read_ged
from conflictstats.events._csv import open_csv
from conflictstats.models.displacement import StockFlow, StockFlowFit
from conflictstats.panel.violence import violence_of_counts, violence_of_events
from conflictstats.provenance import Table
from conflictstats.report.displacement_page import (
    ASSUMPTIONS,
    ENDS,
    OF_VIOLENCE,
    displacement_page,
    left_out,
    middle_and_ends,
)
from conflictstats.report.files import write_bytes

DAYS = (30.0, 90.0, 180.0)


def read_violence(path: Path) -> xr.DataArray:
    """Violence by day out of a file: counts by day, or events as GED has them.

    Parameters
    ----------
    path : Path
        A CSV file that :func:`conflictstats.read_daily` or
        :func:`conflictstats.read_ged` reads, by its header.

    Returns
    -------
    DataArray, dims (time,)
        As :class:`conflictstats.StockFlow` takes it.

    Raises
    ------
    SchemaError
        If columns are missing or cells are wrong.
    ReadError
        If the file cannot be read safely as CSV.
    """
    with open_csv(path) as opened:
        of_events = {"date_start", "best"} <= set(opened.header)
    if of_events:
        return violence_of_events(read_ged(path))
    return violence_of_counts(read_daily(path))


def chosen_reports(reports: Table, place: str | None, cause: str | None) -> Table:
    """Reports of one place, and of one cause where one is named.

    Parameters
    ----------
    reports : Table
        As :func:`conflictstats.read_displacement` gives it.
    place, cause : str, optional
        What to keep; by default all, if there is one place only.

    Returns
    -------
    Table
        The reports that are left.

    Raises
    ------
    SchemaError
        If there are several places and none is named, or nothing is left.
    """
    rows = reports.frame
    places = sorted(set(rows["place"]))
    if place is None and len(places) > 1:
        raise SchemaError(
            f"reports are of {len(places)} places: {', '.join(places[:8])}; choose one "
            "with --place"
        )
    kept = rows[rows["place"].isin([place] if place else places)]
    kept = kept[kept["cause"] == cause] if cause else kept
    if kept.empty:
        raise SchemaError(
            f"no report is of place {place!r}{f' and cause {cause!r}' if cause else ''}"
            f"; places are {', '.join(places[:8])}"
        )
    return Table(kept.reset_index(drop=True), reports.source, reports.notes)


def displacement_record(fit: StockFlowFit, level: float = 0.9) -> dict[str, Any]:
    """Give a fitted course as plain values.

    Parameters
    ----------
    fit : StockFlowFit
        A fitted course.
    level : float
        Posterior probability inside the intervals.

    Returns
    -------
    dict
        ``n_reports``; ``excluded``, numbers of reports by reason; ``status`` and its
        sentence in ``says``; ``stock`` and ``inflow`` (a day), lists of ``start, end,
        estimate, lower, upper``; ``response``, a list of ``kind, days`` and the same,
        and ``half_life``, None without violence; ``learned``, a list of ``param``,
        the same and ``prior_part``; ``assumptions``, sentences; ``level``.
    """
    learned = fit.learned(level).reset_index().to_dict("records")
    with_violence = "weight" in fit.draws
    return {
        "n_reports": fit.nobs,
        "excluded": left_out(fit),
        "status": fit.status.name,
        "says": fit.status.value,
        "stock": _by_cell(fit.stock(level)),
        "inflow": _by_cell(fit.inflow(level)),
        "response": _response(fit, level) if with_violence else None,
        "half_life": _half_life(fit, level) if with_violence else None,
        "learned": [{str(k): _plain(v) for k, v in row.items()} for row in learned],
        "assumptions": [*ASSUMPTIONS, *(OF_VIOLENCE if with_violence else ())],
        "level": level,
    }


def displacement_report(
    reports: Table,
    violence: xr.DataArray | None = None,
    model: StockFlow | None = None,
    *,
    population: float | None = None,
    rng: np.random.Generator,
    level: float = 0.9,
    path: Path | None = None,
) -> StockFlowFit:
    """Estimate who is displaced behind a table of reports, and write what it says.

    Parameters
    ----------
    reports : Table
        Of one place, as :func:`conflictstats.read_displacement` gives it.
    violence : DataArray, dims (time,), optional
        By day, or by cells with ``time_end``.
    model : StockFlow, optional
        Other settings than the default.
    population : float, optional
        People from there, displaced or not.
    rng : numpy.random.Generator
        Source of randomness.
    level : float
        Posterior probability inside the intervals.
    path : Path, optional
        Where to write the PDF; nothing is written without it.

    Returns
    -------
    StockFlowFit
        What the report says.

    Raises
    ------
    SchemaError
        If a report is not usable, or violence does not cover their days.
    SettingError
        If ``level`` is not strictly between 0 and 1, or ``population`` is not above 0.
    FitError
        If the chains do not agree.
    ReportError
        If typst is not installed.
    """
    _check.level(level)
    chosen = StockFlow() if model is None else model
    fit = chosen.fit(reports, violence=violence, population=population, rng=rng)
    if path is not None:
        write_bytes(path, displacement_page(fit, reports, violence, level=level))
    return fit


def _by_cell(band: xr.Dataset) -> list[dict[str, Any]]:
    """One record a cell of time."""
    days = [np.datetime_as_string(band[n].values, "D") for n in ("time", "time_end")]
    values = zip(*(band[end].values.tolist() for end in ENDS), strict=True)
    return [
        {"start": str(first), "end": str(last)} | dict(zip(ENDS, row, strict=True))
        for first, last, row in zip(*days, values, strict=True)
    ]


def _response(fit: StockFlowFit, level: float) -> list[dict[str, Any]]:
    """Persons who have fled for a unit of each kind of violence."""
    rows = fit.response(DAYS, level).to_dataframe().reset_index()
    return [
        {str(k): _plain(v) for k, v in row.items()}
        for row in rows[["kind", "days", *ENDS]].to_dict("records")
    ]


def _half_life(fit: StockFlowFit, level: float) -> dict[str, float]:
    """Days until half of them have fled."""
    return dict(zip(ENDS, middle_and_ends(fit.half_life(), level), strict=True))


def _plain(value: object) -> object:
    """A value that JSON can hold."""
    if isinstance(value, float):
        return float(value) if isfinite(value) else None
    return value

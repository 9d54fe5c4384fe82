"""A fitted casualty rate as a record and as files, for ``conflictstats rate``."""

from pathlib import Path
from typing import Any

import xarray as xr

from conflictstats.models.rates import DynamicRateFit
from conflictstats.plot.rates import MOST_PLACES, plot_rate
from conflictstats.report.figures import save_figure
from conflictstats.report.files import to_json, write_bytes

KINDS = ("estimate", "lower", "upper")


def rate_record(fit: DynamicRateFit, *, level: float = 0.9) -> dict[str, Any]:
    """Give totals and rates with intervals as plain values.

    Parameters
    ----------
    fit : DynamicRateFit
        A fitted rate.
    level : float
        Posterior probability inside the intervals.

    Returns
    -------
    dict
        ``level``, ``kind``, ``nobs``; ``totals``: for each place ``status`` and deaths
        given the reports; ``rates``: for each cell and place deaths per day.
    """
    totals = fit.total().quantile([0.5, (1 - level) / 2, (1 + level) / 2], "draw")
    status = fit.diagnostics["status"]
    return {
        "level": level,
        "kind": "credible",
        "nobs": fit.nobs,
        "totals": [
            {"place": str(place), "status": str(status.sel(place=place).item())}
            | dict(zip(KINDS, totals.sel(place=place).values.tolist(), strict=True))
            for place in totals["place"].values
        ],
        "rates": _rates(fit.rate(level)),
    }


def write_rate(
    fit: DynamicRateFit, panel: xr.Dataset, out: Path, *, level: float = 0.9
) -> list[Path]:
    """Write ``rate.csv``, ``rate.json`` and, of up to 24 places, ``rate.pdf``.

    Parameters
    ----------
    fit : DynamicRateFit
        A fitted rate.
    panel : Dataset, dims (time, place)
        What it was fitted to, for the figure.
    out : Path
        Folder; made if it is not there.
    level : float
        Posterior probability inside the intervals.

    Returns
    -------
    list of Path
        The files.
    """
    rows = fit.to_frame(level).to_csv(index=False, float_format="%.10g")
    record = to_json(rate_record(fit, level=level))
    files = [
        write_bytes(out / "rate.csv", rows.encode()),
        write_bytes(out / "rate.json", record.encode()),
    ]
    if panel.sizes["place"] <= MOST_PLACES:
        figure = plot_rate(fit, panel, level=level)
        files.append(save_figure(figure, out / "rate.pdf"))
    return files


def _rates(band: xr.Dataset) -> list[dict[str, Any]]:
    """Give one record a cell and place; a cell outside the data has no rate."""
    rows = band[list(KINDS)].to_dataframe().reset_index()
    rows = rows.dropna(subset=list(KINDS))
    return [
        {"time": f"{row.time:%Y-%m-%d}", "place": str(row.place)}
        | {kind: getattr(row, kind) for kind in KINDS}
        for row in rows.itertuples()
    ]

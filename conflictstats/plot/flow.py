"""Running totals by counting body: what was reported, and the curve behind it."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from conflictstats.errors import SettingError
from conflictstats.models.flow import ReportedFlowFit
from conflictstats.plot.style import (
    OKABE_ITO,
    draw_estimate,
    draw_reported,
    new_figure,
    plain,
    styled,
)

COLUMNS = 3


@styled
def plot_totals(
    fit: ReportedFlowFit,
    reports: pd.DataFrame,
    *,
    unit: str,
    level: float = 0.9,
) -> Figure:
    """Draw the running totals of each body and the curve fitted to them.

    A report enters the picture where it counts from the body's first day, so that it
    can be compared with the curve; the others shape the curve too. A number without a
    ceiling has an arrow.

    Parameters
    ----------
    fit : ReportedFlowFit
        Fitted to ``reports``.
    reports : DataFrame
        ``body, unit, coverage, measure, date_start, date_end, low, best, high``.
    unit : str
        What is counted, for the axis.
    level : float
        Posterior probability inside the bands.

    Returns
    -------
    Figure
        One panel a body and, in the last, all curves.

    Raises
    ------
    SettingError
        If there are more bodies than colours.

    Examples
    --------
    >>> from conflictstats.models.flow import ReportedFlow
    >>> said = dict(body="A", unit="deaths", coverage="all", measure="cumulative")
    >>> said |= dict(qualifier="exact", date_start=pd.Timestamp("2019-05-06"))
    >>> said |= dict(date_end=pd.to_datetime(["2019-05-12", "2019-05-19"]))
    >>> said |= dict.fromkeys(["low", "best", "high"], [7e3, 14e3])
    >>> reports = pd.DataFrame(said)
    >>> fit = ReportedFlow(draws=50).fit(reports, rng=np.random.default_rng(1))
    >>> figure = plot_totals(fit, reports, unit="people killed")
    >>> [axes.get_title(loc="left") for axes in figure.axes[:2]]
    ['A', 'all fitted curves']
    """
    curves = fit.cumulative(level)
    names = [str(body) for body in curves["body"].values]
    colors = _colors(curves)
    rows = -(-(len(names) + 1) // COLUMNS)
    figure = new_figure("double", 8 + 44 * rows)
    panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True).ravel()
    for i, (axes, color) in enumerate(zip(panels, colors, strict=False)):
        _draw_curve(axes, curves.isel(series=i), color)
        _draw_curve(panels[len(names)], curves.isel(series=i), color, names[i])
        _draw_reports(axes, reports, curves.isel(series=i))
        axes.set_title(plain(names[i]))
    panels[len(names)].set_title("all fitted curves")
    panels[len(names)].legend(loc="upper left", fontsize=5.5)
    for axes in panels[len(names) + 1 :]:
        axes.set_axis_off()
    for axes in panels[: len(names) + 1]:
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    figure.supylabel(f"{unit}, running total")
    return figure


def _draw_curve(
    axes: Axes, curve: xr.Dataset, color: str, label: str | None = None
) -> None:
    """Draw one running total."""
    known = curve.dropna("time", subset=["estimate"])
    band = (known["estimate"], known["lower"], known["upper"])
    draw_estimate(axes, known["until"].values, band, color=color, label=label)


def _colors(curves: xr.Dataset) -> list[str]:
    """A colour for each body."""
    if curves.sizes["series"] > len(OKABE_ITO):
        raise SettingError(
            f"{curves.sizes['series']} bodies are too many for one figure, which has "
            f"{len(OKABE_ITO)} colours; fit fewer"
        )
    return list(OKABE_ITO.values())[: curves.sizes["series"]]


def _draw_reports(axes: Axes, reports: pd.DataFrame, curve: xr.Dataset) -> None:
    """Draw the reports of the body, unit and coverage of one curve."""
    key = ["body", "unit", "coverage"]
    same = (reports[key] == [str(curve[name].values) for name in key]).all(axis=1)
    said = _comparable(reports[same])
    bounds = (said["low"], said["best"], said["high"])
    draw_reported(axes, said["date_end"].to_numpy(), bounds)


def _comparable(reports: pd.DataFrame) -> pd.DataFrame:
    """Running totals that count from the body's earliest start."""
    running = reports[reports["measure"] == "cumulative"]
    first = running["date_start"].min() + np.timedelta64(3, "D")
    return running[running["date_start"] <= first].sort_values("date_end")

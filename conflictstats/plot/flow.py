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
    FAINT,
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
        _draw_reports(axes, reports, curves.isel(series=i), FAINT)
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


@styled
def plot_displacement(
    fit: ReportedFlowFit,
    reports: pd.DataFrame,
    arrivals: pd.DataFrame,
    *,
    level: float = 0.9,
) -> Figure:
    """Draw displacement by body: totals, inflow per day, and monthly arrival reports.

    Parameters
    ----------
    fit : ReportedFlowFit
        Fitted to ``reports``.
    reports : DataFrame
        ``body``, ``unit``, ``coverage``, ``measure``, ``date_start``, ``date_end``,
        ``low``, ``best``, ``high``.
    arrivals : DataFrame
        ``date_start``, ``date_end``, ``value`` and ``coverage``: months whose numbers
        of communities differ, so they are drawn apart and never joined.
    level : float
        Posterior probability inside the bands.

    Returns
    -------
    Figure
        Four panels: totals in persons, totals in movements, inflow, arrivals.

    Raises
    ------
    SettingError
        If there are more bodies than colours.

    Examples
    --------
    >>> from conflictstats.models.flow import ReportedFlow
    >>> said = dict(body="A", unit="persons", coverage="all", measure="cumulative")
    >>> said |= dict(qualifier="exact", date_start=pd.Timestamp("2019-05-06"))
    >>> said |= dict(date_end=pd.to_datetime(["2019-05-12", "2019-05-19"]))
    >>> said |= dict.fromkeys(["low", "best", "high"], [7e3, 14e3])
    >>> reports = pd.DataFrame(said)
    >>> fit = ReportedFlow(draws=50).fit(reports, rng=np.random.default_rng(1))
    >>> month = dict(date_start=[pd.Timestamp("2019-05-01")], value=9e3, coverage="80")
    >>> month |= dict(date_end=pd.Timestamp("2019-05-31"))
    >>> figure = plot_displacement(fit, reports, pd.DataFrame(month))
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['A (all)']
    """
    figure = new_figure("double", 118)
    persons, movements, inflow, monthly = figure.subplots(2, 2).ravel()
    curves, flows = fit.cumulative(level), fit.flow(level)
    colors = _colors(curves)
    for i, body in enumerate(curves["body"].values):
        unit = str(curves["unit"].values[i])
        axes = persons if unit == "persons" else movements
        name = f"{body} ({curves['coverage'].values[i]})"
        _draw_curve(axes, curves.isel(series=i), colors[i], name)
        _draw_reports(axes, reports, curves.isel(series=i), colors[i])
        flow = flows.isel(series=i).dropna("time", subset=["estimate"])
        shape = (flow["estimate"], flow["lower"], flow["upper"])
        draw_estimate(
            inflow, flow["time"].values, shape, color=colors[i], label=f"{body}, {unit}"
        )
    _draw_arrivals(monthly, arrivals)
    persons.set_title("persons, running total")
    movements.set_title("movements, running total")
    inflow.set_title("new displacement per day, by unit and body")
    monthly.set_title("arrival reports by month (communities assessed)")
    inflow.set_yscale("log")
    for axes in (persons, movements, inflow):
        if axes.has_data():
            axes.legend(loc="best", fontsize=5.5)
    for axes in (persons, movements, monthly):
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v / 1000:,.0f}"))
        axes.set_ylabel("thousands")
    inflow.set_ylabel("per day")
    return figure


def _draw_curve(
    axes: Axes, curve: xr.Dataset, color: str, label: str | None = None
) -> None:
    """Draw one running total."""
    known = curve.dropna("time", subset=["estimate"])
    band = (known["estimate"], known["lower"], known["upper"])
    draw_estimate(axes, known["until"].values, band, color=color, label=label)


def _draw_arrivals(axes: Axes, arrivals: pd.DataFrame) -> None:
    """Draw months as bars of their own, each with what it covers."""
    width = (arrivals["date_end"] - arrivals["date_start"]).dt.days + 1
    axes.bar(
        arrivals["date_start"],
        arrivals["value"],
        width=width,
        align="edge",
        color=FAINT,
        edgecolor="white",
    )
    middle = (
        arrivals["date_start"] + (arrivals["date_end"] - arrivals["date_start"]) / 2
    )
    for day, value, covered in zip(
        middle, arrivals["value"], arrivals["coverage"], strict=True
    ):
        axes.annotate(
            plain(str(covered)), (day, value), ha="center", va="bottom", fontsize=5.5
        )


def _colors(curves: xr.Dataset) -> list[str]:
    """A colour for each body."""
    if curves.sizes["series"] > len(OKABE_ITO):
        raise SettingError(
            f"{curves.sizes['series']} bodies are too many for one figure, which has "
            f"{len(OKABE_ITO)} colours; fit fewer"
        )
    return list(OKABE_ITO.values())[: curves.sizes["series"]]


def _draw_reports(
    axes: Axes, reports: pd.DataFrame, curve: xr.Dataset, color: str
) -> None:
    """Draw the reports of the body, unit and coverage of one curve."""
    key = ["body", "unit", "coverage"]
    same = (reports[key] == [str(curve[name].values) for name in key]).all(axis=1)
    said = _comparable(reports[same])
    bounds = (said["low"], said["best"], said["high"])
    draw_reported(axes, said["date_end"].to_numpy(), bounds, color=color)


def _comparable(reports: pd.DataFrame) -> pd.DataFrame:
    """Running totals that count from the body's earliest start."""
    running = reports[reports["measure"] == "cumulative"]
    first = running["date_start"].min() + np.timedelta64(3, "D")
    return running[running["date_start"] <= first].sort_values("date_end")

"""Stock and flows of the displaced: the course behind the reports, and violence."""

from textwrap import fill

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from conflictstats.models.displacement import StockFlowFit, StockFlowStatus
from conflictstats.plot.style import (
    FAINT,
    INK,
    OKABE_ITO,
    UPWARDS,
    draw_estimate,
    draw_reported,
    new_figure,
    plain,
    styled,
)

DAY = np.timedelta64(1, "D")
SHAPES = "osD^vP"
COLORS = [c for name, c in OKABE_ITO.items() if name not in ("blue", "black")]
"""Blue is what is inferred."""
CAUTION = "what went together in time; not what caused it"


@styled
def plot_stock_flow(
    fit: StockFlowFit,
    reports: pd.DataFrame,
    violence: xr.DataArray | None = None,
    *,
    level: float = 0.9,
) -> Figure:
    """Draw who is displaced over time, who flees a day, and violence beneath.

    Lines and bands are inferred, marks are reported, by body. Stocks stand on their
    day. Flows of persons over a period are bars as long as it, at persons a day, with
    their bounds; running totals and movements are not drawn, see
    :func:`plot_movements`. A number without a ceiling has an arrow. Where the reports
    leave something to the prior, the status says so under the panels.

    Parameters
    ----------
    fit : StockFlowFit
        Fitted to ``reports``.
    reports : DataFrame
        As :func:`conflictstats.displacement_table` returns them.
    violence : DataArray, dims (time[, kind][, draw]), optional
        As it was given to the fit; of draws the median.
    level : float
        Posterior probability inside the bands.

    Returns
    -------
    Figure
        Two panels, or three with violence; 183 mm wide.

    Examples
    --------
    Where no report says anything, the prior is drawn, and said to be it:

    >>> from conflictstats.models.displacement import StockFlow
    >>> day = pd.Timestamp("2019-05-01")
    >>> said = dict(report_id=["1"], body="A", place="B", measure="stock", low=0.0)
    >>> said |= dict(unit="persons", start=day, end=day, qualifier="at_least")
    >>> reports = pd.DataFrame(said | dict(best=9e3, high=np.inf))
    >>> fit = StockFlow(draws=50).fit(reports, period=("2019-05-01", "2019-05-20"))
    >>> plot_stock_flow(fit, reports).get_supxlabel()
    'no report says anything; what is shown is the prior'
    """
    shown = 2 if violence is None else 3
    figure = new_figure("double", 22 + 36 * shown)
    heights = (3, 3, 2)[:shown]
    panels = figure.subplots(shown, 1, sharex=True, height_ratios=heights)
    looks = looks_of(reports)
    _draw_stock(panels[0], fit.stock(level), reports, looks)
    _draw_inflow(panels[1], fit.inflow(level), reports, looks)
    if violence is not None:
        _draw_violence(panels[2], violence)
    first, last = fit.draws["time"].values[0], fit.draws["time_end"].values[-1]
    panels[0].set_xlim(first - DAY, last + 2 * DAY)
    for axes in panels[:2]:
        in_thousands(axes)
    say_status(figure, fit)
    return figure


@styled
def plot_response(fit: StockFlowFit, *, level: float = 0.9) -> Figure:
    """Draw how many have fled so many days after a unit of violence.

    A description of what went together in time, of whoever caused it, while nearly
    everybody is still there.

    Parameters
    ----------
    fit : StockFlowFit
        Fitted with violence.
    level : float
        Posterior probability inside the band and the interval of the half-life.

    Returns
    -------
    Figure
        One panel a kind of violence; 89 mm wide.

    Raises
    ------
    SettingError
        If the fit knows no violence.

    Examples
    --------
    >>> from conflictstats.models.displacement import StockFlow
    >>> days = pd.date_range("2019-05-01", periods=20)
    >>> deaths = xr.DataArray(np.ones(20), {"time": days}, name="deaths")
    >>> said = dict(report_id=["1"], body="A", place="B", measure="flow", low=0.0)
    >>> said |= dict(unit="persons", start=days[:1], high=np.inf, end=days[-1:])
    >>> reports = pd.DataFrame(said | dict(qualifier="at_least"))
    >>> period = ("2019-05-01", "2019-05-20")
    >>> fit = StockFlow(draws=50).fit(reports, violence=deaths, period=period)
    >>> plot_response(fit).axes[0].get_ylabel()
    'persons who have fled, per unit of deaths'
    """
    half = fit.half_life().quantile([0.5, (1 - level) / 2, (1 + level) / 2], "draw")
    days = np.arange(fit.draws["lag_end"].values[-1] + 1)
    response = fit.response(days.tolist(), level)
    kinds = [str(kind) for kind in response["kind"].values]
    figure = new_figure("single", 16 + 46 * len(kinds))
    panels = figure.subplots(len(kinds), 1, sharex=True, squeeze=False)[:, 0]
    for axes, kind in zip(panels, kinds, strict=True):
        curve = response.sel(kind=kind)
        draw_estimate(axes, days, _bounds(curve))
        _mark_half(axes, half.values, float(curve["estimate"][-1]), level)
        axes.set_ylabel(f"persons who have fled, per unit of {plain(kind)}")
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    panels[0].set_title(CAUTION)
    panels[-1].set_xlim(0, days[-1])
    panels[-1].set_xlabel("days after it")
    return figure


def looks_of(reports: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Colour and marker of each body.

    Parameters
    ----------
    reports : DataFrame
        With a column ``body``.

    Returns
    -------
    dict of str to tuple of str
        By body, in the order of their names; marks repeat from the 31st on.
    """
    return {
        str(body): (
            COLORS[i % len(COLORS)],
            SHAPES[(i + i // len(COLORS)) % len(SHAPES)],
        )
        for i, body in enumerate(sorted(set(reports["body"])))
    }


def in_thousands(axes: Axes) -> None:
    """Print heights in thousands, from zero up.

    Parameters
    ----------
    axes : Axes
        Whose heights are people.
    """
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v / 1000:,g}"))


def say_status(figure: Figure, fit: StockFlowFit) -> None:
    """Print under a figure what the reports leave to the prior.

    Parameters
    ----------
    figure : Figure
        Of the fit.
    fit : StockFlowFit
        Whose status it is; one that converged says nothing.
    """
    if fit.status is not StockFlowStatus.CONVERGED:
        figure.supxlabel(fill(fit.status.value, 130), fontsize=6)


def _bounds(band: xr.Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Estimate, lower and upper of a band."""
    return (band["estimate"].values, band["lower"].values, band["upper"].values)


def _draw_stock(
    axes: Axes,
    stock: xr.Dataset,
    reports: pd.DataFrame,
    looks: dict[str, tuple[str, str]],
) -> None:
    """Draw the stock at the end of each cell, and stocks that were reported."""
    draw_estimate(axes, stock["time_end"].values, _bounds(stock), label="estimate")
    said = reports[(reports["measure"] == "stock") & (reports["unit"] == "persons")]
    for body, own in said.groupby("body"):
        color, marker = looks[str(body)]
        bounds = (own["low"], own["best"], own["high"])
        days = own["end"].to_numpy()
        name = str(body)
        draw_reported(axes, days, bounds, color=color, marker=marker, label=name)
    axes.set_title("displaced")
    axes.set_ylabel("thousand persons")
    axes.legend(loc="best", fontsize=6)


def _draw_inflow(
    axes: Axes,
    inflow: xr.Dataset,
    reports: pd.DataFrame,
    looks: dict[str, tuple[str, str]],
) -> None:
    """Draw persons who flee a day in steps, and flows that were reported."""
    edges = _edges(inflow)
    estimate, lower, upper = (np.append(part, part[-1]) for part in _bounds(inflow))
    blue = OKABE_ITO["blue"]
    axes.fill_between(
        edges, lower, upper, step="post", color=blue, alpha=0.22, linewidth=0
    )
    axes.step(edges, estimate, where="post", color=blue)
    said = reports[(reports["measure"] == "flow") & (reports["unit"] == "persons")]
    for body, own in said.groupby("body"):
        _draw_periods(axes, own, looks[str(body)][0], str(body))
    axes.set_title("newly displaced")
    axes.set_ylabel("thousand persons a day")
    if not said.empty:
        axes.legend(loc="best", fontsize=6)


def _draw_periods(axes: Axes, own: pd.DataFrame, color: str, body: str) -> None:
    """Draw flows of one body as bars over their periods, at persons a day."""
    begin, after = own["start"].to_numpy(), own["end"].to_numpy() + DAY
    days = (after - begin) / DAY
    low, high = (own[name].to_numpy(float) / days for name in ("low", "high"))
    named = own["best"].fillna(own["low"]).to_numpy(float) / days
    axes.hlines(named, begin, after, color=color, label=plain(body))
    for i in np.flatnonzero(np.isfinite(high)):
        period = [begin[i], after[i]]
        axes.fill_between(period, low[i], high[i], color=color, alpha=0.25, lw=0)
    open_ended = np.isinf(high)
    middle = (begin + (after - begin) / 2)[open_ended]
    (arrows,) = axes.plot(middle, low[open_ended], marker=UPWARDS, color=color, ms=14)
    arrows.set(linestyle="none", markerfacecolor="none")


def _draw_violence(axes: Axes, violence: xr.DataArray) -> None:
    """Draw violence as it was given, over the days of each cell."""
    shown = violence.median("draw") if "draw" in violence.dims else violence
    kinds = shown if "kind" in shown.dims else shown.expand_dims(kind=[""])
    edges = _edges(shown)
    name = plain(str(violence.name or "violence"))
    for i, kind in enumerate(kinds["kind"].values):
        values = kinds.sel(kind=kind).values
        color = FAINT if i == 0 else [INK, *COLORS][(i - 1) % 6]
        axes.stairs(values, edges, fill=i == 0, color=color, label=plain(str(kind)))
    if kinds.sizes["kind"] > 1:
        axes.legend(loc="best", fontsize=6)
    days = np.diff(edges) / DAY
    every = "a day" if days.max() == 1 else f"in {days.max():g} days"
    axes.set_title(f"{name}, as given")
    axes.set_ylabel(f"{name} {every}")
    axes.set_ylim(bottom=0)


def _edges(cells: xr.Dataset | xr.DataArray) -> np.ndarray:
    """First day of each cell, and the day after the last."""
    begins = cells["time"].values
    last = cells["time_end"].values[-1] if "time_end" in cells.coords else begins[-1]
    return np.append(begins, last + DAY)


def _mark_half(axes: Axes, half: np.ndarray, most: float, level: float) -> None:
    """Draw the half-life with its interval, and say it in words."""
    middle, lower, upper = half
    axes.plot([lower, upper], [most / 2] * 2, color=INK, linewidth=0.8)
    axes.plot(middle, most / 2, "D", color=INK)
    axes.annotate(
        f"half within {middle:,.0f} days ({level:.0%}: {lower:,.0f} to {upper:,.0f})",
        (0.97, 0.05),
        xycoords="axes fraction",
        ha="right",
        fontsize=6,
    )

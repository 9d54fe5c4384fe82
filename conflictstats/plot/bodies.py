"""Several counting bodies beside each other, and beside an event table."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models.counting_bodies import CountingBodiesFit
from conflictstats.plot.style import (
    INK,
    OKABE_ITO,
    draw_estimate,
    new_figure,
    plain,
    styled,
)

TICKS = (0.1, 0.2, 0.25, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0)
LIKELY = 0.5
"""Probability from which a catch-up is drawn."""


@styled
def plot_ratios(
    fit: CountingBodiesFit, reference: str, *, level: float = 0.9
) -> Figure:
    """Draw how many times as many each body had counted as another, over time.

    Dotted lines are the days by which a body caught up.

    Parameters
    ----------
    fit : CountingBodiesFit
        Of all bodies.
    reference : str
        The body below the line.
    level : float
        Posterior probability inside the bands.

    Returns
    -------
    Figure
        One panel, 183 mm wide, ratios on a log scale.

    Raises
    ------
    SettingError
        If there are more bodies than colours.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from conflictstats.models.counting_bodies import CountingBodies
    >>> said = dict(unit="deaths", coverage="all", measure="cumulative", low=[9.0, 9.0])
    >>> said |= dict(high=[9.0, 9.0], qualifier="exact", body=["A", "B"])
    >>> said |= dict(date_start=pd.Timestamp("2019-05-06"))
    >>> said |= dict(date_end=pd.Timestamp("2019-05-12"))
    >>> model = CountingBodies(draws=64)
    >>> fit = model.fit(pd.DataFrame(said), rng=np.random.default_rng(1), strict=False)
    >>> plot_ratios(fit, "A").axes[0].get_legend_handles_labels()[1]
    ['B']
    """
    path = fit.ratio_path(reference, level)
    figure = new_figure("double", 70)
    axes = figure.subplots()
    colors = dict(zip(path["body"].values, _colors(path.sizes["body"]), strict=True))
    for body, color in colors.items():
        own = path.sel(body=body).dropna("time", subset=["estimate"])
        draw_estimate(
            axes, own["time"].values, _band(own), color=color, label=str(body)
        )
    late = fit.catch_ups(level)
    for row in late[late["probability"] >= LIKELY].to_dict("records"):
        if row["body"] in colors:
            color = colors[row["body"]]
            axes.axvline(row["end"], color=color, linewidth=0.7, linestyle=":")
    _ratio_axis(axes)
    axes.set_ylabel(f"counted so far, over {plain(reference)}")
    axes.legend(loc="best")
    return figure


@styled
def plot_events_and_bodies(
    fit: CountingBodiesFit,
    events: xr.Dataset,
    since: str,
    *,
    unit: str = "civilians killed",
    level: float = 0.9,
) -> Figure:
    """Draw running totals of an event table and of counting bodies, and their ratios.

    Steps are the bounds of the events by week: those of known status, and all that may
    belong. A ratio is drawn over both of them, so its band is as wide as what the words
    of the body and the unknown of the table leave together.

    Parameters
    ----------
    fit : CountingBodiesFit
        Of the bodies alone, so that the events are no part of it.
    events : Dataset, dims (time,)
        ``lower`` and ``upper``: dead so far by the end of each week, people; ``time``
        is the last day.
    since : str
        First day of the events.
    unit : str
        What is counted, for the axis.
    level : float
        Posterior probability inside the bands.

    Returns
    -------
    Figure
        Two panels, 183 mm wide: running totals and, on a log scale, ratios by week.

    Raises
    ------
    SettingError
        If there are more bodies than colours.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from conflictstats.models.counting_bodies import CountingBodies
    >>> said = dict(unit="deaths", coverage="all", measure="cumulative", low=[9.0, 9.0])
    >>> said |= dict(high=[9.0, 9.0], qualifier="exact", body=["A", "B"])
    >>> said |= dict(date_start=pd.Timestamp("2019-05-06"))
    >>> said |= dict(date_end=pd.Timestamp("2019-05-12"))
    >>> model = CountingBodies(draws=64)
    >>> fit = model.fit(pd.DataFrame(said), rng=np.random.default_rng(1), strict=False)
    >>> so_far = xr.DataArray([8.0], {"time": [np.datetime64("2019-05-12", "ns")]})
    >>> events = xr.Dataset({"lower": so_far, "upper": so_far + 2})
    >>> figure = plot_events_and_bodies(fit, events, "2019-05-06")
    >>> figure.axes[1].get_ylabel()
    'body over event table'
    """
    figure = new_figure("double", 78)
    totals, ratios = figure.subplots(1, 2)
    bounds = events["lower"].values, events["upper"].values
    totals.fill_between(
        events["time"].values,
        *bounds,
        step="pre",
        facecolor=(INK, 0.2),
        edgecolor=INK,
        linewidth=0.9,
        label="event table: reported, bounds",
    )
    counted = fit.counted(level, since=since)
    over = fit.over(events, since, level)
    for i, color in enumerate(_colors(counted.sizes["body"])):
        own = counted.isel(body=i).dropna("time", subset=["estimate"])
        name = str(counted["body"].values[i])
        draw_estimate(totals, own["time"].values, _band(own), color=color, label=name)
        week = over.isel(body=i).dropna("time", subset=["lower"])
        ends = week["lower"].values, week["upper"].values
        ratios.fill_between(week["time"].values, *ends, color=color, alpha=0.35)
    totals.set_ylim(bottom=0)
    totals.set_ylabel(f"{unit}, running total")
    totals.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    _ratio_axis(ratios)
    ratios.set_ylabel("body over event table")
    handles, labels = totals.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _band(own: xr.Dataset) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Estimate, lower and upper."""
    return own["estimate"].values, own["lower"].values, own["upper"].values


def _ratio_axis(axes: Axes) -> None:
    """Scale ratios by their log, with a line at one."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(FixedLocator(TICKS))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.axhline(1, color=INK, linewidth=0.7, linestyle=(0, (4, 2)))


def _colors(bodies: int) -> Sequence[str]:
    """A colour for each body."""
    if bodies > len(OKABE_ITO):
        raise SettingError(
            f"{bodies} bodies are too many for one figure, which has "
            f"{len(OKABE_ITO)} colours; fit fewer"
        )
    return list(OKABE_ITO.values())[:bodies]

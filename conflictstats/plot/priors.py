"""What a prior expects to see, before any report is read."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.plot.style import OKABE_ITO, draw_estimate, new_figure, styled

PATHS = 12
"""Draws that are shown one by one."""
HIGHEST = 1e6
"""Where an axis of deaths ends at the latest; a wide prior has no upper end."""


@styled
def plot_prior(draws: xr.Dataset, *, level: float = 0.9) -> Figure:
    """Draw rates and counts that a prior expects, as lines in a band.

    On the left is the rate over that of the first cell, on a log scale: up and down
    are alike. On the right are deaths, on a scale that has a zero. Look for what nobody
    would believe: a rate that is a thousandfold within a month, weeks with more deaths
    than there are people.

    Parameters
    ----------
    draws : Dataset, dims (draw, time)
        ``fold``, the rate over that of the first cell, > 0, and ``deaths``, people a
        cell; such as from :func:`conflictstats.numerics.priors.walks` and
        :func:`conflictstats.numerics.priors.counts`. ``time`` is numbered in cells;
        its attribute ``units`` names them.
    level : float
        Prior probability inside the band at each cell.

    Returns
    -------
    Figure
        183 mm wide.

    Raises
    ------
    DimensionError
        If a dimension is missing.

    Examples
    --------
    Half of these walks double by the last week, the others halve:

    >>> fold = 2.0 ** (np.array([[1], [-1]]) * np.arange(4) / 3)
    >>> draws = xr.Dataset(
    ...     {"fold": (("draw", "time"), fold), "deaths": (("draw", "time"), 10 * fold)},
    ...     {"time": ("time", np.arange(4), {"units": "weeks"})},
    ... )
    >>> figure = plot_prior(draws)
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['weeks', 'weeks']
    """
    _check.has_dims(draws.dims, "draw", "time", what="draws")
    figure = new_figure("double", 62)
    left, right = figure.subplots(1, 2)
    _draw(left, draws["fold"], level)
    left.axhline(1, color="black", linewidth=0.6, linestyle=":")
    left.set_yscale("log")
    left.set_ylabel("rate, as a multiple of the first")
    _draw(right, draws["deaths"], level)
    right.set_yscale("symlog", linthresh=1)
    right.set_ylim(0, min(right.get_ylim()[1], HIGHEST))
    right.set_ylabel("deaths per cell (log scale above 1)")
    for axes in (left, right):
        axes.set_xlabel(draws["time"].attrs.get("units", "cells"))
        axes.yaxis.set_major_formatter(FuncFormatter(_plain_number))
        axes.minorticks_off()
    left.legend(loc="upper left")
    return figure


def _draw(axes: Axes, values: xr.DataArray, level: float) -> None:
    """A few draws as thin lines over the band of all."""
    time = values["time"].values
    tail = (1 - _check.level(level)) / 2
    cuts = values.quantile([0.5, tail, 1 - tail], "draw").transpose("quantile", "time")
    middle, lower, upper = cuts.values
    blue = OKABE_ITO["blue"]
    name = f"median and {100 * level:g} % of the prior"
    draw_estimate(axes, time, (middle, lower, upper), color=blue, label=name)
    shown: FloatArray = values.transpose("time", "draw").values[:, :PATHS]
    lines = axes.plot(time, shown, color=OKABE_ITO["orange"], linewidth=0.6, alpha=0.8)
    lines[0].set_label("single draws")
    edge = np.r_[lower, upper]
    axes.set_ylim(edge.min() * 0.7, edge.max() * 1.6)


def _plain_number(value: float, _: int) -> str:
    """A tick without powers of ten: 0.01, 1, 10,000."""
    return f"{value:,.0f}" if value >= 1 or value == 0 else f"{value:g}"

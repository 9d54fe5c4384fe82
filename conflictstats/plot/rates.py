"""Casualty rates over time: what was reported, what is inferred, when it rose."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import DimensionError, SettingError
from conflictstats.models.rates import DynamicRateFit, RateStatus
from conflictstats.plot.style import (
    FAINT,
    OKABE_ITO,
    draw_estimate,
    draw_reported,
    new_figure,
    plain,
    styled,
)

ENDS = ("low", "best", "high")
BAND = ("estimate", "lower", "upper")
UNITS = {1: "day", 7: "week", 30: "30 days"}
DAY = np.timedelta64(1, "D")
MOST_PLACES = 24
PERIOD, ONSET = OKABE_ITO["orange"], OKABE_ITO["vermillion"]
TALLEST_BAND = 3.0
"""A band is cut at this many times the highest count or estimate."""
TICK_GAP = 0.11
"""Least distance of two ticks, as a part of the axis."""


@styled
def plot_rate(
    fit: DynamicRateFit,
    panel: xr.Dataset,
    *,
    level: float = 0.9,
    share_y: bool = True,
) -> Figure:
    """Draw reported counts and the rate inferred from them, one panel a place.

    Cells and estimate have one unit: deaths per day, per week or per 30 days, by the
    cells of the panel. A cell that the source covers in part is scaled up by the part
    covered. A record of a longer period is a bar over its days at their mean, from low
    to high; its deaths come on top of those of the cells beneath it. The axis is a
    square-root scale: zero can be shown, and counts scatter alike high and low.

    Parameters
    ----------
    fit : DynamicRateFit
        Fitted to ``panel``.
    panel : Dataset, dims (time, place)
        Counts in people. Where the model read low, best or high figures, or reports,
        whiskers go from ``low`` to ``high``; a category has markers alone.
    level : float
        Posterior probability inside the bands.
    share_y : bool
        One scale for all places; False gives each its own.

    Returns
    -------
    Figure
        One panel a place; 183 mm wide, 89 mm where there is one place.

    Raises
    ------
    DimensionError
        If the panel has other cells or places than the fit, or lacks its variable.
    SettingError
        If there are more than 24 places.

    Examples
    --------
    >>> from conflictstats.models.rates import DynamicRate
    >>> from conflictstats.simulate.counts import random_walk_counts
    >>> rng = np.random.default_rng(1)
    >>> counts = random_walk_counts(60, places=2, rng=rng)
    >>> figure = plot_rate(DynamicRate().fit(counts, rng=rng), counts)
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['A', 'B']
    """
    _check_same_cells(fit, panel)
    names = _ends(panel, fit.model.variable)
    unit = _unit(panel)
    band = fit.rate(level) * unit
    figure, grid = _grid(panel.sizes["place"], share_y)
    tops = []
    for place, axes in enumerate(grid):
        here = panel.isel(place=place)
        _draw_cells(axes, here, names, unit)
        _draw_periods(axes, panel, place, names, unit)
        seen = axes.dataLim.y1
        lines = tuple(band[end].isel(place=place).values for end in BAND)
        draw_estimate(axes, _middles(panel), (lines[0], lines[1], lines[2]))
        tops.append(min(axes.dataLim.y1, TALLEST_BAND * max(seen, lines[0].max())))
        axes.set_title(plain(_name(fit, place)))
    for axes, top in zip(grid, tops, strict=True):
        _square_root_scale(axes, max(tops) if share_y else top)
    figure.supylabel(f"deaths per {UNITS[unit]} (square-root scale)")
    _add_legend(figure, UNITS[unit], level, names)
    return figure


@styled
def plot_escalation(
    fit: DynamicRateFit,
    *,
    baseline: tuple[str, str],
    factor: float = 2.0,
    sustained: int = 3,
    level: float = 0.9,
) -> Figure:
    """Draw when the rate of each place rose above a multiple of its baseline.

    The steps are the probability, cell by cell, that the rate lies above ``factor``
    times the mean rate of the baseline (:meth:`DynamicRateFit.exceedance`). The
    diamond is the first day of the first ``sustained`` cells in a row above it, with
    its interval (:meth:`DynamicRateFit.onset`); a place that had no onset more probably
    than one has no diamond.

    Parameters
    ----------
    fit : DynamicRateFit
        A fitted rate.
    baseline : tuple of str
        First and last day of the quiet period, at edges of cells.
    factor : float
        Multiple of the baseline's mean rate.
    sustained : int
        Cells in a row that count as an onset.
    level : float
        Posterior probability inside the interval of the onset, given that there was
        one.

    Returns
    -------
    Figure
        One row a place, 183 mm wide.

    Raises
    ------
    SettingError
        If a day is not the edge of a cell, or there are more than 24 places.

    Examples
    --------
    >>> from conflictstats.models.rates import DynamicRate
    >>> from conflictstats.simulate.counts import random_walk_counts
    >>> rng = np.random.default_rng(1)
    >>> fit = DynamicRate().fit(random_walk_counts(30, rng=rng), rng=rng)
    >>> figure = plot_escalation(fit, baseline=("2019-01-01", "2019-01-10"))
    >>> figure.axes[0].get_title(loc="left")
    'A'
    """
    chance = fit.exceedance(baseline, factor=factor)
    onset = fit.onset(baseline, factor=factor, sustained=sustained, level=level)
    rows = chance.sizes["place"]
    _check_number(rows)
    figure = new_figure("double", 12 + 21 * rows)
    grid = figure.subplots(rows, sharex=True, squeeze=False)[:, 0]
    edges = np.append(chance["time"].values, chance["time_end"].values[-1:] + DAY)
    calm = np.array(baseline, dtype="M8[D]") + np.array([0, 1])
    for place, axes in enumerate(grid):
        steps = chance.isel(place=place).values
        axes.axvspan(calm[0], calm[1], color="#e6e6e6", linewidth=0, zorder=0)
        axes.stairs(steps, edges, fill=True, color=OKABE_ITO["blue"], alpha=0.5)
        axes.set(ylim=(0, 1), yticks=[0, 0.5, 1], xlim=(edges[0], edges[-1]))
        axes.set_title(plain(_name(fit, place)), pad=10)
        _draw_onset(axes, onset.isel(place=place), level)
    centre = calm[0] + (calm[1] - calm[0]) / 2
    grid[0].text(centre, 0.94, "baseline", ha="center", va="top", fontsize=6)
    figure.supylabel(f"probability that the rate is above {factor:g} × baseline")
    return figure


def _check_same_cells(fit: DynamicRateFit, panel: xr.Dataset) -> None:
    """Raise unless the panel has the cells and the places of the fit, in order."""
    _check.has_dims(panel.dims, "time", "place", what="panel")
    for dim in ("time", "place"):
        fitted, given = fit.draws[dim].values, panel[dim].values
        if not np.array_equal(fitted, given):
            raise DimensionError(
                f"the panel's {dim} is not the fit's: it has {len(given)} of them "
                f"beginning with {given[0]}, the fit has {len(fitted)} beginning with "
                f"{fitted[0]}; give the panel that was fitted"
            )
    _check_number(panel.sizes["place"])


def _check_number(places: int) -> None:
    """Raise if there are more places than a page can hold."""
    if places > MOST_PLACES:
        raise SettingError(
            f"{places} places are too many for one figure, which holds {MOST_PLACES}; "
            "choose some with panel.sel(place=[...]) before fitting"
        )


def _ends(panel: xr.Dataset, variable: str) -> tuple[str, ...]:
    """Names of low, best and high, or of the category that was read."""
    if variable in ENDS or "qualifier" in panel:
        return tuple(name for name in ENDS if name in panel)
    if variable not in panel:
        counts = [str(name) for name, v in panel.items() if v.dims == ("time", "place")]
        raise DimensionError(f"the panel has no {variable!r}; it has {counts}")
    return (variable,)


def _bounds(
    found: xr.Dataset, names: tuple[str, ...], prefix: str = ""
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Low, best and high, with one category as all three."""
    if len(names) == 1:
        count = found[prefix + names[0]].values.astype(float)
        return count, count, count
    low, high = (found[prefix + end].values.astype(float) for end in ("low", "high"))
    if prefix + "best" not in found:
        return low, np.full_like(low, np.nan), high
    return low, found[prefix + "best"].values.astype(float), high


def _days(panel: xr.Dataset) -> FloatArray:
    """Days of each cell, shape (time,)."""
    length: FloatArray = (panel["time_end"] - panel["time"]).values / DAY + 1
    return length


def _unit(panel: xr.Dataset) -> int:
    """Days that the rates of a figure are about: 1, 7 or 30."""
    length = float(np.median(_days(panel)))
    return max(days for days in UNITS if days <= max(length, 1))


def _middles(panel: xr.Dataset) -> NDArray[np.datetime64]:
    """Middle of each cell, shape (time,)."""
    half = (panel["time_end"] - panel["time"] + DAY) / 2
    middle: NDArray[np.datetime64] = (panel["time"] + half).values
    return middle


def _grid(places: int, share_y: bool) -> tuple[Figure, list[Axes]]:
    """Open one panel a place, dates under the lowest of each column."""
    columns = 1 if places == 1 else 2 if places <= 4 else 3
    rows = -(-places // columns)
    height = 14 + rows * (46 if rows == 1 else 38 if rows == 2 else 32)
    figure = new_figure("single" if places == 1 else "double", height)
    grid = figure.subplots(rows, columns, sharex=True, sharey=share_y, squeeze=False)
    for spare in grid.ravel()[places:]:
        spare.remove()
    for lowest in grid.ravel()[max(places - columns, 0) : places]:
        lowest.tick_params(labelbottom=True)
    return figure, list(grid.ravel()[:places])


def _draw_cells(
    axes: Axes, here: xr.Dataset, names: tuple[str, ...], unit: int
) -> None:
    """Draw the counts of one place as rates of the days covered."""
    covered = here["coverage"].values if "coverage" in here else 1.0
    days = _days(here) * covered
    with np.errstate(divide="ignore", invalid="ignore"):
        low, best, high = (each * (unit / days) for each in _bounds(here, names))
    said = (days > 0) & np.isfinite(low)
    draw_reported(axes, _middles(here)[said], (low[said], best[said], high[said]))


def _draw_periods(
    axes: Axes, panel: xr.Dataset, place: int, names: tuple[str, ...], unit: int
) -> None:
    """Draw the records of longer periods as bars at the mean of their days."""
    if "period_place" not in panel:
        return
    mine = panel.isel(period=np.flatnonzero(panel["period_place"].values == place))
    first, end = mine["period_start"].values, mine["period_end"].values + DAY
    scale = unit / ((end - first) / DAY)
    low, best, high = (scale * each for each in _bounds(mine, names, "period_"))
    level = np.where(np.isfinite(best), best, low)
    axes.hlines(level, first, end, color=PERIOD, linewidth=2.2, capstyle="projecting")
    top = np.where(np.isfinite(high), high, level)
    middle = first + (end - first) / 2
    axes.vlines(middle, low, top, color=PERIOD, linewidth=0.8)


def _name(fit: DynamicRateFit, place: int) -> str:
    """Name of a place, with what must be known of its estimate."""
    name = str(fit.draws["place"].values[place])
    status = RateStatus[str(fit.diagnostics["status"].values[place])]
    if status is RateStatus.CONVERGED:
        return name
    return f"{name} ({status.name.lower().replace('_', ' ')})"


def _square_root_scale(axes: Axes, top: float) -> None:
    """Scale an axis by the root from just below zero to just above the top."""
    axes.grid(axis="y")
    axes.set_yscale("function", functions=(_root, _square))
    axes.set_ylim(-(0.02**2) * top, 1.05 * top)
    axes.set_yticks(_root_ticks(top))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.9g}"))


def _root(values: FloatArray) -> FloatArray:
    """Root with the sign of the value."""
    rooted: FloatArray = np.sign(values) * np.sqrt(np.abs(values))
    return rooted


def _square(values: FloatArray) -> FloatArray:
    """Square with the sign of the value."""
    squared: FloatArray = np.sign(values) * np.square(values)
    return squared


def _root_ticks(top: float) -> list[float]:
    """Zero and round numbers up to the top that stand apart on the root scale."""
    first = int(np.floor(np.log10(top))) - 2
    round_ones = [m * 10.0**k for k in range(first, first + 3) for m in (1, 2, 3, 5)]
    ticks = [0.0]
    for value in round_ones:
        gap = (np.sqrt(value) - np.sqrt(ticks[-1])) / np.sqrt(top)
        if gap >= TICK_GAP and value <= top:
            ticks.append(value)
    return ticks


def _add_legend(
    figure: Figure, unit: str, level: float, names: tuple[str, ...]
) -> None:
    """Explain markers, bars and bands once, under all panels."""
    cell = "month" if unit == UNITS[30] else unit
    whiskers = ": best, low to high" if len(names) > 1 else ""
    blue = OKABE_ITO["blue"]
    entries: dict[str, Any] = {
        f"reported in one {cell}{whiskers}": Line2D([], [], color=FAINT, marker="o"),
        "reported over a longer period: its mean": Line2D(
            [], [], color=PERIOD, linewidth=2.2
        ),
        f"estimate, {level:.0%} credible interval": (
            Patch(color=blue, alpha=0.22, linewidth=0),
            Line2D([], [], color=blue),
        ),
    }
    one_column = len(figure.axes) == 1
    figure.legend(
        list(entries.values()),
        list(entries),
        loc="outside lower center",
        ncols=1 if one_column else len(entries),
    )


def _draw_onset(axes: Axes, onset: xr.Dataset, level: float) -> None:
    """Mark the onset above the steps, and say it in words at the right."""
    chance = float(onset["probability"])
    said = f"probability of an onset {_rounded(chance)}"
    if chance >= 0.5:
        best, first, last = (onset[end].values.astype("M8[D]") for end in BAND)
        axes.plot([first, last], [1.13, 1.13], color=ONSET, clip_on=False)
        axes.plot(best, 1.13, "D", color=ONSET, markeredgewidth=0, clip_on=False)
        said = (
            f"onset {_written(best.item())}, {level:.0%} interval "
            f"{_written(first.item())} to {_written(last.item())}; {said}"
        )
    axes.set_title(said, loc="right", pad=10, fontsize=6.5, fontweight="normal")


def _written(day: date) -> str:
    """A date as people read it."""
    return f"{day.day} {day:%b %Y}"


def _rounded(probability: float) -> str:
    """A probability to two places, without claiming certainty."""
    if probability > 0.99:
        return "above 0.99"
    return "below 0.01" if probability < 0.01 else f"{probability:.2f}"

"""Civilian share of the dead: bounds that assume nothing, and the share over time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models.civilian_share import DynamicShareFit, ShareBoundsFit
from conflictstats.plot.style import (
    INK,
    OKABE_ITO,
    draw_estimate,
    new_figure,
    plain,
    styled,
)

TITLES = {
    "all": "of all recorded dead",
    "known": "of the dead of known status",
    "without_government": "government dead left out",
    "without_nonstate": "non-state dead left out",
}
PLACE_COLORS = [OKABE_ITO[name] for name in ("blue", "vermillion", "green", "purple")]
DENOMINATOR_COLORS = {
    "all": OKABE_ITO["black"],
    "known": OKABE_ITO["orange"],
    "without_government": OKABE_ITO["green"],
    "without_nonstate": OKABE_ITO["purple"],
}
BAND = ("estimate", "lower", "upper")
DAY = np.timedelta64(1, "D")
WEEK = 7 * DAY


@styled
def plot_share(
    fits: Mapping[str, Sequence[DynamicShareFit]],
    bounds: Mapping[str, Sequence[ShareBoundsFit]],
    *,
    claim: float = 0.5,
    level: float = 0.9,
) -> Figure:
    """Draw the civilian share over time, one panel a denominator.

    Lines and bands are the expected share of a cell, under the assumption that the
    model makes about the dead of unknown status. Boxes are the bounds over longer
    periods, which assume nothing about them; where every status is known a box is a
    stroke.

    Parameters
    ----------
    fits : mapping of str to sequence of DynamicShareFit
        Place to its fits, one a denominator, in the order of the panels. The place is
        one of the fit's.
    bounds : mapping of str to sequence of ShareBoundsFit
        The same places and denominators; fitted by a column ``period`` of ISO 8601
        intervals, such as ``"2019-04-29/2019-05-26"``, both days inclusive.
    claim : float
        Share to compare with, 0 to 1.
    level : float
        Posterior probability inside the bands.

    Returns
    -------
    Figure
        Panels in two columns, 183 mm wide.

    Raises
    ------
    SettingError
        If places or denominators of the two do not agree, or there are more than four
        places.
    """
    whom = _denominators(fits, bounds)
    rows = -(-len(whom) // 2)
    figure = new_figure("double", 14 + 40 * rows)
    grid = figure.subplots(rows, 2, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, (axes, name) in enumerate(zip(grid, whom, strict=False)):
        for place, color in zip(fits, PLACE_COLORS, strict=False):
            _draw_bounds(axes, bounds[place][panel].bounds, color)
            share = fits[place][panel].share(level).sel(place=place)
            middle = share["time"] + (share["time_end"] - share["time"] + DAY) / 2
            lines = [share[end].values for end in BAND]
            band = (lines[0], lines[1], lines[2])
            draw_estimate(axes, middle.values, band, color=color)
        axes.set_title(TITLES[name])
        _share_axis(axes, claim)
    for spare in grid[len(whom) :]:
        spare.remove()
    figure.supylabel("share of civilians")
    _add_legend(figure, list(fits), level)
    return figure


@styled
def plot_running_share(running: xr.Dataset, *, claim: float = 0.5) -> Figure:
    """Draw the share of civilians among all dead so far, one panel a place.

    Each box spans a week and goes from the lower to the upper bound of the share of
    those who had died by its end; a stroke where every status is known.

    Parameters
    ----------
    running : Dataset, dims (time, place, denominator)
        ``lower`` and ``upper`` (:meth:`ShareBoundsFit.running`); ``time`` is the last
        day of each week.
    claim : float
        Share to compare with, 0 to 1.

    Returns
    -------
    Figure
        Panels side by side, 183 mm wide.

    Examples
    --------
    >>> share = xr.DataArray(
    ...     [[[0.6]], [[0.4]]],
    ...     {"time": ["2019-05-05", "2019-05-12"], "place": ["Idlib"],
    ...      "denominator": ["all"]},
    ... )
    >>> figure = plot_running_share(xr.Dataset({"lower": share, "upper": share}))
    >>> [float(box.get_y()) for box in figure.axes[0].patches]
    [0.6, 0.4]
    """
    places = running["place"].values
    figure = new_figure("double", 64)
    grid = figure.subplots(1, len(places), sharey=True, squeeze=False).ravel()
    whom = [str(name) for name in running["denominator"].values]
    until = running["time"].values.astype("M8[D]") + DAY
    for axes, place in zip(grid, places, strict=True):
        for name in whom:
            here = running.sel(place=place, denominator=name)
            ends = here["lower"].values, here["upper"].values
            _draw_boxes(axes, until - WEEK, until, ends, DENOMINATOR_COLORS[name])
        axes.set_title(plain(str(place)))
        _share_axis(axes, claim)
    grid[0].set_ylabel("share of civilians so far")
    boxes = {TITLES[name]: _box(DENOMINATOR_COLORS[name]) for name in whom}
    figure.legend(
        list(boxes.values()), list(boxes), loc="outside lower center", ncols=len(whom)
    )
    return figure


def _denominators(
    fits: Mapping[str, Sequence[DynamicShareFit]],
    bounds: Mapping[str, Sequence[ShareBoundsFit]],
) -> list[str]:
    """Denominators in the order of the panels; raise where any two differ."""
    if not 0 < len(fits) <= len(PLACE_COLORS):
        raise SettingError(
            f"a figure of shares holds 1 to {len(PLACE_COLORS)} places, got {len(fits)}"
        )
    orders = {
        f"{what} of {place}": [fit.model.denominator for fit in given]
        for what, by_place in (("fits", fits), ("bounds", bounds))
        for place, given in by_place.items()
    }
    first = next(iter(orders.values()))
    for name, order in orders.items():
        if order != first or fits.keys() != bounds.keys():
            raise SettingError(
                f"fits and bounds need the same places and denominators; the {name} "
                f"have {order}, the first have {first}, for places {list(fits)} and "
                f"{list(bounds)}"
            )
    return [str(name) for name in first]


def _draw_bounds(axes: Axes, bounds: xr.Dataset, color: str) -> None:
    """Draw bounds by period as boxes over their days."""
    known = bounds.dropna("period", subset=["lower"])
    days = [str(period).split("/") for period in known["period"].values]
    first, last = np.array(days, dtype="M8[D]").T
    ends = known["lower"].values, known["upper"].values
    _draw_boxes(axes, first, last + DAY, ends, color)


def _draw_boxes(
    axes: Axes,
    first: np.ndarray,
    end: np.ndarray,
    bounds: tuple[FloatArray, FloatArray],
    color: str,
) -> None:
    """Draw boxes over days ``first`` to before ``end``, from lower to upper."""
    lower, upper = bounds
    axes.bar(
        first,
        upper - lower,
        width=end - first,
        bottom=lower,
        align="edge",
        facecolor=(color, 0.3),
        edgecolor=color,
        linewidth=0.9,
    )


def _share_axis(axes: Axes, claim: float) -> None:
    """Scale from 0 to 100 % with a line at the claimed share."""
    axes.axhline(claim, color=INK, linewidth=0.7, linestyle=(0, (4, 2)))
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))


def _box(color: str) -> Patch:
    """A box for the legend."""
    return Patch(facecolor=(color, 0.3), edgecolor=color, linewidth=0.9)


def _add_legend(figure: Figure, places: Sequence[str], level: float) -> None:
    """Explain lines and boxes of each place under all panels."""
    entries: dict[str, Any] = {}
    for place, color in zip(places, PLACE_COLORS, strict=False):
        line = Patch(color=color, alpha=0.22, linewidth=0), Line2D([], [], color=color)
        entries[f"{plain(place)}: estimate, {level:.0%} credible interval"] = line
        entries[f"{plain(place)}: bounds, as reported"] = _box(color)
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=2
    )

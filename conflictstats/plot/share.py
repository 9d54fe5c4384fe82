"""Civilian share of the dead: bounds that assume nothing, and the share over time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator
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
    fits: Sequence[DynamicShareFit],
    bounds: Mapping[str, Sequence[ShareBoundsFit]],
    *,
    claim: float = 0.5,
    level: float = 0.9,
) -> Figure:
    """Draw the civilian share over time, one panel a denominator.

    Boxes are the bounds over periods: they assume nothing about the dead of unknown
    status, weigh weeks by their dead, and are strokes where every status is known.
    Lines and bands are the share that a cell brings on average, by what the fit assumes
    of the unknown; there a cell with many dead counts for little more than one with
    few. A box may therefore lie outside the band. Where a point is refused there is a
    band without a line.

    Parameters
    ----------
    fits : sequence of DynamicShareFit
        One a denominator, in the order of the panels.
    bounds : mapping of str to sequence of ShareBoundsFit
        Place to its bounds, of the same denominators in the same order, fitted by a
        column ``period`` of ISO 8601 intervals, such as ``"2019-04-29/2019-05-26"``,
        both days inclusive. Places that the fits have get lines too.
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
        If the denominators do not agree, or there are more than four places.

    Examples
    --------
    >>> import pandas as pd
    >>> from conflictstats.models.civilian_share import DynamicShare, ShareBounds
    >>> weeks = pd.date_range("2019-04-29", periods=4, freq="7D")
    >>> counts = dict(deaths_civilians=[3] * 4, deaths_government=6, deaths_nonstate=0)
    >>> counts |= dict(deaths_unknown=1, low=10, best=10, high=10)
    >>> dead = pd.DataFrame(counts).assign(period="2019-04-29/2019-05-26")
    >>> cells = {
    ...     name: (("time", "place"), values.to_numpy(float)[:, None])
    ...     for name, values in dead.filter(like="deaths").items()
    ... }
    >>> end = ("time", weeks + pd.Timedelta(days=6))
    >>> panel = xr.Dataset(cells, {"time": weeks, "time_end": end, "place": ["A"]})
    >>> rng = np.random.default_rng(1)
    >>> fit = DynamicShare(denominator="all", draws=50).fit(panel, rng=rng)
    >>> model = ShareBounds(denominator="all", replicates=2)
    >>> bounds = {"A": [model.fit(dead, by="period", rng=rng)]}
    >>> figure = plot_share([fit], bounds)
    >>> [round(float(box.get_height()), 2) for box in figure.axes[0].patches]
    [0.1]
    """
    whom = _denominators(fits, bounds)
    figure = new_figure("double", 14 + 40 * (-(-len(whom) // 2)))
    grid = figure.subplots(
        -(-len(whom) // 2), 2, sharex=True, sharey=True, squeeze=False
    ).ravel()
    for panel, (axes, fit) in enumerate(zip(grid, fits, strict=False)):
        for place, color in zip(bounds, PLACE_COLORS, strict=False):
            _draw_bounds(axes, bounds[place][panel].bounds, color)
            if place in fit.draws["place"]:
                _draw_share(axes, fit.share(level).sel(place=place), color)
        axes.set_title(TITLES[whom[panel]])
        _share_axis(axes, claim)
    for spare in grid[len(whom) :]:
        spare.remove()
    figure.supylabel("share of civilians")
    modelled = [place for place in bounds if place in fits[0].draws["place"]]
    _add_legend(figure, list(bounds), modelled, level)
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
    fits: Sequence[DynamicShareFit],
    bounds: Mapping[str, Sequence[ShareBoundsFit]],
) -> list[str]:
    """Denominators in the order of the panels; raise where any two differ."""
    if not 0 < len(bounds) <= len(PLACE_COLORS):
        raise SettingError(
            f"bounds must be of 1 to {len(PLACE_COLORS)} places, got {len(bounds)}"
        )
    whom = [str(fit.model.denominator) for fit in fits]
    for place, given in bounds.items():
        order = [str(fit.model.denominator) for fit in given]
        if order != whom or not whom:
            raise SettingError(
                f"the bounds of {place} are of the denominators {order}, the fits of "
                f"{whom}; give both for the same ones, in one order"
            )
    return whom


def _draw_share(axes: Axes, share: xr.Dataset, color: str) -> None:
    """Draw one place's share at the middle of its cells."""
    middle = share["time"] + (share["time_end"] - share["time"] + DAY) / 2
    lines = [share[end].values for end in BAND]
    draw_estimate(axes, middle.values, (lines[0], lines[1], lines[2]), color=color)


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
        facecolor=(color, 0.25),
        edgecolor=color,
        linewidth=0.9,
    )


def _share_axis(axes: Axes, claim: float) -> None:
    """Scale from 0 to 100 % with a line at the claimed share."""
    few = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(few)
    axes.axhline(claim, color=INK, linewidth=0.7, linestyle=(0, (4, 2)))
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))


def _box(color: str) -> Patch:
    """A box for the legend."""
    return Patch(facecolor=(color, 0.25), edgecolor=color, linewidth=0.9)


def _add_legend(
    figure: Figure, places: Sequence[str], modelled: Sequence[str], level: float
) -> None:
    """Explain boxes and lines of each place under all panels."""
    entries: dict[str, Any] = {}
    for place, color in zip(places, PLACE_COLORS, strict=False):
        entries[f"{plain(place)}: reported, bounds"] = _box(color)
        if place in modelled:
            line = Line2D([], [], color=color)
            band = Patch(color=color, alpha=0.22, linewidth=0)
            said = f"{plain(place)}: estimate, {level:.0%} credible interval"
            entries[said] = band, line
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=3
    )

"""Which lists hold the same records: bars of combinations over a matrix of dots."""

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from conflictstats import _check
from conflictstats._typing import BoolArray
from conflictstats.errors import SettingError
from conflictstats.panel.lists import MOST_FULL, Lists
from conflictstats.plot.style import FAINT, INK, OKABE_ITO, new_figure, plain, styled

SHOWN = {"single": 12, "double": 31}
"""Combinations that fit the width."""
BARS, ROW, ROOM = 34.0, 4.2, 19.0
"""Heights of the bars, of a list's row, and of titles, mm."""
PALE, STRIPE = "#d5d5d5", "#f4f4f4"
CROWDED = {"single": 8, "double": 20}
"""Bars from which counts stand upright."""
FEW = 6
"""Bars up to which all are as wide."""
ONE, MORE = OKABE_ITO["sky"], OKABE_ITO["blue"]
LONGEST = 16
"""Letters of a list's name that are shown."""


@styled
def plot_overlap(
    lists: Lists, *, width: Literal["single", "double"] = "double"
) -> Figure:
    """Draw how many records each combination of lists holds.

    Above, a bar for each combination, the most frequent first; below it, dots for the
    lists that make the combination; at the left, the size of each list. What does not
    fit is added up and said. Records on no list are not in it: their number is what is
    to be estimated.

    Parameters
    ----------
    lists : Lists
        Records by combination of 2 to 20 lists, all strata together.
    width : {"double", "single"}
        Two or one journal columns, with up to 31 or 12 combinations.

    Returns
    -------
    Figure
        Bars, dots and sizes.

    Raises
    ------
    SettingError
        If there are more than 20 lists, or ``width`` is another word.

    Examples
    --------
    >>> from conflictstats import load_kosovo_lists, lists_of_cells
    >>> lists = lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])
    >>> figure = plot_overlap(lists)
    >>> [int(bar.get_height()) for bar in figure.axes[0].patches][:2]
    [1131, 936]
    """
    _check.one_of(width, SHOWN, "width")
    if lists.n_lists > MOST_FULL:
        raise SettingError(
            f"plot_overlap draws at most {MOST_FULL} lists, got {lists.n_lists}: "
            "choose some by of_lists([...])"
        )
    table = lists.overlap()
    shown = table.head(SHOWN[width])
    figure = new_figure(width, BARS + ROOM + ROW * lists.n_lists)
    (corner, bars), (sizes, dots) = figure.subplots(
        2,
        2,
        sharex="col",
        width_ratios=(1, 4 if width == "double" else 3),
        height_ratios=(BARS, ROW * lists.n_lists),
    )
    corner.remove()
    _draw_bars(bars, shown, upright=len(shown) > CROWDED[width])
    _draw_dots(dots, shown[list(lists.names)].to_numpy(bool))
    _draw_sizes(sizes, lists)
    said = f"{lists.n_observed:,} records on one list or more of {lists.n_lists}"
    figure.suptitle(said, x=0.01, ha="left", weight="bold")
    figure.supxlabel(_note(table["count"].iloc[len(shown) :]), fontsize=6)
    return figure


def _note(rest: pd.Series) -> str:
    """What the colours are, and what is not shown."""
    note = "light: on one list only"
    if len(rest):
        note += f"; not shown: {rest.sum():,} in {len(rest):,} rarer combinations"
    return note


def _draw_bars(axes: Axes, shown: pd.DataFrame, *, upright: bool) -> None:
    """Draw how many records each combination has."""
    colors = np.where(shown["n_lists"] > 1, MORE, ONE)
    axes.bar(range(len(shown)), shown["count"], width=0.7, color=colors)
    for place, count in enumerate(shown["count"]):
        axes.annotate(
            f"{count:,}",
            (place, count),
            xytext=(0, 1.5),
            textcoords="offset points",
            ha="center",
            fontsize=5.5,
            rotation=90 if upright else 0,
        )
    axes.set_ylabel("records")
    axes.yaxis.set_major_formatter(FuncFormatter(_thousands))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    axes.margins(y=0.3 if upright else 0.12)


def _draw_dots(axes: Axes, on: BoolArray) -> None:
    """Draw which lists make each combination."""
    combination, each = np.nonzero(np.ones_like(on))
    dark = on.ravel()
    axes.plot(combination[~dark], each[~dark], "o", color=PALE, ms=3.2)
    first, last = on.argmax(axis=1), on.shape[1] - 1 - on[:, ::-1].argmax(axis=1)
    axes.vlines(range(len(on)), first, last, color=INK, linewidth=0.9)
    axes.plot(combination[dark], each[dark], "o", color=INK, ms=3.2)
    axes.set_ylim(on.shape[1] - 0.5, -0.5)
    axes.set_xlim(-0.6, max(len(on), FEW) - 0.4)
    _stripe(axes, on.shape[1])
    axes.set_yticks([])
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    axes.spines[["left", "bottom"]].set_visible(False)


def _draw_sizes(axes: Axes, lists: Lists) -> None:
    """Draw the size of each list, towards the left, beside its name."""
    sizes = list(lists.sizes.values())
    axes.barh(range(len(sizes)), sizes, height=0.6, color=FAINT)
    _stripe(axes, len(sizes))
    axes.invert_xaxis()
    axes.set_ylim(len(sizes) - 0.5, -0.5)
    axes.yaxis.tick_right()
    axes.tick_params(axis="y", right=False)
    axes.set_yticks(range(len(sizes)), [_short(name) for name in lists.names])
    axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
    axes.xaxis.set_major_locator(MaxNLocator(2, integer=True))
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("on the list", loc="right")


def _stripe(axes: Axes, rows: int) -> None:
    """Shade every second list, so that the eye keeps its line."""
    for row in range(0, rows, 2):
        axes.axhspan(row - 0.5, row + 0.5, color=STRIPE, linewidth=0, zorder=0)


def _short(name: str) -> str:
    """A list's name in the room that there is."""
    return plain(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…")


def _thousands(value: float, _: object) -> str:
    """A count with its thousands told apart."""
    return f"{value:,.0f}"

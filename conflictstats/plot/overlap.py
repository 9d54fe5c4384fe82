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

SHOWN = {"single": 15, "double": 31}
"""Combinations that fit the width."""
BARS, ROW, ROOM = 34.0, 4.2, 12.0
"""Heights of the bars, of a list's row, and of titles, mm."""
PALE = "#dedede"
ONE, MORE = OKABE_ITO["sky"], OKABE_ITO["blue"]
LONGEST = 18
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
        Two or one journal columns, with up to 31 or 15 combinations.

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
    >>> [bar.get_height() for bar in figure.axes[0].patches][:2]
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
        width_ratios=(1, 4 if width == "double" else 2.6),
        height_ratios=(BARS, ROW * lists.n_lists),
    )
    corner.remove()
    _draw_bars(bars, shown, table["count"].iloc[len(shown) :])
    _draw_dots(dots, shown[list(lists.names)].to_numpy(bool))
    _draw_sizes(sizes, lists)
    bars.set_title(
        plain(f"{lists.n_observed:,} records on one list or more of {lists.n_lists}")
    )
    return figure


def _draw_bars(axes: Axes, shown: pd.DataFrame, rest: pd.Series) -> None:
    """Draw how many records each combination has, and say what is not shown."""
    colors = np.where(shown["n_lists"] > 1, MORE, ONE)
    axes.bar(range(len(shown)), shown["count"], width=0.7, color=colors)
    size = 6 if len(shown) <= SHOWN["single"] else 5
    for place, count in enumerate(shown["count"]):
        axes.annotate(
            f"{count:,}",
            (place, count),
            xytext=(0, 1.5),
            textcoords="offset points",
            ha="center",
            fontsize=size,
        )
    axes.set_ylabel("records")
    axes.yaxis.set_major_formatter(FuncFormatter(_thousands))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    axes.margins(y=0.12)
    notes = ["light: on one list only"]
    if len(rest):
        notes.append(f"not shown: {rest.sum():,} in {len(rest):,} rarer combinations")
    axes.annotate(
        "\n".join(notes),
        (1, 1),
        xycoords="axes fraction",
        ha="right",
        va="top",
        fontsize=6,
        color=INK,
    )


def _draw_dots(axes: Axes, on: BoolArray) -> None:
    """Draw which lists make each combination."""
    combination, each = np.nonzero(np.ones_like(on))
    dark = on.ravel()
    axes.plot(combination[~dark], each[~dark], "o", color=PALE, ms=3.2)
    first, last = on.argmax(axis=1), on.shape[1] - 1 - on[:, ::-1].argmax(axis=1)
    axes.vlines(range(len(on)), first, last, color=INK, linewidth=0.9)
    axes.plot(combination[dark], each[dark], "o", color=INK, ms=3.2)
    axes.set_ylim(on.shape[1] - 0.5, -0.5)
    axes.set_xlim(-0.6, len(on) - 0.4)
    axes.set_yticks([])
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    axes.spines[["left", "bottom"]].set_visible(False)


def _draw_sizes(axes: Axes, lists: Lists) -> None:
    """Draw the size of each list, towards the left, beside its name."""
    sizes = list(lists.sizes.values())
    axes.barh(range(len(sizes)), sizes, height=0.6, color=FAINT)
    axes.invert_xaxis()
    axes.set_ylim(len(sizes) - 0.5, -0.5)
    axes.yaxis.tick_right()
    axes.tick_params(axis="y", right=False)
    axes.set_yticks(range(len(sizes)), [_short(name) for name in lists.names])
    axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
    axes.xaxis.set_major_locator(MaxNLocator(2, integer=True))
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("records on the list")


def _short(name: str) -> str:
    """A list's name in the room that there is."""
    return plain(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…")


def _thousands(value: float, _: object) -> str:
    """A count with its thousands told apart."""
    return f"{value:,.0f}"

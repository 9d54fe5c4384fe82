"""Which method covers when: populations of known size, methods and numbers of lists."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from conflictstats.plot.style import FAINT, INK, OKABE_ITO, new_figure, plain, styled

MARKS = {
    3: ("^", OKABE_ITO["orange"]),
    4: ("s", OKABE_ITO["sky"]),
    5: ("p", OKABE_ITO["blue"]),
    6: ("h", OKABE_ITO["black"]),
}
"""Mark, with as many corners as there are lists, and colour."""
ROW, ROOM = 7.6, 24.0
"""Height of a method, and of what is not methods, mm."""
WITHIN = 0.66
"""Part of a method's height that its numbers of lists share."""
REFUSES = 0.1
"""Share refused from which a mark is hollow."""
FEWEST = 10
"""Answers below which there is no mark but a cross."""


@styled
def plot_undercount_coverage(
    table: pd.DataFrame,
    *,
    populations: Mapping[str, str],
    methods: Mapping[str, str],
    level: float = 0.9,
) -> Figure:
    """Draw how often each method's intervals held a number of people that is known.

    Methods downwards, populations across, one mark a number of lists, with as many
    corners as lists, and its Monte Carlo error. A hollow mark is of a method that
    refused more than a tenth of the tables; a cross at the left of one that answered
    fewer than ten.

    Parameters
    ----------
    table : DataFrame
        Of :func:`conflictstats.evaluate.undercount_coverage.coverage_by_status`, with
        columns ``population`` and ``n_lists``; one row a population, number of lists
        and method.
    populations, methods : mapping of str to str
        What is drawn, in this order, each with its words in the figure; those of a
        population may be several lines.
    level : float
        Nominal coverage, at the line.

    Returns
    -------
    Figure
        183 mm wide.

    Examples
    --------
    >>> told = {"population": "alike", "n_lists": 3, "method": "Chao", "coverage": 0.8}
    >>> told |= {"coverage_lower": 0.7, "coverage_upper": 0.9}
    >>> told |= {"n": 50, "replicates": 50}
    >>> names = {"populations": {"alike": "all alike"}, "methods": {"Chao": "floor"}}
    >>> figure = plot_undercount_coverage(pd.DataFrame([told]), **names)
    >>> figure.axes[0].get_title(loc="left")
    'all alike'
    """
    figure = new_figure("double", ROOM + ROW * len(methods))
    grid = figure.subplots(1, len(populations), sharex=True, sharey=True, squeeze=False)
    heights = {name: at for at, name in enumerate(methods)}
    for axes, (population, title) in zip(grid.flat, populations.items(), strict=True):
        axes.axvline(level, color=INK, linewidth=0.7)
        axes.hlines(
            np.arange(len(methods) - 1) + 0.5, 0, 1, color="#dddddd", linewidth=0.4
        )
        mine = table[table["population"] == population]
        for _, row in mine[mine["method"].isin(list(methods))].iterrows():
            _draw(axes, row, heights[row["method"]])
        axes.set_title("\n".join(map(plain, title.splitlines())), fontsize=6.5)
    first = grid[0, 0]
    first.set_yticks(range(len(methods)), [plain(word) for word in methods.values()])
    first.set_ylim(len(methods) - 0.5, -0.5)
    first.set_xlim(-0.06, 1.06)
    first.set_xticks([0, 0.5, level], ["0", ".5", f"{level:g}".lstrip("0")])
    middle = grid[0, len(populations) // 2]
    middle.set_xlabel("share of intervals that hold the number of people")
    _add_legend(figure)
    return figure


def _draw(axes: Axes, row: pd.Series, height: float) -> None:
    """Draw one mark with its error."""
    n_lists = int(row["n_lists"])
    color = MARKS[n_lists][1]
    offsets = np.linspace(-WITHIN / 2, WITHIN / 2, len(MARKS))
    at = height + offsets[list(MARKS).index(n_lists)]
    if row["n"] < FEWEST:
        axes.plot(-0.03, at, "x", color=color)
        return
    axes.plot([row["coverage_lower"], row["coverage_upper"]], [at, at], color=color)
    hollow = bool(row["n"] < (1 - REFUSES) * row["replicates"])
    mark = _mark(*MARKS[n_lists], hollow=hollow)
    mark.set_data([row["coverage"]], [at])
    axes.add_line(mark)


def _mark(marker: str, color: str, *, hollow: bool = False, label: str = "") -> Line2D:
    """One mark, without a place."""
    return Line2D(
        [],
        [],
        color=color,
        marker=marker,
        linestyle="none",
        markersize=3.6,
        markeredgewidth=0.7,
        markerfacecolor="white" if hollow else color,
        label=label,
    )


def _add_legend(figure: Figure) -> None:
    """Name the marks under the panels."""
    entries = [_mark(*look, label=f"{lists} lists") for lists, look in MARKS.items()]
    entries += [
        _mark("o", FAINT, hollow=True, label=f"refuses more than {REFUSES:.0%}"),
        _mark("x", FAINT, label=f"fewer than {FEWEST} answers"),
    ]
    figure.legend(handles=entries, loc="outside lower center", ncols=len(entries))

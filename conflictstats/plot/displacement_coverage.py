"""Do intervals of who fled hold: kinds of crises and what is asked of them."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from conflictstats.plot.style import INK, OKABE_ITO, new_figure, plain, styled

LOOKS = (
    ("o", OKABE_ITO["sky"]),
    ("s", OKABE_ITO["blue"]),
    ("D", OKABE_ITO["black"]),
)
"""Mark and colour of the first, second and third of a panel."""
ROW, ROOM = 7.0, 22.0
"""Height of a kind of crisis, and of what is not kinds, mm."""
WITHIN = 0.5
"""Part of a kind's height that its marks share."""


@styled
def plot_displacement_coverage(
    table: pd.DataFrame,
    *,
    kinds: Mapping[str, str],
    panels: Mapping[str, Mapping[str, str]],
    level: float = 0.9,
) -> Figure:
    """Draw how often intervals held the truth, by kind of crisis.

    Kinds downwards, a panel for what is asked, with a mark and its Monte Carlo error
    for each quantity. Where a quantity has no coverage there is no mark.

    Parameters
    ----------
    table : DataFrame
        Of :func:`conflictstats.evaluate.displacement_coverage.coverage_by_quantity`,
        with a column ``kind``; one row a kind and quantity.
    kinds : mapping of str to str
        What is drawn, in this order, each with its words in the figure.
    panels : mapping of str to mapping
        By the title of a panel its quantities, three at most, each with its words.
    level : float
        Nominal coverage, at the line.

    Returns
    -------
    Figure
        183 mm wide.

    Examples
    --------
    >>> told = {"kind": "all", "quantity": "stock 1", "coverage": 0.88}
    >>> told |= {"coverage_lower": 0.8, "coverage_upper": 0.94}
    >>> figure = plot_displacement_coverage(
    ...     pd.DataFrame([told]),
    ...     kinds={"all": "all reports"},
    ...     panels={"Stock": {"stock 1": "first third"}},
    ... )
    >>> figure.axes[0].get_yticklabels()[0].get_text()
    'all reports'
    """
    figure = new_figure("double", ROOM + ROW * len(kinds))
    grid = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)
    heights = {kind: row for row, kind in enumerate(kinds)}
    for axes, (title, quantities) in zip(grid.flat, panels.items(), strict=True):
        axes.axvline(level, color=INK, linewidth=0.7)
        axes.set_title(plain(title))
        for place, quantity in enumerate(quantities):
            shift = (place - (len(quantities) - 1) / 2) * WITHIN / 2
            mine = table[table["quantity"] == quantity].dropna(subset="coverage")
            for _, row in mine[mine["kind"].isin(list(kinds))].iterrows():
                _draw(axes, row, heights[row["kind"]] + shift, place)
        marks = [
            _mark(place, label=plain(word))
            for place, word in enumerate(quantities.values())
        ]
        axes.legend(
            handles=marks, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=1
        )
    first = grid[0, 0]
    first.set_yticks(range(len(kinds)), [plain(word) for word in kinds.values()])
    first.set_ylim(len(kinds) - 0.5, -0.5)
    figure.supxlabel(f"share of {level:.0%} intervals that hold the truth")
    return figure


def _draw(axes: Axes, row: pd.Series, height: float, place: int) -> None:
    """Draw one mark with its error."""
    color = LOOKS[place][1]
    ends = [row["coverage_lower"], row["coverage_upper"]]
    axes.plot(ends, [height, height], color=color)
    mark = _mark(place)
    mark.set_data([row["coverage"]], [height])
    axes.add_line(mark)


def _mark(place: int, label: str = "") -> Line2D:
    """One mark, without a place."""
    marker, color = LOOKS[place]
    return Line2D([], [], color=color, marker=marker, linestyle="none", label=label)

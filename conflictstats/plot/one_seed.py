"""What chains say that are all of one posterior, beside all of it."""

from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from conflictstats._typing import FloatArray
from conflictstats.plot.style import FAINT, INK, OKABE_ITO, new_figure, plain, styled

COLORS = [OKABE_ITO[name] for name in ("vermillion", "purple", "orange", "green")]
LONG = OKABE_ITO["blue"]
STEP, ROOM, BELOW = 3.1, 22.0, 30.0
GAP = 1.8
"""Rows from one group to the next."""


@styled
def plot_one_seed(
    rows: pd.DataFrame, totals: pd.DataFrame, *, parted: float, level: float
) -> Figure:
    """Draw what single chains say, by group, over the posterior that all are of.

    Left intervals, one line a chain, or several where it says that there are regions;
    right the share that each gives to numbers above ``parted``, with the interval that
    its own error gives; below all draws of the long run.

    Parameters
    ----------
    rows : DataFrame
        ``group, chain, estimate, lower, upper, above, above_lower, above_upper``; one
        row an interval, in order from above, the long run as last group.
    totals : DataFrame
        ``low, draws``: draws of the long run by bin of equal width.
    parted : float
        Number of people between the regions.
    level : float
        Posterior probability inside the intervals.

    Returns
    -------
    Figure
        Three panels, 183 mm wide.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "group": ["one chain", "long run"],
    ...         "chain": [0, 0],
    ...         "estimate": [1420, 1900],
    ...         "lower": [1350, 1400],
    ...         "upper": [1500, 2900],
    ...         "above": [0.0, 0.5],
    ...         "above_lower": [0.0, 0.47],
    ...         "above_upper": [0.0, 0.53],
    ...     }
    ... )
    >>> totals = pd.DataFrame({"low": [1400, 1900], "draws": [50, 50]})
    >>> figure = plot_one_seed(rows, totals, parted=1850, level=0.9)
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['one chain', 'long run']
    """
    heights = _heights(rows)
    middles = pd.Series(heights).groupby(rows["group"].to_numpy(), sort=False).mean()
    upper = ROOM + STEP * (heights.max() + 1)
    figure = new_figure("double", upper + BELOW)
    panels = figure.subplots(
        2, 2, width_ratios=[3, 1.2], height_ratios=[upper, BELOW], sharex="col"
    )
    (people, shares), (draws, empty) = panels
    empty.set_visible(False)
    shares.tick_params(labelbottom=True)
    groups = list(middles.index)
    colors = dict(zip(groups[:-1], COLORS, strict=False)) | {groups[-1]: LONG}
    for name, color in colors.items():
        of = (rows["group"] == name).to_numpy()
        at, chosen = heights[of], rows[of]
        people.hlines(at, chosen["lower"], chosen["upper"], color=color)
        people.plot(chosen["estimate"], at, "o", color=color)
        ends = chosen["above_lower"], chosen["above_upper"]
        shares.hlines(at, *ends, color=color)
        shares.plot(chosen["above"], at, "o", color=color)
    people.set_yticks(
        middles, ["\n".join(map(plain, wrap(name, 18))) for name in groups]
    )
    people.tick_params(axis="y", length=0)
    for axes in (people, shares):
        axes.set_ylim(heights.max() + 1, -1)
    shares.set_yticks([])
    shares.axvline(rows["above"].iloc[-1], color=FAINT, linewidth=0.8, zorder=0)
    shares.set_xlim(-0.03, 1.03)
    shares.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    shares.set_xlabel(f"share above {parted:,.0f}")
    people.set_title(f"{level:.0%} intervals")
    _draw_totals(draws, totals, parted)
    for axes in (people, draws):
        axes.axvline(parted, color=INK, linewidth=0.6, linestyle=(0, (3, 3)))
    return figure


def _heights(rows: pd.DataFrame) -> FloatArray:
    """Height of each row: chains one below the other, a gap between groups."""
    lines = rows[["group", "chain"]]
    begins = lines["group"].ne(lines["group"].shift())
    moves = lines.ne(lines.shift()).any(axis=1) + (GAP - 1) * begins
    return np.asarray(np.cumsum(moves.to_numpy(float)) - GAP)


def _draw_totals(axes: Axes, totals: pd.DataFrame, parted: float) -> None:
    """All draws of the long run; what is above the parting is darker."""
    width = totals["low"].diff().median()
    share = totals["draws"] / totals["draws"].sum()
    shade = np.where(totals["low"] >= parted, 0.75, 0.35)
    for low, height, alpha in zip(totals["low"], share, shade, strict=True):
        axes.bar(low, height, width, align="edge", color=LONG, alpha=alpha)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("people, listed or not")
    axes.set_title("all draws of the long run")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))

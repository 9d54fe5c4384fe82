"""How counts of one incident by one body change from bulletin to bulletin."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from conflictstats.plot.style import FAINT, OKABE_ITO, new_figure, styled

COURSES = {
    "grew": OKABE_ITO["blue"],
    "unchanged": FAINT,
    "fell": OKABE_ITO["vermillion"],
}


@styled
def plot_bulletins(paths: pd.DataFrame) -> Figure:
    """Draw bulletin paths, and how much of the last count the first one had.

    Parameters
    ----------
    paths : DataFrame
        From :func:`conflictstats.panel.bulletin_paths`.

    Returns
    -------
    Figure
        Paths over days on the left, the distribution of first over last on the right.

    Examples
    --------
    >>> from conflictstats.datasets import load_nw_syria_reports
    >>> from conflictstats.panel import bulletin_paths
    >>> figure = plot_bulletins(bulletin_paths(load_nw_syria_reports()))
    >>> [text.get_text() for text in figure.axes[1].texts]
    ['mean 0.92']
    """
    figure = new_figure("double", 66)
    left, right = figure.subplots(1, 2, width_ratios=[3, 2], sharey=True)
    key = ["event_key", "source_org", "measure"]
    named: set[str] = set()
    for _, path in paths.groupby(key):
        course = str(path["course"].iloc[0])
        label = None if course in named else course
        named.add(course)
        left.plot(
            path["lag"] + 1,
            path["of_last"],
            "o-",
            color=COURSES[course],
            alpha=0.7,
            linewidth=0.9,
            label=label,
        )
    left.set_xscale("log")
    ticks = [1, 2, 3, 5, 10, 30, 100, 300]
    ticks = [day for day in ticks if day <= paths["lag"].max() + 1]
    left.set_xticks(ticks, [str(day) for day in ticks])
    left.minorticks_off()
    left.set_xlabel("day of the bulletin, counted from the first")
    left.set_ylabel("killed, as a part of the body's last count")
    left.legend(title=None, loc="upper right")
    first = paths[paths["lag"] == 0]
    edges = np.arange(0.05, first["of_last"].max() + 0.1, 0.1)
    stacked = [first.loc[first["course"] == c, "of_last"] for c in COURSES]
    right.hist(
        stacked,
        bins=edges.tolist(),
        orientation="horizontal",
        stacked=True,
        color=list(COURSES.values()),
        edgecolor="white",
    )
    right.axhline(first["of_last"].mean(), color="black", linewidth=0.8, linestyle=":")
    right.annotate(
        f"mean {first['of_last'].mean():.2f}",
        (right.get_xlim()[1], first["of_last"].mean()),
        ha="right",
        va="top",
    )
    right.set_xlabel("paths, by first count over last")
    for axes in (left, right):
        axes.set_ylim(first["of_last"].min() - 0.15, first["of_last"].max() + 0.1)
    return figure

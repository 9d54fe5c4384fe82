"""Civilian totals beside those that the women and children among them imply."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import StrMethodFormatter

from conflictstats.plot.style import INK, OKABE_ITO, new_figure, plain, styled

IMPLIED, SAID = OKABE_ITO["orange"], OKABE_ITO["blue"]
ENDS = ("low", "high", "women_children_low", "lower", "upper")
ROW = 5.2
"""Height of a row of the figure, millimetres."""


@styled
def plot_women_children(checks: pd.DataFrame) -> Figure:
    """Draw civilian totals beside those that women and children imply.

    The axis is logarithmic, so that reports of ten and of a thousand are read alike.
    What reaches the right edge has no upper end, because the words set none.

    Parameters
    ----------
    checks : DataFrame
        What :func:`conflictstats.evaluate.women_children.women_children_frame` gave,
        in the order of the rows.

    Returns
    -------
    Figure
        One row a report, 183 mm wide.

    Examples
    --------
    >>> from conflictstats import load_nw_syria_reports, women_children_frame
    >>> reports = load_nw_syria_reports()
    >>> checks = women_children_frame(reports, population_share=(0.67, 0.81))
    >>> totals = checks[checks["kind"] == "cumulative"].head(3)
    >>> len(plot_women_children(totals).axes[0].get_yticks())
    3
    """
    figure = new_figure("double", 26 + ROW * len(checks))
    axes = figure.subplots()
    rows = np.arange(len(checks))[::-1]
    low, high, least, lower, upper = (checks[name].to_numpy(float) for name in ENDS)
    ends = np.concatenate([low, high, least, lower, upper])
    ends = ends[np.isfinite(ends) & (ends > 0)]
    floor, ceiling = ends.min() / 1.5, ends.max() * 1.5
    left = np.maximum(lower, floor)
    width = np.minimum(upper, ceiling) - left
    axes.barh(rows, width, left=left, height=0.55, color=IMPLIED)
    some = least > 0
    axes.plot(
        least[some], rows[some], "|", color=INK, markersize=9, markeredgewidth=1.4
    )
    axes.hlines(
        rows, np.maximum(low, floor), np.minimum(high, ceiling), color=SAID, linewidth=2
    )
    point = (low == high) | np.isinf(high)
    axes.plot(low[point], rows[point], "o", color=SAID, markersize=4)
    days = pd.to_datetime(checks["period_end"]).dt.strftime("%d %b %Y")
    labels = [
        f"{plain(str(body)).replace('unknown', 'not named')}, to {day}"
        for body, day in zip(checks["source_org"], days, strict=True)
    ]
    axes.set_yticks(rows, labels)
    axes.set_xscale("log")
    axes.set_xlim(floor, ceiling)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel("civilians killed")
    handles = {
        "civilians as reported": Line2D([], [], color=SAID, marker="o", markersize=4),
        "women and children among them": Line2D(
            [], [], color=INK, marker="|", linestyle="", markersize=9
        ),
        "implied by these, were men as exposed": Line2D(
            [], [], color=IMPLIED, linewidth=6
        ),
    }
    figure.legend([*handles.values()], [*handles], loc="outside lower center", ncols=3)
    return figure

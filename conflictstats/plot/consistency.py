"""Methods put to populations that are known: each list in turn."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from conflictstats.models.undercount import InternalConsistency
from conflictstats.plot.style import FAINT, INK, OKABE_ITO, new_figure, plain, styled

HELD, MISSED = OKABE_ITO["blue"], OKABE_ITO["vermillion"]
STEP, ROOM = 3.0, 26.0
WITHIN = 0.72
"""Height of a method's row that its lists share."""


@styled
def plot_consistency(found: InternalConsistency) -> Figure:
    """Draw what methods say of each list from the others, over what is known.

    One row a method, and within it one line a list, in their order: the estimate of how
    many are on the list and its interval, over the number that is on it.

    Parameters
    ----------
    found : InternalConsistency
        From :func:`conflictstats.internal_consistency`.

    Returns
    -------
    Figure
        One panel, 183 mm wide.

    Examples
    --------
    >>> import conflictstats as cs
    >>> names = ["EXH", "ABA", "OSCE", "HRW"]
    >>> lists = cs.lists_of_cells(cs.load_kosovo_lists(), names)
    >>> found = cs.internal_consistency(lists, {"Chao": cs.ChaoFloor().fit})
    >>> axes = plot_consistency(found).axes[0]
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['Chao']
    """
    table = found.table
    methods, lists = list(table["method"].unique()), list(table["list"].unique())
    figure = new_figure("double", ROOM + STEP * len(methods) * len(lists))
    axes = figure.subplots()
    offsets = np.linspace(-WITHIN / 2, WITHIN / 2, len(lists))
    for row in table.to_dict("records"):
        height = methods.index(row["method"]) + offsets[lists.index(row["list"])]
        ends = [row[end] / row["known"] for end in ("lower", "upper")]
        if not np.isfinite(ends[0]):
            continue
        color = HELD if row["covers"] is True else MISSED
        axes.plot(ends, [height, height], color=color)
        axes.plot(row["ratio"], height, "o", color=color)
    axes.axvline(1, color=INK, linewidth=0.8)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(methods)), [plain(name) for name in methods])
    axes.set_ylim(len(methods) - 0.5, -0.5)
    axes.hlines(
        np.arange(len(methods) - 1) + 0.5, *axes.get_xlim(), color=FAINT, linewidth=0.3
    )
    order = ", ".join(plain(name) for name in lists)
    axes.set_xlabel(
        f"people on a list, estimated from the others over known; downwards: {order}"
    )
    marks = {
        f"{found.level:.0%} interval that holds the known number": HELD,
        "interval that does not": MISSED,
    }
    figure.legend(
        handles=[
            Line2D([], [], color=color, marker="o", label=words)
            for words, color in marks.items()
        ],
        loc="outside lower center",
        ncols=2,
    )
    return figure

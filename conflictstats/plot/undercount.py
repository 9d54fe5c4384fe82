"""Several answers to one table of lists, and what each must believe."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from conflictstats.models.undercount import Answer, Comparison
from conflictstats.plot.style import (
    FAINT,
    INK,
    OKABE_ITO,
    draw_estimate,
    new_figure,
    plain,
    styled,
)

LOOKS = {
    "confidence": ("o", OKABE_ITO["blue"], "estimate with confidence interval"),
    "credible": ("D", OKABE_ITO["vermillion"], "estimate with credible interval"),
    "floor": (">", OKABE_ITO["green"], "lower bound with confidence interval"),
    "range": ("|", FAINT, "range over pairs or models, not an interval"),
}
"""Marker, colour and words of each kind of answer."""
WIDE = 8.0
"""Largest over smallest number from which the scale is logarithmic."""
ROW, ROOM = 6.5, 34.0
BEYOND = 1e15
"""As far as a line is drawn that has no end."""


@styled
def plot_undercount(comparison: Comparison) -> Figure:
    r"""Draw what every method says of how many there are, and what it must believe.

    On the left one row a method: its estimate and interval, or why it is refused,
    beside the number that is on the lists. On the right the total as a function of the
    odds ratio of the highest order :math:`\xi`, about which the lists say nothing,
    with the answers at the values that they imply.

    Parameters
    ----------
    comparison : Comparison
        Answers to one table.

    Returns
    -------
    Figure
        Two panels, or one where there is no curve; 183 mm wide.

    Examples
    --------
    >>> import pandas as pd
    >>> from conflictstats.models.undercount import UndercountStatus
    >>> why = UndercountStatus.TOO_FEW_LISTS
    >>> said = Answer.refused("Chao", 9, why, assumptions="none", level=0.9)
    >>> figure = plot_undercount(
    ...     Comparison(9, 2, (said,), pd.DataFrame(), (float("nan"),))
    ... )
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['Chao']
    """
    answers = comparison.answers
    figure = new_figure("double", ROOM + ROW * len(answers))
    if comparison.curve.empty:
        left = figure.subplots()
    else:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        _draw_curve(right, comparison)
    for row, answer in enumerate(answers):
        _draw_answer(left, row, answer)
    _draw_listed(left, comparison)
    left.set_yticks(range(len(answers)), [plain(each.method) for each in answers])
    left.set_ylim(len(answers) - 0.4, -0.6)
    left.set_xlabel("people, on the lists and on none")
    left.set_title(_title(answers))
    _explain(figure, answers)
    return figure


def _draw_answer(axes: Axes, row: int, answer: Answer) -> None:
    """Draw one row: a point in its interval, or the reason why there is none."""
    marker, color, _ = LOOKS[answer.kind]
    if not np.isfinite(answer.lower):
        reason = answer.status.value.partition(": ")[2].partition(";")[0]
        axes.annotate(
            f"refused: {plain(reason)}",
            (0.02, row),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=6,
            color=FAINT,
        )
        return
    ends = [answer.lower, min(answer.upper, BEYOND)]
    style = ":" if np.isinf(answer.upper) else "-"
    axes.plot(ends, [row, row], style, color=color)
    if not np.isfinite(answer.estimate):
        return
    weak = answer.status.name != "CONVERGED"
    face = "white" if weak else color
    axes.plot(answer.estimate, row, marker, color=color, markerfacecolor=face, ms=4)


def _draw_listed(axes: Axes, comparison: Comparison) -> None:
    """Mark how many the lists hold, and choose the scale."""
    axes.axvline(comparison.n_observed, color=INK, linewidth=0.8)
    ends = [
        value
        for each in comparison.answers
        for value in (each.lower, each.estimate, each.upper)
        if np.isfinite(value)
    ]
    ends.append(float(comparison.n_observed))
    low, high = min(ends), max(ends)
    if high > WIDE * low > 0:
        axes.set_xscale("log")
        _count_ticks(axes, "x")
    else:
        axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
    axes.set_xlim(left=low * 0.94, right=high * 1.06)
    axes.grid(axis="x", visible=True)


def _draw_curve(axes: Axes, comparison: Comparison) -> None:
    """Draw the total by the odds ratio, and where each answer stands on it."""
    curve = comparison.curve
    ends = [curve[name].to_numpy(float) for name in ("estimate", "lower", "upper")]
    draw_estimate(axes, curve["odds_ratio"], (ends[0], ends[1], ends[2]), color=FAINT)
    axes.axhline(comparison.n_observed, color=INK, linewidth=0.8)
    low, high = curve["odds_ratio"].min(), curve["odds_ratio"].max()
    for answer, implied in zip(comparison.answers, comparison.implied, strict=True):
        marker, color, _ = LOOKS[answer.kind]
        if low <= implied <= high and answer.kind != "range":
            axes.plot(implied, answer.estimate, marker, color=color, ms=4)
    axes.set_xscale("log")
    axes.set_yscale("log")
    _count_ticks(axes, "y")
    axes.xaxis.set_major_locator(LogLocator(2))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("odds ratio of the highest order")
    axes.set_title("what must be believed")
    axes.grid(visible=True)


def _count_ticks(axes: Axes, side: str) -> None:
    """Counts in full on a logarithmic axis."""
    axis = axes.xaxis if side == "x" else axes.yaxis
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(_thousands))
    axis.set_minor_formatter(NullFormatter())


def _thousands(value: float, _: object) -> str:
    """A count with its thousands told apart."""
    return f"{value:,.0f}"


def _title(answers: tuple[Answer, ...]) -> str:
    """Name the panel by the level of its intervals."""
    levels = sorted({each.level for each in answers})
    return "how many in all, " + " and ".join(f"{each:.0%}" for each in levels)


def _explain(figure: Figure, answers: tuple[Answer, ...]) -> None:
    """Say under the panels what the marks are."""
    kinds = dict.fromkeys(each.kind for each in answers if np.isfinite(each.lower))
    marks = [
        Line2D([], [], color=LOOKS[kind][1], marker=LOOKS[kind][0], ms=4, label=words)
        for kind in kinds
        if (words := LOOKS[kind][2])
    ]
    marks.append(Line2D([], [], color=INK, linewidth=0.8, label="on the lists"))
    weak = any(
        each.status.name != "CONVERGED" and np.isfinite(each.lower) for each in answers
    )
    if weak:
        marks.append(
            Line2D(
                [],
                [],
                color=INK,
                marker="o",
                markerfacecolor="white",
                linestyle="none",
                ms=4,
                label="hollow: doubtful, see its status",
            )
        )
    figure.legend(handles=marks, loc="outside lower center", ncols=2)

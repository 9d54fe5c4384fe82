"""How good forecasts of shares were, by method and date."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from conflictstats.plot.style import FAINT, INK, OKABE_ITO, new_figure, plain, styled

COLORS = [OKABE_ITO[name] for name in ("vermillion", "green", "orange", "purple")]
OURS = OKABE_ITO["blue"]
TWO_ERRORS = 1.96
ROW = 46.0


@styled
def plot_destination_scores(scores: pd.DataFrame, *, ours: str) -> Figure:
    """Draw mean differences by method, and what one gains in log score over the others.

    A row for each crisis. Left the mean relative difference with two standard errors,
    dates taken for independent; right the log score of ``ours`` less that of each
    rival, added up from the first date.

    Parameters
    ----------
    scores : DataFrame
        ``crisis, date, method, difference, log_score``.
    ours : str
        The method that is held against the others.

    Returns
    -------
    Figure
        Two panels a crisis, 183 mm wide.

    Examples
    --------
    >>> scores = pd.DataFrame(
    ...     {
    ...         "crisis": "X",
    ...         "date": ["2012-01-01", "2012-01-01", "2012-02-01", "2012-02-01"],
    ...         "method": ["a", "b", "a", "b"],
    ...         "difference": [0.1, 0.2, 0.1, 0.4],
    ...         "log_score": [-3.0, -4.0, -3.0, -5.0],
    ...     }
    ... )
    >>> figure = plot_destination_scores(scores, ours="a")
    >>> figure.axes[1].lines[1].get_ydata().tolist()
    [1.0, 3.0]
    """
    crises = scores["crisis"].unique()
    figure = new_figure("double", ROW * len(crises) + 8)
    panels = figure.subplots(len(crises), 2, squeeze=False, width_ratios=[1, 1.3])
    methods = [ours, *(m for m in scores["method"].unique() if m != ours)]
    colors = dict(zip(methods, [OURS, *COLORS], strict=False))
    for (left, right), crisis in zip(panels, crises, strict=True):
        own = scores[scores["crisis"] == crisis]
        _differences(left, own, colors)
        _gains(right, own, ours, colors)
        left.set_title(plain(f"{crisis}: relative difference"))
        right.set_title(plain(f"{crisis}: log score gained over"))
    panels[-1, 0].set_xlabel("of the people reported, mean over dates")
    lines, labels = panels[0, 1].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside lower right", ncols=len(labels))
    return figure


def _differences(axes: Axes, scores: pd.DataFrame, colors: dict[str, str]) -> None:
    """Means with two standard errors."""
    by_method = scores.groupby("method")["difference"]
    mean, error = by_method.mean(), TWO_ERRORS * by_method.sem()
    for at, (method, color) in enumerate(colors.items()):
        axes.hlines(
            at, mean[method] - error[method], mean[method] + error[method], color
        )
        axes.plot(mean[method], at, "o", color=color)
    axes.set_yticks(range(len(colors)), [plain(method) for method in colors])
    axes.set_ylim(len(colors) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))


def _gains(axes: Axes, scores: pd.DataFrame, ours: str, colors: dict[str, str]) -> None:
    """Log score of ours less that of each rival, running sums."""
    wide = scores.pivot(index="date", columns="method", values="log_score")
    dates = pd.to_datetime(wide.index).to_numpy()
    axes.axhline(0, color=FAINT, linewidth=0.8)
    for method, color in colors.items():
        if method != ours:
            gain = np.cumsum((wide[ours] - wide[method]).to_numpy())
            axes.plot(dates, gain, color=color, label=plain(method))
    axes.set_yscale("symlog", linthresh=10)
    axes.tick_params(axis="y", colors=INK)

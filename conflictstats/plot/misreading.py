"""What becomes of a rate when reports are read otherwise than they came about."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from conflictstats.plot.style import (
    FAINT,
    OKABE_ITO,
    UPWARDS,
    new_figure,
    plain,
    styled,
)

ASSUMED = {
    "exact": (OKABE_ITO["black"], "o"),
    "confirmed": (OKABE_ITO["blue"], "s"),
    "coarsened": (OKABE_ITO["vermillion"], "^"),
    "rounded": (OKABE_ITO["orange"], "v"),
    "floor": (OKABE_ITO["green"], "D"),
}
"""Colour and mark of each reading."""
RATIOS = (0.35, 5.0)
TICKS = [0.5, 0.7, 1, 1.5, 2, 3, 5]
ERRORS = 2
"""Bars reach so many Monte Carlo errors either way."""


@styled
def plot_misreading(table: pd.DataFrame, *, level: float = 0.9) -> Figure:
    """Draw bias and coverage of a rate, by true mechanism, reading and share blurred.

    One column a true mechanism. Above, the estimated over the true rate on a log scale:
    on the line is right, and an arrow at the top means that the likelihood grows with
    the rate without limit. Below, how often the interval holds the true rate; the
    reading that is right has a thick line. Bars are two Monte Carlo errors.

    Parameters
    ----------
    table : DataFrame
        Of :func:`conflictstats.evaluate.misreading.misreading_summary`, with columns
        ``truth`` and ``share``.
    level : float
        Nominal coverage of the intervals.

    Returns
    -------
    Figure
        183 mm wide.

    Examples
    --------
    >>> told = {"ratio": 0.95, "ratio_error": 0.01, "coverage": 0.2}
    >>> told |= {"coverage_error": 0.03, "truth": "confirmed", "assumed": "exact"}
    >>> figure = plot_misreading(pd.DataFrame([told | {"share": 0.5}]))
    >>> figure.axes[0].get_title(loc="left")
    'truth: confirmed'
    """
    truths = list(dict.fromkeys(table["truth"]))
    shares = sorted(set(table["share"]))
    figure = new_figure("double", 96)
    grid = figure.subplots(
        2, len(truths), sharex=True, sharey="row", squeeze=False, height_ratios=[3, 2]
    )
    for column, truth in enumerate(truths):
        upper, lower = grid[:, column]
        upper.axhline(1, color=FAINT, linewidth=0.8)
        lower.axhline(level, color=FAINT, linewidth=0.8)
        for number, assumed in enumerate(ASSUMED):
            wanted = (table["truth"] == truth) & (table["assumed"] == assumed)
            mine = table[wanted].sort_values("share")
            at = np.searchsorted(shares, mine["share"]) + 0.08 * (number - 2)
            width = 2.0 if assumed == truth else 0.8
            _draw_ratios(upper, at, mine, assumed, width)
            _draw_errors(lower, at, mine, "coverage", assumed, width)
        upper.set_title(plain(f"truth: {truth}"))
        lower.set_xticks(range(len(shares)), [f"{100 * s:g}" for s in shares])
    _set_scales(grid[0, 0], grid[1, 0])
    middle = grid[1, len(truths) // 2]
    middle.set_xlabel('counts told by "at least", "more than" or "up to", %')
    _add_legend(figure)
    return figure


def _draw_ratios(
    axes: Axes, at: np.ndarray, mine: pd.DataFrame, assumed: str, width: float
) -> None:
    """Draw ratios, and arrows at the top where there is no estimate."""
    _draw_errors(axes, at, mine, "ratio", assumed, width)
    away = np.isinf(mine["ratio"].to_numpy(float))
    color, _ = ASSUMED[assumed]
    axes.plot(
        at[away],
        np.full(away.sum(), 0.86 * RATIOS[1]),
        linestyle="none",
        marker=UPWARDS,
        markersize=12,
        markerfacecolor="none",
        color=color,
    )


def _draw_errors(
    axes: Axes,
    at: np.ndarray,
    mine: pd.DataFrame,
    name: str,
    assumed: str,
    width: float,
) -> None:
    """Draw a line through marks with Monte Carlo errors, where there is an estimate."""
    color, marker = ASSUMED[assumed]
    value = mine[name].where(np.isfinite(mine["ratio"])).to_numpy(float)
    axes.errorbar(
        at,
        value,
        ERRORS * mine[f"{name}_error"].to_numpy(float),
        color=color,
        marker=marker,
        linewidth=width,
        elinewidth=0.7,
        markeredgewidth=0,
    )


def _set_scales(upper: Axes, lower: Axes) -> None:
    """Set the scales that all columns share."""
    upper.set_yscale("log")
    upper.set_ylim(*RATIOS)
    upper.set_yticks(TICKS)
    upper.yaxis.set_minor_locator(NullLocator())
    upper.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    upper.set_ylabel("estimated / true rate")
    lower.set_ylim(-0.04, 1.04)
    lower.set_yticks([0, 0.5, 0.9, 1], ["0", "0.5", "0.9", ""])
    lower.set_ylabel("coverage")


def _add_legend(figure: Figure) -> None:
    """Name the readings under the panels."""
    entries = {
        f"read as {name}": Line2D([], [], color=color, marker=marker)
        for name, (color, marker) in ASSUMED.items()
    }
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=5
    )

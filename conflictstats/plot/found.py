"""The share of deaths that first bulletins have found: before and after the paths."""

from typing import Any

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from conflictstats.models.bulletins import FoundShareFit
from conflictstats.models.bulletins.fit import ANOTHER
from conflictstats.plot.bulletins import COURSES
from conflictstats.plot.style import FAINT, INK, OKABE_ITO, new_figure, plain, styled

MARKS = COURSES | {"grew": INK}
"""Colours of reported paths; blue is for what is inferred."""
INFERRED = OKABE_ITO["blue"]
KEY = ["event_key", "source_org", "measure"]
RIDGE = 0.52
"""Height of the posterior in a row; the marks of the paths are below it."""


@styled
def plot_found_share(
    fit: FoundShareFit, paths: pd.DataFrame, *, level: float = 0.9
) -> Figure:
    """Draw what was believed and is now known of the share found, one row a body.

    The marks are the paths: first count over last, as reported, in the colour of their
    course; larger for more dead. The curves are the prior and the posterior of the
    body's mean share, the bar is its interval. A single bulletin scatters more than the
    mean of many: the lowest row has, for a body that was not seen, both.

    Parameters
    ----------
    fit : FoundShareFit
        Fitted to ``paths``.
    paths : DataFrame
        From :func:`conflictstats.panel.bulletin_paths`.
    level : float
        Posterior probability inside the bars.

    Returns
    -------
    Figure
        89 mm wide.

    Examples
    --------
    >>> import numpy as np
    >>> from conflictstats.datasets import load_nw_syria_reports
    >>> from conflictstats.models.bulletins import FoundShare
    >>> from conflictstats.panel import bulletin_paths
    >>> paths = bulletin_paths(load_nw_syria_reports())
    >>> fit = FoundShare().fit(paths, rng=np.random.default_rng(1))
    >>> figure = plot_found_share(fit, paths)
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['SOHR, 23 paths', 'Russian Reconciliation Centre, 1 path']
    """
    counted = fit.diagnostics.to_array().sum("variable").to_series()
    names = [*counted.sort_values(ascending=False, kind="stable").index, ANOTHER]
    figure = new_figure("single", 26 + 13 * len(names))
    axes = figure.subplots()
    bars = _bars(fit, level)
    scale = RIDGE / float(fit.density["posterior"].max())
    path = paths.sort_values("published", kind="stable").groupby(KEY)
    first = path.agg(
        first=("count", "first"), last=("count", "last"), course=("course", "first")
    ).reset_index()
    for row, name in enumerate(names):
        base = len(names) - 1 - row
        _draw_curves(axes, fit.density.sel(term=name), base, scale)
        _draw_bar(axes, bars.sel(term=name), base - 0.06, 2.2)
        mine = first[first["source_org"] == name]
        _draw_paths(axes, mine, base)
        axes.text(0.01, base + 0.12, plain(_title(str(name), len(mine))))
    single = fit.conf_int(level).sel(param="bulletin")
    _draw_bar(axes, single, -0.2, 0.9)
    axes.annotate(
        "one bulletin",
        (float(single["lower"]), -0.2),
        (-3, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        color=INFERRED,
    )
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-0.45, len(names) - 0.3)
    told = first[first["last"] > 0]
    axes.set_xlim(0, max(1.03, 1.04 * (told["first"] / told["last"]).max()))
    axes.set_xlabel("share of the last count that the first had")
    _add_legend(figure, level, set(first["course"]))
    return figure


def _title(name: str, paths: int) -> str:
    """Name of a row with how many paths it has."""
    if name == ANOTHER:
        return "another body, not seen"
    return f"{name}, {paths} path{'s' if paths != 1 else ''}"


def _bars(fit: FoundShareFit, level: float) -> xr.Dataset:
    """Intervals of the bodies and of another one, dims (term,)."""
    bodies = fit.found(level).rename(body="term")
    another = fit.conf_int(level).sel(param="another_body", drop=True)
    return xr.concat([bodies, another.expand_dims(term=[ANOTHER])], "term")


def _draw_curves(axes: Axes, held: xr.Dataset, base: int, scale: float) -> None:
    """Draw prior and posterior above a line at ``base``."""
    share, posterior = held["share"].values, base + scale * held["posterior"].values
    axes.plot(share, base + scale * held["prior"].values, ":", color=FAINT)
    axes.fill_between(share, base, posterior, color=INFERRED, alpha=0.22, linewidth=0)
    axes.plot(share, posterior, color=INFERRED)


def _draw_bar(axes: Axes, held: xr.Dataset, height: float, width: float) -> None:
    """Draw an interval with its estimate at a height."""
    ends = [float(held["lower"]), float(held["upper"])]
    axes.plot(ends, [height, height], color=INFERRED, linewidth=width)
    axes.plot(float(held["estimate"]), height, "|", color="black", markersize=5)


def _draw_paths(axes: Axes, first: pd.DataFrame, base: int) -> None:
    """Draw first over last of a body's paths under its line, equal ones stacked.

    An incident without dead has nothing to find and no mark.
    """
    first = first[first["last"] > 0]
    told = first.assign(ratio=first["first"] / first["last"]).sort_values("last")
    stacked = told.groupby(told["ratio"].round(2)).cumcount()
    axes.scatter(
        told["ratio"],
        base - 0.15 - 0.022 * stacked,
        s=2.5 + 0.35 * told["last"],
        c=[MARKS[str(course)] for course in told["course"]],
        alpha=0.75,
        linewidths=0,
    )


def _add_legend(figure: Figure, level: float, courses: set[str]) -> None:
    """Explain marks and curves under the axes."""
    entries: dict[str, Any] = {
        f"reported: {course}": Line2D([], [], color=color, marker="o", linestyle="none")
        for course, color in MARKS.items()
        if course in courses
    }
    entries["prior"] = Line2D([], [], color=FAINT, linestyle=":")
    entries["posterior of the mean share"] = Patch(
        facecolor=INFERRED, alpha=0.4, edgecolor=INFERRED
    )
    entries[f"its median and {level:.0%} interval"] = Line2D(
        [], [], color=INFERRED, linewidth=2.2
    )
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=2
    )

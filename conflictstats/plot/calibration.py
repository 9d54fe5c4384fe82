"""Calibration studies: do intervals hold as often as they say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from conflictstats.errors import SettingError
from conflictstats.plot.style import FAINT, OKABE_ITO, new_figure, plain, styled

ROW = 3.2
"""Height of one row of the coverage figure, mm."""
ACROSS = 5


@styled
def plot_ecdf_difference(curves: Mapping[str, xr.Dataset]) -> Figure:
    """Draw curves of ranks less the uniform law, each in its simultaneous band.

    Parameters
    ----------
    curves : mapping of str to Dataset
        By name, from :func:`conflictstats.evaluate.ecdf_difference`.

    Returns
    -------
    Figure
        One small panel a curve, five in a row; 89 mm wide for one curve, else 183.

    Raises
    ------
    SettingError
        If there is no curve.

    Examples
    --------
    >>> from conflictstats.evaluate import ecdf_difference
    >>> curve = ecdf_difference(np.repeat(np.arange(100), 5), 99)
    >>> plot_ecdf_difference({"exact counts": curve}).axes[0].get_title(loc="left")
    'exact counts'
    """
    if not curves:
        raise SettingError("there is no curve to draw")
    columns = min(len(curves), ACROSS)
    rows = -(-len(curves) // columns)
    figure = new_figure("single" if columns == 1 else "double", 10 + 30 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, (name, curve) in zip(grid.flat, curves.items(), strict=False):
        z = curve["z"].values
        ends = curve["lower"].values, curve["upper"].values
        axes.fill_between(z, *ends, color=OKABE_ITO["blue"], alpha=0.22, linewidth=0)
        inside = (curve["difference"] >= ends[0]) & (curve["difference"] <= ends[1])
        color = FAINT if inside.all() else OKABE_ITO["vermillion"]
        axes.plot(z, curve["difference"].values, color=color)
        axes.axhline(0, color=OKABE_ITO["blue"], linewidth=0.6)
        axes.set_title(plain(name), fontsize=6)
    for axes in grid.flat[len(curves) :]:
        axes.set_visible(False)
    figure.supxlabel("rank of the truth among the draws")
    figure.supylabel("distribution less uniform")
    return figure


@styled
def plot_coverage(
    table: pd.DataFrame,
    *,
    panels: Mapping[str, Mapping[str, str]] | None = None,
    level: float = 0.9,
) -> Figure:
    """Draw the coverage of every cell of a study, one row a cell, one mark a quantity.

    The band is that of :func:`conflictstats.evaluate.coverage_band` for the cell with
    the fewest ranks; a mark whose row does not pass is an orange cross.

    Parameters
    ----------
    table : DataFrame
        From :func:`conflictstats.evaluate.calibration_table`; rows of strata are left
        out.
    panels : mapping of str to mapping, optional
        By the title of a panel, the label of each of its cells; by default one panel
        has all of them. Cells that are not in the table are left out.
    level : float
        What the intervals claim.

    Returns
    -------
    Figure
        89 mm wide for one panel, else 183, with panels in two columns.

    Examples
    --------
    >>> from conflictstats.evaluate import calibration_table
    >>> ranks = np.random.default_rng(1).integers(0, 400, 200)
    >>> table = calibration_table({"a": pd.DataFrame({"rank_mean": ranks})}, 399)
    >>> figure = plot_coverage(table)
    >>> figure.get_supxlabel(), figure.axes[0].get_yticklabels()[0].get_text()
    ('coverage of 90% intervals', 'a')
    """
    whole = table[table["stratum"] == "all"]
    cells = list(dict.fromkeys(whole["cell"]))
    asked = panels or {"": {cell: cell for cell in cells}}
    shown = {
        title: {cell: label for cell, label in labels.items() if cell in cells}
        for title, labels in asked.items()
    }
    columns = _columns({t: len(labels) for t, labels in shown.items() if labels})
    tallest = max(sum(counts.values()) + 3 * len(counts) for counts in columns)
    alone = len(columns) == 1
    figure = new_figure("single" if alone else "double", 14 + ROW * tallest)
    grid = figure.add_gridspec(1, len(columns))
    for column, counts in enumerate(columns):
        tall = [count + 1.0 for count in counts.values()]
        spare = tallest - sum(tall) - 2 * len(tall)
        inside = grid[column].subgridspec(
            len(tall) + 1, 1, height_ratios=[*tall, max(spare, 1e-3)]
        )
        for row, title in enumerate(counts):
            axes = figure.add_subplot(inside[row])
            _draw_coverage(axes, whole, shown[title], level)
            axes.set_title(plain(title), fontsize=7)
    figure.supxlabel(f"coverage of {level:.0%} intervals")
    return figure


def _columns(counts: dict[str, int]) -> list[dict[str, int]]:
    """Panels with their numbers of rows, in one column or two of about one height."""
    if len(counts) == 1:
        return [counts]
    total = sum(counts.values())
    first: dict[str, int] = {}
    rest = dict(counts)
    while rest:
        title = next(iter(rest))
        if first and sum(first.values()) + rest[title] / 2 > total / 2:
            break
        first[title] = rest.pop(title)
    return [first, rest] if rest else [first]


def _draw_coverage(
    axes: Axes, whole: pd.DataFrame, labels: Mapping[str, str], level: float
) -> None:
    """Draw the cells of one panel."""
    here = whole[whole["cell"].isin(list(labels))]
    band = whole.iloc[int(whole["n"].argmin())]
    axes.axvspan(band["lower"], band["upper"], color="#e6e6e6", linewidth=0)
    axes.axvline(level, color=OKABE_ITO["blue"], linewidth=0.8)
    row: NDArray[np.int64] = here["cell"].map(list(labels).index).to_numpy()
    for passes, marker, color in ((True, "o", FAINT), (False, "x", "#D55E00")):
        some = (here["passes"] == passes).to_numpy()
        axes.plot(here["coverage"][some], row[some], marker, color=color, alpha=0.8)
    axes.set_yticks(range(len(labels)), [plain(label) for label in labels.values()])
    outer = whole["coverage"].min(), whole["coverage"].max()
    ends = min(*outer, band["lower"]) - 0.01, max(*outer, band["upper"]) + 0.01
    axes.set(ylim=(len(labels) - 0.4, -0.6), xlim=ends)
    axes.grid(axis="y")

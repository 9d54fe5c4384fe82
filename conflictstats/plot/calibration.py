"""Calibration studies: do intervals hold as often as they say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
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
def plot_coverage(table: pd.DataFrame, *, level: float = 0.9) -> Figure:
    """Draw the coverage of every cell of a study, one row a cell, one mark a quantity.

    The band is that of :func:`conflictstats.evaluate.coverage_band` for the cell with
    the fewest ranks; a mark whose row does not pass is an orange cross.

    Parameters
    ----------
    table : DataFrame
        From :func:`conflictstats.evaluate.calibration_table`; rows of strata are left
        out.
    level : float
        What the intervals claim.

    Returns
    -------
    Figure
        89 mm wide.

    Examples
    --------
    >>> from conflictstats.evaluate import calibration_table
    >>> ranks = np.random.default_rng(1).integers(0, 400, 200)
    >>> table = calibration_table({"a": pd.DataFrame({"rank_mean": ranks})}, 399)
    >>> plot_coverage(table).axes[0].get_xlabel()
    'coverage of 90% intervals'
    """
    whole = table[table["stratum"] == "all"]
    cells = list(dict.fromkeys(whole["cell"]))
    row: NDArray[np.int64] = whole["cell"].map(cells.index).to_numpy()
    figure = new_figure("single", 22 + ROW * len(cells))
    axes = figure.subplots()
    band = whole.iloc[int(whole["n"].argmin())]
    axes.axvspan(band["lower"], band["upper"], color="#e6e6e6", linewidth=0)
    axes.axvline(level, color=OKABE_ITO["blue"], linewidth=0.8)
    for passes, marker, color in ((True, "o", FAINT), (False, "x", "#D55E00")):
        here = (whole["passes"] == passes).to_numpy()
        axes.plot(whole["coverage"][here], row[here], marker, color=color, alpha=0.8)
    axes.set_yticks(range(len(cells)), [plain(cell) for cell in cells])
    axes.set(ylim=(len(cells) - 0.4, -0.6), xlabel=f"coverage of {level:.0%} intervals")
    axes.grid(axis="y")
    return figure

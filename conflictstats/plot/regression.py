"""What the reading of reports does to a regression."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from conflictstats import _check
from conflictstats.errors import SettingError
from conflictstats.plot.style import FAINT, OKABE_ITO, new_figure, plain, styled

MOST_PARAMS = 12
COLOURS = [OKABE_ITO[name] for name in ("vermillion", "green", "purple", "orange")]


@styled
def plot_mechanism_sensitivity(
    curve: xr.Dataset, params: list[str] | None = None
) -> Figure:
    """Draw estimates over the share found, and beside them the other readings.

    The curve is that of ``confirmed`` with its confidence band; a reading without a
    share found is a line at its estimate, dashed, with its interval at the right edge.

    Parameters
    ----------
    curve : Dataset, dims (case, param) or (case, place)
        From :meth:`conflictstats.CountRegression.mechanism_sensitivity` or
        :meth:`conflictstats.DynamicRate.mechanism_sensitivity`.
    params : list of str, optional
        Parameters, or places, to draw; by default the first twelve.

    Returns
    -------
    Figure
        One panel a parameter; 183 mm wide, 89 mm where there is one.

    Raises
    ------
    DimensionError
        If ``curve`` has no cases or parameters.
    SettingError
        If there is no such parameter, or more than twelve.

    Examples
    --------
    >>> import pandas as pd
    >>> from conflictstats.models.regression import CountRegression
    >>> reports = pd.DataFrame({"low": [3.0, 5.0, 9.0], "high": [3.0, np.inf, np.inf]})
    >>> reports["how"] = ["exact", "at_least", "at_least"]
    >>> model = CountRegression(formula="reported(low, high, how) ~ 1")
    >>> figure = plot_mechanism_sensitivity(model.mechanism_sensitivity(reports))
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['Intercept', 'dispersion']
    """
    if "place" in curve.dims:
        curve = curve.rename(place="param")
    _check.has_dims(curve.dims, "case", "param", what="curve")
    unit = curve.attrs.get("units", "estimate")
    names = curve["param"].values.tolist()[:MOST_PARAMS] if params is None else params
    unknown = [name for name in names if name not in curve["param"]]
    if unknown or len(names) > MOST_PARAMS:
        known = ", ".join(map(str, curve["param"].values))
        raise SettingError(
            f"params must be at most {MOST_PARAMS} of {known}; got {', '.join(names)}"
        )
    columns = min(len(names), 3)
    rows = -(-len(names) // columns)
    figure = new_figure(
        "single" if len(names) == 1 else "double", height=12 + 42 * rows
    )
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        _draw(axes, curve.sel(param=name))
        axes.set_title(plain(name))
    for axes in grid[len(names) :]:
        axes.remove()
    entries = grid[0].get_legend_handles_labels()
    figure.legend(*entries, loc="outside upper right", ncols=len(entries[0]))
    figure.supxlabel("share of deaths that a confirmed number counts (assumed)")
    figure.supylabel(unit)
    return figure


def _draw(axes: Axes, curve: xr.Dataset) -> None:
    """One parameter under every reading."""
    shared = np.isfinite(curve["found"].values)
    confirmed = curve.isel(case=shared).sortby("found")
    colour = OKABE_ITO["blue"]
    if confirmed.sizes["case"]:
        found = confirmed["found"].values
        lower, upper = confirmed["lower"].values, confirmed["upper"].values
        axes.fill_between(found, lower, upper, color=colour, alpha=0.2, lw=0)
        axes.plot(found, confirmed["estimate"].values, color=colour, label="confirmed")
    right = axes.get_xlim()[1]
    others = curve.isel(case=~shared)
    for i, shade in zip(range(others.sizes["case"]), COLOURS, strict=False):
        one = others.isel(case=i)
        label = str(one["mechanism"].item())
        axes.axhline(float(one["estimate"]), color=shade, ls="--", label=label)
        ends = [float(one["lower"]), float(one["upper"])]
        axes.plot([right + 0.03 * (i + 1)] * 2, ends, color=shade, clip_on=False)
    axes.tick_params(color=FAINT)

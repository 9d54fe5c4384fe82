"""Which side killed: bounds, the model beside them, and the incidents in dispute."""

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from conflictstats.errors import SettingError
from conflictstats.models.attribution import AttributionBoundsFit, AttributionShareFit
from conflictstats.plot.style import FAINT, INK, OKABE_ITO, new_figure, plain, styled

COLORS = (OKABE_ITO["orange"], OKABE_ITO["green"])
INFERRED = OKABE_ITO["blue"]
TITLES = {"incidents": "share of incidents", "deaths": "share of their dead"}
LINE_MM = 3.1
LETTERS = 148
LONGEST = 400


@styled
def plot_attribution(
    bounds: Mapping[str, AttributionBoundsFit],
    share: AttributionShareFit,
    *,
    level: float = 0.9,
    disputes: int = 8,
) -> Figure:
    """Draw the bounds of each side, a model beside them, and who disputes what.

    A box goes from what is certain to what is possible; the whiskers are its
    Imbens-Manski interval. The point and bar beneath are the model's, which may be
    narrower because it assumes that open incidents are like the others.

    Parameters
    ----------
    bounds : mapping of str to AttributionBoundsFit
        How the claims were read to its bounds, one or two, of the same incidents.
    share : AttributionShareFit
        Fitted to the incidents of the first of the bounds.
    level : float
        Coverage of the whiskers and probability inside the bars.
    disputes : int
        Disputed incidents that are listed, those with most dead first.

    Returns
    -------
    Figure
        Panels for incidents and their dead, and the list; 183 mm wide.

    Raises
    ------
    SettingError
        If there are no bounds, more than two, or their sides differ.

    Examples
    --------
    >>> from conflictstats.models.attribution import AttributionBounds, AttributionShare
    >>> from conflictstats.panel import incidents_of_claims
    >>> claims = pd.DataFrame(
    ...     {"event": [*"abc"], "deaths": [6, 2, 2], "stance": "names",
    ...      "sides": ["army", "army", "army or militia"], "by": "SOHR"}
    ... )
    >>> rng = np.random.default_rng(1)
    >>> found = incidents_of_claims(claims)
    >>> fit = AttributionBounds(replicates=100).fit(found, rng=rng)
    >>> model = AttributionShare(draws=100).fit(found, rng=rng)
    >>> figure = plot_attribution({"as claimed": fit}, model)
    >>> box = figure.axes[1].patches[0]
    >>> [round(float(at), 2) for at in (box.get_x(), box.get_x() + box.get_width())]
    [0.8, 1.0]
    """
    fits = list(bounds.values())
    if not 0 < len(fits) <= len(COLORS):
        raise SettingError(f"bounds must be one or two fits, got {len(fits)}")
    sides = [str(side) for side in fits[0].totals["side"].values]
    if any(list(fit.totals["side"].values) != sides for fit in fits):
        raise SettingError("the bounds have different sides; name them in sides=")
    listed = _listed(fits[0].disputed, disputes)
    height = 26 + (5 + 5 * len(fits)) * len(sides)
    figure = new_figure("double", height + LINE_MM * len(listed) + 4)
    ratios = [height, LINE_MM * len(listed) + 4]
    halves = figure.subfigures(2, 1, height_ratios=ratios, squeeze=False)
    upper, lower = halves.ravel()
    panels = upper.subplots(1, 2, sharey=True)
    for axes, unit in zip(panels, TITLES, strict=True):
        for row, fit in enumerate(fits):
            ends = fit.bounds.sel(unit=unit), fit.conf_int(level).sel(unit=unit)
            _draw_bounds(axes, ends, row / (len(fits) + 1), COLORS[row])
        estimate = share.conf_int(level).sel(unit=unit, side=sides)
        _draw_model(axes, estimate, len(fits) / (len(fits) + 1))
        axes.set(title=TITLES[unit], xlim=(-0.01, 1.01))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        axes.grid(axis="x")
    panels[0].set_yticks(
        np.arange(len(sides)) + 0.5 * len(fits) / (len(fits) + 1),
        [plain(side) for side in sides],
    )
    panels[0].set_ylim(len(sides) - 0.1, -0.4)
    _add_legend(upper, list(bounds), level)
    _write(lower, listed)
    return figure


def _draw_bounds(
    axes: Axes, ends: tuple[xr.Dataset, xr.Dataset], offset: float, color: str
) -> None:
    """Draw boxes from certain to possible, with their interval as whiskers."""
    bounds, around = ends
    y = np.arange(bounds.sizes["side"]) + offset
    axes.hlines(
        y, around["lower"].values, around["upper"].values, color=color, linewidth=0.9
    )
    axes.barh(
        y,
        bounds["upper"].values - bounds["lower"].values,
        left=bounds["lower"].values,
        height=0.2,
        facecolor=(color, 0.3),
        edgecolor=color,
        linewidth=0.9,
    )


def _draw_model(axes: Axes, estimate: xr.Dataset, offset: float) -> None:
    """Draw points with bars for what is inferred."""
    y = np.arange(estimate.sizes["side"]) + offset
    ends = estimate["lower"].values, estimate["upper"].values
    axes.hlines(y, *ends, color=INFERRED, linewidth=1.8)
    axes.plot(estimate["estimate"].values, y, "o", color=INFERRED, markersize=3.5)


def _add_legend(figure: Figure, names: list[str], level: float) -> None:
    """Explain boxes, whiskers and bars under the panels."""
    entries: dict[str, Any] = {
        f"certain to possible: {plain(name)}": Patch(
            facecolor=(color, 0.3), edgecolor=color
        )
        for name, color in zip(names, COLORS, strict=False)
    }
    entries[f"their {level:.0%} Imbens-Manski interval"] = Line2D(
        [], [], color=COLORS[0], linewidth=0.9
    )
    entries[f"estimate, were open incidents like the others; {level:.0%}"] = Line2D(
        [], [], color=INFERRED, linewidth=1.8, marker="o", markersize=3.5
    )
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=2
    )


def _listed(disputed: pd.DataFrame, most: int) -> list[tuple[str, bool]]:
    """Lines of the list, and whether each is a head."""
    shown = disputed.nlargest(most, "deaths")
    lines = []
    if len(shown):
        count = f"{len(shown)} of {len(disputed)}" if len(shown) < len(disputed) else ""
        lines.append((f"Disputed incidents {count}".rstrip(), True))
    for row in shown.itertuples():
        said = textwrap.shorten(f"{row.says}", LONGEST, placeholder=" ...")
        told = f"{row.incident} ({row.deaths:,.0f} dead). {said}"
        wrapped = textwrap.wrap(told, LETTERS, subsequent_indent="    ")
        lines += [(line, False) for line in wrapped]
    return lines


def _write(figure: Figure, lines: list[tuple[str, bool]]) -> None:
    """Write the list of disputed incidents from the top down."""
    for at, (line, is_head) in enumerate(lines):
        figure.text(
            0.01,
            1 - (at + 0.5) / max(len(lines), 1),
            plain(line),
            fontsize=6 if not is_head else 7,
            weight="bold" if is_head else "normal",
            color=INK if not is_head else FAINT,
            va="center",
        )

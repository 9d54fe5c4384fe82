"""Bounds, sensitivity and model of a share of the dead, side by side."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from conflictstats._typing import FloatArray
from conflictstats.models.civilian_share import CompositionFit
from conflictstats.plot.share import TITLES
from conflictstats.plot.style import (
    FAINT,
    INK,
    OKABE_ITO,
    draw_estimate,
    new_figure,
    plain,
    styled,
)

BOUNDS, SWEPT, MODEL = (OKABE_ITO[name] for name in ("sky", "black", "vermillion"))
ABOVE, BELOW = -0.22, 0.22
"""Where the lines of sensitivity and model stand within a place's row."""
TICKS = {1 / 16: "1/16", 1 / 4: "1/4", 1.0: "1", 4.0: "4", 16.0: "16"}


@styled
def plot_composition(fit: CompositionFit, *, claim: float = 0.5) -> Figure:
    r"""Draw what can be said of a share with no, with one and with many assumptions.

    On the left, one row a place: a box from the lower to the upper bound, with the
    interval around them; dots for the share at fixed odds ratios :math:`\psi`; and the
    model's interval, with a point unless one is refused. On the right, all places
    together: the model's share as a function of :math:`\psi`, between the two bounds.

    Parameters
    ----------
    fit : CompositionFit
        Of one or several places.
    claim : float
        Share to compare with, 0 to 1.

    Returns
    -------
    Figure
        Two panels, 183 mm wide.

    Examples
    --------
    >>> from conflictstats.models.civilian_share import Composition
    >>> days = pd.date_range("2019-01-15", periods=4, freq="30D")
    >>> counts = {"deaths_civilians": 2, "deaths_government": 0, "deaths_nonstate": 1}
    >>> counts |= {"deaths_unknown": 1, "low": 4, "best": 4, "high": 4}
    >>> events = pd.DataFrame({"date_start": days, "date_end": days}).assign(**counts)
    >>> model = Composition(denominator="all", draws=50, replicates=20)
    >>> figure = plot_composition(model.fit(events, rng=np.random.default_rng(1)))
    >>> box = figure.axes[0].patches[0]
    >>> float(box.get_x()), float(box.get_x() + box.get_width())
    (0.5, 0.75)
    """
    frame = fit.to_frame()
    places = list(dict.fromkeys(frame["place"]))
    figure = new_figure("double", 46 + 9 * len(places))
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for row, place in enumerate(places):
        _draw_levels(left, row, frame[frame["place"] == place].set_index("basis"))
    left.set_yticks(range(len(places)), [plain(place) for place in places])
    left.set_ylim(len(places) - 0.4, -0.6)
    left.axvline(claim, color=INK, linewidth=0.7, linestyle=(0, (4, 2)))
    left.set_xlim(-0.02, 1.02)
    left.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    left.set_xlabel("share of civilians")
    left.set_title(TITLES[str(fit.model.denominator)])
    _draw_curve(right, fit, claim)
    _explain(figure, fit, frame)
    return figure


def _draw_levels(axes: Axes, row: int, levels: pd.DataFrame) -> None:
    """Draw the three levels of one place around the height of its row."""
    bounds, around, model = (levels.loc[n] for n in ("bounds", "interval", "model"))
    axes.barh(
        row,
        bounds["upper"] - bounds["lower"],
        left=bounds["lower"],
        height=0.84,
        facecolor=(BOUNDS, 0.3),
        edgecolor=BOUNDS,
        linewidth=0.9,
    )
    axes.plot([around["lower"], around["upper"]], [row, row], color=BOUNDS, zorder=1)
    swept = levels.loc[["odds ratio"], "estimate"].to_numpy(float)
    axes.plot(swept, np.full(swept.size, row + ABOVE), "o-", color=SWEPT, linewidth=0.6)
    ends = [model["lower"], model["upper"]]
    axes.plot(ends, [row + BELOW] * 2, color=MODEL)
    axes.plot(model["estimate"], row + BELOW, "D", color=MODEL)


def _draw_curve(axes: Axes, fit: CompositionFit, claim: float) -> None:
    """Draw the model's share of all places together as a function of the odds ratio."""
    ratios = fit.curve["odds_ratio"].values
    inside = (ratios > 0) & np.isfinite(ratios)
    curve = fit.curve.isel(odds_ratio=inside)
    lines = [curve[end].values for end in ("estimate", "lower", "upper")]
    log_ratio = np.log2(ratios[inside])
    draw_estimate(axes, log_ratio, (lines[0], lines[1], lines[2]), color=MODEL)
    for bound in fit.params.values:
        axes.axhline(bound, color=BOUNDS, linewidth=0.9)
    axes.axhline(claim, color=INK, linewidth=0.7, linestyle=(0, (4, 2)))
    axes.set_xticks([float(np.log2(ratio)) for ratio in TICKS], [*TICKS.values()])
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.set_ylim(*_around(fit.params.values))
    axes.set_xlabel("odds ratio of an unknown against a known one")
    axes.set_title("all places, by the assumption")
    axes.tick_params(axis="y", color=FAINT)


def _around(bounds: FloatArray) -> tuple[float, float]:
    """Limits that hold both bounds with room to spare."""
    room = 0.15 * (bounds.max() - bounds.min()) + 0.01
    return max(bounds.min() - room, -0.02), min(bounds.max() + room, 1.02)


def _explain(figure: Figure, fit: CompositionFit, frame: pd.DataFrame) -> None:
    """Say under both panels what each level assumes."""
    level, prior = f"{fit.model.level:.0%}", fit.model.odds_ratio_sd
    low, high = frame["odds_ratio"].min(), frame["odds_ratio"].max()
    odds = f"{fit.model.odds_ratio:g}" + f", log sd {prior:g}" * bool(prior)
    box = Patch(facecolor=(BOUNDS, 0.3), edgecolor=BOUNDS, linewidth=0.9)
    entries = {
        f"bounds: nothing assumed (whisker: {level} confidence interval)": box,
        f"odds ratio fixed, {low:g} to {high:g}": Line2D(
            [], [], color=SWEPT, marker="o", linewidth=0.6
        ),
        f"model: odds ratio {odds} ({level} credible interval)": Line2D(
            [], [], color=MODEL, marker="D"
        ),
    }
    figure.legend([*entries.values()], [*entries], loc="outside lower center", ncols=1)

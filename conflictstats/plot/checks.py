"""Predictive checks: what was observed beside what the fit predicts."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from conflictstats import _check
from conflictstats.evaluate.checks import FitCheck
from conflictstats.plot.style import FAINT, OKABE_ITO, new_figure, styled

OBSERVED, PREDICTED = FAINT, OKABE_ITO["blue"]
BAND: dict[str, Any] = {"color": PREDICTED, "alpha": 0.22, "linewidth": 0}
MOST_TICKS = 8


@styled
def plot_pit(check: FitCheck) -> Figure:
    """Draw the histogram of probability integral transforms of a check.

    Bars at one are right. The band holds all bars at once with the level of the check.

    Parameters
    ----------
    check : FitCheck
        From :func:`conflictstats.evaluate.check_fit`.

    Returns
    -------
    Figure
        89 mm wide.

    Examples
    --------
    >>> from conflictstats.evaluate import check_fit
    >>> from conflictstats.models.rates import DynamicRate
    >>> from conflictstats.simulate.counts import random_walk_counts
    >>> rng = np.random.default_rng(1)
    >>> counts = random_walk_counts(30, rng=rng)
    >>> check = check_fit(DynamicRate().fit(counts, rng=rng), counts, rng=rng)
    >>> plot_pit(check).axes[0].get_ylabel()
    'density of reports'
    """
    pit = check.pit
    figure = new_figure("single", 50)
    axes = figure.subplots()
    edges = np.append(pit["left"].values, pit["right"].values[-1])
    axes.stairs(
        pit["upper"].values, edges, baseline=pit["lower"].values, fill=True, **BAND
    )
    axes.axhline(1, color=PREDICTED, linewidth=0.8)
    axes.stairs(pit["height"].values, edges, color=OBSERVED, linewidth=1.1)
    top = max(float(pit["upper"].max()), float(pit["height"].max()))
    axes.set(xlim=(0, 1), ylim=(0, 1.1 * top), ylabel="density of reports")
    axes.set_xlabel("place of the report among its predictions")
    _say(
        axes,
        f"{check.level:.0%} band of all bars together, {pit.attrs['nobs']} reports",
    )
    return figure


@styled
def plot_rootogram(
    check: FitCheck, *, kind: Literal["hanging", "suspended"] = "hanging"
) -> Figure:
    """Draw how often each count was observed, hung from how often it is predicted.

    On the square-root scale of [1]_ bars hang from the prediction; where they end away
    from zero the count is too rare (above) or too frequent (below). Suspended, only the
    differences are drawn. The band is for each bar by itself.

    Parameters
    ----------
    check : FitCheck
        From :func:`conflictstats.evaluate.check_fit`.
    kind : {"hanging", "suspended"}
        What is drawn.

    Returns
    -------
    Figure
        89 mm wide.

    Raises
    ------
    SettingError
        If ``kind`` is not one of the two words.

    References
    ----------
    .. [1] Kleiber, C. and Zeileis, A. (2016). Visualizing count data regressions using
       rootograms. *The American Statistician* 70, 296-303.
       https://doi.org/10.1080/00031305.2016.1173590

    Examples
    --------
    >>> from conflictstats.evaluate import check_fit
    >>> from conflictstats.models.rates import DynamicRate
    >>> from conflictstats.simulate.counts import random_walk_counts
    >>> rng = np.random.default_rng(1)
    >>> counts = random_walk_counts(30, rng=rng)
    >>> check = check_fit(DynamicRate().fit(counts, rng=rng), counts, rng=rng)
    >>> plot_rootogram(check).axes[0].get_xlabel()
    'deaths of a cell, from this count to the next'
    """
    _check.one_of(kind, ("hanging", "suspended"), "kind")
    root = np.sqrt(check.rootogram[["observed", "expected", "lower", "upper"]])
    observed, expected, lower, upper = (root[name].values for name in root)
    at = np.arange(observed.size)
    figure = new_figure("single", 55)
    axes = figure.subplots()
    ends = np.array([expected - upper, expected - lower])
    edges = np.append(at - 0.5, at[-1] + 0.5)
    axes.stairs(ends[1], edges, baseline=ends[0], fill=True, **BAND)
    axes.axhline(0, color=PREDICTED, linewidth=0.8)
    if kind == "hanging":
        axes.bar(at, -observed, bottom=expected, width=0.8, color=OBSERVED)
        axes.plot(at, expected, "o-", color=PREDICTED, markersize=2)
    else:
        axes.bar(at, expected - observed, width=0.8, color=OBSERVED)
    top = max(float(expected.max()), float(ends[1].max()))
    least = min(float(ends[0].min()), float((expected - observed).min()))
    axes.set(ylim=(1.05 * least, 1.05 * top), ylabel="cells (square root)")
    first = check.rootogram["first"].values
    ticks = at[:: -(-at.size // MOST_TICKS)]
    axes.set_xticks(ticks, [f"{first[i]:,.0f}" for i in ticks])
    axes.set_xlabel("deaths of a cell, from this count to the next")
    _say(axes, f"{check.level:.0%} band of each bar, {check.nobs} cells")
    return figure


def _say(axes: Axes, words: str) -> None:
    """Write above the axes what its band is."""
    axes.set_title(words, fontsize=6.5, fontweight="normal")

"""How often bounds and a point for the unknown are right, by what the unknown were."""

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter

from conflictstats.plot.style import INK, OKABE_ITO, new_figure, styled

LOOKS = {
    "bounds": ("bounds", OKABE_ITO["blue"], "o"),
    "interval": ("interval around the bounds", OKABE_ITO["green"], "s"),
    "ignorable": ("unknown taken for like the known", OKABE_ITO["vermillion"], "^"),
}


@styled
def plot_lost_status(study: xr.Dataset) -> Figure:
    """Draw what becomes of three answers when the unknown are not like the known.

    Left the mean ends of each answer beside the true share, right how often each is
    right beside the nominal level.

    Parameters
    ----------
    study : Dataset, dims (odds_ratio, answer)
        What :func:`conflictstats.evaluate.lost_status.lost_status_study` gave.

    Returns
    -------
    Figure
        Two panels, 183 mm wide.

    Examples
    --------
    >>> from conflictstats.evaluate.lost_status import lost_status_study
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> study = lost_status_study([1.0, 4.0], rng=rng, replicates=3)
    >>> figure = plot_lost_status(study)
    >>> figure.axes[1].lines[0].get_ydata().tolist()
    [1.0, 1.0]
    """
    figure = new_figure("double", 72)
    ends, covered = figure.subplots(1, 2)
    ratios = study["odds_ratio"].values
    for shift, (name, (said, color, marker)) in enumerate(LOOKS.items()):
        at = ratios * 1.08 ** (shift - 1)
        of = study.sel(answer=name)
        ends.vlines(at, of["lower"], of["upper"], color=color, linewidth=2.2)
        covered.plot(at, of["coverage"].values, color=color, marker=marker, label=said)
    for axes, name, said, dashes in (
        (ends, "share", "true share", (4, 2)),
        (covered, "level", "nominal level", (1, 2)),
    ):
        line = {"color": INK, "linewidth": 0.8, "linestyle": (0, dashes)}
        axes.axhline(study.attrs[name], label=said, **line)
    ends.set_ylabel("share of civilians, mean ends")
    covered.set_ylabel("simulations that hold the truth")
    for axes in (ends, covered):
        axes.set_ylim(-0.03, 1.03)
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        axes.set_xscale("log")
        axes.set_xticks(ratios)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:g}"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("odds of being a civilian, unknown against known")
    figure.legend(loc="outside lower center", ncols=3)
    return figure

"""One look for every figure: sizes, colours, reported values against inferred ones.

Reported values are markers with whiskers, inferred ones are lines with bands, in every
figure. Nothing here changes matplotlib's settings for anybody else: a figure gets its
look from :func:`styled`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, ParamSpec

import matplotlib.style
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path
from numpy.typing import ArrayLike

from conflictstats import _check

P = ParamSpec("P")

MM_PER_INCH = 25.4
WIDTHS = {"single": 89.0, "double": 183.0}
"""Widths of one and two journal columns, mm."""

OKABE_ITO = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "black": "#000000",
}
"""Colours told apart by readers with any kind of colour vision (Okabe and Ito 2008)."""

INK = "#222222"
FAINT = "#8a8a8a"

UPWARDS = Path([(0, 0), (0, 1), (-0.25, 0.7), (0, 1), (0.25, 0.7)], [1, 2, 1, 2, 2])
"""An arrow that starts at the point: nothing was said about how high."""

STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7,
    "axes.titlesize": 7.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "figure.titlesize": 8,
    "figure.labelsize": 7,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.1,
    "lines.markersize": 2.6,
    "patch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "axes.prop_cycle": cycler(color=list(OKABE_ITO.values())),
    "image.cmap": "cividis",
    "date.converter": "concise",
    "figure.dpi": 120,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
    "text.usetex": False,
}
"""The matplotlib settings of every figure, over matplotlib's own defaults."""


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a plotting function draw in the house style, whatever the user has set.

    Parameters
    ----------
    draw : callable
        A function that returns a Figure.

    Returns
    -------
    callable
        The same function; global settings are as before after each call.

    Examples
    --------
    >>> @styled
    ... def plot_counts(counts):
    ...     figure = new_figure("single", 40)
    ...     figure.subplots().plot(counts, "o")
    ...     return figure
    >>> before = matplotlib.rcParams["font.size"]
    >>> figure = plot_counts([3, 1, 2])
    >>> figure.axes[0].xaxis.get_ticklabels()[0].get_fontsize()
    7.0
    >>> matplotlib.rcParams["font.size"] == before
    True
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib.style.context(["default", STYLE]):
            figure = draw(*args, **kwargs)
            for axes in figure.axes:
                _fix_ticks(axes)
        return figure

    return drawn


def new_figure(
    width: Literal["single", "double"] = "double", height: float = 60.0
) -> Figure:
    """Open an empty figure as wide as one or two journal columns.

    It belongs to no window and no pyplot state: a notebook shows it, or it is written
    by :func:`conflictstats.report.save_figure`.

    Parameters
    ----------
    width : {"single", "double"}
        89 mm or 183 mm.
    height : float
        Height, mm.

    Returns
    -------
    Figure
        Without axes; call its ``subplots``.

    Raises
    ------
    SettingError
        If ``width`` is not one of the two words.

    Examples
    --------
    >>> (new_figure("single", height=50).get_size_inches() * 25.4).round(1).tolist()
    [89.0, 50.0]
    """
    across = WIDTHS[_check.one_of(width, WIDTHS, "width")]
    size = (across / MM_PER_INCH, height / MM_PER_INCH)
    return Figure(figsize=size, layout="constrained")


def plain(text: str) -> str:
    r"""Make text that came from data safe to hand to matplotlib.

    A ``$`` would otherwise start mathematics (and a second one that is not valid TeX
    stops the drawing); control characters become spaces.

    Parameters
    ----------
    text : str
        A place, an actor, anything that was not typed in the code.

    Returns
    -------
    str
        For titles, labels, legends and ticks; drawn letter by letter as ``text`` is.

    Examples
    --------
    >>> print(plain("Rue $ant_^$"))
    Rue \$ant_^\$
    """
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable.replace("$", r"\$")


def draw_reported(
    axes: Axes,
    x: ArrayLike,
    bounds: tuple[ArrayLike, ArrayLike, ArrayLike],
    *,
    color: str = FAINT,
    marker: str = "o",
    label: str | None = None,
) -> None:
    """Draw what was reported: a marker at the best figure, a whisker from low to high.

    A whisker without an upper end (``high`` infinite) gets an arrow in place of it.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    x : array_like, shape (n,)
        Dates or numbers.
    bounds : tuple of array_like, each of shape (n,)
        ``low``, ``best`` and ``high``; NaN in ``best`` draws the whisker alone.
    color : str
        Colour of markers and whiskers.
    marker : str
        Marker of the best figure.
    label : str, optional
        Entry of the legend; passed through :func:`plain`.
    """
    where = np.asarray(x)
    low, best, high = (np.asarray(b, dtype=float) for b in bounds)
    open_ended = np.isposinf(high)
    top = np.where(open_ended, np.fmax(low, best), high)
    axes.vlines(where, low, top, color=color, linewidth=0.8, alpha=0.7)
    axes.plot(
        where[open_ended],
        top[open_ended],
        linestyle="none",
        marker=UPWARDS,
        markersize=14,
        markerfacecolor="none",
        markeredgewidth=0.8,
        color=color,
        alpha=0.7,
    )
    name = None if label is None else plain(label)
    axes.plot(where, best, marker, color=color, markeredgewidth=0, label=name)


def draw_estimate(
    axes: Axes,
    x: ArrayLike,
    band: tuple[ArrayLike, ArrayLike, ArrayLike],
    *,
    color: str = OKABE_ITO["blue"],
    label: str | None = None,
) -> None:
    """Draw what is inferred: a line at the estimate in a band from lower to upper.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    x : array_like, shape (n,)
        Dates or numbers, in order.
    band : tuple of array_like, each of shape (n,)
        ``estimate``, ``lower`` and ``upper``; NaN leaves a gap.
    color : str
        Colour of the line; the band is the same, lighter.
    label : str, optional
        Entry of the legend; passed through :func:`plain`.
    """
    estimate, lower, upper = (np.asarray(b, dtype=float) for b in band)
    axes.fill_between(np.asarray(x), lower, upper, color=color, alpha=0.22, linewidth=0)
    name = None if label is None else plain(label)
    axes.plot(np.asarray(x), estimate, color=color, label=name)


def _fix_ticks(axes: Axes) -> None:
    """Hold the look of ticks that matplotlib makes only when it draws."""
    for side in ("x", "y"):
        axes.tick_params(
            axis=side,
            which="major",
            labelsize=STYLE[f"{side}tick.labelsize"],
            length=STYLE[f"{side}tick.major.size"],
            width=STYLE[f"{side}tick.major.width"],
            color=INK,
            labelcolor=INK,
        )

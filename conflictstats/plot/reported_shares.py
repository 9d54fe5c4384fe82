"""What bodies say of a share, and what their totals leave of it."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from conflictstats.errors import SettingError
from conflictstats.models.civilian_share.reported_shares import ReportedSharesFit
from conflictstats.plot.style import FAINT, OKABE_ITO, new_figure, plain, styled

ROW_MM = 7.0
COLOR = OKABE_ITO["green"]


@styled
def plot_reported_shares(fit: ReportedSharesFit, *, claim: float = 0.5) -> Figure:
    """Draw the range of the share that each body's statements allow.

    One row a body, place and end of a period; beside it the ranges of the part and
    the whole in numbers. A row whose statements say nothing of the share spans 0 to 1
    and is left out.

    Parameters
    ----------
    fit : ReportedSharesFit
        Fitted to the statements.
    claim : float
        Share to compare with, 0 to 1.

    Returns
    -------
    Figure
        183 mm wide.

    Raises
    ------
    SettingError
        If no statement limits a share.

    Examples
    --------
    >>> import pandas as pd
    >>> from conflictstats.models.civilian_share.reported_shares import ReportedShares
    >>> said = pd.DataFrame(
    ...     {"measure": ["killed", "killed_civilian"], "phrase": ["80", "at least 60"],
    ...      "place": "A", "period_start": "2019-04-26", "period_end": "2019-06-11"}
    ... )
    >>> figure = plot_reported_shares(ReportedShares().fit(said))
    >>> round(float(figure.axes[0].patches[0].get_x()), 2)
    0.75
    """
    whole, part, share = fit.bounds["quantity"].values
    ends = fit.bounds.sel(quantity=share)
    told = fit.bounds.isel(
        scope=np.flatnonzero(
            ((ends["lower"] > 0) | (ends["upper"] < 1)) & ends["lower"].notnull()
        )
    )
    if not told.sizes["scope"]:
        raise SettingError("no statement limits a share; there is nothing to draw")
    rows = told.sizes["scope"]
    figure = new_figure("double", ROW_MM * rows + 22)
    axes = figure.subplots()
    lower, upper = (told[end].sel(quantity=share).values for end in ("lower", "upper"))
    y = np.arange(rows)
    axes.barh(
        y,
        upper - lower,
        left=lower,
        height=0.5,
        facecolor=(COLOR, 0.3),
        edgecolor=COLOR,
        linewidth=0.9,
    )
    labels = []
    for at in y:
        scope = told.isel(scope=at)
        body, place = (str(scope[name].values) for name in ("body", "place"))
        until = str(scope["end"].values)[:10]
        labels.append(plain(", ".join(filter(None, [body, place, f"to {until}"]))))
        spans = [_span(scope.sel(quantity=name)) for name in (part, whole)]
        axes.text(1.03, float(at), f"{spans[0]} of {spans[1]}", va="center")
    axes.axvline(claim, color=FAINT, linewidth=0.7, linestyle=(0, (4, 2)))
    axes.set_yticks(y, labels)
    axes.set(xlim=(-0.01, 1.01), ylim=(rows - 0.4, -0.6))
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    entries = {
        "range that the statements of a body allow": Patch(
            facecolor=(COLOR, 0.3), edgecolor=COLOR
        ),
        f"the share asked about, {claim:.0%}": Line2D(
            [], [], color=FAINT, linestyle=(0, (4, 2))
        ),
    }
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=2
    )
    return figure


def _span(ends: xr.Dataset) -> str:
    """A range of people in words."""
    low, high = (float(ends[end]) for end in ("lower", "upper"))
    if np.isinf(high):
        return f"{low:,.0f} or more"
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"

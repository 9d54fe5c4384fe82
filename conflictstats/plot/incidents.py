"""Incidents: what was reported of each, and the count inferred from it."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from conflictstats.errors import SettingError
from conflictstats.models.incidents import IncidentsFit
from conflictstats.plot.style import FAINT, OKABE_ITO, new_figure, plain, styled

INFERRED = OKABE_ITO["blue"]
BODIES = (
    (OKABE_ITO["black"], "o"),
    (OKABE_ITO["vermillion"], "s"),
    (OKABE_ITO["green"], "^"),
)
OTHERS = (FAINT, "D")
MEANING = {"killed": "all", "killed_civilian": "civilians"}
TOP, BOTTOM, COUNT = 0.1, -0.14, -0.3
"""Where the first report of a row, its last and its count are, under its name."""


@styled
def plot_incidents(
    fit: IncidentsFit,
    *,
    most: int = 20,
    level: float = 0.9,
    names: dict[str, str] | None = None,
) -> Figure:
    """Draw the reports of each incident and the count inferred, a row an incident.

    The marks are numbers as printed, in order of date from above, joined where one body
    gave several; a ring is around those that are probably out of line. The bar is the
    count's interval, its tick the median.

    Parameters
    ----------
    fit : IncidentsFit
        A fit with at least one incident of two reports.
    most : int
        So many rows: the incidents with the most reports, in order of date.
    level : float
        Posterior probability inside the bars.
    names : dict of str to str, optional
        What to call an incident, by its ``event_key``; by default the key itself.

    Returns
    -------
    Figure
        183 mm wide.

    Raises
    ------
    SettingError
        If no incident has two reports.

    Examples
    --------
    >>> import numpy as np
    >>> from conflictstats.models.incidents import Incidents
    >>> from conflictstats.simulate.incidents import incident_bulletins
    >>> rng = np.random.default_rng(1)
    >>> told = incident_bulletins(12, found={"A": 0.9, "B": 0.8}, rng=rng)
    >>> figure = plot_incidents(Incidents(points=40).fit(told, rng=rng), most=5)
    >>> len(figure.axes[0].texts)
    5
    """
    rows = _chosen(fit.to_frame(level), fit, most)
    told = fit.reports.to_dataframe().sort_values("published", kind="stable")
    marks = _marks(told, set(rows.index))
    one = rows["measure"].nunique() == 1
    figure = new_figure("double", 24 + 6.4 * len(rows))
    axes = figure.subplots()
    for height, (number, row) in zip(
        range(len(rows))[::-1], rows.iterrows(), strict=True
    ):
        _draw_count(axes, row, height)
        _draw_reports(axes, told[told["incident_number"] == number], height, marks)
        name = (names or {}).get(row["event_key"], row["event_key"])
        of = "" if one else f", {MEANING.get(row['measure'], row['measure'])}"
        axes.text(
            0.008,
            height + 0.3,
            plain(f"{name}{of}"),
            transform=axes.get_yaxis_transform(),
            va="center",
        )
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-0.55, len(rows) - 0.45)
    _set_counts(axes, rows)
    ringed = told[told["incident_number"].isin(rows.index)]["out_of_line"].max() > 0.5
    _add_legend(figure, marks, level, ringed=bool(ringed))
    return figure


def _chosen(frame: pd.DataFrame, fit: IncidentsFit, most: int) -> pd.DataFrame:
    """Rows of the incidents with the most reports, in order of the first one."""
    several = frame[frame["n_reports"] > 1]
    if several.empty:
        raise SettingError("no incident has two reports; there is no path to draw")
    ranked = several.sort_values("n_reports", ascending=False, kind="stable")
    told = fit.reports.to_dataframe().groupby("incident_number")["published"].min()
    chosen = ranked.head(most).assign(since=told)
    return chosen.sort_values("since", kind="stable")


def _marks(told: pd.DataFrame, shown: set[int]) -> dict[str, tuple[str, str]]:
    """Colour and shape of the bodies with the most reports in the figure."""
    here = told[told["incident_number"].isin(shown)]
    largest = here["source_org"].value_counts(sort=True).index[: len(BODIES)]
    return dict(zip(map(str, largest), BODIES, strict=False))


def _draw_count(axes: Axes, row: "pd.Series[Any]", height: float) -> None:
    """Draw the interval and median of a count."""
    ends = [row["lower"], row["upper"]]
    axes.plot(ends, [height + COUNT] * 2, color=INFERRED, linewidth=3, alpha=0.45)
    axes.plot(row["estimate"], height + COUNT, "|", color=INFERRED, markersize=6)
    axes.axhline(height - 0.5, color=FAINT, linewidth=0.3, alpha=0.5)


def _draw_reports(
    axes: Axes,
    told: pd.DataFrame,
    height: float,
    marks: dict[str, tuple[str, str]],
) -> None:
    """Draw the numbers of a row, those of one body joined."""
    told = told.assign(at=height + np.linspace(TOP, BOTTOM, len(told)))
    for body, path in told.groupby("source_org"):
        color, shape = marks.get(str(body), OTHERS)
        axes.plot(
            path["count"],
            path["at"],
            marker=shape,
            color=color,
            markersize=2.8,
            linewidth=0.6,
        )
    out = told[told["out_of_line"] > 0.5]
    axes.plot(
        out["count"],
        out["at"],
        "o",
        markersize=6.5,
        markerfacecolor="none",
        markeredgecolor=OKABE_ITO["purple"],
    )


def _set_counts(axes: Axes, rows: pd.DataFrame) -> None:
    """Lay the axis of counts out in steps of equal ratio."""
    ends = rows[["reported_low", "reported_high", "lower", "upper"]]
    low, high = max(float(ends.min().min()), 1.0), float(ends.max().max())
    axes.set_xscale("log")
    axes.set_xlim(low * 0.85, high * 1.2)
    steps = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 10_000, 100_000)
    ticks = [step for step in steps if low * 0.85 <= step <= high * 1.2]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("people killed")


def _add_legend(
    figure: Figure, marks: dict[str, tuple[str, str]], level: float, *, ringed: bool
) -> None:
    """Explain marks and bars under the axes."""
    entries: dict[str, Any] = {
        plain(f"reported: {body}"): Line2D(
            [], [], color=color, marker=shape, markersize=3, linestyle="none"
        )
        for body, (color, shape) in {**marks, "other bodies": OTHERS}.items()
    }
    if ringed:
        entries["probably out of line"] = Line2D(
            [],
            [],
            marker="o",
            linestyle="none",
            markersize=6,
            markerfacecolor="none",
            markeredgecolor=OKABE_ITO["purple"],
        )
    entries[f"count, {level:.0%} interval"] = Line2D(
        [], [], color=INFERRED, linewidth=3, alpha=0.6
    )
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=2
    )

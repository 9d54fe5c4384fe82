"""What bodies report of displacement: units side by side, coverage, and forecasts."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from conflictstats.errors import SettingError
from conflictstats.panel import coverage_mask
from conflictstats.plot.displacement import in_thousands, looks_of
from conflictstats.plot.style import (
    FAINT,
    INK,
    OKABE_ITO,
    draw_estimate,
    draw_reported,
    new_figure,
    plain,
    styled,
)

DAY = np.timedelta64(1, "D")
NEAR = 3 * DAY
"""How far a total's first day may be from that of the picture."""


@styled
def plot_movements(moved: xr.Dataset, reports: pd.DataFrame) -> Figure:
    """Draw running totals of persons beside those of movements, since one day.

    Somebody who flees three times is one person and three movements, so that the two
    are never drawn on one line. Totals that were reported since about the same day, at
    most three days off, are marks by body; those of another first day are not drawn.

    Parameters
    ----------
    moved : Dataset, dims (unit, time)
        As :func:`conflictstats.moved_since` gives it.
    reports : DataFrame
        As :func:`conflictstats.displacement_table` returns them.

    Returns
    -------
    Figure
        Two panels, persons and movements, with one scale; 183 mm wide.

    Raises
    ------
    SettingError
        If there is no running total in both units since about that day.

    Examples
    --------
    >>> days = pd.date_range("2019-05-01", periods=3)
    >>> band = np.array([[1e3, 2e3, 3e3], [1.5e3, 3e3, 4.5e3]])
    >>> ends = ["estimate", "lower", "upper"]
    >>> moved = xr.Dataset(
    ...     {name: (("unit", "time"), band) for name in ends},
    ...     {"unit": ["persons", "movements"], "time": days},
    ... ).assign_coords(time_end=("time", days))
    >>> said = {"measure": "cumulative", "unit": ["persons", "movements"]}
    >>> said |= {"body": "A", "start": days[0], "end": days[2]}
    >>> said |= dict.fromkeys(["low", "best", "high"], [3e3, 4e3])
    >>> figure = plot_movements(moved, pd.DataFrame(said))
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['persons', 'movements']
    """
    since = moved["time"].values[0]
    running = reports[reports["measure"].isin(["cumulative", "flow"])]
    said = running[abs(running["start"] - since) <= NEAR]
    units = [str(unit) for unit in moved["unit"].values]
    if not set(units) <= set(said["unit"]):
        raise SettingError(
            f"no totals in both persons and movements since {str(since)[:10]}; choose "
            "a day from which both are reported"
        )
    figure = new_figure("double", 64)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    looks = looks_of(reports)
    for axes, unit in zip(panels, units, strict=True):
        band = moved.sel(unit=unit)
        bounds = (band["estimate"], band["lower"], band["upper"])
        draw_estimate(axes, band["time_end"].values, bounds, label="estimate")
        for body, own in said[said["unit"] == unit].groupby("body"):
            color, marker = looks[str(body)]
            words = (own["low"], own["best"].fillna(own["low"]), own["high"])
            days, name = own["end"].to_numpy(), str(body)
            draw_reported(axes, days, words, color=color, marker=marker, label=name)
        axes.set_title(unit)
        axes.legend(loc="upper left", fontsize=6)
    in_thousands(panels[0])
    panels[0].set_ylabel(f"thousands since {str(since)[:10]}")
    return figure


@styled
def plot_assessed(reports: pd.DataFrame) -> Figure:
    """Draw how many places each body assessed, and where that changed.

    Bars are as long as the period of a report. A dashed line joins neighbouring reports
    of one series between which the coverage changed: their difference is no flow.

    Parameters
    ----------
    reports : DataFrame
        As :func:`conflictstats.displacement_table` returns them; those without
        ``n_assessed`` are left out.

    Returns
    -------
    Figure
        One panel; 89 mm wide.

    Raises
    ------
    SettingError
        If no report says how many places were assessed.

    Examples
    --------
    >>> from conflictstats.datasets import load_nw_syria_displacement
    >>> from conflictstats.panel import displacement_of_bulletins
    >>> table = displacement_of_bulletins(load_nw_syria_displacement())
    >>> figure = plot_assessed(table[table["measure"] == "flow"])
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['ISMI/REACH-CCCM', 'coverage changed']
    """
    counted = reports[reports["n_assessed"].notna()].drop_duplicates(
        ["body", "start", "end", "coverage", "n_assessed"]
    )
    if counted.empty:
        raise SettingError(
            "no report says how many places were assessed; fill in n_assessed"
        )
    figure = new_figure("single", 52)
    axes = figure.subplots()
    looks = looks_of(counted)
    changed = ~coverage_mask(counted)["comparable"].to_series()
    for body, own in counted.sort_values("end").groupby("body"):
        _draw_assessed(axes, own, looks[str(body)][0], changed)
    handles = [
        Line2D([], [], color=color, label=plain(body))
        for body, (color, _) in looks.items()
    ]
    if changed.sum() > counted["body"].nunique():
        words = "coverage changed"
        handles.append(Line2D([], [], color=FAINT, ls=(0, (2, 2)), label=words))
    axes.legend(handles=handles, loc="lower left", fontsize=6)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("places assessed")
    return figure


@styled
def plot_foretold(said: pd.DataFrame) -> Figure:
    """Draw what was printed beside what a fit without it had expected.

    Parameters
    ----------
    said : DataFrame
        Reports with ``body, measure, unit, end``; ``low, best, high`` as reported;
        ``estimate, lower, upper`` as expected, and ``inside``, whether the words allow
        a number in the interval. Such as the reports that were left out of a
        :class:`~conflictstats.StockFlow`, beside what its ``predict`` gives for them.

    Returns
    -------
    Figure
        One row a report, by body; 183 mm wide.

    Examples
    --------
    >>> row = {"body": "A", "measure": "flow", "unit": "persons", "inside": True}
    >>> row |= {"end": pd.Timestamp("2019-05-31"), "best": 3e3, "low": 3e3}
    >>> row |= {"high": 3e3, "estimate": 2e3, "lower": 1e3, "upper": 4e3}
    >>> figure = plot_foretold(pd.DataFrame([row]))
    >>> figure.axes[0].get_yticklabels()[0].get_text()
    'A, 2019-05-31: flow, persons'
    """
    ordered = said.sort_values(["body", "end"], kind="stable").reset_index(drop=True)
    figure = new_figure("double", 18 + 4.2 * len(ordered))
    axes = figure.subplots()
    for i, row in ordered.iterrows():
        _draw_row(axes, float(str(i)), row)
    axes.set_yticks(
        range(len(ordered)),
        [
            plain(
                f"{row['body']}, {row['end']:%Y-%m-%d}: {row['measure']}, {row['unit']}"
            )
            for _, row in ordered.iterrows()
        ],
    )
    axes.set_ylim(len(ordered) - 0.4, -0.6)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", visible=True)
    axes.set_xlabel("people, in the unit of the row")
    blue, red = OKABE_ITO["blue"], OKABE_ITO["vermillion"]
    marks = [
        Line2D([], [], color=blue, lw=4, alpha=0.3, label="expected without it"),
        Line2D([], [], color=INK, marker="o", ls="none", label="printed, inside"),
        Line2D([], [], color=red, marker="o", ls="none", label="printed, outside"),
    ]
    figure.legend(handles=marks, loc="outside lower center", ncols=3)
    return figure


def _draw_assessed(
    axes: Axes, own: pd.DataFrame, color: str, changed: pd.Series
) -> None:
    """Draw the reports of one body, and join those between which it changed."""
    axes.hlines(own["n_assessed"], own["start"], own["end"] + DAY, color=color, lw=2.4)
    for _, series in own.groupby(["measure", "unit", "place"]):
        ends = series["end"].to_numpy()[:-1] + DAY
        begins = series["start"].to_numpy()[1:]
        counts = series["n_assessed"].to_numpy(float)
        for i in np.flatnonzero(changed[series["report_id"].iloc[1:]]):
            days = [ends[i], begins[i]]
            axes.plot(days, counts[i : i + 2], color=FAINT, ls=(0, (2, 2)), lw=0.8)


def _draw_row(axes: Axes, at: float, row: pd.Series) -> None:
    """Draw one report: what was expected as a band, what was printed as a mark."""
    blue, color = OKABE_ITO["blue"], INK if row["inside"] else OKABE_ITO["vermillion"]
    axes.plot([row["lower"], row["upper"]], [at, at], color=blue, lw=4, alpha=0.3)
    axes.plot(row["estimate"], at, "|", color=blue, ms=5)
    named = row["best"] if np.isfinite(row["best"]) else row["low"]
    axes.plot(named, at, "o", color=color, ms=3)
    if np.isfinite(row["high"]):
        axes.plot([row["low"], row["high"]], [at, at], color=color, lw=0.8)
    else:
        axes.annotate(
            "",
            (named * 1.35, at),
            (named, at),
            arrowprops={"arrowstyle": "->", "color": color, "lw": 0.8},
        )

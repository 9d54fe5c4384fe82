"""What is drawn is what was reported and fitted, and nothing is joined or added."""

import io

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.colors import same_color
from matplotlib.dates import date2num

from conflictstats.errors import SettingError
from conflictstats.models.flow import ReportedFlow, ReportedFlowFit
from conflictstats.plot.flow import plot_totals
from conflictstats.plot.style import FAINT, OKABE_ITO

MONDAY = np.datetime64("2019-05-06", "s")
DAY = np.timedelta64(1, "D")
COLORS = list(OKABE_ITO.values())
KEYS = ["body", "unit", "coverage"]


def fit_of(*series, flow=10.0):
    """Four weeks at about 10, 20 ... a day; the last week ends on its Thursday."""
    time = MONDAY + 7 * DAY * np.arange(4)
    spread = np.linspace(0.9, 1.1, 101)[:, None, None] * np.ones((101, 4, 1))
    rates = flow * (1 + np.arange(len(series)))
    days = np.full((4, len(series)), 7.0)
    days[3] = 4
    coords = {
        "time": time,
        "time_end": ("time", time + 6 * DAY),
        "series": [" | ".join(key) for key in series],
        "first_day": ("series", np.full(len(series), MONDAY)),
        "last_day": ("series", np.full(len(series), MONDAY + 24 * DAY)),
        "days": (("time", "series"), days),
    }
    coords |= {name: ("series", [k[i] for k in series]) for i, name in enumerate(KEYS)}
    draws = xr.Dataset({"flow": (("draw", "time", "series"), spread * rates)}, coords)
    return ReportedFlowFit(model=ReportedFlow(), draws=draws, diagnostics=xr.Dataset())


def reports(*rows):
    """Reports from (key, measure, first day, last day, low, best, high)."""
    table = []
    for key, measure, first, last, *bounds in rows:
        said = dict(zip(KEYS, key, strict=True)) | {"measure": measure}
        said |= dict(zip(("low", "best", "high"), bounds, strict=True))
        said["date_start"] = pd.Timestamp(MONDAY + first * DAY)
        table.append(said | {"date_end": pd.Timestamp(MONDAY + last * DAY)})
    return pd.DataFrame(table)


A = ("A", "persons", "all")
B = ("B", "persons", "all")
MOVES = ("A", "movements", "all")
FEWER = ("A", "persons", "220 communities")
SAID = reports(
    (A, "cumulative", 0, 13, 130.0, 140.0, 150.0),
    (A, "cumulative", 0, 24, 251.0, np.nan, np.inf),
    (A, "cumulative", 10, 24, 50.0, 50.0, 50.0),
    (A, "flow", 0, 6, 70.0, 70.0, 70.0),
    (B, "cumulative", 1, 13, 280.0, 280.0, 280.0),
    (MOVES, "cumulative", 0, 13, 999.0, 999.0, 999.0),
    (FEWER, "cumulative", 0, 13, 55.0, 55.0, 55.0),
)


def markers(axes, color):
    """Day and height of each best figure of one colour."""
    return [
        (float(x), float(y))
        for line in axes.lines
        if line.get_marker() == "o" and same_color(line.get_color(), color)
        for x, y in zip(date2num(line.get_xdata()), line.get_ydata(), strict=True)
        if np.isfinite(y)
    ]


def whiskers(axes):
    """Lower and upper ends of the whiskers of all colours."""
    found = [c for c in axes.collections if hasattr(c, "get_segments")]
    return sorted(
        (float(low), float(high))
        for collection in found
        for (_, low), (_, high) in collection.get_segments()
    )


def curve(axes, color):
    """Days and heights of the only line of one colour."""
    (line,) = [
        line
        for line in axes.lines
        if line.get_marker() in ("None", "") and same_color(line.get_color(), color)
    ]
    return date2num(line.get_xdata()).tolist(), line.get_ydata().tolist()


def test_curves_are_the_running_totals_up_to_the_last_reported_day():
    figure = plot_totals(fit_of(A, B), SAID, unit="persons displaced")
    first, second, together, *rest = figure.axes
    until = (date2num(MONDAY) + np.array([6, 13, 20, 24])).tolist()
    for axes, color, rate in ((first, COLORS[0], 10), (second, COLORS[1], 20)):
        days, heights = curve(axes, color)
        assert days == until
        assert heights == pytest.approx([rate * n for n in (7, 14, 21, 25)])
        assert curve(together, color) == (days, heights)
    assert [axes.get_title(loc="left") for axes in figure.axes[:3]] == [
        "A",
        "B",
        "all fitted curves",
    ]
    assert figure.get_supylabel() == "persons displaced, running total"
    assert not any(axes.axison for axes in rest)


def test_only_totals_that_count_from_the_first_day_are_beside_the_curve():
    """A later start, and a flow, shape the curve but are no points on it."""
    first, second = plot_totals(fit_of(A, B), SAID, unit="persons").axes[:2]
    assert markers(first, FAINT) == [(date2num(MONDAY) + 13, 140)]
    assert whiskers(first) == [(130, 150), (251, 251)]
    assert markers(second, FAINT) == [(date2num(MONDAY) + 13, 280)]
    arrows = [line for line in first.lines if line.get_markersize() == 14]
    assert [line.get_ydata().tolist() for line in arrows] == [[251]]


def test_reports_of_another_unit_or_coverage_are_not_drawn_into_a_curve():
    """Movements and 220 communities have curves of their own, or none."""
    axes = plot_totals(fit_of(A), SAID, unit="persons").axes[0]
    assert [height for _, height in markers(axes, FAINT)] == [140]
    panels = plot_totals(fit_of(MOVES, FEWER), SAID, unit="people").axes
    assert [height for _, height in markers(panels[0], FAINT)] == [999]
    assert [height for _, height in markers(panels[1], FAINT)] == [55]


def test_names_with_dollars_are_drawn_letter_by_letter():
    odd = ("Rue $ant_^$", "persons", "$x$")
    said = SAID.replace({"B": odd[0]})
    figure = plot_totals(fit_of(odd, A), said, unit="persons")
    figure.savefig(io.BytesIO(), format="pdf")
    assert figure.axes[0].get_title(loc="left") == r"Rue \$ant_^\$"


def test_more_bodies_than_colours_are_refused():
    fit = fit_of(*[(f"body {i}", "persons", "all") for i in range(len(COLORS) + 1)])
    with pytest.raises(SettingError, match=f"{len(COLORS) + 1} bodies are too many"):
        plot_totals(fit, SAID, unit="persons")


def test_a_body_of_flows_alone_has_a_curve_and_no_points():
    flows = SAID[SAID["measure"] == "flow"]
    axes = plot_totals(fit_of(A), flows, unit="persons").axes[0]
    assert markers(axes, FAINT) == []
    assert curve(axes, COLORS[0])[1][-1] == pytest.approx(250)

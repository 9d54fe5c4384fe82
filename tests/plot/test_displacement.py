"""Who is displaced is drawn as fitted, reports as printed, each in its own unit."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.colors import same_color
from matplotlib.dates import date2num

from conflictstats.errors import SettingError
from conflictstats.evaluate.displacement import moved_since
from conflictstats.models.displacement import (
    StockFlow,
    StockFlowFit,
    StockFlowStatus,
)
from conflictstats.plot.displacement import (
    CAUTION,
    looks_of,
    plot_response,
    plot_stock_flow,
)
from conflictstats.plot.displacement_reports import (
    plot_assessed,
    plot_foretold,
    plot_movements,
)
from conflictstats.plot.style import OKABE_ITO

FIRST = np.datetime64("2019-05-01", "ns")
DAY = np.timedelta64(1, "D")
DAYS = FIRST + DAY * np.arange(10)
SPREAD = np.linspace(0.8, 1.2, 101)


def fit_of(status=StockFlowStatus.CONVERGED, *, violence=True):
    """A thousand a day within a fifth, of whom nobody returns; two movements each."""
    rates = SPREAD[:, None] * np.full(10, 1000.0)
    coords = {"time": DAYS, "time_end": ("time", DAYS), "days": ("time", np.ones(10))}
    draws = xr.Dataset(
        {
            "inflow": (("draw", "time"), rates),
            "stock": (("draw", "time"), rates.cumsum(axis=1) + 5000),
            "hyper": (("draw", "param"), np.full((101, 1), 2.0)),
        },
        coords | {"param": ["movements"]},
    )
    if violence:
        weight = np.tile([0.5, 0.25, 0.25], (101, 1))
        lags = {"lag": [0.0, 2.0, 4.0], "lag_end": ("lag", [2.0, 4.0, 6.0])}
        told = {
            "per_unit": (("draw", "kind"), 40 * SPREAD[:, None]),
            "weight": (("draw", "lag"), weight),
        }
        draws = draws.merge(xr.Dataset(told, lags | {"kind": ["deaths"]}))
    empty = xr.Dataset()
    return StockFlowFit(
        model=StockFlow(), draws=draws, diagnostics=empty, status=status
    )


def reports(*rows):
    """Reports from (body, measure, unit, first day, last day, low, best, high)."""
    names = ["body", "measure", "unit", "first", "last", "low", "best", "high"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(
        start=FIRST + DAY * table["first"].to_numpy(),
        end=FIRST + DAY * table["last"].to_numpy(),
    )


SAID = reports(
    ("A", "stock", "persons", 4, 4, 9e3, 10e3, 11e3),
    ("B", "stock", "persons", 6, 6, 12e3, np.nan, np.inf),
    ("B", "stock", "households", 7, 7, 2e3, 2e3, 2e3),
    ("A", "flow", "persons", 2, 5, 3600.0, 4000.0, 4400.0),
    ("B", "flow", "persons", 7, 8, 3e3, np.nan, np.inf),
    ("A", "flow", "movements", 2, 5, 8e3, 8e3, 8e3),
    ("A", "cumulative", "persons", 1, 9, 9e3, 9e3, 9e3),
    ("C", "cumulative", "movements", 0, 9, 20e3, 20e3, 20e3),
    ("C", "cumulative", "movements", 5, 9, 7e3, 7e3, 7e3),
)


def marks(axes, marker):
    """Days and heights of one kind of marker."""
    return [
        (float(x), float(y))
        for line in axes.lines
        if line.get_marker() == marker
        for x, y in zip(date2num(line.get_xdata()), line.get_ydata(), strict=True)
        if np.isfinite(y)
    ]


def test_stocks_are_marks_of_their_body_and_the_estimate_is_a_line():
    axes = plot_stock_flow(fit_of(), SAID).axes[0]
    (line,) = [each for each in axes.lines if each.get_label() == "estimate"]
    assert line.get_ydata() == pytest.approx(5000 + 1000 * np.arange(1, 11))
    assert date2num(line.get_xdata()) == pytest.approx(date2num(DAYS))
    looks = looks_of(SAID)
    assert marks(axes, looks["A"][1]) == [(date2num(DAYS[4]), 10e3)]
    assert marks(axes, looks["B"][1]) == []
    arrows = [each for each in axes.lines if each.get_markersize() == 14]
    found = [y for arrow in arrows for y in arrow.get_ydata()]
    assert found == [12e3]
    assert axes.get_legend_handles_labels()[1] == ["estimate", "A", "B"]


def test_flows_are_persons_a_day_over_their_period():
    """4,000 over four days is a thousand a day; movements are not drawn."""
    axes = plot_stock_flow(fit_of(), SAID).axes[1]
    bars = [
        segment.tolist()
        for each in axes.collections
        if hasattr(each, "get_segments")
        for segment in each.get_segments()
    ]
    begin, after = date2num(DAYS[2]), date2num(DAYS[6])
    assert bars[0] == [[begin, 1000.0], [after, 1000.0]]
    assert [height for (_, height), _ in bars] == [1000, 1500]


def test_violence_is_drawn_as_given_and_only_where_there_is_some():
    weeks = xr.DataArray([70.0, 7.0], {"time": [FIRST, FIRST + 7 * DAY]}, name="deaths")
    weeks = weeks.assign_coords(time_end=("time", weeks["time"].values + 6 * DAY))
    axes = plot_stock_flow(fit_of(), SAID, weeks).axes[2]
    (stairs,) = axes.patches
    assert stairs.get_data().values.tolist() == [70, 7]
    assert np.diff(stairs.get_data().edges).tolist() == [7, 7]
    assert axes.get_ylabel() == "deaths in 7 days"
    both = xr.concat([weeks, 2 * weeks], "draw").transpose("draw", "time")
    axes = plot_stock_flow(fit_of(), SAID, both).axes[2]
    assert axes.patches[0].get_data().values.tolist() == [105, 10.5]
    assert len(plot_stock_flow(fit_of(), SAID).axes) == 2


def test_what_rests_on_the_prior_is_said_under_the_figure():
    said = plot_stock_flow(fit_of(StockFlowStatus.STOCKS_ONLY), SAID)
    assert said.get_supxlabel().startswith("only stocks are reported")
    assert plot_stock_flow(fit_of(), SAID).get_supxlabel() == ""


def test_response_grows_to_all_of_it_and_is_called_no_cause():
    """Of 40, half have fled by the second day, and all by the sixth."""
    (axes,) = plot_response(fit_of()).axes
    curve = axes.lines[0]
    assert curve.get_ydata()[[0, 2, 4, 6]] == pytest.approx([0, 20, 30, 40])
    (half,) = [each for each in axes.lines if each.get_marker() == "D"]
    assert half.get_xydata() == pytest.approx(np.array([[2.0, 20.0]]))
    assert axes.get_title(loc="left") == CAUTION
    with pytest.raises(SettingError, match="knows no violence"):
        plot_response(fit_of(violence=False))


def test_totals_are_sums_of_the_days_and_movements_twice_as_many():
    moved = moved_since(fit_of(), "2019-05-03", level=0.5)
    last = moved.isel(time=-1)
    persons, movements = (last.sel(unit=unit) for unit in ("persons", "movements"))
    assert float(persons["estimate"]) == pytest.approx(8000)
    assert float(movements["lower"]) == pytest.approx(16000 * 0.9)
    assert float(movements["upper"]) == pytest.approx(16000 * 1.1)
    with pytest.raises(SettingError, match="not the first day of a cell"):
        moved_since(fit_of(), "2019-06-03")


def test_persons_and_movements_are_never_in_one_panel():
    figure = plot_movements(moved_since(fit_of(), "2019-05-01"), SAID)
    persons, movements = figure.axes
    looks = looks_of(SAID)
    heights = [y for _, y in marks(persons, looks["A"][1])]
    assert sorted(heights) == [4000, 9000]
    assert marks(movements, looks["C"][1]) == [(date2num(DAYS[9]), 20e3)]
    with pytest.raises(SettingError, match="both persons and movements"):
        plot_movements(moved_since(fit_of(), "2019-05-01"), SAID[:5])


def rounds(*counts):
    """A flow each five days by one body that assessed so many places."""
    n = len(counts)
    begins = FIRST + 5 * DAY * np.arange(n)
    return pd.DataFrame(
        {
            "report_id": [f"r{i}" for i in range(n)],
            "body": "A",
            "place": "B",
            "measure": "flow",
            "unit": "persons",
            "start": begins,
            "end": begins + 4 * DAY,
            "qualifier": "exact",
            "coverage": [f"{count} places" for count in counts],
            "n_assessed": pd.array(counts, dtype="Int64"),
        }
    ).assign(low=10.0, best=10.0, high=10.0)


def test_coverage_is_joined_only_where_it_changed():
    (axes,) = plot_assessed(rounds(700, 700, 220)).axes
    assert [line.get_ydata().tolist() for line in axes.lines] == [[700, 220]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "A",
        "coverage changed",
    ]
    with pytest.raises(SettingError, match="n_assessed"):
        plot_assessed(rounds(700).assign(n_assessed=pd.NA))


def test_what_lies_outside_is_drawn_in_another_colour():
    said = SAID[:2].assign(estimate=10e3, lower=8e3, upper=11e3, inside=[True, False])
    (axes,) = plot_foretold(said).axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_xdata()[0] for dot in dots] == [10e3, 12e3]
    red = [same_color(dot.get_color(), OKABE_ITO["vermillion"]) for dot in dots]
    assert red == [False, True]
    bands = [line for line in axes.lines if line.get_linewidth() == 4]
    assert [list(band.get_xdata()) for band in bands] == [[8e3, 11e3]] * 2

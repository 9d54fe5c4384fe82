import io

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.dates import date2num

from conflictstats.errors import DimensionError, SettingError
from conflictstats.models.rates import DynamicRate, DynamicRateFit
from conflictstats.panel import panel_of_events
from conflictstats.plot.rates import plot_escalation, plot_rate
from conflictstats.plot.style import FAINT, OKABE_ITO

DAY = np.timedelta64(1, "D")
MONDAY = np.datetime64("2019-04-01", "us")
COLUMNS = ["date_start", "date_end", "adm_1", "low", "best", "high"]


def cells_of(counts, *, days=7, places=("A",)):
    """A panel with whiskers from half of a count to twice that."""
    counts = np.asarray(counts, dtype=float)
    first = MONDAY + days * DAY * np.arange(len(counts))
    dims = ("time", "place")
    return xr.Dataset(
        {
            "low": (dims, counts // 2),
            "best": (dims, counts),
            "high": (dims, 2 * counts),
        },
        {"time": first, "time_end": ("time", first + (days - 1) * DAY)}
        | {"place": [*places]},
    )


def fit_of(cells, rates, *, spread=0.1, status="CONVERGED", **settings):
    """A fit whose draws scatter around known rates, deaths per day."""
    rng = np.random.default_rng(4)
    days = (cells["time_end"] - cells["time"]).dt.days + 1
    days = days.expand_dims(place=cells["place"]).transpose("time", "place")
    rates = np.broadcast_to(rates, days.shape)
    drawn = rates * np.exp(spread * rng.normal(size=(400, *rates.shape)))
    dims = ("draw", "time", "place")
    hyper = np.ones((400, 3, rates.shape[1]))
    draws = xr.Dataset(
        {
            "expected": (dims, drawn * days.values),
            "realised": (dims, np.round(drawn * days.values)),
            "hyper": (("draw", "param", "place"), hyper),
        },
        {name: cells[name] for name in ("time", "time_end", "place")}
        | {"param": ["step_sd", "size", "found"], "days": days.astype(float)},
    )
    told = {"status": status, "pareto_k": 0.1, "log_evidence": 0.0, "nobs": 9}
    places = {"place": cells["place"]}
    diagnostics = xr.Dataset(
        {name: ("place", [value] * rates.shape[1]) for name, value in told.items()},
        places,
    )
    return DynamicRateFit(
        model=DynamicRate(draws=400, **settings), draws=draws, diagnostics=diagnostics
    )


def markers(axes):
    """Heights of the markers of the best figures."""
    return next(line for line in axes.lines if line.get_marker() == "o").get_ydata()


def whiskers(axes, color=FAINT):
    """Ends of the vertical strokes of one colour, shape (n, 2)."""
    from matplotlib.colors import same_color

    found = [
        segment
        for lines in axes.collections
        if hasattr(lines, "get_segments")
        and same_color(lines.get_color()[0, :3], color)
        for segment in lines.get_segments()
        if segment[0, 0] == segment[1, 0]
    ]
    return np.array(found)[:, :, 1]


def line_and_band(axes):
    """The estimate's x and y, and the band's lower and upper edge at each x."""
    line = next(line for line in axes.lines if line.get_linestyle() == "-")
    band = next(c for c in axes.collections if not hasattr(c, "get_segments"))
    corners = band.get_paths()[0].vertices
    at = date2num(line.get_xdata())
    edges = [corners[np.isclose(corners[:, 0], x), 1] for x in at]
    lower, upper = np.array([[ys.min(), ys.max()] for ys in edges]).T
    return at, line.get_ydata(), lower, upper


def as_pdf(figure):
    page = io.BytesIO()
    figure.savefig(page, format="pdf")
    return page.getvalue()


def test_markers_and_whiskers_are_the_counts_handed_in():
    counts = np.array([[3, 40], [0, 10], [8, 2]])
    cells = cells_of(counts, places=("A", "B"))
    figure = plot_rate(fit_of(cells, [1.0, 2.0]), cells)
    for place, axes in enumerate(figure.axes):
        assert markers(axes).tolist() == counts[:, place].tolist()
        ends = np.column_stack([counts[:, place] // 2, 2 * counts[:, place]])
        assert whiskers(axes).tolist() == ends.tolist()


def test_the_line_is_the_fits_rate_in_its_own_band_at_mid_cell():
    cells = cells_of([[3], [40], [8]])
    fit = fit_of(cells, np.array([[1.0], [5.0], [2.0]]))
    at, line, lower, upper = line_and_band(plot_rate(fit, cells, level=0.8).axes[0])
    rate = 7 * fit.rate(0.8).isel(place=0)
    for drawn, known in ((line, "estimate"), (lower, "lower"), (upper, "upper")):
        assert drawn == pytest.approx(rate[known].values)
    assert (lower < line).all()
    assert (line < upper).all()
    assert at == pytest.approx(date2num(MONDAY) + 3.5 + 7 * np.arange(3))


@pytest.mark.parametrize(
    ("days", "unit", "scale"),
    [(1, "day", 1), (7, "week", 1), (30, "30 days", 1), (31, "30 days", 30 / 31)],
)
def test_counts_and_rates_share_the_unit_that_the_axis_names(days, unit, scale):
    cells = cells_of([[6], [12]], days=days)
    figure = plot_rate(fit_of(cells, 2.0, spread=0), cells)
    said = f"deaths per {unit} (square-root scale)"
    assert figure.get_supylabel() == said
    assert markers(figure.axes[0]) == pytest.approx(np.array([6, 12]) * scale)
    _, line, _, _ = line_and_band(figure.axes[0])
    assert line == pytest.approx(2.0 * int(unit.split()[0] if days > 7 else days))


def test_months_of_a_real_calendar_are_told_apart():
    first = pd.to_datetime(["2019-01-05", "2019-02-05", "2019-03-31"])
    rows = zip(first, first, "AAA", [31] * 3, [31] * 3, [31] * 3, strict=True)
    cells = panel_of_events(
        pd.DataFrame(rows, columns=COLUMNS), every="month", start="2019-01-01"
    )
    figure = plot_rate(fit_of(cells, 1.0), cells)
    assert markers(figure.axes[0]) == pytest.approx([30, 31 * 30 / 28, 30])


def test_a_week_covered_in_part_is_scaled_by_the_part_and_one_not_covered_is_left():
    cells = cells_of([[2], [14], [5]])
    covered = ("time", "place"), np.array([[2 / 7], [1.0], [0.0]])
    figure = plot_rate(fit_of(cells, 2.0), cells.assign(coverage=covered))
    assert markers(figure.axes[0]) == pytest.approx([7, 14])


def test_a_cell_that_is_missing_has_no_marker_and_a_zero_has_one():
    cells = cells_of([[np.nan], [0], [5]])
    assert markers(plot_rate(fit_of(cells, 2.0), cells).axes[0]).tolist() == [0, 5]


def test_an_event_over_weeks_is_a_bar_at_its_mean_and_no_marker():
    rows = [
        ("2019-04-02", "2019-04-02", "A", 1, 1, 1),
        ("2019-04-03", "2019-04-12", "A", 10, 20, 40),
        ("2019-04-16", "2019-04-16", "A", 3, 3, 3),
    ]
    events = pd.DataFrame(rows, columns=COLUMNS)
    events[COLUMNS[:2]] = events[COLUMNS[:2]].apply(pd.to_datetime)
    cells = panel_of_events(events, start="2019-04-01", end="2019-04-21")
    axes = plot_rate(fit_of(cells, 1.0), cells).axes[0]
    assert markers(axes).tolist() == [1, 0, 3]
    bars = [c for c in axes.collections if c.get_linewidth()[0] == 2.2]
    (bar,) = bars[0].get_segments()
    assert bar[:, 1] == pytest.approx([20 / 10 * 7] * 2)
    assert bar[:, 0] == pytest.approx(
        date2num(np.array(["2019-04-03", "2019-04-13"], "M8[D]"))
    )
    assert whiskers(axes, OKABE_ITO["orange"]).tolist() == [[7, 28]]


def test_a_category_has_markers_alone():
    cells = cells_of([[3], [8]])
    cells["deaths_civilians"] = cells["best"] - 1
    fit = fit_of(cells, 1.0, variable="deaths_civilians")
    figure = plot_rate(fit, cells)
    assert markers(figure.axes[0]).tolist() == [2, 7]
    assert np.ptp(whiskers(figure.axes[0]), axis=1).tolist() == [0, 0]
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said[0] == "reported in one week"


def test_a_report_without_a_ceiling_is_an_arrow():
    cells = cells_of([[4], [8]])
    cells["high"] = cells["high"].where(cells["best"] > 4, np.inf)
    cells["qualifier"] = cells["best"].astype(str).copy(data=[["at_least"], ["range"]])
    figure = plot_rate(fit_of(cells, 1.0), cells.drop_vars("best"))
    arrows = figure.axes[0].lines[0]
    assert arrows.get_ydata().tolist() == [2]
    as_pdf(figure)


@pytest.mark.parametrize("places", [1, 2, 5, 12])
def test_each_place_has_a_panel_and_each_column_its_dates(places):
    names = [f"P{i}" for i in range(places)]
    cells = cells_of(np.ones((4, places)), places=names)
    figure = plot_rate(fit_of(cells, 1.0), cells)
    assert [axes.get_title(loc="left") for axes in figure.axes] == names
    columns = {round(axes.get_subplotspec().colspan.start) for axes in figure.axes}
    dated = [a for a in figure.axes if a.xaxis.get_tick_params()["labelbottom"]]
    lowest = {a.get_subplotspec().colspan.start for a in dated}
    assert lowest == columns
    assert len(dated) == len(columns)
    assert figure.get_figwidth() * 25.4 == pytest.approx(89 if places == 1 else 183)


def test_names_from_the_data_are_drawn_letter_by_letter():
    cells = cells_of([[3, 1], [8, 1]], places=("Rue $ant_^$", "US$ 5"))
    fit = fit_of(cells, 1.0)
    for figure in (
        plot_rate(fit, cells),
        plot_escalation(fit, baseline=("2019-04-01", "2019-04-07")),
    ):
        as_pdf(figure)


def test_a_fit_that_did_not_converge_says_so():
    cells = cells_of([[3], [8]])
    figure = plot_rate(fit_of(cells, 1.0, status="PRIOR_DRIVEN"), cells)
    assert figure.axes[0].get_title(loc="left") == "A (prior driven)"


def test_zero_has_its_place_and_a_band_without_data_does_not_hide_the_counts():
    cells = cells_of([[4], [9], [0]])
    fit = fit_of(cells, 1.0)
    fit.draws["expected"][:100, 2] *= 1e6
    low, top = plot_rate(fit, cells).axes[0].get_ylim()
    assert low < 0
    assert 18 < top < 100


@pytest.mark.parametrize("scale", [0.01, 1, 3000, 4e6])
def test_ticks_are_zero_and_round_numbers_that_stand_apart(scale):
    cells = cells_of(scale * np.array([[1.0], [2.0]]))
    axes = plot_rate(fit_of(cells, scale / 7), cells).axes[0]
    ticks = axes.get_yticks()
    assert ticks[0] == 0
    assert 4 <= len(ticks) <= 9
    inside = axes.transAxes.inverted().transform(
        axes.transData.transform([(0, tick) for tick in ticks])
    )[:, 1]
    assert np.diff(inside).min() > 0.08
    assert inside.max() < 1


def test_places_may_each_have_their_own_scale():
    cells = cells_of([[3, 4000], [8, 6000]], places=("A", "B"))
    fit = fit_of(cells, [1.0, 700.0])
    shared, own = (plot_rate(fit, cells, share_y=x).axes for x in (True, False))
    assert shared[0].get_ylim() == shared[1].get_ylim()
    assert own[0].get_ylim()[1] < 100 < own[1].get_ylim()[1]


def test_a_panel_that_was_not_fitted_is_refused():
    cells = cells_of([[3], [8], [2]])
    fit = fit_of(cells, 1.0)
    with pytest.raises(DimensionError, match="time is not the fit's: it has 2"):
        plot_rate(fit, cells.isel(time=slice(1, None)))
    with pytest.raises(DimensionError, match="place is not the fit's"):
        plot_rate(fit, cells.assign_coords(place=["B"]))
    other = fit_of(cells, 1.0, variable="deaths_unknown")
    with pytest.raises(DimensionError, match="no 'deaths_unknown'"):
        plot_rate(other, cells)


def test_more_places_than_a_page_holds_are_refused():
    cells = cells_of(np.ones((2, 25)), places=[str(i) for i in range(25)])
    fit = fit_of(cells, 1.0)
    with pytest.raises(SettingError, match="25 places are too many"):
        plot_rate(fit, cells)
    with pytest.raises(SettingError, match="25 places are too many"):
        plot_escalation(fit, baseline=("2019-04-01", "2019-04-07"))


@pytest.fixture
def stepped():
    """Four weeks at one a day, then eight at ten in A and at one in B."""
    rates = np.ones((12, 2))
    rates[4:, 0] = 10
    cells = cells_of(7 * rates, places=("A", "B"))
    return fit_of(cells, rates)


CALM = ("2019-04-01", "2019-04-28")


def test_steps_are_the_chance_of_each_week_over_its_days(stepped):
    figure = plot_escalation(stepped, baseline=CALM, factor=3)
    assert figure.get_supylabel() == "probability that the rate is above 3 × baseline"
    chance = stepped.exceedance(CALM, factor=3)
    for place, axes in enumerate(figure.axes):
        steps = next(p for p in axes.patches if hasattr(p, "get_data")).get_data()
        assert steps.values.tolist() == chance[:, place].values.tolist()
        assert steps.edges.tolist() == (date2num(MONDAY) + 7 * np.arange(13)).tolist()
    assert chance[:, 0].values.tolist() == [0] * 4 + [1] * 8


def test_an_onset_is_marked_on_its_day_and_none_where_there_was_none(stepped):
    rose, calm = plot_escalation(stepped, baseline=CALM, factor=3).axes
    (diamond,) = [line for line in rose.lines if line.get_marker() == "D"]
    assert diamond.get_xdata() == np.datetime64("2019-04-29")
    assert rose.get_title(loc="right").startswith("onset 29 Apr 2019, 90% interval")
    assert rose.get_title(loc="right").endswith("probability of an onset above 0.99")
    assert not calm.lines
    assert calm.get_title(loc="right") == "probability of an onset below 0.01"


def test_the_baseline_is_shaded_over_all_its_days(stepped):
    axes = plot_escalation(stepped, baseline=CALM).axes[0]
    shade = next(p for p in axes.patches if hasattr(p, "get_width"))
    assert shade.get_width() == 28
    assert shade.get_x() == date2num(MONDAY)

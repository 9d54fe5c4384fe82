import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from conflictstats.errors import SettingError
from conflictstats.evaluate.calibration import calibration_table, ecdf_difference
from conflictstats.plot.calibration import plot_coverage, plot_ecdf_difference
from conflictstats.plot.style import FAINT, OKABE_ITO


@pytest.fixture
def ranks(rng):
    """Ranks of a right method, and of one whose estimates are too high."""
    return {"right": np.repeat(np.arange(200), 2), "high": rng.integers(0, 150, 400)}


def test_a_curve_that_leaves_its_band_has_another_colour(ranks):
    curves = {name: ecdf_difference(each, 199) for name, each in ranks.items()}
    right, high = plot_ecdf_difference(curves).axes
    assert same_color(right.lines[0].get_color(), FAINT)
    assert same_color(high.lines[0].get_color(), OKABE_ITO["vermillion"])
    for axes, name in ((right, "right"), (high, "high")):
        drawn = axes.lines[0].get_ydata()
        assert drawn.tolist() == curves[name]["difference"].values.tolist()
        assert axes.get_title(loc="left") == name


@pytest.mark.parametrize(("number", "shown"), [(1, 1), (3, 3), (7, 7)])
def test_every_curve_has_a_panel_and_no_other_is_shown(number, shown):
    curve = ecdf_difference(np.arange(100), 99)
    figure = plot_ecdf_difference({str(i): curve for i in range(number)})
    assert sum(axes.get_visible() for axes in figure.axes) == shown
    wide = 89 if number == 1 else 183
    assert figure.get_figwidth() * 25.4 == pytest.approx(wide)
    figure.savefig(io.BytesIO(), format="pdf")


def test_each_cell_has_a_row_with_its_coverage(ranks):
    studies = {
        name: pd.DataFrame({"rank_a": each, "rank_b": each[::-1], "x": each})
        for name, each in ranks.items()
    }
    table = calibration_table(studies, 199, strata={"low": "x < 100"})
    axes = plot_coverage(table).axes[0]
    passed, failed = (line for line in axes.lines if line.get_marker() in "ox")
    whole = table[table["stratum"] == "all"].set_index("cell")
    assert passed.get_xdata().tolist() == [0.9, 0.9]
    assert failed.get_xdata().tolist() == whole.loc["high", "coverage"].tolist()
    assert failed.get_ydata().tolist() == [1, 1]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["right", "high"]


def test_cells_stand_in_the_panels_that_are_named(ranks):
    studies = {name: pd.DataFrame({"rank_a": each}) for name, each in ranks.items()}
    table = calibration_table(studies, 199)
    panels = {"good": {"right": "as it should be"}, "bad": {"high": "h", "gone": "g"}}
    figure = plot_coverage(table, panels=panels)
    good, bad = figure.axes
    assert [t.get_text() for t in good.get_yticklabels()] == ["as it should be"]
    assert [t.get_text() for t in bad.get_yticklabels()] == ["h"]
    drawn = {
        line.get_marker(): line.get_xdata().tolist()
        for line in bad.lines
        if line.get_marker() in "ox"
    }
    high = table.set_index("cell").loc["high", "coverage"]
    assert drawn == {"o": [], "x": [high]}
    assert good.get_xlim() == bad.get_xlim()
    figure.savefig(io.BytesIO(), format="pdf")


def test_no_curve_is_refused():
    with pytest.raises(SettingError, match="no curve"):
        plot_ecdf_difference({})

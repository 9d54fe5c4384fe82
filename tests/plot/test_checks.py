import io

import numpy as np
import pytest
import xarray as xr

from conflictstats.errors import SettingError
from conflictstats.evaluate.checks import FitCheck
from conflictstats.plot.checks import plot_pit, plot_rootogram


@pytest.fixture
def check():
    """A check whose every number is known."""
    pit = xr.Dataset(
        {
            "height": ("bin", [0.5, 1.5]),
            "lower": ("bin", [0.8, 0.8]),
            "upper": ("bin", [1.2, 1.2]),
        },
        {"left": ("bin", [0.0, 0.5]), "right": ("bin", [0.5, 1.0])},
        {"nobs": 40, "level": 0.9},
    )
    rootogram = xr.Dataset(
        {
            "observed": ("bin", [25.0, 9.0, 4.0]),
            "expected": ("bin", [16.0, 16.0, 4.0]),
            "lower": ("bin", [9.0, 9.0, 1.0]),
            "upper": ("bin", [36.0, 25.0, 9.0]),
        },
        {"first": ("bin", [0, 1, 2]), "last": ("bin", [0.0, 1.0, np.inf])},
    )
    return FitCheck(
        statistics=xr.Dataset(), pit=pit, rootogram=rootogram, nobs=38, level=0.9
    )


def bars(figure):
    """Lower and upper end of each bar."""
    return [
        (b.get_y(), b.get_y() + b.get_height()) for b in figure.axes[0].containers[0]
    ]


def test_hanging_bars_go_from_the_prediction_down_by_what_was_observed(check):
    ends = [(min(pair), max(pair)) for pair in bars(plot_rootogram(check))]
    assert ends == [(-1, 4), (1, 4), (0, 2)]


def test_suspended_bars_are_the_differences_alone(check):
    ends = bars(plot_rootogram(check, kind="suspended"))
    assert ends == [(0, -1), (0, 1), (0, 0)]


def test_the_band_is_where_the_ends_may_lie(check):
    band = plot_rootogram(check).axes[0].patches[0].get_data()
    assert band.values.tolist() == [1, 1, 1]
    assert band.baseline.tolist() == [-2, -1, -1]


def test_bars_are_named_by_their_first_count_and_all_of_them_is_seen(check):
    axes = plot_rootogram(check).axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "1", "2"]
    low, high = axes.get_ylim()
    assert low < -2
    assert high > 4


def test_heights_are_drawn_in_their_band(check):
    band, heights = (p.get_data() for p in plot_pit(check).axes[0].patches)
    assert heights.values.tolist() == [0.5, 1.5]
    assert heights.edges.tolist() == band.edges.tolist() == [0, 0.5, 1]
    assert (band.baseline.tolist(), band.values.tolist()) == ([0.8] * 2, [1.2] * 2)


def test_figures_are_one_column_wide_and_can_be_written(check):
    for figure in (plot_pit(check), plot_rootogram(check)):
        assert figure.get_figwidth() * 25.4 == pytest.approx(89)
        figure.savefig(io.BytesIO(), format="pdf")


def test_another_kind_is_refused(check):
    with pytest.raises(SettingError, match="kind must be one of hanging, suspended"):
        plot_rootogram(check, kind="standing")

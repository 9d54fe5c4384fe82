"""Ratios and coverage are drawn where the table has them."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from conflictstats.plot.misreading import ASSUMED, plot_misreading


@pytest.fixture
def table():
    rows = [
        {
            "truth": truth,
            "share": share,
            "assumed": assumed,
            "ratio": 1.0 + number / 10 + share,
            "ratio_error": 0.02,
            "coverage": 0.9 - number / 10,
            "coverage_error": 0.03,
        }
        for truth in ("exact", "coarsened")
        for share in (1.0, 0.25)
        for number, assumed in enumerate(ASSUMED)
    ]
    return pd.DataFrame(rows)


def drawn(axes, color):
    """Marks of one reading, in order."""
    for line in axes.lines:
        if line.get_color() == color and len(line.get_xdata()) == 2:
            return line.get_ydata()
    raise AssertionError(color)


def test_lines_have_the_ratios_and_coverages_in_order_of_the_share(table):
    axes = plot_misreading(table).axes
    for number, (color, _) in enumerate(ASSUMED.values()):
        ratios = 1 + number / 10 + np.array([0.25, 1])
        assert_allclose(drawn(axes[0], color), ratios)
        assert_allclose(drawn(axes[2], color), [0.9 - number / 10] * 2)
    assert [each.get_text() for each in axes[2].get_xticklabels()] == ["25", "100"]


def test_bars_are_two_errors_either_way(table):
    upper = plot_misreading(table).axes[0]
    bars = [each.get_segments() for each in upper.collections]
    assert_allclose([np.ptp(segment[:, 1]) for each in bars for segment in each], 0.08)


def test_the_right_reading_is_thick(table):
    left, right = plot_misreading(table).axes[:2]
    for axes, truth in ((left, "exact"), (right, "coarsened")):
        thick = {line.get_color() for line in axes.lines if line.get_linewidth() == 2}
        assert thick == {ASSUMED[truth][0]}


def test_what_has_no_estimate_gets_an_arrow_and_no_mark(table):
    away = (table["assumed"] == "coarsened") & (table["share"] == 1)
    table.loc[away, ["ratio", "ratio_error"]] = [np.inf, np.nan]
    upper, _, lower, _ = plot_misreading(table).axes
    color, _ = ASSUMED["coarsened"]
    assert np.isnan(drawn(upper, color)[1])
    assert np.isnan(drawn(lower, color)[1])
    arrows = [line for line in upper.lines if line.get_markersize() == 12]
    held = [line for line in arrows if len(line.get_xdata())]
    assert [line.get_color() for line in held] == [color]
    assert held[0].get_ydata()[0] < upper.get_ylim()[1]

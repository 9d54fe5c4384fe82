"""Coverage is drawn where the table has it, and refusals look different."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.plot.undercount_coverage import MARKS, plot_undercount_coverage


@pytest.fixture
def table():
    rows = [
        {
            "population": population,
            "method": method,
            "n_lists": n_lists,
            "coverage": 0.1 * n_lists,
            "coverage_lower": 0.1 * n_lists - 0.05,
            "coverage_upper": 0.1 * n_lists + 0.05,
            "n": 100,
            "replicates": 100,
        }
        for population in ("alike", "unlike")
        for method in ("graphs", "classes")
        for n_lists in MARKS
    ]
    return pd.DataFrame(rows)


def drawn(axes):
    """Marks by their words: place, number of lists, and whether they are hollow."""
    lists_of = {marker: n_lists for n_lists, (marker, _) in MARKS.items()}
    for line in axes.lines:
        if line.get_marker() in lists_of:
            x, y = line.get_xydata()[0]
            hollow = line.get_markerfacecolor() == "white"
            yield round(float(y)), lists_of[line.get_marker()], float(x), hollow


def draw(table):
    names = {"populations": {"unlike": "people\ndiffer"}}
    return plot_undercount_coverage(
        table, **names, methods={"classes": "by classes", "graphs": "by graphs"}
    )


def test_marks_stand_at_their_coverage_in_the_row_of_their_method(table):
    table.loc[table["method"] == "graphs", "coverage"] -= 0.03
    figure = draw(table)
    (axes,) = figure.axes
    found = {(row, n_lists): x for row, n_lists, x, _ in drawn(axes)}
    assert found == pytest.approx(
        {(0, n): 0.1 * n for n in MARKS} | {(1, n): 0.1 * n - 0.03 for n in MARKS}
    )
    labels = [each.get_text() for each in axes.get_yticklabels()]
    assert labels == ["by classes", "by graphs"]
    assert axes.get_title(loc="left") == "people\ndiffer"


def test_bars_are_the_interval_of_the_share(table):
    (axes,) = draw(table).axes
    bars = [
        sorted(line.get_xdata())
        for line in axes.lines
        if len(line.get_xdata()) == 2 and np.ptp(line.get_xdata()) > 0
    ]
    middle = 0.1 * np.sort([*MARKS, *MARKS])
    np.testing.assert_allclose(
        sorted(bars), np.stack([middle - 0.05, middle + 0.05], 1)
    )


def test_a_method_that_refuses_is_hollow_and_then_a_cross(table):
    table.loc[table["n_lists"] == 4, "n"] = 89
    table.loc[table["n_lists"] == 6, "n"] = 9
    (axes,) = draw(table).axes
    assert {(n, hollow) for _, n, _, hollow in drawn(axes)} == {
        (3, False),
        (4, True),
        (5, False),
    }
    crosses = [line for line in axes.lines if line.get_marker() == "x"]
    assert len(crosses) == 2
    assert {line.get_color() for line in crosses} == {MARKS[6][1]}

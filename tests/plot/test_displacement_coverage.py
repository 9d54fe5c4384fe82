"""Coverage is drawn where the table has it, and nothing where there is none."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.plot.displacement_coverage import LOOKS, plot_displacement_coverage

PANELS = {
    "Stock": {"stock 1": "first", "stock 2": "second", "stock 3": "last"},
    "Returns": {"returns": "all"},
}
KINDS = {"year": "a year", "short": "100 days"}


@pytest.fixture
def table():
    rows = [
        {
            "kind": kind,
            "quantity": quantity,
            "coverage": 0.9 - 0.1 * row - 0.01 * place,
            "coverage_lower": 0.8 - 0.1 * row - 0.01 * place,
            "coverage_upper": 0.95 - 0.1 * row - 0.01 * place,
        }
        for row, kind in enumerate(KINDS)
        for quantities in PANELS.values()
        for place, quantity in enumerate(quantities)
    ]
    return pd.DataFrame(rows)


def marks(axes):
    """Coverage by the row and the place of a mark."""
    places = [marker for marker, _ in LOOKS]
    return {
        (round(float(y)), places.index(line.get_marker())): float(x)
        for line in axes.lines
        if line.get_marker() in places
        for x, y in line.get_xydata()
    }


def test_marks_and_bars_stand_where_the_table_has_them(table):
    stock, returns = plot_displacement_coverage(table, kinds=KINDS, panels=PANELS).axes
    assert marks(stock) == pytest.approx(
        {
            (row, place): 0.9 - 0.1 * row - 0.01 * place
            for row in (0, 1)
            for place in range(3)
        }
    )
    assert marks(returns) == pytest.approx({(0, 0): 0.9, (1, 0): 0.8})
    bars = [
        line.get_xdata()
        for line in returns.lines
        if len(line.get_xdata()) == 2 and np.ptp(line.get_xdata()) > 0
    ]
    np.testing.assert_allclose(bars, [[0.8, 0.95], [0.7, 0.85]])
    assert [t.get_text() for t in stock.get_yticklabels()] == ["a year", "100 days"]
    assert stock.get_title(loc="left") == "Stock"
    words = [each.get_text() for each in stock.get_legend().get_texts()]
    assert words == ["first", "second", "last"]


def test_what_has_no_coverage_has_no_mark(table):
    table.loc[table["quantity"] == "returns", "coverage"] = [np.nan, 0.7]
    _, returns = plot_displacement_coverage(table, kinds=KINDS, panels=PANELS).axes
    assert marks(returns) == {(1, 0): 0.7}

"""Chains are drawn by group at their own heights, the long run in its own colour."""

import pandas as pd
from matplotlib.colors import to_hex

from conflictstats.plot.one_seed import COLORS, LONG, plot_one_seed


def rows():
    columns = ["group", "chain", "estimate", "lower", "upper", "above"]
    columns += ["above_lower", "above_upper"]
    table = [
        ("single", 0, 1400, 1300, 1500, 0.0, 0.0, 0.0),
        ("single", 1, 2200, 1500, 2900, 0.8, 0.7, 0.9),
        ("default", 0, 1500, 1400, 1800, 0.4, 0.4, 0.4),
        ("default", 0, 2300, 1900, 3000, 0.4, 0.4, 0.4),
        ("long run", 0, 1900, 1380, 2880, 0.5, 0.45, 0.55),
    ]
    return pd.DataFrame(table, columns=columns)


def segments(axes):
    """Height, ends and colour of every interval."""
    return {
        (*segment[:, 0], round(segment[0, 1], 1)): to_hex(lines.get_color()[0])
        for lines in axes.collections
        for segment in lines.get_segments()
    }


def test_intervals_lie_where_the_rows_say_by_group():
    totals = pd.DataFrame({"low": [1350, 1850], "draws": [30, 10]})
    figure = plot_one_seed(rows(), totals, parted=1850, level=0.9)
    people, shares, draws, _ = figure.axes
    found = segments(people)
    one, other = COLORS[0].lower(), COLORS[1].lower()
    assert {key[:2]: color for key, color in found.items()} == {
        (1300, 1500): one,
        (1500, 2900): one,
        (1400, 1800): other,
        (1900, 3000): other,
        (1380, 2880): LONG.lower(),
    }
    heights = {key[:2]: key[2] for key in found}
    assert heights[1400, 1800] == heights[1900, 3000]
    assert heights[1500, 2900] - heights[1300, 1500] == 1
    assert heights[1400, 1800] - heights[1500, 2900] > 1
    assert any(list(line.get_xdata()) == [0.5, 0.5] for line in shares.lines)
    below, above = draws.patches
    assert below.get_height() == 3 * above.get_height()
    assert below.get_alpha() < above.get_alpha()

"""Every answer is drawn over what is known, and what misses it looks different."""

import pandas as pd

from conflictstats.models.undercount import InternalConsistency
from conflictstats.plot.consistency import HELD, MISSED, plot_consistency


def test_answers_stand_over_what_is_known():
    rows = [
        ("A", "floor", 100, 60, 80.0, 70.0, 90.0, "floor", "CONVERGED", False, 0.8),
        ("B", "floor", 200, 90, 210.0, 180.0, 260.0, "floor", "CONVERGED", True, 1.05),
        ("A", "graphs", 100, 60, *[float("nan")] * 3, "range", "NO_END", None, None),
    ]
    columns = ["list", "method", "known", "seen", "estimate", "lower", "upper"]
    table = pd.DataFrame(rows, columns=[*columns, "kind", "status", "covers", "ratio"])
    table = table.astype({"covers": "boolean"})
    axes = plot_consistency(InternalConsistency(table, 0.9)).axes[0]
    lines = {
        tuple(line.get_xdata()): line.get_color()
        for line in axes.lines
        if line.get_linestyle() != "None" and len(set(line.get_xdata())) > 1
    }
    assert lines == {(0.7, 0.9): MISSED, (0.9, 1.3): HELD}
    assert [text.get_text() for text in axes.get_yticklabels()] == ["floor", "graphs"]

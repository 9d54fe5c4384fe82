"""The paths drawn are those that were found, each in the colour of its course."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.panel import bulletin_paths
from conflictstats.plot.bulletins import COURSES, plot_bulletins


def paths_of(*counts):
    """Paths from counts on the days 0, 1, 9."""
    rows = [
        (f"event {i}", "SOHR", "killed", pd.Timestamp("2019-06-10") + lag, n)
        for i, path in enumerate(counts)
        for lag, n in zip(pd.to_timedelta([0, 1, 9], "D"), path, strict=True)
    ]
    names = ["event_key", "source_org", "measure", "published", "value_low"]
    frame = pd.DataFrame(rows, columns=names)
    return bulletin_paths(frame.assign(value_high=frame["value_low"], kind="incident"))


HAND = paths_of((5, 8, 10), (7, 7, 7), (12, 12, 8), (3, 4, 4))


def test_every_path_is_drawn_as_a_part_of_its_last():
    left = plot_bulletins(HAND).axes[0]
    drawn = [
        (line.get_xdata().tolist(), line.get_ydata().tolist(), line.get_color())
        for line in left.lines
    ]
    days = [1, 2, 10]
    assert drawn == [
        (days, pytest.approx([0.5, 0.8, 1]), COURSES["grew"]),
        (days, [1, 1, 1], COURSES["unchanged"]),
        (days, [1.5, 1.5, 1], COURSES["fell"]),
        (days, [0.75, 1, 1], COURSES["grew"]),
    ]
    assert left.get_xscale() == "log"
    names = [text.get_text() for text in left.get_legend().get_texts()]
    assert names == ["grew", "unchanged", "fell"]


def test_the_bars_hold_every_path_once_and_the_line_is_their_mean():
    right = plot_bulletins(HAND).axes[1]
    held = {
        course: sum(
            patch.get_width()
            for patch in right.patches
            if same_color(patch.get_facecolor(), color)
        )
        for course, color in COURSES.items()
    }
    assert held == {"grew": 2, "unchanged": 1, "fell": 1}
    mean = (0.5 + 1 + 1.5 + 0.75) / 4
    (line,) = right.lines
    assert set(line.get_ydata()) == {mean}
    assert [text.get_text() for text in right.texts] == [f"mean {mean:.2f}"]


def test_the_offensive_has_26_paths_and_their_published_mean():
    paths = bulletin_paths(load_nw_syria_reports())
    left, right = plot_bulletins(paths).axes
    assert len(left.lines) == 26
    assert sum(patch.get_width() for patch in right.patches) == 26
    assert right.texts[0].get_text() == "mean 0.92"
    low, high = left.get_ylim()
    heights = np.concatenate([line.get_ydata() for line in left.lines])
    assert low < heights.min()
    assert heights.max() < high

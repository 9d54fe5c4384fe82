"""The figure of an overlap shows every record once, or says how many it leaves out."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.datasets import load_kosovo_lists
from conflictstats.errors import SettingError
from conflictstats.panel import lists_of_cells, lists_of_records
from conflictstats.plot.overlap import plot_overlap


@pytest.fixture(scope="module")
def kosovo():
    return lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])


def heights(figure):
    return [int(bar.get_height()) for bar in figure.axes[0].patches]


def test_every_record_of_kosovo_is_in_a_bar(kosovo):
    figure = plot_overlap(kosovo)
    sizes = figure.axes[1]
    assert heights(figure) == sorted(heights(figure), reverse=True)
    assert sum(heights(figure)) == 4400
    widths = [round(bar.get_width()) for bar in sizes.patches[:4]]
    assert widths == list(kosovo.sizes.values())
    assert sizes.get_yticklabels()[0].get_text() == "EXH"


def test_dots_are_the_lists_of_the_bar_above(kosovo):
    figure = plot_overlap(kosovo)
    _, dark = figure.axes[2].get_lines()
    on = np.zeros((15, 4), bool)
    on[dark.get_xdata().astype(int), dark.get_ydata().astype(int)] = True
    sums = np.array(heights(figure)) @ on
    assert sums.tolist() == list(kosovo.sizes.values())


def test_what_does_not_fit_is_added_up(kosovo):
    figure = plot_overlap(kosovo, width="single")
    shown = sum(heights(figure))
    said = f"not shown: {4400 - shown:,} in 3 rarer combinations"
    assert figure.get_supxlabel().endswith(said)


@pytest.mark.parametrize("n_lists", [2, 20])
def test_two_to_twenty_lists_with_any_name(n_lists, rng):
    names = [f"$ and a very long name {i}" for i in range(n_lists)]
    marks = rng.random((300, n_lists)) < 0.3
    marks[:, 0] |= ~marks.any(axis=1)
    lists = lists_of_records(pd.DataFrame(marks, columns=names), names)
    figure = plot_overlap(lists, width="single")
    figure.draw_without_rendering()
    assert len(figure.axes[1].get_yticklabels()) == n_lists
    assert sum(heights(figure)) <= lists.n_observed


def test_more_lists_than_can_be_drawn_are_refused(rng):
    names = [f"L{i}" for i in range(21)]
    marks = pd.DataFrame(rng.random((40, 21)) < 0.5, columns=names)
    with pytest.raises(SettingError, match="at most 20 lists, got 21"):
        plot_overlap(lists_of_records(marks[marks.any(axis=1)], names))

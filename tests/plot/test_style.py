import io

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import cbook
from matplotlib.figure import Figure

from conflictstats.errors import SettingError
from conflictstats.plot.style import (
    STYLE,
    draw_estimate,
    draw_reported,
    new_figure,
    plain,
    styled,
)


@styled
def two_places(label="place"):
    figure = new_figure("double", 50)
    axes = figure.subplots()
    weeks = np.array("2019-04-29", dtype="M8[D]") + 7 * np.arange(3)
    draw_reported(axes, weeks, ([1, 2, 3], [2, 3, np.nan], [3, np.inf, 5]), label=label)
    draw_estimate(axes, weeks, ([2, 3, 4], [1, 2, 3], [3, 4, 5]), label=label)
    axes.legend()
    return figure


def as_svg(figure):
    page = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "x"}):
        figure.savefig(page, format="svg", metadata={"Date": None})
    return page.getvalue()


def test_the_look_does_not_depend_on_the_users_settings():
    usual = as_svg(two_places())
    theirs = {"font.size": 20, "lines.linewidth": 9, "axes.facecolor": "black"}
    with matplotlib.rc_context(theirs):
        other = two_places()
    assert as_svg(other) == usual


def test_global_settings_are_as_before_also_after_an_error():
    @styled
    def fails():
        raise RuntimeError

    before = dict(matplotlib.rcParams)
    two_places()
    with pytest.raises(RuntimeError):
        fails()
    assert dict(matplotlib.rcParams) == before
    assert matplotlib.rcParams["pdf.fonttype"] != STYLE["pdf.fonttype"]


@pytest.mark.parametrize(("width", "mm"), [("single", 89), ("double", 183)])
def test_figures_are_as_wide_as_journal_columns(width, mm):
    assert new_figure(width, 40).get_size_inches() * 25.4 == pytest.approx([mm, 40])


def test_other_widths_are_refused():
    with pytest.raises(SettingError, match="single, double"):
        new_figure("triple")


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_plain_text_is_drawn_letter_by_letter(text):
    escaped = plain(text)
    assert not cbook.is_math_text(escaped)
    assert escaped.replace(r"\$", "$") == text


def test_a_name_that_is_bad_mathematics_can_be_drawn():
    as_svg(two_places(label="Rue $ant_^$"))
    figure = Figure()
    figure.text(0, 0, "Rue $ant_^$")
    with pytest.raises(ValueError, match="ant_"):
        as_svg(figure)


def test_an_open_end_is_an_arrow_and_no_infinity_is_drawn():
    axes = two_places().axes[0]
    arrows = axes.lines[0]
    assert arrows.get_ydata().tolist() == [3]
    assert np.isfinite(axes.get_ylim()).all()
    whiskers = axes.collections[0].get_segments()
    assert [segment[:, 1].tolist() for segment in whiskers] == [[1, 3], [2, 3], [3, 5]]


def test_reported_are_markers_and_estimates_are_lines():
    axes = two_places().axes[0]
    _, best, estimate = axes.lines
    assert (best.get_marker(), best.get_linestyle()) == ("o", "None")
    assert (estimate.get_marker(), estimate.get_linestyle()) == ("None", "-")
    assert estimate.get_color() != best.get_color()


def test_colours_are_told_apart_in_grey():
    from matplotlib.colors import to_rgb

    from conflictstats.plot.style import FAINT, OKABE_ITO

    def lightness(color):
        return np.dot(to_rgb(color), [0.2126, 0.7152, 0.0722])

    assert lightness(FAINT) - lightness(OKABE_ITO["blue"]) > 0.1

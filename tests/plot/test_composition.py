import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from conflictstats.models.civilian_share import Composition
from conflictstats.plot.composition import BOUNDS, MODEL, SWEPT, plot_composition

pytestmark = pytest.mark.usefixtures("unchecked")


@pytest.fixture(scope="module")
def fit():
    """Place A has two known of forty-two, B has no unknown."""
    dead = np.array([[1, 0, 1, 40]] * 3 + [[5, 5, 5, 0]] * 3)
    names = ("civilians", "government", "nonstate", "unknown")
    day = pd.date_range("2019-01-10", periods=6, freq="15D")
    events = pd.DataFrame(dead, columns=[f"deaths_{name}" for name in names])
    total = dead.sum(axis=1)
    events = events.assign(place=["A"] * 3 + ["B"] * 3, date_start=day, date_end=day)
    events = events.assign(low=total, best=total, high=total)
    model = Composition(denominator="all", draws=50, replicates=20)
    return model.fit(events, by="place", rng=np.random.default_rng(1))


def lines(axes, color, marker=None):
    return [
        line
        for line in axes.lines
        if same_color(line.get_color(), color) and marker in (None, line.get_marker())
    ]


def test_a_row_has_its_bounds_its_odds_ratios_and_its_model(fit):
    left = plot_composition(fit).axes[0]
    assert [t.get_text() for t in left.get_yticklabels()] == ["A", "B", "all places"]
    boxes = [(p.get_x(), p.get_x() + p.get_width()) for p in left.patches]
    np.testing.assert_allclose(
        boxes, [(3 / 126, 123 / 126), (1 / 3, 1 / 3), (18 / 171, 138 / 171)]
    )
    swept = lines(left, SWEPT, "o")
    np.testing.assert_allclose(swept[1].get_xdata(), [1 / 3] * 5)
    assert (np.diff(swept[0].get_xdata()) > 0).all()


def test_a_refused_point_is_not_drawn(fit):
    points = lines(plot_composition(fit).axes[0], MODEL, "D")
    shown = [np.isfinite(point.get_xdata()).all() for point in points]
    assert shown == [False, True, True]


def test_the_curve_runs_between_the_bounds_and_names_its_assumption(fit):
    figure = plot_composition(fit, claim=0.3)
    right = figure.axes[1]
    heights = [line.get_ydata()[0] for line in lines(right, BOUNDS)]
    np.testing.assert_allclose(heights, [18 / 171, 138 / 171])
    (curve,) = lines(right, MODEL)
    shares = np.asarray(curve.get_ydata())
    assert (np.diff(shares) > 0).all()
    assert heights[0] < shares[0] < shares[-1] < heights[1]
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "odds ratio 1, log sd 0.7" in said[2]
    assert "nothing assumed" in said[0]

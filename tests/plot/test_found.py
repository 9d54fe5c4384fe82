"""What is drawn of the share found is what was fitted, beside its paths."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from numpy.testing import assert_allclose

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.models.bulletins import FoundShare
from conflictstats.panel import bulletin_paths
from conflictstats.plot.found import MARKS, plot_found_share


@pytest.fixture(scope="module")
def paths():
    return bulletin_paths(load_nw_syria_reports())


@pytest.fixture(scope="module")
def fit(paths):
    return FoundShare(draws=500).fit(paths, rng=np.random.default_rng(2))


@pytest.fixture(scope="module")
def axes(fit, paths):
    return plot_found_share(fit, paths, level=0.8).axes[0]


def test_every_path_has_one_mark_at_its_ratio(axes, paths):
    marks = [each for each in axes.collections if type(each) is PathCollection]
    drawn = np.concatenate([each.get_offsets()[:, 0] for each in marks])
    assert_allclose(np.sort(drawn), np.sort(paths.query("lag == 0")["of_last"]))
    assert max(drawn) < axes.get_xlim()[1]


def test_bars_are_the_intervals(axes, fit):
    thick = [line for line in axes.lines if line.get_linewidth() == 2.2]
    drawn = [line.get_xdata() for line in thick]
    found = fit.found(0.8).sel(body="SOHR")
    assert_allclose(drawn[0], [found["lower"], found["upper"]])
    another = fit.conf_int(0.8).sel(param="another_body")
    assert_allclose(drawn[-1], [another["lower"], another["upper"]])


def test_prior_and_posterior_have_one_scale(axes, fit):
    dotted = next(line for line in axes.lines if line.get_linestyle() == ":")
    solid = axes.lines[axes.lines.index(dotted) + 1]
    base = len(fit.density["term"]) - 1
    ratio = (solid.get_ydata() - base).max() / (dotted.get_ydata() - base).max()
    at = fit.density.sel(term="SOHR")
    assert_allclose(ratio, at["posterior"].max() / at["prior"].max())


def test_reported_and_inferred_do_not_share_a_colour(axes):
    assert not set(MARKS.values()) & {line.get_color() for line in axes.lines[1:2]}


def test_a_fit_of_nothing_is_drawn_as_the_prior(paths):
    none = paths.iloc[:0]
    empty = FoundShare(draws=50).fit(none, rng=np.random.default_rng(1), strict=False)
    figure = plot_found_share(empty, none)
    assert figure.axes[0].texts[0].get_text() == "another body, not seen"

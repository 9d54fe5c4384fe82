"""Bounds hold whatever the unknown were; a point for the unknown does not."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from conflictstats.errors import SettingError
from conflictstats.evaluate.lost_status import lost_status_study
from conflictstats.plot.lost_status import plot_lost_status


def test_bounds_hold_and_the_point_fails_where_civilians_are_lost(unchecked):
    """40 % unknown; 24 of 30 would be missed by a true coverage of 0.9 once in 20."""
    study = lost_status_study(
        [1.0, 4.0], rng=np.random.default_rng(1), replicates=30, n_events=100
    )
    covered = study["coverage"]
    assert (covered.sel(answer="bounds") == 1).all()
    assert (covered.sel(answer="interval") >= 0.8).all()
    alike, lost = covered.sel(answer="ignorable").values
    assert alike >= 0.8 > 0.2 >= lost
    assert_allclose(
        (study["upper"] - study["lower"]).sel(answer="bounds"), 0.4, atol=0.02
    )


@pytest.mark.slow
def test_coverage_of_three_answers_over_five_odds_ratios(unchecked):
    """Of 200 replicates, a coverage of 0.9 passes between 0.84 and 0.95."""
    study = lost_status_study(rng=np.random.default_rng(2), replicates=200)
    covered = study["coverage"]
    assert (covered.sel(answer="bounds") == 1).all()
    assert (covered.sel(answer="interval") >= 0.9).all()
    point = covered.sel(answer="ignorable")
    assert 0.84 <= point.sel(odds_ratio=1.0) <= 0.95
    assert (point.sel(odds_ratio=[0.25, 0.5, 2.0, 4.0]) < 0.5).all()


def test_the_figure_has_the_numbers_of_the_study():
    study = lost_status_study([1.0], rng=np.random.default_rng(1), replicates=2)
    ends, covered = plot_lost_status(study).axes
    for drawn, name in zip(ends.collections, study["answer"].values, strict=True):
        (segment,) = drawn.get_segments()
        of = study.sel(answer=name, odds_ratio=1.0)
        assert_allclose(segment[:, 1], [of["lower"], of["upper"]])
    heights = [line.get_ydata()[0] for line in covered.lines[:3]]
    assert_allclose(heights, study["coverage"].values[0])


def test_a_study_needs_a_replicate(rng):
    with pytest.raises(SettingError, match="replicates must be at least 1"):
        lost_status_study(rng=rng, replicates=0)

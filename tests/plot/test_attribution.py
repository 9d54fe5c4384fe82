"""What is drawn of attributions and reported shares is what the fits say."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from conflictstats.errors import SettingError
from conflictstats.models.attribution import AttributionBounds, AttributionShare
from conflictstats.models.civilian_share.reported_shares import ReportedShares
from conflictstats.panel import incidents_of_claims
from conflictstats.plot.attribution import plot_attribution
from conflictstats.plot.reported_shares import plot_reported_shares


@pytest.fixture(scope="module")
def fits():
    claims = pd.DataFrame(
        {
            "event": ["a", "b", "c", "c", "d"],
            "deaths": [6, 2, 2, 2, 5],
            "stance": ["names", "names", "names", "denies", "names"],
            "sides": ["army", "militia", "army", "army", "army or militia"],
            "by": ["SOHR", "SOHR", "$NHR", "army", "SOHR"],
        }
    )
    rng = np.random.default_rng(1)
    found = [incidents_of_claims(claims, denials=way) for way in ("open", "listed")]
    bounds = [AttributionBounds(replicates=50).fit(each, rng=rng) for each in found]
    return bounds, AttributionShare(draws=100).fit(found[0], rng=rng)


def test_boxes_go_from_certain_to_possible(fits):
    bounds, share = fits
    names = ["denials open", "denials listed"]
    figure = plot_attribution(dict(zip(names, bounds, strict=True)), share)
    for axes, unit in zip(figure.axes, ("incidents", "deaths"), strict=True):
        boxes = axes.patches
        for row, fit in enumerate(bounds):
            drawn = [boxes[3 * row + side] for side in range(3)]
            ends = fit.bounds.sel(unit=unit)
            assert_allclose([box.get_x() for box in drawn], ends["lower"])
            right = [box.get_x() + box.get_width() for box in drawn]
            assert_allclose(right, ends["upper"])
        points = axes.lines[-1].get_xdata()
        assert_allclose(points, share.params.sel(unit=unit))
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["army", "militia", "another side"]


def test_disputed_incidents_are_listed_with_who_says_what(fits):
    bounds, share = fits
    figure = plot_attribution({"x": bounds[0]}, share)
    said = " ".join(t.get_text() for half in figure.subfigs for t in half.texts)
    assert r"c (2 dead). army: \$NHR | not army: army" in said


def test_fits_of_other_sides_and_none_are_refused(fits):
    bounds, share = fits
    with pytest.raises(SettingError, match="one or two"):
        plot_attribution({}, share)
    other = pd.DataFrame(
        {"event": ["a"], "deaths": 1, "stance": "names", "sides": "police", "by": "x"}
    )
    fit = AttributionBounds(replicates=2).fit(
        incidents_of_claims(other), rng=np.random.default_rng(1)
    )
    with pytest.raises(SettingError, match="different sides"):
        plot_attribution({"a": bounds[0], "b": fit}, share)


def test_only_rows_that_limit_the_share_are_drawn():
    when = {"place": "A", "period_start": "2019-05-01"}
    said = pd.DataFrame(
        [
            {"measure": "killed", "phrase": "200", "period_end": "2019-05-31", **when},
            {
                "measure": "killed_civilian",
                "phrase": "between 50 and 80",
                "period_end": "2019-05-31",
                **when,
            },
            {"measure": "killed", "phrase": "at least 300", "period_end": "2019-06-30"}
            | when,
        ]
    )
    fit = ReportedShares().fit(said)
    axes = plot_reported_shares(fit).axes[0]
    (box,) = axes.patches
    assert_allclose([box.get_x(), box.get_x() + box.get_width()], [0.25, 0.4])
    assert [text.get_text() for text in axes.texts] == ["50 to 80 of 200"]
    with pytest.raises(SettingError, match="no statement limits a share"):
        plot_reported_shares(ReportedShares().fit(said[2:]))

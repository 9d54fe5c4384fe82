"""Figure of incidents: what was printed and what is inferred."""

import numpy as np
import pytest

from conflictstats.errors import SettingError
from conflictstats.models.incidents import Incidents
from conflictstats.plot.incidents import plot_incidents
from conflictstats.simulate.incidents import incident_bulletins


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(2)
    told = incident_bulletins(8, found={"A": 0.9, "B": 0.7}, rng=rng)
    return Incidents(points=20).fit(told, rng=rng)


def test_every_number_printed_is_drawn_where_it_was(fit):
    axes = plot_incidents(fit, names={"incident 00003": "the third"}).axes[0]
    drawn = np.concatenate(
        [line.get_xdata() for line in axes.lines if line.get_marker() in "os"]
    )
    assert sorted(drawn) == sorted(fit.reports["count"].values)
    assert "the third" in [text.get_text() for text in axes.texts]


def test_bars_are_the_intervals_of_the_counts(fit):
    axes = plot_incidents(fit, most=3, level=0.8).axes[0]
    bars = {tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 3}
    counts = fit.counts(0.8)
    ends = set(zip(counts["lower"].values, counts["upper"].values, strict=True))
    assert len(axes.texts) == 3
    assert bars <= ends


def test_without_a_second_report_there_is_nothing_to_draw(rng):
    told = incident_bulletins(4, found={"A": 0.9}, reports=1, rng=rng)
    fit = Incidents(points=20).fit(told, rng=rng)
    with pytest.raises(SettingError, match="no path"):
        plot_incidents(fit)

"""The last figure of an incident, foretold from those before."""

import numpy as np
import pytest

from conflictstats.evaluate import leave_last_out
from conflictstats.evaluate.last_bulletin import _crps
from conflictstats.models.incidents import Incidents
from conflictstats.simulate.incidents import incident_bulletins

MODEL = Incidents(points=40)


def test_a_sure_number_is_scored_by_its_error():
    count = np.array([3.0, 7.0, 11.0])
    assert _crps(count, np.array([0.0, 1.0, 0.0]), 10.0) == 3


def test_the_score_is_the_area_between_the_law_and_what_came():
    count, probability = np.array([2.0, 3.0, 6.0]), np.array([0.2, 0.5, 0.3])
    steps = np.arange(0, 12)
    law = np.array([probability[count <= k].sum() for k in steps])
    area = ((law - (steps >= 5)) ** 2).sum()
    assert _crps(count, probability, 5.0) == pytest.approx(area)


@pytest.fixture(scope="module")
def foretold():
    rng = np.random.default_rng(3)
    found = {"A": 0.85, "B": 0.6}
    told = incident_bulletins(30, found=found, reports=1.5, rng=rng)
    return told, leave_last_out(told, MODEL, rng=rng)


def test_on_bulletins_of_its_kind_the_model_beats_the_rules(foretold):
    _, left = foretold
    assert (left.scores["upper"] < 0).all()
    inside = left.figures["last_figure"].between(
        left.figures["lower"], left.figures["upper"]
    )
    assert inside.mean() > 0.8


def test_rules_see_only_what_came_before(foretold):
    told, left = foretold
    told = told.sort_values(["event_key", "published", "source_org"], kind="stable")
    for _, row in left.figures.head(20).iterrows():
        path = told.loc[told["event_key"] == row["event_key"], "value_low"].to_numpy()
        assert row["last_figure"] == path[-1]
        assert row["rule_last"] == path[-2]
        assert row["rule_maximum"] == path[:-1].max()
        assert row["rule_median"] == np.median(path[:-1])


def test_an_incident_of_one_report_is_not_foretold(foretold):
    told, left = foretold
    assert len(left.figures) == told["event_key"].nunique()
    alone = told.groupby("event_key").head(1)
    with pytest.raises(ValueError, match="two reports"):
        leave_last_out(alone, MODEL, rng=np.random.default_rng(1))

"""The study of linkage counts what is right, and sees what is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from conflictstats.evaluate.linkage_coverage import LinkageCoverage, true_links
from conflictstats.linkage import EventLinkage
from conflictstats.simulate.listed_events import ListingLaw, listed_events

EASY = LinkageCoverage(
    name="easy",
    events=80,
    listed=(0.7, 0.7),
    law=ListingLaw(towns=10, moved=0.05, late=0, miscounted=0, misnamed=0),
    model=EventLinkage(draws=20, thin=1),
)


def test_lists_without_errors_are_linked_nearly_without(unchecked):
    """Two events may still be alike, of which one list has the one."""
    row = EASY.replicate(np.random.default_rng(1))
    assert row["held"] == row["counts"] == 3
    assert row["held_events"] == 1
    assert min(row["links_right"], row["links_found"]) > 0.95
    assert abs(row["events_error"]) < 2
    assert row["events_error"] == -row["full_error"]


def test_a_window_that_is_too_narrow_is_seen(unchecked):
    few = EventLinkage(km=1, draws=20, thin=1)
    blind = replace(EASY, law=replace(EASY.law, moved=1.5), model=few)
    row = blind.replicate(np.random.default_rng(1))
    assert row["links_found"] < 0.5
    assert row["held"] < row["counts"]
    assert row["events_error"] > 10
    assert row["full_error"] < -10


def test_true_links_are_pairs_with_one_number():
    law = ListingLaw(towns=3, moved=0.5)
    rng = np.random.default_rng(2)
    told = listed_events(40, listed={"A": 0.8, "B": 0.8, "C": 0.8}, rng=rng, law=law)
    linked = EventLinkage(draws=0).fit(told.tables)
    right = true_links(told, linked)
    links = linked.links
    for at in (*np.flatnonzero(right)[:5], *np.flatnonzero(~right)[:5]):
        one, other = (
            told.truth[links.at[at, f"{which}table"]][links.at[at, f"{which}row"] - 1]
            for which in ("", "other_")
        )
        assert (one == other) == right[at]
    assert right.sum() == pytest.approx(true_pairs(told), abs=3)


def true_pairs(told):
    """Pairs of rows of one event, counted one by one."""
    held = told.listed.sum(axis=1)
    return sum(int(n) * (int(n) - 1) // 2 for n in held)

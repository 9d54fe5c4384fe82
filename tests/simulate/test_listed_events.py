"""Lists record what they have by the law that is stated."""

import numpy as np
import pytest

from conflictstats.errors import SettingError
from conflictstats.simulate.listed_events import ListingLaw, listed_events

EXACT = ListingLaw(late=0, moved=0, miscounted=0, misnamed=0)


def test_lists_that_change_nothing_agree_on_every_event(rng):
    told = listed_events(300, listed={"A": 0.7, "B": 0.6}, law=EXACT, rng=rng)
    a, b = (
        table.drop(columns="id").assign(event=told.truth[name]).set_index("event")
        for name, table in told.tables.items()
    )
    both = a.index.intersection(b.index)
    assert len(both) == told.overlap[("A", "B")]
    assert a.loc[both].equals(b.loc[both])


def test_lists_are_independent_and_of_the_stated_size(rng):
    told = listed_events(20_000, listed={"A": 0.5, "B": 0.3}, rng=rng)
    assert len(told.tables["A"]) / 20_000 == pytest.approx(0.5, abs=0.015)
    ratio = told.overlap[("A", "B")] / 20_000
    assert ratio == pytest.approx(0.15, abs=0.012)


def test_places_days_and_deaths_are_changed_as_stated(rng):
    law = ListingLaw(late=0.3, moved=2, miscounted=0.5, misnamed=0.2)
    told = listed_events(8000, listed={"A": 1.0}, law=law, rng=np.random.default_rng(1))
    same = listed_events(
        8000, listed={"A": 1.0}, law=EXACT, rng=np.random.default_rng(1)
    )
    table, true = (
        each.tables["A"].assign(event=each.truth["A"]).set_index("event").sort_index()
        for each in (told, same)
    )
    late = (table["date_start"] - true["date_start"]).dt.days
    assert (late > 0).mean() == pytest.approx(0.3, abs=0.02)
    assert late.max() == 2
    km = (table["latitude"] - true["latitude"]) * 111.195
    assert km.std() == pytest.approx(2, rel=0.05)
    assert (table["actor"] != true["actor"]).mean() == pytest.approx(0.2, abs=0.02)
    ranged = table["high"] > table["low"]
    assert ranged.mean() == pytest.approx(0.25, abs=0.02)
    assert ((table["low"] <= table["best"]) & (table["best"] <= table["high"])).all()


def test_settings_that_make_no_sense_are_refused(rng):
    with pytest.raises(SettingError, match="probabilities from 0 to 1"):
        listed_events(10, listed={"A": 1.2}, rng=rng)
    with pytest.raises(SettingError, match="from 0 to 1"):
        ListingLaw(late=2)
    with pytest.raises(SettingError, match="span and towns 1 or more"):
        ListingLaw(towns=0)

"""Claims are read as they stand: vague, denied, contested, and never from a weapon."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.errors import SchemaError, SettingError
from conflictstats.panel import attributions_of_reports, incidents_of_claims

R, S, H = "Russia", "Syrian government", "HTS/rebels"
EITHER = f"{S} or {R}"


@pytest.fixture(scope="module")
def reports():
    return load_nw_syria_reports().frame


def claims(*rows):
    """Claims from rows of (event, stance, sides)."""
    table = pd.DataFrame(rows, columns=["event", "stance", "sides"])
    return table.assign(deaths=table["event"].astype("category").cat.codes + 1, by="x")


def open_sides(*rows, **wanted):
    """Sides that the one incident of the rows leaves open, "another side" as "?"."""
    named = [("all", "names", f"{R} or {S} or {H}")]
    found = incidents_of_claims(
        claims(*named, *[("it", *row) for row in rows]), **wanted
    ).sel(incident="it")
    sides = found["side"].values[found["possible"].values]
    return set(np.where(sides == "another side", "?", sides)), str(
        found["standing"].values
    )


ALL = {R, S, H, "?"}
CASES = {
    "one": ([("names", R)], {R}, "one side", {R}),
    "either": ([("names", EITHER)], {R, S}, "several sides", {R, S}),
    "vaguer": ([("names", R), ("names", EITHER)], {R, S}, "several sides", {R}),
    "against": ([("names", R), ("names", S)], {R, S}, "contested", {R, S}),
    "unknown": ([("unknown", None)], ALL, "anyone", ALL),
    "quoted": ([("names", R), ("unknown", None)], ALL, "anyone", {R}),
    "suspected": ([("suspects", R)], ALL, "anyone", ALL),
    "suspicion denied": ([("suspects", R), ("denies", R)], ALL, "contested", ALL),
    "denied": ([("names", R), ("denies", R)], ALL, "contested", ALL),
    "denied by one": ([("names", EITHER), ("denies", R)], ALL, "contested", ALL),
    "denied in vain": ([("names", S), ("denies", R)], {S}, "one side", {S}),
    "graded": ([("names", R), ("contested", None)], ALL, "contested", ALL),
    "silent": ([("silent", None)], ALL, "anyone", ALL),
}


@pytest.mark.parametrize("name", CASES)
def test_what_claims_leave_open(name):
    rows, some, standing, every = CASES[name]
    assert open_sides(*rows) == (some, standing)
    assert open_sides(*rows, trust="every")[0] == every


def test_a_denial_that_is_only_listed_is_still_disputed():
    rows = [("it", "names", R), ("it", "denies", R)]
    found = incidents_of_claims(claims(*rows), denials="listed")
    assert found["standing"].item() == "one side"
    assert found["disputed"].item()
    assert found["says"].item() == f"{R}: x | not {R}: x"


stance = st.sampled_from(["names", "suspects", "contested", "unknown", "denies"])
some_sides = st.sets(st.sampled_from([R, S, H]), min_size=1).map(" or ".join)
pages = st.lists(st.tuples(st.integers(0, 3), stance, some_sides), min_size=1)


@given(pages, pages)
@settings(max_examples=15)
def test_order_and_repetition_change_nothing_and_more_trust_never_widens(rows, more):
    sides = [R, S, H]
    found = incidents_of_claims(claims(*rows), sides=sides)["possible"]
    again = incidents_of_claims(claims(*rows[::-1], *rows), sides=sides)["possible"]
    assert again.reindex_like(found).equals(found)
    trusted = incidents_of_claims(claims(*rows), sides=sides, trust="every")
    assert bool((~trusted["possible"] | found).all())
    both = incidents_of_claims(claims(*rows, *more), sides=sides)["possible"]
    assert bool((both.sel(incident=found["incident"]) | ~found).all())


def test_the_weapon_changes_nothing(reports):
    """Barrel bombs are dropped by one side only, and still nothing is inferred."""
    weapons = np.resize(["barrel bomb", "Su-34", "rocket", None], len(reports))
    armed = reports.assign(weapon=weapons, note="by a regime helicopter")
    told = attributions_of_reports(armed)
    pd.testing.assert_frame_equal(told, attributions_of_reports(reports))
    plain = incidents_of_claims(told)
    assert incidents_of_claims(told.assign(weapon="barrel bomb")).identical(plain)


def test_the_market_of_22_july_is_claimed_and_denied(reports):
    found = incidents_of_claims(attributions_of_reports(reports))
    market = found.sel(incident="inc-20190722-maarat-market")
    assert market["standing"].item() == "contested"
    assert "UN Commission of Inquiry" in market["says"].item()
    assert "not Russia: Russian MoD (via TASS)" in market["says"].item()
    assert market["deaths"].item() == 38
    listed = incidents_of_claims(attributions_of_reports(reports), denials="listed")
    market = listed.sel(incident="inc-20190722-maarat-market")
    assert list(market["side"].values[market["possible"].values]) == [R]


def test_every_report_of_an_incident_is_used_or_counted(reports):
    told = attributions_of_reports(reports)
    incidents = reports[reports["kind"] == "incident"]
    civilians = incidents[incidents["measure"] == "killed_civilian"]
    towns = civilians[civilians["admin_level"] == "town"]
    assert told["event"].nunique() == towns["event_key"].nunique()
    elsewhere = civilians[~civilians["event_key"].isin(towns["event_key"])]
    assert told.attrs["excluded_scope"] == len(elsewhere)
    assert told.attrs["excluded_repeated"] == len(towns) - towns["event_key"].nunique()
    other = incidents[~incidents["event_key"].isin(civilians["event_key"])]
    assert told.attrs["excluded_measure"] == len(other)
    here = incidents[incidents["event_key"].isin(towns["event_key"])]
    assert (told["stance"] != "denies").sum() == here["perpetrator"].notna().sum()
    assert set(told["report"]) <= set(here["report_id"])


def test_a_denial_by_somebody_else_is_as_written(reports):
    told = attributions_of_reports(reports.assign(denied_by="Turkey"))
    assert set(told.loc[told["stance"] == "denies", "sides"]) == {"Turkey"}
    plain = attributions_of_reports(reports.assign(denied_by=None))
    sides = incidents_of_claims(plain)["side"].values
    with_denial = incidents_of_claims(told)["possible"].sel(side=sides)
    assert with_denial.equals(incidents_of_claims(plain)["possible"])


def test_an_incident_of_which_nobody_says_who_is_kept(reports):
    silent = reports.assign(perpetrator=None, denied_by=None)
    told = attributions_of_reports(silent)
    assert set(told["stance"]) == {"silent"}
    found = incidents_of_claims(told)
    assert list(found["side"].values) == ["another side"]


def test_what_cannot_be_read_is_refused(reports):
    with pytest.raises(SchemaError, match="denied_by"):
        attributions_of_reports(reports.drop(columns="denied_by"))
    good = claims(("a", "names", R), ("b", "names", S))
    with pytest.raises(SchemaError, match="no column by"):
        incidents_of_claims(good.drop(columns="by"))
    with pytest.raises(SchemaError, match="stance cannot be used in row 2"):
        incidents_of_claims(good.assign(stance=["names", "hints"]))
    with pytest.raises(SchemaError, match="sides cannot be used in row 1"):
        incidents_of_claims(good.assign(sides=[None, S]))
    with pytest.raises(SchemaError, match="deaths cannot be used in row 1"):
        incidents_of_claims(good.assign(deaths=[-1, 2]))
    with pytest.raises(SchemaError, match="several for one event"):
        incidents_of_claims(good.assign(event="a"))
    with pytest.raises(SchemaError, match="no claims"):
        incidents_of_claims(good[:0])
    with pytest.raises(SchemaError, match="event cannot be used in row 2"):
        incidents_of_claims(good.assign(event=["a", None]))
    with pytest.raises(SchemaError, match="name Syrian government"):
        incidents_of_claims(good, sides=[R])
    with pytest.raises(SettingError, match="trust"):
        incidents_of_claims(good, trust="none")


def test_sides_named_are_those_of_the_hand_made_list_of_disagreements(reports, shared):
    """Another table, made from all measures of each incident whose figures differ."""
    path = shared / "nw_syria_2019" / "disagreements.csv"
    listed = pd.read_csv(path).set_index("event_key")["perpetrators_named"].dropna()
    told = attributions_of_reports(reports)
    named = told[told["stance"].isin(["names", "suspects", "contested", "unknown"])]
    words = named["sides"].fillna(named["stance"])
    found = words.groupby(named["event"]).agg(set)
    both = listed.index.intersection(found.index)
    assert len(both) > 20
    for event in both:
        assert set(listed[event].split(" / ")) <= found[event], event

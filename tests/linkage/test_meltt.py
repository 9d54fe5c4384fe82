"""The rule of MELTT on the example that its authors publish."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.errors import SchemaError, SettingError
from conflictstats.linkage import Meltt

NAMES = ["crash_data1", "crash_data2", "crash_data3"]
TAXONOMIES = ["model_tax", "color_tax", "damage_tax"]


def read(path):
    return pd.read_csv(path, dtype=str).rename(
        columns={"date": "date_start", "enddate": "date_end", "event": "id"}
    )


@pytest.fixture(scope="module")
def crashes(shared):
    folder = shared / "linkage"
    tables = {name: read(folder / f"{name}.csv") for name in NAMES}
    taxonomies = {
        name: pd.read_csv(folder / f"taxonomy_{name}.csv", dtype=str)
        for name in TAXONOMIES
    }
    return tables, taxonomies


def test_the_published_example_is_reproduced(crashes):
    """Donnay et al. (2019), 4 km and 2 days: 195 rows are 140 events."""
    tables, taxonomies = crashes
    linked = Meltt(days=2, km=4).fit(tables, taxonomies=taxonomies)
    assert len(linked.rows) == 195
    assert linked.n_events == 140
    said = linked.diagnostics
    assert (said["event_matches"], said["episode_matches"]) == (26, 8)
    assert said["duplicates"] == 55
    published = {"1": 41, "2": 34, "3": 31, "1 & 2": 5, "1 & 3": 4, "2 & 3": 4}
    published["1 & 2 & 3"] = 21
    overlap = linked.overlap().set_index("tables")["linked"]
    overlap.index = overlap.index.str.replace("crash_data", "")
    assert overlap.to_dict() == published


def test_events_and_episodes_are_listed_but_not_linked(crashes):
    tables, taxonomies = crashes
    links = Meltt(days=2, km=4).fit(tables, taxonomies=taxonomies).links
    mixed = links["note"] != ""
    assert mixed.any()
    assert not links.loc[mixed, "linked"].any()


ONE = pd.DataFrame({"date_start": ["2019-06-04"], "latitude": [35.9]}).assign(
    longitude=36.6, kind="x"
)
BROAD = pd.DataFrame(
    {
        "source": ["A", "A", "B", "B"],
        "said": ["x", "y", "x", "y"],
        "narrow": ["x", "y", "x", "y"],
        "broad": ["z"] * 4,
    }
)


def test_the_most_specific_agreement_wins():
    """By hand: row 1 of B agrees broadly (score 1), row 2 narrowly (score 0)."""
    two = pd.concat([ONE.assign(kind="y"), ONE])
    linked = Meltt(days=1, km=1).fit({"A": ONE, "B": two}, taxonomies={"kind": BROAD})
    assert linked.rows["event"].tolist() == [1, 2, 1]
    assert linked.links["linked"].tolist() == [False, True]


@pytest.mark.parametrize(("shift", "events"), [(1, 1), (2, 2)])
def test_both_ends_of_an_episode_must_be_within_the_window(shift, events):
    days = pd.Timestamp("2019-06-04"), pd.Timestamp("2019-06-10")
    first = ONE.assign(date_start=days[0], date_end=days[1])
    later = first.assign(date_end=days[1] + pd.Timedelta(days=shift))
    linked = Meltt(days=1, km=1).fit(
        {"A": first, "B": later}, taxonomies={"kind": BROAD}
    )
    assert linked.n_events == events


def test_what_a_taxonomy_does_not_say_is_refused():
    tables = {"A": ONE, "B": ONE.assign(kind="w")}
    with pytest.raises(SchemaError, match="taxonomy of 'kind' lacks 'w' of table 'B'"):
        Meltt(days=1, km=1).fit(tables, taxonomies={"kind": BROAD})
    with pytest.raises(SchemaError, match="has 'x', 'y' of table 'A' more than once"):
        Meltt(days=1, km=1).fit(tables, taxonomies={"kind": pd.concat([BROAD, BROAD])})
    with pytest.raises(SettingError, match="one table or more"):
        Meltt(days=1, km=1).fit(tables, taxonomies={})
    with pytest.raises(SettingError, match="add up to 1"):
        Meltt(days=1, km=1, weights={"kind": 2.0}).fit(
            tables, taxonomies={"kind": BROAD}
        )


def test_identical_tables_link_everything_and_far_ones_nothing():
    towns = pd.concat([ONE.assign(latitude=lat) for lat in np.arange(10.0, 20)])
    rule = Meltt(days=1, km=50)
    kinds = {"kind": BROAD}
    assert rule.fit({"A": towns, "B": towns}, taxonomies=kinds).n_events == 10
    moved = towns.assign(latitude=towns["latitude"] + 0.5)
    assert rule.fit({"A": towns, "B": moved}, taxonomies=kinds).n_events == 20

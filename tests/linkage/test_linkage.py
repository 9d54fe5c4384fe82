"""Links are right where the truth is known, and do not depend on the order of rows."""

import jaxtyping
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from conflictstats.errors import SchemaError, SettingError
from conflictstats.evaluate.linkage_coverage import LinkageCoverage, true_links
from conflictstats.events import read_ged
from conflictstats.linkage import EventLinkage, LinkageStatus
from conflictstats.simulate.listed_events import ListingLaw, listed_events

THREE = {"A": 0.6, "B": 0.5, "C": 0.4}


@pytest.fixture(scope="module")
def told():
    return listed_events(180, listed=THREE, rng=np.random.default_rng(3))


@pytest.fixture(scope="module")
def linked(told):
    jaxtyping.config.update("jaxtyping_disable", True)
    found = EventLinkage(draws=60, thin=1).fit(
        told.tables, rng=np.random.default_rng(4)
    )
    jaxtyping.config.update("jaxtyping_disable", False)
    return found


def test_links_are_found_and_few_are_wrong(told, linked):
    true = true_links(told, linked)
    found = linked.links["linked"].to_numpy()
    sizes = told.listed.sum(axis=1)
    pairs = (sizes * (sizes - 1) // 2).sum()
    assert true[found].mean() > 0.95
    assert true[found].sum() / pairs > 0.9


def test_probabilities_are_as_often_right_as_they_say(told, linked):
    true, said = true_links(told, linked), linked.links["probability"].to_numpy()
    middle = (said > 0.1) & (said < 0.9)
    spread = np.sqrt((said * (1 - said))[middle].sum())
    assert middle.sum() > 5
    assert abs((true - said)[middle].sum()) < 3 * spread + 2
    assert true[said > 0.95].mean() > 0.95


def test_drawn_overlaps_are_around_the_true_ones(told, linked):
    overlap = linked.overlap(0.99).set_index("tables")
    for tables, count in told.overlap.items():
        row = overlap.loc[" & ".join(tables)]
        assert row["lower"] - 3 <= count <= row["upper"] + 3


def test_the_result_is_ready_for_estimates_of_the_unlisted(linked):
    lists = linked.lists()
    assert lists.n_observed == linked.n_events
    assert lists.sizes == linked.rows["table"].value_counts().to_dict()
    drawn = linked.drawn_lists()
    assert len(drawn) == 60
    assert all(each.sizes == lists.sizes for each in drawn)
    assert len({each.n_observed for each in drawn}) > 1


def test_no_event_has_two_rows_of_one_table(linked):
    assert not linked.rows.duplicated(["table", "event"]).any()
    for drawn in linked.partitions.to_numpy():
        rows = linked.rows[["table"]].assign(event=drawn)
        assert not rows.duplicated().any()


def test_the_order_of_rows_and_tables_changes_nothing(told):
    small = {name: table.head(40) for name, table in told.tables.items()}
    turned = {name: small[name].iloc[::-1] for name in reversed(small)}
    settings = EventLinkage(draws=10)
    one = settings.fit(small, rng=np.random.default_rng(1))
    other = settings.fit(turned, rng=np.random.default_rng(1))
    as_said = one.rows.set_index("id")["event"]
    mirrored = other.rows.set_index("id")["event"].loc[as_said.index]
    pairs = pd.crosstab(as_said.to_numpy(), mirrored.to_numpy())
    assert ((pairs > 0).sum() == 1).all()
    assert ((pairs > 0).sum(axis=1) == 1).all()
    key = one.overlap().set_index("tables").sort_index()
    assert_array_equal(
        sorted(key.to_numpy().tolist()),
        sorted(other.overlap().iloc[:, 1:].to_numpy().tolist()),
    )


def test_an_interval_holds_one_more_draw_as_often_as_it_says(linked):
    """Of 60 draws and one more, which is any of the 61, two are at the ends."""
    interval = linked.overlap(59 / 61).set_index("tables")
    drawn = [
        each.overlap().set_index("lists")["count"] for each in linked.drawn_lists()
    ]
    counts = pd.concat(drawn, axis=1).fillna(0).loc[interval.index]
    assert (counts.max(axis=1) > counts.min(axis=1)).any()
    np.testing.assert_allclose(interval["lower"], counts.min(axis=1))
    np.testing.assert_allclose(interval["upper"], counts.max(axis=1))


def test_errors_as_wide_as_the_window_are_said():
    """A quarter of the pairs of one event are more than 10 km apart in truth."""
    law = ListingLaw(moved=4.25, towns=10)
    told = listed_events(
        80, listed={"A": 1.0, "B": 1.0}, rng=np.random.default_rng(5), law=law
    )
    found = EventLinkage(draws=0).fit(told.tables)
    assert true_links(told, found).sum() < 70
    assert found.status is LinkageStatus.AT_THE_EDGE
    assert found.diagnostics["outer_share_km"] > 0.4
    wide = EventLinkage(draws=0, km=40).fit(told.tables)
    assert true_links(told, wide).sum() == 80
    assert wide.status is LinkageStatus.LINKED


def test_levels_end_at_the_window(told, unchecked):
    tables = {name: table.head(30) for name, table in told.tables.items()}
    weights = EventLinkage(draws=0, days=1).fit(tables).weights
    days = weights.loc[weights["field"] == "days", "means"].tolist()
    assert days == ["the same days", "spans that meet", "1 days apart"]


def test_a_table_beside_itself_is_linked_row_by_row(told):
    table = told.tables["A"].head(80)
    linked = EventLinkage(draws=10).fit({"A": table, "B": table})
    assert linked.n_events == 80
    assert linked.lists().full().tolist() == [0, 0, 0, 80]


def test_tables_that_are_far_apart_share_nothing(told):
    table = told.tables["A"]
    moved = table.assign(latitude=table["latitude"] + 20)
    linked = EventLinkage(draws=4).fit({"A": table, "B": moved})
    assert linked.status is LinkageStatus.NO_PAIRS
    assert linked.n_events == 2 * len(table)
    assert [each.n_observed for each in linked.drawn_lists()] == [2 * len(table)] * 4


def test_one_row_a_table():
    row = pd.DataFrame(
        {"date_start": ["2019-06-04"], "latitude": [35.9], "longitude": [36.6]}
    )
    linked = EventLinkage(draws=10).fit({"A": row, "B": row})
    assert linked.n_events == 1
    assert linked.lists().count.tolist() == [1]


def test_a_table_that_repeats_an_event(told):
    table = told.tables["A"].head(60)
    twice = pd.concat([table, table.head(20)])
    other = told.tables["B"]
    apart = EventLinkage(draws=0).fit({"A": twice, "B": other})
    once = EventLinkage(draws=0, repeats=True).fit({"A": twice, "B": other})
    assert not apart.rows.duplicated(["table", "event"]).any()
    rows = once.rows[once.rows["table"] == "A"]
    same = rows["event"].iloc[:20].to_numpy() == rows["event"].iloc[60:].to_numpy()
    assert same.all()


def test_weights_of_one_study_can_be_used_in_another(told, linked, unchecked):
    other = listed_events(120, listed=THREE, rng=np.random.default_rng(8))
    given = EventLinkage(draws=10).fit(
        other.tables, weights=linked.weights, rng=np.random.default_rng(1)
    )
    both = ["field", "level", "m", "u"]
    pd.testing.assert_frame_equal(given.weights[both], linked.weights[both])
    assert true_links(other, given)[given.links["linked"]].mean() > 0.9
    with pytest.raises(SchemaError, match="row for level 0 of 'days'"):
        EventLinkage().fit(other.tables, weights=linked.weights.iloc[1:])


def test_strata_are_known_where_the_rows_agree():
    rows = pd.DataFrame(
        {
            "date_start": ["2019-06-04", "2019-07-04", "2019-08-04"],
            "latitude": [35.0, 36.0, 37.0],
            "longitude": 36.6,
        }
    )
    tables = {
        "A": rows.assign(adm_1=["Idlib", "Idlib", None]),
        "B": rows.assign(adm_1=["Idlib", "Hama", "Hama"]),
    }
    lists = EventLinkage(draws=0).fit(tables, by="adm_1").lists()
    assert lists.strata == ("Hama", "Idlib")
    assert lists.counts.tolist() == [[1], [1]]
    assert lists.unplaced.tolist() == [1]


def test_twins_cannot_be_told_apart_and_that_is_said(shared, unchecked):
    """How many there are is known, for a row is used once; which is which is not."""
    path = shared / "bad_input" / "ged_same_day_place_dyad_deaths.csv"
    events = read_ged(path, on_disorder="sort").frame.head(60)
    linked = EventLinkage(draws=40, thin=1).fit(
        {"A": events, "B": events}, rng=np.random.default_rng(1)
    )
    assert linked.n_events == len(events)
    assert linked.status is LinkageStatus.DOUBTFUL
    assert linked.links["probability"].between(0.2, 0.8).sum() > 20
    assert "source_headline" not in linked.rows


BAD = {
    "row 2 of table 'A' have no day or no coord": {"latitude": [35.0, None]},
    "row 1 of table 'A' have no day": {"date_start": ["", "2019-06-04"]},
    "row 2 of table 'A' end before": {"date_end": ["2019-06-04", "2019-06-01"]},
    "row 1 of table 'A' .* outside of latitude": {"latitude": [95.0, 35.0]},
    "row 2 of table 'A' do not have 0 <= low": {"low": [1, 9], "best": 3, "high": 4},
}


@pytest.mark.parametrize("message", BAD)
def test_rows_that_cannot_be_placed_are_named(message):
    good = pd.DataFrame({"date_start": ["2019-06-04"] * 2, "latitude": 35.0})
    good = good.assign(longitude=36.0)
    with pytest.raises(SchemaError, match=message):
        EventLinkage().fit({"A": good.assign(**BAD[message]), "B": good})


def test_rows_left_out_are_counted():
    good = pd.DataFrame({"date_start": ["2019-06-04"] * 3, "latitude": 35.0})
    good = good.assign(longitude=36.0)
    holes = good.assign(latitude=[35.0, None, None])
    linked = EventLinkage(missing="leave out", draws=0).fit({"A": good, "B": holes})
    assert linked.excluded == {"A": 0, "B": 2}
    assert linked.rows["row"].tolist() == [1, 2, 3, 1]
    assert "left out, without a day or a place: B 2" in linked.summary()


@pytest.mark.parametrize("bad", [{"draws": 7}, {"thin": 0}, {"km": 0}, {"days": -1}])
def test_settings_that_cannot_be_used_are_refused(bad):
    with pytest.raises(SettingError, match=next(iter(bad))):
        EventLinkage(**bad)


def test_tables_that_cannot_be_compared_are_refused():
    good = pd.DataFrame({"date_start": ["2019-06-04"], "latitude": 35.0})
    good = good.assign(longitude=36.0)
    with pytest.raises(SettingError, match="2 to 20 event tables"):
        EventLinkage().fit({"A": good})
    with pytest.raises(SchemaError, match="'B' has no rows"):
        EventLinkage().fit({"A": good, "B": good.iloc[:0]})
    with pytest.raises(SchemaError, match="'B' has no column 'longitude'"):
        EventLinkage().fit({"A": good, "B": good.drop(columns="longitude")})


@pytest.mark.slow
@pytest.mark.parametrize("n_lists", [2, 3, 4])
def test_intervals_of_the_overlap_hold_the_truth(n_lists):
    """Counts of a study go together, so 20 studies are known to 5 % or so."""
    cell = LinkageCoverage(
        name="slow",
        events=200,
        listed=(0.6, 0.5, 0.4, 0.3)[:n_lists],
        law=ListingLaw(moved=1.5, towns=30),
        model=EventLinkage(draws=100),
    )
    rows = [cell.replicate(np.random.default_rng([9, seed])) for seed in range(20)]
    table = pd.DataFrame(rows)
    assert table["held"].sum() / table["counts"].sum() > 0.8
    assert abs(table["full_error"].mean()) < 2

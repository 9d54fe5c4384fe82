"""Reports are never added twice, and silence is not zero."""

import numpy as np
import pandas as pd
import pytest

from conflictstats.datasets import load_nw_syria_reports
from conflictstats.errors import SchemaError, SettingError
from conflictstats.panel import panel_of_reports

DEFAULTS = {
    "kind": "incident",
    "measure": "killed",
    "source_org": "SOHR",
    "place": "NW Syria",
    "admin_level": "region",
    "published": "2019-06-11",
    "value_high": np.nan,
}


def reports(*rows):
    """Rows of (event key, first day, last day, qualifier, low), and what differs."""
    coded = []
    for key, start, end, qualifier, low, *other in rows:
        said = {"event_key": key, "period_start": start, "period_end": end}
        said |= {"qualifier": qualifier, "value_low": low}
        if qualifier == "exact":
            said["value_high"] = low
        coded.append(DEFAULTS | said | (other[0] if other else {}))
    frame = pd.DataFrame(coded)
    for name in ("period_start", "period_end", "published"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def read(frame, **settings):
    return panel_of_reports(frame, measure="killed", source="SOHR", **settings)


DAY = ("2019-06-10", "2019-06-10")


def test_silence_is_missing_not_zero():
    found = read(
        reports(
            ("a", *DAY, "exact", 5.0), ("b", "2019-06-12", "2019-06-12", "exact", 0.0)
        )
    )
    assert found["low"].values.ravel().tolist() == pytest.approx(
        [5, np.nan, 0], nan_ok=True
    )
    assert found["coverage"].values.ravel().tolist() == [1, 0, 1]


@pytest.mark.parametrize(("repeated", "low"), [("last", 18), ("first", 9), ("max", 25)])
def test_one_of_several_bulletins_is_taken(repeated, low):
    frame = reports(
        ("a", *DAY, "exact", 9.0, {"published": "2019-06-10"}),
        ("a", *DAY, "exact", 12.0, {"published": "2019-06-10"}),
        ("a", *DAY, "exact", 25.0, {"published": "2019-06-11"}),
        ("a", *DAY, "exact", 18.0, {"published": "2019-06-12"}),
        ("a", *DAY, "exact", 3.0, {"published": None}),
    )
    found = read(frame, repeated=repeated)
    assert found["low"].item() == low
    assert found.attrs["excluded_repeated"] == 4


def test_several_bulletins_may_be_refused():
    frame = reports(("a", *DAY, "exact", 9.0), ("a", *DAY, "exact", 12.0))
    with pytest.raises(SchemaError, match="1 events have several reports, such as a"):
        read(frame, repeated="error")


def test_totals_of_an_area_with_a_day_in_common_are_not_added():
    frame = reports(
        ("two days", "2019-06-11", "2019-06-12", "exact", 20.0),
        ("one day", "2019-06-12", "2019-06-12", "exact", 25.0),
        ("another", "2019-06-13", "2019-06-13", "exact", 1.0),
        ("part of another", "2019-06-13", "2019-06-13", "exact", 0.0),
    )
    found = read(frame, every="week")
    assert found["low"].item() == 21
    assert found.attrs["excluded_overlapping"] == 2
    assert found["coverage"].item() == pytest.approx(3 / 7)


def test_incidents_of_one_day_in_one_town_are_added():
    town = {"admin_level": "town", "place": "Ariha"}
    frame = reports(("a", *DAY, "exact", 5.0, town), ("b", *DAY, "at_least", 2.0, town))
    found = read(frame, scope="town").isel(time=0, place=0)
    assert (found["low"].item(), found["high"].item()) == (7, np.inf)
    assert found["qualifier"].item() == "at_least"
    assert np.isnan(found["value"].item())


@pytest.mark.parametrize(
    ("first", "second", "joint"),
    [
        ("exact", "exact", "exact"),
        ("at_least", "at_least", "at_least"),
        ("exact", "more_than", "more_than"),
        ("at_least", "more_than", "derived"),
    ],
)
def test_qualifier_of_a_sum(first, second, joint):
    days = ("2019-06-11", "2019-06-11")
    frame = reports(("a", *DAY, first, 5.0), ("b", *days, second, 2.0))
    assert read(frame, every="week")["qualifier"].item() == joint


def test_counted_strictly_above_and_below():
    frame = reports(
        ("a", *DAY, "more_than", 25.0),
        ("b", "2019-06-11", "2019-06-11", "nearly", np.nan, {"value_high": 50.0}),
    )
    found = read(frame)
    assert (found["low"].values[0, 0], found["high"].values[1, 0]) == (26, 49)
    assert found["value"].values.ravel().tolist() == [25, 50]


def test_a_report_over_several_cells_stays_a_period_without_weight():
    frame = reports(
        ("a", "2019-06-10", "2019-06-12", "at_least", 9.0), ("b", *DAY, "exact", 4.0)
    )
    found = read(frame)
    assert found["low"].values[0, 0] == 4
    assert found["period_low"].values.tolist() == [9]
    assert found["period_qualifier"].values.tolist() == ["at_least"]
    assert found["period_share"].values.tolist() == [0]
    assert (found["period_first"].item(), found["period_last"].item()) == (0, 2)


def test_the_day_of_the_founding_article():
    """SOHR, 10 June 2019: 25 civilians, on another page of that day more than 25."""
    said = panel_of_reports(
        load_nw_syria_reports(), measure="killed_civilian", source="SOHR"
    )
    day = said.sel(time="2019-06-10", place="NW Syria")
    assert (day["low"].item(), day["qualifier"].item()) == (26, "more_than")
    assert said.attrs["licence"].startswith("BSD-3-Clause")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"scope": "village"},
            "no report has admin_level 'village'; they have: region",
        ),
        ({"every": "year"}, "every must be one of"),
        ({"repeated": "median"}, "repeated must be one of"),
    ],
)
def test_words_that_find_nothing(settings, message):
    with pytest.raises((SchemaError, SettingError), match=message):
        read(reports(("a", *DAY, "exact", 5.0)), **settings)


def test_shares_are_not_counts():
    with pytest.raises(SchemaError, match="more_than_half is not one of counts"):
        read(reports(("a", *DAY, "more_than_half", 0.5)))


def test_undated_reports_are_counted_out():
    frame = reports(("a", *DAY, "exact", 5.0), ("b", None, None, "exact", 6.0))
    assert read(frame).attrs["excluded_undated"] == 1
    with pytest.raises(SchemaError, match="none of the 1 reports that fit has a date"):
        read(frame[1:])


def test_missing_columns_are_named():
    with pytest.raises(SchemaError, match="no column published, qualifier"):
        read(
            reports(("a", *DAY, "exact", 5.0)).drop(columns=["published", "qualifier"])
        )


# --- several bodies --------------------------------------------------------------

OTHER = {"source_org": "White Helmets"}


def read_both(frame, **settings):
    bodies = ["SOHR", "White Helmets"]
    return panel_of_reports(frame, measure="killed", source=bodies, **settings)


def test_bodies_stand_side_by_side_and_each_is_what_it_is_alone():
    frame = reports(
        ("a", *DAY, "exact", 9.0),
        ("a", *DAY, "at_least", 12.0, OTHER),
        ("b", "2019-06-12", "2019-06-12", "exact", 4.0, OTHER),
        ("c", "2019-06-09", "2019-06-10", "exact", 4.0, OTHER),
    )
    both = read_both(frame)
    assert both["low"].dims == ("time", "place", "body")
    assert both["low"].sel(body="SOHR").values.ravel().tolist() == pytest.approx(
        [np.nan, 9, np.nan, np.nan], nan_ok=True
    )
    alone = panel_of_reports(frame, measure="killed", source="White Helmets")
    other = both.sel(body="White Helmets", drop=True).drop_vars("period_body")
    assert other.drop_attrs().equals(alone.drop_attrs())
    assert both["period_body"].values.tolist() == [1]


def test_repeated_reports_of_a_body_are_one_and_counted():
    frame = reports(
        ("a", *DAY, "exact", 9.0, {"published": "2019-06-10"}),
        ("a", *DAY, "exact", 12.0),
        ("a", *DAY, "exact", 11.0, OTHER),
    )
    found = read_both(frame)
    assert found["low"].values.ravel().tolist() == [12, 11]
    assert found["n_reports"].values.ravel().tolist() == [1, 1]
    assert found.attrs["excluded_repeated"] == 1


def test_one_text_of_an_agency_is_no_second_report():
    wire = {"agency": "AFP"}
    frame = reports(
        ("a", *DAY, "exact", 9.0, wire),
        ("a", *DAY, "exact", 9.0, wire | OTHER),
        ("b", "2019-06-11", "2019-06-11", "exact", 9.0, wire),
        ("b", "2019-06-11", "2019-06-11", "exact", 8.0, wire | OTHER),
        ("c", "2019-06-12", "2019-06-12", "exact", 9.0),
        ("c", "2019-06-12", "2019-06-12", "exact", 9.0, OTHER),
    )
    found = read_both(frame)
    assert found.attrs["excluded_copied"] == 1
    assert found["low"].values[:, 0].tolist() == [
        pytest.approx([9, np.nan], nan_ok=True),
        [9, 8],
        [9, 9],
    ]


def test_two_bodies_of_one_market_in_the_real_table():
    """Maarat al-Numan, 22 July 2019: 38 by one body and 17 by the other."""
    found = panel_of_reports(
        load_nw_syria_reports(),
        measure="killed_civilian",
        source=("SOHR", "White Helmets"),
        scope="town",
    )
    said = found["low"].sel(time="2019-07-22", place="Maarat al-Numan")
    assert said.values.ravel().tolist() == [38, 17]

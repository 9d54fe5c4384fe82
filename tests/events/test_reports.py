"""Reports: bounds must be those that the words leave."""

import io

import pytest

from conflictstats.errors import SchemaError
from conflictstats.events import check, read_events, read_reports

HEADER = (
    "report_id,event_key,kind,measure,value_low,value_high,qualifier,period_start,"
    "period_end,source_org,url,published"
)


def report(low="25", high="", qualifier="at_least", kind="incident", **cells):
    start, end = cells.get("start", "2019-06-10"), cells.get("end", "2019-06-10")
    published = cells.get("published", "2019-06-11")
    row = f"R1,market,{kind},killed,{low},{high},{qualifier},{start},{end},SOHR,x"
    return io.StringIO(f"{HEADER}\n{row},{published}\n")


@pytest.mark.parametrize(
    ("low", "high", "qualifier"),
    [
        ("25", "25", "exact"),
        ("25", "", "at_least"),
        ("25", "", "more_than"),
        ("25", "25", "about"),
        ("", "25", "nearly"),
        ("20", "25", "range"),
        ("24", "", "vague_plural"),
        ("", "25", "up_to"),
        ("0.5", "", "more_than_half"),
        ("0.333", "0.333", "fraction"),
    ],
)
def test_each_qualifier_has_its_bounds_and_no_others(low, high, qualifier):
    assert len(read_reports(report(low, high, qualifier))) == 1
    swapped = report(high, low, qualifier)
    if low != high:
        with pytest.raises(SchemaError, match="bounds that the qualifier leaves"):
            read_reports(swapped)
    else:
        with pytest.raises(SchemaError, match="bounds that the qualifier leaves"):
            read_reports(report(low, "9999", qualifier))


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"qualifier": "roughly"}, "qualifier"),
        ({"kind": "rumour"}, "kind"),
        ({"low": "-1"}, "value_low"),
        ({"start": "2019-06-11"}, "period_start period_end"),
        ({"published": "June 2019"}, "published"),
        ({"published": "2019-13"}, "published"),
    ],
)
def test_what_is_not_in_the_coding_is_a_fault(cells, column):
    faults = check(report(**cells)).frame
    assert column in set(faults["column"])
    assert set(faults["row"]) == {2}


@pytest.mark.parametrize(
    ("published", "day"),
    [("2019-06-11", "2019-06-11"), ("2019-06", None), ("2019", None), ("", None)],
)
def test_a_month_is_not_made_into_a_day(published, day):
    row = read_reports(report(published=published)).frame.iloc[0]
    assert row["published"] is not None
    shown = None if row.isna()["published"] else str(row["published"].date())
    assert shown == day


def test_the_layout_is_known_by_its_header(events):
    assert "qualifier" in read_events(report()).frame
    assert "deaths_government" in read_events(events.file()).frame

"""The table of displacement reports: what comes back, and what is refused."""

import contextlib
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflictstats.errors import ConflictStatsError, SchemaError
from conflictstats.events import (
    displacement_table,
    read_camps,
    read_displacement,
    read_dtm,
    read_dtm_round,
    read_gidd,
    read_unhcr_population,
)
from conflictstats.events.displacement_schema import (
    AT_A_DAY,
    COLUMNS,
    MEASURES,
    OVER_DAYS,
)
from conflictstats.quantity import parse

SOUND = {
    "report_id": "a",
    "body": "OCHA",
    "measure": "cumulative",
    "unit": "persons",
    "place": "NW Syria",
    "start": "2019-05-01",
    "end": "2019-08-23",
    "low": "400001",
    "high": "inf",
    "qualifier": "more_than",
}
STOCK = {"measure": "stock", "start": "2019-08-23"}


def file(*rows):
    return io.StringIO(pd.DataFrame(rows).to_csv(index=False))


def frame(*rows):
    days = ("start", "end", "published")
    return pd.DataFrame(rows).assign(
        **{
            day: [pd.Timestamp(row.get(day) or pd.NaT) for row in rows]
            for day in days
            if any(day in row for row in rows)
        }
    )


# -- round trip ----------------------------------------------------------------------

WORD = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=6,
)
PEOPLE = st.integers(0, 10**9).map(float)
DAY = st.datetimes(pd.Timestamp("1950-01-01"), pd.Timestamp("2025-01-01")).map(
    lambda moment: pd.Timestamp(moment).normalize()
)


@st.composite
def tables(draw):
    rows = []
    for at in range(draw(st.integers(1, 4))):
        measure = draw(st.sampled_from(MEASURES))
        share = measure == "fraction"
        low, best, high = sorted(draw(st.tuples(PEOPLE, PEOPLE, PEOPLE)))
        bounds = [low, best, draw(st.sampled_from([high, np.inf]))]
        first, last = sorted(draw(st.tuples(DAY, DAY)))
        rows.append(
            {
                "report_id": f"{at}{draw(WORD)}",
                "body": draw(WORD),
                "measure": measure,
                "unit": "share" if share else draw(st.sampled_from(["persons"])),
                "place": f"{at}",
                "origin": draw(st.none() | WORD),
                "start": last if measure in AT_A_DAY else first,
                "end": last,
                "published": draw(st.sampled_from([pd.NaT, last])),
                **dict(zip(["low", "best", "high"], [0.2, 0.5, 1.0], strict=True)),
                **(
                    {}
                    if share
                    else dict(zip(["low", "best", "high"], bounds, strict=True))
                ),
                "value": draw(st.just(np.nan) | PEOPLE),
                "qualifier": "range",
                "n_assessed": draw(st.none() | st.integers(0, 10**6)),
                "row": at + 2,
            }
        )
    return displacement_table(pd.DataFrame(rows))


@given(tables())
@settings(max_examples=6)
def test_what_is_written_is_read_again_and_a_second_check_changes_nothing(table):
    again = read_displacement(io.StringIO(table.to_csv(index=False))).frame
    pd.testing.assert_frame_equal(again, table)
    pd.testing.assert_frame_equal(displacement_table(table), table)


# -- what is refused -----------------------------------------------------------------


FAULTS = [
    ({"low": "-5", "qualifier": "exact", "high": "5"}, "low"),
    ({"low": "500", "high": "400"}, "low high"),
    ({"low": "", "high": "400"}, "low"),
    ({"high": "72,011 families"}, "high"),
    ({"qualifier": "exact"}, "low high qualifier"),
    ({"start": ""}, "measure start end"),
    ({"measure": "flow", "start": ""}, "measure start end"),
    ({"measure": "stock"}, "measure start end"),
    ({"start": "2019-09-01"}, "start end"),
    ({"published": "2019-04-01"}, "start published"),
    ({"unit": "persons and households"}, "unit"),
    ({"unit": "share"}, "measure unit"),
    ({**STOCK, "measure": "fraction"}, "measure unit"),
    (
        {
            **STOCK,
            "measure": "fraction",
            "unit": "share",
            "low": "0.5",
            "high": "2",
        },
        "unit high",
    ),
    ({"measure": "flight"}, "measure"),
    ({"qualifier": "roughly"}, "qualifier"),
    ({"body": ""}, "body"),
    ({"end": "23/08/2019"}, "end"),
]
"""What is changed in a sound row, and the column that is then at fault."""


def test_every_fault_is_told_at_once_by_row_and_column():
    rows = [
        {**SOUND, "report_id": f"{n}", **change}
        for n, (change, _) in enumerate(FAULTS, 3)
    ]
    with pytest.raises(SchemaError) as refused:
        read_displacement(file(SOUND, *rows))
    faults = refused.value.faults
    told = set(zip(faults["row"], faults["column"], strict=True))
    assert {(n, column) for n, (_, column) in enumerate(FAULTS, 3)} <= told
    assert set(faults["row"]) == set(range(3, 3 + len(FAULTS)))
    assert faults["advice"].str.len().min() > 0


@pytest.mark.parametrize(
    "change",
    [
        {"low": -5.0},
        {"low": np.nan},
        {"best": 3.0},
        {"unit": "heads"},
        {"start": ""},
        {"body": None},
    ],
)
def test_a_frame_is_held_against_the_same_rules(change):
    rows = [{**SOUND, "low": 400001.0, "high": np.inf, "row": 7}]
    assert len(displacement_table(frame(*rows))) == 1
    with pytest.raises(SchemaError) as refused:
        displacement_table(frame({**rows[0], **change}))
    assert set(refused.value.faults["row"]) == {7}


def test_a_report_named_twice_is_refused():
    with pytest.raises(SchemaError, match="each report_id once"):
        read_displacement(file(SOUND, SOUND))


def test_a_stock_above_the_population_of_its_place_is_refused():
    people = {**SOUND, **STOCK, "measure": "population", "report_id": "p"}
    people |= {"low": 3e6, "high": 3.1e6, "qualifier": "range"}
    stock = {**people, "measure": "stock", "report_id": "s", "body": "IOM"}
    within, above = {**stock, "low": 3e6}, {**stock, "low": 3.2e6, "high": np.inf}
    assert len(displacement_table(frame(people, within))) == 2
    with pytest.raises(SchemaError, match="largest population reported of its place"):
        displacement_table(frame(people, above))
    elsewhere = {**above, "place": "Aleppo"}
    assert len(displacement_table(frame(people, elsewhere))) == 2
    assert len(displacement_table(frame({**people, "high": np.inf}, above))) == 2


def test_a_column_that_cannot_be_made_sense_of_is_named():
    rows = frame({**SOUND, "low": 1.0, "high": 2.0})
    with pytest.raises(SchemaError, match="high of the displacement reports is not"):
        displacement_table(rows.assign(high="two"))
    with pytest.raises(SchemaError, match="have no column low, high, qualifier"):
        displacement_table(rows.drop(columns=["low", "high", "qualifier"]))


# -- words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "phrase", ["more than 300,000", "nearly half of 3 million", "hundreds of thousands"]
)
def test_a_phrase_is_read_as_the_parser_reads_it(phrase):
    row = {k: v for k, v in SOUND.items() if k not in ("low", "high", "qualifier")}
    table = read_displacement(file({**row, "phrase": phrase})).frame
    said = parse(phrase)
    assert table[["low", "high"]].iloc[0].tolist() == [said.low, said.high]
    assert table["qualifier"].item() == said.qualifier


def test_phrases_in_another_unit_are_refused():
    row = {k: v for k, v in SOUND.items() if k not in ("low", "high", "qualifier")}
    phrases = ["72,011 families", "half a million displacements", "nearly half"]
    phrases += ["an ocean of people"]
    rows = [{**row, "report_id": said, "phrase": said} for said in phrases]
    with pytest.raises(SchemaError, match="phrase") as refused:
        read_displacement(file(*rows))
    assert set(refused.value.faults["row"]) == {2, 3, 4, 5}


def test_rounding_is_assumed_only_of_a_number_that_was_printed():
    said = {
        ("exact", 5.0): "exact",
        ("more_than", 5.0): "rounded",
        ("more_than", np.nan): "coarsened",
        ("nearly", 5.0): "rounded",
        ("at_least", 5.0): "coarsened",
        ("about", 5.0): "coarsened",
    }
    rows = [
        {**SOUND, "report_id": f"{n}", "low": 5.0, "high": 5.0} | {"qualifier": how}
        for n, (how, _) in enumerate(said)
    ]
    table = frame(*rows).assign(value=[value for _, value in said])
    assert displacement_table(table)["mechanism"].tolist() == list(said.values())


def test_measures_are_at_a_day_or_over_days_and_columns_come_in_order():
    assert set(AT_A_DAY) | set(OVER_DAYS) == set(MEASURES)
    table = displacement_table(frame({"note": "x", **SOUND, "low": 1.0, "high": 2.0}))
    assert list(table) == [*COLUMNS, "note"]


# -- whatever the bytes --------------------------------------------------------------

LAYOUTS = {
    "own": (
        read_displacement,
        "report_id,body,measure,unit,place,start,end,low,high,qualifier\n"
        "1,UN,cumulative,persons,NW,2019-05-01,2019-08-23,400001,inf,more_than\n",
    ),
    "gidd": (
        read_gidd,
        "iso3,country_name,year,new_displacement,new_displacement_rounded,"
        "total_displacement,total_displacement_rounded\nAFG,X,2009,0.0,,297000,297000\n",
    ),
    "unhcr": (
        read_unhcr_population,
        "year,coo,coo_iso,coa,coa_iso,refugees,idps\n2019,SYR,SYR,LEB,LBN,910256,-\n",
    ),
    "interface": (
        read_dtm,
        "admin0Name,admin0Pcode,numPresentIdpInd,reportingDate\nA,AFG,5,2017-03-30\n",
    ),
    "sheet": (
        read_dtm_round,
        "Location ID,Governorate,Location Name,Families,Individuals,date\n"
        '11,Dahuk,Inishke,16,96,"Apr 01, 2014"\n',
    ),
    "camp": (lambda file: read_camps({"A": file}), "2019-05-01,5\n2019-05-09,7\n"),
}
PIECES = st.sampled_from(
    ["", "a", "-1", "0", ",", '"', "\n", "#", "-", "1e400", "inf", "nan", "ä", "2019"]
)


@pytest.mark.parametrize("layout", LAYOUTS)
@given(st.data())
@settings(max_examples=6)
def test_any_wound_to_a_sound_file_is_read_or_refused(layout, data):
    read, sound = LAYOUTS[layout]
    at, cut = data.draw(st.integers(0, len(sound))), data.draw(st.integers(0, 9))
    with contextlib.suppress(ConflictStatsError):
        read(io.StringIO(sound[:at] + data.draw(PIECES) + sound[at + cut :]))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_sound_file_of_each_layout_is_read(layout):
    read, sound = LAYOUTS[layout]
    assert len(read(io.StringIO(sound))) == 1 + (layout == "camp")

"""The parser against the hand coding of the north-west Syria reports."""

import csv
import math
from importlib import resources

import pytest

from conflictstats.errors import QuantityError
from conflictstats.quantity import parse
from conflictstats.quantity.coding import READ, read_coded

EXCUSED = {
    "R0237": "'including' is coded at_least once and exact 53 times: the coder read on",
}
EXCUSED_PHRASES = {"including"}


def number(cell):
    return float(cell) if cell else None


def bounds_of(report):
    """What the coding would have written: low and high, None for blank."""
    step = 1 if report.unit == "count" else 0
    if report.qualifier in ("at_least", "vague_plural"):
        assert math.isinf(report.high) or report.unit == "share"
        return report.low, None
    if report.qualifier in ("more_than", "more_than_half"):
        return report.low - step * (report.qualifier == "more_than"), None
    if report.qualifier == "nearly":
        return None, report.high + step
    if report.qualifier == "up_to":
        assert report.low == 0
        return None, report.high
    if report.qualifier == "about":
        assert report.best in report
        return report.best, report.best
    return report.low, report.high


def agrees(row):
    """Whether the parser says what the coder wrote down."""
    try:
        report = parse(row["qualifier_text"], row["value_printed"])
    except QuantityError:
        return False
    coded = number(row["value_low"]), number(row["value_high"])
    # the coding rounds a third to 0.333
    tolerance = 5e-4 if row["qualifier"] == "fraction" else 0
    return report.qualifier == row["qualifier"] and all(
        (ours is None) == (theirs is None)
        and (ours is None or math.isclose(ours, theirs, abs_tol=tolerance))
        for ours, theirs in zip(bounds_of(report), coded, strict=True)
    )


@pytest.fixture(scope="module")
def rows():
    data = resources.files("conflictstats.datasets").joinpath("data")
    text = data.joinpath("nw_syria_reports.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_reads_every_coded_row_but_the_excused(rows):
    wrong = {row["report_id"] for row in rows if not agrees(row)}
    assert wrong == set(EXCUSED)


def test_excuses_are_few(rows):
    assert len(rows) == 1123
    assert len(EXCUSED) < 0.05 * len(rows)


def test_reads_every_coded_phrase_with_its_number(shared):
    path = shared / "nw_syria_2019" / "phrases.csv"
    phrases = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert len(phrases) == 123
    wrong = set()
    for row in phrases:
        try:
            report = parse(row["phrase"])
        except QuantityError:
            report = parse(f"{row['phrase']} 25")
        if report.qualifier != row["qualifier"]:
            wrong.add(row["phrase"])
    assert wrong == EXCUSED_PHRASES


def of_row(row):
    """A coded row as the package reads it."""
    low, high = (float(row[end] or "nan") for end in ("value_low", "value_high"))
    unit = "share" if row["measure"].endswith("_share") else "count"
    return read_coded(row["qualifier"], low, high, unit=unit)


def test_a_coded_row_is_read_as_its_own_words_are(rows):
    """The words and the coding are two readings by hand of one page."""
    compared = 0
    for row in rows:
        said, coded = parse(row["qualifier_text"], row["value_printed"]), of_row(row)
        if row["report_id"] in EXCUSED:
            continue
        # the coding rounds a third to 0.333
        tolerance = 5e-4 if row["qualifier"] == "fraction" else 0
        for end in ("low", "high"):
            ours, theirs = getattr(coded, end), getattr(said, end)
            assert math.isclose(ours, theirs, rel_tol=0, abs_tol=tolerance), row
        assert (coded.qualifier, coded.unit) == (said.qualifier, said.unit), row
        compared += 1
    assert compared == 1123 - len(EXCUSED)


def test_a_fraction_is_a_point_of_its_own_kind():
    third = read_coded("fraction", 0.333, 0.333)
    assert (third.low, third.best, third.high) == (0.333, 0.333, 0.333)
    assert (third.qualifier, third.unit) == ("fraction", "share")


@pytest.mark.parametrize("qualifier", sorted({*READ} - {"nearly", "up_to"}))
def test_a_blank_floor_is_refused(qualifier):
    with pytest.raises(QuantityError, match="got nan"):
        read_coded(qualifier, math.nan, 7)


@pytest.mark.parametrize("qualifier", ["nearly", "up_to", "range", "fraction"])
def test_a_blank_ceiling_is_refused_where_it_is_needed(qualifier):
    with pytest.raises(QuantityError, match="got nan"):
        read_coded(qualifier, 0.25, math.nan, unit="share")


def test_an_unknown_qualifier_is_named_beside_those_known():
    with pytest.raises(QuantityError, match="'some' is not one of exact, at_least"):
        read_coded("some", 3, 4)

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictstats.errors import ReportError
from conflictstats.report import Numbers
from conflictstats.report.prose import Filler, refuse_typed_digits, show


@pytest.fixture
def filler():
    numbers = Numbers()
    numbers.add("dead", 1505)
    numbers.add("share", 0.2651)
    numbers.add("change", -12.5)
    numbers.add("onset", "2019-06-03")
    numbers.add("place", "Idlib")
    return Filler(numbers, {"figure:weeks": "Figure 2"}, allowed=("90 %", "COVID-19"))


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("{dead}", "1,505"),
        ("{dead:d}", "1505"),
        ("{share:.1%}", "26.5\u202f%"),
        ("{change:+.1f}", "−12.5"),
        ("{onset:date}", "3 June 2019"),
        ("{onset:month}", "June 2019"),
        ("{onset}", "2019-06-03"),
        ("in {place},\n   {dead}", "in Idlib, 1,505"),
        ("{figure:weeks}", "Figure 2"),
        ("`10_x.py {}`", "10_x.py {}"),
        ("90 % intervals, 3–9 June 2019", "90 % intervals, 3–9 June 2019"),
    ],
)
def test_placeholders_are_filled(filler, typed, printed):
    assert filler.text(typed, "here") == printed


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("{deaths}", "'deaths'; did you mean dead"),
        ("{share}", "needs a format"),
        ("{dead:>9999999999}", "not a format"),
        ("{share:d}", "cannot be printed"),
        ("{place:date}", "not an ISO date"),
        ("{place:.1f}", "does not fit the text"),
        ("{dead.__class__}", "no script wrote"),
        ("{dead[0]}", "no script wrote"),
        ("{table:weeks}", "not in the report"),
        ("half { open", "brace"),
        ("}{", "brace"),
        ("190 % more", "'190'"),
        ("*1,500* killed", "'1,500'"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_place(filler, typed, said):
    with pytest.raises(ReportError, match=f"here.*{said}"):
        filler.text(typed, "here")


@pytest.mark.parametrize(
    "typed",
    [
        "1,782 died",
        "2,019 died",
        "2019.5",
        "½ of them",
        "١٢ قتيلا",
        "2019 %",
        "1500",
        "x²",
    ],
)
def test_typed_numbers_are_refused_in_any_script(typed):
    with pytest.raises(ReportError, match="the summary types"):
        refuse_typed_digits(typed, "the summary")


@pytest.mark.parametrize(
    "typed",
    [
        "29 April",
        "29 Apr 2019",
        "2019-04-29",
        "in 2019.",
        "2018–2019",
        "29 - 31 August",
    ],
)
def test_dates_and_years_may_be_typed(typed):
    refuse_typed_digits(typed, "the summary")


@given(st.text(min_size=1))
def test_names_from_data_are_never_markup(name):
    numbers = Numbers()
    numbers.add("place", name)
    assert Filler(numbers).spans("{place}", "x") == [{"kind": "text", "text": name}]


@given(st.text())
def test_any_prose_is_filled_or_refused(text):
    try:
        spans = Filler(Numbers()).spans(text, "x")
    except ReportError:
        return
    printed = "".join(span["text"] for span in spans)
    assert re.sub(r"[`*\s]", "", printed) == re.sub(r"[`*\s]", "", text)


def test_emphasis_and_references_are_kept_apart(filler):
    kinds = [s["kind"] for s in filler.spans("a *{dead} b* {figure:weeks}", "x")]
    assert kinds == ["text", "emph", "emph", "text", "ref"]


def test_paragraphs_are_parted_by_empty_lines(filler):
    parts = filler.paragraphs("\none\nline\n \n\ntwo\n", "x")
    assert [part[0]["text"] for part in parts] == ["one line", "two"]


@given(st.integers())
def test_whole_numbers_are_printed_whole(value):
    assert int(show(value).replace(",", "").replace("−", "-")) == value

"""A claim holds, fails, stays open, or these data cannot speak to it."""

import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from conflictstats.errors import SettingError
from conflictstats.evaluate import (
    Claim,
    Evidence,
    Subject,
    Verdict,
    check_claim,
    claims_frame,
)
from conflictstats.quantity import Reported, parse

ABOUT = Subject(
    quantity="people killed",
    area="Idlib",
    start="2019-04-29",
    end="2019-06-10",
    body="rescuers",
)
SHARE = replace(ABOUT, quantity="civilian share", denominator="of all dead")


def claim_of(said, subject=ABOUT):
    return Claim(text=str(said), reported=said, subject=subject)


def verdict_of(said, known):
    """Verdict and probability of a claim beside bounds of the same quantity."""
    about = SHARE if said.unit == "share" else ABOUT
    evidence = Evidence(subject=replace(about, body="UCDP"), bounds=known)
    check = check_claim(claim_of(said, about), evidence)
    return check.verdict, check.probability


def share(low, high):
    return Reported.between(low, high, unit="share")


MORE_THAN = Reported.more_than(1500)
OVER_A_THIRD = Reported.more_than(1 / 3, unit="share")
MORE_THAN_HALF = parse("more than half")
NEARLY_HALF = Reported.nearly(0.5, unit="share")
AT_LEAST_HALF = Reported.at_least(0.5, unit="share")


@pytest.mark.parametrize(
    ("said", "known", "verdict"),
    [
        (MORE_THAN, Reported.between(1501, 1520), "SUPPORTED"),
        (MORE_THAN, Reported.between(1500, 1520), "UNDECIDED"),
        (MORE_THAN, Reported.exactly(1500), "CONTRADICTED"),
        (MORE_THAN, Reported.exactly(1501), "SUPPORTED"),
        (MORE_THAN, Reported.more_than(1500), "SUPPORTED"),
        (MORE_THAN, Reported.at_least(1500), "UNDECIDED"),
        (MORE_THAN, Reported.up_to(1500), "CONTRADICTED"),
        (Reported.exactly(25), Reported.exactly(25), "SUPPORTED"),
        (Reported.exactly(25), Reported.between(20, 30), "UNDECIDED"),
        (Reported.between(10, 20), Reported.between(20, 30), "UNDECIDED"),
        (Reported.between(10, 20), Reported.between(21, 30), "CONTRADICTED"),
        (Reported.at_least(25), Reported.at_least(25), "SUPPORTED"),
        (MORE_THAN_HALF, share(0.51, 0.8), "SUPPORTED"),
        (MORE_THAN_HALF, share(0.5, 0.8), "UNDECIDED"),
        (MORE_THAN_HALF, share(0.3, 0.6), "UNDECIDED"),
        (MORE_THAN_HALF, share(0.2, 0.49), "CONTRADICTED"),
        (MORE_THAN_HALF, share(0.2, 0.5), "CONTRADICTED"),
        (MORE_THAN_HALF, share(0.5, 0.5), "CONTRADICTED"),
        (MORE_THAN_HALF, MORE_THAN_HALF, "SUPPORTED"),
        (MORE_THAN_HALF, AT_LEAST_HALF, "UNDECIDED"),
        (AT_LEAST_HALF, MORE_THAN_HALF, "SUPPORTED"),
        (AT_LEAST_HALF, share(0.5, 0.5), "SUPPORTED"),
        (NEARLY_HALF, MORE_THAN_HALF, "CONTRADICTED"),
        (MORE_THAN_HALF, NEARLY_HALF, "CONTRADICTED"),
        (OVER_A_THIRD, Reported.exactly(1 / 3, unit="share"), "CONTRADICTED"),
    ],
)
def test_bounds_decide_only_where_they_lie_all_inside_or_all_outside(
    said, known, verdict
):
    found, probability = verdict_of(said, known)
    assert found is Verdict[verdict]
    expected = {"SUPPORTED": 1.0, "CONTRADICTED": 0.0, "UNDECIDED": math.nan}[verdict]
    assert probability == pytest.approx(expected, nan_ok=True)


@given(
    low=st.integers(0, 40),
    width=st.integers(0, 20),
    ends=st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted),
)
def test_bounds_of_counts_decide_as_counting_through_them_would(low, width, ends):
    said, known = Reported.between(low, low + width), Reported.between(*ends)
    holds = {number in said for number in range(ends[0], ends[1] + 1)}
    expected = {
        (True,): Verdict.SUPPORTED,
        (False,): Verdict.CONTRADICTED,
        (False, True): Verdict.UNDECIDED,
    }[tuple(sorted(holds))]
    assert verdict_of(said, known)[0] is expected


def drawn(values):
    return xr.DataArray(np.asarray(values, float), dims="draw")


@given(
    values=st.lists(st.integers(0, 60), min_size=1, max_size=50),
    low=st.integers(0, 60),
    width=st.one_of(st.integers(0, 30), st.just(math.inf)),
)
def test_the_probability_is_the_share_of_draws_that_satisfy_the_words(
    values, low, width
):
    said = Reported(low, low + width)
    check = check_claim(claim_of(said), Evidence(subject=ABOUT, draws=drawn(values)))
    expected = sum(value in said for value in values) / len(values)
    assert check.probability == pytest.approx(expected)
    verdict = Verdict.UNDECIDED
    if expected == 1:
        verdict = Verdict.SUPPORTED
    elif expected == 0:
        verdict = Verdict.CONTRADICTED
    assert check.verdict is verdict


@pytest.mark.parametrize(
    ("of_1000", "verdict"),
    [
        (970, Verdict.SUPPORTED),
        (955, Verdict.UNDECIDED),
        (945, Verdict.UNDECIDED),
        (40, Verdict.UNDECIDED),
        (30, Verdict.CONTRADICTED),
    ],
)
def test_a_verdict_does_not_turn_on_the_draws_that_came(of_1000, verdict):
    """.955 of a thousand draws is .942 to .968: not surely above .95."""
    draws = drawn(np.repeat([20.0, 0.0], [of_1000, 1000 - of_1000]))
    evidence = Evidence(subject=ABOUT, draws=draws)
    assert check_claim(claim_of(Reported.at_least(10)), evidence).verdict is verdict


def test_draws_of_exactly_one_half_are_not_more_than_half():
    evidence = Evidence(subject=SHARE, draws=drawn([0.5, 0.5, 0.5, 0.51]))
    assert check_claim(claim_of(MORE_THAN_HALF, SHARE), evidence).probability == 0.25
    assert check_claim(claim_of(AT_LEAST_HALF, SHARE), evidence).probability == 1


def test_a_check_carries_what_the_evidence_says():
    values = np.random.default_rng(1).permutation(np.arange(1000, 2001))
    check = check_claim(
        claim_of(MORE_THAN), Evidence(subject=ABOUT, draws=drawn(values))
    )
    assert (check.lower, check.estimate, check.upper) == (1050, 1500, 1950)
    bounds = Evidence(subject=ABOUT, bounds=Reported.about(20))
    check = check_claim(claim_of(MORE_THAN), bounds)
    assert (check.lower, check.estimate, check.upper) == (15, 20, 25)
    bounds = Evidence(subject=ABOUT, bounds=Reported.at_least(7))
    check = check_claim(claim_of(MORE_THAN), bounds)
    assert (check.lower, check.upper) == (7, math.inf)
    assert math.isnan(check.estimate)


@pytest.mark.parametrize("inside", [True, False])
def test_another_quantity_cannot_speak_to_a_claim(inside):
    """Movements are not persons, whatever their number."""
    said = Reported.more_than(300_000)
    about = replace(ABOUT, quantity="persons displaced")
    moves = replace(ABOUT, quantity="movements displaced", body="CCCM")
    number = Reported.exactly(590_000 if inside else 5)
    check = check_claim(claim_of(said, about), Evidence(subject=moves, bounds=number))
    assert check.verdict is Verdict.NOT_CHECKABLE
    assert math.isnan(check.probability)
    assert check.reason == (
        "these data are about movements displaced, not persons displaced"
    )


def test_why_not_is_an_answer():
    silent = Evidence(subject=ABOUT, why_not="the table is by week")
    check = check_claim(claim_of(MORE_THAN), silent)
    assert check.verdict is Verdict.NOT_CHECKABLE
    assert check.reason == "the table is by week"
    assert all(math.isnan(x) for x in (check.lower, check.estimate, check.upper))


def test_the_differences_are_listed_and_the_bodies_are_not_among_them():
    other = replace(ABOUT, area="four governorates", end="2019-06-09", body="UCDP")
    check = check_claim(
        claim_of(MORE_THAN), Evidence(subject=other, bounds=Reported.exactly(1600))
    )
    assert check.differences == {
        "area": ("Idlib", "four governorates"),
        "end": ("2019-06-10", "2019-06-09"),
    }
    assert check.verdict is Verdict.SUPPORTED
    same = Evidence(subject=replace(ABOUT, body="UCDP"), bounds=Reported.exactly(1))
    assert check_claim(claim_of(MORE_THAN), same).differences == {}


def test_the_table_says_all_of_it():
    other = replace(ABOUT, end="", denominator="government losses left out", body="X")
    claim = claim_of(MORE_THAN)
    checks = [
        check_claim(claim, Evidence(subject=other, bounds=Reported.exactly(1600))),
        check_claim(claim, Evidence(subject=ABOUT, why_not="by week")),
    ]
    frame = claims_frame(checks)
    first, second = (row for _, row in frame.iterrows())
    assert first["claim"] == "more than 1,500"
    assert (first["claimed_by"], first["body"]) == ("rescuers", "X")
    assert (first["lower"], first["estimate"], first["upper"]) == (1600, 1600, 1600)
    assert (first["probability"], first["verdict"]) == (1.0, "SUPPORTED")
    assert first["differences"] == (
        "end: 2019-06-10 / not said; denominator: not said / government losses left out"
    )
    assert (second["verdict"], second["reason"]) == ("NOT_CHECKABLE", "by week")
    assert math.isnan(second["probability"])
    assert second["differences"] == ""


@pytest.mark.parametrize(
    "draws",
    [
        xr.DataArray(np.ones((3, 2)), dims=("draw", "place")),
        xr.DataArray(np.ones(3), dims="time"),
        xr.DataArray(1.0),
        xr.DataArray([1.0, np.nan], dims="draw"),
        xr.DataArray(np.empty(0), dims="draw"),
    ],
)
def test_draws_that_are_not_one_number_each_are_refused(draws):
    with pytest.raises(SettingError, match="select the place and the period first"):
        check_claim(claim_of(MORE_THAN), Evidence(subject=ABOUT, draws=draws))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"draws": drawn([1]), "bounds": Reported.exactly(1)},
        {"bounds": Reported.exactly(1), "why_not": "by week"},
    ],
)
def test_evidence_is_one_of_three(given):
    with pytest.raises(SettingError, match="one of draws, bounds and why_not"):
        Evidence(subject=ABOUT, **given)

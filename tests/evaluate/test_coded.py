"""Coded reports as claims and as evidence, and what they say of the real claims."""

import math

import numpy as np
import pandas as pd
import pytest

from conflictstats.datasets import load_nw_syria_deaths, load_nw_syria_reports
from conflictstats.errors import SettingError
from conflictstats.evaluate import Evidence, Subject, Verdict, check_claim
from conflictstats.evaluate.coded import claim_of, evidence_of, subject_of
from conflictstats.models.civilian_share import ShareBounds
from conflictstats.quantity import Reported

ARTICLE = ["R0069", "R0078", "R0089", "R0672", "R0674", "R1082", "R1110", "R1112"]


@pytest.fixture(scope="module")
def reports():
    return load_nw_syria_reports().frame.set_index("report_id", drop=False)


def test_the_eight_claims_of_the_article(reports):
    """As printed in the article of 11 June 2019."""
    article = reports[reports["publisher"] == "Al Jazeera (Reuters)"]
    assert sorted(article.index) == ARTICLE
    claims = {key: claim_of(row) for key, row in article.iterrows()}
    said = {
        key: (claim.reported.low, claim.reported.high) for key, claim in claims.items()
    }
    assert said["R0069"] == (13, math.inf)
    assert said["R0089"] == (25, math.inf)
    assert said["R0672"] == (1501, math.inf)
    assert said["R0674"] == (300_001, math.inf)
    assert said["R1110"] == (0.5, 1.0)
    assert claims["R0672"].text == "over 1,500: people killed, NW Syria"
    assert claims["R1110"].text == "more than half: civilian share, NW Syria"
    assert claims["R0674"].subject.quantity == "persons displaced"
    assert claims["R1110"].subject.denominator == "of whom not said"
    assert claims["R0672"].subject.denominator == ""


def test_one_body_contradicts_more_than_half_by_its_own_figures(reports):
    """SOHR to 31 May: 288 civilians of 948 dead; the day before it said a third."""
    half = claim_of(reports.loc["R1110"])
    civilians, dead = (evidence_of(reports.loc[key]) for key in ("R0651", "R0652"))
    share = civilians.bounds.share_of(dead.bounds)
    assert share.low == share.high == 288 / 948
    about = subject_of(reports.loc["R1107"])
    for known in (share, evidence_of(reports.loc["R1107"]).bounds):
        check = check_claim(half, Evidence(subject=about, bounds=known))
        assert check.verdict is Verdict.CONTRADICTED
        assert check.differences["end"][0] == "2019-06-11"


def test_a_third_may_be_as_far_off_as_about_a_third(reports):
    third = evidence_of(reports.loc["R1107"]).bounds
    assert third.low < 1 / 3 < third.high
    assert (third.low, third.high) == (
        Reported.about(0.333, unit="share").low,
        Reported.about(0.333, unit="share").high,
    )


@pytest.mark.parametrize(
    ("place", "verdicts"),
    [
        ("Idlib", {"known": "SUPPORTED"}),
        (None, {"known": "CONTRADICTED", "all": "CONTRADICTED"}),
    ],
)
def test_where_decides_whether_more_than_half_were_civilians(reports, place, verdicts):
    """The event table to 9 June: Idlib alone supports it, four governorates do not."""
    dead = load_nw_syria_deaths().frame
    dead = dead[
        (dead["date_start"] >= "2019-04-29") & (dead["date_end"] <= "2019-06-09")
    ]
    dead = dead if place is None else dead[dead["adm_1"] == place]
    half = claim_of(reports.loc["R1110"])
    civilians, unknown = dead[["deaths_civilians", "deaths_unknown"]].sum()
    fought = dead[["deaths_government", "deaths_nonstate"]].sum().sum()
    ends = {
        "known": [civilians / (civilians + fought)] * 2,
        "all": [
            part / (civilians + fought + unknown)
            for part in (civilians, civilians + unknown)
        ],
    }
    for denominator, verdict in verdicts.items():
        model = ShareBounds(denominator=denominator, replicates=2)
        bounds = model.fit(dead, rng=np.random.default_rng(1)).params.values
        assert bounds == pytest.approx(ends[denominator])
        known = Reported.between(*bounds, unit="share")
        check = check_claim(half, Evidence(subject=half.subject, bounds=known))
        assert check.verdict is Verdict[verdict]


def row(**coded):
    """A coded report of people killed."""
    usual = {
        "measure": "killed",
        "qualifier": "exact",
        "value_low": 25.0,
        "value_high": 25.0,
        "qualifier_text": np.nan,
        "place": "Idlib",
        "period_start": pd.Timestamp("2019-06-10"),
        "period_end": pd.Timestamp("2019-06-11"),
        "source_org": "SOHR",
        "publisher": "AFP",
    }
    return pd.Series(usual | coded)


@pytest.mark.parametrize(
    ("coded", "text"),
    [
        ({}, "25: people killed, Idlib"),
        (
            {
                "qualifier": "range",
                "qualifier_text": "Between 25 and 30",
                "value_high": 30.0,
            },
            "between 25 and 30: people killed, Idlib",
        ),
        (
            {"measure": "displaced", "value_low": 1300000.0, "value_high": 1300000.0},
            "1,300,000: persons displaced, Idlib",
        ),
        (
            {"qualifier": "nearly", "qualifier_text": "almost", "value_low": np.nan},
            "almost 25: people killed, Idlib",
        ),
        (
            {"measure": "civilian_share", "value_low": 0.3, "value_high": 0.3},
            "0.3: civilian share, Idlib",
        ),
        (
            {
                "measure": "civilian_share",
                "qualifier": "more_than_half",
                "qualifier_text": "More than half",
                "value_low": 0.5,
                "value_high": np.nan,
            },
            "more than half: civilian share, Idlib",
        ),
    ],
)
def test_a_claim_is_told_in_its_own_words(coded, text):
    assert claim_of(row(**coded)).text == text


def test_every_coded_claim_has_words_and_an_interval(reports):
    checked = {"killed", "killed_civilian", "displaced", "population"}
    checked |= {"civilian_share", "displaced_share"}
    rows = reports[reports["measure"].isin(checked)]
    assert len(rows) > 600
    for _, each in rows.iterrows():
        claim = claim_of(each)
        assert "nan" not in claim.text.split(":")[0]
        assert claim.reported.unit == (
            "share" if each["measure"].endswith("share") else "count"
        )


def test_a_part_says_only_that_the_whole_is_no_smaller():
    """Twelve civilians killed are at least twelve people killed."""
    civilians = row(measure="killed_civilian", value_low=12.0, value_high=12.0)
    evidence = evidence_of(civilians, part_of="people killed")
    assert evidence.subject.quantity == "people killed"
    assert evidence.subject.body == "SOHR (civilians killed only)"
    for said, verdict in (
        (Reported.at_least(12), "SUPPORTED"),
        (Reported.at_least(13), "UNDECIDED"),
        (Reported.up_to(11), "CONTRADICTED"),
        (Reported.exactly(12), "UNDECIDED"),
    ):
        claim = claim_of(row())
        check = check_claim(
            type(claim)(text="x", reported=said, subject=claim.subject), evidence
        )
        assert check.verdict is Verdict[verdict]


def test_a_subject_has_its_days_and_a_page_that_names_nobody_stands_for_itself():
    assert subject_of(row()) == Subject(
        quantity="people killed",
        area="Idlib",
        start="2019-06-10",
        end="2019-06-11",
        body="SOHR",
    )
    silent = subject_of(row(source_org="unknown", period_start=pd.NaT))
    assert (silent.start, silent.body) == ("", "unnamed, in AFP")


def test_measures_without_claims_are_refused():
    with pytest.raises(SettingError, match="not for 'facilities_hit'"):
        claim_of(row(measure="facilities_hit"))

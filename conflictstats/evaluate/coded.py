"""Claims and evidence out of coded reports."""

import pandas as pd

from conflictstats.errors import SettingError
from conflictstats.evaluate.claims import Claim, Evidence, Subject
from conflictstats.quantity import Reported
from conflictstats.quantity.coding import read_coded

QUANTITIES = {
    "killed": "people killed",
    "killed_civilian": "civilians killed",
    "displaced": "persons displaced",
    "population": "population",
    "civilian_share": "civilian share",
    "displaced_share": "displaced share",
}
SHARES = ("civilian_share", "displaced_share")


def claim_of(report: pd.Series) -> Claim:
    """Take a coded report as a claim.

    Parameters
    ----------
    report : Series
        A row of the coded reports.

    Returns
    -------
    Claim
        Its words, their interval and what they are about.

    Raises
    ------
    SettingError
        If its measure is not one that claims are checked for.
    """
    subject = subject_of(report)
    text = f"{_words(report)}: {subject.quantity}, {subject.area}"
    return Claim(text=text, reported=_said(report), subject=subject)


def evidence_of(report: pd.Series, *, part_of: str = "") -> Evidence:
    """Take a coded report as evidence about a claim.

    Parameters
    ----------
    report : Series
        A row of the coded reports.
    part_of : str
        Quantity of which this one is a part: civilians killed say that at least as
        many people were killed.

    Returns
    -------
    Evidence
        Its interval as bounds; open above where it counts only a part.
    """
    subject, said = subject_of(report), _said(report)
    if not part_of:
        return Evidence(subject=subject, bounds=said)
    body = f"{subject.body} ({subject.quantity} only)"
    whole = Subject(
        quantity=part_of,
        area=subject.area,
        start=subject.start,
        end=subject.end,
        body=body,
    )
    return Evidence(subject=whole, bounds=Reported.at_least(said.low))


def subject_of(report: pd.Series) -> Subject:
    """What a coded report is about.

    Parameters
    ----------
    report : Series
        A row of the coded reports.

    Returns
    -------
    Subject
        Quantity, area, period and body.

    Raises
    ------
    SettingError
        If its measure is not one that claims are checked for.
    """
    measure = str(report["measure"])
    if measure not in QUANTITIES:
        known = ", ".join(QUANTITIES)
        raise SettingError(f"claims are checked for {known}; not for {measure!r}")
    days = [report["period_start"], report["period_end"]]
    start, end = ("" if pd.isna(day) else str(day)[:10] for day in days)
    return Subject(
        quantity=QUANTITIES[measure],
        area=str(report["place"]),
        start=start,
        end=end,
        denominator="of whom not said" if measure == "civilian_share" else "",
        body=_body(report),
    )


def _body(report: pd.Series) -> str:
    """Who counts; a page that names nobody stands for itself."""
    named = str(report["source_org"])
    return f"unnamed, in {report['publisher']}" if named == "unknown" else named


def _said(report: pd.Series) -> Reported:
    """The interval of a coded report; a fraction may be as far off as "about" it."""
    said = read_coded(
        str(report["qualifier"]),
        float(report["value_low"]),
        float(report["value_high"]),
        unit="share" if report["measure"] in SHARES else "count",
    )
    if said.qualifier == "fraction":
        return Reported.about(said.low, unit=said.unit)
    return said


def _words(report: pd.Series) -> str:
    """The words of a coded report and its number, as far as the words lack it."""
    told = report["qualifier_text"]
    words = "" if pd.isna(told) else str(told).lower()
    complete = report["measure"] in SHARES and words
    if complete or any(letter.isdigit() for letter in words):
        return words
    number = report[["value_low", "value_high"]].dropna().iloc[0]
    return f"{words} {number:,.12g}".lstrip()

"""Whether a reported claim holds, given what other data say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.quantity import Reported

SUPPORTED_FROM = 0.95
"""A claim is supported from this probability up, contradicted from 1 less it down."""
ERRORS = 2
"""Monte Carlo standard errors by which the probability of draws must lie beyond."""
COMPARED = ("area", "start", "end", "denominator")


class Verdict(Enum):
    """What may be concluded; the value is the sentence for people.

    Examples
    --------
    >>> print(Verdict.UNDECIDED.value)
    these data do not decide the claim
    """

    SUPPORTED = "these data support the claim"
    CONTRADICTED = "these data contradict the claim"
    UNDECIDED = "these data do not decide the claim"
    NOT_CHECKABLE = "these data cannot speak to the claim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a number is about.

    Attributes
    ----------
    quantity : str
        What is counted: ``"killed"``, ``"civilians killed"``, ``"civilian share"``,
        ``"displaced persons"``, ``"displacement movements"`` ...
    area : str
        Where.
    start, end : str
        First and last day; the same for a stock.
    denominator : str
        For a share: share of whom; else empty.
    body : str
        Who counts.

    Examples
    --------
    >>> when = dict(start="2019-04-29", end="2019-06-10")
    >>> Subject(quantity="killed", area="Idlib", body="UCDP", **when).denominator
    ''
    """

    quantity: str
    area: str
    start: str
    end: str
    denominator: str = ""
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim as it was printed.

    Attributes
    ----------
    text : str
        The words.
    reported : Reported
        The interval that the words allow.
    subject : Subject
        What it is about, and who says so.

    Examples
    --------
    >>> when = dict(start="2019-04-29", end="2019-06-10")
    >>> about = Subject(quantity="killed", area="Idlib", body="rescuers", **when)
    >>> said = Reported.more_than(1500)
    >>> claim = Claim(text="over 1,500", reported=said, subject=about)
    >>> claim.reported.low
    1501
    """

    text: str
    reported: Reported
    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What other data say about a quantity.

    Give exactly one of ``draws`` and ``bounds``, or neither and say why not.

    Attributes
    ----------
    subject : Subject
        What it is about, and who counts.
    draws : DataArray, dims (draw,), optional
        The realised quantity given the reports; not the expected rate.
    bounds : Reported, optional
        An interval as another body reported it, or bounds without a model.
    why_not : str
        Why these data cannot speak to it; a valid answer.

    Raises
    ------
    SettingError
        If more or less than one of the three is given.

    Examples
    --------
    >>> when = dict(start="2019-06-10", end="2019-06-10")
    >>> about = Subject(quantity="killed", area="Idlib", body="UCDP", **when)
    >>> Evidence(subject=about, why_not="the table is by week").draws is None
    True
    >>> Evidence(subject=about)
    Traceback (most recent call last):
    ...
    conflictstats.errors.SettingError: evidence needs one of draws, bounds and why_not
    """

    subject: Subject
    draws: xr.DataArray | None = None
    bounds: Reported | None = None
    why_not: str = ""

    def __post_init__(self) -> None:
        given = (self.draws is not None) + (self.bounds is not None)
        if given + bool(self.why_not) != 1:
            raise SettingError("evidence needs one of draws, bounds and why_not")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCheck:
    """A claim beside one piece of evidence.

    Attributes
    ----------
    claim, evidence : Claim, Evidence
        What was compared.
    probability : float
        Probability that the claim holds; NaN where it is not checkable, or where
        bounds overlap the claim in part.
    verdict : Verdict
        What may be concluded.
    reason : str
        Why, where it is not checkable.
    differences : dict of str to tuple
        What the two are not alike in: claim's, evidence's. A verdict is only as good
        as these are small, so print them.
    lower, estimate, upper : float
        What the evidence says: 90 % interval and median of draws, or bounds.

    Examples
    --------
    A claim of more than ten, and a table by week that cannot speak to its one day:

    >>> day = dict(start="2019-06-10", end="2019-06-10")
    >>> about = Subject(quantity="killed", area="Idlib", body="rescuers", **day)
    >>> claim = Claim(text="over 10", reported=Reported.more_than(10), subject=about)
    >>> check = check_claim(claim, Evidence(subject=about, why_not="it is by week"))
    >>> check.verdict.name, check.probability, check.reason
    ('NOT_CHECKABLE', nan, 'it is by week')
    """

    claim: Claim
    evidence: Evidence
    probability: float
    verdict: Verdict
    reason: str
    differences: dict[str, tuple[str, str]]
    lower: float
    estimate: float
    upper: float


def check_claim(claim: Claim, evidence: Evidence) -> ClaimCheck:
    """Probability that a claim holds, given other data.

    Draws give the share of them that lie inside the claim's words, and decide where it
    is beyond .95 or .05 by two Monte Carlo standard errors. Bounds decide only where
    they lie all inside, or all outside.

    Parameters
    ----------
    claim : Claim
        What was said.
    evidence : Evidence
        What is known otherwise. Another quantity than the claim's, movements for
        persons say, cannot speak to it.

    Returns
    -------
    ClaimCheck
        Probability, verdict and in what the two differ.

    Examples
    --------
    "Over 1,500 killed", and a table that says 1,505 to 1,520:

    >>> here = dict(quantity="killed", area="Idlib", start="2019-04-29")
    >>> here |= dict(end="2019-06-10")
    >>> claim = Claim(
    ...     text="over 1,500",
    ...     reported=Reported.more_than(1500),
    ...     subject=Subject(**here, body="rescuers"),
    ... )
    >>> table = Evidence(
    ...     subject=Subject(**here, body="UCDP"), bounds=Reported.between(1505, 1520)
    ... )
    >>> check_claim(claim, table).verdict.name
    'SUPPORTED'
    """
    reason = evidence.why_not
    said, known = claim.subject, evidence.subject
    if not reason and said.quantity != known.quantity:
        reason = f"these data are about {known.quantity}, not {said.quantity}"
    differences = {
        name: (getattr(said, name), getattr(known, name))
        for name in COMPARED
        if getattr(said, name) != getattr(known, name)
    }
    lower, estimate, upper = _range(evidence)
    probability = np.nan if reason else _probability(claim.reported, evidence)
    return ClaimCheck(
        claim=claim,
        evidence=evidence,
        probability=probability,
        verdict=Verdict.NOT_CHECKABLE if reason else _verdict(probability, evidence),
        reason=reason,
        differences=differences,
        lower=lower,
        estimate=estimate,
        upper=upper,
    )


def claims_frame(checks: list[ClaimCheck]) -> pd.DataFrame:
    """Checks as a table, one row each.

    Parameters
    ----------
    checks : list of ClaimCheck
        From :func:`check_claim`.

    Returns
    -------
    DataFrame
        ``claim, claimed_by, body, quantity, area, start, end, denominator, lower,
        estimate, upper, probability, verdict, reason, differences``.

    Examples
    --------
    >>> when = dict(start="2019-04-29", end="2019-06-10")
    >>> about = Subject(quantity="killed", area="Idlib", body="rescuers", **when)
    >>> claim = Claim(text="over 10", reported=Reported.more_than(10), subject=about)
    >>> table = Evidence(subject=about, bounds=Reported.between(2, 8))
    >>> claims_frame([check_claim(claim, table)])[["lower", "upper", "verdict"]]
       lower  upper       verdict
    0    2.0    8.0  CONTRADICTED
    """
    return pd.DataFrame(
        {
            "claim": check.claim.text,
            "claimed_by": check.claim.subject.body,
            "body": check.evidence.subject.body,
            "quantity": check.evidence.subject.quantity,
            "area": check.evidence.subject.area,
            "start": check.evidence.subject.start,
            "end": check.evidence.subject.end,
            "denominator": check.evidence.subject.denominator,
            "lower": check.lower,
            "estimate": check.estimate,
            "upper": check.upper,
            "probability": check.probability,
            "verdict": check.verdict.name,
            "reason": check.reason,
            "differences": "; ".join(
                f"{name}: {claimed or 'not said'} / {known or 'not said'}"
                for name, (claimed, known) in check.differences.items()
            ),
        }
        for check in checks
    )


def _range(evidence: Evidence) -> tuple[float, float, float]:
    """Lower end, middle and upper end of what the evidence says."""
    if evidence.draws is not None:
        cut = np.quantile(_values(evidence.draws), [0.05, 0.5, 0.95])
        return float(cut[0]), float(cut[1]), float(cut[2])
    if evidence.bounds is not None:
        best = evidence.bounds.best
        middle = np.nan if best is None else float(best)
        return float(evidence.bounds.low), middle, float(evidence.bounds.high)
    return np.nan, np.nan, np.nan


def _probability(said: Reported, evidence: Evidence) -> float:
    """Probability that the words hold; NaN where bounds leave it open."""
    if evidence.draws is not None:
        values = _values(evidence.draws)
        above = values > said.low if _is_open(said) else values >= said.low
        return float(np.mean(above & (values <= said.high)))
    if evidence.bounds is None:
        return np.nan
    return _holds(said, evidence.bounds)


def _holds(said: Reported, known: Reported) -> float:
    """1 where all of ``known`` satisfies the words, 0 where nothing of it, else NaN."""
    starts = (known.low, _is_open(known)) >= (said.low, _is_open(said))
    if starts and known.high <= said.high:
        return 1.0
    below = known.high < said.low or (known.high == said.low and _is_open(said))
    above = known.low > said.high or (known.low == said.high and _is_open(known))
    return 0.0 if below or above else np.nan


def _is_open(said: Reported) -> bool:
    """Whether the lower bound of the words is itself excluded."""
    return said.unit == "share" and said.qualifier in ("more_than", "more_than_half")


def _values(draws: xr.DataArray) -> FloatArray:
    """The draws, or an error unless they are one number each."""
    alone = draws.dims == ("draw",) and draws.size > 0
    if not (alone and np.isfinite(draws.values).all()):
        raise SettingError(
            f"draws must be finite with dims ('draw',), got {dict(draws.sizes)}; "
            "select the place and the period first"
        )
    return draws.values.astype(float)


def _verdict(probability: float, evidence: Evidence) -> Verdict:
    """Verdict that other draws of the same evidence would give too."""
    doubt = 0.0
    if evidence.draws is not None:
        variance = probability * (1 - probability) / evidence.draws.size
        doubt = ERRORS * float(np.sqrt(variance))
    if probability - doubt >= SUPPORTED_FROM:
        return Verdict.SUPPORTED
    if probability + doubt <= 1 - SUPPORTED_FROM:
        return Verdict.CONTRADICTED
    return Verdict.UNDECIDED

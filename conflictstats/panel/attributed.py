"""From claims and denials to the sides that each incident leaves open."""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats.errors import SchemaError

Trust: TypeAlias = Literal["some", "every"]
Denials: TypeAlias = Literal["open", "listed"]
Sides: TypeAlias = frozenset[str]
OR = re.compile(r"\s+or\s+|\s*\|\s*")

TRUST = {
    "some": "of each incident at least one claim is true",
    "every": "every claim is true, unless claims contradict each other",
}
DENIALS = {
    "open": "a denied claim leaves every side possible",
    "listed": "a denial is listed and changes nothing",
}
STANCES = ("names", "suspects", "contested", "unknown", "denies", "silent")
SAID = {"names": "", "suspects": "perhaps", "denies": "not"}
"""How a stance is written before the sides; the others stand by themselves."""
STANDINGS = ("one side", "several sides", "contested", "anyone")
ANOTHER = "another side"
NEEDED = ("event", "deaths", "stance", "sides", "by")


class Claim(NamedTuple):
    """What one report says of who did it."""

    stance: str
    sides: Sides
    by: str


def incidents_of_claims(
    claims: pd.DataFrame,
    *,
    sides: Iterable[str] = (),
    trust: Trust = "some",
    denials: Denials = "open",
) -> xr.Dataset:
    r"""Sides that may have done it, for each incident, from all that is claimed of it.

    A claim names a set of sides: "Syrian government or Russia" is a claim about two. If
    of each incident at least one claim is true (``trust="some"``), the sides possible
    are those of all claims together, :math:`\bigcup_j S_j`, and a page that says
    "unknown", "contested" or "suspected" leaves everybody possible. If every claim is
    true (``"every"``) they are :math:`\bigcap_j S_j`, and vague pages change nothing;
    claims with no side in common contradict each other and their union is taken.

    A denial by an accused side never clears it, nor accuses another: it only makes the
    accusation uncertain, so that everybody is possible. Nothing is inferred from
    weapons, places or habits: no other column is read.

    Parameters
    ----------
    claims : DataFrame
        As :func:`conflictstats.panel.attributions_of_reports` gives them: ``event``,
        ``deaths``, ``stance``, ``sides`` (joined by "or" or "|") and ``by``.
    sides : iterable of str
        Sides in the order wanted; by default as they are first named. ``"another
        side"`` is always added: nobody named may have done it.
    trust : {"some", "every"}
        What is assumed of the claims.
    denials : {"open", "listed"}
        What a denial does.

    Returns
    -------
    Dataset, dims (incident, side)
        ``possible`` (bool); ``deaths`` (people), ``standing`` (one side, several
        sides, contested, anyone), ``disputed`` (bool: contested or denied, whatever
        the settings make of it), ``says``, who says what. ``attrs`` holds the
        settings and what the claims count as left out.

    Raises
    ------
    SchemaError
        If a column is missing, an incident has several numbers of deaths or none, or a
        side or stance is not among those known.

    Examples
    --------
    One body names Russia, another either of two; then a strike that is denied:

    >>> claims = pd.DataFrame(
    ...     {
    ...         "event": ["a", "a", "b", "b"],
    ...         "deaths": [10, 10, 4, 4],
    ...         "stance": ["names", "names", "names", "denies"],
    ...         "sides": ["Russia", "Syrian government or Russia", "Russia", "Russia"],
    ...         "by": ["SOHR", "witnesses", "SOHR", "Russia"],
    ...     }
    ... )
    >>> incidents_of_claims(claims)["standing"].values.tolist()
    ['several sides', 'contested']
    >>> incidents_of_claims(claims, trust="every")["standing"].values.tolist()
    ['one side', 'contested']
    """
    _check.one_of(trust, TRUST, "trust")
    _check.one_of(denials, DENIALS, "denials")
    known = _known(_checked(claims), tuple(sides))
    everyone = frozenset(known)
    told = claims.drop_duplicates("event").set_index("event")
    possible, disputed, standing, says = [], [], [], []
    for own in _by_event(claims):
        found, against = _possible(own, everyone, trust, denials)
        possible.append([side in found for side in known])
        disputed.append(against)
        standing.append(_standing(found, everyone, disputed=against))
        says.append(_says(own))
    here = {
        name: ("incident", told[name].to_numpy())
        for name in ("deaths", "day", "place")
        if name in told
    }
    return xr.Dataset(
        {
            **here,
            "possible": (("incident", "side"), np.array(possible)),
            "disputed": ("incident", np.array(disputed)),
            "standing": ("incident", np.array(standing)),
            "says": ("incident", np.array(says, dtype=object)),
        },
        {"incident": told.index.astype("str").to_numpy(), "side": list(known)},
        claims.attrs | {"trust": trust, "denials": denials},
    )


def _checked(claims: pd.DataFrame) -> pd.DataFrame:
    """The claims, if every row can be read."""
    absent = [name for name in NEEDED if name not in claims]
    if absent:
        raise SchemaError(f"claims have no column {', '.join(absent)}; add it")
    if claims.empty:
        raise SchemaError("there are no claims; give a row an incident, if only silent")
    deaths = claims["deaths"]
    several = claims.groupby("event")["deaths"].transform("nunique") > 1
    naming = claims["stance"].isin(["names", "suspects", "denies"])
    wrong = {
        "event": claims["event"].isna(),
        "stance": ~claims["stance"].isin(STANCES),
        "sides": naming & claims["sides"].isna(),
        "deaths": ~(deaths.ge(0) & np.isfinite(deaths)),
        "deaths (several for one event)": several,
    }
    for name, rows in wrong.items():
        if rows.any():
            numbers = ", ".join(map(str, np.flatnonzero(rows)[:5] + 1))
            raise SchemaError(
                f"{name} cannot be used in row {numbers}; stances are "
                f"{', '.join(STANCES)}, and deaths one number from 0 an event"
            )
    return claims


def _sides(words: object) -> list[str]:
    """Sides joined by "or" or "|"; none where nothing is said."""
    return OR.split(words.strip()) if isinstance(words, str) else []


def _by_event(claims: pd.DataFrame) -> Iterable[list[Claim]]:
    """Claims of each event, in the order in which the events come."""
    columns = [claims[name] for name in ("event", "stance", "sides", "by")]
    spoken: dict[object, list[Claim]] = {}
    for event, stance, words, by in zip(*columns, strict=True):
        source = by if isinstance(by, str) else "not said"
        claim = Claim(stance, frozenset(_sides(words)), source)
        spoken.setdefault(event, []).append(claim)
    return spoken.values()


def _known(claims: pd.DataFrame, sides: tuple[str, ...]) -> tuple[str, ...]:
    """All sides that are possible at all, in order."""
    named = dict.fromkeys(
        side for words in claims["sides"].unique() for side in _sides(words)
    )
    strange = [side for side in named if sides and side not in (*sides, ANOTHER)]
    if strange:
        raise SchemaError(
            f"claims name {', '.join(strange)}, which sides= does not have; add them"
        )
    return tuple(dict.fromkeys([*(sides or named), ANOTHER]))


def _possible(
    own: list[Claim], everyone: Sides, trust: Trust, denials: Denials
) -> tuple[Sides, bool]:
    """Sides that one incident leaves open, and whether it is disputed."""
    stances = {claim.stance for claim in own}
    named = [claim.sides for claim in own if claim.stance == "names"]
    together = frozenset[str]().union(*named)
    common = everyone.intersection(*named)
    accused = together.union(*(c.sides for c in own if c.stance == "suspects"))
    refuted = any(c.stance == "denies" and c.sides & accused for c in own)
    disputed = refuted or not common or "contested" in stances
    opened = "contested" in stances or (refuted and denials == "open")
    if trust == "some":
        opened |= not stances.isdisjoint({"suspects", "unknown"})
    if opened or not named:
        return everyone, disputed
    return (common or together) if trust == "every" else together, disputed


def _standing(found: Sides, everyone: Sides, *, disputed: bool) -> str:
    """How far an incident is attributed."""
    if len(found) == 1:
        return "one side"
    if disputed:
        return "contested"
    return "anyone" if found == everyone else "several sides"


def _says(own: list[Claim]) -> str:
    """Who says what, each side or stance once, in the order of the pages."""
    said: dict[str, dict[str, None]] = {}
    for claim in own:
        sides = " or ".join(sorted(claim.sides))
        head = f"{SAID.get(claim.stance, claim.stance)} {sides}".strip()
        if claim.stance != "silent":
            said.setdefault(head, {})[claim.by] = None
    return " | ".join(f"{head}: {', '.join(by)}" for head, by in said.items())

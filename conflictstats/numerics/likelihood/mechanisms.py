"""How a model believes that a report came from the true count."""

from enum import Enum
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from conflictstats import _check
from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.numerics.likelihood import weighted
from conflictstats.numerics.likelihood.weighted import Elicited, Weighted


class Mechanism(Enum):
    """A belief about a report; the value is the sentence a report prints.

    Examples
    --------
    >>> print(Mechanism.CONFIRMED.value)
    deaths found so far, each with the same probability
    """

    EXACT = "the count as printed"
    CONFIRMED = "deaths found so far, each with the same probability"
    COARSENED = "an interval that was chosen without regard to the count"
    ROUNDED = "a count rounded to the trailing zeros of the printed number"
    FLOOR = "the count by some chance, else one of the round numbers not above it"
    APPROXIMATE = "a number near the count, the nearer the more digits it has"
    ELICITED = "a coded count, about which experts said where the truth may be"
    BOUNDS = "nothing: both ends are carried through"


DEFAULTS = {
    "exact": Mechanism.EXACT,
    "at_least": Mechanism.CONFIRMED,
    "more_than": Mechanism.ROUNDED,
    "nearly": Mechanism.ROUNDED,
    "about": Mechanism.COARSENED,
    "up_to": Mechanism.COARSENED,
    "range": Mechanism.COARSENED,
    "vague_plural": Mechanism.COARSENED,
    "derived": Mechanism.COARSENED,
}
"""Mechanism by the way a count was reported, unless the user says otherwise."""


_WHOLE = frozenset(set(Mechanism) - {Mechanism.BOUNDS})
_PART = _WHOLE - {Mechanism.CONFIRMED, Mechanism.ELICITED}
_MEASURED = frozenset({Mechanism.EXACT, Mechanism.COARSENED, Mechanism.ROUNDED})

MATRIX = {
    "poisson": _WHOLE,
    "negbin": _WHOLE,
    "binomial": _PART,
    "betabinomial": _PART,
    "gaussian": _MEASURED,
    "lognormal": _MEASURED,
}
"""Mechanisms that each family takes."""

_REASONS = {
    Mechanism.CONFIRMED: "the deaths found so far of such a count follow another law",
    Mechanism.ELICITED: "the experts were asked about all deaths of an event",
    Mechanism.BOUNDS: "it is no likelihood: fit once with every report at its low end "
    "and once at its high end, and show both (DynamicRate.bounds does)",
}


def allowed(family: str, mechanism: Mechanism) -> Mechanism:
    """Return a mechanism that a family takes.

    Parameters
    ----------
    family : {"poisson", "negbin", "binomial", "betabinomial", "gaussian", "lognormal"}
        Law of the true count.
    mechanism : Mechanism
        How a report comes from it.

    Returns
    -------
    Mechanism
        The same.

    Raises
    ------
    SettingError
        If the family does not take it, with the reason and those that it takes.

    Examples
    --------
    >>> allowed("negbin", Mechanism.CONFIRMED).name
    'CONFIRMED'
    """
    takes = MATRIX[_check.one_of(family, MATRIX, "family")]
    if mechanism not in takes:
        reason = _REASONS.get(mechanism, "it weighs whole counts")
        names = ", ".join(m.name.lower() for m in Mechanism if m in takes)
        raise SettingError(
            f"a {family} number cannot be read as {mechanism.name.lower()!r}: "
            f"{reason}; it takes {names}"
        )
    return mechanism


class Reading(NamedTuple):
    """Reports as a likelihood reads them.

    Attributes
    ----------
    low, high : ndarray, shape (n,)
        Inclusive interval of the count that was recorded.
    thinned : ndarray of bool, shape (n,)
        Whether that count is only the deaths found so far.
    report : ndarray of int, shape (intervals,), optional
        Report to which each interval belongs, from 0 on and in order; by default each
        interval is a report.
    log_weight : ndarray, shape (intervals,), optional
        Log of the weight of each interval; 0 by default.
    powers : ndarray, shape (intervals, 2), optional
        How often the share found, and the share not found, are factors of the weight.
    """

    low: FloatArray
    high: FloatArray
    thinned: BoolArray
    report: IntArray | None = None
    log_weight: FloatArray | None = None
    powers: FloatArray | None = None

    @property
    def finds(self) -> bool:
        """Whether the share found matters to any report."""
        return bool(np.any(self.thinned)) or self.powers is not None


def read(
    low: Float[np.ndarray, " n"],
    high: Float[np.ndarray, " n"],
    qualifier: np.ndarray,
    mechanisms: dict[str, Mechanism],
    elicited: Elicited | None = None,
) -> Reading:
    """Turn reports into weighted intervals of the recorded count.

    Parameters
    ----------
    low, high : ndarray, shape (n,)
        Inclusive bounds that the words allow, people; "more than 60" is
        ``low = 61``, "nearly 60" is ``high = 59``.
    qualifier : ndarray of str, shape (n,)
        How it was said.
    mechanisms : dict
        Mechanism by qualifier; must name every qualifier that occurs.
    elicited : Elicited, optional
        Experts' law for each of the n reports, if any is read as ``ELICITED``.

    Returns
    -------
    Reading
        ``EXACT`` and ``CONFIRMED`` give the one printed count, the latter thinned;
        ``COARSENED`` the whole interval; ``ROUNDED`` the counts that round to the
        printed number, or the whole interval where it ends in no zero. The weighted
        sets of ``FLOOR``, ``APPROXIMATE`` and ``ELICITED`` are those of
        :mod:`conflictstats.numerics.likelihood.weighted`.

    Raises
    ------
    SettingError
        If a qualifier has no mechanism, one that needs a printed count has none, or
        mechanisms are mixed that mean different things by the share found.

    Examples
    --------
    "More than 60" leaves 61 to 69 if it was rounded, all above if coarsened:

    >>> args = np.array([61.0]), np.array([np.inf]), np.array(["more_than"])
    >>> read(*args, {"more_than": Mechanism.ROUNDED})[:2]
    (array([61.]), array([69.]))
    """
    reading = Reading(low.copy(), high.copy(), np.zeros(low.size, bool))
    sets: dict[int, Weighted] = {}
    used = set()
    for word in sorted(set(map(str, qualifier.tolist()))):
        if word not in mechanisms:
            known = ", ".join(sorted(mechanisms))
            raise SettingError(f"no mechanism for {word!r} reports; known are {known}")
        mechanism, rows = mechanisms[word], np.flatnonzero(qualifier == word)
        used.add(mechanism)
        if mechanism in _BY_WEIGHT:
            sets |= _weighted(low, high, word, mechanism, rows, elicited)
        else:
            _set_interval(reading, word, mechanism, rows)
    if {Mechanism.CONFIRMED, Mechanism.FLOOR} <= used:
        raise SettingError(
            "'confirmed' and 'floor' mean different things by the share found, of "
            "deaths and of reports; read all such words by one of them"
        )
    return _joined(reading, sets) if sets else reading


def _set_interval(
    reading: Reading, word: str, mechanism: Mechanism, rows: IntArray
) -> None:
    """Write the intervals of reports that are one interval each."""
    low, high = reading.low[rows], reading.high[rows]
    if mechanism in (Mechanism.EXACT, Mechanism.CONFIRMED):
        reading.high[rows] = reading.low[rows] = _printed(low, high, word)
        reading.thinned[rows] = mechanism is Mechanism.CONFIRMED
    elif mechanism is Mechanism.ROUNDED:
        reading.low[rows], reading.high[rows] = _rounding_cell(low, high, word)
    elif mechanism is Mechanism.BOUNDS:
        raise SettingError(
            f"'bounds' for {word!r} reports: {_REASONS[Mechanism.BOUNDS]}"
        )


_BY_WEIGHT = (Mechanism.FLOOR, Mechanism.APPROXIMATE, Mechanism.ELICITED)


def _weighted(
    low: FloatArray,
    high: FloatArray,
    word: str,
    mechanism: Mechanism,
    rows: IntArray,
    elicited: Elicited | None,
) -> dict[int, Weighted]:
    """Weighted sets of some reports by their number; equal reports share one."""
    if mechanism is Mechanism.APPROXIMATE and word == "about":
        printed = np.round((low[rows] + high[rows]) / 2)
    else:
        printed = _printed(low[rows], high[rows], word)
    if mechanism is Mechanism.ELICITED:
        if elicited is None:
            raise SettingError(
                f"'elicited' for {word!r} reports needs the experts' law of each; give "
                "loc, scale and weight from the uncertainUCDP table"
            )
        laws = np.column_stack([part[rows] for part in elicited]).tolist()
        each = zip(rows, printed.tolist(), laws, strict=True)
        return {int(row): weighted.elicited(k, *law) for row, k, law in each}
    if mechanism is Mechanism.FLOOR and word != "at_least":
        raise SettingError(
            f"a floor is defined for 'at_least', not for {word!r} reports"
        )
    law = weighted.floor if mechanism is Mechanism.FLOOR else weighted.approximate
    known = {k: law(k) for k in np.unique(printed).tolist()}
    return {int(row): known[k] for row, k in zip(rows, printed.tolist(), strict=True)}


def _joined(reading: Reading, sets: dict[int, Weighted]) -> Reading:
    """Reports of one interval and of several in one row."""
    rows = np.array(sorted(sets), dtype=np.int64)
    alone = np.setdiff1d(np.arange(reading.low.size), rows)
    some = [sets[row] for row in rows.tolist()]
    report = np.concatenate([alone, np.repeat(rows, [each.low.size for each in some])])
    order = np.argsort(report, kind="stable")
    low, high, weight = (
        np.concatenate([start, *(each[part] for each in some)])[order]
        for part, start in enumerate(
            (reading.low[alone], reading.high[alone], np.ones(alone.size))
        )
    )
    powers = np.concatenate(
        [np.zeros((alone.size, 2)), *(each.powers for each in some)]
    )
    return Reading(
        low,
        high,
        reading.thinned[report[order]],
        report[order],
        np.log(weight),
        powers[order] if powers.any() else None,
    )


def _printed(low: FloatArray, high: FloatArray, word: str) -> FloatArray:
    """The one count that a report names, shape (n,)."""
    if word in ("at_least", "more_than"):
        return low
    if word in ("nearly", "up_to"):
        return high
    if np.any(low != high):
        raise SettingError(
            f"a {word!r} report names no single count; read it as coarsened"
        )
    return low


def _rounding_cell(
    low: FloatArray, high: FloatArray, word: str
) -> tuple[FloatArray, FloatArray]:
    """Counts that were rounded to the printed number, shape (n,) each."""
    if word == "more_than":
        grain = _grain(low - 1)
        return low, np.where(grain > 1, low + grain - 2, high)
    if word == "nearly":
        grain = _grain(high + 1)
        return np.where(grain > 1, high - grain + 2, low), high
    raise SettingError(
        f"rounding is defined for 'more_than' and 'nearly', not for {word!r} reports"
    )


def _grain(printed: FloatArray) -> FloatArray:
    """Ten to the number of trailing zeros, shape (n,); 1 for zero."""
    grain = np.ones_like(printed)
    more: Bool[np.ndarray, " n"] = printed > 0
    while more.any():
        more = more & (printed % (10 * grain) == 0)
        grain[more] *= 10
    return grain

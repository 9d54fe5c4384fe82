"""How a model believes that a report came from the true count."""

from enum import Enum
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import SettingError


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


def read(
    low: Float[np.ndarray, " n"],
    high: Float[np.ndarray, " n"],
    qualifier: np.ndarray,
    mechanisms: dict[str, Mechanism],
) -> Reading:
    """Turn reports into intervals of the recorded count.

    Parameters
    ----------
    low, high : ndarray, shape (n,)
        Inclusive bounds that the words allow, people; "more than 60" is
        ``low = 61``, "nearly 60" is ``high = 59``.
    qualifier : ndarray of str, shape (n,)
        How it was said.
    mechanisms : dict
        Mechanism by qualifier; must name every qualifier that occurs.

    Returns
    -------
    Reading
        ``EXACT`` and ``CONFIRMED`` give the one printed count, the latter thinned;
        ``COARSENED`` the whole interval; ``ROUNDED`` the counts that round to the
        printed number, or the whole interval where it ends in no zero.

    Raises
    ------
    SettingError
        If a qualifier has no mechanism, or one that needs a printed count has none.

    Examples
    --------
    "More than 60" leaves 61 to 69 if it was rounded, all above if coarsened:

    >>> args = np.array([61.0]), np.array([np.inf]), np.array(["more_than"])
    >>> read(*args, {"more_than": Mechanism.ROUNDED})[:2]
    (array([61.]), array([69.]))
    """
    reading = Reading(low.copy(), high.copy(), np.zeros(low.size, bool))
    for word in map(str, np.unique(qualifier)):
        if word not in mechanisms:
            known = ", ".join(sorted(mechanisms))
            raise SettingError(f"no mechanism for {word!r} reports; known are {known}")
        said = qualifier == word
        mechanism = mechanisms[word]
        if mechanism in (Mechanism.EXACT, Mechanism.CONFIRMED):
            reading.high[said] = reading.low[said] = _printed(
                low[said], high[said], word
            )
            reading.thinned[said] = mechanism is Mechanism.CONFIRMED
        elif mechanism is Mechanism.ROUNDED:
            bounds = _rounding_cell(low[said], high[said], word)
            reading.low[said], reading.high[said] = bounds
    return reading


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

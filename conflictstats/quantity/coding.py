"""Coded reports as quantities: a qualifier and two values, as in ``reports.csv``."""

import math
from collections.abc import Callable

from conflictstats.errors import QuantityError
from conflictstats.quantity.bounds import Unit
from conflictstats.quantity.reported import Reported

READ: dict[str, Callable[[float, float, Unit], Reported]] = {
    "exact": lambda low, high, unit: Reported.exactly(low, unit=unit),
    "at_least": lambda low, high, unit: Reported.at_least(low, unit=unit),
    "more_than": lambda low, high, unit: Reported.more_than(low, unit=unit),
    "about": lambda low, high, unit: Reported.about(low, unit=unit),
    "nearly": lambda low, high, unit: Reported.nearly(high, unit=unit),
    "up_to": lambda low, high, unit: Reported.up_to(high, unit=unit),
    "range": lambda low, high, unit: Reported.between(low, high, unit=unit),
    "vague_plural": lambda low, high, unit: Reported(
        low, math.inf, None, "vague_plural"
    ),
    "fraction": lambda low, high, unit: Reported(
        low, high, low, "fraction", low, "share"
    ),
    "more_than_half": lambda low, high, unit: Reported(
        low, 1.0, None, "more_than_half", low, "share"
    ),
}
OF_SHARES = ("fraction", "more_than_half")
"""Qualifiers that only shares have."""


def read_coded(
    qualifier: str, low: float, high: float, *, unit: Unit = "count"
) -> Reported:
    """Read a coded report as a quantity.

    A fraction ("a third") is a point, as it is coded; whoever compares it with other
    numbers decides how far off the word may be.

    Parameters
    ----------
    qualifier : str
        How it was said: exact, at_least, more_than, about, nearly, up_to, range,
        vague_plural, fraction or more_than_half.
    low, high : float
        The coded values; NaN where the coding leaves one blank.
    unit : {"count", "share", "change"}
        What kind of number it is.

    Returns
    -------
    Reported
        The interval that the words allow.

    Raises
    ------
    QuantityError
        If the qualifier is unknown, or the value it needs is blank.

    Examples
    --------
    >>> print(read_coded("more_than", 1500, float("nan")))
    more than 1,500
    """
    if qualifier not in READ:
        known = ", ".join(READ)
        raise QuantityError(f"qualifier {qualifier!r} is not one of {known}")
    return READ[qualifier](low, high, unit)

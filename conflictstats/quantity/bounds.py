"""Exact arithmetic on the ends of an interval."""

from __future__ import annotations

import math
from fractions import Fraction
from numbers import Real
from typing import Literal, TypeAlias

from conflictstats.errors import QuantityError

Unit: TypeAlias = Literal["count", "share", "change"]

LARGEST_COUNT = 10**15
_SIMPLE_DENOMINATOR = 10**6


def checked(number: object, unit: Unit, name: str) -> float:
    """Return a number that is one of its unit; whole numbers come back as int.

    Parameters
    ----------
    number : object
        What was given.
    unit : {"count", "share", "change"}
        Whole numbers from 0, parts of a whole, or a difference of either.
    name : str
        Argument name used in the message.

    Returns
    -------
    float
        The number; ``inf`` passes, except as a share.

    Raises
    ------
    QuantityError
        If it is not a number, or not one of that unit.
    """
    value = _as_float(number)
    if math.isnan(value):
        msg = f"{name} must be a number, got {number!r}; leave out what was not said"
        raise QuantityError(msg)
    if unit == "share":
        return _checked_share(value, name)
    if math.isinf(value):
        return value
    whole = int(number) if value.is_integer() else None  # type: ignore[call-overload]
    if unit == "count" and (whole is None or not 0 <= whole <= LARGEST_COUNT):
        msg = (
            f"{name} must be a whole number from 0 to 10^15 (a count), got {number}; "
            'a part of a whole needs unit="share", a difference unit="change"'
        )
        raise QuantityError(msg)
    return value if whole is None else whole


def _as_float(number: object) -> float:
    """Return a number as float, NaN for what is no number, inf for the very large."""
    if not isinstance(number, Real):
        return math.nan
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _checked_share(number: float, name: str) -> float:
    """Return a number from 0 to 1."""
    if not 0 <= number <= 1:
        msg = f"{name} must lie between 0 and 1 (a share), got {number:g}"
        if 1 < number <= 100:
            msg += f"; did you mean {number / 100:g}?"
        raise QuantityError(msg)
    return number


def exact(number: float) -> Fraction:
    """Return the simple fraction that a float stands for, or the float itself.

    Parameters
    ----------
    number : float
        A finite number, such as 0.1 or 1/3.

    Returns
    -------
    Fraction
        1/10 or 1/3 for those; the binary value where no simple fraction fits.

    Examples
    --------
    >>> exact(0.1), exact(1 / 3)
    (Fraction(1, 10), Fraction(1, 3))
    """
    simple = Fraction(number).limit_denominator(_SIMPLE_DENOMINATOR)
    return simple if float(simple) == number else Fraction(number)


def times(left: float, right: float) -> Fraction | float:
    """Return a product in which 0 times anything, even no bound, is 0.

    Parameters
    ----------
    left, right : float
        Ends of two intervals.

    Returns
    -------
    Fraction or float
        The exact product, or an infinity.
    """
    if 0 in (left, right):
        return Fraction(0)
    if math.isinf(left) or math.isinf(right):
        return left * right
    return exact(left) * exact(right)


def outward(
    low: Fraction | float, high: Fraction | float, unit: Unit
) -> tuple[float, float]:
    """Return bounds as numbers of a unit, never inside of what was given.

    Parameters
    ----------
    low, high : Fraction or float
        Ends of an interval.
    unit : {"count", "share", "change"}
        Counts are rounded outward to whole numbers.

    Returns
    -------
    tuple of float
        Low and high.

    Examples
    --------
    >>> outward(2.5, 3.5, "count")
    (2, 4)
    """
    if unit != "count":
        return float(low), float(high)
    return (
        float(low) if math.isinf(low) else math.floor(low),
        float(high) if math.isinf(high) else math.ceil(high),
    )


def ceiling(unit: Unit) -> float:
    """Return the largest number of a unit.

    Parameters
    ----------
    unit : {"count", "share", "change"}
        What kind of number it is.

    Returns
    -------
    float
        1 for a share, else ``inf``.
    """
    return 1 if unit == "share" else math.inf


def in_words(low: float, high: float) -> str:
    """Return bounds as people write them.

    Parameters
    ----------
    low, high : float
        Ends of an interval.

    Returns
    -------
    str
        Such as "25", "35 to 71", "25 or more".

    Examples
    --------
    >>> in_words(1501, math.inf)
    '1,501 or more'
    """
    if low == high:
        return grouped(low)
    if math.isinf(low) and math.isinf(high):
        return "any number"
    if math.isinf(high):
        return f"{grouped(low)} or more"
    if math.isinf(low):
        return f"{grouped(high)} or less"
    return f"{grouped(low)} to {grouped(high)}"


def grouped(number: float) -> str:
    """Return a number with thousands set apart by commas.

    Parameters
    ----------
    number : float
        A count, share or change.

    Returns
    -------
    str
        Such as "1,500" or "0.265".
    """
    return f"{number:,}" if isinstance(number, int) else f"{number:,.4g}"

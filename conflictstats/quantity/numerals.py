"""Numbers in digits and words: "25", "two dozen", "half a million"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from conflictstats.errors import QuantityError
from conflictstats.quantity.items import Item, Items, is_decimal
from conflictstats.quantity.lexicon import NUMERALS

Kind = Literal["number", "round", "fraction", "plural", "several"]

_STEPS = ("number", *NUMERALS)
_BY_SCORES = (60, 80)
_DOZEN = 12
_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number read so far: whole groups above a scale, and the group below it.

    Attributes
    ----------
    kind : str
        number, round ("a dozen"), fraction ("a third"), plural ("dozens") or several.
    total : Fraction
        Sum of the groups that have been multiplied.
    group : Fraction
        The group still being read.
    scale : Fraction
        The last multiplier, 0 before any.
    in_digits : bool
        Whether the group is written in digits.
    decimal : bool
        Whether those digits go on behind a decimal mark.
    """

    kind: Kind = "number"
    total: Fraction = Fraction(0)
    group: Fraction = Fraction(0)
    scale: Fraction = Fraction(0)
    in_digits: bool = False
    decimal: bool = False

    @property
    def number(self) -> Fraction:
        """The number itself."""
        return self.total + self.group

    @property
    def empty(self) -> bool:
        """Whether nothing has been read."""
        return not (self.total or self.group or self.scale or self.in_digits)


def read_numeral(items: Items, *, joins: bool = True) -> Numeral:
    """Read one number and take it from the items.

    Parameters
    ----------
    items : Items
        What is left of the phrase.
    joins : bool
        Whether "and" may stand inside the number, as in "two hundred and five";
        not between the ends of a range.

    Returns
    -------
    Numeral
        What was read.

    Raises
    ------
    QuantityError
        If no number comes next, or its parts do not fit.
    """
    if items.take("several"):
        items.follows(("of",), "plural", "multiplier")
        if not items.peek("plural", "multiplier", "round"):
            return Numeral(kind="several", total=Fraction(2))
        return _read_plural(items)
    if items.peek("plural"):
        return _read_plural(items)
    numeral = Numeral()
    while True:
        joined = joins and items.follows(("and",), "cardinal")
        item = items.take(*_STEPS, "and_half")
        if item is None:
            break
        numeral = _with(numeral, item, items, joined=joined)
        if numeral.kind == "fraction":
            break
    return numeral


def _read_plural(items: Items) -> Numeral:
    """Read "hundreds of thousands"; the total is what is counted by."""
    total = Fraction(1)
    while item := items.take("plural", "multiplier", "round"):
        total *= _counts(item)
        items.follows(("of",), "plural", "multiplier")
    return Numeral(kind="plural", total=total)


def _with(numeral: Numeral, item: Item, items: Items, *, joined: bool) -> Numeral:
    """Return a number with one more part."""
    if item.role == "number":
        return _with_digits(numeral, item)
    if item.role == "cardinal":
        return _with_cardinal(numeral, item, joined=joined)
    if item.role == "fraction":
        return _with_fraction(numeral, item, items)
    if item.role == "and_half":
        return _with_half(numeral, item)
    return _with_multiplier(numeral, item)


def _with_digits(numeral: Numeral, item: Item) -> Numeral:
    """Return a number with digits at its end, as in "bin 300"."""
    number = _counts(item)
    if not numeral.empty and (numeral.group or number >= numeral.scale):
        raise _unfit(item)
    return replace(numeral, group=number, in_digits=True, decimal=is_decimal(item))


def _with_cardinal(numeral: Numeral, item: Item, *, joined: bool) -> Numeral:
    """Return a number with a word that adds to it, as in "twenty-five"."""
    number = _counts(item)
    zero_after_something = number == 0 and not numeral.empty
    if numeral.in_digits or zero_after_something:
        raise _unfit(item)
    if not _adds(numeral.group, number, joined=joined):
        raise _unfit(item)
    in_digits = number == 0
    return replace(numeral, group=numeral.group + number, in_digits=in_digits)


def _adds(group: Fraction, number: Fraction, *, joined: bool) -> bool:
    """Return whether a language would say ``number`` right after ``group``."""
    if group == 0:
        return True
    ones, tens = group % 10, group % 100
    if number < 10:
        return ones == 0 and tens != 10
    if joined and 0 < tens < 10 and number % 10 == 0 and 20 <= number < 100:
        return True
    if number < 100:
        return tens == 0 or (tens in _BY_SCORES and number < 20)
    return group % 1000 == 0


def _with_multiplier(numeral: Numeral, item: Item) -> Numeral:
    """Return a number times a word such as "hundred", "million", "dozen"."""
    scale = _counts(item)
    abbreviated = len(item.text) == 1 and numeral.empty
    if abbreviated or (numeral.scale and scale >= numeral.scale):
        raise _unfit(item)
    about = item.role == "round" or (item.role == "plural" and scale == _DOZEN)
    kind: Kind = "round" if about else numeral.kind
    if scale < _THOUSAND or item.role == "round":
        group = _scaled(numeral, item)
        return replace(numeral, kind=kind, group=group, in_digits=False, decimal=False)
    if numeral.total and not numeral.group:
        raise _unfit(item)
    total = numeral.total + (numeral.group or 1) * scale
    return Numeral(kind=kind, total=total, scale=scale)


def _scaled(numeral: Numeral, item: Item) -> Fraction:
    """Return the group times a word below a thousand, as in "seratus dua puluh"."""
    group, scale = numeral.group, _counts(item)
    if item.role != "multiplier" and numeral.total:
        raise _unfit(item)
    if item.role == "multiplier" and scale == 10:
        ones = group % 10
        if group % 100 != ones or (group and not ones):
            raise _unfit(item)
        return group - ones + (ones or 1) * scale
    if group >= 100:
        raise _unfit(item)
    return (group or 1) * scale


def _with_fraction(numeral: Numeral, item: Item, items: Items) -> Numeral:
    """Return "two thirds", "half" as shares, "half a million" as a number."""
    if numeral.total or numeral.group.denominator > 1:
        raise _unfit(item)
    part = (numeral.group or 1) * _counts(item)
    whole = items.take("multiplier", "round", "plural")
    if whole is None:
        return Numeral(kind="fraction", group=part)
    scale = _counts(whole)
    kind: Kind = "round" if whole.role == "round" else "number"
    return Numeral(kind=kind, total=part * scale, scale=scale)


def _with_half(numeral: Numeral, item: Item) -> Numeral:
    """Return "two and a half" or "a million and a half"."""
    if numeral.empty:
        raise _unfit(item)
    half = Fraction(1, 2)
    if numeral.group:
        return replace(numeral, group=numeral.group + half)
    return replace(numeral, total=numeral.total + half * numeral.scale)


def _counts(item: Item) -> Fraction:
    """Return the number of an item that counts."""
    return Fraction(0) if item.number is None else item.number


def _unfit(item: Item) -> QuantityError:
    """Return the error for a number word where none can stand."""
    return QuantityError(f"{item.text!r} does not continue the number before it")

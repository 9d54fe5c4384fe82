"""Put the hedge and the number of a phrase together into its interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from conflictstats.errors import QuantityError
from conflictstats.quantity.bounds import LARGEST_COUNT, Unit
from conflictstats.quantity.items import Items
from conflictstats.quantity.lexicon import HEDGES, NUMERALS
from conflictstats.quantity.numerals import Numeral, read_numeral
from conflictstats.quantity.reported import Reported
from conflictstats.quantity.widths import Widths

_NUMBERS = ("number", *NUMERALS, "several")
_PADDING = ("article", "filler")
_LOOSE = ("article", "filler", "of", "and")
_TO = ("to", "dash", "up_to")
_HALF = Fraction(1, 2)
_SAID = {
    "": Reported.exactly,
    "exact": Reported.exactly,
    "at_least": Reported.at_least,
    "more_than": Reported.more_than,
    "up_to": Reported.up_to,
}


@dataclass(frozen=True, slots=True)
class Amount:
    """The number or numbers of a phrase, before its hedge.

    Attributes
    ----------
    low, high : Fraction
        The same number twice, or the ends of a range.
    kind : str
        Kind of the numeral, or range.
    unit : {"count", "share"}
        Whether it is a count or a part of a whole.
    """

    low: Fraction
    high: Fraction
    kind: str
    unit: Unit = "count"


def read_phrase(items: Items, widths: Widths) -> Reported:
    """Return what a whole phrase says.

    Parameters
    ----------
    items : Items
        The phrase.
    widths : Widths
        What the vague words mean in numbers.

    Returns
    -------
    Reported
        The interval.

    Raises
    ------
    QuantityError
        If the words do not make one quantity.
    """
    report = _read_quantity(items, widths)
    part_of = items.follows(("of",), *_NUMBERS, *HEDGES)
    if report.unit == "share" and (part_of or items.peek(*_NUMBERS)):
        whole = _read_quantity(items, widths)
        if whole.unit == "share" and not part_of:
            msg = f"two shares side by side: {report} and {whole}"
            raise QuantityError(msg)
        report = report * whole
    items.skip(*_LOOSE)
    if items:
        msg = f"more than one number, or a word out of place: {items.rest()!r}"
        raise QuantityError(msg)
    return report


def _read_quantity(items: Items, widths: Widths) -> Reported:
    """Read a hedge and an amount, in either order."""
    before = _read_hedge(items, past=_LOOSE)
    amount = _read_amount(items)
    after = _read_hedge(items, past=_PADDING)
    if before and after and before != after:
        msg = f"hedged twice, as {before} and {after}; keep one"
        raise QuantityError(msg)
    if after and items.peek(*_NUMBERS):
        msg = f"{after} may belong to the number before it or to {items.rest()!r}"
        raise QuantityError(msg)
    return _hedged(before or after, amount, widths)


def _read_hedge(items: Items, past: tuple[str, ...]) -> str:
    """Read how sure the number is; an empty string where nothing is said."""
    hedge = ""
    while item := items.take(*HEDGES, "plus", past=past):
        role = "at_least" if item.role == "plus" else item.role
        if hedge not in ("", role):
            msg = f"hedged twice, as {hedge} and {role}; keep one"
            raise QuantityError(msg)
        hedge = role
    return hedge


def _read_amount(items: Items) -> Amount:
    """Read one number, a range, or a number and those not confirmed."""
    items.skip(*_LOOSE)
    percent = items.take("percent") is not None
    between = items.take("between") is not None
    first = _numeral(items, joins=not between)
    percent |= items.take("percent") is not None
    second = _read_second(items, first, between=between)
    percent |= items.take("percent") is not None
    items.skip("between")
    if second is None:
        return _amount(first.number, first.number, first, percent=percent)
    low = first.number
    if not first.scale and second.scale and low * second.scale < second.number:
        low *= second.scale
    kinds = {first.kind, second.kind}
    if not kinds <= {"number", "round"} or low > second.number:
        msg = (
            f"a range runs from one number up to another, got {low} and {second.number}"
        )
        raise QuantityError(msg)
    return replace(_amount(low, second.number, first, percent=percent), kind="range")


def _read_second(items: Items, first: Numeral, *, between: bool) -> Numeral | None:
    """Read the upper end of a range, if there is one."""
    if items.follows(("plus",), "number", "cardinal"):
        more = _numeral(items)
        if not items.take("unconfirmed", past=_PADDING):
            msg = 'a sum is read only as "19 + 4 unidentified"; add the numbers'
            raise QuantityError(msg)
        return replace(more, total=more.total + first.number)
    joints = ("and", *_TO) if between else _TO
    if items.follows(joints, *_NUMBERS):
        return _numeral(items)
    if between:
        msg = '"between" needs two numbers, as in "between 35 and 71"'
        raise QuantityError(msg)
    return None


def _numeral(items: Items, *, joins: bool = True) -> Numeral:
    """Read one number, which must be there."""
    numeral = read_numeral(items, joins=joins)
    if numeral.empty:
        msg = "there is no number; give it as value"
        if items.peek("dash"):
            msg = f"a number cannot be negative: {items.rest()!r}"
        elif items:
            msg = f"there is no number at {items.rest()!r}"
        raise QuantityError(msg)
    return numeral


def _amount(
    low: Fraction, high: Fraction, numeral: Numeral, *, percent: bool
) -> Amount:
    """Return an amount as a count of whole people or as a share."""
    kind = numeral.kind
    if high > LARGEST_COUNT:
        msg = "the number is above 10^15, more than any count of people"
        raise QuantityError(msg)
    if percent and high > 100:
        msg = f"{float(high):g} percent is more than the whole"
        raise QuantityError(msg)
    if percent:
        return Amount(low / 100, high / 100, kind, "share")
    if kind == "fraction" or 0 < low <= high < 1:
        return Amount(low, high, kind, "share")
    if numeral.decimal or low.denominator * high.denominator > 1:
        msg = f"{float(low):g} is written with decimals, and a count is whole"
        raise QuantityError(msg)
    return Amount(low, high, kind)


def _hedged(hedge: str, amount: Amount, widths: Widths) -> Reported:
    """Return the interval of an amount said in a certain way."""
    if amount.kind == "range":
        return _hedged_range(hedge, amount)
    if amount.kind in ("plural", "several"):
        return _hedged_plural(hedge, amount, widths)
    n, unit = _number(amount.low), amount.unit
    if hedge == "" and amount.kind == "round":
        hedge = "about"
    if hedge == "about":
        return Reported.about(n, within=widths.about_within(n, unit), unit=unit)
    if hedge == "nearly":
        return Reported.nearly(n, within=widths.nearly_within(n, unit), unit=unit)
    if hedge == "below":
        return replace(
            Reported.nearly(n, within=1, unit=unit), qualifier="up_to", value=None
        )
    return _named(_SAID[hedge](n, unit=unit), hedge, amount)


def _named(report: Reported, hedge: str, amount: Amount) -> Reported:
    """Return a report under the name that shares have of their own."""
    if amount.kind != "fraction":
        return report
    if hedge == "more_than" and amount.low == _HALF:
        return replace(report, qualifier="more_than_half")
    if hedge == "" and amount.low != _HALF:
        return replace(report, qualifier="fraction")
    return report


def _hedged_range(hedge: str, amount: Amount) -> Reported:
    """Return a range as printed; that it is about that adds nothing."""
    if hedge not in ("", "exact", "about"):
        msg = f"a range cannot be hedged as {hedge}; give one number"
        raise QuantityError(msg)
    low, high = _number(amount.low), _number(amount.high)
    return Reported.between(low, high, unit=amount.unit)


def _hedged_plural(hedge: str, amount: Amount, widths: Widths) -> Reported:
    """Return "dozens" as the floor it sets, "several" as two or more."""
    if hedge not in ("", "at_least") or amount.unit == "share":
        msg = f"a number that is not named cannot be hedged as {hedge or 'a share'}"
        raise QuantityError(msg)
    thing = int(amount.low)
    if amount.kind == "several":
        return replace(Reported.at_least(thing), value=None)
    low, high = widths.floor_of(thing), widths.ceiling_of(thing)
    return Reported(low, high, qualifier="vague_plural")


def _number(number: Fraction) -> float:
    """Return a fraction as int where it is whole, else as float."""
    return int(number) if number.denominator == 1 else float(number)

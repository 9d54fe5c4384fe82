"""Read a phrase such as "at least 25" in any of the languages of the lexicon."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from numbers import Real

from conflictstats import _check
from conflictstats.errors import QuantityError
from conflictstats.quantity.bounds import exact
from conflictstats.quantity.grammar import read_phrase
from conflictstats.quantity.items import Item, Items, is_grouped, look_up
from conflictstats.quantity.lexicon import Language, Lexicon
from conflictstats.quantity.reported import Reported
from conflictstats.quantity.tokens import tokenise
from conflictstats.quantity.widths import Widths

_ROUNDING = 0.001
_MANY = 1000


def parse(
    text: str,
    value: float | str | None = None,
    *,
    language: str | None = None,
    lexicon: Lexicon | None = None,
) -> Reported:
    """Return the interval that a phrase states.

    Reads the words around one number, in 21 languages: hedges, number words,
    thousands separators of several countries, ranges, percentages, vague plurals
    and shares of a number. It does not read sentences, and it refuses what it does
    not know rather than guess.

    Parameters
    ----------
    text : str
        The phrase as printed, at most 300 characters; may be empty where ``value``
        is given.
    value : float or str, optional
        The number, where the phrase leaves it out ("at least" beside 25). Where both
        state a number they must agree.
    language : str, optional
        ISO 639-1 code of the words. By default every language is tried, and all that
        understand the phrase must understand the same.
    lexicon : Lexicon, optional
        Words and widths; by default :meth:`Lexicon.built_in`, which its ``extended``
        and ``with_widths`` change.

    Returns
    -------
    Reported
        What was said. People for a count, 0 to 1 for a share.

    Raises
    ------
    QuantityError
        If a word is not known, the words do not make one quantity, languages
        disagree, or the number is not possible (negative, a share above 1).
    SettingError
        If the lexicon does not have the language.

    Notes
    -----
    A product of shares and numbers keeps both ends: "nearly half of 3 million" is
    (0.4 to 0.5) x 3,000,000. The count is exact in whole numbers, since the share is
    read as the fraction that it prints.

    Examples
    --------
    >>> print(parse("at least 25"))
    at least 25
    >>> parse("more than", 1500).low
    1501
    >>> print(parse("mindestens 1.500"), parse("ما لا يقل عن 12"), sep=", ")
    at least 1,500, at least 12
    >>> print(parse("dozens"), parse("nearly half of 3 million"), sep=", ")
    24 or more, 1,200,000 to 1,500,000
    >>> parse("more than half").unit
    'share'
    """
    if not isinstance(text, str):
        msg = f"the phrase must be text, got {text!r}; give a number as value"
        raise QuantityError(msg)
    lexicon = lexicon or Lexicon.built_in()
    languages = lexicon.languages
    if language is not None:
        languages = {
            language: languages[_check.one_of(language, languages, "language")]
        }
    tokens, beside = tokenise(text), _tokens_of(value)
    phrases: dict[_Phrase, str] = {}
    refusals = []
    for code, known in languages.items():
        try:
            phrases.setdefault(_phrase(tokens, beside, known), code)
        except _Refusal as refusal:
            refusals.append(refusal)
    shown = text if value is None else f"{text} [{value}]"
    phrase, report = _agreed(phrases, refusals, lexicon.widths, shown)
    if phrase.complete:
        _check_same(report, _printed(value, lexicon))
    return report


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase in one language; ``complete`` if its words hold the number."""

    items: tuple[Item, ...]
    complete: bool


class _Refusal(Exception):
    """One language does not understand a phrase; ``unknown`` words of it."""

    def __init__(self, reason: str, unknown: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.unknown = unknown


def _tokens_of(value: float | str | None) -> list[str] | Item:
    """Return the number beside the words: its tokens, or the item itself."""
    if value is None or isinstance(value, str):
        return tokenise(value or "")
    if not isinstance(value, Real) or not math.isfinite(value) or value < 0:
        msg = f"value must be a number from 0, or text, got {value!r}"
        raise QuantityError(msg)
    number = exact(float(value))
    shown = str(number) if number.denominator == 1 else str(value)
    return Item(shown, "number", number)


def _phrase(tokens: list[str], beside: list[str] | Item, language: Language) -> _Phrase:
    """Return the items of a phrase, with the number beside it if it has none."""
    items = _known(tokens, language)
    if Items(items).has_amount:
        return _Phrase(tuple(items), complete=True)
    items += [beside] if isinstance(beside, Item) else _known(beside, language)
    return _Phrase(tuple(items), complete=False)


def _known(tokens: list[str], language: Language) -> list[Item]:
    """Return the items of tokens that are all known."""
    try:
        items, unknown = look_up(tokens, language)
    except QuantityError as error:
        raise _Refusal(str(error)) from error
    if unknown:
        raise _Refusal("", tuple(unknown))
    for item, scale in pairwise(items):
        if item.role == "number" and is_grouped(item) and (scale.number or 0) >= _MANY:
            msg = f"cannot tell thousands from decimals in '{item.text} {scale.text}'"
            raise QuantityError(msg)
    return items


def _agreed(
    phrases: dict[_Phrase, str],
    refusals: list[_Refusal],
    widths: Widths,
    text: str,
) -> tuple[_Phrase, Reported]:
    """Return what all languages that understand a phrase take it to say."""
    readings, reasons = {}, []
    for phrase in phrases:
        try:
            readings[phrase] = read_phrase(Items(phrase.items), widths)
        except QuantityError as error:
            reasons.append(_Refusal(str(error)))
    if not readings:
        raise _because([*reasons, *refusals], text)
    if len(set(readings.values())) > 1:
        said = "; ".join(f"{phrases[p]}: {report}" for p, report in readings.items())
        msg = f"{text!r} says different things ({said}); pass language="
        raise QuantityError(msg)
    return next(iter(readings.items()))


def _printed(value: float | str | None, lexicon: Lexicon) -> float | None:
    """Return the number beside the words, in whatever language it is written."""
    return parse(value, lexicon=lexicon).value if isinstance(value, str) else value


def _check_same(report: Reported, value: float | None) -> None:
    """Raise unless the number beside the words is the one that they say."""
    if value is None:
        return
    if report.value is None:
        agree = value in report
    else:
        rounding = _ROUNDING if report.unit == "share" else 0
        agree = abs(report.value - value) <= rounding
    if not agree:
        msg = f"the words say {report} and the value beside them is {value}"
        raise QuantityError(msg)


def _because(refusals: list[_Refusal], text: str) -> QuantityError:
    """Return the error of the language that understood most of a phrase."""
    nearest = min(refusals, key=lambda refusal: len(refusal.unknown))
    if not nearest.unknown:
        return QuantityError(f"{nearest}; in {text!r}")
    unknown = " ".join(nearest.unknown)
    return QuantityError(
        f"do not know the words {unknown!r} in {text!r}; the documentation lists the "
        "words known, and Lexicon.extended adds others"
    )

"""Prose with its numbers left open: ``{name:format}`` is filled from the numbers file.

A person types words; a script finds numbers. Text that types a number itself is
refused, because nobody would notice when the number changes.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from conflictstats.errors import ReportError
from conflictstats.report.numbers import Numbers, Value

Span: TypeAlias = dict[str, str]

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
MONTH = "|".join(f"{name}|{name[:3]}" for name in MONTHS)
YEAR = r"(?<![\d.,])(?:1[89]|20)\d\d(?!\d|[.,]\d|\s?%)"
DAY = r"(?<![\d.,])[0-3]?\d"
DATES = re.compile(
    rf"\b\d{{4}}-\d\d-\d\d\b|{DAY}(?:\s?[-–]\s?[0-3]?\d)?\s(?:{MONTH})\b|{YEAR}"
)
MARKUP = re.compile(r"`([^`]*)`|\*([^*]+)\*")
PLACEHOLDER = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
NUMBER_FORMAT = re.compile(r"\+?,?(\.\d{1,2})?[dfeg%]?")


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills prose from numbers, and refuses prose that types its own.

    Attributes
    ----------
    numbers : Numbers
        What the scripts found.
    labels : mapping of str to str
        What ``{figure:name}`` and ``{table:name}`` print, by ``"figure:name"``.
    allowed : tuple of str
        Pieces of text that may hold digits, such as ``"90 %"``.

    Examples
    --------
    >>> numbers = Numbers()
    >>> numbers.add("dead", 1782, unit="deaths")
    >>> numbers.add("since", "2019-04-29")
    >>> Filler(numbers).text("{dead} dead since {since:date}", "summary")
    '1,782 dead since 29 April 2019'
    """

    numbers: Numbers
    labels: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()

    def spans(self, text: str, where: str) -> list[Span]:
        """Fill one paragraph and split it into runs of one kind.

        Parameters
        ----------
        text : str
            Words, ``{name:format}``, ``*emphasis*`` and ```code```.
        where : str
            Which text this is, for messages.

        Returns
        -------
        list of dict
            ``kind`` (text, emph, code, ref) and ``text``; a ref has its ``target``.

        Raises
        ------
        ReportError
            If a name is unknown, a format does not fit, or digits are typed.
        """
        return list(self._runs(" ".join(text.split()), where))

    def text(self, text: str, where: str) -> str:
        """Fill one line and give it as plain text.

        Parameters
        ----------
        text, where : str
            As for :meth:`spans`.

        Returns
        -------
        str
            Without emphasis or links.

        Raises
        ------
        ReportError
            As for :meth:`spans`.
        """
        return "".join(span["text"] for span in self.spans(text, where))

    def paragraphs(self, text: str, where: str) -> list[list[Span]]:
        """Fill text whose paragraphs are parted by empty lines.

        Parameters
        ----------
        text, where : str
            As for :meth:`spans`.

        Returns
        -------
        list of list of dict
            The spans of each paragraph.

        Raises
        ------
        ReportError
            As for :meth:`spans`.
        """
        parts = re.split(r"\n\s*\n", text.strip())
        return [self.spans(part, where) for part in parts if part.strip()]

    def _runs(self, text: str, where: str) -> Iterator[Span]:
        """Split at emphasis and code; code is kept as it is typed."""
        at = 0
        for found in MARKUP.finditer(text):
            yield from self._filled(text[at : found.start()], "text", where)
            code, emphasis = found.groups()
            if emphasis is None:
                yield {"kind": "code", "text": code}
            else:
                yield from self._filled(emphasis, "emph", where)
            at = found.end()
        yield from self._filled(text[at:], "text", where)

    def _filled(self, text: str, kind: str, where: str) -> Iterator[Span]:
        """Replace the placeholders of a piece without markup."""
        refuse_typed_digits(PLACEHOLDER.sub("", text), where, self.allowed)
        at = 0
        for found in PLACEHOLDER.finditer(text):
            yield from _run(_without_braces(text[at : found.start()], where), kind)
            yield from self._resolved(found, kind, where)
            at = found.end()
        yield from _run(_without_braces(text[at:], where), kind)

    def _resolved(self, found: re.Match[str], kind: str, where: str) -> Iterator[Span]:
        """Give what one placeholder stands for."""
        name, form = found.group(1).strip(), found.group(2) or ""
        if name in ("figure", "table"):
            target = f"{name}:{form}"
            if target not in self.labels:
                msg = f"{where} points to {target}, which is not in the report"
                raise ReportError(msg)
            yield {"kind": "ref", "text": self.labels[target], "target": target}
            return
        try:
            yield from _run(show(self.numbers[name], form), kind)
        except ReportError as error:
            raise ReportError(f"{where}: {found.group()}: {error}") from error


def show(value: Value, form: str = "") -> str:
    """Print a value as a report does.

    Parameters
    ----------
    value : int, float or str
        A number, an ISO date or a name.
    form : str
        For numbers a Python format such as ``,.0f`` or ``.1%``; for dates ``date`` or
        ``month``. A whole number or a name needs none.

    Returns
    -------
    str
        With a true minus sign, and a thin space before ``%``.

    Raises
    ------
    ReportError
        If the format is not one of these or does not fit the value.

    Examples
    --------
    >>> show(0.3038, ".0%"), show(-1234.5, ",.0f"), show("2019-06-10", "date")
    ('30\u202f%', '−1,234', '10 June 2019')
    """
    if isinstance(value, str):
        return _show_text(value, form)
    if isinstance(value, float) and not form:
        msg = f"{value} needs a format, such as ',.0f' or '.1%'"
        raise ReportError(msg)
    if not NUMBER_FORMAT.fullmatch(form):
        msg = f"{form!r} is not a format for a number; try ',', ',.0f', '.1f' or '.1%'"
        raise ReportError(msg)
    try:
        printed = format(value, form or ",")
    except ValueError as error:
        msg = f"{value} cannot be printed as {form!r}: {error}"
        raise ReportError(msg) from error
    return printed.replace("-", "−").replace("%", "\u202f%")


def refuse_typed_digits(text: str, where: str, allowed: Iterable[str] = ()) -> None:
    """Raise if text holds a digit that is not in a date, a year or an allowed piece.

    Parameters
    ----------
    text : str
        Prose without its placeholders.
    where : str
        Which text this is, for the message.
    allowed : iterable of str
        Pieces that may hold digits.

    Raises
    ------
    ReportError
        If a digit, in any script, is left.

    Examples
    --------
    >>> refuse_typed_digits("From 29 April to August 2019", "summary")
    >>> refuse_typed_digits(
    ...     "1,782 people were killed", "summary"
    ... )  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    conflictstats.errors.ReportError: summary types '1,782' ...
    """
    rest = text
    for piece in sorted(allowed, key=len, reverse=True):
        rest = re.sub(rf"(?<![\d.,]){re.escape(piece)}(?![.,]?\d)", " ", rest)
    rest = DATES.sub(" ", rest)
    typed = next((w for w in rest.split() if any(map(_is_numeral, w))), None)
    if typed is not None:
        msg = (
            f"{where} types {typed!r} (in {_around(text, typed)!r}): let a script "
            "write it to the numbers and say {name:format}, or add it to `allowed`"
        )
        raise ReportError(msg)


def _show_text(value: str, form: str) -> str:
    """Print a name as it is, or a date in words."""
    if not form:
        return value
    if form not in ("date", "month"):
        msg = f"{form!r} does not fit the text {value!r}; dates take 'date' or 'month'"
        raise ReportError(msg)
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        msg = f"{value!r} is not an ISO date, so it cannot be printed as {form!r}"
        raise ReportError(msg) from error
    month = f"{MONTHS[day.month - 1]} {day.year}"
    return f"{day.day} {month}" if form == "date" else month


def _run(text: str, kind: str) -> Iterator[Span]:
    """Give a span unless it is empty."""
    if text:
        yield {"kind": kind, "text": text}


def _without_braces(text: str, where: str) -> str:
    """Return text outside placeholders; a brace there is a placeholder gone wrong."""
    if "{" in text or "}" in text:
        msg = f"{where}: a brace without its partner in {text.strip()!r}"
        raise ReportError(msg)
    return text


def _is_numeral(letter: str) -> bool:
    """Tell digits, fractions and Roman numeral signs of any script."""
    return unicodedata.category(letter).startswith("N")


def _around(text: str, word: str) -> str:
    """Give the words beside the first ``word``."""
    at = text.find(word)
    return text[max(0, at - 30) : at + len(word) + 30].strip()

"""The words that the parser knows, one table a language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, TypeAlias

from conflictstats import _check
from conflictstats.errors import QuantityError
from conflictstats.quantity.tokens import tokenise
from conflictstats.quantity.widths import WIDTHS, Widths

HEDGES = ("at_least", "more_than", "about", "nearly", "up_to", "below", "exact")
NUMERALS = ("cardinal", "multiplier", "round", "plural", "fraction")
ROLES = (
    *HEDGES,
    *NUMERALS,
    *("several", "majority", "between", "and", "to", "of", "percent", "and_half"),
    *("unconfirmed", "article", "filler"),
)

Phrases: TypeAlias = Iterable[str] | Mapping[Any, Iterable[str]]

_SIGNS: Mapping[tuple[str, ...], tuple[str, Fraction | None]] = {
    ("%",): ("percent", None),
    ("+",): ("plus", None),
    ("-",): ("dash", None),
    ("½",): ("fraction", Fraction(1, 2)),
    ("¼",): ("fraction", Fraction(1, 4)),
    ("¾",): ("fraction", Fraction(3, 4)),
}


@dataclass(frozen=True, slots=True)
class Language:
    """How one language writes numbers and says how sure they are.

    Attributes
    ----------
    code : str
        ISO 639-1 code.
    name : str
        Name in English.
    thousands, decimals : str
        The marks it puts between thousands and before decimals.
    words : mapping
        Tokens of a word or phrase -> its role, and its number if it has one.
    longest : int
        Tokens in the longest phrase.
    """

    code: str
    name: str
    thousands: str
    decimals: str
    words: Mapping[tuple[str, ...], tuple[str, Fraction | None]]
    longest: int = 1

    @classmethod
    def from_table(cls, code: str, table: Mapping[str, Any]) -> Language:
        """Return a language from its table of words.

        Parameters
        ----------
        code : str
            ISO 639-1 code.
        table : mapping
            ``name``, ``thousands``, ``decimals``, and phrases by role; the roles
            of numbers have the number before its phrases.

        Returns
        -------
        Language
            The language.

        Raises
        ------
        QuantityError
            If a role is unknown, or a phrase has two meanings.
        """
        language = cls(
            code,
            table.get("name", code),
            "".join(table.get("thousands", ())),
            "".join(table.get("decimals", ())),
            MappingProxyType(dict(_SIGNS)),
        )
        roles = {k: v for k, v in table.items() if k in ROLES}
        unknown = set(table) - set(roles) - {"name", "thousands", "decimals"}
        if unknown:
            msg = f"unknown roles {sorted(unknown)} in language {code!r}; use {ROLES}"
            raise QuantityError(msg)
        return language.extended(roles)

    def extended(self, roles: Mapping[str, Any]) -> Language:
        """Return the language with more words.

        Parameters
        ----------
        roles : mapping
            Phrases by role.

        Returns
        -------
        Language
            A new language.

        Raises
        ------
        QuantityError
            If a phrase has another meaning already.
        """
        words = dict(self.words)
        for role, number, phrase in _entries(roles):
            tokens = tuple(tokenise(phrase))
            if words.setdefault(tokens, (role, number)) != (role, number):
                msg = (
                    f"{phrase!r} is {words[tokens]} in language {self.code!r} "
                    f"and cannot be {(role, number)} too"
                )
                raise QuantityError(msg)
        longest = max(map(len, words))
        return replace(self, words=MappingProxyType(words), longest=longest)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything that :func:`parse` takes for granted: words and widths.

    Attributes
    ----------
    languages : mapping
        ISO 639-1 code -> :class:`Language`.
    widths : Widths
        What "about", "nearly" and "dozens" mean in numbers.

    Examples
    --------
    >>> from conflictstats.quantity import Widths, parse
    >>> acled = Lexicon.built_in().with_widths(Widths(plural=1))
    >>> print(parse("dozens", lexicon=acled))
    12 or more
    >>> mine = Lexicon.built_in().extended("en", nearly=["a shade under"])
    >>> print(parse("a shade under 300", lexicon=mine))
    nearly 300 (240 to 299)
    """

    languages: Mapping[str, Language]
    widths: Widths = WIDTHS

    @classmethod
    def built_in(cls) -> Lexicon:
        """Return the lexicon that comes with the package, English first.

        Returns
        -------
        Lexicon
            The same object at every call.
        """
        return _built_in()

    def with_widths(self, widths: Widths) -> Lexicon:
        """Return the lexicon with other widths.

        Parameters
        ----------
        widths : Widths
            What the vague words mean in numbers.

        Returns
        -------
        Lexicon
            A new lexicon.
        """
        return replace(self, widths=widths)

    def extended(self, language: str, **roles: Phrases) -> Lexicon:
        """Return the lexicon with more words of one language.

        Parameters
        ----------
        language : str
            ISO 639-1 code; a new one is added.
        **roles : list of str or dict
            Phrases by role, such as ``nearly=["a shade under"]`` or
            ``multiplier={100000: ["lakh"]}``.

        Returns
        -------
        Lexicon
            A new lexicon.

        Raises
        ------
        SettingError
            If a role is unknown.
        QuantityError
            If a phrase has another meaning already.
        """
        for role in roles:
            _check.one_of(role, ROLES, "role")
        known = self.languages.get(language) or Language.from_table(language, {})
        languages = {**self.languages, language: known.extended(roles)}
        return replace(self, languages=MappingProxyType(languages))


def _entries(roles: Mapping[str, Any]) -> Iterable[tuple[str, Fraction | None, str]]:
    """Yield the role, number and text of every phrase."""
    for role, phrases in roles.items():
        if role not in NUMERALS:
            yield from ((role, None, phrase) for phrase in phrases)
            continue
        for number, names in phrases.items():
            yield from ((role, Fraction(number), phrase) for phrase in names)


@cache
def _built_in() -> Lexicon:
    """Return the lexicon that comes with the package, English first."""
    files = resources.files("conflictstats.quantity").joinpath("languages").iterdir()
    tables = {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8"))
        for file in files
        if file.name.endswith(".toml")
    }
    order = sorted(tables, key=lambda code: (code != "en", code))
    return Lexicon(
        MappingProxyType({c: Language.from_table(c, tables[c]) for c in order})
    )

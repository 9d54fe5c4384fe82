"""Look the tokens of a phrase up in one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from conflictstats.errors import QuantityError
from conflictstats.quantity.lexicon import NUMERALS, Language
from conflictstats.quantity.tokens import is_number, read_number

_LONGEST_COMPOUND = 60
_MILLION = 10**6
_AMOUNTS = (*NUMERALS, "number", "several")


@dataclass(frozen=True, slots=True)
class Item:
    """A word, phrase, number or sign, and what it does in a quantity.

    Attributes
    ----------
    text : str
        As written.
    role : str
        A role of the lexicon, or number, plus, dash.
    number : Fraction, optional
        What it counts.
    """

    text: str
    role: str
    number: Fraction | None = None


class Items:
    """The items of a phrase, taken from left to right.

    Parameters
    ----------
    items : sequence of Item
        In the order of the text.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = tuple(items)
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._items)

    @property
    def has_amount(self) -> bool:
        """Whether any item counts something."""
        return any(item.role in _AMOUNTS for item in self._items)

    def peek(self, *roles: str, past: tuple[str, ...] = ("article",)) -> Item | None:
        """Return the next item if it has one of the roles, without taking it.

        Parameters
        ----------
        *roles : str
            Roles wanted.
        past : tuple of str
            Roles that may be passed over on the way.

        Returns
        -------
        Item or None
            The item, or None if the next one does something else.
        """
        at = self._find(roles, past)
        return None if at is None else self._items[at]

    def take(self, *roles: str, past: tuple[str, ...] = ("article",)) -> Item | None:
        """Return the next item if it has one of the roles, and move past it.

        Parameters
        ----------
        *roles : str
            Roles wanted.
        past : tuple of str
            Roles that may be passed over on the way.

        Returns
        -------
        Item or None
            The item, or None if the next one does something else.
        """
        at = self._find(roles, past)
        if at is None:
            return None
        self._at = at + 1
        return self._items[at]

    def follows(self, joint: tuple[str, ...], *roles: str) -> bool:
        """Take a joint if an item with one of the roles stands behind it.

        Parameters
        ----------
        joint : tuple of str
            Roles of the joint, such as ``("and",)``.
        *roles : str
            Roles wanted behind it.

        Returns
        -------
        bool
            Whether the joint was taken.
        """
        start = self._at
        if self.take(*joint) and self.peek(*roles):
            return True
        self._at = start
        return False

    def skip(self, *roles: str) -> None:
        """Move past everything that has one of the roles.

        Parameters
        ----------
        *roles : str
            Roles not wanted.
        """
        while self._at < len(self._items) and self._items[self._at].role in roles:
            self._at += 1

    def rest(self) -> str:
        """Return the text not yet taken.

        Returns
        -------
        str
            The words left, with spaces between.
        """
        return " ".join(item.text for item in self._items[self._at :])

    def _find(self, roles: tuple[str, ...], past: tuple[str, ...]) -> int | None:
        """Return the position of the next item with one of the roles."""
        at = self._at
        while at < len(self._items) and self._items[at].role not in roles:
            if self._items[at].role not in past:
                return None
            at += 1
        return at if at < len(self._items) else None


def look_up(tokens: Sequence[str], language: Language) -> tuple[list[Item], list[str]]:
    """Return the items of a phrase, longest phrases first, and the words not known.

    Parameters
    ----------
    tokens : sequence of str
        The phrase.
    language : Language
        Whose words to look in.

    Returns
    -------
    items : list of Item
        What is known, in order.
    unknown : list of str
        What is not.

    Raises
    ------
    QuantityError
        If a number is not written as this language writes numbers.
    """
    items: list[Item] = []
    unknown: list[str] = []
    at = 0
    while at < len(tokens):
        size, found = _longest_at(tokens[at : at + language.longest], language)
        if not found:
            unknown.append(tokens[at])
        items.extend(found)
        at += size
    return items, unknown


def is_decimal(item: Item) -> bool:
    """Return whether an item has digits behind a decimal mark.

    Parameters
    ----------
    item : Item
        A number.

    Returns
    -------
    bool
        False for thousands marks: "1,500" read as 1500.
    """
    return item.number != int("".join(filter(str.isdecimal, item.text)))


def is_grouped(item: Item) -> bool:
    """Return whether a mark that could also be a decimal mark groups the digits.

    Parameters
    ----------
    item : Item
        A number.

    Returns
    -------
    bool
        True for "1,500" and "1.500" read as 1500.
    """
    return not is_decimal(item) and ("," in item.text or "." in item.text)


def _longest_at(tokens: Sequence[str], language: Language) -> tuple[int, list[Item]]:
    """Return how many tokens the longest known phrase has, and its items."""
    if is_number(tokens[0]):
        number = read_number(tokens[0], language.thousands, language.decimals)
        if number is None:
            msg = f"{language.name} does not write a number as {tokens[0]!r}"
            raise QuantityError(msg)
        return 1, [Item(tokens[0], "number", number)]
    for size in range(len(tokens), 0, -1):
        found = language.words.get(tuple(tokens[:size]))
        if found is not None:
            return size, _meant(" ".join(tokens[:size]), *found)
    return 1, _compound(tokens[0], language)


def _meant(text: str, role: str, number: Fraction | None) -> list[Item]:
    """Return the items that a phrase stands for: "a majority" is more than half."""
    if role == "majority":
        return [Item(text, "more_than"), Item("", "fraction", Fraction(1, 2))]
    return [Item(text, role, number)]


def _compounds(role: str, number: Fraction | None) -> bool:
    """Return whether a numeral is written in one word with others; a million is not."""
    return (
        role in ("cardinal", "multiplier") and number is not None and number < _MILLION
    )


def _compound(word: str, language: Language) -> list[Item]:
    """Return the numerals that a word such as "zweihundert" is made of, if any."""
    if len(word) > _LONGEST_COMPOUND:
        return []
    tails: dict[int, list[Item]] = {len(word): []}
    for start in range(len(word) - 1, -1, -1):
        for end in range(len(word), start, -1):
            role, number = language.words.get((word[start:end],), ("", None))
            joins = role == "and" and tails.get(end)
            if end in tails and (joins or _compounds(role, number)):
                tails[start] = [Item(word[start:end], role, number), *tails[end]]
                break
    return tails.get(0, [])

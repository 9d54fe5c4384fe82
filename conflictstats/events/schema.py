"""What a table of events must look like, as a table.

A :class:`Schema` lists columns and rules over rows. Everything that the readers
accept, refuse and say about a cell is written here or beside the layout, once.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import pandas as pd

Value: TypeAlias = int | float | str | bool | date | None

EARLIEST = date(1946, 1, 1)
EVERYBODY = 10_000_000_000

_WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]00:00:00(?:\.0+)?Z?)?")
_FLAGS = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of cell: how it is read and what it is called.

    Attributes
    ----------
    dtype : str
        The pandas dtype of the column.
    parse : callable
        From the text of a cell to its value, or None where it is not of this kind.
    expected : str
        What the cell should hold, in words.
    advice : str
        What to do where it does not.
    """

    dtype: str
    parse: Callable[[str], Value]
    expected: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a layout.

    Attributes
    ----------
    name : str
        Its name in the file.
    kind : Kind
        What its cells hold.
    becomes : str
        Its name in the table that the reader returns.
    needed : bool
        Whether the file must have the column.
    blank : bool
        Whether a cell may be empty.
    unique : bool
        Whether a value may stand in one row only.
    kept : bool
        Whether it is returned unless it is asked for; free text that may name
        victims is not.
    lowest, highest : int, float or datetime.date, optional
        Bounds, both inclusive; the highest day is today where none is given.
    words : tuple of str
        The values allowed, if they can be listed.
    """

    name: str
    kind: Kind
    becomes: str = ""
    needed: bool = False
    blank: bool = True
    unique: bool = False
    kept: bool = True
    lowest: int | float | None = None
    highest: int | float | None = None
    words: tuple[str, ...] = ()

    @property
    def canonical(self) -> str:
        """Give its name in the table that the reader returns."""
        return self.becomes or self.name

    @property
    def is_free_text(self) -> bool:
        """Whether any text may stand in the column."""
        return self.kind is TEXT and not self.words

    @property
    def rule(self) -> str:
        """What a cell must hold, in words."""
        if self.words:
            return f"one of {', '.join(self.words)}"
        if self.lowest is None and self.highest is None:
            return self.kind.expected
        if self.lowest is None:
            return f"{self.kind.expected} up to {self.highest}"
        if self.highest is None:
            return f"{self.kind.expected}, {self.lowest} or more"
        return f"{self.kind.expected} from {self.lowest} to {self.highest}"

    def allows(self, value: Value) -> bool:
        """Say whether ``value`` is within the words or bounds of the column.

        Parameters
        ----------
        value : int, float, str, bool or datetime.date
            A value of the column's kind.

        Returns
        -------
        bool
            Whether it may stand in the column.

        Examples
        --------
        >>> code = Column(name="where_prec", kind=WHOLE, lowest=1, highest=7)
        >>> code.allows(7), code.allows(8)
        (True, False)
        """
        if isinstance(value, str):
            return not self.words or value in self.words
        if isinstance(value, date):
            return EARLIEST <= value <= date.today()
        if value is None:
            return False
        above = self.lowest is None or value >= self.lowest
        return above and (self.highest is None or value <= self.highest)


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule over several cells of a row.

    Attributes
    ----------
    columns : tuple of str
        Columns it reads, by their names in the returned table.
    broken : callable
        From those columns to a boolean Series, True where the rule is broken.
    rule, advice : str
        What must hold, and what to do where it does not.
    """

    columns: tuple[str, ...]
    broken: Callable[..., "pd.Series[bool]"]
    rule: str
    advice: str


@dataclass(frozen=True, slots=True)
class Schema:
    """A layout: what it is called, its columns, and its rules over rows.

    Attributes
    ----------
    name : str
        Name of the layout, used in messages.
    columns : tuple of Column
        The columns that are known, in the order in which they are returned.
    rules : tuple of RowRule
        Rules over several cells.
    """

    name: str
    columns: tuple[Column, ...]
    rules: tuple[RowRule, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """Name the columns that a file must have."""
        return tuple(column.name for column in self.columns if column.needed)


def _whole(text: str) -> int | None:
    """Whole number of digits, with at most zeros after the point."""
    found = _WHOLE.fullmatch(text)
    return int(found[1]) if found else None


def _number(text: str) -> float | None:
    """Decimal number with a point."""
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def _day(text: str) -> date | None:
    """ISO day, at midnight if a time is given."""
    found = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _day_or_less(text: str) -> str | None:
    """ISO day, month or year that exists, as it stands."""
    start = "0001-01-01"
    full = text + start[len(text) :]
    exact = len(text) in (4, 7, 10) and _DAY.fullmatch(full)
    return text if exact and _day(full) else None


def _flag(text: str) -> bool | None:
    """True or false, in any of the ways UCDP wrote it."""
    return _FLAGS.get(text.lower())


TEXT = Kind("str", str, "text", "fill in the cell")
WHOLE = Kind(
    "Int64", _whole, "a whole number", "correct the cell; write digits only, like 1200"
)
NUMBER = Kind(
    "float64", _number, "a number", "correct the cell; write a decimal point, like 35.6"
)
DAY = Kind(
    "datetime64[us]",
    _day,
    f"a day as YYYY-MM-DD from {EARLIEST} to today",
    "write the day like 2019-06-10; if a spreadsheet changed it (00:00.0, 10/06/2019), "
    "take the original file again",
)
DAY_OR_LESS = Kind(
    "str",
    _day_or_less,
    "a day, month or year as YYYY-MM-DD, YYYY-MM or YYYY",
    "write what is known of the day, like 2019-06-10, 2019-06 or 2019",
)
FLAG = Kind("boolean", _flag, "1, 0, true or false", "write 1 or 0")

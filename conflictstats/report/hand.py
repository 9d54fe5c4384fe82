"""What a person typed for a report: ``hand/report.toml``, read strictly."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar, get_args, get_origin, get_type_hints

from conflictstats.errors import ReportError

T = TypeVar("T")
SHOWS = ("reported", "estimated", "reported and estimated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A number printed large on the first page.

    Attributes
    ----------
    value : str
        A placeholder, such as ``"{deaths:,}"``.
    label : str
        What it is, in a few words.
    """

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Its name in the table that a script wrote.
    head : str
        What its head says.
    form : str
        Format of its numbers or dates, as in a placeholder.
    width : int
        Share of the width that is left over; 0 fits the contents.
    """

    name: str
    head: str
    form: str = ""
    width: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """What every figure and table must say of itself.

    Attributes
    ----------
    name : str
        Name of the figure's file without suffix, or of the table in the numbers.
    caption : str
        What the reader should see in it.
    shows : str
        ``reported``, ``estimated`` or ``reported and estimated``.
    source : str
        Whose data, and when they were accessed.
    script : str
        The script that made it.
    interval : str
        Level and kind of its intervals; needed where something is estimated.
    width : str
        ``double`` or ``single`` column; figures only.
    columns : tuple of Column
        Tables only.
    """

    name: str
    caption: str
    shows: str
    source: str
    script: str
    interval: str = ""
    width: str = "double"
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, its paragraphs, and the figures and tables that follow them.

    Attributes
    ----------
    heading : str
        A few words.
    text : str
        Paragraphs, parted by empty lines.
    figures, tables : tuple of Exhibit
        In order.
    """

    heading: str
    text: str
    figures: tuple[Exhibit, ...] = ()
    tables: tuple[Exhibit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A report as a person typed it.

    Attributes
    ----------
    title, subtitle : str
        The head of the first page.
    summary : str
        Paragraphs under the title.
    sections : tuple of Section
        The body.
    limits : tuple of str
        What the report cannot say, one sentence or two each.
    rerun : str
        How to run it again.
    references : tuple of str
        Sources other than the tables that the scripts used.
    highlights : tuple of Highlight
        Up to four numbers printed large.
    allowed : tuple of str
        Pieces of prose that may hold digits.
    seed : int
        Where the randomness of the scripts starts.
    """

    title: str
    subtitle: str
    summary: str
    sections: tuple[Section, ...]
    limits: tuple[str, ...]
    rerun: str
    references: tuple[str, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    allowed: tuple[str, ...] = ()
    seed: int = 0


def read_hand(path: Path) -> Hand:
    """Read ``report.toml``.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Hand
        Its contents.

    Raises
    ------
    ReportError
        If there is no such file, it is not TOML, a key is missing, unknown or of the
        wrong type, or a figure does not say what it shows.
    """
    try:
        record = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"cannot read {path.name}, the prose of the report: {error.strerror}"
        raise ReportError(msg) from error
    except ValueError as error:
        msg = f"{path.name} is not TOML in UTF-8: {error}"
        raise ReportError(msg) from error
    hand = _build(Hand, record, path.name)
    for section in hand.sections:
        for exhibit in (*section.figures, *section.tables):
            _check_exhibit(exhibit)
    return hand


def _check_exhibit(exhibit: Exhibit) -> None:
    """Raise unless a figure or table says what it shows, and at which level."""
    if exhibit.shows not in SHOWS:
        msg = f"{exhibit.name!r} shows {exhibit.shows!r}; say one of {', '.join(SHOWS)}"
        raise ReportError(msg)
    if "estimated" in exhibit.shows and not exhibit.interval:
        msg = (
            f"{exhibit.name!r} shows estimates: say their interval, such as "
            "'{level:.0%} credible intervals'"
        )
        raise ReportError(msg)
    if exhibit.width not in ("single", "double"):
        msg = f"{exhibit.name!r} has width {exhibit.width!r}; say single or double"
        raise ReportError(msg)


def _build(cls: type[T], record: object, where: str) -> T:
    """Make a dataclass from a TOML table, refusing what does not belong."""
    if not isinstance(record, Mapping):
        msg = f"{where} is {record!r}; a table was expected"
        raise ReportError(msg)
    _check_keys(cls, record, where)
    hints = get_type_hints(cls)
    given = {
        key: _value(hints[key], value, f"{where}, {key}")
        for key, value in record.items()
    }
    return cls(**given)


def _check_keys(cls: type[object], record: Mapping[str, object], where: str) -> None:
    """Raise for keys that are unknown or missing."""
    known = {f.name: f.default is MISSING for f in fields(cls)}  # type: ignore[arg-type]
    for key in record.keys() - known.keys():
        near = get_close_matches(key, known, n=1)
        hint = (
            f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
        )
        msg = f"{where} has the unknown key {key!r}{hint}"
        raise ReportError(msg)
    missing = [name for name, needed in known.items() if needed and name not in record]
    if missing:
        msg = f"{where} lacks {', '.join(missing)}"
        raise ReportError(msg)


def _value(kind: type, value: object, where: str) -> object:
    """Check one value against its type; lists become tuples."""
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            msg = f"{where} is {value!r}; a list was expected"
            raise ReportError(msg)
        item = get_args(kind)[0]
        return tuple(_value(item, v, f"{where} {i}") for i, v in enumerate(value, 1))
    if is_dataclass(kind):
        return _build(kind, value, where)
    if not isinstance(value, kind) or isinstance(value, bool):
        msg = f"{where} is {value!r}; {kind.__name__} was expected"
        raise ReportError(msg)
    return value

"""The numbers of a report: named, with units, in one file that the prose reads."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from conflictstats.errors import ReportError
from conflictstats.report.files import to_json, write_bytes

Value: TypeAlias = int | float | str
NAME = re.compile(r"[a-z][a-z0-9_]*")
SIGNIFICANT = 10
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Numbers:
    """Named values and tables, each with its unit; what a report may print.

    A name belongs to one value: giving it another one is an error, whichever script
    does it. Floats keep ten significant digits, so that the file does not change with
    the last bits of an optimiser.

    Attributes
    ----------
    values : dict of str to dict
        Name to ``{"value": int, float or str, "unit": str}``; a str is an ISO date or a
        name.
    tables : dict of str to dict
        Name to ``{"columns": list, "units": dict, "rows": list of lists}``.

    Examples
    --------
    >>> numbers = Numbers()
    >>> numbers.add("deaths_idlib", 1782, unit="deaths")
    >>> numbers.add("share", 852 / 1782)
    >>> numbers["share"]
    0.4781144781
    """

    values: dict[str, dict[str, Value]] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, value: object, unit: str = "") -> None:
        """Add one value.

        Parameters
        ----------
        name : str
            Small letters, digits and underscores; the prose says ``{name}``.
        value : int, float, str or date
            Finite; NumPy and pandas scalars are taken too.
        unit : str
            Unit of measurement, such as ``"deaths"``; empty for shares and dates.

        Raises
        ------
        ReportError
            If the value is not finite, is of another type, or the name is badly formed
            or has another value already.
        """
        entry = {"value": _plain_value(value, f"number {name!r}"), "unit": unit}
        _put(self.values, name, entry, "number")

    def add_table(
        self,
        name: str,
        frame: pd.DataFrame,
        *,
        units: Mapping[str, str] | None = None,
        may_miss: Iterable[str] = (),
    ) -> None:
        """Add a table; its index is left out.

        Parameters
        ----------
        name : str
            As for :meth:`add`; a report says ``data = "name"``.
        frame : pandas.DataFrame
            Numbers, dates and text.
        units : mapping of str to str, optional
            Column to unit.
        may_miss : iterable of str
            Columns in which a missing cell means "not stated"; it is printed as a dash.

        Raises
        ------
        ReportError
            If another column has a missing cell, a cell is infinite or of another type,
            or the name is badly formed or has another table already.
        """
        gaps = set(may_miss)
        columns = [str(column) for column in frame.columns]
        rows = [
            [
                _cell(value, column in gaps, f"table {name!r}, row {i}, {column!r}")
                for column, value in zip(columns, row, strict=True)
            ]
            for i, row in enumerate(frame.itertuples(index=False, name=None))
        ]
        entry = {"columns": columns, "units": dict(units or {}), "rows": rows}
        _put(self.tables, name, entry, "table")

    def __getitem__(self, name: str) -> Value:
        """Give the value called ``name``."""
        if name not in self.values:
            raise ReportError(_unknown("number", name, self.values))
        return self.values[name]["value"]

    def table(self, name: str) -> dict[str, Any]:
        """Give the table called ``name``.

        Parameters
        ----------
        name : str
            As given to :meth:`add_table`.

        Returns
        -------
        dict
            ``columns``, ``units`` and ``rows``.

        Raises
        ------
        ReportError
            If there is no such table.
        """
        if name not in self.tables:
            raise ReportError(_unknown("table", name, self.tables))
        return self.tables[name]

    def update(self, other: Numbers) -> None:
        """Take in the values and tables of another collection.

        Parameters
        ----------
        other : Numbers
            What another script found.

        Raises
        ------
        ReportError
            If a name has different contents in the two.
        """
        for name, entry in other.values.items():
            _put(self.values, name, entry, "number")
        for name, entry in other.tables.items():
            _put(self.tables, name, entry, "table")

    def differences(self, other: Numbers, *, rtol: float = 1e-6) -> list[str]:
        """List where two collections disagree.

        Parameters
        ----------
        other : Numbers
            The collection to compare with.
        rtol : float
            Relative difference that is let pass.

        Returns
        -------
        list of str
            The places that differ, with both values; empty if the two agree.

        Examples
        --------
        >>> first, second = Numbers(), Numbers()
        >>> first.add("rate", 2.0)
        >>> second.add("rate", 2.1)
        >>> first.differences(second)
        ['values.rate.value: 2.0 and 2.1']
        """
        return list(_differing(self.to_dict(), other.to_dict(), rtol, ""))

    def to_dict(self) -> dict[str, Any]:
        """Give what ``numbers.json`` holds.

        Returns
        -------
        dict
            ``values`` and ``tables``.
        """
        return {"values": self.values, "tables": self.tables}

    def write(self, path: Path) -> Path:
        """Write ``numbers.json``, sorted by name.

        Parameters
        ----------
        path : Path
            Where.

        Returns
        -------
        Path
            ``path``.
        """
        return write_bytes(path, to_json(self.to_dict()).encode())

    @classmethod
    def read(cls, path: Path) -> Numbers:
        """Read what :meth:`write` wrote.

        Parameters
        ----------
        path : Path
            A ``numbers.json``.

        Returns
        -------
        Numbers
            Its values and tables.
        """
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(values=content["values"], tables=content["tables"])


def _put(where: dict[str, Any], name: str, entry: object, what: str) -> None:
    """Store ``entry`` unless the name is bad or holds something else."""
    if not NAME.fullmatch(name):
        msg = (
            f"{what} {name!r}: a name is small letters, digits and underscores and "
            "starts with a letter, such as deaths_idlib"
        )
        raise ReportError(msg)
    if where.get(name, entry) != entry:
        msg = f"{what} {name!r} is {where[name]} already and is now given as {entry}"
        raise ReportError(msg)
    where[name] = entry


def _plain_value(value: object, what: str) -> Value:
    """Turn a scalar into an int, a float of ten digits, or text; dates become ISO."""
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return _rounded(value, what)
    if isinstance(value, date) and not pd.isna(value):
        return value.isoformat()[:10]
    if isinstance(value, bool) or not isinstance(value, int | str):
        msg = f"{what} is {value!r}; a number, a date or text was expected"
        raise ReportError(msg)
    return value


def _rounded(value: float, what: str) -> float:
    """Keep ten significant digits of a finite float; minus zero becomes zero."""
    rounded = float(f"{value:.{SIGNIFICANT}g}") + 0.0
    if not math.isfinite(rounded):
        msg = f"{what} is {value}; a report prints finite numbers only"
        raise ReportError(msg)
    return rounded


def _cell(value: object, may_miss: bool, what: str) -> Value | None:
    """Turn one cell of a table into a plain value, or None where it may miss."""
    if may_miss and pd.isna(value):  # type: ignore[call-overload]
        return None
    return _plain_value(value, what)


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Say that a name is not there, and which names are near it."""
    near = difflib.get_close_matches(name, list(known), n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"no script wrote a {what} called {name!r}{hint}"


def _differing(a: object, b: object, rtol: float, where: str) -> Iterator[str]:
    """Walk two JSON values together and name the places where they differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            place = f"{where}.{key}" if where else key
            yield from _differing(a.get(key), b.get(key), rtol, place)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (left, right) in enumerate(zip(a, b, strict=True)):
            yield from _differing(left, right, rtol, f"{where}[{i}]")
    elif not _same(a, b, rtol):
        yield f"{where}: {a} and {b}"


def _same(a: object, b: object, rtol: float) -> bool:
    """Compare two leaves: numbers within ``rtol``, all else exactly."""
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=rtol, abs_tol=TINY)
    return bool(a == b)

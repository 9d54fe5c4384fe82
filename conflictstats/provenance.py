"""Where a number came from: sources, hashes, versions, and tables that carry them."""

import hashlib
import html
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from os import PathLike
from pathlib import Path
from typing import IO

import pandas as pd

CHUNK = 1 << 20
PACKAGES = ("conflictstats", "numpy", "scipy", "pandas", "xarray", "matplotlib")
ROWS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Source:
    """Who published a table, under which licence, and which bytes were read.

    Attributes
    ----------
    name : str
        Short name, such as ``"UCDP GED 25.1"``.
    citation : str
        How the publisher asks to be cited, DOI included.
    licence : str
        Licence as stated by the publisher.
    url : str
        Address of the publisher's page.
    accessed : str, optional
        ISO date of the download, where it is known.
    sha256 : str, optional
        Hexadecimal SHA-256 of the file as it was read.

    Examples
    --------
    >>> source = Source("Coal mining disasters", "Jarrett (1979)", "CC0", "")
    >>> source.name
    'Coal mining disasters'
    """

    name: str
    citation: str
    licence: str
    url: str
    accessed: str | None = None
    sha256: str | None = None

    def facts(self) -> dict[str, str]:
        """Give what is known of the source, by the label that readers see.

        Returns
        -------
        dict of str to str
            Label to value; what is not known is left out.

        Examples
        --------
        >>> Source("Coal", "Jarrett (1979)", "CC0", "").facts()
        {'source': 'Coal', 'citation': 'Jarrett (1979)', 'licence': 'CC0'}
        """
        known = {
            "source": self.name,
            "citation": self.citation,
            "licence": self.licence,
            "address": self.url,
            "accessed": self.accessed,
            "SHA-256": f"{self.sha256[:12]}..." if self.sha256 else None,
        }
        return {label: value for label, value in known.items() if value}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table together with where it came from and what was done to it.

    Printing it shows the citation, so that nobody has to look for it.

    Attributes
    ----------
    frame : pandas.DataFrame
        The rows.
    source : Source
        Where they came from.
    notes : mapping of str to int or str
        What a reader counted, sorted or left out, and facts of the whole table
        such as ``span_start`` and ``span_end``, the first and last day that the
        source covers.

    Examples
    --------
    >>> frame = pd.DataFrame({"year": [1851], "count": [4]})
    >>> table = Table(frame, Source("Coal", "Jarrett (1979)", "CC0", ""), {"twins": 0})
    >>> print(table)
    source:   Coal
    citation: Jarrett (1979)
    licence:  CC0
    shape:    1 row, 2 columns
    notes:    twins = 0
    <BLANKLINE>
       year  count
    0  1851      4
    """

    frame: pd.DataFrame
    source: Source
    notes: Mapping[str, int | str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.frame)

    def __str__(self) -> str:
        """Show the source, the notes and the first rows."""
        facts = self._facts()
        width = max(len(label) for label in facts) + 1
        lines = [f"{label + ':':<{width}} {value}" for label, value in facts.items()]
        rows = self.frame.head(ROWS_SHOWN).to_string(max_cols=8, max_colwidth=24)
        return "\n".join([*lines, "", rows])

    def __repr__(self) -> str:
        """Name the source and the shape in one line."""
        return f"<Table {self.source.name!r}, {self._shape()}>"

    def _repr_html_(self) -> str:
        """Show in a notebook what ``print`` shows, with everything escaped."""
        items = "".join(
            f"<tr><th style='text-align:left'>{html.escape(label)}</th>"
            f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
            for label, value in self._facts().items()
        )
        rows = self.frame.head(ROWS_SHOWN).to_html(max_cols=12, notebook=True)
        return f"<table>{items}</table>{rows}"

    def _facts(self) -> dict[str, str]:
        """Source, shape and notes, by label."""
        noted = ", ".join(f"{name} = {value}" for name, value in self.notes.items())
        facts = {**self.source.facts(), "shape": self._shape()}
        return {**facts, "notes": noted} if noted else facts

    def _shape(self) -> str:
        """Rows and columns in words."""
        rows, columns = self.frame.shape
        return f"{rows:,} row{'s' * (rows != 1)}, {columns} columns"


def sha256_of(source: str | PathLike[str] | IO[bytes]) -> str:
    """Hash a file with SHA-256, in pieces.

    Parameters
    ----------
    source : path or binary file object
        What to read; a file object is read from where it stands to its end.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    The digest of ``abc`` is the first example of the standard (FIPS 180-4):

    >>> import io
    >>> sha256_of(io.BytesIO(b"abc"))[:16]
    'ba7816bf8f01cfea'
    """
    if isinstance(source, str | PathLike):
        with Path(source).open("rb") as file:
            return sha256_of(file)
    digest = hashlib.sha256()
    while piece := source.read(CHUNK):
        digest.update(piece)
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Give the versions of Python and of the packages that shape the numbers.

    Returns
    -------
    dict of str to str
        Package name to version.

    Examples
    --------
    >>> sorted(versions())[:3]
    ['conflictstats', 'matplotlib', 'numpy']
    """
    found = {name: metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **found}

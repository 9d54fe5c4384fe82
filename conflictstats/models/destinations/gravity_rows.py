"""From a table of pairs to numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from conflictstats._typing import BoolArray, FloatArray
from conflictstats.errors import SchemaError, SettingError
from conflictstats.models._formula import made_of, names_in, terms_of
from conflictstats.numerics.destinations.two_way import TwoWay

ROWS_NAMED = 5


class Rows(NamedTuple):
    """Rows that can be used.

    Attributes
    ----------
    flow : ndarray, shape (n,)
        People.
    names : list of str
        Names of the covariates.
    columns : ndarray, shape (n, k)
        The covariates.
    origin, destination : ndarray of str, shape (n,)
        The two sides.
    """

    flow: FloatArray
    names: list[str]
    columns: FloatArray
    origin: np.ndarray
    destination: np.ndarray

    def where(self, kept: BoolArray) -> Rows:
        """Some of the rows.

        Parameters
        ----------
        kept : ndarray of bool, shape (n,)
            Which.

        Returns
        -------
        Rows
            Those.
        """
        return Rows(
            self.flow[kept],
            self.names,
            self.columns[kept],
            self.origin[kept],
            self.destination[kept],
        )

    @property
    def levels(self) -> tuple[np.ndarray, np.ndarray]:
        """Origins and destinations that occur, sorted."""
        return np.unique(self.origin), np.unique(self.destination)

    @property
    def sides(self) -> TwoWay:
        """Codes of the rows among them."""
        return TwoWay.of(
            *(
                np.searchsorted(levels, names)
                for levels, names in zip(
                    self.levels, (self.origin, self.destination), strict=True
                )
            )
        )

    @property
    def with_flow(self) -> BoolArray:
        """Rows of which both sides have some flow, shape (n,)."""
        kept = np.ones(self.flow.size, bool)
        for names in (self.origin, self.destination):
            codes = pd.factorize(names)[0]
            kept &= np.bincount(codes, self.flow)[codes] > 0
        return kept


def rows_of(
    frame: pd.DataFrame, response: str, right: str, sides: tuple[str, str]
) -> Rows:
    """Complete rows of a table, or an error that names the bad ones."""
    _has(frame, [response, *sides])
    flow = pd.to_numeric(frame[response], errors="coerce").to_numpy(float)
    told = frame[response].notna().to_numpy()
    bad = told & ~((flow >= 0) & (flow < np.inf))
    if bad.any():
        named = ", ".join(map(str, np.flatnonzero(bad)[:ROWS_NAMED]))
        raise SchemaError(
            f"{response!r} is negative, infinite or not a number in {int(bad.sum())} "
            f"rows, first in row {named} (the first row is 0); correct them, or leave "
            "them out"
        )
    names, columns = columns_of(right, frame)
    complete = told & np.isfinite(columns).all(axis=1)
    complete &= frame[list(sides)].notna().all(axis=1).to_numpy()
    if not complete.any():
        raise SchemaError(
            "every row misses something that the model needs; look for an empty "
            "column, or for the log of zeros"
        )
    origin, destination = (frame[name].astype(str).to_numpy(str) for name in sides)
    return Rows(flow, names, columns, origin, destination).where(complete)


def columns_of(right: str, frame: pd.DataFrame) -> tuple[list[str], FloatArray]:
    """Names and columns of a right side, (n, k), without the constant."""
    terms = terms_of(right, trusted=False)
    _has(frame, names_in(terms))
    made = made_of(terms, frame)
    if made.remembers:
        raise SettingError(
            f"{', '.join(made.remembers)} depends on the table that it was made from, "
            "so that other pairs could not be predicted; make a column of it before"
        )
    kept = [j for j, name in enumerate(made.names) if name != "Intercept"]
    return [made.names[j] for j in kept], made.values[:, kept]


def _has(frame: pd.DataFrame, names: list[str]) -> None:
    """Raise unless the table has all of these columns."""
    absent = [name for name in names if name not in frame]
    if absent:
        raise SchemaError(
            f"the table has no column {', '.join(map(repr, absent))}; it has "
            f"{', '.join(map(str, frame.columns[:12]))}"
        )

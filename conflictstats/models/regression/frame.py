"""From a table and a formula to designs and reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import SchemaError, SettingError
from conflictstats.models._formula import FACTOR, made_of, names_in
from conflictstats.models.regression.design import Design, Factor, blocks

if TYPE_CHECKING:
    from formulaic.parser.types import Term

MANY = 20
"""A factor of so many levels, in a term of its own, is kept as codes."""
ROWS_NAMED = 5

Levels = Mapping[str, list[Any]]


def column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """One column, or a sentence about those that are there."""
    if name not in frame:
        known = ", ".join(map(str, frame.columns[:12]))
        raise SchemaError(f"the table has no column {name!r}; it has {known}")
    return frame[name]


def numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    """One column as floats; what is missing is NaN."""
    values = column(frame, name)
    if not pd.api.types.is_numeric_dtype(values):
        raise SchemaError(f"column {name!r} must hold numbers, not {values.dtype}")
    return values.to_numpy("float64", na_value=np.nan)


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with its rows numbered, so that faults can name them."""
    return frame.set_axis(pd.RangeIndex(len(frame)))


def refuse(frame: pd.DataFrame, bad: BoolArray, fault: str) -> None:
    """Raise if any row of a numbered table is bad, and name the first of them."""
    if bad.any():
        raise SchemaError(f"{fault} in {rows_named(frame.index[bad].tolist())}")


def rows_named(rows: Iterable[int]) -> str:
    """Numbers of rows, the first few spelled out."""
    found = list(rows)
    shown = ", ".join(map(str, found[:ROWS_NAMED]))
    more = f" and {len(found) - ROWS_NAMED} more" if len(found) > ROWS_NAMED else ""
    return f"row {shown}{more} (the first row is 0)"


def complete(frame: pd.DataFrame, names: Iterable[str]) -> BoolArray:
    """Which rows have something in all of these columns."""
    kept = np.ones(len(frame), bool)
    floats = []
    for name in names:
        values = column(frame, name)
        if values.dtype == np.float64:
            floats.append(values.to_numpy())
        else:
            kept &= values.notna().to_numpy()
    for rows in blocks(len(frame)):
        for each in floats:
            if np.isnan(each[rows].sum()):
                kept[rows] &= ~np.isnan(each[rows])
    return kept


def levels_of(frame: pd.DataFrame, terms: list[Term]) -> dict[str, list[Any]]:
    """Levels of each factor of the terms that has some, those that occur, sorted."""
    found = {}
    for term in terms:
        for factor in term.factors:
            inside = FACTOR.match(factor.expr)
            if inside or (factor.expr in frame and not _numeric(frame[factor.expr])):
                name = inside.group(1) if inside else factor.expr
                found[factor.expr] = _levels(column(frame, name))
    return found


def _levels(values: pd.Series[Any]) -> list[Any]:
    """Values that occur, in the order of the categories or sorted."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        ordered = values.cat.remove_unused_categories().cat.categories
        return list(ordered.tolist())
    return sorted(values.dropna().unique().tolist())


def _numeric(values: pd.Series[Any]) -> bool:
    """Whether a column holds numbers, or yes and no."""
    return pd.api.types.is_numeric_dtype(values)


@dataclass(frozen=True, slots=True)
class Builder:
    """The designs of a right side, for any table with its columns.

    Attributes
    ----------
    terms : list of Term
        Parsed right side.
    levels : mapping
        Levels of each factor; a table with others is refused.
    """

    terms: list[Term]
    levels: Levels

    def design(self, frame: pd.DataFrame) -> Design:
        """Columns of numbers, and codes of factors of many levels."""
        apart = self._apart()
        rest = [term for term in self.terms if str(term) not in apart]
        codes = {name: self._codes(frame, name) for name in self.levels}
        if any(factor.expr in self.levels for term in rest for factor in term.factors):
            names, dense = self._materialise(frame, rest, codes)
        else:
            names, dense = self._plain(frame, rest)
        spanned = "1" in map(str, rest) or any(
            all(f.expr in self.levels for f in term.factors) and str(term) != "1"
            for term in rest
        )
        factors = []
        for name in apart:
            first = int(spanned)
            known = self.levels[name]
            factors.append(Factor(codes[name], len(known), first))
            names += [f"{name}[{'T.' * first}{level}]" for level in known[first:]]
            spanned = True
        _finite(frame, dense, names)
        return Design(tuple(names), dense, tuple(factors))

    def _apart(self) -> list[str]:
        """Factors that are kept as codes."""
        used = [factor.expr for term in self.terms for factor in term.factors]
        return [
            name
            for name, known in self.levels.items()
            if len(known) >= MANY and used.count(name) == 1 and name in self._single()
        ]

    def _single(self) -> set[str]:
        """Terms of one factor."""
        return {str(term) for term in self.terms if len(term.factors) == 1}

    def _codes(self, frame: pd.DataFrame, name: str) -> IntArray:
        """Number of the level in each row."""
        inside = FACTOR.match(name)
        values = column(frame, inside.group(1) if inside else name)
        known = pd.Index(self.levels[name], dtype=object)
        codes = known.get_indexer(pd.Index(values)).astype(np.int64)
        if (codes < 0).any():
            strange = sorted(map(str, set(values[codes < 0])))[:ROWS_NAMED]
            raise SchemaError(
                f"{name!r} has levels that the model does not know: "
                f"{', '.join(strange)}; it knows {', '.join(map(str, known[:12]))}"
            )
        return codes

    def _plain(
        self, frame: pd.DataFrame, terms: list[Term]
    ) -> tuple[list[str], FloatArray]:
        """Columns of terms without factors, written once."""
        if not all(_is_plain(term) for term in terms):
            return self._materialise(frame, terms, {})
        names = ["Intercept" if str(term) == "1" else str(term) for term in terms]
        dense = np.empty((len(frame), len(names)))
        one = np.broadcast_to(np.ones(1), len(frame))
        columns = [one if n == "Intercept" else numbers(frame, n) for n in names]
        for rows in blocks(len(frame)):
            for j, values in enumerate(columns):
                dense[rows, j] = values[rows]
        return names, dense

    def _materialise(
        self, frame: pd.DataFrame, terms: list[Term], codes: dict[str, IntArray]
    ) -> tuple[list[str], FloatArray]:
        """Columns as formulaic makes them, from what the terms need alone."""
        needed: dict[str, Any] = {
            name: numbers(frame, name)
            for name in names_in(terms)
            if name in frame and _numeric(frame[name])
        }
        for name, code in codes.items():
            needed[name] = pd.Categorical.from_codes(
                code, pd.Index(self.levels[name], dtype=object)
            )
        columns = pd.DataFrame(needed, index=range(len(frame)))
        made = made_of([_looked_up(term, codes) for term in terms], columns)
        if made.remembers:
            raise SettingError(
                f"{', '.join(made.remembers)} depends on the table that it was made "
                "from, so that others could not be predicted; make a column of it "
                "before"
            )
        return made.names, made.values


def _is_plain(term: Term) -> bool:
    """Whether a term is one column as it is, or the intercept."""
    (factor, *more) = term.factors
    return not more and (str(term) == "1" or factor.eval_method.value == "lookup")


def _looked_up(term: Term, codes: dict[str, IntArray]) -> Term:
    """The term with its factors as columns that are made already."""
    from formulaic.parser.types import Factor as Symbol
    from formulaic.parser.types import Term as Product

    return Product(
        Symbol(f.expr, eval_method="lookup") if f.expr in codes else f
        for f in term.factors
    )


def _finite(frame: pd.DataFrame, dense: FloatArray, names: list[str]) -> None:
    """Refuse columns with a number that is none."""
    if np.isfinite(dense.sum()):
        return
    for name, values in zip(names, dense.T, strict=False):
        refuse(frame, ~np.isfinite(values), f"term {name!r} is not finite")

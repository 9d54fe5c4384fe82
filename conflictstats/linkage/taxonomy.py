"""Categories that sources name differently, and levels at which they are the same."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from conflictstats._typing import IntArray
from conflictstats.errors import SchemaError

Taxonomies: TypeAlias = Mapping[str, pd.DataFrame]
"""By column: a table whose first column names the event table, whose second says how it
calls a category, and whose others are its levels, the most specific first."""
NARROWEST = 3
"""Columns of a taxonomy of one level."""


def codes_of(
    tables: Mapping[str, pd.DataFrame], column: str, taxonomy: pd.DataFrame | None
) -> IntArray:
    """Codes of a column's categories by level, the most specific first.

    Without a taxonomy a category is its word, whatever its case. Where a cell is empty
    every code is -1.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Event tables by name; rows are taken one table after the other.
    column : str
        Column of categories.
    taxonomy : DataFrame, optional
        Levels of the categories.

    Returns
    -------
    ndarray of int, shape (n, level)
        The same number for the same category.

    Raises
    ------
    SchemaError
        If the taxonomy lacks a category that a table has, or has one twice.

    Examples
    --------
    >>> tables = {
    ...     "A": pd.DataFrame({"kind": ["Shelling", None]}),
    ...     "B": pd.DataFrame({"kind": ["shelling "]}),
    ... }
    >>> codes_of(tables, "kind", None).tolist()
    [[0], [-1], [0]]
    """
    said = [(name, _words(frame[column])) for name, frame in tables.items()]
    if taxonomy is None:
        return _coded(pd.concat([w.str.casefold() for _, w in said]).to_frame())
    levels = [_levels(words, name, column, taxonomy) for name, words in said]
    return _coded(pd.concat(levels))


def _words(column: pd.Series) -> pd.Series:
    """Words without blanks at their ends, missing where there is none."""
    words = column.astype(str).str.strip().astype(object)
    return words.where(column.notna() & (words != ""), None).astype("str")


def _levels(
    words: pd.Series, name: str, column: str, taxonomy: pd.DataFrame
) -> pd.DataFrame:
    """The levels of each word of one table."""
    if taxonomy.shape[1] < NARROWEST:
        raise SchemaError(
            f"the taxonomy of {column!r} must have a column of table names, one of "
            f"categories and one or more of levels; it has {list(taxonomy.columns)}"
        )
    own = taxonomy[taxonomy.iloc[:, 0] == name].astype(str)
    keyed = own.set_index(own.iloc[:, 1].str.strip()).iloc[:, 2:]
    if keyed.index.has_duplicates:
        twice = keyed.index[keyed.index.duplicated()].unique()
        raise SchemaError(
            f"the taxonomy of {column!r} has {', '.join(map(repr, twice))} of table "
            f"{name!r} more than once: keep one row"
        )
    absent = sorted(set(words.dropna()) - set(keyed.index))
    if absent:
        raise SchemaError(
            f"the taxonomy of {column!r} lacks {', '.join(map(repr, absent[:8]))} of "
            f"table {name!r}: add a row for each category"
        )
    return keyed.reindex(words)


def _coded(levels: pd.DataFrame) -> IntArray:
    """Numbers for words, level by level, in the order of the alphabet."""
    codes = [pd.factorize(levels[c], sort=True)[0] for c in levels.columns]
    return np.column_stack(codes).astype(np.int64)

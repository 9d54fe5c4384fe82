"""Agreement of near rows, field by field, and what each level means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import SchemaError
from conflictstats.linkage.rows import Rows
from conflictstats.numerics.linkage.agreement import (
    GAPS,
    SHARES,
    category_levels,
    day_levels,
    death_levels,
    distance_levels,
)
from conflictstats.numerics.linkage.mixture import Levels, Mixture
from conflictstats.numerics.linkage.nearby import (
    crowding,
    days_apart,
    great_circle_km,
)

DEATHS = (
    "the same number, 10 or more",
    "the same number, 3 to 9",
    "the same number, 0 to 2",
    "ranges that overlap",
    "ends within a factor of two",
    "farther apart",
)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Near pairs and how far they agree.

    Attributes
    ----------
    pairs : ndarray of int, shape (m, 2)
        Rows.
    km : ndarray, shape (m,)
        Distances, km.
    crowding : ndarray, shape (m,)
        How much more often than elsewhere two rows are near by chance.
    outer : ndarray of bool, shape (m, 2)
        Whether a pair is in the outer half of the window of days, and of km.
    levels : Levels
        Agreement by field.
    meanings : dict of str to tuple of str
        What the levels of each field are, in words.
    """

    pairs: IntArray
    km: FloatArray
    crowding: FloatArray
    outer: BoolArray
    levels: Levels
    meanings: dict[str, tuple[str, ...]]

    def to_frame(self, mixture: Mixture) -> pd.DataFrame:
        """Weights of evidence, one row a level of a field."""
        count = np.bincount(
            self.levels.which, minlength=len(self.levels.distinct)
        ).astype(float)
        seen = self.levels.tally(count)
        rows = [
            (field, level, means, int(seen[f, level]), *_evidence(mixture, f, level))
            for f, (field, words) in enumerate(self.meanings.items())
            for level, means in enumerate(words)
        ]
        columns = ["field", "level", "means", "pairs", "m", "u", "bits"]
        return pd.DataFrame(rows, columns=columns)

    def mixture_of(self, weights: pd.DataFrame) -> Mixture:
        """Probabilities of the levels from a table with ``field, level, m, u``."""
        m, u = (np.zeros(self.levels.used.shape) for _ in range(2))
        columns = [weights[name] for name in ("field", "level", "m", "u")]
        given = {(f, n): (m, u) for f, n, m, u in zip(*columns, strict=True)}
        for f, (field, words) in enumerate(self.meanings.items()):
            for level in range(len(words)):
                if (field, level) not in given:
                    raise SchemaError(
                        f"weights must have a row for level {level} of {field!r} "
                        f"({words[level]}): take the table `weights` of a result"
                    )
                m[f, level], u[f, level] = given[field, level]
        used = self.levels.used
        off = (abs(m.sum(axis=1) - 1) > 1e-6) | (abs(u.sum(axis=1) - 1) > 1e-6)
        if off.any() or (m[used] <= 0).any() or (u[used] <= 0).any():
            raise SchemaError(
                "m and u of weights must be above 0 and add up to 1 over the levels of "
                "each field; learn them with the same windows"
            )
        return Mixture(m, u, 0.5)


def _evidence(mixture: Mixture, f: int, level: int) -> tuple[float, float, float]:
    """The two probabilities of a level and the weight of evidence, bits."""
    m, u = float(mixture.m[f, level]), float(mixture.u[f, level])
    return m, u, float(np.log2(m / u))


def compare(
    rows: Rows, pairs: IntArray, *, window_km: float, window_days: float
) -> Compared:
    """Compare the days, places, deaths and categories of near pairs."""
    i, j = pairs.T
    km = great_circle_km(rows.degrees[i], rows.degrees[j])
    found = {
        "days": day_levels(rows.days[i], rows.days[j]),
        "distance": distance_levels(km, window=window_km),
    }
    meanings = {"days": _days(window_days), "distance": _km(window_km)}
    if _told(rows).all():
        found["deaths"] = death_levels(rows.deaths[i], rows.deaths[j])
        meanings["deaths"] = DEATHS
    for name, codes in rows.words.items():
        found[name] = category_levels(codes[i], codes[j])
        meanings[name] = _categories(codes.shape[1])
    sizes = [len(words) for words in meanings.values()]
    crowded = crowding(rows.degrees, rows.table, pairs, km=window_km)
    levels = Levels.of(np.column_stack([*found.values()]), sizes)
    gaps = days_apart(rows.days[i], rows.days[j])
    outer = np.column_stack([gaps > window_days / 2, km > window_km / 2])
    return Compared(pairs, km, crowded, outer, levels, meanings)


def _told(rows: Rows) -> BoolArray:
    """Whether each table says of any row how many died, shape (table,)."""
    told = ~np.isnan(rows.deaths[:, 0])
    return np.array([told[rows.table == t].any() for t in range(len(rows.names))])


def _days(window: float) -> tuple[str, ...]:
    """Levels of days within the window, in words."""
    first = np.r_[1, GAPS + 1]
    spans = [
        f"{a} days apart" if a == b else f"{a} to {b} days apart"
        for a, b in zip(first, GAPS, strict=False)
    ]
    spans.append(f"over {GAPS[-1]} days apart")
    inside = int(np.searchsorted(first, window, side="right"))
    return ("the same days", "spans that meet", *spans[:inside])


def _km(window: float) -> tuple[str, ...]:
    """Levels of distance in words."""
    ends = [f"up to {share * window:.3g} km" for share in (*SHARES, 1.0)]
    return ("the same point", *ends)


def _categories(levels: int) -> tuple[str, ...]:
    """Levels of a category in words."""
    if levels == 1:
        return ("the same", "different")
    agreed = (f"the same at level {level + 1}" for level in range(levels))
    return (*agreed, "different at every level")

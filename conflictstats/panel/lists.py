"""Lists that name the dead, cross-classified: who is on which."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from conflictstats._summarised import Summarised
from conflictstats._typing import BoolArray, IntArray
from conflictstats.errors import SettingError

ALL = "all"
"""Name of the stratum where there is only one."""
FEWEST, MOST_FULL = 2, 20
"""Lists that can be compared, and lists whose cells can all be written down."""


@dataclass(frozen=True, slots=True, eq=False)
class Lists(Summarised):
    r"""Records by the combination of lists that hold them, :math:`2^J - 1` cells.

    What every estimate of those on no list starts from. Made by :func:`lists_of_cells`
    from a cross-classified table and by :func:`lists_of_records` from linked records;
    both refuse a table that cannot be right.

    Attributes
    ----------
    names : tuple of str
        The lists.
    patterns : ndarray of bool, shape (cell, list)
        Combinations that occur, each once and on one list at least, in the order of
        the binary numbers whose first digit is the first list.
    counts : ndarray of int, shape (stratum, cell)
        Records of each stratum.
    strata : tuple of str
        Names of the strata; ``("all",)`` where there is only one.
    unplaced : ndarray of int, shape (cell,)
        Records whose stratum is not known; they are in no row of ``counts``.
    source : str
        Where the table is from, as figures shall say it.

    Examples
    --------
    >>> from conflictstats.panel import lists_of_cells
    >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [60, 30, 20]})
    >>> lists = lists_of_cells(table, ["A", "B"])
    >>> lists.n_observed, lists.sizes
    (110, {'A': 80, 'B': 50})
    """

    names: tuple[str, ...]
    patterns: BoolArray
    counts: IntArray
    strata: tuple[str, ...]
    unplaced: IntArray
    source: str = ""

    @property
    def n_lists(self) -> int:
        """Number of lists."""
        return len(self.names)

    @property
    def count(self) -> IntArray:
        """Records of each cell, all strata and the unplaced together, shape (cell,)."""
        return self.counts.sum(axis=0) + self.unplaced

    @property
    def n_observed(self) -> int:
        """Records on one list at least."""
        return int(self.count.sum())

    @property
    def sizes(self) -> dict[str, int]:
        """Records on each list."""
        on = self.count @ self.patterns
        return {name: int(n) for name, n in zip(self.names, on, strict=True)}

    @property
    def by_number_of_lists(self) -> IntArray:
        """Records on exactly one list, on two ..., shape (list,)."""
        on = self.patterns.sum(axis=1)
        found = np.bincount(on, self.count, minlength=self.n_lists + 1)[1:]
        return found.astype(np.int64)

    @property
    def alone(self) -> tuple[str, ...]:
        """Lists that share no record with another: they say nothing of the unlisted."""
        shared = self.count[self.patterns.sum(axis=1) > 1]
        overlaps = shared @ self.patterns[self.patterns.sum(axis=1) > 1]
        return tuple(n for n, k in zip(self.names, overlaps, strict=True) if not k)

    def full(self) -> IntArray:
        """Records of all :math:`2^J` cells, the unlisted as 0.

        Returns
        -------
        ndarray of int, shape (2**J,)
            At the binary number whose last digit is the first list.

        Raises
        ------
        SettingError
            If there are more than 20 lists, for which there are too many cells.

        Examples
        --------
        >>> from conflictstats.panel import lists_of_cells
        >>> table = pd.DataFrame({"A": [1, 1], "B": [0, 1], "count": [60, 20]})
        >>> lists_of_cells(table, ["A", "B"]).full().tolist()
        [0, 60, 0, 20]
        """
        if self.n_lists > MOST_FULL:
            raise SettingError(
                f"{self.n_lists} lists have {2.0**self.n_lists:.3g} cells: choose at "
                f"most {MOST_FULL} by of_lists([...])"
            )
        full = np.zeros(1 << self.n_lists, np.int64)
        full[self.patterns @ (1 << np.arange(self.n_lists))] = self.count
        return full

    def of_lists(self, names: list[str] | tuple[str, ...]) -> Lists:
        """The same records as fewer lists see them; those on none of them are gone.

        Parameters
        ----------
        names : list of str
            Lists to keep, two at least.

        Returns
        -------
        Lists
            Lists in the order given; compare ``n_observed`` for how many are gone.

        Raises
        ------
        SettingError
            If a name is not a list, is given twice, or fewer than two are given.

        Examples
        --------
        >>> from conflictstats.panel import lists_of_cells
        >>> table = pd.DataFrame({"A": [1, 1], "B": [1, 0], "C": [1, 0]})
        >>> lists = lists_of_cells(table.assign(count=[5, 4]), ["A", "B", "C"])
        >>> lists.of_lists(["B", "C"]).n_observed
        5
        """
        wrong = [name for name in names if name not in self.names]
        if wrong or len(set(names)) < len(names) or len(names) < FEWEST:
            raise SettingError(
                f"of_lists needs two or more different names out of "
                f"{', '.join(self.names)}; got {list(names)}"
            )
        at = [self.names.index(name) for name in names]
        kept, which = np.unique(self.patterns[:, at], axis=0, return_inverse=True)
        cells = np.vstack([self.counts, self.unplaced])
        summed = np.zeros((len(cells), len(kept)), np.int64)
        np.add.at(summed.T, which, cells.T)
        on = kept.any(axis=1) & (summed.sum(axis=0) > 0)
        return replace(
            self,
            names=tuple(names),
            patterns=kept[on],
            counts=summed[:-1, on],
            unplaced=summed[-1, on],
        )

    def stratum(self, name: str) -> Lists:
        """Records of one stratum; those whose stratum is not known are left out.

        Parameters
        ----------
        name : str
            The stratum.

        Returns
        -------
        Lists
            With that stratum alone; the lists stay, also where they hold none of it.

        Raises
        ------
        SettingError
            If there is no such stratum.

        Examples
        --------
        >>> from conflictstats.panel import lists_of_cells
        >>> table = pd.DataFrame({"A": [1, 1], "B": [1, 1], "year": [1998, 1999]})
        >>> lists = lists_of_cells(table.assign(count=[5, 4]), ["A", "B"], by="year")
        >>> lists.stratum("1999").n_observed
        4
        """
        if name not in self.strata:
            raise SettingError(
                f"stratum must be one of {', '.join(self.strata)}; got {name!r}"
            )
        counts = self.counts[[self.strata.index(name)]]
        on = counts[0] > 0
        return replace(
            self,
            patterns=self.patterns[on],
            counts=counts[:, on],
            strata=(name,),
            unplaced=np.zeros(on.sum(), np.int64),
        )

    def pooled(self) -> Lists:
        """The same without strata.

        Returns
        -------
        Lists
            With one stratum that holds all, the unplaced too.

        Examples
        --------
        >>> from conflictstats.panel import lists_of_cells
        >>> table = pd.DataFrame({"A": [1, 1], "B": [1, 1], "year": [1998, None]})
        >>> lists = lists_of_cells(table.assign(count=[5, 4]), ["A", "B"], by="year")
        >>> lists.pooled().counts.tolist()
        [[9]]
        """
        return replace(
            self,
            counts=self.count[None],
            strata=(ALL,),
            unplaced=np.zeros_like(self.unplaced),
        )

    def overlap(self) -> pd.DataFrame:
        """Records by combination of lists, the most frequent first.

        Returns
        -------
        DataFrame
            One row a combination: ``lists`` (their names), ``n_lists``, ``count``,
            and one column of bool a list.

        Examples
        --------
        >>> from conflictstats.panel import lists_of_cells
        >>> table = pd.DataFrame({"A": [1, 1], "B": [0, 1], "count": [60, 20]})
        >>> lists_of_cells(table, ["A", "B"]).overlap()[["lists", "count"]]
           lists  count
        0      A     60
        1  A & B     20
        """
        said = [
            " & ".join(n for n, on in zip(self.names, row, strict=True) if on)
            for row in self.patterns
        ]
        frame = pd.DataFrame(
            {"lists": said, "n_lists": self.patterns.sum(axis=1), "count": self.count}
        ).join(pd.DataFrame(self.patterns, columns=list(self.names)))
        return frame.sort_values(
            ["count", "n_lists", "lists"],
            ascending=[False, True, True],
            ignore_index=True,
        )

    def pairs(self) -> pd.DataFrame:
        """How many records any two lists share.

        Returns
        -------
        DataFrame
            One row a pair: ``list``, ``other``, ``both``, ``either``, and
            ``odds_ratio`` of being on one list given the other, among the records
            that some third list holds; missing where there is no such record or a
            margin of them is empty.

        Examples
        --------
        >>> from conflictstats.panel import lists_of_cells
        >>> table = pd.DataFrame({"A": [1, 1], "B": [0, 1], "count": [60, 20]})
        >>> lists_of_cells(table, ["A", "B"]).pairs()[["both", "either"]]
           both  either
        0    20      80
        """
        rows = []
        for i in range(self.n_lists):
            for j in range(i + 1, self.n_lists):
                one, other = self.patterns[:, i], self.patterns[:, j]
                third = np.delete(self.patterns, [i, j], axis=1).any(axis=1)
                known = np.where(third, self.count, 0.0)
                same = known[one & other].sum() * known[~one & ~other].sum()
                different = known[one & ~other].sum() * known[~one & other].sum()
                rows.append(
                    {
                        "list": self.names[i],
                        "other": self.names[j],
                        "both": int(self.count[one & other].sum()),
                        "either": int(self.count[one | other].sum()),
                        "odds_ratio": same / different if different else np.nan,
                    }
                )
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Say what the lists hold and share.

        Returns
        -------
        str
            Several lines, without markup.

        Examples
        --------
        >>> from conflictstats.panel import lists_of_cells
        >>> table = pd.DataFrame({"A": [1, 1], "B": [0, 1], "count": [60, 20]})
        >>> print(lists_of_cells(table, ["A", "B"]).summary().splitlines()[0])
        80 records on one list or more of 2: A 80, B 20
        """
        sizes = ", ".join(f"{name} {n:,}" for name, n in self.sizes.items())
        on = ", ".join(f"{n:,}" for n in self.by_number_of_lists)
        lines = [
            f"{self.n_observed:,} records on one list or more of {self.n_lists}: "
            f"{sizes}",
            f"on exactly 1, 2 ... lists: {on}",
        ]
        if self.alone:
            lines.append(f"share no record with another list: {', '.join(self.alone)}")
        if len(self.strata) > 1 or self.unplaced.any():
            each = zip(self.strata, self.counts.sum(axis=1), strict=True)
            lines.append("strata: " + ", ".join(f"{name} {n:,}" for name, n in each))
            lines.append(f"stratum not known: {int(self.unplaced.sum()):,}")
        return "\n".join(lines)

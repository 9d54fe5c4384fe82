"""Rows of several tables by event, and how sure the links are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats._typing import IntArray
from conflictstats.linkage.status import LinkageStatus
from conflictstats.numerics.linkage.assignment import first_of_group
from conflictstats.numerics.linkage.chain import sets_of_tables
from conflictstats.panel.lists import ALL, Lists


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LinkedEvents(Summarised):
    """Which rows are the same event: one best answer, and partitions drawn around it.

    Made by :class:`EventLinkage` and :class:`Meltt`. Holds numbers and ids of rows and
    nothing else of what the tables say.

    Attributes
    ----------
    names : tuple of str
        The tables.
    rows : DataFrame
        One row a row of a table: ``table``, ``row`` (from 1), ``id``, ``event`` (from
        1) and ``stratum``.
    links : DataFrame
        One row a pair of near rows: ``table``, ``row``, ``other_table``,
        ``other_row``, ``days`` apart, ``km``, ``probability`` of being one event
        (missing where a rule linked), ``linked`` and ``note``.
    weights : DataFrame
        ``field``, ``level``, ``means``, ``pairs``, ``m``, ``u`` and ``bits`` of
        evidence; empty where a rule linked.
    partitions : DataArray of int, dims (draw, record)
        Event of each row of ``rows`` in each draw; no draw where a rule linked.
    status : LinkageStatus
        How it ended; the value is the sentence.
    diagnostics : mapping of str to float
        Numbers that say how well it went.
    excluded : mapping of str to int
        Rows of each table that were left out for want of a day or a place.

    Examples
    --------
    >>> from conflictstats.linkage import EventLinkage
    >>> one = pd.DataFrame(
    ...     {
    ...         "date_start": ["2019-06-04", "2019-06-09"],
    ...         "latitude": [35.9, 35.1],
    ...         "longitude": [36.6, 36.7],
    ...     }
    ... )
    >>> linked = EventLinkage(draws=0).fit({"A": one, "B": one.iloc[:1]})
    >>> linked.rows["event"].tolist()
    [1, 2, 1]
    >>> linked.lists().sizes
    {'A': 2, 'B': 1}
    """

    names: tuple[str, ...]
    rows: pd.DataFrame
    links: pd.DataFrame
    weights: pd.DataFrame
    partitions: xr.DataArray
    status: LinkageStatus
    diagnostics: Mapping[str, float]
    excluded: Mapping[str, int]

    @property
    def n_events(self) -> int:
        """Different events in the best answer."""
        return int(self.rows["event"].nunique())

    def lists(self) -> Lists:
        """Events by the tables that hold them, in the best answer.

        Returns
        -------
        Lists
            What estimates of the unlisted start from. An event's stratum is that of
            its rows; where they disagree or none has one it is not known.
        """
        return self._lists(self.rows["event"].to_numpy(np.int64))

    def drawn_lists(self) -> list[Lists]:
        """The same for each drawn partition.

        Returns
        -------
        list of Lists
            One a draw. Estimate the unlisted of each and combine them: what then
            varies between draws is what linking leaves open.
        """
        return [self._lists(event) for event in self.partitions.to_numpy()]

    def overlap(self, level: float = 0.9) -> pd.DataFrame:
        """Events by combination of tables, with what linking leaves open.

        Parameters
        ----------
        level : float
            Probability that one more draw would lie in each interval.

        Returns
        -------
        DataFrame
            One row a combination that some draw or the best answer has: ``tables``,
            ``linked`` (the count in the best answer), and ``estimate``, ``lower`` and
            ``upper`` over the drawn partitions, missing where there are none.
        """
        _check.level(level)
        drawn = [_counts(lists) for lists in self.drawn_lists()]
        best = _counts(self.lists())
        keys = list(dict.fromkeys([*best, *(key for each in drawn for key in each)]))
        table = np.array([[each.get(key, 0) for key in keys] for each in drawn])
        frame = pd.DataFrame(
            {"tables": keys, "linked": [best.get(key, 0) for key in keys]}
        )
        if len(drawn):
            at = [0.5, (1 - level) / 2, (1 + level) / 2]
            ends = np.quantile(table, at, axis=0, method="weibull")
            frame[["estimate", "lower", "upper"]] = ends.T
        else:
            frame[["estimate", "lower", "upper"]] = np.nan
        return frame.sort_values("linked", ascending=False, ignore_index=True)

    def to_frame(self) -> pd.DataFrame:
        """Rows with their events.

        Returns
        -------
        DataFrame
            A copy of ``rows`` with ``n_tables``, the tables that hold the event.
        """
        on = self.rows.groupby("event")["table"].transform("nunique")
        return self.rows.assign(n_tables=on)

    def summary(self) -> str:
        """Say how many rows are how many events, and how sure that is.

        Returns
        -------
        str
            Several lines, without markup.
        """
        sizes = self.rows["table"].value_counts(sort=False)
        each = ", ".join(f"{name} {sizes[name]:,}" for name in self.names)
        lines = [
            f"{len(self.rows):,} rows ({each}) are {self.n_events:,} events",
            f"near pairs: {len(self.links):,}, linked: "
            f"{int(self.links['linked'].sum()):,}",
        ]
        if self.partitions.sizes["draw"]:
            n = np.array([len(np.unique(p)) for p in self.partitions.to_numpy()])
            low, high = np.quantile(n, [0.05, 0.95], method="weibull")
            lines.append(f"events, 90 % of drawn partitions: {low:,.0f} to {high:,.0f}")
        left = {name: n for name, n in self.excluded.items() if n}
        if left:
            said = ", ".join(f"{name} {n:,}" for name, n in left.items())
            lines.append(f"left out, without a day or a place: {said}")
        lines.append(self.status.value)
        return "\n".join(lines)

    def _lists(self, event: IntArray) -> Lists:
        """Events by combination of tables and stratum."""
        group = first_of_group(event)
        place = {name: t for t, name in enumerate(self.names)}
        table = self.rows["table"].map(place).to_numpy(np.int64)
        sets = sets_of_tables(group, table)
        first = np.flatnonzero(sets)
        on = (sets[first, None] >> np.arange(len(self.names))) & 1
        patterns, cell = np.unique(on.astype(bool), axis=0, return_inverse=True)
        strata, code = _strata(self.rows["stratum"])
        counts = np.zeros((len(strata) + 1, len(patterns)), np.int64)
        np.add.at(counts, (_agreed(group, code)[first], cell.ravel()), 1)
        return Lists(
            self.names, patterns, counts[:-1], strata, counts[-1], "linked events"
        )


def _counts(lists: Lists) -> dict[str, int]:
    """Events by combination of tables, by name."""
    overlap = lists.overlap()
    return dict(zip(overlap["lists"], overlap["count"].astype(int), strict=True))


def _strata(column: pd.Series) -> tuple[tuple[str, ...], IntArray]:
    """Names of the strata, and which each row is in; -1 where it is not known."""
    if column.isna().all():
        return (ALL,), np.zeros(len(column), np.int64)
    code, names = pd.factorize(column, sort=True)
    return tuple(map(str, names)), code.astype(np.int64)


def _agreed(group: IntArray, code: IntArray) -> IntArray:
    """Stratum of each event, at its first row; -1 where its rows do not agree."""
    lowest = np.full(len(group), np.iinfo(np.int64).max)
    highest = np.full(len(group), -1, np.int64)
    known = code >= 0
    np.minimum.at(lowest, group[known], code[known])
    np.maximum.at(highest, group[known], code[known])
    return np.where(lowest == highest, highest, -1)

"""How often intervals of what tables share hold a truth that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from conflictstats._typing import BoolArray
from conflictstats.linkage import EventLinkage, LinkedEvents
from conflictstats.simulate.listed_events import (
    ListedEvents,
    ListingLaw,
    listed_events,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkageCoverage:
    """One condition of a study: true events, what lists make of them, and a linkage.

    Attributes
    ----------
    name : str
        Of the condition, and of its file.
    events : int
        True number of events.
    listed : tuple of float
        Probability that a list has an event, one a list.
    law : ListingLaw
        Where events are, and how lists change them.
    model : EventLinkage
        What links them.
    level : float
        Probability of the intervals.

    Examples
    --------
    >>> cell = LinkageCoverage(
    ...     name="two",
    ...     events=60,
    ...     listed=(0.6, 0.6),
    ...     law=ListingLaw(towns=60, moved=0.2),
    ...     model=EventLinkage(draws=40, thin=1),
    ... )
    >>> row = cell.replicate(np.random.default_rng(1))
    >>> row["counts"], row["links_right"] > 0.9
    (3, True)
    """

    name: str
    events: int
    listed: tuple[float, ...]
    law: ListingLaw
    model: EventLinkage
    level: float = 0.9

    def replicate(self, rng: np.random.Generator) -> dict[str, float | str]:
        """Simulate lists, link them and look at every count of what they share.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        dict
            ``counts`` of combinations of lists and how many of them are ``held`` by
            their intervals, whether the number of different events is
            (``held_events``), the estimates less the truth of that number
            (``events_error``) and of the events on all lists (``full_error``), the
            shares of links that are right and of true pairs that are found (0 where
            there are none), and how linking ended.
        """
        chances = {chr(ord("A") + k): p for k, p in enumerate(self.listed)}
        told = listed_events(self.events, listed=chances, rng=rng, law=self.law)
        linked = self.model.fit(told.tables, rng=rng)
        table = linked.overlap(self.level).set_index("tables")
        true = pd.Series({" & ".join(on): n for on, n in told.overlap.items()})
        table, true = table.align(true, axis=0, fill_value=0)
        held = (table["lower"] <= true) & (true <= table["upper"])
        events = [each.n_observed for each in linked.drawn_lists()]
        tails = [0.5, (1 - self.level) / 2, (1 + self.level) / 2]
        middle, low, high = np.quantile(events, tails, method="weibull")
        said = linked.links["linked"].to_numpy(bool)
        right = int((true_links(told, linked) & said).sum())
        full = " & ".join(linked.names)
        return {
            "counts": len(true),
            "held": int(held.sum()),
            "held_events": int(low <= true.sum() <= high),
            "events_error": float(middle - true.sum()),
            "full_error": float(table["estimate"][full] - true[full]),
            "links_right": right / max(int(said.sum()), 1),
            "links_found": right / max(_pairs(told), 1),
            "rhat_events": linked.diagnostics.get("rhat_events", np.nan),
            "status": linked.status.name,
        }


def true_links(told: ListedEvents, linked: LinkedEvents) -> BoolArray:
    """Which near pairs are one event in truth.

    Parameters
    ----------
    told : ListedEvents
        Simulated tables and what is true.
    linked : LinkedEvents
        Their links.

    Returns
    -------
    ndarray of bool, shape (pair,)
        In the order of ``linked.links``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> told = listed_events(20, listed={"A": 1.0, "B": 1.0}, rng=rng)
    >>> linked = EventLinkage(draws=0).fit(told.tables)
    >>> int(true_links(told, linked).sum())
    20
    """
    event = {
        (name, row): number
        for name, numbers in told.truth.items()
        for row, number in enumerate(numbers.tolist(), 1)
    }
    ends = linked.links[["table", "row", "other_table", "other_row"]]
    return np.array(
        [event[a, i] == event[b, j] for a, i, b, j in ends.itertuples(index=False)],
        bool,
    )


def _pairs(told: ListedEvents) -> int:
    """Pairs of rows that are one event in truth."""
    size = told.listed.sum(axis=1)
    return int((size * (size - 1)).sum() // 2)

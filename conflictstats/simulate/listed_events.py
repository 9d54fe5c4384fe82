"""Events that several lists record, each in its own way, with the truth beside."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from conflictstats._typing import BoolArray, IntArray
from conflictstats.errors import SettingError

FIRST_DAY = pd.Timestamp("2018-01-01")
KM_PER_DEGREE = 111.195
CORNER, SIDE = (34.0, 36.0), 2.0
"""South-western corner of the area, degrees, and its sides, degrees."""
ACTORS = 4
ROUND_TO = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingLaw:
    """Where and when events are, and how a list changes what it records.

    Attributes
    ----------
    span : int
        Days in which the events fall, evenly.
    towns : int
        Places where they fall; a few have most of them.
    dead : float
        Median number of the dead, of a heavy-tailed law.
    late : float
        Probability that a list has an event a day or two late.
    moved : float
        Standard deviation, north and east, of what a list adds to the place, km.
    miscounted : float
        Probability that a list has another number of dead; every second of those is
        given as a range.
    misnamed : float
        Probability that a list names another actor.
    """

    span: int = 365
    towns: int = 60
    dead: float = 4.0
    late: float = 0.2
    moved: float = 1.0
    miscounted: float = 0.4
    misnamed: float = 0.1

    def __post_init__(self) -> None:
        """Refuse numbers that are out of range."""
        chances = (self.late, self.miscounted, self.misnamed)
        if not all(0 <= chance <= 1 for chance in chances):
            raise SettingError(
                f"late, miscounted and misnamed must be from 0 to 1, got {chances}"
            )
        if min(self.span, self.towns) < 1 or self.dead <= 0 or self.moved < 0:
            raise SettingError(
                "need span and towns 1 or more, dead above 0 and moved 0 or more; got "
                f"{self.span}, {self.towns}, {self.dead} and {self.moved}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class ListedEvents:
    """Tables as lists would publish them, and what is true.

    Attributes
    ----------
    tables : dict of str to DataFrame
        ``id``, ``date_start``, ``date_end``, ``latitude``, ``longitude``, ``actor``,
        ``low``, ``best`` and ``high`` of the events on each list, in any order.
    truth : dict of str to ndarray of int
        Number of the true event of each row.
    listed : ndarray of bool, shape (event, list)
        Which list has which event.
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, IntArray]
    listed: BoolArray

    @property
    def overlap(self) -> dict[tuple[str, ...], int]:
        """True number of events that exactly these lists have."""
        names = np.array(list(self.tables))
        patterns, count = np.unique(
            self.listed[self.listed.any(axis=1)], axis=0, return_counts=True
        )
        return {
            tuple(names[on].tolist()): int(n)
            for on, n in zip(patterns, count, strict=True)
        }


def listed_events(
    events: int,
    *,
    listed: Mapping[str, float],
    rng: np.random.Generator,
    law: ListingLaw = ListingLaw(),
) -> ListedEvents:
    """Draw events and what each list makes of those that it has.

    Parameters
    ----------
    events : int
        True number of events.
    listed : mapping of str to float
        Probability that a list has an event, by list; lists do not know each other.
    rng : numpy.random.Generator
        Source of randomness; the only one.
    law : ListingLaw
        Where events are, and how lists change them.

    Returns
    -------
    ListedEvents
        Tables without a common number, and the truth.

    Raises
    ------
    SettingError
        If there is no event or list, or a probability is not from 0 to 1.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> told = listed_events(4000, listed={"A": 0.5, "B": 0.4}, rng=rng)
    >>> bool(abs(told.overlap[("A", "B")] / 4000 - 0.5 * 0.4) < 0.02)
    True
    """
    chances = np.array(list(listed.values()), float)
    if events < 1 or not len(chances) or not ((chances >= 0) & (chances <= 1)).all():
        raise SettingError(
            "need an event or more and probabilities from 0 to 1 by list; got "
            f"{events} and {dict(listed)}"
        )
    true = _true_events(events, law, rng)
    on = rng.random((events, len(chances))) < chances
    tables, truth = {}, {}
    for number, name in enumerate(listed):
        has = rng.permutation(np.flatnonzero(on[:, number]))
        tables[name] = _recorded(true.iloc[has], name, law, rng)
        truth[name] = has
    return ListedEvents(tables, truth, on)


def _true_events(
    events: int, law: ListingLaw, rng: np.random.Generator
) -> pd.DataFrame:
    """Day, place, actor and dead of each event."""
    places = np.array(CORNER) + SIDE * rng.random((law.towns, 2))
    town = rng.choice(law.towns, events, p=rng.dirichlet(np.full(law.towns, 0.5)))
    return pd.DataFrame(
        {
            "day": rng.integers(0, law.span, events),
            "latitude": places[town, 0],
            "longitude": places[town, 1],
            "actor": rng.integers(0, ACTORS, events),
            "dead": np.ceil(rng.lognormal(np.log(law.dead), 1.0, events)).astype(int),
        }
    )


def _recorded(
    true: pd.DataFrame, name: str, law: ListingLaw, rng: np.random.Generator
) -> pd.DataFrame:
    """What one list publishes of the events that it has."""
    n = len(true)
    day = true["day"] + np.where(rng.random(n) < law.late, rng.integers(1, 3, n), 0)
    north, east = rng.normal(0, law.moved / KM_PER_DEGREE, (2, n))
    other = (true["actor"] + rng.integers(1, ACTORS, n)) % ACTORS
    actor = np.where(rng.random(n) < law.misnamed, other, true["actor"])
    dead = true["dead"].to_numpy()
    off = rng.random(n) < law.miscounted
    best = np.where(off, rng.poisson(dead), dead)
    ranged = off & (rng.random(n) < 0.5)
    width = np.where(ranged, 1 + best // ROUND_TO, 0)
    date = (FIRST_DAY + pd.to_timedelta(day, unit="D")).to_numpy()
    return pd.DataFrame(
        {
            "id": [f"{name}-{i + 1}" for i in range(n)],
            "date_start": date,
            "date_end": date,
            "latitude": true["latitude"].to_numpy() + north,
            "longitude": true["longitude"].to_numpy()
            + east / np.cos(np.radians(true["latitude"].to_numpy())),
            "actor": np.char.add("Side ", actor.astype(str)),
            "low": np.maximum(best - width, 0),
            "best": best,
            "high": best + width,
        }
    )

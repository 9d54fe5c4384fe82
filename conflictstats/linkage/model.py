"""Which rows of several event tables are the same event: weights of evidence."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats._typing import IntArray
from conflictstats.errors import SettingError
from conflictstats.linkage.compare import Compared, compare
from conflictstats.linkage.frames import link_frame, partitions_of, row_frame
from conflictstats.linkage.linked import LinkedEvents
from conflictstats.linkage.rows import EventTables, Missing, Rows, rows_of
from conflictstats.linkage.search import (
    Found,
    assigned,
    drawn_around,
    nothing_near,
    together,
)
from conflictstats.linkage.taxonomy import Taxonomies
from conflictstats.numerics.linkage.nearby import nearby_pairs

NONE: Taxonomies = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLinkage:
    r"""Links rows of event tables that are probably one event.

    Pairs of rows within the windows are compared by days, distance, deaths (as ranges)
    and categories. With :math:`m` and :math:`u` the probabilities of a level of
    agreement in pairs of one event and of two [1]_, a pair has the evidence

    .. math:: w(\gamma) = \sum_f \log \frac{m_{f\gamma_f}}{u_{f\gamma_f}} .

    Both are learned from the pairs, of which nobody says what they are, and rows are
    then put together so that none is used twice. With ``draws`` partitions are drawn
    from a posterior over partitions, ``m`` and ``u`` together (the distribution is
    stated in :mod:`conflictstats.numerics.linkage.partitions` and follows [2]_), and
    the best answer is the partition with the fewest wrong pairs that are expected.

    What it cannot do: tell apart two events that the tables describe alike, or find an
    event whose place is off by more than the windows.

    Attributes
    ----------
    days : float
        Greatest gap between two rows of one event, days.
    km : float
        Greatest distance between them, km.
    words : tuple of str, optional
        Columns of categories to compare; by default those of ``actor``,
        ``dyad_name``, ``kind`` and ``type_of_violence`` that every table has.
    repeats : bool
        Whether a table may hold an event more than once.
    missing : {"refuse", "leave out"}
        What to do with rows without a day or coordinates.
    draws : int
        Partitions to draw, an even number; 0 gives the best answer alone, by
        expectation-maximisation.
    thin : int
        Rounds of the sampler from one draw to the next.

    Raises
    ------
    SettingError
        If a window is not above 0 or a number of draws is not whole.

    References
    ----------
    .. [1] Fellegi, I. P. and Sunter, A. B. (1969). A theory for record linkage.
       *JASA* 64, 1183-1210. https://doi.org/10.1080/01621459.1969.10501049
    .. [2] Aleshin-Guendel, S. and Sadinle, M. (2023). Multifile partitioning for record
       linkage and duplicate detection. *JASA* 118, 1786-1795.
       https://doi.org/10.1080/01621459.2021.2013242

    Examples
    --------
    Two lists of 100 simulated events, with places and days that are a little off:

    >>> from conflictstats.simulate.listed_events import listed_events
    >>> rng = np.random.default_rng(1)
    >>> told = listed_events(160, listed={"A": 0.6, "B": 0.6}, rng=rng)
    >>> linked = EventLinkage(draws=20).fit(told.tables, rng=rng)
    >>> both = linked.lists().full()[3]
    >>> bool(abs(both - told.overlap[("A", "B")]) < 5)
    True
    """

    days: float = 3.0
    km: float = 10.0
    words: tuple[str, ...] | None = None
    repeats: bool = False
    missing: Missing = "refuse"
    draws: int = 200
    thin: int = 3

    def __post_init__(self) -> None:
        """Refuse settings that cannot be used."""
        _check.positive(self.days, "days")
        _check.positive(self.km, "km")
        _check.one_of(self.missing, ("refuse", "leave out"), "missing")
        if self.draws < 0 or self.draws % 2 or self.thin < 1:
            raise SettingError(
                "draws must be even, half of them for each chain, and thin 1 or more; "
                f"got {self.draws} and {self.thin}"
            )

    def fit(
        self,
        tables: EventTables,
        *,
        taxonomies: Taxonomies = NONE,
        weights: pd.DataFrame | None = None,
        by: str | None = None,
        rng: np.random.Generator | None = None,
    ) -> LinkedEvents:
        """Link the rows of event tables.

        Parameters
        ----------
        tables : mapping of str to Table or DataFrame
            Two to twenty tables by name, with ``date_start``, ``latitude`` and
            ``longitude``; where there are, ``date_end``, ``low``, ``best``, ``high``
            (people), ``id`` and categories.
        taxonomies : mapping of str to DataFrame
            For a column of categories a table whose first column names the event
            table, whose second says how it calls a category, and whose others are
            levels, the most specific first.
        weights : DataFrame, optional
            ``m`` and ``u`` by ``field`` and ``level``, as in ``weights`` of a result;
            nothing is then learned.
        by : str, optional
            Column of strata of the lists.
        rng : numpy.random.Generator, optional
            Source of randomness of the drawn partitions.

        Returns
        -------
        LinkedEvents
            Rows by event; the order of tables and rows changes nothing.

        Raises
        ------
        SchemaError
            If a table is empty or lacks a column, a row has no day or place, numbers
            are out of order, a taxonomy lacks a category, or a weight is missing.
        SettingError
            If there are fewer than two tables or more than twenty, or too many pairs
            are within the windows.
        """
        given = rows_of(
            tables, words=self.words, taxonomies=taxonomies, missing=self.missing, by=by
        )
        rows, order = given.sorted()
        near = nearby_pairs(
            rows.degrees, rows.days, km=float(self.km), window=float(self.days)
        )
        if not self.repeats:
            near = near[rows.table[near[:, 0]] != rows.table[near[:, 1]]]
        compared = compare(
            rows, near, window_km=float(self.km), window_days=float(self.days)
        )
        if not len(near):
            return _result(
                given, order, compared, nothing_near(rows, compared, self.draws)
            )
        fixed = None if weights is None else compared.mixture_of(weights)
        found = assigned(rows, compared, fixed=fixed, repeats=self.repeats)
        if self.draws:
            found = drawn_around(
                found,
                rows,
                compared,
                fixed=fixed,
                repeats=self.repeats,
                draws=(self.draws, self.thin),
                rng=np.random.default_rng() if rng is None else rng,
            )
        return _result(given, order, compared, found)


def _result(
    given: Rows, order: IntArray, compared: Compared, found: Found
) -> LinkedEvents:
    """The result for rows as they were given."""
    back = np.argsort(order)
    linked = together(found.group, compared.pairs)
    pairs = order[compared.pairs]
    turned = given.table[pairs[:, 0]] > given.table[pairs[:, 1]]
    pairs[turned] = pairs[turned, ::-1]
    sequence = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return LinkedEvents(
        names=given.names,
        rows=row_frame(given, found.group[back]),
        links=link_frame(
            given,
            pairs[sequence],
            compared.km[sequence],
            linked[sequence],
            probability=found.probability[sequence],
        ),
        weights=compared.to_frame(found.mixture),
        partitions=partitions_of(found.drawn[:, back]),
        status=found.status,
        diagnostics=found.diagnostics,
        excluded=given.excluded,
    )

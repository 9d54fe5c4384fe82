"""Which rows of several event tables are the same event: weights of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.linkage.compare import Compared, compare
from conflictstats.linkage.frames import link_frame, partitions_of, row_frame
from conflictstats.linkage.linked import LinkedEvents
from conflictstats.linkage.rows import EventTables, Missing, Rows, rows_of
from conflictstats.linkage.status import LinkageStatus
from conflictstats.linkage.taxonomy import Taxonomies
from conflictstats.numerics.linkage.assignment import best_partition, grown_partition
from conflictstats.numerics.linkage.mixture import Mixture, chances, fit_mixture
from conflictstats.numerics.linkage.nearby import nearby_pairs
from conflictstats.numerics.linkage.partitions import draw_partitions
from conflictstats.numerics.sampling.diagnostics import rhat

NONE: Taxonomies = MappingProxyType({})
WRONG, AGREED = 0.1, 1.05
"""Expected share of wrong links, and R-hat, above which the status says so."""
CHAINS = 2
"""One starts from the best answer, one from as many links as there can be."""
JUDGED = 40
"""Draws from which R-hat is looked at."""


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
        Partitions to draw; 0 gives the best answer alone, by expectation-maximisation.
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
    draws: int = 100
    thin: int = 3

    def __post_init__(self) -> None:
        """Refuse settings that cannot be used."""
        _check.positive(self.days, "days")
        _check.positive(self.km, "km")
        _check.one_of(self.missing, ("refuse", "leave out"), "missing")
        if self.draws < 0 or self.thin < 1:
            raise SettingError(
                f"draws must be 0 or more and thin 1 or more; got {self.draws} and "
                f"{self.thin}"
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
        compared = compare(rows, near, float(self.km))
        rng = np.random.default_rng() if rng is None else rng
        found = self._link(rows, compared, weights, rng)
        return _result(given, order, compared, found)

    def _link(
        self,
        rows: Rows,
        compared: Compared,
        weights: pd.DataFrame | None,
        rng: np.random.Generator,
    ) -> _Found:
        """Weights, the best partition, and partitions around it."""
        levels, n = compared.levels, len(rows)
        if not len(compared.pairs):
            alone = np.arange(n)
            empty = Mixture(levels.prior_m, levels.prior_u, 0.0)
            drawn = np.tile(alone, (self.draws, 1))
            return _Found(alone, np.zeros(0), empty, drawn, LinkageStatus.NO_PAIRS, {})
        fixed = None if weights is None else compared.mixture_of(weights)
        mixture = fit_mixture(levels, most=_most(rows), fixed=fixed)
        chance = chances(levels, mixture)[levels.which]
        odds = np.log(np.maximum(chance, 1e-300)) - np.log1p(
            -np.minimum(chance, 1 - 1e-16)
        )
        group = self._best(rows, compared.pairs, odds)
        if not self.draws:
            return _found(group, compared, chance, mixture, np.zeros((0, n), np.int64))
        agreement = levels.weigh(levels.prior_m, levels.prior_u)[levels.which]
        most = self._best(rows, compared.pairs, agreement - agreement.min() + 1)
        far = _possible(rows, repeats=self.repeats) - len(compared.pairs)
        chains = [
            draw_partitions(
                rows.table,
                compared.pairs,
                levels,
                start,
                far=far,
                fixed=fixed,
                draws=-(-self.draws // CHAINS),
                thin=self.thin,
                rng=rng,
            )
            for start in (group, most)
        ]
        together = np.mean([each.together for each in chains], axis=0)
        group = self._best(rows, compared.pairs, together - 0.5)
        m, u = np.mean([(each.m, each.u) for each in chains], axis=0)
        groups = np.concatenate([each.groups for each in chains])[: self.draws]
        return _found(group, compared, together, Mixture(m, u, mixture.share), groups)

    def _best(self, rows: Rows, pairs: IntArray, gain: FloatArray) -> IntArray:
        """The partition that gains most."""
        if self.repeats:
            return grown_partition(len(rows), pairs, gain)
        return best_partition(rows.table, pairs, gain)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What linking gives, for rows in sorted order."""

    group: IntArray
    probability: FloatArray
    mixture: Mixture
    drawn: IntArray
    status: LinkageStatus
    diagnostics: Mapping[str, float]


def _most(rows: Rows) -> float:
    """Largest number of pairs of different tables that can be one event."""
    size = np.sort(np.bincount(rows.table))[::-1]
    return float(size @ np.arange(len(size)))


def _possible(rows: Rows, *, repeats: bool) -> float:
    """Number of pairs of rows that could be one event by their tables."""
    size = np.bincount(rows.table).astype(float)
    all_pairs = len(rows) * (len(rows) - 1) / 2
    return float(all_pairs - (0 if repeats else size @ (size - 1) / 2))


def _found(
    group: IntArray,
    compared: Compared,
    probability: FloatArray,
    mixture: Mixture,
    drawn: IntArray,
) -> _Found:
    """Judge the links, and say how it ended."""
    linked = _together(group, compared.pairs)
    wrong = float(np.mean(1 - probability[linked])) if linked.any() else 0.0
    missed = float(probability[~linked].sum())
    diagnostics = {"expected_wrong_share": wrong, "expected_missed": missed}
    status = LinkageStatus.DOUBTFUL if wrong > WRONG else LinkageStatus.LINKED
    if len(drawn) >= JUDGED:
        events = np.array([len(np.unique(each)) for each in drawn], float)
        chains = events[: len(drawn) // CHAINS * CHAINS].reshape(CHAINS, -1).T
        mixed = float(rhat(chains[:, :, None])[0]) if np.ptp(events) else 1.0
        diagnostics["rhat_events"] = mixed
        if mixed > AGREED:
            status = LinkageStatus.NOT_MIXED
    return _Found(group, probability, mixture, drawn, status, diagnostics)


def _together(group: IntArray, pairs: IntArray) -> BoolArray:
    """Pairs that are in one group."""
    return np.asarray(group[pairs[:, 0]] == group[pairs[:, 1]])


def _result(
    given: Rows, order: IntArray, compared: Compared, found: _Found
) -> LinkedEvents:
    """The result for rows as they were given."""
    back = np.argsort(order)
    linked = _together(found.group, compared.pairs)
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

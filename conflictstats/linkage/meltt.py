"""The rule of MELTT: windows, and the most specific agreement of categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.linkage.frames import link_frame, partitions_of, row_frame
from conflictstats.linkage.linked import LinkedEvents
from conflictstats.linkage.rows import EventTables, Missing, Rows, rows_of
from conflictstats.linkage.status import LinkageStatus
from conflictstats.linkage.taxonomy import Taxonomies
from conflictstats.numerics.linkage.agreement import category_levels
from conflictstats.numerics.linkage.assignment import stable_pairs
from conflictstats.numerics.linkage.nearby import great_circle_km, nearby_pairs

LATER = "an event within an episode; not linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meltt:
    r"""Links rows of event tables by windows and taxonomies, without probabilities.

    The rule of MELTT [1]_: tables are taken in the order given, and each is matched
    with what the ones before it were merged to. Two rows can match if their first days
    and their last days are within ``days``, their places within ``km``, and each
    taxonomy has a level at which they have the same category. The best match has the
    smallest

    .. math:: s = \frac1K \sum_{k=1}^K w_k \frac{l_k}{\max(1, L_k - 1)}

    with :math:`l_k` the first level, from 0, at which they agree out of
    :math:`L_k`: the most specific agreement wins, and no row is used twice. A merged
    event keeps the days and place of its first row. Events of one day are matched with
    events, episodes (of several days) with episodes; an event within an episode is
    listed in ``links`` and not linked.

    It says nothing of how sure a link is, and depends on the order of the tables: use
    it to repeat a published integration, and :class:`EventLinkage` otherwise.

    Attributes
    ----------
    days : float
        Window of time, days.
    km : float
        Window of place, km.
    weights : mapping of str to float, optional
        Weight of each taxonomy; they add up to the number of taxonomies.
    missing : {"refuse", "leave out"}
        What to do with rows without a day or coordinates.

    Raises
    ------
    SettingError
        If a window is not above 0.

    References
    ----------
    .. [1] Donnay, K., Dunford, E. T., McGrath, E. C., Backer, D. and Cunningham, D. E.
       (2019). Integrating conflict event data. *Journal of Conflict Resolution* 63,
       1337-1364. https://doi.org/10.1177/0022002718777050

    Examples
    --------
    >>> one = pd.DataFrame(
    ...     {"date_start": ["2019-06-04"], "latitude": [35.9], "longitude": [36.6]}
    ... )
    >>> tables = {"A": one.assign(kind="air strike"), "B": one.assign(kind="bombing")}
    >>> kinds = pd.DataFrame(
    ...     {
    ...         "source": ["A", "B"],
    ...         "said": ["air strike", "bombing"],
    ...         "narrow": ["from the air", "bomb"],
    ...         "broad": ["explosion", "explosion"],
    ...     }
    ... )
    >>> Meltt(days=1, km=2).fit(tables, taxonomies={"kind": kinds}).n_events
    1
    """

    days: float
    km: float
    weights: Mapping[str, float] | None = None
    missing: Missing = "refuse"

    def __post_init__(self) -> None:
        """Refuse settings that cannot be used."""
        _check.positive(self.days, "days")
        _check.positive(self.km, "km")
        _check.one_of(self.missing, ("refuse", "leave out"), "missing")

    def fit(
        self, tables: EventTables, *, taxonomies: Taxonomies, by: str | None = None
    ) -> LinkedEvents:
        """Link the rows of event tables.

        Parameters
        ----------
        tables : mapping of str to Table or DataFrame
            Two to twenty tables by name, in the order in which they are merged, as for
            :meth:`EventLinkage.fit`.
        taxonomies : mapping of str to DataFrame
            One or more, as for :meth:`EventLinkage.fit`.
        by : str, optional
            Column of strata of the lists.

        Returns
        -------
        LinkedEvents
            Rows by event, without probabilities or drawn partitions.

        Raises
        ------
        SchemaError
            As :meth:`EventLinkage.fit`.
        SettingError
            If there is no taxonomy, or the weights are not of the taxonomies.
        """
        share = self._shares(taxonomies)
        rows = rows_of(
            tables, words=(), taxonomies=taxonomies, missing=self.missing, by=by
        )
        near = nearby_pairs(
            rows.degrees, rows.days, km=float(self.km), window=float(self.days)
        )
        near = near[rows.table[near[:, 0]] != rows.table[near[:, 1]]]
        agree, score = _scored(rows, near, share)
        near, score = near[agree], score[agree]
        group = self._merged(rows, near, score)
        linked = np.asarray(group[near[:, 0]] == group[near[:, 1]])
        episode = rows.days[:, 0] != rows.days[:, 1]
        mixed = episode[near[:, 0]] != episode[near[:, 1]]
        km = great_circle_km(rows.degrees[near[:, 0]], rows.degrees[near[:, 1]])
        return LinkedEvents(
            names=rows.names,
            rows=row_frame(rows, group),
            links=link_frame(
                rows, near, km, linked, note=[LATER if each else "" for each in mixed]
            ),
            weights=pd.DataFrame(columns=["field", "level", "m", "u"]),
            partitions=partitions_of(np.zeros((0, len(rows)), np.int64)),
            status=LinkageStatus.RULE,
            diagnostics=_matches(group, episode),
            excluded=rows.excluded,
        )

    def _shares(self, taxonomies: Taxonomies) -> dict[str, float]:
        """Weight of each taxonomy in the mean."""
        if not taxonomies:
            raise SettingError("taxonomies must hold one table or more, got none")
        weights = self.weights or dict.fromkeys(taxonomies, 1.0)
        total = sum(weights.values())
        if weights.keys() != taxonomies.keys() or abs(total - len(weights)) > 1e-9:
            raise SettingError(
                f"weights must be of {', '.join(taxonomies)} and add up to "
                f"{len(taxonomies)}; got {dict(weights)}"
            )
        return {name: weight / len(weights) for name, weight in weights.items()}

    def _merged(self, rows: Rows, near: IntArray, score: FloatArray) -> IntArray:
        """Group of each row, named by the row whose day and place it keeps."""
        group = np.arange(len(rows))
        episode = rows.days[:, 0] != rows.days[:, 1]
        shift = np.abs(rows.days[near[:, 0]] - rows.days[near[:, 1]]).max(axis=1)
        alike = (shift <= self.days) & (episode[near[:, 0]] == episode[near[:, 1]])
        for table in range(1, len(rows.names)):
            keeps = group[near[:, 0]] == near[:, 0]
            at = np.flatnonzero(alike & keeps & (rows.table[near[:, 1]] == table))
            taken = at[stable_pairs(near[at], score[at])]
            group[near[taken, 1]] = near[taken, 0]
        return group


def _scored(
    rows: Rows, near: IntArray, share: Mapping[str, float]
) -> tuple[BoolArray, FloatArray]:
    """Whether pairs agree on every taxonomy, and how specifically; 0 is the closest."""
    agree, score = np.ones(len(near), bool), np.zeros(len(near))
    for name, weight in share.items():
        codes = rows.words[name]
        level = category_levels(codes[near[:, 0]], codes[near[:, 1]])
        agree &= (level >= 0) & (level < codes.shape[1])
        score += weight * level / max(1, codes.shape[1] - 1)
    return agree, score


def _matches(group: IntArray, episode: BoolArray) -> dict[str, float]:
    """Events and episodes that several tables hold."""
    rows = np.bincount(group)
    shared = np.flatnonzero(rows > 1)
    return {
        "event_matches": float((~episode[shared]).sum()),
        "episode_matches": float(episode[shared].sum()),
        "duplicates": float((rows[shared] - 1).sum()),
    }

"""Reports of incidents as arrays, and what they say of each count."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from conflictstats._typing import FloatArray, IntArray
from conflictstats.numerics.likelihood.mechanisms import DEFAULTS, read

UNIT = ["event_key", "measure"]


class Evidence(NamedTuple):
    """Reports in order of incident, body and date.

    Attributes
    ----------
    incidents : int
        How many incidents; one may have no report.
    incident, body, path : ndarray of int, shape (n,)
        Number of the incident, of the body, and of the path: what one body said of one
        incident.
    lag : ndarray, shape (n,)
        Days since the incident.
    figure, low, high : ndarray, shape (n,)
        Number nearest to what was printed, and what the words allow, people.
    """

    incidents: int
    incident: IntArray
    body: IntArray
    path: IntArray
    lag: FloatArray
    figure: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, told: pd.DataFrame, bodies: list[str]) -> "Evidence":
        """Turn ordered reports into arrays.

        Parameters
        ----------
        told : DataFrame
            From :func:`conflictstats.panel.incident_reports`.
        bodies : list of str
            Bodies with a share of their own; another has the number after them.

        Returns
        -------
        Evidence
            In the same order.
        """
        number = {name: i for i, name in enumerate(bodies)}
        body = told["source_org"].map(number).fillna(len(bodies))
        incident = told.groupby(UNIT).ngroup().to_numpy().astype(np.int64)
        path = told.groupby([*UNIT, "source_org"]).ngroup().to_numpy().astype(np.int64)
        lag, figure, low, high = (
            told[name].to_numpy("float64") for name in ("lag", "count", "low", "high")
        )
        recorded = read(low, high, told["qualifier"].to_numpy(str), DEFAULTS)
        incidents = int(incident.max(initial=-1)) + 1
        ends = recorded.low, recorded.high
        return cls(
            incidents,
            incident,
            body.to_numpy().astype(np.int64),
            path,
            lag,
            figure,
            *ends,
        )

    def some(self, incidents: IntArray) -> "Evidence":
        """Reports of some incidents, which are numbered anew.

        Parameters
        ----------
        incidents : ndarray of int
            Numbers of the incidents, in order.

        Returns
        -------
        Evidence
            Their reports.
        """
        kept = np.isin(self.incident, incidents)
        _, path = np.unique(self.path[kept], return_inverse=True)
        return Evidence(
            incidents.size,
            np.searchsorted(incidents, self.incident[kept]),
            self.body[kept],
            path,
            self.lag[kept],
            self.figure[kept],
            self.low[kept],
            self.high[kept],
        )

    def by_size(self, reports: int) -> list[IntArray]:
        """Incidents in groups of about so many reports, those of like size together.

        Parameters
        ----------
        reports : int
            Reports in a group, unless one incident has more.

        Returns
        -------
        list of ndarray of int
            Numbers of the incidents of each group, in order.
        """
        largest = np.zeros(self.incidents)
        np.maximum.at(largest, self.incident, self.figure)
        order = np.argsort(largest, kind="stable")
        so_far = np.cumsum(np.bincount(self.incident, minlength=self.incidents)[order])
        cuts = np.flatnonzero(np.diff(so_far // reports)) + 1
        return [np.sort(group) for group in np.split(order, cuts)]

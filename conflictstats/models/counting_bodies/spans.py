"""From running totals to the spans between them, in which each body's count grew."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SchemaError
from conflictstats.numerics.likelihood import mechanisms
from conflictstats.numerics.likelihood.mechanisms import Mechanism
from conflictstats.panel.increments import of_one_start

COLUMNS = ("body", "unit", "coverage", "measure", "date_start", "date_end")
BOUNDS = ("low", "high", "qualifier")
DAY = np.timedelta64(1, "D")


class Spans(NamedTuple):
    """Totals of several bodies, each the sum of the spans since its body began.

    Attributes
    ----------
    bodies : tuple of str
        The B bodies.
    body : ndarray of int, shape (n,)
        Whose each total is; those of a body are neighbours and in order of their dates.
    low, high : ndarray, shape (n,)
        What the words of each total leave, people.
    edges : ndarray of datetime64, shape (J + 1,)
        First day of each piece of time, and the day after the last.
    days : ndarray, shape (n, J)
        Days of each piece in the span that ends with each total.
    first_day, last_day : ndarray of datetime64, shape (B,)
        Day from which each body counts, and that of its last total.
    left_out : DataFrame, shape (B, 4)
        Totals left out, by body and reason.
    """

    bodies: tuple[str, ...]
    body: IntArray
    low: FloatArray
    high: FloatArray
    edges: np.ndarray
    days: FloatArray
    first_day: np.ndarray
    last_day: np.ndarray
    left_out: pd.DataFrame

    @property
    def weeks(self) -> FloatArray:
        """Length of each span, shape (n,)."""
        return self.days.sum(axis=1) / 7

    @property
    def last_days(self) -> np.ndarray:
        """Last day of each span, shape (n,)."""
        pieces = self.days.shape[1]
        return self.edges[pieces - np.argmax(self.days[:, ::-1] > 0, axis=1)] - DAY

    @property
    def gaps(self) -> FloatArray:
        """Weeks between the middles of neighbouring pieces, shape (J - 1,)."""
        days = np.diff(self.edges) / DAY
        return (days[1:] + days[:-1]) / 2 / 7

    @property
    def running(self) -> FloatArray:
        """Which spans each total is the sum of, 0 or 1, shape (n, n)."""
        same = self.body[:, None] == self.body
        return np.tril(same).astype(float)


def spans_of(totals: pd.DataFrame, table: dict[str, Mechanism]) -> Spans:
    """Order the totals of each body, and leave out those that say nothing new."""
    checked = _checked(totals)
    reading = mechanisms.read(
        checked["low"].to_numpy(float),
        checked["high"].to_numpy(float),
        checked["qualifier"].to_numpy(str),
        table,
    )
    rows = checked.assign(low=reading.low, high=reading.high)
    rows = rows.sort_values(["body", "date_end", "low"], kind="stable")
    counts = {}
    for reason, rule in RULES.items():
        fewer = rule(rows)
        counts[reason] = rows["body"].value_counts() - fewer["body"].value_counts()
        rows = fewer
    return _spans(rows, pd.DataFrame(counts))


def _checked(totals: pd.DataFrame) -> pd.DataFrame:
    """The totals, or an error that names what is missing and every unusable row."""
    absent = [name for name in (*COLUMNS, *BOUNDS) if name not in totals]
    if absent:
        raise SchemaError(
            f"the totals have no column {', '.join(absent)}; make them by "
            "conflictstats.totals_of_reports"
        )
    rules = {
        "it is no running total": totals["measure"] != "cumulative",
        "date_start is missing or after date_end": ~(
            totals["date_start"] <= totals["date_end"]
        ),
        "low is above high or below 0": ~(
            (totals["low"] >= 0) & (totals["low"] <= totals["high"])
        ),
    }
    faults = [
        f"row {row + 1}: {rule}"
        for rule, broken in rules.items()
        for row in np.flatnonzero(broken.to_numpy())
    ]
    for name in ("unit", "coverage"):
        kinds = sorted(set(totals[name].astype(str)))
        if len(kinds) > 1:
            faults.append(
                f"bodies are compared in one {name}, got {', '.join(kinds)}: fit each "
                "by itself"
            )
    if faults:
        raise SchemaError("; ".join(faults))
    return totals.reset_index(drop=True)


def _spoken(totals: pd.DataFrame) -> pd.DataFrame:
    """Totals above nothing."""
    return totals[(totals["low"] > 0) & totals["body"].notna()]


def _new(totals: pd.DataFrame) -> pd.DataFrame:
    """Of totals that say the same the first, and of one date the largest."""
    new = totals.drop_duplicates(["body", "low", "high"])
    return new.drop_duplicates(["body", "date_end"], keep="last")


def _settled(totals: pd.DataFrame) -> pd.DataFrame:
    """Totals that no later one of the body lies below."""
    later = totals["high"][::-1].groupby(totals["body"]).cummin()
    return totals[totals["low"] <= later.reindex(totals.index)]


RULES = {
    "silent": _spoken,
    "other_start": of_one_start,
    "repeats": _new,
    "revisions": _settled,
}
"""Which totals are left out, in this order, and why."""


def _spans(rows: pd.DataFrame, left_out: pd.DataFrame) -> Spans:
    """Cut time wherever a body began or printed a total."""
    start = rows["date_start"].to_numpy().astype("datetime64[D]")
    end = rows["date_end"].to_numpy().astype("datetime64[D]")
    body, bodies = pd.factorize(rows["body"])
    before = pd.Series(end + DAY).groupby(body).shift()
    begin = before.fillna(pd.Series(start)).to_numpy().astype("datetime64[D]")
    edges = np.union1d(start, end + DAY)
    inside = (edges[:-1] >= begin[:, None]) & (edges[1:] <= end[:, None] + DAY)
    ends = pd.Series(end).groupby(body).agg(["size", "max"])
    spans = Spans(
        bodies=tuple(map(str, bodies)),
        body=body.astype(np.int64),
        low=rows["low"].to_numpy(float),
        high=rows["high"].to_numpy(float),
        edges=edges,
        days=inside * (np.diff(edges) / DAY),
        first_day=pd.Series(start).groupby(body).first().to_numpy("datetime64[D]"),
        last_day=ends["max"].to_numpy().astype("datetime64[D]"),
        left_out=left_out.reindex(bodies).fillna(0).astype(int),
    )
    _compared(spans)
    return spans


def _compared(spans: Spans) -> None:
    """Refuse a body that shares no day with another."""
    first, last = spans.first_day, spans.last_day
    shared = np.maximum.outer(first, first) <= np.minimum.outer(last, last)
    alone = np.flatnonzero(shared.sum(axis=1) < 2)
    if alone.size:
        named = "; ".join(
            f"{spans.bodies[i]} counted from {first[i]} to {last[i]}" for i in alone
        )
        raise SchemaError(
            f"a ratio needs days that two bodies counted, and no other shares one: "
            f"{named}. Leave such a body out"
        )

"""Reports of incidents by several bodies, each piece of evidence once."""

import math

import pandas as pd

from conflictstats.errors import QuantityError, SchemaError
from conflictstats.panel.paths import MEASURES
from conflictstats.provenance import Table
from conflictstats.quantity.coding import OF_SHARES, read_coded

UNIT = ["event_key", "measure"]
SAID = ["qualifier", "value_low", "value_high"]
NEEDED = {*UNIT, *SAID, "kind", "source_org", "published"}


def incident_reports(
    reports: Table | pd.DataFrame, measures: tuple[str, ...] = MEASURES
) -> pd.DataFrame:
    """Counts of each incident by body and date, with repeated measurements once.

    The text of one agency under the names of two bodies is one report, and so is a
    number that a body prints in several places on one day. What a body says on another
    day is kept: that is a path. A page without a date cannot be put into a path and is
    left out.

    Parameters
    ----------
    reports : Table or DataFrame
        Coded reports; those of kind ``incident`` are read.
    measures : tuple of str
        Measures that count people killed; each is a number of its own.

    Returns
    -------
    DataFrame
        A row a report, in order of incident, body and date: ``event_key``,
        ``measure``, ``source_org``, ``published``, ``lag`` (days from the end of the
        incident, 0 or more; from its first report where the end is not known),
        ``low``, ``high`` (people, what the words allow), ``qualifier`` and ``count``
        (the one number nearest to what was printed). ``attrs`` counts the reports left
        out: ``undated``, ``copies`` and ``same_day``.

    Raises
    ------
    SchemaError
        If a column is missing, or a report is no count of people (rows are counted
        from 1).

    Examples
    --------
    >>> from conflictstats.datasets import load_nw_syria_reports
    >>> told = incident_reports(load_nw_syria_reports())
    >>> told.columns[:5].tolist()
    ['event_key', 'measure', 'source_org', 'published', 'lag']
    >>> told.loc[told["event_key"] == "inc-20190528-kafrhalab-market", "count"].tolist()
    [9.0, 10.0]
    """
    frame = reports.frame if isinstance(reports, Table) else reports
    absent = NEEDED - set(frame)
    if absent:
        raise SchemaError(
            f"the reports have no column {', '.join(sorted(absent))}; read_reports "
            "gives them for coded reports"
        )
    numbered = frame.assign(row=range(1, len(frame) + 1))
    told = numbered[(frame["kind"] == "incident") & frame["measure"].isin(measures)]
    dated = told[told["published"].notna()].reset_index(drop=True)
    read = dated.join(_read(dated))
    alone = _without_copies(read)
    once = _largest_of_day(alone)
    columns = [*UNIT, "source_org", "published", "lag", "low", "high"]
    kept = once.assign(lag=_lag(once))[[*columns, "qualifier", "count"]]
    kept = kept.reset_index(drop=True)
    kept.attrs = {
        "undated": len(told) - len(dated),
        "copies": len(read) - len(alone),
        "same_day": len(alone) - len(once),
    }
    return kept


def _read(frame: pd.DataFrame) -> pd.DataFrame:
    """Bounds and nearest number of each report, columns ``low, high, count``."""
    kinds = frame.drop_duplicates(SAID)[["row", *SAID]]
    bounds, wrong = [], []
    for row, *said in kinds.itertuples(index=False):
        try:
            bounds.append(_bounds(*said))
        except QuantityError as error:
            wrong.append(f"row {row}: {error}")
    if wrong:
        raise SchemaError(
            f"{len(wrong)} numbers are no count of people, such as "
            f"{'; '.join(wrong[:5])}; correct them or leave them out"
        )
    read = pd.DataFrame(bounds, columns=["low", "high", "count"], dtype="float64")
    kinds = pd.concat([kinds[SAID].reset_index(drop=True), read], axis=1)
    return frame[SAID].merge(kinds, on=SAID, how="left")[["low", "high", "count"]]


def _bounds(qualifier: str, low: float, high: float) -> tuple[float, float, float]:
    """What the words allow, and the number nearest to what was printed."""
    if qualifier in OF_SHARES:
        raise QuantityError(f"{qualifier!r} is said of a share")
    said = read_coded(qualifier, low, high)
    if said.best is not None:
        return said.low, said.high, said.best
    if math.isinf(said.high):
        return said.low, said.high, said.low
    if qualifier in ("nearly", "up_to"):
        return said.low, said.high, said.high
    return said.low, said.high, (said.low + said.high) // 2


def _without_copies(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out the same number of one incident in the text of the same agency."""
    ordered = frame.sort_values(["published", "source_org"], kind="stable")
    if "agency" not in ordered:
        return ordered
    copies = ordered.duplicated([*UNIT, "agency", *SAID])
    return ordered[~(copies & ordered["agency"].notna())]


def _largest_of_day(frame: pd.DataFrame) -> pd.DataFrame:
    """Take the largest number that a body gave of an incident on one day."""
    key = [*UNIT, "source_org", "published"]
    ranked = frame.sort_values([*key, "count", "low", "high"], kind="stable")
    return ranked.drop_duplicates(key, keep="last")


def _lag(frame: pd.DataFrame) -> pd.Series:
    """Days from the end of the incident to the report."""
    start = frame.groupby(UNIT)["published"].transform("min")
    if "period_end" in frame:
        start = frame.groupby(UNIT)["period_end"].transform("min").fillna(start)
    return (frame["published"] - start).dt.days.clip(lower=0).astype("float64")

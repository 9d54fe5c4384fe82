"""Reports of running totals and flows, as the flow model takes them."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from conflictstats.errors import SchemaError
from conflictstats.provenance import Table
from conflictstats.quantity.coding import read_coded

COLUMNS = [
    "report_id",
    "body",
    "unit",
    "coverage",
    "measure",
    "date_start",
    "date_end",
    "low",
    "best",
    "high",
    "value",
    "qualifier",
]


def totals_of_reports(
    reports: Table | pd.DataFrame,
    bodies: Mapping[str, str],
    *,
    measure: str,
    unit: str,
    organisations: Collection[str] | None = None,
    kind: str = "cumulative",
) -> pd.DataFrame:
    """Running totals and flows out of coded reports.

    Parameters
    ----------
    reports : Table or DataFrame
        Coded reports, as :func:`conflictstats.load_nw_syria_reports` gives them.
    bodies : mapping of str to str
        ``event_key`` to the name of the body whose count it is. Keys of one count
        under one definition may share a name; others must not.
    measure : str
        What was counted, in the words of the coding, such as ``"killed_civilian"``.
    unit : str
        Unit of the flow: persons, movements, deaths.
    organisations : collection of str, optional
        Take only reports of these organisations (``source_org``): a page that passes
        on somebody's figure under its own name is not that body's count.
    kind : {"cumulative", "flow"}
        Totals that run from one start, or flows over periods of their own.

    Returns
    -------
    DataFrame
        ``report_id, body, unit, coverage, measure, date_start, date_end, low, best,
        high, value, qualifier``; ``attrs["undated"]`` counts reports left out because
        a date is missing, ``attrs["other_organisations"]`` those of others.

    Raises
    ------
    SchemaError
        If an event key has no report of this measure.

    Examples
    --------
    >>> from conflictstats.datasets import load_nw_syria_reports
    >>> sohr = totals_of_reports(
    ...     load_nw_syria_reports(),
    ...     {"cum-sohr-total": "SOHR"},
    ...     measure="killed",
    ...     unit="deaths",
    ...     organisations=["SOHR"],
    ... )
    >>> sohr.loc[sohr["date_end"] == "2019-05-31", ["low", "high"]].values.tolist()
    [[948.0, 948.0]]
    """
    frame = reports.frame if isinstance(reports, Table) else reports
    rows = frame[frame["event_key"].isin(list(bodies)) & (frame["measure"] == measure)]
    absent = set(bodies) - set(rows["event_key"])
    if absent:
        named = ", ".join(sorted(absent))
        raise SchemaError(f"no {measure!r} report has event_key {named}")
    ours = rows
    if organisations is not None:
        ours = rows[rows["source_org"].isin(list(organisations))]
    dated = ours[ours["period_start"].notna() & ours["period_end"].notna()]
    said = [
        read_coded(*coded)
        for coded in dated[["qualifier", "value_low", "value_high"]].itertuples(
            index=False, name=None
        )
    ]
    totals = dated.assign(
        body=dated["event_key"].map(dict(bodies)),
        unit=unit,
        coverage=dated["place"],
        measure=kind,
        date_start=dated["period_start"],
        date_end=dated["period_end"],
        low=[float(each.low) for each in said],
        best=[np.nan if each.best is None else float(each.best) for each in said],
        high=[float(each.high) for each in said],
        value=[np.nan if each.value is None else float(each.value) for each in said],
    )[COLUMNS].reset_index(drop=True)
    totals.attrs = {
        "undated": len(ours) - len(dated),
        "other_organisations": len(rows) - len(ours),
    }
    return totals

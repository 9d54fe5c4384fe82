"""Reports of running totals and flows, as the flow model takes them."""

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
    reports: Table | pd.DataFrame, bodies: pd.DataFrame
) -> pd.DataFrame:
    """Running totals and flows out of coded reports.

    Whose count a report is, in which unit and of which area, is a decision that a
    person makes and types: a page may pass on somebody's figure, and one organisation
    may count persons one day and movements the next.

    Parameters
    ----------
    reports : Table or DataFrame
        Coded reports, as :func:`conflictstats.load_nw_syria_reports` gives them.
    bodies : DataFrame
        The decisions: ``report_id`` or ``event_key``, then ``body``, ``unit``
        (persons, movements, deaths) and ``measure`` (cumulative or flow); optionally
        ``coverage``, by default the report's place. Reports that are not named are
        left out.

    Returns
    -------
    DataFrame
        ``report_id, body, unit, coverage, measure, date_start, date_end, low, best,
        high, value, qualifier``, as :class:`conflictstats.models.flow.ReportedFlow`
        takes them; ``attrs["undated"]`` counts reports left out because a date is
        missing.

    Raises
    ------
    SchemaError
        If a column is missing, or a key has no report.

    Examples
    --------
    >>> from conflictstats.datasets import load_nw_syria_reports
    >>> total = {"event_key": ["cum-sohr-total"], "body": ["SOHR"]}
    >>> total |= {"unit": ["deaths"], "measure": ["cumulative"]}
    >>> sohr = totals_of_reports(load_nw_syria_reports(), pd.DataFrame(total))
    >>> sohr.loc[sohr["date_end"] == "2019-05-31", ["low", "high"]].values.tolist()
    [[948.0, 948.0]]
    """
    frame = reports.frame if isinstance(reports, Table) else reports
    key = "report_id" if "report_id" in bodies else "event_key"
    absent = {key, "body", "unit", "measure"} - set(bodies)
    if absent:
        raise SchemaError(f"bodies need a column {', '.join(sorted(absent))}")
    unknown = set(bodies[key]) - set(frame[key])
    if unknown:
        raise SchemaError(f"no report has {key} {', '.join(sorted(unknown))}")
    rows = frame.drop(columns="measure").merge(bodies, on=key, validate="m:1")
    dated = rows[rows["period_start"].notna() & rows["period_end"].notna()]
    coded = dated[["qualifier", "value_low", "value_high"]]
    said = [read_coded(*row) for row in coded.itertuples(index=False, name=None)]
    totals = dated.assign(
        coverage=dated["coverage"] if "coverage" in dated else dated["place"],
        date_start=dated["period_start"],
        date_end=dated["period_end"],
        low=[float(each.low) for each in said],
        best=[np.nan if each.best is None else float(each.best) for each in said],
        high=[float(each.high) for each in said],
        value=[np.nan if each.value is None else float(each.value) for each in said],
    )[COLUMNS].reset_index(drop=True)
    totals.attrs = {"undated": len(rows) - len(dated)}
    return totals

"""Coded reports and bulletins as displacement reports, by decisions of a person."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from conflictstats.errors import SchemaError
from conflictstats.events.displacement import displacement_table
from conflictstats.events.displacement_schema import AT_A_DAY, COLUMNS
from conflictstats.provenance import Table
from conflictstats.quantity import Reported
from conflictstats.quantity.coding import read_coded

DECIDED = ("body", "unit", "measure")
OPTIONAL = ("coverage", "group", "place", "origin", "destination", "cause")
ASSESSED = re.compile(r"([0-9][0-9,]*)\s+(?:communities|locations|sites|camps)")
COUNTED = {
    "IDP arrivals": ("flow", "movements"),
    "IDP departures": ("departures", "movements"),
    "spontaneous returns": ("returns", "movements"),
    "displacements": ("", "movements"),
    "people who fled": ("cumulative", "persons"),
}
"""What a bulletin counts, by how the word begins: measure and unit. Displacements are
a flow or cumulative, as their row says."""
BODY = re.compile(r"^(.+?)(?:\s+(?:via|HU|SitRep|[0-9]).*)?$")
PRINTED = re.compile(r"\(([0-9]{1,2} [A-Z][a-z]{2} [0-9]{4})\)")


def displacement_of_reports(
    reports: Table | pd.DataFrame, decisions: pd.DataFrame
) -> pd.DataFrame:
    """Displacement reports out of coded reports.

    Whose count a number is, what it measures and in which unit is a decision that a
    person makes and types: pages pass on each other's figures, and print movements as
    if they were persons.

    Parameters
    ----------
    reports : Table or DataFrame
        Coded reports, as :func:`conflictstats.load_nw_syria_reports` gives them.
    decisions : DataFrame
        ``report_id`` or ``event_key``, then ``body``, ``unit`` and ``measure`` as
        :func:`displacement_table` wants them; optionally ``coverage``, ``group``,
        ``place``, ``origin``, ``destination`` and ``cause``. Reports that are not
        named are left out.

    Returns
    -------
    DataFrame
        As :func:`displacement_table` returns it, with what the words allow in
        ``low``, ``best`` and ``high`` and the agency in ``root``. ``attrs`` counts
        ``excluded_undated``: flows and totals without a period, stocks without a day.

    Raises
    ------
    SchemaError
        If a column is missing, a key has no report, a decision is given twice, or the
        table that comes out is not sound.

    Examples
    --------
    >>> from conflictstats.datasets import load_nw_syria_reports
    >>> nearly_half = {"report_id": ["R1112"], "body": ["UN"], "unit": ["share"]}
    >>> decided = pd.DataFrame(nearly_half | {"measure": ["fraction"]})
    >>> table = displacement_of_reports(load_nw_syria_reports(), decided)
    >>> table[["low", "high"]].iloc[0].tolist()
    [0.4, 0.5]
    """
    frame = reports.frame if isinstance(reports, Table) else reports
    key = "report_id" if "report_id" in decisions else "event_key"
    _refuse(frame, decisions, key)
    typed = decisions[[key, *DECIDED, *decisions.columns.intersection(list(OPTIONAL))]]
    numbered = frame.assign(row=np.arange(2, len(frame) + 2))
    rows = numbered.merge(typed, on=key, suffixes=("_coded", ""), validate="m:1")
    at_a_day = rows["measure"].isin(AT_A_DAY)
    rows["start"] = rows["period_start"].mask(at_a_day, rows["period_end"])
    dated = rows[rows["start"].notna() & rows["period_end"].notna()]
    said = [
        read_coded(how, low, high, unit="share" if unit == "share" else "count")
        for how, low, high, unit in dated[
            ["qualifier", "value_low", "value_high", "unit"]
        ].itertuples(index=False, name=None)
    ]
    told = dated.rename(columns={"period_end": "end", "agency": "root"})
    told = told[[name for name in COLUMNS if name in told]].assign(**_numbers(said))
    if "coverage" in told:
        told["n_assessed"] = _assessed(told["coverage"])
    table = displacement_table(told)
    table.attrs = {"excluded_undated": len(rows) - len(dated)}
    return table


def displacement_of_bulletins(
    figures: Table | pd.DataFrame, *, bodies: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Displacement reports out of the figures that travel with the package.

    Arrivals, departures and returns are counted by community and are movements, and so
    are the displacements of the CCCM cluster; only "people who fled" are persons. The
    body is who counted: "CCCM via WFP" is CCCM.

    Parameters
    ----------
    figures : Table or DataFrame
        As :func:`conflictstats.load_nw_syria_displacement` gives them.
    bodies : mapping of str to str, optional
        Names of bodies to change, such as OCHA to CCCM where OCHA prints its count.

    Returns
    -------
    DataFrame
        As :func:`displacement_table` returns it; ``coverage`` is the area as printed,
        ``n_assessed`` the communities in it and ``root`` the document. ``attrs``
        counts ``excluded_deaths``, which the figures hold too.

    Raises
    ------
    SchemaError
        If a figure counts something that is not known.

    Examples
    --------
    >>> from conflictstats.datasets import load_nw_syria_displacement
    >>> table = displacement_of_bulletins(load_nw_syria_displacement())
    >>> table.groupby("unit").size().to_dict(), table.attrs
    ({'movements': 28, 'persons': 1}, {'excluded_deaths': 6})
    """
    frame = figures.frame if isinstance(figures, Table) else figures
    numbered = frame.assign(row=np.arange(2, len(frame) + 2))
    alive = numbered[~numbered["measure"].str.contains("deaths")]
    counted = [_counted(*row) for row in alive[["row", "what", "measure"]].to_numpy()]
    said = [
        read_coded(how, value, value)
        for how, value in zip(alive["qualifier"], alive["value"], strict=True)
    ]
    body = alive["source"].str.extract(BODY, expand=False)
    printed = pd.to_datetime(
        alive["source"].str.extract(PRINTED, expand=False), format="%d %b %Y"
    )
    table = displacement_table(
        pd.DataFrame(
            {
                "report_id": "bulletin " + alive["id"].astype("str"),
                "body": body.replace(dict(bodies or {})),
                "measure": [measure for measure, _ in counted],
                "unit": [unit for _, unit in counted],
                "place": alive["area"].str.replace(r"\s*\(.*\)", "", regex=True),
                "start": alive["period_start"],
                "end": alive["period_end"],
                "published": printed,
                "qualifier": alive["qualifier"],
                "coverage": alive["area"],
                "n_assessed": _assessed(alive["area"]),
                "cause": "conflict",
                "root": alive["source"],
                "row": alive["row"],
                "url": alive["url"],
                **_numbers(said),
            }
        )
    )
    table.attrs = {"excluded_deaths": len(frame) - len(alive)}
    return table


def _refuse(frame: pd.DataFrame, decisions: pd.DataFrame, key: str) -> None:
    """Raise unless every decision is whole, made once, and of a report that exists."""
    absent = {key, *DECIDED} - set(decisions)
    if absent:
        raise SchemaError(f"decisions need a column {', '.join(sorted(absent))}")
    twice = sorted(set(decisions.loc[decisions[key].duplicated(), key]))
    if twice:
        raise SchemaError(f"{key} {', '.join(twice)} is decided twice; remove one row")
    unknown = set(decisions[key]) - set(frame[key])
    if unknown:
        raise SchemaError(f"no report has {key} {', '.join(sorted(unknown))}")


def _numbers(said: list[Reported]) -> dict[str, list[float]]:
    """Columns of numbers out of quantities."""
    return {
        name: [np.nan if n is None else float(n) for n in values]
        for name in ("low", "best", "high", "value")
        for values in [[getattr(each, name) for each in said]]
    }


def _assessed(coverage: pd.Series) -> pd.Series:
    """Number of places in a text such as "NW Syria (582 communities)"."""
    digits = coverage.str.extract(ASSESSED, expand=False).str.replace(",", "")
    return pd.to_numeric(digits).astype("Int64")


def _counted(row: int, what: str, measure: str) -> tuple[str, str]:
    """Measure and unit of a figure, or an error that names its row."""
    for word, (kind, unit) in COUNTED.items():
        if what.startswith(word):
            return kind or measure.split()[0], unit
    raise SchemaError(
        f"what in row {row}: got {what!r}, expected one of {', '.join(COUNTED)}; "
        "leave the row out, or code it with read_displacement"
    )

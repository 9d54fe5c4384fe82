"""Statements of totals, of a part of them and of the share of the part, by body."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from conflictstats.errors import SchemaError
from conflictstats.provenance import Table
from conflictstats.quantity import Reported, parse
from conflictstats.quantity.bounds import Unit
from conflictstats.quantity.coding import read_coded

SCOPE = ["place", "period_start", "period_end"]
CODED = ["qualifier", "value_low", "value_high"]
HALF = 0.5
POINT = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What counts as the whole, as its part, and as the share of the part.

    Attributes
    ----------
    whole, part, share : str
        Words of the column ``measure``.
    """

    whole: str = "killed"
    part: str = "killed_civilian"
    share: str = "civilian_share"


CIVILIANS = Measures()


def statements_of_reports(
    reports: Table | pd.DataFrame, measures: Measures = CIVILIANS
) -> pd.DataFrame:
    """Read totals, parts and shares as intervals, each with whose, where and when.

    A share is read as wide as its words: "a third" and "half" like "about a third",
    a percentage to half a unit of its last digit, everything else as its
    :class:`conflictstats.quantity.Reported` says.

    Parameters
    ----------
    reports : Table or DataFrame
        Columns ``measure``, ``place``, ``period_start``, ``period_end`` (days, both
        inclusive) and either ``phrase``, as a page says it, or the coded
        ``qualifier``, ``value_low`` and ``value_high``; ``source_org`` and
        ``report_id`` if there are such.
    measures : Measures
        Which rows are used, and as what.

    Returns
    -------
    DataFrame
        One row a statement: ``statement`` (its id, or row counted from 1), ``body``,
        ``quantity`` (whole, part or share), ``place``, ``start``, ``end``, ``low``
        and ``high`` (people, or 0 to 1) and ``words``. ``attrs`` counts what was left
        out: ``excluded_measure`` and ``excluded_undated``, which lack place or day.

    Raises
    ------
    SchemaError
        If a column is missing.
    QuantityError
        If a phrase is not understood, or a share is above 1.

    Examples
    --------
    >>> when = {"place": "A", "period_start": "2019-04-26", "period_end": "2019-06-11"}
    >>> said = pd.DataFrame(
    ...     [
    ...         {"measure": "killed", "phrase": "over 1,500", **when},
    ...         {"measure": "civilian_share", "phrase": "a majority", **when},
    ...     ]
    ... )
    >>> statements_of_reports(said)[["quantity", "low", "high"]]
      quantity     low  high
    0    whole  1501.0   inf
    1    share     0.5   1.0
    """
    frame = reports.frame if isinstance(reports, Table) else reports
    needed = ["measure", *SCOPE, *(["phrase"] if "phrase" in frame else CODED)]
    absent = [name for name in needed if name not in frame]
    if absent:
        raise SchemaError(
            f"statements need the columns {', '.join(absent)}; "
            "give phrase, or qualifier with value_low and value_high"
        )
    roles = {measures.whole: "whole", measures.part: "part", measures.share: "share"}
    numbered = frame.assign(row=np.arange(1, len(frame) + 1).astype(str))
    wanted = numbered[numbered["measure"].isin(roles)]
    dated = wanted.dropna(subset=SCOPE)
    quantity = dated["measure"].map(roles)
    named = "source_org" in dated
    said = [
        _said(row, is_share=role == "share")
        for (_, row), role in zip(dated.iterrows(), quantity, strict=True)
    ]
    read = pd.DataFrame(
        {
            "statement": dated.get("report_id", dated["row"]),
            "body": dated["source_org"].fillna("not said") if named else "",
            "quantity": quantity,
            "place": dated["place"],
            "start": pd.to_datetime(dated["period_start"]),
            "end": pd.to_datetime(dated["period_end"]),
            "low": np.array([float(each.low) for each in said]),
            "high": np.array([float(each.high) for each in said]),
            "words": [str(each) for each in said],
        }
    ).reset_index(drop=True)
    read.attrs = {
        "excluded_measure": len(frame) - len(wanted),
        "excluded_undated": len(wanted) - len(dated),
    }
    return read


def _said(row: pd.Series, *, is_share: bool) -> Reported:
    """Interval of one statement, a share as wide as its words."""
    unit: Unit = "share" if is_share else "count"
    if "phrase" in row:
        said = parse(str(row["phrase"]))
    else:
        low, high = float(row["value_low"]), float(row["value_high"])
        said = read_coded(str(row["qualifier"]), low, high, unit=unit)
    if said.unit != unit:
        raise SchemaError(
            f"{row['measure']} takes a {unit}, and {said} is a {said.unit}; "
            "correct the measure or the words"
        )
    return _as_wide_as_said(said) if is_share else said


def _as_wide_as_said(share: Reported) -> Reported:
    """Widen a share that was printed as one number."""
    if share.qualifier == "fraction" or share == Reported.exactly(HALF, unit="share"):
        return Reported.about(share.low, unit="share")
    if share.qualifier != "exact":
        return share
    whole_points = round(share.low / POINT, 9).is_integer()
    half = POINT / (2 if whole_points else 20)
    low, high = max(share.low - half, 0.0), min(share.low + half, 1.0)
    return Reported(low, high, share.low, "exact", share.low, "share")

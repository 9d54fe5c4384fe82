"""One number that is told several times, by others or by a later vintage."""

import pandas as pd

from conflictstats.errors import SettingError
from conflictstats.events.displacement import displacement_table
from conflictstats.provenance import Table

SUBJECT = ["measure", "unit", "group", "place", "origin", "cause", "start", "end"]
"""What a report speaks of; two of one count agree in all of these."""


def merge_copies(reports: Table | pd.DataFrame, *, digits: int = 4) -> pd.DataFrame:
    r"""Leave one report of those that pass on the same number.

    Two reports of the same people, place and period are one piece of evidence if they
    have the same ``root``, the agency or document that both were taken from, and do
    not contradict each other; or if they print the same number with ``digits`` or more
    significant digits, which two counts do not do by chance, even if one of them says
    "more than". "More than 400,000" of
    two bodies stays twice unless the root says otherwise.

    Parameters
    ----------
    reports : Table or DataFrame
        As :func:`displacement_table` describes it.
    digits : int
        Digits before the trailing zeros from which a printed number is a fingerprint.

    Returns
    -------
    DataFrame
        Of each such set the report with the narrowest bounds, of equal ones the first
        published. A column ``quoted_by`` names the other bodies; ``attrs`` counts
        ``excluded_copied`` and names them in ``copied``.

    Raises
    ------
    SettingError
        If ``digits`` is below 1.
    SchemaError
        If the table is not one of displacement reports.

    Examples
    --------
    CCCM counted, OCHA and WFP printed it:

    >>> end = pd.Timestamp("2019-07-14")
    >>> rows = {"report_id": ["a", "b"], "body": ["CCCM", "OCHA"], "unit": "movements"}
    >>> rows |= {"measure": "cumulative", "place": "NW Syria", "qualifier": "exact"}
    >>> rows |= {"start": pd.Timestamp("2019-05-01"), "end": end}
    >>> one = merge_copies(pd.DataFrame(rows).assign(low=452623.0, high=452623.0))
    >>> one[["body", "quoted_by"]].values.tolist()
    [['CCCM', 'OCHA']]
    """
    if digits < 1:
        raise SettingError(f"digits must be 1 or more, got {digits!r}; 4 is usual")
    table = displacement_table(reports)
    width = (table["high"] - table["low"]) / table["low"].clip(lower=1.0)
    marked = table.assign(
        width=width, set=table["report_id"], number=_fingerprints(table, digits)
    )
    ranked = marked.sort_values(["width", "published", "row"], kind="stable")
    ranked = _joined(_joined(ranked, "root"), "number")
    others = ranked[ranked["set"] != ranked["report_id"]]
    kept = table[~table["report_id"].isin(others["report_id"])].reset_index(drop=True)
    quoting = others.groupby("set")["body"].agg(list).to_dict()
    kept["quoted_by"] = [
        ", ".join(dict.fromkeys(b for b in quoting.get(name, []) if b != body))
        for name, body in zip(kept["report_id"], kept["body"], strict=True)
    ]
    kept.attrs = {
        "copied": sorted(others["report_id"]),
        "excluded_copied": len(others),
    }
    return kept


def latest_edition(reports: Table | pd.DataFrame) -> pd.DataFrame:
    """Leave of several vintages of one number the last.

    A later vintage revises past years, so it and the older one are one report, not
    two. Keep the older table: what was said first is what people acted on.

    Parameters
    ----------
    reports : Table or DataFrame
        As :func:`displacement_table` describes it, of several vintages that differ in
        ``edition``; editions are put in order as text, "to 2017" before "to 2024".

    Returns
    -------
    DataFrame
        Of each body, subject and period the report of the last edition. ``attrs``
        counts ``excluded_superseded``, and ``revised``, those whose bounds have no
        number in common with the report that stays.

    Raises
    ------
    SchemaError
        If the table is not one of displacement reports.

    Examples
    --------
    >>> rows = {"report_id": ["a", "b"], "body": "IDMC", "measure": "flow"}
    >>> rows |= {"edition": ["to 2017", "to 2024"], "unit": "movements", "place": "SYR"}
    >>> rows |= {"start": pd.Timestamp("2016-01-01"), "qualifier": "exact"}
    >>> said = pd.DataFrame(rows).assign(end=pd.Timestamp("2016-12-31"))
    >>> new = latest_edition(said.assign(low=[824e3, 2148e3], high=[824e3, 2148e3]))
    >>> new["edition"].tolist(), new.attrs
    (['to 2024'], {'excluded_superseded': 1, 'revised': 1})
    """
    table = displacement_table(reports)
    key = ["body", *SUBJECT]
    editions = table.groupby(key, dropna=False)
    older = table["edition"] < editions["edition"].transform("max")
    last = table[~older].groupby(key, as_index=False, dropna=False)
    stays = last.agg(last_low=("low", "min"), last_high=("high", "max"))
    gone = table[older].merge(stays, on=key, how="left")
    apart = (gone["high"] < gone["last_low"]) | (gone["low"] > gone["last_high"])
    kept = table[~older].reset_index(drop=True)
    kept.attrs = {"excluded_superseded": len(gone), "revised": int(apart.sum())}
    return kept


def _fingerprints(table: pd.DataFrame, digits: int) -> pd.Series:
    """Printed numbers with as many significant digits; missing where they have not."""
    text = table["value"].map(lambda v: f"{v:.0f}".rstrip("0"), na_action="ignore")
    return table["value"].where(text.str.len() >= digits)


def _joined(ranked: pd.DataFrame, mark: str) -> pd.DataFrame:
    """Put a report into the set of the first one that has the same mark."""
    alone = ranked["set"] == ranked["report_id"]
    marked = ranked[ranked[mark].notna() & alone]
    joins: dict[str, str] = {}
    several = marked[marked.duplicated([*SUBJECT, mark], keep=False)]
    for _, rows in several.groupby([*SUBJECT, mark], dropna=False):
        same = rows if mark == "number" else _agreeing(rows)
        joins |= dict.fromkeys(same["report_id"].iloc[1:], same["report_id"].iloc[0])
    return ranked.assign(set=ranked["set"].replace(joins))


def _agreeing(rows: pd.DataFrame) -> pd.DataFrame:
    """The first report and those whose bounds have a number in common with its own."""
    first = rows.iloc[0]
    return rows[(rows["low"] <= first["high"]) & (rows["high"] >= first["low"])]

"""Stocks and flows that are one count told twice."""

from typing import Literal, TypeAlias

import pandas as pd

from conflictstats import _check
from conflictstats.events.displacement import displacement_table
from conflictstats.panel.displacement import series_of
from conflictstats.provenance import Table

Kept: TypeAlias = Literal["flow", "stock"]

KEPT = ("flow", "stock")
A_DAY = pd.Timedelta(days=1)


def without_identities(
    reports: Table | pd.DataFrame, *, keep: Kept = "flow"
) -> pd.DataFrame:
    r"""Leave out one of two numbers of which one was computed from the other.

    A producer who knows the flow may print as stock what is merely
    :math:`S_t = S_{t-1} + F_t`, as if nobody had returned or died, or the total that
    was displaced since a day. Such a stock is no second observation. Equality is
    tested exactly, among reports of one body, group, place, coverage and vintage, but
    across units: the very fault is that movements were added to persons. A chance
    equality of numbers that are rounded to one or two digits is possible; read the
    sentences.

    Parameters
    ----------
    reports : Table or DataFrame
        As :func:`displacement_table` describes it.
    keep : {"flow", "stock"}
        Which of the two stays. With "flow", the default, it is the stock that goes,
        because it is the one that was computed.

    Returns
    -------
    DataFrame
        The table without them. ``attrs`` has a sentence for each in ``identities``,
        and counts ``excluded_identity``.

    Raises
    ------
    SettingError
        If ``keep`` is not one of the two words.
    SchemaError
        If the table is not one of displacement reports.

    Examples
    --------
    Syria in 2012, as IDMC had it:

    >>> import io
    >>> from conflictstats.events import read_gidd
    >>> text = (
    ...     "ISO3,Name,Year,Conflict Stock Displacement,Conflict New Displacements,"
    ...     "Disaster New Displacements\n"
    ...     "SYR,Syrian Arab Republic,2011,600000,156000,\n"
    ...     "SYR,Syrian Arab Republic,2012,3000000,2400000,\n"
    ... )
    >>> kept = without_identities(read_gidd(io.StringIO(text)))
    >>> len(kept)
    3
    >>> print(*kept.attrs["identities"][0].split(" is "), sep="\n")
    IDMC, SYR: the stock of 2012-12-31 (3,000,000)
    that of 2011-12-31 plus the flow since (2,400,000)
    """
    _check.one_of(keep, KEPT, "keep")
    table = displacement_table(reports)
    key = series_of(table, "unit", "reason")
    pairs = pd.concat([_sums(table, key), _totals(table, key)], ignore_index=True)
    pairs = pairs.drop_duplicates(["report_id_stock", "report_id_flow"])
    dropped = pairs["report_id_stock" if keep == "flow" else "report_id_flow"]
    kept = table[~table["report_id"].isin(dropped)].reset_index(drop=True)
    kept.attrs = {
        "identities": pairs["sentence"].tolist(),
        "excluded_identity": len(table) - len(kept),
    }
    return kept


def _named(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Reports of a measure that name one number above 0."""
    return table[(table["measure"] == measure) & (table["best"] > 0)]


def _sums(table: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Stocks that are the one before plus the flow between, or the flow alone."""
    stocks = _named(table, "stock")
    flows = _named(table, "flow")
    pairs = stocks.merge(flows, on=[*key, "end"], suffixes=("_stock", "_flow"))
    begun = stocks.groupby(key, dropna=False)["end"].min().rename("begun")
    pairs = pairs.merge(begun.reset_index(), on=key, how="left")
    earlier = stocks[[*key, "end", "best"]].rename(
        columns={"end": "day_before", "best": "before"}
    )
    pairs = pairs.assign(day_before=pairs["start_flow"] - A_DAY)
    pairs = pairs.merge(earlier, on=[*key, "day_before"], how="left")
    none_before = pairs["begun"] == pairs["end"]
    base = pairs["before"].mask(none_before & pairs["before"].isna(), 0.0)
    equal = pairs[pairs["best_stock"] == base + pairs["best_flow"]]
    return _told(
        equal,
        [
            f"the flow since {first.date()}"
            if pd.isna(before)
            else f"that of {day.date()} plus the flow since"
            for first, day, before in equal[
                ["start_flow", "day_before", "before"]
            ].itertuples(index=False, name=None)
        ],
    )


def _totals(table: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Stocks that are the running total of the same day."""
    totals = _named(table, "cumulative")
    pairs = _named(table, "stock").merge(
        totals, on=[*key, "end"], suffixes=("_stock", "_flow")
    )
    equal = pairs[pairs["best_stock"] == pairs["best_flow"]]
    since = [f"the total since {day.date()}" for day in equal["start_flow"]]
    return _told(equal, since)


def _told(pairs: pd.DataFrame, said: list[str]) -> pd.DataFrame:
    """Names of the two reports of each pair, and a sentence."""
    sentences = [
        f"{body}, {place}: the stock of {end.date()} ({stock:,.0f}) is {words} "
        f"({flow:,.0f})"
        for (body, place, end, stock, flow), words in zip(
            pairs[["body", "place", "end", "best_stock", "best_flow"]].itertuples(
                index=False, name=None
            ),
            said,
            strict=True,
        )
    ]
    names = pairs[["report_id_stock", "report_id_flow"]]
    return names.assign(sentence=pd.Series(sentences, names.index, dtype="str"))

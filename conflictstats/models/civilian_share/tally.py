"""The dead of each event by what they are to a share, and the ranges of totals."""

import numpy as np
import pandas as pd

from conflictstats._typing import FloatArray
from conflictstats.errors import SchemaError
from conflictstats.models.civilian_share.categories import CLASSES, Whom, labels_of
from conflictstats.models.civilian_share.denominator import counts, rows_named
from conflictstats.numerics.partial_identification import ratio_range

TOTALS = ("low", "best", "high")


def tally(frame: pd.DataFrame, whom: Whom) -> pd.DataFrame:
    """Sort the dead of each event by what they are to a share.

    Parameters
    ----------
    frame : DataFrame
        Events with columns of deaths by category, ``low``, ``best`` and ``high``,
        people.
    whom : Whom
        Whose share of whom.

    Returns
    -------
    DataFrame
        One row an event: ``part``, ``others``, ``unknown`` (either of the two),
        ``part_or_out``, ``others_or_out`` and ``left_out``, people; ``inconsistent``
        if the labels do not add up to ``best``; ``uncoded``, what ``best`` has beyond
        them, ``low`` and ``high``, people; and ``event``, its id or its row counted
        from 1.

    Raises
    ------
    SchemaError
        If a column is missing or has a category that is not known, a count is
        missing or negative, or more are of the part than died at most.

    Examples
    --------
    >>> counts = {"deaths_civilians": [3], "deaths_government": [4]}
    >>> counts |= {"deaths_nonstate": [1], "deaths_unknown": [2]}
    >>> events = pd.DataFrame(counts | {"low": [8], "best": [10], "high": [12]})
    >>> sides = frozenset({"civilians", "government", "nonstate"})
    >>> whom = Whom(frozenset({"civilians"}), sides - {"government"}, sides, False)
    >>> tally(events, whom)[["part", "others", "unknown", "left_out"]]
       part  others  unknown  left_out
    0   3.0     1.0      2.0       4.0
    """
    labels = labels_of(frame, whom.categories)
    dead = {name: np.zeros(len(frame)) for name in (*CLASSES, "left_out")}
    for name, label in labels.items():
        dead[whom.place_of(label)] += counts(frame, name)
    coded = np.sum([*dead.values()], axis=0)
    low, best, high = (counts(frame, name) for name in TOTALS)
    most = np.maximum(high, best)
    _no_share_above_one(dead["part"], most)
    columns = {
        **dead,
        "inconsistent": coded != best,
        "uncoded": np.maximum(best - coded, 0),
        "low": np.minimum(low, best),
        "high": most,
        "event": np.arange(len(frame)) + 1,
    }
    if "id" in frame:
        columns["event"] = frame["id"].to_numpy()
    return pd.DataFrame(columns)


def range_of_totals(rows: pd.DataFrame, whom: Whom) -> tuple[float, float]:
    """Ends of the share when the total of each event may be anything in its range.

    Parameters
    ----------
    rows : DataFrame
        As :func:`tally` gave them.
    whom : Whom
        Whose share of whom.

    Returns
    -------
    lower, upper : float
        Ends of the share, 0 to 1; NaN where there are no dead, and where the
        unknown are left out, since nobody knows the status of those beyond ``best``.
    """
    if whom.known:
        return np.nan, np.nan
    part, out = rows["part"].to_numpy(), rows["left_out"].to_numpy()
    maybe_part, maybe_other = (rows[name].to_numpy() for name in CLASSES[3:])
    most = part + rows["unknown"].to_numpy() + maybe_part + rows["uncoded"].to_numpy()
    low, high = rows["low"].to_numpy(), rows["high"].to_numpy()
    lower, _ = ratio_range(part, most, *_left(low, high, out + maybe_part))
    _, upper = ratio_range(part, most, *_left(low, high, out + maybe_other))
    return (upper if np.isnan(lower) else lower, lower if np.isnan(upper) else upper)


def _left(
    low: FloatArray, high: FloatArray, out: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """What is left of the totals without those who are out, shape (n,)."""
    return np.maximum(low - out, 0), np.maximum(high - out, 0)


def _no_share_above_one(part: FloatArray, most: FloatArray) -> None:
    """Refuse rows of which more are of the part than died at most, shape (n,)."""
    above = part > most
    if above.any():
        of = pd.Series([f"{a:.0f} of {b:.0f}" for a, b in zip(part, most, strict=True)])
        raise SchemaError(
            f"a share above 1: row {rows_named(above, of)}, has more dead of the "
            "category than its best and high allow; correct one of them"
        )

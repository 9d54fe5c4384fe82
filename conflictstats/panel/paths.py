"""Paths of bulletins: what one body said of one incident, again and again."""

from typing import Literal

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats.provenance import Table

MEASURES = ("killed", "killed_civilian")


def bulletin_paths(
    reports: Table | pd.DataFrame,
    measures: tuple[str, ...] = MEASURES,
    *,
    of_date: Literal["max", "min"] = "max",
) -> pd.DataFrame:
    """Counts that one body gave of one incident on two dates or more.

    Paths that never moved are kept, for leaving them out would make first bulletins
    look worse than they are.

    Parameters
    ----------
    reports : Table or DataFrame
        Coded reports; those of kind ``incident`` with a date of publication are read.
    measures : tuple of str
        Measures that count people killed.
    of_date : {"max", "min"}
        Which count stands for a date on which a body gave several: the largest, as
        the last that was known then, or the smallest.

    Returns
    -------
    DataFrame
        One row a path and date: ``event_key``, ``source_org``, ``measure``,
        ``published``, ``lag`` (days since the first), ``count`` (people),
        ``of_last`` (count over the path's last) and ``course``: grew, unchanged or
        fell. A path that fell was corrected; that is no thinning.

    Raises
    ------
    SettingError
        If ``of_date`` is not one of the two words.

    Examples
    --------
    >>> from conflictstats.datasets import load_nw_syria_reports
    >>> paths = bulletin_paths(load_nw_syria_reports())
    >>> first = paths[paths["lag"] == 0]
    >>> len(first), round(float(first["of_last"].mean()), 2)
    (26, 0.92)
    """
    _check.one_of(of_date, ("max", "min"), "of_date")
    frame = reports.frame if isinstance(reports, Table) else reports
    told = frame[(frame["kind"] == "incident") & frame["measure"].isin(measures)]
    told = told[told["published"].notna()]
    told = told.assign(count=told["value_low"].fillna(told["value_high"]))
    key = ["event_key", "source_org", "measure"]
    dated = told.groupby([*key, "published"], as_index=False)["count"].agg(of_date)
    path = dated.groupby(key)
    dated = dated[path["published"].transform("size") >= 2]
    path = dated.groupby(key)
    first, last = path["count"].transform("first"), path["count"].transform("last")
    courses = np.select([first < last, first > last], ["grew", "fell"], "unchanged")
    return dated.assign(
        lag=(dated["published"] - path["published"].transform("min")).dt.days,
        of_last=dated["count"] / last,
        course=courses,
    ).reset_index(drop=True)

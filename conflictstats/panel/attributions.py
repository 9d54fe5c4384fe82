"""Who is said to have killed: claims and denials out of coded reports, row by row."""

import pandas as pd

from conflictstats.errors import SchemaError
from conflictstats.panel.bulletins import Repeated, one_each, selected
from conflictstats.provenance import Table

NEEDED = ("perpetrator", "attribution_source", "denied_by", "place", "period_start")
BOTH = {"both sides": "Syrian government or Russia or HTS/rebels"}
"""A total of clashes: each of its dead was killed by one of the sides."""
OPEN = ("unknown", "contested")
SUSPECTED = r"suspected|potentially"
DENIERS = {"Russia": "Russia", "Syria": "Syrian government"}
"""Word in ``denied_by`` to the side that it speaks for; others speak as written."""
CLAIMS = ["event", "day", "place", "deaths", "stance", "sides", "by", "report"]


def attributions_of_reports(
    reports: Table | pd.DataFrame,
    *,
    measure: str = "killed_civilian",
    scope: str = "town",
    repeated: Repeated = "last",
) -> pd.DataFrame:
    """Claims and denials of who killed, one row each, with the dead of the incident.

    Every page that speaks of an incident counts, whatever number it gives. Only what
    is said is read: not the place, not the weapon. Deaths are the number as printed of
    one report (the limit that its words name, for "at least" the floor), so they are
    weights and not an estimate.

    Parameters
    ----------
    reports : Table or DataFrame
        Coded as by :func:`conflictstats.datasets.load_nw_syria_reports`; rows of kind
        ``"incident"`` are used.
    measure : str
        What is counted as deaths.
    scope : str
        The ``admin_level`` taken. Totals of an area hold the incidents in its towns.
    repeated : {"last", "first", "max", "error"}
        Which of several reports of one incident gives the number.

    Returns
    -------
    DataFrame
        ``event``, ``day``, ``place``, ``deaths`` (people), ``stance``, ``sides``
        (joined by "or"), ``by`` and ``report``. Stances: *names* one side or several;
        *suspects* them; *contested* or *unknown*, as a monitor or page says;
        *denies* that it was these; *silent*, an incident of which nobody says who.
        ``attrs`` counts the reports left out: ``excluded_measure`` and
        ``excluded_scope`` (of incidents that have no number that fits), and
        ``excluded_repeated`` (whose number is not used, though their claims are).

    Raises
    ------
    SchemaError
        If a column is missing or no report fits.

    Examples
    --------
    >>> from conflictstats.datasets import load_nw_syria_reports
    >>> claims = attributions_of_reports(load_nw_syria_reports())
    >>> market = claims[claims["event"] == "inc-20190722-maarat-market"]
    >>> denied = market[market["stance"] == "denies"]
    >>> list(denied["by"].unique())
    ['Russian MoD (via TASS)', 'Russian MoD', 'Russia']
    """
    frame = reports.frame if isinstance(reports, Table) else reports
    absent = [name for name in NEEDED if name not in frame]
    if absent:
        raise SchemaError(f"the reports have no column {', '.join(absent)}")
    wanted = {"kind": "incident", "measure": measure}
    counted = selected(frame, wanted)
    fitting = selected(frame, {**wanted, "admin_level": scope})
    once = one_each(fitting, repeated).set_index("event_key")
    incidents = frame[frame["kind"] == "incident"]
    spoken = incidents[incidents["event_key"].isin(once.index)]
    said = pd.concat([_claims(spoken), _denials(spoken)])
    silent = once.index.difference(pd.Index(said["event"]))
    said = pd.concat([said, pd.DataFrame({"event": silent, "stance": "silent"})])
    told = said.assign(
        day=said["event"].map(once["period_start"]),
        place=said["event"].map(once["place"]),
        deaths=said["event"].map(once["size"]),
    )[CLAIMS]
    outside = ~counted["event_key"].isin(once.index)
    lost = ~incidents["event_key"].isin(counted["event_key"])
    told = told.sort_values(["day", "event"], kind="stable").reset_index(drop=True)
    told.attrs = {
        "measure": measure,
        "scope": scope,
        "repeated": repeated,
        "excluded_measure": int(lost.sum()),
        "excluded_scope": int(outside.sum()),
        "excluded_repeated": len(fitting) - len(once),
    }
    return told


def _claims(spoken: pd.DataFrame) -> pd.DataFrame:
    """What pages say of who did it; those that say nothing have no row."""
    told = spoken[spoken["perpetrator"].notna()]
    words = told["perpetrator"].replace(BOTH)
    source = told["attribution_source"].fillna(told["source_org"])
    suspected = source.str.contains(SUSPECTED, case=False, na=False)
    stance = words.where(words.isin(OPEN), "names")
    return pd.DataFrame(
        {
            "event": told["event_key"],
            "stance": stance.mask(suspected & (stance == "names"), "suspects"),
            "sides": words.mask(words.isin(OPEN)),
            "by": source,
            "report": told.get("report_id"),
        }
    )


def _denials(spoken: pd.DataFrame) -> pd.DataFrame:
    """One row for each side that a report says has denied it."""
    told = spoken[spoken["denied_by"].notna()]
    sides = [
        [side for word, side in DENIERS.items() if word in words] or [words]
        for words in told["denied_by"]
    ]
    rows = pd.DataFrame(
        {
            "event": told["event_key"],
            "stance": "denies",
            "sides": pd.Series(sides, told.index, dtype="object"),
            "by": told["denied_by"],
            "report": told.get("report_id"),
        }
    )
    return rows.explode("sides")

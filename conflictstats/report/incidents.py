"""Counts of incidents as a record, for ``conflictstats incidents``."""

from typing import Any

import numpy as np
import pandas as pd

from conflictstats.models.incidents import IncidentsFit


def incidents_record(fit: IncidentsFit, *, level: float = 0.9) -> dict[str, Any]:
    """Give the count of each incident and the reports out of line as plain values.

    Parameters
    ----------
    fit : IncidentsFit
        Fitted incidents.
    level : float
        Posterior probability inside the intervals.

    Returns
    -------
    dict
        ``status``, ``nobs``, ``level``; ``incidents``, one each with the columns of
        :meth:`conflictstats.IncidentsFit.to_frame`; ``out_of_line``, one a report with
        those of :meth:`conflictstats.IncidentsFit.out_of_line`. None where there is no
        number.
    """
    counts = fit.to_frame(level).drop(columns=["level", "kind"])
    out = fit.out_of_line()
    out = out.assign(published=out["published"].dt.strftime("%Y-%m-%d"))
    return {
        "status": fit.status.name,
        "nobs": fit.nobs,
        "level": level,
        "incidents": _plain(counts),
        "out_of_line": _plain(out),
    }


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table; None for what is not finite."""
    held = table.astype(object).replace([np.inf, -np.inf], np.nan)
    rows = held.where(held.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]

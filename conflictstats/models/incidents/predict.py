"""What a body will say next of an incident."""

import numpy as np
import pandas as pd

from conflictstats._typing import FloatArray
from conflictstats.models.incidents.evidence import Evidence
from conflictstats.models.incidents.lattice import growing, widths
from conflictstats.models.incidents.law import Hyper
from conflictstats.models.incidents.posterior import Block

EVERY = 60
FURTHER = 1.1
REACH = 20


def next_count(
    told: pd.DataFrame,
    report: tuple[str, float],
    bodies: list[str],
    hypers: list[Hyper],
    least: int,
) -> dict[str, FloatArray]:
    """Probability of each next count: that of all reports over that of those so far.

    Parameters
    ----------
    told : DataFrame
        Reports of the incident so far.
    report : tuple of str and float
        Body and lag, in days, of the next one.
    bodies : list of str
        Bodies with a share of their own.
    hypers : list of Hyper
        Points of what all incidents share.
    least : int
        Smallest count that an incident can have.

    Returns
    -------
    dict of str to ndarray
        ``count``, ``width`` and ``probability`` of cells.
    """
    top = REACH * (told["count"].max() + 10)
    count = growing(0, top, EVERY, FURTHER)
    width = widths(count)
    evidence = Evidence.of(_copies(told, report, count), bodies)
    block = Block(evidence, least)
    whole = np.zeros(count.size)
    for hyper in hypers:
        logs = block.log_evidence(hyper) + np.log(width)
        whole += np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum()
    return {"count": count, "width": width, "probability": whole / len(hypers)}


def _copies(
    told: pd.DataFrame, report: tuple[str, float], count: FloatArray
) -> pd.DataFrame:
    """The incident once for each count that may come next."""
    body, lag = report
    copy = np.repeat(np.arange(count.size), len(told))
    before = pd.concat([told] * count.size, ignore_index=True)
    before = before.assign(event_key=copy)
    after = pd.DataFrame(
        {"event_key": np.arange(count.size), "source_org": body, "lag": lag}
    ).assign(low=count, high=count, count=count, qualifier="exact")
    whole = pd.concat([before, after.assign(measure=told["measure"].iloc[0])])
    order = ["event_key", "measure", "source_org", "lag"]
    return whole.sort_values(order, kind="stable").reset_index(drop=True)

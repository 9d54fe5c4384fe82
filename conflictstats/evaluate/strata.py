"""What simulated data are like, so that calibration is told by kind of data."""

from __future__ import annotations

import numpy as np

from conflictstats._typing import FloatArray

STRATA = {
    "mean below 1": "mean_count < 1",
    "zeros above 60 %": "zero_share > 0.6",
    "overdispersed": "variance_ratio > 5",
    "short": "n_time < 40",
    "missing weeks": "missing_share > 0",
    "heaped": "vague_share > 0.25",
}
"""What a replicate's data may be like, as conditions on its row."""

WARNED = "status in ('DOUBTFUL', 'DISAGREED', 'OVERDISPERSED', 'NOT_CONVERGED')"
"""Fits that say themselves that they are not to be relied on. The status is a function
of the data, so that ranks of the others are uniform all the same."""


def features_of(low: FloatArray, qualifier: np.ndarray) -> dict[str, float]:
    """Describe reports by what anybody can see of them.

    Parameters
    ----------
    low : ndarray, shape (time,) or (time, places)
        Smallest number that each report allows, NaN where there is none.
    qualifier : ndarray of str, shape of ``low``
        How it was said.

    Returns
    -------
    dict of str to float
        ``n_time``; ``nobs``, reports; ``mean_count, zero_share, variance_ratio`` of
        ``low``; ``missing_share``; ``vague_share``, of reports that are not exact.

    Examples
    --------
    >>> told = features_of(np.array([0.0, 4.0, np.nan]), np.array(["exact"] * 3))
    >>> told["mean_count"], told["zero_share"], told["variance_ratio"]
    (2.0, 0.5, 2.0)
    """
    there = np.isfinite(low)
    seen = low[there]
    mean = float(seen.mean()) if seen.size else 0.0
    return {
        "n_time": len(low),
        "nobs": seen.size,
        "mean_count": mean,
        "zero_share": float((seen == 0).mean()) if seen.size else 1.0,
        "variance_ratio": float(seen.var()) / mean if mean else 0.0,
        "missing_share": 1 - seen.size / low.size,
        "vague_share": float((qualifier[there] != "exact").sum()) / max(seen.size, 1),
    }

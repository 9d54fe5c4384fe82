"""Average over all chordal graphs of some lists, Kosovo's four and six simulated ones.

The time is that of the fit at three deltas with 1,000 draws, and the graphs are
enumerated within it. The R package dga, which has graphs of five lists at most and sums
at one delta, is not run here.
"""

import time
from pathlib import Path

SIZES = {"kosovo": 4, "six": 6}
UNIT = "lists"
SEED = 1999
PEOPLE = 12_000
CHANCES = (0.01, 0.05, 0.1, 0.08, 0.02, 0.005)


def peer_name() -> None:
    """Name the peer: none."""


def prepare(size: int, folder: Path) -> None:
    """Nothing to write."""


def ours(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit; return the mean and the standard deviation of all, listed and unlisted."""
    import numpy as np

    from conflictstats.models.undercount import DecomposableGraphs

    lists = _kosovo() if size == SIZES["kosovo"] else _six()
    before = time.process_time()
    fit = DecomposableGraphs().fit(lists, rng=np.random.default_rng(SEED))
    spent = time.process_time() - before
    law = fit.posterior[["mean", "std"]].isel(delta=0, included=0)
    return {
        "cpu_s": spent,
        "estimate": [float(law["mean"])],
        "std_err": [float(law["std"])],
    }


def _kosovo():  # noqa: ANN202
    """The lists of Kosovo, 1999."""
    from conflictstats.datasets import load_kosovo_lists
    from conflictstats.panel import lists_of_cells

    return lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])


def _six():  # noqa: ANN202
    """Lists that hold a few hundredths of the people each, and share some."""
    import numpy as np
    import pandas as pd

    from conflictstats.panel import lists_of_records

    rng = np.random.default_rng(SEED)
    easily = np.where(rng.random(PEOPLE) < 0.1, 4.0, 1.0)
    marks = rng.random((PEOPLE, 6)) < easily[:, None] * np.array(CHANCES)
    names = list("ABCDEF")
    records = pd.DataFrame(marks[marks.any(axis=1)], columns=names)
    return lists_of_records(records, names)

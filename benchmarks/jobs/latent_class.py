"""Latent classes of lists: CPU seconds for a thousand effective draws.

Sizes: the Kosovo table, the same with a thousand times the records, and about a hundred
cells of twenty lists. The time is of the whole fit, warm-up and diagnostics included,
over the effective draws of the log odds of being unlisted, so that programs which draw
different numbers of them can be compared. LCMCR, on which the model is known, is not
driven from here.
"""

import time
from pathlib import Path

SIZES = {"kosovo": 1, "thousandfold": 1000, "twenty": 0}
LISTS, PEOPLE, SEED = 20, 1000, 20190822
FILE = "cells.csv"


def peer_name() -> None:
    """There is none."""


def prepare(size: int, folder: Path) -> None:
    """Write the cells; twenty lists reach two classes of people."""
    import numpy as np
    import pandas as pd

    from conflictstats import load_kosovo_lists

    if size:
        table = load_kosovo_lists().frame
        table = table.assign(count=table["count"] * size)
    else:
        rng = np.random.default_rng(SEED)
        chances = rng.beta(1, 12, (2, LISTS))
        marks = rng.random((PEOPLE, LISTS)) < chances[rng.integers(0, 2, PEOPLE)]
        frame = pd.DataFrame(marks[marks.any(axis=1)].astype(int)).add_prefix("list")
        table = frame.value_counts().rename("count").reset_index()
    table.to_csv(folder / FILE, index=False)


def ours(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Draw; return the mean of the log total and its Monte Carlo error."""
    import numpy as np
    import pandas as pd

    from conflictstats.models.undercount import LatentClass
    from conflictstats.panel import lists_of_cells

    table = pd.read_csv(folder / FILE)
    lists = lists_of_cells(table, [name for name in table if name != "count"])
    before = time.process_time()
    fit = LatentClass().fit(lists, rng=np.random.default_rng(SEED))
    spent = time.process_time() - before
    log_total = np.log(fit.draws["total"].values)
    worth = float(fit.diagnostics["ess_bulk"])
    return {
        "cpu_s": spent * 1000 / worth,
        "estimate": [float(log_total.mean())],
        "std_err": [float(log_total.std() / worth**0.5)],
    }

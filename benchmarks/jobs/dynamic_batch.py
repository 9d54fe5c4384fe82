"""Many short series at once, beside TMB in a loop over them.

Both have the model of the job ``dynamic``. Ours integrates the hyperparameters of every
series, without draws; the peer finds their mode and nothing else. Times
are those of the fits alone. What is compared is the last log rate of each series.
"""

import time
from pathlib import Path

from benchmarks import rscript

SIZES = {"small": 10, "hundred": 100, "thousand": 1_000}
UNIT = "series"
LENGTH = 200
SEED = 20190822
WEEKLY_CHANGE, OVERDISPERSION = (4.0, 0.05), (3.0, 0.05)


def peer_name() -> str | None:
    """Name the peer, if R and TMB are installed."""
    return "TMB" if rscript.has("TMB") else None


def prepare(size: int, folder: Path) -> None:
    """Draw the series, write them for the peer and compile its model."""
    import numpy as np

    from conflictstats.numerics.priors import Overdispersion, Step

    np.savetxt(folder / "counts.txt", _counts(size)["truth"].values.T, "%d")
    rates = Step(*WEEKLY_CHANGE, cells=7).rate, Overdispersion(*OVERDISPERSION).rate
    np.savetxt(folder / "priors.txt", rates)
    if peer_name():
        rscript.bring(folder, "dynamic.cpp", "dynamic_batch.R")
        rscript.run(folder, "dynamic_batch.R", "compile")


def ours(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit all series; return each one's last log rate with its standard deviation."""
    import numpy as np

    from conflictstats.models.rates import DynamicRate

    model = DynamicRate(weekly_change=WEEKLY_CHANGE, overdispersion=OVERDISPERSION)
    panel = _counts(size)
    before = time.process_time()
    seen = model.screen(panel)
    spent = time.process_time() - before
    last = seen.isel(time=-1)
    return {
        "cpu_s": spent,
        "estimate": np.log(last["estimate"]).values.tolist(),
        "std_err": last["std_err"].values.tolist(),
    }


def peer(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit every series by TMB; return the mode of its last log rate."""
    rscript.run(folder, "dynamic_batch.R", "fit")
    spent, found = (folder / "fit.txt").read_text().splitlines()[:2]
    return {"cpu_s": float(spent), "estimate": [float(x) for x in found.split()]}


def _counts(size: int):  # noqa: ANN202
    """Series whose rates, steps and scatter differ from one to the next."""
    import numpy as np
    import xarray as xr

    from conflictstats.simulate.counts import random_walk_counts

    rng = np.random.default_rng(SEED)
    each = [
        random_walk_counts(
            LENGTH,
            rng=rng,
            rate=float(np.exp(rng.uniform(0, 3))),
            step=float(rng.uniform(0.03, 0.15)),
            size=float(rng.uniform(0.5, 5.0)),
        )
        for _ in range(size)
    ]
    together = xr.concat(each, "place", join="override")
    return together.assign_coords(place=[f"series {i}" for i in range(size)])

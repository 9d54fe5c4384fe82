"""Gravity with an effect for each origin and destination, beside dummy columns.

Flows between all pairs of places, two thirds of them zero, as those of refugees are.
The peer is the GLM of statsmodels with a column for each effect, which is the same
estimate; it is left out where the columns would not fit into memory.
"""

import time
from pathlib import Path

SIZES = {"small": 7_744, "medium": 90_000, "large": 1_000_000}
UNIT = "pairs"
LARGEST_OF_PEER = 10_000
SEED = 20190822
FILE = "pairs.npy"


def peer_names(size: int) -> list[str]:
    """Name the peer where it is not too large."""
    return ["statsmodels"] if size <= LARGEST_OF_PEER else []


def prepare(size: int, folder: Path) -> None:
    """Draw the flows; columns are origin, destination, flow, log distance, border."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    side = round(size**0.5)
    origin, destination = np.divmod(np.arange(side**2), side)
    log_distance = np.log(rng.uniform(50, 8000, origin.size))
    border = (rng.random(origin.size) < 0.05).astype(float)
    own = rng.normal(9, 2, side)[origin] + rng.normal(0, 2, side)[destination]
    mean = np.exp(own - 1.5 * log_distance + border)
    flow = rng.poisson(mean * rng.gamma(0.5, 2, origin.size))
    rows = [origin, destination, flow, log_distance, border]
    np.save(folder / FILE, np.column_stack(rows))


def ours(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit the gravity; return coefficients and their standard errors."""
    import formulaic  # noqa: F401
    import numpy as np
    import pandas as pd

    from conflictstats.models.destinations import Gravity

    names = ["origin", "destination", "flow", "log_distance", "border"]
    frame = pd.DataFrame(np.load(folder / FILE), columns=names)
    frame = frame.astype({"origin": int, "destination": int})
    before = time.process_time()
    fit = Gravity(formula="flow ~ log_distance + border").fit(frame)
    spent = time.process_time() - before
    return {
        "cpu_s": spent,
        "estimate": fit.params.values.tolist(),
        "std_err": fit.std_err.values.tolist(),
    }


def peer(size: int, folder: Path, name: str) -> dict[str, list[float] | float]:
    """Fit the same model with a column for each effect."""
    import numpy as np
    import statsmodels.api as sm

    rows = np.load(folder / FILE)
    used = np.ones(len(rows), bool)
    for side in rows[:, :2].T.astype(int):
        used &= np.bincount(side, rows[:, 2])[side] > 0
    rows = rows[used]
    sides = [np.unique(side, return_inverse=True)[1] for side in rows[:, :2].T]
    dummies = [np.eye(side.max() + 1)[side] for side in sides]
    design = np.hstack([rows[:, 3:], dummies[0], dummies[1][:, 1:]])
    before = time.process_time()
    family = sm.families.Poisson()
    fit = sm.GLM(rows[:, 2], design, family=family).fit(cov_type="HC1")
    spent = time.process_time() - before
    return {"cpu_s": spent, "estimate": fit.params[:2].tolist()}

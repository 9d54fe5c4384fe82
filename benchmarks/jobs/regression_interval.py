"""Interval-reported negative binomial regression, beside the same model in TMB.

Half of the counts are exact, the others at least, at most or within ten. Times are
those of the fit alone. Both maximise one likelihood.
"""

import time
from pathlib import Path

from benchmarks import rscript

SIZES = {"small": 2_000, "large": 100_000}
UNIT = "rows"
COLUMNS = 9
SEED = 20190822
FILE = "rows.csv"


def peer_name() -> str | None:
    """Name the peer, if R and TMB are installed."""
    return "TMB" if rscript.has("TMB") else None


def prepare(size: int, folder: Path) -> None:
    """Draw the reports, write them for both and compile the peer's model."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED)
    design = rng.normal(size=(size, COLUMNS))
    mean = np.exp(1.5 + design @ rng.normal(0, 0.2, COLUMNS))
    count = rng.poisson(rng.gamma(2, mean / 2)).astype("float64")
    cut, kind = rng.geometric(0.15, size) - 1.0, rng.integers(0, 10, size)
    above = count >= cut
    said = [kind < 5, kind < 8]
    low = np.select(said, [count, np.where(above, cut, 0)], count // 10 * 10)
    high = np.select(said, [count, np.where(above, -1, cut - 1)], count // 10 * 10 + 9)
    columns = {f"x{i}": design[:, i] for i in range(COLUMNS)}
    frame = pd.DataFrame({"low": low, "high": high} | columns)
    frame.to_csv(folder / FILE, index=False)
    if peer_name():
        rscript.bring(folder, "regression_interval.cpp", "regression_interval.R")
        rscript.run(folder, "regression_interval.R", "compile")


def ours(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit the regression; return coefficients and their standard errors."""
    import formulaic  # noqa: F401
    import numpy as np
    import pandas as pd

    from conflictstats.models.regression import CountRegression

    frame = pd.read_csv(folder / FILE)
    frame["high"] = frame["high"].replace(-1, np.inf)
    terms = " + ".join(f"x{i}" for i in range(COLUMNS))
    before = time.process_time()
    fit = CountRegression(formula=f"reported(low, high) ~ {terms}").fit(frame)
    spent = time.process_time() - before
    return {
        "cpu_s": spent,
        "estimate": fit.params.values[:-1].tolist(),
        "std_err": fit.std_err.values[:-1].tolist(),
    }


def peer(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit the same model by TMB; return its coefficients."""
    rscript.run(folder, "regression_interval.R", "fit")
    spent, found = (folder / "fit.txt").read_text().splitlines()[:2]
    estimates = [float(x) for x in found.split()]
    return {"cpu_s": float(spent), "estimate": estimates[:-1]}

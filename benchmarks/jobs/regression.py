"""Negative binomial regression with its dispersion, beside statsmodels and R.

Times are those of the fit alone, from a table of floats on one side and from the
design on the other. All maximise one likelihood, to their own tolerance.
"""

import time
from pathlib import Path

from benchmarks import rscript

SIZES = {"small": 10_000, "medium": 100_000, "large": 1_000_000}
UNIT = "rows"
COLUMNS = 19
SEED = 20190822
FILE = "rows.npy"


def peer_names(size: int) -> list[str]:
    """Name the peers that are installed."""
    return ["statsmodels", *(["MASS glm.nb"] if rscript.has("MASS") else [])]


def prepare(size: int, folder: Path) -> None:
    """Draw the counts; the first column of the file holds them."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    rows = rng.normal(size=(size, COLUMNS + 1))
    mean = np.exp(0.5 + rows[:, 1:] @ rng.normal(0, 0.15, COLUMNS))
    rows[:, 0] = rng.poisson(rng.gamma(2, mean / 2))
    np.save(folder / FILE, rows)


def ours(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit the regression; return coefficients and their standard errors."""
    import formulaic  # noqa: F401
    import numpy as np
    import pandas as pd

    from conflictstats.models.regression import CountRegression

    names = [f"x{i}" for i in range(COLUMNS)]
    frame = pd.DataFrame(np.load(folder / FILE), columns=["deaths", *names], copy=False)
    model = CountRegression(formula=f"deaths ~ {' + '.join(names)}")
    before = time.process_time()
    fit = model.fit(frame)
    spent = time.process_time() - before
    return {
        "cpu_s": spent,
        "estimate": fit.params.values[:-1].tolist(),
        "std_err": fit.std_err.values[:-1].tolist(),
    }


def peer(size: int, folder: Path, name: str) -> dict[str, list[float] | float]:
    """Fit the same model by a peer; return its coefficients."""
    import numpy as np

    rows = np.load(folder / FILE)
    if name == "MASS glm.nb":
        (folder / "rows.f64").write_bytes(rows.T.tobytes())
        rscript.bring(folder, "regression.R")
        rscript.run(folder, "regression.R", str(size))
        spent, found = (folder / "fit.txt").read_text().splitlines()[:2]
        return {"cpu_s": float(spent), "estimate": [float(x) for x in found.split()]}
    import statsmodels.api as sm

    design = np.column_stack([np.ones(size), rows[:, 1:]])
    before = time.process_time()
    fit = sm.NegativeBinomial(rows[:, 0], design).fit(disp=0)
    spent = time.process_time() - before
    return {"cpu_s": spent, "estimate": fit.params[:-1].tolist()}

"""Interval-reported negative binomial regression, beside the same model in TMB.

Half of the counts are exact, the others at least, at most or within ten. Times are
those of the fit alone. Both maximise one likelihood.
"""

import shutil
import subprocess
import time
from pathlib import Path

SIZES = {"small": 2_000, "large": 100_000}
COLUMNS = 9
SEED = 20190822
PEERS = Path(__file__).parents[1] / "peers"
FILE = "rows.csv"


def peer_name() -> str | None:
    """Name the peer, if R and TMB are installed."""
    if shutil.which("Rscript") is None:
        return None
    asked = ["Rscript", "-e", "quit(status = !requireNamespace('TMB', quietly = TRUE))"]
    done = subprocess.run(asked, capture_output=True, check=False)
    return "TMB" if done.returncode == 0 else None


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
        for name in ("regression_interval.cpp", "regression_interval.R"):
            shutil.copy(PEERS / name, folder)
        _run_r("compile", folder)


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
    _run_r("fit", folder)
    spent, found = (folder / "fit.txt").read_text().splitlines()[:2]
    estimates = [float(x) for x in found.split()]
    return {"cpu_s": float(spent), "estimate": estimates[:-1]}


def _run_r(part: str, folder: Path) -> None:
    """Run a part of the peer's script."""
    command = ["Rscript", str(folder / "regression_interval.R"), part, str(folder)]
    subprocess.run(command, check=True, capture_output=True)

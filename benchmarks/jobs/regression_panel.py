"""Negative binomial regression with an effect for each of 200 regions.

Twelve covariates (lags of violence, say) and a factor of 200 levels: 213 columns and a
dispersion. mgcv's ``bam`` with ``nb()`` without smooth terms maximises the same
likelihood. glum takes the dispersion as given and is alternated with its likelihood,
from a start at 1; it runs where ``GLUM_PYTHON`` names an interpreter that has it. Times
are those of the fits alone.
"""

import os
import subprocess
import time
from pathlib import Path

from benchmarks import rscript

SIZES = {"small": 10, "large": 288}
UNIT = "months"
REGIONS, LAGS = 200, 12
SEED = 20190822
FILE = "rows.csv"


def peer_names(size: int) -> list[str]:
    """Name the peers that are installed."""
    there = {"mgcv": rscript.has("mgcv"), "glum": "GLUM_PYTHON" in os.environ}
    return [name for name, installed in there.items() if installed]


def prepare(size: int, folder: Path) -> None:
    """Draw the counts and write them for both."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED)
    region = np.repeat(np.arange(REGIONS), size)
    lags = rng.normal(size=(region.size, LAGS))
    effect = rng.normal(1.5, 0.6, REGIONS)
    mean = np.exp(effect[region] + lags @ rng.normal(0, 0.1, LAGS))
    columns = {f"lag{i}": lags[:, i] for i in range(LAGS)}
    columns |= {"deaths": rng.poisson(rng.gamma(1.5, mean / 1.5))}
    columns |= {"region": [f"r{number:03d}" for number in region]}
    pd.DataFrame(columns).to_csv(folder / FILE, index=False)


def ours(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit the regression; return the coefficients of the lags."""
    import formulaic  # noqa: F401
    import pandas as pd

    from conflictstats.models.regression import CountRegression

    frame = pd.read_csv(folder / FILE)
    names = [f"lag{i}" for i in range(LAGS)]
    model = CountRegression(formula=f"deaths ~ {' + '.join(names)} + region")
    before = time.process_time()
    fit = model.fit(frame)
    spent = time.process_time() - before
    return {
        "cpu_s": spent,
        "estimate": fit.params.sel(param=names).values.tolist(),
        "std_err": fit.std_err.sel(param=names).values.tolist(),
    }


def peer(size: int, folder: Path, name: str) -> dict[str, list[float] | float]:
    """Fit by a peer; return the coefficients of the lags."""
    script = f"regression_panel.{'R' if name == 'mgcv' else 'py'}"
    rscript.bring(folder, script)
    if name == "mgcv":
        rscript.run(folder, script)
    else:
        command = [os.environ["GLUM_PYTHON"], str(folder / script), str(folder)]
        subprocess.run(command, check=True)
    file = folder / ("fit.txt" if name == "mgcv" else "glum.txt")
    spent, found = file.read_text().splitlines()[:2]
    return {"cpu_s": float(spent), "estimate": [float(x) for x in found.split()]}

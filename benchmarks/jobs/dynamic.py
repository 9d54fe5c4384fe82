"""A dynamic rate, fitted with 1,000 draws, beside the same model in TMB.

Times are those of the fit alone: both processes have started and loaded their code.
TMB optimises the hyperparameters, ours integrates them, so the two agree in part of a
standard error and not to the last digit.
"""

import shutil
import subprocess
import time
from pathlib import Path

SIZES = {"small": 100, "year": 365, "long": 2_000}
SEED = 20190822
PEERS = Path(__file__).parents[1] / "peers"
PRIORS = (1.0, 0.05), (3.0, 0.05)


def peer_name() -> str | None:
    """Name the peer, if R and TMB are installed."""
    if shutil.which("Rscript") is None:
        return None
    asked = ["Rscript", "-e", "quit(status = !requireNamespace('TMB', quietly = TRUE))"]
    done = subprocess.run(asked, capture_output=True, check=False)
    return "TMB" if done.returncode == 0 else None


def prepare(size: int, folder: Path) -> None:
    """Draw the counts, write them for the peer and compile its model."""
    import numpy as np

    panel = _counts(size)
    np.savetxt(folder / "counts.txt", panel["truth"].values.ravel())
    (change, p_change), (spread, p_spread) = PRIORS
    rates = [-np.log(p_change) / change * np.sqrt(7), -np.log(p_spread) / spread]
    np.savetxt(folder / "priors.txt", rates)
    if peer_name():
        for name in ("dynamic.cpp", "dynamic.R"):
            shutil.copy(PEERS / name, folder)
        _run_r("compile", folder)


def ours(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit the rate; return log rates with their posterior standard deviations."""
    import numpy as np

    from conflictstats.models.rates import DynamicRate

    model = DynamicRate(weekly_change=PRIORS[0], overdispersion=PRIORS[1])
    panel, rng = _counts(size), np.random.default_rng(SEED)
    before = time.process_time()
    fit = model.fit(panel, rng=rng)
    spent = time.process_time() - before
    path = np.log(fit.draws["expected"].isel(place=0))
    return {
        "cpu_s": spent,
        "estimate": path.median("draw").values.tolist(),
        "std_err": path.std("draw").values.tolist(),
    }


def peer(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit the same model by TMB; return the mode of the log rates."""
    _run_r("fit", folder)
    spent, path = (folder / "fit.txt").read_text().splitlines()[:2]
    return {"cpu_s": float(spent), "estimate": [float(x) for x in path.split()]}


def _counts(size: int):  # noqa: ANN202
    """Counts of a single place with a wandering rate."""
    import numpy as np

    from conflictstats.simulate.counts import random_walk_counts

    rng = np.random.default_rng(SEED)
    return random_walk_counts(size, rng=rng, rate=4.5, step=0.08, size=2.5)


def _run_r(part: str, folder: Path) -> None:
    """Run a part of the peer's script."""
    command = ["Rscript", str(folder / "dynamic.R"), part, str(folder)]
    subprocess.run(command, check=True, capture_output=True)

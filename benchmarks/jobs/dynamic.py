"""A dynamic rate, fitted with 1,000 draws, beside TMB, mgcv and NUTS.

Times are those of the fit alone: both processes have started and loaded their code.
TMB has the same model and priors and optimises the hyperparameters, ours integrates
them, so the two agree in part of a standard error and not to the last digit. mgcv fits
a smooth of T / 10 knots, at most 500, by REML: another model, which people use for the
same question. NUTS has our model; it runs where ``NUTS_PYTHON`` names an interpreter
that has numpyro, on the two smaller sizes.
"""

import json
import os
import subprocess
import time
from pathlib import Path

from benchmarks import rscript

SIZES = {"small": 100, "year": 365, "long": 2_000, "longest": 10_000}
UNIT = "days"
SEED = 20190822
LARGEST_SAMPLED = 365
DRAWS = 1_000
WEEKLY_CHANGE, OVERDISPERSION = (4.0, 0.05), (3.0, 0.05)


def peer_names(size: int) -> list[str]:
    """Name the peers that are installed."""
    names = [name for name in ("TMB", "mgcv") if rscript.has(name)]
    sampled = size <= LARGEST_SAMPLED and "NUTS_PYTHON" in os.environ
    return [*names, "numpyro"] if sampled else names


def prepare(size: int, folder: Path) -> None:
    """Draw the counts, write them for the peers and compile the model of TMB."""
    import numpy as np

    from conflictstats.numerics.priors import Overdispersion, Step

    count = _counts(size)["truth"].values.ravel()
    rates = Step(*WEEKLY_CHANGE, cells=7).rate, Overdispersion(*OVERDISPERSION).rate
    np.savetxt(folder / "counts.txt", count)
    np.savetxt(folder / "priors.txt", rates)
    rscript.bring(folder, "dynamic.cpp", "dynamic.R", "dynamic_mgcv.R", "nuts.py")
    if "TMB" in peer_names(size):
        rscript.run(folder, "dynamic.R", "compile")
    if "numpyro" in peer_names(size):
        _write_case(folder, count, rates)


def ours(size: int, folder: Path) -> dict[str, list[float] | float]:
    """Fit the rate; return log rates with their posterior standard deviations."""
    import numpy as np

    from conflictstats.models.rates import DynamicRate

    model = DynamicRate(
        weekly_change=WEEKLY_CHANGE, overdispersion=OVERDISPERSION, draws=DRAWS
    )
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


def peer(size: int, folder: Path, name: str) -> dict[str, list[float] | float]:
    """Fit by a peer; return its log rates."""
    if name == "numpyro":
        draws = ("--chains", "4", "--draws", str(DRAWS // 4), "--warmup", "300")
        command = [os.environ["NUTS_PYTHON"], str(folder / "nuts.py"), str(folder)]
        subprocess.run([*command, *draws], check=True, capture_output=True)
        answer = json.loads((folder / "nuts.json").read_text())
        return {"cpu_s": answer["cpu_s"], "estimate": answer["eta"]["mean"]}
    if name == "mgcv":
        rscript.run(folder, "dynamic_mgcv.R")
        return _read(folder / "mgcv.txt")
    rscript.run(folder, "dynamic.R", "fit")
    return _read(folder / "fit.txt")


def _read(path: Path) -> dict[str, list[float] | float]:
    """Seconds on the first line, log rates on the second."""
    spent, found = path.read_text().splitlines()[:2]
    return {"cpu_s": float(spent), "estimate": [float(x) for x in found.split()]}


def _counts(size: int):  # noqa: ANN202
    """Counts of a single place with a wandering rate."""
    import numpy as np

    from conflictstats.simulate.counts import random_walk_counts

    rng = np.random.default_rng(SEED)
    return random_walk_counts(size, rng=rng, rate=4.5, step=0.08, size=2.5)


def _write_case(folder: Path, count, rates) -> None:  # noqa: ANN001
    """Write the model as the script of NUTS reads it."""
    from benchmarks.comparison.data import reports
    from benchmarks.comparison.pairs import Case

    names = ("step_rate", "spread_rate", "start_mean", "start_sd")
    numbers = (*map(float, rates), 0.0, 5.0)
    Case(
        title="benchmark",
        length=len(count),
        priors=dict(zip(names, numbers, strict=True)),
        cells=[[t, 0] for t in range(len(count))],
    ).write(folder)
    reports(count).to_csv(folder / "reports.csv", index=False)

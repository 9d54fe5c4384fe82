"""Weekly counts by place: one walk for all places, smooth differences between them.

The peer has the same model and priors in TMB, with the autoregression in the form that
keeps its precision sparse, and optimises the hyperparameters. Times are those of the
fit with 1,000 draws alone. The map is a lattice.
"""

import shutil
import subprocess
import time
from pathlib import Path

SIZES = {"small": (2, 4, 40), "medium": (5, 10, 150), "large": (10, 10, 500)}
UNIT = "places x weeks"
"""Rows and columns of the lattice, and weeks."""
SEED = 20190822
PEERS = Path(__file__).parents[1] / "peers"
TRUTH = {"rate": 3.0, "step": 0.12, "places": 0.6, "mixing": 0.7, "size": 1.5}


def peer_name() -> str | None:
    """Name the peer, if R and TMB are installed."""
    if shutil.which("Rscript") is None:
        return None
    asked = ["Rscript", "-e", "quit(status = !requireNamespace('TMB', quietly = TRUE))"]
    done = subprocess.run(asked, capture_output=True, check=False)
    return "TMB" if done.returncode == 0 else None


def prepare(size: tuple[int, int, int], folder: Path) -> None:
    """Draw the counts, write them and the priors, and compile the model of the peer."""
    import numpy as np

    from conflictstats.numerics import graph, priors

    made = _lattice(*size[:2])
    basis = graph.spectral_basis(made)
    smooth = graph.smooth_variances(basis)
    raw = graph.smooth_variances(basis, scaled=False)
    np.savetxt(folder / "counts.txt", _counts(size), fmt="%d")
    scale = raw[-1] / smooth[-1]
    np.savetxt(folder / "scaled.txt", scale * made.laplacian.toarray())
    np.savetxt(folder / "excess.txt", smooth[smooth > 0] - 1)
    believed = [priors.Step(), priors.StandardDeviation(2.0), priors.Mixing(smooth)]
    rates = [prior.rate for prior in (*believed, priors.Overdispersion())]
    np.savetxt(folder / "priors.txt", rates)
    if peer_name():
        for name in ("space_time.cpp", "space_time.R"):
            shutil.copy(PEERS / name, folder)
        _run_r("compile", folder)


def ours(size: tuple[int, int, int], folder: Path) -> dict[str, list[float] | float]:
    """Fit; return the mean level by week, then how places differ from it, and sds."""
    import numpy as np
    import xarray as xr

    from conflictstats.models.rates import DynamicRate

    weeks = np.datetime64("2010-01-04", "D") + 7 * np.arange(size[2])
    places = [f"{i:03}" for i in range(size[0] * size[1])]
    panel = xr.Dataset(
        {"best": (("time", "place"), np.loadtxt(folder / "counts.txt"))},
        {"time": weeks, "time_end": ("time", weeks + 6), "place": places},
    )
    near = _lattice(*size[:2]).pairs
    neighbours = {p: [places[b] for a, b in near if places[a] == p] for p in places}
    model = DynamicRate(places="parallel", neighbours=neighbours)
    before = time.process_time()
    fit = model.fit(panel, rng=np.random.default_rng(SEED), strict=False)
    spent = time.process_time() - before
    expected = fit.draws["expected"].transpose("time", "draw", "place").values
    level = np.stack([np.log(week).mean(axis=1) for week in expected], axis=1)
    both = np.concatenate([level, np.log(expected[0]) - level[:, :1]], axis=1)
    return {
        "cpu_s": spent,
        "estimate": both.mean(axis=0).tolist(),
        "std_err": both.std(axis=0).tolist(),
    }


def peer(size: tuple[int, int, int], folder: Path) -> dict[str, list[float] | float]:
    """Fit by TMB; return the mode of the mean level by week, then of the places."""
    _run_r("fit", folder)
    spent, field = (folder / "fit.txt").read_text().splitlines()[:2]
    return {"cpu_s": float(spent), "estimate": [float(x) for x in field.split()]}


def _lattice(rows: int, columns: int):  # noqa: ANN202
    """Places with the neighbours to their sides."""
    import numpy as np

    from conflictstats.numerics import graph

    number = np.arange(rows * columns).reshape(rows, columns)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    down = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    return graph.from_pairs(number.size, np.concatenate([across, down]))


def _counts(size: tuple[int, int, int]):  # noqa: ANN202
    """Deaths, shape (weeks, places), from the model that both fit."""
    import numpy as np

    from conflictstats.numerics import graph

    rng = np.random.default_rng(SEED)
    basis = graph.spectral_basis(_lattice(*size[:2]))
    smooth = graph.smooth_variances(basis)
    variances = TRUTH["mixing"] * smooth + 1 - TRUTH["mixing"]
    noise = rng.standard_normal(smooth.size)
    places = TRUTH["places"] * basis.vectors @ (np.sqrt(variances) * noise)
    weeks = np.cumsum(rng.normal(0, TRUTH["step"], size[2]))
    mean = TRUTH["rate"] * np.exp(weeks[:, None] + places)
    return rng.poisson(mean * rng.gamma(TRUTH["size"], 1 / TRUTH["size"], mean.shape))


def _run_r(part: str, folder: Path) -> None:
    """Run a part of the peer's script."""
    command = ["Rscript", str(folder / "space_time.R"), part, str(folder)]
    subprocess.run(command, check=True, capture_output=True)

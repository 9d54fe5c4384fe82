"""Peers are programs that read a folder and write their answer into it."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.comparison.pairs import Pair
from benchmarks.measure import PINNED

PEERS = Path(__file__).parents[1] / "peers"
STORE = Path(__file__).parents[2] / "tests" / "reference" / "engine"
"""Where cases and answers are kept, one folder a pair."""
ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def write(name: str, pair: Pair, shared: Path) -> None:
    """Keep the case of a pair, and its reports where they may be copied.

    Parameters
    ----------
    name : str
        Name of the pair.
    pair : Pair
        The case and its reports.
    shared : Path
        Folder of the shared data.
    """
    folder = STORE / name
    folder.mkdir(parents=True, exist_ok=True)
    pair.case.write(folder)
    if pair.shipped:
        pair.reports(shared).to_csv(folder / "reports.csv", index=False)


def ask(peer: str, name: str, pair: Pair, shared: Path) -> Path:
    """Ask a peer about a pair, and keep what it answers.

    Parameters
    ----------
    peer : {"nuts", "tmb", "mgcv", "quadrature"}
        Whom to ask.
    name : str
        Name of the pair.
    pair : Pair
        The case and its reports.
    shared : Path
        Folder of the shared data.

    Returns
    -------
    Path
        The answer.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pair.case.write(folder)
        pair.reports(shared).to_csv(folder / "reports.csv", index=False)
        for command in _commands(peer, folder, pair.sampling):
            environment = {**os.environ, **PINNED, "XLA_FLAGS": ONE_THREAD}
            subprocess.run(command, env=environment, check=True)
        kept = STORE / name / f"{peer}.json"
        shutil.copy(folder / kept.name, kept)
    return kept


def _commands(peer: str, folder: Path, sampling: dict[str, float]) -> list[list[str]]:
    """What to run; numpyro is wanted in the interpreter that NUTS_PYTHON names."""
    here = str(folder)
    if peer == "nuts":
        python = os.environ.get("NUTS_PYTHON", sys.executable)
        settings = [f"--{name}={value}" for name, value in sampling.items()]
        return [[python, str(PEERS / "nuts.py"), here, *settings]]
    if peer == "quadrature":
        return [[sys.executable, str(PEERS / "quadrature.py"), here]]
    if peer == "mgcv":
        return [["Rscript", str(PEERS / "smooth.R"), here]]
    shutil.copy(PEERS / "latent.cpp", folder)
    script = ["Rscript", str(PEERS / "latent.R")]
    return [[*script, "compile", here], [*script, "fit", here, here]]

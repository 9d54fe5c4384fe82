"""Peers in R, where they are installed."""

import shutil
import subprocess
from pathlib import Path

PEERS = Path(__file__).with_name("peers")


def has(package: str) -> bool:
    """Say whether R and one of its packages are here.

    Parameters
    ----------
    package : str
        Name of the package.

    Returns
    -------
    bool
        Without starting the package.
    """
    if shutil.which("Rscript") is None:
        return False
    found = f"quit(status = !nzchar(system.file(package = '{package}')))"
    done = subprocess.run(["Rscript", "-e", found], capture_output=True, check=False)
    return done.returncode == 0


def bring(folder: Path, *names: str) -> None:
    """Copy scripts and templates of peers.

    Parameters
    ----------
    folder : Path
        Where they will be compiled and run.
    *names : str
        Files in ``benchmarks/peers``.
    """
    for name in names:
        shutil.copy(PEERS / name, folder)


def run(folder: Path, script: str, *arguments: str) -> None:
    """Run a script that was brought; it gets the folder as its last argument.

    Parameters
    ----------
    folder : Path
        Where the script is.
    script : str
        Its name.
    *arguments : str
        What comes before the folder.
    """
    command = ["Rscript", str(folder / script), *arguments, str(folder)]
    subprocess.run(command, check=True, capture_output=True)

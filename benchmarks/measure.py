"""CPU time and peak memory of a job and of its peer, each in a fresh process.

This module imports the standard library alone: a process that is started by another
inherits its peak memory, so the one that measures must stay small.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Row: TypeAlias = dict[str, str | float | None]

PATIENCE = 30.0
"""CPU seconds after which a part is not run again."""
JOBS = Path(__file__).with_name("jobs")
PINNED = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)


@dataclass(frozen=True, slots=True)
class Run:
    """What one process cost and found.

    Attributes
    ----------
    cpu_s : float
        CPU seconds of the process and what it started, imports included; or of the
        work alone, where the job measures it itself.
    peak_mb : float
        Largest resident memory, MB.
    found : mapping
        What it printed: ``estimate`` and ``std_err``, or nothing.
    """

    cpu_s: float
    peak_mb: float
    found: Mapping[str, list[float]]


def job_names() -> list[str]:
    """List the jobs: the files in ``benchmarks/jobs``.

    Returns
    -------
    list of str
        Sorted names.
    """
    return sorted(path.stem.rstrip("_") for path in JOBS.glob("[!_]*.py"))


def sizes_of(job: str) -> dict[str, object]:
    """Ask a job for its sizes, in a process of its own.

    Parameters
    ----------
    job : str
        Name of the job.

    Returns
    -------
    dict
        ``sizes``, name to what it stands for, from small to large; ``unit``, what
        sizes that are numbers count, or None.
    """
    return json.loads(_child(job, "sizes"))


def measure(job: str, size: str, *, repeat: int = 3) -> list[Row]:
    """Measure a job and its peers; each is the best of several processes.

    Parameters
    ----------
    job, size : str
        Name of the job, and one of its sizes.
    repeat : int
        Number of processes, of which the one with the least CPU time counts; fewer
        where they take longer than ``PATIENCE`` together.

    Returns
    -------
    list of dict
        One a peer, or one without. ``ratio`` is ours over the peer's CPU time;
        ``agreement`` the largest difference of estimates in our standard errors. What
        cannot be had, as of a peer that is not installed, is None.
    """
    with tempfile.TemporaryDirectory() as folder:
        _child(job, "prepare", size, folder)
        ours = _best(job, "ours", (size, folder), repeat)
        names = json.loads(_child(job, "peers", size))
        peers = {
            name: _best(job, "peer", (size, folder, name), repeat) for name in names
        }
    row: Row = {
        "job": job,
        "size": size,
        "cpu_s": round(ours.cpu_s, 4),
        "peak_mb": round(ours.peak_mb, 1),
    }
    return [row | _beside(ours, *each) for each in peers.items() or [(None, None)]]


def _beside(ours: Run, name: str | None, peer: Run | None) -> Row:
    """The part of a row that is about a peer; nothing where there is none."""
    return {
        "peer": name,
        "peer_cpu_s": peer and round(peer.cpu_s, 4),
        "peer_peak_mb": peer and round(peer.peak_mb, 1),
        "ratio": peer and round(ours.cpu_s / peer.cpu_s, 4),
        "agreement": peer and _agreement(ours.found, peer.found),
    }


def _best(job: str, part: str, arguments: tuple[str, ...], repeat: int) -> Run:
    """Run a part in several processes, and keep the one with the least CPU time."""
    runs: list[Run] = []
    while len(runs) < max(repeat, 1):
        runs.append(_run(job, part, *arguments))
        if sum(run.cpu_s for run in runs) > PATIENCE:
            break
    return min(runs, key=lambda run: run.cpu_s)


def _run(job: str, part: str, size: str, folder: str, *peer: str) -> Run:
    """Run a part of a job in a fresh process and read its cost from the kernel."""
    answer = Path(folder) / "answer.json"
    answer.unlink(missing_ok=True)
    command = _command(job, part, size, folder, *peer)
    process = subprocess.Popen(command, env=_environment())
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{job} {part} {size} ended with {process.returncode}")
    found = json.loads(answer.read_text()) or {}
    spent = found.pop("cpu_s", used.ru_utime + used.ru_stime)
    return Run(spent, used.ru_maxrss / 1024, found)


def _child(job: str, part: str, *arguments: str) -> str:
    """Run a part of a job that is not measured; return what it printed."""
    done = subprocess.run(
        _command(job, part, *arguments),
        env=_environment(),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return done.stdout


def _command(job: str, part: str, *arguments: str) -> list[str]:
    """Command of a process that does one part of a job."""
    return [sys.executable, "-m", "benchmarks.child", job, part, *arguments]


def _environment() -> dict[str, str]:
    """Environment with one thread for every linear algebra library."""
    root = str(JOBS.parents[1])
    return {**os.environ, **PINNED, "PYTHONHASHSEED": "0", "PYTHONPATH": root}


def _agreement(
    ours: Mapping[str, list[float]], theirs: Mapping[str, list[float]]
) -> float | None:
    """Largest difference of estimates in our standard errors."""
    if not (ours and theirs):
        return None
    pairs = zip(ours["estimate"], theirs["estimate"], ours["std_err"], strict=True)
    return round(max(abs(a - b) / std_err for a, b, std_err in pairs), 6)

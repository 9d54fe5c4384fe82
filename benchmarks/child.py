"""One part of one job, in the process that is measured."""

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType


def main(job: str, part: str, size: str = "", folder: str = "", *peer: str) -> None:
    """Do a part of a job.

    Parameters
    ----------
    job : str
        Name of the job.
    part : {"sizes", "peers", "prepare", "ours", "peer"}
        What to do.
    size, folder : str
        One of the job's sizes, and where it keeps its files.
    *peer : str
        Which peer, of a job that has several.
    """
    module = importlib.import_module(f"benchmarks.jobs.{_file(job)}")
    if part == "sizes":
        unit = getattr(module, "UNIT", None)
        print(json.dumps({"unit": unit, "sizes": module.SIZES}))
    elif part == "peers":
        print(json.dumps(_peers(module, size)))
    else:
        work = getattr(module, part)
        several = peer if hasattr(module, "peer_names") else ()
        found = work(module.SIZES[size], Path(folder), *several)
        if part != "prepare":
            Path(folder, "answer.json").write_text(json.dumps(found))


def _peers(module: ModuleType, size: str) -> list[str]:
    """Names of the peers that are installed."""
    if hasattr(module, "peer_names"):
        return module.peer_names(module.SIZES[size])
    name = module.peer_name()
    return [name] if name else []


def _file(job: str) -> str:
    """Module of a job; a name that is a word of Python has an underscore."""
    return "import_" if job == "import" else job


if __name__ == "__main__":
    main(*sys.argv[1:])

"""One part of one job, in the process that is measured."""

import importlib
import json
import sys
from pathlib import Path


def main(job: str, part: str, size: str = "", folder: str = "") -> None:
    """Do a part of a job.

    Parameters
    ----------
    job : str
        Name of the job.
    part : {"sizes", "peer-name", "prepare", "ours", "peer"}
        What to do.
    size, folder : str
        One of the job's sizes, and where it keeps its files.
    """
    module = importlib.import_module(f"benchmarks.jobs.{_file(job)}")
    if part == "sizes":
        print(json.dumps(list(module.SIZES)))
    elif part == "peer-name":
        print(json.dumps(module.peer_name()))
    else:
        work = getattr(module, part)
        found = work(module.SIZES[size], Path(folder))
        if part != "prepare":
            Path(folder, "answer.json").write_text(json.dumps(found))


def _file(job: str) -> str:
    """Module of a job; a name that is a word of Python has an underscore."""
    return "import_" if job == "import" else job


if __name__ == "__main__":
    main(*sys.argv[1:])

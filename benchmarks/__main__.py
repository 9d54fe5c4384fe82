"""Command line: ``python -m benchmarks [JOB] [--size S] [--json] [--write FILE]``."""

import argparse
import datetime
import json
import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.machine import processor
from benchmarks.measure import Row, job_names, measure, sizes_of

HEADINGS = {
    "job": "job",
    "size": "size",
    "cpu_s": "CPU s",
    "peak_mb": "peak MB",
    "peer": "peer",
    "peer_cpu_s": "CPU s",
    "peer_peak_mb": "peak MB",
    "ratio": "ratio",
    "agreement": "agreement",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one job or all, at one size or all, and print a line for each peer.

    Parameters
    ----------
    arguments : sequence of str, optional
        Command line; by default that of the process.

    Returns
    -------
    int
        Exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    jobs = job_names()
    parser.add_argument(
        "job", nargs="?", choices=jobs, metavar="JOB", help="%(choices)s"
    )
    parser.add_argument("--size", help="one size; by default all of the job")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--repeat", type=int, default=3, help="best of so many")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="keep as JSON, beside other jobs"
    )
    given = parser.parse_args(arguments)
    if given.size and not given.job:
        parser.error("--size needs a job, because jobs have sizes of their own")
    if given.size and given.size not in (sizes := sizes_of(given.job)["sizes"]):
        parser.error(f"{given.job} has the sizes {', '.join(sizes)}")
    if not given.json:
        print(_line(HEADINGS))
    rows = []
    for row in _rows([given.job] if given.job else jobs, given.size, given.repeat):
        rows.append(row)
        print(json.dumps(row) if given.json else _line(row), flush=True)
    if given.write:
        kept = (
            json.loads(given.write.read_text("utf-8")) if given.write.exists() else {}
        )
        record = merged(kept, _record(rows))
        given.write.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return 0


def merged(kept: dict, new: dict) -> dict:
    """Put jobs that were measured anew in the place of what was kept of them.

    Parameters
    ----------
    kept : dict
        What the file held; empty where there was none.
    new : dict
        ``machine``; ``jobs``, each with its ``date``; and ``rows``.

    Returns
    -------
    dict
        All of the new one, and of the kept one the jobs that are not in it.

    Raises
    ------
    ValueError
        If the two were measured on different machines.
    """
    if kept.get("machine", new["machine"]) != new["machine"]:
        raise ValueError(
            f"the file was measured on {kept['machine']} and this is "
            f"{new['machine']}: measure all jobs anew, into a new file"
        )
    rows = [row for row in kept.get("rows", []) if row["job"] not in new["jobs"]]
    rows += new["rows"]
    return {
        "machine": new["machine"],
        "jobs": dict(sorted((kept.get("jobs", {}) | new["jobs"]).items())),
        "rows": sorted(rows, key=lambda row: row["job"]),
    }


def _rows(jobs: list[str], size: str | None, repeat: int) -> Iterator[Row]:
    """Measure, one job after the other."""
    for job in jobs:
        for each in sizes_of(job)["sizes"] if size is None else [size]:
            yield from measure(job, each, repeat=repeat)


def _record(rows: list[Row]) -> dict[str, object]:
    """Rows with when and where they were measured, and what their sizes stand for."""
    date = {"date": str(datetime.datetime.now(datetime.UTC).date())}
    jobs = sorted({str(row["job"]) for row in rows})
    return {
        "machine": f"{processor()}, one thread, Python {platform.python_version()}",
        "jobs": {job: sizes_of(job) | date for job in jobs},
        "rows": rows,
    }


def _line(row: Row | dict[str, str]) -> str:
    """One row of the table, columns under their headings."""
    cells = (_shown(row[name]) for name in HEADINGS)
    return "  ".join(f"{cell:>14}" for cell in cells)


def _shown(value: str | float | None) -> str:
    """Three significant digits; a dash where there is nothing."""
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())

"""Command line: ``python -m benchmarks JOB [--size S] [--json]``."""

import argparse
import json
import sys
from collections.abc import Sequence

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
    """Measure one job at one size or all, and print a line for each.

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
    parser.add_argument("job", choices=job_names(), metavar="JOB", help="%(choices)s")
    parser.add_argument("--size", help="one size; by default all of the job")
    parser.add_argument("--json", action="store_true", help="one line per size")
    parser.add_argument("--repeat", type=int, default=3, help="best of so many")
    given = parser.parse_args(arguments)
    sizes = sizes_of(given.job)
    if given.size is not None and given.size not in sizes:
        parser.error(f"{given.job} has the sizes {', '.join(sizes)}")
    if not given.json:
        print(_line(HEADINGS))
    for size in sizes if given.size is None else [given.size]:
        row = measure(given.job, size, repeat=given.repeat)
        print(json.dumps(row) if given.json else _line(row), flush=True)
    return 0


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

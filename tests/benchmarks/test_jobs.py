"""Every benchmark runs at its smallest size and says what was agreed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIELDS = {
    "job": str,
    "size": str,
    "cpu_s": float,
    "peak_mb": float,
    "peer": str,
    "peer_cpu_s": float,
    "peer_peak_mb": float,
    "ratio": float,
    "agreement": float,
}
JOBS = sorted(
    path.stem.rstrip("_") for path in (ROOT / "benchmarks" / "jobs").glob("[!_]*.py")
)


def run(*arguments, **environment):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("job", JOBS)
def test_runs_at_its_smallest_size(job):
    size = json.loads(_sizes(job))[0]
    without_r = str(Path(sys.executable).parent)
    done = run(job, "--size", size, "--json", "--repeat", "1", PATH=without_r)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    row = json.loads(line)
    assert list(row) == list(FIELDS)
    for name, kind in FIELDS.items():
        assert row[name] is None or isinstance(row[name], kind), name
    assert row["cpu_s"] > 0
    assert row["peak_mb"] > 5
    if row["peer"]:
        assert row["ratio"] == pytest.approx(row["cpu_s"] / row["peer_cpu_s"], rel=0.01)


def _sizes(job):
    command = [sys.executable, "-m", "benchmarks.child", job, "sizes"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout


def test_panel_and_pandas_count_the_same_deaths():
    done = run("panel", "--size", "small", "--json", "--repeat", "1")
    assert json.loads(done.stdout)["agreement"] == 0


def test_the_table_has_a_heading_and_a_line():
    done = run("import", "--repeat", "1")
    heading, line = done.stdout.splitlines()
    assert heading.split()[:4] == ["job", "size", "CPU", "s"]
    assert line.split()[:2] == ["import", "small"]


def test_unknown_sizes_are_named():
    done = run("panel", "--size", "huge")
    assert done.returncode == 2
    assert "panel has the sizes small, medium, large" in done.stderr

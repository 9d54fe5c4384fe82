"""Every benchmark runs at its smallest size and says what was agreed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import page
from benchmarks.__main__ import merged

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
    size = next(iter(json.loads(_sizes(job))["sizes"]))
    without_r = str(Path(sys.executable).parent)
    done = run(job, "--size", size, "--json", "--repeat", "1", PATH=without_r)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) >= 1
    row = json.loads(lines[0])
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


def test_a_size_needs_a_job():
    done = run("--size", "small")
    assert done.returncode == 2
    assert "--size" in done.stderr


# -- the page -------------------------------------------------------------------------


def record(**seconds):
    """Measurements of one job at three sizes, ours and one peer's."""
    rows = [
        {
            "job": "walk",
            "size": str(n),
            "cpu_s": seconds["ours"](n),
            "peak_mb": 80.0,
            "peer": "R",
            "peer_cpu_s": seconds["peer"](n),
            "peer_peak_mb": None,
            "ratio": seconds["ours"](n) / seconds["peer"](n),
            "agreement": 0.012345,
        }
        for n in (10, 100, 1000)
    ]
    sizes = {str(n): n for n in (10, 100, 1000)}
    jobs = {"walk": {"unit": "days", "sizes": sizes, "date": "2026-01-02"}}
    return {"machine": "a machine", "jobs": jobs, "rows": rows}


def test_the_exponent_is_that_of_the_cost():
    kept = record(ours=lambda n: 3e-5 * n, peer=lambda n: 2e-6 * n**1.5)
    found = {
        name: page.exponent(size, seconds)
        for name, (unit, size, seconds) in page.cost(kept).items()
    }
    assert found == pytest.approx({"walk": 1.0, "walk: R": 1.5})


def test_the_table_says_when_and_where_and_shows_what_is_missing():
    kept = record(ours=lambda n: n / 1e3, peer=lambda n: n / 1e2)
    said, _, *lines = page.table(kept).splitlines()
    assert said == "Measured on 2026-01-02: a machine."
    assert lines[2] == "| walk | 10 | 0.01 | 80 | R | 0.1 | – | 0.1 | 0.0123 |"
    assert len(lines) == 5


def test_jobs_that_were_not_measured_anew_are_kept():
    kept = record(ours=lambda n: n / 1e3, peer=lambda n: n / 1e2)
    anew = record(ours=lambda n: n / 1e4, peer=lambda n: n / 1e2)
    assert merged({}, kept) == kept == merged(kept, kept)
    assert merged(kept, anew) == anew
    other = {"job": "fit", "size": "one"}
    new = {"machine": "a machine", "jobs": {"fit": {"date": "2026-01-03"}}}
    both = merged(kept, new | {"rows": [other]})
    assert both["rows"] == [other, *kept["rows"]]
    assert page.table(both | {"rows": []}).startswith(
        "Measured on 2026-01-02 and 2026-01-03: a machine."
    )
    with pytest.raises(ValueError, match="measured on a machine and this is another"):
        merged(kept, anew | {"machine": "another"})


def test_the_figure_has_a_curve_for_ours_and_for_the_peer():
    kept = record(ours=lambda n: n / 1e3, peer=lambda n: n / 1e2)
    (axes,) = page.plot_cost(kept).axes
    curves = {line.get_label().partition(",")[0]: line for line in axes.lines}
    assert curves["ours"].get_ydata() == pytest.approx([0.01, 0.1, 1.0])
    assert curves["R"].get_ydata() == pytest.approx([0.1, 1.0, 10.0])
    assert axes.get_xscale() == axes.get_yscale() == "log"

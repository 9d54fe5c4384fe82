"""Table and figure of the documentation from measurements that were kept.

python -m benchmarks --write docs/_tables/benchmarks.json
python -m benchmarks.page
"""

import json
import re
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from conflictstats.plot.style import FAINT, new_figure, styled

DOCS = Path(__file__).parents[1] / "docs"
TABLES, PICTURE = DOCS / "_tables", DOCS / "_static" / "benchmark_cost.png"
HEADINGS = ("job", "size", "ours", "MB", "peer", "CPU s", "MB", "ratio", "agreement")
FIELDS = (
    *("job", "size", "cpu_s", "peak_mb"),
    *("peer", "peer_cpu_s", "peer_peak_mb", "ratio", "agreement"),
)
MISSING = "–"
ACROSS, ROOM = 3, 0.8
"""Panels in a row, and the part above the curves that the legend takes."""
SHORT_AXIS = 30
"""Largest size over smallest up to which the axis has the sizes themselves."""


def main() -> None:
    """Write both from ``docs/_tables/benchmarks.json``."""
    record = json.loads((TABLES / "benchmarks.json").read_text("utf-8"))
    (TABLES / "benchmarks.txt").write_text(table(record), "utf-8")
    figure = plot_cost(record)
    figure.savefig(PICTURE, dpi=150, metadata={"Software": None})


def table(record: dict) -> str:
    """Lay the measurements out in markdown.

    Parameters
    ----------
    record : dict
        ``machine``; ``jobs``, each with its ``date``; and ``rows``.

    Returns
    -------
    str
        A sentence and a table.
    """
    lines = [HEADINGS, ("---",) * len(HEADINGS)]
    lines += [tuple(_shown(row[name]) for name in FIELDS) for row in record["rows"]]
    dates = sorted({job["date"] for job in record["jobs"].values()})
    when = " and ".join(dates)
    said = f"Measured on {when}: {record['machine']}.\n\n"
    return said + "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def cost(record: dict) -> dict[str, tuple[str, np.ndarray, np.ndarray]]:
    """Collect cost against size, of the jobs whose sizes have a unit.

    Parameters
    ----------
    record : dict
        ``jobs`` and ``rows``.

    Returns
    -------
    dict
        Unit, sizes and CPU seconds, by name of job or of job and peer.
    """
    found: dict[str, dict[float, float]] = {}
    for row in record["rows"]:
        size = record["jobs"][row["job"]]["sizes"][row["size"]]
        if record["jobs"][row["job"]]["unit"] is None:
            continue
        size = float(np.prod(size))
        found.setdefault(row["job"], {})[size] = row["cpu_s"]
        if row["peer"]:
            found.setdefault(f"{row['job']}: {row['peer']}", {})[size] = row[
                "peer_cpu_s"
            ]
    return {
        name: (
            record["jobs"][re.sub(":.*", "", name)]["unit"],
            np.array(sorted(points)),
            np.array([points[size] for size in sorted(points)]),
        )
        for name, points in found.items()
        if len(points) > 1
    }


def exponent(size: np.ndarray, seconds: np.ndarray) -> float:
    """Fit the power of the size with which the cost grows.

    Parameters
    ----------
    size, seconds : ndarray, shape (n,)
        At least two of each, positive.

    Returns
    -------
    float
        Slope of the least-squares line through their logs.
    """
    return float(np.polyfit(np.log(size), np.log(seconds), 1)[0])


@styled
def plot_cost(record: dict) -> Figure:
    """Draw cost against size, a panel a job, with the fitted exponents.

    Parameters
    ----------
    record : dict
        ``jobs`` and ``rows``.

    Returns
    -------
    Figure
        Ours in colour, peers in grey.
    """
    curves = cost(record)
    jobs = [name for name in curves if ":" not in name]
    rows = -(-len(jobs) // ACROSS)
    figure = new_figure("double", 58 * rows)
    panels = figure.subplots(rows, ACROSS, squeeze=False).ravel()
    for axes, job in zip(panels, jobs, strict=False):
        _draw_job(axes, job, curves)
    for axes in panels[len(jobs) :]:
        axes.remove()
    return figure


def _draw_job(
    axes: Axes, job: str, curves: dict[str, tuple[str, np.ndarray, np.ndarray]]
) -> None:
    """Draw one job, ours in colour and each peer with a mark of its own."""
    marks = iter("sD^v")
    for name, (unit, size, seconds) in curves.items():
        if name.partition(":")[0] != job:
            continue
        whose = "ours" if name == job else name.partition(": ")[2]
        label = f"{whose.partition(' ')[0]}, size$^{{{exponent(size, seconds):.2f}}}$"
        look = {"marker": "o"}
        if whose != "ours":
            look = {"marker": next(marks), "color": FAINT, "zorder": 1}
        axes.loglog(size, seconds, label=label, **look)
        axes.set(title=job, xlabel=unit, ylabel="CPU seconds")
        if name == job and size[-1] <= SHORT_AXIS * size[0]:
            axes.set_xticks(size, [f"{n:,.0f}" for n in size])
            axes.set_xticks([], minor=True)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** ROOM)
    axes.legend(loc="upper left")


def _shown(value: str | float | None) -> str:
    """Three significant digits; a dash where there is nothing."""
    if value is None:
        return MISSING
    return value if isinstance(value, str) else f"{value:.3g}"


if __name__ == "__main__":
    main()

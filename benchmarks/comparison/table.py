"""The comparison as a table in markdown."""

import datetime
import platform
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.comparison import ours
from benchmarks.comparison.answer import Answer, Distance, hyperparameters, log_rates
from benchmarks.comparison.asking import STORE
from benchmarks.comparison.pairs import Pair
from benchmarks.machine import processor

REFEREES = ("quadrature", "nuts")
"""Those that integrate everything, the more exact first."""
HEADINGS = (
    "pair",
    "referee",
    "log rate: mean, sds apart",
    "log rate: sd, %",
    "hyperparameters: mean, sds apart",
    "hyperparameters: sd, %",
    "log evidence",
    "TMB: mean, sds apart",
    "TMB: sd, %",
    "mgcv: mean, sds apart",
    "mgcv: sd, %",
    "CPU s: ours, referee, TMB, mgcv",
    "status",
)
MISSING = "–"


def of(pairs: Mapping[str, Pair], shared: Path) -> str:
    """Fit every pair that the package can, and set its answer beside the stored ones.

    Parameters
    ----------
    pairs : mapping of str to Pair
        By name.
    shared : Path
        Folder of the shared data.

    Returns
    -------
    str
        Markdown; the first line says when and where.
    """
    lines = [row(name, pair, shared) for name, pair in pairs.items()]
    today = datetime.datetime.now(datetime.UTC).date()
    python = f"Python {platform.python_version()}, numpy {np.__version__}"
    head = f"Made on {today}, {processor()}, one thread, {python}.\n\n"
    body = [HEADINGS, ("---",) * len(HEADINGS), *lines]
    return head + "".join(f"| {' | '.join(cells)} |\n" for cells in body)


def row(name: str, pair: Pair, shared: Path) -> tuple[str, ...]:
    """Compare one pair.

    Parameters
    ----------
    name : str
        Name of the pair.
    pair : Pair
        The case and its reports.
    shared : Path
        Folder of the shared data.

    Returns
    -------
    tuple of str
        As many as there are headings.
    """
    stored = answers_of(name)
    referee = next((stored[peer] for peer in REFEREES if peer in stored), None)
    found = ours.answer(pair, shared)
    times = [found, referee, stored.get("tmb"), stored.get("mgcv")]
    spent = ", ".join(
        MISSING if each is None else f"{each.cpu_s:.2g}" for each in times
    )
    title = f"`{name}`: {pair.title}"
    if referee is None:
        return (title, *[MISSING] * (len(HEADINGS) - 3), spent, "no referee")
    away = log_rates(found, referee)
    hyper = hyperparameters(found, referee).values()
    worst = Distance(max(d.mean for d in hyper), max(d.sd for d in hyper))
    evidence = found.log_evidence - referee.log_evidence
    others = [
        log_rates(stored[peer], referee) if peer in stored else None
        for peer in ("tmb", "mgcv")
    ]
    apart = [cell for each in (away, worst) for cell in _cells(each)]
    said = f"{found.told['status'].lower()}, Pareto k {found.told['pareto_k']:.2f}"
    return (
        title,
        referee.peer,
        *apart,
        MISSING if np.isnan(evidence) else f"{evidence:+.4f}",
        *[cell for each in others for cell in _cells(each)],
        spent,
        said,
    )


def answers_of(name: str) -> dict[str, Answer]:
    """Stored answers to a pair, by peer.

    Parameters
    ----------
    name : str
        Name of the pair.

    Returns
    -------
    dict
        From the folder of the pair; KFAS and the case itself are not among them.
    """
    peers = ("nuts", "tmb", "mgcv", "quadrature")
    paths = {peer: STORE / name / f"{peer}.json" for peer in peers}
    return {peer: Answer.read(path) for peer, path in paths.items() if path.is_file()}


def _cells(distance: Distance | None) -> tuple[str, str]:
    """Two cells of the table."""
    if distance is None:
        return MISSING, MISSING
    return f"{distance.mean:.3f}", f"{100 * distance.sd:.1f}"

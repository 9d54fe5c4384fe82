"""Run an analysis: its scripts in fresh processes, step by step, then its report."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from conflictstats.errors import ReportError
from conflictstats.provenance import sha256_of, versions
from conflictstats.report.analysis import OUTPUT, joined_numbers, used_sources
from conflictstats.report.document import Document
from conflictstats.report.files import write_bytes
from conflictstats.report.hand import read_hand
from conflictstats.report.manifest import MANIFEST, Manifest
from conflictstats.report.pdf import render_report

NUMBERS, REPORT = "numbers.json", "report.pdf"
THREADS = ("OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB_MAXIMUM", "NUMEXPR")
FIXED = {f"{library}_NUM_THREADS": "1" for library in THREADS} | {
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "SOURCE_DATE_EPOCH": "0",
    "TZ": "UTC",
}
"""Environment of every script, so that a run does not depend on the machine's own."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run left.

    Attributes
    ----------
    folder : Path
        Where the files are.
    files : tuple of str
        Their names.
    messages : mapping of str to str
        What each script wrote to its standard error, where it wrote anything.
    """

    folder: Path
    files: tuple[str, ...]
    messages: Mapping[str, str]


def run_analysis(
    folder: Path, out: Path, *, progress: Callable[[str, int, int], None] | None = None
) -> Run:
    """Run the scripts of an analysis and write its figures, numbers and report.

    Scripts are named ``NN_name.py`` and run in the order of their numbers, each in a
    fresh process with one thread. Those with one number must not need each other: they
    run side by side, as many as there are processors. If one fails, or the report
    cannot be set, ``out`` is left as it was. Files of an earlier run that this one does
    not make are removed; other files in ``out`` are not touched.

    Parameters
    ----------
    folder : Path
        Scripts and ``hand/report.toml``.
    out : Path
        Where the PDFs, ``numbers.json`` and ``manifest.json`` go.
    progress : callable, optional
        Told the scripts of each step as it starts, how many are done and how many
        there are.

    Returns
    -------
    Run
        The files, and what the scripts had to say.

    Raises
    ------
    ReportError
        If the folder is not an analysis, a script fails, or the report cannot be set.

    Examples
    --------
    >>> run_analysis(Path("nowhere"), Path("results"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    conflictstats.errors.ReportError: there is no folder 'nowhere'; ...
    """
    scripts = scripts_of(folder)
    tell = progress or (lambda step, done, total: None)
    hand = read_hand(folder / "hand" / "report.toml")
    messages: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="conflictstats-") as name:
        output = Path(name)
        done = 0
        for step in _steps(scripts):
            tell(", ".join(script.name for script in step), done, len(scripts) + 1)
            messages |= _run_step(step, output)
            done += len(step)
        tell(REPORT, len(scripts), len(scripts) + 1)
        document = Document(hand, joined_numbers(output), used_sources(output))
        outputs = _set_report(document, scripts, output)
        manifest = Manifest.take(
            analysis=folder.resolve().name,
            seed=hand.seed,
            sources=document.sources,
            inputs=_inputs(folder, scripts),
            outputs=outputs,
        )
        _publish(outputs, manifest, out)
    said = {script: text for script, text in messages.items() if text}
    return Run(out, (*outputs, MANIFEST), said)


def scripts_of(folder: Path) -> list[Path]:
    """List the scripts of an analysis in the order in which they run.

    Parameters
    ----------
    folder : Path
        The analysis.

    Returns
    -------
    list of Path
        Its files named ``NN_name.py``.

    Raises
    ------
    ReportError
        If there is no such folder or it has no such file.
    """
    if not folder.is_dir():
        msg = f"there is no folder {str(folder)!r}; give the folder of an analysis"
        raise ReportError(msg)
    scripts = sorted(folder.glob("[0-9][0-9]_*.py"))
    if not scripts:
        msg = f"{str(folder)!r} has no scripts named like 10_weekly_deaths.py"
        raise ReportError(msg)
    return scripts


def _steps(scripts: list[Path]) -> list[list[Path]]:
    """Group scripts, in order, by the number in their names."""
    numbered = groupby(scripts, key=lambda script: script.name[:2])
    return [list(step) for _, step in numbered]


def _run_step(step: list[Path], output: Path) -> dict[str, str]:
    """Run scripts side by side; give what each wrote to standard error."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        said = pool.map(lambda script: _run_script(script, output), step)
        return {script.name: text for script, text in zip(step, said, strict=True)}


def _run_script(script: Path, output: Path) -> str:
    """Run one script and give what it wrote to standard error."""
    done = subprocess.run(
        [sys.executable, str(script.resolve())],
        env={**os.environ, **FIXED, OUTPUT: str(output)},
        cwd=script.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        msg = (
            f"{script.name} stopped with exit code {done.returncode}, so nothing was "
            f"written; it said:\n{done.stderr.strip()}"
        )
        raise ReportError(msg)
    return done.stderr.strip()


def _set_report(
    document: Document, scripts: list[Path], output: Path
) -> dict[str, Path]:
    """Write the numbers and the PDF beside the figures; give all files by name."""
    unknown = document.scripts() - {script.name for script in scripts}
    if unknown:
        msg = f"a caption names the script {min(unknown)!r}, which is not in the folder"
        raise ReportError(msg)
    figures = {path.stem: path for path in sorted((output / "figures").glob("*.pdf"))}
    numbers = document.numbers.write(output / NUMBERS)
    footer = (
        f"conflictstats {versions()['conflictstats']}  ·  "
        f"numbers.json SHA-256 {sha256_of(numbers)[:12]}"
    )
    content = render_report(document, figures, footer=footer)
    report = write_bytes(output / REPORT, content)
    return {path.name: path for path in figures.values()} | {
        NUMBERS: numbers,
        REPORT: report,
    }


def _inputs(folder: Path, scripts: list[Path]) -> dict[str, Path]:
    """Name what a person typed: the scripts and the files in ``hand/``."""
    hand = sorted(path for path in (folder / "hand").rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in [*scripts, *hand]}


def _publish(outputs: Mapping[str, Path], manifest: Manifest, out: Path) -> None:
    """Move the files to ``out``, the manifest last, and clear what is not made now."""
    before = _listed(out / MANIFEST)
    for name, path in outputs.items():
        write_bytes(out / name, path.read_bytes())
    manifest.write(out / MANIFEST)
    for name in before - outputs.keys():
        (out / Path(name).name).unlink(missing_ok=True)


def _listed(manifest: Path) -> set[str]:
    """Read the names of the files that an earlier run made."""
    try:
        return set(json.loads(manifest.read_text("utf-8"))["outputs"])
    except (OSError, ValueError, KeyError):
        return set()

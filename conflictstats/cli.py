"""The ``conflictstats`` command: arguments in, tables or JSON out, no work itself."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from conflictstats import __version__
from conflictstats.errors import ConflictStatsError

app = typer.Typer(
    help="Statistics of armed conflict from what was reported.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
File = Annotated[Path, typer.Argument(help="A UCDP GED file: CSV, .csv.gz or .zip.")]


def main() -> None:
    """Run the command; an error of ours is one message, not a traceback.

    Raises
    ------
    SystemExit
        With 0 where all is well, 1 for an error or a file with faults, 2 for wrong
        arguments.
    """
    try:
        app()
    except ConflictStatsError as error:
        typer.echo(f"conflictstats: {error}", err=True)
        raise SystemExit(1) from None


def _version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"conflictstats {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Take the options that come before a command."""


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of the analysis.")] = Path(
        "analyses/nw_syria_2019"
    ),
    out: Annotated[
        Path | None, typer.Option(help="Where to write; figures/NAME if not given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run an analysis and write its figures, numbers and PDF report."""
    from conflictstats.report import run_analysis

    target = out or Path("figures") / folder.resolve().name
    with _progress() as progress:
        run = run_analysis(folder, target, progress=progress)
    for script, message in run.messages.items():
        typer.echo(f"{script}: {message}", err=True)
    if as_json:
        _print_json({"folder": str(run.folder), "files": list(run.files)})
    else:
        typer.echo(f"{run.folder}: {', '.join(run.files)}")


def _print_json(content: object) -> None:
    """Print JSON; what is not finite must have become null before."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None] | None]:
    """Open a progress bar if somebody is there to see it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total)

        yield tell

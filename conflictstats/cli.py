"""The ``conflictstats`` command: arguments in, tables or JSON out, no work itself."""

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Annotated, Literal

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


def _day(text: str) -> str:
    """Return a day in ISO form, or tell what is expected."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        msg = f"{text!r} is not a day; write it like 2019-04-29"
        raise typer.BadParameter(msg) from None


Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
File = Annotated[
    Path, typer.Argument(metavar="FILE", help="Local CSV file, plain, .gz or .zip.")
]
ROWS_SHOWN = 50
SHOWN = ("event_key", "measure", "n_reports", "estimate", "lower", "upper", "minimum")

Disorder = Annotated[
    Literal["error", "sort", "keep"],
    typer.Option(help="Where low, best, high are not in order: refuse, sort or keep."),
]


def main() -> None:
    """Run the command; an error of ours is one message, not a traceback.

    Raises
    ------
    SystemExit
        With 0 where all is well, 1 for an error or a file with faults, 2 for wrong
        arguments.
    """
    warnings.formatwarning = _in_one_line
    try:
        app()
    except ConflictStatsError as error:
        typer.echo(f"conflictstats: {error}", err=True)
        raise SystemExit(1) from None


def _in_one_line(message: Warning | str, *_: object, **__: object) -> str:
    """Show a warning without the line of code that gave it."""
    return f"conflictstats: {message}\n"


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


@app.command()
def check(file: File, as_json: Json = False) -> None:
    """List every fault of a file of events or reports; exit 1 if there is one."""
    from conflictstats import events

    faults = events.check(file)
    if as_json:
        rows = faults.frame.astype(object).to_dict("records")
        _print_json({"file": faults.name, "faults": rows})
    elif not faults:
        typer.echo(str(faults))
    else:
        shown = faults.frame.head(ROWS_SHOWN)
        typer.echo(shown.to_string(index=False, max_colwidth=90, justify="left"))
        more = f", the first {ROWS_SHOWN} shown" if len(faults) > ROWS_SHOWN else ""
        typer.echo(f"{faults.name}: faults: {len(faults):,}{more}")
    if faults:
        raise typer.Exit(1)


@app.command()
def describe(file: File, as_json: Json = False) -> None:
    """Say what a file of events or reports holds."""
    from conflictstats import events

    facts = events.describe(file)
    if as_json:
        _print_json(facts)
    else:
        width = max(map(len, facts))
        for label, value in facts.items():
            shown = f"{value:,}" if isinstance(value, int) else value
            typer.echo(f"{label:<{width}}  {shown}")


@app.command()
def rate(  # noqa: PLR0913
    file: File,
    by: Annotated[
        str | None, typer.Option(help="Column with one series a value; one in all.")
    ] = None,
    every: Annotated[
        Literal["day", "week", "month"], typer.Option(help="Length of a cell.")
    ] = "week",
    start: Annotated[
        str | None,
        typer.Option("--from", help="First day.", parser=_day, metavar="YYYY-MM-DD"),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", help="Last day.", parser=_day, metavar="YYYY-MM-DD"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the table and the figure.")
    ] = None,
    level: Annotated[float, typer.Option(help="Probability in the intervals.")] = 0.9,
    seed: Annotated[int, typer.Option(min=0, help="Start of the randomness.")] = 0,
    on_disorder: Disorder = "error",
    as_json: Json = False,
) -> None:
    """Estimate deaths per day over time from a file of events."""
    import numpy as np

    from conflictstats.events import read_ged
    from conflictstats.models.rates import DynamicRate
    from conflictstats.panel import panel_of_events
    from conflictstats.report.rate import rate_record, write_rate

    table = read_ged(file, on_disorder=on_disorder, keep=[by] if by else [])
    cells = panel_of_events(table, every=every, by=by, start=start, end=end)
    fit = DynamicRate().fit(cells, rng=np.random.default_rng(seed))
    if as_json:
        _print_json(rate_record(fit, level=level))
    else:
        typer.echo(fit.summary(level))
    if out is not None:
        for path in write_rate(fit, cells, out, level=level):
            typer.echo(f"wrote {path}", err=True)


@app.command()
def share(
    file: File,
    denominator: Annotated[
        Literal["all", "known", "without_government", "without_nonstate"],
        typer.Option(help="Share of whom; `known` alone leaves out the unknown."),
    ],
    by: Annotated[
        str | None, typer.Option(help="Column with one share a value; one in all.")
    ] = None,
    level: Annotated[float, typer.Option(help="Coverage of the intervals.")] = 0.9,
    seed: Annotated[int, typer.Option(min=0, help="Start of the randomness.")] = 0,
    on_disorder: Disorder = "error",
    as_json: Json = False,
) -> None:
    """Bound the share of civilians among the dead of a file of events."""
    import numpy as np

    from conflictstats.events import read_ged
    from conflictstats.models.civilian_share import ShareBounds
    from conflictstats.report.share import share_record

    table = read_ged(file, on_disorder=on_disorder, keep=[by] if by else [])
    model = ShareBounds(denominator=denominator, level=level)
    fit = model.fit(table, by=by, rng=np.random.default_rng(seed))
    if as_json:
        _print_json(share_record(fit))
    else:
        typer.echo(fit.summary())


@app.command()
def incidents(
    file: File,
    level: Annotated[float, typer.Option(help="Probability in the intervals.")] = 0.9,
    seed: Annotated[int, typer.Option(min=0, help="Start of the randomness.")] = 0,
    as_json: Json = False,
) -> None:
    """Count the dead of each incident of a file of reports by several bodies."""
    import numpy as np

    from conflictstats.events import read_reports
    from conflictstats.models.incidents import Incidents
    from conflictstats.report.incidents import incidents_record

    fit = Incidents().fit(read_reports(file), rng=np.random.default_rng(seed))
    if as_json:
        _print_json(incidents_record(fit, level=level))
    else:
        typer.echo(fit.summary(level))
        typer.echo(fit.to_frame(level)[list(SHOWN)].to_string(index=False))


@app.command()
def undercount(
    file: File,
    lists: Annotated[str, typer.Option(help="Columns that are lists, by commas.")],
    count: Annotated[
        str | None,
        typer.Option(help="Column of counts; without it a row is a person."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The PDF; by default beside FILE.")
    ] = None,
    level: Annotated[float, typer.Option(help="Coverage of the intervals.")] = 0.9,
    seed: Annotated[int, typer.Option(min=0, help="Start of the randomness.")] = 0,
    as_json: Json = False,
) -> None:
    """Estimate how many are on none of several lists, by all methods side by side."""
    import numpy as np

    from conflictstats.events import read_lists
    from conflictstats.panel import lists_of_cells, lists_of_records
    from conflictstats.report.undercount import undercount_record, undercount_report

    names = [name.strip() for name in lists.split(",") if name.strip()]
    table = read_lists(file, [*names, *([count] if count else [])])
    if count:
        held = lists_of_cells(table, names, count=count)
    else:
        held = lists_of_records(table, names)
    rng = np.random.default_rng(seed)
    if as_json:
        found = undercount_report(held, rng=rng, level=level)
        _print_json(undercount_record(found))
        return
    path = out or file.with_name(f"{file.name.partition('.')[0]}_undercount.pdf")
    found = undercount_report(
        held, rng=rng, level=level, path=path, source=table.source
    )
    typer.echo(found.summary())
    typer.echo(f"wrote {path}", err=True)


@app.command()
def displacement(  # noqa: PLR0913
    file: File,
    violence: Annotated[
        Path | None,
        typer.Option(help="CSV with a date and last a count by day, or GED's events."),
    ] = None,
    place: Annotated[
        str | None, typer.Option(help="Needed where FILE has several.")
    ] = None,
    cause: Annotated[
        str | None, typer.Option(help="Such as conflict; all if not given.")
    ] = None,
    population: Annotated[
        float | None, typer.Option(help="People from there, displaced or not.")
    ] = None,
    every: Annotated[
        Literal["day", "week", "month"],
        typer.Option(help="Length of a cell; months where reports are of many years."),
    ] = "day",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="PDF; by default beside FILE.")
    ] = None,
    level: Annotated[float, typer.Option(help="Probability in the intervals.")] = 0.9,
    seed: Annotated[int, typer.Option(min=0, help="Start of the randomness.")] = 0,
    as_json: Json = False,
) -> None:
    """Estimate who is displaced and who fled, from a table of bodies' reports.

    FILE has a row a report: report_id, body, measure, unit, place, start, end, and
    low, high and qualifier, or a phrase. Files of IDMC, UNHCR and IOM DTM have readers
    of their own, which write such a table.
    """
    import numpy as np

    from conflictstats.events import read_displacement
    from conflictstats.models.displacement import StockFlow
    from conflictstats.report.displacement_report import (
        chosen_reports,
        displacement_record,
        displacement_report,
        read_violence,
    )

    reports = chosen_reports(read_displacement(file), place, cause)
    path = out or file.with_name(f"{file.name.partition('.')[0]}_displacement.pdf")
    fit = displacement_report(
        reports,
        None if violence is None else read_violence(violence),
        StockFlow(every=every[0].upper()),
        population=population,
        rng=np.random.default_rng(seed),
        level=level,
        path=None if as_json else path,
    )
    if as_json:
        _print_json(displacement_record(fit, level))
    else:
        typer.echo(fit.summary(level))
        typer.echo(f"wrote {path}", err=True)


@app.command()
def parse(
    phrase: Annotated[str, typer.Argument(help='Such as "at least 25".')],
    value: Annotated[
        str | None, typer.Option(help="The number, where the phrase leaves it out.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="ISO 639-1 code; by default all are tried.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read the interval that a phrase states."""
    from dataclasses import asdict

    from conflictstats import quantity

    said = quantity.parse(phrase, value, language=language)
    if as_json:
        _print_json(asdict(said) | {"high": said.high if isfinite(said.high) else None})
    else:
        typer.echo(f"{said}  ({said.unit}, {said.qualifier})")


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

"""Several answers to one table of lists, as a record and as a PDF report."""

import tempfile
from collections.abc import Mapping
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from conflictstats.models.undercount import Comparison
from conflictstats.models.undercount.compare import Method, compare_undercount
from conflictstats.models.undercount.comparison import said
from conflictstats.panel import Lists
from conflictstats.plot.overlap import plot_overlap
from conflictstats.plot.undercount import plot_undercount
from conflictstats.provenance import Source
from conflictstats.report.document import NOT_STATED, Document
from conflictstats.report.figures import save_figure
from conflictstats.report.files import write_bytes
from conflictstats.report.hand import Column, Exhibit, Hand, Section
from conflictstats.report.numbers import Numbers
from conflictstats.report.pdf import render_report

ENDS = ("estimate", "lower", "upper")
COMMAND = "conflictstats undercount"
SUMMARY = """\
{n_observed} people are on one list or more of {n_lists}. How many are on none is not in
the data: every number below rests on what is assumed about them, which the last column
says. Where the answers are far apart, the assumption decides and not the lists.

*Read the assumptions before the numbers.* An interval says how far chance alone may
have moved an answer whose assumption holds; it does not hold the error of the
assumption."""
LISTS_TEXT = """\
{figure:overlap} says who is on which lists. Lists that share few
records say little of those on none."""
ANSWERS_TEXT = """\
{figure:answers} and {table:answers} put the methods side by side. The odds ratio of the
highest order is what all of them have to believe in one way or another: how many more
people on all lists, or fewer, there are than the rest of the table leads one to expect,
those on no list included. At one there is no such interaction."""
LIMITS = (
    "The records are taken as linked without error: people whose records were not "
    "found to be one make the estimate too high, wrong links too low.",
    "The people are taken as one closed population, the same for all lists.",
    "People whom no list could ever have named are in none of the numbers.",
)
RERUN = f"""\
`{COMMAND} FILE --lists A,B,C` on the table of lists writes this report; the randomness
starts where `--seed` says."""
REFERENCES = (
    "Bird, S. M. and King, R. (2018). Multiple systems estimation (or "
    "capture-recapture estimation) to inform public policy. Annual Review of "
    "Statistics and Its Application. "
    "https://doi.org/10.1146/annurev-statistics-031017-100641",
)


def undercount_record(comparison: Comparison) -> dict[str, Any]:
    """Give all answers and the curve as plain values.

    Parameters
    ----------
    comparison : Comparison
        Answers to one table.

    Returns
    -------
    dict
        ``n_observed``; ``methods``, a list of ``name, estimate, lower, upper, level,
        kind, status, assumptions, odds_ratio`` and ``diagnostics``; ``sensitivity``, a
        list of ``odds_ratio, estimate, lower, upper``. None where there is no number.
    """
    methods = [
        {
            "name": answer.method,
            **{end: _number(getattr(answer, end)) for end in ENDS},
            "level": answer.level,
            "kind": answer.kind,
            "status": answer.status.name,
            "assumptions": answer.assumptions,
            "odds_ratio": _number(implied),
            "diagnostics": {k: _number(v) for k, v in answer.diagnostics.items()},
        }
        for answer, implied in zip(comparison.answers, comparison.implied, strict=True)
    ]
    curve = [
        {str(name): _number(value) for name, value in row.items()}
        for row in comparison.curve.to_dict("records")
    ]
    return {
        "n_observed": comparison.n_observed,
        "methods": methods,
        "sensitivity": curve,
    }


def undercount_report(
    lists: Lists,
    methods: Mapping[str, Method] | None = None,
    *,
    rng: np.random.Generator,
    level: float = 0.9,
    path: Path | None = None,
    source: Source | None = None,
) -> Comparison:
    """Ask every method how many there are, and write a report of what they say.

    One table, one figure and one page of words: what each method answers, with its
    interval, how it ended, what must be believed for it, and the curve over the odds
    ratio of all lists, which no record tells.

    Parameters
    ----------
    lists : Lists
        Records by combination of lists; strata are put together.
    methods : mapping of str to callable, optional
        What gives a fit for lists, by name; all methods by default.
    rng : numpy.random.Generator
        Source of randomness of the default methods.
    level : float
        Nominal coverage.
    path : Path, optional
        Where to write the PDF; the suffix is ``.pdf``. Nothing is written without it.
    source : Source, optional
        Where the lists are from, for the PDF.

    Returns
    -------
    Comparison
        What the report says: ``summary()``, ``to_frame()``, and a figure by
        :func:`conflictstats.plot_undercount`.

    Raises
    ------
    ReportError
        If typst is not installed.
    SettingError
        If there is no method, or ``level`` is not strictly between 0 and 1.

    Examples
    --------
    >>> import conflictstats as cs
    >>> names = ["EXH", "ABA", "OSCE", "HRW"]
    >>> lists = cs.lists_of_cells(cs.load_kosovo_lists(), names)
    >>> rng = np.random.default_rng(1)
    >>> found = undercount_report(lists, {"floor": cs.ChaoFloor().fit}, rng=rng)
    >>> print(found.summary().splitlines()[1])
    floor: at least 8,803 [8,449, 9,188]
    """
    comparison = compare_undercount(lists, methods, rng=rng, level=level)
    if path is not None:
        write_bytes(path, _page(lists, comparison, source))
    return comparison


def _page(lists: Lists, comparison: Comparison, source: Source | None) -> bytes:
    """The report as PDF."""
    sources = (source,) if source else ()
    document = Document(_hand(lists), _numbers(comparison), sources)
    with tempfile.TemporaryDirectory() as name:
        figures = {
            "overlap": save_figure(plot_overlap(lists), Path(name) / "overlap.pdf"),
            "answers": save_figure(
                plot_undercount(comparison), Path(name) / "answers.pdf"
            ),
        }
        return render_report(document, figures, footer=lists.source)


def _numbers(comparison: Comparison) -> Numbers:
    """Everything that the report prints."""
    numbers = Numbers()
    numbers.add("n_observed", comparison.n_observed, unit="people")
    numbers.add("n_lists", comparison.n_lists, unit="lists")
    numbers.add("level", comparison.answers[0].level)
    answers = pd.DataFrame(
        {
            "method": [each.method for each in comparison.answers],
            "says": [said(each) for each in comparison.answers],
            "odds_ratio": [
                f"{implied:.2g}" if isfinite(implied) else ""
                for implied in comparison.implied
            ],
            "assumptions": [each.assumptions for each in comparison.answers],
        }
    )
    numbers.add_table("answers", answers)
    return numbers


def _hand(lists: Lists) -> Hand:
    """The words around the numbers."""
    return Hand(
        title="How many were never counted",
        subtitle="Several answers to one table of lists, and what each must believe",
        summary=SUMMARY,
        sections=(_what_is_said(lists), _who_is_listed(lists)),
        limits=LIMITS,
        rerun=RERUN,
        references=REFERENCES,
    )


def _who_is_listed(lists: Lists) -> Section:
    """The section on the lists."""
    exhibit = partial(
        Exhibit,
        name="overlap",
        shows="reported",
        source=lists.source or NOT_STATED,
        script=COMMAND,
    )
    return Section(
        heading="The lists",
        text=LISTS_TEXT,
        figures=(exhibit(caption="People by combination of lists."),),
    )


def _what_is_said(lists: Lists) -> Section:
    """The section on the answers."""
    exhibit = partial(
        Exhibit,
        name="answers",
        shows="reported and estimated",
        source=lists.source or NOT_STATED,
        script=COMMAND,
        interval="{level:.0%} intervals",
    )
    columns = (
        Column(name="method", head="method", width=2),
        Column(name="says", head="people in all", width=3),
        Column(name="odds_ratio", head="odds ratio"),
        Column(name="assumptions", head="what is assumed", width=4),
    )
    return Section(
        heading="The answers",
        text=ANSWERS_TEXT,
        figures=(
            exhibit(caption="What each method says, and the odds ratio it implies."),
        ),
        tables=(exhibit(caption="The answers in words.", columns=columns),),
    )


def _number(value: float) -> float | None:
    """A finite number, or None."""
    return float(value) if isfinite(value) else None

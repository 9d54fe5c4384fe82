"""A fitted displacement as pages: words, figures and tables."""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats.evaluate.displacement import moved_since
from conflictstats.models.displacement import StockFlowFit
from conflictstats.plot.displacement import CAUTION, plot_response, plot_stock_flow
from conflictstats.plot.displacement_reports import plot_assessed, plot_movements
from conflictstats.provenance import Table
from conflictstats.report.document import Document
from conflictstats.report.figures import save_figure
from conflictstats.report.hand import Column, Exhibit, Hand, Section
from conflictstats.report.numbers import Numbers
from conflictstats.report.pdf import render_report

COMMAND = "conflictstats displacement"
ENDS = ("estimate", "lower", "upper")
NEAR = np.timedelta64(3, "D")
ROWS = 12
SHORT = 100
ASSUMPTIONS = (
    "A lean that all bodies share cannot be seen: what is estimated is what bodies "
    "count on average, each off by a factor of its own.",
    "People who had fled before and flee again are new where a body counts them as "
    "new; the stock is then too high.",
    "The balance is closed: nobody enters or leaves the displaced but by flight and "
    "return.",
    "Where the reports say nothing, the answer is the prior; its part is told for each "
    "number without a date.",
)
OF_VIOLENCE = (
    "Violence and flight are described by what went together in time, not by what "
    "caused it.",
    "Violence is taken as it was given; before its first day it is taken to have had "
    "its mean.",
)
SUMMARY = """\
From {first:date} to {last:date} about {fled_estimate:,.0f} persons fled
({fled_lower:,.0f} to {fled_upper:,.0f}) and {returned_estimate:,.0f} returned
({returned_lower:,.0f} to {returned_upper:,.0f}). At the end {stock_estimate:,.0f} were
displaced ({stock_lower:,.0f} to {stock_upper:,.0f}).

*How the estimation ended:* {status}. Reports used: {n_reports}, of bodies: {n_bodies};
left out: {n_excluded}. The prior's part in how many flee is {prior_level:.0%}, in how
many return {prior_returns:.0%}: near all of it, the reports say nothing."""
COURSE = """\
{figure:course} has the course of people behind the reports; {table:course} has it in
numbers. Running totals and movements are in the estimate, and not in the picture.

{table:learned} says what the prior's part is in each number without a date: its
variance over that of the prior. Near one, the reports say nothing of it."""
RESPONSE = """\
{figure:response} has how many persons had fled so many days after a unit of violence,
of those who fled with it. This is what went together in time; it is not what a unit of
violence causes."""
MOVED = """\
Somebody who flees three times is one person and three movements. {figure:movements}
has both, with what bodies printed of each."""
ASSESSED = """\
Where the places that a body assessed changed ({figure:assessed}), the difference of its
reports is not a flow."""
RERUN = f"""\
`{COMMAND} FILE` on the table of reports writes this report; the randomness starts where
`--seed` says."""


def displacement_page(
    fit: StockFlowFit,
    reports: Table,
    violence: xr.DataArray | None = None,
    *,
    level: float = 0.9,
) -> bytes:
    """Write the report of a fitted displacement.

    Parameters
    ----------
    fit : StockFlowFit
        Fitted to ``reports``.
    reports : Table
        Of one place.
    violence : DataArray, dims (time,), optional
        As it was given to the fit.
    level : float
        Posterior probability inside the intervals.

    Returns
    -------
    bytes
        A PDF, with the figures for which there is something to draw.

    Raises
    ------
    ReportError
        If typst is not installed.
    """
    rows = reports.frame
    drawn = {"course": plot_stock_flow(fit, rows, violence, level=level)}
    if violence is not None:
        drawn["response"] = plot_response(fit, level=level)
    since = _since_of_both(rows, fit)
    if since is not None:
        drawn["movements"] = plot_movements(moved_since(fit, since, level), rows)
    if rows["n_assessed"].notna().any():
        drawn["assessed"] = plot_assessed(rows)
    hand = _hand(set(drawn), reports.source.name)
    document = Document(hand, _numbers(fit, level), (reports.source,))
    with tempfile.TemporaryDirectory() as name:
        figures = {
            key: save_figure(figure, Path(name) / f"{key}.pdf")
            for key, figure in drawn.items()
        }
        return render_report(document, figures, footer=reports.source.name)


def left_out(fit: StockFlowFit) -> dict[str, int]:
    """Reports that were not used.

    Parameters
    ----------
    fit : StockFlowFit
        A fitted course.

    Returns
    -------
    dict of str to int
        Their number by reason.
    """
    begins = "excluded_"
    told = fit.diagnostics.attrs.items()
    return {
        str(k).removeprefix(begins): int(v)
        for k, v in told
        if str(k).startswith(begins)
    }


def middle_and_ends(draws: xr.DataArray, level: float) -> list[float]:
    """Median and ends of the credible interval.

    Parameters
    ----------
    draws : DataArray, dims (draw,)
        Of one number.
    level : float
        Posterior probability inside.

    Returns
    -------
    list of float
        ``estimate``, ``lower``, ``upper``.
    """
    cut = draws.quantile([0.5, (1 - level) / 2, (1 + level) / 2], "draw")
    return [float(value) for value in cut]


def _since_of_both(rows: pd.DataFrame, fit: StockFlowFit) -> str | None:
    """First day of most running totals of movements, where persons have totals too."""
    total = rows[rows["measure"] == "cumulative"]
    moved = total.loc[total["unit"] == "movements", "start"]
    for day in moved.value_counts().index:
        others = total.loc[total["unit"] == "persons", "start"]
        if (abs(others - day) <= NEAR).any() and day in fit.draws["time"].values:
            return str(day)[:10]
    return None


def _numbers(fit: StockFlowFit, level: float) -> Numbers:
    """Everything that the report prints."""
    numbers = Numbers()
    totals = {"fled": fit.total(), "returned": fit.total(flow="returns")}
    totals["stock"] = fit.draws["stock"].isel(time=-1)
    for name, draws in totals.items():
        for end, value in zip(ENDS, middle_and_ends(draws, level), strict=True):
            numbers.add(f"{name}_{end}", value, unit="persons")
    numbers.add("first", fit.draws["time"].values[0])
    numbers.add("last", fit.draws["time_end"].values[-1])
    numbers.add("n_reports", fit.nobs)
    numbers.add("n_bodies", fit.draws.sizes["body"])
    numbers.add("n_excluded", sum(left_out(fit).values()))
    numbers.add("status", fit.status.value)
    numbers.add("level", level)
    learned = fit.learned(level)
    for name, param in (("level", "level"), ("returns", "returns_a_year")):
        numbers.add(f"prior_{name}", learned.loc[param, "prior_part"])
    learned = learned.reset_index()
    learned[list(ENDS)] = learned[list(ENDS)].map(_in_short)
    numbers.add_table("learned", learned)
    numbers.add_table("course", _course(fit, level))
    return numbers


def _in_short(value: float) -> str:
    """A number of any size in three digits or in full."""
    return f"{value:,.0f}" if value >= SHORT else f"{value:.3g}"


def _course(fit: StockFlowFit, level: float) -> pd.DataFrame:
    """Stock and inflow at evenly spaced cells, the last among them."""
    cells = fit.draws.sizes["time"]
    shown = np.unique(np.linspace(0, cells - 1, min(ROWS, cells)).round().astype(int))
    stock, inflow = fit.stock(level), fit.inflow(level)
    table = pd.DataFrame({"day": fit.draws["time_end"].values[shown]})
    for name, band in (("stock", stock), ("inflow", inflow)):
        for end in ENDS:
            table[f"{name}_{end}"] = band[end].values[shown]
    return table


def _hand(drawn: set[str], source: str) -> Hand:
    """The words around the numbers, for the figures that there are."""
    exhibit = partial(
        Exhibit,
        shows="reported and estimated",
        source=source,
        script=COMMAND,
        interval="{level:.0%} credible intervals",
    )
    sections = [_of_course(exhibit)]
    further = {
        "response": (
            "After violence",
            RESPONSE,
            f"Response to violence: {CAUTION}.",
            "single",
        ),
        "movements": (
            "Persons and movements",
            MOVED,
            "Persons beside movements.",
            "double",
        ),
        "assessed": (
            "What was assessed",
            ASSESSED,
            "Places assessed, by body, as reported.",
            "single",
        ),
    }
    for name, (heading, text, caption, width) in further.items():
        if name in drawn:
            figure = exhibit(name=name, caption=caption, width=width)
            sections.append(Section(heading=heading, text=text, figures=(figure,)))
    limits = ASSUMPTIONS + (OF_VIOLENCE if "response" in drawn else ())
    return Hand(
        title="Who is displaced",
        subtitle="Stock and flow behind what bodies reported",
        summary=SUMMARY,
        sections=tuple(sections),
        limits=limits,
        rerun=RERUN,
    )


def _of_course(exhibit: partial[Exhibit]) -> Section:
    """The section on stock and flows, with its tables."""
    words = {"estimate": "", "lower": " from", "upper": " to"}
    course = [Column(name="day", head="day", form="date", width=2)]
    for name, head in (("stock", "displaced"), ("inflow", "fled that day")):
        course += [
            Column(name=f"{name}_{end}", head=head + words[end], form=",.0f", width=1)
            for end in ENDS
        ]
    learned = [Column(name="param", head="number", width=2)]
    learned += [Column(name=end, head=end, width=1) for end in ENDS]
    part = Column(name="prior_part", head="prior's part", form=".0%", width=1)
    return Section(
        heading="Stock and flow",
        text=COURSE,
        figures=(exhibit(name="course", caption="The displaced, and who fled."),),
        tables=(
            exhibit(name="course", caption="Stock and inflow.", columns=tuple(course)),
            exhibit(
                name="learned",
                caption="Numbers without a date.",
                columns=(*learned, part),
            ),
        ),
    )

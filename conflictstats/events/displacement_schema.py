"""What the columns of a displacement report hold, and what a row must be."""

import re
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from conflictstats.events.schema import (
    DAY,
    NUMBER,
    TEXT,
    WHOLE,
    Column,
    Kind,
    RowRule,
    Schema,
    Value,
)
from conflictstats.quantity import QUALIFIERS

Series: TypeAlias = pd.Series

AT_A_DAY = ("stock", "fraction", "population")
OVER_DAYS = ("flow", "cumulative", "returns", "departures")
MEASURES = (*AT_A_DAY, *OVER_DAYS)
UNITS = ("persons", "movements", "households", "share")
CAUSES = ("conflict", "disaster", "mixed", "other", "not stated")
MECHANISMS = dict.fromkeys(QUALIFIERS, "coarsened") | {
    "exact": "exact",
    "more_than": "rounded",
    "nearly": "rounded",
}
"""How a model reads a report unless it is told otherwise, by what was said. "At least"
is a bound that holds: who prints it of the displaced has rarely counted each."""

MISSING = {"group": "idps", "cause": "not stated", "edition": "", "converted": ""}
"""What a column holds where its source says nothing; all others are missing."""

FAMILIES = re.compile(r"famil|household", re.I)
MOVES = re.compile(r"movement|displacements", re.I)


def _open_end(text: str) -> Value:
    """Number that may be infinite."""
    return float("inf") if text.lower() == "inf" else NUMBER.parse(text)


BOUND = Kind(
    "float64",
    _open_end,
    "a number, or inf",
    "write a decimal point, like 35.6, and inf where nothing was said",
)


def _text(name: str, *, needed: bool = False, words: Sequence[str] = ()) -> Column:
    """Return a column of text; it may be blank unless it is needed."""
    return Column(
        name=name, kind=TEXT, needed=needed, blank=not needed, words=tuple(words)
    )


def _number(name: str, kind: Kind, *, needed: bool = True) -> Column:
    """Return a column of numbers from 0 up."""
    return Column(name=name, kind=kind, needed=needed, blank=not needed, lowest=0)


def _unlike_unit(measure: Series, unit: Series) -> Series:
    """Say where a fraction is no share, or something else is one."""
    return (measure == "fraction") != (unit == "share")


RULES = (
    RowRule(
        ("low", "high"),
        lambda low, high: (low < 0) | (low > high) | np.isinf(low),
        "0 <= low <= high, with a finite low",
        "a number of people is never negative; exchange the two, or correct one",
    ),
    RowRule(
        ("low", "best", "high"),
        lambda low, best, high: (best < low) | (best > high),
        "low <= best <= high",
        "leave best blank where no one number was named",
    ),
    RowRule(
        ("low", "high", "qualifier"),
        lambda low, high, qualifier: (qualifier == "exact") & (low != high),
        "one number in low and high where qualifier is exact",
        "write range for a number between two",
    ),
    RowRule(
        ("measure", "start", "end"),
        lambda measure, start, end: (
            measure.isin(OVER_DAYS) & (start.isna() | end.isna())
        ),
        "a period for flow, cumulative, returns and departures",
        "write the first and the last day that the number counts, or leave the row out",
    ),
    RowRule(
        ("measure", "start", "end"),
        lambda measure, start, end: (
            measure.isin(AT_A_DAY) & ~((start == end) & end.notna())
        ),
        "one day for stock, fraction and population: start and end the same",
        "write the day on which people were counted in both",
    ),
    RowRule(
        ("start", "end"),
        lambda start, end: end < start,
        "end not before start",
        "correct one of the days",
    ),
    RowRule(
        ("start", "published"),
        lambda start, published: published < start,
        "published not before start",
        "correct one of the days",
    ),
    RowRule(
        ("measure", "unit"),
        _unlike_unit,
        "unit share for measure fraction, and for no other",
        "write persons, movements or households for numbers of people",
    ),
    RowRule(
        ("unit", "high"),
        lambda unit, high: (unit == "share") & (high > 1),
        "a share up to 1",
        "write 0.5 for half",
    ),
    RowRule(
        ("report_id",),
        lambda report_id: report_id.duplicated() | report_id.isna(),
        "each report_id once",
        "remove the row that was added twice, or give it a name of its own",
    ),
)

DISPLACEMENT = Schema(
    "displacement reports",
    columns=(
        _text("report_id", needed=True),
        _text("body", needed=True),
        _text("measure", needed=True, words=MEASURES),
        _text("unit", needed=True, words=UNITS),
        _text("group"),
        _text("place", needed=True),
        _text("origin"),
        _text("destination"),
        Column(name="start", kind=DAY, needed=True),
        Column(name="end", kind=DAY, needed=True),
        Column(name="published", kind=DAY),
        _number("low", NUMBER),
        _number("best", NUMBER, needed=False),
        _number("high", BOUND),
        _number("value", NUMBER, needed=False),
        _text("qualifier", needed=True, words=QUALIFIERS),
        _text("mechanism", words=("exact", "coarsened", "rounded")),
        _text("coverage"),
        Column(name="n_assessed", kind=WHOLE, lowest=0),
        _text("cause", words=CAUSES),
        _text("edition"),
        _text("root"),
        _text("converted"),
        Column(name="row", kind=WHOLE, lowest=1),
    ),
    rules=RULES,
)
COLUMNS = tuple(column.name for column in DISPLACEMENT.columns)
WORDS = {c.name: c.words for c in DISPLACEMENT.columns if c.words}

PHRASE_RULES = (
    RowRule(
        ("phrase", "said"),
        lambda phrase, said: said == "",
        "a quantity in words that are known",
        "say it in other words, or write low, high and qualifier in place of phrase",
    ),
    RowRule(
        ("phrase", "unit", "said"),
        lambda phrase, unit, said: (
            (said != "") & ((unit == "share") != (said == "share"))
        ),
        "a part of a whole for unit share, and a number for all others",
        "correct the unit; half of a named number is a number",
    ),
    RowRule(
        ("phrase", "unit"),
        lambda phrase, unit: (
            (phrase.str.contains(FAMILIES) & (unit != "households"))
            | (phrase.str.contains(MOVES) & (unit != "movements"))
        ),
        "a phrase in the unit of its row",
        "correct the unit; households and movements are not persons",
    ),
)
ABOVE_POPULATION = RowRule(
    ("low", "population"),
    lambda low, population: low > population,
    "a stock up to the largest population reported of its place",
    "correct the stock, the place or the population",
)


def word_rules() -> list[RowRule]:
    """Make rules that columns hold the words that they may, and are not blank.

    Returns
    -------
    list of RowRule
        For tables whose cells were not read one by one.
    """
    allowed = [
        RowRule(
            (column,),
            lambda cells, words=words: ~cells.isin(words),
            f"one of {', '.join(words)}",
            "write one of these words",
        )
        for column, words in WORDS.items()
    ]
    said = [
        RowRule((column,), lambda cells: cells.isna(), "no blank", "fill in the cell")
        for column in ("body", "place", "low", "high")
    ]
    return allowed + said

"""From settings and a table to the problem that is solved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.errors import SchemaError, SettingError
from conflictstats.models._formula import names_in, terms_of
from conflictstats.models.regression.design import Design
from conflictstats.models.regression.formula import Response, split
from conflictstats.models.regression.frame import (
    Builder,
    column,
    complete,
    levels_of,
    numbered,
    numbers,
    refuse,
)
from conflictstats.models.regression.laws import CountLaw, Law, NegBin, Poisson
from conflictstats.models.regression.newton import Problem
from conflictstats.models.regression.reports import Reports
from conflictstats.models.regression.zeros import Hurdle, Inflated
from conflictstats.numerics.likelihood import mechanisms
from conflictstats.numerics.likelihood.mechanisms import (
    DEFAULTS,
    Mechanism,
    Reading,
)
from conflictstats.numerics.likelihood.weighted import Elicited

if TYPE_CHECKING:
    from conflictstats.models.regression.model import CountRegression

POWERS = {"nb1": 1.0, "nb2": 2.0}
LARGEST = 1e15
"""Counts above this are not whole numbers any more for a computer."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A problem, and what is needed to make sense of its solution.

    Attributes
    ----------
    problem : Problem
        Law, designs and reports.
    levels : dict
        Levels of each factor.
    missing : ndarray of int
        Rows that were left out, by number.
    thinned : bool
        Whether every report is a number found so far.
    cluster : ndarray of int, optional
        Cluster of each row.
    """

    problem: Problem
    levels: dict[str, list[Any]]
    missing: IntArray
    thinned: bool
    cluster: IntArray | None


def law_of(model: CountRegression, *, dispersed: bool = True) -> Law:
    """Law of a model's settings, or its limit without dispersion."""
    counts: CountLaw = Poisson()
    if model.family != "poisson" and dispersed:
        counts = NegBin(POWERS.get(model.family, model.power))
    if model.zeros == "none":
        return counts
    return Hurdle(counts) if model.zeros == "hurdle" else Inflated(counts)


def builders(
    model: CountRegression, levels: dict[str, list[Any]] | None, frame: pd.DataFrame
) -> list[Builder]:
    """Makers of the count design and, where there is one, of the zero design."""
    right = split(model.formula)[1]
    sides = [right]
    if model.zeros != "none":
        sides.append((model.zero_formula or right).strip().removeprefix("~"))
    made = []
    for side in sides:
        terms = terms_of(side, trusted=model.trusted)
        own = levels_of(frame, terms) if levels is None else levels
        used = {factor.expr for term in terms for factor in term.factors}
        made.append(Builder(terms, {k: v for k, v in own.items() if k in used}))
    return made


def offset_of(model: CountRegression, frame: pd.DataFrame) -> FloatArray:
    """What is added to the log mean of each row."""
    offset = np.broadcast_to(np.zeros(1), len(frame))
    if model.offset is not None:
        offset = offset + numbers(frame, model.offset)
    if model.exposure is not None:
        exposed = numbers(frame, model.exposure)
        refuse(frame, exposed <= 0, f"exposure {model.exposure!r} is not above 0")
        offset = offset + np.log(exposed)
    refuse(frame, ~np.isfinite(offset), "the offset is not finite")
    return offset


def prepare(model: CountRegression, frame: pd.DataFrame) -> Prepared:
    """Check a table and make the problem from its complete rows."""
    response, right = split(model.formula)
    frame, missing = _complete_rows(model, numbered(frame), response, right)
    made = builders(model, None, frame)
    reading = _reading(model, frame, response)
    if model.zeros == "hurdle":
        _hold_hurdle(frame, reading)
    law = law_of(model)
    designs = [made[0].design(frame)]
    if "dispersion" in law.predictors:
        designs.append(Design.ones(len(frame), "dispersion"))
    designs += [builder.design(frame) for builder in made[1:]]
    weight = np.broadcast_to(np.ones(1), len(frame))
    if model.weights is not None:
        weight = numbers(frame, model.weights)
        refuse(frame, ~(weight > 0), f"weight {model.weights!r} is not above 0")
    problem = Problem(
        law,
        tuple(designs),
        offset_of(model, frame),
        weight,
        Reports.of(reading, model.found),
    )
    levels = {k: v for builder in made for k, v in builder.levels.items()}
    cluster = None
    if model.cluster is not None:
        cluster = pd.factorize(column(frame, model.cluster))[0]
    return Prepared(problem, levels, missing, bool(reading.thinned.all()), cluster)


def table_of(model: CountRegression) -> dict[str, Mechanism]:
    """Mechanism by qualifier: the defaults, then the user's."""
    table = dict(DEFAULTS)
    for word, name in model.mechanisms.items():
        allowed = [m.name.lower() for m in Mechanism]
        _check.one_of(name, allowed, f"mechanisms[{word!r}]")
        table[word] = Mechanism[name.upper()]
    return table


def _complete_rows(
    model: CountRegression, frame: pd.DataFrame, response: Response, right: str
) -> tuple[pd.DataFrame, IntArray]:
    """Rows that miss nothing the model needs, and the numbers of the others."""
    needed = [
        name
        for name in names_in(terms_of(right, trusted=model.trusted))
        if name in frame or not model.trusted
    ]
    if model.zeros != "none" and model.zero_formula is not None:
        zero = model.zero_formula.strip().removeprefix("~")
        needed += names_in(terms_of(zero, trusted=model.trusted))
    named = (model.offset, model.exposure, model.weights, model.cluster)
    kept = complete(frame, [*needed, *(name for name in named if name is not None)])
    kept &= _said(frame, response)
    if kept.all():
        return frame, np.empty(0, np.int64)
    if not kept.any():
        raise SchemaError(
            "every row misses something that the model needs; look for an empty column"
        )
    return frame[kept], np.flatnonzero(~kept)


def _hold_hurdle(frame: pd.DataFrame, reading: Reading) -> None:
    """Refuse what a hurdle cannot read."""
    none = reading.thinned & (reading.low == 0)
    if reading.report is not None:
        none = np.bincount(reading.report, none, len(frame)) > 0
    fault = "'none found so far' cannot be read by a hurdle; read it as coarsened"
    refuse(frame, none, fault)


def _said(frame: pd.DataFrame, response: Response) -> BoolArray:
    """Whether a row reports anything."""
    kept = ~column(frame, response.low).isna().to_numpy()
    if response.high != response.low:
        kept |= ~column(frame, response.high).isna().to_numpy()
    if response.qualifier is not None:
        kept &= ~column(frame, response.qualifier).isna().to_numpy()
    return kept


def _reading(
    model: CountRegression, frame: pd.DataFrame, response: Response
) -> Reading:
    """Reports as intervals of the count that was recorded."""
    low, high = numbers(frame, response.low), numbers(frame, response.high)
    if response.high != response.low:
        low = np.where(np.isnan(low), 0.0, low)
        high = np.where(np.isnan(high), np.inf, high)
    name = response.low if response.high == response.low else "low"
    whole = (low == np.floor(low)) & ((high == np.floor(high)) | np.isinf(high))
    bad = (low < 0) | ~whole | (low > LARGEST)
    refuse(frame, bad, f"{name!r} is not a whole count")
    refuse(frame, low > high, f"{response.low!r} is above {response.high!r}")
    if response.qualifier is None:
        table = table_of(model)
        if response.high == response.low and table["exact"] is Mechanism.EXACT:
            return Reading(low, high, np.broadcast_to(np.zeros(1, bool), low.shape))
        words = np.where(low == high, "exact", "range")
    else:
        words = column(frame, response.qualifier).to_numpy().astype(str)
    law = None
    if model.elicited is not None:
        law = Elicited(*(numbers(frame, each) for each in model.elicited))
    try:
        return mechanisms.read(low, high, words, table_of(model), law)
    except SettingError as error:
        raise SettingError(f"{error}; see mechanisms=") from error

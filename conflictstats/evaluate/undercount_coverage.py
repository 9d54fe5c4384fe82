"""Which method covers when: lists of populations of known size, and what is said."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from scipy import special

from conflictstats.models.undercount import Answer, LogLinearFit, UndercountStatus
from conflictstats.models.undercount.consistency import Answering
from conflictstats.panel import Lists
from conflictstats.simulate.listed_population import ListedPopulation

ENDS = ("estimate", "lower", "upper")
SAID = ("status", *ENDS)
SHARES = ("coverage", "coverage_lower", "coverage_upper")
ANSWERED = "ANSWERED"
"""In place of a status: all answers that are not refused."""
FAILED = "FAILED"
Z = float(special.ndtri(0.975))
"""Of the Monte Carlo errors."""


class Asked(Protocol):
    """A model that is fitted to lists, with ``rng`` or without."""

    @property
    def fit(self) -> Callable[..., Answering]:
        """What gives a fit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UndercountCoverage:
    """A population of known size, and methods that are asked for it: one cell.

    Attributes
    ----------
    name : str
        Name of the cell; the seeds of its replicates come from it.
    population : ListedPopulation
        What lists are drawn from.
    methods : sequence of (tuple of str, model)
        Models of :mod:`conflictstats.models.undercount`, each with the names of its
        answers: one, or two of a log-linear model, the best and the average.
    level : float
        Nominal coverage.

    Examples
    --------
    >>> from conflictstats.models.undercount import Heterogeneity
    >>> cell = UndercountCoverage(
    ...     name="example",
    ...     population=ListedPopulation(people=500, n_lists=5),
    ...     methods=[(("floor",), Heterogeneity())],
    ... )
    >>> row = cell.replicate(np.random.default_rng(1))
    >>> row["floor|status"], row["floor|lower"] < 500
    ('CONVERGED', True)
    """

    name: str
    population: ListedPopulation
    methods: Sequence[tuple[tuple[str, ...], Asked]]
    level: float = 0.9

    def replicate(self, rng: np.random.Generator) -> dict[str, float | str]:
        """Draw lists and ask every method once.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        dict
            ``n_observed``, people on one list at least, and for each method
            ``<method>|status``, ``|estimate``, ``|lower`` and ``|upper``, people.
        """
        lists = self.population.draw(rng)
        row: dict[str, float | str] = {"n_observed": lists.n_observed}
        for names, model in self.methods:
            answers = _answers(model, lists, rng, self.level)
            for name, answer in zip(names, answers, strict=False):
                row[f"{name}|status"] = answer.status.name
                row |= {f"{name}|{end}": getattr(answer, end) for end in ENDS}
        return row


def coverage_by_status(
    rows: pd.DataFrame, people: int, *, floors: Collection[str] = ()
) -> pd.DataFrame:
    """How often each method held the number of people, by how its answer ended.

    Parameters
    ----------
    rows : DataFrame
        Of many :meth:`UndercountCoverage.replicate`.
    people : int
        The number that is known.
    floors : collection of str
        Methods of which only the lower end is a claim.

    Returns
    -------
    DataFrame
        One row a ``method`` and ``status``, in one word ``said``: quiet (converged),
        warned, or refused. The status ``ANSWERED``, said all, is of all answers that
        are not refused. ``replicates``, all that there were; ``n`` of them with
        the status, of which some refusals have no ends; intervals that ``held`` the
        number, were ``below`` or ``above`` it; how many were ``right``, which held it
        or, of the floors, were not above it; ``coverage``, the share of these in those
        with ends, with its 95 % Wilson interval ``coverage_lower`` and
        ``coverage_upper``; ``ratio``, the median of estimate over people; ``width``,
        the median of upper over lower end; ``listed``, the mean share of people who
        are listed.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "n_observed": 60,
    ...         "A|status": ["CONVERGED", "CONVERGED", "NO_OVERLAP"],
    ...         "A|estimate": [100.0, 80.0, np.nan],
    ...         "A|lower": [90.0, 70.0, np.nan],
    ...         "A|upper": [120.0, 90.0, np.nan],
    ...     }
    ... )
    >>> told = coverage_by_status(rows, 100)
    >>> told[["status", "n", "held", "below", "coverage"]].values.tolist()[:2]
    [['ANSWERED', 2, 1, 1, 0.5], ['CONVERGED', 2, 1, 1, 0.5]]
    """
    found = []
    suffix = "|status"
    for column in rows.columns[rows.columns.str.endswith(suffix)]:
        method = column.removesuffix(suffix)
        said = rows[[f"{method}|{name}" for name in SAID]].set_axis(list(SAID), axis=1)
        said = said.assign(
            status=said["status"].fillna(FAILED), listed=rows["n_observed"] / people
        )
        answered = said[~said["status"].map(_refused)]
        parts = {ANSWERED: answered}
        parts |= {str(status): part for status, part in said.groupby("status")}
        for status, part in parts.items():
            head = {"method": method, "status": status, "said": _in_a_word(status)}
            counted = _counted(part, people, floor=method in floors)
            found.append({**head, "replicates": len(rows), **counted})
    return pd.DataFrame(found)


def pooled_coverage(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Put cells of a study together, each replicate with one voice.

    Parameters
    ----------
    table : DataFrame
        Rows of :func:`coverage_by_status` that do not overlap: those said all, or the
        others.
    by : sequence of str
        Columns whose values stay apart.

    Returns
    -------
    DataFrame
        ``by``; sums ``n`` and ``right``; ``coverage`` of those with ends, with its
        95 % Wilson interval; ``ratio``, the geometric mean over cells of the median of
        estimate over people.

    Examples
    --------
    >>> cells = pd.DataFrame({"method": "A", "n": [2, 6], "right": [2, 4]})
    >>> cells = cells.assign(held=[2, 4], below=[0, 2], above=0, ratio=[1.25, 0.8])
    >>> pooled_coverage(cells, ["method"])[["n", "coverage", "ratio"]].round(2)
       n  coverage  ratio
    0  8      0.75    1.0
    """
    rows = []
    for key, part in table.groupby(list(by), sort=False):
        total = part[["n", "right", "held", "below", "above"]].sum().astype(int)
        shares = _share(total["right"], total[["held", "below", "above"]].sum())
        rows.append(
            dict(zip(by, key, strict=True))
            | total[["n", "right"]].to_dict()
            | dict(zip(SHARES, shares, strict=True))
            | {"ratio": np.exp(np.log(part["ratio"]).mean())}
        )
    return pd.DataFrame(rows)


def _answers(
    model: Asked, lists: Lists, rng: np.random.Generator, level: float
) -> tuple[Answer, ...]:
    """What a model says of lists; two answers of log-linear models, refusals too."""
    draws = "rng" in inspect.signature(model.fit).parameters
    fit = model.fit(lists, rng=rng) if draws else model.fit(lists)
    if not isinstance(fit, LogLinearFit):
        return (fit.answer(level),)
    said = fit.answers(level)
    return said if len(said) > 1 else said * 2


def _refused(status: str) -> bool:
    """Whether there is no estimate."""
    return status == FAILED or UndercountStatus[status].refused


def _in_a_word(status: str) -> str:
    """What an answer with a status is worth."""
    if status == ANSWERED:
        return "all"
    if status == UndercountStatus.CONVERGED.name:
        return "quiet"
    return "refused" if _refused(status) else "warned"


def _counted(part: pd.DataFrame, people: int, *, floor: bool) -> dict[str, float]:
    """Numbers of the answers with one status."""
    lower, upper = part["lower"].to_numpy(float), part["upper"].to_numpy(float)
    ends = np.isfinite(lower)
    below, above = int((upper < people).sum()), int((lower > people).sum())
    held = int(ends.sum()) - below - above
    right = held + below if floor else held
    with np.errstate(divide="ignore"):
        width = upper[ends] / lower[ends]
    return {
        "n": len(part),
        "held": held,
        "below": below,
        "above": above,
        "right": right,
        **dict(zip(SHARES, _share(right, int(ends.sum())), strict=True)),
        "ratio": part["estimate"].median() / people,
        "width": float(np.median(width)) if ends.any() else np.nan,
        "listed": part["listed"].mean(),
    }


def _share(right: int, n: int) -> tuple[float, float, float]:
    """Share that is right, with Wilson's interval; nothing where there are none."""
    if not n:
        return np.nan, np.nan, np.nan
    share, wide = right / n, Z**2 / n
    middle = (share + wide / 2) / (1 + wide)
    half = np.sqrt(share * (1 - share) * wide + wide**2 / 4) / (1 + wide)
    return share, float(middle - half), float(middle + half)

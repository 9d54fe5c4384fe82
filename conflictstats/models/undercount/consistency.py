"""Does a method find what is known: each list as a population whose size we know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats.errors import SettingError
from conflictstats.models.undercount.answer import Answer
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.models.undercount.usable import usable
from conflictstats.panel import Lists
from conflictstats.panel.lists import FEWEST


class Answering(Protocol):
    """A fit that gives an answer."""

    def answer(self, level: float = 0.9) -> Answer:
        """Everybody, listed and unlisted."""


@dataclass(frozen=True, slots=True)
class InternalConsistency(Summarised):
    """How methods do on populations that are known: those of each list.

    Attributes
    ----------
    table : DataFrame
        One row a list and method: ``list``, ``method``, ``known`` (records on the
        list), ``seen`` (those of them that another list holds), ``estimate``,
        ``lower``, ``upper``, ``kind``, ``status``, ``covers`` (missing where there is
        no interval) and ``ratio``, estimate over known.
    level : float
        Nominal coverage.

    Examples
    --------
    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> found = cs.internal_consistency(lists, {"Chao": cs.ChaoFloor().fit})
    >>> found.table[["list", "known", "seen"]].values.tolist()[0]
    ['EXH', 1910, 779]
    """

    table: pd.DataFrame
    level: float

    def to_frame(self) -> pd.DataFrame:
        """One row a list and method.

        Returns
        -------
        DataFrame
            ``table``, copied.
        """
        return self.table.copy()

    def coverage(self) -> pd.DataFrame:
        """How often each method's interval held the known number.

        Returns
        -------
        DataFrame
            By ``method``: ``lists``, ``answered``, intervals that ``covered`` it, that
            were ``below`` it (as a floor is meant to be) and ``above``, and ``ratio``,
            the geometric mean of estimate over known. With as few populations as there
            are lists the share that is covered is rough.
        """
        rows = []
        for method, part in self.table.groupby("method", sort=False):
            answered = part[part["covers"].notna()]
            ratios = answered["ratio"].dropna().to_numpy(float)
            rows.append(
                {
                    "method": method,
                    "lists": len(part),
                    "answered": len(answered),
                    "covered": int(answered["covers"].sum()),
                    "below": int((answered["upper"] < answered["known"]).sum()),
                    "above": int((answered["lower"] > answered["known"]).sum()),
                    "ratio": np.exp(np.log(ratios).mean()) if len(ratios) else np.nan,
                }
            )
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Say how each method did.

        Returns
        -------
        str
            Several lines, without markup.
        """
        lines = [
            "each list as a population of known size, estimated from the other lists; "
            f"{self.level:.0%} intervals"
        ]
        for row in self.coverage().to_dict("records"):
            ratio, refused = row["ratio"], row["lists"] - row["answered"]
            found = "" if np.isnan(ratio) else f", estimate / known {ratio:.2f}"
            lines.append(
                f"{row['method']}: {row['covered']} of {row['answered']} intervals "
                f"hold the known number, {row['below']} are below it and "
                f"{row['above']} above{found}; refused {refused}"
            )
        return "\n".join(lines)


def internal_consistency(
    lists: Lists,
    methods: Mapping[str, Callable[[Lists], Answering]],
    *,
    level: float = 0.9,
) -> InternalConsistency:
    r"""Leave out each list in turn and estimate how many are on it from the others.

    The :math:`n_j` records of list :math:`j` are a population of known size. The other
    lists hold some of them; those that no other list holds are what a method has to
    find:

    .. math:: \{f_{x, x_j = 1}\}_{x_{-j} \ne 0} \;\to\; \hat n_j
              \quad\text{against}\quad n_j

    A method that fails here has been caught; one that passes has not been proved right:
    people on a list may be easier to find than others, dependence with list :math:`j`
    itself cannot show, and there are only as many tests as lists, which share records.

    Parameters
    ----------
    lists : Lists
        Records by combination of three lists or more; strata are put together.
    methods : mapping of str to callable
        By name, what gives a fit for lists: the ``fit`` of a model, or
        ``functools.partial(model.fit, rng=rng)`` where it draws.
    level : float
        Nominal coverage.

    Returns
    -------
    InternalConsistency
        A row for each list and method; lists that share nobody with list :math:`j` are
        dropped, and what a method refuses is a row with its status.

    Raises
    ------
    SettingError
        If there are fewer than three lists, no method, or ``level`` is not strictly
        between 0 and 1.

    References
    ----------
    .. [1] Hook, E. B. and Regal, R. R. (2000). Accuracy of alternative approaches to
       capture-recapture estimates of disease frequency: internal validity analysis of
       data from five sources. *American Journal of Epidemiology* 152(8), 771-779.
       https://doi.org/10.1093/aje/152.8.771

    Examples
    --------
    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> found = cs.internal_consistency(lists, {"Chao": cs.ChaoFloor().fit})
    >>> found.coverage()[["method", "lists", "answered"]].values.tolist()
    [['Chao', 4, 4]]
    """
    _check.level(level)
    if lists.n_lists <= FEWEST:
        raise SettingError(
            f"leaving a list out needs three lists at least, got {lists.n_lists}"
        )
    if not methods:
        raise SettingError("methods is empty: give one by name, such as a model's fit")
    whole, rows = lists.pooled(), []
    for name in lists.names:
        known = whole.sizes[name]
        others, status = usable(_others(whole, name), overlap=False)
        for method, fit in methods.items():
            if status.refused:
                answer = _refused(method, others, status, level)
            else:
                answer = fit(others).answer(level)
            rows.append((name, method, known, *_row(answer, known)))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return InternalConsistency(table.astype({"covers": "boolean"}), level)


COLUMNS = (
    "list",
    "method",
    "known",
    "seen",
    "estimate",
    "lower",
    "upper",
    "kind",
    "status",
    "covers",
    "ratio",
)


def _others(lists: Lists, name: str) -> Lists:
    """Records of one list as the other lists hold them."""
    at = lists.names.index(name)
    on = lists.patterns[:, at]
    patterns = np.delete(lists.patterns[on], at, axis=1)
    listed = patterns.any(axis=1)
    counts = lists.counts[:, on][:, listed]
    return replace(
        lists,
        names=lists.names[:at] + lists.names[at + 1 :],
        patterns=patterns[listed],
        counts=counts,
        unplaced=np.zeros(counts.shape[1], np.int64),
    )


def _refused(
    method: str, lists: Lists, status: UndercountStatus, level: float
) -> Answer:
    """An answer where too few other lists share somebody with the one left out."""
    return Answer.refused(
        method, lists.n_observed, status, assumptions="none", level=level
    )


def _row(answer: Answer, known: int) -> tuple[object, ...]:
    """What an answer says, beside what is known."""
    covers = None
    if not answer.status.refused:
        covers = bool(answer.lower <= known <= answer.upper)
    return (
        answer.n_observed,
        answer.estimate,
        answer.lower,
        answer.upper,
        answer.kind,
        answer.status.name,
        covers,
        answer.estimate / known if known else np.nan,
    )

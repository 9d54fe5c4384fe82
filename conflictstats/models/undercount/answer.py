"""One estimate of all, listed and unlisted, and what it takes to believe it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from conflictstats.models.undercount.status import UndercountStatus

Kind = Literal["confidence", "credible", "range", "floor"]
COLUMNS = (
    "method",
    "estimate",
    "lower",
    "upper",
    "level",
    "kind",
    "status",
    "assumptions",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one method says of one table, in the same words as every other.

    Attributes
    ----------
    method : str
        Its name, as figures shall say it.
    n_observed : int
        Records on one list at least.
    estimate, lower, upper : float
        All, listed and unlisted, people; not a number where it is refused, infinite
        where there is no upper end.
    level : float
        Nominal coverage.
    kind : {"confidence", "credible", "range", "floor"}
        What the interval is. A range is of models and has no coverage; a floor is a
        lower bound under its assumptions.
    status : UndercountStatus
        How it ended; the value is the sentence.
    assumptions : str
        What must be believed, in words; it stands wherever the number does.
    diagnostics : mapping of str to float
        Numbers that say how well it went, by name.

    Examples
    --------
    >>> said = Answer(
    ...     method="Chao",
    ...     n_observed=4400,
    ...     estimate=8802.9,
    ...     lower=8400.0,
    ...     upper=9200.0,
    ...     level=0.9,
    ...     kind="floor",
    ...     status=UndercountStatus.CONVERGED,
    ...     assumptions="people differ in how easily they are listed",
    ... )
    >>> round(said.unlisted)
    4403
    """

    method: str
    n_observed: int
    estimate: float
    lower: float
    upper: float
    level: float
    kind: Kind
    status: UndercountStatus
    assumptions: str
    diagnostics: Mapping[str, float] = field(default_factory=dict)

    @property
    def unlisted(self) -> float:
        """Estimated number of people on no list."""
        return self.estimate - self.n_observed

    @classmethod
    def refused(
        cls,
        method: str,
        n_observed: int,
        status: UndercountStatus,
        *,
        assumptions: str,
        level: float,
        diagnostics: Mapping[str, float] | None = None,
    ) -> Answer:
        """An answer without an estimate, with the reason.

        Parameters
        ----------
        method : str
            Name of the method.
        n_observed : int
            Records on one list at least.
        status : UndercountStatus
            Why there is none.
        assumptions : str
            What would have been assumed.
        level : float
            Nominal coverage that was asked for.
        diagnostics : mapping of str to float, optional
            Numbers that say why.

        Returns
        -------
        Answer
            Whose estimate is not a number.

        Examples
        --------
        >>> why = UndercountStatus.NO_OVERLAP
        >>> said = Answer.refused("Chao", 12, why, assumptions="none", level=0.9)
        >>> said.status.refused, said.estimate
        (True, nan)
        """
        return cls(
            method=method,
            n_observed=n_observed,
            estimate=np.nan,
            lower=np.nan,
            upper=np.nan,
            level=level,
            kind="range",
            status=status,
            assumptions=assumptions,
            diagnostics=diagnostics or {},
        )


def answers_frame(answers: Iterable[Answer]) -> pd.DataFrame:
    """Answers of several methods, one a row.

    Parameters
    ----------
    answers : iterable of Answer
        What they say.

    Returns
    -------
    DataFrame
        Columns ``method, estimate, lower, upper, level, kind, status, assumptions``;
        ``status`` by name.

    Examples
    --------
    >>> why = UndercountStatus.NO_OVERLAP
    >>> said = Answer.refused("Chao", 12, why, assumptions="none", level=0.9)
    >>> answers_frame([said])["status"].tolist()
    ['NO_OVERLAP']
    """
    rows = [
        (
            each.method,
            each.estimate,
            each.lower,
            each.upper,
            each.level,
            each.kind,
            each.status.name,
            each.assumptions,
        )
        for each in answers
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))

"""Several answers to one table, side by side, and what each must believe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from conflictstats._summarised import Summarised
from conflictstats.models.undercount.answer import Answer, answers_frame

UNLISTED_ODDS = "odds_ratio"
"""Column of the odds ratio of the highest order that an answer implies."""


@dataclass(frozen=True, slots=True)
class Comparison(Summarised):
    r"""What all methods say of one table of lists.

    The data identify nobody's number: each method reaches one by something that must be
    believed. ``curve`` says it in one currency, the odds ratio of the highest order
    :math:`\xi`, which the data leave wholly open.

    Attributes
    ----------
    n_observed, n_lists : int
        Records on one list at least, and lists.
    answers : tuple of Answer
        What each method says, refusals too.
    curve : DataFrame
        ``odds_ratio``, ``estimate``, ``lower`` and ``upper``: everybody, by the value
        of :math:`\xi`, people; empty where the lists are too many or a cell is empty.
    implied : tuple of float
        The :math:`\xi` of each answer; not a number where there is none.

    Examples
    --------
    >>> from conflictstats.models.undercount import UndercountStatus
    >>> said = Answer(
    ...     method="Chao",
    ...     n_observed=110,
    ...     estimate=200.0,
    ...     lower=150.0,
    ...     upper=300.0,
    ...     level=0.9,
    ...     kind="floor",
    ...     status=UndercountStatus.CONVERGED,
    ...     assumptions="lists are independent",
    ... )
    >>> print(Comparison(110, 2, (said,), pd.DataFrame(), (1.0,)).summary())
    110 on one list or more of 2
    Chao: at least 200 [150, 300]
      assumes: lists are independent; odds ratio of the highest order 1
    """

    n_observed: int
    n_lists: int
    answers: tuple[Answer, ...]
    curve: pd.DataFrame
    implied: tuple[float, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row an answer, with the odds ratio that it implies.

        Returns
        -------
        DataFrame
            The columns of :func:`conflictstats.answers_frame`, and ``odds_ratio``.
        """
        frame = answers_frame(self.answers)
        return frame.assign(**{UNLISTED_ODDS: np.array(self.implied, float)})

    def summary(self) -> str:
        """Say all answers, each with what it assumes.

        Returns
        -------
        str
            Several lines, without markup.
        """
        lines = [f"{self.n_observed:,} on one list or more of {self.n_lists}"]
        for answer, implied in zip(self.answers, self.implied, strict=True):
            lines.append(f"{answer.method}: {said(answer)}")
            believed = f"  assumes: {answer.assumptions}"
            if np.isfinite(implied):
                believed += f"; odds ratio of the highest order {implied:.3g}"
            lines.append(believed)
        return "\n".join(lines)


def said(answer: Answer) -> str:
    """An answer in one line: number, interval, and why where there is none.

    Parameters
    ----------
    answer : Answer
        What a method says.

    Returns
    -------
    str
        Without its name and its assumptions.

    Examples
    --------
    >>> from conflictstats.models.undercount import UndercountStatus
    >>> why = UndercountStatus.TOO_FEW_LISTS
    >>> said(Answer.refused("Chao", 9, why, assumptions="none", level=0.9))
    'refused: fewer lists than the method needs'
    """
    if answer.status.refused and not np.isfinite(answer.lower):
        return answer.status.value
    ends = f"[{answer.lower:,.0f}, {answer.upper:,.0f}]".replace("inf", "no end")
    if not np.isfinite(answer.estimate) and np.isinf(answer.upper):
        ends = f"at least {answer.lower:,.0f}"
    least = "at least " if answer.kind == "floor" else ""
    point = f"{least}{answer.estimate:,.0f} " if np.isfinite(answer.estimate) else ""
    why = "" if answer.status.name == "CONVERGED" else f"; {answer.status.value}"
    return f"{point}{ends}{why}"

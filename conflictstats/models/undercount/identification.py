"""What the data leave open: the odds ratio of all lists, and what answers say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models.undercount.answer import Answer
from conflictstats.models.undercount.estimate import UnlistedFit
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.models.undercount.usable import usable
from conflictstats.numerics.highest_order import log_unlisted, signs
from conflictstats.panel import Lists
from conflictstats.panel.lists import FEWEST, MOST_FULL

ENDS = ("estimate", "lower", "upper")
IMPLIED = (
    "method",
    *ENDS,
    "odds_ratio",
    "odds_ratio_lower",
    "odds_ratio_upper",
    "words",
)
DEFAULT_ODDS_RATIOS = tuple(float(xi) for xi in 2.0 ** np.arange(-3, 3.25, 0.25))
WIDEST = float(np.log(10.0)) ** 2
"""Variance of the logarithm from which the cells hold too little: a factor of 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedOddsRatio:
    r"""Everybody, for a stated odds ratio of all lists at once.

    With :math:`p_x` the share of people with the combination :math:`x` of lists,

    .. math::
        \xi = \prod_{|x|\ \text{odd}} p_x \Big/ \prod_{|x|\ \text{even}} p_x,
        \qquad
        \hat n_0 = \frac1\xi \prod_{|x|\ \text{odd}} f_x \Big/
                   \prod_{|x|\ \text{even},\, x \ne 0} f_x

    where :math:`\xi` includes the people on no list. The records say nothing of it:
    whatever they are, any :math:`\xi > 0` fits them exactly. At 1 there is no
    interaction of the highest order, as log-linear models suppose. For two lists
    :math:`1 / \xi` is their odds ratio, and 1 gives Lincoln and Petersen's estimate.
    For three it is how many times larger the odds ratio of two lists is among those on
    the third than among those not on it; for four, that factor off the fourth list over
    that on it.

    Every cell but that of the unlisted must hold somebody. With few records in the
    cells the number says little, and above a standard error of a factor of ten it is
    refused: ask :func:`odds_ratio_subsets`, or :class:`UncertainOddsRatio` with a
    prior.

    Attributes
    ----------
    odds_ratio : float
        The stated :math:`\xi`.

    References
    ----------
    .. [1] Aleshin-Guendel, S., Sadinle, M. and Wakefield, J. (2024). The central role
       of the identifying assumption in population size estimation. *Biometrics* 80(1),
       ujad028. https://doi.org/10.1093/biomtc/ujad028

    Examples
    --------
    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> round(cs.FixedOddsRatio().fit(lists).answer().estimate)
    16942
    >>> round(cs.FixedOddsRatio(odds_ratio=2.0).fit(lists).answer().estimate)
    10671
    """

    odds_ratio: float = 1.0

    def __post_init__(self) -> None:
        """Refuse an odds ratio that is none."""
        _check.positive(self.odds_ratio, "odds_ratio")

    def fit(self, lists: Lists) -> UnlistedFit:
        """Estimate how many are on no list.

        Parameters
        ----------
        lists : Lists
            Records by combination of lists; strata are put together.

        Returns
        -------
        UnlistedFit
            The number at the stated odds ratio. Its standard error is of the records
            alone: it knows nothing of another odds ratio.
        """
        return self._at(*carried(lists))

    def _at(
        self, lists: Lists, status: UndercountStatus, diagnostics: dict[str, float]
    ) -> UnlistedFit:
        """The number from what a table carries."""
        unlisted = std_err = np.nan
        if not status.refused:
            value, variance = log_unlisted(lists.full().astype(float))
            unlisted = float(np.exp(value)) / self.odds_ratio
            std_err = float(np.sqrt(unlisted + unlisted**2 * variance))
        return UnlistedFit(
            model=self,
            method=f"odds ratio of all lists {self.odds_ratio:g}",
            n_observed=lists.n_observed,
            unlisted=unlisted,
            std_err=std_err,
            kind="confidence",
            status=status,
            assumptions=in_words(self.odds_ratio, lists.names),
            diagnostics=diagnostics,
        )


def carried(lists: Lists) -> tuple[Lists, UndercountStatus, dict[str, float]]:
    """Whether the cells carry a product over all of them.

    Parameters
    ----------
    lists : Lists
        Records by combination of lists.

    Returns
    -------
    Lists
        Those that hold somebody.
    UndercountStatus
        ``CONVERGED``, or why there is no product.
    dict of str to float
        ``empty_odd`` and ``empty_even``: cells on an odd and an even number of lists
        without a record; ``log_std_err`` of the number on no list.

    Examples
    --------
    >>> from conflictstats.panel import lists_of_cells
    >>> cells = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [60, 30, 20]})
    >>> _, status, numbers = carried(lists_of_cells(cells, ["A", "B"]))
    >>> status.name, round(numbers["log_std_err"] ** 2, 6)
    ('CONVERGED', 0.1)
    """
    lists, status = usable(lists, most=MOST_FULL)
    if status.refused:
        return lists, status, {}
    full = lists.full()
    empty = (full == 0) * signs(len(full))
    numbers = {
        "empty_odd": float((empty > 0).sum()),
        "empty_even": float((empty < 0).sum()),
    }
    variance = float((1 / np.maximum(full[1:], 1)).sum())
    if variance > WIDEST:
        return lists, UndercountStatus.TOO_SPARSE, numbers
    if empty.any():
        return lists, UndercountStatus.EMPTY_CELL, numbers
    return lists, status, numbers | {"log_std_err": float(np.sqrt(variance))}


def odds_ratio_curve(
    lists: Lists,
    odds_ratios: Sequence[float] = DEFAULT_ODDS_RATIOS,
    level: float = 0.9,
) -> pd.DataFrame:
    r"""Everybody as a function of the odds ratio of all lists, which no record tells.

    Parameters
    ----------
    lists : Lists
        Records by combination of lists; strata are put together.
    odds_ratios : sequence of float
        Values of :math:`\xi` (:class:`FixedOddsRatio`); 1/8 to 8 if not given.
    level : float
        Nominal coverage of the interval at each value.

    Returns
    -------
    DataFrame
        ``odds_ratio``, ``estimate``, ``lower`` and ``upper``, people; without rows
        where :class:`FixedOddsRatio` is refused.

    Raises
    ------
    SettingError
        If an odds ratio is not above 0, or ``level`` not strictly between 0 and 1.

    Examples
    --------
    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> curve = cs.odds_ratio_curve(lists, [0.5, 1, 2])
    >>> curve["estimate"].round().tolist()
    [29484.0, 16942.0, 10671.0]
    """
    rows, carries = [], carried(lists)
    for odds_ratio in odds_ratios:
        answer = FixedOddsRatio(odds_ratio=odds_ratio)._at(*carries).answer(level)
        if not answer.status.refused:
            rows.append((odds_ratio, answer.estimate, answer.lower, answer.upper))
    return pd.DataFrame(rows, columns=["odds_ratio", *ENDS])


def implied_odds_ratios(lists: Lists, answers: Iterable[Answer]) -> pd.DataFrame:
    r"""What each answer says of the odds ratio of all lists, in numbers and in words.

    .. math:: \xi(\hat N) = \hat n_0(1) / (\hat N - n)

    for :math:`\hat n_0(1)` the number on no list at :math:`\xi = 1`
    (:class:`FixedOddsRatio`). It is taken at the records as they are.

    Parameters
    ----------
    lists : Lists
        Records by combination of lists; strata are put together.
    answers : iterable of Answer
        What methods say of the same records.

    Returns
    -------
    DataFrame
        One row an answer: ``method``, ``estimate``, ``lower``, ``upper``,
        ``odds_ratio``, its least and greatest over the interval
        ``odds_ratio_lower`` and ``odds_ratio_upper``, and ``words``. Numbers are
        missing and words say why where the product cannot be taken or the answer has no
        number.

    Examples
    --------
    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> table = cs.implied_odds_ratios(lists, [cs.ChaoFloor().fit(lists).answer()])
    >>> round(table["odds_ratio"].item(), 2)
    2.85
    """
    held, status, _ = carried(lists)
    at_one = np.nan
    if not status.refused:
        at_one = float(np.exp(log_unlisted(held.full().astype(float))[0]))
    rows = []
    for answer in answers:
        ends = np.array([answer.estimate, answer.upper, answer.lower])
        unlisted = np.maximum(ends - held.n_observed, 0.0)
        implied = np.full(3, np.inf)
        np.divide(at_one, unlisted, out=implied, where=unlisted != 0)
        words = status.value if status.refused else _believe(answer, implied, held)
        told = (answer.method, answer.estimate, answer.lower, answer.upper)
        rows.append((*told, *map(float, implied), words))
    return pd.DataFrame(rows, columns=list(IMPLIED))


def odds_ratio_subsets(
    lists: Lists, size: int = 3, odds_ratio: float = 1.0, level: float = 0.9
) -> pd.DataFrame:
    r"""Everybody from every few of the lists, where the whole table is too sparse.

    Each row takes :class:`FixedOddsRatio` to be true of its lists alone, which is
    another assumption in each row. They all estimate the same people; rows that differ
    by more than their intervals contradict each other.

    Parameters
    ----------
    lists : Lists
        Records by combination of lists; strata are put together.
    size : int
        Lists in each subset, 2 or more; pairs at the odds ratio 1 are Lincoln and
        Petersen's.
    odds_ratio : float
        The odds ratio that is stated of each subset.
    level : float
        Nominal coverage.

    Returns
    -------
    DataFrame
        One row a subset: ``lists``, ``n_observed`` by these, ``estimate``, ``lower``,
        ``upper`` and ``status`` (``BELOW_LISTED`` where all lists hold more).

    Raises
    ------
    SettingError
        If ``size`` is below 2 or above the number of lists.

    Examples
    --------
    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> pairs = cs.odds_ratio_subsets(lists, size=2)
    >>> pairs["estimate"].agg(["min", "max"]).round().tolist()
    [5462.0, 9691.0]
    """
    if not FEWEST <= size <= lists.n_lists:
        raise SettingError(
            f"size must be {FEWEST} to {lists.n_lists}, the number of lists; got {size}"
        )
    model, rows = FixedOddsRatio(odds_ratio=odds_ratio), []
    for names in combinations(lists.names, size):
        few = lists.of_lists(names)
        answer = model.fit(few).answer(level)
        status = answer.status
        if answer.estimate < lists.n_observed:
            status = UndercountStatus.BELOW_LISTED
        ends = (answer.estimate, answer.lower, answer.upper)
        rows.append((" & ".join(names), few.n_observed, *ends, status.name))
    return pd.DataFrame(rows, columns=["lists", "n_observed", *ENDS, "status"])


def in_words(odds_ratio: float, names: Sequence[str], at: str = "") -> str:
    """What an odds ratio of all lists says of them.

    Parameters
    ----------
    odds_ratio : float
        The odds ratio.
    names : sequence of str
        The lists.
    at : str
        Said before the number, such as ``"at most "``.

    Returns
    -------
    str
        A sentence without its full stop.

    Examples
    --------
    >>> in_words(0.5, ["A", "B"])
    'being on A multiplies the odds of being on B by 2'
    """
    first, second = names[:2]
    if len(names) == 2:
        at = {"at most ": "at least ", "at least ": "at most "}.get(at, at)
        inverse = 1 / odds_ratio if odds_ratio else np.inf
        return (
            f"being on {first} multiplies the odds of being on {second} by "
            f"{at}{inverse:.3g}"
        )
    pair, number = f"the odds ratio of {first} and {second}", f"{odds_ratio:.3g}"
    times = at if number == "1" else f"{at}{number} times "
    if len(names) == 3:
        return (
            f"{pair} is {times}as large among those on {names[2]} as among the others"
        )
    if len(names) == 4:
        return (
            f"being on {names[2]} multiplies {pair} {times}as much among those not on "
            f"{names[3]} as among those on it"
        )
    return f"the odds ratio of all {len(names)} lists is {at}{number}"


def _believe(answer: Answer, implied: FloatArray, lists: Lists) -> str:
    """What an answer must believe of the odds ratio of all lists."""
    if np.isfinite(answer.estimate):
        more, at = (" or more", "at most ") if answer.kind == "floor" else ("", "")
        words = in_words(float(implied[0]), lists.names, at)
        return f"to believe {answer.estimate:,.0f}{more} you must believe that {words}"
    if not np.isfinite(answer.lower):
        return answer.status.value
    words = in_words(float(implied[2]), lists.names, "at most ")
    said = f"to believe {answer.lower:,.0f} or more you must believe that {words}"
    if np.isfinite(answer.upper):
        words = in_words(float(implied[1]), lists.names, "at least ")
        said += f"; for {answer.upper:,.0f} or fewer, that {words}"
    return said

"""Civilians killed, beside the women and children among them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import pandas as pd
from scipy.stats import nbinom

from conflictstats import _check
from conflictstats.errors import SettingError
from conflictstats.provenance import Table
from conflictstats.quantity import Reported
from conflictstats.quantity.coding import read_coded

MEASURES = {
    "killed_civilian": "civilians",
    "killed_women": "women",
    "killed_children": "children",
}
SERIES = ["source_org", "place", "period_start", "period_end", "kind", "url"]
ROW = (
    "civilians",
    "low",
    "high",
    "women_children",
    "women_children_low",
    "women_children_high",
    "at_least",
    "lower",
    "upper",
    "status",
)
TIE = 1e-12  # a tail of just the asked size is allowed, whatever the last bit says
ASSUMPTION = (
    "Assumed: civilian men are killed as often as civilian women and children, for "
    "their numbers ({low:.0%} to {high:.0%} women and children); each death is a draw "
    "of its own. Families die together, so the interval is too short."
)


class WomenChildrenStatus(Enum):
    """What women and children say of a civilian total; the value is the sentence."""

    AGREES = "the total is one that the women and children among it allow"
    MORE_MEN = (
        "more men among the civilians than the assumption allows: men were more "
        "exposed, men who fought are counted as civilians, or women and children are "
        "counted less fully"
    )
    FEWER_MEN = (
        "fewer men among the civilians than the assumption allows: men were less "
        "exposed, or civilian men are counted as fighters or not at all"
    )
    CONTRADICTED = (
        "more women and children than civilians: one of the counts is of something else"
    )


@dataclass(frozen=True, slots=True)
class WomenChildrenCheck:
    """A civilian total beside the one that its women and children imply.

    Attributes
    ----------
    civilians, women_children : Reported
        What was reported, people.
    lower, upper : float
        Civilian totals that the women and children allow under the assumption, people.
    population_share : tuple of float
        Least and largest share of women and children in the population at risk.
    level : float
        Nominal coverage of ``lower`` to ``upper``.
    status : WomenChildrenStatus
        What follows; the value is the sentence.

    Examples
    --------
    >>> found = check_women_children(
    ...     Reported.exactly(100),
    ...     Reported.exactly(75),
    ...     population_share=(0.7, 0.8),
    ... )
    >>> found.at_least, found.status.name
    (100.0, 'AGREES')
    """

    civilians: Reported
    women_children: Reported
    lower: float
    upper: float
    population_share: tuple[float, float]
    level: float
    status: WomenChildrenStatus

    @property
    def at_least(self) -> float:
        """Civilians killed at least, people: women and children are civilians here."""
        return float(max(self.civilians.low, self.women_children.low))

    @property
    def assumption(self) -> str:
        """The sentence that must stand beside ``lower`` and ``upper``."""
        low, high = self.population_share
        return ASSUMPTION.format(low=low, high=high)

    def summary(self) -> str:
        """Say what was compared, what follows, and under which assumption.

        Returns
        -------
        str
            Several lines, without markup.

        Examples
        --------
        >>> said = Reported.exactly(40)
        >>> found = check_women_children(
        ...     Reported.exactly(30), said, population_share=(0.7, 0.8)
        ... )
        >>> print(found.summary().splitlines()[0])
        civilians reported: 30; women and children among them: 40
        """
        implied = f"{self.lower:,.0f} to {self.upper:,.0f}"
        return "\n".join(
            [
                f"civilians reported: {self.civilians}; women and children among them: "
                f"{self.women_children}",
                f"implied by them: {implied} civilians, level {self.level:g}",
                self.status.value,
                self.assumption,
            ]
        )


def check_women_children(
    civilians: Reported,
    women_children: Reported,
    *,
    population_share: tuple[float, float],
    level: float = 0.9,
) -> WomenChildrenCheck:
    r"""Compare a civilian total with the one that its women and children imply.

    Use it as a check, never as an estimate: were civilian men killed as often as
    civilian women and children, these would be a part :math:`f` of the dead as they
    are of the living. It cannot tell apart why men are more or fewer.

    .. math:: W + C \sim \operatorname{Bin}(N, f)

    Totals :math:`N` are allowed if neither tail of that law is below half of what
    ``level`` leaves, for some :math:`f` of the range. Without any assumption
    :math:`N \ge W + C`.

    Parameters
    ----------
    civilians : Reported
        Civilians killed, people.
    women_children : Reported
        Women and children among them, people; the sum of both, where told apart.
    population_share : tuple of float
        Least and largest share :math:`f` of women and children in the population at
        risk, strictly between 0 and 1. Say where it is from.
    level : float
        Nominal coverage.

    Returns
    -------
    WomenChildrenCheck
        The implied interval, what follows, and the assumption as a sentence.

    Raises
    ------
    SettingError
        If the level or the shares are out of range, or the shares out of order.

    References
    ----------
    .. [1] Hicks, M. H.-R. and Spagat, M. (2008). The Dirty War Index: a public health
       and human rights tool for examining and monitoring armed conflict outcomes.
       *PLoS Medicine* 5(12), e243. https://doi.org/10.1371/journal.pmed.0050243
    .. [2] Hicks, M. H.-R., Dardagan, H., Guerrero Serdan, G., Bagnall, P. M., Sloboda,
       J. A. and Spagat, M. (2011). Violent deaths of Iraqi civilians, 2003-2008.
       *PLoS Medicine* 8(2), e1000415. https://doi.org/10.1371/journal.pmed.1000415

    Examples
    --------
    Of 1,089 civilians 304 were children and 213 women, in a population of which they
    are at least two thirds:

    >>> found = check_women_children(
    ...     Reported.exactly(1089),
    ...     Reported.exactly(304) + Reported.exactly(213),
    ...     population_share=(0.67, 0.81),
    ... )
    >>> found.status.name, found.at_least
    ('MORE_MEN', 1089.0)
    """
    _check.level(level)
    low, high = population_share
    if not 0 < low <= high < 1:
        raise SettingError(
            "population_share must be two shares in order, strictly between 0 and 1; "
            f"got {population_share!r}"
        )
    tail = (1 - level) / 2
    lower = _fewest(women_children.low, high, tail)
    upper = _most(women_children.high, low, tail)
    status = _status(civilians, women_children, lower, upper)
    return WomenChildrenCheck(
        civilians, women_children, lower, upper, population_share, level, status
    )


def women_children_frame(
    reports: Table | pd.DataFrame,
    *,
    population_share: tuple[float, float],
    level: float = 0.9,
) -> pd.DataFrame:
    """Check every civilian total that stands beside its women and children.

    The three numbers are taken together only from one page, one body, one place and
    one period. Where a page gives several civilian totals for these (by perpetrator,
    say), the largest is taken: it holds the others.

    Parameters
    ----------
    reports : Table or DataFrame
        Coded reports, as :func:`conflictstats.load_nw_syria_reports` gives them.
    population_share : tuple of float
        As in :func:`check_women_children`.
    level : float
        Nominal coverage.

    Returns
    -------
    DataFrame
        One row a page, body, place and period, by body and end of the period:
        ``source_org, place, period_start, period_end, kind, url``; ``civilians`` in
        words, from ``low`` to ``high``; ``women_children`` in words, and
        ``women_children_low`` and ``women_children_high``; ``at_least``, civilians
        killed at least; ``lower`` and ``upper``, civilians implied under the
        assumption, people; and ``status``. The assumption is in ``attrs``.

    Examples
    --------
    >>> from conflictstats import load_nw_syria_reports
    >>> found = women_children_frame(
    ...     load_nw_syria_reports(), population_share=(0.67, 0.81)
    ... )
    >>> len(found), (found["status"] == "CONTRADICTED").sum().item()
    (27, 0)
    """
    frame = reports.frame if isinstance(reports, Table) else reports
    told = frame[frame["measure"].isin([*MEASURES])]
    kinds = told.groupby(SERIES, dropna=False)["measure"].transform("nunique")
    rows = []
    for key, group in told[kinds == len(MEASURES)].groupby(SERIES, dropna=False):
        said = {
            name: group[group["measure"] == code] for code, name in MEASURES.items()
        }
        counts = {name: _largest(part) for name, part in said.items()}
        found = check_women_children(
            counts["civilians"],
            counts["women"] + counts["children"],
            population_share=population_share,
            level=level,
        )
        rows.append(dict(zip(SERIES, key, strict=True)) | _row(found))
    table = pd.DataFrame(rows, columns=[*SERIES, *ROW])
    table = table.sort_values(["source_org", "period_end"], ignore_index=True)
    low, high = population_share
    table.attrs["assumption"] = ASSUMPTION.format(low=low, high=high)
    return table


def _row(found: WomenChildrenCheck) -> dict[str, object]:
    """A check as a row of the table."""
    values = (
        str(found.civilians),
        found.civilians.low,
        found.civilians.high,
        str(found.women_children),
        found.women_children.low,
        found.women_children.high,
        found.at_least,
        found.lower,
        found.upper,
        found.status.name,
    )
    return dict(zip(ROW, values, strict=True))


def _largest(rows: pd.DataFrame) -> Reported:
    """The report of the largest number among rows of one measure."""
    largest = rows[["value_low", "value_high"]].max(axis=1).to_numpy().argmax()
    row = rows.iloc[largest]
    return read_coded(
        str(row["qualifier"]), float(row["value_low"]), float(row["value_high"])
    )


def _fewest(dead: float, share: float, tail: float) -> float:
    """Smallest total of which so many dead are not in the upper tail."""
    return dead + float(nbinom.ppf(tail - TIE, dead, share)) if dead else 0.0


def _most(dead: float, share: float, tail: float) -> float:
    """Largest total of which so few dead are not in the lower tail."""
    if math.isinf(dead):
        return math.inf
    return dead + float(nbinom.ppf(1 - tail + TIE, dead + 1, share))


def _status(
    civilians: Reported, women_children: Reported, lower: float, upper: float
) -> WomenChildrenStatus:
    """What follows from the implied interval."""
    if civilians.high < women_children.low:
        return WomenChildrenStatus.CONTRADICTED
    if civilians.low > upper:
        return WomenChildrenStatus.MORE_MEN
    if civilians.high < lower:
        return WomenChildrenStatus.FEWER_MEN
    return WomenChildrenStatus.AGREES

"""What reported totals, parts and shares leave open, taken together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats._summarised import Summarised
from conflictstats.errors import ContradictionError, SettingError
from conflictstats.models.civilian_share.limits import Limits, Scope, scopes_of
from conflictstats.panel.statements import (
    CIVILIANS,
    Measures,
    statements_of_reports,
)
from conflictstats.provenance import Table

ENDS = ("lower", "upper")


class ReportedShareStatus(Enum):
    """How far the statements go; the value is the sentence for people."""

    BOUNDED = "every number has a limit on both sides"
    OPEN = "some number has no upper limit: no statement gives one"
    CONTRADICTED = (
        "some body's statements contradict each other; it has no range, "
        "and conflicts names the statements"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedShares:
    r"""Range of a total, of a part and of its share that all statements allow.

    "Over 1,500 in all, more than half of them civilians" limits the civilians too.
    With a part :math:`c_i` and a rest :math:`k_i` in every piece :math:`i` of place
    and time, statements are linear in :math:`x = (c, k) \ge 0`:

    .. math:: \text{low} \le \sum_{i \in S} (c_i + k_i) \le \text{high}, \qquad
              \text{low} \le \sum_{i \in S} c_i \le \text{high}, \qquad
              l \sum_{i \in S} (c_i + k_i) \le \sum_{i \in S} c_i
              \le u \sum_{i \in S} (c_i + k_i)

    for a total, a part and a share of the place and period :math:`S`. Ranges of
    counts are linear programmes, that of the share is a linear-fractional one. They
    are sharp up to whole people, and hold if every statement is true as read; nothing
    is assumed of how the dead lie between. There is no sampling, so there is no
    confidence interval.

    Attributes
    ----------
    measures : Measures
        What is the whole, the part and the share.
    within : mapping of str to str
        Place to the place that holds it: ``{"Jabala": "Idlib"}``. Places that are not
        linked say nothing of each other.
    together : bool
        Whether the statements of all bodies are true at once, of one count; by default
        each body has its own.

    References
    ----------
    .. [1] Charnes, A. and Cooper, W. W. (1962). Programming with linear fractional
       functionals. *Naval Research Logistics Quarterly* 9(3-4), 181-186.
       https://doi.org/10.1002/nav.3800090303
    .. [2] Manski, C. F. (2003). *Partial Identification of Probability
       Distributions*, chapter 1. Springer. https://doi.org/10.1007/b97478

    Examples
    --------
    More than half of at least 1,501 are at least 751:

    >>> when = {"place": "A", "period_start": "2019-04-26", "period_end": "2019-06-11"}
    >>> said = pd.DataFrame(
    ...     [
    ...         {"measure": "killed", "phrase": "over 1,500", **when},
    ...         {"measure": "civilian_share", "phrase": "more than half", **when},
    ...     ]
    ... )
    >>> fit = ReportedShares().fit(said)
    >>> fit.bounds["lower"].sel(quantity="killed_civilian").item(), fit.status.name
    (751.0, 'OPEN')
    """

    measures: Measures = CIVILIANS
    within: Mapping[str, str] = field(default_factory=dict)
    together: bool = False

    def __post_init__(self) -> None:
        """Refuse places that hold themselves."""
        for place in self.within:
            held, above = {place}, self.within.get(place)
            while above is not None:
                if above in held:
                    raise SettingError(
                        f"within says that {above!r} lies in itself; correct the chain "
                        f"that begins at {place!r}"
                    )
                held.add(above)
                above = self.within.get(above)

    def fit(
        self, reports: Table | pd.DataFrame, *, strict: bool = True
    ) -> ReportedSharesFit:
        """Find the ranges for every place and period that a statement names.

        Parameters
        ----------
        reports : Table or DataFrame
            As :func:`conflictstats.panel.statements_of_reports` takes them.
        strict : bool
            Whether a contradiction is an error. If not, the body that contradicts
            itself has no range, and the fit names the statements.

        Returns
        -------
        ReportedSharesFit
            Ranges by body, place and period.

        Raises
        ------
        ContradictionError
            If ``strict`` and no numbers satisfy all statements of a body;
            ``statements`` names some that contradict each other.
        SchemaError
            If a column is missing.
        SettingError
            If no dated row is a total, a part or a share.
        """
        read = statements_of_reports(reports, self.measures)
        if read.empty:
            words = (self.measures.whole, self.measures.part, self.measures.share)
            raise SettingError(
                f"no dated row has the measure {', '.join(words)}; choose measures="
            )
        if self.together:
            read["body"] = "all"
        found, conflicts = [], []
        for body, own in read.groupby("body"):
            limits = Limits.of(own, self.within)
            against = limits.conflict()
            if against:
                conflicts.append(own.iloc[against])
                if strict:
                    raise _contradiction(conflicts[-1])
            for scope in scopes_of(own):
                found.append(_ranges(str(body), scope, limits, consistent=not against))
        none = read.iloc[:0]
        return ReportedSharesFit(
            model=self,
            bounds=_labelled(found, self.measures).assign_attrs(read.attrs),
            conflicts=pd.concat([none, *conflicts], ignore_index=True),
            nobs=len(read),
        )


@dataclass(frozen=True, slots=True)
class ReportedSharesFit(Summarised):
    """A fitted :class:`ReportedShares`.

    Attributes
    ----------
    model : ReportedShares
        The settings that were fitted.
    bounds : Dataset, dims (scope, quantity)
        ``estimate`` (only where both ends meet), ``lower`` and ``upper`` of the whole,
        the part (people) and the share (0 to 1); infinite where nothing limits a
        count, NaN where statements contradict each other or nobody can have died.
        Coordinates ``body``, ``place``, ``start`` and ``end`` of each scope.
    conflicts : DataFrame
        Statements that contradict each other, by body; none can be spared.
    nobs : int
        Number of statements used.

    Examples
    --------
    Two that contradict each other: fewer dead to the 31st than to the 30th.

    >>> said = pd.DataFrame(
    ...     {"measure": "killed", "phrase": ["950", "948"], "place": "A",
    ...      "period_start": "2019-04-30", "period_end": ["2019-05-30", "2019-05-31"]}
    ... )
    >>> fit = ReportedShares().fit(said, strict=False)
    >>> fit.status.name, list(fit.conflicts["words"])
    ('CONTRADICTED', ['950', '948'])
    """

    model: ReportedShares
    bounds: xr.Dataset
    conflicts: pd.DataFrame
    nobs: int

    @property
    def params(self) -> xr.DataArray:
        """Ends of all ranges, dims (param, scope, quantity)."""
        return self.bounds[list(ENDS)].to_array("param").rename("params")

    @property
    def status(self) -> ReportedShareStatus:
        """How far the statements go, at the worst scope."""
        if len(self.conflicts):
            return ReportedShareStatus.CONTRADICTED
        if np.isinf(self.bounds["upper"]).any():
            return ReportedShareStatus.OPEN
        return ReportedShareStatus.BOUNDED

    def to_frame(self) -> pd.DataFrame:
        """Give the ranges as a tidy table.

        Returns
        -------
        DataFrame
            ``body, place, start, end, quantity, estimate, lower, upper``.
        """
        frame = self.bounds.to_dataframe().reset_index()
        told = ["body", "place", "start", "end", "quantity", "estimate", *ENDS]
        return frame[told]

    def summary(self) -> str:
        """What people read first.

        Returns
        -------
        str
            The assumption, one line a scope, and the contradictions.
        """
        lines = [
            f"{self.nobs} statements, each taken as true as its words allow; "
            "between them nothing is assumed",
            self.status.value,
            f"{'place':<20}{'until':<12}{'whole':>18}{'part':>18}{'share':>16}  body",
        ]
        for _, scope in self.bounds.groupby("scope"):
            told = scope.squeeze("scope")
            spans = [_span(told.isel(quantity=at)) for at in range(3)]
            until = str(told["end"].values)[:10]
            lines.append(
                f"{str(told['place'].values)[:19]:<20}{until:<12}{spans[0]:>18}"
                f"{spans[1]:>18}{spans[2]:>16}  {told['body'].values}"
            )
        lines += _told(self.conflicts)
        return "\n".join(lines)


def _ranges(
    body: str, scope: Scope, limits: Limits, *, consistent: bool
) -> dict[str, object]:
    """Ranges of one scope; NaN where the body contradicts itself."""
    nothing = [(np.nan, np.nan)] * 3
    return {
        "body": body,
        "place": scope.place,
        "start": scope.start,
        "end": scope.end,
        "ranges": limits.ranges(scope) if consistent else nothing,
    }


def _labelled(found: list[dict[str, object]], measures: Measures) -> xr.Dataset:
    """Ranges with names on them, dims (scope, quantity)."""
    ends = np.array([each["ranges"] for each in found], dtype=float)
    dims = ("scope", "quantity")
    lower, upper = ends[..., 0], ends[..., 1]
    coords: dict[str, object] = {
        name: ("scope", [each[name] for each in found])
        for name in ("body", "place", "start", "end")
    }
    coords["quantity"] = [measures.whole, measures.part, measures.share]
    meet = np.where(lower == upper, lower, np.nan)
    ranges = {"estimate": meet, "lower": lower, "upper": upper}
    return xr.Dataset({name: (dims, value) for name, value in ranges.items()}, coords)


def _contradiction(spoken: pd.DataFrame) -> ContradictionError:
    """The error that names statements that contradict each other."""
    said = "\n".join(_told(spoken)[1:])
    return ContradictionError(
        f"no numbers satisfy all statements; these contradict each other:\n{said}\n"
        "leave one out, correct it, or pass strict=False",
        [str(name) for name in spoken["statement"]],
    )


def _told(conflicts: pd.DataFrame) -> list[str]:
    """One line for each of the statements that contradict each other."""
    lines = ["contradicting statements:"] * bool(len(conflicts))
    for _, row in conflicts.iterrows():
        days = f"{row['start']:%Y-%m-%d} to {row['end']:%Y-%m-%d}"
        lines.append(
            f"  {row['statement']}: {row['quantity']} {row['words']}, {row['place']}, "
            f"{days} {row['body']}".rstrip()
        )
    return lines


def _span(ends: xr.Dataset) -> str:
    """A range in words."""
    lower, upper = float(ends["lower"]), float(ends["upper"])
    if np.isnan(lower):
        return "-"
    share = "share" in str(ends["quantity"].values)
    low, high = (f"{end:.3f}" if share else f"{end:,.0f}" for end in (lower, upper))
    return f"{low} or more" if np.isinf(upper) else f"{low} to {high}"

"""Two lists at a time: Lincoln and Petersen's estimate of every pair, and its range."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats.models._stored import stored
from conflictstats.models.undercount.answer import Answer, Kind
from conflictstats.models.undercount.comparison import said
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.numerics.overlap import pair_ends
from conflictstats.panel import Lists

FORMS = ("lincoln_petersen", "chapman", "bailey")
METHOD = "two lists at a time"
ASSUMED = (
    "being on one list says nothing of being on the other, and nobody is certain not "
    "to be on one of them"
)
OF_RANGE = f"for at least one pair of lists, unknown which, {ASSUMED}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LincolnPetersen:
    r"""Estimate of every pair of lists, and the range of them.

    With :math:`n_1` and :math:`n_2` records on two lists and :math:`m` on both, by
    ``form``:

    .. math::
        \hat N = \frac{n_1 n_2}{m}, \qquad
        \frac{(n_1 + 1)(n_2 + 1)}{m + 1} - 1, \qquad \frac{n_1 (n_2 + 1)}{m + 1}

    ``"lincoln_petersen"`` is of largest likelihood; ``"chapman"`` has no bias where
    the lists' sizes are fixed and add up to :math:`N` or more; ``"bailey"`` is for an
    other list that draws with replacement, and depends on the order of lists. All
    estimate everybody, not only those of two lists. A pair that helps each other (one
    list is made out of the other) is too low, a pair that avoids each other too high;
    pairs that disagree say that not all of them can be independent.

    Attributes
    ----------
    form : {"lincoln_petersen", "chapman", "bailey"}
        Formula.

    References
    ----------
    .. [1] Chapman, D. G. (1951). Some properties of the hypergeometric distribution
       with applications to zoological sample censuses. *University of California
       Publications in Statistics* 1(7), 131-160.
    .. [2] Bailey, N. T. J. (1951). On estimating the size of mobile populations from
       recapture data. *Biometrika* 38(3-4), 293-306.
       https://doi.org/10.1093/biomet/38.3-4.293
    .. [3] Sadinle, M. (2009). Transformed logit confidence intervals for small
       populations in single capture-recapture estimation. *Communications in
       Statistics - Simulation and Computation* 38(9), 1909-1924.
       https://doi.org/10.1080/03610910903168595

    Examples
    --------
    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> fit = cs.LincolnPetersen(form="lincoln_petersen").fit(lists)
    >>> ends = fit.answer()
    >>> round(ends.lower), round(ends.upper)
    (5462, 9691)
    """

    form: str = "chapman"

    def __post_init__(self) -> None:
        """Refuse a form that is not one of the three."""
        _check.one_of(self.form, FORMS, "form")

    def fit(self, lists: Lists) -> LincolnPetersenFit:
        """Estimate from every pair of lists.

        Parameters
        ----------
        lists : Lists
            Records by combination of lists; strata are put together.

        Returns
        -------
        LincolnPetersenFit
            One estimate a pair; a pair that shares no record has none.
        """
        pairs = []
        for one, other in combinations(range(lists.n_lists), 2):
            on, too = lists.patterns[:, one], lists.patterns[:, other]
            both, only, alone = (
                int(lists.count[cells].sum())
                for cells in (on & too, on & ~too, ~on & too)
            )
            pairs.append(
                {
                    "list": lists.names[one],
                    "other": lists.names[other],
                    "both": both,
                    "only_list": only,
                    "only_other": alone,
                    "estimate": self._of_pair(both, only, alone),
                }
            )
        return LincolnPetersenFit(
            model=self, pairs=pd.DataFrame(pairs), n_observed=lists.n_observed
        )

    def _of_pair(self, both: int, only: int, alone: int) -> float:
        """Everybody, from one pair."""
        first, second = both + only, both + alone
        if not both:
            return np.nan
        if self.form == "lincoln_petersen":
            return first * second / both
        if self.form == "chapman":
            return (first + 1) * (second + 1) / (both + 1) - 1
        return first * (second + 1) / (both + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LincolnPetersenFit(Summarised):
    """A fitted :class:`LincolnPetersen`.

    Attributes
    ----------
    model : LincolnPetersen
        The settings that were fitted.
    pairs : DataFrame
        One row a pair: ``list``, ``other``, records on ``both``, on ``only_list`` and
        ``only_other``, and the ``estimate`` of everybody, people; missing where the
        pair shares no record.
    n_observed : int
        Records on one list at least, of all lists.

    Examples
    --------
    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> fit = cs.LincolnPetersen(form="lincoln_petersen").fit(lists)
    >>> row = fit.to_frame().nlargest(1, "estimate").iloc[0]
    >>> row["list"], row["other"], round(row["estimate"])
    ('ABA', 'HRW', 9691)
    """

    model: LincolnPetersen
    pairs: pd.DataFrame
    n_observed: int

    @property
    def nobs(self) -> int:
        """Records that were used."""
        return self.n_observed

    @property
    def status(self) -> UndercountStatus:
        """How it ended."""
        estimates = self.pairs["estimate"]
        if estimates.isna().all():
            return UndercountStatus.NO_OVERLAP
        if (estimates < self.n_observed).any():
            return UndercountStatus.BELOW_LISTED
        return UndercountStatus.CONVERGED

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """One row a pair, with an interval.

        The interval is Sadinle's, which is finite also where a pair shares no record.

        Parameters
        ----------
        level : float
            Nominal coverage of each row.

        Returns
        -------
        DataFrame
            ``pairs`` with ``lower`` and ``upper``, people. An interval may begin below
            those that all lists hold: it knows of two lists only.

        Raises
        ------
        SettingError
            If ``level`` is not strictly between 0 and 1.
        """
        critical = float(special.ndtri((1 + _check.level(level)) / 2))
        cells = self.pairs[["both", "only_list", "only_other"]].to_numpy(float)
        ends = [pair_ends((b, one, other), critical) for b, one, other in cells]
        return self.pairs.assign(
            lower=[end[0] for end in ends], upper=[end[1] for end in ends]
        )

    def answer(self, level: float = 0.9) -> Answer:
        """The range of the pairs, or with two lists the estimate and its interval.

        Parameters
        ----------
        level : float
            Nominal coverage; a range has none.

        Returns
        -------
        Answer
            A range without an estimate, from the lowest to the highest pair; those
            that share no record are not in it, and counted in the diagnostics.

        Raises
        ------
        SettingError
            If ``level`` is not strictly between 0 and 1.
        """
        frame = self.to_frame(level)
        estimates = frame["estimate"]
        kind: Kind = "range"
        estimate, lower, upper = np.nan, estimates.min(), estimates.max()
        if len(frame) == 1 and not self.status.refused:
            kind, estimate = "confidence", float(estimates.iloc[0])
            lower, upper = frame["lower"].iloc[0], frame["upper"].iloc[0]
        return Answer(
            method=METHOD,
            n_observed=self.n_observed,
            estimate=estimate,
            lower=float(lower),
            upper=float(upper),
            level=level,
            kind=kind,
            status=self.status,
            assumptions=ASSUMED if len(frame) == 1 else OF_RANGE,
            diagnostics={
                "pairs": len(frame),
                "pairs_without_overlap": int(estimates.isna().sum()),
                "pairs_below_listed": int((estimates < self.n_observed).sum()),
            },
        )

    def to_dataset(self) -> xr.Dataset:
        """Give the pairs and the settings for storage.

        Returns
        -------
        Dataset, dims (pair,)
            The columns of ``pairs``, and ``n_observed``.
        """
        table = self.pairs.rename_axis("pair").to_xarray()
        return stored(self.model, table.assign(n_observed=self.n_observed))

    def summary(self) -> str:
        """Say the range, and every pair.

        Returns
        -------
        str
            Several lines, without markup.
        """
        answer = self.answer()
        lines = [f"{METHOD}: {said(answer)}", f"assumes: {answer.assumptions}"]
        for row in self.to_frame(answer.level).to_dict("records"):
            estimate = row["estimate"]
            point = "none" if np.isnan(estimate) else f"{estimate:,.0f}"
            lines.append(
                f"{row['list']} and {row['other']}, {row['both']:,} on both: {point} "
                f"[{row['lower']:,.0f}, {row['upper']:,.0f}]"
            )
        return "\n".join(lines)

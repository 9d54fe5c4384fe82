"""Chao's lower bound: how many there are at the least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conflictstats.models.undercount.estimate import UnlistedFit
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.models.undercount.usable import usable
from conflictstats.numerics.overlap import chao_corrected, chao_unlisted
from conflictstats.panel import Lists

ASSUMED = (
    "lists work independently and reach about equally many; people may differ in how "
    "easily they are listed, which makes it a lower bound. Lists that reach very "
    "different shares raise it, lists that avoid each other's people too"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaoFloor:
    r"""Lower bound of everybody, out of those on one list and on two.

    .. math:: \hat N = n + \frac{J - 1}{J} \frac{f_1^2}{2 f_2}

    with :math:`f_k` records on exactly :math:`k` of :math:`J` lists. It is a bound and
    not an estimate: people who are hard to list leave few records on two lists for
    those on one. Lists that reach very different shares of people push the other way:
    without any difference between people it is then above the truth, and
    :class:`Heterogeneity` with its default settings, which lets lists differ, is the
    floor to take.

    Attributes
    ----------
    corrected : bool
        Use :math:`f_1 (f_1 - 1) / (2 (f_2 + 1))`, which has less bias where records
        are few and is finite where none is on two lists.

    References
    ----------
    .. [1] Chao, A. (1987). Estimating the population size for capture-recapture data
       with unequal catchability. *Biometrics* 43(4), 783-791.
       https://doi.org/10.2307/2531532

    Examples
    --------
    Killings of Kosovo Albanians, spring of 1999, 4,400 on four lists:

    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> round(cs.ChaoFloor().fit(lists).answer().estimate, 1)
    8802.9
    """

    corrected: bool = False

    def fit(self, lists: Lists) -> UnlistedFit:
        """Bound how many are on no list.

        Parameters
        ----------
        lists : Lists
            Records by combination of lists; strata are put together.

        Returns
        -------
        UnlistedFit
            A floor; refused where no record is on exactly two lists, unless
            ``corrected``. Where everybody is on two lists or more the bound is what
            the lists hold.
        """
        lists, status = usable(lists, overlap=False)
        once, twice = (float(k) for k in lists.by_number_of_lists[:2])
        unlisted = variance = 0.0
        if self.corrected:
            unlisted, variance = chao_corrected(once, twice, lists.n_lists)
        elif twice:
            unlisted, variance = chao_unlisted(once, twice, lists.n_lists)
        elif once and not status.refused:
            status = UndercountStatus.NO_END
        return UnlistedFit(
            model=self,
            method="Chao, corrected" if self.corrected else "Chao",
            n_observed=lists.n_observed,
            unlisted=unlisted,
            std_err=float(np.sqrt(variance)),
            kind="floor",
            status=status,
            assumptions=ASSUMED,
            diagnostics={"on_one_list": once, "on_two_lists": twice},
        )

"""Sample coverage: a total from how much of each list the others hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from conflictstats import _check
from conflictstats.models.undercount.answer import Kind
from conflictstats.models.undercount.estimate import UnlistedFit
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.models.undercount.usable import usable
from conflictstats.numerics.overlap import Coverage, sample_coverage
from conflictstats.panel import Lists

MOST_LISTS = 30
"""Lists up to which all pairs of them are looked at."""
ASSUMED = (
    "lists depend on each other in pairs only, and what the other lists hold of a list "
    "is like what they hold of everybody"
)
OF_TWO = "the two lists are independent: two lists cannot say how they depend"
WITH_FLOOR = (UndercountStatus.OVERLAP_TOO_SMALL, UndercountStatus.NO_END)
"""Refusals that leave a lower bound."""
OF_FLOOR = "lists rather help each other than avoid each other's people"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCoverage:
    r"""Estimate from the sample coverage: how much of each list the others hold.

    .. math:: \hat C = 1 - \frac1J \sum_j \frac{u_j}{n_j}

    with :math:`u_j` of the :math:`n_j` records of a list on no other. Dependence
    between pairs of lists is estimated and taken out, which needs three lists and
    enough coverage (:func:`conflictstats.numerics.overlap.sample_coverage` has the
    formulas). Below ``least`` there is no point, only a lower bound: the interval of
    the one-step estimate, without an upper end.

    Attributes
    ----------
    least : float
        Coverage below which the estimate is refused, 0 to 1. Chao and Tsay advise 0.55
        for three lists.

    References
    ----------
    .. [1] Chao, A. and Tsay, P. K. (1998). A sample coverage approach to
       multiple-system estimation with application to census undercount. *Journal of
       the American Statistical Association* 93(441), 283-293.
       https://doi.org/10.1080/01621459.1998.10474109
    .. [2] Chao, A., Tsay, P. K., Lin, S.-H., Shau, W.-Y. and Chao, D.-Y. (2001). The
       applications of capture-recapture models to epidemiological data. *Statistics in
       Medicine* 20(20), 3123-3157. https://doi.org/10.1002/sim.996

    Examples
    --------
    Three independent lists that hold a half each of 800 people:

    >>> import conflictstats as cs
    >>> import pandas as pd
    >>> cells = pd.DataFrame(
    ...     {"A": [1, 0, 1, 0, 1, 0, 1], "B": [0, 1, 1, 0, 0, 1, 1],
    ...      "C": [0, 0, 0, 1, 1, 1, 1], "count": 100}
    ... )
    >>> fit = cs.SampleCoverage().fit(cs.lists_of_cells(cells, ["A", "B", "C"]))
    >>> round(fit.answer().estimate), fit.diagnostics["coverage"]
    (800, 0.75)
    """

    least: float = 0.55

    def __post_init__(self) -> None:
        """Refuse a coverage that is none."""
        _check.level(self.least, "least")

    def fit(self, lists: Lists) -> UnlistedFit:
        """Estimate how many are on no list.

        Parameters
        ----------
        lists : Lists
            Records by combination of lists; strata are put together.

        Returns
        -------
        UnlistedFit
            With ``coverage`` and ``one_step`` in its diagnostics.
        """
        lists, status = usable(lists, most=MOST_LISTS)
        n, found = lists.n_observed, None
        if not status.refused:
            found, status = self._found(lists)
        unlisted = variance = np.nan
        kind: Kind = "confidence"
        if found and status in WITH_FLOOR:
            kind = "floor"
            unlisted = max(found.one_step - n, 0.0)
            variance = found.one_step_variance
        elif found and not status.refused:
            unlisted, variance = found.total - n, found.variance
        return UnlistedFit(
            model=self,
            method="sample coverage",
            n_observed=n,
            unlisted=unlisted,
            std_err=float(np.sqrt(variance)),
            kind=kind,
            status=status,
            assumptions=_assumed(lists, kind),
            diagnostics=_diagnostics(found),
        )

    def _found(self, lists: Lists) -> tuple[Coverage, UndercountStatus]:
        """What the records say, and what it is worth."""
        found = sample_coverage(lists.patterns, lists.count.astype(float))
        if found.coverage < self.least:
            return found, UndercountStatus.OVERLAP_TOO_SMALL
        if not np.isfinite(found.total):
            return found, UndercountStatus.NO_END
        if found.total < lists.n_observed:
            return found, UndercountStatus.CONTRADICTED
        if found.total == lists.n_observed or not found.variance:
            return found, UndercountStatus.NO_SPREAD
        return found, UndercountStatus.CONVERGED


def _assumed(lists: Lists, kind: Kind) -> str:
    """What must be believed of the number that is given."""
    assumed = OF_TWO if lists.n_lists == 2 else ASSUMED
    return f"{assumed}; or {OF_FLOOR}" if kind == "floor" else assumed


def _diagnostics(found: Coverage | None) -> dict[str, float]:
    """Coverage and the one-step total, where they could be computed."""
    if found is None:
        return {}
    return {"coverage": found.coverage, "one_step": found.one_step}

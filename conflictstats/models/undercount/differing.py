"""Whether people who are harder to find by all lists alike would leave such records."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from conflictstats.models.undercount.heterogeneity import Heterogeneity
from conflictstats.panel import Lists

SUPPORTED = float(special.ndtri(0.9))
"""Standard errors from which records speak for people who differ: one table of ten in
which nobody does is above."""
REFUTED = 0.05
"""Probability of such a deviance below which the records speak against the law."""


class Differing(NamedTuple):
    """What the records say of people who differ alike for all lists.

    Attributes
    ----------
    z : float
        Signed root of twice the log likelihood that Darroch's law gains over people who
        are alike, in standard errors; 0 where it gains nothing.
    p : float
        Probability of cells that are as far as these from people who differ alike, by
        whatever law.
    total : float
        Everybody under Darroch's law, people.
    """

    z: float
    p: float
    total: float

    def denies(self, estimate: float) -> bool:
        """Whether records leave open that people differ and are more than that.

        Parameters
        ----------
        estimate : float
            Everybody, by another method; people.

        Returns
        -------
        bool
            False too where a law could not be fitted.
        """
        return self.z > SUPPORTED and self.p > REFUTED and self.total > estimate


def differing(lists: Lists) -> Differing:
    r"""Weigh people who differ alike for all lists against people who are alike.

    If lists are independent for each person, and the log odds of being listed are
    higher or lower by the same amount for all lists, records look like those of fewer
    people who are alike. The law of that amount is not in the records [1]_. That people
    differ at all shows in :math:`\eta` of

    .. math:: \ln \mu_x = \gamma + \sum_j \beta_j x_j + \eta |x|^2 / 2, \qquad
              z = \sqrt{2 (\ln L_{\hat\eta} - \ln L_0)}, \quad \hat\eta \ge 0.

    That they differ otherwise, or that lists are tied, shows in the deviance from cells
    whose logarithms are those of the lists and any convex function of :math:`|x|`.

    Parameters
    ----------
    lists : Lists
        Records by combination of lists; strata are put together.

    Returns
    -------
    Differing
        Not numbers where a law has no maximum.

    References
    ----------
    .. [1] Link, W. A. (2003). Nonidentifiability of population size from
       capture-recapture data with heterogeneous detection probabilities. *Biometrics*
       59(4), 1123-1130. https://doi.org/10.1111/j.0006-341X.2003.00129.x

    Examples
    --------
    Killings of Kosovo Albanians, 1999. People differ or lists are tied, and no law of
    all lists alike fits:

    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> found = differing(lists)
    >>> round(found.z, 1), found.p < 0.001, found.denies(10_000)
    (11.2, True, False)
    """
    fits = [Heterogeneity(law=law).fit(lists) for law in ("none", "darroch", "chao")]
    if any(fit.status.refused for fit in fits):
        return Differing(np.nan, np.nan, np.nan)
    alike, normal, any_law = (fit.diagnostics for fit in fits)
    gained = max(alike["deviance"] - normal["deviance"], 0.0)
    p = special.chdtrc(any_law["df"], max(any_law["deviance"], 0.0))
    total = lists.n_observed + fits[1].unlisted
    return Differing(float(np.sqrt(gained)), float(p), float(total))

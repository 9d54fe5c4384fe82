"""Bayesian log-linear model without the interactions that are weak: settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats.errors import SettingError
from conflictstats.models.undercount.log_linear_tables import interactions
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.models.undercount.thresholded_fit import ThresholdedLogLinearFit
from conflictstats.models.undercount.usable import usable
from conflictstats.numerics.log_linear.existence import (
    FINE,
    existence_codes,
    reduced,
)
from conflictstats.numerics.log_linear.hierarchy import model_of
from conflictstats.numerics.log_linear.threshold import Rule, Thresholded, thresholded
from conflictstats.panel import Lists

MOST_LISTS = 10
DOUBTFUL = 0.7
"""Tail shape of importance weights above which they are not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdedLogLinear:
    r"""How many are on no list, by a log-linear model without weak interactions.

    Use it beside :class:`conflictstats.LogLinear` where lists share few records: the
    prior keeps interactions finite where no record has them. All pairs of lists are
    fitted; those whose posterior is not clearly away from 0 leave, and the rest is
    fitted again, so that the interval takes the choice as known.

    .. math:: f_c \sim \mathrm{Poisson}(\mu_c), \quad
       \log \mu_c = \sum_{A \subseteq c} u_A, \qquad
       u_A \sim N(0, \sigma^2) \text{ for } |A| \ge 2, \qquad
       N = n + e^{u_\emptyset}

    with flat priors on :math:`u_\emptyset` and on the lists. An interaction stays if
    its posterior mean is ``threshold`` posterior standard deviations from 0 or more.
    With ``order=3`` triples whose pairs all stay are added and looked at likewise.

    Attributes
    ----------
    order : {2, 3}
        Lists in an interaction at most.
    threshold : float
        Posterior standard deviations from 0 from which on an interaction stays.
    prior_sd : float
        Standard deviation :math:`\sigma` of each interaction before the data.
    draws : int
        Posterior draws.

    References
    ----------
    .. [1] Silverman, B. W. (2020). Multiple-systems analysis for the quantification of
       modern slavery: classical and Bayesian approaches. *JRSS A* 183, 691-736.
       https://doi.org/10.1111/rssa.12505

    Examples
    --------
    Kosovo, March to June 1999; by this method about 14,000 are printed with pairs:

    >>> import conflictstats as cs
    >>> table = cs.load_kosovo_lists()
    >>> lists = cs.lists_of_cells(table, ["EXH", "ABA", "OSCE", "HRW"])
    >>> model = cs.ThresholdedLogLinear(draws=1000)
    >>> fit = model.fit(lists, rng=np.random.default_rng(1))
    >>> round(fit.answer().estimate, -3)
    14000.0
    """

    order: Literal[2, 3] = 2
    threshold: float = 2.0
    prior_sd: float = 1.0
    draws: int = 4000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if self.order not in (2, 3):
            raise SettingError(f"order must be 2 or 3, got {self.order!r}")
        _check.positive(self.threshold, "threshold")
        _check.positive(self.prior_sd, "prior_sd")
        if self.draws < 100:
            raise SettingError(f"draws must be 100 or more, got {self.draws!r}")

    def fit(self, lists: Lists, *, rng: np.random.Generator) -> ThresholdedLogLinearFit:
        """Fit the model to the lists, all strata together.

        Parameters
        ----------
        lists : Lists
            Records by combination of lists; see ``Lists.stratum`` for one stratum.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        ThresholdedLogLinearFit
            Draws of everybody, which interactions stayed, and how it ended.
        """
        lists, status = usable(lists, most=MOST_LISTS)
        if not status.refused and not _has_maximum(lists):
            status = UndercountStatus.NO_ESTIMATE
        if status.refused:
            return self._told(lists, status, None)
        rule = Rule(order=self.order, prior_sd=self.prior_sd, threshold=self.threshold)
        counts = lists.full().astype(float)
        found = thresholded(counts, lists.n_lists, rule, self.draws, rng)
        if found.pareto_k > DOUBTFUL:
            status = UndercountStatus.NOT_CONVERGED
        return self._told(lists, status, found)

    def _told(
        self, lists: Lists, status: UndercountStatus, found: Thresholded | None
    ) -> ThresholdedLogLinearFit:
        """What was found, in the words of the lists."""
        if found is None:
            none = np.empty(0)
            found = Thresholded(
                np.empty(0, np.int64), none, none, np.empty(0, bool), none, np.nan
            )
        looked = {"mean": found.mean, "sd": found.sd, "stays": found.stays}
        return ThresholdedLogLinearFit(
            model=self,
            status=status,
            n_observed=lists.n_observed,
            n_lists=lists.n_lists,
            draws=xr.DataArray(lists.n_observed + found.unlisted, dims="draw"),
            interactions=xr.Dataset(
                {name: ("effect", value) for name, value in looked.items()},
                coords={"effect": interactions(found.effects, lists.names)},
            ),
            pareto_k=found.pareto_k,
        )


def _has_maximum(lists: Lists) -> bool:
    """Whether independent lists have an estimate: flat priors need it.

    A prior that is flat on the intercept and the lists alone gives a posterior with a
    finite mass if, and only if, their likelihood has a maximum.
    """
    model, counts = model_of(lists.n_lists, []), lists.full().astype(float)
    code = existence_codes(reduced(model, counts), model.effects, counts)
    return int(code[0]) == FINE

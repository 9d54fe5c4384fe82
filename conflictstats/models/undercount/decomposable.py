"""The model: settings, the reach of the sum, and the fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import gammaln

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models._stored import settings_of
from conflictstats.models.undercount.decomposable_fit import DecomposableGraphsFit
from conflictstats.models.undercount.decomposable_posterior import (
    Averages,
    Numbers,
    Rough,
    blocks_of,
    heaviest,
    posterior,
)
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.numerics.chordal import ChordalGraphs, chordal_graphs
from conflictstats.numerics.decomposable import HyperDirichlet
from conflictstats.numerics.summation import Blocks
from conflictstats.panel.lists import Lists

FEWEST, MOST = 3, 7
LARGEST = 1e9
"""Records beyond which log gamma functions have too few digits to be subtracted."""
EDGE = 1e-4
"""Posterior probability that may lie in the upper half of what was summed over."""
START, WIDEST = 8, 1_000
"""The sum goes to so many times the records (and 100 more) or the prior mean."""

MOSTLY = 0.5
"""Weight of the complete graph, at the delta of the answer, from which it is said."""
MOVES = 1.25
"""Factor between the means at the deltas from which the prior is said to decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecomposableGraphs:
    r"""How many there are, averaged over the chordal graphs that lists may depend by.

    Use it for three to seven lists. Lists that no line joins are independent given the
    others; every graph has a closed form, so that nothing is sampled and nothing can
    fail to converge. It does not know people who differ in how easily they are listed
    other than by such dependence. Under the complete graph the data say nothing of the
    unlisted, and the prior says all; it is left out unless it is asked for, and its
    weight is always told.

    .. math:: p(N \mid f) \propto p(N) \sum_G \frac{N!}{n_0!}
              \frac{\prod_{C} M_C(n_0)}{\prod_{S} M_S(n_0)}, \qquad N = n + n_0

    with Dirichlet-multinomial laws :math:`M` of the records in the cliques :math:`C`
    and separators :math:`S` of each graph :math:`G`. The answer is also given at
    :math:`\delta` of :math:`2^{-p}`, 1/2 and 1: where it moves with it, the prior
    speaks.

    Attributes
    ----------
    delta : float, optional
        Pseudo-records :math:`\delta` that the prior has in each of the :math:`2^p`
        cells; by default :math:`2^{-p}`, one in all.
    total : tuple of float, optional
        Mean (people) and size of a negative binomial prior of :math:`N`; by default
        :math:`p(N) \propto 1 / N`.
    complete : bool
        Whether the complete graph is in the answer.
    draws : int
        Draws of :math:`N`.

    References
    ----------
    .. [1] Madigan, D. and York, J. C. (1997). Bayesian methods for estimation of the
       size of a closed population. *Biometrika* 84, 19-31.
       https://doi.org/10.1093/biomet/84.1.19
    .. [2] Johndrow, J. E., Lum, K. and Ball, P. (2015). dga: Capture-Recapture
       Estimation using Bayesian Model Averaging. R package.
       https://doi.org/10.32614/CRAN.package.dga

    Examples
    --------
    Spina bifida in upstate New York, on birth certificates, death certificates and in
    the register of rehabilitation. Madigan and York, with :math:`\delta = 1` and a
    prior of mean 725, come to 731.

    >>> from conflictstats.panel import lists_of_cells
    >>> table = pd.DataFrame(
    ...     {
    ...         "rehab": [1, 0, 1, 0, 1, 0, 1],
    ...         "death": [0, 1, 1, 0, 0, 1, 1],
    ...         "birth": [0, 0, 0, 1, 1, 1, 1],
    ...         "count": [60, 49, 4, 247, 112, 142, 12],
    ...     }
    ... )
    >>> lists = lists_of_cells(table, ["rehab", "death", "birth"])
    >>> model = DecomposableGraphs(delta=1, total=(724.9, 13.14), complete=True)
    >>> fit = model.fit(lists, rng=np.random.default_rng(1))
    >>> fit.answer().estimate
    731.0
    """

    delta: float | None = None
    total: tuple[float, float] | None = None
    complete: bool = False
    draws: int = 1000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if self.delta is not None:
            _check.positive(self.delta, "delta")
        if self.total is not None:
            _check.positive(self.total[0], "the mean of total")
            _check.positive(self.total[1], "the size of total")
        if self.draws < 1:
            raise SettingError(f"draws must be 1 or more, got {self.draws!r}")

    def fit(
        self,
        lists: Lists,
        *,
        log_prior: pd.Series | None = None,
        rng: np.random.Generator | None = None,
    ) -> DecomposableGraphsFit:
        """Sum over all graphs and numbers.

        Strata are taken together; lists that hold nobody are left out.

        Parameters
        ----------
        lists : Lists
            Records by combination of lists.
        log_prior : Series, optional
            Log weight of each :math:`N`, instead of ``total``; the index is the
            :math:`N`, consecutive whole numbers. Nothing beyond them is looked at.
        rng : numpy.random.Generator, optional
            For ``draws`` alone.

        Returns
        -------
        DecomposableGraphsFit
            With a refusing status where there are fewer than three lists or more than
            seven, where they share no record, or where the posterior has no end.

        Raises
        ------
        SettingError
            If the index of ``log_prior`` is not consecutive or nobody can be unlisted
            under it, or there are more than a thousand million records.

        Examples
        --------
        >>> from conflictstats import load_kosovo_lists
        >>> from conflictstats.panel import lists_of_cells
        >>> lists = lists_of_cells(load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"])
        >>> fit = DecomposableGraphs().fit(lists, rng=np.random.default_rng(1))
        >>> fit.to_frame()["weight_complete"].round(2).unique()
        array([0.  , 0.06, 0.98])
        """
        used = _without_empty(lists)
        given = log_prior is not None
        prior = "the weights of N that were given" if given else self._prior_in_words()
        if (why := _refused(used)) is not None:
            return DecomposableGraphsFit.of(self, used, prior, why)
        deltas, graphs = self._deltas(used), chordal_graphs(used.n_lists)
        laws = [HyperDirichlet.of(used.full(), delta) for delta in deltas]
        if log_prior is None:
            numbers, rough = self._reach(graphs, laws)
        else:
            numbers = _given(log_prior, used.n_observed)
            rough = [Rough.of(graphs, law, numbers) for law in laws]
        each = [
            Averages.of(graphs, law, numbers, seen)
            for law, seen in zip(laws, rough, strict=True)
        ]
        found = posterior(deltas, each, numbers.blocks, nobs=used.n_observed)
        top = heaviest(graphs, each[0], used, complete=self.complete)
        status = _status(found, int(self.complete), given=given)
        return DecomposableGraphsFit.of(self, used, prior, status, (found, top), rng)

    @staticmethod
    def from_dataset(dataset: xr.Dataset) -> DecomposableGraphsFit:
        """A fit out of what :meth:`DecomposableGraphsFit.to_dataset` had made.

        Parameters
        ----------
        dataset : Dataset
            As it was stored.

        Returns
        -------
        DecomposableGraphsFit
            The same fit.
        """
        told = dataset.attrs
        graphs = [name for name, held in dataset.items() if "graph" in held.dims]
        return DecomposableGraphsFit(
            model=DecomposableGraphs(**settings_of(dataset)),
            names=tuple(told["names"]),
            n_observed=int(told["n_observed"]),
            prior=told["prior"],
            status=UndercountStatus[told["status"]],
            posterior=dataset.drop_dims(
                ["graph", "draw"], errors="ignore"
            ).drop_attrs(),
            graphs=dataset[graphs].drop_attrs(),
            draws=dataset["draws"].rename("total"),
        )

    def _deltas(self, lists: Lists) -> list[float]:
        """Weights of the prior, that of the answer first."""
        least = 2.0**-lists.n_lists
        own = least if self.delta is None else float(self.delta)
        return list(dict.fromkeys([own, least, 0.5, 1.0]))

    def _prior_in_words(self) -> str:
        """What is believed of everybody's number before the data."""
        if self.total is None:
            return "p(N) proportional to 1 / N"
        mean, size = self.total
        return f"N negative binomial with mean {mean:,.4g} and size {size:.4g}"

    def _reach(
        self, graphs: ChordalGraphs, laws: list[HyperDirichlet]
    ) -> tuple[Numbers, list[Rough]]:
        """Numbers from 0 to where no posterior has ``EDGE`` in the upper half."""
        nobs = laws[0].nobs
        believed = self.total[0] if self.total else 0.0
        about = max(nobs + 100.0, believed)
        last, widest = START * about, WIDEST * about
        while True:
            blocks = Blocks.up_to(last)
            prior = self._log_prior(nobs + blocks.points)
            numbers = Numbers(blocks, np.log(blocks.weights) + prior)
            rough = [Rough.of(graphs, law, numbers) for law in laws]
            edges = [each.upper_half(blocks, complete=self.complete) for each in rough]
            if max(edges) < EDGE / 2 or last >= widest:
                return numbers, rough
            last = min(4 * last, widest)

    def _log_prior(self, total: FloatArray) -> FloatArray:
        """Log prior of so many in all, up to a constant."""
        if self.total is None:
            return -np.log(total)
        mean, size = self.total
        chance = np.log(mean / (mean + size))
        return gammaln(total + size) - gammaln(total + 1) + total * chance


def _status(found: xr.Dataset, included: int, *, given: bool) -> UndercountStatus:
    """How the answer ended; where the user gave the numbers they are its end."""
    if not given and found["edge"][0, included] > EDGE:
        return UndercountStatus.NO_END
    if found["weight_complete"][0] > MOSTLY:
        return UndercountStatus.SATURATED
    mean = found["mean"].values[:, included]
    if mean.max() > MOVES * mean.min():
        return UndercountStatus.PRIOR_DRIVEN
    modes = blocks_of(found).modes(found["mass"].values[0, included])
    several = len(modes) > 1
    return UndercountStatus.SEVERAL_ANSWERS if several else UndercountStatus.CONVERGED


def _without_empty(lists: Lists) -> Lists:
    """Without lists that hold nobody, which a stratum may have."""
    some = [name for name, size in lists.sizes.items() if size]
    return lists if len(some) in (0, 1, lists.n_lists) else lists.of_lists(some)


def _refused(lists: Lists) -> UndercountStatus | None:
    """Why there is no answer, if so."""
    if lists.n_observed > LARGEST:
        raise SettingError(
            f"there are {lists.n_observed:,} records, and the sum keeps its digits up "
            f"to {LARGEST:,.0f}: check the counts"
        )
    if not lists.by_number_of_lists[1:].any():
        return UndercountStatus.NO_OVERLAP
    if lists.n_lists < FEWEST:
        return UndercountStatus.TOO_FEW_LISTS
    return UndercountStatus.TOO_MANY_LISTS if lists.n_lists > MOST else None


def _given(log_prior: pd.Series, nobs: int) -> Numbers:
    """Every number that the user has weighed, with its weight."""
    total = log_prior.index.to_numpy(float)
    weight = log_prior.to_numpy(float)
    if not len(total) or (total % 1).any() or (np.diff(total) != 1).any():
        raise SettingError(
            "the index of log_prior must be consecutive whole numbers N of people, "
            "such as range(4400, 40001)"
        )
    possible = total >= nobs
    if not (weight < np.inf).all() or np.isneginf(weight[possible]).all():
        raise SettingError(
            f"log_prior must be numbers (or minus infinity), some of them for {nobs:,} "
            "people, who are listed, or for more; its index goes from "
            f"{total[0]:,.0f} to {total[-1]:,.0f}"
        )
    blocks = Blocks.each_number(int(total[possible][0]) - nobs, int(possible.sum()))
    weights = np.full(blocks.points.size, -np.inf)
    weights[: possible.sum()] = weight[possible]
    return Numbers(blocks, weights.reshape(blocks.points.shape))

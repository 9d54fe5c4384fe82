"""Everybody, with a stated prior for what the records leave open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from scipy import special

from conflictstats import _check
from conflictstats._summarised import Summarised
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models._draws import band
from conflictstats.models._stored import stored
from conflictstats.models.undercount.answer import Answer
from conflictstats.models.undercount.comparison import said
from conflictstats.models.undercount.identification import WIDEST, in_words
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.models.undercount.usable import usable
from conflictstats.numerics.highest_order import drawn_log_odds, log_evidence
from conflictstats.panel import Lists
from conflictstats.panel.lists import MOST_FULL

METHOD = "stated prior of the odds ratio"
PROPOSED = 10
"""Draws tried for each that is kept, where the prior of the total weighs them."""
FEWEST_EFFECTIVE = 100.0
LARGEST_LOG_ODDS = 300.0
COUNTED = 1e9
"""Expected number up to which the number itself is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainOddsRatio:
    r"""Posterior of everybody, with a prior for the odds ratio of all lists.

    .. math::
        q \sim \operatorname{Dirichlet}(c, \dots, c), \qquad
        \ln \xi \sim \operatorname{N}(\ln m, s^2), \qquad
        \frac{p_0}{1 - p_0} = \frac{1}{\xi}
          \prod_{|x|\ \text{odd}} q_x \Big/ \prod_{|x|\ \text{even},\, x \ne 0} q_x

    for the probabilities :math:`q` of the combinations given that some list holds a
    person, and :math:`p_0` of being on none; the total has the prior :math:`1 / N`, or
    a negative binomial one with a stated mean and shape. What the records cannot say
    (:math:`\xi`, :class:`FixedOddsRatio`) is a belief, and the posterior of
    :math:`\xi` is its prior under :math:`1 / N`: state it, and show more than one. An
    informative prior of the total tells of :math:`\xi` too.

    Draws are independent; with a prior of the total they are weighted by how well it
    agrees with the number listed, and drawn again.

    Attributes
    ----------
    odds_ratio : float
        Median :math:`m` of the prior.
    log_sd : float
        Standard deviation :math:`s` of its logarithm: 0.7 is a factor of 2 either way
        with a chance of two thirds. 0 is an odds ratio that is known.
    total_mean, total_shape : float, optional
        Mean of the prior of the total, people, and its shape :math:`a` (variance
        :math:`M + M^2 / a`); both, or none for :math:`1 / N`.
    prior_count : float
        Records :math:`c` that the prior adds to each combination of lists. It decides
        where a combination holds nobody.
    draws : int
        Number of draws.

    References
    ----------
    .. [1] Aleshin-Guendel, S., Sadinle, M. and Wakefield, J. (2024). The central role
       of the identifying assumption in population size estimation. *Biometrics* 80(1),
       ujad028. https://doi.org/10.1093/biomtc/ujad028

    Examples
    --------
    Two lists of 80,000 and 50,000 that share 20,000, taken as independent:

    >>> import conflictstats as cs
    >>> import pandas as pd
    >>> cells = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1]})
    >>> lists = cs.lists_of_cells(
    ...     cells.assign(count=[60_000, 30_000, 20_000]), ["A", "B"]
    ... )
    >>> fit = cs.UncertainOddsRatio(odds_ratio=1.0, log_sd=0.0).fit(
    ...     lists, rng=np.random.default_rng(1)
    ... )
    >>> round(fit.answer().estimate, -3)
    200000.0
    """

    odds_ratio: float
    log_sd: float
    total_mean: float | None = None
    total_shape: float | None = None
    prior_count: float = 1.0
    draws: int = 4000

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        _check.positive(self.odds_ratio, "odds_ratio")
        _check.positive(self.prior_count, "prior_count")
        if not 0 <= self.log_sd < np.inf:
            raise SettingError(
                f"log_sd must be a number not below 0, got {self.log_sd}"
            )
        if (self.total_mean is None) != (self.total_shape is None):
            raise SettingError(
                "total_mean and total_shape go together: give both, or none for the "
                "prior 1 / N"
            )
        if self.total_mean is not None and self.total_shape is not None:
            _check.positive(self.total_mean, "total_mean")
            _check.positive(self.total_shape, "total_shape")
        if self.draws < 1:
            raise SettingError(f"draws must be 1 or more, got {self.draws}")

    def fit(self, lists: Lists, *, rng: np.random.Generator) -> UncertainOddsRatioFit:
        """Draw everybody from the posterior.

        Parameters
        ----------
        lists : Lists
            Records by combination of lists; strata are put together.
        rng : numpy.random.Generator
            Source of randomness; the only one.

        Returns
        -------
        UncertainOddsRatioFit
            Draws of the total and of the odds ratio.
        """
        lists, status = usable(lists, most=MOST_FULL)
        total = odds_ratio = np.zeros(0)
        numbers: dict[str, float] = {}
        if not status.refused:
            full = lists.full().astype(float)
            status, numbers = self._status(full)
        if not status.refused:
            total, odds_ratio, effective = self._drawn(full, rng)
            numbers["effective_draws"] = effective
            if effective < min(FEWEST_EFFECTIVE, self.draws):
                status = UndercountStatus.NOT_CONVERGED
        draws = {"total": ("draw", total), "odds_ratio": ("draw", odds_ratio)}
        return UncertainOddsRatioFit(
            model=self,
            names=lists.names,
            draws=xr.Dataset(draws),
            n_observed=lists.n_observed,
            status=status,
            diagnostics=numbers,
        )

    def _status(self, full: FloatArray) -> tuple[UndercountStatus, dict[str, float]]:
        """Whether the cells say something, and whether they alone do."""
        spread = special.polygamma(1, full[1:] + self.prior_count).sum()
        numbers = {
            "empty_cells": float((full[1:] == 0).sum()),
            "log_std_err": float(np.sqrt(spread)),
        }
        if spread > WIDEST:
            return UndercountStatus.TOO_SPARSE, numbers
        if self.log_sd > 0 or numbers["empty_cells"]:
            return UndercountStatus.PRIOR_DRIVEN, numbers
        return UndercountStatus.CONVERGED, numbers

    def _drawn(
        self, full: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray, float]:
        """Totals and odds ratios, and how many draws they are worth."""
        listed = int(full.sum())
        weighed = self.total_mean is not None
        tried = self.draws * (PROPOSED if weighed else 1)
        log_ratio = np.log(self.odds_ratio) + self.log_sd * rng.standard_normal(tried)
        log_odds = drawn_log_odds(full, self.prior_count, tried, rng) - log_ratio
        log_odds = np.clip(log_odds, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)
        if self.total_mean is None or self.total_shape is None:
            expected = rng.standard_gamma(listed, tried) * np.exp(log_odds)
            return _counted(expected, rng) + listed, np.exp(log_ratio), float(tried)
        log_weight = log_evidence(listed, log_odds, self.total_mean, self.total_shape)
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        kept = rng.choice(tried, self.draws, p=weight)
        log_odds, log_ratio = log_odds[kept], log_ratio[kept]
        rate = self.total_shape / self.total_mean + special.expit(-log_odds)
        people = rng.standard_gamma(self.total_shape + listed, self.draws) / rate
        total = _counted(people * special.expit(log_odds), rng) + listed
        return total, np.exp(log_ratio), float(1 / (weight**2).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainOddsRatioFit(Summarised):
    """A fitted :class:`UncertainOddsRatio`.

    Attributes
    ----------
    model : UncertainOddsRatio
        The settings that were fitted.
    names : tuple of str
        The lists.
    draws : Dataset, dims (draw,)
        ``total``, people, and ``odds_ratio``; without draws where it was refused.
    n_observed : int
        Records on one list at least.
    status : UndercountStatus
        How it ended.
    diagnostics : mapping of str to float
        ``empty_cells``, ``log_std_err`` of the odds of being on no list, and
        ``effective_draws``.

    Examples
    --------
    A belief that is vague by a factor of two leaves Kosovo open by more than that:

    >>> import conflictstats as cs
    >>> lists = cs.lists_of_cells(
    ...     cs.load_kosovo_lists(), ["EXH", "ABA", "OSCE", "HRW"]
    ... )
    >>> fit = cs.UncertainOddsRatio(odds_ratio=1.0, log_sd=0.7).fit(
    ...     lists, rng=np.random.default_rng(1)
    ... )
    >>> answer = fit.answer()
    >>> answer.upper / answer.lower > 4, answer.status.name
    (True, 'PRIOR_DRIVEN')
    """

    model: UncertainOddsRatio
    names: tuple[str, ...]
    draws: xr.Dataset
    n_observed: int
    status: UndercountStatus
    diagnostics: Mapping[str, float] = field(default_factory=dict)

    @property
    def nobs(self) -> int:
        """Records that were used."""
        return self.n_observed

    @property
    def assumptions(self) -> str:
        """What must be believed, with the priors."""
        model = self.model
        words = in_words(model.odds_ratio, self.names, "about ")
        if model.log_sd:
            words += f", within a factor of {np.exp(model.log_sd):.3g} either way"
        prior = "1 / N"
        if model.total_mean is not None:
            prior = (
                f"negative binomial, mean {model.total_mean:,.0f} and shape "
                f"{model.total_shape:g}"
            )
        return f"{words}; prior of the total: {prior}"

    def answer(self, level: float = 0.9) -> Answer:
        """Everybody: median and credible interval.

        Parameters
        ----------
        level : float
            Nominal coverage.

        Returns
        -------
        Answer
            Without an estimate where it was refused.

        Raises
        ------
        SettingError
            If ``level`` is not strictly between 0 and 1.
        """
        _check.level(level)
        if self.status.refused:
            return Answer.refused(
                METHOD,
                self.n_observed,
                self.status,
                assumptions=self.assumptions,
                level=level,
                diagnostics=self.diagnostics,
            )
        ends = band(self.draws["total"], level)
        return Answer(
            method=METHOD,
            n_observed=self.n_observed,
            estimate=float(ends["estimate"]),
            lower=float(ends["lower"]),
            upper=float(ends["upper"]),
            level=level,
            kind="credible",
            status=self.status,
            assumptions=self.assumptions,
            diagnostics=self.diagnostics,
        )

    def to_dataset(self) -> xr.Dataset:
        """Give the draws, the numbers and the settings for storage.

        Returns
        -------
        Dataset, dims (draw,)
            ``total``, ``odds_ratio``, ``n_observed`` and the diagnostics.
        """
        numbers = {"n_observed": self.n_observed, **self.diagnostics}
        words = {"status": self.status.name, "lists": ", ".join(self.names)}
        return stored(self.model, self.draws.assign(numbers).assign_attrs(words))

    def summary(self) -> str:
        """Say the number, its interval, and what it assumes.

        Returns
        -------
        str
            Several lines, without markup.
        """
        answer = self.answer()
        lines = [f"{METHOD}: {said(answer)}", f"assumes: {answer.assumptions}"]
        lines += [f"{name}: {value:.5g}" for name, value in self.diagnostics.items()]
        return "\n".join(lines)


def _counted(expected: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Poisson numbers, and the expected number where it is too large to matter."""
    numbers = rng.poisson(np.minimum(expected, COUNTED)).astype(float)
    return np.where(expected < COUNTED, numbers, expected)

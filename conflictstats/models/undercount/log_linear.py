"""Log-linear models of the lists: settings and the fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from conflictstats import _check
from conflictstats._typing import FloatArray, IntArray
from conflictstats.errors import SettingError
from conflictstats.models.undercount.log_linear_fit import LogLinearFit
from conflictstats.models.undercount.log_linear_tables import (
    NO_MODELS,
    coefficients,
    described,
    given_terms,
    profiled,
    terms_of,
)
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.models.undercount.usable import usable
from conflictstats.numerics.log_linear.bootstrap import (
    acceleration,
    one_less,
    resampled,
)
from conflictstats.numerics.log_linear.existence import FINE, NO_MAXIMUM
from conflictstats.numerics.log_linear.fitting import ModelFits, fit_models
from conflictstats.numerics.log_linear.hierarchy import Models, all_models, model_of
from conflictstats.numerics.log_linear.stepwise import stepwise
from conflictstats.panel import Lists

SELECTIONS = ("bic", "aic", "stepwise")
INTERVALS = ("multinomial", "poisson", "wald", "bootstrap")
MOST_MODELS = 40_000
"""Models that are compared; six lists have 32,768 with interactions of two alone."""
MOST_LISTS = 16
MOST_RECORDS = 1e11
"""Above which profiles are lost in rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLinear:
    r"""How many are on no list, by log-linear models of the lists.

    Use it for three lists or more whose records are linked. Lists may depend on each
    other by the interactions in the model; which these are is chosen by the data, and
    the choice moves the answer more than the sampling error does, so that the average
    over models and their whole mixture are given beside the chosen one. No data can
    tell the interaction of all lists: it is taken to be none. People who differ in how
    easily any list finds them are not in these models.

    .. math:: f_c \sim \mathrm{Poisson}(\mu_c), \quad c \ne \emptyset, \qquad
       \log \mu_c = \sum_{A \subseteq c,\, A \in M} u_A, \qquad
       \hat N = n + e^{\hat u_\emptyset}

    with :math:`f_c` records on exactly the lists c and a model M that holds, with an
    interaction, all its parts. The standard error of :math:`\hat N` is
    :math:`\{\hat\mu_0 + \hat\mu_0^2 \operatorname{Var}(\hat u_\emptyset)\}^{1/2}`.

    Attributes
    ----------
    selection : {"bic", "aic", "stepwise"} or sequence of sequence of str
        Score by which all hierarchical models are compared; or pairs of lists added
        one by one, which any number of lists allows; or one model, by its largest
        interactions, such as ``[("A", "B"), ("B", "C")]``.
    average : bool
        Whether :meth:`LogLinearFit.answer` averages over the models by their score
        rather than taking the best. It has no effect where there is one model.
    order : int, optional
        Lists in an interaction at most; by default one less than there are lists.
    interval : {"multinomial", "poisson", "wald", "bootstrap"}
        Interval of the chosen model: by the profile of either likelihood, normal on
        the log of the unlisted, or a bootstrap that chooses the model anew each time.
    penalty : {"people", "cells"}
        Whose number the logarithm in BIC is of.
    p_value : float
        Tail probability below which a pair joins, with ``selection="stepwise"``.
    profiled : int
        Number of models, the best first, whose profile is kept.
    replicates : int
        Bootstrap samples.
    reselect : int
        Number of models, the best first, among which each of them chooses.

    References
    ----------
    .. [1] Fienberg, S. E. (1972). The multiple recapture census for closed populations
       and incomplete :math:`2^k` contingency tables. *Biometrika* 59, 591-603.
       https://doi.org/10.1093/biomet/59.3.591
    .. [2] Silverman, B. W., Chan, L. and Vincent, K. (2024). Bootstrapping multiple
       systems estimates to account for model selection. *Statistics and Computing*
       34, 44. https://doi.org/10.1007/s11222-023-10346-9
    .. [3] Buckland, S. T., Burnham, K. P. and Augustin, N. H. (1997). Model selection:
       an integral part of inference. *Biometrics* 53, 603-618.
       https://doi.org/10.2307/2533961

    Examples
    --------
    The killings in Kosovo of March to June 1999; Ball et al. (2002) printed 10,356:

    >>> import conflictstats as cs
    >>> table = cs.load_kosovo_lists()
    >>> lists = cs.lists_of_cells(table, ["EXH", "ABA", "OSCE", "HRW"])
    >>> fit = LogLinear(average=False).fit(lists)
    >>> round(fit.answer(0.95).estimate)
    10357
    """

    selection: str | Sequence[Sequence[str]] = "bic"
    average: bool = True
    order: int | None = None
    interval: Literal["multinomial", "poisson", "wald", "bootstrap"] = "multinomial"
    penalty: Literal["people", "cells"] = "people"
    p_value: float = 0.02
    profiled: int = 1
    replicates: int = 1000
    reselect: int = 50

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if isinstance(self.selection, str):
            _check.one_of(self.selection, SELECTIONS, "selection")
        else:
            terms = tuple(tuple(term) for term in self.selection)
            object.__setattr__(self, "selection", terms)
        _check.one_of(self.interval, INTERVALS, "interval")
        _check.one_of(self.penalty, ("people", "cells"), "penalty")
        _check.level(self.p_value, "p_value")
        least = {"profiled": 1, "replicates": 100, "reselect": 1}
        if self.order is not None:
            least["order"] = 1
        for name, fewest in least.items():
            if getattr(self, name) < fewest:
                raise SettingError(
                    f"{name} must be {fewest} or more, got {getattr(self, name)!r}"
                )

    def fit(
        self, lists: Lists, *, rng: np.random.Generator | None = None
    ) -> LogLinearFit:
        """Fit the models to the lists, all strata together.

        Parameters
        ----------
        lists : Lists
            Records by combination of lists; see ``Lists.stratum`` for one stratum.
        rng : numpy.random.Generator, optional
            Source of randomness; needed with ``interval="bootstrap"`` alone.

        Returns
        -------
        LogLinearFit
            What each model says and how it ended.

        Raises
        ------
        SettingError
            If a model names a list that there is not, or the interaction of all lists,
            or a bootstrap has no ``rng``, or there are more than 1e11 records.
        """
        if self.interval == "bootstrap" and rng is None:
            raise SettingError('interval="bootstrap" needs rng, a numpy Generator')
        lists, models, status = self._models(lists)
        if models is None:
            return self._refused(lists, status, NO_MODELS)
        counts = lists.full().astype(float)
        found = fit_models(models, counts[None])
        score = self._score(found, models, counts[None])[0]
        first = np.argsort(score, kind="stable")
        bic = found.bic(models, self._units(counts[None]))[0]
        table = described(found, models, counts, bic, score).isel(model=first)
        table["terms"] = ("model", terms_of(models, lists.names)[first])
        if np.isinf(score).all():
            return self._refused(lists, _why(found.code[0]), table)
        fine = first[np.isfinite(score[first])]
        best = Models(models.n_lists, models.effects, models.within[fine])
        kept = [coefficients(best, counts, lists.names)]
        if self.interval in ("multinomial", "poisson"):
            kept.append(profiled(best, counts, self.profiled, self.interval))
        if rng is not None and self.interval == "bootstrap":
            kept.append(self._bootstrap(best, counts, rng))
        return LogLinearFit(
            model=self,
            status=UndercountStatus.CONVERGED,
            n_observed=lists.n_observed,
            n_lists=lists.n_lists,
            models=table,
            best=xr.merge(kept),
        )

    def _models(self, lists: Lists) -> tuple[Lists, Models | None, UndercountStatus]:
        """The lists that hold somebody and the models of them, or why there are none.

        Where a model is given, lists without records stay in it.
        """
        terms = given_terms(self.selection, lists.names)
        if lists.n_observed > MOST_RECORDS:
            raise SettingError(
                f"lists must have {MOST_RECORDS:g} records at most, got "
                f"{lists.n_observed:g}: check the counts"
            )
        used, status = usable(lists, most=MOST_LISTS)
        if status.refused:
            return lists, None, status
        if not isinstance(self.selection, str):
            return lists, model_of(lists.n_lists, terms), status
        size = used.n_lists
        if self.selection == "stepwise":
            return used, stepwise(used.full().astype(float), size, self.p_value), status
        order = size - 1 if self.order is None else self.order
        models = all_models(size, order, MOST_MODELS)
        return used, models, UndercountStatus.TOO_MANY_LISTS

    def _score(
        self, found: ModelFits, models: Models, tables: FloatArray
    ) -> FloatArray:
        """Score of each model for each table; infinite without an estimate."""
        score = found.bic(models, self._units(tables))
        if self.selection == "aic":
            score = found.aic(models)
        return np.nan_to_num(score, nan=np.inf)

    def _units(self, tables: FloatArray) -> FloatArray:
        """What the logarithm in BIC is of, shape (table,)."""
        if self.penalty == "cells":
            return np.full(len(tables), tables.shape[1] - 1.0)
        return np.asarray(tables.sum(axis=1))

    def _bootstrap(
        self, best: Models, counts: FloatArray, rng: np.random.Generator
    ) -> xr.Dataset:
        """Estimates of the replicates, dims (replicate,), and their acceleration."""
        few = Models(best.n_lists, best.effects, best.within[: self.reselect])
        left_out, weight = one_less(counts)
        bent = acceleration(self._chosen(few, left_out), weight)
        drawn = self._chosen(few, resampled(counts, self.replicates, rng))
        return xr.Dataset({"replicates": ("replicate", drawn), "acceleration": bent})

    def _chosen(self, models: Models, tables: FloatArray) -> FloatArray:
        """Estimate of the model that each table chooses, people, shape (table,)."""
        people = tables.sum(axis=1)
        if self.selection == "stepwise":
            log_unlisted = np.array(
                [self._step(models.n_lists, each) for each in tables]
            )
            return people + np.exp(log_unlisted)
        found = fit_models(models, tables)
        at = self._score(found, models, tables).argmin(axis=1)
        return people + np.exp(found.log_unlisted[np.arange(len(tables)), at])

    def _step(self, n_lists: int, counts: FloatArray) -> float:
        """Log unlisted of the model that pairs are added to, for one table."""
        model = stepwise(counts, n_lists, self.p_value)
        return float(fit_models(model, counts[None]).log_unlisted[0, 0])

    def _refused(
        self, lists: Lists, why: UndercountStatus, models: xr.Dataset
    ) -> LogLinearFit:
        """A fit without an estimate."""
        return LogLinearFit(
            model=self,
            status=why,
            n_observed=lists.n_observed,
            n_lists=lists.n_lists,
            models=models,
            best=xr.Dataset(),
        )


def _why(code: IntArray) -> UndercountStatus:
    """Why no model has an estimate: as it is with the simplest, which is the first."""
    if code[0] == FINE:
        return UndercountStatus.NOT_CONVERGED
    if code[0] & NO_MAXIMUM:
        return UndercountStatus.NO_ESTIMATE
    return UndercountStatus.NOT_IDENTIFIED

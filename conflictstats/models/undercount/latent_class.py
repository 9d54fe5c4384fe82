"""The model: settings, the posterior and its sensitivity to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr

from conflictstats import _check
from conflictstats._typing import FloatArray
from conflictstats.errors import SettingError
from conflictstats.models._stored import settings_of
from conflictstats.models.undercount.differing import Differing, differing
from conflictstats.models.undercount.latent_class_fit import LatentClassFit
from conflictstats.models.undercount.status import UndercountStatus
from conflictstats.numerics.latent_class.density import ClassDensity
from conflictstats.numerics.latent_class.hamiltonian import prior_states
from conflictstats.numerics.latent_class.people import draw_people
from conflictstats.numerics.latent_class.sampling import (
    DOUBTFUL,
    Sampled,
    sample_classes,
)
from conflictstats.panel.lists import Lists

FEWEST_LISTS = 3
PRIOR_DRAWS = 2000
NARROWED = 0.5
"""Spread of the log odds, as a part of the prior's, above which the prior decides."""
FEWEST_EFFECTIVE = 100.0
CLASSES = (5, 10, 15)
CONCENTRATIONS = ((0.25, 0.25), (1.0, 1.0), (2.0, 4.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentClass:
    r"""How many there are, if people fall into classes by which lists reach them.

    Use it for three lists or more, also twenty. Lists depend on each other because
    people of one class are easily found by some of them and people of another by
    others; within a class they are independent. How many classes there are is learned
    [1]_. A kind of people whom no list reaches leaves no trace in any table, and a kind
    that all lists reach seldom leaves little: the status warns where it would fit.

    .. math:: \Pr(x) = \sum_{k=1}^K \nu_k \prod_j
              \lambda_{jk}^{x_j} (1 - \lambda_{jk})^{1 - x_j}, \qquad
              p(N) \propto 1 / N

    with stick-breaking weights :math:`\nu`, concentration
    :math:`\alpha \sim \mathrm{Gamma}(a, b)`, and uniform :math:`\lambda`. Strata share
    the classes. How far they differ in their mix, :math:`\sigma`, is learned: of class
    :math:`k` a share proportional to :math:`q_s e^{\sigma z_{sk}}` is in stratum
    :math:`s`, with normal :math:`z`, exponential :math:`\sigma` and uniform
    :math:`q`. Strata that are alike are thus pooled, and strata that are not stand by
    themselves; totals add up in every draw, and a record whose stratum is not known
    has one drawn, as if it were missing at random.

    The cost does not depend on the number of records for each move of the chains; with
    very many the moves are shorter.

    Attributes
    ----------
    classes : int
        :math:`K`, the most classes there may be.
    concentration : tuple of float
        Shape :math:`a` and rate :math:`b` of the prior of the concentration.
    strata_spread : float
        Prior mean of :math:`\sigma`, by whose exponential a class is typically more
        or less common in one stratum than in another. A mean near 0 gives all strata
        one mix.
    draws : int
        Draws that are kept.
    most_unlisted : int, optional
        People on no list, at most, as part of the prior. How many draws were above it
        is told.

    References
    ----------
    .. [1] Manrique-Vallier, D. (2016). Bayesian population size estimation using
       Dirichlet process mixtures. *Biometrics* 72(4), 1246-1254.
       https://doi.org/10.1111/biom.12502

    Examples
    --------
    Three independent lists that hold half of a thousand people each:

    >>> from conflictstats.panel import lists_of_cells
    >>> table = pd.DataFrame(
    ...     {
    ...         "A": [1, 0, 0, 1, 1, 0, 1],
    ...         "B": [0, 1, 0, 1, 0, 1, 1],
    ...         "C": [0, 0, 1, 0, 1, 1, 1],
    ...         "count": 125,
    ...     }
    ... )
    >>> fit = LatentClass(classes=3).fit(
    ...     lists_of_cells(table, ["A", "B", "C"]), rng=np.random.default_rng(1)
    ... )
    >>> answer = fit.answer()
    >>> answer.lower < 1000 < answer.upper
    True
    """

    classes: int = 10
    concentration: tuple[float, float] = (0.25, 0.25)
    strata_spread: float = 1.0
    draws: int = 4000
    most_unlisted: int | None = None

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if self.classes < 1:
            raise SettingError(f"classes must be 1 or more, got {self.classes!r}")
        for name, value in zip(("shape", "rate"), self.concentration, strict=True):
            _check.positive(value, f"the {name} of concentration")
        _check.positive(self.strata_spread, "strata_spread")
        if self.draws < 100:
            raise SettingError(f"draws must be 100 or more, got {self.draws!r}")
        if self.most_unlisted is not None:
            _check.positive(self.most_unlisted, "most_unlisted")

    def fit(self, lists: Lists, *, rng: np.random.Generator) -> LatentClassFit:
        """Draw from the posterior.

        Parameters
        ----------
        lists : Lists
            Records by combination of lists; all strata in one model.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        LatentClassFit
            Read ``status`` first. There are no draws where fewer than three lists hold
            anybody.

        Raises
        ------
        SettingError
            If every draw is above ``most_unlisted``.

        Examples
        --------
        Two lists say nothing of how people differ:

        >>> from conflictstats.panel import lists_of_cells
        >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [6, 3, 2]})
        >>> fit = LatentClass().fit(
        ...     lists_of_cells(table, ["A", "B"]), rng=np.random.default_rng(1)
        ... )
        >>> fit.status.name
        'TOO_FEW_LISTS'
        """
        used = tuple(name for name, size in lists.sizes.items() if size)
        told = {"n_observed": lists.n_observed, "n_lists": len(used)}
        if len(used) < FEWEST_LISTS:
            none = xr.Dataset(coords={"draw": np.arange(0)}, attrs=told)
            return LatentClassFit(
                self, none, xr.Dataset(), UndercountStatus.TOO_FEW_LISTS
            )
        density = ClassDensity.of(
            lists.patterns[:, [lists.names.index(name) for name in used]],
            lists.counts,
            lists.unplaced,
            self.classes,
            *self.concentration,
            self.strata_spread,
        )
        sampled = sample_classes(density, rng)
        draws, above = self._people(density, sampled, lists, rng)
        narrowed = _spread(sampled.log_odds) / _spread(
            density.classes_of(prior_states(density, PRIOR_DRAWS, rng)).log_odds
        )
        law = differing(lists)
        denied = law.denies(float(draws["total"].median()))
        return LatentClassFit(
            self,
            draws.assign_attrs(told),
            _diagnostics(sampled, law, above=above, narrowed=narrowed),
            _status(sampled, narrowed, denied),
        )

    def sensitivity(
        self,
        lists: Lists,
        *,
        classes: Iterable[int] = CLASSES,
        concentrations: Iterable[tuple[float, float]] = CONCENTRATIONS,
        level: float = 0.9,
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        """Answers under other priors: most classes, and concentration.

        Parameters
        ----------
        lists : Lists
            Records by combination of lists.
        classes : iterable of int
            Numbers of classes to try, at the concentration of this model.
        concentrations : iterable of tuple of float
            Shapes and rates to try, at the classes of this model.
        level : float
            Posterior probability inside the intervals.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        DataFrame
            ``classes, shape, rate, estimate, lower, upper, status, rhat``; one row a
            prior, this model's own among them.
        """
        tried = [replace(self, classes=number) for number in classes]
        tried += [replace(self, concentration=prior) for prior in concentrations]
        rows = []
        for model in dict.fromkeys([self, *tried]):
            answer = model.fit(lists, rng=rng).answer(level)
            shape, rate = model.concentration
            rows.append(
                {
                    "classes": model.classes,
                    "shape": shape,
                    "rate": rate,
                    "estimate": answer.estimate,
                    "lower": answer.lower,
                    "upper": answer.upper,
                    "status": answer.status.name,
                    "rhat": answer.diagnostics.get("rhat", np.nan),
                }
            )
        return pd.DataFrame(rows)

    @staticmethod
    def from_dataset(dataset: xr.Dataset) -> LatentClassFit:
        """Rebuild a fit from what :meth:`LatentClassFit.to_dataset` gave.

        Parameters
        ----------
        dataset : Dataset
            As it was stored.

        Returns
        -------
        LatentClassFit
            The same fit.
        """
        scalars = [n for n, v in dataset.items() if "draw" not in v.dims]
        draws = dataset.drop_vars(scalars)
        draws.attrs = {name: dataset.attrs[name] for name in ("n_observed", "n_lists")}
        return LatentClassFit(
            LatentClass(**settings_of(dataset)),
            draws,
            dataset[scalars].drop_attrs(deep=False),
            UndercountStatus[dataset.attrs["status"]],
        )

    def _people(
        self,
        density: ClassDensity,
        sampled: Sampled,
        lists: Lists,
        rng: np.random.Generator,
    ) -> tuple[xr.Dataset, float]:
        """Draws of everybody, and the share of them above the most that may be."""
        moves, size, chains = sampled.states.shape
        states = np.moveaxis(sampled.states, 1, 0).reshape(size, -1)
        kept = rng.choice(
            moves * chains, min(self.draws, moves * chains), replace=False
        )
        people = draw_people(density, states[:, kept], rng)
        unlisted = people.unlisted.sum(axis=0)
        total = people.unlisted + people.unplaced + lists.counts.sum(axis=1)[:, None]
        draws = xr.Dataset(
            {
                "total": ("draw", unlisted + lists.n_observed),
                "unlisted": ("draw", unlisted),
                "in_stratum": (("stratum", "draw"), total),
                "log_odds": ("draw", sampled.log_odds.ravel()[kept]),
                "occupied": ("draw", people.occupied),
                "concentration": ("draw", people.concentration),
            },
            {
                "stratum": list(lists.strata),
                "listed": ("stratum", lists.counts.sum(axis=1)),
            },
        )
        if density.n_strata:
            log_spread = density.worked(states[:, kept]).strata.log_spread[0]
            draws["spread"] = ("draw", np.exp(log_spread))
        if self.most_unlisted is None:
            return draws, 0.0
        below = unlisted <= self.most_unlisted
        if not below.any():
            raise SettingError(
                f"most_unlisted is {self.most_unlisted}, but all draws are above it, "
                f"the smallest {unlisted.min():,.0f}; leave it out or make it larger"
            )
        return draws.isel(draw=below), float(1 - below.mean())


def _spread(values: FloatArray) -> float:
    """Distance of the quartiles."""
    low, high = np.quantile(values, [0.25, 0.75])
    return float(high - low)


def _diagnostics(
    sampled: Sampled, law: Differing, *, above: float, narrowed: float
) -> xr.Dataset:
    """Numbers that say how it went, as :class:`LatentClassFit` describes them."""
    return xr.Dataset(
        {
            "rhat": sampled.rhat,
            "ess_bulk": sampled.ess_bulk,
            "ess_tail": sampled.ess_tail,
            "acceptance": sampled.acceptance,
            "swaps": sampled.swaps,
            "tempered": float(sampled.tempered),
            "above_most": above,
            "spread_to_prior": narrowed,
            "differ_z": law.z,
            "differ_p": law.p,
            "differ_total": law.total,
            "cut": ("valley", sampled.valleys),
        }
    )


def _status(sampled: Sampled, narrowed: float, denied: bool) -> UndercountStatus:
    """How the sampling ended, and whether people who differ would be more."""
    if len(sampled.valleys):
        return UndercountStatus.MULTIMODAL
    worth = min(sampled.ess_bulk, sampled.ess_tail)
    if not sampled.rhat < DOUBTFUL or worth < FEWEST_EFFECTIVE:
        return UndercountStatus.NOT_CONVERGED
    if not narrowed < NARROWED:
        return UndercountStatus.PRIOR_DRIVEN
    if denied:
        return UndercountStatus.PEOPLE_MAY_DIFFER
    return UndercountStatus.CONVERGED

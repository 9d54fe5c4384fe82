"""All methods on one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from conflictstats import _check
from conflictstats.errors import SettingError
from conflictstats.models.undercount.comparison import Comparison
from conflictstats.models.undercount.consistency import Answering
from conflictstats.models.undercount.coverage import SampleCoverage
from conflictstats.models.undercount.decomposable import DecomposableGraphs
from conflictstats.models.undercount.floor import ChaoFloor
from conflictstats.models.undercount.heterogeneity import Heterogeneity
from conflictstats.models.undercount.identification import (
    FixedOddsRatio,
    implied_odds_ratios,
    odds_ratio_curve,
)
from conflictstats.models.undercount.latent_class import LatentClass
from conflictstats.models.undercount.log_linear import LogLinear
from conflictstats.models.undercount.pairs import LincolnPetersen
from conflictstats.panel import Lists

Method = Callable[[Lists], Answering]
STATED = tuple(2.0 ** (power / 4) for power in range(-12, 13))
"""Odds ratios of the curve: an eighth to eight."""


def undercount_methods(rng: np.random.Generator) -> dict[str, Method]:
    """Methods that stand side by side, by the name that figures give them.

    From what assumes least to what assumes most: the range over pairs of lists, floors,
    people who differ, log-linear models chosen and averaged, graphs averaged, latent
    classes, and no interaction of all lists.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness of those that draw.

    Returns
    -------
    dict of str to callable
        What gives a fit for lists.

    Examples
    --------
    >>> list(undercount_methods(np.random.default_rng(1)))[:2]
    ['pairs of lists', 'Chao floor']
    """
    return {
        "pairs of lists": LincolnPetersen().fit,
        "Chao floor": ChaoFloor().fit,
        "Chao floor, lists unlike": Heterogeneity().fit,
        "sample coverage": SampleCoverage().fit,
        "people differ (Darroch)": Heterogeneity(law="darroch").fit,
        "log-linear, best by BIC": LogLinear(average=False).fit,
        "log-linear, averaged": LogLinear(average=True).fit,
        "decomposable graphs": partial(DecomposableGraphs().fit, rng=rng),
        "latent classes": partial(LatentClass().fit, rng=rng),
        "no interaction of all": FixedOddsRatio().fit,
    }


def compare_undercount(
    lists: Lists,
    methods: Mapping[str, Method] | None = None,
    *,
    rng: np.random.Generator,
    level: float = 0.9,
) -> Comparison:
    """Ask every method how many there are, and what it must believe.

    No method is identified without assumptions, so that one alone says little: read how
    far they are apart, and why. Those that cannot answer are in the result with the
    reason.

    Parameters
    ----------
    lists : Lists
        Records by combination of lists; strata are put together.
    methods : mapping of str to callable, optional
        What gives a fit for lists, by name; :func:`undercount_methods` by default.
    rng : numpy.random.Generator
        Source of randomness of the default methods.
    level : float
        Nominal coverage.

    Returns
    -------
    Comparison
        Answers in the order of the methods, and the curve over the odds ratio of all
        lists.

    Raises
    ------
    SettingError
        If there is no method, or ``level`` is not strictly between 0 and 1.

    Examples
    --------
    >>> import conflictstats as cs
    >>> names = ["EXH", "ABA", "OSCE", "HRW"]
    >>> lists = cs.lists_of_cells(cs.load_kosovo_lists(), names)
    >>> found = cs.compare_undercount(
    ...     lists,
    ...     {"floor": cs.ChaoFloor().fit, "no interaction": cs.FixedOddsRatio().fit},
    ...     rng=np.random.default_rng(1),
    ... )
    >>> found.to_frame()["estimate"].round().tolist()
    [8803.0, 16942.0]
    """
    _check.level(level)
    asked = undercount_methods(rng) if methods is None else methods
    if not asked:
        raise SettingError("methods is empty: give one by name, such as a model's fit")
    answers = tuple(
        replace(fit(lists).answer(level), method=name) for name, fit in asked.items()
    )
    implied = implied_odds_ratios(lists, answers)["odds_ratio"]
    return Comparison(
        lists.n_observed,
        lists.n_lists,
        answers,
        odds_ratio_curve(lists, STATED, level),
        tuple(implied.astype(float)),
    )

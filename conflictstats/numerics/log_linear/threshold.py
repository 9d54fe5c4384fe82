"""Bayesian log-linear model without the interactions that are weak."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics.log_linear.hierarchy import Models, model_of, pairs
from conflictstats.numerics.log_linear.poisson import Table, poisson_fits
from conflictstats.numerics.log_linear.sums import subset_sums, superset_sums
from conflictstats.numerics.sampling.pareto import smooth

PAIR = 2
TRIED = 8
"""Proposals for each draw."""
FREEDOM = 10.0
"""Degrees of freedom of the law that proposes."""
AT_ONCE = 1_000_000
"""Expected counts that are held at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Thresholded:
    """Interactions that were looked at, and the posterior with those that stay.

    Attributes
    ----------
    effects : ndarray of int, shape (effect,)
        Interactions, as binary numbers.
    mean, sd : ndarray, shape (effect,)
        Posterior mean and standard deviation when they were looked at.
    stays : ndarray of bool, shape (effect,)
        Whether the mean is far enough from 0.
    unlisted : ndarray, shape (draw,)
        Draws of the expected number on no list, people.
    pareto_k : float
        Largest tail shape of the importance weights of any of the posteriors.
    """

    effects: IntArray
    mean: FloatArray
    sd: FloatArray
    stays: BoolArray
    unlisted: FloatArray
    pareto_k: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What stays.

    Attributes
    ----------
    order : {2, 3}
        Lists in an interaction at most.
    prior_sd : float
        Standard deviation of each interaction before the data, around 0.
    threshold : float
        Posterior standard deviations that the mean must be away from 0.
    """

    order: int
    prior_sd: float
    threshold: float


def thresholded(
    counts: Float[np.ndarray, " cell"],
    n_lists: int,
    rule: Rule,
    draws: int,
    rng: np.random.Generator,
) -> Thresholded:
    r"""Fit all pairs, keep those that are not near 0, and fit these again [1]_.

    .. math:: u_A \sim N(0, \sigma^2) \text{ for } |A| \ge 2, \qquad
              A \text{ stays if } |E(u_A \mid f)| \ge t\, \mathrm{sd}(u_A \mid f)

    with flat priors on the intercept and the lists. With ``order=3`` those triples all
    of whose pairs stay are added, and those of them that are near 0 leave again.

    Parameters
    ----------
    counts : ndarray, shape (2**J,)
        People, at each binary number.
    n_lists : int
        Number of lists J.
    rule : Rule
        What stays.
    draws : int
        Number of draws of each posterior.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Thresholded
        What was looked at and what stays.

    References
    ----------
    .. [1] Silverman, B. W. (2020). Multiple-systems analysis for the quantification of
       modern slavery: classical and Bayesian approaches. *JRSS A* 183, 691-736.
       https://doi.org/10.1111/rssa.12505

    Examples
    --------
    The first two of three lists share more than they would if they were independent:

    >>> counts = 30 * np.array([0.0, 10, 10, 40, 5, 5, 5, 20])
    >>> rule = Rule(order=2, prior_sd=1.0, threshold=2.0)
    >>> found = thresholded(counts, 3, rule, 1000, np.random.default_rng(1))
    >>> found.effects[found.stays].tolist()
    [3]
    """
    looked = [_look(_all_pairs(n_lists), counts, rule, draws, rng, PAIR)]
    kept = looked[0].effects[looked[0].stays].tolist()
    if rule.order > PAIR and (triples := _triples(kept, n_lists)):
        model = model_of(n_lists, [*kept, *triples])
        looked.append(_look(model, counts, rule, draws, rng, PAIR + 1))
        kept += looked[1].effects[looked[1].stays].tolist()
    last, shape = _posterior(model_of(n_lists, kept), counts, rule.prior_sd, draws, rng)
    return Thresholded(
        effects=np.concatenate([each.effects for each in looked]),
        mean=np.concatenate([each.mean for each in looked]),
        sd=np.concatenate([each.sd for each in looked]),
        stays=np.concatenate([each.stays for each in looked]),
        unlisted=np.exp(last[:, 0]),
        pareto_k=max(shape, *(each.pareto_k for each in looked)),
    )


def _all_pairs(n_lists: int) -> Models:
    """Every interaction of two lists, unless these are all lists."""
    return model_of(n_lists, pairs(n_lists).tolist() if n_lists > PAIR else [])


def _triples(kept: list[int], n_lists: int) -> list[int]:
    """Interactions of three lists, not all, each pair of which is kept."""
    if n_lists == PAIR + 1:
        return []
    found = (a | b | c for a, b, c in combinations(kept, 3))
    return [triple for triple in found if triple.bit_count() == PAIR + 1]


def _look(
    model: Models,
    counts: FloatArray,
    rule: Rule,
    draws: int,
    rng: np.random.Generator,
    size: int,
) -> Thresholded:
    """Which interactions of so many lists stay, by the posterior of a model."""
    drawn, shape = _posterior(model, counts, rule.prior_sd, draws, rng)
    asked = np.bitwise_count(model.effects) == size
    mean, sd = drawn[:, asked].mean(axis=0), drawn[:, asked].std(axis=0)
    return Thresholded(
        model.effects[asked],
        mean,
        sd,
        np.abs(mean) >= rule.threshold * sd,
        np.exp(drawn[:, 0]),
        shape,
    )


def _posterior(
    model: Models,
    counts: FloatArray,
    prior_sd: float,
    draws: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, float]:
    """Draws of the effects of one model, shape (draw, effect), and their tail shape.

    Drawn from a Student law around the mode and weighed by the posterior, which has
    one mode, as its log is concave.
    """
    effects = model.effects
    precision = np.where(np.bitwise_count(effects) < PAIR, 0.0, prior_sd**-2)
    listed = np.arange(len(counts)) > 0
    fits = poisson_fits(
        Table(counts[None], effects, model.within, listed[None]), precision=precision
    )
    mode = fits.coefficients[0]
    bend = superset_sums(fits.means[0])[effects[:, None] | effects]
    root = np.linalg.cholesky(np.linalg.inv(bend + np.diag(precision)))
    size = TRIED * draws
    scores = rng.standard_normal((size, len(mode)))
    scores /= np.sqrt(rng.chisquare(FREEDOM, size) / FREEDOM)[:, None]
    tried = mode + scores @ root.T
    seen = superset_sums(np.where(listed, counts, 0))[effects]
    log_weight = tried @ seen - 0.5 * (precision * tried**2).sum(axis=1)
    log_weight -= _expected(tried, effects, len(counts))
    log_weight += 0.5 * (FREEDOM + len(mode)) * np.log1p((scores**2).sum(1) / FREEDOM)
    weight, shape = smooth(log_weight)
    return tried[rng.choice(size, draws, p=weight)], shape


def _expected(tried: FloatArray, effects: IntArray, cells: int) -> FloatArray:
    """Records that are expected under each draw of the effects, shape (draw,)."""
    total = np.empty(len(tried))
    some = max(1, AT_ONCE // cells)
    for first in range(0, len(tried), some):
        rows = slice(first, first + some)
        each = np.zeros((len(tried[rows]), cells))
        each[:, effects] = tried[rows]
        with np.errstate(over="ignore"):
            total[rows] = np.exp(subset_sums(each))[:, 1:].sum(axis=1)
    return total

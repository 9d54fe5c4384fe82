"""Poisson pseudo-likelihood with effects on two sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import special

from conflictstats._typing import BoolArray, FloatArray, IntArray
from conflictstats.numerics import aliasing
from conflictstats.numerics.destinations.two_way import TwoWay, summed

MOST_STEPS = 200
HALVINGS = 30
CLOSE = 1e-12
"""Weighted mean of the squared change of log means, by their weight in the flows, at
which the search ends: the step after it would move them by its square."""
ABSORBED = 1e-8
"""A column that keeps less of its length than this is a sum of effects."""
HEAVY = 1e8
"""Weight of positive rows in the search for separated ones."""
NEGATIVE, POSITIVE = 1e-6, 1e-4
"""No fitted value may be further below zero; those further above it are not zero."""
MOST_ROUNDS = 5000
FOLLOWED = 1e-9
"""A row that keeps less of its residual than this is met exactly, whatever it is."""


@dataclass(frozen=True, slots=True)
class PseudoLikelihood:
    """The largest pseudo-likelihood.

    Attributes
    ----------
    coefficients : ndarray, shape (k,)
        NaN where a column is a sum of effects or of columns before it.
    predictor : ndarray, shape (n,)
        Log means.
    residual : ndarray, shape (n,)
        Counts less means.
    leverage : ndarray, shape (n,)
        How far the mean of a row follows its count, from 0 to 1.
    columns : ndarray, shape (n, p)
        What effects leave of the p columns that were estimated, weighted by the means.
    bread : ndarray, shape (p, p)
        Inverse of the information about them.
    estimated : ndarray of bool, shape (k,)
        Which those are.
    parameters : int
        All that was estimated, effects too.
    loglik : float
        Log likelihood of Poisson counts, constants included.
    converged : bool
        Whether the search ended.
    """

    coefficients: FloatArray
    predictor: FloatArray
    residual: FloatArray
    leverage: FloatArray
    columns: FloatArray
    bread: FloatArray
    estimated: BoolArray
    parameters: int
    loglik: float
    converged: bool


def maximise(
    counts: Float[np.ndarray, " n"], columns: Float[np.ndarray, "n k"], sides: TwoWay
) -> PseudoLikelihood:
    r"""Find the coefficients by Newton steps in which the effects are eliminated.

    .. math:: \sum_i (y_i - \mu_i) x_i = 0, \qquad
              \log\mu_i = x_i'\beta + a_{o(i)} + b_{d(i)}

    Parameters
    ----------
    counts : ndarray, shape (n,)
        At least 0; a level of zeros only, or separated rows, have to be left out
        before.
    columns : ndarray, shape (n, k)
        Covariates, without a constant.
    sides : TwoWay
        Origins and destinations of the rows.

    Returns
    -------
    PseudoLikelihood
        Where the scores are zero.

    References
    ----------
    .. [1] Santos Silva, J. M. C. and Tenreyro, S. (2006). The log of gravity. *Review
       of Economics and Statistics* 88, 641-658. https://doi.org/10.1162/rest.88.4.641
    .. [2] Correia, S., Guimarães, P. and Zylkin, T. (2020). Fast Poisson estimation
       with high-dimensional fixed effects. *Stata Journal* 20, 95-115.
       https://doi.org/10.1177/1536867X20909691

    Examples
    --------
    Counts without scatter give back what made them:

    >>> sides = TwoWay.of(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    >>> near = np.array([[1.0], [0.0], [0.0], [0.0]])
    >>> found = maximise(np.exp(2 * near.ravel() + sides.second), near, sides)
    >>> found.coefficients
    array([2.])
    """
    estimated = _estimable(columns, sides)
    kept = np.ascontiguousarray(columns[:, estimated])
    predictor = np.log((counts + counts.mean()) / 2)
    height, converged = np.inf, False
    for _ in range(MOST_STEPS):
        wanted = _step(counts, kept, sides, predictor)
        moved = float(np.exp(predictor) @ (wanted - predictor) ** 2)
        predictor, height = _downhill(counts, predictor, wanted, height)
        converged = bool(moved <= CLOSE * counts.sum())
        if converged:
            break
    mean = np.exp(predictor)
    left = sides.residuals(mean, np.column_stack([kept, predictor]))
    apart = left[:, :-1]
    bread = np.linalg.inv(apart.T @ (mean[:, None] * apart))
    own = np.einsum("np,pq,nq->n", apart, bread, apart)
    coefficients = np.full(columns.shape[1], np.nan)
    coefficients[estimated] = bread @ (apart.T @ (mean * left[:, -1]))
    return PseudoLikelihood(
        coefficients=coefficients,
        predictor=predictor,
        residual=counts - mean,
        leverage=np.minimum(sides.leverage(mean) + mean * own, 1.0),
        columns=apart,
        bread=bread,
        estimated=estimated,
        parameters=kept.shape[1] + sides.parameters,
        loglik=float((counts * predictor - mean - special.gammaln(counts + 1)).sum()),
        converged=converged,
    )


def separated(
    zero: Bool[np.ndarray, " n"], columns: Float[np.ndarray, "n k"], sides: TwoWay
) -> Bool[np.ndarray, " n"]:
    r"""Rows of zeros whose mean some coefficient can send to zero at no cost.

    Rows with :math:`z_i > 0` for some :math:`z = X\gamma + a + b` that is zero in all
    positive rows and nowhere negative. Found by least squares that are rectified again
    and again [1]_, then once more without the rows that were found, until there are
    none.

    Parameters
    ----------
    zero : ndarray of bool, shape (n,)
        Which counts are zero.
    columns : ndarray, shape (n, k)
        Covariates.
    sides : TwoWay
        Origins and destinations of the rows.

    Returns
    -------
    ndarray of bool, shape (n,)
        True where no finite coefficients maximise the likelihood with that row in it.

    References
    ----------
    .. [1] Correia, S., Guimarães, P. and Zylkin, T. (2019). Verifying the existence of
       maximum likelihood estimates for generalized linear models.
       https://arxiv.org/abs/1903.01633

    Examples
    --------
    Wherever the covariate is one, the count is zero:

    >>> sides = TwoWay.of(np.repeat([0, 1, 2], 3), np.tile([0, 1, 2], 3))
    >>> covered = np.eye(9)[:, :1]
    >>> separated(covered.ravel() > 0, covered, sides)[:3]
    array([ True, False, False])
    """
    apart = np.zeros(zero.size, bool)
    while True:
        rest = np.flatnonzero(~apart)
        if not zero[rest].any():
            return apart
        found = _rectified(zero[rest], columns[rest], sides.of_rows(rest))
        if not found.any():
            return apart
        apart[rest[found]] = True


def sandwich(
    found: PseudoLikelihood,
    clusters: tuple[IntArray, ...] = (),
    *,
    kind: str = "hc3",
) -> Float[np.ndarray, "p p"]:
    r"""Covariance of the coefficients that does not rest on the counts being Poisson.

    Rows independent: HC0, HC1 with :math:`n/(n-k)`, or HC3 with residuals over
    :math:`1-h_i` [2]_. Or rows that are dependent where they share a cluster of one
    side, or of either of two [1]_: :math:`V_1 + V_2 - V_{12}`, each with
    :math:`\frac{G}{G-1}\frac{n-1}{n-k}`. A sum that is not positive semi-definite has
    its negative eigenvalues set to zero.

    Parameters
    ----------
    found : PseudoLikelihood
        The estimate.
    clusters : tuple of ndarray of int, shape (n,) each
        None, one or two sets of codes from 0.
    kind : {"hc3", "hc1", "hc0"}
        How independent rows are corrected for what the estimate took of them.

    Returns
    -------
    ndarray, shape (p, p)
        Of the coefficients that were estimated; NaN where no row is left over to
        learn from residuals, n = k.

    References
    ----------
    .. [1] Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011). Robust inference
       with multiway clustering. *Journal of Business and Economic Statistics* 29,
       238-249. https://doi.org/10.1198/jbes.2010.07136
    .. [2] MacKinnon, J. G. and White, H. (1985). Some heteroskedasticity-consistent
       covariance matrix estimators with improved finite sample properties. *Journal of
       Econometrics* 29, 305-325. https://doi.org/10.1016/0304-4076(85)90158-7

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rows = np.arange(2500)
    >>> sides = TwoWay.of(rows // 50, rows % 50)
    >>> near = rng.uniform(size=(2500, 1))
    >>> found = maximise(rng.poisson(np.exp(near[:, 0])).astype(float), near, sides)
    >>> (sandwich(found) / found.bread).round(1)
    array([[1.]])
    """
    n, residual = found.residual.size, found.residual
    if n <= found.parameters:
        return np.full_like(found.bread, np.nan)
    if not clusters and kind == "hc3":
        rest = 1 - found.leverage
        residual = np.where(rest > FOLLOWED, residual / np.maximum(rest, FOLLOWED), 0.0)
    scores = found.columns * residual[:, None]
    if not clusters:
        meat = scores.T @ scores
        meat *= n / (n - found.parameters) if kind == "hc1" else 1.0
        return found.bread @ meat @ found.bread
    meat = np.zeros_like(found.bread)
    for each in clusters:
        meat += _clustered(scores, each)
    if len(clusters) == 2:
        both = np.unique(np.column_stack(clusters), axis=0, return_inverse=True)[1]
        meat -= _clustered(scores, both.ravel())
    meat *= (n - 1) / (n - found.parameters)
    values, vectors = np.linalg.eigh(found.bread @ meat @ found.bread)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T, np.float64)


def _rectified(zero: BoolArray, columns: FloatArray, sides: TwoWay) -> BoolArray:
    """Rows of zeros that one direction separates."""
    kept = columns[:, _estimable(columns, sides)]
    weight = np.where(zero, 1.0, HEAVY)
    left = sides.residuals(weight, kept)
    inverse = np.linalg.pinv(left.T @ (weight[:, None] * left), hermitian=True)
    wanted = zero.astype(float)
    for _ in range(MOST_ROUNDS):
        rest = sides.residuals(weight, wanted[:, None])[:, 0]
        rest = rest - left @ (inverse @ (left.T @ (weight * rest)))
        fitted = np.where(zero, wanted - rest, 0.0)
        if fitted.min() > -NEGATIVE:
            break
        wanted = np.maximum(fitted, 0.0)
    return fitted > POSITIVE


def _clustered(scores: FloatArray, cluster: IntArray) -> FloatArray:
    """Products of scores summed by cluster, times G / (G - 1)."""
    groups = int(cluster.max()) + 1
    sums = summed(cluster, scores, groups)
    return sums.T @ sums * (groups / (groups - 1))


def _estimable(columns: FloatArray, sides: TwoWay) -> BoolArray:
    """Which columns are not sums of effects and of the columns before them."""
    left = sides.residuals(np.ones(len(columns)), columns)
    length = np.linalg.norm(columns, axis=0)
    left = np.where(np.linalg.norm(left, axis=0) > ABSORBED * length, left, 0.0)
    return aliasing.independent(left)


def _step(
    counts: FloatArray, columns: FloatArray, sides: TwoWay, predictor: FloatArray
) -> FloatArray:
    """Log means after a whole Newton step."""
    mean = np.exp(predictor)
    working = predictor + (counts - mean) / mean
    left = sides.residuals(mean, np.column_stack([columns, working]))
    apart, rest = left[:, :-1], left[:, -1]
    information = apart.T @ (mean[:, None] * apart)
    slope = np.linalg.solve(information, apart.T @ (mean * rest))
    return working - (rest - apart @ slope)


def _downhill(
    counts: FloatArray, predictor: FloatArray, wanted: FloatArray, height: float
) -> tuple[FloatArray, float]:
    """Log means on the way to the wanted ones, where the deviance has fallen.

    The start is no sum of columns and effects, so that the first step is taken whole.
    """
    for _ in range(HALVINGS):
        now = _deviance(counts, wanted)
        if now <= height + CLOSE * abs(height):
            return wanted, now
        wanted = (predictor + wanted) / 2
    return predictor, height


def _deviance(counts: FloatArray, predictor: FloatArray) -> float:
    """Half the deviance of the counts."""
    with np.errstate(over="ignore"):
        mean = np.exp(predictor)
        apart = special.xlogy(counts, counts) - counts * predictor - counts + mean
    return float(apart.sum())

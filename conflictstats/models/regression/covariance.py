"""Covariances that do not rest on the law being right."""

from __future__ import annotations

import numpy as np

from conflictstats._typing import FloatArray, IntArray
from conflictstats.models.regression.estimate import Estimate


def sandwich(estimate: Estimate, meat: FloatArray) -> FloatArray:
    """Covariance from the information and the covariance of the scores, (p, p)."""
    free = estimate.free
    bread = estimate.covariance[np.ix_(free, free)]
    whole = np.full((free.size, free.size), np.nan)
    whole[np.ix_(free, free)] = bread @ meat[np.ix_(free, free)] @ bread
    return whole


def robust_meat(estimate: Estimate, *, corrected: bool) -> FloatArray:
    """Scores of rows as independent; with HC1's factor n / (n - k) if corrected."""
    p, n = estimate.free.size, estimate.problem.n
    meat = np.zeros((p, p))
    for _, scores in estimate.problem.scores(estimate.optimum.params):
        meat += scores.T @ scores
    return meat * (n / (n - int(estimate.free.sum())) if corrected else 1.0)


def cluster_meat(estimate: Estimate, cluster: IntArray) -> FloatArray:
    """Scores summed by cluster, with G / (G - 1) (n - 1) / (n - k)."""
    groups = int(cluster.max()) + 1
    sums = np.zeros((groups, estimate.free.size))
    for rows, scores in estimate.problem.scores(estimate.optimum.params):
        np.add.at(sums, cluster[rows], scores)
    n, k = estimate.problem.n, int(estimate.free.sum())
    return sums.T @ sums * (groups / (groups - 1) * (n - 1) / (n - k))


def hac_meat(estimate: Estimate, lags: int) -> FloatArray:
    """Scores of rows in order of time, with Bartlett weights to ``lags``."""
    parts = estimate.problem.scores(estimate.optimum.params)
    scores = np.concatenate([block for _, block in parts])
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        shared = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (shared + shared.T)
    return meat
